// Package hsm is the way out to keys: it makes them, wraps them, brings them to terminals and to other
// parties, computes MACs, translates PINs and seals card numbers. [Module] is all of that; what must not come
// out lies in a [Safe]: in this process, or in a token by PKCS #11 (package hsm/pkcs11).
//
// A safe in software holds one secret, the key-encryption key, from which the keys it works with are derived
// (HKDF, RFC 5869). Everything else comes and goes wrapped: callers store what they are given and hand it
// in again. What was unwrapped stays inside, as prepared ciphers in a bounded cache.
//
//	1 byte version 2 | use | cipher | exportability | what the safe made of the key
//	1 byte version 1 | use | what the safe made of the key           read only: triple DES, exportable
//
// In software the safe makes 12 bytes of nonce, the key under AES-256-GCM and 16 bytes of tag of it.
//
// # Invariants
//
//   - no clear key, PIN or track key leaves the module, except in a key block under a protection key and in
//     a delivery under a terminal's RSA key; errors, printed values and logs carry none;
//   - a wrapped key works for the one use it was made for: the use is authenticated with the key, so that
//     a terminal's master key cannot compute MACs and a PIN is never enciphered for a terminal;
//   - a key that came as not exportable is never exported;
//   - a damaged wrap, one of another installation and one of another use are refused alike;
//   - MACs are compared in constant time; chance is crypto/rand's only.
//
// Working keys are of their master key's cipher, triple DES or SM4. How SM4 working keys lie in field 62 is
// described nowhere in public; the layout is a profile of our own ([cardcrypto.LayoutSM4]).
//
// Sources: ISO 9564-1 (PIN blocks, translation), ANSI X9.24-1 (one use per key), NIST SP 800-38D (GCM),
// ASC X9 TR-31:2018 (key blocks).
//
// [cardcrypto.LayoutSM4]: https://pkg.go.dev/github.com/yifen-pay/yifen/internal/wire/cardcrypto#Layout
package hsm

// Package hsm is the way out to keys: it makes them, wraps them, computes MACs, translates PINs and seals
// card numbers. [Module] is the module in software; one in hardware fulfils the same contract.
//
// A module holds one secret, the key-encryption key, from which the keys it works with are derived
// (HKDF, RFC 5869). Everything else comes and goes wrapped: callers store what they are given and hand it
// in again. What was unwrapped stays inside, as prepared ciphers in a bounded cache.
//
//	1 byte version | 1 byte use | 12 bytes nonce | key under AES-256-GCM | 16 bytes tag
//
// # Invariants
//
//   - no clear key, PIN or track key leaves the module; errors, printed values and logs carry none;
//   - a wrapped key works for the one use it was made for: the use is authenticated with the key, so that
//     a terminal's master key cannot compute MACs and a PIN is never enciphered for a terminal;
//   - a damaged wrap, one under another key-encryption key and one of another use are refused alike;
//   - MACs are compared in constant time; chance is crypto/rand's only.
//
// Terminal keys are (triple) DES. How SM4 working keys lie in field 62 is described nowhere in public, so
// the module makes none.
//
// Sources: ISO 9564-1 (PIN blocks, translation), ANSI X9.24-1 (one use per key), NIST SP 800-38D (GCM).
package hsm

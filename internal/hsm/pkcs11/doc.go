// Package pkcs11 is a safe for the security module in a token that is reached by PKCS #11: a hardware security
// module, or SoftHSM2. It is built with the tag pkcs11 and needs cgo; without the tag [Open] and [Provision]
// say so, and the program stays pure Go.
//
// Four keys live in the token and never leave it, found by their labels after the prefix of [Config]:
//
//	kek    AES-256            wraps keys (AES key wrap, RFC 3394)
//	bind   generic, 256 bits  binds a wrap to its label (HMAC-SHA256)
//	data   AES-256            seals card numbers (GCM)
//	index  generic, 256 bits  the keyed hash by which a card is found again (HMAC-SHA256)
//
// A wrap is
//
//	label | 1 byte length of the key | the key, wrapped | its first part, wrapped | 32 bytes HMAC of all before
//
// where a key is made to 24 bytes of triple DES by repeating its parts, so that single DES is triple DES with
// three equal parts and needs no mechanism of its own. The first part is there for keys of 16 and 24 bytes:
// the MAC of ANSI X9.19 chains under it. A wrap is unwrapped inside the token into objects of the session,
// of which a bounded number is kept.
//
// # Invariants
//
//   - the value of a key that was wrapped is never in this process again; only where a key is made or comes
//     in, and where the decryption under it is asked for, is clear data in this process: a token of general
//     purpose has no command to translate a PIN;
//   - an object of the session is sensitive and cannot be extracted;
//   - the tokens' PIN is in no error and no printed value.
//
// # What a token cannot do
//
// SM4 and AES keys of ours, and key blocks, which need the value of a key, give [hsm.ErrMechanism].
//
// Sources: OASIS PKCS #11 v2.40; RFC 3394; the behavior of SoftHSM 2.6.1, which wraps by AES only.
package pkcs11

// Package keydelivery is how a terminal gets its master key from afar: what ISO 8583 DE 62 holds of the request,
// the delivery and the confirmation.
//
//	request       "YFKR" | challenge 16 | certificate 2+n
//	delivery      "YFKD" | version 1 | cipher 1 | challenge 16 | serial 1+n | check value 1+n | key 2+n | signature 2+n
//	confirmation  "YFKC" | proof 16
//
// Where two summands stand, the first is the length of what follows, big-endian. The certificate is X.509 in
// DER. The key is enciphered with RSA-OAEP (SHA-256 for both hashes, label "yifen tmk") under the public key
// of the certificate; the signature is RSA-PSS (SHA-256, salt of 32 bytes) by the host over everything before
// it. The proof is the first 16 bytes of the SHA-256 of the challenge enciphered under the delivered key.
//
// # Invariants
//
//   - a delivery is for one terminal and one request: serial number and challenge are signed with the key, so
//     that neither another terminal's delivery nor an old one is taken;
//   - nothing of a delivery is believed before its signature is;
//   - the key is compared with its check value before it is handed out;
//   - no cryptogram of the key over known text travels. Working keys travel as cryptograms of the master key
//     without a MAC: whoever saw the challenge and its cryptogram could hand the terminal the challenge as a
//     PIN key. So the proof is a hash of the cryptogram.
//
// Both sides are here, in the words of the standard library only: the security module writes deliveries, a
// terminal opens them. Randomness is the caller's.
//
// Sources: RFC 8017 (OAEP, PSS). The messages are a profile of our own.
package keydelivery

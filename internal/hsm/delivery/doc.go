// Package delivery is the message in which a terminal gets its master key from afar.
//
//	"YFKD" | version 1 | cipher 1 | challenge 16 | serial 1+n | check value 1+n | key 2+n | signature 2+n
//
// Where two summands stand, the first is the length of what follows, big-endian. The key is enciphered with
// RSA-OAEP (SHA-256 for both hashes, label "yifen tmk") under the public key of the terminal's certificate;
// the signature is RSA-PSS (SHA-256, salt of 32 bytes) by the host over everything before it.
//
// # Invariants
//
//   - a message is for one terminal and one request: serial number and challenge are signed with the key, so
//     that neither another terminal's message nor an old one is taken;
//   - nothing of a message is believed before its signature is;
//   - the key is compared with its check value before it is handed out.
//
// Both sides are here, in the words of the standard library only: the security module writes messages, a
// terminal opens them.
//
// Sources: RFC 8017 (OAEP, PSS). The message is a profile of our own.
package delivery

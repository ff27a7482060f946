// Package dukpt derives a terminal's unique keys per transaction, as a host does that receives them.
//
// A base derivation key and a key serial number make a device's initial key; the initial key and the
// transaction counter in the serial number make the key of one transaction; and of that come the keys that
// protect the PIN, the messages and the data. Who learns a device's present keys cannot tell its past ones.
//
//	scheme      base key         serial number                                      counter
//	[TDES]      triple DES, 16   10 bytes: 59 bits of key set and device            21 bits, at most 10 of them 1
//	[AES]       AES, 16 24 32    12 bytes: 8 of initial key identifier              32 bits, at most 16 of them 1
//
// Terminals of UnionPay acquirers have master and session keys instead; DUKPT is for other networks' devices,
// such as encrypting readers.
//
// Everything is a pure function; keys come and go as bytes, and no error carries any. A counter that was
// used must not be accepted again: that is the caller's to remember.
//
// Sources: ANSI X9.24-1:2009 annex A (triple DES, the test data of its section A.4); ANSI X9.24-3:2017 (AES,
// and the test vectors that the standards body published beside it).
package dukpt

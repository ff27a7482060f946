// Package cardcrypto computes what card payments prove themselves with: key check values, message
// authentication codes, PIN blocks, wrapped working keys, enciphered tracks and chip cryptograms.
//
// Everything is a pure function over a [Key], which prepares its cipher once and never prints its
// value. The package makes no keys, stores none and draws no random numbers; whoever holds keys
// (the security module, a simulator) calls it. Comparisons of secrets take constant time.
//
// What terminals of UnionPay acquirers use is DES and triple DES, double length in the main, and SM4
// in newer ones:
//
//   - check value: zeros enciphered under the key; 4 bytes kept of (T)DES, 8 of SM4;
//   - MAC: ECB in the UnionPay form (F64 is eight hexadecimal characters), ANSI X9.9, ANSI X9.19, CBC;
//   - PIN block: ISO 9564-1 format 0, bound to the PAN or to a PAN of zeros, filled to 16 bytes under SM4;
//   - working keys in F62 of a sign-in answer: 24, 40 or 60 bytes, and the rarer [Layout]s;
//   - tracks: the block before the last byte enciphered, and the rarer [TrackVariant]s;
//   - serial cipher of a terminal, in a form of our own;
//   - cryptograms: PBOC version 01, Visa versions 10 and 18.
//
// DES and ECB are weak by today's measure. They are here because cards and terminals speak them; do
// not use this package for anything else.
//
// Sources: ISO 9797-1:2011 algorithm 3 and padding methods 1 and 2; ISO 9564-1; ANSI X9.9 and X9.19;
// EMV 4.3 Book 2 sections 8.1, 8.2 and annex A1; GB/T 32907 (SM4); published worked examples, which
// the tests name.
package cardcrypto

// Package emv reads and writes the chip data of a card payment: the BER-TLV elements of ISO 8583 field
// 55, their names, what a receipt prints of them and what must not be stored of them.
//
// Invariants:
//
//   - [Parse] does not panic, and an element never reaches beyond its input. Tags have one to three
//     bytes, lengths one to three (up to 65535), lengths of indefinite form are refused.
//   - [Strip] leaves no card number, track or expiry behind, whatever it is given: what it cannot
//     parse, it drops.
//   - An [Error] names a tag and an offset and never a value.
//
// The package knows nothing of keys: cryptograms are the business of whoever holds them.
//
// Sources: EMV 4.3 Book 3 annexes A and B (elements, BER-TLV); JR/T 0025 (PBOC 3.0) for tags 9F63, 9F74
// and DF31; published captures of terminals for the order and choice of elements.
package emv

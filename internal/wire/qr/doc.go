// Package qr reads and writes what QR codes of payments hold, as text; drawing and scanning them is others'
// work.
//
//   - [Merchant]: the code that a merchant shows (EMVCo merchant-presented mode): fields of a two-digit
//     identifier, a two-digit length and a value, ending in a checksum.
//   - [Consumer]: the code that a payer's phone shows (EMVCo consumer-presented mode): chip data in base64.
//   - [DomesticURL]: the address that UnionPay merchants in China show.
//   - [Routes]: which wallet issued a payment code of digits only, by its prefix and length, as a table.
//
// Lengths of a merchant's code count characters, as all published codes with Chinese text have it, while the
// checksum runs over the bytes of UTF-8; some issuers count bytes, so a profile may say so.
//
// Nothing read here is proven genuine: anyone can print a code. Errors say where and what, and never carry a
// value, which may be a card number.
//
// Sources: EMVCo QR Code Specification for Payment Systems, Merchant-Presented Mode 1.1 and
// Consumer-Presented Mode 1.1, with their sample codes.
package qr

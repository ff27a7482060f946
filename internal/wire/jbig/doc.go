// Package jbig reads and writes bi-level pictures in the JBIG1 form of ITU-T T.82, as terminals send the
// signature that a cardholder gave on their screen.
//
// A bi-level image entity is a header of 20 bytes and stripes of rows, each coded arithmetically:
//
//	DL 1 | D 1 | P 1 | fill 1 | XD 4 | YD 4 | L0 4 | MX 1 | MY 1 | order 1 | options 1
//	{ ATMOVE, NEWLEN, COMMENT } data SDNORM or SDRST, once for every stripe of L0 rows
//
// One plane (P = 1) in one resolution layer (D = 0) is what the package knows, which is what the fax
// profile ITU-T T.85 asks for; more of either is refused. Of these it reads everything: both templates,
// typical prediction, moves of the adaptive pixel in both directions, and a height that is announced late.
//
// Invariants:
//
//   - [Decode] does not panic, whatever it is given, and holds one byte for every pixel and no more than
//     4 Mi of them. The arithmetic code has no redundancy: data that was damaged between two markers
//     decodes to another picture and not to an error.
//   - What [Encode] writes, [Decode] reads back pixel by pixel.
//   - An [Error] names an offset and never what was signed.
//
// Sources: ITU-T T.82 (03/93), ITU-T T.85 (08/95). The names of markers and fields are
// theirs.
package jbig

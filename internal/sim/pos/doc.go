// Package pos is a card terminal in software: it signs in, takes sales, voids and refunds, closes batches
// and prints, in the UnionPay terminal dialect of ISO 8583, against any acquirer host that speaks it. It is
// a product of its own that shares nothing with the host but the wire packages, so that it makes mistakes
// of its own.
//
// # What survives a power cut
//
// A terminal keeps its numbers, keys, journal and unfinished business in a flash file, encrypted and
// replaced as a whole. The order of writes is the safety of the money:
//
//	idle -> store the reversal -> send the request -> store the outcome -> print -> idle
//	            |                      |                   |
//	            +---- power cut: the next start finds the reversal and sends it first
//
// Invariants:
//
//   - Before a financial request leaves the terminal, its reversal is in the flash. It is removed in the same
//     write that records the outcome, or when the host answers it with 00, 12 or 25, and never otherwise.
//   - A refund is an advice: instead of a reversal it keeps itself, and is sent again under its trace.
//   - While something is pending no other financial request is sent.
//   - A batch close keeps its request and the progress of its details; until it is through, nothing is sold.
//   - Tracks and PINs are never in the flash. Working keys are, as the host sent them, enciphered under
//     the terminal's master key.
//   - An approval counts when every field repeats the request, its MAC is right and the chip, if there is
//     one, takes the issuer's cryptogram; otherwise it is reversed (ISO 8583 DE 39 of the reversal: A0 for
//     the MAC, 06 for the fields and the chip, 98 for no answer, 96 when the terminal could not record it).
//
// The demo cards and their chip key are data of this package: the terminal plays the card in its slot too.
//
// A [Terminal] is used by one goroutine at a time; any number of terminals run in one process.
//
// Sources: the terminal dialect as public terminal applications and captures show it; ISO 8583:1987;
// PBOC 3.0 (JR/T 0025) for chip data.
package pos

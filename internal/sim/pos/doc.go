// Package pos is a card terminal in software: it signs in, takes everything that a card or a payment code can
// be asked for, from sales and pre-authorizations to tips and offline sales, closes batches, fetches its
// parameters and prints, in the UnionPay terminal dialect of ISO 8583, against any acquirer host that speaks it.
// It is a product of its own that shares nothing with the host but the wire packages and the page that describes
// the leg between them (docs/terminal-leg.md), so that it makes mistakes of its own.
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
//   - A refund, a completion by advice, an offline sale, an adjustment and a tip are advices: instead of a
//     reversal they keep themselves, and are sent again under their trace.
//   - While something is pending no other financial request is sent.
//   - Script results and signatures are stored before they are sent and removed when they are answered. They
//     move no money and never stand in the way of it.
//   - A download is taken into use wholly or not at all, and stays due until the host has its end.
//   - A master key that was fetched lies beside the old one until the host has taken the proof of it; what was cut
//     off in between is brought to its end before the next sign-in.
//   - A training touches nothing of the above: it has a memory and a host of its own.
//   - A batch close keeps its request and the progress of its details; until it is through, nothing is sold.
//   - Tracks and PINs are never in the flash. Working keys are, as the host sent them, enciphered under
//     the terminal's master key.
//   - An approval counts when every field repeats the request, its MAC is right and the chip, if there is
//     one, takes the issuer's cryptogram; otherwise it is reversed (ISO 8583 DE 39 of the reversal: A0 for
//     the MAC, 06 for the fields and the chip, 98 for no answer, 96 when the terminal could not record it).
//
// Passwords of operators are in the flash as PBKDF2 hashes; they are the shop's order among its people and
// protect no keys.
//
// The demo cards and their chip key are data of this package: the terminal plays the card in its slot too.
//
// A [Terminal] is used by one goroutine at a time; any number of terminals run in one process.
//
// Sources: the terminal dialect as public terminal applications and captures show it; ISO 8583:1987;
// PBOC 3.0 (JR/T 0025) for chip data.
package pos

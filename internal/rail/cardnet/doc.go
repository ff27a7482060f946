// Package cardnet is the way out to a card network: it speaks the profile of docs/network-leg.md over TCP
// and implements [payment.Rail].
//
// [Rail.Run] keeps the connections: it dials, signs on, waits for working keys, beats the heart, dials
// again with growing pauses, and at the end signs off once the requests in flight are over. [Rail.Send]
// puts a request on one of them and waits; many fly at a time. An answer is found by F7 and F11, with F32
// and F33 being ours, on whatever connection it comes.
//
//	connect ──▶ sign-on 0820/001 ──▶ keys 0820/101 ──▶ ready ──▶ sign-off 0820/002
//	   ▲                                                 │
//	   └────────── pause ◀── lost, or echo unanswered ───┘
//
// # Invariants
//
//   - silence is never taken for success: only an answer whose MAC is right and whose type, F3, F4, F7,
//     F11, F32, F33, F41 and F42 are those of the request decides it; any other is dropped and counted;
//   - NotSent means that no byte left; as soon as one may have, the outcome is silence;
//   - a request that was given up is remembered, and its answer goes to [Config].Late;
//   - a repeat carries the same bytes under the same key but for the type (0221, 0421, 0621) and the MAC: an
//     advice is made of the records alone;
//   - an approval of a part is a yes with its amount, whether the part was asked for or not, so that money
//     which an issuer took is never lost from sight; the domain gives back what it did not ask for;
//   - no card number, track, PIN block or key is logged, and what was written to the network is erased.
//
// A network may answer 98, "the issuer did not answer": nobody said, so that is silence too.
package cardnet

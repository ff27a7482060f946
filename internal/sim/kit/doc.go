// Package kit is what all simulators share: a clock that can be moved, plans of faults and of a party's own flaws
// that repeat from a seed, books in a file that a killed simulator finds again, keys that sign, and ports that no
// other machine reaches. It knows no protocol.
//
// For wallets it has what they do alike: accounts with double entry ([Ledger]), the parts of a payment and of its
// refunds ([Parts]), codes and coupons on payers' phones ([Pocket], [MountPhone]), notifications that are sent until
// they are acknowledged ([Outbox]), one audit of it all ([Books]) and one page ([Page]). A wallet adds its orders, their
// states and its protocol.
//
// Invariants:
//
//   - A plan of faults decides by its seed and by how many messages it has seen, by nothing else: the
//     same seed and the same order of messages meet the same faults.
//   - What a [Journal] has flushed, which happens within a few milliseconds and on Close, survives the
//     end of the process. It does not promise to survive the end of the machine: a simulator has to be
//     cheap, and nobody's money is in it.
//   - A line that a crash tore off at the end of a journal is cut away on opening; damage anywhere else
//     is an error, since what follows could not be trusted.
//   - The lines of a movement sum to zero. The parts of a payment are its total, and those of its refunds together,
//     fee and coupons included, never come to more, and to exactly that once all is given back.
//   - A notification that lies in the books is sent until it is acknowledged or its schedule is over, whatever
//     becomes of the process meanwhile.
package kit

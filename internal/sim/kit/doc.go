// Package kit is what all simulators share: a clock that can be moved, plans of faults and of a party's own flaws
// that repeat from a seed, books in a file that a killed simulator finds again, keys that sign, and ports that no
// other machine reaches. It knows no protocol.
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
package kit

// Package cardnet is a card network that is not there, with the issuers behind it. It answers the profile
// of docs/network-leg.md on a real socket, checks every MAC, PIN block and chip cryptogram, keeps its own
// books across restarts, turns its clearing date over before midnight and writes the daily file that
// members reconcile against.
//
// It is written from that page and shares nothing with the rail that speaks to it but package iso8583 and
// its neighbors, so that a mistake on one side shows on the other.
//
// # Transactions
//
// A transaction is known by F7, F11, F32 and F33. Its states are
//
//	sale:      approved ─ void ──────▶ voided          (a reversed void leads back)
//	           approved ─ reversal ──▶ reversed
//	           pending ── its time ──▶ approved        (a card or a fault that answers late)
//	           pending ── reversal ──▶ reversed        (the late answer still comes and says 00)
//	           unanswered ─ reversal ▶ reversed
//	           declined
//	void:      approved ─ reversal ──▶ reversed; declined
//	refund:    approved; declined
//	reversal:  approved; declined
//
// What the page leaves open is decided so:
//
//   - The keys of a sign-on belong to its connection, and each sign-on makes new ones. A message whose MAC
//     is right under other live keys of the same member is taken as well, so a member may also share the
//     newest keys among its connections. An answer, a late one too, is under the keys of its request.
//   - The same key with another kind, card, amount, terminal, merchant or original is a mistake: 94.
//   - A sale that comes after its reversal is declined with 12, and so is whatever refers to an original
//     of another card, merchant or (but for refunds) terminal, or to one in a state that does not allow it.
//   - An amount other than the original's, or refunds beyond it: 64. A refund is not reversed: 40.
//   - Three wrong PINs in one day in China are answered 55, and what follows that day 75. A PIN block that
//     is none under the PIN key and the PAN is answered 99 and is no try.
//   - A card that never answers has not approved. The fault "drop" has: only its answer is lost.
//   - Void and reversal take a transaction back whatever its clearing date. A transaction that is reversed
//     on its own date stands in no file. When its date was closed before, the reversal stands in the
//     file of its own date as a line of its own, with the key of the reversal and the kind "void" ("sale"
//     when a void is reversed).
//   - What is given back gives interchange and network fee back, of a partial refund the share that makes
//     the sum over all refunds right to the fen. Fees are rounded half up.
//
// # Invariants
//
// [Network.Check] recomputes them: a card's funds are what it opened with less what stands of its sales
// and plus what stands of its voids and refunds; a voided sale has exactly one standing void and no refund;
// refunds do not exceed their sale.
//
// No PAN, PIN or key is logged or written to the books: a card is a hash and a masked number there. Times
// on the wire are China time. Amounts are fen.
package cardnet

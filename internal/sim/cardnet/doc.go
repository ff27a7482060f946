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
//	sale, offline sale, completion:
//	           approved ─ void ──────▶ voided          (a reversed void leads back)
//	           approved ─ reversal ──▶ reversed        (but for advices)
//	authorization:
//	           approved ─ void ──────▶ voided          (a reversed void leads back)
//	           approved ─ completion ▶ completed       (its void or reversal leads back)
//	           approved ─ 30 days ───▶ lapsed
//	           approved ─ reversal ──▶ reversed
//	what is asked of an issuer that is late (sale, authorization, add-on, completion):
//	           pending ── its time ──▶ approved, declined
//	           pending ── reversal ──▶ reversed        (the late answer still comes and says 00)
//	what is asked of an issuer that is silent:
//	           unanswered ─ reversal ▶ reversed
//	add-on, voids:
//	           approved ─ reversal ──▶ reversed
//	all others approved; and whatever is refused, declined.
//
// An authorization in the state approved lives: the issuer holds its amount, additions included.
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
//   - An issuer that is late decides when it answers, by what the card has then; of a balance and an offline sale
//     only the answer is late. While an add-on or a completion waits, no other act on its authorization is
//     taken (12).
//   - A part is approved by prepaid cards only, of a sale or an authorization, where F60 takes it.
//   - A balance is told as it is when it is asked for, also on a repeat.
//   - An offline sale is taken when the card covers it, as an adjustment upwards is; there is no record of voices.
//   - A debit card wants its PIN for sale, authorization and balance, unless it is tapped within the limits; what
//     follows on an authorization needs none.
//   - Void and reversal take a transaction back whatever its clearing date. A transaction that is reversed
//     on its own date stands in no file. When its date was closed before, the reversal stands in the
//     file of its own date as a line of its own, with the key of the reversal and the kind "void" ("sale"
//     when a void is reversed).
//   - What is given back gives interchange and network fee back, of a partial refund the share that makes
//     the sum over all refunds right to the fen. Fees are rounded half up.
//
// # Chips
//
// The issuers verify the cryptogram of whatever a chip signs, by the scheme of the card (PBOC 01, Visa 10, Visa
// 18, told by tag 9F10), and prove themselves by tag 91. A cryptogram that is wrong, a counter that does not rise
// and the stripe of a card with a chip are counted, and declined where [Config] is strict. [Network.Script] has an
// issuer send its chip a command with the next approval; a script whose answer is reversed is sent once more.
//
// # Faults
//
// Beside the faults of package kit there are flaws ([Network.SetFlaw]): wrong_mac, wrong_code (books and says
// 96) and wrong_echo (F41 is another's) of answers; missing_line, doubled_line, other_amount and extra_line of
// daily files, whose totals fit the lines that are written. A line is struck by its key, so that a file is the
// same whenever it is written. kit's wrong_amount alters F4 of an answer.
//
// # Invariants
//
// [Network.Check] recomputes them: a card's funds are what it opened with less what stands of what took money
// and plus what stands of what gave it back; what it holds is the sum of its authorizations that live, with what
// was added to them; what is voided has exactly one standing void, what is completed one standing completion;
// refunds do not exceed the total that they are of, and what is refunded is not voided.
//
// No PAN, PIN or key is logged or written to the books: a card is a hash and a masked number there. Times
// on the wire are China time. Amounts are fen.
package cardnet

// Package agent holds the firms that bring merchants, and what of the fees is theirs.
//
// An [Agent] is a firm that sells and looks after acquiring for the institution; the money never passes through it. It
// begins as a draft, and two people open it:
//
//	        open               suspend
//	draft ───────▶ active ◀──────────────▶ suspended
//	                 │        open             │
//	                 └────────── end ──────────┤
//	                                           ▼
//	                                         ended
//
// Suspending is one person's to do, at once; opening, and opening again, takes two, as do a new plan, another account
// and a merchant's move.
//
// The people of an agent log in with accounts that staff make for them. While it is not active they read, and bring no
// merchants; when it ends, nobody is let in for it any more ([Standing]).
//
// # Shares
//
// The [Terms] of an agent say what share of a fee is its own, by payment service and from which business date on:
// either a part of the merchant's fee, or what the fee is above the agent's own price (底价). No share is more than
// what we keep of the fee once the rail has its cost, so that no payment costs us more than it brings.
//
// An agent may stand under another, one level deep. The upper agent's terms then say what both have together; the lower
// one has of it what its own terms say, at most all of it, and the upper one has the rest. So a lower agent never makes
// a payment dearer for us.
//
// An agent that is not active has no share of what is sold meanwhile; it stays with us, and changes nothing of the
// other's.
//
// # What is frozen
//
// The terms that apply to a payment are those of the business date on which it began, for the agent that held the
// merchant on that date. They are copied onto the payment ([Split]), as the fee's rule is; what follows (tip, completion,
// refund, void, reversal) is computed from that copy, and nothing that changes afterwards reaches it. What changes
// for a business date is decided before that date opens, so that one date has one answer, whatever the clock says.
//
// A refund takes back of each share what it takes back of the payment, in all rounded so that what stays with the agent
// is rounded down: a payment that is given back whole leaves nothing. Where the rail keeps its cost and we return our
// fee, the shares shrink with what is left of our part too. An agent may come to owe us; its account then stands below
// zero.
//
// Invariants:
//   - the shares of a payment are never more than its fee less its cost, at any moment;
//   - a payment that was voided, reversed or given back whole leaves no share;
//   - what the books owe an agent is what the splits of payments say, and what its days sum up to;
//   - an upper agent stands under none, and has its place before anybody stands under it;
//   - terms and holders of a business date do not change once the date is open.
//
// Sources: Measures for the Administration of Bank Card Acquiring (PBoC announcement 2013 no. 9) and the rules of the
// Payment and Clearing Association on outsourced acquiring services: the outsourcing body is on record (备案), touches
// neither funds nor core business, and is paid by the institution.
package agent

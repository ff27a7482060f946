// Package payment is what yifen exists for: collecting money and knowing, at every moment and after every
// crash, what became of it.
//
// A [Payment] is what a merchant collects. An [Operation] is one act on it (sale, void, refund, reversal)
// with a trace, RRN, batch, dates and state of its own. An [Attempt] is one request to a rail. It is
// written before it is sent; states change only from attempts.
//
// The core is pure: tables say which state follows ([PaymentTable], [OperationTable] and [AttemptTable]), and
// the functions in apply.go say what else follows: counters, journal entry, trail, event. [Service] is
// the shell: it writes the attempt in one step, calls the rail with no step held, and writes the outcome
// in a second step. A sale is two commits.
//
// The diagrams show the usual ways; the lines below each say everything, and a test holds them to the
// tables.
//
// # States of a payment
//
//	pending ──approve──▶ captured ──void──▶ voided
//	   │                  │    ▲               │
//	   │                  │    └───restore─────┘   (the void was reversed)
//	   │                  └──reverse──▶ reversed
//	   ├─refuse──▶ refused                 ▲
//	   ├─silence─▶ unknown ────reverse─────┘
//	   │              └─decline─┐                  (the late answer was "no")
//	   └─decline─▶ declined ◀───┘
//
//	pending: approve → captured, decline → declined, refuse → refused, silence → unknown
//	captured: void → voided, reverse → reversed
//	unknown: decline → declined, reverse → reversed
//	voided: restore → captured
//
// # States of an operation
//
//	pending ──approve──▶ approved ──reverse──▶ reversing ──acknowledge──▶ reversed
//	   │                                          ▲  │
//	   ├─decline─▶ declined                       │  └──handover──▶ manual
//	   ├─refuse──▶ refused                        │
//	   └─silence─▶ unknown ──────reverse──────────┘
//
//	pending: approve → approved, decline → declined, refuse → refused, silence → unknown, reverse → reversing, handover → manual
//	approved: reverse → reversing
//	unknown: approve → approved, decline → declined, silence → unknown, reverse → reversing, handover → manual
//	reversing: decline → declined, acknowledge → reversed, handover → manual
//	manual: approve → approved, decline → declined, acknowledge → reversed
//
// A reversal is an operation too: it is approved when the rail acknowledges it. What a person was to
// settle is settled by a late answer all the same.
//
// # States of an attempt
//
//	pending ──▶ approved | declined | unknown | acknowledged | manual
//
//	pending: approve → approved, decline → declined, silence → unknown, acknowledge → acknowledged, handover → manual
//	unknown: approve → approved, decline → declined, silence → unknown, acknowledge → acknowledged, handover → manual
//	manual: approve → approved, decline → declined, acknowledge → acknowledged
//
// # An answer that never came
//
// Nobody said is not "no". A sale or a void without an answer is reversed: the reversal is written in the
// same step as the silence, sent, and repeated until the network acknowledges it or a person takes over.
// Nothing is reversed before it was sent. A refund is an advice: it is repeated under its trace until the
// network answers, and never reversed. A request that never left (no connection) is a plain "no".
//
// # Invariants
//
//   - the refunded total, with refunds under way, never passes what was captured (I8);
//   - a payment has one business date, the one that was open when it began (I10);
//   - one act at a time changes a payment: while a void is under way, a refund is refused;
//   - every request ends approved, declined, reversed or manual within its deadline (I6);
//   - a reversal is repeated until acknowledged or handed over (I7).
package payment

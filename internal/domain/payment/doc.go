// Package payment is what yifen exists for: collecting money and knowing, at every moment and after every
// crash, what became of it.
//
// A [Payment] is what a merchant collects. An [Operation] is one act on it (sale, pre-authorization, completion,
// void, refund, reversal) with a trace, RRN, batch, dates and state of its own. An [Attempt] is one request
// to a rail. It is written before it is sent; states change only from attempts. A balance inquiry is a payment
// of nothing: it ends closed.
//
// The core is pure: tables say which state follows ([PaymentTable], [OperationTable] and [AttemptTable]), the
// functions in apply.go say what an answer does to an operation, and the table in effects.go says, for each
// kind of act, what that means for the payment, its books, its limit and its batch, and how it is taken
// back. [Service] is the shell: it writes the attempt in one step, calls the rail with no step held, and writes the outcome
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
//	   ├─decline─▶ declined ◀───┘
//	   ├─close───▶ closed                          (a balance inquiry was answered)
//	   ├─await───▶ waiting                         (a code: the payer must act)
//	   │             ├─approve─▶ captured
//	   │             ├─decline─▶ declined ─┐
//	   │             └─close───▶ closed ───┴─approve─▶ captured   (paid after all)
//	   │
//	   └authorize▶ authorized ──complete──▶ captured
//	                │  │  │  ◀───reopen─────┘      (the completion was voided or reversed)
//	                │  │  └─void──▶ voided         (and back by reopen, when the void was reversed)
//	                │  └─lapse────▶ expired
//	                └─reverse─────▶ reversed
//
//	pending: approve → captured, decline → declined, refuse → refused, silence → unknown, authorize → authorized, await → waiting, close → closed
//	waiting: approve → captured, decline → declined, close → closed
//	authorized: complete → captured, void → voided, restore → captured, lapse → expired, reverse → reversed
//	captured: void → voided, reopen → authorized, reverse → reversed
//	declined: approve → captured
//	unknown: decline → declined, reverse → reversed
//	closed: approve → captured
//	voided: restore → captured, reopen → authorized
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
//	declined: approve → approved
//	unknown: approve → approved, decline → declined, silence → unknown, reverse → reversing, handover → manual
//	reversing: approve → approved, decline → declined, acknowledge → reversed, handover → manual
//	reversed: approve → approved
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
//	declined: approve → approved
//	unknown: approve → approved, decline → declined, silence → unknown, acknowledge → acknowledged, handover → manual
//	manual: approve → approved, decline → declined, acknowledge → acknowledged
//
// # An answer that never came
//
// Nobody said is not "no". A request without an answer is reversed: the reversal is written in the same step
// as the silence, sent, and repeated until the network acknowledges it or a person takes over. Nothing is
// reversed before it was sent. An advice (refund, completion by advice, offline sale, adjustment, result of
// a script) is repeated under its trace until the network answers, and never reversed. A request that never
// left (no connection) is a plain "no", and an inquiry that nobody answered is one too: nothing moved.
//
// An approval of another amount than was asked for counts only where the terminal said that it takes a part;
// otherwise it is reversed at once.
//
// # Codes
//
// A code is a payment that waits: the order stands at the wallet under the payment's id, and the payer has minutes. Its
// attempt stays pending until the wallet says what became of the order, by a notification or when it is asked; it is asked on
// a schedule of its own ([Code]). Silence says nothing and is followed by another question. What nobody paid in time is withdrawn:
// a reversal of the sale, repeated until the wallet says that the order is over, and then the payment is closed; or that it was
// paid after all, and then it is captured.
//
// Money that arrives after the end (closed, declined) is entered on the wallet's word, asked for anew, since a notification may
// be older than the end. The setting [Settings].KeepLate says whether it stays or is given back at once.
//
// A shop takes a code back by a void where the wallet ends paid orders, else by a refund. Both are told, like an advice, and
// repeated until the wallet answers. What the wallet settles may be less than what was asked for, by coupons that the merchant gave
// (CouponFen): fee, books and shares follow what is settled.
//
// # Authorizations
//
// An authorization is the issuer's reservation: it is no entry and takes nothing of a limit. Its completion
// does both, on the business date of the completion, up to [Settings].CompletionPercent of what is
// authorized with its additions. The void of the completion gives the authorization back as it was. One
// that is not completed in [Settings].AuthorizedFor lapses.
//
// # Invariants
//
//   - the refunded total, with refunds under way, never passes what was captured (I8);
//   - an operation has one business date, the one that was open when it began or, of a code, when it was paid; a payment
//     that on which it began (I10);
//   - one act at a time changes a payment: while a void, a completion, an addition or an adjustment is under
//     way, or its reversal is, every other act is refused;
//   - a payment is captured by exactly one operation that stands, and what it captured is what that
//     operation, with the adjustments after it, was approved for;
//   - every request ends approved, declined, reversed or manual within its deadline (I6);
//   - a reversal is repeated until acknowledged or handed over (I7).
package payment

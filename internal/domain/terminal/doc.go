// Package terminal holds the card terminals of a merchant: who they are, the keys they work with, the
// batch they collect in, and the requests that were already seen.
//
// A terminal signs in and gets fresh working keys (PIK, MAK, TDK), each stored wrapped; KeyVersion rises
// with every set, so that a door which checked a MAC under an older set notices. Transactions are
// collected in a batch:
//
//	        sign-in            0500, or cut-off
//	(none) ─────────▶ open ─────────────────────▶ closed ──▶ the next batch opens in the same step
//
// A batch has a number of six digits that wraps (000001 follows 999999) and a sequence that never does;
// keys are built from the sequence. The number that a frame carries must be that of the open batch, or,
// for a reversal and a batch close, of the one before; anything older is a replay.
//
// An [Exchange] is one request of a terminal, keyed by terminal, batch sequence, trace and message kind,
// without the date. The same bytes again get the answer that the recorded operation gives; other bytes
// under the same key are refused; nothing moves twice (I5).
//
// A master key comes by hand, or from afar. By hand it comes in a [Ceremony]: two or three people each enter the component
// that they hold, which lies sealed until the last is there or a day is over. From afar, a [KeyDelivery] is a key that was made for a terminal and waits until
// the terminal proves that it holds it.
//
//	        OfferKey          ConfirmKey
//	(none) ──────────▶ waits ────────────▶ taken: the terminal's master key
//	                   │  │
//	        OfferKey ◀─┘  └──▶ void: ten minutes are over, or another key was loaded by hand
//
// Until it is taken the terminal's own key works, so that a stranger who asks with somebody's certificate
// changes nothing.
//
// # From number to activation
//
//	           activate            suspend
//	prepared ───────────▶ active ───────────▶ suspended
//	   ▲                    ▲ │      resume    │ ▲
//	   │ replace            │ └────────────────┘ │ recover
//	   │                    │        lose        │
//	   └── any but retired  └────────────────▶ lost
//	                         retire: any ──▶ retired
//
// A terminal is activated with a [Binding]: which hardware, under which acquirer, for which merchant and whose
// registration, paid to which account, used at which place (PBOC [2021] No. 259). A binding is never changed: another
// takes its place. What a terminal's transactions tell upstream of merchant and category is what the operator's records say, never
// what the terminal sends, so that a terminal cannot collect under another's category. Each binding is
// reported to the clearing institution.
//
// Invariants:
//   - a serial number is bound to one terminal at a time, a terminal to one serial number;
//   - an active terminal of a unit has a binding, and the binding's merchant is the terminal's.
//
// What is known of a terminal at work is its [Presence]: when it was last heard and last sold, from where, with which
// software. A terminal that sold nothing for three months is verified anew, after twelve it is stopped; a setting may
// only shorten both.
//
// # Groups, parameters, condition
//
// A [Group] is terminals that speak one dialect profile and work with one set of parameters. Parameters
// of each [Kind] come in versions that never change ([Set]); a group assigns a version of each, a terminal
// fetches what it does not hold, and what it holds stands on its row, so that it is always known who has
// what. A terminal reports its [Condition], and what became worse or better is told.
package terminal

// Package supply brings terminals to merchants: the models on offer, the units in stock, the orders, their way, the activation
// at the other end, and the care of what is out there.
//
// A [Model] is a kind of hardware with its capabilities and its terms: price, deposit, monthly data fee. [Advise] says
// which model fits a shop, and why. An [Order] fixes the terms as they were agreed, so that what was called free stays
// free:
//
//	          approve             assign all          ship             receive
//	placed ───────────▶ approved ───────────▶ assigned ──────▶ shipped ────────▶ received
//	   │ cancel             │ cancel
//	   └────────────────────┴──────▶ cancelled
//
// A [Unit] is one piece of hardware, known by the serial number that its maker gave it:
//
//	        assign             ship          receive          activate
//	stock ─────────▶ assigned ──────▶ shipped ───────▶ received ──────▶ active
//	  ▲  ▲   release   │                  │ receive back        │            │
//	  │  └─────────────┘                  ▼                     ▼            ▼
//	  │ pass                          returned ◀──────────────────── take back
//	  └───────────────────────────────────┘ │ fail
//	                                        ▼
//	               lose: any out of house ▶ lost      scrapped
//
// Assigning a unit makes a terminal, numbered and prepared, at a store of the merchant. An [ActivationCode] of twelve digits, good for seven days and once,
// proves that who holds the unit is who ordered it: with it the unit is bound ([terminal.Binding]) and told where to connect;
// its master key it fetches by its own certificate.
//
// A [Care] is a check of a terminal at its place, with its list and its findings.
//
// Invariants:
//   - a unit belongs to one terminal at most, and a terminal has one unit at most;
//   - what an order charges is the sum of its lines as agreed; nothing is added to it later;
//   - a unit that was opened or changed does not go back into stock.
package supply

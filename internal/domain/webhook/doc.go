// Package webhook brings events to the programs of merchants: to addresses that they name, signed after Standard Webhooks
// (standardwebhooks.com, specification of 2023), in order, and again until they are taken.
//
// An [Endpoint] is an address of one merchant, with a secret of its own. It is on or off:
//
//	      off, 410 Gone, five days of failures
//	on ─────────────────────────────────────────▶ off
//	   ◀─────────────────────────────────────────
//	                     on
//
// A [Delivery] is one event on its way to one endpoint:
//
//	         2xx                       replay
//	waiting ─────▶ delivered ────────────────────▶ waiting
//	waiting ─────▶ given_up ─────────────────────▶ waiting
//	     last try failed, endpoint off
//
// [Service.Spread] reads the outbox and writes the deliveries, and how far it came, in one step. [Service.Send] claims what is due,
// hands it to the courier and records what became of it. A program that dies between the two sends again under the same id.
//
// Invariants:
//   - an event makes at most one delivery per endpoint, and exactly one for each that was on and wanted it;
//   - of the events about one subject an endpoint gets the next when the one before was delivered or given up ([Line]); events
//     about another subject never wait for it;
//   - a delivery is claimed before it is sent, so that no two processes send it at once;
//   - an endpoint hears of its own merchant's events only, and of those that its merchant's people may see;
//   - a secret is shown once, and lies sealed; while it is rotated, the old and the new one both sign;
//   - one endpoint has [Abreast] deliveries under way at most, one that fails a single one: whoever hangs holds up no other.
package webhook

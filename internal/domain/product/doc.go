// Package product holds the payment services that merchants open: cards, WeChat Pay, Alipay, UnionPay codes.
//
// A [Plan] is what the operator offers: fees, limits and the version of the terms. A merchant asks for a service under
// a plan as it was shown; staff look at it and open it:
//
//	          open               suspend
//	requested ─────▶ open ◀─────────────────▶ suspended
//	   │ ▲            │        resume             │
//	   │ │ request    └───────── close ───────────┤
//	   │ └─────────────────────────────────────── ▼
//	   └─ reject ──▶ rejected                  closed
//	                    │ request: requested again
//
// The first service that opens gives the merchant its number: 15 digits of institution (3), area (4, GB/T 2260 province
// and city), category (4, ISO 18245) and sequence (4); where a sequence is used up, the next institution number of the
// installation goes on.
//
// Whether a merchant may take an instrument is decided by its fee schedule alone: opening a service writes its rules
// there, suspending it takes them out, in the same step. So a sale that no open service covers cannot be priced, and
// what cannot be priced is refused.
//
// Invariants:
//   - a merchant has each service once at most;
//   - the rules of an open service are in the schedule, those of any other are not;
//   - what a merchant agreed to is kept with the service: rules, limits, version of the terms, who and when.
package product

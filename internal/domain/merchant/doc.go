// Package merchant holds who collects money: merchants and their stores, how one becomes a merchant, and what is
// kept to know each of them.
//
// A merchant begins a bucket: its id carries it, and all its rows lie there for life. The row is made with the first
// draft of an application, so that papers and checks have a place from the start.
//
//	          approve                      suspend
//	applying ─────────▶ active ◀──────────────────────▶ suspended
//	   │                  │ ▲          reinstate            │
//	   │ reject,          │ │ stay                          │
//	   │ withdraw         ▼ │                               │
//	   │               closing ◀────────────────────────────┘  leave
//	   │                  │ exit, once nothing is open
//	   ▼                  ▼
//	closed             closed
//
// Only an active merchant collects.
//
// # Applications
//
// An [Application] asks for a merchant to be opened, for a part of what is known of it to be changed, or to have
// all of it looked at again. What it says is a [Form] in sections; an application for a change carries the changed
// sections only and is laid over the [Profile] when it is looked at.
//
//	         save          submit              claim              approve
//	draft ────────┐  ───────────────▶ submitted ─────▶ claimed ───────────▶ approved
//	  │ ◀─────────┘                     │    ▲  release   │ ├─ reject ────▶ rejected
//	  │                          submit │    └────────────┤ │
//	  │      save ⟲ returned ───────────┘      return     │ │
//	  │               │  ▲────────────────────────────────┘ │
//	  ▼               ▼                                     │
//	withdrawn ◀── withdraw, from submitted too              └ claim again, by another when the lease is over
//
// Who reviews holds a lease of [ClaimFor]. Each save and each decision counts the version up, and a caller who
// worked on an older one is refused. Every transition is a row of [History], numbered without a gap.
//
// Approval wants every check of the bureau to match, or a reason why not and a second person; so does the grade
// "high". [Service.Plan] prepares it, [Service.Apply] carries it out within a step: alone, or within the step in
// which a second person decides.
//
// # What is kept how
//
// Forms, profiles, remarks, notes of visits and the content of documents hold identity and account numbers; they are
// stored sealed, bound to the record they belong to. By keyed hashes of those numbers ([Subject]) the same company,
// person, account or telephone is found again under another merchant and on the block list, and no clear
// value is held.
//
// A [Document] is taken in whole or not at all: its content is cleaned, sealed in chunks by small steps, and exists
// from the step that writes its row, whose digest is that of the cleaned content. Each look at one is in the trail.
//
// Invariants:
//   - a merchant is active only by an approved application, a taken-over import, or as furnished by the operator;
//   - the state of an application is that of the last row of its history;
//   - who decides on an application never belongs to the merchant; who approves as second is not the first;
//   - a person runs at most [MicroMax] micro merchants here;
//   - no identity number, account number or name of a person stands in the trail or in an event.
//
// Sources: the institution's duties of due diligence (Regulation on the Supervision of Non-bank Payment Institutions,
// State Council order 768, article 22; Anti-Money Laundering Law of 2024, articles 28 to 30), GB 32100, GB 11643; the
// limits of micro merchants are the clearing institution's, known from one secondary source, and settings.
package merchant

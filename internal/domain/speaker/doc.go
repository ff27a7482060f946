// Package speaker holds the speakers (收款音箱) that stand on a merchant's counters and say aloud what was paid by code.
//
// A [Speaker] belongs to a merchant, and to one of its stores where that is named. It lets itself in by its id and a password that
// was shown once; the records hold a hash. It is on or off:
//
//	      off
//	on ────────▶ off
//	   ◀────────
//	      on
//
// What it says is an [Announcement]: one captured payment, in words of this package, so that a page that makes the same sound says
// the same.
//
// Invariants:
//   - a speaker hears of its own merchant's payments only; where it and a payment both name a store, of that store's only;
//   - an announcement has the id of the event that it tells of, so that who heard it twice knows;
//   - what is older than [Fresh] is never said: a sound belongs to the moment.
package speaker

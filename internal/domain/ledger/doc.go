// Package ledger keeps the books: double entry, append-only, in fen.
//
// An [Entry] is a list of postings that sums to zero, or it does not exist: [Post] refuses it, and the
// store refuses it again before the commit. A correction is another entry, the mirror of the first; no
// posting is ever changed. Postings of one entry on the same account are netted into one, so an entry
// names each account once.
//
// A balance is the running sum of an account's postings, debit and credit apart, with what is pending
// beside what is posted; it is a tally, so an account that every sale touches is written once a batch
// and not read. Platform accounts are split by bucket and reported as a sum.
//
// Invariants, recomputed by `yifen verify`:
//   - each entry sums to zero, and so do all accounts together, per currency (I1);
//   - no customer-fund account is negative: what a merchant cannot cover stands in its receivable (I2);
//   - each balance equals the sum of its account's postings;
//   - the chain of entries verifies.
//
// Signs: a positive posting is a debit, a negative one a credit.
package ledger

// Package receipt is what a customer or a merchant is handed: one typed document, and the builders
// that turn a finished transaction into it.
//
// A [Document] is a list of typed lines (text, columns, rule, QR, barcode, image, signature, cut,
// drawer). It says what stands on the paper, not how a device draws it: the same document becomes
// monospaced text here ([Document.Text]) and a picture, a PDF page or printer commands in package
// render. All of them place text with [Document.Rows], so that they break lines by the same rules.
//
// Invariants:
//
//   - A stored document is what was shown, for ever. Its JSON form is versioned, golden-tested and
//     decoded strictly: an unknown line or field is an error, never silently dropped.
//   - Text is wrapped, never cut off: no character of an amount is lost on narrow paper.
//   - A card slip with more than the first six and last four digits of a card number visible is
//     refused, and so is one that would carry the card's expiry: it has no field for it.
//   - No amount is computed here. Amounts arrive formatted, in yuan with two decimals.
//
// The elements of a card slip (签购单) follow the bank rules 银发[2001]77号 and the templates that
// terminal makers share; the batch slip follows DE 48 of the settlement message (0500).
package receipt

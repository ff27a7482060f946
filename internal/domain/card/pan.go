// Package card holds what is presented when a card pays: the card number in a type that prints masked,
// the entry mode, the opaque PIN block and chip data, and the table that tells an issuer from a number.
//
// A [PAN] never shows itself: String, GoString, LogValue and MarshalJSON give the mask. Its digits are
// obtained by Reveal only, which few packages may call (a test holds the list). What is stored of a card
// is a [Sealed] number: encrypted, with a keyed index for finding the same card again, and the mask.
// Track data, CVN and PIN are never stored; expiry is not kept.
package card

import (
	"errors"
	"log/slog"
)

// PAN is a primary account number of 13 to 19 digits.
type PAN struct{ digits string }

var errPAN = errors.New("a card number has 13 to 19 digits")

// ParsePAN reads a card number. The error never repeats the input. Check digits are the issuer's affair:
// not every card of the network carries one that fits.
func ParsePAN(s string) (PAN, error) {
	if len(s) < 13 || len(s) > 19 {
		return PAN{}, errPAN
	}
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return PAN{}, errPAN
		}
	}
	return PAN{s}, nil
}

// Reveal returns the digits. Only packages on the list of the house rules may call it.
func (p PAN) Reveal() string { return p.digits }

// IsZero tells whether there is no number.
func (p PAN) IsZero() bool { return p.digits == "" }

// Masked returns the first six and the last four digits with stars between.
func (p PAN) Masked() string { return Mask(p.digits) }

// String returns the mask.
func (p PAN) String() string { return p.Masked() }

// GoString returns the mask.
func (p PAN) GoString() string { return p.Masked() }

// LogValue returns the mask.
func (p PAN) LogValue() slog.Value { return slog.StringValue(p.Masked()) }

// MarshalJSON writes the mask.
func (p PAN) MarshalJSON() ([]byte, error) { return []byte(`"` + p.Masked() + `"`), nil }

// Mask returns the first six and the last four of digits with stars between; a text too short to mask
// so is all stars.
func Mask(digits string) string {
	b := []byte(digits)
	for i := range b {
		if len(b) < 13 || (i >= 6 && i < len(b)-4) {
			b[i] = '*'
		}
	}
	return string(b)
}

// Sealed is a card number as it is stored.
type Sealed struct {
	Masked string
	// Index is a keyed hash of the number: equal for equal cards, useless without the key.
	Index string
	// Cipher is the number encrypted under the vault's data key.
	Cipher []byte
}

package card

import (
	"fmt"
	"log/slog"
	"sort"
	"strings"

	"github.com/yifen-pay/yifen/internal/domain/step"
)

// Kind is the kind of account behind a card, which decides its fee.
type Kind string

// The kinds.
const (
	Debit   Kind = "debit"
	Credit  Kind = "credit"
	Prepaid Kind = "prepaid"
	Unknown Kind = "unknown"
)

// Entry is how a card was read (ISO 8583 DE 22, first two digits, in one word).
type Entry string

// The entries.
const (
	Swipe  Entry = "swipe"
	Insert Entry = "insert"
	Tap    Entry = "tap"
	Manual Entry = "manual"
	Other  Entry = "other"
)

// EntryOf reads DE 22: two digits of entry mode and one of PIN capability.
func EntryOf(de22 string) Entry {
	if len(de22) < 2 {
		return Other
	}
	switch de22[:2] {
	case "02", "90", "80":
		return Swipe
	case "05", "95":
		return Insert
	case "07", "91", "96", "98":
		return Tap
	case "01":
		return Manual
	}
	return Other
}

// Form is what the card is in. What is not known to be a phone counts as a card.
type Form string

// The forms.
const (
	Plastic Form = ""
	Phone   Form = "phone"
)

// Suffix is the mark behind the card number on a receipt.
func (e Entry) Suffix() string {
	switch e {
	case Swipe:
		return "S"
	case Insert:
		return "I"
	case Tap:
		return "C"
	case Manual:
		return "M"
	}
	return ""
}

// PINBlock is an encrypted PIN on its way from a terminal to the network. Nothing outside the hsm can
// open it, and it is stored nowhere.
type PINBlock struct {
	Block []byte
	// Key is the terminal's PIN key, wrapped, as the hsm gave it out.
	Key []byte
	// WithPAN tells ISO 9564 format 0 with the card number (DE 53.1 = 2) from the form without.
	WithPAN bool
}

// String hides the block.
func (PINBlock) String() string { return "PIN block" }

// GoString hides the block.
func (p PINBlock) GoString() string { return p.String() }

// LogValue hides the block.
func (p PINBlock) LogValue() slog.Value { return slog.StringValue(p.String()) }

// Presentation is a card as it was presented for one request. It lives in memory only.
type Presentation struct {
	PAN            PAN
	Expiry         string // YYMM
	Track2         string // ISO 7813, separator D
	SequenceNumber string // EMV 5F34
	EntryMode      string // ISO 8583 DE 22, three digits
	Form           Form
	ReadsChip      bool // the terminal could have read a chip
	PIN            *PINBlock
	Chip           []byte // ISO 8583 DE 55
	ChipStored     []byte // the same without what may not be stored: 57, 5A, 5F24
}

// StripeOfChip tells whether the stripe was read of a card that has a chip (ISO/IEC 7813: its service code
// begins with 2 or 6), by a terminal that reads chips, and not because the chip had failed.
func (p Presentation) StripeOfChip() bool {
	if !p.ReadsChip || len(p.EntryMode) < 2 || p.EntryMode[:2] != "02" && p.EntryMode[:2] != "90" {
		return false
	}
	const expiryLen = 4
	_, rest, ok := strings.Cut(p.Track2, "D")
	return ok && len(rest) > expiryLen && (rest[expiryLen] == '2' || rest[expiryLen] == '6')
}

// String shows the mask only.
func (p Presentation) String() string { return fmt.Sprintf("card %s", p.PAN) }

// GoString shows the mask only.
func (p Presentation) GoString() string { return p.String() }

// LogValue shows the mask only.
func (p Presentation) LogValue() slog.Value { return slog.StringValue(p.String()) }

// BINTable is where the issuer table lies. It is small and the same everywhere: bucket 0.
const BINTable step.Table = "card_bin"

// BIN says whose cards begin with a prefix.
type BIN struct {
	Prefix       string
	Length       int // digits of the whole number; 0 means any
	Kind         Kind
	Organization string // "CUP"
	Issuer       string // institution code, 8 digits
	IssuerName   string
	IssuerEN     string
	// Token tells that the numbers stand for cards in phones (EMV payment tokens).
	Token bool
}

// Key returns the row's key.
func (b BIN) Key() step.Key { return step.Key{Table: BINTable, ID: b.Prefix} }

// Directory finds the issuer of a card number: the longest prefix wins.
type Directory struct {
	byPrefix map[string]BIN
	lengths  []int // prefix lengths, longest first
}

// NewDirectory builds a directory from rows.
func NewDirectory(rows []BIN) *Directory {
	d := &Directory{byPrefix: make(map[string]BIN, len(rows))}
	seen := map[int]bool{}
	for _, r := range rows {
		d.byPrefix[r.Prefix] = r
		if !seen[len(r.Prefix)] {
			seen[len(r.Prefix)] = true
			d.lengths = append(d.lengths, len(r.Prefix))
		}
	}
	sort.Sort(sort.Reverse(sort.IntSlice(d.lengths)))
	return d
}

// Find returns the issuer's row and whether the number's prefix and length are known; an unknown card is
// of kind Unknown, and the network decides.
func (d *Directory) Find(p PAN) (BIN, bool) {
	for _, n := range d.lengths {
		if len(p.digits) < n {
			continue
		}
		if b, ok := d.byPrefix[p.digits[:n]]; ok && (b.Length == 0 || b.Length == len(p.digits)) {
			return b, true
		}
	}
	return BIN{Kind: Unknown}, false
}

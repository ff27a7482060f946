package cardnet

import (
	"errors"
	"hash/fnv"
	"strconv"
	"strings"
	"time"
)

// Kind is what a transaction does.
type Kind string

// Kinds.
const (
	Sale     Kind = "sale"
	Void     Kind = "void"
	Refund   Kind = "refund"
	Reversal Kind = "reversal"
)

// State is how far a transaction has come.
type State string

// States.
const (
	Approved   State = "approved"
	Declined   State = "declined"
	Pending    State = "pending"    // will be approved and answered late
	Unanswered State = "unanswered" // never answered, never approved
	Voided     State = "voided"
	Reversed   State = "reversed"
)

// key names a transaction: F11, F7, F32 and F33 as F90 holds them.
type key [keyLen]byte

const keyLen = 6 + 10 + 11 + 11

// newKey returns the key made of the four fields, which are digits of at most their lengths.
func newKey(f7, f11, f32, f33 string) (key, bool) {
	var k key
	at := 0
	for _, part := range []struct {
		value string
		width int
	}{{f11, 6}, {f7, 10}, {f32, 11}, {f33, 11}} {
		if part.value == "" || len(part.value) > part.width || !digits(part.value) {
			return key{}, false
		}
		for range part.width - len(part.value) {
			k[at] = '0'
			at++
		}
		at += copy(k[at:], part.value)
	}
	return k, true
}

func (k key) trace() string { return string(k[:6]) }
func (k key) sent() string  { return string(k[6:16]) }

// MarshalText writes the key's digits.
func (k key) MarshalText() ([]byte, error) { return k[:], nil }

// UnmarshalText reads the key's digits.
func (k *key) UnmarshalText(text []byte) error {
	if len(text) != len(k) {
		return errors.New("cardnet: key of a transaction has the wrong length")
	}
	copy(k[:], text)
	return nil
}

// authorization returns F38 of a sale: the same for the same sale, so that a repeat is answered alike.
func (k key) authorization() string {
	h := fnv.New32a()
	h.Write(k[:])
	code := strconv.Itoa(int(h.Sum32() % 1_000_000))
	return strings.Repeat("0", 6-len(code)) + code
}

// pinResult is what came of comparing a PIN.
type pinResult uint8

const (
	pinUnchecked pinResult = iota
	pinRight
	pinWrong
)

// entry is one transaction in the books. Its exported fields are what was decided when it came and go into
// the journal; the others follow from later entries.
type entry struct {
	Key         key       `json:"key"`
	Kind        Kind      `json:"kind"`
	State       State     `json:"state"`
	Code        string    `json:"code,omitempty"` // F39; empty while there is no answer
	Card        string    `json:"card"`
	Masked      string    `json:"masked"`
	Amount      int64     `json:"amount"` // fen
	Processing  string    `json:"processing"`
	RRN         string    `json:"rrn"`
	Terminal    string    `json:"terminal"`
	Merchant    string    `json:"merchant"`
	Acquirer    string    `json:"acquirer"`
	Forwarder   string    `json:"forwarder"`
	Approval    string    `json:"approval,omitempty"` // F38
	Date        string    `json:"date"`               // clearing date, YYYYMMDD
	Original    *key      `json:"original,omitempty"`
	At          int64     `json:"at"`            // Unix milliseconds
	Due         int64     `json:"due,omitempty"` // Unix milliseconds at which a pending one is booked
	PIN         pinResult `json:"pin,omitempty"`
	Interchange int64     `json:"interchange,omitempty"` // fen, negative when given back
	Network     int64     `json:"network,omitempty"`     // fen, likewise

	number   int    // place in the order of arrival
	original *entry // nil when it is unknown
	refunded int64  // fen, of a sale
	undone   string // clearing date on which it was reversed
	touched  string // clearing date of the last act on it
}

// root returns the sale that an entry is about, or the entry itself.
func (e *entry) root() *entry {
	for e.original != nil {
		e = e.original
	}
	return e
}

// stands reports whether an entry has moved money and nothing has taken it back.
func (e *entry) stands() bool {
	return e.Kind != Reversal && (e.State == Approved || e.State == Voided)
}

// effect returns what an entry that stands does to the card's funds.
func (e *entry) effect() int64 {
	if e.Kind == Sale {
		return -e.Amount
	}
	return e.Amount
}

// sameAs reports whether a request that has the key of e is e once more.
func (e *entry) sameAs(r *request) bool {
	return e.Kind == r.kind && e.Card == r.cardID && e.Amount == r.amount && e.Terminal == r.terminal &&
		e.Merchant == r.merchant && (e.Original == nil) == (r.original == nil) &&
		(e.Original == nil || *e.Original == *r.original)
}

// Transaction is a transaction as the network knows it.
type Transaction struct {
	F7, F11, F32, F33 string
	Kind              Kind
	State             State
	Code              string // F39 of the answer; "" while there is none
	Card              string // masked
	Amount            int64  // fen
	Refunded          int64  // fen, of a sale
	RRN               string
	Terminal          string
	Merchant          string
	Approval          string // F38
	ClearingDate      string // YYYYMMDD
	Interchange       int64  // fen, negative when given back
	NetworkFee        int64  // fen, likewise
	At                time.Time
	OriginalF7        string // of a void, refund or reversal
	OriginalF11       string
}

func (e *entry) transaction() Transaction {
	t := Transaction{
		F7: e.Key.sent(), F11: e.Key.trace(), F32: e.Acquirer, F33: e.Forwarder,
		Kind: e.Kind, State: e.State, Code: e.Code, Card: e.Masked, Amount: e.Amount, Refunded: e.refunded,
		RRN: e.RRN, Terminal: e.Terminal, Merchant: e.Merchant, Approval: e.Approval, ClearingDate: e.Date,
		Interchange: e.Interchange, NetworkFee: e.Network, At: time.UnixMilli(e.At).In(china),
	}
	if e.Original != nil {
		t.OriginalF7, t.OriginalF11 = e.Original.sent(), e.Original.trace()
	}
	return t
}

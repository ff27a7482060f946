package cardnet

import (
	"errors"
	"hash/fnv"
	"strconv"
	"strings"
	"time"
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
	Completed  State = "completed" // of an authorization
	Lapsed     State = "lapsed"    // of an authorization
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

// authorization returns F38 of a sale or an authorization: the same for the same key, so that a repeat is
// answered alike.
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
	Amount      int64     `json:"amount"`            // fen; of an adjustment the new total
	Asked       int64     `json:"asked,omitempty"`   // fen, where only a part of it, Amount, was approved
	Partial     bool      `json:"partial,omitempty"` // a part is accepted
	Before      int64     `json:"before,omitempty"`  // fen, the total before an adjustment
	Advice      bool      `json:"advice,omitempty"`  // of a completion: told, not asked
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
	NoPIN       bool      `json:"no_pin,omitempty"`      // a tap without PIN, which counts toward the day's limit
	Counter     uint16    `json:"counter,omitempty"`     // of the chip whose cryptogram was right, tag 9F36
	Script      string    `json:"script,omitempty"`      // name of the issuer's script that it brings or ends
	Result      string    `json:"result,omitempty"`      // of a script, tag DF31 in hexadecimal
	Interchange int64     `json:"interchange,omitempty"` // fen, negative when given back
	Network     int64     `json:"network,omitempty"`     // fen, likewise

	number   int    // place in the order of arrival
	original *entry // nil when it is unknown
	refunded int64  // fen, of what took money
	undone   string // clearing date on which it was reversed
	touched  string // clearing date of the last act on it
	replayed bool   // its chip's counter did not rise

	total    standing // of what took money, as adjusted; of an authorization, additions included
	filed    standing // what its line in the daily file says
	adjusted bool
	pending  *entry // of an authorization: the last act on it that had to wait
}

// standing is an amount with its fees, in fen.
type standing struct{ amount, interchange, network int64 }

func (s standing) plus(t standing) standing {
	return standing{s.amount + t.amount, s.interchange + t.interchange, s.network + t.network}
}

// root returns the transaction that all others about it go back to, or the entry itself.
func (e *entry) root() *entry {
	for e.original != nil {
		e = e.original
	}
	return e
}

// asked returns what F4 of the request said.
func (e *entry) asked() int64 {
	if e.Asked != 0 {
		return e.Asked
	}
	return e.Amount
}

// mti returns the type of the message's first sending.
func (e *entry) mti() string {
	switch e.Kind {
	case Preauth, AddOn, PreauthVoid:
		return mtiAuthorize
	case Refund, Offline, Adjustment:
		return mtiAdvice
	case Completion:
		if e.Advice {
			return mtiAdvice
		}
	}
	return mtiRequest
}

// stands reports whether an entry has moved money and nothing has taken it back.
func (e *entry) stands() bool {
	return e.Kind != Reversal && (e.State == Approved || e.State == Voided)
}

// effect returns what an entry that stands does to the card's funds.
func (e *entry) effect() int64 {
	switch e.Kind {
	case Sale, Completion, Offline:
		return -e.Amount
	case Void, Refund, CompletionVoid:
		return e.Amount
	case Adjustment:
		return e.Before - e.Amount
	}
	return 0
}

// clears reports whether an entry makes a line of the daily file when it is approved.
func (e *entry) clears() bool {
	switch e.Kind {
	case Sale, Completion, Offline, Void, Refund, CompletionVoid:
		return true
	case Adjustment:
		return e.Date != e.original.Date // on the same date it changes the line of its sale
	}
	return false
}

// alive reports whether an entry is an authorization that can be completed.
func (e *entry) alive() bool { return e.Kind == Preauth && e.State == Approved }

// busy reports whether another act than by waits for its turn on an authorization.
func (e *entry) busy(by *entry) bool {
	return e.pending != nil && e.pending.State == Pending && (by == nil || e.pending.Key != by.Key)
}

// sameAs reports whether a request that has the key of e is e once more.
func (e *entry) sameAs(r *request) bool {
	return e.Kind == r.kind && e.Advice == r.toldCompletion() && e.Card == r.cardID && e.asked() == r.amount &&
		e.Terminal == r.terminal && e.Merchant == r.merchant &&
		(e.Original == nil) == (r.original == nil) &&
		(e.Original == nil || *e.Original == *r.original)
}

// Transaction is a transaction as the network knows it.
type Transaction struct {
	F7, F11, F32, F33 string
	Kind              Kind
	State             State
	Code              string // F39 of the answer; "" while there is none
	Card              string // masked
	Amount            int64  // fen; of an adjustment the new total
	Asked             int64  // fen, where only a part of it was approved
	Total             int64  // fen: of what took money, as adjusted; of an authorization, additions included
	Refunded          int64  // fen, of what took money
	RRN               string
	Terminal          string
	Merchant          string
	Approval          string // F38
	ClearingDate      string // YYYYMMDD
	Interchange       int64  // fen, negative when given back
	NetworkFee        int64  // fen, likewise
	At                time.Time
	Counter           uint16 // of a chip whose cryptogram was right
	Script            string // name of the issuer's script that went with the answer, or whose result it is
	Result            string // of a script, tag DF31 in hexadecimal
	OriginalF7        string // of what is about another transaction
	OriginalF11       string
}

// Taken returns what stands taken from the card by the transaction, in fen: of a sale, a completion or an
// offline sale that stands its total less what was refunded of it, else zero.
func (t Transaction) Taken() int64 {
	if !t.Kind.takes() || t.State != Approved {
		return 0
	}
	return t.Total - t.Refunded
}

func (e *entry) transaction() Transaction {
	t := Transaction{
		F7: e.Key.sent(), F11: e.Key.trace(), F32: e.Acquirer, F33: e.Forwarder,
		Kind: e.Kind, State: e.State, Code: e.Code, Card: e.Masked, Amount: e.Amount, Asked: e.Asked, Total: e.total.amount,
		Refunded: e.refunded, Counter: e.Counter, Script: e.Script, Result: e.Result,
		RRN: e.RRN, Terminal: e.Terminal, Merchant: e.Merchant, Approval: e.Approval, ClearingDate: e.Date,
		Interchange: e.Interchange, NetworkFee: e.Network, At: time.UnixMilli(e.At).In(china),
	}
	if e.Original != nil {
		t.OriginalF7, t.OriginalF11 = e.Original.sent(), e.Original.trace()
	}
	return t
}

// authorization returns F38 of an entry that is approved: that of its authorization where it is about one,
// that of the request where it was given by voice.
func (e *entry) authorization() string {
	switch e.Kind {
	case Sale, Preauth:
		return e.Key.authorization()
	case AddOn, Completion:
		return e.original.Approval
	case Offline:
		return e.Approval
	}
	return ""
}

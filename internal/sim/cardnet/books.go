package cardnet

import (
	"errors"
	"iter"
	"slices"

	"github.com/yifen-pay/yifen/internal/sim/kit"
	"github.com/yifen-pay/yifen/internal/wire/iso8583"
)

// books are the network's and its issuers' accounts. Whoever calls a method holds the network's lock,
// except to look up accounts, which never change in number.
type books struct {
	fees     map[Product]Fees
	keepDays int
	policy   policy
	accounts map[string]*account // by PAN
	byID     map[string]*account
	journal  *kit.Journal[record]

	date    string // the clearing date, YYYYMMDD
	entries []*entry
	byKey   map[key]*entry
	refused map[key]bool        // originals whose reversal came first
	cleared map[string][]*entry // by clearing date: what makes a line of its file

	forgotten int // entries that the journal still has
}

// record is one line of the journal: exactly one of its fields is set.
type record struct {
	Entry   *entry   `json:"entry,omitempty"`
	Booking *booking `json:"booking,omitempty"`
	Opening *opening `json:"opening,omitempty"`
	Date    string   `json:"date,omitempty"`
	Tries   *tries   `json:"tries,omitempty"`
	Script  *script  `json:"script,omitempty"`
}

// booking ends the wait of a pending transaction.
type booking struct {
	Key         key    `json:"key"`
	Code        string `json:"code"`
	Amount      int64  `json:"amount,omitempty"` // fen, where only a part was approved
	Approval    string `json:"approval,omitempty"`
	Date        string `json:"date"`
	Interchange int64  `json:"interchange,omitempty"`
	Network     int64  `json:"network,omitempty"`
}

// opening is what a card had before its oldest transaction in the books.
type opening struct {
	Card  string `json:"card"`
	Funds int64  `json:"funds"` // fen
}

// tries sets the count of wrong PINs of a card, and the counter that its chip has come to.
type tries struct {
	Card    string `json:"card"`
	Count   int    `json:"count"`
	Day     string `json:"day"`
	Counter uint16 `json:"counter,omitempty"`
}

func newBooks(c Config) *books {
	return &books{
		fees: c.Fees, keepDays: c.KeepDays, policy: policyOf(c),
		accounts: map[string]*account{}, byID: map[string]*account{},
		byKey: map[key]*entry{}, refused: map[key]bool{}, cleared: map[string][]*entry{},
	}
}

// open builds the books from their journal. Cards that the journal does not know open with their funds.
func (b *books) open(path, date string) error {
	known := map[string]bool{}
	journal, err := kit.OpenJournal(path, func(r record) error {
		if r.Opening != nil {
			known[r.Opening.Card] = true
		}
		return b.replay(r)
	})
	if err != nil {
		return err
	}
	b.journal = journal
	for _, a := range b.accounts {
		if known[a.id] {
			continue
		}
		a.opening, a.funds = a.Funds, a.Funds
		err = errors.Join(err, journal.Append(record{Opening: &opening{a.id, a.Funds}}))
	}
	if b.date == "" {
		err = errors.Join(err, b.setDate(date))
	}
	b.prune() // between two rewritings the journal has what was forgotten
	return err
}

func (b *books) replay(r record) error {
	switch {
	case r.Entry != nil:
		if b.byKey[r.Entry.Key] != nil {
			return errors.New("a transaction is there twice")
		}
		b.apply(r.Entry)
	case r.Booking != nil:
		e := b.byKey[r.Booking.Key]
		if e == nil || e.State != Pending {
			return errors.New("a booking has no pending transaction")
		}
		b.book(e, r.Booking)
	case r.Opening != nil:
		if a := b.byID[r.Opening.Card]; a != nil {
			a.opening, a.funds = r.Opening.Funds, r.Opening.Funds
		}
	case r.Tries != nil:
		if a := b.byID[r.Tries.Card]; a != nil {
			a.tries, a.day, a.counter = r.Tries.Count, r.Tries.Day, max(a.counter, r.Tries.Counter)
		}
	case r.Script != nil:
		if a := b.byID[r.Script.Card]; a != nil {
			a.keep(r.Script)
		}
	case r.Date != "":
		b.turn(r.Date)
	default:
		return errors.New("a record holds nothing that these books know")
	}
	return nil
}

// setDate makes date the clearing date.
func (b *books) setDate(date string) error {
	b.turn(date)
	return b.journal.Append(record{Date: date})
}

// turn makes date the clearing date, on which authorizations may lapse.
func (b *books) turn(date string) {
	b.date = date
	for _, e := range b.entries {
		if e.alive() && b.lapsed(e, date) {
			b.release(e, b.byID[e.Card])
			e.State = Lapsed
		}
	}
}

// post decides on a request and writes down what it decided.
func (b *books) post(r *request, v verdict) (*entry, error) {
	e := b.decide(r, v)
	err := b.journal.Append(record{Entry: e})
	b.apply(e)
	return e, err
}

// prune forgets what nothing has touched for keepDays, with all that refers to it. An authorization that
// lives is not forgotten.
func (b *books) prune() {
	before := dateAfter(b.date, -b.keepDays)
	forgotten := b.forgotten
	keep := make([]*entry, 0, len(b.entries))
	for _, e := range b.entries {
		if root := e.root(); root.touched >= before || root.alive() || e.State == Pending {
			keep = append(keep, e)
			continue
		}
		b.forgotten++
		delete(b.byKey, e.Key)
		if e.Original != nil {
			delete(b.refused, *e.Original)
		}
		if a := b.byID[e.Card]; a != nil && e.stands() {
			a.opening += e.effect()
		}
	}
	if b.forgotten == forgotten {
		return
	}
	b.entries = keep
	for i, e := range keep {
		e.number = i
	}
	for date := range b.cleared {
		if date < before {
			delete(b.cleared, date)
		}
	}
}

// compact writes the journal anew from what the books hold, once more than half of it is forgotten. Until
// then the journal still builds books that are right, with the transactions that these have forgotten.
func (b *books) compact() error {
	if b.forgotten == 0 || b.forgotten < len(b.entries) {
		return nil
	}
	b.forgotten = 0
	return b.journal.Rewrite(b.records())
}

// records yields a journal that builds these books: transactions as they were when they came.
func (b *books) records() iter.Seq[record] {
	return func(yield func(record) bool) {
		for _, a := range b.accounts {
			if !yield(record{Opening: &opening{a.id, a.opening}}) {
				return
			}
		}
		for _, e := range b.entries {
			came := *e
			switch {
			case e.Kind == Reversal:
				came.Interchange, came.Network = 0, 0 // follow from the original
			case approves(e.Code):
				came.State = Approved
			}
			if !yield(record{Entry: &came}) {
				return
			}
		}
		for _, a := range b.accounts {
			if !yield(record{Tries: &tries{a.id, a.tries, a.day, a.counter}}) {
				return
			}
			for _, s := range a.scripts {
				if !yield(record{Script: s}) {
					return
				}
			}
		}
		yield(record{Date: b.date})
	}
}

// transactions returns up to limit of the transactions numbered from on.
func (b *books) transactions(from, limit int) []Transaction {
	var list []Transaction
	for _, e := range b.entries[min(from, len(b.entries)):min(from+limit, len(b.entries))] {
		list = append(list, e.transaction())
	}
	return list
}

// cards returns the accounts in the order of their numbers.
func (b *books) cards() []*account {
	list := make([]*account, 0, len(b.accounts))
	for _, a := range b.accounts {
		list = append(list, a)
	}
	slices.SortFunc(list, func(x, y *account) int {
		if x.PAN < y.PAN {
			return -1
		}
		return 1
	})
	return list
}

// masked returns the masked number of a request's card.
func (r *request) masked() string { return iso8583.MaskPAN(r.pan) }

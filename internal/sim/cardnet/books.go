package cardnet

import (
	"errors"
	"fmt"
	"iter"
	"slices"
	"time"

	"github.com/yifen-pay/yifen/internal/sim/kit"
	"github.com/yifen-pay/yifen/internal/wire/iso8583"
)

// books are the network's and its issuers' accounts. Whoever calls a method holds the network's lock,
// except to look up accounts, which never change in number.
type books struct {
	fees     map[Product]Fees
	keepDays int
	strict   bool                // StrictChip
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
}

// booking ends the wait of a pending sale.
type booking struct {
	Key         key    `json:"key"`
	Code        string `json:"code"`
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

// tries sets the count of wrong PINs of a card.
type tries struct {
	Card  string `json:"card"`
	Count int    `json:"count"`
	Day   string `json:"day"`
}

func newBooks(c Config) *books {
	return &books{
		fees: c.Fees, keepDays: c.KeepDays, strict: c.StrictChip,
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
			return errors.New("a booking has no pending sale")
		}
		b.book(e, r.Booking)
	case r.Opening != nil:
		if a := b.byID[r.Opening.Card]; a != nil {
			a.opening, a.funds = r.Opening.Funds, r.Opening.Funds
		}
	case r.Tries != nil:
		if a := b.byID[r.Tries.Card]; a != nil {
			a.tries, a.day = r.Tries.Count, r.Tries.Day
		}
	case r.Date != "":
		b.date = r.Date
	default:
		return errors.New("a record holds nothing that these books know")
	}
	return nil
}

// setDate makes date the clearing date.
func (b *books) setDate(date string) error {
	b.date = date
	return b.journal.Append(record{Date: date})
}

// post decides on a request and writes down what it decided.
func (b *books) post(r *request, v verdict) (*entry, error) {
	e := b.decide(r, v)
	err := b.journal.Append(record{Entry: e})
	b.apply(e)
	return e, err
}

// settleFees sets the fees of an entry that moves money, from the sale that it is about.
func (b *books) settleFees(e *entry, a *account) {
	if e.Kind == Sale {
		fees := b.fees[a.Product]
		e.Interchange, e.Network = fees.Interchange.of(e.Amount), fees.Network.of(e.Amount)
		return
	}
	sale := e.original
	switch e.Kind {
	case Void:
		e.Interchange, e.Network = -sale.Interchange, -sale.Network
	case Refund:
		back := func(fee int64) int64 {
			return share(fee, sale.refunded, sale.Amount) - share(fee, sale.refunded+e.Amount, sale.Amount)
		}
		e.Interchange, e.Network = back(sale.Interchange), back(sale.Network)
	}
}

// share returns the part of a fee that falls to part of an amount, rounded half up.
func share(fee, part, whole int64) int64 { return (2*fee*part + whole) / (2 * whole) }

// apply enters e, whose outcome is decided, and moves what it moves. It is the one way in, whether e was
// decided just now or is read again.
func (b *books) apply(e *entry) {
	e.number = len(b.entries)
	e.touched = e.Date
	b.entries = append(b.entries, e)
	b.byKey[e.Key] = e
	if e.Original != nil {
		e.original = b.byKey[*e.Original]
	}
	a := b.byID[e.Card]
	if a != nil {
		a.countPIN(e.PIN, dayOf(time.UnixMilli(e.At)))
	}
	if e.Kind == Reversal {
		b.applyReversal(e, a)
		return
	}
	if e.State != Approved {
		return
	}
	b.move(e, a)
	switch e.Kind {
	case Void:
		e.original.State = Voided
	case Refund:
		e.original.refunded += e.Amount
	}
	e.root().touched = e.Date
}

func (b *books) applyReversal(e *entry, a *account) {
	switch {
	case e.Code == codeNoOriginal:
		b.refused[*e.Original] = true
	case e.State != Approved || e.original == nil:
		return
	case e.original.State == Pending || e.original.State == Unanswered:
		e.original.State = Reversed
	case e.original.State == Approved:
		b.reverse(e, a)
	}
}

// reverse takes back a sale or void that moved money.
func (b *books) reverse(e *entry, a *account) {
	o := e.original
	o.State = Reversed
	o.undone = e.Date
	if a != nil {
		a.funds -= o.effect()
	}
	if o.Kind == Void && o.original != nil {
		o.original.State = Approved
	}
	if o.Date != e.Date {
		e.Interchange, e.Network = -o.Interchange, -o.Network
		b.cleared[e.Date] = append(b.cleared[e.Date], e)
	}
	e.root().touched = e.Date
}

// book ends the wait of a pending sale.
func (b *books) book(e *entry, with *booking) {
	e.Code, e.Approval, e.Date = with.Code, with.Approval, with.Date
	e.Interchange, e.Network = with.Interchange, with.Network
	e.touched = e.Date
	e.State = Declined
	if e.Code == codeApproved {
		e.State = Approved
		b.move(e, b.byID[e.Card])
	}
}

// settle ends the wait of a pending sale by what the card has now, unless a reversal did before.
func (b *books) settle(e *entry) error {
	if e.State != Pending {
		return nil
	}
	a := b.byID[e.Card]
	with := &booking{Key: e.Key, Date: b.date}
	if a == nil { // a card that is no longer configured
		with.Code = codeNoCard
	} else if with.Code = a.covers(e.Amount); with.Code == codeApproved {
		fees := b.fees[a.Product]
		with.Approval = e.Key.authorization()
		with.Interchange, with.Network = fees.Interchange.of(e.Amount), fees.Network.of(e.Amount)
	}
	err := b.journal.Append(record{Booking: with})
	b.book(e, with)
	return err
}

// move moves money and puts e into the daily file of its date.
func (b *books) move(e *entry, a *account) {
	if a != nil {
		a.funds += e.effect()
	}
	b.cleared[e.Date] = append(b.cleared[e.Date], e)
}

// covers returns the code with which a card answers an amount.
func (a *account) covers(amount int64) string {
	switch {
	case amount <= a.funds:
		return codeApproved
	case a.Product == Credit:
		return codeLimit
	}
	return codeFunds
}

// countPIN counts the tries of a day.
func (a *account) countPIN(result pinResult, day string) {
	switch result {
	case pinRight:
		a.tries = 0
	case pinWrong:
		if a.day != day {
			a.tries, a.day = 0, day
		}
		a.tries++
	}
}

// prune forgets the sales that nothing has touched for keepDays, with all that refers to them.
func (b *books) prune() {
	before := dateAfter(b.date, -b.keepDays)
	forgotten := b.forgotten
	keep := make([]*entry, 0, len(b.entries))
	for _, e := range b.entries {
		if e.root().touched >= before || e.State == Pending {
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
			case e.Code == codeApproved:
				came.State = Approved
			}
			if !yield(record{Entry: &came}) {
				return
			}
		}
		for _, a := range b.accounts {
			if !yield(record{Tries: &tries{a.id, a.tries, a.day}}) {
				return
			}
		}
		yield(record{Date: b.date})
	}
}

// check recomputes what the books must hold.
func (b *books) check() error {
	funds := map[string]int64{}
	voids := map[*entry]int{}
	refunds := map[*entry]int64{}
	for _, e := range b.entries {
		if e.stands() {
			funds[e.Card] += e.effect()
		}
		if e.State != Approved || e.original == nil {
			continue
		}
		switch e.Kind {
		case Void:
			voids[e.original]++
		case Refund:
			refunds[e.original] += e.Amount
		}
	}
	var errs []error
	for _, a := range b.accounts {
		if want := a.opening + funds[a.id]; a.funds != want {
			errs = append(errs, fmt.Errorf("cardnet: card %s has %d fen, its transactions make %d", a.Card, a.funds, want))
		}
	}
	for _, e := range b.entries {
		if e.Kind != Sale {
			continue
		}
		switch back := refunds[e]; {
		case back != e.refunded:
			errs = append(errs, fmt.Errorf("cardnet: sale %s: refunds make %d fen, the sale says %d", e.RRN, back, e.refunded))
		case back > e.Amount:
			errs = append(errs, fmt.Errorf("cardnet: sale %s: %d fen refunded of %d", e.RRN, back, e.Amount))
		case back > 0 && e.State != Approved:
			errs = append(errs, fmt.Errorf("cardnet: sale %s is refunded and %s", e.RRN, e.State))
		}
		if standing := voids[e]; (e.State == Voided) != (standing == 1) || standing > 1 {
			errs = append(errs, fmt.Errorf("cardnet: sale %s is %s and has %d standing voids", e.RRN, e.State, standing))
		}
	}
	return errors.Join(errs...)
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

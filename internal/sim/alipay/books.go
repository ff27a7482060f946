package alipay

import (
	"errors"

	"github.com/yifen-pay/yifen/internal/sim/kit"
)

// step is one line of the journal: what changed at once. Orders, refunds and so on are written whole.
type step struct {
	kit.Entry
	Merchant *Merchant `json:"account,omitempty"`
	Order    *Order    `json:"order,omitempty"`
	Refund   *Refund   `json:"refund,omitempty"`
	Letter   *letter   `json:"letter,omitempty"` // of a new notice
}

// key is an order number of a merchant.
type key struct{ merchant, number string }

// refundKey is a refund number of an order: it need not be unique beyond.
type refundKey struct {
	order  int64
	number string
}

// books are the provider's. Whoever calls a method holds the wallet's lock.
type books struct {
	*kit.Books
	journal *kit.Journal[step]

	registered map[string]Merchant // at run time
	orders     []*Order
	byKey      map[key]*Order
	byID       map[string]*Order // trade_no
	byLink     map[string]*Order
	refunds    []*Refund
	refundKey  map[refundKey]*Refund
	letters    map[string]letter // of notices
}

func newBooks(outbox *kit.Outbox) *books {
	return &books{
		Books: &kit.Books{Ledger: kit.NewLedger(), Outbox: outbox}, registered: map[string]Merchant{}, byKey: map[key]*Order{}, byID: map[string]*Order{},
		byLink: map[string]*Order{}, refundKey: map[refundKey]*Refund{}, letters: map[string]letter{},
	}
}

// open builds the books from their journal.
func (b *books) open(path string) error {
	journal, err := kit.OpenJournal(path, b.apply)
	b.journal = journal
	return err
}

// post applies a step and writes it down, so that whoever is answered next is answered of what a kill does
// not undo.
func (b *books) post(s step) error {
	if err := b.apply(s); err != nil {
		return err
	}
	return errors.Join(b.journal.Append(s), b.journal.Flush())
}

// apply makes the books what they are after a step. Nothing is changed where it returns an error.
func (b *books) apply(s step) error {
	if err := errors.Join(b.Check(s.Entry), b.fits(s)); err != nil {
		return err
	}
	if s.Merchant != nil {
		b.registered[s.Merchant.Number] = *s.Merchant
	}
	if s.Order != nil {
		b.putOrder(s.Order)
	}
	if s.Refund != nil {
		b.putRefund(s.Refund)
	}
	if s.Notice != nil && s.Letter != nil {
		b.letters[s.Notice.ID] = *s.Letter
	}
	order := ""
	if s.Order != nil {
		order = s.Order.OutTradeNo
	} else if s.Refund != nil {
		order = b.orders[s.Refund.Order-1].OutTradeNo
	}
	b.Apply(s.Entry, order)
	return nil
}

// fits refuses a step that what is there does not lead to.
func (b *books) fits(s step) error {
	orders, refunds := int64(len(b.orders)), int64(len(b.refunds))
	switch {
	case s.Order != nil && (s.Order.Number < 1 || s.Order.Number > orders+1):
		return errors.New("a trade is out of its turn")
	case s.Refund != nil && (s.Refund.Number < 1 || s.Refund.Number > refunds+1):
		return errors.New("a refund is out of its turn")
	case s.Refund != nil && (s.Refund.Order < 1 || s.Refund.Order > orders):
		return errors.New("a refund has no trade")
	case s.Code != nil && s.Code.Order > orders+1:
		return errors.New("a code was used for no trade")
	}
	return nil
}

// putOrder takes a copy of an order in: a new one, or in place of what the books knew of it. Orders are
// numbered from 1 without gaps.
func (b *books) putOrder(o *Order) {
	next := *o
	if o.Number <= int64(len(b.orders)) {
		old := b.orders[o.Number-1]
		next.given, next.refunds = old.given, old.refunds
		*old = next
		return
	}
	b.orders = append(b.orders, &next)
	b.byKey[key{o.Merchant, o.OutTradeNo}] = &next
	b.byID[o.TradeNo] = &next
	if o.Link != "" {
		b.byLink[o.Link] = &next
	}
}

// putRefund takes a copy of a refund in and counts what it gives back, unless it fails.
func (b *books) putRefund(r *Refund) {
	order := b.orders[r.Order-1]
	if r.Number > int64(len(b.refunds)) {
		next := *r
		b.refunds = append(b.refunds, &next)
		b.refundKey[refundKey{r.Order, r.OutRequestNo}] = &next
		order.refunds = append(order.refunds, &next)
		order.given = order.given.Plus(r.Parts)
		return
	}
	old := b.refunds[r.Number-1]
	if r.Status == RefundFailed && old.Status != RefundFailed {
		order.given = order.given.Minus(r.Parts)
	}
	*old = *r
}

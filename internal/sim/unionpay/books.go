package unionpay

import (
	"errors"

	"github.com/yifen-pay/yifen/internal/sim/kit"
)

// step is one line of the journal: what changed at once. Orders, refunds and so on are written whole.
type step struct {
	kit.Entry
	Institution *Institution `json:"institution,omitempty"`
	Merchant    *Merchant    `json:"merchant,omitempty"`
	Order       *Order       `json:"order,omitempty"`
	Refund      *Refund      `json:"refund,omitempty"`
	Message     message      `json:"message,omitempty"` // of a new notice
}

// key is an order or refund number of a merchant.
type key struct{ merchant, number string }

// books are the network's. Whoever calls a method holds the wallet's lock.
type books struct {
	*kit.Books
	journal *kit.Journal[step]

	institutions []Institution // registered at run time
	merchants    []Merchant    // likewise
	orders       []*Order
	byKey        map[key]*Order
	byReference  map[string]*Order
	refunds      []*Refund
	refundKey    map[key]*Refund
	messages     map[string]message // of notices
}

func newBooks(outbox *kit.Outbox) *books {
	return &books{
		Books: &kit.Books{Ledger: kit.NewLedger(), Outbox: outbox}, byKey: map[key]*Order{}, byReference: map[string]*Order{},
		refundKey: map[key]*Refund{}, messages: map[string]message{},
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
	if s.Institution != nil {
		b.institutions = append(b.institutions, *s.Institution)
	}
	if s.Merchant != nil {
		b.merchants = append(b.merchants, *s.Merchant)
	}
	orderNo := ""
	if s.Order != nil {
		b.putOrder(s.Order)
		orderNo = s.Order.OrderNo
	}
	if s.Refund != nil {
		b.putRefund(s.Refund)
		orderNo = b.orders[s.Refund.Order-1].OrderNo
	}
	if s.Notice != nil && s.Message != nil {
		b.messages[s.Notice.ID] = s.Message
	}
	b.Apply(s.Entry, orderNo)
	return nil
}

// fits refuses a step that what is there does not lead to.
func (b *books) fits(s step) error {
	orders, refunds := int64(len(b.orders)), int64(len(b.refunds))
	switch {
	case s.Order != nil && (s.Order.Number < 1 || s.Order.Number > orders+1):
		return errors.New("an order is out of its turn")
	case s.Refund != nil && (s.Refund.Number < 1 || s.Refund.Number > refunds+1):
		return errors.New("a refund is out of its turn")
	case s.Refund != nil && (s.Refund.Order < 1 || s.Refund.Order > orders):
		return errors.New("a refund has no order")
	case s.Code != nil && s.Code.Order > orders+1:
		return errors.New("a code was used for no order")
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
	next.given, next.refunds = kit.Parts{}, nil
	b.orders = append(b.orders, &next)
	b.byKey[key{o.Merchant, o.OrderNo}] = &next
	if o.Reference != "" {
		b.byReference[o.Reference] = &next
	}
}

// putRefund takes a copy of a refund in and counts what it gives back, unless it fails.
func (b *books) putRefund(r *Refund) {
	order := b.orders[r.Order-1]
	if r.Number > int64(len(b.refunds)) {
		next := *r
		b.refunds = append(b.refunds, &next)
		if !r.Cancel {
			b.refundKey[key{order.Merchant, r.OrderNo}] = &next
		}
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

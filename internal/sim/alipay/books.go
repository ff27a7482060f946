package alipay

import (
	"errors"
	"fmt"
	"time"

	"github.com/yifen-pay/yifen/internal/sim/kit"
)

// Accounts of the books beside those of payers and merchants.
const (
	outside   = "outside"   // where the first money came from
	promotion = "promotion" // what the provider spent on coupons
	income    = "income"    // fees
	transit   = "transit"   // on the way back to payers
)

func merchantAccount(number string) string { return "merchant:" + number }

func payerAccount(name string) string { return "payer:" + name }

// line is one side of a movement.
type line struct {
	Account string `json:"a"`
	Amount  int64  `json:"f"` // fen, negative where it leaves
	Kind    string `json:"k"` // one of the kinds below
}

// Kinds of lines, as the account bill (signcustomer) names the business.
const (
	kindOpening    = "opening"
	kindWithdrawal = "withdrawal"
	kindPayment    = "payment"
	kindFee        = "fee"
	kindRefund     = "refund"
	kindFeeBack    = "fee_back"
	kindReversal   = "reversal"
	kindReturned   = "returned" // of a refund that failed
)

// step is one line of the journal: what changed at once. Orders, refunds and so on are written whole.
type step struct {
	At       time.Time `json:"at"`
	Merchant *Merchant `json:"account,omitempty"`
	Order    *Order    `json:"order,omitempty"`
	Refund   *Refund   `json:"refund,omitempty"`
	Code     *code     `json:"code,omitempty"`
	Coupon   *Coupon   `json:"coupon,omitempty"`
	Notice   *notice   `json:"notice,omitempty"`
	Lines    []line    `json:"lines,omitempty"`
	Ref      string    `json:"ref,omitempty"` // of the lines: a trade number
}

// movement is a line with what the account bill tells of it.
type movement struct {
	line
	at      time.Time
	ref     string // trade_no
	order   string // merchant's number
	serial  int    // of the movement in the books
	balance int64  // of the account after it
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
	journal *kit.Journal[step]

	registered map[string]Merchant // at run time
	orders     []*Order
	byKey      map[key]*Order
	byID       map[string]*Order // trade_no
	byLink     map[string]*Order
	refunds    []*Refund
	refundKey  map[refundKey]*Refund
	codes      map[string]*code
	coupons    []*Coupon
	notices    []*notice
	noticeID   map[string]*notice

	balances  map[string]int64
	movements map[string][]movement // by account of a merchant
	serial    int
	number    int64 // of the last order, refund, code, coupon or notice
}

func newBooks() *books {
	return &books{
		registered: map[string]Merchant{}, byKey: map[key]*Order{}, byID: map[string]*Order{},
		byLink: map[string]*Order{}, refundKey: map[refundKey]*Refund{}, codes: map[string]*code{},
		noticeID: map[string]*notice{}, balances: map[string]int64{}, movements: map[string][]movement{},
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
	var sum int64
	for _, l := range s.Lines {
		sum += l.Amount
	}
	if sum != 0 {
		return fmt.Errorf("the lines of %s do not sum to zero", s.Ref)
	}
	if err := b.fits(s); err != nil {
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
	if s.Code != nil {
		c := *s.Code
		b.codes[c.Text] = &c
		b.number = max(b.number, c.Number)
	}
	if s.Coupon != nil {
		b.putCoupon(s.Coupon)
	}
	if s.Notice != nil {
		b.putNotice(s.Notice)
	}
	order := ""
	if s.Order != nil {
		order = s.Order.OutTradeNo
	} else if s.Refund != nil {
		order = b.orders[s.Refund.Order-1].OutTradeNo
	}
	for _, l := range s.Lines {
		b.balances[l.Account] += l.Amount
		b.serial++
		b.movements[l.Account] = append(b.movements[l.Account], movement{
			line: l, at: s.At, ref: s.Ref, order: order, serial: b.serial, balance: b.balances[l.Account],
		})
	}
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
		order.given = order.given.plus(r.given())
		return
	}
	old := b.refunds[r.Number-1]
	if r.Status == RefundFailed && old.Status != RefundFailed {
		order.given = order.given.minus(r.given())
	}
	*old = *r
}

func (b *books) putCoupon(c *Coupon) {
	next := *c
	b.number = max(b.number, c.Number)
	for i, old := range b.coupons {
		if old.ID == c.ID {
			b.coupons[i] = &next
			return
		}
	}
	b.coupons = append(b.coupons, &next)
}

func (b *books) putNotice(n *notice) {
	b.number = max(b.number, n.Number)
	next := *n
	if old := b.noticeID[n.ID]; old != nil {
		next.Text = old.Text // which never changes, and is written once
		*old = next
		return
	}
	b.notices = append(b.notices, &next)
	b.noticeID[n.ID] = &next
}

// next returns a number that the books have not used for a code, coupon or notice.
func (b *books) next() int64 {
	b.number++
	return b.number
}

// spendable returns the balance of an account.
func (b *books) spendable(account string) int64 { return b.balances[account] }

package kit

import (
	"errors"
	"fmt"
	"strconv"
	"time"
)

// Entry is what any step of a wallet's books may hold, beside orders and refunds in types of the wallet's own.
type Entry struct {
	At     time.Time `json:"at"`
	Code   *Code     `json:"code,omitempty"`
	Coupon *Coupon   `json:"coupon,omitempty"`
	Notice *Notice   `json:"notice,omitempty"`
	Lines  []Line    `json:"lines,omitempty"`
	Ref    string    `json:"ref,omitempty"` // of the lines: the wallet's number of what moves them
}

// Books are what all wallets keep in the same way. Whoever calls a method holds the lock of the wallet.
type Books struct {
	Ledger *Ledger
	Pocket Pocket
	Outbox *Outbox
	number int64 // of the last code, coupon or notice
}

// Check refuses an entry that [Books.Apply] could not take.
func (b *Books) Check(e Entry) error { return balanced(e.Lines) }

// Apply makes the books what they are after an entry that was checked. order is the merchant's number of what it is
// about, "" for nothing.
func (b *Books) Apply(e Entry, order string) {
	if e.Code != nil {
		b.Pocket.putCode(*e.Code)
		b.number = max(b.number, e.Code.Number)
	}
	if e.Coupon != nil {
		b.Pocket.putCoupon(*e.Coupon)
		b.number = max(b.number, e.Coupon.Number)
	}
	if e.Notice != nil {
		b.Outbox.put(*e.Notice)
		b.number = max(b.number, e.Notice.Number)
	}
	b.Ledger.move(e.At, e.Ref, order, e.Lines)
}

// Next returns a number that the books have not used for a code, coupon or notice.
func (b *Books) Next() int64 {
	b.number++
	return b.number
}

// codeLife is how long a payment code is good.
const codeLife = time.Minute

// newCode returns a payment code that will turn out so, good for a minute. text makes its digits of its number.
func (b *Books) newCode(state CodeState, now time.Time, text func(int64) string) (Code, error) {
	if err := state.check(); err != nil {
		return Code{}, err
	}
	c := Code{Number: b.Next(), State: state, Until: now.Add(codeLife)}
	if state == CodeExpired {
		c.Until = now
	}
	c.Text = text(c.Number)
	return c, nil
}

// newCoupon returns a coupon with a number behind first, and with a name by its funder where it has none.
func (b *Books) newCoupon(c Coupon, first int64, names map[Funder]string) (Coupon, error) {
	if err := c.check(); err != nil {
		return Coupon{}, err
	}
	c.Number, c.Spent = b.Next(), 0
	c.ID = strconv.FormatInt(first+c.Number, 10)
	if c.Name == "" {
		c.Name = names[c.Funder]
	}
	return c, nil
}

// Audited is an order as an audit sees it.
type Audited struct {
	Name            string // for people
	Number          int64
	Merchant, Payer string
	Paid            bool
	Parts           Parts // of one that is paid
	Given           Parts // back
	Refunds         []AuditedRefund
	Coupons         []CouponUsed
	Wrong           error // what the wallet itself finds wrong
}

// AuditedRefund is a refund, or a reversal, as an audit sees it.
type AuditedRefund struct {
	Parts   Parts
	Arrived bool // with the payer
	Failed  bool // the merchant has it again
}

// Audit recomputes what the books of any wallet hold to: the lines of every movement sum to zero; balances are what
// the movements sum to; each account is what its orders and refunds say; no order gives back more than was paid, nor
// anything unpaid; a coupon is spent once.
func (b *Books) Audit(orders []Audited) error {
	want := b.Ledger.expected()
	used := map[string][]int64{}
	var errs []error
	for _, o := range orders {
		var back []Parts
		for _, r := range o.Refunds {
			if !r.Failed {
				back = append(back, r.Parts)
				want.given(o.Merchant, o.Payer, r.Parts, r.Arrived)
			}
		}
		if o.Paid {
			want.paid(o.Merchant, o.Payer, o.Parts)
		} else {
			o.Parts = Parts{}
		}
		for _, c := range o.Coupons {
			used[c.ID] = append(used[c.ID], o.Number)
		}
		if err := errors.Join(o.Wrong, o.Parts.audit(o.Given, back...)); err != nil {
			errs = append(errs, fmt.Errorf("order %s of merchant %s: %w", o.Name, o.Merchant, err))
		}
	}
	return errors.Join(append(errs, b.Ledger.audit(want), b.Pocket.audit(used))...)
}

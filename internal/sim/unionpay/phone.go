package unionpay

import (
	"encoding/binary"
	"fmt"
	"time"

	"github.com/yifen-pay/yifen/internal/sim/kit"
)

// Scan has the payer scan the code of an order and act. It returns the state that the order then has; an
// order that cannot be paid any more stays as it is. A code without an amount needs [Wallet.ScanAmount].
func (w *Wallet) Scan(content string, act kit.Act) (State, error) { return w.scan(content, act, 0) }

// ScanAmount is [Wallet.Scan] of a code without an amount, for which the payer says how much. The amount of
// a code that has one stays as it is.
func (w *Wallet) ScanAmount(content string, act kit.Act, amount int64) (State, error) {
	return w.scan(content, act, amount)
}

func (w *Wallet) scan(content string, act kit.Act, amount int64) (State, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	o := w.books.byReference[reference(content)]
	if o == nil || o.Content != content {
		return "", kit.ErrUnknownCode
	}
	now := w.clock.Now()
	v, ok := map[kit.Act]verb{kit.Pay: pay, kit.Refuse: refuse, kit.Leave: leave}[act]
	if !ok {
		return o.State, kit.ErrAct
	}
	next, allowed := o.after(v)
	changed := *o
	switch {
	case !allowed:
		return o.Told(), nil
	case !now.Before(o.Expires):
		return o.State, kit.ErrExpiredCode
	case v == pay && o.Open && (amount < 1 || amount > totalMax):
		return o.State, kit.ErrAmount
	case v == pay:
		if o.Open {
			changed.Total = amount
		}
		return w.payNow(changed, kit.PayerRich, now, nil)
	}
	changed.State = next
	return next, w.books.post(step{Entry: kit.Entry{At: now}, Order: &changed})
}

// front returns the side of the wallet that all wallets have.
func (w *Wallet) front() *kit.Front[Flaw, State] {
	order := func(number int64) *Order { return w.books.orders[number-1] }
	return kit.NewFront(kit.Desk[Flaw, State]{
		Name: "unionpay", Host: w.host, Clock: w.clock, Faults: w.faults, Flaws: w.flaws, Lock: &w.mu, Books: w.books.Books,
		Post: func(e kit.Entry) error { return w.books.post(step{Entry: e}) },
		Code: func(number int64) string {
			return fmt.Sprintf("62%09d%08d", binary.BigEndian.Uint64(w.keys.secret("code", number))%1e9, number%1e8)
		},
		Coupon: 31_000_000_000_000, Names: map[kit.Funder]string{kit.ByProvider: "云闪付立减", kit.ByMerchant: "商家优惠"},
		Asked: func(number int64) bool { return order(number).State == Paying },
		Pay: func(number int64) (State, error) {
			return w.payNow(*order(number), order(number).Payer, w.clock.Now(), nil)
		},
		Refuse: func(number int64) (State, error) { return w.end(*order(number), refuse) },
		Payout: func(serial int) string { return fmt.Sprintf("W%023d", serial) },
	})
}

// payNow pays an order, or fails for want of money. The caller holds the lock; used is the payment code that
// the same step spends, or nil.
func (w *Wallet) payNow(o Order, payer string, now time.Time, used *kit.Code) (State, error) {
	before := o.State
	next, ok := o.after(pay)
	if !ok {
		return before, fmt.Errorf("unionpay: an order that is %s cannot be paid", before)
	}
	s := step{Entry: kit.Entry{At: now, Code: used, Ref: o.TransIndex}, Order: &o}
	o.Coupons, s.Coupon = w.books.Pocket.Spend(o.Merchant, o.Total, o.Number)
	o.State, o.Payer, o.Paid, o.SettleDate = next, payer, now, w.settleDate(now)
	o.Parts = kit.PartsOf(o.Total, o.off(kit.ByProvider), o.off(kit.ByMerchant), o.Rate)
	if w.books.Ledger.Balance(kit.PayerAccount(payer)) < o.Parts.Payer {
		return before, kit.ErrFunds
	}
	s.Lines = kit.PaymentLines(o.Merchant, payer, o.Parts)
	w.paymentNotice(&s, &o)
	if err := w.postAndSend(s); err != nil {
		return before, err
	}
	return next, nil
}

// end ends an order unpaid. The caller holds the lock.
func (w *Wallet) end(o Order, v verb) (State, error) {
	next, ok := o.after(v)
	if !ok {
		return o.State, fmt.Errorf("unionpay: %s is not for an order that is %s", v, o.State)
	}
	o.State, o.Ended = next, w.clock.Now()
	return next, w.books.post(step{Entry: kit.Entry{At: o.Ended}, Order: &o})
}

package wechat

import (
	"cmp"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"time"

	"github.com/yifen-pay/yifen/internal/sim/kit"
)

const payerBank = "OTHERS" // bank_type of a payment from the balance

// The payer's phone, as all wallets have it.
type (
	Act        = kit.Act
	CodeState  = kit.CodeState
	Funder     = kit.Funder
	Coupon     = kit.Coupon
	CouponUsed = kit.CouponUsed
)

// Acts of a payer, states of payment codes and funders of coupons.
const (
	Pay    = kit.Pay
	Refuse = kit.Refuse
	Leave  = kit.Leave

	CodeOK       = kit.CodeOK
	CodePassword = kit.CodePassword
	CodePoor     = kit.CodePoor
	CodeExpired  = kit.CodeExpired

	ByProvider = kit.ByProvider
	ByMerchant = kit.ByMerchant
)

// Errors of the phone.
var (
	ErrUnknownCode = kit.ErrUnknownCode
	ErrExpiredCode = kit.ErrExpiredCode
	ErrFunds       = kit.ErrFunds
	ErrNotWaiting  = kit.ErrNotWaiting
	ErrAct         = kit.ErrAct
	ErrCodeState   = kit.ErrCodeState
	ErrCoupon      = kit.ErrCoupon
	ErrUnsigned    = kit.ErrUnsigned
)

// Scan has the payer scan the code of an order and act. It returns the state that the order then has; an
// order that cannot be paid any more stays as it is.
//
// Content may also be what a page in the wallet's browser asked the wallet for, see [Bridge]: then the payer of
// the order acts, if the merchant has signed it.
func (w *Wallet) Scan(content string, act Act) (State, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	o, err := w.scanned(content)
	if err != nil {
		return "", err
	}
	now, payer := w.clock.Now(), cmp.Or(o.For, kit.PayerRich)
	verbs := map[Act]verb{Pay: pay, Refuse: refuse, Leave: leave}
	v, ok := verbs[act]
	if !ok {
		return o.State, ErrAct
	}
	next, allowed := o.after(v)
	switch {
	case !allowed:
		return o.Told(), nil
	case !now.Before(o.Expires):
		return o.State, ErrExpiredCode
	case v == pay:
		return w.payNow(*o, payer, now, nil)
	}
	changed := *o
	changed.State, changed.Payer = next, payer
	return next, w.books.post(step{Entry: kit.Entry{At: now}, Order: &changed})
}

// front returns the side of the wallet that all wallets have.
func (w *Wallet) front() *kit.Front[Flaw, State] {
	order := func(number int64) *Order { return w.books.orders[number-1] }
	return kit.NewFront(kit.Desk[Flaw, State]{
		Name: "wechat", Host: w.host, Clock: w.clock, Faults: w.faults, Flaws: w.flaws, Lock: &w.mu, Books: w.books.Books,
		Post: func(e kit.Entry) error { return w.books.post(step{Entry: e}) },
		Code: func(number int64) string {
			sum := sha256.Sum256(fmt.Appendf(nil, "code %d %s", number, w.keys.public.serial))
			return fmt.Sprintf("13%08d%08d", binary.BigEndian.Uint32(sum[:])%1e8, number%1e8)
		},
		Coupon: 10_000_000_000, Names: map[Funder]string{kit.ByProvider: "微信支付立减", kit.ByMerchant: "商家优惠"},
		Asked: func(number int64) bool { return order(number).State == UserPaying },
		Pay: func(number int64) (State, error) {
			return w.payNow(*order(number), order(number).Payer, w.clock.Now(), nil)
		},
		Refuse: func(number int64) (State, error) { return w.end(*order(number), refuse) },
		Payout: func(serial int) string { return fmt.Sprintf("%s%012d", dayOf(w.clock.Now()), serial) },
	})
}

// payNow pays an order, or fails for want of money. The caller holds the lock; used is the payment code that
// the same step spends, or nil.
func (w *Wallet) payNow(o Order, payer string, now time.Time, used *kit.Code) (State, error) {
	before := o.State
	next, ok := o.after(pay)
	if !ok {
		return before, fmt.Errorf("wechat: an order that is %s cannot be paid", before)
	}
	s := step{Entry: kit.Entry{At: now, Code: used, Ref: o.TransactionID}, Order: &o}
	o.Coupons, s.Coupon = w.books.Pocket.Spend(o.Merchant, o.Total, o.Number)
	parts := kit.PartsOf(o.Total, o.off(ByProvider), o.off(ByMerchant), o.Rate)
	o.State, o.Payer, o.Paid = next, payer, now
	o.Settlement, o.PayerTotal, o.Fee = parts.Settlement, parts.Payer, parts.Fee
	if w.books.Ledger.Balance(kit.PayerAccount(payer)) < parts.Payer {
		return before, ErrFunds
	}
	s.Lines = kit.PaymentLines(o.Merchant, payer, parts)
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
		return o.State, fmt.Errorf("wechat: %s is not for an order that is %s", v, o.State)
	}
	o.State, o.Ended = next, w.clock.Now()
	return next, w.books.post(step{Entry: kit.Entry{At: o.Ended}, Order: &o})
}

// OpenID returns the number by which an app knows a payer.
func OpenID(payer, app string) string {
	sum := sha256.Sum256([]byte(payer + "\n" + app))
	return "o" + base64.RawURLEncoding.EncodeToString(sum[:])[:27]
}

package alipay

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"time"

	"github.com/yifen-pay/yifen/internal/sim/kit"
)

const payerLogon = "159****5620" // buyer_logon_id, masked as the original has it

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
)

// Scan has the payer scan the code of a trade and act. It returns the state that the trade then has; an
// order that cannot be paid any more stays as it is.
func (w *Wallet) Scan(content string, act Act) (State, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	o := w.books.byLink[content]
	if o == nil {
		return "", ErrUnknownCode
	}
	now := w.clock.Now()
	verbs := map[Act]verb{Pay: pay, Refuse: refuse, Leave: leave}
	v, ok := verbs[act]
	if !ok {
		return o.State, ErrAct
	}
	next, allowed := o.after(v)
	switch {
	case !allowed:
		return o.told(now), nil
	case !now.Before(o.Expires):
		return o.State, ErrExpiredCode
	case v == pay:
		return w.payNow(*o, kit.PayerRich, now, nil)
	}
	changed := *o
	changed.State, changed.Payer = next, kit.PayerRich
	if !o.exists() {
		changed.Begun = now
	}
	return next, w.books.post(step{Entry: kit.Entry{At: now}, Order: &changed})
}

// front returns the side of the wallet that all wallets have.
func (w *Wallet) front() *kit.Front[Flaw, State] {
	order := func(number int64) *Order { return w.books.orders[number-1] }
	return kit.NewFront(kit.Desk[Flaw, State]{
		Name: "alipay", Host: w.host, Clock: w.clock, Faults: w.faults, Flaws: w.flaws, Lock: &w.mu, Books: w.books.Books,
		Post: func(e kit.Entry) error { return w.books.post(step{Entry: e}) },
		Code: func(number int64) string { // 18 digits, where the original has 16 to 24
			sum := sha256.Sum256(fmt.Appendf(nil, "code %d %s", number, w.keys.file.Salt))
			return fmt.Sprintf("28%08d%08d", binary.BigEndian.Uint32(sum[:])%1e8, number%1e8)
		},
		Coupon: 10_000_000_000, Names: map[Funder]string{kit.ByProvider: "支付宝红包", kit.ByMerchant: "商家优惠"},
		Asked: func(number int64) bool { return order(number).State == WaitBuyer },
		Pay: func(number int64) (State, error) {
			return w.payNow(*order(number), order(number).Payer, w.clock.Now(), nil)
		},
		Refuse: func(number int64) (State, error) { return w.end(*order(number), refuse) },
		Payout: func(serial int) string {
			return fmt.Sprintf("%s%012d", w.clock.Now().In(kit.China).Format("20060102"), serial)
		},
	})
}

// payNow pays a trade, or fails for want of money. The caller holds the lock; used is the payment code that
// the same step spends, or nil.
func (w *Wallet) payNow(o Order, payer string, now time.Time, used *kit.Code) (State, error) {
	before := o.State
	next, ok := o.after(pay)
	if !ok {
		return before, fmt.Errorf("alipay: a trade that is %s cannot be paid", before)
	}
	s := step{Entry: kit.Entry{At: now, Code: used, Ref: o.TradeNo}, Order: &o}
	o.Coupons, s.Coupon = w.books.Pocket.Spend(o.Merchant, o.Total, o.Number)
	if !o.exists() {
		o.Begun = now
	}
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

// end ends a trade unpaid. The caller holds the lock.
func (w *Wallet) end(o Order, v verb) (State, error) {
	next, ok := o.after(v)
	if !ok {
		return o.State, fmt.Errorf("alipay: %s is not for a trade that is %s", v, o.State)
	}
	o.State, o.Ended = next, w.clock.Now()
	return next, w.books.post(step{Entry: kit.Entry{At: o.Ended}, Order: &o})
}

// payerID returns the number of a payer with the provider: buyer_user_id.
func payerID(payer string) string {
	sum := sha256.Sum256([]byte(payer))
	return fmt.Sprintf("2088%012d", binary.BigEndian.Uint64(sum[:8])%1e12)
}

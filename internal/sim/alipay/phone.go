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

// Code puts a payment code on the payer's phone: 18 digits (the original has 16 to 24), good for a minute and
// for one trade.
func (w *Wallet) Code(state CodeState) (string, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	now := w.clock.Now()
	c, err := w.books.NewCode(state, now, func(number int64) string {
		sum := sha256.Sum256(fmt.Appendf(nil, "code %d %s", number, w.keys.file.Salt))
		return fmt.Sprintf("28%08d%08d", binary.BigEndian.Uint32(sum[:])%1e8, number%1e8)
	})
	if err != nil {
		return "", err
	}
	return c.Text, w.books.post(step{Entry: kit.Entry{At: now, Code: &c}})
}

// Password has the payer whose code is waiting enter the password, and returns the state of the trade.
func (w *Wallet) Password(text string) (State, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	o, err := w.waiting(text)
	if err != nil {
		return "", err
	}
	return w.payNow(*o, o.Payer, w.clock.Now(), nil)
}

// RefusePassword has the payer whose code is waiting give up.
func (w *Wallet) RefusePassword(text string) (State, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	o, err := w.waiting(text)
	if err != nil {
		return "", err
	}
	return w.end(*o, refuse)
}

// waiting returns the trade whose payer is asked for the password. The caller holds the lock.
func (w *Wallet) waiting(text string) (*Order, error) {
	c, _ := w.books.Pocket.Code(text)
	if c.Order == 0 || w.books.orders[c.Order-1].State != WaitBuyer {
		return nil, ErrNotWaiting
	}
	return w.books.orders[c.Order-1], nil
}

// Give puts a coupon on the payer's phone and returns its number.
func (w *Wallet) Give(c Coupon) (string, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	given, err := w.books.NewCoupon(c, 10_000_000_000, map[Funder]string{ByProvider: "支付宝红包", ByMerchant: "商家优惠"})
	if err != nil {
		return "", err
	}
	return given.ID, w.books.post(step{Entry: kit.Entry{At: w.clock.Now(), Coupon: &given}})
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

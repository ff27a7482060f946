package alipay

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"time"
)

// Payers of the simulation.
const (
	payerRich = "rich" // has Config.Funds
	payerPoor = "poor" // has nothing
)

const payerLogon = "159****5620" // buyer_logon_id, masked as the original has it

// Act is what a payer does who has scanned a merchant's code.
type Act string

// Acts of a payer.
const (
	Pay    Act = "pay"
	Refuse Act = "refuse"
	Leave  Act = "leave" // looks at it and does nothing
)

// CodeState is how a payer's code will turn out.
type CodeState string

// States of a payment code.
const (
	CodeOK       CodeState = "ok"
	CodePassword CodeState = "password" // the payer is asked for the password
	CodePoor     CodeState = "poor"     // the payer has no money
	CodeExpired  CodeState = "expired"
)

// code is a payment code on a payer's phone.
type code struct {
	Number int64     `json:"n"`
	Text   string    `json:"text"`
	State  CodeState `json:"state"`
	Until  time.Time `json:"until"`
	Order  int64     `json:"order,omitempty"` // that it was used for
}

// Funder is who pays for a coupon.
type Funder string

// Funders of coupons.
const (
	ByProvider Funder = "provider" // lessens what the payer pays
	ByMerchant Funder = "merchant" // lessens what is settled too
)

// Coupon is a discount that lies on the payer's phone until the next order that it fits.
type Coupon struct {
	Number   int64  `json:"n"`
	ID       string `json:"id"` // given by the wallet
	Name     string `json:"name"`
	Funder   Funder `json:"funder"`
	Amount   int64  `json:"amount"`             // fen
	Minimum  int64  `json:"minimum,omitempty"`  // fen that a trade must come to; 0 means one fen more than Amount
	Merchant string `json:"merchant,omitempty"` // that takes it; "" means all
	Spent    int64  `json:"spent,omitempty"`    // number of the order
}

// Errors of the phone.
var (
	ErrUnknownCode = errors.New("alipay: no trade has this code")
	ErrExpiredCode = errors.New("alipay: the code is too old to be paid")
	ErrFunds       = errors.New("alipay: the payer has not enough money")
	ErrNotWaiting  = errors.New("alipay: no payer waits to enter a password for this code")
	ErrAct         = errors.New("alipay: an act is pay, refuse or leave")
	ErrCodeState   = errors.New("alipay: a code is ok, password, poor or expired")
	ErrCoupon      = errors.New("alipay: a coupon needs a funder (provider, merchant) and an amount")
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
		return w.payNow(*o, payerRich, now, code{})
	}
	changed := *o
	changed.State, changed.Payer = next, payerRich
	if !o.exists() {
		changed.Begun = now
	}
	return next, w.books.post(step{At: now, Order: &changed})
}

// Code puts a payment code on the payer's phone: 18 digits (the original has 16 to 24), good for a minute and
// for one trade.
func (w *Wallet) Code(state CodeState) (string, error) {
	if !slices.Contains([]CodeState{CodeOK, CodePassword, CodePoor, CodeExpired}, state) {
		return "", ErrCodeState
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	now := w.clock.Now()
	c := code{Number: w.books.next(), State: state, Until: now.Add(codeLife)}
	if state == CodeExpired {
		c.Until = now
	}
	sum := sha256.Sum256(fmt.Appendf(nil, "code %d %s", c.Number, w.keys.file.Salt))
	c.Text = fmt.Sprintf("28%08d%08d", binary.BigEndian.Uint32(sum[:])%1e8, c.Number%1e8)
	return c.Text, w.books.post(step{At: now, Code: &c})
}

// Password has the payer whose code is waiting enter the password, and returns the state of the trade.
func (w *Wallet) Password(text string) (State, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	c := w.books.codes[text]
	if c == nil || c.Order == 0 {
		return "", ErrNotWaiting
	}
	o := w.books.orders[c.Order-1]
	if o.State != WaitBuyer {
		return o.told(w.clock.Now()), ErrNotWaiting
	}
	return w.payNow(*o, o.Payer, w.clock.Now(), code{})
}

// RefusePassword has the payer whose code is waiting give up.
func (w *Wallet) RefusePassword(text string) (State, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	c := w.books.codes[text]
	if c == nil || c.Order == 0 || w.books.orders[c.Order-1].State != WaitBuyer {
		return "", ErrNotWaiting
	}
	return w.end(*w.books.orders[c.Order-1], refuse)
}

// Give puts a coupon on the payer's phone and returns its number.
func (w *Wallet) Give(c Coupon) (string, error) {
	if c.Amount <= 0 || c.Minimum < 0 || c.Funder != ByProvider && c.Funder != ByMerchant {
		return "", ErrCoupon
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	c.Number, c.Spent = w.books.next(), 0
	c.ID = fmt.Sprintf("%d", 10_000_000_000+c.Number)
	if c.Name == "" {
		c.Name = map[Funder]string{ByProvider: "支付宝红包", ByMerchant: "商家优惠"}[c.Funder]
	}
	return c.ID, w.books.post(step{At: w.clock.Now(), Coupon: &c})
}

// payNow pays a trade, or fails for want of money. The caller holds the lock; used is the payment code that
// the same step spends, if it has a text.
func (w *Wallet) payNow(o Order, payer string, now time.Time, used code) (State, error) {
	before := o.State
	next, ok := o.after(pay)
	if !ok {
		return before, fmt.Errorf("alipay: a trade that is %s cannot be paid", before)
	}
	o.Coupons = w.fitting(&o)
	var spent *Coupon
	if len(o.Coupons) > 0 {
		for _, c := range w.books.coupons {
			if c.ID == o.Coupons[0].ID {
				once := *c
				once.Spent, spent = o.Number, &once
			}
		}
	}
	if !o.exists() {
		o.Begun = now
	}
	o.State, o.Payer, o.Paid = next, payer, now
	o.Settlement = o.Total - o.off(ByMerchant)
	o.PayerTotal = o.Settlement - o.off(ByProvider)
	o.Fee = feeOf(o.Settlement, o.Rate)
	if w.books.spendable(payerAccount(payer)) < o.PayerTotal {
		return before, ErrFunds
	}
	merchant := merchantAccount(o.Merchant)
	s := step{At: now, Order: &o, Coupon: spent, Ref: o.TradeNo, Lines: nonZero(
		line{payerAccount(payer), -o.PayerTotal, kindPayment}, line{promotion, -o.off(ByProvider), kindPayment},
		line{merchant, o.Settlement, kindPayment}, line{merchant, -o.Fee, kindFee}, line{income, o.Fee, kindFee},
	)}
	if used.Text != "" {
		s.Code = &used
	}
	n := w.paymentNotice(&o, now)
	s.Notice = n
	if err := w.books.post(s); err != nil {
		return before, err
	}
	w.send(n)
	return next, nil
}

// end ends a trade unpaid. The caller holds the lock.
func (w *Wallet) end(o Order, v verb) (State, error) {
	next, ok := o.after(v)
	if !ok {
		return o.State, fmt.Errorf("alipay: %s is not for a trade that is %s", v, o.State)
	}
	o.State, o.Ended = next, w.clock.Now()
	return next, w.books.post(step{At: o.Ended, Order: &o})
}

// fitting returns the coupon that the payer uses for a trade: the oldest that fits.
func (w *Wallet) fitting(o *Order) []CouponUsed {
	for _, c := range w.books.coupons {
		if c.Spent == 0 && (c.Merchant == "" || c.Merchant == o.Merchant) && o.Total > c.Amount && o.Total >= c.Minimum {
			return []CouponUsed{{ID: c.ID, Name: c.Name, Funder: c.Funder, Amount: c.Amount}}
		}
	}
	return nil
}

// nonZero leaves out the lines that move nothing.
func nonZero(lines ...line) []line {
	return slices.DeleteFunc(lines, func(l line) bool { return l.Amount == 0 })
}

// payerID returns the number of a payer with the provider: buyer_user_id.
func payerID(payer string) string {
	sum := sha256.Sum256([]byte(payer))
	return fmt.Sprintf("2088%012d", binary.BigEndian.Uint64(sum[:8])%1e12)
}

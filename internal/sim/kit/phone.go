package kit

import (
	"errors"
	"fmt"
	"slices"
	"time"
)

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

// Code is a payment code on a payer's phone.
type Code struct {
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
	Minimum  int64  `json:"minimum,omitempty"`  // fen that an order must come to; 0 means one fen more than Amount
	Merchant string `json:"merchant,omitempty"` // that takes it; "" means all
	Spent    int64  `json:"spent,omitempty"`    // number of the order
}

// CouponUsed is a coupon in the order that it lessened.
type CouponUsed struct {
	Number int64  `json:"n"`
	ID     string `json:"id"`
	Name   string `json:"name"`
	Funder Funder `json:"funder"`
	Amount int64  `json:"amount"` // fen
}

// Off returns how much the coupons of a funder lessen an order, in fen.
func Off(used []CouponUsed, f Funder) int64 {
	var sum int64
	for _, c := range used {
		if c.Funder == f {
			sum += c.Amount
		}
	}
	return sum
}

// fits reports whether a coupon can be used for an order of so many fen.
func (c Coupon) fits(merchant string, total int64) bool {
	return c.Spent == 0 && (c.Merchant == "" || c.Merchant == merchant) && total > c.Amount && total >= c.Minimum
}

// Errors of the phone.
var (
	ErrUnknownCode = errors.New("phone: no order has this code")
	ErrExpiredCode = errors.New("phone: the code is too old to be paid")
	ErrFunds       = errors.New("phone: the payer has not enough money")
	ErrNotWaiting  = errors.New("phone: no payer waits to enter a password for this code")
	ErrAct         = errors.New("phone: an act is pay, refuse or leave")
	ErrCodeState   = errors.New("phone: a code is ok, password, poor or expired")
	ErrCoupon      = errors.New("phone: a coupon needs a funder (provider, merchant) and an amount")
	ErrUnsigned    = errors.New("phone: the merchant has not signed what its page asks the wallet for")
	ErrAmount      = errors.New("phone: the code has no amount; say how many fen to pay")
)

// check returns [ErrCodeState] for a state that no code has.
func (s CodeState) check() error {
	if !slices.Contains([]CodeState{CodeOK, CodePassword, CodePoor, CodeExpired}, s) {
		return ErrCodeState
	}
	return nil
}

// check returns [ErrCoupon] for a coupon that nobody gives.
func (c Coupon) check() error {
	if c.Amount <= 0 || c.Minimum < 0 || c.Funder != ByProvider && c.Funder != ByMerchant {
		return ErrCoupon
	}
	return nil
}

// Pocket is what lies on payers' phones. Whoever calls it holds the lock of the party's books.
type Pocket struct {
	codes   map[string]*Code
	coupons []*Coupon
}

// putCode takes a code in, or what is new of one.
func (p *Pocket) putCode(c Code) {
	if p.codes == nil {
		p.codes = map[string]*Code{}
	}
	p.codes[c.Text] = &c
}

// Code returns the code of a text, and whether there is one.
func (p *Pocket) Code(text string) (Code, bool) {
	c := p.codes[text]
	if c == nil {
		return Code{}, false
	}
	return *c, true
}

// waiting returns the codes for which waits says yes of their order, and those not used yet, the newest first.
func (p *Pocket) waiting(now time.Time, limit int, waits func(order int64) bool) []Code {
	var list []Code
	for _, c := range p.codes {
		if c.Order == 0 && now.Before(c.Until) || c.Order != 0 && waits(c.Order) {
			list = append(list, *c)
		}
	}
	slices.SortFunc(list, func(a, b Code) int { return b.Until.Compare(a.Until) })
	return list[:min(len(list), limit)]
}

// putCoupon takes a coupon in, or what is new of one.
func (p *Pocket) putCoupon(c Coupon) {
	i := slices.IndexFunc(p.coupons, func(old *Coupon) bool { return old.ID == c.ID })
	if i < 0 {
		p.coupons = append(p.coupons, &c)
		return
	}
	p.coupons[i] = &c
}

// Spend returns the coupon that the payer uses for an order of so many fen, which is the oldest that fits, as the
// order has it and as the books are to have it then. There may be none.
func (p *Pocket) Spend(merchant string, total, order int64) (used []CouponUsed, spent *Coupon) {
	for _, c := range p.coupons {
		if c.fits(merchant, total) {
			once := *c
			once.Spent = order
			return []CouponUsed{{c.Number, c.ID, c.Name, c.Funder, c.Amount}}, &once
		}
	}
	return nil, nil
}

// unspent returns the newest coupons that nobody has used.
func (p *Pocket) unspent(limit int) []Coupon {
	var list []Coupon
	for _, c := range slices.Backward(p.coupons) {
		if c.Spent == 0 && len(list) < limit {
			list = append(list, *c)
		}
	}
	return list
}

// audit compares the coupons with the orders that say which they used: by the coupon, the numbers of the orders.
func (p *Pocket) audit(used map[string][]int64) error {
	var errs []error
	for _, c := range p.coupons {
		var want []int64
		if c.Spent != 0 {
			want = []int64{c.Spent}
		}
		if !slices.Equal(used[c.ID], want) {
			errs = append(errs, fmt.Errorf("coupon %s says that order %d spent it, and orders %d did", c.ID, c.Spent, used[c.ID]))
		}
	}
	return errors.Join(errs...)
}

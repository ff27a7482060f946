package phone

import (
	"errors"
	"iter"
	"slices"
	"time"

	"github.com/yifen-pay/yifen/internal/sim/alipay"
	"github.com/yifen-pay/yifen/internal/sim/kit"
	"github.com/yifen-pay/yifen/internal/sim/unionpay"
	"github.com/yifen-pay/yifen/internal/sim/wechat"
)

// Order is what a merchant asked a payer for through a wallet. Amounts are fen.
type Order struct {
	Wallet      string    `json:"wallet"`
	Merchant    string    `json:"merchant"` // number with the wallet
	Name        string    `json:"name"`     // of the merchant
	Number      string    `json:"number"`   // the merchant's
	Description string    `json:"description"`
	Content     string    `json:"content,omitempty"` // of the merchant's code, "" where the payer's was scanned
	Code        string    `json:"code,omitempty"`    // of the payer
	State       string    `json:"state"`             // in the wallet's own word
	Open        bool      `json:"open"`              // the payer may pay it
	Asked       bool      `json:"asked"`             // it waits for the password
	Total       int64     `json:"total"`
	Priceless   bool      `json:"priceless"` // the payer says how much
	Paid        int64     `json:"paid"`      // by the payer, after coupons; 0 before
	Refunded    int64     `json:"refunded"`  // of Total
	At          time.Time `json:"at"`        // when it was paid, or asked for
	Expires     time.Time `json:"expires,omitzero"`
	paged       bool      // a page asks for it, and nobody else can
	heard       bool      // the wallet tells the merchant when it is paid
	coupons     []string  // numbers of those that it used
}

// coupon is a discount that lies on the phone until an order fits.
type coupon struct {
	ID      string `json:"id"`
	Name    string `json:"name"`
	Funder  string `json:"funder"`  // provider or merchant
	Amount  int64  `json:"amount"`  // fen
	Minimum int64  `json:"minimum"` // fen that an order must come to; 0 means more than Amount
}

// purse is a wallet as the phone holds it.
type purse interface {
	scan(content, act string, amount int64) (state string, err error)
	code(state string) (string, error)
	password(code string, refuse bool) (state string, err error)
	give(coupon) (id string, err error)
	// silence has the next notification of a payment come so late that the merchant has to ask.
	silence() error
	balance() int64
	orders() iter.Seq[Order]
}

// party is what the simulated wallets have in common; the words for the states of their orders and their flaws are
// each one's own.
type party[S, F ~string] interface {
	Scan(content string, act kit.Act) (S, error)
	Code(state kit.CodeState) (string, error)
	Password(code string) (S, error)
	RefusePassword(code string) (S, error)
	Give(c kit.Coupon) (string, error)
	FlawOnce(flaw F) error
	PayerBalance() int64
}

// holder makes a purse of a party.
type holder[S, F ~string] struct {
	party[S, F]
	late   F                                                          // the flaw by which a notification is late
	priced func(content string, act kit.Act, amount int64) (S, error) // scans a code without an amount; nil where each has one
	told   func() iter.Seq[Order]
}

func (h holder[S, F]) scan(content, act string, amount int64) (string, error) {
	var state S
	var err error
	if h.priced != nil && amount > 0 {
		state, err = h.priced(content, kit.Act(act), amount)
	} else {
		state, err = h.Scan(content, kit.Act(act))
	}
	return string(state), worded(err)
}

func (h holder[S, F]) code(state string) (string, error) {
	code, err := h.Code(kit.CodeState(state))
	return code, worded(err)
}

func (h holder[S, F]) password(code string, refuse bool) (string, error) {
	enter := h.Password
	if refuse {
		enter = h.RefusePassword
	}
	state, err := enter(code)
	return string(state), worded(err)
}

func (h holder[S, F]) give(c coupon) (string, error) {
	id, err := h.Give(kit.Coupon{Name: c.Name, Funder: kit.Funder(c.Funder), Amount: c.Amount, Minimum: c.Minimum})
	return id, worded(err)
}

func (h holder[S, F]) silence() error          { return h.FlawOnce(h.late) }
func (h holder[S, F]) balance() int64          { return h.PayerBalance() }
func (h holder[S, F]) orders() iter.Seq[Order] { return h.told() }

// worded puts an error of a wallet into the phone's words.
func worded(err error) error {
	for _, k := range []struct{ err, said error }{
		{kit.ErrUnknownCode, errUnknownCode}, {kit.ErrExpiredCode, errExpired}, {kit.ErrFunds, errFunds}, {kit.ErrNotWaiting, errNotWaiting},
		{kit.ErrUnsigned, errUnsigned}, {kit.ErrAct, errAct}, {kit.ErrCodeState, errCodeState}, {kit.ErrCoupon, errCoupon}, {kit.ErrAmount, errAmount},
	} {
		if errors.Is(err, k.err) {
			return k.said
		}
	}
	return err
}

func newWeChat(w *wechat.Wallet) purse {
	return holder[wechat.State, wechat.Flaw]{party: w, late: wechat.NoticeLate, told: telling(w.Orders, func(o wechat.Order) Order {
		t := Order{
			Wallet: WeChat, Merchant: o.Merchant, Number: o.OutTradeNo, Description: o.Description, Content: o.Link, Code: o.Code,
			State: string(o.Told()), Open: o.Paying(), Asked: o.Type == wechat.CodePay && o.State == wechat.UserPaying,
			Total: o.Total, Refunded: o.Refunds(), At: o.Created, Expires: o.Expires, paged: o.Type == wechat.JSAPI, heard: o.NotifyURL != "",
		}
		if !o.Paid.IsZero() {
			t.At, t.Paid = o.Paid, o.PayerTotal
		}
		for _, c := range o.Coupons {
			t.coupons = append(t.coupons, c.ID)
		}
		return t
	})}
}

func newAlipay(w *alipay.Wallet) purse {
	return holder[alipay.State, alipay.Flaw]{party: w, late: alipay.NoticeLate, told: telling(w.Orders, func(o alipay.Order) Order {
		t := Order{
			Wallet: Alipay, Merchant: o.Merchant, Number: o.OutTradeNo, Description: o.Subject, Content: o.Link, Code: o.Code,
			State: string(o.State), Open: o.Paying(), Asked: o.Type == alipay.BarCode && o.State == alipay.WaitBuyer,
			Total: o.Total, Refunded: o.Refunded(), At: o.Created, Expires: o.Expires, heard: o.NotifyURL != "",
		}
		if !o.Paid.IsZero() {
			t.At, t.Paid = o.Paid, o.PayerTotal
		}
		for _, c := range o.Coupons {
			t.coupons = append(t.coupons, c.ID)
		}
		return t
	})}
}

func newUnionPay(w *unionpay.Wallet) purse {
	return holder[unionpay.State, unionpay.Flaw]{party: w, late: unionpay.NoticeLate, priced: w.ScanAmount, told: telling(w.Orders, func(o unionpay.Order) Order {
		t := Order{
			Wallet: UnionPay, Merchant: o.Merchant, Number: o.OrderNo, Description: o.Info, Content: o.Content, Code: o.Code,
			State: string(o.Told()), Open: o.Paying(), Asked: o.Way == unionpay.PayerPresented && o.State == unionpay.Paying,
			Total: o.Total, Priceless: o.Open && o.Paid.IsZero(), Refunded: o.Refunded(), At: o.Created, Expires: o.Expires, heard: o.BackURL != "",
		}
		if !o.Paid.IsZero() {
			t.At, t.Paid = o.Paid, o.Parts.Payer
		}
		for _, c := range o.Coupons {
			t.coupons = append(t.coupons, c.ID)
		}
		return t
	})}
}

// telling tells a wallet's orders as the phone sees them.
func telling[O any](orders func() iter.Seq[O], as func(O) Order) func() iter.Seq[Order] {
	return func() iter.Seq[Order] {
		return func(yield func(Order) bool) {
			for o := range orders() {
				if !yield(as(o)) {
					return
				}
			}
		}
	}
}

// find returns the order whose code holds something, or that a page asks the wallet for.
func find(p purse, content string) (Order, bool) {
	content = wechat.PackageOf(content)
	for o := range p.orders() {
		if content != "" && o.Content == content {
			return o, true
		}
	}
	return Order{}, false
}

// newest returns the newest of a list, the latest first.
func newest(list []Order, most int) []Order {
	slices.SortStableFunc(list, func(a, b Order) int { return b.At.Compare(a.At) })
	return list[:min(len(list), most)]
}

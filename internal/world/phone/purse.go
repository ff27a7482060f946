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

// party is what the simulated wallets have in common, each in types of its own: acts, states of codes, states of
// orders and flaws.
type party[A, C, S, F ~string] interface {
	Scan(content string, act A) (S, error)
	Code(state C) (string, error)
	Password(code string) (S, error)
	RefusePassword(code string) (S, error)
	FlawOnce(flaw F) error
	PayerBalance() int64
}

// holder makes a purse of a party.
type holder[A, C, S, F ~string] struct {
	party[A, C, S, F]
	late   F                                                    // the flaw by which a notification is late
	priced func(content string, act A, amount int64) (S, error) // scans a code without an amount; nil where each has one
	told   func() iter.Seq[Order]
	coupon func(coupon) (string, error)
	words  []known
}

// known is an error of a wallet and what the phone makes of it.
type known struct {
	err  error
	said *refusal
}

func (h holder[A, C, S, F]) scan(content, act string, amount int64) (string, error) {
	scan := h.Scan
	if h.priced != nil && amount > 0 {
		scan = func(content string, act A) (S, error) { return h.priced(content, act, amount) }
	}
	state, err := scan(content, A(act))
	return string(state), h.word(err)
}

func (h holder[A, C, S, F]) code(state string) (string, error) {
	code, err := h.Code(C(state))
	return code, h.word(err)
}

func (h holder[A, C, S, F]) password(code string, refuse bool) (string, error) {
	enter := h.Password
	if refuse {
		enter = h.RefusePassword
	}
	state, err := enter(code)
	return string(state), h.word(err)
}

func (h holder[A, C, S, F]) give(c coupon) (string, error) {
	id, err := h.coupon(c)
	return id, h.word(err)
}

func (h holder[A, C, S, F]) silence() error          { return h.FlawOnce(h.late) }
func (h holder[A, C, S, F]) balance() int64          { return h.PayerBalance() }
func (h holder[A, C, S, F]) orders() iter.Seq[Order] { return h.told() }

// word puts an error into the phone's words.
func (h holder[A, C, S, F]) word(err error) error {
	for _, k := range h.words {
		if errors.Is(err, k.err) {
			return k.said
		}
	}
	return err
}

func newWeChat(w *wechat.Wallet) purse {
	return holder[wechat.Act, wechat.CodeState, wechat.State, wechat.Flaw]{
		party: w, late: wechat.NoticeLate,
		words: []known{
			{wechat.ErrUnknownCode, errUnknownCode}, {wechat.ErrExpiredCode, errExpired}, {wechat.ErrFunds, errFunds}, {wechat.ErrNotWaiting, errNotWaiting},
			{wechat.ErrAct, errAct}, {wechat.ErrCodeState, errCodeState}, {wechat.ErrCoupon, errCoupon},
		},
		coupon: func(c coupon) (string, error) {
			return w.Give(wechat.Coupon{Name: c.Name, Funder: wechat.Funder(c.Funder), Amount: c.Amount, Minimum: c.Minimum})
		},
		told: func() iter.Seq[Order] {
			return func(yield func(Order) bool) {
				for o := range w.Orders() {
					t := Order{
						Wallet: WeChat, Merchant: o.Merchant, Number: o.OutTradeNo, Description: o.Description, Content: o.Link, Code: o.Code,
						State: string(o.Told()), Open: o.Paying(), Asked: o.Type == wechat.CodePay && o.State == wechat.UserPaying,
						Total: o.Total, Refunded: o.Refunds(), At: o.Created, Expires: o.Expires, heard: o.NotifyURL != "",
					}
					if !o.Paid.IsZero() {
						t.At, t.Paid = o.Paid, o.PayerTotal
					}
					for _, c := range o.Coupons {
						t.coupons = append(t.coupons, c.ID)
					}
					if !yield(t) {
						return
					}
				}
			}
		},
	}
}

func newAlipay(w *alipay.Wallet) purse {
	return holder[alipay.Act, alipay.CodeState, alipay.State, alipay.Flaw]{
		party: w, late: alipay.NoticeLate,
		words: []known{
			{alipay.ErrUnknownCode, errUnknownCode}, {alipay.ErrExpiredCode, errExpired}, {alipay.ErrFunds, errFunds}, {alipay.ErrNotWaiting, errNotWaiting},
			{alipay.ErrAct, errAct}, {alipay.ErrCodeState, errCodeState}, {alipay.ErrCoupon, errCoupon},
		},
		coupon: func(c coupon) (string, error) {
			return w.Give(alipay.Coupon{Name: c.Name, Funder: alipay.Funder(c.Funder), Amount: c.Amount, Minimum: c.Minimum})
		},
		told: func() iter.Seq[Order] {
			return func(yield func(Order) bool) {
				for o := range w.Orders() {
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
					if !yield(t) {
						return
					}
				}
			}
		},
	}
}

func newUnionPay(w *unionpay.Wallet) purse {
	return holder[kit.Act, kit.CodeState, unionpay.State, unionpay.Flaw]{
		party: w, late: unionpay.NoticeLate, priced: w.ScanAmount,
		words: []known{
			{kit.ErrUnknownCode, errUnknownCode}, {kit.ErrExpiredCode, errExpired}, {kit.ErrFunds, errFunds}, {kit.ErrNotWaiting, errNotWaiting},
			{kit.ErrAct, errAct}, {kit.ErrCodeState, errCodeState}, {kit.ErrCoupon, errCoupon}, {kit.ErrAmount, errAmount},
		},
		coupon: func(c coupon) (string, error) {
			return w.Give(kit.Coupon{Name: c.Name, Funder: kit.Funder(c.Funder), Amount: c.Amount, Minimum: c.Minimum})
		},
		told: func() iter.Seq[Order] {
			return func(yield func(Order) bool) {
				for o := range w.Orders() {
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
					if !yield(t) {
						return
					}
				}
			}
		},
	}
}

// find returns the order whose code holds something.
func find(p purse, content string) (Order, bool) {
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

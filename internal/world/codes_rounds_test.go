package world_test

import (
	"context"
	"crypto/sha256"
	"flag"
	"fmt"
	"iter"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/yifen-pay/yifen/internal/domain/calendar"
	"github.com/yifen-pay/yifen/internal/domain/directory"
	"github.com/yifen-pay/yifen/internal/domain/fault"
	"github.com/yifen-pay/yifen/internal/domain/merchant"
	"github.com/yifen-pay/yifen/internal/domain/money"
	"github.com/yifen-pay/yifen/internal/domain/payment"
	"github.com/yifen-pay/yifen/internal/domain/step"
	"github.com/yifen-pay/yifen/internal/domain/wallet"
	"github.com/yifen-pay/yifen/internal/sim/alipay"
	"github.com/yifen-pay/yifen/internal/sim/kit"
	"github.com/yifen-pay/yifen/internal/sim/unionpay"
	"github.com/yifen-pay/yifen/internal/sim/wechat"
	"github.com/yifen-pay/yifen/internal/store/storetest"
	"github.com/yifen-pay/yifen/internal/world"
)

var (
	codeRounds = flag.Int("code-rounds", 60, "rounds of payments by code under faults")
	codeSeed   = flag.Uint64("code-seed", 1, "seed of the rounds of payments by code")
)

// purse is what a round does with one wallet: its phone, its flaws, and what its books say in the end.
type purse struct {
	name  wallet.Name
	scan  func(content string, act kit.Act) error
	code  func(kit.CodeState) (string, error)
	enter func(code string) error
	give  func(kit.Coupon) error
	flaw  func(flaw string, rate float64, seed uint64) error
	fault func(kit.Fault) error
	clear func()
	audit func() error
	flaws []string
	// owed is what the wallet owes for each order, by our number, after what went back.
	owed func() map[string]int64
}

// The flaws of every wallet, and those that only some have.
var (
	flaws = []string{
		"forged_signature", "other_order", "server_error", "too_many", "paid_after_close", "notice_forged", "notice_clock_off",
		"notice_wrong_merchant", "notice_late", "notice_out_of_order",
	}
	weChatFlaws   = []string{"expired_certificate", "clock_off", "wrong_merchant", "refund_abnormal", "refund_closed", "notice_probe"}
	alipayFlaws   = []string{"expired_certificate", "unknown_outcome", "refund_pending", "refund_failed", "cancel_retry"}
	unionPayFlaws = []string{"clock_off", "wrong_merchant", "unknown_outcome", "refund_pending", "refund_failed"}
)

// sums adds orders that were paid and takes off refunds that were done.
func sums[O, R any](orders iter.Seq[O], refunds iter.Seq[R], order func(O) (n int64, name string, fen int64), refund func(R) (order, fen int64)) map[string]int64 {
	owed, names := map[string]int64{}, map[int64]string{}
	for o := range orders {
		n, name, fen := order(o)
		names[n] = name
		owed[name] += fen
	}
	for r := range refunds {
		n, fen := refund(r)
		owed[names[n]] -= fen
	}
	return owed
}

func purses(d *world.Demo) []*purse {
	w, a, u := d.Wallets.WeChat, d.Wallets.Alipay, d.Wallets.UnionPay
	paid := func(at time.Time, fen int64) int64 {
		if at.IsZero() {
			return 0
		}
		return fen
	}
	return []*purse{
		{
			name:  wallet.WeChat,
			scan:  func(content string, act kit.Act) error { _, err := w.Scan(content, act); return err },
			code:  w.Code,
			enter: func(code string) error { _, err := w.Password(code); return err },
			give:  func(c kit.Coupon) error { _, err := w.Give(c); return err },
			flaw:  func(f string, rate float64, seed uint64) error { return w.SetFlaw(wechat.Flaw(f), rate, seed) },
			fault: func(f kit.Fault) error { return w.Faults().Set(f) },
			clear: func() { w.Faults().Clear(); w.ClearFlaws() },
			audit: w.Audit, flaws: slices.Concat(flaws, weChatFlaws),
			owed: func() map[string]int64 {
				return sums(w.Orders(), w.Refunds(), func(o wechat.Order) (int64, string, int64) {
					return o.Number, o.OutTradeNo, paid(o.Paid, o.Settlement)
				}, func(r wechat.Refund) (int64, int64) {
					if r.Status != wechat.RefundSuccess {
						return r.Order, 0
					}
					return r.Order, r.Settlement
				})
			},
		},
		{
			name:  wallet.Alipay,
			scan:  func(content string, act kit.Act) error { _, err := a.Scan(content, act); return err },
			code:  a.Code,
			enter: func(code string) error { _, err := a.Password(code); return err },
			give:  func(c kit.Coupon) error { _, err := a.Give(c); return err },
			flaw:  func(f string, rate float64, seed uint64) error { return a.SetFlaw(alipay.Flaw(f), rate, seed) },
			fault: func(f kit.Fault) error { return a.Faults().Set(f) },
			clear: func() { a.Faults().Clear(); a.ClearFlaws() },
			audit: a.Audit, flaws: slices.Concat(flaws, alipayFlaws),
			owed: func() map[string]int64 {
				return sums(a.Orders(), a.Refunds(), func(o alipay.Order) (int64, string, int64) {
					return o.Number, o.OutTradeNo, paid(o.Paid, o.Settlement)
				}, func(r alipay.Refund) (int64, int64) {
					if r.Status != alipay.RefundSuccess {
						return r.Order, 0
					}
					return r.Order, r.Settlement
				})
			},
		},
		{
			name:  wallet.UnionPay,
			scan:  func(content string, act kit.Act) error { _, err := u.Scan(content, act); return err },
			code:  u.Code,
			enter: func(code string) error { _, err := u.Password(code); return err },
			give:  func(c kit.Coupon) error { _, err := u.Give(c); return err },
			flaw:  func(f string, rate float64, seed uint64) error { return u.SetFlaw(unionpay.Flaw(f), rate, seed) },
			fault: func(f kit.Fault) error { return u.Faults().Set(f) },
			clear: func() { u.Faults().Clear(); u.ClearFlaws() },
			audit: u.Audit, flaws: slices.Concat(flaws, unionPayFlaws),
			owed: func() map[string]int64 {
				return sums(u.Orders(), u.Refunds(), func(o unionpay.Order) (int64, string, int64) {
					return o.Number, o.OrderNo, paid(o.Paid, o.Parts.Settlement)
				}, func(r unionpay.Refund) (int64, int64) {
					if r.Status != unionpay.RefundDone {
						return r.Order, 0
					}
					return r.Order, r.Parts.Settlement
				})
			},
		},
	}
}

// TestCodes_roundsUnderFaults takes payments by code with every wallet while everything that can go wrong does: requests and
// answers are lost, late, doubled, forged, of another order, amount or merchant, signed under an old certificate or by a clock that
// is off; payers pay, refuse, think and come late; shops cancel and refund. When the faults end and time has passed, each payment is
// in one state, the wallets' books say the same of every fen as ours, and the records hold every invariant.
func TestCodes_roundsUnderFaults(t *testing.T) {
	t.Run("embedded", func(t *testing.T) { runRounds(t, "", *codeRounds) })
	t.Run("server", func(t *testing.T) { runRounds(t, storetest.Server(t), *codeRounds/3) })
}

func runRounds(t *testing.T, database string, many int) {
	d := startDemo(t, world.DemoOptions{
		Quick: true, WithWallets: true, RecoverEvery: 20 * time.Millisecond, RecoverAfter: 3 * time.Second, Database: database,
		Timeout: time.Second, Settings: map[string]string{"wallet-timeout": "300ms"},
	})
	c := &rounds{T: t, d: d, r: rand.New(rand.NewPCG(*codeSeed, 20261123)), purses: purses(d)}
	c.shops()
	const slice = 30
	for done := 0; done < many; done += slice {
		c.misbehave()
		for range min(slice, many-done) {
			c.round()
		}
		c.enter()
		for range 6 { // the rest of the codes' lives, and what was said late
			c.pass(4 * time.Minute)
		}
		c.undo()
		c.pass(30 * time.Minute)
	}
	c.behave()
	for range 6 {
		c.pass(13 * time.Hour)
	}
	c.agree()
}

type rounds struct {
	*testing.T
	d         *world.Demo
	r         *rand.Rand
	purses    []*purse
	merchants []merchant.Merchant
	n         int
	made      []string // payments
	asked     []func() // payers who still enter a password
}

func (c *rounds) shops() {
	for _, number := range []string{"898290054110001", "898290058120002"} {
		entry, _, err := step.Read[directory.Entry](c.Context(), c.d.App.Store, directory.Key(directory.MerchantNumber, number))
		if err != nil {
			c.Fatal(err)
		}
		m, _, err := step.Read[merchant.Merchant](c.Context(), c.d.App.Store, merchant.Key(entry.Target))
		if err != nil {
			c.Fatal(err)
		}
		c.merchants = append(c.merchants, m)
	}
}

// misbehave has each wallet strike at random.
func (c *rounds) misbehave() {
	for _, p := range c.purses {
		for _, kind := range []kit.Kind{kit.Lost, kit.Drop, kit.Duplicate, kit.WrongAmount, kit.Close} {
			if err := p.fault(kit.Fault{Kind: kind, Rate: 0.05, Seed: c.r.Uint64()}); err != nil {
				c.Fatal(err)
			}
		}
		if err := p.fault(kit.Fault{Kind: kit.Late, Rate: 0.03, Seed: c.r.Uint64(), After: 400 * time.Millisecond}); err != nil {
			c.Fatal(err)
		}
		for _, f := range p.flaws {
			rate := 0.05
			if f == "paid_after_close" { // few orders are closed while they may still be paid
				rate = 0.5
			}
			if err := p.flaw(f, rate, c.r.Uint64()); err != nil {
				c.Fatal(err)
			}
		}
	}
}

// behave ends all faults.
func (c *rounds) behave() {
	for _, p := range c.purses {
		p.clear()
	}
}

// enter has payers enter the passwords that they took their time for.
func (c *rounds) enter() {
	for _, enter := range c.asked {
		enter()
	}
	c.asked = nil
}

func (c *rounds) origin() payment.Origin {
	c.n++
	reference := fmt.Sprintf("round-%d", c.n)
	digest := sha256.Sum256([]byte(reference))
	return payment.Origin{Merchant: c.merchants[c.r.IntN(len(c.merchants))], Reference: reference, Digest: digest[:], By: "test"}
}

// fine tells whether an error is one that a caller may see while a wallet misbehaves.
func (c *rounds) fine(err error) bool {
	switch fault.KindOf(err) {
	case fault.Unavailable, fault.Unknown, fault.Conflict:
		return true
	}
	return err == nil
}

// round is one payment, and what its payer does.
func (c *rounds) round() {
	p := c.purses[c.r.IntN(len(c.purses))]
	amount := money.Yuan(1 + c.r.Int64N(80_000))
	if c.r.IntN(8) == 0 {
		c.coupon(p, amount.Fen)
	}
	request := payment.CodeRequest{Origin: c.origin(), Amount: amount, Wallet: p.name, Source: payment.FromAPI, Device: "till", IP: "127.0.0.1"}
	var result payment.Result
	var err error
	if c.r.IntN(2) == 0 {
		state := []kit.CodeState{"ok", "ok", "password", "poor", "expired"}[c.r.IntN(5)]
		text, codeErr := p.code(state)
		if codeErr != nil {
			c.Fatal(codeErr)
		}
		if request.Code, err = wallet.Parse(text); err != nil {
			c.Fatal(err)
		}
		result, err = c.d.App.Payments.Charge(c.Context(), request)
		if state == "password" && c.r.IntN(3) > 0 {
			if c.r.IntN(2) == 0 {
				p.enter(text) // a wallet that never heard of the payment says so
			} else {
				c.asked = append(c.asked, func() { p.enter(text) })
			}
		}
	} else {
		if p.name == wallet.WeChat && c.r.IntN(3) == 0 { // on a page in the wallet's own browser
			request.Visitor = wechat.OpenID(kit.PayerRich, c.d.Wallets.WeChatAccounts[request.Origin.Merchant.Number].AppID)
		}
		result, err = c.d.App.Payments.Show(c.Context(), request)
		if act := []kit.Act{"pay", "pay", "pay", "leave", "refuse", ""}[c.r.IntN(6)]; act != "" && result.Code.Content != "" {
			p.scan(result.Code.Content, act)
		}
	}
	if !c.fine(err) {
		c.Fatalf("%s: %v", p.name, err)
	}
	if result.Payment.ID == "" { // the caller does not know; the records do
		known, refErr := c.d.App.Payments.Referenced(c.Context(), request.Origin.Merchant.ID, request.Origin.Reference)
		if refErr != nil {
			c.Fatal(refErr)
		}
		result = known
	}
	c.made = append(c.made, result.Payment.ID)
	switch c.r.IntN(10) {
	case 0, 1:
		c.cancel(result.Payment.ID)
	case 2:
		c.d.Clock.Advance(time.Duration(c.r.IntN(20)) * time.Second)
	}
}

func (c *rounds) coupon(p *purse, fen int64) {
	by := kit.ByMerchant
	if c.r.IntN(2) == 0 {
		by = kit.ByProvider
	}
	if err := p.give(kit.Coupon{Amount: 1 + c.r.Int64N(max(fen/2, 1)), Funder: by}); err != nil {
		c.Fatal(err)
	}
}

func (c *rounds) cancel(id string) {
	p, _, err := c.d.App.Payments.ByCode(c.Context(), id)
	if err != nil {
		c.Fatal(err)
	}
	o := c.origin()
	o.Merchant = merchant.Merchant{ID: p.Merchant, Bucket: p.Bucket}
	for _, m := range c.merchants {
		if m.ID == p.Merchant {
			o.Merchant = m
		}
	}
	if _, err := c.d.App.Payments.CancelCode(c.Context(), o, id); !c.fine(err) {
		c.Fatalf("cancel %s: %v", id, err)
	}
}

// undo gives some of what was collected back, in parts.
func (c *rounds) undo() {
	for _, id := range c.made[max(0, len(c.made)-30):] {
		p, _, err := c.d.App.Payments.ByCode(c.Context(), id)
		if err != nil {
			c.Fatal(err)
		}
		if p.State != payment.Captured || c.r.IntN(2) == 0 {
			continue
		}
		if c.r.IntN(5) == 0 {
			c.cancel(id)
			continue
		}
		for range 1 + c.r.IntN(3) {
			o := c.origin()
			for _, m := range c.merchants {
				if m.ID == p.Merchant {
					o.Merchant = m
				}
			}
			fen := 1 + c.r.Int64N(p.CapturedFen)
			if _, err := c.d.App.Payments.RefundCode(c.Context(), payment.CodeRefundRequest{Origin: o, Payment: id, Amount: money.Yuan(fen)}); !c.fine(err) {
				c.Fatalf("refund %s: %v", id, err)
			}
		}
	}
}

// pass moves the time and waits until nothing is due any more.
func (c *rounds) pass(by time.Duration) {
	c.Helper()
	c.d.Clock.Advance(by)
	eventually(c, time.Minute, "everything that is due is looked at", func() bool {
		for _, p := range c.purses {
			due, err := c.d.App.Store.DueAttempts(c.Context(), string(p.name), calendar.At(c.d.Clock.Now()), 1)
			if err != nil {
				c.Fatal(err)
			}
			if len(due) > 0 {
				return false
			}
		}
		return true
	})
}

// agree holds our records against the wallets' books.
func (c *rounds) agree() {
	c.Helper()
	owed := map[string]int64{}
	for _, p := range c.purses {
		if err := p.audit(); err != nil {
			c.Errorf("%s: %v", p.name, err)
		}
		for order, fen := range p.owed() {
			owed[order] += fen
		}
	}
	states := map[payment.State]int{}
	late, refunded, coupons := 0, 0, 0
	for _, id := range c.made {
		p, code, err := c.d.App.Payments.ByCode(context.Background(), id)
		if err != nil {
			c.Fatal(err)
		}
		states[p.State]++
		if code.Late {
			late++
		}
		if p.RefundedFen > 0 {
			refunded++
		}
		if p.CouponFen > 0 {
			coupons++
		}
		ours := int64(0)
		if p.State == payment.Captured {
			ours = p.CapturedFen - p.CouponFen - (p.RefundedFen - p.CouponBack)
		}
		if ours != owed[id] {
			c.Errorf("%s by %s (%s, late %t) is %s with %d fen of %d left; the wallet says %d", id, p.Instrument, code.Presented, code.Late, p.State, ours, p.RequestedFen, owed[id])
		}
		switch p.State {
		case payment.Pending, payment.Waiting, payment.Unknown:
			op, _, _ := step.Read[payment.Operation](context.Background(), c.d.App.Store, payment.OperationKey(p.Sale))
			c.Errorf("%s by %s is still %s, its sale %s", id, p.Instrument, p.State, op.State)
		}
	}
	c.Logf("%d payments ended: %v; %d were paid too late, %d refunded in part or whole, %d had coupons", len(c.made), states, late, refunded, coupons)
	for _, f := range storetest.Verify(c.T, c.d.App.Config.Get("database"), c.d.Clock.Now()) {
		c.Error(f)
	}
}

package payment_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/yifen-pay/yifen/internal/domain/calendar"
	"github.com/yifen-pay/yifen/internal/domain/ledger"
	"github.com/yifen-pay/yifen/internal/domain/merchant"
	"github.com/yifen-pay/yifen/internal/domain/money"
	"github.com/yifen-pay/yifen/internal/domain/payment"
	"github.com/yifen-pay/yifen/internal/domain/product"
	"github.com/yifen-pay/yifen/internal/domain/risk"
	"github.com/yifen-pay/yifen/internal/domain/step"
	"github.com/yifen-pay/yifen/internal/domain/wallet"
	"github.com/yifen-pay/yifen/internal/store/storetest"
)

// purse is a wallet that says what the test has it say, and notes what it was asked.
type purse struct {
	says  []wallet.Answer // in this order; the last one stays
	asked []wallet.Request
	// meanwhile happens once, between the next question and the wallet's answer to it.
	meanwhile func()
}

// Ask implements payment.Wallet.
func (p *purse) Ask(_ context.Context, r wallet.Request) wallet.Answer {
	p.asked = append(p.asked, r)
	a := p.says[0]
	if len(p.says) > 1 {
		p.says = p.says[1:]
	}
	if do := p.meanwhile; do != nil {
		p.meanwhile = nil
		do()
	}
	return a
}

func (p *purse) say(answers ...wallet.Answer) { p.says = answers }

// codes is a shop that takes codes.
type codes struct {
	*counter
	purse *purse
	n     int
}

func newCodes(t *testing.T) *codes {
	c := &codes{counter: newCounter(t), purse: &purse{}}
	rails := map[wallet.Name]payment.Wallet{}
	for _, w := range wallet.Names {
		rails[w] = c.purse
	}
	if err := c.TakeCodes(t.Context(), c.records, rails); err != nil {
		t.Fatal(err)
	}
	return c
}

func (c *codes) origin(reference string) payment.Origin {
	digest := sha256.Sum256([]byte(reference))
	return payment.Origin{Merchant: c.Merchants[0], Reference: reference, Digest: digest[:], By: "user:clerk"}
}

func (c *codes) next() string {
	c.n++
	return fmt.Sprintf("order-%d", c.n)
}

func (c *codes) show(w wallet.Name, fen int64) (payment.Result, error) {
	return c.Service.Show(c.Context(), payment.CodeRequest{Origin: c.origin(c.next()), Amount: money.Yuan(fen), Wallet: w, Source: payment.FromPortal})
}

func (c *codes) charge(code string, fen int64) (payment.Result, error) {
	parsed, err := wallet.Parse(code)
	if err != nil {
		c.Fatal(err)
	}
	return c.Service.Charge(c.Context(), payment.CodeRequest{Origin: c.origin(c.next()), Amount: money.Yuan(fen), Code: parsed, Source: payment.FromPortal})
}

// later moves the time and has the worker look.
func (c *codes) later(d time.Duration) {
	c.Helper()
	c.Advance(d)
	for _, w := range wallet.Names {
		if _, err := c.Service.ResumeCodes(c.Context(), w); err != nil {
			c.Fatal(err)
		}
	}
}

func (c *codes) state(r payment.Result, want payment.State) payment.Payment {
	c.Helper()
	p := c.payment(r.Operation)
	if p.State != want {
		c.Errorf("the payment is %s, want %s", p.State, want)
	}
	return p
}

// prove holds the records against the invariants.
func (c *codes) prove() {
	c.Helper()
	for _, f := range storetest.Verify(c.T, c.target, c.Now()) {
		c.Error(f)
	}
}

func (c *codes) count(service string) risk.Use {
	c.Helper()
	day := risk.Day{Merchant: c.Merchants[0].ID, Service: service, Date: storetest.Day}
	t, _, err := step.Read[step.Tally](c.Context(), c.records, day.Keys()[1])
	if err != nil {
		c.Fatal(err)
	}
	return risk.FromTally(t)
}

const (
	weChatCode = "134567890123456789"
	alipayCode = "281234567890123456"
)

var (
	shown   = wallet.Answer{State: wallet.Waiting, Content: "weixin://wxpay/bizpayurl?pr=abc"}
	waiting = wallet.Answer{State: wallet.Waiting, Code: "USERPAYING"}
	silent  = wallet.Answer{State: wallet.Silent}
	over    = wallet.Answer{State: wallet.Ended, Code: "CLOSED"}
)

func paidOf(fen int64) wallet.Answer {
	return wallet.Answer{State: wallet.Paid, Code: "SUCCESS", Number: "4200001", RequestedFen: fen, PaidFen: fen, SettledFen: fen, Payer: "o***x"}
}

func TestShow_paidByNotification(t *testing.T) {
	c := newCodes(t)
	c.purse.say(shown)
	r, err := c.show(wallet.WeChat, 12_34)
	if err != nil || r.Code.Content != shown.Content {
		t.Fatalf("%+v, %v", r.Code, err)
	}
	c.state(r, payment.Waiting)
	if got := c.count("wechat"); got != (risk.Use{ReservedCount: 1, ReservedSum: 12_34}) {
		t.Errorf("reserved %+v", got)
	}
	if q := c.purse.asked[0]; q.Ask != wallet.Show || q.Order != r.Payment.ID || q.Amount.Fen != 12_34 || q.Expires.Sub(q.Began) != payment.CodeLife {
		t.Errorf("asked for %+v", q)
	}
	notice := wallet.Notice{ID: "n1", Order: r.Payment.ID, Answer: paidOf(12_34)}
	for range 3 { // the same word again changes nothing
		if err := c.Service.Noticed(t.Context(), r.Code.Account, notice); err != nil {
			t.Fatal(err)
		}
	}
	p := c.state(r, payment.Captured)
	if p.CapturedFen != 12_34 || p.FeeFen != 5 {
		t.Errorf("captured %d, fee %d", p.CapturedFen, p.FeeFen)
	}
	if got := c.count("wechat"); got != (risk.Use{UsedCount: 1, UsedSum: 12_34}) {
		t.Errorf("used %+v", got)
	}
	c.prove()
}

func TestNoticed_refusesWhatDoesNotFit(t *testing.T) {
	c := newCodes(t)
	c.purse.say(shown, waiting)
	r, err := c.show(wallet.Alipay, 50_00)
	if err != nil {
		t.Fatal(err)
	}
	other := wallet.AccountOf(wallet.WeChat, c.Merchants[0].ID)
	for name, n := range map[string]struct {
		account string
		notice  wallet.Notice
	}{
		"another amount":  {r.Code.Account, wallet.Notice{Order: r.Payment.ID, Answer: paidOf(50_01)}},
		"another account": {other, wallet.Notice{Order: r.Payment.ID, Answer: paidOf(50_00)}},
		"no such order":   {r.Code.Account, wallet.Notice{Order: "pay_0101KAMXYZ0000000000000000ZZ", Answer: paidOf(50_00)}},
		"no id at all":    {r.Code.Account, wallet.Notice{Order: "1", Answer: paidOf(50_00)}},
		"no such refund":  {r.Code.Account, wallet.Notice{Order: r.Payment.ID, Back: r.Operation.ID + "x", Answer: paidOf(50_00)}},
	} {
		if err := c.Service.Noticed(t.Context(), n.account, n.notice); err == nil {
			t.Errorf("%s: was taken", name)
		}
	}
	c.state(r, payment.Waiting)
}

// What a wallet may say of a code that is shown, one answer after the other, and what becomes of the payment.
func TestShow_endsInWhatTheWalletSays(t *testing.T) {
	const fen = 20_00
	for _, e := range []struct {
		name string
		says []wallet.Answer // to the order, then to each question
		want payment.State
		used bool
	}{
		{"found paid by asking", []wallet.Answer{shown, waiting, paidOf(fen)}, payment.Captured, true},
		{"the order was lost and made again", []wallet.Answer{silent, shown, paidOf(fen)}, payment.Captured, true},
		{"never answered, then ended", []wallet.Answer{silent, silent, silent, silent, silent, silent, over}, payment.ClosedOff, false},
		{"never scanned", []wallet.Answer{shown, {State: wallet.Missing}, {State: wallet.Missing}, {State: wallet.Missing}, {State: wallet.Missing}, {State: wallet.Missing}, over}, payment.ClosedOff, false},
		{"ended at the wallet", []wallet.Answer{shown, over}, payment.ClosedOff, false},
		{"refused by the wallet", []wallet.Answer{{State: wallet.Failed, Reason: "bad_merchant"}}, payment.Declined, false},
		{"never left", []wallet.Answer{{State: wallet.Unsent}}, payment.Declined, false},
		{"paid while it was ended", []wallet.Answer{shown, waiting, waiting, waiting, waiting, waiting, paidOf(fen)}, payment.Captured, true},
		{"the end was lost twice", []wallet.Answer{shown, waiting, waiting, waiting, waiting, waiting, silent, silent, over}, payment.ClosedOff, false},
		{"another amount counts for nothing", []wallet.Answer{shown, paidOf(fen + 1), paidOf(fen + 1), paidOf(fen)}, payment.Captured, true},
	} {
		t.Run(e.name, func(t *testing.T) {
			c := newCodes(t)
			c.T = t
			c.purse.say(e.says...)
			r, err := c.show(wallet.WeChat, fen)
			if err != nil {
				t.Fatal(err)
			}
			for range 12 {
				c.later(3 * time.Minute)
			}
			c.state(r, e.want)
			want := risk.Use{}
			if e.used {
				want = risk.Use{UsedCount: 1, UsedSum: fen}
			}
			if got := c.count("wechat"); got != want {
				t.Errorf("the day says %+v, want %+v", got, want)
			}
			c.prove()
		})
	}
}

func TestCharge_passwordThenPaid(t *testing.T) {
	c := newCodes(t)
	c.purse.say(waiting, waiting, paidOf(1500_00))
	r, err := c.charge(weChatCode, 1500_00)
	if err != nil {
		t.Fatal(err)
	}
	c.state(r, payment.Waiting)
	if q := c.purse.asked[0]; q.Ask != wallet.Charge || q.Code.Digits() != weChatCode {
		t.Errorf("asked for %+v", q)
	}
	c.later(5 * time.Second)
	c.state(r, payment.Waiting)
	c.later(4 * time.Second)
	c.state(r, payment.Captured)
	for _, q := range c.purse.asked[1:] {
		if q.Ask != wallet.Query || !q.Code.IsZero() {
			t.Errorf("asked for %+v", q)
		}
	}
	c.prove()
}

func TestCharge_withdrawnWhenNobodyTypes(t *testing.T) {
	c := newCodes(t)
	c.purse.say(waiting)
	r, err := c.charge(alipayCode, 10_00)
	if err != nil {
		t.Fatal(err)
	}
	for range 15 {
		c.later(4 * time.Second)
	}
	c.purse.say(over)
	c.later(time.Minute)
	p := c.state(r, payment.ClosedOff)
	if last := c.purse.asked[len(c.purse.asked)-1]; last.Ask != wallet.Withdraw {
		t.Errorf("the last thing asked was %s", last.Ask)
	}
	if age := time.Duration(p.UpdatedAt-p.CreatedAt) * time.Microsecond; age > 3*time.Minute {
		t.Errorf("the cashier waited %s", age)
	}
	c.prove()
}

// TestCharge_givenBackMeanwhile has a payer pay while the shop takes the order back: the wallet's "paid" is older than its
// "given back", and comes after it.
func TestCharge_givenBackMeanwhile(t *testing.T) {
	c := newCodes(t)
	c.purse.say(paidOf(8_00), over)
	c.purse.meanwhile = func() {
		order := c.purse.asked[0].Order
		if _, err := c.Service.CancelCode(t.Context(), c.origin(c.next()), order); err != nil {
			t.Fatal(err)
		}
		c.later(time.Second)
	}
	r, err := c.charge(weChatCode, 8_00)
	if err != nil {
		t.Fatal(err)
	}
	c.state(r, payment.ClosedOff)
	c.later(time.Second) // the wallet is asked, and says what stands
	p := c.state(r, payment.ClosedOff)
	if p.CapturedFen != 0 || p.RefundingFen != 0 {
		t.Errorf("%+v", p)
	}
	if got := len(c.purse.asked); got != 3 {
		t.Errorf("the wallet was asked %d times", got)
	}
	c.later(time.Minute)
	if got := len(c.purse.asked); got != 3 {
		t.Errorf("the wallet was asked %d times", got)
	}
	if use := c.count("wechat"); use != (risk.Use{}) {
		t.Errorf("the limit still holds %+v", use)
	}
	c.prove()
}

// The request may still be on its way when the order is ended: a wallet that does not know it yet is asked again.
func TestCharge_missingIsNotOver(t *testing.T) {
	c := newCodes(t)
	c.purse.say(silent, wallet.Answer{State: wallet.Missing})
	r, err := c.charge(weChatCode, 10_00)
	if err != nil {
		t.Fatal(err)
	}
	for range 12 {
		c.later(10 * time.Second)
	}
	if p := c.payment(r.Operation); p.State != payment.Pending {
		t.Fatalf("after two minutes it is %s", p.State)
	}
	for range 6 {
		c.later(2 * time.Minute)
	}
	c.state(r, payment.ClosedOff)
	c.prove()
}

func TestNoticed_lateSuccess(t *testing.T) {
	for _, e := range []struct {
		name string
		keep bool
		says wallet.Answer // to the question that follows
		want payment.State
		back int64
	}{
		{"given back", false, paidOf(30_00), payment.Captured, 30_00},
		{"kept by rule", true, paidOf(30_00), payment.Captured, 0},
		{"older than the end", false, over, payment.ClosedOff, 0},
	} {
		t.Run(e.name, func(t *testing.T) {
			c := newCodes(t)
			c.T = t
			c.Service.Settings.KeepLate = e.keep
			c.purse.say(shown, waiting, waiting, waiting, over)
			r, err := c.show(wallet.Alipay, 30_00)
			if err != nil {
				t.Fatal(err)
			}
			for range 5 {
				c.later(10 * time.Minute)
			}
			c.state(r, payment.ClosedOff)
			if err := c.Service.OpenDay(t.Context(), storetest.Day.Next()); err != nil {
				t.Fatal(err)
			}
			c.Advance(50 * time.Hour)
			c.purse.say(e.says, wallet.Answer{State: wallet.Returned, BackFen: 30_00})
			if err := c.Service.Noticed(t.Context(), r.Code.Account, wallet.Notice{Order: r.Payment.ID, Answer: paidOf(30_00)}); err != nil {
				t.Fatal(err)
			}
			c.state(r, payment.ClosedOff) // a notification alone does not bring it back
			for range 3 {
				c.later(time.Minute)
			}
			p := c.state(r, e.want)
			if p.RefundedFen != e.back || p.RefundingFen != 0 {
				t.Errorf("given back %d, under way %d", p.RefundedFen, p.RefundingFen)
			}
			if op := c.operation(p.Sale); e.want == payment.Captured && op.BusinessDate != storetest.Day.Next() {
				t.Errorf("it belongs to %s", op.BusinessDate)
			}
			c.prove()
		})
	}
}

func (c *codes) operation(id string) payment.Operation {
	c.Helper()
	op, _, err := step.Read[payment.Operation](c.Context(), c.records, payment.OperationKey(id))
	if err != nil {
		c.Fatal(err)
	}
	return op
}

// captured is a paid payment by code.
func (c *codes) captured(w wallet.Name, paid wallet.Answer) payment.Result {
	c.Helper()
	c.purse.say(shown)
	r, err := c.show(w, paid.RequestedFen)
	if err != nil {
		c.Fatal(err)
	}
	if err := c.Service.Noticed(c.Context(), r.Code.Account, wallet.Notice{Order: r.Payment.ID, Answer: paid}); err != nil {
		c.Fatal(err)
	}
	return r
}

func (c *codes) refund(r payment.Result, fen int64) (payment.Result, error) {
	return c.Service.RefundCode(c.Context(), payment.CodeRefundRequest{Origin: c.origin(c.next()), Payment: r.Payment.ID, Amount: money.Yuan(fen)})
}

func TestRefundCode(t *testing.T) {
	c := newCodes(t)
	r := c.captured(wallet.WeChat, paidOf(100_00))
	back := func(fen int64) wallet.Answer { return wallet.Answer{State: wallet.Returned, BackFen: fen} }
	c.purse.say(back(30_00))
	if first, err := c.refund(r, 30_00); err != nil || first.Operation.State != payment.OpApproved {
		t.Fatalf("%+v, %v", first.Operation, err)
	}
	c.purse.say(wallet.Answer{State: wallet.Accepted}, silent, back(50_00))
	second, err := c.refund(r, 50_00)
	if err != nil || second.Operation.State != payment.OpUnknown {
		t.Fatalf("a refund that is worked on is %s, %v", second.Operation.State, err)
	}
	if _, err := c.refund(r, 20_01); !errors.Is(err, payment.ErrRefundAmount) {
		t.Errorf("refunds may pass what was captured: %v", err)
	}
	for range 4 {
		c.later(time.Minute)
	}
	c.purse.say(wallet.Answer{State: wallet.Failed, Reason: "insufficient_funds"})
	if third, err := c.refund(r, 20_00); err != nil || third.Operation.State != payment.OpDeclined {
		t.Errorf("%+v, %v", third.Operation, err)
	}
	p := c.state(r, payment.Captured)
	if p.RefundedFen != 80_00 || p.RefundingFen != 0 || p.FeeFen-p.FeeBack != 8 {
		t.Errorf("refunded %d, under way %d, fee left %d", p.RefundedFen, p.RefundingFen, p.FeeFen-p.FeeBack)
	}
	c.purse.say(wallet.Answer{State: wallet.Stuck})
	if stuck, err := c.refund(r, 20_00); err != nil || stuck.Operation.State != payment.OpManual {
		t.Errorf("%+v, %v", stuck.Operation, err)
	}
	if p := c.payment(r.Operation); p.RefundingFen != 20_00 {
		t.Errorf("what is stuck is not set aside: %d", p.RefundingFen)
	}
	c.prove()
}

func TestRefundCode_sameReference(t *testing.T) {
	c := newCodes(t)
	r := c.captured(wallet.Alipay, paidOf(100_00))
	c.purse.say(wallet.Answer{State: wallet.Returned, BackFen: 10_00})
	request := payment.CodeRefundRequest{Origin: c.origin("back-1"), Payment: r.Payment.ID, Amount: money.Yuan(10_00)}
	first, err := c.Service.RefundCode(t.Context(), request)
	if err != nil {
		t.Fatal(err)
	}
	again, err := c.Service.RefundCode(t.Context(), request)
	if err != nil || !again.Repeated || again.Operation.ID != first.Operation.ID {
		t.Errorf("%+v, %v", again, err)
	}
	request.Origin.Digest = []byte("other")
	if _, err := c.Service.RefundCode(t.Context(), request); !errors.Is(err, payment.ErrReferenceUsed) {
		t.Errorf("another request under the same reference: %v", err)
	}
	if p := c.payment(r.Operation); p.RefundedFen != 10_00 {
		t.Errorf("refunded %d", p.RefundedFen)
	}
}

// Coupons of the merchant lessen what is settled: fee, books and refunds follow it, to the fen.
func TestRefundCode_coupons(t *testing.T) {
	c := newCodes(t)
	paid := paidOf(100_00)
	paid.PaidFen, paid.SettledFen = 85_00, 90_01 // 9.99 from the merchant, 5.01 from the wallet
	r := c.captured(wallet.WeChat, paid)
	p := c.state(r, payment.Captured)
	if p.CapturedFen != 100_00 || p.CouponFen != 9_99 || p.FeeFen != 34 {
		t.Errorf("captured %d, coupons %d, fee %d", p.CapturedFen, p.CouponFen, p.FeeFen)
	}
	for _, fen := range []int64{33_33, 33_33, 33_34} {
		c.purse.say(wallet.Answer{State: wallet.Returned, BackFen: fen})
		if _, err := c.refund(r, fen); err != nil {
			t.Fatal(err)
		}
		c.prove()
	}
	if p = c.state(r, payment.Captured); p.CouponBack != 9_99 || p.FeeBack != p.FeeFen || p.RefundedFen != 100_00 {
		t.Errorf("after all is refunded: coupons back %d, fee back %d", p.CouponBack, p.FeeBack)
	}
	var owed ledger.Balance
	if err := storetest.Do(t, c.records, func(v step.View) (err error) {
		owed, err = ledger.BalanceOf(v, p.Bucket, ledger.RailReceivable("wechat"))
		return err
	}); err != nil || owed.Net() != 0 {
		t.Errorf("the wallet owes %d after everything went back, %v", owed.Net(), err)
	}
}

func TestCancelCode(t *testing.T) {
	t.Run("unpaid", func(t *testing.T) {
		c := newCodes(t)
		c.purse.say(shown)
		r, err := c.show(wallet.WeChat, 10_00)
		if err != nil {
			t.Fatal(err)
		}
		c.purse.say(over)
		if _, err := c.Service.CancelCode(t.Context(), c.origin("x1"), r.Payment.ID); err != nil {
			t.Fatal(err)
		}
		c.later(time.Second)
		c.state(r, payment.ClosedOff)
		c.prove()
	})
	for _, e := range []struct {
		name string
		pay  func(*codes) payment.Result
		ask  wallet.Ask
		says wallet.State
	}{
		{"WeChat Pay, shown", func(c *codes) payment.Result { return c.captured(wallet.WeChat, paidOf(10_00)) }, wallet.Refund, wallet.Returned},
		{"Alipay, shown", func(c *codes) payment.Result { return c.captured(wallet.Alipay, paidOf(10_00)) }, wallet.Withdraw, wallet.Ended},
		{"Alipay, a day later", func(c *codes) payment.Result {
			r := c.captured(wallet.Alipay, paidOf(10_00))
			c.Advance(24 * time.Hour)
			return r
		}, wallet.Refund, wallet.Returned},
		{"WeChat Pay, scanned", func(c *codes) payment.Result {
			c.purse.say(paidOf(10_00))
			r, err := c.charge(weChatCode, 10_00)
			if err != nil {
				c.Fatal(err)
			}
			return r
		}, wallet.Withdraw, wallet.Ended},
	} {
		t.Run(e.name, func(t *testing.T) {
			c := newCodes(t)
			c.T = t
			r := e.pay(c)
			c.purse.say(silent, wallet.Answer{State: e.says, BackFen: 10_00})
			v, err := c.Service.CancelCode(t.Context(), c.origin("void"), r.Payment.ID)
			if err != nil || v.Operation.Kind != payment.VoidOp || v.Operation.State != payment.OpUnknown {
				t.Fatalf("%+v, %v", v.Operation, err)
			}
			if last := c.purse.asked[len(c.purse.asked)-1]; last.Ask != e.ask {
				t.Errorf("the wallet was asked for a %s, want %s", last.Ask, e.ask)
			}
			if _, err := c.refund(r, 1); !errors.Is(err, payment.ErrUnderWay) {
				t.Errorf("a refund beside a void: %v", err)
			}
			c.later(time.Minute)
			c.state(r, payment.Voided)
			c.prove()
		})
	}
}

// TestReverse_voidOfACode has a terminal give up the void of a code: unless the wallet refused it, it stands, or will.
func TestReverse_voidOfACode(t *testing.T) {
	refused := wallet.Answer{State: wallet.Failed, Reason: string(payment.InvalidTransaction)}
	for _, e := range []struct {
		name  string
		said  wallet.Answer
		stays error
		state payment.State
	}{
		{"given back", wallet.Answer{State: wallet.Ended}, payment.ErrNotReversible, payment.Voided},
		{"nobody knows yet", silent, payment.ErrNotReversible, payment.Voided},
		{"stuck", wallet.Answer{State: wallet.Stuck}, payment.ErrNotReversible, payment.Captured},
		{"refused", refused, nil, payment.Captured},
	} {
		t.Run(e.name, func(t *testing.T) {
			c := newCodes(t)
			c.purse.say(paidOf(5_00), e.said)
			code, err := wallet.Parse(alipayCode)
			if err != nil {
				t.Fatal(err)
			}
			sale := c.must(c.Service.Charge(t.Context(), payment.CodeRequest{
				Origin: c.Origin(0), Amount: money.Yuan(5_00), Code: code, Source: payment.FromTerminal,
			}))
			void := c.must(c.Void(t.Context(), 0, sale))
			for range 2 {
				if _, err := c.Reverse(t.Context(), 0, void); !errors.Is(err, e.stays) {
					t.Errorf("%v, want %v", err, e.stays)
				}
			}
			other := void
			other.AmountFen++
			if _, err := c.Reverse(t.Context(), 0, other); !errors.Is(err, payment.ErrOriginalAmount) {
				t.Errorf("another amount: %v", err)
			}
			c.purse.say(wallet.Answer{State: wallet.Ended})
			c.later(time.Minute)
			if p := c.payment(sale); p.State != e.state {
				t.Errorf("the payment is %s, want %s", p.State, e.state)
			}
			c.prove()
		})
	}
}

func TestShow_limitsOfTheService(t *testing.T) {
	c := newCodes(t)
	c.purse.say(shown)
	key := c.limit("wechat", 100_00)
	if _, err := c.show(wallet.WeChat, 60_00); err != nil {
		t.Fatal(err)
	}
	r, err := c.show(wallet.WeChat, 50_00)
	if err != nil || r.Operation.State != payment.OpRefused || r.Operation.Result != risk.ErrServiceDaySum.Code {
		t.Errorf("above the limit of %s: %+v, %v", key, r.Operation, err)
	}
	if _, kept, err := c.Service.ByCode(t.Context(), r.Payment.ID); err != nil || kept != r.Code || kept.Presented != wallet.Shown || kept.Reference == "" {
		t.Errorf("what was refused is not on record: %+v, %v", kept, err)
	}
	if r, err := c.show(wallet.Alipay, 50_00); err != nil || r.Payment.State != payment.Waiting {
		t.Errorf("another service: %+v, %v", r.Payment, err)
	}
	c.prove()
}

func TestLink_oneCounts(t *testing.T) {
	c := newCodes(t)
	l, err := c.Service.MakeLink(t.Context(), payment.LinkRequest{Merchant: c.Merchants[0].ID, Amount: money.Yuan(40_00), Source: payment.FromPortal, By: "user:clerk"})
	if err != nil {
		t.Fatal(err)
	}
	pay := func(w wallet.Name, key string) (payment.Result, error) {
		return c.Service.PayLink(t.Context(), payment.LinkPayment{Link: l.ID, Wallet: w, Amount: money.Yuan(40_00), Key: key})
	}
	c.purse.say(shown)
	first, err := pay(wallet.WeChat, "aaaaaaaa")
	if err != nil {
		t.Fatal(err)
	}
	if same, err := pay(wallet.WeChat, "bbbbbbbb"); err != nil || same.Payment.ID != first.Payment.ID {
		t.Errorf("the same wallet again: %+v, %v", same.Payment, err)
	}
	second, err := pay(wallet.Alipay, "cccccccc") // the payer changes the wallet
	if err != nil || second.Payment.ID == first.Payment.ID {
		t.Fatalf("%+v, %v", second.Payment, err)
	}
	// Both are paid: the first before its withdrawal arrives.
	c.purse.say(paidOf(40_00))
	c.later(time.Second)
	c.state(first, payment.Captured)
	c.purse.say(wallet.Answer{State: wallet.Returned, BackFen: 40_00})
	if err := c.Service.Noticed(t.Context(), second.Code.Account, wallet.Notice{Order: second.Payment.ID, Answer: paidOf(40_00)}); err != nil {
		t.Fatal(err)
	}
	c.later(time.Second)
	if p := c.state(second, payment.Captured); p.RefundedFen != 40_00 {
		t.Errorf("what was paid twice was not given back: %+v", p)
	}
	if _, err := pay(wallet.Alipay, "dddddddd"); !errors.Is(err, payment.ErrLinkPaid) {
		t.Errorf("a paid link: %v", err)
	}
	c.prove()
}

func TestLink_static(t *testing.T) {
	c := newCodes(t)
	l, err := c.Service.MakeLink(t.Context(), payment.LinkRequest{Merchant: c.Merchants[0].ID, Name: "till 1", By: "user:clerk"})
	if err != nil {
		t.Fatal(err)
	}
	pay := func(fen int64, key string) (payment.Result, error) {
		return c.Service.PayLink(t.Context(), payment.LinkPayment{Link: l.ID, Wallet: wallet.Alipay, Amount: money.Yuan(fen), Key: key})
	}
	c.purse.say(shown)
	if _, err := pay(payment.StaticMaxFen+1, "aaaaaaaa"); !errors.Is(err, payment.ErrStaticMax) {
		t.Errorf("above what a printed code may take: %v", err)
	}
	a, err := pay(5_00, "aaaaaaaa")
	if err != nil {
		t.Fatal(err)
	}
	if again, err := pay(5_00, "aaaaaaaa"); err != nil || again.Payment.ID != a.Payment.ID {
		t.Errorf("the same intent again: %+v, %v", again.Payment, err)
	}
	if b, err := pay(6_00, "bbbbbbbb"); err != nil || b.Payment.ID == a.Payment.ID {
		t.Errorf("another payer: %+v, %v", b.Payment, err)
	}
	if _, err := c.Service.SwitchLink(t.Context(), l.ID, false, "user:clerk"); err != nil {
		t.Fatal(err)
	}
	if _, err := pay(5_00, "cccccccc"); !errors.Is(err, payment.ErrLinkOff) {
		t.Errorf("a link that is off: %v", err)
	}
}

func TestStartCode_refuses(t *testing.T) {
	c := newCodes(t)
	c.purse.say(shown)
	for name, e := range map[string]struct {
		change func(*payment.CodeRequest)
		want   error
	}{
		"no amount":    {func(r *payment.CodeRequest) { r.Amount.Fen = 0 }, payment.ErrAmount},
		"no reference": {func(r *payment.CodeRequest) { r.Origin.Reference = "" }, payment.ErrReference},
		"no wallet":    {func(r *payment.CodeRequest) { r.Wallet = "cash" }, payment.ErrNoWallet},
		"too short":    {func(r *payment.CodeRequest) { r.Life = time.Second }, payment.ErrExpires},
		"too long":     {func(r *payment.CodeRequest) { r.Life = 3 * time.Hour }, payment.ErrExpires},
		"no merchant":  {func(r *payment.CodeRequest) { r.Origin.Merchant.ID = "mch_0001KAMXYZ0000000000000000ZZ" }, merchant.ErrNotFound},
	} {
		r := payment.CodeRequest{Origin: c.origin(c.next()), Amount: money.Yuan(1), Wallet: wallet.WeChat}
		e.change(&r)
		if _, err := c.Service.Show(t.Context(), r); !errors.Is(err, e.want) {
			t.Errorf("%s: %v, want %v", name, err, e.want)
		}
	}
	if len(c.purse.asked) != 0 {
		t.Errorf("the wallet was asked %d times", len(c.purse.asked))
	}
}

// A code that is made before the cut-off and paid behind it belongs to the day on which it was paid.
func TestShow_acrossTheCutOff(t *testing.T) {
	c := newCodes(t)
	c.purse.say(shown)
	r, err := c.show(wallet.WeChat, 10_00)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Service.OpenDay(t.Context(), storetest.Day.Next()); err != nil {
		t.Fatal(err)
	}
	if err := c.Service.Noticed(t.Context(), r.Code.Account, wallet.Notice{Order: r.Payment.ID, Answer: paidOf(10_00)}); err != nil {
		t.Fatal(err)
	}
	if op := c.operation(r.Payment.Sale); op.BusinessDate != storetest.Day.Next() || op.ClearingDate != calendar.DateOf(c.Now().In(calendar.Shanghai)) {
		t.Errorf("it belongs to %s, cleared %s", op.BusinessDate, op.ClearingDate)
	}
	if got := c.count("wechat"); got != (risk.Use{}) {
		t.Errorf("the day before still says %+v", got)
	}
	c.prove()
}

// limit sets the day's sum of a service.
func (c *codes) limit(service string, sum int64) step.Key {
	c.Helper()
	key := product.Key(c.Merchants[0].ID, product.Kind(service))
	if err := storetest.Do(c.T, c.records, func(v step.View) error {
		s, err := step.Must[product.Service](v, key, product.ErrNotFound)
		if err == nil {
			s.Limits.DaySumMaxFen = sum
			v.Put(s)
		}
		return err
	}, key); err != nil {
		c.Fatal(err)
	}
	return key
}

// A payer who paid and opens the code with another wallet must not have the payment taken back.
func TestLink_paidIsNotTakenBack(t *testing.T) {
	c := newCodes(t)
	l, err := c.Service.MakeLink(t.Context(), payment.LinkRequest{Merchant: c.Merchants[0].ID, Amount: money.Yuan(40_00), Source: payment.FromPortal, By: "user:clerk"})
	if err != nil {
		t.Fatal(err)
	}
	c.purse.say(shown)
	first, err := c.Service.PayLink(t.Context(), payment.LinkPayment{Link: l.ID, Wallet: wallet.WeChat, Amount: money.Yuan(40_00), Key: "aaaaaaaa"})
	if err != nil {
		t.Fatal(err)
	}
	// The wallet's word arrives between the look at the link and the withdrawal.
	records := c.Service.Store
	c.Service.Store = hasty{records, first.Payment, func() {
		c.Service.Store = records
		if err := c.Service.Noticed(t.Context(), first.Code.Account, wallet.Notice{Order: first.Payment.ID, Answer: paidOf(40_00)}); err != nil {
			t.Fatal(err)
		}
	}}
	if _, err := c.Service.PayLink(t.Context(), payment.LinkPayment{Link: l.ID, Wallet: wallet.Alipay, Amount: money.Yuan(40_00), Key: "bbbbbbbb"}); !errors.Is(err, payment.ErrLinkPaid) {
		t.Errorf("another wallet on a paid code: %v", err)
	}
	for range 3 {
		c.later(time.Minute)
	}
	if p := c.state(first, payment.Captured); p.RefundedFen+p.RefundingFen != 0 {
		t.Errorf("of what was paid, %d went back", p.RefundedFen+p.RefundingFen)
	}
	c.prove()
}

// hasty is a store in which something happens once, right after a payment's operation was read.
type hasty struct {
	payment.Store
	payment payment.Payment
	happens func()
}

// Read implements step.Reader.
func (h hasty) Read(ctx context.Context, key step.Key) (step.Row, error) {
	row, err := h.Store.Read(ctx, key)
	if op, ok := row.(payment.Operation); ok && op.ID == h.payment.Sale && op.State == payment.OpPending {
		h.happens()
	}
	return row, err
}

// What the shop took back is given back when the payer was faster, and what the payer left for another wallet counts.
func TestCancelCode_payerWasFaster(t *testing.T) {
	c := newCodes(t)
	c.purse.say(shown)
	r, err := c.show(wallet.WeChat, 10_00)
	if err != nil {
		t.Fatal(err)
	}
	c.purse.say(paidOf(10_00), wallet.Answer{State: wallet.Returned, BackFen: 10_00})
	if _, err := c.Service.CancelCode(t.Context(), c.origin("cancel"), r.Payment.ID); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		c.later(time.Second)
	}
	if p := c.state(r, payment.Captured); p.RefundedFen != 10_00 {
		t.Errorf("the shop had canceled and keeps %d", p.CapturedFen-p.RefundedFen)
	}
	c.prove()
}

func TestMakeLink_sameReference(t *testing.T) {
	c := newCodes(t)
	order := func(fen int64) (payment.Link, error) {
		return c.Service.MakeLink(t.Context(), payment.LinkRequest{
			Merchant: c.Merchants[0].ID, Amount: money.Yuan(fen), Reference: "C-1", Source: payment.FromAPI, By: "key:x",
		})
	}
	first, err := order(55_55)
	if err != nil {
		t.Fatal(err)
	}
	if again, err := order(55_55); err != nil || again.ID != first.ID {
		t.Errorf("the same again: %s and %s, %v", first.ID, again.ID, err)
	}
	if _, err := order(55_56); !errors.Is(err, payment.ErrReferenceUsed) {
		t.Errorf("another amount under the same reference: %v", err)
	}
	c.prove()
}

// TestReferenced_collection holds that a number of the caller's is one payment's, whichever way it was asked for, and leads to
// what was paid.
func TestReferenced_collection(t *testing.T) {
	c := newCodes(t)
	collect := func(reference string) (payment.Link, error) {
		return c.Service.MakeLink(t.Context(), payment.LinkRequest{
			Merchant: c.Merchants[0].ID, Amount: money.Yuan(40_00), Reference: reference, Source: payment.FromAPI, By: "key:x",
		})
	}
	l, err := collect("table-8")
	if err != nil {
		t.Fatal(err)
	}
	c.purse.say(shown)
	beside := payment.CodeRequest{Origin: c.origin("table-8"), Amount: money.Yuan(40_00), Wallet: wallet.Alipay}
	if _, err := c.Service.Show(t.Context(), beside); !errors.Is(err, payment.ErrReferenceUsed) {
		t.Errorf("a code under a collection's number: %v", err)
	}
	if _, err := c.Service.Referenced(t.Context(), c.Merchants[0].ID, "table-8"); !errors.Is(err, payment.ErrUnbegun) {
		t.Errorf("nobody has begun to pay: %v", err)
	}
	paid, err := c.Service.PayLink(t.Context(), payment.LinkPayment{Link: l.ID, Wallet: wallet.Alipay, Amount: money.Yuan(40_00), Key: "aaaaaaaa"})
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Service.Noticed(t.Context(), paid.Code.Account, wallet.Notice{Order: paid.Payment.ID, Answer: paidOf(40_00)}); err != nil {
		t.Fatal(err)
	}
	found, err := c.Service.Referenced(t.Context(), c.Merchants[0].ID, "table-8")
	if err != nil || found.Payment.ID != paid.Payment.ID || found.Payment.State != payment.Captured || found.Code.Reference != "table-8" {
		t.Errorf("by the caller's number: %+v, %v", found.Payment, err)
	}
	if _, err := c.show(wallet.WeChat, 7_00); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Service.Show(t.Context(), payment.CodeRequest{Origin: c.origin("order-9"), Amount: money.Yuan(1), Wallet: wallet.WeChat}); err != nil {
		t.Fatal(err)
	}
	if _, err := collect("order-9"); !errors.Is(err, payment.ErrReferenceUsed) {
		t.Errorf("a collection under a payment's number: %v", err)
	}
	c.prove()
}

// TestCancelCode_late holds that what is older than the wallet takes back is refunded.
func TestCancelCode_late(t *testing.T) {
	c := newCodes(t)
	c.purse.say(paidOf(10_00))
	r, err := c.charge(weChatCode, 10_00)
	if err != nil {
		t.Fatal(err)
	}
	c.Advance(7 * 24 * time.Hour)
	c.purse.say(wallet.Answer{State: wallet.Returned, BackFen: 10_00})
	if _, err := c.Service.CancelCode(t.Context(), c.origin("void"), r.Payment.ID); err != nil {
		t.Fatal(err)
	}
	if last := c.purse.asked[len(c.purse.asked)-1]; last.Ask != wallet.Refund {
		t.Errorf("the wallet was asked for a %s", last.Ask)
	}
	c.state(r, payment.Voided)
	c.prove()
}

func TestStartCode_saysWhatIsWrong(t *testing.T) {
	c := newCodes(t)
	c.purse.say(shown)
	ask := func(change func(*payment.CodeRequest)) error {
		r := payment.CodeRequest{Origin: c.origin(c.next()), Amount: money.Yuan(1), Wallet: wallet.WeChat}
		change(&r)
		var err error
		if r.Code.IsZero() {
			_, err = c.Service.Show(t.Context(), r)
		} else {
			_, err = c.Service.Charge(t.Context(), r)
		}
		return err
	}
	code, err := wallet.Parse(alipayCode)
	if err != nil {
		t.Fatal(err)
	}
	for name, e := range map[string]struct {
		change func(*payment.CodeRequest)
		want   error
	}{
		"a code of another wallet": {func(r *payment.CodeRequest) { r.Code = code }, payment.ErrOtherWallet},
		"neither wallet nor code":  {func(r *payment.CodeRequest) { r.Wallet = "" }, payment.ErrNoMeans},
		"a store of nobody":        {func(r *payment.CodeRequest) { r.Origin.Store = "nowhere" }, merchant.ErrStore},
	} {
		if err := ask(e.change); !errors.Is(err, e.want) {
			t.Errorf("%s: %v, want %v", name, err, e.want)
		}
	}
	r, err := c.show(wallet.WeChat, 10_00)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.refund(r, 5_00); !errors.Is(err, payment.ErrUnpaid) {
		t.Errorf("a refund of what is not paid: %v", err)
	}
}

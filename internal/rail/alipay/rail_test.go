package alipay_test

import (
	"testing"
	"time"

	"github.com/yifen-pay/yifen/internal/domain/calendar"
	"github.com/yifen-pay/yifen/internal/domain/payment"
	"github.com/yifen-pay/yifen/internal/domain/wallet"
	simalipay "github.com/yifen-pay/yifen/internal/sim/alipay"
)

// TestAsk goes through every ask and every state of a trade, in each mode of an account.
func TestAsk(t *testing.T) {
	for _, m := range modes {
		t.Run(m.name, func(t *testing.T) {
			r := newRig(t, m, simalipay.Config{})
			t.Run("shown", func(t *testing.T) { r.TB = t; r.goesShown() })
			t.Run("scanned", func(t *testing.T) { r.TB = t; r.goesScanned() })
			t.Run("refused", func(t *testing.T) { r.TB = t; r.goesRefused() })
			t.Run("refunded", func(t *testing.T) { r.TB = t; r.goesBack() })
			t.Run("too old to be canceled", func(t *testing.T) { r.TB = t; r.goesOld() })
			if list := r.doubted(); len(list) != 0 {
				t.Errorf("doubted: %v", list)
			}
			if n := r.wallet.Stats().Unsigned; n != 0 {
				t.Errorf("%d requests were refused for their signatures", n)
			}
		})
	}
}

func (r *rig) goesShown() {
	one := number(1)
	content := r.shown(one)
	if again := r.request(wallet.Show, one); r.ask(again).Content != content {
		r.Error("the same trade is shown by another code")
	}
	r.want("query before anybody scanned", r.ask(r.request(wallet.Query, one)), wallet.Missing)
	r.scan(content, simalipay.Leave)
	r.want("query of one who thinks", r.ask(r.request(wallet.Query, one)), wallet.Waiting)
	if _, err := r.wallet.Give(simalipay.Coupon{Funder: simalipay.ByMerchant, Amount: 100}); err != nil {
		r.Fatal(err)
	}
	r.scan(content, simalipay.Pay)
	a := r.want("query", r.ask(r.request(wallet.Query, one)), wallet.Paid)
	if a.RequestedFen != 1000 || a.PaidFen != 900 || a.SettledFen != 900 || a.At != calendar.At(noon) || a.Number == "" || a.Payer == "" || a.Bank == "" {
		r.Errorf("paid: %+v", a)
	}
	q := r.request(wallet.Show, one)
	q.Again = true
	r.want("shown again when paid", r.ask(q), wallet.Paid)
	if a := r.want("withdraw when paid", r.ask(r.request(wallet.Withdraw, one)), wallet.Ended); !a.Undone {
		r.Errorf("what was paid is kept: %+v", a)
	}
	if a := r.want("query", r.ask(r.request(wallet.Query, one)), wallet.Ended); !a.Undone {
		r.Errorf("what was paid is kept: %+v", a)
	}

	two := number(2)
	content = r.shown(two)
	if a := r.want("withdraw", r.ask(r.request(wallet.Withdraw, two)), wallet.Ended); a.Undone {
		r.Error("money that nobody paid was given back")
	}
	r.want("withdraw again", r.ask(r.request(wallet.Withdraw, two)), wallet.Ended)
	r.want("query of what never was", r.ask(r.request(wallet.Query, two)), wallet.Missing)
	if state, err := r.wallet.Scan(content, simalipay.Pay); state == simalipay.Success {
		r.Errorf("a withdrawn code is paid: %v", err)
	}
	r.want("shown again when over", r.ask(r.request(wallet.Show, two)), wallet.Ended)

	three := number(3)
	r.scan(r.shown(three), simalipay.Leave)
	if a := r.want("withdraw of one who thinks", r.ask(r.request(wallet.Withdraw, three)), wallet.Ended); a.Undone {
		r.Error("money that nobody paid was given back")
	}
	r.want("query", r.ask(r.request(wallet.Query, three)), wallet.Ended)

	r.scan(r.shown(number(4)), simalipay.Leave)
	for range 3 {
		r.flaw(simalipay.RetryCancel)
	}
	r.want("withdraw that the wallet wants again", r.ask(r.request(wallet.Withdraw, number(4))), wallet.Silent)
	r.flaw(simalipay.RetryCancel)
	r.want("withdraw that the wallet wants twice", r.ask(r.request(wallet.Withdraw, number(4))), wallet.Ended)
}

func (r *rig) goesScanned() {
	withdraw := func(order string) wallet.Answer {
		q := r.request(wallet.Withdraw, order)
		q.Presented = wallet.Scanned
		return r.ask(q)
	}
	q := r.scanned(number(11), r.code(simalipay.CodeOK))
	a := r.want("charge", r.ask(q), wallet.Paid)
	if a.RequestedFen != 1000 || a.PaidFen != 1000 || a.SettledFen != 1000 || a.Number == "" || a.At == 0 {
		r.Errorf("charged: %+v", a)
	}
	q.Again = true
	r.want("charge again", r.ask(q), wallet.Paid)
	if a := r.want("withdraw", withdraw(number(11)), wallet.Ended); !a.Undone {
		r.Errorf("what was paid is kept: %+v", a)
	}
	if a := r.want("withdraw again", withdraw(number(11)), wallet.Ended); !a.Undone {
		r.Errorf("what was paid is kept: %+v", a)
	}
	r.want("charge when over", r.ask(q), wallet.Ended)

	code := r.code(simalipay.CodePassword)
	r.want("charge with a password", r.ask(r.scanned(number(12), code)), wallet.Waiting)
	r.want("query", r.ask(r.request(wallet.Query, number(12))), wallet.Waiting)
	if _, err := r.wallet.Password(code.Digits()); err != nil {
		r.Fatal(err)
	}
	r.want("query", r.ask(r.request(wallet.Query, number(12))), wallet.Paid)

	code = r.code(simalipay.CodePassword)
	r.want("charge with a password", r.ask(r.scanned(number(13), code)), wallet.Waiting)
	if _, err := r.wallet.RefusePassword(code.Digits()); err != nil {
		r.Fatal(err)
	}
	r.want("query when refused", r.ask(r.request(wallet.Query, number(13))), wallet.Ended)

	r.want("charge with a password", r.ask(r.scanned(number(14), r.code(simalipay.CodePassword))), wallet.Waiting)
	if a := r.want("withdraw of one who types", withdraw(number(14)), wallet.Ended); a.Undone {
		r.Error("money that nobody paid was given back")
	}
	r.want("withdraw of nothing, which may still come", withdraw(number(15)), wallet.Missing)
}

func (r *rig) goesRefused() {
	used := r.code(simalipay.CodeOK)
	r.want("charge", r.ask(r.scanned(number(20), used)), wallet.Paid)
	zero := r.scanned(number(25), r.code(simalipay.CodeOK))
	zero.Amount.Fen = 0
	for name, c := range map[string]struct {
		q   wallet.Request
		why payment.DeclineReason
	}{
		"used":    {r.scanned(number(21), used), payment.CodeInvalid},
		"expired": {r.scanned(number(22), r.code(simalipay.CodeExpired)), payment.CodeInvalid},
		"poor":    {r.scanned(number(23), r.code(simalipay.CodePoor)), payment.InsufficientFunds},
		"amount":  {zero, payment.FormatError},
	} {
		if a := r.want(name, r.ask(c.q), wallet.Failed); a.Reason != string(c.why) || a.Code == "" {
			r.Errorf("%s: %+v", name, a)
		}
	}
	q := r.scanned(number(20), r.code(simalipay.CodeOK))
	q.Amount.Fen = 2000
	if a := r.want("another trade of the same number", r.ask(q), wallet.Paid); a.RequestedFen != 1000 {
		r.Errorf("what the number stands for is not told: %+v", a)
	}
	spoken := r.request(wallet.Show, number(26))
	spoken.Text = "A/B=C&D"
	r.want("a text that the wallet does not take", r.ask(spoken), wallet.Waiting)
}

func (r *rig) goesBack() {
	one := number(31)
	r.paid(one)
	back := r.back(one, "ref_1")
	a := r.want("refund", r.ask(back), wallet.Returned)
	if a.BackSettledFen != 500 || a.At == 0 || a.BackNumber != "ref_1" {
		r.Errorf("refund: %+v", a)
	}
	if a := r.want("the same refund", r.ask(back), wallet.Returned); a.BackFen != 500 || a.RequestedFen != 1000 {
		r.Errorf("refund: %+v", a)
	}
	back.Again = true
	if a := r.want("refund again", r.ask(back), wallet.Returned); a.At == 0 || a.BackFen != 500 || a.BackSettledFen != 500 {
		r.Errorf("returned: %+v", a)
	}
	r.want("query of what was refunded", r.ask(r.request(wallet.Query, one)), wallet.Paid)
	r.want("withdraw of what was refunded", r.ask(r.request(wallet.Withdraw, one)), wallet.Paid)
	more := r.back(one, "ref_2")
	more.Back.Fen = 600
	if a := r.want("refund of more than there is", r.ask(more), wallet.Failed); a.Reason != string(payment.OriginalAmount) {
		r.Errorf("refused: %+v", a)
	}
	other := r.back(one, "ref_1")
	other.Back.Fen = 400
	if a := r.want("another refund of the same number", r.ask(other), wallet.Returned); a.BackFen != 500 {
		r.Errorf("what the number stands for is not told: %+v", a)
	}
	r.flaw(simalipay.PendingRefund)
	late := r.back(one, "ref_3")
	late.Back.Fen = 100
	r.want("refund that waits", r.ask(late), wallet.Accepted)
	late.Again = true
	r.want("refund that waits still", r.ask(late), wallet.Accepted)
	r.clock.Advance(time.Minute)
	eventually(r, "the refund", func() bool { return r.ask(late).State == wallet.Returned })
	rest := r.back(one, "ref_4")
	rest.Back.Fen, rest.Again = 400, true
	r.want("refund of the rest that never came", r.ask(rest), wallet.Returned)
	r.want("query of what was refunded whole", r.ask(r.request(wallet.Query, one)), wallet.Ended)
	r.want("refund of nothing", r.ask(r.back(number(39), "ref_5")), wallet.Failed)
}

// goesOld holds what is left of a withdrawal after a day.
func (r *rig) goesOld() {
	paid, waiting, quicker, shown := number(41), number(42), number(43), number(44)
	old := func(order string) wallet.Request {
		q := r.request(wallet.Withdraw, order)
		q.Began, q.Expires = noon, noon.Add(10*24*time.Hour)
		return q
	}
	show := func(order string) string {
		q := old(order)
		q.Ask = wallet.Show
		return r.want("show", r.ask(q), wallet.Waiting).Content
	}
	r.scan(show(paid), simalipay.Pay)
	r.scan(show(waiting), simalipay.Leave)
	r.scan(show(quicker), simalipay.Leave)
	show(shown)
	r.clock.Advance(25 * time.Hour)
	r.want("withdraw when paid", r.ask(old(paid)), wallet.Paid)
	r.want("withdraw", r.ask(old(waiting)), wallet.Ended)
	r.flaw(simalipay.PaidAfterClose)
	r.want("withdraw when the payer was quicker", r.ask(old(quicker)), wallet.Paid)
	q := old(shown)
	r.want("withdraw of what can still be scanned", r.ask(q), wallet.Missing)
	q.Expires = r.clock.Now().Add(-time.Hour)
	r.want("withdraw of what nobody can scan any more", r.ask(q), wallet.Ended)
	q = old(paid)
	q.Began = r.clock.Now() // as if our clock were wrong
	if a := r.want("a cancellation that comes too late", r.ask(q), wallet.Paid); a.Code != "ACQ.TRADE_CANCEL_TIME_OUT" {
		r.Errorf("kept: %+v", a)
	}
}

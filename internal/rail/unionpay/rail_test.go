package unionpay_test

import (
	"testing"
	"time"

	"github.com/yifen-pay/yifen/internal/domain/calendar"
	"github.com/yifen-pay/yifen/internal/domain/payment"
	"github.com/yifen-pay/yifen/internal/domain/wallet"
	"github.com/yifen-pay/yifen/internal/sim/kit"
	simunionpay "github.com/yifen-pay/yifen/internal/sim/unionpay"
)

// TestAsk goes through every ask and every state of an order, for a merchant of its own and for one under a provider.
func TestAsk(t *testing.T) {
	for _, m := range modes {
		t.Run(m.name, func(t *testing.T) {
			r := newRig(t, m, simunionpay.Config{})
			t.Run("shown", func(t *testing.T) { r.TB = t; r.goesShown() })
			t.Run("scanned", func(t *testing.T) { r.TB = t; r.goesScanned() })
			t.Run("refused", func(t *testing.T) { r.TB = t; r.goesRefused() })
			t.Run("refunded", func(t *testing.T) { r.TB = t; r.goesBack() })
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
		r.Error("the same order is shown by another code")
	}
	r.want("query", r.ask(r.request(wallet.Query, one)), wallet.Waiting)
	r.scan(content, kit.Leave)
	r.want("query of one who thinks", r.ask(r.request(wallet.Query, one)), wallet.Waiting)
	if _, err := r.wallet.Give(kit.Coupon{Funder: kit.ByMerchant, Amount: 100}); err != nil {
		r.Fatal(err)
	}
	r.scan(content, kit.Pay)
	a := r.want("query", r.ask(r.request(wallet.Query, one)), wallet.Paid)
	if a.RequestedFen != 1000 || a.PaidFen != 900 || a.SettledFen != 900 || a.At != calendar.At(noon) || a.Number == "" {
		r.Errorf("paid: %+v", a)
	}
	q := r.request(wallet.Query, one)
	q.Number = a.Number
	r.want("query with its number", r.ask(q), wallet.Paid)
	q = r.request(wallet.Show, one)
	q.Again = true
	r.want("shown again when paid", r.ask(q), wallet.Paid)
	if a := r.want("withdraw when paid", r.ask(r.request(wallet.Withdraw, one)), wallet.Paid); a.Undone || a.Code != "35" {
		r.Errorf("withdrawn: %+v", a)
	}

	two := number(2)
	r.shown(two)
	r.want("withdraw", r.ask(r.request(wallet.Withdraw, two)), wallet.Ended)
	if a := r.want("withdraw again", r.ask(r.request(wallet.Withdraw, two)), wallet.Ended); a.Undone {
		r.Error("money that nobody paid was given back")
	}
	r.want("shown again when over", r.ask(r.request(wallet.Show, two)), wallet.Ended)

	three := number(3)
	r.shown(three)
	r.flaw(simunionpay.PaidAfterClose)
	r.want("withdraw when the payer was quicker", r.ask(r.request(wallet.Withdraw, three)), wallet.Paid)
	r.want("query of nothing", r.ask(r.request(wallet.Query, number(4))), wallet.Missing)
	r.want("withdraw of nothing", r.ask(r.request(wallet.Withdraw, number(4))), wallet.Missing)
}

func (r *rig) goesScanned() {
	withdraw := func(order string) wallet.Answer {
		q := r.request(wallet.Withdraw, order)
		q.Presented = wallet.Scanned
		return r.ask(q)
	}
	q := r.scanned(number(11), r.code(kit.CodeOK))
	a := r.want("charge", r.ask(q), wallet.Paid)
	if a.RequestedFen != 1000 || a.PaidFen != 1000 || a.SettledFen != 1000 || a.Number == "" || a.At == 0 {
		r.Errorf("charged: %+v", a)
	}
	q.Again = true
	r.want("charge again", r.ask(q), wallet.Paid)
	for _, what := range []string{"withdraw", "withdraw again"} {
		if a := r.want(what, withdraw(number(11)), wallet.Ended); !a.Undone {
			r.Errorf("what was paid is kept: %+v", a)
		}
	}
	r.want("charge when over", r.ask(q), wallet.Ended)

	code := r.code(kit.CodePassword)
	r.want("charge with a password", r.ask(r.scanned(number(12), code)), wallet.Waiting)
	r.want("query", r.ask(r.request(wallet.Query, number(12))), wallet.Waiting)
	if _, err := r.wallet.Password(code.Digits()); err != nil {
		r.Fatal(err)
	}
	r.want("query", r.ask(r.request(wallet.Query, number(12))), wallet.Paid)

	code = r.code(kit.CodePassword)
	r.want("charge with a password", r.ask(r.scanned(number(13), code)), wallet.Waiting)
	if _, err := r.wallet.RefusePassword(code.Digits()); err != nil {
		r.Fatal(err)
	}
	r.want("query when refused", r.ask(r.request(wallet.Query, number(13))), wallet.Failed)

	r.want("charge with a password", r.ask(r.scanned(number(14), r.code(kit.CodePassword))), wallet.Waiting)
	if a := r.want("withdraw of one who types", withdraw(number(14)), wallet.Ended); a.Undone {
		r.Error("money that nobody paid was given back")
	}
	r.want("withdraw of nothing", withdraw(number(15)), wallet.Missing)
	old := r.scanned(number(16), r.code(kit.CodeOK))
	r.want("charge", r.ask(old), wallet.Paid)
	r.clock.Advance(25 * time.Hour)
	if a := r.want("withdraw after a day", withdraw(number(16)), wallet.Paid); a.Code != "39" {
		r.Errorf("kept: %+v", a)
	}
}

func (r *rig) goesRefused() {
	used := r.code(kit.CodeOK)
	r.want("charge", r.ask(r.scanned(number(20), used)), wallet.Paid)
	zero := r.scanned(number(25), r.code(kit.CodeOK))
	zero.Amount.Fen = 0
	for name, c := range map[string]struct {
		q   wallet.Request
		why payment.DeclineReason
	}{
		"used":    {r.scanned(number(21), used), payment.CodeInvalid},
		"expired": {r.scanned(number(22), r.code(kit.CodeExpired)), payment.CodeInvalid},
		"poor":    {r.scanned(number(23), r.code(kit.CodePoor)), payment.InsufficientFunds},
		"amount":  {zero, payment.BadAmount},
	} {
		if a := r.want(name, r.ask(c.q), wallet.Failed); a.Reason != string(c.why) || a.Code == "" {
			r.Errorf("%s: %+v", name, a)
		}
	}
	q := r.scanned(number(20), r.code(kit.CodeOK))
	q.Amount.Fen = 2000
	if a := r.want("another order of the same number", r.ask(q), wallet.Paid); a.RequestedFen != 1000 {
		r.Errorf("what the number stands for is not told: %+v", a)
	}
}

func (r *rig) goesBack() {
	one := number(31)
	r.paid(one)
	back := r.back(one, "refund_01")
	a := r.want("refund", r.ask(back), wallet.Returned)
	if a.BackFen != 500 || a.BackSettledFen != 500 || a.RequestedFen != 1000 || a.At == 0 || a.BackNumber == "" {
		r.Errorf("refund: %+v", a)
	}
	r.want("the same refund", r.ask(back), wallet.Returned)
	back.Again = true
	r.want("refund again", r.ask(back), wallet.Returned)
	r.want("query of what was refunded", r.ask(r.request(wallet.Query, one)), wallet.Paid)
	more := r.back(one, "refund_02")
	more.Back.Fen = 600
	if a := r.want("refund of more than there is", r.ask(more), wallet.Failed); a.Reason != string(payment.BadAmount) {
		r.Errorf("refused: %+v", a)
	}
	other := r.back(one, "refund_01")
	other.Back.Fen = 400
	if a := r.want("another refund of the same number", r.ask(other), wallet.Returned); a.BackFen != 500 {
		r.Errorf("what the number stands for is not told: %+v", a)
	}
	for i, late := range []struct {
		flaw  simunionpay.Flaw
		state wallet.State
	}{{simunionpay.PendingRefund, wallet.Returned}, {simunionpay.FailedRefund, wallet.Failed}} {
		r.flaw(late.flaw)
		q := r.back(one, "refund_1"+string(rune('0'+i)))
		q.Back.Fen = 100
		r.want("refund that waits", r.ask(q), wallet.Accepted)
		q.Again = true
		r.want("refund that waits still", r.ask(q), wallet.Accepted)
		r.clock.Advance(time.Minute)
		eventually(r, string(late.flaw), func() bool { return r.ask(q).State == late.state })
	}
	unknown := r.back(one, "refund_03")
	unknown.Again, unknown.Back.Fen = true, 100
	r.want("refund again that never came", r.ask(unknown), wallet.Returned)
	r.want("refund of nothing", r.ask(r.back(number(39), "refund_04")), wallet.Failed)
}

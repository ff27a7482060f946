package unionpay_test

import (
	"testing"
	"time"

	"github.com/yifen-pay/yifen/internal/domain/calendar"
	"github.com/yifen-pay/yifen/internal/domain/payment"
	"github.com/yifen-pay/yifen/internal/domain/wallet"
	"github.com/yifen-pay/yifen/internal/rail/railtest"
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
			if list := r.Doubted(); len(list) != 0 {
				t.Errorf("doubted: %v", list)
			}
			if n := r.wallet.Stats().Unsigned; n != 0 {
				t.Errorf("%d requests were refused for their signatures", n)
			}
		})
	}
}

func (r *rig) goesShown() {
	one := railtest.Number(1)
	content := r.Shown(one)
	if again := r.Request(wallet.Show, one); r.Ask(again).Content != content {
		r.Error("the same order is shown by another code")
	}
	r.Want("query", r.Ask(r.Request(wallet.Query, one)), wallet.Waiting)
	r.Scan(content, kit.Leave)
	r.Want("query of one who thinks", r.Ask(r.Request(wallet.Query, one)), wallet.Waiting)
	if _, err := r.wallet.Give(kit.Coupon{Funder: kit.ByMerchant, Amount: 100}); err != nil {
		r.Fatal(err)
	}
	r.Scan(content, kit.Pay)
	a := r.Want("query", r.Ask(r.Request(wallet.Query, one)), wallet.Paid)
	if a.RequestedFen != 1000 || a.PaidFen != 900 || a.SettledFen != 900 || a.At != calendar.At(railtest.Noon) || a.Number == "" {
		r.Errorf("paid: %+v", a)
	}
	q := r.Request(wallet.Query, one)
	q.Number = a.Number
	r.Want("query with its number", r.Ask(q), wallet.Paid)
	q = r.Request(wallet.Show, one)
	q.Again = true
	r.Want("shown again when paid", r.Ask(q), wallet.Paid)
	if a := r.Want("withdraw when paid", r.Ask(r.Request(wallet.Withdraw, one)), wallet.Paid); a.Undone || a.Code != "35" {
		r.Errorf("withdrawn: %+v", a)
	}

	two := railtest.Number(2)
	r.Shown(two)
	r.Want("withdraw", r.Ask(r.Request(wallet.Withdraw, two)), wallet.Ended)
	if a := r.Want("withdraw again", r.Ask(r.Request(wallet.Withdraw, two)), wallet.Ended); a.Undone {
		r.Error("money that nobody paid was given back")
	}
	r.Want("shown again when over", r.Ask(r.Request(wallet.Show, two)), wallet.Ended)

	three := railtest.Number(3)
	r.Shown(three)
	r.Flaw(string(simunionpay.PaidAfterClose))
	r.Want("withdraw when the payer was quicker", r.Ask(r.Request(wallet.Withdraw, three)), wallet.Paid)
	r.Want("query of nothing", r.Ask(r.Request(wallet.Query, railtest.Number(4))), wallet.Missing)
	r.Want("withdraw of nothing", r.Ask(r.Request(wallet.Withdraw, railtest.Number(4))), wallet.Missing)
}

func (r *rig) goesScanned() {
	withdraw := func(order string) wallet.Answer {
		q := r.Request(wallet.Withdraw, order)
		q.Presented = wallet.Scanned
		return r.Ask(q)
	}
	q := r.Scanned(railtest.Number(11), r.Code(kit.CodeOK))
	a := r.Want("charge", r.Ask(q), wallet.Paid)
	if a.RequestedFen != 1000 || a.PaidFen != 1000 || a.SettledFen != 1000 || a.Number == "" || a.At == 0 {
		r.Errorf("charged: %+v", a)
	}
	q.Again = true
	r.Want("charge again", r.Ask(q), wallet.Paid)
	for _, what := range []string{"withdraw", "withdraw again"} {
		if a := r.Want(what, withdraw(railtest.Number(11)), wallet.Ended); !a.Undone {
			r.Errorf("what was paid is kept: %+v", a)
		}
	}
	r.Want("charge when over", r.Ask(q), wallet.Ended)

	code := r.Code(kit.CodePassword)
	r.Want("charge with a password", r.Ask(r.Scanned(railtest.Number(12), code)), wallet.Waiting)
	r.Want("query", r.Ask(r.Request(wallet.Query, railtest.Number(12))), wallet.Waiting)
	if _, err := r.wallet.Password(code.Digits()); err != nil {
		r.Fatal(err)
	}
	r.Want("query", r.Ask(r.Request(wallet.Query, railtest.Number(12))), wallet.Paid)

	code = r.Code(kit.CodePassword)
	r.Want("charge with a password", r.Ask(r.Scanned(railtest.Number(13), code)), wallet.Waiting)
	if _, err := r.wallet.RefusePassword(code.Digits()); err != nil {
		r.Fatal(err)
	}
	r.Want("query when refused", r.Ask(r.Request(wallet.Query, railtest.Number(13))), wallet.Failed)

	r.Want("charge with a password", r.Ask(r.Scanned(railtest.Number(14), r.Code(kit.CodePassword))), wallet.Waiting)
	if a := r.Want("withdraw of one who types", withdraw(railtest.Number(14)), wallet.Ended); a.Undone {
		r.Error("money that nobody paid was given back")
	}
	r.Want("withdraw of nothing", withdraw(railtest.Number(15)), wallet.Missing)
	old := r.Scanned(railtest.Number(16), r.Code(kit.CodeOK))
	r.Want("charge", r.Ask(old), wallet.Paid)
	r.Party.Clock.Advance(25 * time.Hour)
	if a := r.Want("withdraw after a day", withdraw(railtest.Number(16)), wallet.Paid); a.Code != "39" {
		r.Errorf("kept: %+v", a)
	}
}

func (r *rig) goesRefused() {
	used := r.Code(kit.CodeOK)
	r.Want("charge", r.Ask(r.Scanned(railtest.Number(20), used)), wallet.Paid)
	zero := r.Scanned(railtest.Number(25), r.Code(kit.CodeOK))
	zero.Amount.Fen = 0
	for name, c := range map[string]struct {
		q   wallet.Request
		why payment.DeclineReason
	}{
		"used":    {r.Scanned(railtest.Number(21), used), payment.CodeInvalid},
		"expired": {r.Scanned(railtest.Number(22), r.Code(kit.CodeExpired)), payment.CodeInvalid},
		"poor":    {r.Scanned(railtest.Number(23), r.Code(kit.CodePoor)), payment.InsufficientFunds},
		"amount":  {zero, payment.BadAmount},
	} {
		if a := r.Want(name, r.Ask(c.q), wallet.Failed); a.Reason != string(c.why) || a.Code == "" {
			r.Errorf("%s: %+v", name, a)
		}
	}
	q := r.Scanned(railtest.Number(20), r.Code(kit.CodeOK))
	q.Amount.Fen = 2000
	if a := r.Want("another order of the same number", r.Ask(q), wallet.Paid); a.RequestedFen != 1000 {
		r.Errorf("what the number stands for is not told: %+v", a)
	}
}

func (r *rig) goesBack() {
	one := railtest.Number(31)
	r.Paid(one)
	back := r.Back(one, "refund_01")
	a := r.Want("refund", r.Ask(back), wallet.Returned)
	if a.BackFen != 500 || a.BackSettledFen != 500 || a.RequestedFen != 1000 || a.At == 0 || a.BackNumber == "" {
		r.Errorf("refund: %+v", a)
	}
	r.Want("the same refund", r.Ask(back), wallet.Returned)
	back.Again = true
	r.Want("refund again", r.Ask(back), wallet.Returned)
	r.Want("query of what was refunded", r.Ask(r.Request(wallet.Query, one)), wallet.Paid)
	more := r.Back(one, "refund_02")
	more.Back.Fen = 600
	if a := r.Want("refund of more than there is", r.Ask(more), wallet.Failed); a.Reason != string(payment.BadAmount) {
		r.Errorf("refused: %+v", a)
	}
	other := r.Back(one, "refund_01")
	other.Back.Fen = 400
	if a := r.Want("another refund of the same number", r.Ask(other), wallet.Returned); a.BackFen != 500 {
		r.Errorf("what the number stands for is not told: %+v", a)
	}
	for i, late := range []struct {
		flaw  simunionpay.Flaw
		state wallet.State
	}{{simunionpay.PendingRefund, wallet.Returned}, {simunionpay.FailedRefund, wallet.Failed}} {
		r.Flaw(string(late.flaw))
		q := r.Back(one, "refund_1"+string(rune('0'+i)))
		q.Back.Fen = 100
		r.Want("refund that waits", r.Ask(q), wallet.Accepted)
		q.Again = true
		r.Want("refund that waits still", r.Ask(q), wallet.Accepted)
		r.Party.Clock.Advance(time.Minute)
		railtest.Eventually(r, string(late.flaw), func() bool { return r.Ask(q).State == late.state })
	}
	unknown := r.Back(one, "refund_03")
	unknown.Again, unknown.Back.Fen = true, 100
	r.Want("refund again that never came", r.Ask(unknown), wallet.Returned)
	r.Want("refund of nothing", r.Ask(r.Back(railtest.Number(39), "refund_04")), wallet.Failed)
}

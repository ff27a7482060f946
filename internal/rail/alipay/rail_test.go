package alipay_test

import (
	"testing"
	"time"

	"github.com/yifen-pay/yifen/internal/domain/calendar"
	"github.com/yifen-pay/yifen/internal/domain/payment"
	"github.com/yifen-pay/yifen/internal/domain/wallet"
	"github.com/yifen-pay/yifen/internal/rail/railtest"
	simalipay "github.com/yifen-pay/yifen/internal/sim/alipay"
	"github.com/yifen-pay/yifen/internal/sim/kit"
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
		r.Error("the same trade is shown by another code")
	}
	r.Want("query before anybody scanned", r.Ask(r.Request(wallet.Query, one)), wallet.Missing)
	r.Scan(content, kit.Leave)
	r.Want("query of one who thinks", r.Ask(r.Request(wallet.Query, one)), wallet.Waiting)
	if _, err := r.wallet.Give(simalipay.Coupon{Funder: simalipay.ByMerchant, Amount: 100}); err != nil {
		r.Fatal(err)
	}
	r.Scan(content, kit.Pay)
	a := r.Want("query", r.Ask(r.Request(wallet.Query, one)), wallet.Paid)
	if a.RequestedFen != 1000 || a.PaidFen != 900 || a.SettledFen != 900 || a.At != calendar.At(railtest.Noon) || a.Number == "" || a.Payer == "" || a.Bank == "" {
		r.Errorf("paid: %+v", a)
	}
	q := r.Request(wallet.Show, one)
	q.Again = true
	r.Want("shown again when paid", r.Ask(q), wallet.Paid)
	if a := r.Want("withdraw when paid", r.Ask(r.Request(wallet.Withdraw, one)), wallet.Ended); !a.Undone {
		r.Errorf("what was paid is kept: %+v", a)
	}
	if a := r.Want("query", r.Ask(r.Request(wallet.Query, one)), wallet.Ended); !a.Undone {
		r.Errorf("what was paid is kept: %+v", a)
	}

	two := railtest.Number(2)
	content = r.Shown(two)
	if a := r.Want("withdraw", r.Ask(r.Request(wallet.Withdraw, two)), wallet.Ended); a.Undone {
		r.Error("money that nobody paid was given back")
	}
	r.Want("withdraw again", r.Ask(r.Request(wallet.Withdraw, two)), wallet.Ended)
	r.Want("query of what never was", r.Ask(r.Request(wallet.Query, two)), wallet.Missing)
	if state, err := r.wallet.Scan(content, kit.Pay); state == simalipay.Success {
		r.Errorf("a withdrawn code is paid: %v", err)
	}
	r.Want("shown again when over", r.Ask(r.Request(wallet.Show, two)), wallet.Ended)

	three := railtest.Number(3)
	r.Scan(r.Shown(three), kit.Leave)
	if a := r.Want("withdraw of one who thinks", r.Ask(r.Request(wallet.Withdraw, three)), wallet.Ended); a.Undone {
		r.Error("money that nobody paid was given back")
	}
	r.Want("query", r.Ask(r.Request(wallet.Query, three)), wallet.Ended)

	r.Scan(r.Shown(railtest.Number(4)), kit.Leave)
	for range 3 {
		r.Flaw(string(simalipay.RetryCancel))
	}
	r.Want("withdraw that the wallet wants again", r.Ask(r.Request(wallet.Withdraw, railtest.Number(4))), wallet.Silent)
	r.Flaw(string(simalipay.RetryCancel))
	r.Want("withdraw that the wallet wants twice", r.Ask(r.Request(wallet.Withdraw, railtest.Number(4))), wallet.Ended)
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
	if a := r.Want("withdraw", withdraw(railtest.Number(11)), wallet.Ended); !a.Undone {
		r.Errorf("what was paid is kept: %+v", a)
	}
	if a := r.Want("withdraw again", withdraw(railtest.Number(11)), wallet.Ended); !a.Undone {
		r.Errorf("what was paid is kept: %+v", a)
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
	r.Want("query when refused", r.Ask(r.Request(wallet.Query, railtest.Number(13))), wallet.Ended)

	r.Want("charge with a password", r.Ask(r.Scanned(railtest.Number(14), r.Code(kit.CodePassword))), wallet.Waiting)
	if a := r.Want("withdraw of one who types", withdraw(railtest.Number(14)), wallet.Ended); a.Undone {
		r.Error("money that nobody paid was given back")
	}
	r.Want("withdraw of nothing, which may still come", withdraw(railtest.Number(15)), wallet.Missing)
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
		"amount":  {zero, payment.FormatError},
	} {
		if a := r.Want(name, r.Ask(c.q), wallet.Failed); a.Reason != string(c.why) || a.Code == "" {
			r.Errorf("%s: %+v", name, a)
		}
	}
	q := r.Scanned(railtest.Number(20), r.Code(kit.CodeOK))
	q.Amount.Fen = 2000
	if a := r.Want("another trade of the same number", r.Ask(q), wallet.Paid); a.RequestedFen != 1000 {
		r.Errorf("what the number stands for is not told: %+v", a)
	}
	spoken := r.Request(wallet.Show, railtest.Number(26))
	spoken.Text = "A/B=C&D"
	r.Want("a text that the wallet does not take", r.Ask(spoken), wallet.Waiting)
}

func (r *rig) goesBack() {
	one := railtest.Number(31)
	r.Paid(one)
	back := r.Back(one, "ref_1")
	a := r.Want("refund", r.Ask(back), wallet.Returned)
	if a.BackSettledFen != 500 || a.At == 0 || a.BackNumber != "ref_1" {
		r.Errorf("refund: %+v", a)
	}
	if a := r.Want("the same refund", r.Ask(back), wallet.Returned); a.BackFen != 500 || a.RequestedFen != 1000 {
		r.Errorf("refund: %+v", a)
	}
	back.Again = true
	if a := r.Want("refund again", r.Ask(back), wallet.Returned); a.At == 0 || a.BackFen != 500 || a.BackSettledFen != 500 {
		r.Errorf("returned: %+v", a)
	}
	r.Want("query of what was refunded", r.Ask(r.Request(wallet.Query, one)), wallet.Paid)
	r.Want("withdraw of what was refunded", r.Ask(r.Request(wallet.Withdraw, one)), wallet.Paid)
	more := r.Back(one, "ref_2")
	more.Back.Fen = 600
	if a := r.Want("refund of more than there is", r.Ask(more), wallet.Failed); a.Reason != string(payment.OriginalAmount) {
		r.Errorf("refused: %+v", a)
	}
	other := r.Back(one, "ref_1")
	other.Back.Fen = 400
	if a := r.Want("another refund of the same number", r.Ask(other), wallet.Returned); a.BackFen != 500 {
		r.Errorf("what the number stands for is not told: %+v", a)
	}
	r.Flaw(string(simalipay.PendingRefund))
	late := r.Back(one, "ref_3")
	late.Back.Fen = 100
	r.Want("refund that waits", r.Ask(late), wallet.Accepted)
	late.Again = true
	r.Want("refund that waits still", r.Ask(late), wallet.Accepted)
	r.Party.Clock.Advance(time.Minute)
	railtest.Eventually(r, "the refund", func() bool { return r.Ask(late).State == wallet.Returned })
	rest := r.Back(one, "ref_4")
	rest.Back.Fen, rest.Again = 400, true
	r.Want("refund of the rest that never came", r.Ask(rest), wallet.Returned)
	r.Want("query of what was refunded whole", r.Ask(r.Request(wallet.Query, one)), wallet.Ended)
	r.Want("refund of nothing", r.Ask(r.Back(railtest.Number(39), "ref_5")), wallet.Failed)
}

// goesOld holds what is left of a withdrawal after a day.
func (r *rig) goesOld() {
	paid, waiting, quicker, shown := railtest.Number(41), railtest.Number(42), railtest.Number(43), railtest.Number(44)
	old := func(order string) wallet.Request {
		q := r.Request(wallet.Withdraw, order)
		q.Began, q.Expires = railtest.Noon, railtest.Noon.Add(10*24*time.Hour)
		return q
	}
	show := func(order string) string {
		q := old(order)
		q.Ask = wallet.Show
		return r.Want("show", r.Ask(q), wallet.Waiting).Content
	}
	r.Scan(show(paid), kit.Pay)
	r.Scan(show(waiting), kit.Leave)
	r.Scan(show(quicker), kit.Leave)
	show(shown)
	r.Party.Clock.Advance(25 * time.Hour)
	r.Want("withdraw when paid", r.Ask(old(paid)), wallet.Paid)
	r.Want("withdraw", r.Ask(old(waiting)), wallet.Ended)
	r.Flaw(string(simalipay.PaidAfterClose))
	r.Want("withdraw when the payer was quicker", r.Ask(old(quicker)), wallet.Paid)
	q := old(shown)
	r.Want("withdraw of what can still be scanned", r.Ask(q), wallet.Missing)
	q.Expires = r.Party.Clock.Now().Add(-time.Hour)
	r.Want("withdraw of what nobody can scan any more", r.Ask(q), wallet.Ended)
	q = old(paid)
	q.Began = r.Party.Clock.Now() // as if our clock were wrong
	if a := r.Want("a cancellation that comes too late", r.Ask(q), wallet.Paid); a.Code != "ACQ.TRADE_CANCEL_TIME_OUT" {
		r.Errorf("kept: %+v", a)
	}
}

package wechat_test

import (
	"testing"
	"time"

	"github.com/yifen-pay/yifen/internal/domain/calendar"
	"github.com/yifen-pay/yifen/internal/domain/payment"
	"github.com/yifen-pay/yifen/internal/domain/wallet"
	"github.com/yifen-pay/yifen/internal/rail/railtest"
	"github.com/yifen-pay/yifen/internal/sim/kit"
	simwechat "github.com/yifen-pay/yifen/internal/sim/wechat"
)

// TestAsk goes through every ask and every state of an order, in each mode of an account.
func TestAsk(t *testing.T) {
	for _, m := range modes {
		t.Run(m.name, func(t *testing.T) {
			r := newRig(t, m, simwechat.Config{})
			t.Run("shown", func(t *testing.T) { r.TB = t; r.goesShown() })
			t.Run("scanned", func(t *testing.T) { r.TB = t; r.goesScanned() })
			t.Run("refused", func(t *testing.T) { r.TB = t; r.goesRefused() })
			t.Run("refunded", func(t *testing.T) { r.TB = t; r.goesBack() })
			t.Run("given back late", func(t *testing.T) { r.TB = t; r.goesStuck() })
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
	if _, err := r.wallet.Give(simwechat.Coupon{Funder: simwechat.ByMerchant, Amount: 100}); err != nil {
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
	if a := r.Want("withdraw when paid", r.Ask(r.Request(wallet.Withdraw, one)), wallet.Paid); a.Undone || a.PaidFen != 900 {
		r.Errorf("withdrawn: %+v", a)
	}

	two := railtest.Number(2)
	r.Shown(two)
	r.Want("withdraw", r.Ask(r.Request(wallet.Withdraw, two)), wallet.Ended)
	r.Want("withdraw again", r.Ask(r.Request(wallet.Withdraw, two)), wallet.Ended)
	if a := r.Want("query", r.Ask(r.Request(wallet.Query, two)), wallet.Ended); a.Undone {
		r.Error("money that nobody paid was given back")
	}
	r.Want("shown again when over", r.Ask(r.Request(wallet.Show, two)), wallet.Ended)

	three := railtest.Number(3)
	r.Shown(three)
	r.Flaw(string(simwechat.PaidAfterClose))
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
	if a.RequestedFen != 1000 || a.PaidFen != 1000 || a.SettledFen != 1000 || a.Number == "" || a.Undone {
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
	r.Want("query when refused", r.Ask(r.Request(wallet.Query, railtest.Number(13))), wallet.Failed)

	r.Want("charge with a password", r.Ask(r.Scanned(railtest.Number(14), r.Code(kit.CodePassword))), wallet.Waiting)
	if a := r.Want("withdraw of one who types", withdraw(railtest.Number(14)), wallet.Ended); a.Undone {
		r.Error("money that nobody paid was given back")
	}
	r.Want("withdraw of nothing", withdraw(railtest.Number(15)), wallet.Missing)
}

func (r *rig) goesRefused() {
	used := r.Code(kit.CodeOK)
	r.Want("charge", r.Ask(r.Scanned(railtest.Number(20), used)), wallet.Paid)
	none, err := wallet.Parse("130000000000000000")
	if err != nil {
		r.Fatal(err)
	}
	long := r.Scanned(railtest.Number(25), r.Code(kit.CodeOK))
	long.Amount.Fen = 0
	for why, q := range map[payment.DeclineReason]wallet.Request{
		payment.CodeUsed:          r.Scanned(railtest.Number(21), used),
		payment.CodeExpired:       r.Scanned(railtest.Number(22), r.Code(kit.CodeExpired)),
		payment.InsufficientFunds: r.Scanned(railtest.Number(23), r.Code(kit.CodePoor)),
		payment.CodeInvalid:       r.Scanned(railtest.Number(24), none),
		payment.FormatError:       long,
	} {
		if a := r.Want(string(why), r.Ask(q), wallet.Failed); a.Reason != string(why) || a.Code == "" {
			r.Errorf("%s: %+v", why, a)
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
	back := r.Back(one, "ref_1")
	a := r.Want("refund", r.Ask(back), wallet.Accepted)
	if a.RequestedFen != 1000 || a.BackFen != 500 || a.BackSettledFen != 500 || a.BackNumber == "" {
		r.Errorf("refund: %+v", a)
	}
	back.Again = true
	r.Want("refund again", r.Ask(back), wallet.Accepted)
	r.Party.Clock.Advance(time.Minute)
	railtest.Eventually(r, "the refund", func() bool {
		refund, _ := r.wallet.Refund(r.seller, "ref_1")
		return refund.Status == simwechat.RefundSuccess
	})
	if a := r.Want("refund again", r.Ask(back), wallet.Returned); a.At == 0 || a.BackFen != 500 {
		r.Errorf("returned: %+v", a)
	}
	r.Want("query of what was refunded", r.Ask(r.Request(wallet.Query, one)), wallet.Paid)
	more := r.Back(one, "ref_2")
	more.Back.Fen = 600
	if a := r.Want("refund of more than there is", r.Ask(more), wallet.Failed); a.Reason != string(payment.InvalidTransaction) {
		r.Errorf("refused: %+v", a)
	}
	other := r.Back(one, "ref_1")
	other.Back.Fen = 400
	if a := r.Want("another refund of the same number", r.Ask(other), wallet.Returned); a.BackFen != 500 {
		r.Errorf("what the number stands for is not told: %+v", a)
	}
	unknown := r.Back(one, "ref_3")
	unknown.Again = true
	r.Want("refund again that never came", r.Ask(unknown), wallet.Accepted)
	r.Want("refund of nothing", r.Ask(r.Back(railtest.Number(39), "ref_4")), wallet.Failed)
}

func (r *rig) goesStuck() {
	one := railtest.Number(41)
	r.Paid(one)
	for i, want := range []struct {
		flaw  simwechat.Flaw
		state wallet.State
	}{{simwechat.AbnormalRefund, wallet.Stuck}, {simwechat.ClosedRefund, wallet.Failed}} {
		r.Flaw(string(want.flaw))
		back := r.Back(one, "stuck_"+string(rune('a'+i)))
		back.Back.Fen = 100
		r.Want("refund", r.Ask(back), wallet.Accepted)
		r.Party.Clock.Advance(time.Minute)
		back.Again = true
		railtest.Eventually(r, string(want.flaw), func() bool { return r.Ask(back).State == want.state })
	}
}

// TestAsk_passwordAsError holds that a 202 is no success.
func TestAsk_passwordAsError(t *testing.T) {
	r := newRig(t, modes[0], simwechat.Config{PasswordAsError: true})
	code := r.Code(kit.CodePassword)
	r.Want("charge", r.Ask(r.Scanned(railtest.Number(1), code)), wallet.Waiting)
	q := r.Request(wallet.Withdraw, railtest.Number(1))
	r.Want("close of one who types", r.Ask(q), wallet.Waiting)
	q.Presented = wallet.Scanned
	r.Want("reverse", r.Ask(q), wallet.Ended)
}

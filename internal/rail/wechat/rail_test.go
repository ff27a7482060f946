package wechat_test

import (
	"testing"
	"time"

	"github.com/yifen-pay/yifen/internal/domain/calendar"
	"github.com/yifen-pay/yifen/internal/domain/payment"
	"github.com/yifen-pay/yifen/internal/domain/wallet"
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
	r.scan(content, simwechat.Leave)
	r.want("query of one who thinks", r.ask(r.request(wallet.Query, one)), wallet.Waiting)
	if _, err := r.wallet.Give(simwechat.Coupon{Funder: simwechat.ByMerchant, Amount: 100}); err != nil {
		r.Fatal(err)
	}
	r.scan(content, simwechat.Pay)
	a := r.want("query", r.ask(r.request(wallet.Query, one)), wallet.Paid)
	if a.RequestedFen != 1000 || a.PaidFen != 900 || a.SettledFen != 900 || a.At != calendar.At(noon) || a.Number == "" || a.Payer == "" || a.Bank == "" {
		r.Errorf("paid: %+v", a)
	}
	q := r.request(wallet.Show, one)
	q.Again = true
	r.want("shown again when paid", r.ask(q), wallet.Paid)
	if a := r.want("withdraw when paid", r.ask(r.request(wallet.Withdraw, one)), wallet.Paid); a.Undone || a.PaidFen != 900 {
		r.Errorf("withdrawn: %+v", a)
	}

	two := number(2)
	content = r.shown(two)
	r.want("withdraw", r.ask(r.request(wallet.Withdraw, two)), wallet.Ended)
	r.want("withdraw again", r.ask(r.request(wallet.Withdraw, two)), wallet.Ended)
	if a := r.want("query", r.ask(r.request(wallet.Query, two)), wallet.Ended); a.Undone {
		r.Error("money that nobody paid was given back")
	}
	r.want("shown again when over", r.ask(r.request(wallet.Show, two)), wallet.Ended)

	three := number(3)
	r.shown(three)
	r.flaw(simwechat.PaidAfterClose)
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
	q := r.scanned(number(11), r.code(simwechat.CodeOK))
	a := r.want("charge", r.ask(q), wallet.Paid)
	if a.RequestedFen != 1000 || a.PaidFen != 1000 || a.SettledFen != 1000 || a.Number == "" || a.Undone {
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

	code := r.code(simwechat.CodePassword)
	r.want("charge with a password", r.ask(r.scanned(number(12), code)), wallet.Waiting)
	r.want("query", r.ask(r.request(wallet.Query, number(12))), wallet.Waiting)
	if _, err := r.wallet.Password(code.Digits()); err != nil {
		r.Fatal(err)
	}
	r.want("query", r.ask(r.request(wallet.Query, number(12))), wallet.Paid)

	code = r.code(simwechat.CodePassword)
	r.want("charge with a password", r.ask(r.scanned(number(13), code)), wallet.Waiting)
	if _, err := r.wallet.RefusePassword(code.Digits()); err != nil {
		r.Fatal(err)
	}
	r.want("query when refused", r.ask(r.request(wallet.Query, number(13))), wallet.Failed)

	r.want("charge with a password", r.ask(r.scanned(number(14), r.code(simwechat.CodePassword))), wallet.Waiting)
	if a := r.want("withdraw of one who types", withdraw(number(14)), wallet.Ended); a.Undone {
		r.Error("money that nobody paid was given back")
	}
	r.want("withdraw of nothing", withdraw(number(15)), wallet.Missing)
}

func (r *rig) goesRefused() {
	used := r.code(simwechat.CodeOK)
	r.want("charge", r.ask(r.scanned(number(20), used)), wallet.Paid)
	none, err := wallet.Parse("130000000000000000")
	if err != nil {
		r.Fatal(err)
	}
	long := r.scanned(number(25), r.code(simwechat.CodeOK))
	long.Amount.Fen = 0
	for why, q := range map[payment.DeclineReason]wallet.Request{
		payment.CodeUsed:          r.scanned(number(21), used),
		payment.CodeExpired:       r.scanned(number(22), r.code(simwechat.CodeExpired)),
		payment.InsufficientFunds: r.scanned(number(23), r.code(simwechat.CodePoor)),
		payment.CodeInvalid:       r.scanned(number(24), none),
		payment.FormatError:       long,
	} {
		if a := r.want(string(why), r.ask(q), wallet.Failed); a.Reason != string(why) || a.Code == "" {
			r.Errorf("%s: %+v", why, a)
		}
	}
	q := r.scanned(number(20), r.code(simwechat.CodeOK))
	q.Amount.Fen = 2000
	if a := r.want("another order of the same number", r.ask(q), wallet.Paid); a.RequestedFen != 1000 {
		r.Errorf("what the number stands for is not told: %+v", a)
	}
}

func (r *rig) goesBack() {
	one := number(31)
	r.paid(one)
	back := r.back(one, "ref_1")
	a := r.want("refund", r.ask(back), wallet.Accepted)
	if a.RequestedFen != 1000 || a.BackFen != 500 || a.BackSettledFen != 500 || a.BackNumber == "" {
		r.Errorf("refund: %+v", a)
	}
	back.Again = true
	r.want("refund again", r.ask(back), wallet.Accepted)
	r.clock.Advance(time.Minute)
	eventually(r, "the refund", func() bool {
		refund, _ := r.wallet.Refund(r.seller, "ref_1")
		return refund.Status == simwechat.RefundSuccess
	})
	if a := r.want("refund again", r.ask(back), wallet.Returned); a.At == 0 || a.BackFen != 500 {
		r.Errorf("returned: %+v", a)
	}
	r.want("query of what was refunded", r.ask(r.request(wallet.Query, one)), wallet.Paid)
	more := r.back(one, "ref_2")
	more.Back.Fen = 600
	if a := r.want("refund of more than there is", r.ask(more), wallet.Failed); a.Reason != string(payment.InvalidTransaction) {
		r.Errorf("refused: %+v", a)
	}
	other := r.back(one, "ref_1")
	other.Back.Fen = 400
	if a := r.want("another refund of the same number", r.ask(other), wallet.Returned); a.BackFen != 500 {
		r.Errorf("what the number stands for is not told: %+v", a)
	}
	unknown := r.back(one, "ref_3")
	unknown.Again = true
	r.want("refund again that never came", r.ask(unknown), wallet.Accepted)
	r.want("refund of nothing", r.ask(r.back(number(39), "ref_4")), wallet.Failed)
}

func (r *rig) goesStuck() {
	one := number(41)
	r.paid(one)
	for i, want := range []struct {
		flaw  simwechat.Flaw
		state wallet.State
	}{{simwechat.AbnormalRefund, wallet.Stuck}, {simwechat.ClosedRefund, wallet.Failed}} {
		r.flaw(want.flaw)
		back := r.back(one, "stuck_"+string(rune('a'+i)))
		back.Back.Fen = 100
		r.want("refund", r.ask(back), wallet.Accepted)
		r.clock.Advance(time.Minute)
		back.Again = true
		eventually(r, string(want.flaw), func() bool { return r.ask(back).State == want.state })
	}
}

// TestAsk_passwordAsError holds that a 202 is no success.
func TestAsk_passwordAsError(t *testing.T) {
	r := newRig(t, modes[0], simwechat.Config{PasswordAsError: true})
	code := r.code(simwechat.CodePassword)
	r.want("charge", r.ask(r.scanned(number(1), code)), wallet.Waiting)
	q := r.request(wallet.Withdraw, number(1))
	r.want("close of one who types", r.ask(q), wallet.Waiting)
	q.Presented = wallet.Scanned
	r.want("reverse", r.ask(q), wallet.Ended)
}

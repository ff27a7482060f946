package kit_test

import (
	"errors"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/yifen-pay/yifen/internal/sim/kit"
)

func newBooks() *kit.Books { return &kit.Books{Ledger: kit.NewLedger(), Outbox: &kit.Outbox{}} }

// apply books lines, or fails the test.
func apply(t *testing.T, b *kit.Books, lines []kit.Line) {
	t.Helper()
	e := kit.Entry{At: noon, Ref: "1", Lines: lines}
	if err := b.Check(e); err != nil {
		t.Fatal(err)
	}
	b.Apply(e, "order")
}

// TestParts_Refund holds that refunds of any amounts give back to the fen what was paid, whichever of them come to
// nothing meanwhile.
func TestParts_Refund(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		total := rapid.Int64Range(1, 1_000_000).Draw(t, "total")
		coupon := rapid.Int64Range(0, total-1).Draw(t, "coupon")
		provider, merchant := coupon, int64(0)
		if rapid.Bool().Draw(t, "merchant's") {
			provider, merchant = 0, coupon
		}
		paid := kit.PartsOf(total, provider, merchant, rapid.Int64Range(0, 50_000).Draw(t, "rate"))
		var given kit.Parts
		var waiting []kit.Parts
		for steps := rapid.IntRange(0, 12).Draw(t, "steps"); steps > 0; steps-- {
			if len(waiting) > 0 && rapid.Bool().Draw(t, "fails") {
				given = given.Minus(waiting[0])
				waiting = waiting[1:]
			}
			if rest := total - given.Total; rest > 0 {
				back := paid.Refund(given, rapid.Int64Range(1, rest).Draw(t, "amount"))
				given = given.Plus(back)
				waiting = append(waiting, back)
			}
		}
		if rest := total - given.Total; rest > 0 {
			last := paid.Refund(given, rest)
			given = given.Plus(last)
		}
		if given != paid {
			t.Fatalf("of %+v all is given back but %+v", paid, paid.Minus(given))
		}
	})
}

func TestPartsOf(t *testing.T) {
	for _, test := range []struct{ total, provider, merchant, rate int64 }{{1000, 334, 0, 6000}, {1000, 0, 334, 6000}, {83, 0, 0, 6000}, {84, 0, 0, 6000}} {
		got := kit.PartsOf(test.total, test.provider, test.merchant, test.rate)
		want := map[int64]kit.Parts{
			1000: {Total: 1000, Payer: 666, Settlement: 1000, Fee: 6, Provider: 334}, 83: {Total: 83, Payer: 83, Settlement: 83}, 84: {Total: 84, Payer: 84, Settlement: 84, Fee: 1},
		}[test.total]
		if test.merchant > 0 {
			want = kit.Parts{Total: 1000, Payer: 666, Settlement: 666, Fee: 4, Merchant: 334}
		}
		if got != want {
			t.Errorf("%+v has the parts %+v, want %+v", test, got, want)
		}
	}
}

// TestBooks_Audit books a day of a wallet and then holds that each thing told otherwise is found.
func TestBooks_Audit(t *testing.T) {
	b := newBooks()
	apply(t, b, kit.OpeningLines(kit.PayerAccount(kit.PayerRich), 10_000))
	if _, err := newDesk(t, b).Give(kit.Coupon{Funder: kit.ByProvider, Amount: 100}); err != nil {
		t.Fatal(err)
	}
	used, spent := b.Pocket.Spend("m", 1000, 1)
	b.Apply(kit.Entry{At: noon, Coupon: spent}, "")
	paid := kit.PartsOf(1000, 100, 0, 6000)
	apply(t, b, kit.PaymentLines("m", kit.PayerRich, paid))
	first := paid.Refund(kit.Parts{}, 400)
	apply(t, b, kit.RefundLines("m", first))
	apply(t, b, kit.ArrivalLines(kit.PayerRich, first))
	second := paid.Refund(first, 100)
	apply(t, b, kit.RefundLines("m", second))
	apply(t, b, kit.ReturnLines("m", second))
	third := paid.Refund(first, 50)
	apply(t, b, kit.RefundLines("m", third))
	other := kit.PartsOf(500, 0, 0, 6000)
	apply(t, b, kit.PaymentLines("m", kit.PayerRich, other))
	apply(t, b, kit.ReversalLines("m", kit.PayerRich, other))
	desk := newDesk(t, b)
	for _, test := range []struct {
		amount int64
		want   error
	}{{548, kit.ErrBalance}, {0, kit.ErrBalance}, {-1, kit.ErrBalance}, {547, nil}, {1, kit.ErrBalance}} {
		if err := desk.Withdraw("m", test.amount); err != test.want {
			t.Errorf("%d fen are paid out with %v", test.amount, err)
		}
	}
	day := func() []kit.Audited {
		return []kit.Audited{
			{Name: "1", Number: 1, Merchant: "m", Payer: kit.PayerRich, Paid: true, Parts: paid, Given: first.Plus(third), Coupons: used, Refunds: []kit.AuditedRefund{
				{Parts: first, Arrived: true}, {Parts: second, Failed: true}, {Parts: third},
			}},
			{Name: "2", Number: 2, Merchant: "m", Payer: kit.PayerRich, Paid: true, Parts: other, Given: other, Refunds: []kit.AuditedRefund{{Parts: other, Arrived: true}}},
			{Name: "3", Number: 3, Merchant: "m"},
		}
	}
	for name, test := range map[string]struct {
		change func([]kit.Audited)
		want   string
	}{
		"nothing":                       {func([]kit.Audited) {}, ""},
		"a payment that is not there":   {func(o []kit.Audited) { o[1].Paid = false }, "its orders and refunds say"},
		"a refund that has not arrived": {func(o []kit.Audited) { o[0].Refunds[2].Arrived = true }, "its orders and refunds say"},
		"a refund that did not fail":    {func(o []kit.Audited) { o[0].Refunds[1].Failed = false }, "what it gave back"},
		"what was given back":           {func(o []kit.Audited) { o[0].Given.Fee++ }, "what it gave back"},
		"parts that are not the total":  {func(o []kit.Audited) { o[1].Parts.Payer-- }, "its parts are not its total"},
		"a part below nothing":          {func(o []kit.Audited) { o[1].Parts.Fee = -1 }, "negative"},
		"more given back than was paid": {func(o []kit.Audited) { o[0].Parts = kit.PartsOf(400, 100, 0, 6000) }, "gave back more"},
		"what the wallet finds wrong":   {func(o []kit.Audited) { o[2].Wrong = errors.New("its state is unknown") }, "order 3 of merchant m: its state is unknown"},
		"a coupon that was not used":    {func(o []kit.Audited) { o[0].Coupons = nil }, "order 1 spent it"},
		"a coupon that was used twice":  {func(o []kit.Audited) { o[1].Coupons = used }, "orders [1 2] did"},
		"a refund of what nobody paid": {func(o []kit.Audited) {
			o[2].Given, o[2].Refunds = first, []kit.AuditedRefund{{Parts: first, Arrived: true}}
		}, "gave back more"},
		"a refund whose parts are wrong": {func(o []kit.Audited) { o[0].Refunds[0].Parts.Payer++ }, "refund 1: its parts are not its total"},
	} {
		orders := day()
		test.change(orders)
		err := b.Audit(orders)
		if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: the audit says %v, want %q", name, err, test.want)
		}
	}
	if err := b.Check(kit.Entry{Lines: []kit.Line{{Account: "a", Amount: 1}}}); err == nil {
		t.Error("money comes from nowhere")
	}
	apply(t, b, []kit.Line{{Account: "merchant:x", Amount: -1, Kind: kit.KindWithdrawal}, {Account: kit.Outside, Amount: 1, Kind: kit.KindWithdrawal}})
	if err := b.Audit(day()); err == nil || !strings.Contains(err.Error(), "overdrawn by 1 fen") {
		t.Errorf("an overdraft is found by %v", err)
	}
}

func TestLedger_History(t *testing.T) {
	b := newBooks()
	apply(t, b, kit.OpeningLines("a", 10))
	apply(t, b, []kit.Line{{Account: "a", Amount: -3}, {Account: "b", Amount: 3}})
	got := b.Ledger.History("a")
	if len(got) != 2 || got[1].Balance != 7 || got[1].Serial != 3 || got[1].Order != "order" || b.Ledger.Balance("b") != 3 {
		t.Errorf("the history is %+v", got)
	}
}

// newDesk returns the front of a wallet whose orders are only numbers: the payer of the first is asked for the
// password.
func newDesk(t *testing.T, b *kit.Books) *kit.Front[flaw, state] {
	return kit.NewFront(kit.Desk[flaw, state]{
		Name: "party", Host: startHost(t, kit.NewClock(), http.NotFoundHandler()), Clock: kit.NewStandingClock(noon), Faults: kit.NewFaults(kit.Party{Name: "party"}),
		Flaws: newFlaws(), Lock: new(sync.Mutex), Books: b,
		Post: func(e kit.Entry) error {
			b.Apply(e, "")
			return b.Check(e)
		},
		Code: digits, Coupon: 100, Names: map[kit.Funder]string{kit.ByMerchant: "off"},
		Asked:  func(order int64) bool { return order == 1 },
		Pay:    func(order int64) (state, error) { return state("paid " + digits(order)), nil },
		Refuse: func(order int64) (state, error) { return state("refused " + digits(order)), nil },
		Payout: func(serial int) string { return "W" + strconv.Itoa(serial) },
	})
}

// TestFront_coupons holds which coupons are given, and which of them an order gets.
func TestFront_coupons(t *testing.T) {
	b := newBooks()
	front := newDesk(t, b)
	for _, c := range []kit.Coupon{{Amount: 0, Funder: kit.ByMerchant}, {Amount: 1}, {Amount: 1, Funder: "state"}, {Amount: 1, Minimum: -1, Funder: kit.ByMerchant}} {
		if _, err := front.Give(c); err != kit.ErrCoupon {
			t.Errorf("%+v is given with %v", c, err)
		}
	}
	for i, c := range []kit.Coupon{
		{Amount: 50, Funder: kit.ByMerchant, Merchant: "x", Spent: 7}, {Amount: 60, Minimum: 1000, Funder: kit.ByProvider, Name: "big"}, {Amount: 70, Funder: kit.ByMerchant},
	} {
		if id, err := front.Give(c); err != nil || id != strconv.Itoa(101+i) {
			t.Errorf("given is %s, %v", id, err)
		}
	}
	for _, test := range []struct {
		merchant string
		total    int64
		want     string
	}{{"y", 70, ""}, {"y", 999, "103 off"}, {"y", 1000, "102 big"}, {"x", 50, ""}, {"x", 51, "101 off"}, {"x", 5000, ""}} {
		used, spent := b.Pocket.Spend(test.merchant, test.total, 9)
		got := ""
		if len(used) == 1 {
			got = used[0].ID + " " + used[0].Name
			b.Apply(kit.Entry{Coupon: spent}, "")
		}
		if got != test.want {
			t.Errorf("%s pays %d with %q, want %q", test.merchant, test.total, got, test.want)
		}
	}
	if got := kit.Off([]kit.CouponUsed{{Funder: kit.ByMerchant, Amount: 1}, {Funder: kit.ByProvider, Amount: 2}}, kit.ByProvider); got != 2 {
		t.Errorf("the provider bears %d", got)
	}
}

// TestFront_codes holds how long codes are good, and who may enter a password for one.
func TestFront_codes(t *testing.T) {
	b := newBooks()
	front := newDesk(t, b)
	if _, err := front.Code("free"); err != kit.ErrCodeState {
		t.Errorf("a code of no state is made with %v", err)
	}
	good, err := front.Code(kit.CodeOK)
	if c, ok := b.Pocket.Code(good); err != nil || !ok || !c.Until.Equal(noon.Add(time.Minute)) || c.State != kit.CodeOK || good != digits(c.Number) {
		t.Errorf("a code is %+v, %v", c, err)
	}
	old, err := front.Code(kit.CodeExpired)
	if c, ok := b.Pocket.Code(old); err != nil || !ok || c.Until.After(noon) || old == good {
		t.Errorf("a code that is over is %+v, %v", c, err)
	}
	for order, text := range []string{good, "asked", "paid"} {
		b.Apply(kit.Entry{Code: &kit.Code{Text: text, Order: int64(order)}}, "")
	}
	for text, want := range map[string]struct {
		paid, refused state
		err           error
	}{
		"asked": {"paid 1", "refused 1", nil}, good: {"", "", kit.ErrNotWaiting}, "paid": {"", "", kit.ErrNotWaiting}, "nobody's": {"", "", kit.ErrNotWaiting},
	} {
		if got, err := front.Password(text); got != want.paid || err != want.err {
			t.Errorf("entering the password for %s gives %q, %v", text, got, err)
		}
		if got, err := front.RefusePassword(text); got != want.refused || err != want.err {
			t.Errorf("refusing the password for %s gives %q, %v", text, got, err)
		}
	}
}

func digits(n int64) string { return strconv.FormatInt(n, 10) }

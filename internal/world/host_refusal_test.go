package world_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/yifen-pay/yifen/internal/domain/merchant"
	"github.com/yifen-pay/yifen/internal/domain/payment"
	"github.com/yifen-pay/yifen/internal/domain/risk"
	"github.com/yifen-pay/yifen/internal/domain/step"
	"github.com/yifen-pay/yifen/internal/domain/terminal"
	"github.com/yifen-pay/yifen/internal/sim/kit"
	"github.com/yifen-pay/yifen/internal/sim/pos"
	"github.com/yifen-pay/yifen/internal/world"
)

// merchantOf returns the merchant of a terminal.
func merchantOf(t testing.TB, d *world.Demo, number string) merchant.Merchant {
	t.Helper()
	_, m, err := d.App.Terminals.Find(context.Background(), number)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// use returns what of a merchant's day is reserved and used.
func use(t testing.TB, d *world.Demo, m merchant.Merchant) risk.Use {
	t.Helper()
	ctx := context.Background()
	day, err := d.App.Day(ctx)
	if err != nil {
		t.Fatal(err)
	}
	tally, _, err := step.Read[step.Tally](ctx, d.App.Store, risk.DayKey(m.ID, day))
	if err != nil {
		t.Fatal(err)
	}
	return risk.FromTally(tally)
}

func TestHost_keepsToTheMerchantsLimits(t *testing.T) {
	d := startDemo(t, world.DemoOptions{Quick: true})
	k := openDesk(t, d, "29000001")
	m := merchantOf(t, d, "29000001")
	set := func(change func(*merchant.Merchant)) { edit(t, d, m.Key(), change) }

	k.expect("13", k.sale("000100", 0, "debit"))
	set(func(m *merchant.Merchant) { m.SingleMax = 500_00 })
	k.expect("61", k.sale("000101", 500_01, "credit"))
	k.expect("00", k.sale("000102", 500_00, "credit"))
	set(func(m *merchant.Merchant) { m.DayCountMax = 2 })
	k.expect("00", k.sale("000103", 100_00, "credit"))
	k.expect("65", k.sale("000104", 1, "credit"))
	set(func(m *merchant.Merchant) { m.DayCountMax, m.DaySumMax = 100, 700_00 })
	k.expect("61", k.sale("000105", 100_01, "credit"))
	k.expect("00", k.sale("000106", 100_00, "credit"))
	k.expect("61", k.sale("000107", 1, "credit"))

	if got, want := use(t, d, m), (risk.Use{UsedCount: 3, UsedSum: 700_00}); got != want {
		t.Errorf("the day's use is %+v, want %+v", got, want)
	}
	if sales := d.Network.Stats().Approved; sales != 3 {
		t.Errorf("the network approved %d sales", sales)
	}
	// A decline and a reversal give room back, a void does not.
	set(func(m *merchant.Merchant) { m.DaySumMax = 800_00 })
	k.expect("51", k.sale("000108", 100_00, "51"))
	sale := k.sale("000109", 100_00, "credit")
	k.expect("00", sale)
	k.expect("00", k.reversal(sale, "98"))
	proveBooks(t, d)
	again := k.expect("00", k.sale("000110", 100_00, "credit"))
	k.expect("00", k.void("000111", 100_00, "credit", "000110", again.Get(37)))
	k.expect("61", k.sale("000112", 1, "credit"))
	proveBooks(t, d)
}

// Many terminals' worth of sales at the edge of the day: what is approved never passes the limit.
func TestHost_meetsTheDaysLimitExactly(t *testing.T) {
	d := startDemo(t, world.DemoOptions{Quick: true})
	m := merchantOf(t, d, "29000001")
	const fits = 20
	edit(t, d, m.Key(), func(m *merchant.Merchant) { m.DaySumMax = fits*10_00 + 9_99 })
	var frames [][]byte
	for _, number := range []string{"29000001", "29000002"} {
		k := openDesk(t, d, number)
		for i := range fits {
			frames = append(frames, k.pack(k.sale(fmt.Sprintf("%06d", 100+i), 10_00, "credit")))
		}
	}
	codes := sayAll(t, d, frames)
	refusedAs(t, codes, "00", "61")
	if got := count(codes, "00"); got != fits {
		t.Errorf("%d sales were approved, want %d", got, fits)
	}
	if got, want := use(t, d, m), (risk.Use{UsedCount: fits, UsedSum: fits * 10_00}); got != want {
		t.Errorf("the day's use is %+v, want %+v", got, want)
	}
	proveBooks(t, d)
}

func count(codes []string, code string) int {
	n := 0
	for _, c := range codes {
		if c == code {
			n++
		}
	}
	return n
}

func TestHost_passesOnWhatTheIssuerRefuses(t *testing.T) {
	d := startDemo(t, world.DemoOptions{Quick: true})
	ctx := context.Background()
	terminal := openTerminal(t, d, "29000001", nil)
	debit := demoCard(t, "debit")
	stranger := debit // of the same bank, with a number that no card has
	stranger.Number = debit.Number[:len(debit.Number)-4] + debit.Number[:4]
	answers(t, "14")(terminal.Sale(ctx, pos.SaleInput{Amount: 10_00, Card: stranger, Entry: pos.Swipe, Fallback: true}))
	sale := pos.SaleInput{Amount: 10_00, Card: debit, Entry: pos.Insert, PIN: "654321"}
	for range 3 {
		answers(t, "55")(terminal.Sale(ctx, sale))
	}
	sale.PIN = "123456"
	answers(t, "75")(terminal.Sale(ctx, sale)) // the right one comes too late
	m := merchantOf(t, d, "29000001")
	if got := use(t, d, m); got != (risk.Use{}) {
		t.Errorf("declined sales use %+v of the day", got)
	}
	if !d.Network.ResetPIN(debit.Number) {
		t.Fatal("the network does not know the card")
	}
	must(t)(terminal.Sale(ctx, sale))
	proveBooks(t, d)
}

func TestHost_refusesVoidsThatDoNotFit(t *testing.T) {
	d := startDemo(t, world.DemoOptions{Quick: true})
	k := openDesk(t, d, "29000001")
	sale := k.expect("00", k.sale("000100", 50_00, "debit"))
	rrn := sale.Get(37)
	refunded := k.expect("00", k.sale("000101", 60_00, "debit"))
	refund := k.expect("00", k.refund("000102", 1, "debit", refunded.Get(37)))
	voided := k.expect("00", k.sale("000103", 70_00, "debit"))
	k.expect("00", k.void("000104", 70_00, "debit", "000103", voided.Get(37)))
	closed := k.expect("00", k.sale("000105", 80_00, "debit"))

	unmoved := standing(t, d)
	k.expect("64", k.void("000110", 49_99, "debit", "000100", rrn))
	k.expect("25", k.void("000111", 50_00, "debit", "000999", rrn))
	k.expect("25", k.void("000112", 50_00, "debit", "000100", "999999999999"))
	k.expect("14", k.void("000113", 50_00, "credit", "000100", rrn))
	k.expect("12", k.void("000114", 60_00, "debit", "000101", refunded.Get(37)))
	k.expect("12", k.void("000115", 70_00, "debit", "000103", voided.Get(37)))
	k.expect("12", k.void("000116", 1, "debit", "000102", refund.Get(37)))
	other := openDesk(t, d, "29000002")
	k.expect("13", k.void("000117", 0, "debit", "000100", rrn))
	other.expect("25", other.void("000118", 50_00, "debit", "000100", rrn)) // another terminal's sale
	unmoved("a void that does not fit")

	old := k.batch
	k.ask(k.totals("000120", sum(50_00+60_00+70_00+80_00, 4), sum(70_00+1, 2)))
	k.signIn()
	unmoved = standing(t, d)
	late := k.void("000121", 80_00, "debit", "000105", closed.Get(37))
	late.Set(61, old+"000105"+"0000")
	k.expect("12", late)
	unmoved("a void after the close")
	proveBooks(t, d)
}

func TestHost_refusesRefundsThatDoNotFit(t *testing.T) {
	d := startDemo(t, world.DemoOptions{Quick: true})
	k := openDesk(t, d, "29000001")
	sale := k.expect("00", k.sale("000100", 50_00, "debit"))
	rrn := sale.Get(37)
	declined := k.sale("000101", 10_00, "51")
	k.expect("51", declined)
	op, _ := recorded(t, d, "29000001", "000101")

	unmoved := standing(t, d)
	k.expect("64", k.refund("000110", 50_01, "debit", rrn))
	k.expect("13", k.refund("000111", 0, "debit", rrn))
	k.expect("14", k.refund("000112", 50_00, "credit", rrn))
	k.expect("25", k.refund("000113", 50_00, "debit", "999999999999"))
	k.expect("12", k.refund("000114", 10_00, "51", op.RRN))
	dated := k.refund("000115", 50_00, "debit", rrn)
	dated.Set(61, "000000"+"000000"+"0229")
	k.expect("25", dated)
	foreign := openDesk(t, d, "29000003")
	foreign.expect("25", foreign.refund("000116", 50_00, "debit", rrn)) // another merchant's sale
	unmoved("a refund that does not fit")

	// Another terminal of the merchant may refund, and what is left is the merchant's, not the terminal's.
	other := openDesk(t, d, "29000002")
	other.expect("00", other.refund("000117", 30_00, "debit", rrn))
	k.expect("64", k.refund("000118", 20_01, "debit", rrn))
	k.expect("00", k.refund("000119", 20_00, "debit", rrn))
	other.expect("64", other.refund("000120", 1, "debit", rrn))
	proveBooks(t, d)
}

// Two terminals give back the same sales at once, by refund and by void: never more than was captured.
func TestHost_givesBackNoMoreThanWasTaken(t *testing.T) {
	d := startDemo(t, world.DemoOptions{Quick: true})
	one, two := openDesk(t, d, "29000001"), openDesk(t, d, "29000002")
	const rounds, price = 12, 100_00
	for round := range rounds {
		trace := func(n int) string { return fmt.Sprintf("%06d", 1000+round*20+n) }
		sale := one.expect("00", one.sale(trace(0), price, "credit"))
		rrn := sale.Get(37)
		var frames [][]byte
		for n := range 4 {
			frames = append(frames, one.pack(one.refund(trace(2+n), 40_00, "credit", rrn)))
			frames = append(frames, two.pack(two.refund(trace(2+n), 40_00, "credit", rrn)))
		}
		if round%2 == 1 {
			frames = append(frames, one.pack(one.void(trace(1), price, "credit", trace(0), rrn)))
			slices.Reverse(frames)
		}
		codes := make([]string, len(frames))
		var working sync.WaitGroup
		for i, frame := range frames {
			working.Go(func() { codes[i] = codeOf(d, frame) })
		}
		working.Wait()
		_, p := recorded(t, d, "29000001", trace(0))
		given := p.RefundedFen
		if p.State == payment.Voided {
			given += price
		}
		if approved := count(codes, "00"); given > price || approved == 0 || approved > 2 {
			t.Fatalf("round %d gave back %d of %d fen: %s", round, given, price, strings.Join(codes, " "))
		}
		for _, code := range codes {
			if code != "00" && code != "64" && code != "12" {
				t.Errorf("round %d: a loser was answered %q", round, code)
			}
		}
	}
	proveBooks(t, d)
}

func TestHost_servesNobodySuspended(t *testing.T) {
	d := startDemo(t, world.DemoOptions{Quick: true})
	k := openDesk(t, d, "29000001")
	sale := k.sale("000100", 50_00, "debit")
	rrn := k.expect("00", sale).Get(37)
	term, m, err := d.App.Terminals.Find(context.Background(), "29000001")
	if err != nil {
		t.Fatal(err)
	}
	unmoved := standing(t, d)
	edit(t, d, term.Key(), func(row *terminal.Terminal) { row.State = terminal.Suspended })
	k.expect("58", k.sale("000101", 10_00, "debit"))
	k.expect("58", k.void("000102", 50_00, "debit", "000100", rrn))
	k.expect("58", k.message("0800", "00", "003", "000103"))
	edit(t, d, term.Key(), func(row *terminal.Terminal) { row.State = terminal.Active })
	edit(t, d, m.Key(), func(row *merchant.Merchant) { row.State = merchant.Suspended })
	k.expect("03", k.sale("000104", 10_00, "debit"))
	k.expect("03", k.refund("000105", 10_00, "debit", rrn))
	unmoved("a suspended terminal or merchant")
	k.expect("00", k.reversal(sale, "98")) // what never got its answer may still be taken back
	proveBooks(t, d)
	edit(t, d, m.Key(), func(row *merchant.Merchant) { row.State = merchant.Active })
	k.expect("00", k.sale("000106", 10_00, "debit"))
	k.expect("00", k.message("0820", "00", "002", "000107"))
	unmoved = standing(t, d)
	k.expect("A0", k.sale("000108", 10_00, "debit")) // signed off
	unmoved("a terminal that signed off")
	proveBooks(t, d)
}

// An answer with another amount is no answer: the sale is reversed, the refund asked again.
func TestHost_believesNoOtherAmount(t *testing.T) {
	d := startDemo(t, world.DemoOptions{
		Quick: true, Timeout: 300 * time.Millisecond, RecoverAfter: time.Second, RecoverEvery: 50 * time.Millisecond,
	})
	k := openDesk(t, d, "29000001")
	m := merchantOf(t, d, "29000001")
	heal := misbehave(t, d, kit.WrongAmount, 0)
	k.expect("98", k.sale("000100", 50_00, "debit"))
	heal()
	proveBooks(t, d)
	if _, p := recorded(t, d, "29000001", "000100"); p.State != payment.Reversed {
		t.Errorf("the payment is %s", p.State)
	}
	if got := use(t, d, m); got != (risk.Use{}) {
		t.Errorf("it still uses %+v of the day", got)
	}

	rrn := k.expect("00", k.sale("000101", 50_00, "debit")).Get(37)
	heal = misbehave(t, d, kit.WrongAmount, 0)
	refund := k.refund("000102", 20_00, "debit", rrn)
	k.expect("98", refund)
	k.expect("64", k.refund("000103", 30_01, "debit", rrn)) // what may have been given back is not left
	heal()
	d.Clock.Advance(time.Minute) // the next try is due
	proveBooks(t, d)
	k.expect("00", refund)
	if _, p := recorded(t, d, "29000001", "000101"); p.RefundedFen != 20_00 || p.RefundingFen != 0 {
		t.Errorf("refunded are %d fen, under way %d", p.RefundedFen, p.RefundingFen)
	}
	proveBooks(t, d)
}

// Without a network a sale is a plain no, and nothing stays reserved for it.
func TestHost_saysNoWithoutANetwork(t *testing.T) {
	d := startDemo(t, world.DemoOptions{Quick: true, Timeout: 300 * time.Millisecond, RecoverAfter: time.Second})
	k := openDesk(t, d, "29000001")
	m := merchantOf(t, d, "29000001")
	rrn := k.expect("00", k.sale("000100", 50_00, "debit")).Get(37)
	before := use(t, d, m)
	if err := d.Network.Close(); err != nil {
		t.Fatal(err)
	}
	eventually(t, time.Minute, "the rail has noticed", func() bool { return !d.App.Rail.Ready() })
	k.expect("91", k.sale("000101", 10_00, "debit"))
	k.expect("91", k.refund("000102", 10_00, "debit", rrn))
	k.expect("91", k.void("000103", 50_00, "debit", "000100", rrn))
	if got := use(t, d, m); got != before {
		t.Errorf("the day's use went from %+v to %+v", before, got)
	}
	if _, p := recorded(t, d, "29000001", "000100"); p.State != payment.Captured || p.RefundingFen != 0 || p.Open != "" {
		t.Errorf("the payment is %s, %d fen under way, open %q", p.State, p.RefundingFen, p.Open)
	}
	proveBooks(t, d)
}

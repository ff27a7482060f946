package world_test

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/yifen-pay/yifen/internal/domain/payment"
	"github.com/yifen-pay/yifen/internal/domain/terminal"
	"github.com/yifen-pay/yifen/internal/sim/kit"
	"github.com/yifen-pay/yifen/internal/sim/pos"
	"github.com/yifen-pay/yifen/internal/wire/iso8583"
	"github.com/yifen-pay/yifen/internal/world"
)

const repeats = "yifen_terminal_repeats_total"

// The same bytes in the open batch get the same answer, to the bit, and move nothing.
func TestHost_answersARepeatAsTheFirst(t *testing.T) {
	d := startDemo(t, world.DemoOptions{Quick: true})
	k := openDesk(t, d, "29000001")
	for _, test := range []struct {
		code string
		m    *iso8583.Message
	}{
		{"00", k.sale("000100", 88_00, "debit")},
		{"61", k.sale("000101", 60_000_00, "credit")}, // above what the merchant may take at once
		{"51", k.sale("000102", 10_00, "51")},
	} {
		frame := k.pack(test.m)
		first := askRaw(t, d, frame)
		if got := answerOf(t, first).Get(39); got != test.code {
			t.Fatalf("answered %s, want %s", got, test.code)
		}
		unmoved := standing(t, d)
		for range 3 {
			if again := askRaw(t, d, frame); !bytes.Equal(first, again) {
				t.Errorf("%s: the repeat's answer differs", test.code)
			}
		}
		unmoved("a repeat")
	}
	if got := counter(t, d, repeats); got != 9 {
		t.Errorf("%v repeats were counted, want 9", got)
	}
	proveBooks(t, d)
}

// A refund that was approved is an advice: the terminal sends it until it hears, and it moves once.
func TestHost_takesARepeatedRefundOnce(t *testing.T) {
	d := startDemo(t, world.DemoOptions{Quick: true})
	k := openDesk(t, d, "29000001")
	sale := k.expect("00", k.sale("000100", 50_00, "debit"))
	frame := k.pack(k.refund("000101", 20_00, "debit", sale.Get(37)))
	first := askRaw(t, d, frame)
	unmoved := standing(t, d)
	for range 5 {
		if again := askRaw(t, d, frame); !bytes.Equal(first, again) {
			t.Error("the repeat's answer differs")
		}
	}
	unmoved("a repeated refund")
	if _, p := recorded(t, d, "29000001", "000100"); p.RefundedFen != 20_00 {
		t.Errorf("refunded are %d fen", p.RefundedFen)
	}
	proveBooks(t, d)
}

// Another request under a trace that was used is refused, whatever differs in it.
func TestHost_refusesAnotherRequestUnderAUsedTrace(t *testing.T) {
	d := startDemo(t, world.DemoOptions{Quick: true})
	k := openDesk(t, d, "29000001")
	sale := k.expect("00", k.sale("000100", 50_00, "debit"))
	unmoved := standing(t, d)
	k.expect("94", k.sale("000100", 50_01, "debit"))
	k.expect("94", k.sale("000100", 50_00, "credit"))
	k.expect("94", k.refund("000100", 50_00, "debit", sale.Get(37)))
	later := k.sale("000100", 50_00, "debit")
	later.Set(63, "02 ") // another cashier
	k.expect("94", later)
	unmoved("another request under the same trace")
	if got := counter(t, d, repeats); got != 0 {
		t.Errorf("%v repeats were counted", got)
	}
	proveBooks(t, d)
}

// A captured sale is worth nothing once its batch is closed, and less once the keys are new.
func TestHost_refusesAReplay(t *testing.T) {
	d := startDemo(t, world.DemoOptions{Quick: true})
	k := openDesk(t, d, "29000001")
	sale := k.sale("000100", 50_00, "debit")
	frame := k.pack(sale)
	k.expect("00", sale)
	reversal := k.pack(k.reversal(sale, "98"))
	k.expect("00", k.totals("000101", iso8583.Sum{Amount: 50_00, Count: 1}, iso8583.Sum{}))
	unmoved := standing(t, d)
	if code := codeOf(d, frame); code != "77" {
		t.Errorf("replayed after the close: %q, want 77", code)
	}
	k.signIn()
	for what, replay := range map[string][]byte{"sale": frame, "reversal": reversal} {
		if code := codeOf(d, replay); code != "A0" {
			t.Errorf("%s replayed under old keys: %q, want A0", what, code)
		}
	}
	// Another terminal's name on a frame does not make it that terminal's.
	other := slices.Clone(frame)
	at := bytes.Index(other, []byte("29000001"))
	copy(other[at:], "29000002")
	openDesk(t, d, "29000002")
	if code := codeOf(d, other); code != "A0" {
		t.Errorf("replayed as another terminal's: %q, want A0", code)
	}
	unmoved("a replay")
	proveBooks(t, d)
}

// While the first is at the network, a repeat waits for it and gets its answer.
func TestHost_answersARepeatWhileTheFirstIsAtTheNetwork(t *testing.T) {
	d := startDemo(t, world.DemoOptions{Quick: true})
	k := openDesk(t, d, "29000001")
	frame := k.pack(k.sale("000100", 40_00, "debit"))
	heal := misbehave(t, d, kit.Delay, 700*time.Millisecond)
	asked := d.Network.Stats().Financial
	answers := make(chan []byte, 3)
	ask := func() {
		answer, err := say(d, frame)
		if err != nil {
			t.Error(err)
		}
		answers <- answer
	}
	go ask()
	eventually(t, time.Minute, "the first is at the network", func() bool { return d.Network.Stats().Financial > asked })
	go ask()
	go ask()
	first := <-answers
	if code := answerOf(t, first).Get(39); code != "00" {
		t.Errorf("answered %s", code)
	}
	for range 2 {
		if !bytes.Equal(first, <-answers) {
			t.Error("a repeat got another answer than the first")
		}
	}
	heal()
	if got := d.Network.Stats().Financial - asked; got != 1 {
		t.Errorf("the network was asked %d times", got)
	}
	if got := len(operations(t, d)); got != 1 {
		t.Errorf("%d operations are on record", got)
	}
	proveBooks(t, d)
}

func TestHost_takesReversalsOnceAndForAll(t *testing.T) {
	d := startDemo(t, world.DemoOptions{Quick: true})
	k := openDesk(t, d, "29000001")
	sale := k.sale("000100", 70_00, "debit")
	k.expect("00", sale)

	unmoved := standing(t, d)
	short := k.reversal(sale, "98")
	short.Set(4, fmt.Sprintf("%012d", 69_99))
	k.expect("64", short)
	k.expect("25", k.reversal(k.sale("000777", 70_00, "debit"), "98"))
	k.expect("25", k.reversal(k.sale("000777", 70_00, "debit"), "98"))
	k.expect("94", k.sale("000777", 70_00, "debit")) // it came after its reversal
	unmoved("a reversal that fits nothing")

	k.expect("00", k.reversal(sale, "98"))
	proveBooks(t, d)
	unmoved = standing(t, d)
	k.expect("00", k.reversal(sale, "98"))
	k.expect("00", k.reversal(sale, "06"))
	k.expect("98", sale) // it was approved and is not any more
	unmoved("a repeated reversal")
	if op, p := recorded(t, d, "29000001", "000100"); op.State != payment.OpReversed || p.State != payment.Reversed {
		t.Errorf("the sale is %s, its payment %s", op.State, p.State)
	}

	// A declined sale needs no reversal; a refund cannot have one.
	declined := k.sale("000101", 10_00, "51")
	k.expect("51", declined)
	other := k.sale("000102", 30_00, "debit")
	refund := k.refund("000103", 30_00, "debit", k.expect("00", other).Get(37))
	k.expect("00", refund)
	unmoved = standing(t, d)
	k.expect("00", k.reversal(declined, "98"))
	k.expect("12", k.reversal(refund, "98"))
	k.expect("12", k.reversal(other, "98")) // it was given back already
	unmoved("a reversal of what cannot be reversed")
	proveBooks(t, d)
}

// A void that is reversed leaves the sale as it was.
func TestHost_reversesAVoid(t *testing.T) {
	d := startDemo(t, world.DemoOptions{Quick: true})
	k := openDesk(t, d, "29000001")
	sale := k.expect("00", k.sale("000100", 70_00, "debit"))
	void := k.void("000101", 70_00, "debit", "000100", sale.Get(37))
	k.expect("00", void)
	k.expect("00", k.reversal(void, "98"))
	proveBooks(t, d)
	if _, p := recorded(t, d, "29000001", "000100"); p.State != payment.Captured {
		t.Errorf("the payment is %s", p.State)
	}
	k.expect("00", k.void("000102", 70_00, "debit", "000100", sale.Get(37)))
	proveBooks(t, d)
}

// The reversal overtakes the answer: the terminal is told yes at once, and the payment ends reversed
// whatever the network says to the sale.
func TestHost_takesAReversalBeforeTheAnswer(t *testing.T) {
	d := startDemo(t, world.DemoOptions{Quick: true, RecoverEvery: 50 * time.Millisecond})
	k := openDesk(t, d, "29000001")
	for trace, name := range map[string]string{"000100": "debit", "000101": "51"} {
		heal := misbehave(t, d, kit.Delay, 500*time.Millisecond)
		sale := k.sale(trace, 25_00, name)
		frame := k.pack(sale)
		asked := d.Network.Stats().Financial
		answer := make(chan string, 1)
		go func() { answer <- codeOf(d, frame) }()
		eventually(t, time.Minute, "the sale is at the network", func() bool { return d.Network.Stats().Financial > asked })
		k.expect("00", k.reversal(sale, "98"))
		heal()
		if code, want := <-answer, map[string]string{"debit": "98", "51": "51"}[name]; code != want {
			t.Errorf("%s: the sale was answered %q, want %s", name, code, want)
		}
		proveBooks(t, d)
		_, p := recorded(t, d, "29000001", trace)
		if want := map[string]payment.State{"debit": payment.Reversed, "51": payment.Declined}[name]; p.State != want {
			t.Errorf("%s: the payment is %s, want %s", name, p.State, want)
		}
	}
}

// Traces come in any order and begin again after 999999; batches do too.
func TestHost_takesTracesInAnyOrderAndWraps(t *testing.T) {
	d := startDemo(t, world.DemoOptions{Quick: true})
	k := openDesk(t, d, "29000001")
	for _, trace := range []string{"000500", "000300", "999999", "000001", "000400"} {
		k.expect("00", k.sale(trace, 1_00, "debit"))
	}
	k.expect("00", k.totals("000002", iso8583.Sum{Amount: 5_00, Count: 5}, iso8583.Sum{}))

	term, _, err := d.App.Terminals.Find(context.Background(), "29000001")
	if err != nil {
		t.Fatal(err)
	}
	const last = 999_999
	edit(t, d, term.Key(), func(row *terminal.Terminal) { row.BatchNumber = last })
	edit(t, d, terminal.BatchKey(term.ID, term.BatchSequence), func(row *terminal.Batch) { row.Number = last })
	k.signIn()
	if k.batch != "999999" {
		t.Fatalf("the batch is %s", k.batch)
	}
	k.expect("00", k.sale("000001", 2_00, "debit"))
	k.expect("00", k.totals("000003", iso8583.Sum{Amount: 2_00, Count: 1}, iso8583.Sum{}))
	k.expect("77", k.sale("000004", 2_00, "debit"))
	k.signIn()
	if k.batch != "000001" {
		t.Errorf("batch %s follows 999999", k.batch)
	}
	k.expect("00", k.sale("000001", 3_00, "debit"))
	proveBooks(t, d)
}

// A terminal that lost power between approval and receipt reverses first, and the host takes it once.
func TestHost_heedsATerminalThatForgot(t *testing.T) {
	d := startDemo(t, world.DemoOptions{Quick: true})
	w := tap(t, d)
	terminal := openTerminal(t, d, "29000001", func(c *pos.Config) { c.Address = w.listener.Addr().String() })
	must(t)(sell(t, terminal, 12_00, "debit"))
	frame := w.last()
	w.setDeaf(true)
	answers(t, "98")(unanswered(sell(t, terminal, 34_00, "debit")))
	late := w.last()
	if code := codeOf(d, late); code != "00" { // the request arrives after all, its answer does not
		t.Fatalf("answered %q", code)
	}
	w.setDeaf(false)
	o := must(t)(sell(t, terminal, 56_00, "debit"))
	if o.Resolved == nil || !o.Resolved.Done || o.Resolved.Code != "00" {
		t.Errorf("what was pending came to %+v", o.Resolved)
	}
	proveBooks(t, d)
	unmoved := standing(t, d)
	for _, replay := range [][]byte{frame, late} {
		codeOf(d, replay)
	}
	unmoved("a late copy of a frame")
	proveBooks(t, d)
}

package cardnet_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/yifen-pay/yifen/internal/sim/cardnet"
	"github.com/yifen-pay/yifen/internal/sim/kit"
)

func TestCutOver(t *testing.T) {
	dir := t.TempDir()
	clock := kit.NewStandingClock(noon)
	n := start(t, cardnet.Config{Clock: clock, Dir: dir})
	c := member(t, n)
	sale := c.sale(debitCard, 100_00)
	c.expect("00", sale)
	clock.Advance(11*time.Hour - time.Second)
	if got := n.ClearingDate(); got != "20260305" {
		t.Errorf("clearing date before 23:00 is %s", got)
	}
	clock.Advance(time.Second)
	for _, code := range []string{"201", "202"} {
		if got := c.hear(code).Get(15); got != "0306" {
			t.Errorf("%s says clearing date %q, want 0306", code, got)
		}
	}
	if got := c.expect("00", c.sale(debitCard, 1_00)).Get(15); got != "0306" {
		t.Errorf("F15 after the cut-over is %q, want 0306", got)
	}
	want := "L|0305120000|000002|48982900|48982900|060512000002|20260305|29000001|898290054110001|sale|" +
		"621626*********0018|10000|35|3\nT|1|10000|35|3\n"
	golden(t, dir, "20260305", want)

	clock.Advance(48 * time.Hour) // each date has its turn
	golden(t, dir, "20260306", "L|0305120000|000003|48982900|48982900|060512000003|20260306|29000001|898290054110001|"+
		"sale|621626*********0018|100|0|0\nT|1|100|0|0\n")
	golden(t, dir, "20260307", "T|0|0|0|0\n")
	if _, err := n.WriteFile("20260308"); err == nil {
		t.Error("a date that is not over has a daily file")
	}
}

func golden(t *testing.T, dir, date, want string) {
	t.Helper()
	got, err := os.ReadFile(filepath.Join(dir, "cardnet-"+date+".txt"))
	if err != nil {
		t.Error(err)
	} else if string(got) != want {
		t.Errorf("daily file of %s:\n%swant:\n%s", date, got, want)
	}
}

func TestCutOver_pause(t *testing.T) {
	clock := kit.NewStandingClock(noon)
	n := start(t, cardnet.Config{Clock: clock, CutOverPause: time.Minute})
	c := member(t, n)
	sale := c.sale(debitCard, 1_00)
	c.expect("00", sale)
	done := make(chan error, 1)
	go func() { done <- n.CloseDay(t.Context()) }()
	c.hear("201")
	for declined := c.sale(debitCard, 1_00); c.do(declined).Get(39) != "90"; declined = c.sale(debitCard, 1_00) {
		if t.Failed() {
			return
		}
	}
	c.expect("00", c.refund(sale, 1)) // advices are taken
	clock.Advance(time.Minute)
	c.hear("202")
	if err := <-done; err != nil {
		t.Error(err)
	}
	c.expect("00", c.sale(debitCard, 1_00))
}

func TestDailyFile_whatIsGivenBack(t *testing.T) {
	n := start(t, cardnet.Config{ManualCutOver: true})
	c := member(t, n)
	voided := c.sale(debitCard, 5000_00) // beyond the caps: 13.00 and 1.63
	answer := c.expect("00", voided)
	refunded := c.sale(creditCard, 100_01)
	c.expect("00", refunded)
	reversed := c.sale(debitCard, 30_00)
	c.expect("00", reversed)
	c.expect("00", c.reversal(reversed))
	for range 3 {
		c.expect("00", c.refund(refunded, 33_00))
	}
	later := c.sale(debitCard, 40_00)
	c.expect("00", later)
	if err := n.CloseDay(t.Context()); err != nil {
		t.Fatal(err)
	}
	c.expect("00", c.refund(refunded, 1_01))
	void := c.void(voided, answer)
	c.expect("00", void)
	reversal := c.reversal(later)
	c.expect("00", reversal)
	balance(t, n, debitCard, 100_000_00)
	balance(t, n, creditCard, 50_000_00)

	// The second date says again, with the other sign, what the first one said.
	for _, test := range []struct{ date, want string }{
		{"20260305", "sale 500000 1300 163; sale 10001 45 3; refund -3300 -15 -1; refund -3300 -15 -1; " +
			"refund -3300 -15 -1; sale 4000 14 1; T 6 504101 1314 164"},
		{"20260306", "refund -101 0 0; void -500000 -1300 -163; void -4000 -14 -1; T 3 -504101 -1314 -164"},
	} {
		text, err := n.File(test.date)
		if err != nil {
			t.Fatal(err)
		}
		if got := short(string(text)); got != test.want {
			t.Errorf("daily file of %s:\n got %s\nwant %s", test.date, got, test.want)
		}
	}
}

// short writes a daily file as kind, amount and fees.
func short(text string) string {
	var parts []string
	for text := range strings.Lines(text) {
		cells := strings.Split(strings.TrimSuffix(text, "\n"), "|")
		if cells[0] == "L" {
			cells = append(cells[9:10:10], cells[11:]...)
		}
		parts = append(parts, strings.Join(cells, " "))
	}
	return strings.Join(parts, "; ")
}

// play makes a transaction of every kind and state and returns what was late.
func play(c *client) {
	voided := c.sale(debitCard, 10_00)
	c.expect("00", c.void(voided, c.expect("00", voided)))
	back := c.sale(debitCard, 11_00)
	void := c.void(back, c.expect("00", back))
	c.expect("00", void)
	c.expect("00", c.reversal(void))
	reversed := c.sale(debitCard, 12_00)
	c.expect("00", reversed)
	c.expect("00", c.reversal(reversed))
	refunded := c.sale(creditCard, 13_00)
	c.expect("00", refunded)
	c.expect("00", c.refund(refunded, 5_00))
	unknown := c.sale(debitCard, 14_00)
	c.expect("25", c.reversal(unknown))
	c.expect("12", unknown)
	c.expect("51", c.sale(debitCard, 1_000_000_00))
	c.expect("14", c.sale("6216261000000000019", 1_00))
	c.silent(c.sale(silentCard, 15_00))
	overtaken := c.sale(lateCard, 16_00)
	c.silent(overtaken)
	c.expect("00", c.reversal(overtaken))
	wrong := c.sale(creditCard, 1_00)
	c.enterPIN(wrong, "111111")
	c.expect("55", wrong)
}

func TestRestart(t *testing.T) {
	dir := t.TempDir()
	clock := kit.NewStandingClock(noon)
	config := cardnet.Config{Dir: dir, Clock: clock}
	n, err := cardnet.New(config)
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- n.Serve(t.Context()) }()
	c := member(t, n)
	play(c)
	sale, late := c.sale(debitCard, 17_00), c.sale(lateCard, 18_00)
	answer := c.expect("00", sale)
	c.silent(late)
	before, file := everything(n), dailyFile(t, n)
	if err := n.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil {
		t.Fatal(err)
	}

	// A crash while a record was written leaves half a line.
	tear(t, filepath.Join(dir, "cardnet.jsonl"))
	n = start(t, config)
	if got := everything(n); got != before {
		t.Errorf("after the restart:\n%s\nbefore:\n%s", got, before)
	}
	if got := dailyFile(t, n); got != file {
		t.Errorf("daily file after the restart:\n%s\nbefore:\n%s", got, file)
	}
	again := member(t, n)
	again.trace = c.trace
	if got := again.expect("00", repeat(under(again, sale))).Get(38); got != answer.Get(38) {
		t.Errorf("authorization code %q after the restart, %q before", got, answer.Get(38))
	}
	clock.Advance(40 * time.Second)
	state(t, n, late, cardnet.Approved)
	balance(t, n, lateCard, 100_000_00-18_00)
}

func TestRestart_turnsTheDatesThatWentBy(t *testing.T) {
	dir := t.TempDir()
	clock := kit.NewStandingClock(noon)
	n, err := cardnet.New(cardnet.Config{Dir: dir, Clock: clock})
	if err != nil {
		t.Fatal(err)
	}
	if err := n.Close(); err != nil {
		t.Fatal(err)
	}
	clock.Advance(48 * time.Hour)
	n = start(t, cardnet.Config{Dir: dir, Clock: clock})
	if got := n.ClearingDate(); got != "20260307" {
		t.Errorf("clearing date is %s, want 20260307", got)
	}
	golden(t, dir, "20260305", "T|0|0|0|0\n")
	golden(t, dir, "20260306", "T|0|0|0|0\n")
}

func TestRestart_afterForgetting(t *testing.T) {
	dir := t.TempDir()
	config := cardnet.Config{Dir: dir, Clock: kit.NewStandingClock(noon), KeepDays: 2, ManualCutOver: true}
	n := start(t, config)
	c := member(t, n)
	play(c)
	old := c.sale(debitCard, 20_00)
	c.expect("00", old)
	if err := n.CloseDay(t.Context()); err != nil {
		t.Fatal(err)
	}
	c.expect("00", c.refund(old, 1_00)) // keeps its sale
	kept := c.sale(debitCard, 21_00)
	c.expect("00", kept)
	for range 2 {
		if err := n.CloseDay(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	count := 0
	for range n.Transactions() {
		count++
	}
	if count != 3 {
		t.Errorf("the books keep %d transactions, want 3", count)
	}
	if err := n.Check(); err != nil {
		t.Error(err)
	}
	before, file := everything(n), dailyFile(t, n)
	if err := n.Close(); err != nil {
		t.Fatal(err)
	}
	n = start(t, config)
	if got := everything(n); got != before {
		t.Errorf("after the restart:\n%s\nbefore:\n%s", got, before)
	}
	if got := dailyFile(t, n); got != file {
		t.Errorf("daily file after the restart:\n%s\nbefore:\n%s", got, file)
	}
}

func TestBooks_holdNoCardNumber(t *testing.T) {
	dir := t.TempDir()
	n := start(t, cardnet.Config{Dir: dir})
	c := member(t, n)
	play(c)
	if err := n.CloseDay(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := n.Close(); err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil || len(files) != 2 {
		t.Fatalf("files %v, error %v; want books and a daily file", files, err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, card := range cardnet.DemoCards() {
			if strings.Contains(string(text), card.PAN) {
				t.Errorf("%s holds the number of card %s", filepath.Base(file), card)
			}
		}
	}
}

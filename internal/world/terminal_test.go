package world_test

import (
	"context"
	"encoding/hex"
	"testing"
	"time"

	"github.com/yifen-pay/yifen/internal/domain/calendar"
	"github.com/yifen-pay/yifen/internal/domain/step"
	"github.com/yifen-pay/yifen/internal/sim/pos"
	"github.com/yifen-pay/yifen/internal/store"
	"github.com/yifen-pay/yifen/internal/store/storetest"
	"github.com/yifen-pay/yifen/internal/world"
)

// everyEngine runs a test on the embedded engine and on the server engine; target is "" or a DSN.
func everyEngine(t *testing.T, run func(t *testing.T, database string)) {
	t.Run("sqlite", func(t *testing.T) { run(t, "") })
	t.Run("postgres", func(t *testing.T) { run(t, storetest.Server(t)) })
}

// The terminals of the contract.
var contract = map[string]struct{ merchant, tmk string }{
	"29000001": {"898290054110001", "0123456789ABCDEFFEDCBA9876543210"},
	"29000002": {"898290054110001", "89ABCDEF0123456776543210FEDCBA98"},
	"29000003": {"898290058120002", "FEDCBA98765432100123456789ABCDEF"},
}

// openTerminal returns a terminal of the contract, with change applied to its configuration, signed in.
func openTerminal(t testing.TB, d *world.Demo, number string, change func(*pos.Config)) *pos.Terminal {
	t.Helper()
	terminal := openTerminalWithoutSignIn(t, d, number, change)
	must(t)(terminal.SignIn(context.Background()))
	return terminal
}

func openTerminalWithoutSignIn(t testing.TB, d *world.Demo, number string, change func(*pos.Config)) *pos.Terminal {
	t.Helper()
	tmk, err := hex.DecodeString(contract[number].tmk)
	if err != nil {
		t.Fatal(err)
	}
	c := pos.Config{
		Terminal: number, Merchant: contract[number].merchant, TMK: tmk, Address: d.App.Host.Addr().String(),
		AnswerTimeout: 20 * time.Second, Now: d.Clock.Now,
	}
	if change != nil {
		change(&c)
	}
	terminal, err := pos.Open(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { terminal.Close() })
	return terminal
}

// must returns a check that an act of a terminal came off.
func must(t testing.TB) func(pos.Outcome, error) pos.Outcome {
	return func(o pos.Outcome, err error) pos.Outcome {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		if !o.Approved {
			t.Fatalf("%s: %s %s %s", o.Kind, o.Code, o.TextEN, o.Fault)
		}
		return o
	}
}

// answers returns a check that an act was answered with a code.
func answers(t testing.TB, code string) func(pos.Outcome, error) pos.Outcome {
	return func(o pos.Outcome, err error) pos.Outcome {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		if o.Code != code {
			t.Fatalf("%s answered %q (%s) %s, want %s", o.Kind, o.Code, o.TextEN, o.Fault, code)
		}
		return o
	}
}

func demoCard(t testing.TB, name string) pos.Card {
	t.Helper()
	c, err := pos.FindCard(name)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// sell asks for a sale by chip with the card's PIN.
func sell(t testing.TB, terminal *pos.Terminal, fen int64, name string) (pos.Outcome, error) {
	t.Helper()
	c := demoCard(t, name)
	return terminal.Sale(context.Background(), pos.SaleInput{
		Amount: fen, Card: c, Entry: pos.Insert, PIN: "123456",
	})
}

// findings recomputes the invariants and returns what does not hold.
func findings(t testing.TB, target string) []string {
	t.Helper()
	v, err := store.OpenVerifier(context.Background(), target, calendar.At(time.Now()))
	if err != nil {
		t.Fatal(err)
	}
	defer v.Close()
	var out []string
	if _, err := v.Verify(context.Background(), func(c store.Check) {
		for _, r := range c.Rows {
			out = append(out, c.Invariant+" "+c.Claim+": "+r)
		}
	}); err != nil {
		t.Fatal(err)
	}
	return out
}

// proveBooks waits until nothing is under way, then demands that every invariant holds, at yifen and at
// the card network.
func proveBooks(t testing.TB, d *world.Demo) {
	t.Helper()
	eventually(t, time.Minute, "every outcome is known", func() bool {
		open, err := d.App.Store.OpenOutcomes(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		return open == 0
	})
	for _, f := range findings(t, d.Records()) {
		t.Error(f)
	}
	if d.Network != nil {
		if err := d.Network.Check(); err != nil {
			t.Error(err)
		}
	}
}

// Every act of a terminal with each card that approves, on both engines; the books are proved after each.
func TestTerminal_sellsVoidsRefundsAndCloses(t *testing.T) {
	everyEngine(t, func(t *testing.T, database string) {
		d := startDemo(t, world.DemoOptions{Database: database, Quick: true})
		ctx := context.Background()
		terminal := openTerminal(t, d, "29000001", nil)
		for _, name := range []string{"debit", "credit"} {
			sale := must(t)(sell(t, terminal, 100_00, name))
			proveBooks(t, d)
			must(t)(terminal.Void(ctx, sale.Trace))
			proveBooks(t, d)

			other := must(t)(sell(t, terminal, 80_00, name))
			date := other.Slip.Time.Format("0102")
			refund := func(fen int64) (pos.Outcome, error) {
				return terminal.Refund(ctx, pos.RefundInput{
					Amount: fen, Card: demoCard(t, name), Entry: pos.Insert, RRN: other.RRN, Date: date,
				})
			}
			must(t)(refund(30_00))
			proveBooks(t, d)
			answers(t, "64")(refund(50_01))
			must(t)(refund(50_00))
			answers(t, "64")(refund(1))
			proveBooks(t, d)
		}
		if stats := d.Network.Stats(); stats.ChipsVerified != 4 || stats.ChipsRefuted != 0 {
			t.Errorf("the issuers found %d cryptograms right and %d wrong, want 4 and 0", stats.ChipsVerified, stats.ChipsRefuted)
		}
		closed := must(t)(terminal.Settle(ctx))
		if closed.BatchSlip == nil || closed.BatchSlip.Totals.Domestic.Result != '1' {
			t.Errorf("the batch close did not balance: %+v", closed.BatchSlip)
		}
		proveBooks(t, d)
	})
}

func TestTerminal_cardsThatDecline(t *testing.T) {
	everyEngine(t, func(t *testing.T, database string) {
		d := startDemo(t, world.DemoOptions{Database: database, Quick: true})
		terminal := openTerminal(t, d, "29000001", nil)
		for _, code := range []string{"51", "54", "41", "55", "75"} {
			answers(t, code)(sell(t, terminal, 10_00, code))
			proveBooks(t, d)
		}
	})
}

func TestTerminal_silenceIsReversed(t *testing.T) {
	everyEngine(t, func(t *testing.T, database string) {
		d := startDemo(t, world.DemoOptions{
			Database: database, Quick: true, Timeout: 300 * time.Millisecond, RecoverAfter: time.Second, LateAfter: 600 * time.Millisecond,
		})
		terminal := openTerminal(t, d, "29000001", nil)
		answers(t, "98")(sell(t, terminal, 10_00, "silent"))
		answers(t, "98")(sell(t, terminal, 20_00, "late"))
		must(t)(sell(t, terminal, 30_00, "debit")) // reversals of the terminal's own go first
		proveBooks(t, d)
		must(t)(terminal.Settle(context.Background()))
		proveBooks(t, d)
	})
}

// A terminal that was not settled in the evening finds its batch closed by the host. It agrees on that
// batch under its own number before it goes on, and nothing of it becomes suspect.
func TestTerminal_settlesTheBatchThatTheHostClosed(t *testing.T) {
	d := startDemo(t, world.DemoOptions{Quick: true})
	ctx := context.Background()
	terminal := openTerminal(t, d, "29000001", nil)
	for range 9 { // more lines than one upload message carries
		must(t)(sell(t, terminal, 12_00, "debit"))
	}
	before := terminal.Status().Batch
	d.Clock.Advance(24 * time.Hour)
	if err := d.App.RollDay(ctx); err != nil {
		t.Fatal(err)
	}
	answers(t, "77")(sell(t, terminal, 5_00, "debit"))
	must(t)(sell(t, terminal, 5_00, "debit"))
	if now := terminal.Status(); now.Batch == before || now.Lines != 1 {
		t.Errorf("the terminal holds %d lines in batch %s, want the new sale in the batch after %s", now.Lines, now.Batch, before)
	}
	closed := must(t)(terminal.Settle(ctx))
	if closed.BatchSlip.Totals.Domestic.Result != pos.Equal {
		t.Errorf("the new batch does not balance: %+v", closed.BatchSlip.Totals)
	}
	proveBooks(t, d)
	v, err := store.OpenVerifier(ctx, d.Records(), calendar.At(time.Now()))
	if err != nil {
		t.Fatal(err)
	}
	defer v.Close()
	lines, err := v.Suspense(ctx, step.Key{}, 10)
	if err != nil {
		t.Fatal(err)
	}
	if len(lines) > 0 {
		t.Errorf("%d lines were taken for suspect, such as %+v", len(lines), lines[0])
	}
}

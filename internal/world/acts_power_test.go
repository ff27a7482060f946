package world_test

import (
	"path/filepath"
	"testing"

	"github.com/yifen-pay/yifen/internal/domain/calendar"
	"github.com/yifen-pay/yifen/internal/domain/payment"
	"github.com/yifen-pay/yifen/internal/domain/receipt"
	"github.com/yifen-pay/yifen/internal/sim/pos"
	"github.com/yifen-pay/yifen/internal/store"
	"github.com/yifen-pay/yifen/internal/world"
)

// cutsOfAnAct are the moments of a transaction at which a terminal may lose its power: before it is stored, before
// and after it is sent, with the answer on the way, with the answer stored, while it prints.
var cutsOfAnAct = []string{"before_flash", "before_send", "after_send", "after_answer", "after_flash", "before_print"}

// Whatever transaction a terminal was at, and wherever in it the power went: after the next start books,
// terminal and paper say the same, and so does the network.
func TestPower_isLostInEveryAct(t *testing.T) {
	everyEngine(t, func(t *testing.T, database string) {
		d := startDemo(t, world.DemoOptions{Database: database, Quick: true})
		passed := map[string]int{} // by the preparations and the act itself, when nothing is cut
		rehearsal := desktop(t, d, "29000001", "", func(at string) { passed[at]++ })
		for _, x := range transactions {
			if x.state == payment.ClosedOff {
				continue // an inquiry leaves nothing behind
			}
			clear(passed)
			rehearsal.act(x.act)
			t.Run(x.name, func(t *testing.T) {
				for _, point := range cutsOfAnAct {
					t.Run(point, func(t *testing.T) {
						passes, flash := 0, filepath.Join(t.TempDir(), "flash")
						k := desktop(t, d, "29000002", flash, func(at string) {
							if at != point {
								return
							}
							if passes--; passes == 0 {
								panic(errPower)
							}
						})
						passes = passed[point] // from here on, after the sign-in
						if !withoutPower(func() { k.act(x.act) }) {
							t.Fatalf("the terminal never passed %s", point)
						}
						k.pos.Close()
						k = desktop(t, d, "29000002", flash, nil)
						k.agrees()
						if o := must(t)(k.pos.Settle(t.Context())); o.BatchSlip.Totals.Domestic.Result != '1' {
							t.Errorf("the batch does not balance: %+v", o.BatchSlip.Totals)
						}
					})
				}
			})
		}
		proveBooks(t, d)
		if err := d.Network.Check(); err != nil {
			t.Error(err)
		}
		ours, theirs := takings(t, d), int64(0)
		for tx := range d.Network.Transactions() {
			theirs += tx.Taken()
		}
		if ours != theirs {
			t.Errorf("the books hold %d fen, the network %d", ours, theirs)
		}
	})
}

// desktop opens a terminal with somebody at it who inserts the debit card. What was pending goes first.
func desktop(t *testing.T, d *world.Demo, number, flash string, cut func(string)) *cashDesk {
	t.Helper()
	terminal := openTerminalWithoutSignIn(t, d, number, func(c *pos.Config) { c.Flash, c.Cut = flash, cut })
	if _, err := terminal.Resolve(t.Context()); err != nil {
		t.Fatal(err)
	}
	must(t)(terminal.SignIn(t.Context()))
	return &cashDesk{t: t, d: d, pos: terminal, entry: pos.Insert, card: demoCard(t, "debit"), pin: true}
}

// act runs a transaction, whatever comes of it.
func (k *cashDesk) act(act func(*cashDesk) (pos.Outcome, error)) {
	if _, err := act(k); err != nil {
		k.t.Fatal(err)
	}
}

// agrees holds the terminal's journal against the books and the host's receipts.
func (k *cashDesk) agrees() {
	k.t.Helper()
	for _, slip := range k.pos.Journal() {
		op, _ := recorded(k.t, k.d, slip.Terminal, slip.Trace)
		if op.State != payment.OpApproved || op.RRN != slip.RRN || op.ApprovedFen != slip.Amount || op.AuthCode != "" && op.AuthCode != slip.AuthCode {
			k.t.Errorf("the terminal has %s %s of %d fen, the books say %s of %d", slip.Kind, slip.Trace, slip.Amount, op.State, op.ApprovedFen)
			continue
		}
		if _, err := k.d.App.Receipts.Show(k.t.Context(), op.ID, receipt.MerchantCopy, receipt.Chinese); err != nil {
			k.t.Errorf("the receipt of %s %s: %v", slip.Kind, slip.Trace, err)
		}
	}
}

// takings returns what the books hold of captured payments, less refunds, in fen.
func takings(t *testing.T, d *world.Demo) int64 {
	t.Helper()
	v, err := store.OpenVerifier(t.Context(), d.App.Config.Get("database"), calendar.At(d.Clock.Now()))
	if err != nil {
		t.Fatal(err)
	}
	defer v.Close()
	fen, err := v.Takings(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return fen
}

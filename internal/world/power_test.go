package world_test

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"github.com/yifen-pay/yifen/internal/sim/pos"
	"github.com/yifen-pay/yifen/internal/world"
)

// errPower is what a terminal panics with that loses its power.
var errPower = errors.New("power lost")

// withoutPower runs an act of a terminal that may end in a power cut, and tells whether it did.
func withoutPower(act func()) (cut bool) {
	defer func() {
		if p := recover(); p != nil {
			if p != errPower {
				panic(p)
			}
			cut = true
		}
	}()
	act()
	return false
}

// A terminal that loses its power at any point sends what is pending before anything else, and its batch
// balances with the books afterwards.
func TestPower_isLostAtEveryPoint(t *testing.T) {
	everyEngine(t, losePowerEverywhere)
}

func losePowerEverywhere(t *testing.T, database string) {
	d := startDemo(t, world.DemoOptions{Database: database, Quick: true})
	ctx := context.Background()
	for _, point := range pos.CutPoints() {
		if strings.HasPrefix(point, "upload") {
			continue // details are uploaded after an unequal close only
		}
		t.Run(point, func(t *testing.T) {
			flash := filepath.Join(t.TempDir(), "flash")
			keep := func(c *pos.Config) { c.Flash = flash }
			terminal := openTerminal(t, d, "29000002", keep)
			kept := must(t)(sell(t, terminal, 60_00, "debit"))
			terminal.Close()

			armed := false
			cutting := openTerminal(t, d, "29000002", func(c *pos.Config) {
				c.Flash = flash
				c.Cut = func(at string) {
					if armed && at == point {
						armed = false
						panic(errPower)
					}
				}
			})
			armed = true
			act := func() { sell(t, cutting, 7_00, "credit") }
			switch {
			case strings.HasPrefix(point, "reversal"):
				armed = false
				lose := "after_answer"
				first := openCut(t, d, flash, cutting, lose)
				withoutPower(func() { sell(t, first, 7_00, "credit") })
				first.Close()
				cutting = openCut(t, d, flash, nil, point)
				act = func() { cutting.Resolve(ctx) }
			case strings.HasPrefix(point, "settle"), strings.HasSuffix(point, "_clear"):
				act = func() { cutting.Settle(ctx) }
			}
			if !withoutPower(act) {
				t.Fatalf("the terminal never passed %s", point)
			}
			cutting.Close()

			again := openTerminalWithoutSignIn(t, d, "29000002", keep)
			if _, err := again.Resolve(ctx); err != nil {
				t.Fatal(err)
			}
			if again.Status().Settling {
				must(t)(again.Settle(ctx))
			} else if kept.Batch == again.Status().Batch {
				must(t)(again.SignIn(ctx))
				must(t)(again.Void(ctx, kept.Trace))
				closed := must(t)(again.Settle(ctx))
				if closed.BatchSlip.Totals.Domestic.Result != '1' {
					t.Errorf("the batch does not balance: %+v", closed.BatchSlip.Totals)
				}
			}
			proveBooks(t, d)
		})
	}
}

// openCut returns the terminal with its flash, cutting its power at a point; before is closed first.
func openCut(t *testing.T, d *world.Demo, flash string, before *pos.Terminal, point string) *pos.Terminal {
	t.Helper()
	if before != nil {
		before.Close()
	}
	return openTerminalWithoutSignIn(t, d, "29000002", func(c *pos.Config) {
		c.Flash = flash
		c.Cut = func(at string) {
			if at == point {
				panic(errPower)
			}
		}
	})
}

package railtest

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/yifen-pay/yifen/internal/domain/wallet"
	"github.com/yifen-pay/yifen/internal/sim/kit"
)

// contradicts says how an answer about an order contradicts the books, "" where it does not.
func (b Truth) contradicts(a wallet.Answer) string {
	switch a.State {
	case wallet.Paid:
		if !b.Paid {
			return "the books know of no payment"
		}
	case wallet.Waiting:
		if !b.Waiting {
			return "the books say that it is over"
		}
	case wallet.Ended:
		if b.Paid || b.Waiting || a.Undone != b.Ever {
			return "the books say that it stands, or otherwise whether money went back"
		}
	case wallet.Failed:
		if b.Paid || b.Waiting {
			return "the books say that it stands"
		}
	case wallet.Missing:
		if b.Exists {
			return "the books have it"
		}
	}
	return ""
}

// Names returns flaws by their names.
func Names[F ~string](flaws ...F) []string {
	list := make([]string, 0, len(flaws))
	for _, flaw := range flaws {
		list = append(list, string(flaw))
	}
	return list
}

// game is one run of chance.
type game struct {
	*Rig
	*rand.Rand
	orders []*order
}

type order struct {
	number    string
	presented wallet.Presented
	content   string
	code      wallet.Code
	sent      bool
	over      bool // by the rail's word
	refunds   int
}

// Chance plays acts and flaws at random, from seeds, and holds that what the rail says last of an order or a refund never
// contradicts the wallet's books.
func Chance(t *testing.T, open func(t testing.TB, seed int) *Rig, flaws ...string) {
	for seed := range 4 {
		t.Run(fmt.Sprintf("seed %d", seed), func(t *testing.T) {
			t.Parallel()
			g := &game{Rig: open(t, seed), Rand: rand.New(rand.NewPCG(uint64(seed), 1))}
			g.Want("first", g.Ask(g.Request(wallet.Query, Number(0))), wallet.Missing)
			g.strike(uint64(seed), flaws)
			for i := range 20 {
				o := &order{number: Number(i + 1), presented: wallet.Shown}
				if i%2 == 1 {
					o.presented = wallet.Scanned
				}
				g.orders = append(g.orders, o)
			}
			for step := range 150 {
				g.step(step, g.orders[g.IntN(len(g.orders))])
			}
			g.Party.Clear()
			g.Party.Faults.Clear()
			g.end()
		})
	}
}

// strike sets flaws and faults, each at a rate of its own seed.
func (g *game) strike(seed uint64, flaws []string) {
	g.Helper()
	const rate = 0.04
	for i, flaw := range flaws {
		if err := g.Party.Set(flaw, rate, seed+uint64(i)); err != nil {
			g.Fatal(err)
		}
	}
	for i, kind := range []kit.Kind{kit.Close, kit.WrongAmount} {
		if err := g.Party.Faults.Set(kit.Fault{Kind: kind, Rate: rate, Seed: seed + uint64(i)}); err != nil {
			g.Fatal(err)
		}
	}
}

// step does one act to an order, ours or the payer's.
func (g *game) step(n int, o *order) {
	g.Helper()
	asks := []wallet.Ask{wallet.Show, wallet.Query, wallet.Query, wallet.Refund, wallet.Withdraw}
	q := g.Request(asks[g.IntN(len(asks))], o.number)
	q.Presented, q.Began, q.Expires = o.presented, Noon, Noon.Add(time.Hour)
	switch dice := g.IntN(4); {
	case o.presented == wallet.Scanned && !o.sent:
		o.sent, q.Ask = true, wallet.Charge
		o.code = g.Code([]kit.CodeState{kit.CodeOK, kit.CodePassword, kit.CodePoor, kit.CodeExpired}[dice])
		q.Code = o.code
	case q.Ask == wallet.Show && (o.presented == wallet.Scanned || o.over):
		q.Ask = wallet.Query // what is over is not shown again
	case !o.sent:
		o.sent, q.Ask = true, wallet.Show
	case dice == 0 && o.content != "":
		_ = g.Party.Scan(o.content, []kit.Act{kit.Pay, kit.Leave, kit.Refuse}[g.IntN(3)]) // an order that is over refuses
		return
	case dice == 0 && !o.code.IsZero():
		_ = g.Party.Password(o.code.Digits()) // nobody may be waiting
		return
	case q.Ask == wallet.Withdraw && dice < 3:
		q.Ask = wallet.Query
	}
	if q.Ask == wallet.Refund {
		g.back(n, o)
		return
	}
	a := g.Ask(q)
	if why := g.Party.Order(o.number).contradicts(a); why != "" {
		g.Fatalf("step %d, %s of %s: %+v: %s", n, q.Ask, o.number, a, why)
	}
	if a.Content != "" {
		o.content = a.Content
	}
	o.over = o.over || a.State == wallet.Ended || a.State == wallet.Failed
}

// back gives some of an order back.
func (g *game) back(n int, o *order) {
	g.Helper()
	q := g.Back(o.number, fmt.Sprintf("refund_%s_%d", o.number[28:], o.refunds))
	q.Back.Fen, q.Presented, q.Again = 100, o.presented, g.IntN(2) == 0
	a := g.Ask(q)
	state, found := g.Party.Refund(o.number, q.BackNumber)
	none := a.State == wallet.Failed || a.State == wallet.Unsent
	if a.State != wallet.Silent && !(found && state == a.State) && !(none && !found) {
		g.Fatalf("step %d, refund %s: %+v: the books say %q", n, q.BackNumber, a, state)
	}
	if a.State != wallet.Silent {
		o.refunds++
	}
	g.Party.Clock.Advance(3 * time.Second)
}

// end holds what is true in the end, when nothing strikes any more.
func (g *game) end() {
	g.Helper()
	for _, o := range g.orders {
		books := g.Party.Order(o.number)
		if o.over && books.Paid {
			g.Errorf("%s was over by the rail's word, and is paid", o.number)
		}
		a := g.Ask(g.Request(wallet.Query, o.number))
		if why := books.contradicts(a); why != "" || a.State == wallet.Silent || a.State == wallet.Unsent {
			g.Errorf("in the end %s is %+v: %s", o.number, a, why)
		}
	}
}

package world_test

import (
	"cmp"
	"context"
	"encoding/hex"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/yifen-pay/yifen/internal/domain/directory"
	"github.com/yifen-pay/yifen/internal/domain/payment"
	"github.com/yifen-pay/yifen/internal/domain/step"
	"github.com/yifen-pay/yifen/internal/domain/terminal"
	"github.com/yifen-pay/yifen/internal/sim/pos"
	"github.com/yifen-pay/yifen/internal/world"
)

// cashDesk is a terminal with somebody at it, for the transactions of the dialect.
type cashDesk struct {
	t     *testing.T
	d     *world.Demo
	pos   *pos.Terminal
	entry pos.Entry
	card  pos.Card
	pin   bool
}

func (k *cashDesk) present(fen int64) pos.SaleInput {
	in := pos.SaleInput{Amount: fen, Card: k.card, Entry: k.entry}
	if k.pin {
		in.PIN = "123456"
	}
	return in
}

// authorize makes a pre-authorization and returns what refers to it.
func (k *cashDesk) authorize(fen int64) func(int64) pos.AuthorizationInput {
	k.t.Helper()
	o := must(k.t)(k.pos.Preauth(k.t.Context(), k.present(fen)))
	return func(fen int64) pos.AuthorizationInput {
		return pos.AuthorizationInput{SaleInput: k.present(fen), AuthCode: o.AuthCode, Date: o.Slip.Time.Format("0102")}
	}
}

// voices counts authorizations by voice: each pays for one sale.
var voices atomic.Int64

// transactions are the acts of the dialect, each with what goes before it, and how its payment then stands.
var transactions = []struct {
	name  string
	state payment.State
	act   func(k *cashDesk) (pos.Outcome, error)
}{
	{"balance inquiry", payment.ClosedOff, func(k *cashDesk) (pos.Outcome, error) {
		in := k.present(0)
		in.PIN = "123456" // nobody sees a balance without it
		o, err := k.pos.Balance(k.t.Context(), in)
		if o.Balance == nil || *o.Balance <= 0 {
			k.t.Errorf("the balance is %v", o.Balance)
		}
		return o, err
	}},
	{"sale", payment.Captured, func(k *cashDesk) (pos.Outcome, error) { return k.pos.Sale(k.t.Context(), k.present(12_34)) }},
	{"void of a sale", payment.Voided, func(k *cashDesk) (pos.Outcome, error) {
		sale := must(k.t)(k.pos.Sale(k.t.Context(), k.present(20_00)))
		return k.pos.Void(k.t.Context(), sale.Trace)
	}},
	{"refund", payment.Captured, func(k *cashDesk) (pos.Outcome, error) {
		sale := must(k.t)(k.pos.Sale(k.t.Context(), k.present(20_00)))
		return k.pos.Refund(k.t.Context(), pos.RefundInput{
			Amount: 5_00, Card: k.card, Entry: k.entry, RRN: sale.RRN, Date: sale.Slip.Time.Format("0102"),
		})
	}},
	{"pre-authorization", payment.Authorized, func(k *cashDesk) (pos.Outcome, error) {
		return k.pos.Preauth(k.t.Context(), k.present(100_00))
	}},
	{"add-on pre-authorization", payment.Authorized, func(k *cashDesk) (pos.Outcome, error) {
		on := k.authorize(100_00)
		return k.pos.AddOn(k.t.Context(), on(50_00))
	}},
	{"void of an authorization", payment.Voided, func(k *cashDesk) (pos.Outcome, error) {
		on := k.authorize(100_00)
		return k.pos.PreauthVoid(k.t.Context(), on(100_00))
	}},
	{"completion by request", payment.Captured, func(k *cashDesk) (pos.Outcome, error) {
		on := k.authorize(100_00)
		return k.pos.Complete(k.t.Context(), on(115_00))
	}},
	{"completion by advice", payment.Captured, func(k *cashDesk) (pos.Outcome, error) {
		on := k.authorize(100_00)
		return k.pos.CompleteAdvice(k.t.Context(), on(80_00))
	}},
	{"void of a completion", payment.Authorized, func(k *cashDesk) (pos.Outcome, error) {
		on := k.authorize(100_00)
		done := must(k.t)(k.pos.Complete(k.t.Context(), on(90_00)))
		return k.pos.CompletionVoid(k.t.Context(), done.Trace)
	}},
	{"offline sale", payment.Captured, func(k *cashDesk) (pos.Outcome, error) {
		return k.pos.OfflineSale(k.t.Context(), pos.OfflineInput{
			Amount: 33_00, Card: k.card, Entry: k.entry, AuthCode: fmt.Sprintf("V%05d", voices.Add(1)),
		})
	}},
	{"adjustment", payment.Captured, func(k *cashDesk) (pos.Outcome, error) {
		sale := must(k.t)(k.pos.Sale(k.t.Context(), k.present(40_00)))
		return k.pos.Adjust(k.t.Context(), sale.Trace, 38_00)
	}},
	{"tip", payment.Captured, func(k *cashDesk) (pos.Outcome, error) {
		sale := must(k.t)(k.pos.Sale(k.t.Context(), k.present(40_00)))
		return k.pos.Tip(k.t.Context(), sale.Trace, 4_00)
	}},
}

// presentations are the ways in which a card is presented. Credit cards are, as debit cards want a PIN.
var presentations = []struct {
	name  string
	card  string
	entry pos.Entry
	pin   bool
}{
	{"swipe", "stripe", pos.Swipe, true},
	{"insert", "debit", pos.Insert, true},
	{"tap", "debit", pos.Tap, false},
	{"phone", "phone", pos.Tap, false},
	{"key in", "credit", pos.Manual, false},
	{"tap, Visa 10", "visa10", pos.Tap, false},
	{"insert, Visa 18", "visa18", pos.Insert, true},
}

// dialect is the profile of a group in an envelope.
type dialect struct {
	letter  string // in the table of docs/certification.md
	name    string
	profile string
	change  func(*pos.Config)
}

// dialects are the profiles of groups, and the envelopes that every profile may come in.
var dialects = []dialect{
	{"C", "cup", terminal.ProfileCUP, nil},
	{"T", "cup, track key", terminal.ProfileCUP, func(c *pos.Config) { c.KeyScheme = "004" }},
	{"1", "cup-190", terminal.Profile190, nil},
	{"S", "cup-single", terminal.ProfileSingle, nil},
	{"H", "cup, HTTP", terminal.ProfileCUP, func(c *pos.Config) { c.Gateway = pos.GatewayPath }},
	{"X", "cup-x919", terminal.ProfileX919, nil},
	{"4", "cup-sm4", terminal.ProfileSM4, nil},
	{"A", "cup, ANI", terminal.ProfileCUP, func(c *pos.Config) { c.ANI = []byte("08981234567890") }},
}

// Every transaction, presented in every way, in every dialect, over a socket, ends as it should, prints, and
// the books hold. docs/certification.md shows them as a table, and this test holds it to that.
func TestTransactions(t *testing.T) {
	ran := map[string]string{} // transaction and presentation → the letters of the dialects
	for _, dialect := range dialects {
		t.Run(dialect.name, func(t *testing.T) {
			d := startDemo(t, world.DemoOptions{Quick: true})
			const number = "29000003" // of the restaurant
			inGroup(t, d, number, dialect.profile)
			for _, p := range presentations {
				t.Run(p.name, func(t *testing.T) {
					k := &cashDesk{t: t, d: d, entry: p.entry, card: demoCard(t, p.card), pin: p.pin}
					k.pos = openTerminal(t, d, number, func(c *pos.Config) {
						c.Profile = dialect.profile
						if dialect.change != nil {
							dialect.change(c)
						}
					})
					for _, x := range transactions {
						if p.entry == pos.Manual && x.name == "balance inquiry" {
							continue // a number alone shows no balance
						}
						t.Run(x.name, func(t *testing.T) {
							k.t = t
							o := must(t)(x.act(k))
							if _, p := recorded(t, d, number, o.Trace); p.State != x.state {
								t.Errorf("the payment is %s, want %s", p.State, x.state)
							}
							if x.name != "balance inquiry" {
								prints(t, o.Slip)
							}
						})
						ran[x.name+"/"+p.name] += dialect.letter
					}
					k.t = t
					if o := must(t)(k.pos.Settle(t.Context())); o.BatchSlip.Totals.Domestic.Result != '1' || o.BatchSlip.Totals.Foreign.Result != '1' {
						t.Errorf("the terminal's totals differ from the host's: %+v", o.BatchSlip.Totals)
					}
				})
			}
			proveBooks(t, d)
		})
	}
	holdCertification(t, ran)
}

// prints demands that a slip can be drawn on paper.
func prints(t *testing.T, slip *pos.Slip) {
	t.Helper()
	if slip == nil {
		t.Fatal("there is no slip")
	}
	for _, lang := range []string{"zh", "en"} {
		if doc, err := world.Paper(*slip, "merchant", lang, 0); err != nil || !strings.Contains(doc.Text(32), slip.Card) {
			t.Errorf("the paper of %s: %v", slip.Kind, err)
		}
	}
}

// holdCertification holds the table of the docs against what was run.
func holdCertification(t *testing.T, ran map[string]string) {
	t.Helper()
	var table strings.Builder
	table.WriteString("| transaction |")
	for _, p := range presentations {
		table.WriteString(" " + p.name + " |")
	}
	table.WriteString("\n|---" + strings.Repeat("|---", len(presentations)) + "|\n")
	for _, x := range transactions {
		table.WriteString("| " + x.name + " |")
		for _, p := range presentations {
			table.WriteString(" " + cmp.Or(ran[x.name+"/"+p.name], "–") + " |")
		}
		table.WriteString("\n")
	}
	raw, err := os.ReadFile("../../docs/certification.md")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(raw), table.String()) {
		t.Errorf("docs/certification.md does not hold this table:\n%s", table.String())
	}
}

// inGroup puts a terminal of the contract into a group that speaks a profile.
func inGroup(t *testing.T, d *world.Demo, number, profile string) {
	t.Helper()
	ctx := context.Background()
	if err := d.App.Terminals.SaveGroup(ctx, terminal.Group{ID: profile, Name: profile, Profile: profile}, "test"); err != nil {
		t.Fatal(err)
	}
	entry, found, err := step.Read[directory.Entry](ctx, d.App.Store, directory.Key(directory.TerminalNumber, number))
	if err != nil || !found {
		t.Fatalf("terminal %s: %t, %v", number, found, err)
	}
	row, _, err := step.Read[terminal.Terminal](ctx, d.App.Store, terminal.Key(entry.Target))
	if err != nil {
		t.Fatal(err)
	}
	if err := d.App.Terminals.Move(ctx, row, profile, "test"); err != nil {
		t.Fatal(err)
	}
	if profile == terminal.ProfileSM4 { // the same value serves as a key of the other cipher
		tmk, err := hex.DecodeString(contract[number].tmk)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := d.App.LoadTerminalKey(ctx, number, "sm4", tmk, nil, "test"); err != nil {
			t.Fatal(err)
		}
	}
	if !slices.Contains(terminal.Profiles, profile) {
		t.Fatalf("there is no profile %s", profile)
	}
}

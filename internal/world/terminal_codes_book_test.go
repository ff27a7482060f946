package world_test

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/yifen-pay/yifen/internal/domain/payment"
	"github.com/yifen-pay/yifen/internal/domain/terminal"
	"github.com/yifen-pay/yifen/internal/sim/kit"
	"github.com/yifen-pay/yifen/internal/sim/pos"
	"github.com/yifen-pay/yifen/internal/wire/iso8583"
	"github.com/yifen-pay/yifen/internal/world"
)

// codeTransactions are what a terminal does with a payer's code, and the state in which each leaves the payment.
var codeTransactions = []struct {
	name  string
	state payment.State
	act   func(*codeDesk, *purse) (pos.Outcome, error)
}{
	{"sale", payment.Captured, func(c *codeDesk, p *purse) (pos.Outcome, error) {
		return c.k.PayByCode(c.Context(), 12_34, c.code(p, kit.CodeOK))
	}},
	{"void of a sale", payment.Voided, func(c *codeDesk, p *purse) (pos.Outcome, error) {
		return c.k.Void(c.Context(), c.pay(p, 5_00).Trace)
	}},
	{"refund", payment.Captured, func(c *codeDesk, p *purse) (pos.Outcome, error) {
		sale := c.pay(p, 10_00)
		return c.k.Refund(c.Context(), pos.RefundInput{Amount: 2_34, Entry: pos.Scan, RRN: sale.RRN, Date: sale.Slip.Time.Format("0102")})
	}},
}

// What a terminal does with the codes of every wallet, in every dialect, over a socket, ends as it should, prints, and the
// books hold. docs/certification.md shows that as a table, and this test holds it to that.
func TestTransactions_byCode(t *testing.T) {
	d := startDemo(t, world.DemoOptions{Quick: true, WithWallets: true, RecoverEvery: 20 * time.Millisecond})
	hurry(t, d)
	const number = "29000003"
	ran := map[string]string{}
	// One demo serves all: whose keys are of another cipher comes last.
	last := slices.IndexFunc(dialects, func(x dialect) bool { return x.profile == terminal.ProfileSM4 })
	for _, x := range slices.Concat(dialects[:last], dialects[last+1:], dialects[last:last+1]) {
		t.Run(x.name, func(t *testing.T) {
			inGroup(t, d, number, x.profile)
			c := &codeDesk{T: t, d: d, k: openTerminal(t, d, number, func(k *pos.Config) {
				k.Profile = x.profile
				if x.change != nil {
					x.change(k)
				}
			})}
			for _, p := range purses(d) {
				for _, act := range codeTransactions {
					o := must(t)(act.act(c, p))
					if _, pay := recorded(t, d, number, o.Trace); pay.State != act.state {
						t.Errorf("%s by %s: the payment is %s, want %s", act.name, p.name, pay.State, act.state)
					}
					if doc, err := world.Paper(*o.Slip, "merchant", "en", 0); err != nil || !strings.Contains(doc.Text(32), o.Slip.Order) {
						t.Errorf("the paper of a %s by %s: %v", act.name, p.name, err)
					}
					ran[act.name+"/"+string(p.name)] += x.letter
				}
			}
			if o := must(t)(c.k.Settle(t.Context())); o.BatchSlip.Totals.Verdict() != pos.Equal {
				t.Errorf("the batch does not balance: %+v", o.BatchSlip.Totals)
			}
		})
	}
	(&codeDesk{T: t, d: d}).proves()
	rows := []string{"| by code | WeChat Pay | Alipay | UnionPay |", "|---|---|---|---|"}
	for _, act := range codeTransactions {
		row := "| " + act.name + " |"
		for _, w := range []string{"wechat", "alipay", "unionpay"} {
			row += " " + cmp.Or(ran[act.name+"/"+w], "–") + " |"
		}
		rows = append(rows, row)
	}
	inBook(t, rows)
}

// hurry lets the demo's time pass ten times as fast, so that wallets are asked sooner what became of a refund.
func hurry(t *testing.T, d *world.Demo) {
	ctx, stop := context.WithCancel(t.Context())
	var passing sync.WaitGroup
	passing.Go(func() {
		tick := time.NewTicker(100 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				d.Clock.Advance(900 * time.Millisecond)
			case <-ctx.Done():
				return
			}
		}
	})
	t.Cleanup(func() { stop(); passing.Wait() })
}

// inBook holds a table of docs/certification.md to what was run.
func inBook(t *testing.T, rows []string) {
	t.Helper()
	raw, err := os.ReadFile("../../docs/certification.md")
	if err != nil {
		t.Fatal(err)
	}
	if table := strings.Join(rows, "\n") + "\n"; !strings.Contains(string(raw), table) {
		t.Errorf("docs/certification.md does not hold this table:\n%s", table)
	}
}

// Each end of a payment by code is told to the terminal by its own field 39. docs/certification.md shows them as a table, and
// this test holds it to that.
func TestAnswers_byCode(t *testing.T) {
	d := startDemo(t, world.DemoOptions{
		Quick: true, WithWallets: true, RecoverEvery: 20 * time.Millisecond, Settings: map[string]string{"iso-code-patience": "2s"},
	})
	hurry(t, d)
	c := &codeDesk{T: t, d: d, k: openTerminal(t, d, "29000002", nil)}
	k, trace, rows := c.desk(), 100, []string{"| what became of it | WeChat Pay | Alipay | UnionPay |", "|---|---|---|---|"}
	next := func() string { trace++; return fmt.Sprintf("%06d", trace) }
	sale := func(fen int64, code string) *iso8583.Message {
		return k.byCode("0200", "000000", "22", next(), fen, code)
	}
	sold := func(p *purse) (trace, rrn, code string) {
		code = c.code(p, kit.CodeOK)
		m := sale(9_00, code)
		return m.Get(11), strings.Clone(k.expect("00", m).Get(37)), code
	}
	refund := func(fen int64, rrn, date string) *iso8583.Message {
		m := k.byCode("0220", "200000", "25", next(), fen, "")
		m.Set(37, rrn)
		m.Set(61, iso8583.F61{Batch: "000000", Trace: "000000", Date: date}.String())
		m.Set(63, "000")
		return m
	}
	for _, end := range []struct {
		name string
		ask  func(p *purse) *iso8583.Message
	}{
		{"paid", func(p *purse) *iso8583.Message { return sale(1_00, c.code(p, kit.CodeOK)) }},
		{"voided", func(p *purse) *iso8583.Message {
			trace, rrn, _ := sold(p)
			return k.voidByCode(next(), 9_00, trace, rrn)
		}},
		{"part of it refunded", func(p *purse) *iso8583.Message { _, rrn, _ := sold(p); return refund(4_00, rrn, "0000") }},
		{"the void of what was refunded", func(p *purse) *iso8583.Message {
			trace, rrn, _ := sold(p)
			k.expect("00", refund(4_00, rrn, "0000"))
			return k.voidByCode(next(), 9_00, trace, rrn)
		}},
		{"nobody's code", func(*purse) *iso8583.Message { return sale(1_00, "991234567890123456") }},
		{"a code that was used", func(p *purse) *iso8583.Message { _, _, code := sold(p); return sale(1_00, code) }},
		{"a refund of another day's", func(p *purse) *iso8583.Message { _, rrn, _ := sold(p); return refund(4_00, rrn, "0101") }},
		{"a track beside the code", func(p *purse) *iso8583.Message {
			m := sale(1_00, c.code(p, kit.CodeOK))
			m.Set(35, demoCard(t, "debit").Number+"D3312201")
			return m
		}},
		{"a pre-authorization by code", func(p *purse) *iso8583.Message {
			m := k.byCode("0100", "030000", "10", next(), 1_00, c.code(p, kit.CodeOK))
			m.Set(25, "06")
			return m
		}},
		{"not enough money", func(p *purse) *iso8583.Message { return sale(1_00, c.code(p, kit.CodePoor)) }},
		{"an expired code", func(p *purse) *iso8583.Message { return sale(1_00, c.code(p, kit.CodeExpired)) }},
		{"above the limit of the service", func(p *purse) *iso8583.Message { return sale(50_000_01, c.code(p, kit.CodeOK)) }},
		{"more than is left to refund", func(p *purse) *iso8583.Message { _, rrn, _ := sold(p); return refund(9_01, rrn, "0000") }},
		{"another request under the trace", func(p *purse) *iso8583.Message {
			m := sale(1_00, c.code(p, kit.CodeOK))
			k.expect("00", m)
			m.Set(4, fmt.Sprintf("%012d", 2_00))
			return m
		}},
		{"the payer enters no password", func(p *purse) *iso8583.Message { return sale(1_00, c.code(p, kit.CodePassword)) }},
	} {
		var requests []*iso8583.Message
		var frames [][]byte
		for _, p := range purses(d) {
			m := end.ask(p)
			requests, frames = append(requests, m), append(frames, k.pack(m))
		}
		row := "| " + end.name + " |"
		for i, code := range sayAll(t, d, frames) { // side by side, since some wait
			if code == "98" {
				k.expect("00", k.reversal(requests[i], "98"))
			}
			row += " " + code + " |"
		}
		for _, p := range purses(d) {
			p.clear()
		}
		rows = append(rows, row)
	}
	bare := startDemo(t, world.DemoOptions{Quick: true}) // of a house that has no wallets
	none := openDesk(t, bare, "29000002")
	row := "| the house has no such wallet |"
	for _, code := range []string{"134567890123456789", "281234567890123456", "6212345678901234567"} {
		row += " " + none.ask(none.byCode("0200", "000000", "22", next(), 1_00, code)).Get(39) + " |"
	}
	inBook(t, append(rows, row))
	c.proves()
}

package world_test

import (
	"net"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/yifen-pay/yifen/internal/domain/payment"
	"github.com/yifen-pay/yifen/internal/sim/kit"
	"github.com/yifen-pay/yifen/internal/sim/pos"
	"github.com/yifen-pay/yifen/internal/world"
)

// losses are the points of a payment by code at which the host is killed, and so are the wallets, which write everything down.
var losses = []string{
	"sale.before_begin", "sale.after_begin", "sale.after_answer", "sale.after_outcome",
	"void.after_answer", "refund.after_answer", "reversal.after_begin", "reversal.after_answer",
}

// A host that is killed at any point of a payment by code, its void, refund or reversal knows what became of it once it
// is back: books, wallets and terminal say the same.
func TestTerminalCodes_hostLost(t *testing.T) {
	for i, point := range losses {
		t.Run(point, func(t *testing.T) {
			t.Parallel()
			o := world.DemoOptions{
				Dir: t.TempDir(), Quick: true, WithWallets: true, RecoverEvery: 20 * time.Millisecond, RecoverAfter: 3 * time.Second,
				Timeout: time.Second, Settings: map[string]string{"wallet-timeout": "500ms"}, ISO: freeAddress(t),
			}
			before := startDemo(t, o)
			p := purses(before)[i%3]
			act, _, _ := strings.Cut(point, ".")
			state := kit.CodeOK
			if act == "reversal" {
				state = kit.CodePassword
			}
			code, err := p.code(state)
			if err != nil {
				t.Fatal(err)
			}
			before.Stop()

			flash := filepath.Join(t.TempDir(), "flash")
			at := func(k *pos.Config) {
				k.Address, k.Flash, k.AnswerTimeout, k.ConnectTimeout = o.ISO, flash, 2*time.Second, 5*time.Second
			}
			loseHost(t, o, point, func() {
				k := openTerminalWithoutSignIn(t, before, "29000002", at)
				defer k.Close()
				eventually(t, time.Minute, "the terminal is signed in", func() bool {
					in, err := k.SignIn(t.Context())
					return err == nil && in.Approved
				})
				sale, err := k.PayByCode(t.Context(), 7_00, code)
				switch {
				case act == "sale":
				case err != nil:
					t.Fatal(err)
				case act == "void":
					k.Void(t.Context(), sale.Trace)
				case act == "refund":
					k.Refund(t.Context(), pos.RefundInput{Amount: 3_00, Entry: pos.Scan, RRN: sale.RRN, Date: sale.Slip.Time.Format("0102")})
				case act == "reversal":
					k.Resolve(t.Context())
				}
			})

			d := startDemo(t, o)
			c := &codeDesk{T: t, d: d, k: openTerminalWithoutSignIn(t, d, "29000002", at)}
			if _, err := c.k.Resolve(t.Context()); err != nil {
				t.Fatal(err)
			}
			eventually(t, time.Minute, "every outcome is known", func() bool {
				d.Clock.Advance(30 * time.Second) // an order that a wallet does not know may still be on its way to it
				open, err := d.App.Store.OpenOutcomes(t.Context())
				return err == nil && open == 0
			})
			must(t)(c.k.SignIn(t.Context()))
			c.close()
			for _, op := range operations(t, d) {
				pay, _, err := d.App.Payments.ByCode(t.Context(), op.Payment)
				if err != nil {
					t.Fatal(err)
				}
				want := map[string]payment.State{"void": payment.Voided, "refund": payment.Captured}[act]
				if over := pay.State == payment.Reversed || pay.State == payment.ClosedOff; want == "" && !over || want != "" && pay.State != want {
					t.Errorf("the payment is %s", pay.State)
				}
			}
		})
	}
}

// freeAddress returns a loopback address that nobody listens on at the moment.
func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// loseHost runs a host in a process of its own that dies at a point, which the act must make it pass.
func loseHost(t *testing.T, o world.DemoOptions, point string, act func()) {
	t.Helper()
	for _, a := range []*string{&o.HTTP, &o.Bench, &o.Printer, &o.Network, &o.WeChat, &o.Alipay, &o.UnionPay, &o.MQTT} {
		*a = "127.0.0.1:0"
	}
	o.WeakPasswords = true
	server := serverCommand(o, point)
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	died := make(chan struct{})
	go func() {
		server.Wait()
		close(died)
	}()
	t.Cleanup(func() { server.Process.Kill() })
	act()
	eventually(t, time.Minute, "the host passes "+point, func() bool {
		select {
		case <-died:
			return true
		default:
			return false
		}
	})
}

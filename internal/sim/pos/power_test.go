package pos_test

import (
	"errors"
	"image"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/yifen-pay/yifen/internal/sim/pos"
	"github.com/yifen-pay/yifen/internal/wire/iso8583"
)

// errPower is what a terminal panics with when it loses power.
var errPower = errors.New("power lost")

// fuse is a [pos.Config.Cut] that loses power the nth time that a point is passed.
type fuse struct {
	host  *host
	point string
	nth   int

	passed int
	sent   int
}

func (f *fuse) cut(at string) {
	if strings.HasSuffix(at, "before_send") {
		f.sent++
	}
	if at != f.point {
		return
	}
	if f.passed++; f.passed < f.nth {
		return
	}
	if strings.HasSuffix(at, "after_send") {
		// What left reaches the host before the terminal is back, as it does outside of a test.
		f.host.await(f.sent)
	}
	panic(errPower)
}

// day is a whole day of a terminal: every message that it can send, an answer that gets lost and totals that
// differ.
func day(t *testing.T, terminal *pos.Terminal, h *host) {
	ctx := t.Context()
	must(t)(terminal.SignIn(ctx))
	must(t)(terminal.Balance(ctx, chipSale(t, 0)))
	first := must(t)(terminal.Sale(ctx, chipSale(t, 100_00)))
	second := must(t)(terminal.Sale(ctx, chipSale(t, 50_00)))
	must(t)(terminal.Void(ctx, first.Trace))
	must(t)(terminal.Refund(ctx, pos.RefundInput{
		Amount: 20_00, Card: demo(t, "debit"), Entry: pos.Insert, RRN: second.RRN, Date: "1107",
	}))
	authorizations(t, terminal)
	advices(t, terminal, h)
	h.behave(func(h *host) { h.twist = func(req, _ *iso8583.Message) bool { return req.MTI() != "0200" } })
	if o, err := terminal.Sale(ctx, chipSale(t, 30_00)); err != nil || !o.Unknown {
		t.Fatalf("a sale without an answer: %+v, %v", o, err)
	}
	h.behave(func(h *host) { h.twist, h.unequal = nil, true })
	must(t)(terminal.Sale(ctx, stripeSale(t, 3_00)))
	must(t)(terminal.Settle(ctx))
	must(t)(terminal.Sale(ctx, chipSale(t, 4_00)))
}

// authorizations passes through everything that can happen to a pre-authorization.
func authorizations(t *testing.T, terminal *pos.Terminal) {
	ctx := t.Context()
	held := must(t)(terminal.Preauth(ctx, chipSale(t, 200_00)))
	about := func(amount int64) pos.AuthorizationInput {
		return pos.AuthorizationInput{SaleInput: chipSale(t, amount), AuthCode: held.AuthCode, Date: "1107"}
	}
	must(t)(terminal.AddOn(ctx, about(50_00)))
	completed := must(t)(terminal.Complete(ctx, about(240_00)))
	must(t)(terminal.CompletionVoid(ctx, completed.Trace))
	must(t)(terminal.CompleteAdvice(ctx, about(250_00)))
	held = must(t)(terminal.Preauth(ctx, stripeSale(t, 70_00)))
	must(t)(terminal.PreauthVoid(ctx, about(70_00)))
}

// advices passes through what is told to the host afterwards, and what it asks for in a quiet moment.
func advices(t *testing.T, terminal *pos.Terminal, h *host) {
	ctx := t.Context()
	voice := pos.OfflineInput{Amount: 15_00, Card: demo(t, "debit"), Entry: pos.Manual, AuthCode: "654321"}
	must(t)(terminal.OfflineSale(ctx, voice))
	h.behave(func(h *host) { h.script = true })
	sale := must(t)(terminal.Sale(ctx, chipSale(t, 100_00)))
	must(t)(terminal.Tip(ctx, sale.Trace, 10_00))
	must(t)(terminal.Adjust(ctx, sale.Trace, 90_00))
	h.behave(func(h *host) { h.script = false })
	must(t)(terminal.PayByCode(ctx, 8_00, "6221000000000000018"))
	must(t)(terminal.Sign(ctx, sale.Trace, image.NewGray(image.Rect(0, 0, 8, 8))))
	must(t)(terminal.Download(ctx, pos.CardBlacklist))
}

// quickDir is a folder that lies in memory where the system has such a place: a day of power cuts writes the flash
// tens of thousands of times, and what is tested is their order, not the disk.
func quickDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("/dev/shm", "pos")
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

// flat is an encoder for tests of all but the encoding.
func flat(image.Image) ([]byte, error) { return []byte("flat"), nil }

// parts returns a download whose answer to the query or part nn is the nth of texts, the last for ever.
func parts(texts ...string) func(f62 string) []byte {
	return func(f62 string) []byte {
		n := 0
		if len(f62) == 3 {
			n = int(number(f62[1:]))
		}
		return []byte(texts[min(n, len(texts)-1)])
	}
}

// runUntilCut runs the day and reports whether the power went.
func runUntilCut(t *testing.T, terminal *pos.Terminal, h *host) (cut bool) {
	defer terminal.Close()
	defer func() {
		if r := recover(); r != nil {
			if r != errPower {
				panic(r)
			}
			cut = true
		}
	}()
	day(t, terminal, h)
	return false
}

// TestPower cuts the power at every point, every time the day passes it, and then demands that terminal and
// host agree on every fen.
func TestPower(t *testing.T) {
	for _, point := range append(pos.CutPoints(), pos.QuietCutPoints()...) {
		t.Run(point, func(t *testing.T) {
			t.Parallel() // what takes time is the disk
			for nth := 1; ; nth++ {
				h := newHost(t)
				c := config(t, h)
				h.behave(func(h *host) { h.loads = map[string]func(string) []byte{"390": parts("106431299", "")} })
				c.Flash = filepath.Join(quickDir(t), "terminal.flash")
				c.Encode = flat
				f := &fuse{host: h, point: point, nth: nth}
				c.Cut = f.cut
				if !runUntilCut(t, open(t, c), h) {
					if nth == 1 {
						t.Errorf("the day never passes %s", point)
					}
					return
				}
				h.behave(func(h *host) { h.twist, h.unequal, h.script = nil, false, false })
				h.came()
				c.Cut = nil
				recoverAfter(t, open(t, c), h, nth)
			}
		})
	}
}

func recoverAfter(t *testing.T, terminal *pos.Terminal, h *host, nth int) {
	t.Helper()
	ctx := t.Context()
	before := terminal.Status()
	if before.Settling {
		if _, err := terminal.Sale(ctx, chipSale(t, 7_00)); !errors.Is(err, pos.ErrSettling) {
			t.Errorf("cut %d: a sale during a batch close: %v", nth, err)
		}
		must(t)(terminal.Settle(ctx))
	}
	if !before.SignedIn {
		must(t)(terminal.SignIn(ctx))
	}
	h.came()
	must(t)(terminal.Sale(ctx, chipSale(t, 7_00)))
	came := h.came()
	if p := before.Pending; p != nil {
		want := "0400 " + p.Trace + " " + p.Reason
		if p.Advice {
			want = "0220 " + p.Trace + " "
		}
		if came[0] != want {
			t.Errorf("cut %d: %q went first, want %q", nth, came[0], want)
		}
	}
	if s := terminal.Status(); s.Pending != nil {
		t.Errorf("cut %d: %+v is still pending", nth, s.Pending)
	}
	var lines []string
	for _, slip := range terminal.Journal() {
		lines = append(lines, slip.Trace)
	}
	if books := h.open(); !slices.Equal(books, lines) {
		t.Errorf("cut %d: the host holds the transactions %v, the terminal %v", nth, books, lines)
	}
	if settled := must(t)(terminal.Settle(ctx)); settled.BatchSlip.Totals.Domestic.Result != pos.Equal {
		t.Errorf("cut %d: the last batch is %s", nth, settled.BatchSlip.Totals.Domestic.Result)
	}
	h.behave(func(h *host) {
		if slices.Contains(h.agreed, false) {
			t.Errorf("cut %d: terminal and host differ: %v", nth, h.agreed)
		}
	})
}

// TestPower_reversalSurvives holds a reversal to its promise: it stays until the host confirms it, over starts
// and refusals, and nothing is sold before.
func TestPower_reversalSurvives(t *testing.T) {
	h := newHost(t)
	c := config(t, h)
	c.Flash = filepath.Join(t.TempDir(), "terminal.flash")
	f := &fuse{host: h, point: "after_answer", nth: 3} // after the sign-in and a balance, the sale
	c.Cut = f.cut
	if !runUntilCut(t, open(t, c), h) {
		t.Fatal("the power stayed on")
	}
	c.Cut = nil
	h.behave(func(h *host) {
		h.twist = func(req, ans *iso8583.Message) bool {
			if req.MTI() == "0400" {
				ans.Set(39, "96")
			}
			return true
		}
	})
	for start := 1; start <= 2; start++ {
		terminal := open(t, c)
		h.came()
		o, err := terminal.Sale(t.Context(), chipSale(t, 1_00))
		if !errors.Is(err, pos.ErrPending) || o.Resolved == nil || o.Resolved.Tries != 3 || o.Resolved.Code != "96" {
			t.Errorf("start %d: %+v, %v", start, o.Resolved, err)
		}
		if came := h.came(); len(came) != 3 || slices.ContainsFunc(came, func(s string) bool { return !strings.HasPrefix(s, "0400 ") }) {
			t.Errorf("start %d: the host got %v", start, came)
		}
		if got := terminal.Status().Pending.Tries; got != 3*start {
			t.Errorf("start %d: %d tries counted", start, got)
		}
		terminal.Close()
	}
}

// TestPower_reversalDone names the answers that end a reversal.
func TestPower_reversalDone(t *testing.T) {
	for _, code := range []string{"00", "12", "25"} {
		terminal, h := signedIn(t, nil)
		h.behave(func(h *host) { h.twist = func(*iso8583.Message, *iso8583.Message) bool { return false } })
		if o, err := terminal.Sale(t.Context(), chipSale(t, 1_00)); err != nil || !o.Unknown {
			t.Fatalf("a sale without an answer: %+v, %v", o, err)
		}
		h.behave(func(h *host) {
			h.twist = func(_, ans *iso8583.Message) bool {
				ans.Set(39, code)
				return true
			}
		})
		r, err := terminal.Resolve(t.Context())
		if err != nil || !r.Done || r.Code != code || terminal.Status().Pending != nil {
			t.Errorf("answer %s: %+v, %v", code, r, err)
		}
	}
}

package pos_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/yifen-pay/yifen/internal/sim/pos"
	"github.com/yifen-pay/yifen/internal/wire/cardcrypto"
	"github.com/yifen-pay/yifen/internal/wire/iso8583"
)

// noon is the clock of every test; the hosts answer with one half an hour later on the same day.
var noon = time.Date(2026, time.November, 7, 12, 0, 0, 0, time.FixedZone("CST", 8*60*60))

func config(t testing.TB, h *host) pos.Config {
	return pos.Config{
		Terminal: terminalNumber, Merchant: merchantNumber, TMK: unhex(t, masterKey), Address: h.address(),
		AnswerTimeout: 5 * time.Second, Now: func() time.Time { return noon },
	}
}

func open(t testing.TB, c pos.Config) *pos.Terminal {
	t.Helper()
	terminal, err := pos.Open(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { terminal.Close() })
	return terminal
}

// signedIn returns a terminal that has signed in at a new host.
func signedIn(t *testing.T, change func(*pos.Config)) (*pos.Terminal, *host) {
	t.Helper()
	h := newHost(t)
	c := config(t, h)
	if change != nil {
		change(&c)
	}
	terminal := open(t, c)
	must(t)(terminal.SignIn(t.Context()))
	h.came()
	return terminal, h
}

// must returns a function that fails the test unless an act was approved.
func must(t testing.TB) func(pos.Outcome, error) pos.Outcome {
	return func(o pos.Outcome, err error) pos.Outcome {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		if !o.Approved {
			t.Fatalf("%s was answered %q: %s %s", o.Kind, o.Code, o.TextEN, o.Fault)
		}
		return o
	}
}

func demo(t testing.TB, name string) pos.Card {
	t.Helper()
	c, err := pos.FindCard(name)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func chipSale(t testing.TB, amount int64) pos.SaleInput {
	return pos.SaleInput{Amount: amount, Card: demo(t, "debit"), Entry: pos.Insert, PIN: "123456"}
}

func stripeSale(t testing.TB, amount int64) pos.SaleInput {
	t.Helper()
	return pos.SaleInput{Amount: amount, Card: demo(t, "stripe"), Entry: pos.Swipe, PIN: "123456"}
}

func TestSale_everyEntry(t *testing.T) {
	for _, scheme := range []string{"003", "004"} {
		terminal, h := signedIn(t, func(c *pos.Config) { c.KeyScheme = scheme })
		for _, test := range []struct {
			entry pos.Entry
			pin   cardcrypto.PIN
			mode  string
			chip  bool
		}{
			{pos.Swipe, "123456", "021", false},
			{pos.Swipe, "", "022", false},
			{pos.Insert, "123456", "051", true},
			{pos.Tap, "123456", "072", true}, // asks for no PIN at this amount
			{pos.Manual, "", "012", false},
		} {
			var mode string
			h.behave(func(h *host) {
				h.code = func(req *iso8583.Message) string {
					mode = req.Get(22)
					if req.Has(35) != (test.entry != pos.Manual) {
						t.Errorf("%s: track 2 present is %v", test.entry, req.Has(35))
					}
					if scheme == "004" && req.Has(35) {
						track, err := cardcrypto.DecryptTrack(h.track, req.Get(35))
						if err != nil || track[:len(req.Get(2))] != req.Get(2) || req.Get(53)[2] != '1' {
							t.Errorf("%s: track 2 is not enciphered as F53 %s says: %v", test.entry, req.Get(53), err)
						}
					}
					return ""
				}
			})
			card := demo(t, "debit")
			if test.entry == pos.Swipe {
				card = demo(t, "stripe")
			}
			o := must(t)(terminal.Sale(t.Context(), pos.SaleInput{Amount: 1000_00, Card: card, Entry: test.entry, PIN: test.pin}))
			if mode != test.mode {
				t.Errorf("%s: F22 = %s, want %s", test.entry, mode, test.mode)
			}
			if (o.Slip.Chip != nil) != test.chip {
				t.Errorf("%s: chip block on the slip is %v", test.entry, o.Slip.Chip)
			}
			if want := "621626*********0018"; o.Slip.Card != want {
				t.Errorf("card on the slip = %s, want %s", o.Slip.Card, want)
			}
			if o.Slip.MerchantName != "一分茶叶店" || o.Slip.Time.Format("0102 150405") != "1107 123456" {
				t.Errorf("slip names %s at %s", o.Slip.MerchantName, o.Slip.Time)
			}
		}
	}
}

func TestVoidAndRefund(t *testing.T) {
	terminal, h := signedIn(t, nil)
	sale := must(t)(terminal.Sale(t.Context(), chipSale(t, 100_00)))
	void := must(t)(terminal.Void(t.Context(), sale.Trace))
	if got := *void.Slip.Original; got.Trace != sale.Trace || got.RRN != sale.RRN || got.Date != "1107" {
		t.Errorf("the void's slip names %+v", got)
	}
	if _, err := terminal.Void(t.Context(), sale.Trace); !errors.Is(err, pos.ErrVoided) {
		t.Errorf("a second void: %v", err)
	}
	if _, err := terminal.Void(t.Context(), "999999"); !errors.Is(err, pos.ErrNoLine) {
		t.Errorf("a void of nothing: %v", err)
	}
	second := must(t)(terminal.Sale(t.Context(), chipSale(t, 50_00)))
	must(t)(terminal.Refund(t.Context(), pos.RefundInput{
		Amount: 20_00, Card: demo(t, "debit"), Entry: pos.Insert, RRN: second.RRN, Date: "1107",
	}))
	if got := h.net(); got != 30_00 {
		t.Errorf("the host holds %d fen, want 3000", got)
	}
	settled := must(t)(terminal.Settle(t.Context()))
	totals := settled.BatchSlip.Totals.Domestic
	if want := (pos.Half{Debit: pos.Sum{Amount: 150_00, Count: 2}, Credit: pos.Sum{Amount: 120_00, Count: 2}, Result: pos.Equal}); totals != want {
		t.Errorf("totals = %+v", totals)
	}
	if s := terminal.Status(); s.Lines != 0 || s.Batch != "000002" {
		t.Errorf("after the close: %d lines in batch %s", s.Lines, s.Batch)
	}
}

func TestSale_noAnswer(t *testing.T) {
	terminal, h := signedIn(t, nil)
	h.behave(func(h *host) { h.twist = func(req, _ *iso8583.Message) bool { return req.MTI() != "0200" } })
	o, err := terminal.Sale(t.Context(), chipSale(t, 100_00))
	if err != nil || !o.Unknown || o.Approved {
		t.Fatalf("outcome %+v, %v", o, err)
	}
	if got := h.net(); got != 100_00 {
		t.Fatalf("the host has booked %d fen, the test wants it to have approved", got)
	}
	h.behave(func(h *host) { h.twist = nil })
	next := must(t)(terminal.Sale(t.Context(), chipSale(t, 1_00)))
	if r := next.Resolved; r == nil || !r.Done || r.Trace != o.Trace || r.Reason != "98" || r.Tries != 1 {
		t.Errorf("resolved = %+v", r)
	}
	if want := []string{"0200 " + o.Trace + " ", "0400 " + o.Trace + " 98", "0200 " + next.Trace + " "}; !slices.Equal(h.came(), want) {
		t.Errorf("the host got something else than %v", want)
	}
	if got := h.net(); got != 1_00 {
		t.Errorf("the host holds %d fen, want 100", got)
	}
}

func TestSale_notSent(t *testing.T) {
	h := newHost(t)
	terminal := open(t, config(t, h))
	must(t)(terminal.SignIn(t.Context()))
	h.listener.Close()
	if _, err := terminal.Sale(t.Context(), chipSale(t, 1_00)); !errors.Is(err, pos.ErrNotSent) {
		t.Errorf("error = %v", err)
	}
	if terminal.Status().Pending != nil {
		t.Error("what was never sent is pending")
	}
}

func TestSale_signedOff(t *testing.T) {
	h := newHost(t)
	terminal := open(t, config(t, h))
	if _, err := terminal.Sale(context.Background(), chipSale(t, 1_00)); !errors.Is(err, pos.ErrSignedOff) {
		t.Errorf("error = %v", err)
	}
	if len(h.came()) != 0 {
		t.Error("something was sent")
	}
}

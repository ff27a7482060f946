package pos_test

import (
	"context"
	"crypto/tls"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/yifen-pay/yifen/internal/sim/pos"
	"github.com/yifen-pay/yifen/internal/wire/cardcrypto"
	"github.com/yifen-pay/yifen/internal/wire/emv"
	"github.com/yifen-pay/yifen/internal/wire/iso8583"
)

// TestSale_answerNotAccepted sends approvals that do not hold; each must be taken back.
func TestSale_answerNotAccepted(t *testing.T) {
	change := func(field int, value string) func(*host) {
		return func(h *host) {
			h.twist = func(req, ans *iso8583.Message) bool {
				if req.MTI() == "0200" {
					ans.Set(field, value)
				}
				return true
			}
		}
	}
	drop := func(field int) func(*host) {
		return func(h *host) {
			h.twist = func(req, ans *iso8583.Message) bool {
				if req.MTI() == "0200" {
					ans.Unset(field)
				}
				return true
			}
		}
	}
	for name, test := range map[string]struct {
		behave func(*host)
		reason string
	}{
		"other processing code": {change(3, "200000"), "06"},
		"other amount":          {change(4, "000000000001"), "06"},
		"other trace":           {change(11, "999999"), "06"},
		"other condition":       {change(25, "06"), "06"},
		"other terminal":        {change(41, "29000009"), "06"},
		"other merchant":        {change(42, "898290054110009"), "06"},
		"other currency":        {change(49, "840"), "06"},
		"no reference":          {drop(37), "06"},
		"no acquirer":           {drop(32), "06"},
		"no amount":             {drop(4), "06"},
		"other message type": {func(h *host) {
			h.twist = func(req, ans *iso8583.Message) bool {
				if req.MTI() == "0200" {
					ans.SetMTI("0230")
				}
				return true
			}
		}, "06"},
		"MAC wrong": {change(64, "00000000"), "A0"},
		"MAC missing": {func(h *host) {
			h.forge = func(frame []byte) {
				// The bitmap no longer announces the MAC, and the length is that without it.
				if frame[14] == 0x10 {
					frame[13+2+7] &^= 1
					frame[1] -= 8
				}
			}
		}, "A0"},
		"cryptogram of another issuer": {func(h *host) {
			h.twist = func(req, ans *iso8583.Message) bool {
				if req.MTI() == "0200" {
					ans.SetBytes(55, emv.Append(nil, emv.IssuerAuthentication, []byte("\x01\x02\x03\x04\x05\x06\x07\x0800")))
				}
				return true
			}
		}, "06"},
		"chip data that is none": {change(55, "\x91"), "06"},
		"garbage": {func(h *host) {
			h.forge = func(frame []byte) {
				if frame[13] == 0x02 {
					frame[15] |= 0x80 // bit 1
				}
			}
		}, "06"},
	} {
		t.Run(name, func(t *testing.T) {
			terminal, h := signedIn(t, nil)
			h.behave(test.behave)
			o, err := terminal.Sale(t.Context(), chipSale(t, 100_00))
			if err != nil || !o.Unknown || o.Approved || o.Fault == "" {
				t.Fatalf("outcome %+v, %v", o, err)
			}
			h.behave(func(h *host) { h.twist, h.forge = nil, nil })
			h.came()
			r, err := terminal.Resolve(t.Context())
			if err != nil || !r.Done || r.Reason != test.reason {
				t.Errorf("resolved = %+v, %v", r, err)
			}
			if want := []string{"0400 " + o.Trace + " " + test.reason}; !slices.Equal(h.came(), want) {
				t.Errorf("the host did not get %v", want)
			}
			if got := h.net(); got != 0 {
				t.Errorf("the host holds %d fen", got)
			}
			if n := len(terminal.Journal()); n != 0 {
				t.Errorf("the journal has %d lines", n)
			}
		})
	}
}

// TestSale_declined declines with every code and holds each to its class.
func TestSale_declined(t *testing.T) {
	for _, code := range pos.Codes() {
		if code.Class == pos.ClassApproved {
			continue
		}
		terminal, h := signedIn(t, nil)
		h.behave(func(h *host) { h.code = func(*iso8583.Message) string { return code.Code } })
		o, err := terminal.Sale(t.Context(), chipSale(t, 1_00))
		if err != nil || o.Approved || o.Code != code.Code {
			t.Fatalf("%s: %+v, %v", code.Code, o, err)
		}
		if o.Unknown != (code.Class == pos.ClassUnknown) || (terminal.Status().Pending != nil) != o.Unknown {
			t.Errorf("%s: unknown %v, pending %v", code.Code, o.Unknown, terminal.Status().Pending)
		}
		if o.SignedInAgain != code.SignIn {
			t.Errorf("%s: signed in again %v", code.Code, o.SignedInAgain)
		}
		if came := h.came(); code.SignIn != (len(came) == 2 && strings.HasPrefix(came[1], "0800")) {
			t.Errorf("%s: the host got %v", code.Code, came)
		}
		if !terminal.Status().SignedIn {
			t.Errorf("%s: signed off", code.Code)
		}
	}
}

// TestSale_unlistedCode treats a code that nobody knows as no outcome.
func TestSale_unlistedCode(t *testing.T) {
	terminal, h := signedIn(t, nil)
	h.behave(func(h *host) { h.code = func(*iso8583.Message) string { return "ZZ" } })
	o, err := terminal.Sale(t.Context(), chipSale(t, 1_00))
	if err != nil || !o.Unknown || terminal.Status().Pending == nil {
		t.Errorf("outcome %+v, %v", o, err)
	}
}

func TestSale_partOfTheAmount(t *testing.T) {
	terminal, h := signedIn(t, nil)
	h.behave(func(h *host) {
		h.twist = func(_, ans *iso8583.Message) bool {
			ans.Set(39, "10")
			ans.Set(4, "000000006000")
			return true
		}
	})
	o := must(t)(terminal.Sale(t.Context(), chipSale(t, 100_00)))
	if o.Amount != 60_00 || o.Slip.Amount != 60_00 || o.Code != "10" {
		t.Errorf("outcome %+v", o)
	}
}

// TestSale_keysOutOfStep lets the host change its keys: its A0 makes the terminal sign in, and the next sale
// goes through.
func TestSale_keysOutOfStep(t *testing.T) {
	terminal, h := signedIn(t, nil)
	h.behave(func(h *host) { h.mac = desKey(t, "C24A8FB57AA20123") })
	o, err := terminal.Sale(t.Context(), chipSale(t, 1_00))
	if err != nil || o.Code != "A0" || !o.SignedInAgain || o.Unknown {
		t.Fatalf("outcome %+v, %v", o, err)
	}
	must(t)(terminal.Sale(t.Context(), chipSale(t, 1_00)))
}

// TestResolve_keysOutOfStep signs in for a reversal that the host cannot verify, and sends it again.
func TestResolve_keysOutOfStep(t *testing.T) {
	terminal, h := signedIn(t, nil)
	h.behave(func(h *host) { h.twist = func(*iso8583.Message, *iso8583.Message) bool { return false } })
	if o, err := terminal.Sale(t.Context(), chipSale(t, 1_00)); err != nil || !o.Unknown {
		t.Fatalf("outcome %+v, %v", o, err)
	}
	h.behave(func(h *host) { h.twist, h.mac = nil, desKey(t, "C24A8FB57AA20123") })
	r, err := terminal.Resolve(t.Context())
	if err != nil || !r.Done || r.Tries != 2 {
		t.Errorf("resolved = %+v, %v", r, err)
	}
}

// TestRefund_noAnswer sends a refund again under its trace; it is never reversed.
func TestRefund_noAnswer(t *testing.T) {
	terminal, h := signedIn(t, nil)
	sale := must(t)(terminal.Sale(t.Context(), chipSale(t, 50_00)))
	h.behave(func(h *host) { h.twist = func(*iso8583.Message, *iso8583.Message) bool { return false } })
	o, err := terminal.Refund(t.Context(), pos.RefundInput{
		Amount: 20_00, Card: demo(t, "debit"), Entry: pos.Swipe, RRN: sale.RRN, Date: "1107",
	})
	if err != nil || !o.Unknown {
		t.Fatalf("outcome %+v, %v", o, err)
	}
	h.behave(func(h *host) { h.twist = nil })
	h.came()
	r, err := terminal.Resolve(t.Context())
	if err != nil || !r.Done || !r.Advice || r.Slip == nil || r.Slip.Amount != 20_00 {
		t.Errorf("resolved = %+v, %v", r, err)
	}
	if want := []string{"0220 " + o.Trace + " "}; !slices.Equal(h.came(), want) {
		t.Errorf("the host did not get %v", want)
	}
	if got := h.net(); got != 30_00 {
		t.Errorf("the host holds %d fen", got)
	}
	if slips := terminal.Journal(); len(slips) != 2 || slips[1].Kind != pos.Refund {
		t.Errorf("the journal has %d lines", len(slips))
	}
}

func TestTrace_andBatchWrap(t *testing.T) {
	h := newHost(t)
	h.behave(func(h *host) { h.batch = 999999 })
	terminal := open(t, config(t, h))
	must(t)(terminal.SignIn(t.Context()))
	kept := must(t)(terminal.Sale(t.Context(), chipSale(t, 1_00)))
	if kept.Trace != "000002" || kept.Batch != "999999" {
		t.Fatalf("trace %s of batch %s", kept.Trace, kept.Batch)
	}
	pos.SetTrace(terminal, 999998)
	for _, want := range []string{"999999", "000001", "000003"} { // 000002 is taken in this batch
		if o := must(t)(terminal.Sale(t.Context(), chipSale(t, 1_00))); o.Trace != want {
			t.Errorf("trace %s, want %s", o.Trace, want)
		}
	}
	must(t)(terminal.Settle(t.Context()))
	if got := terminal.Status().Batch; got != "000001" {
		t.Errorf("batch %s after 999999", got)
	}
}

func TestSettle_unequal(t *testing.T) {
	terminal, h := signedIn(t, nil)
	h.behave(func(h *host) { h.unequal = true })
	for range 19 {
		must(t)(terminal.Sale(t.Context(), stripeSale(t, 1_00)))
	}
	h.came()
	o := must(t)(terminal.Settle(t.Context()))
	if o.BatchSlip.Totals.Domestic.Result != pos.Unequal || o.BatchSlip.Uploaded != 19 {
		t.Errorf("batch slip %+v", o.BatchSlip)
	}
	var types []string
	for _, came := range h.came() {
		types = append(types, came[:4])
	}
	if want := []string{"0500", "0320", "0320", "0320", "0320"}; !slices.Equal(types, want) {
		t.Errorf("the host got %v, want %v", types, want)
	}
	h.behave(func(h *host) {
		if len(h.lines) != 19 || h.lines[0].Trace != "000002" || h.lines[0].PAN != demo(t, "debit").Number || h.lines[0].Amount != 1_00 {
			t.Errorf("%d lines came", len(h.lines))
		}
		if want := []string{"202 0019"}; !slices.Equal(h.ends, want) {
			t.Errorf("details ended by %v, want %v", h.ends, want)
		}
	})
}

// TestSettle_refused leaves the batch open when the host says no.
func TestSettle_refused(t *testing.T) {
	terminal, h := signedIn(t, nil)
	must(t)(terminal.Sale(t.Context(), chipSale(t, 1_00)))
	h.behave(func(h *host) {
		h.twist = func(req, ans *iso8583.Message) bool {
			if req.MTI() == "0500" {
				ans.Set(39, "90")
			}
			return true
		}
	})
	o, err := terminal.Settle(t.Context())
	if err != nil || o.Approved || o.Unknown || o.Code != "90" {
		t.Fatalf("outcome %+v, %v", o, err)
	}
	if s := terminal.Status(); s.Settling || s.Lines != 1 || s.Batch != "000001" {
		t.Errorf("status %+v", s)
	}
}

func TestSettle_noAnswer(t *testing.T) {
	terminal, h := signedIn(t, nil)
	must(t)(terminal.Sale(t.Context(), chipSale(t, 1_00)))
	h.behave(func(h *host) { h.twist = func(*iso8583.Message, *iso8583.Message) bool { return false } })
	o, err := terminal.Settle(t.Context())
	if err != nil || !o.Unknown {
		t.Fatalf("outcome %+v, %v", o, err)
	}
	h.behave(func(h *host) { h.twist = nil })
	h.came()
	if o := must(t)(terminal.Settle(t.Context())); o.BatchSlip.Totals.Domestic.Result != pos.Equal {
		t.Errorf("the batch is %s", o.BatchSlip.Totals.Domestic.Result)
	}
	if want := []string{"0500 " + o.Trace + " "}; !slices.Equal(h.came(), want) {
		t.Errorf("the host did not get the same request again: %v", want)
	}
}

func TestReprint(t *testing.T) {
	terminal, _ := signedIn(t, nil)
	if _, err := terminal.Reprint(""); !errors.Is(err, pos.ErrNoPaper) {
		t.Errorf("nothing to print: %v", err)
	}
	first := must(t)(terminal.Sale(t.Context(), chipSale(t, 1_00)))
	second := must(t)(terminal.Sale(t.Context(), chipSale(t, 2_00)))
	for i, test := range []struct {
		ask, want string
		reprints  int
	}{{"", second.Trace, 1}, {first.Trace, first.Trace, 1}, {second.Trace, second.Trace, 2}, {"", second.Trace, 3}} {
		o := must(t)(terminal.Reprint(test.ask))
		if o.Slip.Trace != test.want || o.Slip.Reprints != test.reprints {
			t.Errorf("%d: slip %s, reprint %d; want %s, %d", i, o.Slip.Trace, o.Slip.Reprints, test.want, test.reprints)
		}
	}
	if _, err := terminal.Reprint("000099"); !errors.Is(err, pos.ErrNoPaper) {
		t.Errorf("an unknown trace: %v", err)
	}
	must(t)(terminal.Settle(t.Context()))
	if o := must(t)(terminal.Reprint("")); o.BatchSlip == nil || o.BatchSlip.Reprints != 1 {
		t.Errorf("reprint of the batch slip: %+v", o)
	}
}

func TestMAC_x919(t *testing.T) {
	h := newHost(t)
	h.behave(func(h *host) {
		h.method, h.mac = cardcrypto.X919, desKey(t, "807A23AD32B36D457AE91FDF927570EA")
	})
	c := config(t, h)
	c.MAC = cardcrypto.X919
	terminal := open(t, c)
	must(t)(terminal.SignIn(t.Context()))
	must(t)(terminal.Sale(t.Context(), chipSale(t, 1_00)))
}

func TestKeepAlive(t *testing.T) {
	terminal, h := signedIn(t, func(c *pos.Config) { c.KeepAlive = true })
	for range 3 {
		must(t)(terminal.Sale(t.Context(), chipSale(t, 1_00)))
	}
	h.behave(func(h *host) {
		if h.connections != 1 {
			t.Errorf("%d connections for one kept alive", h.connections)
		}
	})
}

// TestKeepAlive_repeatedAnswer has the host send each answer twice: the second must not be taken for the
// answer to what comes next.
func TestKeepAlive_repeatedAnswer(t *testing.T) {
	terminal, h := signedIn(t, func(c *pos.Config) { c.KeepAlive = true })
	h.behave(func(h *host) { h.twice = true })
	for range 4 {
		must(t)(terminal.Sale(t.Context(), chipSale(t, 1_00)))
	}
	if got := h.net(); got != 4_00 {
		t.Errorf("the host holds %d fen", got)
	}
}

// TestSale_batchMismatch has the host move on to another batch: the terminal signs in and follows.
func TestSale_batchMismatch(t *testing.T) {
	terminal, h := signedIn(t, nil)
	h.behave(func(h *host) { h.batch = 5 })
	o, err := terminal.Sale(t.Context(), chipSale(t, 1_00))
	if err != nil || o.Code != "77" || !o.SignedInAgain {
		t.Fatalf("outcome %+v, %v", o, err)
	}
	if o := must(t)(terminal.Sale(t.Context(), chipSale(t, 1_00))); o.Batch != "000005" {
		t.Errorf("batch %s", o.Batch)
	}
}

func TestSale_batchFull(t *testing.T) {
	terminal, h := signedIn(t, nil)
	must(t)(terminal.Sale(t.Context(), chipSale(t, 1_00)))
	pos.FillJournal(terminal)
	h.came()
	if _, err := terminal.Sale(t.Context(), chipSale(t, 1_00)); !errors.Is(err, pos.ErrBatchFull) {
		t.Errorf("error = %v", err)
	}
	if came := h.came(); len(came) != 0 {
		t.Errorf("the host got %v", came)
	}
}

func TestSale_canceled(t *testing.T) {
	terminal, h := signedIn(t, nil)
	ctx, cancel := context.WithCancel(t.Context())
	h.behave(func(h *host) {
		h.twist = func(*iso8583.Message, *iso8583.Message) bool {
			cancel()
			return false
		}
	})
	o, err := terminal.Sale(ctx, chipSale(t, 1_00))
	if err != nil || !o.Unknown || terminal.Status().Pending == nil {
		t.Errorf("outcome %+v, %v", o, err)
	}
}

func TestExchange(t *testing.T) {
	terminal, h := signedIn(t, nil)
	var m iso8583.Message
	m.SetMTI("0200")
	m.Set(11, "000777")
	m.Set(41, terminalNumber)
	m.Set(42, merchantNumber)
	m.Set(60, "22000001000")
	ans, err := terminal.Exchange(t.Context(), &m)
	if err != nil || ans.MTI() != "0210" || ans.Get(39) != "13" { // no amount
		t.Fatalf("answer %v, %v", ans, err)
	}
	m.Set(64, "00000000") // a MAC of one's own is sent as it is
	if ans, err = terminal.Exchange(t.Context(), &m); err != nil || ans.Get(39) != "A0" {
		t.Fatalf("answer %v, %v", ans, err)
	}
	frame, err := terminal.Pack(&m)
	if err != nil {
		t.Fatal(err)
	}
	if raw, err := terminal.ExchangeRaw(t.Context(), frame); err != nil || len(raw) < 2 || int(raw[0])<<8|int(raw[1]) != len(raw)-2 {
		t.Errorf("raw answer of %d bytes, %v", len(raw), err)
	}
	if s := terminal.Status(); s.Trace != "000001" || s.Pending != nil {
		t.Errorf("the hooks left a trace: %+v", s)
	}
	h.came()
}

func TestConfig_refused(t *testing.T) {
	sound := pos.Config{Terminal: terminalNumber, Merchant: merchantNumber, TMK: unhex(t, masterKey)}
	for name, change := range map[string]func(*pos.Config){
		"no terminal":     func(c *pos.Config) { c.Terminal = "" },
		"short merchant":  func(c *pos.Config) { c.Merchant = "898" },
		"no master key":   func(c *pos.Config) { c.TMK = nil },
		"bad master key":  func(c *pos.Config) { c.TMK = c.TMK[:5] },
		"bad TPDU":        func(c *pos.Config) { c.TPDU = "60000" },
		"bad operator":    func(c *pos.Config) { c.Operator = "boss" },
		"bad key scheme":  func(c *pos.Config) { c.KeyScheme = "999" },
		"flash is folder": func(c *pos.Config) { c.Flash = t.TempDir() },
	} {
		c := sound
		change(&c)
		if terminal, err := pos.Open(c); err == nil {
			terminal.Close()
			t.Errorf("%s was accepted", name)
		}
	}
}

func TestSale_refusedBeforeItIsSent(t *testing.T) {
	terminal, h := signedIn(t, nil)
	noChip := demo(t, "debit")
	noChip.AID = ""
	noTap := demo(t, "debit")
	noTap.Contactless = false
	for name, in := range map[string]pos.SaleInput{
		"nothing":          {Amount: 0, Card: demo(t, "debit"), Entry: pos.Swipe},
		"too much":         {Amount: pos.AmountMax + 1, Card: demo(t, "debit"), Entry: pos.Swipe},
		"no chip":          {Amount: 1, Card: noChip, Entry: pos.Insert},
		"no contactless":   {Amount: 1, Card: noTap, Entry: pos.Tap},
		"PIN too short":    {Amount: 1, Card: demo(t, "debit"), Entry: pos.Swipe, PIN: "123"},
		"fallback of chip": {Amount: 1, Card: demo(t, "debit"), Entry: pos.Insert, Fallback: true},
		"no card":          {Amount: 1, Entry: pos.Swipe},
	} {
		if _, err := terminal.Sale(t.Context(), in); err == nil {
			t.Errorf("%s was accepted", name)
		} else if strings.Contains(err.Error(), demo(t, "debit").Number) {
			t.Errorf("%s: the error shows the card number", name)
		}
	}
	if came := h.came(); len(came) != 0 {
		t.Errorf("the host got %v", came)
	}
}

func TestTLS(t *testing.T) {
	certificate := testCertificate(t)
	h := newHostOn(t, func(l listener) listener {
		return tls.NewListener(l, &tls.Config{Certificates: []tls.Certificate{certificate}})
	})
	c := config(t, h)
	c.TLS = &tls.Config{RootCAs: pool(t, certificate), ServerName: "127.0.0.1"}
	c.KeepAlive = true
	c.Flash = filepath.Join(t.TempDir(), "terminal.flash")
	terminal := open(t, c)
	must(t)(terminal.SignIn(t.Context()))
	must(t)(terminal.Sale(t.Context(), chipSale(t, 1_00)))
	terminal.Close()
	c.TLS = &tls.Config{ServerName: "127.0.0.1"} // does not know the authority
	if _, err := open(t, c).Sale(t.Context(), chipSale(t, 1_00)); !errors.Is(err, pos.ErrNotSent) {
		t.Errorf("an unknown authority: %v", err)
	}
	if _, err := os.Stat(c.Flash); err != nil {
		t.Error(err)
	}
}

package pos_test

import (
	"crypto/tls"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/yifen-pay/yifen/internal/sim/pos"
	"github.com/yifen-pay/yifen/internal/wire/iso8583"
)

// words returns the code words of the findings that are not good, with their parts.
func words(findings []pos.Finding) []string {
	var out []string
	for _, f := range findings {
		if f.State != pos.Good {
			out = append(out, f.Part.Name().EN+":"+f.Word)
		}
	}
	return out
}

func TestDiagnose_sound(t *testing.T) {
	h := newHost(t)
	h.behave(func(h *host) { h.loads = loads() })
	c := config(t, h)
	c.Backup = newHost(t).address()
	terminal := open(t, c)
	must(t)(terminal.SignIn(t.Context()))
	must(t)(terminal.Download(t.Context(), pos.TerminalParameters))
	d := terminal.Diagnose(t.Context(), 4)
	if got := words(d.Findings); d.Blocked() || len(got) > 0 {
		t.Errorf("findings %v", got)
	}
	n := d.Network
	if n.Echoes != 4 || n.Lost != 0 || len(n.Round) != 4 || n.Local == "" || n.Host != h.address() || n.TLS != "" {
		t.Errorf("network %+v", n)
	}
	for _, f := range d.Findings {
		if f.What.ZH == "" || f.What.EN == "" || f.Part.Name().ZH == "" || f.Word == "" {
			t.Errorf("finding %+v has no words", f)
		}
	}
}

// TestDiagnose_hardware plays each fault and looks for its finding.
func TestDiagnose_hardware(t *testing.T) {
	for _, test := range []struct {
		hardware pos.Hardware
		want     string
		blocks   bool
	}{
		{pos.Hardware{Printer: "paper_out"}, "printer:paper_out", true},
		{pos.Hardware{Printer: "near_end"}, "printer:near_end", false},
		{pos.Hardware{Printer: "cover_open"}, "printer:cover_open", true},
		{pos.Hardware{Printer: "overheated"}, "printer:overheated", false},
		{pos.Hardware{ReaderWear: 95}, "card reader:worn", false},
		{pos.Hardware{PINPadFault: true}, "PIN pad:fault", true},
		{pos.Hardware{OnBattery: true, Battery: 15}, "power:low", false},
		{pos.Hardware{OnBattery: true, Battery: 3}, "power:empty", true},
		{pos.Hardware{Tampered: true}, "tamper:opened", true},
		{pos.Hardware{Signal: "weak"}, "network:weak_signal", false},
		{pos.Hardware{Signal: "none"}, "network:no_signal", true},
	} {
		terminal, _ := signedIn(t, nil)
		if err := terminal.SetHardware(test.hardware); err != nil {
			t.Fatal(err)
		}
		d := terminal.Diagnose(t.Context(), 1)
		if !slices.Contains(words(d.Findings), test.want) || d.Blocked() != test.blocks {
			t.Errorf("%+v: findings %v, blocked %v", test.hardware, words(d.Findings), d.Blocked())
		}
		for _, f := range d.Findings {
			if f.State != pos.Good && (f.Do.ZH == "" || f.Do.EN == "") {
				t.Errorf("%s says nothing of what to do", f.Word)
			}
		}
	}
	terminal, _ := signedIn(t, nil)
	for _, bad := range []pos.Hardware{{Battery: 101}, {ReaderWear: -1}, {Printer: "jam"}, {Signal: "loud"}} {
		if err := terminal.SetHardware(bad); err == nil {
			t.Errorf("%+v was accepted", bad)
		}
	}
}

func TestSetHardware_faults(t *testing.T) {
	terminal, h := signedIn(t, nil)
	set := func(h pos.Hardware) {
		if err := terminal.SetHardware(h); err != nil {
			t.Fatal(err)
		}
	}
	set(pos.Hardware{PINPadFault: true})
	if _, err := terminal.Sale(t.Context(), chipSale(t, 1_00)); !errors.Is(err, pos.ErrPINPad) {
		t.Errorf("a PIN on a broken pad: %v", err)
	}
	must(t)(terminal.Sale(t.Context(), pos.SaleInput{Amount: 1_00, Card: demo(t, "debit"), Entry: pos.Tap}))
	set(pos.Hardware{Signal: "none"})
	h.came()
	if _, err := terminal.Sale(t.Context(), chipSale(t, 1_00)); !errors.Is(err, pos.ErrNotSent) || len(h.came()) > 0 {
		t.Errorf("a sale without a signal: %v", err)
	}
	set(pos.Hardware{Printer: "paper_out"})
	if err := terminal.CanPrint(); !errors.Is(err, pos.ErrPrinter) {
		t.Errorf("a printer without paper: %v", err)
	}
	set(pos.Hardware{Tampered: true})
	if _, err := terminal.SignIn(t.Context()); !errors.Is(err, pos.ErrTampered) {
		t.Errorf("a sign-in of an opened terminal: %v", err)
	}
	half := unhex(t, masterKey)
	other := make([]byte, len(half))
	other[0], half[0] = 0xFF, half[0]^0xFF
	if err := terminal.LoadTMK(nil, pos.Component{Value: half}, pos.Component{Value: other}); err != nil {
		t.Fatal(err)
	}
	must(t)(terminal.SignIn(t.Context()))
	must(t)(terminal.Sale(t.Context(), chipSale(t, 1_00)))
}

func TestDiagnose_tls(t *testing.T) {
	certificate := testCertificate(t) // good for an hour
	h := newHostOn(t, func(l listener) listener {
		return tls.NewListener(l, &tls.Config{Certificates: []tls.Certificate{certificate}})
	})
	c := config(t, h)
	c.TLS = &tls.Config{RootCAs: pool(t, certificate), ServerName: "127.0.0.1"}
	c.Now = time.Now
	d := open(t, c).Diagnose(t.Context(), 1)
	if !slices.Contains(words(d.Findings), "network:certificate") || !strings.HasPrefix(d.Network.TLS, "TLS 1.3") {
		t.Errorf("findings %v, %q", words(d.Findings), d.Network.TLS)
	}
}

func TestSetHardware_blocksSales(t *testing.T) {
	terminal, h := signedIn(t, nil)
	for hardware, want := range map[pos.Hardware]error{
		{OnBattery: true, Battery: 3}: pos.ErrBattery,
		{Tampered: true}:              pos.ErrTampered,
	} {
		if err := terminal.SetHardware(hardware); err != nil {
			t.Fatal(err)
		}
		h.came()
		if _, err := terminal.Sale(t.Context(), chipSale(t, 1_00)); !errors.Is(err, want) || len(h.came()) > 0 {
			t.Errorf("%+v: %v", hardware, err)
		}
	}
	if terminal.Status().SignedIn {
		t.Error("a terminal that was opened still has its keys")
	}
}

func TestDiagnose_network(t *testing.T) {
	// Nobody there.
	h := newHost(t)
	c := config(t, h)
	h.listener.Close()
	d := open(t, c).Diagnose(t.Context(), 2)
	if !slices.Contains(words(d.Findings), "network:no_connection") || !d.Blocked() || d.Network.Echoes != 0 {
		t.Errorf("findings %v, network %+v", words(d.Findings), d.Network)
	}
	// An address that is none.
	c.Address = "nowhere"
	if d := open(t, c).Diagnose(t.Context(), 1); !slices.Contains(words(d.Findings), "network:no_address") {
		t.Errorf("findings %v", words(d.Findings))
	}
	// One echo of three is lost, and the clock of the host is an hour ahead.
	terminal, h := signedIn(t, nil)
	echoes := 0
	h.behave(func(h *host) {
		h.twist = func(_, ans *iso8583.Message) bool {
			echoes++
			ans.Set(12, "133456")
			return echoes != 2
		}
	})
	d = terminal.Diagnose(t.Context(), 3)
	if got := words(d.Findings); !slices.Contains(got, "network:loss") || !slices.Contains(got, "clock:drift") || d.Network.Lost != 1 {
		t.Errorf("findings %v, network %+v", got, d.Network)
	}
	// None answers, then the host refuses.
	h.behave(func(h *host) { h.twist = func(*iso8583.Message, *iso8583.Message) bool { return false } })
	if d := terminal.Diagnose(t.Context(), 2); !slices.Contains(words(d.Findings), "network:no_echo") {
		t.Errorf("findings %v", words(d.Findings))
	}
	h.behave(func(h *host) {
		h.twist = func(_, ans *iso8583.Message) bool { ans.Set(39, "97"); return true }
	})
	if d := terminal.Diagnose(t.Context(), 1); !slices.Contains(words(d.Findings), "network:refused_97") {
		t.Errorf("findings %v", words(d.Findings))
	}
}

func TestDiagnose_parametersOld(t *testing.T) {
	h := newHost(t)
	h.behave(func(h *host) { h.loads = loads() })
	now := noon
	c := config(t, h)
	c.Now = func() time.Time { return now }
	terminal := open(t, c)
	must(t)(terminal.Download(t.Context(), pos.TerminalParameters))
	now = now.AddDate(0, 4, 0)
	if got := words(terminal.Examine()); !slices.Contains(got, "parameters:old") || !slices.Contains(got, "keys:none") {
		t.Errorf("findings %v", got)
	}
}

func TestUploadState(t *testing.T) {
	terminal, h := signedIn(t, nil)
	if err := terminal.SetHardware(pos.Hardware{Printer: "paper_out", ReaderWear: 91}); err != nil {
		t.Fatal(err)
	}
	must(t)(terminal.Download(t.Context(), pos.TerminalState))
	h.behave(func(h *host) {
		for _, want := range []string{"01209paper_out", "02104worn", "03002ok", "06002ok", "07002ok", "10005" + pos.Version} {
			if !strings.Contains(h.state, want) {
				t.Errorf("state %q lacks %q", h.state, want)
			}
		}
	})
}

// TestWords has Chinese for every error that a cashier may see.
func TestWords(t *testing.T) {
	terminal, _ := signedIn(t, nil)
	_, err := terminal.Void(t.Context(), "000099")
	if got := pos.Words(err); !strings.Contains(got.ZH, "凭证号") || got.EN != pos.ErrNoLine.Error() {
		t.Errorf("words %+v", got)
	}
	if got := pos.Words(errors.Join(pos.ErrPending, errors.New("detail"))); !strings.Contains(got.ZH, "待处理") || !strings.Contains(got.ZH, "detail") {
		t.Errorf("words %+v", got)
	}
	nested := fmt.Errorf("%w: sign in for it: %w", pos.ErrPending, fmt.Errorf("%w: dial", pos.ErrNotSent))
	if got := pos.Words(nested); strings.Contains(got.ZH, "pending") || !strings.Contains(got.ZH, "连不上主机") || !strings.HasSuffix(got.ZH, ": dial") {
		t.Errorf("words %+v", got)
	}
	if got := pos.Words(nil); got != (pos.Text{}) {
		t.Errorf("words of nothing: %+v", got)
	}
}

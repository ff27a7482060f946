package pos_test

import (
	"crypto/tls"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"

	"github.com/yifen-pay/yifen/internal/sim/pos"
	"github.com/yifen-pay/yifen/internal/wire/cardcrypto"
	"github.com/yifen-pay/yifen/internal/wire/iso8583"
)

// speak makes a host speak a profile.
func speak(t *testing.T, h *host, profile string) {
	h.behave(func(h *host) {
		switch profile {
		case "cup-x919":
			h.method, h.mac = cardcrypto.X919, desKey(t, "807A23AD32B36D457AE91FDF927570EA")
		case "cup-single":
			h.pin = desKey(t, "807A23AD32B36D45")
		case "cup-sm4":
			h.spec, h.sm4 = iso8583.TerminalSM4, true
			for _, key := range []**cardcrypto.Key{&h.pin, &h.mac, &h.track} {
				sm4, err := cardcrypto.NewSM4Key(unhex(t, "F351D490994603795C6EBEE8FAEBB481"))
				if err != nil {
					t.Fatal(err)
				}
				*key = sm4
			}
		}
	})
}

// TestProfiles passes a day in each profile.
func TestProfiles(t *testing.T) {
	for _, profile := range pos.Profiles() {
		t.Run(profile, func(t *testing.T) {
			h := newHost(t)
			speak(t, h, profile)
			c := config(t, h)
			c.Profile, c.Serial = profile, "00001234567890"
			terminal := open(t, c)
			must(t)(terminal.SignIn(t.Context()))
			sale := must(t)(terminal.Sale(t.Context(), chipSale(t, 100_00)))
			m := h.last("0200")
			wantF3, wantPIN := "000000", 8
			switch profile {
			case "cup-190":
				wantF3 = "190000"
			case "cup-sm4":
				wantPIN = 16
			}
			if m.Get(3) != wantF3 || len(m.Bytes(52)) != wantPIN {
				t.Errorf("F3 %s, a PIN block of %d bytes", m.Get(3), len(m.Bytes(52)))
			}
			if tags, err := iso8583.ParseTags(m.Get(59)); err != nil || len(tags) != 1 || tags[0].ID != "A2" {
				t.Errorf("F59 %v, %v", tags, err)
			}
			must(t)(terminal.Void(t.Context(), sale.Trace))
			must(t)(terminal.Settle(t.Context()))
			if s := terminal.Status(); s.Profile != profile {
				t.Errorf("profile %s", s.Profile)
			}
		})
	}
}

// TestProfile_changes keeps the profile in the flash, and drops the keys of another.
func TestProfile_changes(t *testing.T) {
	h := newHost(t)
	c := config(t, h)
	c.Flash = filepath.Join(t.TempDir(), "terminal.flash")
	terminal := open(t, c)
	must(t)(terminal.SignIn(t.Context()))
	terminal.Close()
	speak(t, h, "cup-sm4")
	c.Profile = "cup-sm4"
	terminal = open(t, c)
	if terminal.Status().SignedIn {
		t.Error("still signed in with keys of another profile")
	}
	must(t)(terminal.SignIn(t.Context()))
	terminal.Close()
	c.Profile = ""
	terminal = open(t, c)
	if s := terminal.Status(); s.Profile != "cup-sm4" || !s.SignedIn {
		t.Errorf("status %+v", s)
	}
	must(t)(terminal.Sale(t.Context(), chipSale(t, 1_00)))
}

func TestHeaderAndANI(t *testing.T) {
	h := newHost(t)
	h.behave(func(h *host) { h.ani = true })
	c := config(t, h)
	c.Header, c.ANI = "603100310011", []byte("13800138000   ")
	terminal := open(t, c)
	must(t)(terminal.SignIn(t.Context()))
	must(t)(terminal.Sale(t.Context(), chipSale(t, 1_00)))
}

// TestGateway sends frames by POST over TLS, to a gateway that hands them to the host.
func TestGateway(t *testing.T) {
	h := newHost(t)
	gateway := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodPost || r.URL.Path != pos.GatewayPath || r.Header.Get("Content-Type") != "x-ISO-TPDU/x-auth" {
			http.Error(w, "no", http.StatusBadRequest)
			return
		}
		raw := make([]byte, r.ContentLength)
		if _, err := io.ReadFull(r.Body, raw); err != nil {
			t.Error(err)
		}
		frame, err := iso8583.ParseFrame(raw[2:])
		if err != nil {
			t.Error(err)
			return
		}
		answer := h.answer(frame)
		if answer == nil {
			http.Error(w, "no answer", http.StatusGatewayTimeout)
			return
		}
		w.Write(answer)
	}))
	defer gateway.Close()
	c := config(t, h)
	c.Address = strings.TrimPrefix(gateway.URL, "https://")
	c.Gateway = pos.GatewayPath
	c.TLS = gateway.Client().Transport.(*http.Transport).TLSClientConfig.Clone()
	c.TLS.ServerName, c.TLS.MinVersion = "example.com", tls.VersionTLS12
	for _, keep := range []bool{false, true} {
		c.KeepAlive = keep
		terminal := open(t, c)
		must(t)(terminal.SignIn(t.Context()))
		must(t)(terminal.Sale(t.Context(), chipSale(t, 1_00)))
		h.behave(func(h *host) { h.twist = func(req, _ *iso8583.Message) bool { return req.MTI() != "0200" } })
		if o, err := terminal.Sale(t.Context(), chipSale(t, 1_00)); err != nil || !o.Unknown {
			t.Errorf("a gateway without an answer: %+v, %v", o, err)
		}
		h.behave(func(h *host) { h.twist = nil })
		must(t)(terminal.Sale(t.Context(), chipSale(t, 1_00)))
	}
}

// TestBackup reaches the host at its second address.
func TestBackup(t *testing.T) {
	down, up := newHost(t), newHost(t)
	c := config(t, down)
	c.Backup = up.address()
	down.listener.Close()
	terminal := open(t, c)
	must(t)(terminal.SignIn(t.Context()))
	must(t)(terminal.Sale(t.Context(), chipSale(t, 1_00)))
}

package pos_test

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"errors"
	"math/big"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/yifen-pay/yifen/internal/sim/pos"
	"github.com/yifen-pay/yifen/internal/wire/cardcrypto"
	"github.com/yifen-pay/yifen/internal/wire/iso8583"
	"github.com/yifen-pay/yifen/internal/wire/keydelivery"
)

const hardware = "YF0000000042"

// factory is what a terminal leaves it with, and the host's key. RSA keys take time, so they are made once.
type factory struct {
	terminal, host *rsa.PrivateKey
	certificate    []byte
}

var newFactory = sync.OnceValues(func() (*factory, error) {
	f := &factory{}
	for _, k := range []**rsa.PrivateKey{&f.terminal, &f.host} {
		var err error
		if *k, err = rsa.GenerateKey(rand.Reader, keydelivery.BitsMin); err != nil {
			return nil, err
		}
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{SerialNumber: hardware},
		NotBefore: noon.Add(-time.Hour), NotAfter: noon.Add(time.Hour), KeyUsage: x509.KeyUsageKeyEncipherment,
	}
	var err error
	f.certificate, err = x509.CreateCertificate(rand.Reader, template, template, &f.terminal.PublicKey, f.terminal)
	return f, err
})

func fetchInput(t testing.TB) (*factory, pos.FetchInput) {
	t.Helper()
	f, err := newFactory()
	if err != nil {
		t.Fatal(err)
	}
	return f, pos.FetchInput{Key: f.terminal, Certificate: f.certificate, Host: &f.host.PublicKey}
}

// keyRoom is the part of a host that delivers master keys.
type keyRoom struct {
	t         *testing.T
	h         *host
	f         *factory
	spoil     func(*keydelivery.Message) // changes a delivery before it is signed
	harm      func([]byte) []byte        // changes its bytes
	code      string                     // of every answer, "" for the right one
	asked     []keydelivery.Ask
	waits     []byte
	challenge [keydelivery.ChallengeSize]byte
}

// deliversKeys makes a host deliver master keys.
func deliversKeys(t *testing.T, h *host) *keyRoom {
	f, _ := fetchInput(t)
	k := &keyRoom{t: t, h: h, f: f}
	h.behave(func(h *host) { h.twist = k.answer })
	return k
}

func (k *keyRoom) key(value []byte) *cardcrypto.Key {
	algorithm := cardcrypto.DES
	if k.h.sm4 {
		algorithm = cardcrypto.SM4
	}
	key, err := cardcrypto.NewKey(algorithm, value)
	if err != nil {
		k.t.Error(err)
	}
	return key
}

func (k *keyRoom) answer(req, ans *iso8583.Message) bool {
	switch network := req.Get(60)[8:]; {
	case k.code != "" && (network == "350" || network == "351"):
		ans.Set(39, k.code)
	case network == "350":
		k.deliver(req, ans)
	case network == "351":
		ans.Set(39, k.take(req.Bytes(62)))
	}
	return true
}

func (k *keyRoom) deliver(req, ans *iso8583.Message) {
	ask, err := keydelivery.ParseAsk(req.Bytes(62))
	if err != nil {
		k.t.Error(err)
	}
	k.asked = append(k.asked, ask)
	value := make([]byte, 16)
	rand.Read(value)
	m := keydelivery.Message{Cipher: keydelivery.TDES, Challenge: ask.Challenge, Serial: hardware, CheckValue: k.key(value).CheckValue()}
	if k.h.sm4 {
		m.Cipher = keydelivery.SM4
	}
	if k.spoil != nil {
		k.spoil(&m)
	}
	if err := m.Seal(rand.Reader, value, &k.f.terminal.PublicKey, k.f.host); err != nil {
		k.t.Error(err)
	}
	text, err := m.Format()
	if err != nil {
		k.t.Error(err)
	}
	if k.harm != nil {
		text = k.harm(text)
	}
	k.waits, k.challenge = value, ask.Challenge
	ans.SetBytes(62, text)
	ans.Set(39, "00")
}

// take holds a proof against the key that waits or, when it comes again, the one in use.
func (k *keyRoom) take(f62 []byte) string {
	proof, err := keydelivery.ParseProof(f62)
	if err != nil {
		k.t.Error(err)
	}
	for _, value := range [][]byte{k.waits, unhex(k.t, k.h.tmk)} {
		if value == nil {
			continue
		}
		enciphered, err := k.key(value).EncryptECB(k.challenge[:])
		if err != nil {
			k.t.Error(err)
		}
		if proof == keydelivery.Prove(enciphered) {
			k.h.tmk, k.waits = hex.EncodeToString(value), nil
			return "00"
		}
	}
	return "58"
}

// networks returns the network management codes of the 0800s that came, and empties the list.
func (h *host) networks() (codes []string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for i := range h.requests {
		if m := &h.requests[i]; m.MTI() == "0800" {
			codes = append(codes, m.Get(60)[8:])
		}
	}
	h.requests = nil
	return codes
}

func TestFetchTMK(t *testing.T) {
	for _, profile := range pos.Profiles() {
		t.Run(profile, func(t *testing.T) {
			h := newHost(t)
			speak(t, h, profile)
			k := deliversKeys(t, h)
			_, in := fetchInput(t)
			c := config(t, h)
			c.Profile, c.Flash, c.TMK, c.Keyless = profile, filepath.Join(t.TempDir(), "terminal.flash"), nil, true
			terminal := open(t, c)
			if s := terminal.Status(); s.CheckValue != "" || s.SignedIn {
				t.Errorf("a terminal without keys: %+v", s)
			}
			if _, err := terminal.SignIn(t.Context()); err == nil || !strings.Contains(err.Error(), "missing") {
				t.Errorf("a sign-in without a master key: %v", err)
			}
			if i := slices.IndexFunc(terminal.Examine(), func(f pos.Finding) bool { return f.Part == pos.PartKeys && f.State == pos.Blocks }); i < 0 {
				t.Error("the doctor does not miss the keys")
			}
			for range 2 { // the first key, and another
				if o := must(t)(terminal.FetchTMK(t.Context(), in)); o.Kind != pos.KeyFetch {
					t.Errorf("outcome of %s", o.Kind)
				}
				s := terminal.Status()
				if want := strings.ToUpper(hex.EncodeToString(k.key(unhex(t, h.tmk)).CheckValue())); s.CheckValue != want || !s.SignedIn {
					t.Errorf("check value %s, want %s; signed in: %t", s.CheckValue, want, s.SignedIn)
				}
				must(t)(terminal.Sale(t.Context(), chipSale(t, 1_00)))
			}
			if codes := h.networks(); len(codes) != 6 || codes[0] != "350" || codes[1] != "351" || codes[2] > "004" {
				t.Errorf("the terminal sent %v", codes)
			}
			if k.asked[0].Challenge == k.asked[1].Challenge {
				t.Error("two requests have one challenge")
			}
			terminal.Close()
			c.Keyless = false // it has one now
			must(t)(open(t, c).Sale(t.Context(), chipSale(t, 1_00)))
		})
	}
}

// TestFetchTMK_power cuts the power at every moment of a fetch. Whatever the host knows by then, the next fetch and the
// next sign-in end with a key that both have, and one that was delivered is not asked for again.
func TestFetchTMK_power(t *testing.T) {
	_, in := fetchInput(t)
	fetch := func(k *pos.Terminal) (pos.Outcome, error) { return k.FetchTMK(t.Context(), in) }
	signIn := func(k *pos.Terminal) (pos.Outcome, error) { return k.SignIn(t.Context()) }
	for _, point := range pos.KeyCutPoints() {
		for name, next := range map[string]func(*pos.Terminal) (pos.Outcome, error){"fetch": fetch, "sign-in": signIn} {
			t.Run(point+" "+name, func(t *testing.T) {
				h := newHost(t)
				deliversKeys(t, h)
				c := config(t, h)
				c.Flash = filepath.Join(t.TempDir(), "terminal.flash")
				f := &fuse{host: h, point: point, nth: 1}
				c.Cut = f.cut
				if !fetchUntilCut(t, open(t, c), in) {
					t.Fatal("the fetch never passes this point")
				}
				h.networks()
				c.Cut, c.TMK = nil, nil
				terminal := open(t, c)
				must(t)(next(terminal))
				must(t)(terminal.Sale(t.Context(), chipSale(t, 1_00)))
				delivered := point == "key_after_flash" || strings.HasPrefix(point, "confirm_")
				codes := h.networks()
				if confirms := slices.Contains(codes, "351"); name == "sign-in" && confirms != (delivered && point != "confirm_after_flash") {
					t.Errorf("the terminal sent %v", codes)
				}
				if asks := slices.Contains(codes, "350"); name == "fetch" && asks == (delivered && point != "confirm_after_flash") {
					t.Errorf("the terminal sent %v", codes)
				}
				if changed := terminal.Status().CheckValue != "08D7B4FB"; changed != (delivered || name == "fetch") {
					t.Errorf("the terminal has the key %s", terminal.Status().CheckValue)
				}
			})
		}
	}
}

// fetchUntilCut fetches a master key and reports whether the power went.
func fetchUntilCut(t *testing.T, terminal *pos.Terminal, in pos.FetchInput) (cut bool) {
	defer terminal.Close()
	defer func() {
		if r := recover(); r != nil {
			if r != errPower {
				panic(r)
			}
			cut = true
		}
	}()
	must(t)(terminal.FetchTMK(t.Context(), in))
	return false
}

// TestFetchTMK_refuses holds deliveries that are not to be trusted against the terminal, which goes on with its
// old key.
func TestFetchTMK_refuses(t *testing.T) {
	f, good := fetchInput(t)
	var earlier []byte
	for name, spoil := range map[string]func(*keyRoom, *pos.FetchInput){
		"another host's key": func(_ *keyRoom, in *pos.FetchInput) { in.Host = &f.terminal.PublicKey },
		"no delivery":        func(k *keyRoom, _ *pos.FetchInput) { k.harm = func([]byte) []byte { return []byte("YFKD") } },
		"a changed byte": func(k *keyRoom, _ *pos.FetchInput) {
			k.harm = func(b []byte) []byte { b[30] ^= 1; return b }
		},
		"another terminal's": func(k *keyRoom, _ *pos.FetchInput) {
			k.spoil = func(m *keydelivery.Message) { m.Serial = "YF0000000043" }
		},
		"an old challenge": func(k *keyRoom, _ *pos.FetchInput) {
			k.spoil = func(m *keydelivery.Message) { m.Challenge[0] ^= 1 }
		},
		"another cipher": func(k *keyRoom, _ *pos.FetchInput) {
			k.spoil = func(m *keydelivery.Message) { m.Cipher = keydelivery.SM4 }
		},
		"another check value": func(k *keyRoom, _ *pos.FetchInput) {
			k.spoil = func(m *keydelivery.Message) { m.CheckValue[0] ^= 1 }
		},
		"one of before": func(k *keyRoom, _ *pos.FetchInput) {
			k.harm = func(b []byte) []byte {
				if earlier == nil { // it gets lost on the way
					earlier = b
					return nil
				}
				return earlier
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			terminal, h := signedIn(t, nil)
			k, in := deliversKeys(t, h), good
			spoil(k, &in)
			before := terminal.Status()
			for range 2 {
				if o, err := terminal.FetchTMK(t.Context(), in); !errors.Is(err, pos.ErrDelivery) || o.Approved {
					t.Errorf("%+v, %v", o, err)
				}
			}
			if codes := h.networks(); slices.Contains(codes, "351") {
				t.Errorf("the terminal confirmed it: %v", codes)
			}
			if after := terminal.Status(); after.CheckValue != before.CheckValue || !after.SignedIn {
				t.Errorf("status %+v", after)
			}
			must(t)(terminal.Sale(t.Context(), chipSale(t, 1_00)))
		})
	}
}

// TestFetchTMK_hostForgot has a host that took in another key since: the terminal asks anew, once.
func TestFetchTMK_hostForgot(t *testing.T) {
	terminal, h := signedIn(t, nil)
	k := deliversKeys(t, h)
	_, in := fetchInput(t)
	h.behave(func(h *host) {
		h.twist = func(req, ans *iso8583.Message) bool { return k.answer(req, ans) && req.Get(60)[8:] != "351" }
	})
	if _, err := terminal.FetchTMK(t.Context(), in); err == nil {
		t.Error("nobody answered the confirmation")
	}
	h.behave(func(h *host) { h.twist, h.tmk, k.waits = k.answer, masterKey, nil })
	h.networks()
	must(t)(terminal.FetchTMK(t.Context(), in))
	if codes := h.networks(); !slices.Equal(codes, []string{"351", "350", "351", "003"}) {
		t.Errorf("the terminal sent %v", codes)
	}
	for _, code := range []string{"40", "96", "97"} {
		h.behave(func(*host) { k.code = code })
		if o, err := terminal.FetchTMK(t.Context(), in); err != nil || o.Approved || o.Unknown || o.Code != code {
			t.Errorf("answer %s: %+v, %v", code, o, err)
		}
	}
	must(t)(terminal.Sale(t.Context(), chipSale(t, 1_00)))
}

func TestFetchTMK_wrongUse(t *testing.T) {
	terminal, h := signedIn(t, nil)
	f, in := fetchInput(t)
	for name, spoil := range map[string]func(*pos.FetchInput){
		"no key":         func(in *pos.FetchInput) { in.Key = nil },
		"no host":        func(in *pos.FetchInput) { in.Host = nil },
		"no certificate": func(in *pos.FetchInput) { in.Certificate = nil },
		"another's key":  func(in *pos.FetchInput) { in.Key = f.host },
	} {
		bad := in
		spoil(&bad)
		if _, err := terminal.FetchTMK(t.Context(), bad); !errors.Is(err, pos.ErrFetchInput) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := terminal.SetHardware(pos.Hardware{Tampered: true}); err != nil {
		t.Fatal(err)
	}
	if _, err := terminal.FetchTMK(t.Context(), in); !errors.Is(err, pos.ErrTampered) {
		t.Errorf("an opened terminal: %v", err)
	}
	if came := h.came(); len(came) != 0 {
		t.Errorf("the host got %v", came)
	}
}

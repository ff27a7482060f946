//go:build pkcs11

package pkcs11_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/yifen-pay/yifen/internal/domain/card"
	"github.com/yifen-pay/yifen/internal/hsm"
	"github.com/yifen-pay/yifen/internal/hsm/hsmtest"
	"github.com/yifen-pay/yifen/internal/hsm/pkcs11"
	"github.com/yifen-pay/yifen/internal/wire/cardcrypto"
)

const userPIN = "83650174"

// file is the library of SoftHSM2; "" where there is none.
var file = library()

// library finds the library of SoftHSM2 where distributions put it, or the one that YIFEN_PKCS11 names.
func library() string {
	for _, place := range []string{
		os.Getenv("YIFEN_PKCS11"), "/usr/lib/softhsm/libsofthsm2.so", "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so",
		"/usr/lib64/softhsm/libsofthsm2.so", "/usr/local/lib/softhsm/libsofthsm2.so", "/opt/homebrew/lib/softhsm/libsofthsm2.so",
	} {
		if _, err := os.Stat(place); place != "" && err == nil {
			return place
		}
	}
	return ""
}

func TestMain(m *testing.M) {
	folder, err := os.MkdirTemp("", "yifen-tokens")
	if err == nil {
		err = initialize(folder)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	code := m.Run()
	os.RemoveAll(folder)
	os.Exit(code)
}

// initialize makes the tokens of all tests: the library reads from the environment where they lie, and once
// loaded sees no new ones.
func initialize(folder string) error {
	if file == "" {
		return nil
	}
	conf := filepath.Join(folder, "softhsm2.conf")
	text := "directories.tokendir = " + folder + "\nobjectstore.backend = file\nlog.level = ERROR\n"
	if err := os.WriteFile(conf, []byte(text), 0o600); err != nil {
		return err
	}
	os.Setenv("SOFTHSM2_CONF", conf)
	for _, label := range []string{"a", "b", "empty"} {
		out, err := exec.Command("softhsm2-util", "--init-token", "--free", "--label", label, "--pin", userPIN, "--so-pin", "5678").CombinedOutput()
		if err != nil {
			return fmt.Errorf("softhsm2-util: %w: %s", err, out)
		}
		if label == "empty" {
			continue
		}
		if err := pkcs11.Provision(config(label)); err != nil {
			return err
		}
	}
	return nil
}

func config(label string) pkcs11.Config {
	return pkcs11.Config{Library: file, Token: label, PIN: userPIN}
}

func open(t testing.TB, label string) *hsm.Module {
	t.Helper()
	if file == "" {
		t.Skip("SoftHSM2 is not installed: apt-get install softhsm2")
	}
	m, closeModule, err := pkcs11.Open(config(label))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := closeModule(); err != nil {
			t.Error(err)
		}
	})
	return m
}

func TestSuite(t *testing.T) {
	hsmtest.Suite{
		Open: func(t *testing.T, installation string) *hsm.Module { return open(t, installation) },
	}.Run(t)
}

func TestOpen_refuses(t *testing.T) {
	open(t, "a") // skips without a library
	wrong, absent, empty, other, broken := config("a"), config("no such token"), config("empty"), config("a"), config("a")
	wrong.Token, wrong.PIN = "b", "1111"
	other.Prefix = "other-"
	broken.Library = filepath.Join(t.TempDir(), "no.so")
	for name, test := range map[string]struct {
		config pkcs11.Config
		says   string
	}{
		"wrong PIN": {wrong, "log in"}, "no token": {absent, "no such token"}, "no keys": {empty, "yifen keys provision"},
		"other keys": {other, "other-"}, "no library": {broken, "cannot be loaded"},
	} {
		_, _, err := pkcs11.Open(test.config)
		if !errors.Is(err, hsm.ErrSafe) && test.says != "cannot be loaded" || err == nil || strings.Contains(err.Error(), test.config.PIN) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := pkcs11.Provision(config("a")); err == nil || !strings.Contains(err.Error(), "nothing was changed") {
		t.Errorf("keys over keys: %v", err)
	}
	for _, shown := range []string{fmt.Sprintf("%v %+v %#v", wrong, wrong, wrong), fmt.Sprint(wrong.LogValue())} {
		if strings.Contains(shown, wrong.PIN) || !strings.Contains(shown, wrong.Token) {
			t.Errorf("printed as %s", shown)
		}
	}
}

// TestOpen_closed uses a module whose token is out of reach: it says so, whatever is asked of it.
func TestOpen_closed(t *testing.T) {
	living := open(t, "a") // keeps the library
	master, _, err := living.LoadMaster(bytes.Repeat([]byte{0x01, 0x23}, 8))
	if err != nil {
		t.Fatal(err)
	}
	pan, err := card.ParsePAN("6216261000000000018")
	if err != nil {
		t.Fatal(err)
	}
	sealed, err := living.Seal(pan)
	if err != nil {
		t.Fatal(err)
	}
	m, closeModule, err := pkcs11.Open(config("a"))
	if err != nil {
		t.Fatal(err)
	}
	if err := closeModule(); err != nil {
		t.Fatal(err)
	}
	for name, try := range map[string]func() error{
		"a master key":  func() error { _, _, err := m.LoadMaster(make([]byte, 16)); return err },
		"working keys":  func() error { _, _, err := m.WorkingKeys(master, hsm.FormDouble); return err },
		"a card":        func() error { _, err := m.Seal(pan); return err },
		"a sealed card": func() error { _, err := m.Open(sealed); return err },
		"a check value": func() error { _, err := m.CheckValue(master); return err },
	} {
		if err := try(); !errors.Is(err, hsm.ErrSafe) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if got, err := living.Open(sealed); err != nil || got != pan {
		t.Errorf("the other module of the token does not work any more: %v", err)
	}
}

// TestObjects_stayBounded uses more keys than the token keeps, and the first again.
func TestObjects_stayBounded(t *testing.T) {
	m := open(t, "a")
	master, _, err := m.LoadMaster(bytes.Repeat([]byte{0x01, 0x23}, 8))
	if err != nil {
		t.Fatal(err)
	}
	var first []byte
	var want [8]byte
	for i := range 2100 {
		set, _, err := m.WorkingKeys(master, hsm.FormSingle)
		if err != nil {
			t.Fatal(err)
		}
		mac, err := m.MAC(set.MAC, cardcrypto.ECB, []byte("message"))
		if err != nil {
			t.Fatalf("key %d: %v", i, err)
		}
		if i == 0 {
			first, want = set.MAC, mac
		}
	}
	if got, err := m.MAC(first, cardcrypto.ECB, []byte("message")); err != nil || got != want {
		t.Errorf("MAC %X, want %X (%v)", got, want, err)
	}
}

func BenchmarkTranslatePIN(b *testing.B) {
	m := open(b, "a")
	translator := hsmtest.NewTranslator(b, m, hsm.TDES)
	for b.Loop() {
		translator.Translate(b)
	}
}

func BenchmarkVerifyMAC(b *testing.B) {
	m := open(b, "a")
	checker := hsmtest.NewChecker(b, m)
	for b.Loop() {
		checker.Check(b)
	}
}

func BenchmarkSeal(b *testing.B) {
	m := open(b, "a")
	pan, err := card.ParsePAN("6216261000000000018")
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := m.Seal(pan); err != nil {
			b.Fatal(err)
		}
	}
}

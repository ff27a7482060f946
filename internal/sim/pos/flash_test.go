package pos_test

import (
	"bytes"
	"crypto/rand"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/yifen-pay/yifen/internal/sim/pos"
)

// flashed returns the configuration of a terminal that has made a sale and is closed, with its slip.
func flashed(t *testing.T) (pos.Config, pos.Outcome) {
	t.Helper()
	h := newHost(t)
	c := config(t, h)
	c.Flash = filepath.Join(t.TempDir(), "terminal.flash")
	terminal := open(t, c)
	must(t)(terminal.SignIn(t.Context()))
	sale := must(t)(terminal.Sale(t.Context(), chipSale(t, 100_00)))
	if err := terminal.Close(); err != nil {
		t.Fatal(err)
	}
	return c, sale
}

func TestFlash_remembers(t *testing.T) {
	c, sale := flashed(t)
	// Everything but the path comes from the flash.
	terminal := open(t, pos.Config{Flash: c.Flash, Now: c.Now})
	s := terminal.Status()
	if !s.SignedIn || s.Terminal != terminalNumber || s.Lines != 1 || s.Address != c.Address || s.MerchantName != "一分茶叶店" {
		t.Errorf("status = %+v", s)
	}
	if !s.Unprinted {
		t.Error("the slip was never printed and the terminal does not know")
	}
	must(t)(terminal.Void(t.Context(), sale.Trace))
}

func TestFlash_isPrivate(t *testing.T) {
	c, _ := flashed(t)
	for _, suffix := range []string{"", ".key", ".lock"} {
		info, err := os.Stat(c.Flash + suffix)
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %o, want 600", filepath.Base(c.Flash+suffix), info.Mode().Perm())
		}
	}
	raw, err := os.ReadFile(c.Flash)
	if err != nil {
		t.Fatal(err)
	}
	for _, clear := range [][]byte{[]byte(demo(t, "debit").Number), []byte(terminalNumber), unhex(t, masterKey), []byte("journal")} {
		if bytes.Contains(raw, clear) {
			t.Errorf("the flash shows %d bytes in clear", len(clear))
		}
	}
	if _, err := os.Stat(c.Flash + ".part"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a half-written file stayed: %v", err)
	}
}

func TestFlash_damaged(t *testing.T) {
	c, _ := flashed(t)
	sound, err := os.ReadFile(c.Flash)
	if err != nil {
		t.Fatal(err)
	}
	flip := func(i int) func([]byte) []byte {
		return func(b []byte) []byte { b[(i+len(b))%len(b)] ^= 1; return b }
	}
	for name, damage := range map[string]func([]byte) []byte{
		"empty":         func([]byte) []byte { return nil },
		"torn":          func(b []byte) []byte { return b[:len(b)/2] },
		"torn early":    func(b []byte) []byte { return b[:12] },
		"other version": flip(8),
		"nonce":         flip(9),
		"content":       flip(100),
		"tag":           flip(-1),
		"longer":        func(b []byte) []byte { return append(b, 0) },
	} {
		t.Run(name, func(t *testing.T) {
			if err := os.WriteFile(c.Flash, damage(bytes.Clone(sound)), 0o600); err != nil {
				t.Fatal(err)
			}
			if _, err := pos.Open(c); !errors.Is(err, pos.ErrFlashDamaged) {
				t.Errorf("error = %v", err)
			}
		})
	}
	// A half-written replacement beside a sound file is nothing.
	if err := errors.Join(os.WriteFile(c.Flash, sound, 0o600), os.WriteFile(c.Flash+".part", sound[:7], 0o600)); err != nil {
		t.Fatal(err)
	}
	if s := open(t, c).Status(); s.Lines != 1 {
		t.Errorf("%d lines after a torn replacement", s.Lines)
	}
}

func TestFlash_key(t *testing.T) {
	c, _ := flashed(t)
	other := c
	other.FlashKey = make([]byte, pos.FlashKeyLen)
	rand.Read(other.FlashKey)
	if _, err := pos.Open(other); !errors.Is(err, pos.ErrFlashDamaged) {
		t.Errorf("another key: %v", err)
	}
	other.FlashKey = other.FlashKey[:16]
	if _, err := pos.Open(other); err == nil || !strings.Contains(err.Error(), "32 bytes") {
		t.Errorf("a short key: %v", err)
	}
	if err := os.Remove(c.Flash + ".key"); err != nil {
		t.Fatal(err)
	}
	if _, err := pos.Open(c); err == nil || !strings.Contains(err.Error(), "missing") {
		t.Errorf("a lost key file: %v", err)
	}
	if _, err := os.Stat(c.Flash + ".key"); !errors.Is(err, os.ErrNotExist) {
		t.Error("a new key was made for an old file")
	}
}

func TestFlash_oneOwner(t *testing.T) {
	c, _ := flashed(t)
	first := open(t, c)
	if _, err := pos.Open(c); !errors.Is(err, pos.ErrFlashInUse) {
		t.Errorf("a second program: %v", err)
	}
	first.Close()
	other := c
	other.Terminal = "29000002"
	if _, err := pos.Open(other); !errors.Is(err, pos.ErrFlashOwner) {
		t.Errorf("another terminal: %v", err)
	}
	open(t, c) // neither took the lock with it
}

func TestFlash_newMasterKey(t *testing.T) {
	c, _ := flashed(t)
	c.TMK = unhex(t, "89ABCDEF0123456776543210FEDCBA98")
	terminal := open(t, c)
	if terminal.Status().SignedIn {
		t.Error("the session of another master key goes on")
	}
	if _, err := terminal.SignIn(t.Context()); err == nil || !strings.Contains(err.Error(), "master key") {
		t.Errorf("keys under another master key: %v", err)
	}
}

// TestFlash_cannotBeWritten holds an approval that cannot be recorded to be taken back.
func TestFlash_cannotBeWritten(t *testing.T) {
	h := newHost(t)
	c := config(t, h)
	folder := filepath.Join(t.TempDir(), "flash")
	c.Flash = filepath.Join(folder, "terminal.flash")
	broken := false
	c.Cut = func(point string) {
		if broken && point == "after_answer" {
			if err := os.Rename(folder, folder+".gone"); err != nil {
				t.Error(err)
			}
		}
	}
	terminal := open(t, c)
	must(t)(terminal.SignIn(t.Context()))
	broken = true
	o, err := terminal.Sale(t.Context(), chipSale(t, 1_00))
	if err == nil || !o.Unknown || o.Approved {
		t.Fatalf("an approval that is not on record: %+v, %v", o, err)
	}
	broken = false
	if err := os.Rename(folder+".gone", folder); err != nil {
		t.Fatal(err)
	}
	r, err := terminal.Resolve(t.Context())
	if err != nil || !r.Done || r.Reason != "96" {
		t.Errorf("resolved = %+v, %v", r, err)
	}
	if got := h.net(); got != 0 {
		t.Errorf("the host holds %d fen", got)
	}
}

// TestFlash_old opens a file that an earlier version wrote, in the middle of a day: two sales, one of them
// voided, and a reversal that the host has not confirmed. Its key is zeros.
func TestFlash_old(t *testing.T) {
	sealed, err := os.ReadFile("testdata/flash_v1")
	if err != nil {
		t.Fatal(err)
	}
	h := newHost(t)
	path := filepath.Join(t.TempDir(), "terminal.flash")
	if err := os.WriteFile(path, sealed, 0o600); err != nil {
		t.Fatal(err)
	}
	terminal := open(t, pos.Config{
		Flash: path, FlashKey: make([]byte, pos.FlashKeyLen), Address: h.address(), Now: func() time.Time { return noon },
	})
	if s := terminal.Status(); !s.SignedIn || s.Lines != 3 || s.Pending == nil || s.Debit.Amount != 150_00 || s.Credit.Amount != 100_00 {
		t.Fatalf("status %+v", s)
	}
	must(t)(terminal.Sale(t.Context(), chipSale(t, 1_00)))
	came := h.came()
	if len(came) != 2 || !strings.HasPrefix(came[0], "0400 ") {
		t.Errorf("the host got %v", came)
	}
	if o := must(t)(terminal.Settle(t.Context())); o.BatchSlip.Totals.Domestic.Debit.Amount != 151_00 {
		t.Errorf("totals %+v", o.BatchSlip.Totals)
	}
}

package pos_test

import (
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/yifen-pay/yifen/internal/sim/pos"
)

func TestOperators(t *testing.T) {
	h := newHost(t)
	c := config(t, h)
	c.Flash, c.Operators = filepath.Join(t.TempDir(), "terminal.flash"), true
	terminal := open(t, c)
	for _, o := range terminal.Operators() {
		if !o.First || terminal.SignOn(o.Number, pos.FirstPassword(o.Number)) != nil {
			t.Errorf("operator %+v does not start", o)
		}
	}
	if err := terminal.SignOn("01", "9999"); !errors.Is(err, pos.ErrPassword) {
		t.Errorf("a wrong password: %v", err)
	}
	if err := terminal.AddOperator("9999", "02"); !errors.Is(err, pos.ErrPassword) {
		t.Errorf("a wrong supervisor: %v", err)
	}
	for _, step := range []error{
		terminal.AddOperator("123456", "02"), terminal.ChangePassword("02", "0000", "2580"), terminal.SignOn("02", "2580"),
		terminal.ChangePassword("00", "123456", "654321"),
	} {
		if step != nil {
			t.Error(step)
		}
	}
	for name, err := range map[string]error{
		"again":         terminal.AddOperator("654321", "02"),
		"out of range":  terminal.AddOperator("654321", "98"),
		"supervisor":    terminal.DeleteOperator("654321", "00"),
		"short":         terminal.ChangePassword("02", "2580", "1"),
		"letters":       terminal.ChangePassword("02", "2580", "abcd"),
		"the first one": terminal.ChangePassword("02", "2580", "0000"),
		"old":           terminal.SignOn("02", "0000"),
	} {
		if err == nil {
			t.Errorf("%s was accepted", name)
		}
	}
	terminal.Close()
	again := open(t, c) // passwords are in the flash
	if err := again.SignOn("02", "2580"); err != nil {
		t.Error(err)
	}
	if err := errors.Join(again.ResetOperator("654321", "02"), again.SignOn("02", "0000"), again.DeleteOperator("654321", "02")); err != nil {
		t.Error(err)
	}
	if err := again.SignOn("02", "0000"); !errors.Is(err, pos.ErrPassword) {
		t.Errorf("a deleted operator: %v", err)
	}
}

// TestSupervise asks for the supervisor at each guarded transaction, once.
func TestSupervise(t *testing.T) {
	terminal, h := signedIn(t, func(c *pos.Config) { c.Operators = true })
	first := must(t)(terminal.Sale(t.Context(), chipSale(t, 1_00)))
	second := must(t)(terminal.Sale(t.Context(), chipSale(t, 1_00)))
	h.came()
	if _, err := terminal.Void(t.Context(), first.Trace); !errors.Is(err, pos.ErrSupervisor) {
		t.Errorf("a void by a cashier: %v", err)
	}
	if err := terminal.Supervise("000000"); !errors.Is(err, pos.ErrPassword) {
		t.Errorf("a wrong password: %v", err)
	}
	if len(h.came()) != 0 {
		t.Error("something was sent")
	}
	if err := terminal.Supervise("123456"); err != nil {
		t.Fatal(err)
	}
	must(t)(terminal.Void(t.Context(), first.Trace))
	if _, err := terminal.Void(t.Context(), second.Trace); !errors.Is(err, pos.ErrSupervisor) {
		t.Errorf("one password for two voids: %v", err)
	}
}

// TestLoadTMK combines two components; their check values and that of the whole are those of triple DES.
func TestLoadTMK(t *testing.T) {
	terminal, h := signedIn(t, nil)
	a, b := unhex(t, "1111111111111111111111111111111F"), make([]byte, 16)
	for i, c := range unhex(t, masterKey) {
		b[i] = a[i] ^ c
	}
	checkValue := func(value []byte) []byte { return desKey(t, hex.EncodeToString(value)).CheckValue() }
	want := checkValue(unhex(t, masterKey))
	good := []pos.Component{{Value: a, CheckValue: checkValue(a)}, {Value: b, CheckValue: checkValue(b)[:3]}}
	for name, test := range map[string]struct {
		want  []byte
		parts []pos.Component
		err   error
	}{
		"part":   {want, []pos.Component{good[0], {Value: b, CheckValue: checkValue(a)}}, pos.ErrComponent},
		"whole":  {checkValue(a), good, pos.ErrKeyCheck},
		"one":    {nil, good[:1], nil},
		"length": {nil, []pos.Component{good[0], {Value: b[:8]}}, nil},
	} {
		err := terminal.LoadTMK(test.want, test.parts...)
		if err == nil || test.err != nil && !errors.Is(err, test.err) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if !terminal.Status().SignedIn {
		t.Error("a refused key ended the session")
	}
	if err := terminal.LoadTMK(want, good...); err != nil {
		t.Fatal(err)
	}
	if s := terminal.Status(); s.SignedIn || s.CheckValue != strings.ToUpper(hex.EncodeToString(want)) {
		t.Errorf("status %+v", s)
	}
	must(t)(terminal.SignIn(t.Context()))
	must(t)(terminal.Sale(t.Context(), chipSale(t, 1_00)))
	h.came()
}

func TestReadKeyFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keys")
	write := func(text string) {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("# of the demo\n1111111111111111 82E13665\n2222222222222222\n= 00962B60\n")
	parts, want, err := pos.ReadKeyFile(path)
	if err != nil || len(parts) != 2 || len(parts[0].CheckValue) != 4 || parts[1].CheckValue != nil || len(want) != 4 {
		t.Errorf("%d parts, want %x, %v", len(parts), want, err)
	}
	for _, bad := range []string{"xyz 00", "11 22 33"} {
		write(bad)
		if _, _, err := pos.ReadKeyFile(path); err == nil || strings.Contains(err.Error(), bad) {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

// TestTraining plays a whole day without a host, and leaves nothing behind.
func TestTraining(t *testing.T) {
	for _, profile := range pos.Profiles() {
		h := newHost(t)
		speak(t, h, profile)
		c := config(t, h)
		c.Profile, c.Flash = profile, filepath.Join(t.TempDir(), "terminal.flash")
		terminal := open(t, c)
		must(t)(terminal.SignIn(t.Context()))
		real := must(t)(terminal.Sale(t.Context(), chipSale(t, 5_00)))
		before := terminal.Status()
		h.came()
		if err := terminal.StartTraining(); err != nil {
			t.Fatal(err)
		}
		must(t)(terminal.SignIn(t.Context()))
		sale := must(t)(terminal.Sale(t.Context(), chipSale(t, 100_00)))
		if !sale.Slip.Training || sale.Trace < "900000" {
			t.Errorf("slip %+v", sale.Slip)
		}
		must(t)(terminal.Void(t.Context(), sale.Trace))
		must(t)(terminal.Balance(t.Context(), chipSale(t, 0)))
		must(t)(terminal.Preauth(t.Context(), chipSale(t, 7_00)))
		poor := pos.SaleInput{Amount: 1_00, Card: demo(t, "51"), Entry: pos.Insert, PIN: "123456"}
		if o, err := terminal.Sale(t.Context(), poor); err != nil || o.Code != "51" {
			t.Errorf("the card of code 51: %+v, %v", o, err)
		}
		silent := pos.SaleInput{Amount: 1_00, Card: demo(t, "silent"), Entry: pos.Insert, PIN: "123456"}
		if o, err := terminal.Sale(t.Context(), silent); err != nil || !o.Unknown {
			t.Errorf("the silent card: %+v, %v", o, err)
		}
		if settled := must(t)(terminal.Settle(t.Context())); !settled.BatchSlip.Training {
			t.Error("the batch slip does not say training")
		}
		terminal.EndTraining()
		after := terminal.Status()
		before.Clock, after.Clock = noon, noon
		if before.Trace != after.Trace || before.Batch != after.Batch || before.Lines != after.Lines || after.Pending != nil || !after.SignedIn {
			t.Errorf("%s: after the training %+v, before %+v", profile, after, before)
		}
		if came := h.came(); len(came) != 0 {
			t.Errorf("the host got %v", came)
		}
		must(t)(terminal.Void(t.Context(), real.Trace))
	}
}

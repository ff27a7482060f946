package screen_test

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/yifen-pay/yifen/internal/sim/pos"
	"github.com/yifen-pay/yifen/internal/sim/pos/screen"
)

var update = flag.Bool("update", false, "write the golden files")

// zeros is a source of chance without any.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

// noon is the clock of every test.
var noon = time.Date(2026, time.November, 7, 12, 0, 0, 0, time.FixedZone("CST", 8*60*60))

// training returns a device whose terminal has a host inside, so that a test needs none.
func training(t *testing.T, lang string) (*screen.Device, *pos.Terminal) {
	t.Helper()
	terminal, err := pos.Open(pos.Config{
		Terminal: "29000001", Merchant: "898290054110001", MerchantName: "一分茶叶店", TMK: []byte("0123456789ABCDEF"),
		Address: "127.0.0.1:1", Now: func() time.Time { return noon }, Random: zeros{}, Operators: true, Partial: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { terminal.Close() })
	if err := terminal.StartTraining(); err != nil {
		t.Fatal(err)
	}
	return screen.New(screen.Config{Terminal: terminal, Lang: lang, Demo: true}), terminal
}

// finish runs jobs until there are none.
func finish(d *screen.Device, job screen.Job) {
	for job != nil {
		job = d.Finish(job(context.Background()))
	}
}

// press presses keys: words are keys by name, and a run of digits and capital letters is one key after the other.
func press(d *screen.Device, keys string) {
	for _, word := range strings.Fields(keys) {
		if strings.Trim(word, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" {
			finish(d, d.Press(word))
			continue
		}
		for _, c := range word {
			finish(d, d.Press(string(c)))
		}
	}
}

const signOn = "01 enter 0000 enter"

// day is what each menu item is tried with: after the sign-on, and after what prepares it unseen, keys and the
// display that comes of them.
var days = []struct {
	name    string
	prepare string
	keys    []string
}{
	{"sign_on", "", []string{"", "01 enter", "9999 enter", "0000", "enter"}},
	{"main_menu", signOn, []string{"x", "esc"}},
	{"sale_insert", signOn, []string{"1", "1234", "5 backspace 0", "enter", "esc", "backspace 5 enter", "I", "123456", "enter", "enter", "down down", "enter", "enter"}},
	{"sale_tap", signOn, []string{"1 10000 enter T", "enter", "pgdown pgdown pgdown"}},
	{"sale_tap_above", signOn, []string{"1 100001 enter T", "12 enter", "3456 enter"}},
	{"sale_phone", signOn, []string{"1 2000 enter P", "enter"}},
	{"sale_swipe_chip", signOn, []string{"1 2000 enter S", "down down down down down down down down down down down down", "S", "123456 enter"}},
	{"sale_fallback", signOn, []string{"1 2000 enter pgdown pgdown pgdown", "I", "S", "123456 enter"}},
	{"sale_credit_no_pin", signOn, []string{"1 2000 enter down I", "enter"}},
	{"sale_manual", signOn, []string{"1 2000 enter N", "621626100000000001 enter", "9 enter", "backspace 8 enter"}},
	{"sale_poor", signOn, []string{"1 9900 enter down down I 123456 enter", "3", "5000 enter", "backspace", "1"}},
	{"sale_poor_code", signOn, []string{"1 9900 enter down down I 123456 enter 2", "62210000000000000", "18 enter"}},
	{"sale_part", signOn, []string{"1 50000 enter pgdown down down down I 123456 enter", "enter", "enter enter", "enter esc", "1", "esc", "1 down down I 123456 enter", "enter", "1 T", "enter enter enter"}},
	{"sale_part_by_code", signOn, []string{"1 50000 enter pgdown down down down I 123456 enter enter enter enter", "2", "6221000000000000018 enter"}},
	{"sale_wrong_pin", signOn, []string{"1 9900 enter down down down down down I 123456 enter", "1"}},
	{"sale_captured", signOn, []string{"1 9900 enter down down down down I 123456 enter"}},
	{"sale_silent", signOn, []string{"1 9900 enter pgdown down I 123456 enter", "1", "enter"}},
	{"void", signOn + " 1 2000 enter I 123456 enter enter enter enter", []string{"2", "0000 enter", "123456 enter", "99 enter", "backspace backspace 900001", "enter", "enter", "enter"}},
	{"authorization_menu", signOn, []string{"3"}},
	{"preauth", signOn, []string{"3 1 50000 enter", "T 123456 enter", "enter"}},
	{"add_on", signOn, []string{"3 2 12 enter", "3456 enter", "1332 enter", "backspace backspace backspace 107 enter", "10000 enter I 123456 enter"}},
	{"preauth_void", signOn, []string{"3 3 A12345 enter enter 50000 enter", "I 123456 enter"}},
	{"completion", signOn, []string{"3 4 A12345 enter 1107 enter 45000 enter I 123456 enter", "enter"}},
	{"completion_advice", signOn, []string{"3 5 A12345 enter enter 45000 enter I", "enter"}},
	{"completion_void", signOn + " 3 4 A12345 enter 1107 enter 45000 enter I 123456 enter enter enter enter", []string{"3 6 123456 enter", "900001 enter", "enter"}},
	{"refund", signOn, []string{"4", "123456 enter", "TRAIN0000001 enter", "1106 enter", "500 enter", "I", "enter"}},
	{"balance", signOn, []string{"5", "I", "123456 enter"}},
	{"pay_by_code", signOn, []string{"6 880 enter", "6221 enter", "000000000000018 enter", "enter"}},
	{"refund_by_code", signOn, []string{"4 123456 enter TRAIN0000001 enter 1106 enter 500 enter", "C", "enter"}},
	{"void_by_code", signOn + " 6 880 enter 134567890123456789 enter enter enter enter", []string{"2 123456 enter 900001 enter", "enter", "enter", "enter enter 8 3"}},
	{"settle", signOn + " 1 2000 enter I 123456 enter enter enter enter", []string{"7", "enter", "enter", "enter"}},
	{"print_menu", signOn, []string{"8", "1"}},
	{"reprint", signOn + " 1 2000 enter I 123456 enter enter enter enter", []string{"8 1", "esc enter", "8 2", "900001 enter"}},
	{"transactions", signOn + strings.Repeat(" 1 2000 enter T enter enter enter", 11), []string{"8 3", "down down", "right", "enter", "esc esc", "4"}},
	{"transactions_none", signOn, []string{"8 3"}},
	{"management_menu", signOn, []string{"9"}},
	{"sign_in_off", signOn, []string{"9 2", "enter", "9 1"}},
	{"operators", signOn, []string{"9 3", "5", "esc 2", "02 enter", "123456 enter"}},
	{"downloads", signOn, []string{"9 4", "1"}},
	{"parameters", signOn, []string{"9 5", "pgdown"}},
	{"keys", signOn, []string{"9 6", "1", "esc 2", "88888888 enter", "0123456789ABCDEF0123456789ABCDEF enter"}},
	{"doctor", signOn, []string{"9 7", "pgdown"}},
	{"training", signOn, []string{"9 8", "9 8"}},
	{"hardware", signOn, []string{"9 9", "1", "2 3 3 3 4", "esc 7", "pgdown"}},
	{"printer_out", signOn + " 9 9 1 esc esc", []string{"1 2000 enter T", "enter", "1", "2 1", "enter enter"}},
	{"other_menu", signOn, []string{"0"}},
	{"offline_sale", signOn, []string{"0 1 123456 enter 1500 enter", "I", "enter"}},
	{"adjustment", signOn + " 1 2000 enter I 123456 enter enter enter enter", []string{"0 2 123456 enter 900001 enter", "9999 enter", "esc", "backspace backspace backspace backspace 2200 enter", "enter"}},
	{"tip", signOn + " 1 20000 enter I 123456 enter enter enter enter", []string{"0 3 900001 enter", "9999 enter", "esc backspace 1 enter", "esc backspace backspace enter", "enter"}},
	{"echo", signOn, []string{"0 4"}},
	{"pending", signOn, []string{"0 5"}},
	{"status_upload", signOn, []string{"0 6"}},
	{"status", signOn, []string{"0 7"}},
}

// TestScreens presses through every menu item in both languages and holds each display to its golden file.
func TestScreens(t *testing.T) {
	for _, lang := range []string{screen.Chinese, screen.English} {
		for _, day := range days {
			t.Run(day.name+"."+lang, func(t *testing.T) {
				d, _ := training(t, lang)
				press(d, day.prepare)
				var out strings.Builder
				for _, keys := range day.keys {
					press(d, keys)
					fmt.Fprintf(&out, "== %s\n", keys)
					for _, line := range d.Display() {
						if n := pos.Columns(line); n != 40 {
							t.Errorf("a line of %d columns: %q", n, line)
						}
						fmt.Fprintf(&out, "|%s|\n", line)
					}
				}
				golden(t, day.name+"."+lang+".txt", out.String())
			})
		}
	}
}

func golden(t *testing.T, name, text string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(want) != text {
		t.Errorf("%s differs; look at it and run the test with -update:\n%s", name, text)
	}
}

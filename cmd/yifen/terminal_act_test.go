package main

import (
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/yifen-pay/yifen/internal/sim/kit"
	"github.com/yifen-pay/yifen/internal/sim/pos"
	"github.com/yifen-pay/yifen/internal/sim/pos/screen"
	"github.com/yifen-pay/yifen/internal/world"
)

// done runs an act that must be approved.
func done(t *testing.T, dir string, line string, args ...any) pos.Outcome {
	t.Helper()
	o, code := terminalJSON(t, dir, strings.Fields(fmt.Sprintf(line, args...))...)
	if code != 0 || !o.Approved {
		t.Fatalf("%s: exit code %d, %+v", fmt.Sprintf(line, args...), code, o)
	}
	return o
}

// TestTerminal_acts passes through every act from the command line, against the demo.
func TestTerminal_acts(t *testing.T) {
	dir := startDemo(t)
	held := done(t, dir, "preauth --amount 500 --card credit")
	done(t, dir, "add-on --amount 50 --card credit --auth %s", held.AuthCode)
	complete := done(t, dir, "complete --amount 550 --card credit --auth %s --date %s", held.AuthCode, held.Slip.Time.Format("0102"))
	done(t, dir, "completion-void --trace %s", complete.Trace)
	done(t, dir, "complete --advice --amount 540 --card credit --auth %s", held.AuthCode)
	tapped := done(t, dir, "preauth --amount 70 --card debit --entry tap")
	done(t, dir, "preauth-void --amount 70 --card debit --auth %s", tapped.AuthCode)
	done(t, dir, "offline-sale --amount 15 --auth 654321 --entry manual")
	sale := done(t, dir, "sale --amount 100")
	if tip := done(t, dir, "tip --trace %s --amount 10", sale.Trace); tip.Slip.Tip != 10_00 {
		t.Errorf("tip %+v", tip.Slip)
	}
	done(t, dir, "adjust --trace %s --amount 90", sale.Trace)
	if part := done(t, dir, "sale --amount 300 --card prepaid --partial"); part.Rest != 100_00 {
		t.Errorf("part %+v", part)
	}
	if o := done(t, dir, "balance --card debit"); o.Balance == nil {
		t.Errorf("balance %+v", o)
	}
	phone := done(t, dir, "sale --amount 20 --card phone")
	if !phone.Slip.Phone || !phone.Slip.Waived {
		t.Errorf("phone %+v", phone.Slip)
	}
	done(t, dir, "void --trace %s", phone.Trace)
	done(t, dir, "sale --amount 20 --card stripe")
	done(t, dir, "sale --amount 20 --card visa18")
	if o := done(t, dir, "signature --trace %s --image %s", sale.Trace, signature(t, dir)); o.Kind != pos.Signature {
		t.Errorf("signature %+v", o)
	}
	if o := done(t, dir, "settle"); differs(o) {
		t.Errorf("the batch differs: %+v", o.BatchSlip)
	}
}

// TestTerminal_code takes payments by code from the command line, voids, refunds, reprints and draws them.
func TestTerminal_code(t *testing.T) {
	d := startDemoOf(t, world.DemoOptions{WithWallets: true})
	dir := d.Options.Dir
	code := func(state kit.CodeState) string {
		text, err := d.Wallets.Alipay.Code(state)
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	picture := filepath.Join(dir, "code.png")
	sale := done(t, dir, "code --amount 9.90 --code %s --png %s --copy both", code(kit.CodeOK), picture)
	if s := sale.Slip; s.Wallet != "支付宝" || s.Order == "" || s.WalletNumber == "" {
		t.Errorf("slip %+v", s)
	}
	for _, file := range []string{"code-merchant.png", "code-cardholder.png", "code-merchant-en.png", "code-cardholder-en.png"} {
		if raw, err := os.ReadFile(filepath.Join(dir, file)); err != nil || !strings.HasPrefix(string(raw), "\x89PNG") {
			t.Errorf("%s is no picture: %v", file, err)
		}
	}
	voided := done(t, dir, "code --amount 5 --code %s", code(kit.CodeOK))
	done(t, dir, "void --trace %s --pdf %s", voided.Trace, filepath.Join(dir, "void.pdf"))
	done(t, dir, "refund --amount 4 --by-code --rrn %s --date %s --escpos %s", sale.RRN, sale.Slip.Time.Format("0102"), filepath.Join(dir, "refund.escpos"))
	if again := done(t, dir, "reprint --trace %s --png %s", sale.Trace, picture); again.Slip.Reprints != 1 || again.Slip.Order != sale.Slip.Order {
		t.Errorf("reprint %+v", again.Slip)
	}
	for _, test := range []struct {
		args string
		code int
		says string
	}{
		{"code --lang en --amount 1 --code " + code(kit.CodePoor), 1, "choose another way to pay on the phone"},
		{"code --lang zh --amount 1 --code 991234567890123456", 1, "付款码无效"},
		{"refund --lang en --by-code --amount 6 --rrn " + sale.RRN + " --date " + sale.Slip.Time.Format("0102"), 1, "More than is left"},
		{"refund --by-code --card debit --amount 1 --rrn " + sale.RRN + " --date 0101", 2, "by-code"},
		{"reprint --lang en", 0, "CUSTOMER COPY"},
	} {
		out, err := run(t, "", append([]string{"terminal", "--dir", dir}, strings.Fields(test.args)...)...)
		if err != nil {
			out += err.Error()
		}
		if code := codeOf(err); code != test.code || !strings.Contains(out, test.says) {
			t.Errorf("%q: exit code %d, %s", test.args, code, out)
		}
	}
	if o := done(t, dir, "settle"); differs(o) {
		t.Errorf("the batch differs: %+v", o.BatchSlip)
	}
	if _, code := terminalJSON(t, dir, "void", "--trace", sale.Trace); code != 2 {
		t.Errorf("a void after the close: exit code %d", code)
	}
	if err := d.Wallets.Alipay.Audit(); err != nil {
		t.Error(err)
	}
}

// signature draws what a customer might and returns the file.
func signature(t *testing.T, dir string) string {
	t.Helper()
	picture := image.NewGray(image.Rect(0, 0, 240, 80))
	for i := range picture.Pix {
		picture.Pix[i] = 0xFF
	}
	for x := range 240 {
		picture.SetGray(x, 40+int(20*math.Sin(float64(x)/15)), color.Gray{})
	}
	path := filepath.Join(dir, "signature.png")
	file, err := os.Create(path)
	if err == nil {
		err = errors.Join(png.Encode(file, picture), file.Close())
	}
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// TestTerminal_supervisor changes the supervisor's password: from then on it has to be given.
func TestTerminal_supervisor(t *testing.T) {
	dir := startDemo(t)
	sale := done(t, dir, "sale --amount 1")
	t.Setenv(envPassword, "123456:654321")
	if out, err := run(t, "", "terminal", "--dir", dir, "operator", "password", "00"); err != nil {
		t.Fatalf("%s, %v", out, err)
	}
	if _, code := terminalJSON(t, dir, "void", "--trace", sale.Trace); code != 2 {
		t.Errorf("a void without the password: exit code %d", code)
	}
	t.Setenv(envSupervisor, "654321")
	done(t, dir, "void --trace %s", sale.Trace)
	for _, args := range []string{"operator add 02", "operator reset 02", "operator delete 02"} {
		if out, err := run(t, "", append([]string{"terminal", "--dir", dir}, strings.Fields(args)...)...); err != nil {
			t.Errorf("%s: %s, %v", args, out, err)
		}
	}
}

func TestTerminal_manage(t *testing.T) {
	dir := startDemo(t)
	done(t, dir, "sign-in")
	keys := filepath.Join(dir, "components")
	// The second line is no component: it has an odd number of digits.
	if err := os.WriteFile(keys, []byte("1111111111111111EEEEEEEEEEEEEEEE\n103254769\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		args string
		code int
		says string
	}{
		{"download parameters bins --lang en", 0, "Card table"},
		{"download --lang zh", 0, "没有要求下载"},
		{"download lunch", 2, "未知的下载项"},
		{"doctor --set printer=paper_out --set battery=3", 1, "缺纸"},
		{"doctor --set sound --lang en", 0, "ready"},
		{"doctor --set moon=full", 2, "cannot set"},
		{"doctor --json", 0, `"state": "good"`},
		{"keys load " + keys, 2, "密钥"},
		{"keys load " + filepath.Join(dir, "none"), 2, "yifen"},
		{"signature --trace 1 --image " + keys, 2, "PNG"},
		{"code --amount 1 --code 12", 2, "付款码"},
		{"operator password 01", 2, envPassword},
	} {
		out, err := run(t, "", append([]string{"terminal", "--dir", dir}, strings.Fields(test.args)...)...)
		if code := codeOf(err); code != test.code || !strings.Contains(out, test.says) {
			t.Errorf("%q: exit code %d, %s", test.args, code, out)
		}
	}
}

// TestTerminal_screen has a cashier work at the screen, against the demo.
func TestTerminal_screen(t *testing.T) {
	dir := startDemo(t)
	o := &terminalOptions{dir: dir}
	terminal, err := o.open()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { terminal.Close() })
	d := screen.New(screen.Config{Terminal: terminal, Lang: screen.English, Demo: o.demo})
	finish := func(job screen.Job) {
		for job != nil {
			job = d.Finish(job(context.Background()))
		}
	}
	press := func(keys string, want string) {
		t.Helper()
		for key := range strings.FieldsSeq(keys) {
			finish(d.Press(key))
		}
		if display := strings.Join(d.Display(), "\n"); !strings.Contains(display, want) {
			t.Fatalf("after %q the display does not show %q:\n%s", keys, want, display)
		}
	}
	finish(d.Start())
	press("0 1 enter 0 0 0 0 enter", "[OK] DONE")
	press("enter 1 1 2 3 4 5 enter i 1 2 3 4 5 6 enter", "RMB 123.45")
	press("enter enter enter", "YIFEN POS")
	press("3 1 5 0 0 0 0 enter down i enter", "[OK] APPROVED")
	press("enter enter enter 5 i 1 2 3 4 5 6 enter", "available balance")
	press("enter 1 5 0 0 enter down down i 1 2 3 4 5 6 enter", "51 Insufficient funds")
	press("enter 2 1 2 3 4 5 6 enter", "Voucher number")
	for _, slip := range terminal.Journal() {
		if slip.Kind == pos.Sale {
			press(strings.Join(strings.Split(slip.Trace, ""), " ")+" enter enter", "[OK] APPROVED")
		}
	}
	press("enter enter enter 9 7", "[ok]")
	press("esc esc 7 enter", "EQUAL")
	// What the host asked for comes in a quiet moment.
	press("enter enter", "YIFEN POS")
	for range 4 {
		finish(d.Tick())
	}
	if due := terminal.Status().Due; len(due) > 1 {
		t.Errorf("still due: %v", due)
	}
}

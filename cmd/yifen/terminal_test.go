package main

import (
	"encoding/json"
	"errors"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/yifen-pay/yifen/internal/sim/pos"
	"github.com/yifen-pay/yifen/internal/world"
)

// startDemo starts the product with its simulators and returns its directory.
func startDemo(t *testing.T) (dir string) {
	t.Helper()
	return startDemoWith(t, nil).Options.Dir
}

// startDemoWith starts it with settings.
func startDemoWith(t *testing.T, settings map[string]string) *world.Demo {
	t.Helper()
	return startDemoOf(t, world.DemoOptions{Settings: settings})
}

// startDemoOf starts it with options, on free ports.
func startDemoOf(t *testing.T, o world.DemoOptions) *world.Demo {
	t.Helper()
	o.Dir, o.Quick, o.Timeout, o.LateAfter = t.TempDir(), true, 500*time.Millisecond, time.Second
	for _, address := range []*string{&o.HTTP, &o.ISO, &o.Bench, &o.Printer, &o.Network, &o.WeChat, &o.Alipay, &o.UnionPay} {
		*address = "127.0.0.1:0"
	}
	d, err := world.StartDemo(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(d.Stop)
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !d.App.Rail.Ready() {
		select {
		case <-tick.C:
		case <-t.Context().Done():
			t.Fatal("the card network is not signed on")
		}
	}
	return d
}

// terminalJSON runs `yifen terminal` with --json and returns what it printed and its exit code.
func terminalJSON(t *testing.T, dir string, args ...string) (pos.Outcome, int) {
	t.Helper()
	out, err := run(t, "", append([]string{"terminal", "--dir", dir, "--json"}, args...)...)
	var outcome pos.Outcome
	if uerr := json.Unmarshal([]byte(out), &outcome); uerr != nil {
		t.Fatalf("%v printed %q, %v", args, out, err)
	}
	return outcome, codeOf(err)
}

// codeOf is the exit code that main makes of an error.
func codeOf(err error) int {
	var code exitCode
	switch {
	case err == nil:
		return 0
	case errors.As(err, &code):
		return int(code)
	}
	return 2
}

func TestTerminal_day(t *testing.T) {
	dir := startDemo(t)
	picture := filepath.Join(dir, "slip.png")
	sale, code := terminalJSON(t, dir, "sale", "--amount", "100.00", "--card", "debit", "--entry", "insert", "--png", picture)
	if code != 0 || !sale.Approved || sale.Amount != 100_00 {
		t.Fatalf("sale: exit code %d, %+v", code, sale)
	}
	if raw, err := os.ReadFile(picture); err != nil || !strings.HasPrefix(string(raw), "\x89PNG") {
		t.Errorf("no picture of the slip: %v", err)
	}
	for name, want := range map[string]string{"51": "51", "54": "54", "41": "41", "55": "55", "75": "75"} {
		if o, code := terminalJSON(t, dir, "sale", "--amount", "1", "--card", name); code != 1 || o.Approved || o.Code != want {
			t.Errorf("card %s: exit code %d, answer %s", name, code, o.Code)
		}
	}
	tap, code := terminalJSON(t, dir, "sale", "--amount", "9.90", "--card", "credit", "--entry", "tap", "--copy", "both", "--pdf", filepath.Join(dir, "slip.pdf"))
	if code != 0 || !tap.Slip.Waived {
		t.Errorf("tap: exit code %d, %+v", code, tap)
	}
	for _, file := range []string{"slip-merchant.pdf", "slip-cardholder.pdf"} {
		if _, err := os.Stat(filepath.Join(dir, file)); err != nil {
			t.Error(err)
		}
	}
	if o, code := terminalJSON(t, dir, "void", "--trace", strings.TrimLeft(tap.Trace, "0")); code != 0 || o.Slip.Original.Trace != tap.Trace {
		t.Errorf("void: exit code %d, %+v", code, o)
	}
	if o, code := terminalJSON(t, dir, "refund", "--amount", "20", "--rrn", sale.RRN, "--date", sale.Slip.Time.Format("2006-01-02")); code != 0 {
		t.Errorf("refund: exit code %d, %+v", code, o)
	}
	if o, code := terminalJSON(t, dir, "settle"); code != 0 || o.BatchSlip.Totals.Domestic.Result != pos.Equal {
		t.Errorf("settle: exit code %d, %+v", code, o.BatchSlip)
	}
	if o, code := terminalJSON(t, dir, "reprint"); code != 0 || o.BatchSlip.Reprints != 1 {
		t.Errorf("reprint: exit code %d, %+v", code, o)
	}
	if _, code := terminalJSON(t, dir, "sign-off"); code != 0 {
		t.Errorf("sign-off: exit code %d", code)
	}
}

// TestTerminal_unknown leaves a sale without an answer behind, which the next command reverses.
func TestTerminal_unknown(t *testing.T) {
	dir := startDemo(t)
	if _, code := terminalJSON(t, dir, "sign-in"); code != 0 {
		t.Fatal("no sign-in")
	}
	lost, code := terminalJSON(t, dir, "sale", "--amount", "5", "--card", "silent", "--timeout", "50ms")
	if code != 3 || !lost.Unknown || lost.AdviceEN == "" {
		t.Errorf("exit code %d, %+v", code, lost)
	}
	next, code := terminalJSON(t, dir, "sale", "--amount", "1")
	if code != 0 || next.Resolved == nil || !next.Resolved.Done || next.Resolved.Trace != lost.Trace {
		t.Errorf("exit code %d, resolved %+v", code, next.Resolved)
	}
}

// TestTerminal_powerCut runs the program itself, because a power cut ends the process.
func TestTerminal_powerCut(t *testing.T) {
	if dir := os.Getenv("YIFEN_TEST_CUT_DIR"); dir != "" {
		_, err := run(t, "", "terminal", "--dir", dir, "sale", "--amount", "3")
		t.Fatalf("the power stayed on: %v", err)
	}
	dir := startDemo(t)
	if _, code := terminalJSON(t, dir, "sign-in"); code != 0 {
		t.Fatal("no sign-in")
	}
	child := exec.CommandContext(t.Context(), os.Args[0], "-test.run", "^TestTerminal_powerCut$")
	child.Env = append(os.Environ(), "YIFEN_TEST_CUT_DIR="+dir, envCut+"=after_answer")
	out, err := child.CombinedOutput()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != 137 {
		t.Fatalf("the program ended with %v: %s", err, out)
	}
	cut := statusOf(t, dir)
	if cut.Pending == nil || cut.Pending.Amount != 3_00 {
		t.Errorf("pending after the cut: %+v", cut.Pending)
	}
	if o, code := terminalJSON(t, dir, "reverse"); code != 0 || o.Resolved == nil || !o.Resolved.Done {
		t.Errorf("reverse: exit code %d, %+v", code, o.Resolved)
	}
	if after := statusOf(t, dir); after.Pending != nil || after.Lines != 0 {
		t.Errorf("status %+v", after)
	}
}

func statusOf(t *testing.T, dir string) (s terminalStatus) {
	t.Helper()
	out, err := run(t, "", "terminal", "--dir", dir, "--json", "status")
	if err := errors.Join(err, json.Unmarshal([]byte(out), &s)); err != nil {
		t.Fatalf("status printed %q, %v", out, err)
	}
	return s
}

// TestTerminal_words reads what people read.
func TestTerminal_words(t *testing.T) {
	dir := startDemo(t)
	han := regexp.MustCompile(`\p{Han}`)
	for _, test := range []struct {
		args      string
		want, not []string
	}{
		{"sale --amount 100 --lang zh", []string{"消费成功 CNY 100.00", "凭证号", "持卡人存根", "RMB 100.00"}, []string{"Sale approved"}},
		{"sale --amount 100 --lang en", []string{"Sale approved CNY 100.00", "CARDHOLDER COPY"}, []string{"消费成功"}},
		{"sale --amount 100 --lang en --copy both", []string{"MERCHANT COPY", "CARDHOLDER COPY"}, nil},
		{"sale --amount 1 --card 41", []string{"41 挂失卡", "41 Lost card", "要求留卡", "asks to keep the card", "→"}, []string{"CARDHOLDER COPY"}},
		{"sale --amount 1 --card 51 --lang en", []string{"51 Insufficient funds", "another way to pay"}, nil},
		{"reverse", []string{"没有待冲正的交易", "Nothing is pending"}, nil},
		{"reprint --lang zh", []string{"重打印/REPRINT 1"}, nil},
		{"sale --amount 5 --card phone", []string{"消费成功 CNY 5.00", "持卡人存根", "CARDHOLDER COPY", "手机", "PHONE", "免密免签"}, nil},
		{"sale --amount 5 --card debit --entry swipe", []string{"此卡带芯片", "insert or tap it"}, []string{"成功"}},
		{"void --trace 999 --lang zh", []string{"凭证号"}, []string{"voucher"}},
		{"doctor --lang en", []string{"Printer: the printer is ready", "echoes", "jitter"}, nil},
		{"operator list --lang en", []string{"00 supervisor first password", "01 cashier"}, nil},
		{"keys", []string{"密钥校验值", "PIK"}, nil},
		{"cards --lang en", []string{"tap it", "broken chip"}, nil},
		{"settle --lang en", []string{"Batch close approved", "EQUAL", "SALE"}, nil},
		{"codes 51 --lang en", []string{"51 C", "Insufficient funds"}, nil},
		{"codes", []string{"00 A", "A7 C"}, nil},
		{"cards", []string{"6226388000000095", "never answers"}, nil},
		{"status --lang en", []string{"29000001 @ 898290054110001", "signed in", "answers"}, nil},
		{"", []string{"Examples:", "yifen terminal sale --amount", "软件刷卡终端"}, nil},
	} {
		out, err := run(t, "", append([]string{"terminal", "--dir", dir}, strings.Fields(test.args)...)...)
		refused := strings.Contains(test.args, "swipe") || strings.Contains(test.args, "999")
		if code := codeOf(err); (code > 1) != refused {
			t.Errorf("%q ends with %v", test.args, err)
		}
		for _, want := range test.want {
			if !strings.Contains(out, want) {
				t.Errorf("%q lacks %q:\n%s", test.args, want, out)
			}
		}
		for _, not := range test.not {
			if strings.Contains(out, not) {
				t.Errorf("%q shows %q:\n%s", test.args, not, out)
			}
		}
		if first, _, _ := strings.Cut(out, "\n\n"); strings.Contains(test.args, "--lang en") && !strings.HasPrefix(test.args, "status") && han.MatchString(first) {
			t.Errorf("%q speaks Chinese: %s", test.args, first)
		}
	}
}

func TestTerminal_wrongUse(t *testing.T) {
	dir := t.TempDir() // without a demo
	flash := filepath.Join(dir, "t.flash")
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	nobody := listener.Addr().String()
	listener.Close()
	const key = "0123456789ABCDEFFEDCBA9876543210"
	here := "--flash " + flash + " --tid 29000001 --mid 898290054110001 --tmk " + key + " --host " + nobody + " "
	for name, test := range map[string]struct{ args, says string }{
		"which terminal":   {"sale --amount 1", "which terminal"},
		"unknown act":      {here + "steal", "unknown command"},
		"unknown flag":     {here + "sale --sum 1", "unknown flag"},
		"argument":         {here + "sale 100", "unknown command"},
		"language":         {here + "--lang fr echo", "zh, en or both"},
		"copy":             {here + "--copy all echo", "merchant or both"},
		"no amount":        {here + "sale", "--amount"},
		"bad amount":       {here + "sale --amount 1.234", "two decimals"},
		"bad card":         {here + "sale --amount 1 --card gold", "unknown card"},
		"bad entry":        {here + "sale --amount 1 --entry wave", "swipe, insert, tap or manual"},
		"no trace":         {here + "void", "--trace"},
		"no reference":     {here + "refund --amount 1", "--rrn"},
		"nobody there":     {here + "echo", "no connection"},
		"bad key":          {strings.Replace(here, key, "01234", 1) + "echo", "not hexadecimal"},
		"bad MAC method":   {here + "--mac cmac echo", "x919"},
		"insecure outside": {strings.Replace(here, nobody, "192.0.2.1:443", 1) + "--insecure echo", "loopback only"},
		"no authority":     {here + "--ca " + filepath.Join(dir, "ca.pem") + " echo", "certificate authority"},
		"bad flash key":    {here + "--flash-key 00 echo", "32 bytes"},
	} {
		out, err := run(t, "", append([]string{"terminal", "--dir", dir}, strings.Fields(test.args)...)...)
		if code := codeOf(err); code != 2 {
			t.Errorf("%s: exit code %d, want 2", name, code)
		}
		said := out
		if err != nil {
			said += err.Error()
		}
		if !strings.Contains(said, test.says) {
			t.Errorf("%s: %q does not say %q", name, said, test.says)
		}
		if strings.Contains(said, key) {
			t.Errorf("%s: shows the key", name)
		}
	}
	t.Setenv(envCut, "lunch")
	out, err := run(t, "", append([]string{"terminal", "--dir", dir}, strings.Fields(here+"echo")...)...)
	if codeOf(err) != 2 || !strings.Contains(out, "before_send") {
		t.Errorf("an unknown cut point: %q, %v", out, err)
	}
}

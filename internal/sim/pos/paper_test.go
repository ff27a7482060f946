package pos_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/yifen-pay/yifen/internal/sim/pos"
)

var update = flag.Bool("update", false, "write the golden files")

// golden compares text with a file of testdata.
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

// TestPaper prints a day: its slips in both languages, and the close of its batch.
func TestPaper(t *testing.T) {
	h := newHost(t)
	c := config(t, h)
	c.Random = zeros{}
	c.Partial = true
	terminal := open(t, c)
	must(t)(terminal.SignIn(t.Context()))
	sale := must(t)(terminal.Sale(t.Context(), chipSale(t, 1200_00)))
	tap := must(t)(terminal.Sale(t.Context(), pos.SaleInput{Amount: 9_90, Card: demo(t, "phone"), Entry: pos.Tap}))
	tip := must(t)(terminal.Tip(t.Context(), sale.Trace, 100_00))
	void := must(t)(terminal.Void(t.Context(), tap.Trace))
	h.behave(func(h *host) { h.partial = 700_00 })
	part := must(t)(terminal.Sale(t.Context(), stripeSale(t, 1000_00)))
	code := must(t)(terminal.PayByCode(t.Context(), 1_00, "6221000000000000018"))
	again := must(t)(terminal.Reprint(part.Trace))
	var out strings.Builder
	print := func(lines []string) {
		for _, line := range lines {
			if n := pos.Columns(line); n > pos.PaperColumns {
				t.Errorf("%q takes %d columns", line, n)
			}
		}
		fmt.Fprintf(&out, "%s\n\n", strings.Join(lines, "\n"))
	}
	for _, lang := range []string{"zh", "en"} {
		for i, o := range []pos.Outcome{sale, tap, tip, void, part, code, again} {
			print(o.Slip.Lines([]pos.Copy{pos.MerchantCopy, pos.CardholderCopy}[i%2], lang))
		}
	}
	settled := must(t)(terminal.Settle(t.Context()))
	print(settled.BatchSlip.Lines("zh"))
	print(settled.BatchSlip.Lines("en"))
	golden(t, "paper.txt", out.String())
}

// zeros is a source of chance without any.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

func TestWrap(t *testing.T) {
	for text, want := range map[string]string{
		"":                  "",
		"one two three":     "one two|three",
		"onetwothree":       "onetwoth|ree",
		"一二三四五六":            "一二三四|五六",
		"a 一二三四":            "a|一二三四",
		"line\nother":       "line|other",
		"eightchr and more": "eightchr|and more",
	} {
		if got := strings.Join(pos.Wrap(text, 8), "|"); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

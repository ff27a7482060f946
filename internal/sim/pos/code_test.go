package pos_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/yifen-pay/yifen/internal/sim/pos"
)

// listed are the codes of the dialect with their classes.
const listed = "00A 01C 03C 04D 05C 10A 11A 12C 13B 14B 15C 21C 22C 25C 30C 34D 38D 40C 41D 43D 45C 51C 54C 55C 57C 58C " +
	"59C 61C 62C 64C 65C 66C 67D 68B 75C 77B 78- 79B 90C 91C 92C 94C 95C 96C 97D 98E 99B A0B A1C A2A A3C A4A A5A A6A A7C"

func TestCodes_complete(t *testing.T) {
	var have []string
	for _, c := range pos.Codes() {
		class := string(c.Class)
		if c.Code == "78" {
			class = "-" // the table gives none; the terminal ends the transaction
		}
		have = append(have, c.Code+class)
		for _, text := range []pos.Text{c.Meaning, c.Advice} {
			if text.ZH == "" || text.EN == "" || !strings.ContainsFunc(text.ZH, func(r rune) bool { return unicode.Is(unicode.Han, r) }) ||
				strings.ContainsFunc(text.EN, func(r rune) bool { return unicode.Is(unicode.Han, r) }) {
				t.Errorf("%s lacks a language: %+v", c.Code, text)
			}
		}
		if c.Capture && c.Class != pos.ClassOperator {
			t.Errorf("%s keeps the card and is of class %s", c.Code, c.Class)
		}
		if got := pos.Explain(c.Code); got != c {
			t.Errorf("Explain(%s) = %+v", c.Code, got)
		}
	}
	if want := strings.Fields(listed); !slices.Equal(have, want) {
		t.Errorf("codes %v\nwant  %v", have, want)
	}
	for code, want := range map[string][2]bool{ // capture, sign in
		"04": {true, false}, "34": {true, false}, "38": {false, false}, "41": {true, false}, "43": {true, false},
		"67": {false, false}, "77": {false, true}, "99": {false, true}, "A0": {false, true},
	} {
		if c := pos.Explain(code); c.Capture != want[0] || c.SignIn != want[1] {
			t.Errorf("%s: capture %v, sign in %v", code, c.Capture, c.SignIn)
		}
	}
}

func TestExplain_unlisted(t *testing.T) {
	for _, code := range []string{"", "0", "ZZ", "A8", "000"} {
		if c := pos.Explain(code); c.Class != pos.ClassUnknown || c.Meaning.ZH == "" {
			t.Errorf("Explain(%q) = %+v", code, c)
		}
	}
}

func TestFindCard(t *testing.T) {
	for _, card := range pos.Cards() {
		for _, text := range []string{card.Name, strings.ToUpper(card.Name), card.Number, card.Number[:4] + " " + card.Number[4:]} {
			got, err := pos.FindCard(text)
			// The debit card also comes as a phone, as a stripe and broken; its number finds the card itself.
			want := card
			if text != card.Name && text != strings.ToUpper(card.Name) && card.Number == demo(t, "debit").Number {
				want = demo(t, "debit")
			}
			if err != nil || got != want {
				t.Errorf("FindCard(%s): %v", card.Name, err)
			}
		}
		if card.Expiry != "3312" || card.Sequence != "01" || card.PIN != "123456" {
			t.Errorf("%s is not of the demo's contract", card.Name)
		}
	}
	for _, text := range []string{"", "gold", "1234", demo(t, "debit").Number[:18] + "9", strings.Repeat("0", 20)} {
		if _, err := pos.FindCard(text); err == nil {
			t.Errorf("%d characters that are no card were accepted", len(text))
		}
	}
}

func TestCard_printsMasked(t *testing.T) {
	card := demo(t, "debit")
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q"} {
		if got := fmt.Sprintf(verb, card); strings.Contains(got, card.Number) || strings.Contains(got, card.PIN) || strings.Contains(got, card.Expiry) {
			t.Errorf("%s shows the card", verb)
		}
	}
}

func TestAmount(t *testing.T) {
	for text, want := range map[string]int64{
		"1": 100, "0.01": 1, "100.5": 10050, "100.50": 10050, " 7 ": 700, "9999999999.99": pos.AmountMax,
	} {
		got, err := pos.ParseAmount(text)
		if err != nil || got != want {
			t.Errorf("ParseAmount(%q) = %d, %v; want %d", text, got, err, want)
		}
	}
	for _, text := range []string{"", "0", "0.00", "-1", "+1", "1.", ".5", "1.234", "1e3", "1,000", "１", "10000000000", "1.2.3"} {
		if got, err := pos.ParseAmount(text); err == nil {
			t.Errorf("ParseAmount(%q) = %d", text, got)
		}
	}
	for fen, want := range map[int64]string{1: "0.01", 100: "1.00", 123456: "1234.56", -5: "-0.05"} {
		if got := pos.FormatAmount(fen); got != want {
			t.Errorf("FormatAmount(%d) = %s, want %s", fen, got, want)
		}
	}
}

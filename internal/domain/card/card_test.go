package card_test

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/yifen-pay/yifen/internal/domain/card"
)

const demo = "6216261000000000018" // a card of the demo

func TestPAN_neverShowsItself(t *testing.T) {
	pan, err := card.ParsePAN(demo)
	if err != nil {
		t.Fatal(err)
	}
	p := card.Presentation{PAN: pan, Track2: demo + "D3312", Chip: []byte(demo)}
	var log strings.Builder
	slog.New(slog.NewTextHandler(&log, nil)).Info("seen", "pan", pan, "card", p, "pin", card.PINBlock{Block: []byte(demo)})
	text, err := json.Marshal(map[string]any{"pan": pan})
	if err != nil {
		t.Fatal(err)
	}
	for how, shown := range map[string]string{
		"%v": fmt.Sprintf("%v %v", pan, p), "%+v": fmt.Sprintf("%+v %+v", pan, p), "%#v": fmt.Sprintf("%#v %#v", pan, p),
		"%s": fmt.Sprintf("%s %s", pan, p), "%q": fmt.Sprintf("%q", pan), "log": log.String(), "JSON": string(text),
		"error": fmt.Errorf("card %w", fmt.Errorf("%v", pan)).Error(), "PIN block": fmt.Sprintf("%v %#v", card.PINBlock{Block: []byte(demo)}, card.PINBlock{}),
	} {
		if strings.Contains(shown, "0000000") || strings.Contains(shown, "D3312") {
			t.Errorf("%s shows %s", how, shown)
		}
	}
	if pan.Reveal() != demo {
		t.Error("the number was changed")
	}
}

func TestParsePAN(t *testing.T) {
	for _, s := range []string{"", "123456789012", "12345678901234567890", "621626100000000001x", "6216 2610 0000 0000"} {
		if _, err := card.ParsePAN(s); err == nil {
			t.Errorf("%d characters are taken for a card number", len(s))
		} else if s != "" && strings.Contains(err.Error(), s) {
			t.Errorf("the refusal repeats what it refuses")
		}
	}
	for n := 13; n <= 19; n++ {
		if p, err := card.ParsePAN(demo[:n]); err != nil || p.IsZero() {
			t.Errorf("%d digits are refused: %v", n, err)
		}
	}
}

func TestMask(t *testing.T) {
	for digits, want := range map[string]string{
		demo: "621626*********0018", "6226388000000095": "622638******0095", "1234567890123": "123456***0123",
		"123456789012": "************", "": "",
	} {
		if got := card.Mask(digits); got != want {
			t.Errorf("%d digits are masked as %q, want %q", len(digits), got, want)
		}
	}
}

func TestDirectory_longestPrefixWins(t *testing.T) {
	d := card.NewDirectory([]card.BIN{
		{Prefix: "62", Kind: card.Credit}, {Prefix: "621626", Length: 19, Kind: card.Debit}, {Prefix: "6216", Length: 16, Kind: card.Prepaid},
	})
	for number, want := range map[string]card.Kind{
		demo: card.Debit, demo[:16]: card.Prepaid, demo[:13]: card.Credit, "6226388000000095": card.Credit, "5000000000000000": card.Unknown,
	} {
		pan, err := card.ParsePAN(number)
		if err != nil {
			t.Fatal(err)
		}
		if bin, known := d.Find(pan); bin.Kind != want || known != (want != card.Unknown) {
			t.Errorf("%s is of kind %s, known: %t, want %s", pan, bin.Kind, known, want)
		}
	}
}

func TestEntryOf(t *testing.T) {
	for mode, want := range map[string]string{
		"021": "swipe S", "901": "swipe S", "801": "swipe S", "051": "insert I", "951": "insert I", "071": "tap C", "072": "tap C", "911": "tap C",
		"012": "manual M", "": "other ", "9": "other ", "999": "other ",
	} {
		if e := card.EntryOf(mode); string(e)+" "+e.Suffix() != want {
			t.Errorf("mode %q is %s %s, want %s", mode, e, e.Suffix(), want)
		}
	}
}

package money_test

import (
	"math"
	"math/big"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/yifen-pay/yifen/internal/domain/money"
)

func TestParse(t *testing.T) {
	for _, c := range []struct {
		text string
		fen  int64
	}{
		{"0", 0}, {"1", 100}, {"0.1", 10}, {"0.01", 1}, {"100.00", 10000}, {"007.50", 750},
		{"9999999999.99", money.AmountMax},
	} {
		got, err := money.Parse(c.text)
		if err != nil || got != money.Yuan(c.fen) {
			t.Errorf("Parse(%q) = %v, %v; want %d fen", c.text, got, err, c.fen)
		}
	}
	for _, text := range []string{
		"", ".", ".5", "5.", "-1", "+1", "1.234", "1e2", "1,000", " 1", "1 ", "0x1", "1.-1", "1_0", "１", "10000000000",
		"1.2.3",
	} {
		if got, err := money.Parse(text); err == nil {
			t.Errorf("Parse(%q) = %v, want a refusal", text, got)
		}
	}
}

func TestParse_readsWhatStringWrites(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := money.Yuan(rapid.Int64Range(0, money.AmountMax).Draw(t, "fen"))
		if got, err := money.Parse(a.String()); err != nil || got != a {
			t.Fatalf("Parse(%q) = %v, %v", a, got, err)
		}
		if got, err := money.ParseDE4(a.DE4()); err != nil || got != a || len(a.DE4()) != 12 {
			t.Fatalf("ParseDE4(%q) = %v, %v", a.DE4(), got, err)
		}
	})
}

func TestParseDE4_refuses(t *testing.T) {
	for _, text := range []string{"", "00000000001", "0000000000001", "00000000000 ", "-00000000001", "00000000001A"} {
		if got, err := money.ParseDE4(text); err == nil {
			t.Errorf("ParseDE4(%q) = %v, want a refusal", text, got)
		}
	}
}

func TestAmount_String(t *testing.T) {
	for fen, want := range map[int64]string{
		0: "0.00", 5: "0.05", -5: "-0.05", 123405: "1234.05", -123405: "-1234.05",
		math.MinInt64: "-92233720368547758.08", math.MaxInt64: "92233720368547758.07",
	} {
		if got := money.Yuan(fen).String(); got != want {
			t.Errorf("%d fen is written %q, want %q", fen, got, want)
		}
	}
}

// panics tells whether do panics.
func panics(do func()) (did bool) {
	defer func() { did = recover() != nil }()
	do()
	return false
}

func TestAmount_defectsPanic(t *testing.T) {
	usd := money.Amount{Fen: 1, Currency: 840}
	for name, do := range map[string]func(){
		"sum overflows":        func() { money.Yuan(math.MaxInt64).Add(money.Yuan(1)) },
		"difference overflows": func() { money.Yuan(math.MinInt64).Sub(money.Yuan(1)) },
		"smallest negated":     func() { money.Yuan(math.MinInt64).Neg() },
		"currencies added":     func() { money.Yuan(1).Add(usd) },
		"currencies compared":  func() { money.Yuan(1).Cmp(usd) },
		"negative in DE 4":     func() { money.Yuan(-1).DE4() },
		"13 digits in DE 4":    func() { money.Yuan(money.AmountMax + 1).DE4() },
		"share of nothing":     func() { money.Share(money.Yuan(1), 1, 0) },
		"share overflows":      func() { money.Share(money.Yuan(math.MaxInt64), 2, 1) },
	} {
		if !panics(do) {
			t.Errorf("%s: no panic", name)
		}
	}
}

func TestAmount_zeroAddsToAny(t *testing.T) {
	usd := money.Amount{Fen: 7, Currency: 840}
	if got := (money.Amount{}).Add(usd); got != usd {
		t.Errorf("nothing and %v make %v", usd, got)
	}
	if got := usd.Sub(money.Amount{}); got != usd {
		t.Errorf("%v less nothing makes %v", usd, got)
	}
	if got := money.Min(money.Yuan(3), money.Yuan(2)); got != money.Yuan(2) {
		t.Errorf("Min(3, 2) = %v", got)
	}
}

// halfUp is amount × part / whole rounded half up by its magnitude, in exact arithmetic.
func halfUp(fen, part, whole int64) *big.Int {
	n := new(big.Int).Mul(big.NewInt(fen), big.NewInt(part))
	negative := n.Sign() < 0
	n.Abs(n).Mul(n, big.NewInt(2)).Add(n, big.NewInt(whole))
	n.Div(n, new(big.Int).Mul(big.NewInt(2), big.NewInt(whole)))
	if negative {
		n.Neg(n)
	}
	return n
}

func TestShare_roundsHalfUp(t *testing.T) {
	for _, c := range []struct{ fen, part, whole, want int64 }{
		{100, 1, 2, 50}, {1, 1, 2, 1}, {-1, 1, 2, -1}, {1, -1, 2, -1}, {-1, -1, 2, 1}, {1, 1, 3, 0}, {2, 1, 3, 1},
		{100, 5500, 1_000_000, 1}, {90, 5500, 1_000_000, 0}, {91, 5500, 1_000_000, 1}, {10000, 5500, 1_000_000, 55},
		{0, 7, 9, 0}, {math.MaxInt64, 1, 1, math.MaxInt64}, {math.MaxInt64, math.MaxInt64, math.MaxInt64, math.MaxInt64},
		{-math.MaxInt64, 1, 2, -(1 << 62)},
	} {
		if got := money.Share(money.Yuan(c.fen), c.part, c.whole); got != money.Yuan(c.want) {
			t.Errorf("Share(%d, %d, %d) = %d, want %d", c.fen, c.part, c.whole, got.Fen, c.want)
		}
	}
}

func TestShare_isExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		// Small and huge values in equal shares: the second path of the arithmetic begins beyond 63 bits.
		wide := rapid.OneOf(rapid.Int64Range(-1_000_000, 1_000_000), rapid.Int64())
		fen, part := wide.Draw(t, "fen"), wide.Draw(t, "part")
		whole := rapid.OneOf(rapid.Int64Range(1, 1_000_000), rapid.Int64Range(1, math.MaxInt64)).Draw(t, "whole")
		want := halfUp(fen, part, whole)
		if magnitude := new(big.Int).Abs(want); !magnitude.IsInt64() {
			if !panics(func() { money.Share(money.Yuan(fen), part, whole) }) {
				t.Fatalf("Share(%d, %d, %d) does not fit and did not panic", fen, part, whole)
			}
			return
		}
		got := money.Share(money.Yuan(fen), part, whole)
		if got.Currency != money.CNY || got.Fen != want.Int64() {
			t.Fatalf("Share(%d, %d, %d) = %d, want %s", fen, part, whole, got.Fen, want)
		}
		if fen != math.MinInt64 {
			if mirror := money.Share(money.Yuan(-fen), part, whole); mirror.Fen != -got.Fen {
				t.Fatalf("Share(%d, %d, %d) = %d, its mirror %d", fen, part, whole, got.Fen, mirror.Fen)
			}
		}
	})
}

func TestRate(t *testing.T) {
	for _, c := range []struct {
		text string
		rate money.Rate
		back string
	}{
		{"0.55", 5500, "0.55%"}, {"0.55%", 5500, "0.55%"}, {" 0.6% ", 6000, "0.6%"}, {"0", 0, "0%"}, {"1", 10000, "1%"},
		{"100", money.PerMillion, "100%"}, {"0.0001", 1, "0.0001%"}, {"10.50", 105000, "10.5%"},
	} {
		got, err := money.ParseRate(c.text)
		if err != nil || got != c.rate || got.String() != c.back {
			t.Errorf("ParseRate(%q) = %d %s, %v; want %d %s", c.text, got, got, err, c.rate, c.back)
		}
	}
	for _, text := range []string{"", "%", ".5", "1.", "-1", "+1", "0.00001", "1000", "0.5‰", "0,5", "1e1", "0.-5"} {
		if got, err := money.ParseRate(text); err == nil {
			t.Errorf("ParseRate(%q) = %d, want a refusal", text, got)
		} else if text != "" && !strings.Contains(err.Error(), text) {
			t.Errorf("ParseRate(%q) does not name what it refuses: %v", text, err)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		r := money.Rate(rapid.Int64Range(0, 9_999_999).Draw(t, "ppm"))
		if got, err := money.ParseRate(r.String()); err != nil || got != r {
			t.Fatalf("ParseRate(%q) = %d, %v; want %d", r, got, err, r)
		}
	})
}

package fee_test

import (
	"errors"
	"math/big"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/yifen-pay/yifen/internal/domain/calendar"
	"github.com/yifen-pay/yifen/internal/domain/fee"
	"github.com/yifen-pay/yifen/internal/domain/money"
)

func TestQuote_mostExactRuleWins(t *testing.T) {
	rules := []fee.Rule{
		{Instrument: "*", Kind: "*", Rate: 1},
		{Instrument: "*", Kind: "debit", Rate: 2},
		{Instrument: "card", Kind: "*", Rate: 3},
		{Instrument: "card", Kind: "debit", Rate: 4, Floor: 5, Cap: 6, Keep: true},
	}
	for _, c := range []struct {
		instrument, kind string
		want             money.Rate
	}{
		{"card", "debit", 4}, {"card", "credit", 3}, {"wechat", "debit", 2}, {"wechat", "wallet", 1},
	} {
		for _, order := range [][]fee.Rule{rules, reversed(rules)} {
			got, err := fee.Schedule{Rules: order}.Quote(c.kind, c.instrument)
			if err != nil || got.Rate != c.want {
				t.Errorf("%s/%s costs %d ppm, %v; want %d", c.instrument, c.kind, got.Rate, err, c.want)
			}
		}
	}
	if got, _ := (fee.Schedule{Rules: rules}).Quote("debit", "card"); got != (fee.Snapshot{Rate: 4, Floor: 5, Cap: 6, Keep: true}) {
		t.Errorf("the snapshot is %+v", got)
	}
	if _, err := (fee.Schedule{Rules: rules[3:]}).Quote("credit", "card"); !errors.Is(err, fee.ErrNoRule) {
		t.Errorf("without a rule: %v", err)
	}
}

func TestQuote_oneInstrumentBeforeTheNext(t *testing.T) {
	rules := []fee.Rule{
		{Instrument: "*", Kind: "debit", Rate: 1}, {Instrument: "card", Kind: "debit", Rate: 2}, {Instrument: "card", Kind: "*", Rate: 3},
		{Instrument: "tap", Kind: "*", Rate: 4}, {Instrument: "phone", Kind: "credit", Rate: 5},
	}
	for _, c := range []struct {
		kind        string
		instruments []string
		want        money.Rate
	}{
		{"credit", []string{"phone", "tap", "card"}, 5}, {"debit", []string{"phone", "tap", "card"}, 4}, {"debit", []string{"tap", "card"}, 4},
		{"debit", []string{"card"}, 2}, {"credit", []string{"card"}, 3}, {"debit", []string{"wechat"}, 1},
	} {
		for _, order := range [][]fee.Rule{rules, reversed(rules)} {
			if got, err := (fee.Schedule{Rules: order}).Quote(c.kind, c.instruments...); err != nil || got.Rate != c.want {
				t.Errorf("%s by %v costs %d ppm, %v; want %d", c.kind, c.instruments, got.Rate, err, c.want)
			}
		}
	}
}

func reversed(rules []fee.Rule) []fee.Rule {
	out := slices.Clone(rules)
	slices.Reverse(out)
	return out
}

func TestOn(t *testing.T) {
	debit := fee.Snapshot{Rate: 5500, Cap: 2000}
	small := fee.Snapshot{Rate: 5500, Floor: 10}
	for _, c := range []struct {
		snapshot     fee.Snapshot
		amount, want int64
	}{
		{debit, 100_00, 55}, {debit, 1, 0}, {debit, 91, 1}, {debit, 3636_36, 2000}, {debit, 3634_00, 1999}, {debit, 1_000_000_00, 2000},
		{small, 100_00, 55}, {small, 10, 10}, {small, 9, 9}, {small, 1, 1}, // never more than the amount
		{fee.Snapshot{}, 100_00, 0},
		{fee.Snapshot{Rate: 5500, Floor: 100, Cap: 50}, 100_00, 50},
	} {
		if got := c.snapshot.On(money.Yuan(c.amount)); got != money.Yuan(c.want) {
			t.Errorf("%+v on %d fen takes %d, want %d", c.snapshot, c.amount, got.Fen, c.want)
		}
	}
}

func TestGivenBack_isCumulativeToTheFen(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		captured := rapid.Int64Range(1, money.AmountMax).Draw(t, "captured")
		snapshot := fee.Snapshot{
			Rate: money.Rate(rapid.Int64Range(0, 100_000).Draw(t, "rate")), Cap: rapid.Int64Range(0, 5000).Draw(t, "cap"),
		}
		taken := snapshot.On(money.Yuan(captured))
		refunded, back := int64(0), int64(0)
		for refunded < captured {
			part := rapid.Int64Range(1, captured-refunded).Draw(t, "part")
			if rapid.IntRange(0, 9).Draw(t, "last") == 0 {
				part = captured - refunded
			}
			refunded += part
			now := snapshot.GivenBack(taken, money.Yuan(refunded), money.Yuan(captured)).Fen
			if now < back || now-back > part {
				t.Fatalf("a refund of %d fen moved what is given back from %d to %d", part, back, now)
			}
			// Never more than half a fen off the exact share, however many refunds came before.
			off := new(big.Int).Sub(product(now, captured), product(taken.Fen, refunded))
			if off.Abs(off).Lsh(off, 1).Cmp(big.NewInt(captured)) > 0 {
				t.Fatalf("%d of %d refunded gives %d of the fee %d back", refunded, captured, now, taken.Fen)
			}
			back = now
		}
		if back != taken.Fen {
			t.Fatalf("all was refunded, %d of the fee %d were given back", back, taken.Fen)
		}
	})
}

func product(a, b int64) *big.Int { return new(big.Int).Mul(big.NewInt(a), big.NewInt(b)) }

func TestGivenBack_keeps(t *testing.T) {
	for _, c := range []struct {
		name               string
		snapshot           fee.Snapshot
		refunded, captured int64
	}{
		{"a fee that is kept", fee.Snapshot{Keep: true}, 100, 100},
		{"nothing captured", fee.Snapshot{}, 0, 0},
		{"nothing refunded", fee.Snapshot{}, 0, 100},
	} {
		if got := c.snapshot.GivenBack(money.Yuan(55), money.Yuan(c.refunded), money.Yuan(c.captured)); got != money.Yuan(0) {
			t.Errorf("%s: %d fen given back", c.name, got.Fen)
		}
	}
}

func TestRules_asText(t *testing.T) {
	const text = "card/debit 0.55% floor 0 cap 2000 return; card/* 0.6% floor 1 cap 0 keep"
	rules := []fee.Rule{
		{Instrument: "card", Kind: "debit", Rate: 5500, Cap: 2000},
		{Instrument: "card", Kind: "*", Rate: 6000, Floor: 1, Keep: true},
	}
	if got := fee.Encode(rules); got != text {
		t.Errorf("written %q", got)
	}
	if got, err := fee.Decode(text); err != nil || !slices.Equal(got, rules) {
		t.Errorf("read %+v, %v", got, err)
	}
	if got, err := fee.Decode(fee.Encode(nil)); err != nil || len(got) != 0 {
		t.Errorf("no rules are read as %+v, %v", got, err)
	}
	for _, bad := range []string{
		"card 0.55% floor 0 cap 0 return", "card/debit 0.55% floor 0 cap 0", "card/debit x floor 0 cap 0 return",
		"card/debit 0.55% floor -1 cap 0 return", "card/debit 0.55% floor 0 cap 1.5 keep", "card/debit 0.55% cap 0 floor 0 keep",
		"card/debit 0.55% floor 0 cap 0 give",
	} {
		if got, err := fee.Decode(bad); err == nil {
			t.Errorf("%q is read as %+v, want a refusal", bad, got)
		}
	}
}

// A merchant is held on a date by whom it passed to last before it or on it.
func TestSchedule_holderOn(t *testing.T) {
	s := fee.Schedule{}.Moved("agt_b", 20261201, "agt_a").Moved("", 20261215, "agt_a").Moved("agt_c", 20261210, "agt_a").Moved("agt_d", 20261201, "agt_a")
	for day, want := range map[calendar.Date]string{20261130: "agt_a", 20261201: "agt_d", 20261209: "agt_d", 20261210: "agt_c", 20261214: "agt_c", 20261215: "", 20270101: ""} {
		if got := s.HolderOn(day, "agt_later"); got != want {
			t.Errorf("on %s %q holds it, want %q", day, got, want)
		}
	}
	if got := (fee.Schedule{}).HolderOn(20261201, "agt_a"); got != "agt_a" {
		t.Errorf("without moves %q holds it", got)
	}
	if got, err := fee.DecodeHolders(fee.EncodeHolders(s.Holders)); err != nil || !slices.Equal(got, s.Holders) {
		t.Errorf("reads as %v, %v", got, err)
	}
	for _, bad := range []string{"agt_a", "agt_a x", "agt_a 1 2"} {
		if got, err := fee.DecodeHolders(bad); err == nil {
			t.Errorf("%q reads as %v", bad, got)
		}
	}
}

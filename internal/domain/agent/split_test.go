package agent_test

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/yifen-pay/yifen/internal/domain/agent"
	"github.com/yifen-pay/yifen/internal/domain/fee"
	"github.com/yifen-pay/yifen/internal/domain/money"
)

func drawSnapshot(t *rapid.T, name string) fee.Snapshot {
	s := fee.Snapshot{
		Rate: money.Rate(rapid.Int64Range(0, 30_000).Draw(t, name+" rate")), Floor: rapid.Int64Range(0, 30).Draw(t, name+" floor"),
		Keep: rapid.Bool().Draw(t, name+" kept"),
	}
	if rapid.Bool().Draw(t, name+" capped") {
		s.Cap = s.Floor + rapid.Int64Range(0, 2000).Draw(t, name+" cap")
	}
	return s
}

func drawCut(t *rapid.T, name string) agent.Cut {
	c := agent.Cut{Basis: agent.ByPart, Part: money.Rate(rapid.Int64Range(0, 1_000_000).Draw(t, name+" part"))}
	if rapid.Bool().Draw(t, name+" by price") {
		c = agent.Cut{Basis: agent.ByPrice, Price: drawSnapshot(t, name)}
		c.Price.Keep = false
	}
	if rapid.IntRange(0, 5).Draw(t, name+" active") > 0 {
		c.Agent = "agt_" + name
	}
	return c
}

// Whatever the fee, the cost and the terms: at no moment do agents have more than what we keep of the fee, no refund gives
// an agent something, and what was given back whole leaves nothing. The refunds' parts sum up to all by construction: each
// is the difference of two states.
func TestSplit_neverCostsMoreThanItBrings(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		price, cost := drawSnapshot(t, "fee"), drawSnapshot(t, "cost")
		s := agent.Split{Holder: drawCut(t, "holder")}
		if rapid.Bool().Draw(t, "two levels") {
			s.Upper = drawCut(t, "upper")
		}
		if s.Holder.Agent == "" && s.Upper.Agent == "" {
			s = agent.Split{}
		}
		captured := rapid.Int64Range(1, 1_000_00).Draw(t, "captured")
		taken := agent.Taken{
			Captured: captured, Fee: price.On(money.Yuan(captured)).Fen, Cost: cost.On(money.Yuan(captured)).Fen, CostStays: cost.Keep && !price.Keep,
		}
		had := s.Of(taken)
		if had.Holder < 0 || had.Upper < 0 || had.Sum() > max(0, taken.Fee-taken.Cost) || s.IsZero() && had.Sum() != 0 ||
			s.Holder.Agent == "" && had.Holder != 0 || s.Upper.Agent == "" && had.Upper != 0 {
			t.Fatalf("%+v of %+v comes to %+v", s, taken, had)
		}
		back := agent.Shares{}
		for taken.Refunded < captured {
			taken.Refunded += rapid.Int64Range(1, captured-taken.Refunded).Draw(t, "refund")
			taken.FeeBack = price.GivenBack(money.Yuan(taken.Fee), money.Yuan(taken.Refunded), money.Yuan(captured)).Fen
			taken.CostBack = cost.GivenBack(money.Yuan(taken.Cost), money.Yuan(taken.Refunded), money.Yuan(captured)).Fen
			left := s.Of(taken)
			gone := had.Less(left)
			if gone.Holder < back.Holder || gone.Upper < back.Upper {
				t.Fatalf("a refund gave an agent something: %+v after %+v, of %+v", gone, back, taken)
			}
			if kept := max(0, taken.Fee-taken.FeeBack-(taken.Cost-taken.CostBack)); left.Sum() > kept {
				t.Fatalf("agents have %+v of a payment that left us %d: %+v", left, kept, taken)
			}
			back = gone
		}
		if back != had {
			t.Fatalf("all was given back but of %+v only %+v came back", had, back)
		}
	})
}

func TestSplit_of(t *testing.T) {
	part := func(name string, ppm money.Rate) agent.Cut {
		return agent.Cut{Agent: name, Basis: agent.ByPart, Part: ppm}
	}
	price := func(name string, p fee.Snapshot) agent.Cut {
		return agent.Cut{Agent: name, Basis: agent.ByPrice, Price: p}
	}
	sale := agent.Taken{Captured: 1000_00, Fee: 5_50, Cost: 3_80}
	for name, c := range map[string]struct {
		split agent.Split
		taken agent.Taken
		want  agent.Shares
	}{
		"nobody":                            {agent.Split{}, sale, agent.Shares{}},
		"a part of the fee":                 {agent.Split{Holder: part("a", 200_000)}, sale, agent.Shares{Holder: 110}},
		"half a fen rounds up":              {agent.Split{Holder: part("a", 100_000)}, agent.Taken{Captured: 100, Fee: 5}, agent.Shares{Holder: 1}},
		"no more than we keep":              {agent.Split{Holder: part("a", 500_000)}, sale, agent.Shares{Holder: 170}},
		"nothing of a payment at a loss":    {agent.Split{Holder: part("a", 500_000)}, agent.Taken{Captured: 100, Fee: 1, Cost: 2}, agent.Shares{}},
		"above a price":                     {agent.Split{Holder: price("a", fee.Snapshot{Rate: 4500})}, sale, agent.Shares{Holder: 100}},
		"a price above the fee":             {agent.Split{Holder: price("a", fee.Snapshot{Rate: 6000})}, sale, agent.Shares{}},
		"a price with a floor":              {agent.Split{Holder: price("a", fee.Snapshot{Rate: 1, Floor: 500})}, sale, agent.Shares{Holder: 50}},
		"a price with a cap":                {agent.Split{Holder: price("a", fee.Snapshot{Rate: 5500, Cap: 400})}, sale, agent.Shares{Holder: 150}},
		"two agents":                        {agent.Split{Holder: part("a", 200_000), Upper: part("b", 300_000)}, sale, agent.Shares{Holder: 110, Upper: 55}},
		"the lower one has all at most":     {agent.Split{Holder: part("a", 300_000), Upper: part("b", 200_000)}, sale, agent.Shares{Holder: 110}},
		"the upper one is suspended":        {agent.Split{Holder: part("a", 200_000), Upper: part("", 250_000)}, sale, agent.Shares{Holder: 110}},
		"the lower one is suspended":        {agent.Split{Holder: part("", 200_000), Upper: part("b", 250_000)}, sale, agent.Shares{Upper: 28}},
		"the upper one has no terms for it": {agent.Split{Holder: part("a", 200_000), Upper: part("b", 0)}, sale, agent.Shares{}},
		"a third is given back": {agent.Split{Holder: part("a", 200_000)}, agent.Taken{Captured: 1000_00, Refunded: 333_33, Fee: 5_50, FeeBack: 183, Cost: 3_80, CostBack: 127},
			agent.Shares{Holder: 73}},
		"the rail keeps its cost": {agent.Split{Holder: part("a", 200_000)}, agent.Taken{Captured: 1000_00, Refunded: 300_00, Fee: 5_50, FeeBack: 165, Cost: 3_80, CostStays: true},
			agent.Shares{Holder: 3}},
		"all is given back": {agent.Split{Holder: part("a", 200_000), Upper: part("b", 300_000)},
			agent.Taken{Captured: 1000_00, Refunded: 1000_00, Fee: 5_50, FeeBack: 550, Cost: 3_80, CostBack: 380}, agent.Shares{}},
		"nothing was captured": {agent.Split{Holder: part("a", 200_000)}, agent.Taken{}, agent.Shares{}},
	} {
		if got := c.split.Of(c.taken); got != c.want {
			t.Errorf("%s: %+v, want %+v", name, got, c.want)
		}
	}
}

func TestDecodeSplit_readsWhatEncodeWrites(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := agent.Split{Holder: drawCut(t, "holder"), Upper: drawCut(t, "upper")}
		if rapid.Bool().Draw(t, "alone") {
			s.Upper = agent.Cut{}
		}
		got, err := agent.DecodeSplit(s.Encode())
		if err != nil || got != s {
			t.Fatalf("%q reads as %+v, %v; want %+v", s.Encode(), got, err, s)
		}
	})
	for _, bad := range []string{"x", "agt_a part; -", "agt_a part 1%; ", "agt_a price 1% 2; -", "agt_a price a b c; -", "agt_a share 1%; -", "agt_a part x; -"} {
		if s, err := agent.DecodeSplit(bad); err == nil {
			t.Errorf("%q reads as %+v", bad, s)
		}
	}
}

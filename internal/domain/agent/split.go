package agent

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/yifen-pay/yifen/internal/domain/fee"
	"github.com/yifen-pay/yifen/internal/domain/money"
)

// Basis says by what a share is reckoned.
type Basis string

// The bases. The empty one is no share.
const (
	ByPart  Basis = "part"  // a part of the merchant's fee
	ByPrice Basis = "price" // what the merchant's fee is above the agent's price
)

// Cut is what one agent may have of the fee of a payment.
type Cut struct {
	Agent string // "" when the share stays with us: the agent was not active
	Basis Basis
	Part  money.Rate   // of the fee
	Price fee.Snapshot // of the agent
}

// of returns what the cut comes to on a payment of captured, of a fee.
func (c Cut) of(captured, taken money.Amount) int64 {
	switch c.Basis {
	case ByPart:
		return c.Part.Of(taken).Fen
	case ByPrice:
		return max(0, taken.Fen-c.Price.On(captured).Fen)
	}
	return 0
}

// Split is what agents have of the fee of one payment, as it was when the payment began. The zero value is that of a
// payment in which no agent has a share.
type Split struct {
	Holder Cut // of the agent that holds the merchant
	Upper  Cut // of the agent above it; its basis says what both have together
}

// IsZero tells that no agent has a share.
func (s Split) IsZero() bool { return s == Split{} }

// Taken is what a payment brought and gave back so far, in fen.
type Taken struct {
	Captured, Refunded int64
	Fee, FeeBack       int64
	Cost, CostBack     int64
	// CostStays tells that a refund returns the fee to the merchant and leaves the cost with the rail.
	CostStays bool
}

// Shares are the parts of a fee, in fen.
type Shares struct{ Holder, Upper int64 }

// Sum returns what agents have together.
func (s Shares) Sum() int64 { return s.Holder + s.Upper }

// Less returns s without what o holds.
func (s Shares) Less(o Shares) Shares { return Shares{s.Holder - o.Holder, s.Upper - o.Upper} }

// Neg returns the shares with the other sign.
func (s Shares) Neg() Shares { return Shares{-s.Holder, -s.Upper} }

// Of returns the shares that agents have of a payment, with what refunds took back.
func (s Split) Of(t Taken) Shares {
	if s.IsZero() || t.Captured <= 0 {
		return Shares{}
	}
	earned := max(0, t.Fee-t.Cost)
	captured, taken := money.Yuan(t.Captured), money.Yuan(t.Fee)
	together := earned
	if s.Upper.Basis != "" || s.Upper.Agent != "" {
		together = min(earned, s.Upper.of(captured, taken))
	}
	lower := min(together, s.Holder.of(captured, taken))
	out := Shares{Holder: lower}
	if s.Upper.Agent != "" {
		out.Upper = together - lower
	}
	if s.Holder.Agent == "" {
		out.Holder = 0
	}
	return Shares{t.left(out.Holder, earned), t.left(out.Upper, earned)}
}

// left returns what is left of a share. With the payment goes the same part of the share, and what stays is rounded
// down: fee and cost are rounded each by itself, and what is left of both leaves at least this much between them.
// Where the cost stays with the rail, the share is also bound to what is left of our own part.
func (t Taken) left(share, earned int64) int64 {
	if share == 0 || t.Refunded == 0 {
		return share
	}
	left := money.Within(money.Yuan(share), t.Captured-t.Refunded, t.Captured).Fen
	if t.CostStays {
		still := max(0, t.Fee-t.FeeBack-t.Cost)
		left = min(left, money.Within(money.Yuan(share), min(still, earned), earned).Fen)
	}
	return left
}

// Encode writes the split as text, "" for none: "agt_… part 30%; agt_… price 0.38% 0 1800".
func (s Split) Encode() string {
	if s.IsZero() {
		return ""
	}
	return s.Holder.encode() + "; " + s.Upper.encode()
}

func (c Cut) encode() string {
	name := c.Agent
	if name == "" {
		name = "-"
	}
	switch c.Basis {
	case ByPart:
		return name + " part " + c.Part.String()
	case ByPrice:
		return fmt.Sprintf("%s price %s %d %d", name, c.Price.Rate, c.Price.Floor, c.Price.Cap)
	}
	return name
}

// DecodeSplit reads what Encode wrote.
func DecodeSplit(text string) (s Split, err error) {
	if text == "" {
		return s, nil
	}
	holder, upper, ok := strings.Cut(text, ";")
	if !ok {
		return s, fmt.Errorf("split %q: write what the holder has, then what the agent above it has", text)
	}
	if s.Holder, err = decodeCut(holder); err == nil {
		s.Upper, err = decodeCut(upper)
	}
	return s, err
}

func decodeCut(text string) (c Cut, err error) {
	bad := fmt.Errorf(`cut %q: write "agt_x part 30%%" or "agt_x price 0.38%% 0 1800"`, strings.TrimSpace(text))
	w := strings.Fields(text)
	if len(w) == 0 {
		return c, bad
	}
	if w[0] != "-" {
		c.Agent = w[0]
	}
	switch {
	case len(w) == 1:
		return c, nil
	case len(w) == 3 && Basis(w[1]) == ByPart:
		c.Basis = ByPart
		c.Part, err = money.ParseRate(w[2])
	case len(w) == 5 && Basis(w[1]) == ByPrice:
		c.Basis = ByPrice
		rate, err1 := money.ParseRate(w[2])
		floor, err2 := strconv.ParseInt(w[3], 10, 64)
		ceil, err3 := strconv.ParseInt(w[4], 10, 64)
		if err1 != nil || err2 != nil || err3 != nil {
			return c, bad
		}
		c.Price = fee.Snapshot{Rate: rate, Floor: floor, Cap: ceil}
	default:
		return c, bad
	}
	if err != nil {
		return c, bad
	}
	return c, nil
}

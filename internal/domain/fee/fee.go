// Package fee says what a payment costs: the merchant's rate for what was presented, and what the rail
// keeps of it.
//
// A [Schedule] is a list of rules; the most exact one wins. The rule that priced a payment is copied onto
// the payment ([Snapshot]), so that a later change of rates alters no payment, and what a refund gives
// back is computed from the snapshot, cumulatively, to the fen.
package fee

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/yifen-pay/yifen/internal/domain/calendar"
	"github.com/yifen-pay/yifen/internal/domain/fault"
	"github.com/yifen-pay/yifen/internal/domain/id"
	"github.com/yifen-pay/yifen/internal/domain/money"
	"github.com/yifen-pay/yifen/internal/domain/step"
)

// Table is where schedules lie.
const Table step.Table = "fee_schedule"

// Rule prices one instrument and kind. "*" as Instrument or Kind stands for any.
type Rule struct {
	Instrument string // "card", "tap", "phone", "wechat", …
	Kind       string // card kind: "debit", "credit", …
	Rate       money.Rate
	Floor      int64 // fen; 0 means none
	Cap        int64 // fen; 0 means none
	// Keep says that a refund gives nothing of the fee back.
	Keep bool
}

// Schedule is the price list of a merchant, or of a rail.
type Schedule struct {
	Owner   string // merchant id, or "rail:cardnet"
	Bucket  id.Bucket
	Version int64
	Rules   []Rule
	// Holders say from which business date on which agent holds the merchant, in the order of dates. It is empty for a
	// merchant that is where it began.
	Holders []Holder
}

// Holder is an agent, "" for none, that holds a merchant from a business date on.
type Holder struct {
	Agent string
	From  calendar.Date
}

// HolderOn returns the agent that holds the merchant on a business date; began is the one that brought it.
func (s Schedule) HolderOn(day calendar.Date, began string) string {
	for _, h := range s.Holders {
		if h.From > day {
			break
		}
		began = h.Agent
	}
	return began
}

// Moved returns the schedule with a merchant in the hands of agent from a business date on. began is who holds it
// while nothing else is said; what was said for that date is replaced, what was said for others stays.
func (s Schedule) Moved(agent string, from calendar.Date, began string) Schedule {
	if len(s.Holders) == 0 {
		s.Holders = []Holder{{Agent: began}}
	}
	kept := make([]Holder, 0, len(s.Holders)+1)
	for _, h := range s.Holders {
		if h.From != from {
			kept = append(kept, h)
		}
	}
	s.Holders = append(kept, Holder{agent, from})
	slices.SortFunc(s.Holders, func(a, b Holder) int { return int(a.From) - int(b.From) })
	s.Version++
	return s
}

// EncodeHolders writes holders as text: "agt_… 0; - 20261201".
func EncodeHolders(holders []Holder) string {
	parts := make([]string, len(holders))
	for i, h := range holders {
		parts[i] = fmt.Sprintf("%s %d", cmp.Or(h.Agent, "-"), h.From)
	}
	return strings.Join(parts, "; ")
}

// DecodeHolders reads what EncodeHolders wrote.
func DecodeHolders(text string) ([]Holder, error) {
	var holders []Holder
	for part := range strings.SplitSeq(text, ";") {
		w := strings.Fields(part)
		if len(w) == 0 {
			continue
		}
		if len(w) != 2 {
			return nil, fmt.Errorf("holder %q: write an agent and a date", part)
		}
		from, err := strconv.ParseInt(w[1], 10, 32)
		if err != nil {
			return nil, fmt.Errorf("holder %q: write an agent and a date", part)
		}
		if w[0] == "-" {
			w[0] = ""
		}
		holders = append(holders, Holder{w[0], calendar.Date(from)})
	}
	return holders, nil
}

// Key returns the row's key.
func (s Schedule) Key() step.Key { return step.Key{Table: Table, Bucket: s.Bucket, ID: s.Owner} }

// MerchantKey names the schedule of a merchant.
func MerchantKey(merchant string) step.Key {
	return step.Key{Table: Table, Bucket: id.MustBucket(merchant), ID: merchant}
}

// RailKey names the cost schedule of a rail. It is small and the same everywhere: bucket 0.
func RailKey(rail string) step.Key { return step.Key{Table: Table, ID: "rail:" + rail} }

// ErrNoRule is the refusal of a payment that nothing prices.
var ErrNoRule = fault.New(fault.Forbidden, "no_fee_rule", "no fee rule covers this payment: open the service for the merchant")

// Snapshot is the rule that priced a payment and what came of it.
type Snapshot struct {
	Rate  money.Rate
	Floor int64
	Cap   int64
	Keep  bool
}

// Snapshot returns what the rule says a payment costs.
func (r Rule) Snapshot() Snapshot { return Snapshot{r.Rate, r.Floor, r.Cap, r.Keep} }

// Quote returns the rule for a kind presented as one of instruments, the most exact first: an instrument
// before the next, any of them before "*", and for each a kind before "*".
func (s Schedule) Quote(kind string, instruments ...string) (Snapshot, error) {
	best, bestScore := Rule{}, -1
	for _, r := range s.Rules {
		score := 0
		if r.Instrument != "*" {
			at := slices.Index(instruments, r.Instrument)
			if at < 0 {
				continue
			}
			score = 2 * (len(instruments) - at)
		}
		switch {
		case r.Kind == kind:
			score++
		case r.Kind != "*":
			continue
		}
		if score > bestScore {
			best, bestScore = r, score
		}
	}
	if bestScore < 0 {
		return Snapshot{}, ErrNoRule
	}
	return best.Snapshot(), nil
}

// On returns the fee on an amount: rate, then floor, then cap, never more than the amount itself.
func (s Snapshot) On(a money.Amount) money.Amount {
	f := s.Rate.Of(a)
	if s.Floor > 0 && f.Fen < s.Floor {
		f.Fen = s.Floor
	}
	if s.Cap > 0 && f.Fen > s.Cap {
		f.Fen = s.Cap
	}
	return money.Min(f, a)
}

// GivenBack returns how much of a fee has been given back in all once refunded of captured is refunded.
// The difference between two such totals is the share of one refund, so that rounding never accumulates
// and a full refund gives back the whole fee.
func (s Snapshot) GivenBack(fee, refunded, captured money.Amount) money.Amount {
	if s.Keep || captured.Fen == 0 {
		return money.Amount{Currency: fee.Currency}
	}
	return money.Share(fee, refunded.Fen, captured.Fen)
}

// Encode writes rules as text: "card/debit 0.55% floor 0 cap 2000 return; …", amounts in fen.
func Encode(rules []Rule) string {
	var b strings.Builder
	for i, r := range rules {
		if i > 0 {
			b.WriteString("; ")
		}
		back := "return"
		if r.Keep {
			back = "keep"
		}
		fmt.Fprintf(&b, "%s/%s %s floor %d cap %d %s", r.Instrument, r.Kind, r.Rate, r.Floor, r.Cap, back)
	}
	return b.String()
}

// Decode reads what Encode wrote.
func Decode(text string) ([]Rule, error) {
	var rules []Rule
	for part := range strings.SplitSeq(text, ";") {
		w := strings.Fields(part)
		if len(w) == 0 {
			continue
		}
		bad := fmt.Errorf(`fee rule %q: write "card/debit 0.55%% floor 0 cap 2000 return"`, strings.TrimSpace(part))
		if len(w) != 7 || w[2] != "floor" || w[4] != "cap" || (w[6] != "return" && w[6] != "keep") {
			return nil, bad
		}
		instrument, kind, ok := strings.Cut(w[0], "/")
		rate, err := money.ParseRate(w[1])
		floor, err2 := strconv.ParseInt(w[3], 10, 64)
		ceil, err3 := strconv.ParseInt(w[5], 10, 64)
		if !ok || err != nil || err2 != nil || err3 != nil || floor < 0 || ceil < 0 {
			return nil, bad
		}
		rules = append(rules, Rule{instrument, kind, rate, floor, ceil, w[6] == "keep"})
	}
	return rules, nil
}

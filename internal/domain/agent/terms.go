package agent

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/yifen-pay/yifen/internal/domain/calendar"
	"github.com/yifen-pay/yifen/internal/domain/fee"
	"github.com/yifen-pay/yifen/internal/domain/money"
	"github.com/yifen-pay/yifen/internal/domain/step"
)

// Services are the payment services that terms speak of, by the instrument of their payments.
var Services = []string{"card", "wechat", "alipay", "unionpay"}

// Terms are what an agent has of fees, with what a sale needs to know of the agent beside. They lie apart from the
// agent, since sales read them.
type Terms struct {
	Agent    string
	State    State
	Upper    string
	Versions []Version // in the order of dates
}

// Version is the terms from a business date on.
type Version struct {
	From  calendar.Date `json:"from"`
	Terms []Term        `json:"terms"`
}

// Term is the share of the fees of one payment service: a part of the fee, or what it is above the agent's prices.
type Term struct {
	Service string     `json:"service"`
	Part    money.Rate `json:"part,omitempty"`   // in millionths of the fee
	Prices  []fee.Rule `json:"prices,omitempty"` // the agent's own; where there are any, Part says nothing
}

// Key returns the row's key.
func (t Terms) Key() step.Key { return TermsKey(t.Agent) }

// TermsKey names the terms of an agent.
func TermsKey(agent string) step.Key { return step.Key{Table: TermsTable, ID: agent} }

// On returns the version that applies on a business date.
func (t Terms) On(day calendar.Date) (v Version, found bool) {
	for _, next := range t.Versions {
		if next.From > day {
			break
		}
		v, found = next, true
	}
	return v, found
}

// With returns the terms with another version, in place of the one of its date.
func (t Terms) With(v Version) Terms {
	kept := slices.DeleteFunc(slices.Clone(t.Versions), func(o Version) bool { return o.From == v.From })
	t.Versions = append(kept, v)
	slices.SortFunc(t.Versions, func(a, b Version) int { return int(a.From) - int(b.From) })
	return t
}

// Paid is what terms are asked about: a payment that begins.
type Paid struct {
	Service string   // the instrument: "card"
	Kind    string   // of the card: "debit"
	Classes []string // names under which prices may name what was presented, the most exact first
	Day     calendar.Date
}

// Freeze returns what agents have of a payment that begins, for the agent that holds its merchant. An agent that is not
// there has nothing.
func Freeze(v step.View, holder string, p Paid) (Split, error) {
	own, found, err := step.Get[Terms](v, TermsKey(holder))
	if err != nil || !found {
		return Split{}, err
	}
	s := Split{Holder: own.Cut(p)}
	if own.Upper != "" {
		upper, found, err := step.Get[Terms](v, TermsKey(own.Upper))
		if err != nil {
			return Split{}, err
		}
		if s.Upper = upper.Cut(p); !found {
			s.Upper = Cut{Basis: ByPart}
		}
	}
	if s.Holder.Agent == "" && s.Upper.Agent == "" {
		return Split{}, nil
	}
	return s, nil
}

// Cut returns what the terms say of a payment: a part of nothing where they do not speak of it, and no name where the agent
// is not active.
func (t Terms) Cut(p Paid) Cut {
	c := Cut{Basis: ByPart}
	if t.State == Active {
		c.Agent = t.Agent
	}
	version, _ := t.On(p.Day)
	for _, term := range version.Terms {
		switch {
		case term.Service != p.Service:
		case len(term.Prices) == 0:
			c.Part = term.Part
		default:
			if price, err := (fee.Schedule{Rules: term.Prices}).Quote(p.Kind, p.Classes...); err == nil {
				c.Basis, c.Price = ByPrice, price
			}
		}
	}
	return c
}

// instruments are what prices of a service may name.
var instruments = map[string][]string{"card": {"card", "tap", "phone"}, "wechat": {"wechat"}, "alipay": {"alipay"}, "unionpay": {"unionpay"}}

// Check returns what is wrong with a version as it would be kept, nil if nothing is.
func (v Version) Check() error {
	if v.From <= 0 || len(v.Terms) == 0 {
		return ErrTerms.With("say from which date on, and a share for a payment service at least")
	}
	seen := map[string]bool{}
	for _, t := range v.Terms {
		switch {
		case !slices.Contains(Services, t.Service) || seen[t.Service]:
			return ErrTerms.With("say one share for each payment service: %s", strings.Join(Services, ", "))
		case t.Part < 0 || t.Part > money.PerMillion:
			return ErrTerms.With("a part is 0%% to 100%% of the fee")
		case len(t.Prices) > pricesMax:
			return ErrTerms.With("say %d prices of a service at most", pricesMax)
		}
		seen[t.Service] = true
		priced := map[[2]string]bool{}
		for _, r := range t.Prices {
			what := [2]string{r.Instrument, r.Kind}
			if priced[what] {
				return ErrTerms.With("say one price of %s for %s of kind %s", t.Service, r.Instrument, r.Kind)
			}
			priced[what] = true
			if !slices.Contains(instruments[t.Service], r.Instrument) || r.Kind == "" || strings.ContainsAny(r.Kind, " ;/\t\n") || len(r.Kind) > 16 {
				return ErrTerms.With("a price of %s is for %s, of a kind of card or of any", t.Service, strings.Join(instruments[t.Service], ", "))
			}
			if r.Rate < 0 || r.Rate > 100_000 || r.Floor < 0 || r.Cap < 0 || r.Cap != 0 && r.Cap < r.Floor {
				return ErrTerms.With("a price is 0 to 10%%, its floor and cap are not negative, the cap not below the floor")
			}
		}
	}
	return nil
}

const pricesMax = 20

// EncodeVersions writes versions as text, a line each: "20261201", then for each service, behind a tab, "card part 30%" or
// "card price card/debit 0.38% floor 0 cap 1800 return; …".
func EncodeVersions(versions []Version) string {
	var b strings.Builder
	for i, v := range versions {
		if i > 0 {
			b.WriteByte('\n')
		}
		fmt.Fprintf(&b, "%d", v.From)
		for _, t := range v.Terms {
			if len(t.Prices) > 0 {
				fmt.Fprintf(&b, "\t%s price %s", t.Service, fee.Encode(t.Prices))
			} else {
				fmt.Fprintf(&b, "\t%s part %s", t.Service, t.Part)
			}
		}
	}
	return b.String()
}

// DecodeVersions reads what EncodeVersions wrote.
func DecodeVersions(text string) ([]Version, error) {
	if text == "" {
		return nil, nil
	}
	var versions []Version
	for line := range strings.SplitSeq(text, "\n") {
		parts := strings.Split(line, "\t")
		from, err := strconv.ParseInt(parts[0], 10, 32)
		if err != nil {
			return nil, fmt.Errorf("terms %q: write a date first", line)
		}
		v := Version{From: calendar.Date(from)}
		for _, part := range parts[1:] {
			service, rest, _ := strings.Cut(part, " ")
			basis, rest, ok := strings.Cut(rest, " ")
			t := Term{Service: service}
			switch {
			case ok && Basis(basis) == ByPart:
				t.Part, err = money.ParseRate(rest)
			case ok && Basis(basis) == ByPrice:
				t.Prices, err = fee.Decode(rest)
			default:
				err = fmt.Errorf(`write "card part 30%%" or "card price …"`)
			}
			if err != nil {
				return nil, fmt.Errorf("terms %q: %w", part, err)
			}
			v.Terms = append(v.Terms, t)
		}
		versions = append(versions, v)
	}
	return versions, nil
}

package store

import (
	"context"
	"fmt"
	"math/big"
	"slices"
	"strings"

	"github.com/yifen-pay/yifen/internal/domain/agent"
	"github.com/yifen-pay/yifen/internal/domain/calendar"
	"github.com/yifen-pay/yifen/internal/domain/fee"
)

// splitPayment is a payment in which agents have a share, as the verifier reads it.
type splitPayment struct {
	id, state                                                 string
	captured, refunded, fee, feeBack, feeKeep, cost, costKeep int64
	split                                                     agent.Split
	booked                                                    map[string]int64 // by account
}

// over returns a × b / c for amounts, rounded down.
func over(a, b, c int64) int64 {
	n := new(big.Int).Mul(big.NewInt(a), big.NewInt(b))
	return n.Quo(n, big.NewInt(c)).Int64()
}

// rated returns a rate of an amount, rounded half up.
func rated(fen, ppm int64) int64 {
	n := new(big.Int).Mul(big.NewInt(fen), big.NewInt(ppm))
	n.Add(n, big.NewInt(500_000))
	return n.Quo(n, big.NewInt(1_000_000)).Int64()
}

// entitled reckons what a cut comes to at the capture of a payment.
func (p splitPayment) entitled(c agent.Cut) int64 {
	switch c.Basis {
	case agent.ByPart:
		return rated(p.fee, int64(c.Part))
	case agent.ByPrice:
		price := max(rated(p.captured, int64(c.Price.Rate)), c.Price.Floor)
		if c.Price.Cap > 0 {
			price = min(price, c.Price.Cap)
		}
		return max(0, p.fee-min(price, p.captured))
	}
	return 0
}

// expected reckons what the books must owe each agent for the payment.
func (p splitPayment) expected() map[string]int64 {
	want := map[string]int64{}
	kept := max(0, p.fee-p.cost)
	if p.state != "captured" || p.captured == 0 || kept == 0 {
		return want
	}
	all := kept
	if p.split.Upper.Basis != "" {
		all = min(all, p.entitled(p.split.Upper))
	}
	lower := min(all, p.entitled(p.split.Holder))
	for name, share := range map[string]int64{p.split.Holder.Agent: lower, p.split.Upper.Agent: all - lower} {
		if name == "" {
			continue
		}
		left := over(share, p.captured-p.refunded, p.captured)
		if p.refunded > 0 && p.costKeep == 1 && p.feeKeep == 0 {
			left = min(left, over(share, min(kept, max(0, p.fee-p.feeBack-p.cost)), kept))
		}
		if left != 0 {
			want["agent:"+name+":payable"] = -left
		}
	}
	return want
}

// check holds the books of the payment against what its frozen shares say.
func (p splitPayment) check(c *Check) {
	if p.id == "" {
		return
	}
	want, sum := p.expected(), int64(0)
	for account, fen := range want {
		if p.booked[account] != fen {
			c.found(fmt.Sprintf("payment %s: the books say %d for %s, its shares say %d", p.id, p.booked[account], account, fen))
		}
		sum -= fen
	}
	for account, fen := range p.booked {
		if _, ok := want[account]; !ok && account != "cost:agent" && fen != 0 {
			c.found(fmt.Sprintf("payment %s: the books say %d for %s, its shares say nothing", p.id, fen, account))
		}
	}
	if p.booked["cost:agent"] != sum {
		c.found(fmt.Sprintf("payment %s cost %d in shares of agents, its shares say %d", p.id, p.booked["cost:agent"], sum))
	}
}

// sharesStand holds what the books say of agents against the shares that were frozen on payments, those against who held
// the merchant on the payment's date and on what terms, and the sums of days against both.
func (v *Verifier) sharesStand(ctx context.Context) (Check, error) {
	c := Check{Invariant: "I16", Claim: "what agents have follows from the shares frozen on payments, never more than was earned, and their days sum up to it"}
	n, err := v.sharedPayments(ctx, &c)
	if err != nil {
		return c, err
	}
	c.Figure = fmt.Sprintf("%d payments with shares", n)
	if err := v.rows(ctx, &c, "SELECT DISTINCT 'entry ' || e.id || ' moves a share of an agent and belongs to no payment' FROM entry e "+
		"JOIN (SELECT DISTINCT bucket, entry FROM posting WHERE account LIKE 'agent:%' OR account = 'cost:agent') q ON q.bucket = e.bucket AND q.entry = e.id "+
		"WHERE e.payment = ''"); err != nil {
		return c, err
	}
	if err := v.rows(ctx, &c, "SELECT 'cost:agent stands at ' || CAST(sum(CASE WHEN id = 'cost:agent' THEN debit_fen - credit_fen ELSE 0 END) AS text) || "+
		"' and the agents at ' || CAST(sum(CASE WHEN id LIKE 'agent:%' THEN credit_fen - debit_fen ELSE 0 END) AS text) FROM balance "+
		"WHERE id = 'cost:agent' OR id LIKE 'agent:%' HAVING sum(debit_fen - credit_fen) <> 0"); err != nil {
		return c, err
	}
	return c, v.agentDays(ctx, &c)
}

// sharedPayments checks every payment that carries shares, or has some in the books, and returns how many there are.
func (v *Verifier) sharedPayments(ctx context.Context, c *Check) (n int, err error) {
	terms := map[string]agent.Terms{}
	err = v.engine.query(ctx, "SELECT "+agentTermsTable.columnList("")+" FROM agent_terms", nil, func(scan func(...any) error) error {
		row, err := agentTermsTable.decode(scan)
		if err == nil {
			t := row.(agent.Terms)
			terms[t.Agent] = t
		}
		return err
	})
	if err != nil {
		return 0, err
	}
	var p splitPayment
	err = v.engine.query(ctx, "SELECT p.id, p.state, p.captured_fen - p.coupon_fen, p.refunded_fen - p.coupon_back_fen, p.fee_fen, p.fee_back_fen, p.fee_keep, p.cost_fen, p.cost_keep, p.split, "+
		"p.instrument, p.business_date, coalesce(m.agent, ''), coalesce(f.holders, ''), coalesce(s.account, ''), coalesce(s.fen, 0) FROM payment p LEFT JOIN "+
		"(SELECT e.bucket, e.payment, q.account, sum(q.amount_fen) AS fen FROM entry e JOIN "+
		"(SELECT DISTINCT bucket, entry, account, amount_fen FROM posting WHERE account LIKE 'agent:%' OR account = 'cost:agent') q "+
		"ON q.bucket = e.bucket AND q.entry = e.id WHERE e.payment <> '' GROUP BY e.bucket, e.payment, q.account) s ON s.bucket = p.bucket AND s.payment = p.id "+
		"LEFT JOIN merchant m ON m.bucket = p.bucket AND m.id = p.merchant LEFT JOIN fee_schedule f ON f.bucket = p.bucket AND f.id = p.merchant "+
		"WHERE p.split <> '' OR s.account <> '' ORDER BY p.bucket, p.id", nil,
		func(scan func(...any) error) error {
			var q splitPayment
			var split, instrument, began, holders, account string
			var day calendar.Date
			var fen int64
			if err := scan(&q.id, &q.state, &q.captured, &q.refunded, &q.fee, &q.feeBack, &q.feeKeep, &q.cost, &q.costKeep, &split,
				&instrument, &day, &began, &holders, &account, &fen); err != nil {
				return err
			}
			if q.id != p.id {
				p.check(c)
				n++
				var err error
				if q.split, err = agent.DecodeSplit(split); err != nil {
					c.found("payment " + q.id + " carries shares that nobody can read")
				}
				list, err := fee.DecodeHolders(holders)
				if err != nil {
					return err
				}
				held := fee.Schedule{Holders: list}.HolderOn(day, began)
				fits(c, q, terms, held, instrument, day)
				q.booked = map[string]int64{}
				p = q
			}
			if account != "" {
				p.booked[account] = fen
			}
			return nil
		})
	p.check(c)
	return n, err
}

// fits holds the shares frozen on a payment against who held its merchant on the day and what the terms said then. Both
// stand for good once a day is open; only the state of an agent does not, so that a share may be withheld.
func fits(c *Check, p splitPayment, terms map[string]agent.Terms, held, instrument string, day calendar.Date) {
	if p.split.IsZero() {
		return
	}
	own := terms[held]
	for _, side := range []struct {
		cut   agent.Cut
		terms agent.Terms
	}{{p.split.Holder, own}, {p.split.Upper, terms[own.Upper]}} {
		if side.cut.Agent != "" && side.cut.Agent != side.terms.Agent {
			c.found(fmt.Sprintf("payment %s gives a share to %s, the merchant was held by %s", p.id, side.cut.Agent, held))
		}
		if side.cut.Agent == "" {
			continue
		}
		var term agent.Term
		version, _ := side.terms.On(day)
		for _, t := range version.Terms {
			if t.Service == instrument {
				term = t
			}
		}
		switch {
		case side.cut.Basis == agent.ByPrice:
			if !slices.ContainsFunc(term.Prices, func(r fee.Rule) bool { return r.Snapshot() == side.cut.Price }) {
				c.found(fmt.Sprintf("payment %s gives %s what is above a price that its terms of that date do not name", p.id, side.cut.Agent))
			}
		case len(term.Prices) > 0 && side.cut.Part == 0: // none of its prices is for what was presented
		case side.cut.Part != term.Part:
			c.found(fmt.Sprintf("payment %s gives %s another part than its terms of that date", p.id, side.cut.Agent))
		}
	}
}

// agentDays holds the sums of agents' days against the postings.
func (v *Verifier) agentDays(ctx context.Context, c *Check) error {
	type day struct {
		agent, merchant string
		date            calendar.Date
	}
	sums := map[day]int64{}
	err := v.engine.query(ctx, "SELECT "+agentDayTable.columnList("")+" FROM agent_day", nil, func(scan func(...any) error) error {
		row, err := agentDayTable.decode(scan)
		if err != nil {
			return err
		}
		d, err := readDay(row)
		if err != nil {
			c.found(err.Error())
			return nil
		}
		if d.Back {
			d.Share = -d.Share
		}
		sums[day{d.Agent, d.Merchant, d.Date}] += d.Share
		return nil
	})
	if err != nil {
		return err
	}
	err = v.engine.query(ctx, "SELECT q.account, e.business_date, p.merchant, sum(-q.amount_fen) FROM entry e JOIN "+
		"(SELECT DISTINCT bucket, entry, account, amount_fen FROM posting WHERE account LIKE 'agent:%') q ON q.bucket = e.bucket AND q.entry = e.id "+
		"JOIN payment p ON p.bucket = e.bucket AND p.id = e.payment GROUP BY q.account, e.business_date, p.merchant", nil,
		func(scan func(...any) error) error {
			var account string
			var d day
			var fen int64
			if err := scan(&account, &d.date, &d.merchant, &fen); err != nil {
				return err
			}
			d.agent = strings.TrimSuffix(strings.TrimPrefix(account, "agent:"), ":payable")
			if sums[d] != fen {
				c.found(fmt.Sprintf("agent %s has %d fen of merchant %s on %s, its day says %d", d.agent, fen, d.merchant, d.date, sums[d]))
			}
			delete(sums, d)
			return nil
		})
	if err != nil {
		return err
	}
	for d, fen := range sums {
		if fen != 0 {
			c.found(fmt.Sprintf("agent %s has nothing of merchant %s on %s, its day says %d", d.agent, d.merchant, d.date, fen))
		}
	}
	return nil
}

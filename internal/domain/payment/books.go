package payment

import (
	"github.com/yifen-pay/yifen/internal/domain/agent"
	"github.com/yifen-pay/yifen/internal/domain/ledger"
	"github.com/yifen-pay/yifen/internal/domain/money"
	"github.com/yifen-pay/yifen/internal/domain/step"
)

// Every change of the books that a payment makes stands here.

// home returns the account in which the payment's money lies.
func (p Payment) home() ledger.Account {
	if p.DueAt != 0 {
		return ledger.MerchantAvailable(p.Merchant)
	}
	return ledger.MerchantPending(p.Merchant)
}

// saleLines are the lines of a captured payment: the rail owes the gross less its cost, the merchant is
// credited the gross less the fee.
func (p Payment) saleLines() []ledger.Line {
	gross, f, cost := p.amount(p.gross()), p.amount(p.FeeFen), p.amount(p.CostFen)
	rail, merchant := ledger.RailReceivable(p.Rail), p.home()
	return append([]ledger.Line{
		ledger.Debit(rail, gross), ledger.Credit(merchant, gross),
		ledger.Debit(merchant, f), ledger.Credit(ledger.FeeAcquiring, f),
		ledger.Debit(ledger.RailCost(p.Rail), cost), ledger.Credit(rail, cost),
	}, p.shareLines(p.shares())...)
}

// shares returns what agents have of the fee as things stand.
func (p Payment) shares() agent.Shares {
	return p.Split.Of(agent.Taken{
		Captured: p.gross(), Refunded: p.grossBack(), Fee: p.FeeFen, FeeBack: p.FeeBack, Cost: p.CostFen, CostBack: p.CostBack,
		CostStays: p.Cost.Keep && !p.Fee.Keep,
	})
}

// shareLines give agents what is theirs; negative shares take it back.
func (p Payment) shareLines(s agent.Shares) []ledger.Line {
	if s == (agent.Shares{}) {
		return nil
	}
	return []ledger.Line{
		ledger.Debit(ledger.CostAgent, p.amount(s.Sum())),
		ledger.Credit(ledger.AgentPayable(p.Split.Holder.Agent), p.amount(s.Holder)),
		ledger.Credit(ledger.AgentPayable(p.Split.Upper.Agent), p.amount(s.Upper)),
	}
}

// countShares adds to the days of the agents that have a share of the payment: what it brought, or, back, what of it
// was given back.
func (a *act) countShares(o *Operation, back bool, count, fen, taken int64, s agent.Shares) {
	d := agent.Day{Merchant: a.pay.Merchant, Date: o.BusinessDate, Back: back, Count: count, Amount: fen, Fee: taken}
	for _, of := range []struct {
		agent string
		share int64
	}{{a.pay.Split.Holder.Agent, s.Holder}, {a.pay.Split.Upper.Agent, s.Upper}} {
		if of.agent != "" {
			d.Agent, d.Share = of.agent, of.share
			a.v.Add(agent.DayOf(d))
		}
	}
}

// takeBack returns lines with every debit of the merchant's own account limited to what lies there; what
// is short stands in the merchant's receivable, so that customer funds never go negative.
func (p Payment) takeBack(v step.View, lines []ledger.Line) ([]ledger.Line, error) {
	lines = ledger.Net(lines...)
	home := p.home()
	for i, l := range lines {
		if l.Account != home || l.Amount.Fen <= 0 {
			continue
		}
		b, err := ledger.BalanceOf(v, p.Bucket, home)
		if err != nil {
			return nil, err
		}
		have := max(b.Net(), 0)
		if short := l.Amount.Fen - have; short > 0 {
			lines[i].Amount = p.amount(have)
			lines = append(lines, ledger.Debit(ledger.MerchantReceivable(p.Merchant), p.amount(short)))
		}
	}
	return lines, nil
}

// mirrorLines take the whole payment back: the mirror of the sale, all lines.
func (p Payment) mirrorLines(v step.View) ([]ledger.Line, error) {
	return p.takeBack(v, ledger.Entry{Lines: ledger.Net(p.saleLines()...)}.Mirror())
}

// refundLines give fen of the payment back, with the share of fee and cost that the rules return and what agents had of
// it, cumulatively to the fen. had is what agents had before; the payment's totals must already include the refund.
func (p *Payment) refundLines(v step.View, fen int64, had agent.Shares) ([]ledger.Line, error) {
	captured, refunded := p.amount(p.gross()), p.amount(p.grossBack())
	feeBack := p.Fee.GivenBack(p.amount(p.FeeFen), refunded, captured).Fen
	costBack := p.Cost.GivenBack(p.amount(p.CostFen), refunded, captured).Fen
	f, cost := p.amount(feeBack-p.FeeBack), p.amount(costBack-p.CostBack)
	p.FeeBack, p.CostBack = feeBack, costBack
	rail, home, gross := ledger.RailReceivable(p.Rail), p.home(), p.amount(fen)
	return p.takeBack(v, append([]ledger.Line{
		ledger.Debit(home, gross), ledger.Credit(rail, gross),
		ledger.Debit(ledger.FeeAcquiring, f), ledger.Credit(home, f),
		ledger.Debit(rail, cost), ledger.Credit(ledger.RailCost(p.Rail), cost),
	}, p.shareLines(p.shares().Less(had))...))
}

// capture sets the captured amount and prices what the rail settles for it.
func (p *Payment) capture(a money.Amount) {
	p.CapturedFen = a.Fen
	gross := p.amount(p.gross())
	p.FeeFen = p.Fee.On(gross).Fen
	p.CostFen = p.Cost.On(gross).Fen
}

// gross is what the rail settles for what was captured: all of it but the coupons that the merchant funds.
func (p Payment) gross() int64 { return p.CapturedFen - p.CouponFen }

// grossBack is what of it was given back.
func (p Payment) grossBack() int64 { return p.RefundedFen - p.CouponBack }

// couponsBack enters the part of a refund of fen that was coupons of the merchant, and returns it: what the rail says
// that it settles of the refund decides, else the share in proportion, cumulatively to the fen. The refunded total must include fen.
func (p *Payment) couponsBack(fen, settled int64) int64 {
	if p.CouponFen == 0 {
		return 0
	}
	back := money.Share(p.amount(p.CouponFen), p.RefundedFen, p.CapturedFen).Fen - p.CouponBack
	if settled > 0 && p.RefundedFen < p.CapturedFen { // the last refund gives back what is left, whatever is said of it
		back = min(max(fen-settled, 0), p.CouponFen-p.CouponBack)
	}
	p.CouponBack += back
	return back
}

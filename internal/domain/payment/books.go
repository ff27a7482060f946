package payment

import (
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
	gross, f, cost := p.amount(p.CapturedFen), p.amount(p.FeeFen), p.amount(p.CostFen)
	rail, merchant := ledger.RailReceivable(p.Rail), p.home()
	return []ledger.Line{
		ledger.Debit(rail, gross), ledger.Credit(merchant, gross),
		ledger.Debit(merchant, f), ledger.Credit(ledger.FeeAcquiring, f),
		ledger.Debit(ledger.RailCost(p.Rail), cost), ledger.Credit(rail, cost),
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

// refundLines give fen of the payment back, with the share of fee and cost that the rules return,
// cumulatively to the fen. The payment's totals must already include the refund.
func (p *Payment) refundLines(v step.View, fen int64) ([]ledger.Line, error) {
	captured, refunded := p.amount(p.CapturedFen), p.amount(p.RefundedFen)
	feeBack := p.Fee.GivenBack(p.amount(p.FeeFen), refunded, captured).Fen
	costBack := p.Cost.GivenBack(p.amount(p.CostFen), refunded, captured).Fen
	f, cost := p.amount(feeBack-p.FeeBack), p.amount(costBack-p.CostBack)
	p.FeeBack, p.CostBack = feeBack, costBack
	rail, home, gross := ledger.RailReceivable(p.Rail), p.home(), p.amount(fen)
	return p.takeBack(v, []ledger.Line{
		ledger.Debit(home, gross), ledger.Credit(rail, gross),
		ledger.Debit(ledger.FeeAcquiring, f), ledger.Credit(home, f),
		ledger.Debit(rail, cost), ledger.Credit(ledger.RailCost(p.Rail), cost),
	})
}

// capture sets the captured amount and prices it.
func (p *Payment) capture(a money.Amount) {
	p.CapturedFen = a.Fen
	p.FeeFen = p.Fee.On(a).Fen
	p.CostFen = p.Cost.On(a).Fen
}

package payment

import (
	"github.com/yifen-pay/yifen/internal/domain/ledger"
	"github.com/yifen-pay/yifen/internal/domain/money"
	"github.com/yifen-pay/yifen/internal/domain/risk"
	"github.com/yifen-pay/yifen/internal/domain/step"
	"github.com/yifen-pay/yifen/internal/domain/terminal"
)

// effect is what an operation of a kind means for its payment. The functions change the act's payment, its
// books and its batch; they touch no state of the operation itself.
type effect struct {
	// begins tells that a payment begins with it, takes that it takes money of the merchant's limit, locks
	// that nothing else may be done to the payment while it is under way.
	begins, takes, locks bool
	// do applies the approval of fen.
	do func(a *act, fen int64) error
	// undo takes back what do did to o, for the reversal rev; nil where nothing reverses it.
	undo func(a *act, o, rev *Operation) error
	// stands tells whether the payment is still as do left it, so that undo may be asked for.
	stands func(p Payment, o Operation) bool
	// drop gives back what the request had claimed, when the answer is "no"; nil where it claims no more
	// than what begins, takes and locks say.
	drop func(a *act)
}

// effects has a row per kind; reversals have outcomes of their own.
var effects = map[Kind]effect{
	SaleOp: {
		begins: true, takes: true, do: (*act).sold, undo: (*act).unsold,
		stands: func(p Payment, o Operation) bool {
			return p.State == Captured && p.CapturedFen == o.ApprovedFen && p.RefundedFen+p.RefundingFen == 0
		},
	},
	OfflineOp: {begins: true, takes: true, do: (*act).sold},
	PreauthOp: {
		begins: true,
		do: func(a *act, fen int64) error {
			a.pay.ApprovedFen, a.pay.AuthorizedFen = fen, fen
			a.pay.LapsesAt = a.now.Add(a.rules.AuthorizedFor)
			return a.paymentGoes(Authorize)
		},
		undo: func(a *act, _, _ *Operation) error {
			a.pay.AuthorizedFen, a.pay.LapsesAt = 0, 0
			return a.paymentGoes(Reverse)
		},
		stands: func(p Payment, o Operation) bool { return p.State == Authorized && p.AuthorizedFen == o.ApprovedFen },
	},
	AddOnOp: {
		locks: true,
		do: func(a *act, fen int64) error {
			a.pay.AuthorizedFen += fen
			return nil
		},
		undo: func(a *act, o, _ *Operation) error {
			a.pay.AuthorizedFen -= o.ApprovedFen
			return nil
		},
		stands: func(p Payment, _ Operation) bool { return p.State == Authorized },
	},
	PreauthVoidOp: {
		locks:  true,
		do:     func(a *act, _ int64) error { return a.paymentGoes(Void) },
		undo:   func(a *act, _, _ *Operation) error { return a.paymentGoes(Reopen) },
		stands: func(p Payment, _ Operation) bool { return p.State == Voided },
	},
	CompletionOp: {
		takes: true, locks: true, do: (*act).completed, undo: (*act).uncompleted,
		stands: func(p Payment, _ Operation) bool { return p.State == Captured && p.RefundedFen+p.RefundingFen == 0 },
	},
	CompletionVoidOp: {
		locks: true, do: (*act).completionVoided, undo: (*act).completionRestored,
		stands: func(p Payment, _ Operation) bool { return p.State == Authorized },
	},
	VoidOp: {
		locks: true, do: (*act).voided, undo: (*act).restored,
		stands: func(p Payment, _ Operation) bool { return p.State == Voided },
	},
	RefundOp: {
		do:   (*act).refunded,
		drop: func(a *act) { a.pay.RefundingFen -= a.op.AmountFen },
	},
	AdjustmentOp: {locks: true, do: (*act).adjusted},
	InquiryOp:    {begins: true, do: func(a *act, _ int64) error { return a.paymentGoes(Close) }},
	ScriptOp:     {do: func(*act, int64) error { return nil }},
}

// sold captures a sale.
func (a *act) sold(fen int64) error {
	if err := a.paymentGoes(Approve); err != nil {
		return err
	}
	a.pay.ApprovedFen = fen
	return a.captured(string(a.op.Kind), fen)
}

// captured prices what was approved, enters it and counts it.
func (a *act) captured(entry string, fen int64) error {
	a.pay.capture(a.pay.amount(fen))
	a.pay.ClearingDate = a.op.ClearingDate
	risk.Commit(a.v, a.pay.counted(a.op), a.pay.amount(a.op.AmountFen))
	if err := a.post(&a.op, entry, "", a.pay.saleLines()); err != nil {
		return err
	}
	a.countShares(&a.op, false, 1, a.pay.gross(), a.pay.FeeFen, a.pay.shares())
	return a.count(&a.op, terminal.Totals{DebitFen: fen, DebitCount: 1})
}

func (a *act) unsold(o, rev *Operation) error {
	if err := a.paymentGoes(Reverse); err != nil {
		return err
	}
	return a.uncaptured(o, rev)
}

// uncaptured takes a capture back out of the books and the batch.
func (a *act) uncaptured(o, rev *Operation) error {
	lines, err := a.pay.mirrorLines(a.v)
	if err != nil {
		return err
	}
	if err := a.post(rev, "reversal", o.Entry, lines); err != nil {
		return err
	}
	a.countShares(rev, true, 1, a.pay.gross(), a.pay.FeeFen, a.pay.shares())
	return a.count(o, terminal.Totals{DebitFen: -o.ApprovedFen, DebitCount: -1})
}

func (a *act) completed(fen int64) error {
	if err := a.paymentGoes(Complete); err != nil {
		return err
	}
	return a.captured(string(CompletionOp), fen)
}

func (a *act) uncompleted(o, rev *Operation) error {
	if err := a.paymentGoes(Reopen); err != nil {
		return err
	}
	if err := a.uncaptured(o, rev); err != nil {
		return err
	}
	a.pay.capture(money.Amount{Currency: a.pay.Currency})
	return nil
}

// takenBack enters a void: the mirror of what the original took, all lines.
func (a *act) takenBack(entry string) error {
	original, err := step.Must[Operation](a.v, OperationKey(a.op.Original), ErrOriginalNotFound)
	if err != nil {
		return err
	}
	lines, err := a.pay.mirrorLines(a.v)
	if err != nil {
		return err
	}
	if err := a.post(&a.op, entry, original.Entry, lines); err != nil {
		return err
	}
	a.countShares(&a.op, true, 1, a.pay.gross(), a.pay.FeeFen, a.pay.shares())
	return a.count(&a.op, terminal.Totals{CreditFen: a.op.AmountFen, CreditCount: 1})
}

func (a *act) voided(int64) error {
	if err := a.paymentGoes(Void); err != nil {
		return err
	}
	return a.takenBack("void")
}

func (a *act) completionVoided(int64) error {
	if err := a.paymentGoes(Reopen); err != nil {
		return err
	}
	if err := a.takenBack("completion_void"); err != nil {
		return err
	}
	a.pay.capture(money.Amount{Currency: a.pay.Currency})
	return nil
}

// enteredAgain enters a capture whose void o was reversed.
func (a *act) enteredAgain(o, rev *Operation) error {
	if err := a.paymentGoes(Restore); err != nil {
		return err
	}
	if err := a.post(rev, "reversal", o.Entry, a.pay.saleLines()); err != nil {
		return err
	}
	a.countShares(rev, true, -1, -a.pay.gross(), -a.pay.FeeFen, a.pay.shares().Neg())
	return a.count(o, terminal.Totals{CreditFen: -o.AmountFen, CreditCount: -1})
}

func (a *act) restored(o, rev *Operation) error { return a.enteredAgain(o, rev) }

func (a *act) completionRestored(o, rev *Operation) error {
	a.pay.capture(a.pay.amount(o.AmountFen)) // a void takes back the whole completion
	return a.enteredAgain(o, rev)
}

func (a *act) refunded(fen int64) error {
	had, feeBack := a.pay.shares(), a.pay.FeeBack
	a.pay.RefundingFen -= fen
	a.pay.RefundedFen += fen
	gross := fen - a.pay.couponsBack(fen, a.settled)
	lines, err := a.pay.refundLines(a.v, gross, had)
	if err != nil {
		return err
	}
	if err := a.post(&a.op, "refund", "", lines); err != nil {
		return err
	}
	a.countShares(&a.op, true, 1, gross, a.pay.FeeBack-feeBack, had.Less(a.pay.shares()))
	return a.count(&a.op, terminal.Totals{CreditFen: fen, CreditCount: 1})
}

// adjusted gives a captured payment a new total: the difference is entered, fee and cost follow.
func (a *act) adjusted(fen int64) error {
	before, had, charged, total := a.pay.saleLines(), a.pay.shares(), a.pay.FeeFen, a.pay.CapturedFen
	base := a.pay.Untipped()
	a.pay.TipFen = 0 // a correction is a new total without a tip
	if a.op.Reason == ReasonTip {
		a.pay.TipFen = fen - base
	}
	a.pay.capture(a.pay.amount(fen))
	lines := append(a.pay.saleLines(), ledger.Entry{Lines: before}.Mirror()...)
	lines, err := a.pay.takeBack(a.v, lines)
	if err != nil {
		return err
	}
	if err := a.post(&a.op, "adjustment", "", lines); err != nil {
		return err
	}
	a.countShares(&a.op, false, 0, fen-total, a.pay.FeeFen-charged, a.pay.shares().Less(had))
	return a.count(&a.op, terminal.Totals{DebitFen: fen - a.op.PreviousFen})
}

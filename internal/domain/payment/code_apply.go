package payment

import (
	"time"

	"github.com/yifen-pay/yifen/internal/domain/calendar"
	"github.com/yifen-pay/yifen/internal/domain/risk"
	"github.com/yifen-pay/yifen/internal/domain/step"
	"github.com/yifen-pay/yifen/internal/domain/wallet"
)

// codeAct is an act on a payment by code: what a wallet said, applied. Like everything in apply.go it is pure.
type codeAct struct {
	*act
	code Code
	day  calendar.Date // that is open
	// unwanted tells that what was paid is to be given back whatever the settings say: the shop had taken it back.
	unwanted bool
	// more are ids for a second operation: the refund of what was paid too late.
	more *idSet
}

// heard applies what the wallet said of the order itself. first tells that it is the answer to the request that made
// the order; sure that the wallet was asked just now, so that an old notification cannot speak for an order that was ended since.
func (a *codeAct) heard(ans wallet.Answer, first, sure bool) error {
	if ans.RequestedFen != 0 && ans.RequestedFen != a.op.AmountFen {
		a.code.Mismatch = ans.RequestedFen
		ans = wallet.Answer{State: wallet.Silent, Code: "amount_mismatch"}
	}
	switch a.op.State {
	case OpPending:
		return a.heardWaiting(ans, first)
	case OpDeclined, OpReversed, OpManual:
		return a.heardEnded(ans, sure)
	}
	return nil // it is approved already, or a withdrawal is under way, whose answer decides
}

// heardWaiting applies an answer to an order that may still be paid.
func (a *codeAct) heardWaiting(ans wallet.Answer, first bool) error {
	a.learn(ans)
	switch ans.State {
	case wallet.Paid:
		return a.paid(ans)
	case wallet.Failed:
		return a.ended(ans, Decline, ans.Reason)
	case wallet.Ended:
		return a.ended(ans, Close, string(Withdrawn))
	case wallet.Unsent:
		if first { // nothing can have moved
			return a.ended(ans, Decline, string(Unsent))
		}
	case wallet.Waiting:
		if a.pay.State == Pending {
			if err := a.paymentGoes(Await); err != nil {
				return err
			}
			a.tell(a.op, "waiting")
		}
	}
	if a.now >= a.code.ends(a.pay.CreatedAt) {
		return a.withdraw(ReasonExpired)
	}
	a.att.DueAt = a.code.next(a.pay.CreatedAt, a.now)
	a.saveCode()
	return nil
}

// learn keeps what an answer tells of the order beside its state.
func (a *codeAct) learn(ans wallet.Answer) {
	for to, from := range map[*string]string{
		&a.code.Content: ans.Content, &a.code.Number: ans.Number, &a.code.Payer: ans.Payer, &a.code.Bank: ans.Bank,
		&a.att.RailCode: ans.Code,
	} {
		if from != "" {
			*to = from
		}
	}
}

// paid captures the payment.
func (a *codeAct) paid(ans wallet.Answer) error {
	if err := goAttempt(&a.att, Approve, a.now); err != nil {
		return err
	}
	if err := goOperation(&a.op, Approve, a.now); err != nil {
		return err
	}
	a.att.DueAt, a.att.AnsweredAt = 0, a.now
	a.op.RailCode, a.op.Result = ans.Code, "approved"
	a.code.PaidFen, a.code.PaidAt = ans.PaidFen, ans.At
	if a.code.PaidAt == 0 {
		a.code.PaidAt = a.now
	}
	a.op.ClearingDate = calendar.DateOf(a.code.PaidAt.Time().In(a.rules.Zone))
	a.belongsTo(a.day)
	if ans.SettledFen > 0 && ans.SettledFen < a.op.AmountFen {
		a.pay.CouponFen = a.op.AmountFen - ans.SettledFen
	}
	if err := a.took(a.op.AmountFen); err != nil {
		return err
	}
	a.saveCode()
	a.tell(a.op, "approved")
	if a.unwanted || a.code.Late && !a.rules.KeepLate {
		return a.giveBack(ReasonLate)
	}
	counts, err := a.countsFor()
	if err != nil || counts {
		return err
	}
	return a.giveBack(ReasonDouble)
}

// belongsTo moves the sale to the business date that is open when it is paid: what was reserved for the day on
// which the code was made is used on this one. The payment keeps the day on which it began, whose prices it has.
func (a *codeAct) belongsTo(day calendar.Date) {
	if day <= a.op.BusinessDate {
		return
	}
	amount := a.pay.amount(a.op.AmountFen)
	risk.Release(a.v, a.pay.counted(a.op), amount)
	a.op.BusinessDate = day
	risk.Restore(a.v, a.pay.counted(a.op), amount)
}

// ended takes a "no" of the wallet: the order is over and nothing was paid.
func (a *codeAct) ended(ans wallet.Answer, e Event, result string) error {
	if err := goAttempt(&a.att, Decline, a.now); err != nil {
		return err
	}
	if err := goOperation(&a.op, Decline, a.now); err != nil {
		return err
	}
	a.att.DueAt, a.att.AnsweredAt = 0, a.now
	if result == "" {
		result = string(Other)
	}
	a.op.RailCode, a.op.Result = ans.Code, result
	risk.Release(a.v, a.pay.counted(a.op), a.pay.amount(a.op.AmountFen))
	a.unlock(a.op.ID)
	if err := a.paymentGoes(e); err != nil {
		return err
	}
	a.saveCode()
	what := "declined"
	if e == Close {
		what = "closed"
	}
	a.tell(a.op, what)
	return nil
}

// The reasons of a withdrawal.
const (
	ReasonExpired = "expired" // nobody paid in time
	ReasonStaff   = "staff"   // the shop took it back
	ReasonChanged = "changed" // the payer came again with another wallet
)

// withdraw records that the order is to be ended at the wallet: a reversal of the sale, repeated until the wallet says what
// became of it. Until then the payment waits.
func (a *codeAct) withdraw(reason string) error {
	if err := a.putAside(); err != nil {
		return err
	}
	if err := a.reverse(&a.op, reason, true); err != nil {
		return err
	}
	a.saveCode()
	return nil
}

// heardEnded applies an answer to an order that was over here. Money that came after all is entered; the setting says
// whether it stays.
func (a *codeAct) heardEnded(ans wallet.Answer, sure bool) error {
	if ans.State == wallet.Paid && !sure {
		a.att.DueAt = a.now // ask: the notification may be older than the end
		a.v.Put(a.att)
		return nil
	}
	switch ans.State {
	case wallet.Silent, wallet.Unsent:
		a.att.DueAt = a.now.Add(backoff(a.att.Tries))
		if a.now.Sub(a.pay.CreatedAt) > lateWithin {
			a.att.DueAt = 0
		}
		a.v.Put(a.att)
		a.v.Put(a.code)
		return nil
	case wallet.Paid:
	default:
		a.att.DueAt = 0
		a.v.Put(a.att)
		return nil
	}
	a.learn(ans)
	a.untold = a.op.Terminal != ""
	a.unwanted = a.untold
	if a.op.State != OpManual { // a person's case has its reservation still
		risk.Restore(a.v, a.pay.counted(a.op), a.pay.amount(a.op.AmountFen))
	}
	a.code.Late = true
	return a.paid(ans)
}

// lateWithin is for how long a wallet that does not answer is asked about a success it told of too late.
const lateWithin = 30 * 24 * time.Hour

// ReasonLate is the reason of a refund that gives back what was paid after its code had been ended.
const ReasonLate = "late"

// giveBack records the refund of the whole payment; the worker carries it out.
func (a *codeAct) giveBack(reason string) error {
	op := Operation{
		ID: a.more.operation, Bucket: a.pay.Bucket, Payment: a.pay.ID, Merchant: a.pay.Merchant, Kind: RefundOp, State: OpPending,
		AmountFen: a.pay.CapturedFen, Currency: a.pay.Currency, Original: a.op.ID, Reason: reason, Advice: true,
		RRN: a.op.RRN, BusinessDate: a.op.BusinessDate, CreatedAt: a.now, UpdatedAt: a.now,
	}
	a.pay.RefundingFen += op.AmountFen
	a.v.Put(a.pay)
	a.v.Put(op)
	a.v.Put(Attempt{
		ID: FirstAttempt(op.ID), Bucket: op.Bucket, Operation: op.ID, Payment: a.pay.ID, Rail: a.pay.Rail, Kind: op.Kind,
		State: AtPending, DueAt: a.now, CreatedAt: a.now, UpdatedAt: a.now,
	})
	second := *a.act
	second.ids = a.more
	second.tell(op, "ordered")
	return nil
}

// putAside asks no more what became of the order: its withdrawal will say.
func (a *act) putAside() (err error) {
	if a.att, err = step.Must[Attempt](a.v, AttemptKey(FirstAttempt(a.op.ID)), ErrNotFound); err != nil {
		return err
	}
	if err := goAttempt(&a.att, Silence, a.now); err != nil {
		return err
	}
	a.att.DueAt = 0
	a.v.Put(a.att)
	return nil
}

func (a *codeAct) saveCode() {
	a.save()
	a.code.UpdatedAt = a.now
	a.v.Put(a.code)
}

// undone applies what the wallet said to the reversal of a sale by code, with which an order is ended or given back.
func (a *codeAct) undone(ans wallet.Answer, giveUp bool) error {
	original, err := step.Must[Operation](a.v, OperationKey(a.op.Original), ErrOriginalNotFound)
	if err != nil {
		return err
	}
	collected := original.ApprovedFen != 0
	if ans.State == wallet.Paid && !collected && (ans.RequestedFen == 0 || ans.RequestedFen == original.AmountFen) {
		return a.paidAfterAll(ans, original)
	}
	done := ans.State == wallet.Ended || ans.State == wallet.Returned
	if ans.State == wallet.Missing && !collected {
		// The order never came to be, unless the request that makes it is still on its way.
		done = a.code.Presented == wallet.Shown || a.now.Sub(a.pay.CreatedAt) > arrivesWithin
	}
	mapped := Answer{RailCode: ans.Code}
	switch {
	case done:
		mapped.Outcome = Yes
	case ans.State == wallet.Unsent:
		mapped.Outcome = NotSent
	case ans.State == wallet.Failed:
		mapped.Outcome, mapped.Decline = No, Other
	}
	if err := a.reversalOutcome(mapped, done, giveUp); err != nil {
		return err
	}
	a.v.Put(a.code)
	return nil
}

// paidAfterAll ends a withdrawal that came too late: the payer was faster, and the payment is good. What the shop itself took back is
// given back, and so is a terminal's: it was told that nobody paid, and the shop has asked again or sold nothing.
func (a *codeAct) paidAfterAll(ans wallet.Answer, original Operation) error {
	if _, ok := AttemptTable.Next(a.att.State, Decline); !ok {
		return nil
	}
	if err := goAttempt(&a.att, Decline, a.now); err != nil {
		return err
	}
	if err := goOperation(&a.op, Decline, a.now); err != nil {
		return err
	}
	a.att.DueAt, a.att.AnsweredAt = 0, a.now
	a.op.RailCode, a.op.Result = ans.Code, "paid"
	a.v.Put(a.att)
	a.v.Put(a.op)
	first, err := step.Must[Attempt](a.v, AttemptKey(FirstAttempt(original.ID)), ErrNotFound)
	if err != nil {
		return err
	}
	a.untold = original.Terminal != ""
	a.unwanted = a.untold || a.op.Reason == ReasonStaff
	a.op, a.att = original, first
	a.learn(ans)
	return a.paid(ans)
}

// followed applies what the wallet said to a void or a refund.
func (a *codeAct) followed(ans wallet.Answer) error {
	a.settled = ans.BackSettledFen
	mapped := Answer{RailCode: ans.Code}
	switch ans.State {
	case wallet.Ended, wallet.Returned:
		mapped.Outcome = Yes
	case wallet.Failed:
		mapped.Outcome, mapped.Decline = No, DeclineReason(ans.Reason)
		if mapped.Decline == "" {
			mapped.Decline = Other
		}
	case wallet.Stuck:
		return a.handOver(ans)
	}
	if ans.State == wallet.Returned && ans.BackFen != 0 && ans.BackFen != a.op.AmountFen {
		mapped = Answer{} // another amount than was ordered: not this refund's answer
	}
	return a.told(mapped)
}

// handOver leaves a refund that the wallet cannot carry out to a person; its amount stays set aside.
func (a *codeAct) handOver(ans wallet.Answer) error {
	if _, ok := AttemptTable.Next(a.att.State, Handover); !ok {
		return nil
	}
	if err := goAttempt(&a.att, Handover, a.now); err != nil {
		return err
	}
	if err := goOperation(&a.op, Handover, a.now); err != nil {
		return err
	}
	a.att.DueAt, a.att.AnsweredAt = 0, a.now
	a.op.RailCode, a.op.Result = ans.Code, "manual"
	a.save()
	a.tell(a.op, "manual")
	return nil
}

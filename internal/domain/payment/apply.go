package payment

import (
	"fmt"
	"strconv"
	"time"

	"github.com/yifen-pay/yifen/internal/domain/audit"
	"github.com/yifen-pay/yifen/internal/domain/calendar"
	"github.com/yifen-pay/yifen/internal/domain/event"
	"github.com/yifen-pay/yifen/internal/domain/id"
	"github.com/yifen-pay/yifen/internal/domain/ledger"
	"github.com/yifen-pay/yifen/internal/domain/money"
	"github.com/yifen-pay/yifen/internal/domain/risk"
	"github.com/yifen-pay/yifen/internal/domain/step"
	"github.com/yifen-pay/yifen/internal/domain/terminal"
)

// act is everything that one step of the machine is given and changes: the three records, the time and
// the ids it may need. The functions below are pure: (records, event, time) → records and effects.
type act struct {
	v     step.View
	now   calendar.Instant
	ids   *idSet
	rules *Settings
	by    string // who asked, where it was no terminal; "" is the terminal, or the system

	pay Payment
	op  Operation
	att Attempt

	settled int64 // what the rail says that it settles of what was approved; zero when it does not say

	untold bool // the terminal was told that this is over, so that its batch has no place for it
}

// idSet is the ids that a step may need, made before it runs, since Run has no chance of its own.
type idSet struct {
	entry, audit, event, operation, attempt string
}

func newIDs(m *id.Maker, b id.Bucket) *idSet {
	return &idSet{
		entry: m.New("ent_", b), audit: m.New("aud_", b), event: m.New("evt_", b),
		operation: m.New(OperationPrefix, b), attempt: m.New(AttemptPrefix, b),
	}
}

func (a *act) paymentGoes(e Event) error {
	next, ok := PaymentTable.Next(a.pay.State, e)
	if !ok {
		return ErrTransition.With("payment %s: %s while %s", a.pay.ID, e, a.pay.State)
	}
	a.pay.State, a.pay.UpdatedAt = next, a.now
	return nil
}

func goOperation(o *Operation, e Event, now calendar.Instant) error {
	next, ok := OperationTable.Next(o.State, e)
	if !ok {
		return ErrTransition.With("operation %s: %s while %s", o.ID, e, o.State)
	}
	o.State, o.UpdatedAt = next, now
	return nil
}

func goAttempt(t *Attempt, e Event, now calendar.Instant) error {
	next, ok := AttemptTable.Next(t.State, e)
	if !ok {
		return ErrTransition.With("attempt %s: %s while %s", t.ID, e, t.State)
	}
	t.State, t.UpdatedAt = next, now
	return nil
}

// noteAnswer copies what the rail said onto attempt and operation.
func (a *act) noteAnswer(ans Answer) {
	if ans.Outcome == Silent {
		return
	}
	a.att.RailCode, a.att.AnsweredAt = ans.RailCode, a.now
	a.op.RailCode, a.op.Result = ans.RailCode, ans.result()
	if ans.AuthCode != "" {
		a.op.AuthCode = ans.AuthCode
	}
	if ans.ClearingDate != 0 {
		a.op.ClearingDate = ans.ClearingDate
	}
	if len(ans.Chip) > 0 {
		a.op.Chip = ans.Chip
	}
}

// post writes the journal entry of an operation.
func (a *act) post(o *Operation, kind, mirrors string, lines []ledger.Line) error {
	if len(ledger.Net(lines...)) == 0 {
		return nil
	}
	o.Entry = a.ids.entry
	return ledger.Post(a.v, ledger.Entry{
		ID: a.ids.entry, Bucket: a.pay.Bucket, At: a.now, BusinessDate: o.BusinessDate, Kind: kind,
		Payment: a.pay.ID, Operation: o.ID, Mirrors: mirrors, Lines: lines,
	})
}

// TrailDetail is what the trail keeps of an operation, so that its fields hang on the chain too.
func TrailDetail(masked string, amount money.Amount, rrn, authCode, result string) string {
	return masked + " " + amount.String() + " " + rrn + " " + authCode + " " + result
}

// tell writes the trail and the outgoing event.
func (a *act) tell(o Operation, what string) {
	actor := "system"
	switch {
	case a.by != "":
		actor = a.by
	case o.Terminal != "" && o.Kind != ReversalOp:
		actor = "terminal:" + o.Terminal
	}
	a.v.Put(audit.Record{
		ID: a.ids.audit, Bucket: a.pay.Bucket, Merchant: a.pay.Merchant, At: a.now, Actor: actor,
		Action: string(o.Kind) + "." + what, Subject: o.ID,
		Detail: TrailDetail(a.pay.Card.Masked, a.pay.amount(o.AmountFen), o.RRN, o.AuthCode, o.Result),
	})
	body := make([]byte, 0, 200)
	body = append(body, `{"payment":"`...)
	body = append(body, a.pay.ID...)
	body = append(body, `","operation":"`...)
	body = append(body, o.ID...)
	body = append(body, `","state":"`...)
	body = append(body, a.pay.State...)
	body = append(body, `","amount":`...)
	body = strconv.AppendInt(body, o.AmountFen, 10)
	body = append(body, `,"refunded":`...)
	body = strconv.AppendInt(body, a.pay.RefundedFen, 10)
	body = append(body, '}')
	a.v.Put(event.Event{
		ID: a.ids.event, Bucket: a.pay.Bucket, At: a.now, Merchant: a.pay.Merchant,
		Kind: string(o.Kind) + "." + what, Subject: a.pay.ID, Body: string(body),
	})
}

// count adds to the totals of the batch in which an operation was made, while that batch is open: a closed
// batch keeps the figures that it was closed with.
func (a *act) count(o *Operation, change terminal.Totals) error {
	if o.Terminal == "" || o.BatchSequence == 0 || a.untold {
		return nil
	}
	b, found, err := step.Get[terminal.Batch](a.v, terminal.BatchKey(o.Terminal, o.BatchSequence))
	if err != nil || !found || b.State != terminal.Open {
		return err
	}
	t := &b.Domestic
	if a.pay.Organization != "" && a.pay.Organization != "CUP" {
		t = &b.Foreign
	}
	t.DebitFen += change.DebitFen
	t.DebitCount += change.DebitCount
	t.CreditFen += change.CreditFen
	t.CreditCount += change.CreditCount
	o.Counted = !o.Counted
	a.v.Put(b)
	return nil
}

func (a *act) save() {
	a.v.Put(a.pay)
	a.v.Put(a.op)
	a.v.Put(a.att)
}

// unlock lets other acts at the payment again, where the operation with this id held it.
func (a *act) unlock(operation string) {
	if a.pay.Open == operation && operation != "" {
		a.pay.Open = ""
	}
	a.pay.UpdatedAt = a.now
}

// outcome applies a rail's answer, in time, late or none, to the attempt it belongs to.
func (a *act) outcome(ans Answer) error {
	switch {
	case a.op.Kind == ReversalOp:
		return fmt.Errorf("operation %s is a reversal and takes no outcome", a.op.ID)
	case a.op.Kind == InquiryOp && ans.Outcome == Silent:
		// Nothing moved, so nothing is unknown: to ask again is all there is to do.
		return a.settle(Answer{Outcome: No, Decline: IssuerTimeout})
	case a.op.Advice:
		return a.told(ans)
	}
	return a.settle(ans)
}

// settle applies an answer to an operation that is reversed when nobody answers it.
func (a *act) settle(ans Answer) error {
	inTime := a.att.State == AtPending
	if a.att.State == AtDeclined {
		return nil // an issuer's "no" stands
	}
	if _, ok := AttemptTable.Next(a.att.State, ans.event()); !ok || (ans.Outcome == Silent && !inTime) {
		return nil // it was answered already
	}
	if err := goAttempt(&a.att, ans.event(), a.now); err != nil {
		return err
	}
	a.att.DueAt = 0
	a.noteAnswer(ans)
	what := ans.result()
	var err error
	switch {
	case ans.Outcome == Yes && a.op.State == OpPending:
		if what, err = a.approved(ans); err != nil {
			return err
		}

	case ans.Outcome == Yes: // a reversal was recorded meanwhile: it goes out, or goes out again
		what = "approved_late"
		if err = a.overtook(); err == nil {
			a.v.Put(a.reversalAttempt(a.op.Reversal))
		}

	case ans.Outcome == Silent:
		what, a.op.Result = "unknown", "unknown"
		if err = a.overtook(); err != nil {
			break
		}
		if a.op.State == OpReversing { // the terminal's reversal waited for this request to be over
			a.v.Put(a.reversalAttempt(a.op.Reversal))
			break
		}
		if err = goOperation(&a.op, Silence, a.now); err == nil {
			err = a.reverse(&a.op, "silence", true)
		}

	case a.op.State == OpReversed: // a late "no" after the reversal was acknowledged changes nothing

	default:
		wasReversing := a.op.State == OpReversing
		if err = goOperation(&a.op, Decline, a.now); err == nil {
			err = a.dropped()
		}
		if err == nil && wasReversing && inTime {
			err = a.nothingToReverse()
		}
	}
	if err != nil {
		return err
	}
	a.save()
	a.tell(a.op, what)
	return nil
}

// approved applies an approval in time. An amount that was neither asked for nor may be a part of it is not
// ours to keep: it is reversed at once. It returns the word for the trail.
func (a *act) approved(ans Answer) (what string, err error) {
	fen := a.op.AmountFen
	if ans.ApprovedFen != 0 {
		fen = ans.ApprovedFen
	}
	if err := goOperation(&a.op, Approve, a.now); err != nil {
		return "", err
	}
	if part := a.op.Partial && fen > 0 && fen < a.op.AmountFen; fen != a.op.AmountFen && !part {
		a.op.Result = "amount_mismatch"
		if err := a.overtook(); err != nil {
			return "", err
		}
		return a.op.Result, a.reverse(&a.op, "amount", true)
	}
	return ans.result(), a.took(fen)
}

// took lets an approval of fen take effect.
func (a *act) took(fen int64) error {
	a.op.ApprovedFen = fen
	a.unlock(a.op.ID)
	return effects[a.op.Kind].do(a, fen)
}

// overtook notes that nobody knows yet what became of a payment that began with this operation.
func (a *act) overtook() error {
	if !effects[a.op.Kind].begins || a.pay.State != Pending {
		return nil
	}
	return a.paymentGoes(Silence)
}

// dropped gives back what the request had claimed: the answer is "no".
func (a *act) dropped() error {
	e := effects[a.op.Kind]
	if e.takes {
		risk.Release(a.v, a.pay.counted(a.op), a.pay.amount(a.op.AmountFen))
	}
	if e.drop != nil {
		e.drop(a)
	}
	a.unlock(a.op.ID)
	if e.begins {
		return a.paymentGoes(Decline)
	}
	return nil
}

// told applies an answer to an advice: silence repeats it under its trace.
func (a *act) told(ans Answer) error {
	if _, ok := AttemptTable.Next(a.att.State, ans.event()); !ok || a.att.State == AtDeclined {
		return nil // it was answered already
	}
	if err := goAttempt(&a.att, ans.event(), a.now); err != nil {
		return err
	}
	a.noteAnswer(ans)
	if err := goOperation(&a.op, ans.event(), a.now); err != nil {
		return err
	}
	a.op.Result = ans.result()
	a.pay.UpdatedAt = a.now
	a.att.DueAt = 0
	var err error
	switch ans.Outcome {
	case Silent:
		a.att.DueAt = a.now.Add(backoff(a.att.Tries))
	case Yes:
		err = a.took(a.op.AmountFen)
	default:
		err = a.dropped()
	}
	if err != nil {
		return err
	}
	a.save()
	a.tell(a.op, a.op.Result)
	return nil
}

// reverse records the reversal of o. Its attempt is made only when the original's own request is over, so
// that nothing is reversed before it was sent. The caller saves o.
func (a *act) reverse(o *Operation, reason string, over bool) error {
	if err := goOperation(o, Reverse, a.now); err != nil {
		return err
	}
	o.Reversal = a.ids.operation
	rev := Operation{
		ID: a.ids.operation, Bucket: o.Bucket, Payment: o.Payment, Merchant: o.Merchant, Kind: ReversalOp,
		State: OpPending, AmountFen: o.AmountFen, Currency: o.Currency, Original: o.ID, Reason: reason,
		Terminal: o.Terminal, BatchSequence: o.BatchSequence, BatchNumber: o.BatchNumber, Trace: o.Trace,
		RRN: o.RRN, BusinessDate: o.BusinessDate, CreatedAt: a.now, UpdatedAt: a.now,
	}
	if over {
		a.v.Put(a.reversalAttempt(rev.ID))
	}
	if o.ApprovedFen != 0 {
		a.pay.Open, a.pay.UpdatedAt = rev.ID, a.now // nothing else until the network has acknowledged
		if err := effects[o.Kind].undo(a, o, &rev); err != nil {
			return err
		}
	}
	a.v.Put(rev)
	return nil
}

func (a *act) reversalAttempt(reversal string) Attempt {
	return Attempt{
		ID: a.ids.attempt, Bucket: a.pay.Bucket, Operation: reversal, Payment: a.pay.ID, Rail: a.pay.Rail,
		Kind: ReversalOp, State: AtPending, DueAt: a.now, CreatedAt: a.now, UpdatedAt: a.now,
	}
}

// nothingToReverse closes a recorded reversal whose original turned out to be declined.
func (a *act) nothingToReverse() error {
	rev, err := step.Must[Operation](a.v, OperationKey(a.op.Reversal), ErrOriginalNotFound)
	if err != nil {
		return err
	}
	if err := goOperation(&rev, Approve, a.now); err != nil {
		return err
	}
	rev.Result = "nothing_to_reverse"
	a.v.Put(rev)
	return nil
}

// reversalOutcome applies what the rail said to a reversal: acknowledged, refused for now, or nothing.
// a.op is the reversal; giveUp hands it to a person instead of repeating it.
func (a *act) reversalOutcome(ans Answer, acknowledged, giveUp bool) error {
	original, err := step.Must[Operation](a.v, OperationKey(a.op.Original), ErrOriginalNotFound)
	if err != nil {
		return err
	}
	e := Silence
	switch {
	case acknowledged:
		e = Acknowledge
	case giveUp:
		e = Handover
	}
	if _, ok := AttemptTable.Next(a.att.State, e); !ok {
		return nil
	}
	if err := goAttempt(&a.att, e, a.now); err != nil {
		return err
	}
	a.noteAnswer(ans)
	switch e {
	case Silence:
		a.att.DueAt = a.now.Add(backoff(a.att.Tries))
		if ans.Outcome == NotSent { // nothing left: this was no try
			a.att.DueAt = a.now.Add(unsentPause)
			a.att.Tries--
		}
		a.v.Put(a.att)
		a.v.Put(a.op)
		return nil
	case Handover:
		a.att.DueAt = 0
		if a.op.State == OpPending { // not when an earlier try was acknowledged already
			if err := goOperation(&a.op, Handover, a.now); err != nil {
				return err
			}
		}
		if original.State == OpReversing {
			if err := goOperation(&original, Handover, a.now); err != nil {
				return err
			}
		}
		a.v.Put(original)
		a.save()
		a.tell(a.op, "manual")
		return nil
	}
	a.att.DueAt = 0
	if a.op.State != OpApproved {
		if err := goOperation(&a.op, Approve, a.now); err != nil {
			return err
		}
	}
	a.op.Result = "acknowledged"
	if original.State == OpReversing || original.State == OpManual {
		if err := a.reversed(&original); err != nil {
			return err
		}
	}
	a.v.Put(original)
	a.save()
	a.tell(a.op, "acknowledged")
	return nil
}

// reversed finishes an operation whose reversal the rail acknowledged: limits and locks are given back.
func (a *act) reversed(original *Operation) error {
	if err := goOperation(original, Acknowledge, a.now); err != nil {
		return err
	}
	a.unlock(original.ID)
	a.unlock(original.Reversal)
	e := effects[original.Kind]
	if e.begins {
		if end, ok := map[State]Event{Unknown: Reverse, Pending: Close, Waiting: Close}[a.pay.State]; ok {
			if err := a.paymentGoes(end); err != nil {
				return err
			}
		}
	}
	if !e.takes {
		return nil
	}
	amount := a.pay.amount(original.AmountFen)
	if original.ApprovedFen != 0 {
		risk.GiveBack(a.v, a.pay.counted(*original), amount)
	} else {
		risk.Release(a.v, a.pay.counted(*original), amount)
	}
	return nil
}

// unsentPause is how long a reversal rests that could not be sent for want of a connection.
const unsentPause = 2 * time.Second

// backoff returns how long an unanswered request rests before it is repeated: ten seconds, doubling up to
// five minutes.
func backoff(tries int64) time.Duration {
	const first, longest = 10 * time.Second, 5 * time.Minute
	if tries > 5 {
		return longest
	}
	return min(first<<max(tries-1, 0), longest)
}

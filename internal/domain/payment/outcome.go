package payment

import (
	"bytes"
	"context"
	"errors"
	"sync"

	"github.com/yifen-pay/yifen/internal/domain/audit"
	"github.com/yifen-pay/yifen/internal/domain/calendar"
	"github.com/yifen-pay/yifen/internal/domain/card"
	"github.com/yifen-pay/yifen/internal/domain/fault"
	"github.com/yifen-pay/yifen/internal/domain/merchant"
	"github.com/yifen-pay/yifen/internal/domain/step"
	"github.com/yifen-pay/yifen/internal/domain/terminal"
	"github.com/yifen-pay/yifen/internal/domain/wallet"
)

// conclude writes what came of an attempt.
func (s *Service) conclude(ctx context.Context, att Attempt, op Operation, answer Answer) (Result, error) {
	ids, now := newIDs(s.IDs, op.Bucket), s.now()
	keys := []step.Key{att.Key(), op.Key(), Key(op.Payment)}
	if op.Terminal != "" {
		keys = append(keys, terminal.BatchKey(op.Terminal, op.BatchSequence))
	}
	if op.Original != "" {
		keys = append(keys, OperationKey(op.Original))
	}
	var result Result
	name := string(op.Kind)
	s.Point(name + ".before_outcome")
	err := s.Gate.Do(ctx, step.Step{
		Name: name + ".outcome", Class: step.Outcome, Keys: keys,
		Run: func(v step.View) error {
			a, err := load(v, att.ID, now, ids)
			if err != nil {
				return err
			}
			a.rules = &s.Settings
			if op.Kind == ReversalOp {
				giveUp := now.Sub(a.op.CreatedAt) > s.Settings.GiveUpAfter
				err = a.reversalOutcome(answer, acknowledges(answer), giveUp)
			} else {
				err = a.outcome(answer)
			}
			result = Result{Operation: a.op, Payment: a.pay, Balance: answer.Balance}
			return err
		},
	})
	if err != nil { // the step may still be running: what it writes is not ours to read
		return Result{}, err
	}
	s.Point(name + ".after_outcome")
	if result.Operation.State == OpReversing {
		s.Wake()
	}
	return result, nil
}

// acknowledges tells whether an answer ends a reversal: it was done, or there is nothing to do.
func acknowledges(a Answer) bool {
	return a.Outcome == Yes || a.Outcome == No && (a.Decline == OriginalNotFound || a.Decline == InvalidTransaction)
}

// load reads an attempt with its operation and payment.
func load(v step.View, attempt string, now calendar.Instant, ids *idSet) (*act, error) {
	a := &act{v: v, now: now, ids: ids}
	var err error
	if a.att, err = step.Must[Attempt](v, AttemptKey(attempt), ErrNotFound); err != nil {
		return a, err
	}
	if a.op, err = step.Must[Operation](v, OperationKey(a.att.Operation), ErrNotFound); err != nil {
		return a, err
	}
	a.pay, err = step.Must[Payment](v, Key(a.att.Payment), ErrNotFound)
	return a, err
}

// Late takes an answer that came after its request was given up.
func (s *Service) Late(ctx context.Context, attempt string, answer Answer) error {
	att, found, err := step.Read[Attempt](ctx, s.Store, AttemptKey(attempt))
	if err != nil || !found {
		return err
	}
	op, found, err := step.Read[Operation](ctx, s.Store, OperationKey(att.Operation))
	if err != nil || !found {
		return err
	}
	_, err = s.conclude(ctx, att, op, answer)
	if err == nil {
		s.Wake()
	}
	return err
}

// Reverse records a terminal's reversal and answers at once: from here on it is ours to carry out. A
// request that was declined, or reversed before, needs nothing and is answered as done. A request that
// is not known is refused with [ErrOriginalNotFound], and may not be made any more. The void of a payment by
// code that may have given the money back stands: its reversal is noted and refused with [ErrNotReversible].
func (s *Service) Reverse(ctx context.Context, r ReverseRequest) (Result, error) {
	ids, now := newIDs(s.IDs, r.Origin.Terminal.Bucket), s.now()
	t := r.Origin.Terminal
	sequence := t.BatchSequence
	if r.Origin.BatchNumber != t.BatchNumber { // the batch may have been closed at cut-off meanwhile
		sequence--
	}
	batchKey := terminal.BatchKey(t.ID, sequence)
	exchangeKey := terminal.ExchangeKey(t.ID, sequence, r.Origin.Trace, terminal.Financial)
	reversalKey := terminal.ExchangeKey(t.ID, sequence, r.Origin.Trace, terminal.Reversal)
	keys := []step.Key{t.Key(), batchKey, exchangeKey, reversalKey}
	if x, found, err := step.Read[terminal.Exchange](ctx, s.Store, exchangeKey); err != nil {
		return Result{}, err
	} else if found {
		keys = append(keys, OperationKey(x.Operation))
	}
	sealed, err := s.seal(r.Card)
	if err != nil {
		return Result{}, err
	}
	var result Result
	notFound, stands := false, false
	s.Point("reversal.before_begin")
	err = s.Gate.Do(ctx, step.Step{
		Name: "reversal.begin", Class: step.Reversal, Keys: keys,
		Run: func(v step.View) error {
			result, notFound, stands = Result{}, false, false
			if err := s.admitReversal(v, r, batchKey); err != nil {
				return err
			}
			mark := terminal.Exchange{
				Terminal: t.ID, Bucket: t.Bucket, BatchSequence: sequence, Trace: r.Origin.Trace,
				Kind: terminal.Reversal, Digest: r.Origin.Digest, At: now,
			}
			seen, repeated, err := step.Get[terminal.Exchange](v, reversalKey)
			if err != nil {
				return err
			}
			x, found, err := step.Get[terminal.Exchange](v, exchangeKey)
			if err != nil {
				return err
			}
			if !found {
				notFound = true
				if !repeated {
					v.Put(mark)
				}
				return nil
			}
			a := &act{v: v, now: now, ids: ids}
			if a.op, err = step.Must[Operation](v, OperationKey(x.Operation), ErrOriginalNotFound); err != nil {
				return err
			}
			if a.pay, err = step.Must[Payment](v, Key(a.op.Payment), ErrNotFound); err != nil {
				return err
			}
			result = Result{Operation: a.op, Payment: a.pay, Repeated: repeated && bytes.Equal(seen.Digest, mark.Digest)}
			backByCode := a.pay.ByCode() && a.op.Kind == VoidOp // which no wallet takes from its payer again
			switch {
			case a.op.Advice && !backByCode || effects[a.op.Kind].undo == nil:
				return ErrNotReversible
			case a.op.AmountFen != r.Amount.Fen:
				return ErrOriginalAmount
			case sealed.Index != "" && sealed.Index != a.pay.Card.Index:
				return ErrOtherCard
			}
			if !repeated {
				mark.Operation = a.op.ID
				v.Put(mark)
			}
			if backByCode && a.op.State != OpDeclined && a.op.State != OpRefused {
				if stands = true; !repeated {
					a.stand(t, r.Reason)
				}
				return nil
			}
			switch a.op.State {
			case OpPending, OpApproved:
			default: // declined, refused, reversed, or on its way there: nothing more to do
				return nil
			}
			if a.op.State == OpApproved && (a.pay.Open != "" || !effects[a.op.Kind].stands(a.pay, a.op)) {
				return ErrOriginalState
			}
			over := a.op.State == OpApproved
			if a.pay.ByCode() && !over { // the wallet is asked to end it, which it can do at any time
				over = true
				if err := a.putAside(); err != nil {
					return err
				}
			}
			if err := a.reverse(&a.op, "terminal:"+r.Reason, over); err != nil {
				return err
			}
			v.Put(a.op)
			v.Put(a.pay)
			a.tell(a.op, "reversing")
			result.Operation, result.Payment = a.op, a.pay
			return nil
		},
	})
	switch {
	case err != nil:
		return Result{}, err
	case notFound:
		return Result{}, ErrOriginalNotFound
	case stands:
		return Result{}, ErrNotReversible
	}
	s.Point("reversal.after_begin")
	s.waiters.wake(result.Operation.ID)
	if result.Payment.ByCode() {
		s.wakeCodes(wallet.Name(result.Payment.Rail))
	} else {
		s.Wake()
	}
	return result, nil
}

// stand writes in the trail that a terminal gave up an act that stands, so that its batch will differ by it.
func (a *act) stand(t terminal.Terminal, reason string) {
	a.v.Put(audit.Record{
		ID: a.ids.audit, Bucket: a.pay.Bucket, Merchant: a.pay.Merchant, At: a.now, Actor: "terminal:" + t.ID,
		Action: string(a.op.Kind) + ".not_reversed", Subject: a.op.ID,
		Detail: TrailDetail(a.pay.Card.Masked, a.pay.amount(a.op.AmountFen), a.op.RRN, a.op.AuthCode, "terminal:"+reason),
	})
}

// admitReversal holds a reversal against its terminal and batch. A terminal that was suspended or signed
// off meanwhile may still reverse.
func (s *Service) admitReversal(v step.View, r ReverseRequest, batchKey step.Key) error {
	t, err := step.Must[terminal.Terminal](v, r.Origin.Terminal.Key(), terminal.ErrNotFound)
	if err != nil {
		return err
	}
	b, found, err := step.Get[terminal.Batch](v, batchKey)
	switch {
	case err != nil:
		return err
	case t.KeyVersion != r.Origin.Terminal.KeyVersion || t.BatchSequence != r.Origin.Terminal.BatchSequence:
		return terminal.ErrStale
	case !found || b.Number != r.Origin.BatchNumber:
		return terminal.ErrBatch
	}
	return nil
}

// Wake has the worker look for what is due now.
func (s *Service) Wake() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// Woken is signaled when something became due.
func (s *Service) Woken() <-chan struct{} { return s.wake }

// resumeSlice is how many due attempts one look takes.
const resumeSlice = 64

// Resume works on attempts that are due: it reverses requests whose outcome was lost, repeats what is
// repeated, and returns how many it worked on. Any number of nodes may run it: each look is claimed.
func (s *Service) Resume(ctx context.Context) (int, error) {
	return s.work(ctx, CardNet, s.resume)
}

// work takes a slice of a rail's due attempts.
func (s *Service) work(ctx context.Context, rail string, resume func(context.Context, Attempt) error) (int, error) {
	due, err := s.Store.DueAttempts(ctx, rail, s.now(), resumeSlice)
	if err != nil {
		return 0, err
	}
	errs := make([]error, len(due))
	if s.Settings.OneByOne {
		for i, att := range due {
			errs[i] = resume(ctx, att)
		}
	} else {
		var working sync.WaitGroup
		for i, att := range due { // side by side: one that waits for the rail holds up no other
			working.Go(func() { errs[i] = resume(ctx, att) })
		}
		working.Wait()
	}
	for _, err := range errs {
		if err != nil && !errors.Is(err, errClaimed) {
			return len(due), err
		}
	}
	return len(due), nil
}

// errClaimed tells that another worker took the look.
var errClaimed = fault.New(fault.Conflict, "attempt_claimed", "another worker has this attempt")

func (s *Service) resume(ctx context.Context, seen Attempt) error {
	now := s.now()
	number, err := s.numbers.Next(ctx)
	if err != nil {
		return err
	}
	var a *act
	err = s.Gate.Do(ctx, step.Step{
		Name: "resume.claim", Class: step.Reversal,
		Keys: []step.Key{seen.Key(), OperationKey(seen.Operation), Key(seen.Payment)},
		Run: func(v step.View) error {
			var err error
			if a, err = load(v, seen.ID, now, nil); err != nil {
				return err
			}
			if a.att.Claim != seen.Claim || a.att.DueAt == 0 || a.att.DueAt > now {
				return errClaimed
			}
			a.att.Claim++
			a.att.DueAt = now.Add(s.Settings.RecoverAfter)
			if a.op.Kind == ReversalOp && a.att.Tries == 0 {
				a.att.Stamp = now.Time().In(s.Settings.Zone).Format("0102150405")
				a.att.Number = traceOf(number)
			}
			if a.op.repeats() {
				a.att.Tries++
			}
			v.Put(a.att)
			return nil
		},
	})
	if err != nil {
		return err
	}
	if !a.op.repeats() {
		// The process that sent it is gone: nobody will hear the answer. Silence reverses it.
		_, err := s.conclude(ctx, a.att, a.op, Answer{})
		return err
	}
	request, err := s.again(ctx, a)
	if err != nil {
		return err
	}
	s.Point(string(a.op.Kind) + ".before_send")
	answer := s.Rails[a.att.Rail].Send(ctx, request)
	s.Point(string(a.op.Kind) + ".after_answer")
	if busy(answer) || answer.Outcome == NotSent && a.op.Advice {
		answer = Answer{} // not the network's last word on this: ask again later
	}
	_, err = s.conclude(ctx, a.att, a.op, answer)
	return err
}

// busy tells a "not now" from a "no".
func busy(a Answer) bool {
	switch a.Decline {
	case DayEnd, IssuerDown, IssuerTimeout, NetworkFault, SystemFault:
		return a.Outcome == No
	}
	return false
}

// again builds the request of a reversal or a repeated advice from the records.
func (s *Service) again(ctx context.Context, a *act) (Request, error) {
	r := Request{Attempt: a.att, Operation: a.op, Payment: a.pay}
	pan, err := s.Vault.Open(a.pay.Card)
	if err != nil {
		return r, err
	}
	r.Card = card.Presentation{PAN: pan}
	if a.op.Original != "" {
		original, found, err := step.Read[Operation](ctx, s.Store, OperationKey(a.op.Original))
		if err == nil && !found {
			err = ErrOriginalNotFound
		}
		if err != nil {
			return r, err
		}
		first, err := s.firstAttempt(ctx, original.ID)
		if err != nil {
			return r, err
		}
		r.Original, r.OriginalOperation = &first, &original
	}
	t, _, err := step.Read[terminal.Terminal](ctx, s.Store, terminal.Key(a.op.Terminal))
	if err != nil {
		return r, err
	}
	m, _, err := step.Read[merchant.Merchant](ctx, s.Store, merchant.Key(a.op.Merchant))
	if err != nil {
		return r, err
	}
	r.TerminalNumber, r.MerchantNumber = t.Number, m.Number
	r.MerchantName, r.Category = m.Name, m.Category
	return r, nil
}

// OpenDay opens a business date. A date never goes back: opening one that has passed changes nothing.
func (s *Service) OpenDay(ctx context.Context, d calendar.Date) error {
	now := s.now()
	return s.Gate.Do(ctx, step.Step{
		Name: "day.open", Class: step.Staff, Keys: []step.Key{DayKey},
		Run: func(v step.View) error {
			day, found, err := step.Get[Day](v, DayKey)
			if err != nil || found && day.Date >= d {
				return err
			}
			v.Put(Day{Date: d, OpenedAt: now})
			return nil
		},
	})
}

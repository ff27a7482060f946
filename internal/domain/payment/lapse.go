package payment

import (
	"context"
	"fmt"

	"github.com/yifen-pay/yifen/internal/domain/audit"
	"github.com/yifen-pay/yifen/internal/domain/event"
	"github.com/yifen-pay/yifen/internal/domain/step"
)

// lapseSlice is how many authorizations one look takes.
const lapseSlice = 64

// Lapse ends authorizations that nobody completed in their time and returns how many. One that something is
// under way on is left to the next look.
func (s *Service) Lapse(ctx context.Context) (int, error) {
	due, err := s.Store.Lapsing(ctx, s.now(), lapseSlice)
	if err != nil {
		return 0, err
	}
	lapsed := 0
	for _, p := range due {
		ended, err := s.lapse(ctx, p)
		if err != nil {
			return lapsed, err
		}
		if ended {
			lapsed++
		}
	}
	return lapsed, nil
}

func (s *Service) lapse(ctx context.Context, seen Payment) (ended bool, err error) {
	ids, now := newIDs(s.IDs, seen.Bucket), s.now()
	err = s.Gate.Do(ctx, step.Step{
		Name: "authorization.lapse", Class: step.Staff, Keys: []step.Key{seen.Key()},
		Run: func(v step.View) error {
			a := &act{v: v, now: now, ids: ids}
			var err error
			if a.pay, err = step.Must[Payment](v, seen.Key(), ErrNotFound); err != nil {
				return err
			}
			if ended = a.pay.State == Authorized && a.pay.Open == "" && a.pay.LapsesAt <= now; !ended {
				return nil
			}
			if err := a.paymentGoes(Lapse); err != nil {
				return err
			}
			v.Put(a.pay)
			v.Put(audit.Record{
				ID: ids.audit, Bucket: a.pay.Bucket, Merchant: a.pay.Merchant, At: now, Actor: "system", Action: "authorization.lapsed", Subject: a.pay.ID,
				Detail: fmt.Sprintf("%s %s, never completed", a.pay.Card.Masked, a.pay.amount(a.pay.AuthorizedFen)),
			})
			v.Put(event.Event{
				ID: ids.event, Bucket: a.pay.Bucket, At: now, Merchant: a.pay.Merchant, Kind: "authorization.lapsed", Subject: a.pay.ID,
				Body: fmt.Sprintf(`{"payment":%q,"state":%q,"amount":%d}`, a.pay.ID, a.pay.State, a.pay.AuthorizedFen),
			})
			return nil
		},
	})
	return err == nil && ended, err
}

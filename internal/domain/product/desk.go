package product

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/yifen-pay/yifen/internal/domain/audit"
	"github.com/yifen-pay/yifen/internal/domain/calendar"
	"github.com/yifen-pay/yifen/internal/domain/directory"
	"github.com/yifen-pay/yifen/internal/domain/event"
	"github.com/yifen-pay/yifen/internal/domain/fee"
	"github.com/yifen-pay/yifen/internal/domain/id"
	"github.com/yifen-pay/yifen/internal/domain/merchant"
	"github.com/yifen-pay/yifen/internal/domain/number"
	"github.com/yifen-pay/yifen/internal/domain/step"
)

// Desk opens and closes services.
type Desk struct {
	gate  step.Gate
	store step.Reader
	ids   *id.Maker
	now   func() time.Time
	// institutions are the three digits with which merchant numbers begin, in the order in which they are used.
	institutions []string
}

// NewDesk returns a desk.
func NewDesk(gate step.Gate, store step.Reader, ids *id.Maker, now func() time.Time, institutions []string) *Desk {
	return &Desk{gate, store, ids, now, institutions}
}

// SavePlan makes a plan or another version of it. Services that are open keep what was agreed.
func (d *Desk) SavePlan(ctx context.Context, p Plan, by string) (Plan, error) {
	if err := p.Check(); err != nil {
		return p, err
	}
	p.UpdatedAt = calendar.At(d.now())
	trail := d.ids.New("aud_", 0)
	err := d.gate.Do(ctx, step.Step{
		Name: "plan.save", Class: step.Staff, Keys: []step.Key{p.Key()},
		Run: func(v step.View) error {
			old, _, err := step.Get[Plan](v, p.Key())
			if err != nil {
				return err
			}
			p.Version = old.Version + 1
			v.Put(p)
			v.Put(audit.Record{
				ID: trail, At: p.UpdatedAt, Actor: by, Action: "plan.saved", Subject: p.ID,
				Detail: fmt.Sprintf("version %d: %s", p.Version, fee.Encode(p.Rules)),
			})
			return nil
		},
	})
	return p, err
}

// Ask asks for a service under a plan as it was shown. Whoever asks agrees to its fees and terms.
func (d *Desk) Ask(ctx context.Context, merchantID string, plan string, version int64, by string) (Service, error) {
	now := calendar.At(d.now())
	p, found, err := step.Read[Plan](ctx, d.store, PlanKey(plan))
	switch {
	case err != nil:
		return Service{}, err
	case !found || !p.Offered:
		return Service{}, ErrNoPlan
	}
	return d.change(ctx, merchantID, p.Kind, Request, by, []step.Key{p.Key(), merchant.Key(merchantID)}, func(v step.View, s *Service) (string, error) {
		p, err := step.Must[Plan](v, p.Key(), ErrNoPlan)
		if err != nil {
			return "", err
		}
		m, err := step.Must[merchant.Merchant](v, merchant.Key(merchantID), merchant.ErrNotFound)
		switch {
		case err != nil:
			return "", err
		case m.State != merchant.Active:
			return "", ErrNotYet
		case p.Version != version || !p.Offered:
			return "", ErrTerms
		case !p.For(m.Kind):
			return "", ErrNotFor
		}
		s.Plan, s.PlanVersion, s.Rules, s.Limits, s.Terms = p.ID, p.Version, p.Rules, p.Limits, p.Terms
		s.AgreedBy, s.AgreedAt, s.Reason, s.DecidedBy = by, now, "", ""
		return fmt.Sprintf("plan %s version %d, terms %s", p.ID, p.Version, p.Terms), nil
	})
}

// Open opens a service that was asked for. Wallets know the merchant by a number of theirs.
func (d *Desk) Open(ctx context.Context, merchantID string, k Kind, subMerchant, by string) (Service, error) {
	subMerchant = strings.TrimSpace(subMerchant)
	if (k == WeChat || k == Alipay) && subMerchant == "" {
		return Service{}, ErrSub
	}
	if err := d.ensureNumber(ctx, merchantID, by); err != nil {
		return Service{}, err
	}
	keys := []step.Key{merchant.Key(merchantID), fee.MerchantKey(merchantID)}
	return d.change(ctx, merchantID, k, Start, by, keys, func(v step.View, s *Service) (string, error) {
		s.SubMerchant, s.DecidedBy, s.Reason = subMerchant, by, ""
		if err := raiseLimits(v, s); err != nil {
			return "", err
		}
		return "plan " + s.Plan, schedule(v, s)
	})
}

// Reject refuses a service that was asked for.
func (d *Desk) Reject(ctx context.Context, merchantID string, k Kind, reason, by string) (Service, error) {
	return d.decide(ctx, merchantID, k, Reject, reason, by)
}

// Suspend stops a service: from now on nothing that it covers is collected.
func (d *Desk) Suspend(ctx context.Context, merchantID string, k Kind, reason, by string) (Service, error) {
	return d.decide(ctx, merchantID, k, Suspend, reason, by)
}

// Resume lets a service that was suspended work again, under what was agreed.
func (d *Desk) Resume(ctx context.Context, merchantID string, k Kind, by string) (Service, error) {
	return d.decide(ctx, merchantID, k, Resume, "-", by)
}

// Close ends a service for good; it may be asked for anew.
func (d *Desk) Close(ctx context.Context, merchantID string, k Kind, reason, by string) (Service, error) {
	return d.decide(ctx, merchantID, k, Close, reason, by)
}

func (d *Desk) decide(ctx context.Context, merchantID string, k Kind, a Act, reason, by string) (Service, error) {
	if reason = strings.TrimSpace(reason); reason == "" {
		return Service{}, ErrReason
	}
	if _, err := id.BucketOf(merchantID); err != nil {
		return Service{}, merchant.ErrNotFound
	}
	return d.change(ctx, merchantID, k, a, by, []step.Key{fee.MerchantKey(merchantID)}, func(v step.View, s *Service) (string, error) {
		s.DecidedBy, s.Reason = by, strings.TrimPrefix(reason, "-")
		return s.Reason, schedule(v, s)
	})
}

// change takes a service through an act, says so in the trail and tells it.
func (d *Desk) change(ctx context.Context, merchantID string, k Kind, a Act, by string, keys []step.Key, change func(step.View, *Service) (detail string, err error)) (Service, error) {
	b, err := id.BucketOf(merchantID)
	if err != nil {
		return Service{}, merchant.ErrNotFound
	}
	now, trail, told := calendar.At(d.now()), d.ids.New("aud_", b), d.ids.New("evt_", b)
	key := Key(merchantID, k)
	var changed Service
	err = d.gate.Do(ctx, step.Step{
		Name: "service." + string(a), Class: step.Staff, Keys: append(keys, key),
		Run: func(v step.View) error {
			s, found, err := step.Get[Service](v, key)
			switch {
			case err != nil:
				return err
			case !found && a != Request:
				return ErrNotFound
			case !found:
				s = Service{Merchant: merchantID, Bucket: b, Kind: k, CreatedAt: now}
			}
			was := s.State
			if s.State, err = was.After(a); err != nil {
				return err
			}
			detail, err := change(v, &s)
			if err != nil {
				return err
			}
			s.ChangedAt = now
			v.Put(s)
			v.Put(audit.Record{ID: trail, Bucket: b, Merchant: merchantID, At: now, Actor: by, Action: "service." + string(a), Subject: key.ID, Detail: detail})
			v.Put(event.Event{
				ID: told, Bucket: b, At: now, Merchant: merchantID, Kind: "service." + string(s.State), Subject: key.ID,
				Body: fmt.Sprintf(`{"merchant":%q,"service":%q,"state":%q,"was":%q}`, merchantID, k, s.State, was),
			})
			changed = s
			return nil
		},
	})
	return changed, err
}

// schedule makes the merchant's fee schedule say what a service's state wants: its rules while it is open, nothing of it otherwise.
func schedule(v step.View, s *Service) error {
	key := fee.MerchantKey(s.Merchant)
	list, found, err := step.Get[fee.Schedule](v, key)
	if err != nil {
		return err
	}
	if !found {
		list = fee.Schedule{Owner: s.Merchant, Bucket: s.Bucket}
	}
	kept := make([]fee.Rule, 0, len(list.Rules)+len(s.Rules))
	for _, r := range list.Rules {
		if !s.Kind.covers(r) {
			kept = append(kept, r)
		}
	}
	if s.State == Open {
		kept = append(kept, s.Rules...)
	}
	list.Rules = kept
	list.Version++
	v.Put(list)
	return nil
}

// raiseLimits lets the merchant as a whole collect what its widest service may; what was set stricter by hand is kept where it is
// not the service's to say.
func raiseLimits(v step.View, s *Service) error {
	m, err := step.Must[merchant.Merchant](v, merchant.Key(s.Merchant), merchant.ErrNotFound)
	if err != nil {
		return err
	}
	if m.State != merchant.Active {
		return ErrNotYet
	}
	m.SingleMax = widest(m.SingleMax, s.Limits.SingleMaxFen)
	m.DayCountMax = widest(m.DayCountMax, s.Limits.DayCountMax)
	m.DaySumMax = widest(m.DaySumMax, s.Limits.DaySumMaxFen)
	v.Put(m)
	return nil
}

// widest returns the larger of two limits. A merchant that has none yet takes the service's.
func widest(has, asked int64) int64 {
	if has == 0 {
		return asked
	}
	return max(has, asked)
}

// sequenceMax is how many merchants of one institution, area and category there can be.
const sequenceMax = 9999

// ensureNumber gives a merchant its number when it has none yet.
func (d *Desk) ensureNumber(ctx context.Context, merchantID, by string) error {
	if _, err := id.BucketOf(merchantID); err != nil {
		return merchant.ErrNotFound
	}
	m, found, err := step.Read[merchant.Merchant](ctx, d.store, merchant.Key(merchantID))
	switch {
	case err != nil:
		return err
	case !found:
		return merchant.ErrNotFound
	case m.Number != "":
		return nil
	case m.State != merchant.Active || len(m.Area) < 4 || len(m.Category) != 4:
		return ErrNotYet
	}
	for _, institution := range d.institutions {
		prefix := institution + m.Area[:4] + m.Category
		for {
			n, err := number.Take(ctx, d.gate, "merchant/"+prefix, 1)
			if err != nil {
				return err
			}
			if n > sequenceMax {
				break // the next institution goes on
			}
			err = d.giveNumber(ctx, m, fmt.Sprintf("%s%04d", prefix, n), by)
			if !errors.Is(err, directory.ErrTaken) {
				return err
			}
		}
	}
	return ErrNumbers
}

// giveNumber reserves a number for a merchant and writes it down there.
func (d *Desk) giveNumber(ctx context.Context, m merchant.Merchant, text, by string) error {
	entry := directory.Entry{Kind: directory.MerchantNumber, Name: text, Target: m.ID}
	if err := d.gate.Do(ctx, step.Step{
		Name: "merchant.reserve", Class: step.Staff, Keys: []step.Key{entry.Key()},
		Run: func(v step.View) error { return directory.Reserve(v, entry) },
	}); err != nil {
		return err
	}
	now, trail := calendar.At(d.now()), d.ids.New("aud_", m.Bucket)
	return d.gate.Do(ctx, step.Step{
		Name: "merchant.number", Class: step.Staff, Keys: []step.Key{m.Key()},
		Run: func(v step.View) error {
			row, err := step.Must[merchant.Merchant](v, m.Key(), merchant.ErrNotFound)
			if err != nil || row.Number != "" { // somebody was faster: the number stays unused
				return err
			}
			row.Number = text
			v.Put(row)
			v.Put(audit.Record{ID: trail, Bucket: row.Bucket, Merchant: row.ID, At: now, Actor: by, Action: "merchant.numbered", Subject: row.ID, Detail: text})
			return nil
		},
	})
}

package merchant

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/yifen-pay/yifen/internal/domain/access"
	"github.com/yifen-pay/yifen/internal/domain/audit"
	"github.com/yifen-pay/yifen/internal/domain/calendar"
	"github.com/yifen-pay/yifen/internal/domain/event"
	"github.com/yifen-pay/yifen/internal/domain/id"
	"github.com/yifen-pay/yifen/internal/domain/step"
)

// Config is what a service works with. All but Unsettled must be set.
type Config struct {
	Gate    step.Gate
	Records Records
	Vault   Vault
	Bureau  Bureau
	Clean   Cleaner
	IDs     *id.Maker
	Now     func() time.Time

	// Unsettled, when set, names what of a merchant is still open, before it may be closed.
	Unsettled func(ctx context.Context, merchant string) ([]Unsettled, error)
}

// Service takes applications in, has them reviewed, and keeps what is known of merchants.
type Service struct {
	gate    step.Gate
	records Records
	vault   Vault
	bureau  Bureau
	clean   Cleaner
	ids     *id.Maker
	now     func() time.Time

	unsettled func(ctx context.Context, merchant string) ([]Unsettled, error)
}

// NewService returns a service.
func NewService(c Config) *Service {
	s := &Service{
		gate: c.Gate, records: c.Records, vault: c.Vault, bureau: c.Bureau, clean: c.Clean, ids: c.IDs, now: c.Now,
		unsettled: c.Unsettled,
	}
	if s.unsettled == nil {
		s.unsettled = func(context.Context, string) ([]Unsettled, error) { return nil, nil }
	}
	return s
}

// may refuses an actor who lacks a permission, or for whom the merchant does not exist.
func may(who access.Actor, p access.Permission, merchant string) error {
	if !who.Scope().Covers(merchant) {
		return access.ErrScope
	}
	if !who.May(p) {
		return access.ErrForbidden
	}
	return nil
}

// mayReview refuses whoever is not staff that reviews.
func mayReview(who access.Actor, a Application) error {
	if who.Realm != access.Platform {
		return access.ErrForbidden
	}
	return may(who, access.ApplicationReview, a.Merchant)
}

// application reads an application and what it holds.
func (s *Service) application(ctx context.Context, application string) (Application, Content, error) {
	if _, err := id.BucketOf(application); err != nil {
		return Application{}, Content{}, ErrApplication
	}
	a, found, err := step.Read[Application](ctx, s.records, ApplicationKey(application))
	if err == nil && !found {
		err = ErrApplication
	}
	if err != nil {
		return a, Content{}, err
	}
	c, err := s.open(a)
	return a, c, err
}

// open opens the content of an application.
func (s *Service) open(a Application) (c Content, err error) {
	raw, err := s.vault.OpenData(a.Content, a.record())
	if err != nil {
		return c, fmt.Errorf("open application %s: %w", a.ID, err)
	}
	if err = json.Unmarshal(raw, &c); err != nil {
		return Content{}, fmt.Errorf("read application %s: its content is no form", a.ID)
	}
	return c, nil
}

func (s *Service) seal(a Application, c Content) []byte {
	return s.vault.SealData(c.encode(), a.record())
}

// profile returns what is known of a merchant as of an application; "" is nothing.
func (s *Service) profile(ctx context.Context, application string) (f Form, err error) {
	if application == "" {
		return f, nil
	}
	p, found, err := step.Read[Profile](ctx, s.records, profileKey(application))
	if err == nil && !found {
		err = ErrNotFound
	}
	if err != nil {
		return f, err
	}
	raw, err := s.vault.OpenData(p.Content, profileRecord(application))
	if err != nil {
		return f, fmt.Errorf("open profile %s: %w", application, err)
	}
	if err = json.Unmarshal(raw, &f); err != nil {
		return Form{}, fmt.Errorf("read profile %s: its content is no form", application)
	}
	return f, nil
}

// whole returns the form of an application laid over what is known.
func (s *Service) whole(ctx context.Context, a Application, c Content) (Form, error) {
	base, err := s.profile(ctx, a.Base)
	return c.Form.Over(base, splitSections(a.Sections)), err
}

// merchant reads a merchant.
func (s *Service) merchant(ctx context.Context, merchant string) (Merchant, error) {
	if _, err := id.BucketOf(merchant); err != nil {
		return Merchant{}, ErrNotFound
	}
	m, found, err := step.Read[Merchant](ctx, s.records, Key(merchant))
	if err == nil && !found {
		err = ErrNotFound
	}
	return m, err
}

// transition moves an application by a verb and writes down that it did. Checks of who may are the caller's.
func transition(v step.View, a *Application, verb Verb, by, reason string, now calendar.Instant) error {
	next, err := ApplicationTransitions.Next(a.State, verb)
	if err != nil {
		return err
	}
	h := History{
		Application: a.ID, Bucket: a.Bucket, Number: a.Entries + 1, Verb: verb, From: a.State, To: next, By: by, Reason: reason, At: now,
	}
	a.State, a.UpdatedAt = next, now
	a.Version++
	a.Entries++
	h.Version = a.Version
	v.Put(h)
	return nil
}

// marks are the ids of the records that a step appends: drawn before it, since a step has no chance.
type marks struct{ trail, event string }

func (s *Service) marks(b id.Bucket) marks { return marks{s.ids.New("aud_", b), s.ids.New("evt_", b)} }

// tell writes a change of an application into the trail and the outbox. No name and no number stands in either.
func (k marks) tell(v step.View, a Application, action, by, detail string, now calendar.Instant) {
	v.Put(audit.Record{ID: k.trail, Bucket: a.Bucket, At: now, Actor: by, Action: action, Subject: a.ID, Merchant: a.Merchant, Detail: detail})
	v.Put(event.Event{
		ID: k.event, Bucket: a.Bucket, At: now, Merchant: a.Merchant, Kind: action, Subject: a.ID,
		Body: fmt.Sprintf(`{"id":%q,"merchant":%q,"purpose":%q,"state":%q}`, a.ID, a.Merchant, a.Purpose, a.State),
	})
}

// change runs a change of an application as one step and returns it as it is then. version is the one that the caller
// worked on, 0 for whichever it is.
func (s *Service) change(
	ctx context.Context, application string, version int64, action, by string, more []step.Key,
	run func(v step.View, a *Application, now calendar.Instant) (detail string, err error),
) (Application, error) {
	now, k := calendar.At(s.now()), s.marks(id.MustBucket(application))
	var changed Application
	err := s.gate.Do(ctx, step.Step{
		Name: action, Class: step.Staff, Keys: append([]step.Key{ApplicationKey(application)}, more...),
		Run: func(v step.View) error {
			a, err := step.Must[Application](v, ApplicationKey(application), ErrApplication)
			if err != nil {
				return err
			}
			if version != 0 && a.Version != version {
				return ErrChanged
			}
			detail, err := run(v, &a, now)
			if err != nil {
				return err
			}
			v.Put(a)
			k.tell(v, a, action, by, detail, now)
			changed = a
			return nil
		},
	})
	return changed, err
}

// reasonMax bounds the characters of a reason.
const reasonMax = 500

// reasoned refuses an empty reason and one without an end.
func reasoned(reason string) (string, error) {
	reason = typed(reason)
	if reason == "" || len([]rune(reason)) > reasonMax {
		return "", access.ErrReason.With("give a reason of 1 to %d characters", reasonMax)
	}
	return reason, nil
}

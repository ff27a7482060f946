package merchant

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/yifen-pay/yifen/internal/domain/access"
	"github.com/yifen-pay/yifen/internal/domain/audit"
	"github.com/yifen-pay/yifen/internal/domain/calendar"
	"github.com/yifen-pay/yifen/internal/domain/event"
	"github.com/yifen-pay/yifen/internal/domain/id"
	"github.com/yifen-pay/yifen/internal/domain/step"
)

// heldBy refuses a reviewer who does not hold the application.
func (a Application) heldBy(who access.Actor, now calendar.Instant) error {
	if a.State != Claimed {
		return ErrState.With("claim the application before deciding on it")
	}
	if a.ClaimedBy != who.ID {
		return ErrClaim
	}
	if now >= a.ClaimedUntil {
		return ErrClaim.With("the time to review is over: claim the application again")
	}
	return nil
}

// Claim gives a reviewer the application for a while. Again by the same reviewer, it begins anew.
func (s *Service) Claim(ctx context.Context, who access.Actor, application string) (Application, error) {
	return s.review(ctx, who, application, 0, "application.claimed", func(v step.View, a *Application, now calendar.Instant) (string, error) {
		if a.State == Claimed && a.ClaimedBy != who.ID && now < a.ClaimedUntil {
			return "", ErrClaim
		}
		a.ClaimedBy, a.ClaimedUntil = who.ID, now.Add(ClaimFor)
		return "", transition(v, a, Claim, who.Trail(), "", now)
	})
}

// Release gives an application back to the others.
func (s *Service) Release(ctx context.Context, who access.Actor, application string) (Application, error) {
	return s.review(ctx, who, application, 0, "application.released", func(v step.View, a *Application, now calendar.Instant) (string, error) {
		if a.State == Claimed && a.ClaimedBy != who.ID {
			return "", ErrClaim
		}
		a.ClaimedBy, a.ClaimedUntil = "", 0
		return "", transition(v, a, Release, who.Trail(), "", now)
	})
}

// review changes an application for a reviewer.
func (s *Service) review(
	ctx context.Context, who access.Actor, application string, version int64, action string,
	run func(v step.View, a *Application, now calendar.Instant) (string, error),
) (Application, error) {
	a, _, err := s.application(ctx, application)
	if err == nil {
		err = mayReview(who, a)
	}
	if err != nil {
		return a, err
	}
	return s.change(ctx, application, version, action, who.Trail(), nil, run)
}

// Return gives an application back to the applicant with what is to be corrected, field by field.
func (s *Service) Return(ctx context.Context, who access.Actor, application string, version int64, remarks []Remark, reason string) (Application, error) {
	if len(remarks) == 0 || len(remarks) > remarksMax {
		return Application{}, ErrRemarks
	}
	for _, r := range remarks {
		if r.Field == "" || len(r.Field) > 60 || strings.TrimSpace(r.Text) == "" || utf8.RuneCountInString(r.Text) > remarkMax {
			return Application{}, ErrRemarks
		}
	}
	a, c, err := s.application(ctx, application)
	if err == nil {
		err = mayReview(who, a)
	}
	if err != nil {
		return a, err
	}
	c.Remarks = remarks
	sealed := s.seal(a, c)
	return s.change(ctx, application, version, "application.returned", who.Trail(), nil,
		func(v step.View, a *Application, now calendar.Instant) (string, error) {
			if err := a.heldBy(who, now); err != nil {
				return "", err
			}
			a.Content, a.Reason, a.ClaimedBy, a.ClaimedUntil = sealed, typed(reason), "", 0
			return fmt.Sprintf("%d fields", len(remarks)), transition(v, a, Return, who.Trail(), a.Reason, now)
		})
}

// Reject ends an application with a reason.
func (s *Service) Reject(ctx context.Context, who access.Actor, application string, version int64, reason string) (Application, error) {
	reason, err := reasoned(reason)
	if err != nil {
		return Application{}, err
	}
	a, _, err := s.application(ctx, application)
	if err == nil {
		err = mayReview(who, a)
	}
	if err != nil {
		return a, err
	}
	return s.end(ctx, a, version, Reject, who, reason)
}

// Approval is an approval as it was prepared: everything that a step needs to carry it out, and nothing that is secret.
// It may be kept as the payload of a proposal until a second person decides.
type Approval struct {
	Application string `json:"application"`
	Merchant    string `json:"merchant"`
	Version     int64  `json:"version"`
	Facts       Facts  `json:"facts"`
	Grade       Grade  `json:"grade"`
	Override    string `json:"override,omitempty"` // why, although a check did not match
	First       string `json:"first"`              // account of who prepared it
	Trail       string `json:"trail"`              // ids of what is written
	Event       string `json:"event"`
}

// NeedsTwo tells whether a second person has to decide.
func (p Approval) NeedsTwo() bool { return p.Grade == High || p.Override != "" }

// Plan prepares an approval: it looks once more at form, block list and checks, and
// seals the profile that will hold. override says why it may be approved although a check did not match, "" where
// all do. Nothing is approved by it.
func (s *Service) Plan(ctx context.Context, who access.Actor, application string, version int64, override string) (Approval, error) {
	a, c, err := s.application(ctx, application)
	if err == nil {
		err = mayReview(who, a)
	}
	if err != nil {
		return Approval{}, err
	}
	now := calendar.At(s.now())
	switch {
	case a.Version != version:
		return Approval{}, ErrChanged
	case a.CreatedBy == who.Trail() || a.SubmittedBy == who.Trail():
		return Approval{}, access.ErrSamePerson.With("whoever typed the application in cannot approve it")
	}
	if err := a.heldBy(who, now); err != nil {
		return Approval{}, err
	}
	if override != "" {
		if override, err = reasoned(override); err != nil {
			return Approval{}, err
		}
	}
	full, err := s.whole(ctx, a, c)
	if err != nil {
		return Approval{}, err
	}
	if found := full.Check(dayOf(now)); found.Failed() {
		return Approval{}, ErrIncomplete.With("the form has mistakes by now: %s", found)
	}
	signs, err := s.register(ctx, a.Merchant, full)
	if err != nil {
		return Approval{}, err
	}
	if signs.Blocked {
		return Approval{}, ErrBlocked
	}
	for id := range strings.FieldsSeq(a.Checks) {
		check, found, err := step.Read[Check](ctx, s.records, checkKey(a.ID, id))
		if err != nil {
			return Approval{}, err
		}
		if (!found || check.State != Match) && override == "" {
			return Approval{}, ErrChecks
		}
	}
	m, err := s.merchant(ctx, a.Merchant)
	if err != nil {
		return Approval{}, err
	}
	p := Approval{
		Application: a.ID, Merchant: m.ID, Version: a.Version, Facts: full.facts(), Grade: a.Grade,
		Override: override, First: who.ID, Trail: s.ids.New("aud_", a.Bucket), Event: s.ids.New("evt_", a.Bucket),
	}
	return p, s.prepare(ctx, a, full, now)
}

// prepare seals the profile that an approval will make the merchant's.
func (s *Service) prepare(ctx context.Context, a Application, full Form, now calendar.Instant) error {
	sealed := s.vault.SealData(full.encode(), profileRecord(a.ID))
	return s.gate.Do(ctx, step.Step{
		Name: "profile.prepare", Class: step.Staff, Keys: []step.Key{profileKey(a.ID)},
		Run: func(v step.View) error {
			old, found, err := step.Get[Profile](v, profileKey(a.ID))
			if err != nil || found && old.Version == a.Version {
				return err
			}
			v.Put(Profile{Application: a.ID, Bucket: a.Bucket, Merchant: a.Merchant, Version: a.Version, Content: sealed, CreatedAt: now})
			return nil
		},
	})
}

// Keys names the rows that [Service.Apply] gets.
func (p Approval) Keys() []step.Key {
	b := id.MustBucket(p.Application)
	return []step.Key{
		ApplicationKey(p.Application), Key(p.Merchant), pendingKey(p.Merchant), profileKey(p.Application),
		{Table: StoreTable, Bucket: b, ID: firstStore(p.Merchant)},
	}
}

// firstStore is the id of the store that a merchant begins with.
func firstStore(merchant string) string { return StorePrefix + strings.TrimPrefix(merchant, Prefix) }

// Apply carries a prepared approval out, within a step that names its keys. second is the account of the second
// person, "" for nobody; what needs two people is refused without one. It runs again with the step.
func (s *Service) Apply(v step.View, p Approval, second string, now calendar.Instant) error {
	if second == p.First {
		return access.ErrSamePerson
	}
	a, err := step.Must[Application](v, ApplicationKey(p.Application), ErrApplication)
	if err != nil {
		return err
	}
	m, err := step.Must[Merchant](v, Key(p.Merchant), ErrNotFound)
	if err != nil {
		return err
	}
	profile, err := step.Must[Profile](v, profileKey(p.Application), ErrChanged)
	if err != nil {
		return err
	}
	if second == "" && (a.Grade == High || p.Override != "") {
		return ErrTwoPeople
	}
	if a.Version != p.Version || profile.Version != p.Version || a.ClaimedBy != p.First || m.Profile != a.Base || a.Merchant != m.ID {
		return ErrChanged
	}
	if p.Override == "" {
		for id := range strings.FieldsSeq(a.Checks) {
			if check, err := step.Must[Check](v, checkKey(a.ID, id), ErrChecks); err != nil {
				return err
			} else if check.State != Match {
				return ErrChecks
			}
		}
	}
	if err := transition(v, &a, Approve, "platform:"+p.First, p.Override, now); err != nil {
		return err
	}
	a.DecidedBy, a.SecondBy, a.DecidedAt, a.Override, a.ClaimedBy, a.ClaimedUntil = p.First, second, now, p.Override, "", 0
	if a.Purpose == Onboarding {
		if m.State, err = MerchantTransitions.Next(m.State, Approve); err != nil {
			return err
		}
		m.ApprovedAt = now
		v.Put(Store{
			ID: firstStore(m.ID), Bucket: m.Bucket, Merchant: m.ID, Name: p.Facts.Name, NameEN: p.Facts.NameEN, Area: p.Facts.Area,
			Address: p.Facts.Address, Phone: p.Facts.Phone, CreatedAt: now,
		})
	} else if a.Carries(SectionPlace) {
		place, found, err := step.Get[Store](v, step.Key{Table: StoreTable, Bucket: m.Bucket, ID: firstStore(m.ID)})
		if err != nil {
			return err
		}
		if found {
			place.Area, place.Address, place.Phone = p.Facts.Area, p.Facts.Address, p.Facts.Phone
			v.Put(place)
		}
	}
	m.describe(p.Facts)
	m.Profile, m.Grade, m.UpdatedAt = a.ID, a.Grade, now
	if a.Purpose != Change || m.VerifyBy == 0 {
		m.VerifyBy = months(dayOf(now), verifyMonths[a.Grade])
	}
	m.due()
	if err := finished(v, a); err != nil {
		return err
	}
	v.Put(a)
	v.Put(m)
	// The merchant reads the trail: whether it took two people would tell its grade. The row says who they were.
	v.Put(audit.Record{ID: p.Trail, Bucket: a.Bucket, At: now, Actor: "platform:" + p.First, Action: "application.approved", Subject: a.ID, Merchant: m.ID})
	v.Put(event.Event{
		ID: p.Event, Bucket: a.Bucket, At: now, Merchant: m.ID, Kind: "application.approved", Subject: a.ID,
		Body: fmt.Sprintf(`{"id":%q,"merchant":%q,"purpose":%q,"state":%q,"number":%q}`, a.ID, m.ID, a.Purpose, a.State, m.Number),
	})
	return nil
}

// Approve approves what one person may: a form whose checks all match, of a grade below high.
func (s *Service) Approve(ctx context.Context, who access.Actor, application string, version int64) (Merchant, error) {
	p, err := s.Plan(ctx, who, application, version, "")
	if err == nil && p.NeedsTwo() {
		err = ErrTwoPeople
	}
	if err != nil {
		return Merchant{}, err
	}
	now := calendar.At(s.now())
	err = s.gate.Do(ctx, step.Step{
		Name: "application.approve", Class: step.Staff, Keys: p.Keys(),
		Run: func(v step.View) error { return s.Apply(v, p, "", now) },
	})
	if err != nil {
		return Merchant{}, err
	}
	return s.merchant(ctx, p.Merchant)
}

// Relation is a merchant that shares a subject with an application, and by what.
type Relation struct {
	Merchant Merchant
	Kinds    []SubjectKind
}

// Related returns the other merchants that share a subject with an application, and the entries of the block list that
// name one.
func (s *Service) Related(ctx context.Context, who access.Actor, application string) (related []Relation, blocks []Block, err error) {
	a, c, err := s.application(ctx, application)
	if err == nil {
		err = mayReview(who, a)
	}
	if err != nil {
		return nil, nil, err
	}
	full, err := s.whole(ctx, a, c)
	if err != nil {
		return nil, nil, err
	}
	subjects, err := s.subjects(full)
	if err != nil {
		return nil, nil, err
	}
	for _, k := range subjects {
		live, _, err := s.uses(ctx, k)
		if err != nil {
			return nil, nil, err
		}
		for _, u := range live {
			at := slices.IndexFunc(related, func(r Relation) bool { return r.Merchant.ID == u.Merchant })
			switch {
			case u.Merchant == a.Merchant:
			case at >= 0:
				related[at].Kinds = append(related[at].Kinds, k.kind)
			default:
				m, err := s.merchant(ctx, u.Merchant)
				if err != nil {
					return nil, nil, err
				}
				related = append(related, Relation{m, []SubjectKind{k.kind}})
			}
		}
		b, found, err := step.Read[Block](ctx, s.records, blockKey(k.kind, k.index))
		if err != nil {
			return nil, nil, err
		}
		if found && b.Holds(calendar.At(s.now())) {
			blocks = append(blocks, b)
		}
	}
	return related, blocks, nil
}

package merchant

import (
	"context"
	"fmt"
	"slices"

	"github.com/yifen-pay/yifen/internal/domain/access"
	"github.com/yifen-pay/yifen/internal/domain/calendar"
	"github.com/yifen-pay/yifen/internal/domain/id"
	"github.com/yifen-pay/yifen/internal/domain/identity"
	"github.com/yifen-pay/yifen/internal/domain/step"
)

// View is an application as somebody may see it.
type View struct {
	Application Application // Content is empty
	Form        Form        // what the application says
	Known       Form        // what was known before, zero for a new merchant
	Remarks     []Remark
	Findings    identity.Findings // of the form laid over what is known
	Missing     []DocumentKind
	Masked      bool // numbers are masked
}

// Show returns an application. Who may not see documents sees masked numbers; staff who see them are noted in the trail.
func (s *Service) Show(ctx context.Context, who access.Actor, application string) (View, error) {
	a, c, err := s.application(ctx, application)
	if err == nil {
		err = maySee(who, a)
	}
	if err != nil {
		return View{}, err
	}
	known, err := s.profile(ctx, a.Base)
	if err != nil {
		return View{}, err
	}
	full := c.Form.Over(known, splitSections(a.Sections))
	missing, err := s.missing(ctx, a, full)
	if err != nil {
		return View{}, err
	}
	view := View{
		Application: a, Form: c.Form, Known: known, Remarks: c.Remarks, Missing: missing,
		Findings: full.Check(dayOf(calendar.At(s.now()))),
	}
	if !who.May(access.DocumentView) {
		view.Form, view.Known, view.Masked = view.Form.Masked(), view.Known.Masked(), true
	} else if who.Realm == access.Platform {
		if err := s.note(ctx, a.Bucket, who.Trail(), "application.viewed", a.ID, ""); err != nil {
			return View{}, err
		}
	}
	view.Application.Content = nil
	return view, nil
}

// Party returns who signs the terms that go with an application, to whom the application is open.
func (s *Service) Party(ctx context.Context, who access.Actor, application string) (Party, error) {
	a, c, err := s.application(ctx, application)
	if err == nil {
		err = maySee(who, a)
	}
	if err != nil {
		return Party{}, err
	}
	full, err := s.whole(ctx, a, c)
	return PartyOf(full), err
}

// missing lists the documents that the form needs and the application lacks.
func (s *Service) missing(ctx context.Context, a Application, f Form) (kinds []DocumentKind, err error) {
	documents, err := s.records.DocumentsOf(ctx, a.ID)
	if err != nil {
		return nil, err
	}
	for _, k := range f.Required(splitSections(a.Sections)) {
		if !slices.ContainsFunc(documents, func(d Document) bool { return d.Kind == k && !d.Removed }) {
			kinds = append(kinds, k)
		}
	}
	return kinds, nil
}

// Start begins an application for a new merchant: its row, in the state applying, and an empty draft. Anybody with an
// account of a merchant's person may; staff do it for others.
func (s *Service) Start(ctx context.Context, who access.Actor, kind Kind, agent string) (Application, error) {
	applicant := who.Realm == access.Merchant && who.Session != ""
	staff := who.Realm == access.Platform && who.May(access.MerchantEdit)
	if who.Realm == access.Agent && who.Agent != "" && who.May(access.ApplicationEdit) {
		agent, staff = who.Agent, true // who brings the merchant types it in, as staff do
	}
	if !applicant && !staff {
		return Application{}, access.ErrForbidden
	}
	if !slices.Contains(Kinds, kind) {
		return Application{}, ErrIncomplete.With("choose enterprise, individual or micro")
	}
	if agent = typed(agent); !staff {
		agent = ""
	}
	owner := who.ID
	if staff {
		owner = ""
	}
	return s.begin(ctx, who.Trail(), owner, agent, Applied, Form{Kind: kind})
}

// begin makes a merchant and its draft.
func (s *Service) begin(ctx context.Context, by, owner, agent string, origin Origin, f Form) (Application, error) {
	now := calendar.At(s.now())
	m := Merchant{ID: s.ids.NewRoot(Prefix), State: Applying, Kind: f.Kind, Agent: agent, Owner: owner, Origin: origin, CreatedAt: now, UpdatedAt: now}
	m.Bucket = id.MustBucket(m.ID)
	m.describe(f.facts())
	a := Application{
		ID: s.ids.New(ApplicationPrefix, m.Bucket), Bucket: m.Bucket, Merchant: m.ID, Purpose: Onboarding, State: Draft, Origin: origin,
		Agent: agent, Name: m.Name, Kind: f.Kind, Sections: joinSections(Sections), Version: 1, CreatedBy: by, CreatedAt: now, UpdatedAt: now,
	}
	a.Content = s.seal(a, Content{Form: f.Trimmed(Sections)})
	k := s.marks(m.Bucket)
	err := s.gate.Do(ctx, step.Step{
		Name: "application.start", Class: step.Staff, Keys: access.EnrollKeys(m.ID, owner),
		Run: func(v step.View) error {
			v.Put(m)
			v.Put(Pending{Merchant: m.ID, Bucket: m.Bucket, Application: a.ID})
			if owner != "" {
				if err := access.Enroll(v, m.member(owner, access.MemberActive, owner, now)); err != nil {
					return err
				}
			}
			started(v, &a, by, now)
			v.Put(a)
			k.tell(v, a, "application.started", by, string(a.Purpose), now)
			return nil
		},
	})
	return a, err
}

// started writes the first row of an application's history.
func started(v step.View, a *Application, by string, now calendar.Instant) {
	a.Entries = 1
	v.Put(History{Application: a.ID, Bucket: a.Bucket, Number: 1, Verb: Save, To: Draft, By: by, Version: a.Version, At: now})
}

// StartChange begins an application for some sections of what is known of a merchant, or for all of them to be
// looked at again (no sections). What changes a payee or a subject is reviewed like a new merchant.
func (s *Service) StartChange(ctx context.Context, who access.Actor, merchant string, sections []Section) (Application, error) {
	if err := may(who, access.ApplicationEdit, merchant); err != nil {
		if who.Realm != access.Platform || may(who, access.MerchantControl, merchant) != nil {
			return Application{}, err
		}
	}
	purpose := Change
	if len(sections) == 0 {
		purpose, sections = Reverification, Sections
	}
	for i, section := range sections {
		if !slices.Contains(Sections, section) || slices.Contains(sections[:i], section) {
			return Application{}, ErrSections
		}
	}
	m, err := s.merchant(ctx, merchant)
	if err != nil {
		return Application{}, err
	}
	known, err := s.profile(ctx, m.Profile)
	if err != nil {
		return Application{}, err
	}
	now, by := calendar.At(s.now()), who.Trail()
	a := Application{
		ID: s.ids.New(ApplicationPrefix, m.Bucket), Bucket: m.Bucket, Merchant: m.ID, Purpose: purpose, State: Draft, Origin: Applied,
		Agent: m.Agent, Name: m.Name, Kind: m.Kind, Sections: joinSections(sections), Base: m.Profile, Version: 1,
		CreatedBy: by, CreatedAt: now, UpdatedAt: now,
	}
	a.Content = s.seal(a, Content{Form: known.Trimmed(sections)})
	k := s.marks(m.Bucket)
	err = s.gate.Do(ctx, step.Step{
		Name: "application.start", Class: step.Staff, Keys: []step.Key{m.Key(), pendingKey(m.ID)},
		Run: func(v step.View) error {
			row, err := step.Must[Merchant](v, m.Key(), ErrNotFound)
			if err != nil {
				return err
			}
			if row.State != Active && row.State != Suspended {
				return ErrState.With("the merchant is %s: nothing about it is changed", row.State)
			}
			if row.Profile != a.Base {
				return ErrChanged
			}
			open, _, err := step.Get[Pending](v, pendingKey(m.ID))
			if err != nil {
				return err
			}
			if open.Application != "" {
				return ErrOpen
			}
			v.Put(Pending{Merchant: m.ID, Bucket: m.Bucket, Application: a.ID})
			started(v, &a, by, now)
			v.Put(a)
			k.tell(v, a, "application.started", by, string(a.Purpose)+" of "+a.Sections, now)
			return nil
		},
	})
	return a, err
}

// Save keeps what was typed, as it is: mistakes are told and stop nothing but the submission. version is the one that
// the applicant's screen shows, place the step of the form that it is at.
func (s *Service) Save(ctx context.Context, who access.Actor, application string, version int64, f Form, place string) (Application, identity.Findings, error) {
	a, c, err := s.application(ctx, application)
	if err == nil {
		err = mayEdit(who, a)
	}
	if err != nil {
		return a, nil, err
	}
	if a.Version != version {
		return a, nil, ErrChanged
	}
	c.Form, place = f.Trimmed(splitSections(a.Sections)), typed(place)
	if a.Purpose != Onboarding {
		c.Form.Kind = "" // what a merchant is in law does not change: it leaves, and comes as another
	}
	full, err := s.whole(ctx, a, c)
	if err != nil {
		return a, nil, err
	}
	sealed := s.seal(a, c)
	m := Key(a.Merchant)
	a, err = s.change(ctx, application, version, "application.saved", who.Trail(), []step.Key{m},
		func(v step.View, a *Application, now calendar.Instant) (string, error) {
			if err := transition(v, a, Save, who.Trail(), "", now); err != nil {
				return "", err
			}
			a.Content, a.Name, a.Kind, a.Step = sealed, full.Business.Name, full.Kind, place
			if a.Purpose != Onboarding {
				return "", nil
			}
			row, err := step.Must[Merchant](v, m, ErrNotFound)
			if err != nil {
				return "", err
			}
			row.describe(full.facts())
			row.UpdatedAt = now
			v.Put(row)
			return "", nil
		})
	return a, full.Check(dayOf(calendar.At(s.now()))), err
}

// mayEdit refuses whoever may not change what an application says: people of the merchant, and staff for whom nobody
// of the merchant is here yet.
func mayEdit(who access.Actor, a Application) error {
	if who.Realm == access.Agent {
		return mayBring(who, a)
	}
	err := may(who, access.ApplicationEdit, a.Merchant)
	if err != nil && who.Realm == access.Platform && who.May(access.MerchantEdit) {
		return nil
	}
	return err
}

// maySee refuses who may not see an application: an agent's people see those of merchants that the agent brought.
func maySee(who access.Actor, a Application) error {
	if who.Realm != access.Agent {
		return may(who, access.MerchantView, a.Merchant)
	}
	if who.Agent == "" || a.Agent != who.Agent || a.Purpose != Onboarding || !who.May(access.MerchantView) {
		return access.ErrScope
	}
	return nil
}

// mayBring refuses an agent's person who did not bring the merchant. Once somebody decided, the application is between the
// merchant and us.
func mayBring(who access.Actor, a Application) error {
	switch {
	case who.Agent == "" || a.Agent != who.Agent || a.Purpose != Onboarding || a.State == Approved || a.State == Rejected || a.State == Withdrawn:
		return access.ErrScope
	case !who.May(access.ApplicationEdit):
		return access.ErrForbidden
	}
	return nil
}

// Submit hands an application in for review. It refuses one with mistakes, without its documents, or without a signature
// under the terms of today, whose digest is given: a new merchant signs what it reads, and what is known of it is part of
// that. Staff and agents hand in for a merchant that is not here yet, so without its signature. Submit notes the subjects
// in the index and has the bureau asked.
func (s *Service) Submit(ctx context.Context, who access.Actor, application string, version int64, terms string) (Application, identity.Findings, error) {
	a, c, err := s.application(ctx, application)
	if err == nil {
		err = mayEdit(who, a)
	}
	if err != nil {
		return a, nil, err
	}
	full, err := s.whole(ctx, a, c)
	if err != nil {
		return a, nil, err
	}
	missing, err := s.missing(ctx, a, full)
	if err != nil {
		return a, nil, err
	}
	var lacks identity.Findings
	for _, k := range missing {
		lacks = append(lacks, lack(k, "document_missing", "add this document"))
	}
	if who.Realm == access.Merchant && a.Purpose == Onboarding {
		signed, err := s.signed(ctx, who.Scope(), a)
		switch {
		case err != nil:
			return a, nil, err
		case signed.ID == "":
			lacks = append(lacks, lack(AgreementPaper, "agreement_missing", "read the terms and sign them"))
		case signed.Digest != terms:
			lacks = append(lacks, lack(AgreementPaper, "agreement_stale", "the terms are others since you signed them: read and sign them again"))
		}
	}
	return s.submit(ctx, a, c, version, who.Trail(), lacks)
}

// lack is the finding that a document is not there.
func lack(k DocumentKind, code, message string) identity.Finding {
	return identity.Finding{Field: "document." + string(k), Code: code, Severity: identity.Error, Message: message}
}

// submit submits, unless something lacks besides what the form lacks. An import brings no papers along; they are asked for
// in review.
func (s *Service) submit(ctx context.Context, a Application, c Content, version int64, by string, lacks identity.Findings) (Application, identity.Findings, error) {
	if a.Version != version {
		return a, nil, ErrChanged
	}
	if _, err := ApplicationTransitions.Next(a.State, Submit); err != nil {
		return a, nil, err
	}
	full, err := s.whole(ctx, a, c)
	if err != nil {
		return a, nil, err
	}
	now := calendar.At(s.now())
	found := append(full.Check(dayOf(now)), lacks...)
	if found.Failed() {
		return a, found, ErrIncomplete
	}
	signs, err := s.register(ctx, a.Merchant, full)
	if err != nil {
		return a, found, err
	}
	signs.Today = dayOf(now)
	grade, reasons := Assess(full, signs)
	checks, err := s.checks(a, full, now)
	if err != nil {
		return a, found, err
	}
	keys := make([]step.Key, len(checks))
	ids := ""
	for i, check := range checks {
		keys[i] = check.Key()
		ids += check.Key().ID + " "
	}
	a, err = s.change(ctx, a.ID, version, "application.submitted", by, keys,
		func(v step.View, a *Application, now calendar.Instant) (string, error) {
			if err := transition(v, a, Submit, by, "", now); err != nil {
				return "", err
			}
			a.Grade, a.Reasons, a.Checks = grade, reasonWords(reasons), trimLast(ids)
			a.SubmittedBy, a.SubmittedAt, a.Reason = by, now, ""
			for _, check := range checks {
				if _, known, err := step.Get[Check](v, check.Key()); err != nil {
					return "", err
				} else if !known {
					v.Put(check)
				}
			}
			return fmt.Sprintf("%d checks", len(checks)), nil // not the grade: the merchant's people read the trail
		})
	return a, found, err
}

func trimLast(s string) string {
	if s == "" {
		return s
	}
	return s[:len(s)-1]
}

// register notes a merchant under each of its subjects, in commits of their own, and tells what that shows: whether
// one is on the block list, and how many other merchants share one.
func (s *Service) register(ctx context.Context, merchant string, f Form) (signs Signs, err error) {
	subjects, err := s.subjects(f)
	if err != nil {
		return signs, err
	}
	others := map[string]bool{}
	for _, k := range subjects {
		list, gone, err := s.uses(ctx, k)
		if err != nil {
			return signs, err
		}
		for _, u := range list {
			if u.Merchant != merchant {
				others[u.Merchant] = true
			}
		}
		err = s.gate.Do(ctx, step.Step{
			Name: "subject.register", Class: step.Staff, Keys: []step.Key{k.key()},
			Run: func(v step.View) error {
				row, _, err := step.Get[Subject](v, k.key())
				if err != nil {
					return err
				}
				row.Kind, row.Index = k.kind, k.index
				if err := row.register(Use{Merchant: merchant, Micro: k.micro}, gone); err != nil {
					return err
				}
				v.Put(row)
				return nil
			},
		})
		if err != nil {
			return signs, err
		}
		blocked, err := s.blocked(ctx, k)
		if err != nil {
			return signs, err
		}
		signs.Blocked = signs.Blocked || blocked
	}
	signs.Shared = len(others)
	return signs, nil
}

// uses returns the merchants of a subject that still are, and those that are not.
func (s *Service) uses(ctx context.Context, k known) (live []Use, gone []string, err error) {
	row, _, err := step.Read[Subject](ctx, s.records, k.key())
	if err != nil {
		return nil, nil, err
	}
	list, err := row.List()
	if err != nil {
		return nil, nil, err
	}
	for _, u := range list {
		m, found, err := step.Read[Merchant](ctx, s.records, Key(u.Merchant))
		if err != nil {
			return nil, nil, err
		}
		if !found || m.State == Closed {
			gone = append(gone, u.Merchant)
		} else {
			live = append(live, u)
		}
	}
	return live, gone, nil
}

func (s *Service) blocked(ctx context.Context, k known) (bool, error) {
	b, _, err := step.Read[Block](ctx, s.records, blockKey(k.kind, k.index))
	return b.Holds(calendar.At(s.now())), err
}

// checks lists the checks of an application as they are before they are asked.
func (s *Service) checks(a Application, f Form, now calendar.Instant) ([]Check, error) {
	var list []Check
	for _, one := range f.questions(splitSections(a.Sections)) {
		index, err := s.vault.IndexData("bureau", one.q.data())
		if err != nil {
			return nil, err
		}
		list = append(list, Check{
			Application: a.ID, Bucket: a.Bucket, Merchant: a.Merchant, Kind: one.q.Kind, Part: one.part, Index: index,
			State: Waiting, DueAt: now, CreatedAt: now,
		})
	}
	return list, nil
}

// Withdraw takes an application back. A merchant that was only applying is closed with it.
func (s *Service) Withdraw(ctx context.Context, who access.Actor, application, reason string) (Application, error) {
	a, _, err := s.application(ctx, application)
	if err == nil {
		err = mayEdit(who, a)
	}
	if err != nil {
		return a, err
	}
	return s.end(ctx, a, 0, Withdraw, who, reason)
}

// end ends an application without an approval.
func (s *Service) end(ctx context.Context, a Application, version int64, verb Verb, who access.Actor, reason string) (Application, error) {
	action := map[Verb]string{Withdraw: "application.withdrawn", Reject: "application.rejected"}[verb]
	m := Key(a.Merchant)
	return s.change(ctx, a.ID, version, action, who.Trail(), []step.Key{m, pendingKey(a.Merchant)},
		func(v step.View, a *Application, now calendar.Instant) (string, error) {
			if verb == Reject {
				if err := a.heldBy(who, now); err != nil {
					return "", err
				}
			}
			if err := transition(v, a, verb, who.Trail(), reason, now); err != nil {
				return "", err
			}
			a.Reason, a.DecidedBy, a.DecidedAt = reason, who.ID, now
			a.ClaimedBy, a.ClaimedUntil = "", 0
			if err := finished(v, *a); err != nil {
				return "", err
			}
			row, err := step.Must[Merchant](v, m, ErrNotFound)
			if err != nil || row.State != Applying {
				return "", err
			}
			if row.State, err = MerchantTransitions.Next(row.State, verb); err != nil {
				return "", err
			}
			row.UpdatedAt = now
			row.due()
			v.Put(row)
			return "", nil
		})
}

// finished takes an application off its merchant's open ones.
func finished(v step.View, a Application) error {
	p, found, err := step.Get[Pending](v, pendingKey(a.Merchant))
	if err != nil || !found || p.Application != a.ID {
		return err
	}
	p.Application = ""
	v.Put(p)
	return nil
}

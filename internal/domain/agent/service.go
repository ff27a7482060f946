package agent

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/yifen-pay/yifen/internal/domain/access"
	"github.com/yifen-pay/yifen/internal/domain/audit"
	"github.com/yifen-pay/yifen/internal/domain/calendar"
	"github.com/yifen-pay/yifen/internal/domain/directory"
	"github.com/yifen-pay/yifen/internal/domain/event"
	"github.com/yifen-pay/yifen/internal/domain/id"
	"github.com/yifen-pay/yifen/internal/domain/identity"
	"github.com/yifen-pay/yifen/internal/domain/step"
)

// Store is what the service reads outside steps.
type Store interface {
	step.Reader
	// Below counts the agents that stand under one and have not ended.
	Below(ctx context.Context, agent string) (int64, error)
	// Held counts the merchants of an agent, Awaited those that are to pass to it.
	Held(ctx context.Context, agent string) (int64, error)
	Awaited(ctx context.Context, agent string) (int64, error)
	// DueMoves returns moves whose date has come and that the merchants' rows do not show, the oldest first.
	DueMoves(ctx context.Context, day calendar.Date, limit int) ([]Move, error)
}

// Vault seals what is private of an agent.
type Vault interface {
	SealData(data []byte, record string) []byte
	OpenData(sealed []byte, record string) ([]byte, error)
}

// Today says which row holds the open business date, and reads it.
type Today struct {
	Key  step.Key
	Date func(step.Row) calendar.Date
}

// Config is what a service is made of.
type Config struct {
	Gate  step.Gate
	Store Store
	Vault Vault
	IDs   *id.Maker
	Now   func() time.Time
	Today Today
}

// Service keeps agents.
type Service struct{ Config }

// NewService returns a service.
func NewService(c Config) *Service { return &Service{c} }

// Form is what is said of an agent.
type Form struct {
	Name            string
	CreditCode      string
	Area            string
	Registration    string
	RegisteredUntil calendar.Date
	Upper           string
	Private
}

const (
	nameMax  = 100 // characters
	shortMax = 60
)

// check returns what is wrong with a form, nil if nothing is. A draft may lack its registration and its account.
func (f *Form) check() error {
	for _, s := range []*string{&f.Name, &f.CreditCode, &f.Area, &f.Registration, &f.Upper, &f.Contact, &f.Phone, &f.Email, &f.Account.Name, &f.Account.Number, &f.Account.Bank} {
		if *s = strings.TrimSpace(*s); utf8.RuneCountInString(*s) > nameMax || !utf8.ValidString(*s) || strings.ContainsFunc(*s, func(r rune) bool { return r < ' ' }) {
			return ErrInvalid.With("texts have up to %d characters, on one line", nameMax)
		}
	}
	switch {
	case f.Name == "" || f.Contact == "":
		return ErrInvalid.With("say the firm's name and who speaks for it")
	case utf8.RuneCountInString(f.Registration) > shortMax:
		return ErrInvalid.With("the registration has up to %d characters", shortMax)
	}
	findings := append(identity.USCC("credit_code", f.CreditCode), identity.Area("area", f.Area)...)
	findings = append(findings, identity.Phone("phone", f.Phone)...)
	if f.Email != "" {
		findings = append(findings, identity.Email("email", f.Email)...)
	}
	if f.Account.Number != "" {
		findings = append(findings, identity.Account("account", f.Account.Number)...)
	}
	if findings.Failed() {
		return ErrInvalid.With("%s", findings)
	}
	return nil
}

// masked returns the first character of a name, so that a list tells people apart and names nobody.
func masked(name string) string {
	r, n := utf8.DecodeRuneInString(name)
	if n == 0 {
		return ""
	}
	return string(r) + "**"
}

func (s *Service) seal(a *Agent, p Private) error {
	raw, err := json.Marshal(p)
	if err != nil {
		return fmt.Errorf("write agent %s: %w", a.ID, err)
	}
	a.Sealed, a.Contact, a.Account = s.Vault.SealData(raw, a.ID), masked(p.Contact), identity.MaskAccount(p.Account.Number)
	return nil
}

func (s *Service) unseal(a Agent) (p Private, err error) {
	raw, err := s.Vault.OpenData(a.Sealed, a.ID)
	if err == nil {
		err = json.Unmarshal(raw, &p)
	}
	if err != nil {
		return Private{}, fmt.Errorf("open agent %s: %w", a.ID, err)
	}
	return p, nil
}

// Detail is an agent with what lies beside it.
type Detail struct {
	Agent
	Private Private
	Terms   Terms
}

// Show returns an agent to staff, or to its own people.
func (s *Service) Show(ctx context.Context, scope access.Scope, agent string) (d Detail, err error) {
	a, found, err := step.Read[Agent](ctx, s.Store, Key(agent))
	switch {
	case err != nil:
		return d, err
	case !found || !scope.All() && (scope.Agent() == "" || scope.Agent() != agent):
		return d, ErrNotFound
	}
	d.Agent = a
	if d.Private, err = s.unseal(a); err != nil {
		return d, err
	}
	d.Terms, _, err = step.Read[Terms](ctx, s.Store, TermsKey(agent))
	return d, err
}

// Brings tells whether an agent may bring merchants: it is there and active.
func (s *Service) Brings(ctx context.Context, agent string) error {
	a, found, err := step.Read[Agent](ctx, s.Store, Key(agent))
	switch {
	case err != nil:
		return err
	case !found:
		return ErrNotFound
	case a.State != Active:
		return ErrState.With("the agent is %s: only an active one brings merchants", a.State)
	}
	return nil
}

// Standing returns what answers how an agent stands for its people, from its row: one who is not active brings nobody,
// and one that ended lets nobody in.
func Standing(records step.Reader) func(context.Context, string) (access.Standing, error) {
	return func(ctx context.Context, agent string) (access.Standing, error) {
		a, found, err := step.Read[Agent](ctx, records, Key(agent))
		switch {
		case err != nil || !found || a.State == Ended:
			return access.StandingNone, err
		case a.State != Active:
			return access.StandingReads, nil
		}
		return access.StandingBrings, nil
	}
}

func mayManage(who access.Actor) error {
	if who.Realm != access.Platform || !who.May(access.AgentManage) || who.Session == "" {
		return access.ErrForbidden
	}
	return nil
}

// Create makes a draft. Nothing comes of it until two people open it.
func (s *Service) Create(ctx context.Context, who access.Actor, f Form) (Agent, error) {
	if err := cmp.Or(mayManage(who), f.check()); err != nil {
		return Agent{}, err
	}
	a := Agent{ID: s.IDs.New(Prefix, 0), State: Draft, CreatedBy: who.ID, CreatedAt: calendar.At(s.Now())}
	return s.save(ctx, who, a, f, "agent.created", true)
}

// Save changes what is said of an agent, as it was shown in a version. Of one that was opened, the name, the credit code,
// the agent above and the account stay as they are: the account changes by two people, the rest never.
func (s *Service) Save(ctx context.Context, who access.Actor, agent string, version int64, f Form) (Agent, error) {
	if err := mayManage(who); err != nil {
		return Agent{}, err
	}
	d, err := s.Show(ctx, who.Scope(), agent)
	if err != nil {
		return Agent{}, err
	}
	if d.Version != version { // what is kept of this row must not come back over a later one
		return Agent{}, ErrChanged
	}
	if d.State != Draft {
		f.Name, f.CreditCode, f.Upper, f.Account = d.Name, d.CreditCode, d.Upper, d.Private.Account
	}
	if f.Account.Number == d.Agent.Account { // as it was shown: nobody touched it
		f.Account.Number = d.Private.Account.Number
	}
	if err := f.check(); err != nil {
		return Agent{}, err
	}
	return s.save(ctx, who, d.Agent, f, "agent.changed", false)
}

// save writes an agent as a form says it. Its credit code is reserved first, in a commit of its own, and once everything else
// was looked at: what is reserved stays so.
func (s *Service) save(ctx context.Context, who access.Actor, a Agent, f Form, action string, fresh bool) (Agent, error) {
	taken := directory.Entry{Kind: directoryKind, Name: f.CreditCode, Target: a.ID}
	keys := []step.Key{a.Key(), TermsKey(a.ID)}
	if f.Upper != "" {
		keys = append(keys, Key(f.Upper))
	}
	shown := a.Version
	a.Name, a.CreditCode, a.Area, a.Registration, a.RegisteredUntil, a.Upper = f.Name, f.CreditCode, f.Area, f.Registration, f.RegisteredUntil, f.Upper
	if err := s.seal(&a, f.Private); err != nil {
		return a, err
	}
	if a.Upper != "" {
		upper, found, err := step.Read[Agent](ctx, s.Store, Key(a.Upper))
		if err == nil && (!found || !upper.carries(a)) {
			err = ErrUpper
		}
		if err != nil {
			return a, err
		}
	}
	if err := s.Gate.Do(ctx, step.Step{
		Name: "agent.reserve", Class: step.Staff, Keys: []step.Key{taken.Key()},
		Run: func(v step.View) error { return directory.Reserve(v, taken) },
	}); err != nil {
		return a, err
	}
	marks := s.marks()
	err := s.Gate.Do(ctx, step.Step{
		Name: action, Class: step.Staff, Keys: keys,
		Run: func(v step.View) error {
			row, found, err := step.Get[Agent](v, a.Key())
			switch {
			case err != nil:
				return err
			case found == fresh:
				return ErrChanged
			case found && (row.Version != shown || row.State == Ended || row.State != a.State):
				return ErrChanged
			}
			if err := above(v, a); err != nil {
				return err
			}
			a.Version = shown + 1
			return marks.put(v, &a, nil, who.Trail(), action, "")
		},
	})
	return a, err
}

// Furnish makes an open agent with its terms, or returns the one that has its credit code. It is for the demo and for tests.
func (s *Service) Furnish(ctx context.Context, f Form, terms Version) (Agent, error) {
	if err := cmp.Or(f.check(), terms.Check()); err != nil {
		return Agent{}, err
	}
	a := Agent{
		ID: s.IDs.New(Prefix, 0), State: Active, Name: f.Name, CreditCode: f.CreditCode, Area: f.Area, Registration: f.Registration,
		RegisteredUntil: f.RegisteredUntil, Upper: f.Upper, Version: 1, CreatedBy: "system", CreatedAt: calendar.At(s.Now()),
	}
	key, m := directory.Key(directoryKind, f.CreditCode), s.marks()
	if err := s.Gate.Do(ctx, step.Step{
		Name: "agent.reserve", Class: step.Staff, Keys: []step.Key{key},
		Run: func(v step.View) error {
			e, found, err := step.Get[directory.Entry](v, key)
			if err == nil && !found {
				e = directory.Entry{Kind: directoryKind, Name: f.CreditCode, Target: a.ID}
				v.Put(e)
			}
			a.ID = e.Target
			return err
		},
	}); err != nil {
		return a, err
	}
	if err := s.seal(&a, f.Private); err != nil {
		return a, err
	}
	err := s.Gate.Do(ctx, step.Step{
		Name: "agent.furnish", Class: step.Staff, Keys: []step.Key{a.Key(), TermsKey(a.ID)},
		Run: func(v step.View) error {
			old, found, err := step.Get[Agent](v, a.Key())
			if err != nil || found {
				a = old
				return err
			}
			return m.put(v, &a, func(t Terms) Terms { return t.With(terms) }, "system", "agent.furnished", EncodeVersions([]Version{terms}))
		},
	})
	return a, err
}

// above refuses an agent that would stand under one that is not open, or stands under another itself. Since only a draft
// changes what stands above it, and nothing stands under a draft, no agent gets a third level or a circle.
func above(v step.View, a Agent) error {
	if a.Upper == "" {
		return nil
	}
	upper, found, err := step.Get[Agent](v, Key(a.Upper))
	if err != nil {
		return err
	}
	if !found || !upper.carries(a) {
		return ErrUpper
	}
	return nil
}

// carries tells whether another agent may stand under this one: there are two levels.
func (a Agent) carries(other Agent) bool {
	return a.State == Active && a.Upper == "" && a.ID != other.ID
}

// marks are the ids and the time of a change, made before its step runs.
type marks struct {
	trail, event string
	now          calendar.Instant
}

// carried returns the marks of a proposal that is carried out: a step makes no ids, so they are the proposal's own under
// other prefixes.
func carried(p access.Proposal) marks {
	_, rest, _ := strings.Cut(p.ID, "_")
	return marks{trail: "aud_" + rest, event: "evt_" + rest, now: p.DecidedAt}
}

func (s *Service) marks() marks {
	return marks{trail: s.IDs.New("aud_", 0), event: s.IDs.New("evt_", 0), now: calendar.At(s.Now())}
}

// put writes an agent with its terms, the trail and the event. terms changes the terms; nil leaves them.
func (m marks) put(v step.View, a *Agent, terms func(Terms) Terms, by, action, detail string) error {
	t, _, err := step.Get[Terms](v, TermsKey(a.ID))
	if err != nil {
		return err
	}
	if terms != nil {
		t = terms(t)
	}
	t.Agent, t.State, t.Upper = a.ID, a.State, a.Upper
	a.UpdatedAt = m.now
	v.Put(*a)
	v.Put(t)
	v.Put(audit.Record{ID: m.trail, At: m.now, Actor: by, Action: action, Subject: a.ID, Detail: detail})
	v.Put(event.Event{ID: m.event, At: m.now, Kind: action, Subject: a.ID, Body: fmt.Sprintf(`{"agent":%q,"state":%q}`, a.ID, a.State)})
	return nil
}

// change runs a change of an agent's row within a step that named its key and that of its terms.
func (m marks) change(v step.View, agent, by, action, detail string, run func(*Agent) error, terms func(Terms) Terms) (Agent, error) {
	a, err := step.Must[Agent](v, Key(agent), ErrNotFound)
	if err != nil {
		return a, err
	}
	if err := run(&a); err != nil {
		return a, err
	}
	a.Version++
	return a, m.put(v, &a, terms, by, action, detail)
}

// SetTerms gives a draft its terms, in place of those it had.
func (s *Service) SetTerms(ctx context.Context, who access.Actor, agent string, version int64, terms Version) (a Agent, err error) {
	if err := cmp.Or(mayManage(who), terms.Check()); err != nil {
		return a, err
	}
	m := s.marks()
	err = s.Gate.Do(ctx, step.Step{
		Name: "agent.terms", Class: step.Staff, Keys: []step.Key{Key(agent), TermsKey(agent)},
		Run: func(v step.View) (err error) {
			a, err = m.change(v, agent, who.Trail(), "agent.terms_changed", EncodeVersions([]Version{terms}), func(a *Agent) error {
				switch {
				case a.Version != version:
					return ErrChanged
				case a.State != Draft:
					return ErrState.With("the agent was opened: its shares change by two people")
				}
				return nil
			}, func(t Terms) Terms { t.Versions = []Version{terms}; return t })
			return err
		},
	})
	return a, err
}

// Suspend stops an agent at once: it brings no merchants and has no share of what is sold from now on.
func (s *Service) Suspend(ctx context.Context, who access.Actor, agent, reason string) (a Agent, err error) {
	if reason = strings.TrimSpace(reason); reason == "" {
		return a, ErrReason
	}
	if err := mayManage(who); err != nil {
		return a, err
	}
	m := s.marks()
	err = s.Gate.Do(ctx, step.Step{
		Name: "agent.suspend", Class: step.Staff, Keys: []step.Key{Key(agent), TermsKey(agent)},
		Run: func(v step.View) (err error) {
			a, err = m.change(v, agent, who.Trail(), "agent.suspended", reason, func(a *Agent) (err error) {
				a.Reason = reason
				a.State, err = a.State.After(Suspend)
				return err
			}, nil)
			return err
		},
	})
	return a, err
}

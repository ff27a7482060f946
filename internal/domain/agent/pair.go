package agent

import (
	"cmp"
	"context"
	"fmt"
	"strings"

	"github.com/yifen-pay/yifen/internal/domain/access"
	"github.com/yifen-pay/yifen/internal/domain/audit"
	"github.com/yifen-pay/yifen/internal/domain/calendar"
	"github.com/yifen-pay/yifen/internal/domain/fee"
	"github.com/yifen-pay/yifen/internal/domain/id"
	"github.com/yifen-pay/yifen/internal/domain/merchant"
	"github.com/yifen-pay/yifen/internal/domain/step"
)

// The changes that take two people, as proposals name them.
const (
	OpenAction    = "agent.open"
	EndAction     = "agent.end"
	TermsAction   = "agent.terms"
	AccountAction = "agent.account"
	MoveAction    = "agent.move"
)

// Opening is what whoever opens an agent agrees to.
type Opening struct {
	Name            string   `json:"name"`
	CreditCode      string   `json:"credit_code"`
	Registration    string   `json:"registration"`
	RegisteredUntil string   `json:"registered_until"`
	Upper           string   `json:"upper"`
	Account         string   `json:"account"` // masked
	State           State    `json:"state"`
	Terms           []string `json:"terms"` // as they are written, a date each
}

// NewTerms are other terms as whoever decides reads them.
type NewTerms struct {
	From   string   `json:"from"`
	Shares []string `json:"shares"` // as they are written, a payment service each
}

func newTerms(v Version) NewTerms {
	parts := strings.Split(EncodeVersions([]Version{v}), "\t")
	return NewTerms{From: v.From.String(), Shares: parts[1:]}
}

func (n NewTerms) version() (Version, error) {
	from, err := calendar.ParseDate(n.From)
	if err != nil {
		return Version{}, err
	}
	list, err := DecodeVersions(fmt.Sprintf("%d\t%s", from, strings.Join(n.Shares, "\t")))
	if err != nil {
		return Version{}, err
	}
	return list[0], list[0].Check()
}

// NewAccount is another account for an agent's shares. Whoever decides sees whose it is and where, and its last digits.
type NewAccount struct {
	Name   string `json:"name"`
	Bank   string `json:"bank"`
	Masked string `json:"account"`
	Sealed []byte `json:"sealed,omitempty"` // [Private] with it, bound to the agent
}

// Moving is a merchant's passing to an agent.
type Moving struct {
	Agent string `json:"agent"`
	Name  string `json:"name"`
	From  string `json:"from"`
}

func (m Moving) date() calendar.Date {
	from, err := calendar.ParseDate(m.From)
	if err != nil {
		return 0 // which has begun
	}
	return from
}

// Actions returns the changes that take two people, to be registered with the access service.
func (s *Service) Actions() []access.Action {
	of := func(kind string, keys func(access.Proposal) []step.Key, apply func(step.View, access.Proposal, access.Actor) error) access.Action {
		return access.Action{Kind: kind, Ask: access.AgentManage, Decide: access.ApprovalDecide, Apply: apply, Hidden: []string{"sealed"},
			Keys: func(p access.Proposal) []step.Key {
				return append([]step.Key{Key(p.Subject), TermsKey(p.Subject), s.Today.Key}, keys(p)...)
			},
			Base: func(v step.View, p access.Proposal) (string, error) {
				a, err := step.Must[Agent](v, Key(p.Subject), ErrNotFound)
				return fmt.Sprint(a.Version), err
			},
		}
	}
	none := func(access.Proposal) []step.Key { return nil }
	move := of(MoveAction, none, s.applyMove)
	move.Keys = func(p access.Proposal) []step.Key {
		if _, err := id.BucketOf(p.Subject); err != nil {
			return []step.Key{s.Today.Key}
		}
		keys := []step.Key{merchant.Key(p.Subject), fee.MerchantKey(p.Subject), s.Today.Key}
		var m Moving
		if p.After(&m) == nil && m.date() > 0 {
			keys = append(keys, Key(m.Agent), MoveKey(p.Subject, m.date()))
		}
		return keys
	}
	move.Base = func(v step.View, p access.Proposal) (string, error) {
		m, err := step.Must[merchant.Merchant](v, merchant.Key(p.Subject), merchant.ErrNotFound)
		if err != nil {
			return "", err
		}
		schedule, _, err := step.Get[fee.Schedule](v, fee.MerchantKey(p.Subject))
		return m.Agent + " " + fee.EncodeHolders(schedule.Holders), err
	}
	end := of(EndAction, none, s.applyEnd)
	end.Check = func(ctx context.Context, p access.Proposal) error { return s.holdsNothing(ctx, p.Subject) }
	return []access.Action{
		of(OpenAction, s.openKeys, s.applyOpen), end, of(TermsAction, none, s.applyTerms),
		of(AccountAction, none, s.applyAccount), move,
	}
}

func (s *Service) openKeys(p access.Proposal) []step.Key {
	var o Opening
	if p.After(&o) == nil && o.Upper != "" {
		return []step.Key{Key(o.Upper)}
	}
	return nil
}

// draft prepares a proposal about an agent in the scope of staff.
func (s *Service) draft(ctx context.Context, who access.Actor, agent, kind, reason string) (Detail, access.Draft, error) {
	if err := mayManage(who); err != nil {
		return Detail{}, access.Draft{}, err
	}
	d, err := s.Show(ctx, who.Scope(), agent)
	return d, access.Draft{Kind: kind, Subject: agent, Reason: reason}, err
}

func (d Detail) opening() Opening {
	o := Opening{Name: d.Name, CreditCode: d.CreditCode, Registration: d.Registration, Upper: d.Upper, Account: d.Account, State: d.State}
	if d.RegisteredUntil > 0 {
		o.RegisteredUntil = d.RegisteredUntil.String()
	}
	for _, v := range d.Terms.Versions {
		o.Terms = append(o.Terms, v.From.String()+": "+strings.Join(newTerms(v).Shares, ", "))
	}
	return o
}

// ProposeOpen prepares the opening of a draft, or of one that was suspended.
func (s *Service) ProposeOpen(ctx context.Context, who access.Actor, agent, reason string) (access.Draft, error) {
	d, draft, err := s.draft(ctx, who, agent, OpenAction, reason)
	if err != nil {
		return draft, err
	}
	after := d.opening()
	if after.State, err = d.State.After(Open); err != nil {
		return draft, err
	}
	if err := complete(d.Agent, d.Terms, d.Private.Account, calendar.DateOf(s.Now())); err != nil {
		return draft, err
	}
	draft.Before, draft.After = d.opening(), after
	return draft, nil
}

// complete refuses an agent that lacks what it takes to be open.
func complete(a Agent, t Terms, account Account, today calendar.Date) error {
	switch {
	case len(t.Versions) == 0:
		return ErrIncomplete.With("say what share of fees is the agent's")
	case account.Number == "" || account.Name == "" || account.Bank == "":
		return ErrIncomplete.With("say the account to which its shares go")
	case a.Registration == "" || a.RegisteredUntil < today:
		return ErrIncomplete.With("the agent's registration is missing, or over")
	}
	return nil
}

func (s *Service) applyOpen(v step.View, p access.Proposal, who access.Actor) error {
	_, err := carried(p).change(v, p.Subject, who.Trail(), "agent.opened", p.Reason, func(a *Agent) (err error) {
		if err := above(v, *a); err != nil {
			return err
		}
		a.Reason = p.Reason
		a.State, err = a.State.After(Open)
		return err
	}, nil)
	return err
}

// ProposeEnd prepares the end of an agent that holds nothing any more.
func (s *Service) ProposeEnd(ctx context.Context, who access.Actor, agent, reason string) (access.Draft, error) {
	d, draft, err := s.draft(ctx, who, agent, EndAction, reason)
	if err != nil {
		return draft, err
	}
	after := d.opening()
	if after.State, err = d.State.After(End); err != nil {
		return draft, err
	}
	if err := s.holdsNothing(ctx, agent); err != nil {
		return draft, err
	}
	draft.Before, draft.After = d.opening(), after
	return draft, nil
}

// holdsNothing refuses an agent that holds merchants, is to get some, or has agents below it. It is asked when the end is
// proposed and again when it is approved, as merchants may have come meanwhile.
func (s *Service) holdsNothing(ctx context.Context, agent string) error {
	for _, count := range []func(context.Context, string) (int64, error){s.Store.Held, s.Store.Awaited, s.Store.Below} {
		n, err := count(ctx, agent)
		if err == nil && n > 0 {
			err = ErrHolds
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) applyEnd(v step.View, p access.Proposal, who access.Actor) error {
	_, err := carried(p).change(v, p.Subject, who.Trail(), "agent.ended", p.Reason, func(a *Agent) (err error) {
		a.Reason = p.Reason
		a.State, err = a.State.After(End)
		return err
	}, nil)
	return err
}

// ProposeTerms prepares other terms, from a later business date on.
func (s *Service) ProposeTerms(ctx context.Context, who access.Actor, agent string, terms Version, reason string) (access.Draft, error) {
	d, draft, err := s.draft(ctx, who, agent, TermsAction, reason)
	if err == nil {
		err = terms.Check()
	}
	switch {
	case err != nil:
		return draft, err
	case d.State == Draft || d.State == Ended:
		return draft, ErrState.With("the agent is %s: its shares do not change by two people", d.State)
	}
	if err := s.later(ctx, terms.From); err != nil {
		return draft, err
	}
	if before, found := d.Terms.On(terms.From); found {
		draft.Before = newTerms(before)
	}
	draft.After = newTerms(terms)
	return draft, nil
}

// later refuses a date that has begun, as far as anybody knows outside a step.
func (s *Service) later(ctx context.Context, from calendar.Date) error {
	today, err := s.today(ctx)
	if err == nil && from <= today {
		err = ErrDate
	}
	return err
}

// today reads the open business date outside a step.
func (s *Service) today(ctx context.Context) (calendar.Date, error) {
	row, err := s.Store.Read(ctx, s.Today.Key)
	return s.dateOf(row, err)
}

func (s *Service) dateOf(row step.Row, err error) (calendar.Date, error) {
	if err == nil && row == nil {
		err = ErrDate.With("no business date is open")
	}
	if err != nil {
		return 0, err
	}
	return s.Today.Date(row), nil
}

// notBegun refuses a date that has begun: the day's row is held until the commit, so that it cannot open meanwhile.
func (s *Service) notBegun(v step.View, from calendar.Date) error {
	today, err := s.dateOf(v.Get(s.Today.Key))
	if err == nil && from <= today {
		err = ErrDate
	}
	return err
}

func (s *Service) applyTerms(v step.View, p access.Proposal, who access.Actor) error {
	var proposed NewTerms
	if err := p.After(&proposed); err != nil {
		return err
	}
	terms, err := proposed.version()
	if err == nil {
		err = s.notBegun(v, terms.From)
	}
	if err != nil {
		return err
	}
	_, err = carried(p).change(v, p.Subject, who.Trail(), "agent.terms_changed", EncodeVersions([]Version{terms}), func(a *Agent) error {
		if a.State == Draft || a.State == Ended {
			return ErrState
		}
		return nil
	}, func(t Terms) Terms { return t.With(terms) })
	return err
}

// ProposeAccount prepares another account for an agent's shares.
func (s *Service) ProposeAccount(ctx context.Context, who access.Actor, agent string, account Account, reason string) (access.Draft, error) {
	d, draft, err := s.draft(ctx, who, agent, AccountAction, reason)
	if err != nil {
		return draft, err
	}
	if d.State == Draft || d.State == Ended {
		return draft, ErrState.With("the agent is %s: its account does not change by two people", d.State)
	}
	form := Form{Name: d.Name, CreditCode: d.CreditCode, Area: d.Area, Registration: d.Registration, Upper: d.Upper, Private: d.Private}
	form.Account = account
	if err := form.check(); err != nil {
		return draft, err
	}
	account = form.Account
	if account.Name == "" || account.Number == "" || account.Bank == "" {
		return draft, ErrIncomplete.With("say whose account it is, its number and the bank")
	}
	next := d.Agent
	if err := s.seal(&next, form.Private); err != nil {
		return draft, err
	}
	draft.Before = NewAccount{Name: d.Private.Account.Name, Bank: d.Private.Account.Bank, Masked: d.Account}
	draft.After = NewAccount{Name: account.Name, Bank: account.Bank, Masked: next.Account, Sealed: next.Sealed}
	return draft, nil
}

// applyAccount puts the new account in place. What else is private did not change since it was proposed: the version says so.
func (s *Service) applyAccount(v step.View, p access.Proposal, who access.Actor) error {
	var proposed NewAccount
	if err := p.After(&proposed); err != nil {
		return err
	}
	if _, err := s.Vault.OpenData(proposed.Sealed, p.Subject); err != nil {
		return fmt.Errorf("open the account of proposal %s: %w", p.ID, err)
	}
	_, err := carried(p).change(v, p.Subject, who.Trail(), "agent.account_changed", proposed.Masked, func(a *Agent) error {
		a.Sealed, a.Account = proposed.Sealed, proposed.Masked
		return nil
	}, nil)
	return err
}

// ProposeMove prepares a merchant's passing to an agent, "" for none, from a later business date on.
func (s *Service) ProposeMove(ctx context.Context, who access.Actor, merchantID, agent string, from calendar.Date, reason string) (draft access.Draft, err error) {
	if err := mayManage(who); err != nil {
		return draft, err
	}
	if _, err := id.BucketOf(merchantID); err != nil || from <= 0 {
		return draft, cmp.Or(err, error(ErrDate))
	}
	m, found, err := step.Read[merchant.Merchant](ctx, s.Store, merchant.Key(merchantID))
	if err == nil && !found {
		err = merchant.ErrNotFound
	}
	if err != nil {
		return draft, err
	}
	after := Moving{Agent: agent, From: from.String()}
	if agent != "" {
		d, err := s.Show(ctx, who.Scope(), agent)
		if err == nil && d.State != Active {
			err = ErrState.With("the agent is %s: merchants pass to an active one", d.State)
		}
		if err != nil {
			return draft, err
		}
		after.Name = d.Name
	}
	schedule, _, err := step.Read[fee.Schedule](ctx, s.Store, fee.MerchantKey(merchantID))
	if err != nil {
		return draft, err
	}
	held := schedule.HolderOn(from, m.Agent)
	if held == agent {
		return draft, ErrHolder
	}
	if err := s.later(ctx, from); err != nil {
		return draft, err
	}
	return access.Draft{
		Kind: MoveAction, Subject: merchantID, Merchant: merchantID, Before: Moving{Agent: held}, After: after, Reason: reason,
	}, nil
}

func (s *Service) applyMove(v step.View, p access.Proposal, who access.Actor) error {
	var to Moving
	if err := p.After(&to); err != nil {
		return err
	}
	from := to.date()
	if err := s.notBegun(v, from); err != nil {
		return err
	}
	m, err := step.Must[merchant.Merchant](v, merchant.Key(p.Subject), merchant.ErrNotFound)
	if err != nil {
		return err
	}
	if to.Agent != "" {
		a, err := step.Must[Agent](v, Key(to.Agent), ErrNotFound)
		if err != nil {
			return err
		}
		if a.State != Active {
			return ErrState.With("the agent is %s: merchants pass to an active one", a.State)
		}
	}
	schedule, found, err := step.Get[fee.Schedule](v, fee.MerchantKey(m.ID))
	if err != nil {
		return err
	}
	if !found {
		schedule = fee.Schedule{Owner: m.ID, Bucket: m.Bucket}
	}
	before := schedule.HolderOn(from, m.Agent)
	if before == to.Agent {
		return ErrHolder
	}
	if _, _, err := step.Get[Move](v, MoveKey(m.ID, from)); err != nil { // one of the same date is replaced
		return err
	}
	v.Put(schedule.Moved(to.Agent, from, m.Agent))
	v.Put(Move{Merchant: m.ID, Bucket: m.Bucket, From: from, Agent: to.Agent, Before: before, Reason: p.Reason, AskedBy: p.AskedBy, By: who.ID, At: p.DecidedAt})
	v.Put(audit.Record{
		ID: carried(p).trail, Bucket: m.Bucket, Merchant: m.ID, At: p.DecidedAt, Actor: who.Trail(), Action: "merchant.agent_agreed", Subject: m.ID,
		Detail: fmt.Sprintf("from %s on: %s instead of %s", from, cmp.Or(to.Agent, "none"), cmp.Or(before, "none")),
	})
	return nil
}

const turnSlice = 50

// Turn lets merchants' rows say who holds them once the date of a move has come, so that lists show it; what agents have of
// fees does not wait for it. It returns how many there were.
func (s *Service) Turn(ctx context.Context) (n int, err error) {
	today, err := s.today(ctx)
	if err != nil {
		return 0, err
	}
	due, err := s.Store.DueMoves(ctx, today, turnSlice)
	if err != nil {
		return 0, err
	}
	for _, seen := range due {
		k := s.IDs.New("aud_", seen.Bucket)
		now := calendar.At(s.Now())
		if err := s.Gate.Do(ctx, step.Step{
			Name: "agent.turn", Class: step.Bulk, Keys: []step.Key{seen.Key(), merchant.Key(seen.Merchant), fee.MerchantKey(seen.Merchant), s.Today.Key},
			Run: func(v step.View) error { return s.turn(v, seen, k, now) },
		}); err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}

func (s *Service) turn(v step.View, seen Move, trail string, now calendar.Instant) error {
	row, err := step.Must[Move](v, seen.Key(), ErrNotFound)
	if err != nil || row.Done {
		return err
	}
	m, err := step.Must[merchant.Merchant](v, merchant.Key(row.Merchant), merchant.ErrNotFound)
	if err != nil {
		return err
	}
	schedule, err := step.Must[fee.Schedule](v, fee.MerchantKey(row.Merchant), fee.ErrNoRule)
	if err != nil {
		return err
	}
	today, err := s.dateOf(v.Get(s.Today.Key))
	if err != nil || row.From > today {
		return err
	}
	row.Done = true
	v.Put(row)
	m.Agent, m.UpdatedAt = schedule.HolderOn(today, m.Agent), now
	v.Put(m)
	v.Put(audit.Record{ID: trail, Bucket: m.Bucket, Merchant: m.ID, At: now, Actor: "system", Action: "merchant.agent_changed", Subject: m.ID,
		Detail: strings.TrimSpace(m.Agent + " from " + row.From.String())})
	return nil
}

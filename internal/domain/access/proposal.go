package access

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/yifen-pay/yifen/internal/domain/audit"
	"github.com/yifen-pay/yifen/internal/domain/calendar"
	"github.com/yifen-pay/yifen/internal/domain/id"
	"github.com/yifen-pay/yifen/internal/domain/step"
)

// ProposalTable is where proposals lie.
const ProposalTable step.Table = "proposal"

const (
	proposalPrefix = "prp_"
	proposalLife   = 72 * time.Hour
	reasonMax      = 500 // characters
)

// Proposal is a change that one person asks for and another decides. It lies in the bucket of its subject.
type Proposal struct {
	ID        string
	Bucket    id.Bucket
	Kind      string // which [Action] carries it out
	Subject   string
	Merchant  string // whom it concerns; empty for what is the platform's own
	Payload   string // JSON: {"before": …, "after": …}, shown to whoever decides
	Base      string // the version of the subject that it was based on
	Reason    string
	State     ProposalState
	Realm     Realm // of who asked: the people of other realms do not see it
	AskedBy   string
	AskedName string
	DecidedBy string
	Decider   string // by name
	Note      string // of who decided
	ExpiresAt calendar.Instant
	DecidedAt calendar.Instant
	CreatedAt calendar.Instant
}

// Key returns the row's key.
func (p Proposal) Key() step.Key { return ProposalKey(p.ID) }

// ProposalKey names a proposal.
func ProposalKey(proposal string) step.Key {
	return step.Key{Table: ProposalTable, Bucket: bucketOf(proposal), ID: proposal}
}

// heardBy returns the merchant whose trail and events tell of the proposal: what staff ask about a merchant, and who asked,
// is not for its people, who hear of the change once it is made.
func (p Proposal) heardBy() string {
	if p.Realm == Platform {
		return ""
	}
	return p.Merchant
}

// StateAt returns the state at a moment: one whose time is over is expired, whether or not somebody wrote it down.
func (p Proposal) StateAt(now calendar.Instant) ProposalState {
	if p.State == ProposalOpen && now >= p.ExpiresAt {
		return ProposalExpired
	}
	return p.State
}

// After reads what is proposed into v.
func (p Proposal) After(v any) error {
	var payload struct {
		After json.RawMessage `json:"after"`
	}
	if err := json.Unmarshal([]byte(p.Payload), &payload); err != nil {
		return fmt.Errorf("read proposal %s: %w", p.ID, err)
	}
	return json.Unmarshal(payload.After, v)
}

// Action is a kind of change that takes two people. A package registers one for each of its own.
type Action struct {
	Kind   string
	Ask    Permission // of who proposes
	Decide Permission // of who decides, beside ApprovalDecide
	// Hidden names fields of a change by which it is carried out and which tell nothing to who decides: ids of what is
	// written, accounts beside their names, what is sealed.
	Hidden []string
	// Keys lists the rows that Base and Apply look at.
	Keys func(Proposal) []step.Key
	// Base, when set, returns the version of the subject; when it differs between the asking and the
	// approval, the proposal is refused.
	Base func(step.View, Proposal) (string, error)
	// Check, when set, looks once more before the approval at what a step cannot read, such as a count.
	Check func(context.Context, Proposal) error
	// Apply makes the change, in the step that approves.
	Apply func(step.View, Proposal, Actor) error
}

// Change returns what is proposed as people are shown it: before and after, nil where there is none.
func (s *Service) Change(p Proposal) (before, after json.RawMessage, err error) {
	var change struct{ Before, After json.RawMessage }
	if err := json.Unmarshal([]byte(p.Payload), &change); err != nil {
		return nil, nil, fmt.Errorf("read proposal %s: %w", p.ID, err)
	}
	hidden := s.actions[p.Kind].Hidden
	for _, side := range []*json.RawMessage{&change.Before, &change.After} {
		var fields map[string]json.RawMessage
		if len(hidden) == 0 || json.Unmarshal(*side, &fields) != nil || fields == nil {
			continue
		}
		for _, name := range hidden {
			delete(fields, name)
		}
		if *side, err = json.Marshal(fields); err != nil {
			return nil, nil, err
		}
	}
	return change.Before, change.After, nil
}

// RegisterAction makes a kind of change known. It panics on a kind that is known or incomplete, and must be called
// before the service is used.
func (s *Service) RegisterAction(a Action) {
	if _, known := s.actions[a.Kind]; known || a.Kind == "" || a.Ask == 0 || a.Decide == 0 || a.Keys == nil || a.Apply == nil {
		panic("access: action " + a.Kind + " is incomplete or registered twice")
	}
	s.actions[a.Kind] = a
}

// Draft is a change to be proposed. Before and After are written as JSON and shown to whoever decides: they
// carry no secret.
type Draft struct {
	Kind     string
	Subject  string
	Merchant string
	Before   any
	After    any
	Reason   string
	Life     time.Duration // zero for three days
}

// Propose writes down what the actor asks for.
func (s *Service) Propose(ctx context.Context, a Actor, d Draft) (Proposal, error) {
	action, known := s.actions[d.Kind]
	if !known {
		return Proposal{}, ErrProposalKind
	}
	if err := s.fresh(a, action.Ask); err != nil {
		return Proposal{}, err
	}
	if !a.Scope().Covers(d.Merchant) {
		return Proposal{}, ErrScope
	}
	if err := checkReason(d.Reason, true); err != nil {
		return Proposal{}, err
	}
	payload, err := json.Marshal(map[string]any{"before": d.Before, "after": d.After})
	if err != nil {
		return Proposal{}, fmt.Errorf("write a proposal: %w", err)
	}
	if d.Life == 0 {
		d.Life = proposalLife
	}
	now, bucket := s.instant(), bucketOf(d.Subject)
	p := Proposal{
		ID: s.ids.New(proposalPrefix, bucket), Bucket: bucket, Kind: d.Kind, Subject: d.Subject, Merchant: d.Merchant,
		Payload: string(payload), Reason: d.Reason, State: ProposalOpen, Realm: a.Realm, AskedBy: a.ID, AskedName: a.Name,
		ExpiresAt: now.Add(d.Life), CreatedAt: now,
	}
	note := s.note(bucket, a.Trail(), "proposal.opened", p.ID)
	note.Merchant, note.Detail = p.heardBy(), d.Kind+" "+d.Subject
	told := s.tell(p.heardBy(), "proposal.opened", p.ID, map[string]string{"proposal": p.ID, "kind": p.Kind})
	err = s.gate.Do(ctx, step.Step{
		Name: "proposal.open", Class: step.Staff, Keys: append(action.Keys(p), p.Key()),
		Run: func(v step.View) error {
			row := p
			if action.Base != nil {
				if row.Base, err = action.Base(v, p); err != nil {
					return err
				}
			}
			v.Put(row)
			v.Put(note)
			v.Put(told)
			p.Base = row.Base
			return nil
		},
	})
	return p, err
}

func checkReason(reason string, needed bool) error {
	n := utf8.RuneCountInString(reason)
	if n > reasonMax || !utf8.ValidString(reason) || needed && strings.TrimSpace(reason) == "" {
		return ErrReason
	}
	return nil
}

// Proposal returns a proposal within the actor's scope and of the actor's realm: what staff ask about a merchant is not the
// merchant's to read. Who asked sees it, and whoever may decide.
func (s *Service) Proposal(ctx context.Context, a Actor, proposal string) (Proposal, error) {
	p, found, err := step.Read[Proposal](ctx, s.store, ProposalKey(proposal))
	if err != nil || !found || !a.Scope().Covers(p.Merchant) || p.Realm != a.Realm || p.AskedBy != a.ID && !a.May(ApprovalDecide) {
		return Proposal{}, orElse(err, ErrProposal)
	}
	return p, nil
}

// Approve makes the change that somebody else asked for.
func (s *Service) Approve(ctx context.Context, a Actor, proposal, note string) (Proposal, error) {
	return s.decide(ctx, a, proposal, note, Approve)
}

// Reject refuses the change, with a reason.
func (s *Service) Reject(ctx context.Context, a Actor, proposal, note string) (Proposal, error) {
	if err := checkReason(note, true); err != nil {
		return Proposal{}, err
	}
	return s.decide(ctx, a, proposal, note, Reject)
}

// Withdraw takes back what the actor asked for.
func (s *Service) Withdraw(ctx context.Context, a Actor, proposal string) (Proposal, error) {
	p, err := s.Proposal(ctx, a, proposal)
	if err != nil {
		return p, err
	}
	if a.Session == "" {
		return p, ErrPersonNeeded
	}
	return s.settle(ctx, p, a, "", Withdraw, nil, func(row Proposal) error {
		if row.AskedBy != a.ID {
			return ErrNotAsker
		}
		return nil
	}, nil)
}

func (s *Service) decide(ctx context.Context, a Actor, proposal, note string, verb Verb) (Proposal, error) {
	if err := checkReason(note, false); err != nil {
		return Proposal{}, err
	}
	p, err := s.Proposal(ctx, a, proposal)
	if err != nil {
		return p, err
	}
	action, known := s.actions[p.Kind]
	if !known {
		return p, ErrProposalKind
	}
	if !a.May(ApprovalDecide) {
		return p, ErrForbidden
	}
	if err := s.fresh(a, action.Decide); err != nil {
		return p, err
	}
	if verb == Approve && action.Check != nil {
		if err := action.Check(ctx, p); err != nil {
			return p, err
		}
	}
	apply := func(v step.View, row Proposal) error {
		if verb != Approve {
			return nil
		}
		if action.Base != nil {
			base, err := action.Base(v, row)
			if err != nil {
				return err
			}
			if base != row.Base {
				return ErrBase
			}
		}
		return action.Apply(v, row, a)
	}
	return s.settle(ctx, p, a, note, verb, action.Keys(p), func(row Proposal) error {
		// Whatever roles a person holds, and whatever the change is about: nobody decides for himself.
		if row.AskedBy == a.ID || row.Subject == a.ID {
			return ErrSamePerson
		}
		return nil
	}, apply)
}

// settle moves a proposal on, in one step with what follows.
func (s *Service) settle(ctx context.Context, p Proposal, a Actor, note string, verb Verb, keys []step.Key,
	may func(Proposal) error, then func(step.View, Proposal) error,
) (Proposal, error) {
	now := s.instant()
	written := s.note(p.Bucket, a.Trail(), "", p.ID)
	written.Merchant = p.heardBy()
	next := ProposalTransitions[ProposalOpen][verb]
	written.Action, written.Detail = "proposal."+string(next), p.Kind+" "+p.Subject
	told := s.tell(p.heardBy(), written.Action, p.ID, map[string]string{"proposal": p.ID, "kind": p.Kind})
	var settled Proposal
	err := s.gate.Do(ctx, step.Step{
		Name: "proposal." + string(verb), Class: step.Staff, Keys: append(keys, p.Key()),
		Run: func(v step.View) error {
			row, err := step.Must[Proposal](v, p.Key(), ErrProposal)
			if err != nil {
				return err
			}
			state, ok := ProposalTransitions.Next(row.StateAt(now), verb)
			if !ok {
				return ErrProposalState
			}
			if err := may(row); err != nil {
				return err
			}
			row.State, row.DecidedBy, row.Decider, row.Note, row.DecidedAt = state, a.ID, a.Name, note, now
			if then != nil {
				if err := then(v, row); err != nil {
					return err
				}
			}
			v.Put(row)
			v.Put(written)
			v.Put(told)
			settled = row
			return nil
		},
	})
	return settled, err
}

const expireSlice = 50

// ExpireProposals writes down that the time of open proposals is over, and returns for how many.
func (s *Service) ExpireProposals(ctx context.Context) (n int, err error) {
	now := s.instant()
	overdue, err := s.store.OverdueProposals(ctx, now, expireSlice)
	if err != nil {
		return 0, err
	}
	for _, p := range overdue {
		note := audit.Record{ID: s.ids.New("aud_", p.Bucket), Bucket: p.Bucket, At: now, Actor: "system", Action: "proposal.expired",
			Subject: p.ID, Merchant: p.heardBy(), Detail: p.Kind + " " + p.Subject}
		err := s.gate.Do(ctx, step.Step{
			Name: "proposal.expire", Class: step.Bulk, Keys: []step.Key{p.Key()},
			Run: func(v step.View) error {
				row, found, err := step.Get[Proposal](v, p.Key())
				if err != nil || !found || row.State != ProposalOpen || now < row.ExpiresAt {
					return err
				}
				row.State, row.DecidedAt = ProposalExpired, now
				v.Put(row)
				v.Put(note)
				return nil
			},
		})
		if err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}

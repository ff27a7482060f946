package merchant

import (
	"cmp"
	"context"
	"strconv"

	"github.com/yifen-pay/yifen/internal/domain/access"
	"github.com/yifen-pay/yifen/internal/domain/audit"
	"github.com/yifen-pay/yifen/internal/domain/calendar"
	"github.com/yifen-pay/yifen/internal/domain/step"
)

// The changes of merchants that take two people, as proposals name them.
const (
	ApproveAction  = "application.approve"
	TransferAction = "merchant.transfer"
	LiftAction     = "block.lift"
)

// Actions returns the changes of this package that take two people, to be registered with the access service.
func (s *Service) Actions() []access.Action {
	return []access.Action{
		{
			Kind: ApproveAction, Ask: access.ApplicationReview, Decide: access.ApprovalDecide,
			Hidden: []string{"first", "trail", "event"},
			Keys: func(p access.Proposal) []step.Key {
				var a Approval
				if p.After(&a) != nil {
					return []step.Key{ApplicationKey(p.Subject)}
				}
				return append(a.Keys(), ApplicationKey(p.Subject))
			},
			Base: func(v step.View, p access.Proposal) (string, error) {
				a, err := step.Must[Application](v, ApplicationKey(p.Subject), ErrApplication)
				return strconv.FormatInt(a.Version, 10), err
			},
			Apply: func(v step.View, p access.Proposal, who access.Actor) error {
				var a Approval
				if err := p.After(&a); err != nil {
					return err
				}
				if a.First != p.AskedBy || a.Application != p.Subject || a.Merchant != p.Merchant {
					return ErrChanged
				}
				return s.Apply(v, a, who.ID, p.DecidedAt)
			},
		},
		{
			Kind: TransferAction, Ask: access.MerchantControl, Decide: access.ApprovalDecide,
			Hidden: []string{"from", "to", "first", "trail", "event"},
			Keys: func(p access.Proposal) []step.Key {
				var t Transfer
				if p.After(&t) != nil {
					return []step.Key{Key(p.Subject)}
				}
				return append(t.Keys(), Key(p.Subject))
			},
			Apply: func(v step.View, p access.Proposal, who access.Actor) error {
				var t Transfer
				if err := p.After(&t); err != nil {
					return err
				}
				if t.First != p.AskedBy || t.Merchant != p.Subject {
					return ErrChanged
				}
				return s.ApplyTransfer(v, t, who.ID, p.DecidedAt)
			},
		},
		{
			Kind: LiftAction, Ask: access.RiskManage, Decide: access.MerchantControl,
			Hidden: []string{"index", "at", "first", "trail"},
			Keys: func(p access.Proposal) []step.Key {
				var l Lifting
				if p.After(&l) != nil {
					return nil
				}
				return []step.Key{blockKey(l.Kind, l.Index)}
			},
			Apply: func(v step.View, p access.Proposal, who access.Actor) error {
				var l Lifting
				if err := p.After(&l); err != nil {
					return err
				}
				if l.First != p.AskedBy || blockKey(l.Kind, l.Index).ID != p.Subject {
					return ErrChanged
				}
				return s.ApplyLift(v, l, p.Reason, who, p.DecidedAt)
			},
		},
	}
}

// Lifting takes an entry off the block list, as it was asked for.
type Lifting struct {
	Kind   SubjectKind      `json:"kind"`
	Index  string           `json:"index"`
	Number string           `json:"number"` // masked
	At     calendar.Instant `json:"at"`     // of the entry, so that a newer one is not taken off in its place
	State  string           `json:"state"`
	First  string           `json:"first"` // account of who asked
	Trail  string           `json:"trail"`
}

// ProposeLift prepares the taking of an entry off the block list, as a draft for the access service.
func (s *Service) ProposeLift(ctx context.Context, who access.Actor, kind SubjectKind, index, reason string) (access.Draft, error) {
	if who.Realm != access.Platform || !who.May(access.RiskManage) {
		return access.Draft{}, access.ErrForbidden
	}
	reason, err := reasoned(reason)
	if err != nil {
		return access.Draft{}, err
	}
	b, found, err := step.Read[Block](ctx, s.records, blockKey(kind, index))
	if err != nil || !found || !b.Holds(calendar.At(s.now())) {
		return access.Draft{}, cmpError(err, ErrBlock)
	}
	return access.Draft{
		Kind: LiftAction, Subject: b.Key().ID, Reason: reason,
		Before: map[string]string{"kind": string(b.Kind), "number": b.Masked, "state": "blocked", "risk_type": RiskTypes[b.RiskType], "source": b.Source, "reason": b.Reason},
		After: Lifting{
			Kind: b.Kind, Index: b.Index, Number: b.Masked, At: b.At, State: "lifted", First: who.ID, Trail: s.ids.New("aud_", b.Key().Bucket),
		},
	}, nil
}

// ApplyLift carries a lifting out within a step that names the entry's key, as the second person.
func (s *Service) ApplyLift(v step.View, l Lifting, reason string, second access.Actor, now calendar.Instant) error {
	switch second.ID {
	case "":
		return ErrTwoPeople
	case l.First:
		return access.ErrSamePerson
	}
	b, err := step.Must[Block](v, blockKey(l.Kind, l.Index), ErrBlock)
	if err != nil {
		return err
	}
	if b.At != l.At || b.Lifted {
		return ErrChanged.With("the entry is not the one that was looked at: look at it anew")
	}
	b.Lifted, b.Reason, b.By = true, reason, second.Trail()
	v.Put(b)
	v.Put(audit.Record{
		ID: l.Trail, Bucket: b.Key().Bucket, At: now, Actor: b.By, Action: "block.lifted", Subject: b.Key().ID, Detail: b.String() + ", asked by " + l.First,
	})
	return nil
}

// ProposeApproval prepares an approval that takes two people, as a draft for the access service.
func (s *Service) ProposeApproval(ctx context.Context, who access.Actor, application string, version int64, override, reason string) (access.Draft, error) {
	p, err := s.Plan(ctx, who, application, version, override)
	if err != nil {
		return access.Draft{}, err
	}
	m, err := s.merchant(ctx, p.Merchant)
	if err != nil {
		return access.Draft{}, err
	}
	return access.Draft{
		Kind: ApproveAction, Subject: p.Application, Merchant: p.Merchant, Before: map[string]any{"state": m.State, "grade": m.Grade}, After: p,
		Reason: reason,
	}, nil
}

// Transfer is a merchant's passing to another account, as it was asked for.
type Transfer struct {
	Merchant string `json:"merchant"`
	From     string `json:"from"` // account that owns it now, "" for nobody
	To       string `json:"to"`
	Owner    string `json:"owner"` // the name of the new one, for who decides
	Login    string `json:"login"` // under which the new one logs in, masked: a name is not unique
	First    string `json:"first"` // account of who asked
	Trail    string `json:"trail"`
	Event    string `json:"event"`
}

// ProposeTransfer prepares the passing of a merchant to another account of a merchant's person, as a draft for the
// access service. The new owner enters with all rights, the old one leaves with the others'.
func (s *Service) ProposeTransfer(ctx context.Context, who access.Actor, merchant, to, reason string) (access.Draft, error) {
	if err := may(who, access.MerchantControl, merchant); err != nil {
		return access.Draft{}, err
	}
	m, err := s.merchant(ctx, merchant)
	if err != nil {
		return access.Draft{}, err
	}
	account, found, err := step.Read[access.User](ctx, s.records, access.UserKey(to))
	if err != nil {
		return access.Draft{}, err
	}
	if !found || to == m.Owner || account.Realm != access.Merchant || account.State != access.UserActive {
		return access.Draft{}, ErrOwner
	}
	before, _, err := step.Read[access.User](ctx, s.records, access.UserKey(cmp.Or(m.Owner, access.UserPrefix)))
	if err != nil {
		return access.Draft{}, err
	}
	k := s.marks(m.Bucket)
	return access.Draft{
		Kind: TransferAction, Subject: m.ID, Merchant: m.ID, Reason: reason,
		Before: map[string]string{"merchant": m.ID, "owner": before.Name, "login": before.Contact().Masked()},
		After:  Transfer{Merchant: m.ID, From: m.Owner, To: to, Owner: account.Name, Login: account.Contact().Masked(), First: who.ID, Trail: k.trail, Event: k.event},
	}, nil
}

// Keys names the rows that [Service.ApplyTransfer] gets.
func (t Transfer) Keys() []step.Key {
	keys := append([]step.Key{Key(t.Merchant)}, access.EnrollKeys(t.Merchant, t.To)...)
	if t.From != "" {
		keys = append(keys, access.MemberKey(t.Merchant, t.From))
	}
	return keys
}

// ApplyTransfer carries a transfer out within a step that names its keys, as the second person.
func (s *Service) ApplyTransfer(v step.View, t Transfer, second string, now calendar.Instant) error {
	if second == "" {
		return ErrTwoPeople
	}
	if second == t.First {
		return access.ErrSamePerson
	}
	m, err := step.Must[Merchant](v, Key(t.Merchant), ErrNotFound)
	if err != nil {
		return err
	}
	if m.Owner != t.From {
		return ErrChanged
	}
	if m.State == Closed {
		return ErrState.With("the merchant is closed")
	}
	if err := access.Enroll(v, m.member(t.To, access.MemberActive, second, now)); err != nil {
		return err
	}
	if t.From != "" {
		if _, found, err := step.Get[access.Member](v, access.MemberKey(m.ID, t.From)); err != nil {
			return err
		} else if found {
			if err := access.Enroll(v, m.member(t.From, access.MemberRemoved, second, now)); err != nil {
				return err
			}
		}
	}
	m.Owner, m.UpdatedAt = t.To, now
	v.Put(m)
	marks{t.Trail, t.Event}.tellMerchant(v, m, "merchant.transferred", "platform:"+second, "from "+t.From+" to "+t.To+", asked by "+t.First, now)
	return nil
}

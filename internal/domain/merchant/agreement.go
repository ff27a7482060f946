package merchant

import (
	"context"
	"encoding/hex"
	"slices"
	"unicode/utf8"

	"github.com/yifen-pay/yifen/internal/domain/access"
	"github.com/yifen-pay/yifen/internal/domain/calendar"
	"github.com/yifen-pay/yifen/internal/domain/id"
	"github.com/yifen-pay/yifen/internal/domain/step"
)

// Agreement is terms that a merchant's person signed.
type Agreement struct {
	ID          string
	Bucket      id.Bucket
	Merchant    string
	Application string
	Terms       string // version
	Digest      string // SHA-256 of the terms as shown, hexadecimal
	Name        []byte // as typed by who signed, sealed
	By          string // as the trail writes it
	Address     string // network address
	Document    string // the signed paper
	At          calendar.Instant
}

// Key returns the row's key.
func (g Agreement) Key() step.Key {
	return step.Key{Table: AgreementTable, Bucket: g.Bucket, ID: g.ID}
}

func (g Agreement) record() string { return "agreement/" + g.ID }

// Signature is how a person agrees to terms: to which, by which name and from where.
type Signature struct {
	Terms   string // version
	Digest  string // SHA-256 of the terms as shown, hexadecimal
	Name    string // as typed
	Address string // network address
}

func (g Signature) valid() bool {
	raw, err := hex.DecodeString(g.Digest)
	return g.Terms != "" && len(g.Terms) <= 64 && err == nil && len(raw) == 32 && g.Name != "" &&
		utf8.RuneCountInString(g.Name) <= nameMax && len(g.Address) <= 64
}

// Sign keeps that a merchant's person agreed to terms, and the paper that shows it. Who is to be bound must be known by
// then.
func (s *Service) Sign(ctx context.Context, who access.Actor, application string, signed Signature, paper []byte) (Agreement, error) {
	a, c, err := s.application(ctx, application)
	if err == nil {
		err = may(who, access.ApplicationEdit, a.Merchant)
	}
	if err != nil {
		return Agreement{}, err
	}
	full, err := s.whole(ctx, a, c)
	if err != nil {
		return Agreement{}, err
	}
	if PartyOf(full).Name == "" {
		return Agreement{}, ErrParty
	}
	signed.Name = typed(signed.Name)
	if !signed.valid() || len(paper) == 0 {
		return Agreement{}, ErrTerms
	}
	d, err := s.add(ctx, a, AgreementPaper, paper, who.Trail(), nil)
	if err != nil {
		return Agreement{}, err
	}
	now, k := calendar.At(s.now()), s.marks(a.Bucket)
	kept := Agreement{
		ID: s.ids.New(AgreementPrefix, a.Bucket), Bucket: a.Bucket, Merchant: a.Merchant, Application: a.ID, Terms: signed.Terms,
		Digest: signed.Digest, By: who.Trail(), Address: signed.Address, Document: d.ID, At: now,
	}
	kept.Name = s.vault.SealData([]byte(signed.Name), kept.record())
	return kept, s.gate.Do(ctx, step.Step{
		Name: "agreement.signed", Class: step.Staff, Keys: []step.Key{kept.Key()},
		Run: func(v step.View) error {
			v.Put(kept)
			k.tell(v, a, "agreement.signed", kept.By, "terms "+kept.Terms, now)
			return nil
		},
	})
}

// Signed returns what a merchant's person signed last with an application and under which name, to whom the application
// is open but for an agent: that is between the merchant and us. An agreement without an id is none.
func (s *Service) Signed(ctx context.Context, who access.Actor, application string) (signed Agreement, name string, err error) {
	a, _, err := s.application(ctx, application)
	if err == nil {
		err = maySee(who, a)
	}
	if err == nil && who.Realm != access.Agent {
		signed, err = s.signed(ctx, who.Scope(), a)
	}
	if err != nil || signed.ID == "" {
		return signed, "", err
	}
	raw, err := s.vault.OpenData(signed.Name, signed.record())
	return signed, string(raw), err
}

// Bound refuses the actor's merchant while nobody of it has signed the terms: one that an agent or staff handed in for was
// approved without. A merchant that is here without an application, as a demo's is, has nothing to sign.
func (s *Service) Bound(ctx context.Context, who access.Actor) error {
	m, err := s.merchant(ctx, who.Merchant)
	if err != nil || m.Profile == "" {
		return err
	}
	list, err := s.records.AgreementsOf(ctx, who.Scope(), m.ID)
	if err == nil && len(list) == 0 {
		err = ErrUnsigned
	}
	return err
}

func (s *Service) signed(ctx context.Context, scope access.Scope, a Application) (Agreement, error) {
	list, err := s.records.AgreementsOf(ctx, scope, a.Merchant)
	for _, g := range slices.Backward(list) {
		if g.Application == a.ID {
			return g, err
		}
	}
	return Agreement{}, err
}

package merchant

import (
	"context"

	"github.com/yifen-pay/yifen/internal/domain/access"
	"github.com/yifen-pay/yifen/internal/domain/identity"
)

// Known returns a merchant and what is known of it by its profile, with numbers masked. One that was furnished by the
// operator, or that is still applying, has an empty form.
func (s *Service) Known(ctx context.Context, who access.Actor, merchant string) (Merchant, Form, error) {
	m, err := s.merchant(ctx, merchant)
	if err == nil {
		err = mayKnow(who, m)
	}
	if err != nil {
		return Merchant{}, Form{}, err
	}
	f, err := s.profile(ctx, m.Profile)
	return m, f.Masked(), err
}

// mayKnow refuses who may not see a merchant: an agent's people see those that the agent holds.
func mayKnow(who access.Actor, m Merchant) error {
	if who.Realm != access.Agent {
		return may(who, access.MerchantView, m.ID)
	}
	if who.Agent == "" || m.Agent != who.Agent || !who.May(access.MerchantView) {
		return access.ErrScope
	}
	return nil
}

// Unmasked returns a form that was shown masked with the numbers that nobody touched put back: where a field still
// says what the mask of the application's number says, it is that number.
func (s *Service) Unmasked(ctx context.Context, who access.Actor, application string, f Form) (Form, error) {
	a, c, err := s.application(ctx, application)
	if err == nil {
		err = mayEdit(who, a)
	}
	if err != nil || who.May(access.DocumentView) {
		return f, err
	}
	keep := func(typed *string, known, masked string) {
		if *typed == masked {
			*typed = known
		}
	}
	old := c.Form
	keep(&f.Person.Number, old.Person.Number, identity.MaskResident(old.Person.Number))
	keep(&f.Person.Phone, old.Person.Phone, identity.MaskPhone(old.Person.Phone))
	keep(&f.Account.Number, old.Account.Number, identity.MaskAccount(old.Account.Number))
	keep(&f.Account.Phone, old.Account.Phone, identity.MaskPhone(old.Account.Phone))
	for i := range f.Owners {
		for _, o := range old.Owners {
			if f.Owners[i].Name == o.Name {
				keep(&f.Owners[i].Number, o.Number, identity.MaskResident(o.Number))
			}
		}
	}
	return f, nil
}

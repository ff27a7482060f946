package merchant

import (
	"context"

	"github.com/yifen-pay/yifen/internal/domain/identity"
)

// Identity is who a merchant is and where its money goes, as far as others may hold it: keyed hashes to compare, and
// what may be shown.
type Identity struct {
	// RegistrationIndex and RegistrationMasked tell the unified social credit code, of a micro merchant the identity
	// number of its person.
	RegistrationIndex, RegistrationMasked string
	AccountIndex, AccountMasked           string
	Area, Address                         string // of its first store
}

// Identity returns who a merchant is by its profile. One that was furnished by the operator has none: its identity is empty.
func (s *Service) Identity(ctx context.Context, m Merchant) (i Identity, err error) {
	f, err := s.profile(ctx, m.Profile)
	if err != nil || m.Profile == "" {
		return i, err
	}
	kind, number, masked := ByCode, f.Subject.Code, identity.MaskAccount(f.Subject.Code)
	if f.Kind == Micro {
		kind, number, masked = ByResident, f.Person.Number, identity.MaskResident(f.Person.Number)
	}
	i = Identity{
		RegistrationMasked: masked, AccountMasked: identity.MaskAccount(f.Account.Number), Area: f.Place.Area, Address: f.Place.Address,
	}
	if i.RegistrationIndex, err = s.vault.IndexData(string(kind), number); err != nil {
		return Identity{}, err
	}
	i.AccountIndex, err = s.vault.IndexData(string(ByAccount), f.Account.Number)
	return i, err
}

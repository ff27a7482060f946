package storetest

import (
	"github.com/yifen-pay/yifen/internal/domain/access"
	"github.com/yifen-pay/yifen/internal/domain/id"
	"github.com/yifen-pay/yifen/internal/domain/step"
)

// accessRows are the rows of accounts, sessions, keys and proposals. What lies in the bucket of its own text is
// written out.
func accessRows() []step.Row {
	blob := func(b byte) []byte { return []byte{b, 0, 0xff} }
	session := full[access.Session]().(access.Session)
	session.Bucket = id.Of(session.ID)
	ceremony := full[access.Ceremony]().(access.Ceremony)
	ceremony.Bucket = id.Of(ceremony.ID)
	tries := full[access.Throttle]().(access.Throttle)
	tries.Bucket = id.Of(tries.ID)
	passkey := full[access.Passkey]().(access.Passkey)
	passkey.Account = rowID
	key := full[access.APIKey]().(access.APIKey)
	key.Scopes = access.KeyScopes
	return []step.Row{
		access.User{
			ID: rowID, Bucket: rowBucket, Realm: access.Merchant, State: access.UserActive, Name: "名", Phone: "p", Email: "e", Lang: "zh", Hash: "h",
			Roles: []access.Role{access.Owner, access.Finance}, Agent: "agt", TOTP: blob(1), TOTPNext: blob(2), TOTPStep: 3, Recovery: []string{"r1", "r2"},
			Passkeys: 4, Epoch: 5, PasswordChangedAt: 6, LastLoginAt: 7, CreatedAt: 8, UpdatedAt: 9,
		},
		access.Member{
			Merchant: rowID, Account: "usr", Roles: []access.Role{access.Cashier}, State: access.MemberActive, AddedBy: "by", CreatedAt: 1, UpdatedAt: 2,
		},
		access.Roster{Merchant: rowID, Owners: 1, Members: 2},
		access.Invitation{
			ID: rowID, Bucket: rowBucket, Merchant: "m", Target: "t", Roles: []access.Role{access.Manager}, State: access.InvitationOpen, Hash: blob(3),
			By: "by", Account: "a", ExpiresAt: 1, CreatedAt: 2, UpdatedAt: 3,
		},
		full[access.Code](), full[access.Proposal](), session, ceremony, tries, passkey, key,
	}
}

package access

import (
	"slices"
	"strings"

	"github.com/yifen-pay/yifen/internal/domain/calendar"
	"github.com/yifen-pay/yifen/internal/domain/id"
	"github.com/yifen-pay/yifen/internal/domain/step"
)

// UserTable is where accounts lie.
const UserTable step.Table = "account"

// UserPrefix begins the ids of accounts.
const UserPrefix = "usr_"

// User is a person's account.
type User struct {
	ID     string
	Bucket id.Bucket
	Realm  Realm
	State  UserState
	Name   string
	Phone  Name
	Email  Name
	Lang   string // zh or en
	Hash   string // of the password (PHC string); empty while there is none, which no password fits
	Roles  []Role // of the platform or of an agent; roles with merchants lie in [Member]
	Agent  string

	// TOTP is the sealed secret of the one-time password, TOTPNext one whose enrollment is not confirmed
	// yet, TOTPStep the last step of time whose password was used (RFC 6238 §5.2).
	TOTP     []byte
	TOTPNext []byte
	TOTPStep int64
	// Recovery lists the hashes of recovery codes that are left.
	Recovery []string
	// Passkeys is how many are enrolled.
	Passkeys int64

	// Epoch counts what ends every session of the account; a session lives within one.
	Epoch int64

	PasswordChangedAt calendar.Instant
	LastLoginAt       calendar.Instant
	CreatedAt         calendar.Instant
	UpdatedAt         calendar.Instant
}

// Key returns the row's key.
func (u User) Key() step.Key { return UserKey(u.ID) }

// UserKey names an account. An id that is none names a row that is not there.
func UserKey(account string) step.Key {
	b, err := id.BucketOf(account)
	if err != nil {
		b = 0
	}
	return step.Key{Table: UserTable, Bucket: b, ID: account}
}

// HasFactor tells whether a second factor is enrolled.
func (u User) HasFactor() bool { return len(u.TOTP) > 0 || u.Passkeys > 0 }

// Carries tells whether the account logs in with a name today. The directory leads from names of the past
// to the account too.
func (u User) Carries(n Name) bool { return n != "" && (u.Phone == n || u.Email == n) }

// Contact returns where messages to the person go: the e-mail address before the telephone.
func (u User) Contact() Name {
	if u.Email != "" {
		return u.Email
	}
	return u.Phone
}

// withName returns the account with a log-in name in place of the one of its kind.
func (u User) withName(n Name) User {
	if n.IsEmail() {
		u.Email = n
	} else {
		u.Phone = n
	}
	return u
}

// JoinRoles writes roles as records keep them.
func JoinRoles(list []Role) string {
	words := make([]string, len(list))
	for i, r := range list {
		words[i] = string(r)
	}
	return strings.Join(words, " ")
}

// SplitRoles reads what [JoinRoles] wrote.
func SplitRoles(s string) []Role {
	var list []Role
	for word := range strings.FieldsSeq(s) {
		list = append(list, Role(word))
	}
	return list
}

// CheckRoles returns the roles in the order of the realm's list, each once, or refuses what is none of them.
func CheckRoles(realm Realm, list []Role) ([]Role, error) {
	all := Roles(realm)
	for _, r := range list {
		if !slices.Contains(all, r) {
			return nil, ErrRole
		}
	}
	var sorted []Role
	for _, r := range all {
		if slices.Contains(list, r) {
			sorted = append(sorted, r)
		}
	}
	if len(sorted) == 0 {
		return nil, ErrRole
	}
	return sorted, nil
}

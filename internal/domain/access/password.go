package access

import (
	"context"
	_ "embed"
	"strings"
	"unicode/utf8"
)

// Hasher computes and checks password hashes. It bounds how many are computed at a time, so that log-ins
// never take the processors from payments.
type Hasher interface {
	// Hash returns the hash of a password as a PHC string, or a fault of kind Unavailable when too many
	// are waiting.
	Hash(ctx context.Context, password string) (string, error)
	// Verify tells whether a password fits a hash, and whether the hash was made with lesser parameters
	// than today's. A hash that is none fits nothing.
	Verify(ctx context.Context, hash, password string) (ok, outdated bool, err error)
}

// Lengths of passwords, in characters (NIST SP 800-63B §5.1.1.2; PCI DSS 8.3.6 for staff).
const (
	passwordMin      = 8
	passwordMinStaff = 12
	passwordMax      = 128
)

//go:embed common_passwords.txt
var commonPasswords string

var common = func() map[string]bool {
	set := map[string]bool{}
	for word := range strings.FieldsSeq(commonPasswords) {
		set[word] = true
	}
	return set
}()

// checkPassword refuses passwords that guessers try first. They are compared without regard to case and
// without the digits and marks that people put behind a word.
func checkPassword(realm Realm, password string, u User) error {
	least := passwordMin
	if realm == Platform {
		least = passwordMinStaff
	}
	n := utf8.RuneCountInString(password)
	if !utf8.ValidString(password) || n < least || n > passwordMax {
		return ErrPassword.With("a password has %d to %d characters", least, passwordMax)
	}
	small := strings.ToLower(password)
	word := strings.TrimRight(small, "0123456789!@#$%&*.?-_")
	local, _, _ := strings.Cut(string(u.Email), "@")
	switch {
	case common[small], common[word], same(small):
		return ErrPassword.With("this password is one of the first that are tried: choose another one")
	case small == strings.ToLower(u.Name), small == string(u.Phone), small == string(u.Email), word != "" && word == local:
		return ErrPassword.With("the password is made of the name: choose another one")
	}
	return nil
}

// same tells a word of one character repeated.
func same(word string) bool {
	first, _ := utf8.DecodeRuneInString(word)
	return strings.Trim(word, string(first)) == ""
}

package access

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/yifen-pay/yifen/internal/domain/directory"
)

// LoginName is the directory's kind of names by which people log in.
const LoginName = "login"

// Name is what a person logs in with: a telephone number or an e-mail address, in the one form in which the
// directory keeps it.
type Name string

var (
	mainland      = regexp.MustCompile(`^1[3-9][0-9]{9}$`)
	international = regexp.MustCompile(`^\+[1-9][0-9]{6,14}$`)
	mailbox       = regexp.MustCompile("^[a-z0-9!#$%&'*+/=?^_`{|}~-]+(\\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*@" +
		"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)+$")
	spacing = strings.NewReplacer(" ", "", "-", "", "(", "", ")", "")
)

// ParseName reads a log-in name: a mainland mobile number with or without +86, another number in the form of
// E.164, or an e-mail address, whose letters become small.
func ParseName(s string) (Name, error) {
	s = strings.ToLower(strings.TrimSpace(s))
	if strings.Contains(s, "@") {
		local, _, _ := strings.Cut(s, "@")
		if len(s) > 254 || len(local) > 64 || !mailbox.MatchString(s) {
			return "", ErrName
		}
		return Name(s), nil
	}
	number := spacing.Replace(s)
	if home, ok := strings.CutPrefix(number, "+86"); ok && mainland.MatchString(home) {
		number = home
	}
	if !mainland.MatchString(number) && !international.MatchString(number) {
		return "", ErrName
	}
	return Name(number), nil
}

// IsEmail tells an e-mail address from a telephone number.
func (n Name) IsEmail() bool { return strings.Contains(string(n), "@") }

// Masked returns the name as people other than its owner may read it: "138****8000", "o***@demo.yifen".
func (n Name) Masked() string {
	s := string(n)
	if local, host, ok := strings.Cut(s, "@"); ok {
		first, _ := utf8.DecodeRuneInString(local)
		return string(first) + "***@" + host
	}
	if len(s) < 8 {
		return "****"
	}
	return s[:3] + "****" + s[len(s)-4:]
}

func (n Name) entry(account string) directory.Entry {
	return directory.Entry{Kind: LoginName, Name: string(n), Target: account}
}

const personNameMax = 60

// checkPersonName refuses a name that cannot be shown.
func checkPersonName(name string) error {
	if n := utf8.RuneCountInString(name); n == 0 || n > personNameMax || strings.TrimSpace(name) != name ||
		strings.ContainsFunc(name, unicode.IsControl) || !utf8.ValidString(name) {
		return ErrPersonName
	}
	return nil
}

// languages are those in which the product speaks.
func checkLang(lang string) error {
	if lang != "zh" && lang != "en" {
		return ErrLang
	}
	return nil
}

package wallet

import (
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/yifen-pay/yifen/internal/domain/calendar"
	"github.com/yifen-pay/yifen/internal/domain/id"
	"github.com/yifen-pay/yifen/internal/domain/step"
)

// AccountTable is where accounts lie.
const AccountTable step.Table = "wallet_account"

// AccountPrefix begins the ids of accounts.
const AccountPrefix = "wac_"

// Mode says in whose name requests are signed.
type Mode string

// The modes.
const (
	// Direct: the holder of the account has keys of its own.
	Direct Mode = "direct"
	// Provider: the operator's account, under which merchants are known by numbers of their own.
	Provider Mode = "provider"
	// Sub: a merchant under the operator's account; that one's keys sign.
	Sub Mode = "sub"
)

// AccountState says whether an account takes payments.
type AccountState string

// The states. The diagram is in doc.go.
const (
	Untested AccountState = "untested"
	Ready    AccountState = "ready"
	Off      AccountState = "off"
)

// AccountStates lists every state.
var AccountStates = []AccountState{Untested, Ready, Off}

// Account is how a wallet knows who collects.
type Account struct {
	ID       string
	Bucket   id.Bucket
	Merchant string // "" for the operator's
	Wallet   Name
	Mode     Mode
	Provider string // the operator's account, of a sub-merchant
	State    AccountState
	// Values are the fields that are no secret, by name; Secrets the others, sealed.
	Values  map[string]string
	Secrets []byte
	// Version rises with every change of what requests are made with.
	Version   int64
	TestedAt  calendar.Instant
	TestedBy  string
	Findings  []Finding // of the last test
	ChangedBy string
	CreatedAt calendar.Instant
	UpdatedAt calendar.Instant // when it was changed or switched off; a test is no change
}

// Key returns the row's key.
func (a Account) Key() step.Key { return AccountKey(a.ID) }

// AccountKey names an account.
func AccountKey(account string) step.Key {
	return step.Key{Table: AccountTable, Bucket: id.MustBucket(account), ID: account}
}

// AccountOf returns the id of a merchant's account with a wallet: it has one.
func AccountOf(w Name, merchant string) string {
	const tail = 28 // the bucket and the ULID of an id
	return AccountPrefix + string(w) + "_" + merchant[len(merchant)-tail:]
}

// ProviderOf returns the id of the operator's account with a wallet, under which merchants are known.
func ProviderOf(w Name) string { return AccountPrefix + string(w) + "_00" + strings.Repeat("0", 26) }

// Access is an account as a rail uses it: with its secrets open and, of a sub-merchant, the provider's fields. It lives
// in memory only.
type Access struct {
	Account  Account
	Fields   map[string]string // all of the signing account's, secrets with them
	Sub      map[string]string // the sub-merchant's; nil otherwise
	Revision string            // another one means other fields
}

// String hides the secrets.
func (a Access) String() string { return "access to " + a.Account.ID }

// GoString hides the secrets.
func (a Access) GoString() string { return a.String() }

// Field describes one field of an account, for forms and checks.
type Field struct {
	Name     string
	Secret   bool
	Optional bool
	// Several lines, such as a key or a certificate in PEM.
	Long  bool
	form  *regexp.Regexp
	means string // what the form asks for, in words
}

var (
	digitsForm = func(from, to string) *regexp.Regexp { return regexp.MustCompile(`^[0-9]{` + from + `,` + to + `}$`) }
	wordForm   = regexp.MustCompile(`^[0-9A-Za-z_-]{1,64}$`)
	secretForm = regexp.MustCompile(`^[0-9A-Fa-f]{32}$`)
	serialForm = regexp.MustCompile(`^[0-9A-Fa-f]{8,40}$`)
	keyForm    = regexp.MustCompile(`^[ -~]{32}$`)
	pemForm    = regexp.MustCompile(`^(-----BEGIN [A-Z0-9 ]+-----[\sA-Za-z0-9+/=]+-----END [A-Z0-9 ]+-----\s*)+$`)
	baseForm   = regexp.MustCompile(`^[\sA-Za-z0-9+/=]+$`)
	tokenForm  = regexp.MustCompile(`^[!-~]{1,128}$`)
	textForm   = regexp.MustCompile(`^[ -~]{1,128}$`)
)

// fields lists what each wallet asks of each mode. A provider signs like a direct merchant.
var fields = map[Name]map[Mode][]Field{
	WeChat: {
		Direct: {
			{Name: "mchid", form: digitsForm("8", "10"), means: "8 to 10 digits"},
			{Name: "appid", form: wordForm, means: "letters and digits"},
			{Name: "merchant_serial", form: serialForm, means: "hexadecimal digits: serial number of the merchant certificate"},
			{Name: "merchant_private_key", Secret: true, Long: true, form: pemForm, means: "a private key in PEM (apiclient_key.pem)"},
			{Name: "api_v3_key", Secret: true, form: keyForm, means: "exactly 32 characters"},
			{Name: "app_secret", Secret: true, Optional: true, form: secretForm, means: "32 hexadecimal digits: AppSecret of the official account"},
			{Name: "platform_public_key_id", Optional: true, form: wordForm, means: "PUB_KEY_ID_ and digits"},
			{Name: "platform_public_key", Optional: true, Long: true, form: pemForm, means: "a public key in PEM (pub_key.pem)"},
		},
		Sub: {
			{Name: "sub_mchid", form: digitsForm("8", "10"), means: "8 to 10 digits"},
			{Name: "sub_appid", Optional: true, form: wordForm, means: "letters and digits"},
		},
	},
	Alipay: {
		Direct: {
			{Name: "app_id", form: digitsForm("16", "32"), means: "16 digits"},
			{Name: "seller_id", form: digitsForm("16", "16"), means: "16 digits that begin 2088"},
			{Name: "app_private_key", Secret: true, Long: true, form: pemForm, means: "a private key in PEM"},
			{Name: "alipay_public_key", Optional: true, Long: true, form: pemForm, means: "a public key in PEM"},
			{Name: "app_certificate", Optional: true, Long: true, form: pemForm, means: "a certificate in PEM (appCertPublicKey.crt)"},
			{Name: "alipay_certificate", Optional: true, Long: true, form: pemForm, means: "a certificate in PEM (alipayCertPublicKey_RSA2.crt)"},
			{Name: "alipay_root_certificate", Optional: true, Long: true, form: pemForm, means: "certificates in PEM (alipayRootCert.crt)"},
		},
		Sub: {
			{Name: "app_auth_token", Secret: true, form: tokenForm, means: "the token with which the merchant lets the provider act"},
			{Name: "seller_id", form: digitsForm("16", "16"), means: "16 digits that begin 2088"},
		},
	},
	UnionPay: {
		Direct: {
			{Name: "institution", form: digitsForm("8", "11"), means: "8 to 11 digits"},
			{Name: "merchant_number", form: wordForm, means: "15 characters"},
			{Name: "terminal_number", form: wordForm, means: "8 characters"},
			{Name: "signing_key", Secret: true, Long: true, form: baseForm, means: "the PKCS #12 file in base64"},
			{Name: "signing_key_password", Secret: true, form: textForm, means: "the password of the PKCS #12 file"},
			{Name: "unionpay_public_key", Long: true, form: pemForm, means: "a public key or certificate in PEM"},
		},
		Sub: {
			{Name: "merchant_number", form: wordForm, means: "15 characters"},
			{Name: "terminal_number", form: wordForm, means: "8 characters"},
		},
	},
}

// Fields returns what an account with a wallet consists of.
func Fields(w Name, m Mode) []Field {
	if m == Provider {
		m = Direct
	}
	return fields[w][m]
}

// together are the fields of which an account has all or none; of the groups of a wallet it has exactly one, or none where
// that is a mode of its own (WeChat's downloaded certificates).
var together = map[Name]struct {
	groups [][]string
	none   bool
}{
	WeChat: {groups: [][]string{{"platform_public_key_id", "platform_public_key"}}, none: true},
	Alipay: {groups: [][]string{{"alipay_public_key"}, {"app_certificate", "alipay_certificate", "alipay_root_certificate"}}},
}

// Check returns what is wrong with the fields of an account, nil if nothing is. Values never stand in the message.
func Check(w Name, m Mode, values map[string]string) error {
	known := Fields(w, m)
	if known == nil {
		return ErrField.With("there is no account with %q as %q", w, m)
	}
	for _, name := range slices.Sorted(maps.Keys(values)) {
		if !slices.ContainsFunc(known, func(f Field) bool { return f.Name == name }) {
			return ErrField.With("%s: there is no such field", name)
		}
	}
	for _, f := range known {
		switch v := values[f.Name]; {
		case v == "" && !f.Optional:
			return ErrField.With("%s is missing: %s", f.Name, f.means)
		case v != "" && (len(v) > 64<<10 || !f.form.MatchString(v)):
			return ErrField.With("%s does not look right: it is %s", f.Name, f.means)
		}
	}
	if m == Sub {
		return nil
	}
	return checkGroups(w, values)
}

func checkGroups(w Name, values map[string]string) error {
	rule, ok := together[w]
	if !ok {
		return nil
	}
	whole := 0
	for _, g := range rule.groups {
		n := 0
		for _, name := range g {
			if values[name] != "" {
				n++
			}
		}
		if n != 0 && n != len(g) {
			return ErrField.With("%s go together: give all of them or none", strings.Join(g, ", "))
		}
		if n != 0 {
			whole++
		}
	}
	switch {
	case whole > 1:
		return ErrField.With("public key and certificates exclude each other: give one of them")
	case whole == 0 && !rule.none:
		return ErrField.With("give the wallet's public key, or the three certificates")
	}
	return nil
}

// Split parts fields into those that may be seen and those that are sealed.
func Split(w Name, m Mode, values map[string]string) (open, secret map[string]string) {
	open, secret = map[string]string{}, map[string]string{}
	for _, f := range Fields(w, m) {
		if v := strings.TrimSpace(values[f.Name]); v != "" && f.Secret {
			secret[f.Name] = v
		} else if v != "" {
			open[f.Name] = v
		}
	}
	return open, secret
}

// Finding is one thing that a test of an account looked at.
type Finding struct {
	// What was tried, as a word: "key", "certificate", "notify", "reach", "clock", "signature", "answer", "merchant", "page".
	What string `json:"what"`
	OK   bool   `json:"ok"`
	// Field that is to be looked at when it failed, "" when none is to blame.
	Field string `json:"field,omitempty"`
	// Why says what failed as a word, and Values what belongs to it, in the order in which Detail names them.
	Why    string   `json:"why,omitempty"`
	Values []string `json:"values,omitempty"`
	// Detail says exactly what failed, with the wallet's own code where it gave one; never a secret.
	Detail string `json:"detail,omitempty"`
}

// Passed tells whether a test found nothing wrong.
func Passed(findings []Finding) bool {
	return len(findings) > 0 && !slices.ContainsFunc(findings, func(f Finding) bool { return !f.OK })
}

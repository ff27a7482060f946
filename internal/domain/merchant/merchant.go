package merchant

import (
	"github.com/yifen-pay/yifen/internal/domain/access"
	"github.com/yifen-pay/yifen/internal/domain/calendar"
	"github.com/yifen-pay/yifen/internal/domain/id"
	"github.com/yifen-pay/yifen/internal/domain/step"
)

// Where merchants and stores lie.
const (
	Table      step.Table = "merchant"
	StoreTable step.Table = "store"
)

// Prefix and StorePrefix begin the ids.
const (
	Prefix      = "mch_"
	StorePrefix = "str_"
)

// Kind says what a merchant is in law.
type Kind string

// The kinds of merchant.
const (
	Enterprise Kind = "enterprise" // a company
	Individual Kind = "individual" // an individual business (sole trader) with a license
	Micro      Kind = "micro"      // a natural person without a license
)

// Kinds lists every kind of merchant.
var Kinds = []Kind{Enterprise, Individual, Micro}

// Grade is how much risk is seen in a merchant.
type Grade string

// The grades.
const (
	Low    Grade = "low"
	Medium Grade = "medium"
	High   Grade = "high"
)

// Origin says how a merchant came to be.
type Origin string

// The origins. Merchants that the operator furnished have none.
const (
	Applied  Origin = "application"
	Imported Origin = "import"
)

// Merchant is one merchant.
type Merchant struct {
	ID       string
	Bucket   id.Bucket
	Number   string // 15 characters, ISO 8583 DE 42; empty while applying
	Name     string // as customers know it
	NameEN   string
	Category string // merchant category code, ISO 18245
	State    State

	// Limits of ours; zero means none. The day is the business date.
	SingleMax   int64 // fen
	DayCountMax int64
	DaySumMax   int64 // fen

	CreatedAt calendar.Instant

	Kind    Kind
	Subject string // name on the license, or of the person
	Agent   string // who brought it, "" for nobody
	Owner   string // account of the person who owns it here
	Area    string // GB/T 2260, of its first store
	Grade   Grade
	Origin  Origin
	Profile string // the application whose profile holds

	// Days on which something about it comes to its end; zero means never or not known.
	LicenseUntil  calendar.Date
	IdentityUntil calendar.Date
	VerifyBy      calendar.Date
	DueOn         calendar.Date // the nearest of them, zero once closed
	RemindedFor   calendar.Date // the DueOn of which it was told

	ApprovedAt calendar.Instant
	UpdatedAt  calendar.Instant
}

// Key returns the row's key.
func (m Merchant) Key() step.Key { return Key(m.ID) }

// Key names the merchant with this id.
func Key(merchant string) step.Key {
	return step.Key{Table: Table, Bucket: id.MustBucket(merchant), ID: merchant}
}

// due sets the nearest day on which something comes to its end.
func (m *Merchant) due() {
	m.DueOn = 0
	if m.State == Closed {
		return
	}
	for _, d := range []calendar.Date{m.LicenseUntil, m.IdentityUntil, m.VerifyBy} {
		if d != 0 && d != Forever && (m.DueOn == 0 || d < m.DueOn) {
			m.DueOn = d
		}
	}
}

// member is an account's place with the merchant as one of its owners.
func (m Merchant) member(account string, state access.MemberState, by string, now calendar.Instant) access.Member {
	return access.Member{
		Merchant: m.ID, Account: account, Roles: []access.Role{access.Owner}, State: state, AddedBy: by, CreatedAt: now, UpdatedAt: now,
	}
}

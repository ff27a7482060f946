package merchant

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/yifen-pay/yifen/internal/domain/calendar"
	"github.com/yifen-pay/yifen/internal/domain/id"
	"github.com/yifen-pay/yifen/internal/domain/step"
)

// CheckTable is where checks lie.
const CheckTable step.Table = "bureau_check"

// CheckKind says what is asked of the provider.
type CheckKind string

// The kinds of check.
const (
	RealName     CheckKind = "real_name" // name and identity number belong together
	Register     CheckKind = "register"  // name, code and representative stand so in the business register
	BankElements CheckKind = "account"   // holder, account and, of a person, identity number and telephone belong together
)

// Outcome is what came of a check.
type Outcome string

// The outcomes.
const (
	Waiting     Outcome = "pending"
	Match       Outcome = "match"
	Mismatch    Outcome = "mismatch"
	Unavailable Outcome = "unavailable" // busy or down: asked again later
)

// Check is a question to the provider and its answer. Its key says which data it is about, so that what was
// answered once is not asked again while the data stay the same.
type Check struct {
	Application string
	Bucket      id.Bucket
	Merchant    string
	Kind        CheckKind
	Part        string // whose data: "person", "subject", "account", "owners.0"
	Index       string // keyed hash of the data
	State       Outcome
	Differs     string // words of what differed, a space between
	Reference   string // of the provider
	Tries       int64
	AskedAt     calendar.Instant
	AnsweredAt  calendar.Instant
	DueAt       calendar.Instant // when to ask; zero when nothing is to be done by itself
	CreatedAt   calendar.Instant
}

// Key returns the row's key.
func (c Check) Key() step.Key {
	return step.Key{Table: CheckTable, Bucket: c.Bucket, ID: checkID(c.Application, c.Kind, c.Part, c.Index)}
}

func checkID(application string, kind CheckKind, part, index string) string {
	return fmt.Sprintf("%s/%s/%s/%.16s", application, kind, part, index)
}

func checkKey(application, check string) step.Key {
	return step.Key{Table: CheckTable, Bucket: id.MustBucket(application), ID: check}
}

// Question is what the provider is asked. Fields that a kind does not need are empty.
type Question struct {
	ID             string // the same when it is asked again
	Kind           CheckKind
	Name           string // of the person, the company or the account's holder
	Number         string // identity number
	Code           string // unified social credit code
	Representative string
	Account        string
	Phone          string
}

// Answer is what the provider says.
type Answer struct {
	Outcome   Outcome  // Match or Mismatch
	Differs   []string // words: "name", "number", "representative", "state", …
	Reference string
}

// Bureau asks those who know. An error is [ErrBureauBusy] or [ErrBureauDown]; nothing is known then. It gives up by
// itself well within a minute, after which the question counts as nobody's.
type Bureau interface {
	Ask(ctx context.Context, q Question) (Answer, error)
}

// asked is a question with where its answer goes.
type asked struct {
	part string
	q    Question
}

// questions lists what is asked about the sections of a form that an application carries.
func (f Form) questions(sections []Section) (list []asked) {
	for _, s := range sections {
		switch {
		case s == SectionSubject && f.Kind != Micro:
			list = append(list, asked{"subject", Question{Kind: Register, Name: f.Subject.Name, Code: f.Subject.Code, Representative: f.Person.Name}})
		case s == SectionPerson:
			list = append(list, asked{"person", Question{Kind: RealName, Name: f.Person.Name, Number: f.Person.Number}})
		case s == SectionOwners:
			for i, o := range f.Owners {
				if o.Number != f.Person.Number {
					list = append(list, asked{fmt.Sprintf("owners.%d", i), Question{Kind: RealName, Name: o.Name, Number: o.Number}})
				}
			}
		case s == SectionAccount:
			q := Question{Kind: BankElements, Name: f.Account.Holder, Account: f.Account.Number}
			if f.Account.Kind == Personal {
				q.Phone = f.Account.Phone
				if sameName(f.Account.Holder, f.Person.Name) {
					q.Number = f.Person.Number
				}
			}
			list = append(list, asked{"account", q})
		}
	}
	return list
}

// data is the text of a question that its keyed hash is made of.
func (q Question) data() string {
	return strings.Join([]string{string(q.Kind), q.Name, q.Number, q.Code, q.Representative, q.Account, q.Phone}, "\x00")
}

// How a provider that is busy or down is asked again.
const (
	askLease     = time.Minute
	askFirst     = 30 * time.Second
	askPauseMax  = time.Hour
	askTriesMax  = 12 // then a person asks again
	askAtOnceMax = 20 // checks of one turn
)

// pauseAfter returns how long to wait after so many tries.
func pauseAfter(tries int64) time.Duration {
	return min(askFirst<<min(tries-1, 16), askPauseMax)
}

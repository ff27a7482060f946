package merchant

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/yifen-pay/yifen/internal/domain/calendar"
	"github.com/yifen-pay/yifen/internal/domain/id"
	"github.com/yifen-pay/yifen/internal/domain/step"
)

// Where applications and their history lie.
const (
	ApplicationTable step.Table = "application"
	HistoryTable     step.Table = "application_history"
	OpenTable        step.Table = "application_open"
)

// ApplicationPrefix begins the ids of applications.
const ApplicationPrefix = "app_"

// ClaimFor is how long a reviewer has an application to themselves.
const ClaimFor = 30 * time.Minute

// Purpose says what an application is for.
type Purpose string

// The purposes.
const (
	Onboarding     Purpose = "onboarding"
	Change         Purpose = "change"
	Reverification Purpose = "reverification"
)

// Application is one application. Its content is sealed; see [Content].
type Application struct {
	ID       string
	Bucket   id.Bucket
	Merchant string
	Purpose  Purpose
	State    ApplicationState
	Origin   Origin
	Agent    string
	Name     string // of the shop, for lists
	Kind     Kind
	Sections string // the sections that it carries, by their words

	Version int64  // counted up by every change
	Step    string // of the form that the applicant left, for the screen to go back to
	Content []byte // sealed
	Base    string // the profile over which it is laid, "" for none

	Grade   Grade
	Reasons string // of the grade, by their words
	Checks  string // the checks it rests on, by their ids, a space between

	ClaimedBy    string // account of the reviewer
	ClaimedUntil calendar.Instant
	SubmittedBy  string
	SubmittedAt  calendar.Instant
	DecidedBy    string
	SecondBy     string // the second person, where there was one
	DecidedAt    calendar.Instant
	Override     string // why it was approved although a check did not match
	Reason       string // of the last return, rejection or withdrawal

	Entries   int64 // rows of history
	CreatedBy string
	CreatedAt calendar.Instant
	UpdatedAt calendar.Instant
}

// Key returns the row's key.
func (a Application) Key() step.Key {
	return step.Key{Table: ApplicationTable, Bucket: a.Bucket, ID: a.ID}
}

// ApplicationKey names an application.
func ApplicationKey(application string) step.Key {
	return step.Key{Table: ApplicationTable, Bucket: id.MustBucket(application), ID: application}
}

// record is what the content is bound to.
func (a Application) record() string { return "application/" + a.ID }

// Carries tells whether the application carries a section.
func (a Application) Carries(s Section) bool {
	return slices.Contains(splitSections(a.Sections), s)
}

// Content is what an application holds sealed.
type Content struct {
	Form    Form     `json:"form"`
	Remarks []Remark `json:"remarks,omitempty"` // of the reviewer, on the last return
}

// Remark is what a reviewer asks to be corrected.
type Remark struct {
	Field string `json:"field"` // as the findings name it, or "document." and a kind
	Text  string `json:"text"`
}

// remarksMax bounds the remarks of one return, and remarkMax the characters of each.
const (
	remarksMax = 60
	remarkMax  = 500
)

func (c Content) encode() []byte {
	raw, err := json.Marshal(c)
	if err != nil { // texts and numbers only
		panic(err)
	}
	return raw
}

// History is one transition of an application.
type History struct {
	Application string
	Bucket      id.Bucket
	Number      int64 // from 1, without a gap
	Verb        Verb
	From, To    ApplicationState
	By          string // as the trail writes it
	Reason      string
	Version     int64
	At          calendar.Instant
}

// Key returns the row's key.
func (h History) Key() step.Key {
	return step.Key{Table: HistoryTable, Bucket: h.Bucket, ID: fmt.Sprintf("%s/%06d", h.Application, h.Number)}
}

// Pending says which application of a merchant is open: there is one at most.
type Pending struct {
	Merchant    string
	Bucket      id.Bucket
	Application string // "" when none is
}

// Key returns the row's key.
func (p Pending) Key() step.Key {
	return step.Key{Table: OpenTable, Bucket: p.Bucket, ID: p.Merchant}
}

func pendingKey(merchant string) step.Key {
	return step.Key{Table: OpenTable, Bucket: id.MustBucket(merchant), ID: merchant}
}

// ApplicationFilter narrows a list of applications; empty fields do not.
type ApplicationFilter struct {
	State     ApplicationState
	Purpose   Purpose
	ClaimedBy string
	Name      string // prefix; of everybody's applications the list is in the order of names then
}

// Filter narrows a list of merchants; empty fields do not. With a prefix of the name the list is in the order of
// names, otherwise the newest stand first.
type Filter struct {
	State    State
	Category string
	Agent    string
	Number   string
	Name     string // prefix
}

package speaker

import (
	"github.com/yifen-pay/yifen/internal/domain/calendar"
	"github.com/yifen-pay/yifen/internal/domain/id"
	"github.com/yifen-pay/yifen/internal/domain/step"
)

// Table is where speakers lie.
const Table step.Table = "speaker"

// Prefix begins the ids of speakers.
const Prefix = "spk_"

// Lang is the language that a speaker speaks.
type Lang string

// The languages.
const (
	Chinese Lang = "zh"
	English Lang = "en"
)

// State says whether a speaker is let in.
type State string

// The states.
const (
	On  State = "on"
	Off State = "off"
)

// Speaker is one device on a counter. Its id is its user name.
type Speaker struct {
	ID        string
	Bucket    id.Bucket
	Merchant  string
	Store     string // "" for all of the merchant's
	Name      string
	Lang      Lang
	State     State
	Hash      string           // of the password, SHA-256 in hexadecimal: the password is drawn, not chosen
	SeenAt    calendar.Instant // within five minutes; zero for never
	CreatedBy string
	CreatedAt calendar.Instant
	UpdatedAt calendar.Instant
}

// Key returns the row's key.
func (s Speaker) Key() step.Key { return step.Key{Table: Table, Bucket: s.Bucket, ID: s.ID} }

// Topic is what a speaker reads at the broker.
func Topic(id string) string { return "speaker/" + id + "/say" }

// CountTable is where the numbers of merchants' speakers lie.
const CountTable step.Table = "speaker_count"

// Count is how many speakers a merchant has, so that their number is bounded.
type Count struct {
	Merchant string
	Bucket   id.Bucket
	Speakers int64
}

// Key returns the row's key.
func (c Count) Key() step.Key { return step.Key{Table: CountTable, Bucket: c.Bucket, ID: c.Merchant} }

// Filter narrows a list of speakers. Empty fields ask for nothing.
type Filter struct {
	Merchant string
	State    State
}

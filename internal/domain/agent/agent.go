package agent

import (
	"fmt"
	"strings"

	"github.com/yifen-pay/yifen/internal/domain/calendar"
	"github.com/yifen-pay/yifen/internal/domain/fault"
	"github.com/yifen-pay/yifen/internal/domain/id"
	"github.com/yifen-pay/yifen/internal/domain/step"
)

// Where agents lie, their terms, the moves of merchants between them, and the sums of their days. Agents are few and the
// same everywhere: bucket 0. Moves and days lie in the bucket of their merchant.
const (
	Table      step.Table = "agent"
	TermsTable step.Table = "agent_terms"
	MoveTable  step.Table = "agent_move"
	DayTable   step.Table = "agent_day"
)

// Prefix begins the ids of agents.
const Prefix = "agt_"

// directoryKind is where the credit codes of agents are unique.
const directoryKind = "agent"

// State says how far an agent came.
type State string

// The states. The diagram is in doc.go.
const (
	Draft     State = "draft"
	Active    State = "active"
	Suspended State = "suspended"
	Ended     State = "ended"
)

// States lists every state.
var States = []State{Draft, Active, Suspended, Ended}

// Verb is what happens to an agent.
type Verb string

// The verbs.
const (
	Open    Verb = "open"
	Suspend Verb = "suspend"
	End     Verb = "end"
)

// Verbs lists every verb.
var Verbs = []Verb{Open, Suspend, End}

var next = map[State]map[Verb]State{
	Draft:     {Open: Active},
	Active:    {Suspend: Suspended, End: Ended},
	Suspended: {Open: Active, End: Ended},
}

// After returns the state after a verb, or [ErrState].
func (s State) After(v Verb) (State, error) {
	to, ok := next[s][v]
	if !ok {
		return s, ErrState.With("an agent that is %s cannot be: %s", s, v)
	}
	return to, nil
}

// Agent is a firm that brings merchants.
type Agent struct {
	ID           string
	State        State
	Name         string
	CreditCode   string // unified social credit code, GB 32100
	Area         string // GB/T 2260
	Registration string // number under which the outsourcing body is on record (备案号)
	// RegisteredUntil is the last day of the registration.
	RegisteredUntil calendar.Date
	Upper           string // the agent above, "" for none
	Contact         string // a person's name, masked; the rest lies sealed
	Account         string // settlement account, masked
	Sealed          []byte // [Private], bound to the agent's id
	Reason          string // of the last suspension, opening or end
	Version         int64  // rises with every change
	CreatedBy       string
	CreatedAt       calendar.Instant
	UpdatedAt       calendar.Instant
}

// Private is what is kept sealed of an agent: who speaks for it, and where its shares go.
type Private struct {
	Contact string  `json:"contact"`
	Phone   string  `json:"phone"`
	Email   string  `json:"email"`
	Account Account `json:"account"`
}

// Account is a bank account of a company.
type Account struct {
	Name   string `json:"name"`
	Number string `json:"number"`
	Bank   string `json:"bank"`
}

// Key returns the row's key.
func (a Agent) Key() step.Key { return Key(a.ID) }

// Key names an agent.
func Key(agent string) step.Key { return step.Key{Table: Table, ID: agent} }

// Move is a merchant's passing from one agent to another, from a business date on.
type Move struct {
	Merchant string
	Bucket   id.Bucket
	From     calendar.Date
	Agent    string // "" for none
	Before   string // who held the merchant until then
	Reason   string
	AskedBy  string
	By       string // who approved
	Done     bool   // the merchant's row says so too
	At       calendar.Instant
}

// Key returns the row's key.
func (m Move) Key() step.Key { return MoveKey(m.Merchant, m.From) }

// MoveKey names the move of a merchant on a business date.
func MoveKey(merchant string, from calendar.Date) step.Key {
	return step.Key{Table: MoveTable, Bucket: id.MustBucket(merchant), ID: merchant + "/" + from.String()}
}

// Day is what an agent's sums of one merchant and business date say, in fen.
type Day struct {
	Agent, Merchant string
	Date            calendar.Date
	// Back tells that the sums are of what was given back: refunds, voids and reversals.
	Back               bool
	Count              int64 // payments, or acts that gave back
	Amount, Fee, Share int64
}

// DayOf returns the change of an agent's sums as a tally.
func DayOf(d Day) step.Tally {
	side := "+"
	if d.Back {
		side = "-"
	}
	return step.Tally{
		At: step.Key{Table: DayTable, Bucket: id.MustBucket(d.Merchant),
			ID: d.Agent + "/" + d.Date.String() + "/" + d.Merchant + "/" + side},
		Sums: [4]int64{d.Count, d.Amount, d.Fee, d.Share},
	}
}

// ReadDay reads an agent's sums out of their tally.
func ReadDay(t step.Tally) (Day, error) {
	parts := strings.Split(t.At.ID, "/")
	if len(parts) != 4 || parts[3] != "+" && parts[3] != "-" {
		return Day{}, fmt.Errorf("read the day of an agent: %q is none", t.At.ID)
	}
	date, err := calendar.ParseDate(parts[1])
	return Day{
		Agent: parts[0], Merchant: parts[2], Date: date, Back: parts[3] == "-",
		Count: t.Sums[0], Amount: t.Sums[1], Fee: t.Sums[2], Share: t.Sums[3],
	}, err
}

// Filter narrows a list of agents; a zero field asks for nothing.
type Filter struct {
	State State
	Upper string
}

// Refusals.
var (
	ErrNotFound   = fault.New(fault.NotFound, "agent_not_found", "there is no such agent")
	ErrState      = fault.New(fault.Conflict, "agent_state", "the agent's state does not allow this")
	ErrChanged    = fault.New(fault.Conflict, "agent_changed", "the agent changed since it was shown: look at it again")
	ErrInvalid    = fault.New(fault.Invalid, "agent_invalid", "the agent cannot be kept as it is")
	ErrUpper      = fault.New(fault.Invalid, "agent_upper", "an agent stands under one that is open and stands under none, and has none below itself")
	ErrTerms      = fault.New(fault.Invalid, "agent_terms_invalid", "the shares cannot be kept as they are")
	ErrDate       = fault.New(fault.Invalid, "agent_date", "the date has begun: what changes shares or holders starts on a later business date")
	ErrIncomplete = fault.New(fault.Invalid, "agent_incomplete", "the agent lacks its terms, its account or its registration")
	ErrReason     = fault.New(fault.Invalid, "reason_missing", "say why")
	ErrHolds      = fault.New(fault.Conflict, "agent_holds", "the agent holds merchants still, or agents stand under it: move them first")
	ErrHolder     = fault.New(fault.Conflict, "agent_holder", "the agent holds this merchant already on that date")
)

package merchant

import (
	"fmt"

	"github.com/yifen-pay/yifen/internal/domain/money"
)

// State says what a merchant may do.
type State string

// The states of a merchant.
const (
	Applying  State = "applying"
	Active    State = "active"
	Suspended State = "suspended"
	Closing   State = "closing"
	Closed    State = "closed"
)

// States lists every state of a merchant.
var States = []State{Applying, Active, Suspended, Closing, Closed}

// ApplicationState is the state of an application.
type ApplicationState string

// The states of an application.
const (
	Draft     ApplicationState = "draft"
	Submitted ApplicationState = "submitted"
	Claimed   ApplicationState = "claimed"
	Returned  ApplicationState = "returned"
	Approved  ApplicationState = "approved"
	Rejected  ApplicationState = "rejected"
	Withdrawn ApplicationState = "withdrawn"
)

// ApplicationStates lists every state of an application.
var ApplicationStates = []ApplicationState{Draft, Submitted, Claimed, Returned, Approved, Rejected, Withdrawn}

// Open tells whether an application in this state still waits for somebody.
func (s ApplicationState) Open() bool {
	return s == Draft || s == Submitted || s == Claimed || s == Returned
}

// Verb is what one does with a merchant or an application.
type Verb string

// The verbs.
const (
	Save      Verb = "save"
	Submit    Verb = "submit"
	Claim     Verb = "claim"
	Release   Verb = "release"
	Return    Verb = "return"
	Approve   Verb = "approve"
	Reject    Verb = "reject"
	Withdraw  Verb = "withdraw"
	Suspend   Verb = "suspend"
	Reinstate Verb = "reinstate"
	Leave     Verb = "leave" // ask for the end
	Stay      Verb = "stay"  // take that back
	Exit      Verb = "exit"
)

// Verbs lists every verb.
var Verbs = []Verb{Save, Submit, Claim, Release, Return, Approve, Reject, Withdraw, Suspend, Reinstate, Leave, Stay, Exit}

// Transitions says which state follows from a state and a verb. What is not named is refused.
type Transitions[S comparable] map[S]map[Verb]S

// Next returns the state that follows, or [ErrState].
func (t Transitions[S]) Next(s S, v Verb) (S, error) {
	next, ok := t[s][v]
	if !ok {
		return s, ErrState.With("one cannot %s what is %v", v, s)
	}
	return next, nil
}

// MerchantTransitions is the state table of merchants.
var MerchantTransitions = Transitions[State]{
	Applying:  {Approve: Active, Reject: Closed, Withdraw: Closed},
	Active:    {Suspend: Suspended, Leave: Closing},
	Suspended: {Reinstate: Active, Leave: Closing},
	Closing:   {Stay: Active, Exit: Closed},
}

// ApplicationTransitions is the state table of applications.
var ApplicationTransitions = Transitions[ApplicationState]{
	Draft:     {Save: Draft, Submit: Submitted, Withdraw: Withdrawn},
	Submitted: {Claim: Claimed, Withdraw: Withdrawn},
	Claimed:   {Claim: Claimed, Release: Submitted, Return: Returned, Approve: Approved, Reject: Rejected},
	Returned:  {Save: Returned, Submit: Submitted, Withdraw: Withdrawn},
}

// Unsettled is a thing of a merchant that is still open, so that it cannot be closed.
type Unsettled struct {
	Kind  UnsettledKind
	Name  string // of the account, the service or the terminal
	State string // of a service or a terminal
	Fen   int64  // in an account
}

// UnsettledKind says what is open.
type UnsettledKind string

// What may be open.
const (
	OpenBalance  UnsettledKind = "balance"
	OpenService  UnsettledKind = "service"
	OpenTerminal UnsettledKind = "terminal"
)

// String names it in words.
func (u Unsettled) String() string {
	if u.Kind == OpenBalance {
		return fmt.Sprintf("CNY %s in %s", money.Yuan(u.Fen), u.Name)
	}
	return fmt.Sprintf("%s %s is %s", u.Kind, u.Name, u.State)
}

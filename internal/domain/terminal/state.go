package terminal

import "github.com/yifen-pay/yifen/internal/domain/fault"

// State says whether a terminal may work.
type State string

// The states. The diagram is in doc.go.
const (
	Prepared  State = "prepared" // numbered and promised to a merchant, not activated yet
	Active    State = "active"
	Suspended State = "suspended"
	Lost      State = "lost"
	Retired   State = "retired"
)

// States lists every state.
var States = []State{Prepared, Active, Suspended, Lost, Retired}

// Act is what is done to a terminal as a whole.
type Act string

// The acts.
const (
	Activate Act = "activate" // bind it to its hardware, its merchant and its place
	Suspend  Act = "suspend"
	Resume   Act = "resume"
	Lose     Act = "lose"    // report its hardware lost or stolen
	Recover  Act = "recover" // the hardware turned up; it stays suspended until somebody has looked at it
	Replace  Act = "replace" // give it other hardware, which must be activated
	Retire   Act = "retire"
)

// Acts lists every act.
var Acts = []Act{Activate, Suspend, Resume, Lose, Recover, Replace, Retire}

var next = map[State]map[Act]State{
	Prepared:  {Activate: Active, Lose: Lost, Replace: Prepared, Retire: Retired},
	Active:    {Suspend: Suspended, Lose: Lost, Replace: Prepared, Retire: Retired},
	Suspended: {Resume: Active, Lose: Lost, Replace: Prepared, Retire: Retired},
	Lost:      {Recover: Suspended, Replace: Prepared, Retire: Retired},
	Retired:   {},
}

// ErrState is the refusal of an act that the terminal's state does not allow.
var ErrState = fault.New(fault.Conflict, "terminal_state", "the terminal's state does not allow this")

// After returns the state after an act, or [ErrState].
func (s State) After(a Act) (State, error) {
	to, ok := next[s][a]
	if !ok {
		return s, ErrState.With("a terminal that is %s cannot be: %s", s, a)
	}
	return to, nil
}

// Reason says why a terminal is suspended.
type Reason string

// The reasons.
const (
	ByMerchant Reason = "merchant"   // its merchant asked for it
	ByStaff    Reason = "staff"      // the operator did it
	Idle       Reason = "idle"       // twelve months without a transaction
	Unverified Reason = "unverified" // three idle months and no verification since
	Tampered   Reason = "tampered"   // the hardware was opened or changed
	Found      Reason = "found"      // it was lost and turned up
)

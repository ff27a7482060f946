package payment

// State is the state of a payment.
type State string

// The states of a payment. Waiting belongs to codes, whose payer must act; Authorized and Expired belong to
// pre-authorizations; a code that nobody paid ends closed, and so does a balance inquiry, which collects nothing.
const (
	Pending    State = "pending"
	Waiting    State = "waiting"
	Authorized State = "authorized"
	Captured   State = "captured"
	Declined   State = "declined"
	Refused    State = "refused"
	Unknown    State = "unknown"
	ClosedOff  State = "closed"
	Expired    State = "expired"
	Voided     State = "voided"
	Reversed   State = "reversed"
)

// States lists every state of a payment.
var States = []State{
	Pending, Waiting, Authorized, Captured, Declined, Refused, Unknown, ClosedOff, Expired, Voided, Reversed,
}

// OperationState is the state of an operation.
type OperationState string

// The states of an operation.
const (
	OpPending   OperationState = "pending"
	OpApproved  OperationState = "approved"
	OpDeclined  OperationState = "declined"
	OpRefused   OperationState = "refused"
	OpUnknown   OperationState = "unknown"
	OpReversing OperationState = "reversing"
	OpReversed  OperationState = "reversed"
	OpManual    OperationState = "manual"
)

// OperationStates lists every state of an operation.
var OperationStates = []OperationState{
	OpPending, OpApproved, OpDeclined, OpRefused, OpUnknown, OpReversing, OpReversed, OpManual,
}

// AttemptState is the state of an attempt.
type AttemptState string

// The states of an attempt.
const (
	AtPending      AttemptState = "pending"
	AtApproved     AttemptState = "approved"
	AtDeclined     AttemptState = "declined"
	AtUnknown      AttemptState = "unknown"
	AtAcknowledged AttemptState = "acknowledged"
	AtManual       AttemptState = "manual"
)

// AttemptStates lists every state of an attempt.
var AttemptStates = []AttemptState{AtPending, AtApproved, AtDeclined, AtUnknown, AtAcknowledged, AtManual}

// Event is what happens to a payment, an operation or an attempt.
type Event string

// The events.
const (
	// Approve: the rail said yes.
	Approve Event = "approve"
	// Decline: the rail said no, or the request never left.
	Decline Event = "decline"
	// Refuse: we said no before anything was sent.
	Refuse Event = "refuse"
	// Silence: nobody answered in time.
	Silence Event = "silence"
	// Authorize: the issuer holds the amount for us.
	Authorize Event = "authorize"
	// Complete: a completion of the authorization was approved.
	Complete Event = "complete"
	// Void: a void of the payment was approved.
	Void Event = "void"
	// Restore: the void was reversed, the payment stands again.
	Restore Event = "restore"
	// Reopen: a completion was voided or reversed, or the void of an authorization was reversed: the
	// authorization lives again.
	Reopen Event = "reopen"
	// Lapse: the authorization was not completed in its time.
	Lapse Event = "lapse"
	// Await: the order stands at the wallet and the payer must act.
	Await Event = "await"
	// Close: what was asked is answered, or a code was ended unpaid, and nothing is collected.
	Close Event = "close"
	// Reverse: a reversal was recorded.
	Reverse Event = "reverse"
	// Acknowledge: the rail confirmed the reversal.
	Acknowledge Event = "acknowledge"
	// Handover: repeating was given up, a person takes over.
	Handover Event = "handover"
)

// Events lists every event.
var Events = []Event{
	Approve, Decline, Refuse, Silence, Authorize, Complete, Void, Restore, Reopen, Lapse, Await, Close, Reverse, Acknowledge, Handover,
}

// Table says which state follows from a state and an event. What is not named is refused.
type Table[S comparable] map[S]map[Event]S

// Next returns the state that follows and whether the event is allowed.
func (t Table[S]) Next(s S, e Event) (S, bool) {
	next, ok := t[s][e]
	return next, ok
}

// PaymentTable is the state table of payments.
var PaymentTable = Table[State]{
	Pending: {
		Await:     Waiting,
		Approve:   Captured,
		Authorize: Authorized,
		Close:     ClosedOff,
		Decline:   Declined,
		Refuse:    Refused,
		Silence:   Unknown,
	},
	Authorized: {
		Complete: Captured,
		Void:     Voided,
		Restore:  Captured, // the void of its completion was reversed
		Lapse:    Expired,
		Reverse:  Reversed,
	},
	Waiting: {
		Approve: Captured,
		Decline: Declined,
		Close:   ClosedOff,
	},
	ClosedOff: {Approve: Captured}, // paid after all: a code's late success
	Declined:  {Approve: Captured}, // likewise
	Unknown: {
		Decline: Declined, // the late answer was "no"
		Reverse: Reversed,
	},
	Captured: {Void: Voided, Reopen: Authorized, Reverse: Reversed},
	Voided:   {Restore: Captured, Reopen: Authorized},
}

// OperationTable is the state table of operations.
var OperationTable = Table[OperationState]{
	OpPending: {
		Approve:  OpApproved, // for a reversal: the rail acknowledged it
		Decline:  OpDeclined,
		Refuse:   OpRefused,
		Silence:  OpUnknown,
		Reverse:  OpReversing,
		Handover: OpManual,
	},
	OpApproved: {Reverse: OpReversing},
	OpUnknown: {
		Approve:  OpApproved, // late answer to an advice
		Decline:  OpDeclined,
		Silence:  OpUnknown,
		Reverse:  OpReversing,
		Handover: OpManual,
	},
	OpDeclined: {Approve: OpApproved}, // a code's late success
	OpReversed: {Approve: OpApproved}, // likewise
	OpReversing: {
		Approve:     OpApproved, // the payer was faster than the withdrawal of the code
		Decline:     OpDeclined, // the late answer was "no": there is nothing to reverse
		Acknowledge: OpReversed,
		Handover:    OpManual,
	},
	OpManual: {
		Approve:     OpApproved, // a late answer settles what a person was to settle
		Decline:     OpDeclined,
		Acknowledge: OpReversed,
	},
}

// AttemptTable is the state table of attempts.
var AttemptTable = Table[AttemptState]{
	AtPending: {
		Approve:     AtApproved,
		Decline:     AtDeclined,
		Silence:     AtUnknown,
		Acknowledge: AtAcknowledged,
		Handover:    AtManual,
	},
	AtUnknown: {
		Approve:     AtApproved,
		Decline:     AtDeclined,
		Silence:     AtUnknown,
		Acknowledge: AtAcknowledged,
		Handover:    AtManual,
	},
	AtDeclined: {Approve: AtApproved}, // a code's late success
	AtManual: {
		Approve:     AtApproved,
		Decline:     AtDeclined,
		Acknowledge: AtAcknowledged,
	},
}

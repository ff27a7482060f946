package access

// UserState is the state of an account.
type UserState string

// The states of an account.
const (
	UserPending UserState = "pending" // the code that proves the log-in name was not given yet
	UserActive  UserState = "active"
	UserLocked  UserState = "locked" // by staff, until staff open it; a lock for a time is a [Throttle]
	UserClosed  UserState = "closed"
)

// UserStates lists every state of an account.
var UserStates = []UserState{UserPending, UserActive, UserLocked, UserClosed}

// ProposalState is the state of a proposal.
type ProposalState string

// The states of a proposal.
const (
	ProposalOpen      ProposalState = "open"
	ProposalApproved  ProposalState = "approved"
	ProposalRejected  ProposalState = "rejected"
	ProposalWithdrawn ProposalState = "withdrawn"
	ProposalExpired   ProposalState = "expired"
)

// ProposalStates lists every state of a proposal.
var ProposalStates = []ProposalState{ProposalOpen, ProposalApproved, ProposalRejected, ProposalWithdrawn, ProposalExpired}

// Verb is what happens to an account or a proposal.
type Verb string

// The verbs.
const (
	Prove    Verb = "prove"  // the code sent to the log-in name was given
	Lock     Verb = "lock"   // staff lock the account
	Unlock   Verb = "unlock" // staff open it again
	Close    Verb = "close"
	Approve  Verb = "approve"
	Reject   Verb = "reject"
	Withdraw Verb = "withdraw"
	Expire   Verb = "expire"
)

// Verbs lists every verb.
var Verbs = []Verb{Prove, Lock, Unlock, Close, Approve, Reject, Withdraw, Expire}

// Table says which state follows from a state and a verb. What is not named is refused.
type Table[S comparable] map[S]map[Verb]S

// Next returns the state that follows and whether the verb is allowed.
func (t Table[S]) Next(s S, v Verb) (S, bool) {
	next, ok := t[s][v]
	return next, ok
}

// UserTransitions is the state table of accounts.
var UserTransitions = Table[UserState]{
	UserPending: {Prove: UserActive, Close: UserClosed},
	UserActive:  {Lock: UserLocked, Close: UserClosed},
	UserLocked:  {Unlock: UserActive, Close: UserClosed},
}

// ProposalTransitions is the state table of proposals.
var ProposalTransitions = Table[ProposalState]{
	ProposalOpen: {
		Approve: ProposalApproved, Reject: ProposalRejected, Withdraw: ProposalWithdrawn, Expire: ProposalExpired,
	},
}

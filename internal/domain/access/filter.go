package access

import "github.com/yifen-pay/yifen/internal/domain/calendar"

// UserFilter narrows a list of accounts.
type UserFilter struct {
	Realm Realm // needed
	State UserState
	Agent string // whose people, in the realm of agents
}

// ProposalFilter narrows a list of proposals.
type ProposalFilter struct {
	State    ProposalState
	Kind     string
	Merchant string
}

// TrailFilter narrows the audit trail. Action is a whole one ("login.failed") or a noun ("login"); From and Until
// bound the time, Until itself left out.
type TrailFilter struct {
	Actor    string
	Action   string
	Subject  string
	Merchant string
	From     calendar.Instant
	Until    calendar.Instant
}

// TrailVerdict is what a look at the chains of the trail found.
type TrailVerdict struct {
	Records int64  // that were looked at
	Chains  int64  // that they belong to
	Whole   bool   // every record of every chain was looked at
	Fault   string // what is wrong with the first that is; empty when all is well
}

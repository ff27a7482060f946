package payment

import "github.com/yifen-pay/yifen/internal/domain/calendar"

// Filter narrows a list of payments. What is zero asks for nothing; without a state, balance inquiries are left out, which
// collect nothing.
type Filter struct {
	Merchant string
	Terminal string
	State    State
	Hand     bool             // an act on it was left to a person
	From     calendar.Instant // began then or later
	Until    calendar.Instant // began before
}

// Usual tells the states that nearly every payment passes or stays in. Stores keep what is in another one by itself, so
// that it is found among a million others.
func (s State) Usual() bool { return s == Pending || s == Captured }

// Begins tells whether an operation of the kind is the first of its payment.
func (k Kind) Begins() bool { return k == SaleOp || k == PreauthOp || k == OfflineOp || k == InquiryOp }

package unionpay

// Way is how a payment code is presented, in the words of EMVCo.
type Way string

// Ways.
const (
	MerchantPresented Way = "MPM" // apply: the payer scans the merchant's code
	PayerPresented    Way = "CPM" // micropay: the merchant scans the payer's code
)

// State is where an order stands.
type State string

// States of an order. Refunded is told and not kept: the order is paid.
const (
	Unpaid   State = "UNPAID"
	Paying   State = "PAYING" // the payer is asked
	Paid     State = "PAID"
	Closed   State = "CLOSED"
	Revoked  State = "REVOKED"
	Failed   State = "FAILED"
	Refunded State = "REFUNDED"
)

// States returns the states that orders are kept in.
func States() []State { return []State{Unpaid, Paying, Paid, Closed, Revoked, Failed} }

// stateCodes are the origRespCode of orders.
var stateCodes = map[State]string{
	Paid: "00", Refunded: "01", Unpaid: "02", Closed: "03", Revoked: "04", Paying: "05", Failed: "06",
}

// verb is what can happen to an order.
type verb string

const (
	pay     verb = "pay"
	leave   verb = "leave"  // the payer is asked and has not answered
	refuse  verb = "refuse" // the payer says no
	fail    verb = "fail"   // there is not enough money
	lapse   verb = "lapse"  // the payer's time is over
	closing verb = "close"
	cancel  verb = "cancel"
)

// situation is the place of a row in the table of states.
type situation struct {
	way   Way
	state State
	verb  verb
}

// transitions says where each verb leads; what is not named is not allowed. An order by a payer's code is
// UNPAID only within the request that creates it.
var transitions = map[situation]State{
	{MerchantPresented, Unpaid, pay}:     Paid,
	{MerchantPresented, Unpaid, leave}:   Paying,
	{MerchantPresented, Unpaid, refuse}:  Unpaid,
	{MerchantPresented, Unpaid, lapse}:   Closed,
	{MerchantPresented, Unpaid, closing}: Closed,
	{MerchantPresented, Paying, pay}:     Paid,
	{MerchantPresented, Paying, leave}:   Paying,
	{MerchantPresented, Paying, refuse}:  Unpaid,
	{MerchantPresented, Paying, lapse}:   Closed,
	{MerchantPresented, Paying, closing}: Closed,
	{MerchantPresented, Closed, closing}: Closed,

	{PayerPresented, Unpaid, pay}:     Paid,
	{PayerPresented, Unpaid, leave}:   Paying,
	{PayerPresented, Unpaid, fail}:    Failed,
	{PayerPresented, Paying, pay}:     Paid,
	{PayerPresented, Paying, refuse}:  Failed,
	{PayerPresented, Paying, lapse}:   Failed,
	{PayerPresented, Paying, cancel}:  Revoked,
	{PayerPresented, Paid, cancel}:    Revoked,
	{PayerPresented, Failed, cancel}:  Revoked,
	{PayerPresented, Revoked, cancel}: Revoked,
}

// after returns the state of an order after a verb, and whether the verb is allowed.
func (o *Order) after(v verb) (State, bool) {
	next, ok := transitions[situation{o.Way, o.State, v}]
	return next, ok
}

// RefundStatus is where a refund stands.
type RefundStatus string

// Statuses of a refund.
const (
	RefundWaiting RefundStatus = "WAITING"
	RefundDone    RefundStatus = "DONE"
	RefundFailed  RefundStatus = "FAILED" // the money is the merchant's again
)

// refundCodes are the origRespCode of refunds.
var refundCodes = map[RefundStatus]string{RefundDone: "00", RefundFailed: "01", RefundWaiting: "02"}

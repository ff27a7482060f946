package alipay

// TradeType is how a trade is paid.
type TradeType string

// Types of trades, as the bill and the page name them.
const (
	QRCode  TradeType = "QR_CODE"  // trade.precreate: the payer scans a code of the merchant's
	BarCode TradeType = "BAR_CODE" // trade.pay: the merchant scans a code of the payer's
)

// State is a trade_status. Precreated and Withdrawn are told to nobody: to the merchant such a trade does not
// exist.
type State string

// States of a trade. Finished is told and not kept.
const (
	Precreated State = "PRECREATED"
	WaitBuyer  State = "WAIT_BUYER_PAY"
	Success    State = "TRADE_SUCCESS"
	Closed     State = "TRADE_CLOSED"
	Withdrawn  State = "WITHDRAWN"
	Finished   State = "TRADE_FINISHED"
)

// States returns the states that trades are kept in.
func States() []State { return []State{Precreated, WaitBuyer, Success, Closed, Withdrawn} }

// verb is what can happen to a trade.
type verb string

const (
	pay     verb = "pay"
	leave   verb = "leave"  // the payer is asked and has not answered
	refuse  verb = "refuse" // the payer says no
	fail    verb = "fail"   // there is not enough money
	lapse   verb = "lapse"  // the payer's time is over
	closing verb = "close"
	cancel  verb = "cancel"
	refund  verb = "refund" // of all that was left
)

// situation is the place of a row in the table of states.
type situation struct {
	kind  TradeType
	state State
	verb  verb
}

// transitions says where each verb leads; what is not named is not allowed. A trade by a payer's code is
// Precreated only within the request that creates it.
var transitions = map[situation]State{
	{QRCode, Precreated, pay}:    Success,
	{QRCode, Precreated, leave}:  WaitBuyer,
	{QRCode, Precreated, refuse}: WaitBuyer,
	{QRCode, Precreated, lapse}:  Withdrawn,
	{QRCode, Precreated, cancel}: Withdrawn,
	{QRCode, Withdrawn, cancel}:  Withdrawn,
	{QRCode, WaitBuyer, pay}:     Success,
	{QRCode, WaitBuyer, leave}:   WaitBuyer,
	{QRCode, WaitBuyer, refuse}:  WaitBuyer,
	{QRCode, WaitBuyer, lapse}:   Closed,
	{QRCode, WaitBuyer, closing}: Closed,
	{QRCode, WaitBuyer, cancel}:  Closed,
	{QRCode, Success, cancel}:    Closed,
	{QRCode, Success, refund}:    Closed,
	{QRCode, Closed, cancel}:     Closed,

	{BarCode, Precreated, pay}:    Success,
	{BarCode, Precreated, leave}:  WaitBuyer,
	{BarCode, Precreated, fail}:   Closed,
	{BarCode, WaitBuyer, pay}:     Success,
	{BarCode, WaitBuyer, refuse}:  Closed,
	{BarCode, WaitBuyer, lapse}:   Closed,
	{BarCode, WaitBuyer, closing}: Closed,
	{BarCode, WaitBuyer, cancel}:  Closed,
	{BarCode, Success, cancel}:    Closed,
	{BarCode, Success, refund}:    Closed,
	{BarCode, Closed, cancel}:     Closed,
}

// after returns the state of a trade after a verb, and whether the verb is allowed.
func (o *Order) after(v verb) (State, bool) {
	next, ok := transitions[situation{o.Type, o.State, v}]
	return next, ok
}

// exists reports whether the merchant can find the trade.
func (o *Order) exists() bool { return o.State != Precreated && o.State != Withdrawn }

// RefundStatus is the status of a refund.
type RefundStatus string

// Statuses of a refund. Only the second is told; of the others a query tells no status.
const (
	RefundProcessing RefundStatus = "REFUND_PROCESSING"
	RefundSuccess    RefundStatus = "REFUND_SUCCESS"
	RefundFailed     RefundStatus = "REFUND_FAIL" // the money is the merchant's again
)

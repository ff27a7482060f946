package wechat

// TradeType is how an order is paid.
type TradeType string

// Types of orders.
const (
	Native  TradeType = "NATIVE"   // the payer scans a code of the merchant's
	CodePay TradeType = "MICROPAY" // the merchant scans a code of the payer's
	JSAPI   TradeType = "JSAPI"    // a page of the merchant's, in the wallet's browser, asks the payer
)

// State is a trade_state.
type State string

// States of an order. Refunded is told and not kept.
const (
	NotPay     State = "NOTPAY"
	UserPaying State = "USERPAYING"
	Success    State = "SUCCESS"
	Closed     State = "CLOSED"
	Revoked    State = "REVOKED"
	PayError   State = "PAYERROR"
	Refunded   State = "REFUND"
)

// States returns the states that orders are kept in.
func States() []State { return []State{NotPay, UserPaying, Success, Closed, Revoked, PayError} }

// verb is what can happen to an order.
type verb string

const (
	pay     verb = "pay"
	leave   verb = "leave"  // the payer is asked and has not answered
	refuse  verb = "refuse" // the payer says no
	fail    verb = "fail"   // there is not enough money
	lapse   verb = "lapse"  // the payer's time is over
	closing verb = "close"
	reverse verb = "reverse"
)

// situation is the place of a row in the table of states.
type situation struct {
	kind  TradeType
	state State
	verb  verb
}

// transitions says where each verb leads; what is not named is not allowed. An order by a payer's code is
// NOTPAY only within the request that creates it; one of a page goes the way of one that is scanned.
var transitions = map[situation]State{
	{Native, NotPay, pay}:         Success,
	{Native, NotPay, leave}:       UserPaying,
	{Native, NotPay, refuse}:      NotPay,
	{Native, NotPay, closing}:     Closed,
	{Native, UserPaying, pay}:     Success,
	{Native, UserPaying, leave}:   UserPaying,
	{Native, UserPaying, refuse}:  NotPay,
	{Native, UserPaying, closing}: Closed,
	{Native, Closed, closing}:     Closed,

	{CodePay, NotPay, pay}:         Success,
	{CodePay, NotPay, leave}:       UserPaying,
	{CodePay, NotPay, fail}:        PayError,
	{CodePay, UserPaying, pay}:     Success,
	{CodePay, UserPaying, fail}:    PayError,
	{CodePay, UserPaying, refuse}:  PayError,
	{CodePay, UserPaying, lapse}:   PayError,
	{CodePay, UserPaying, reverse}: Revoked,
	{CodePay, PayError, reverse}:   Revoked,
	{CodePay, PayError, closing}:   Closed,
	{CodePay, Closed, closing}:     Closed,
	{CodePay, Closed, reverse}:     Revoked,
	{CodePay, Success, reverse}:    Revoked,
	{CodePay, Revoked, reverse}:    Revoked,
}

// after returns the state of an order after a verb, and whether the verb is allowed.
func (o *Order) after(v verb) (State, bool) {
	kind := o.Type
	if kind == JSAPI {
		kind = Native
	}
	next, ok := transitions[situation{kind, o.State, v}]
	return next, ok
}

// descriptions are the texts of trade_state_desc.
var descriptions = map[State]string{
	NotPay: "订单未支付", UserPaying: "用户支付中", Success: "支付成功", Closed: "订单已关闭",
	Revoked: "订单已撤销", PayError: "支付失败", Refunded: "订单发生过退款，退款详情请查询退款单",
}

// RefundStatus is the status of a refund.
type RefundStatus string

// Statuses of a refund.
const (
	RefundProcessing RefundStatus = "PROCESSING"
	RefundSuccess    RefundStatus = "SUCCESS"
	RefundAbnormal   RefundStatus = "ABNORMAL" // the payer's account took nothing; the money waits
	RefundClosed     RefundStatus = "CLOSED"   // the money is the merchant's again
)

package wallet

import (
	"time"

	"github.com/yifen-pay/yifen/internal/domain/calendar"
	"github.com/yifen-pay/yifen/internal/domain/money"
)

// Ask is what a wallet is asked.
type Ask string

// What is asked.
const (
	// Show makes an order with a code for the payer to scan: WeChat native, Alipay trade.precreate, UnionPay apply.
	Show Ask = "show"
	// Charge takes an order's amount by the code that the payer shows: WeChat codepay, Alipay trade.pay, UnionPay micropay.
	Charge Ask = "charge"
	// Query asks what became of an order.
	Query Ask = "query"
	// Withdraw ends an order: WeChat close (shown) or reverse (scanned), Alipay trade.cancel, UnionPay close or cancel. What was
	// paid meanwhile is given back where the wallet's act does so, else the answer is [Paid].
	Withdraw Ask = "withdraw"
	// Refund gives back part or all of what was paid, and asks about it when it was sent before.
	Refund Ask = "refund"
)

// Asks lists everything that is asked.
var Asks = []Ask{Show, Charge, Query, Withdraw, Refund}

// Request asks a wallet one thing about one order.
type Request struct {
	Ask     Ask
	Account string // id
	// Order is the number of the order, ours (32 characters of A-Z, a-z, 0-9 and _); it is the key on which the wallet is
	// idempotent. Number is the wallet's own, "" while it is not known.
	Order     string
	Number    string
	Presented Presented
	Amount    money.Amount // of the order
	Began     time.Time    // when the order was made
	Expires   time.Time    // until when it may be paid
	Code      Code         // for Charge
	Text      string       // what the payer reads: shop and goods, 1 to 42 characters
	Scene     Scene
	// Payer is who is on our page in the wallet's own browser, as the wallet told us of the visit; for Show. The order is then for
	// this payer alone, and the answer's content is what the page hands to the wallet, in JSON. "" makes a code for anybody.
	Payer string
	// Notify is where the wallet tells of the order, "" for nowhere.
	Notify string
	// Back is the part that a Refund gives back, BackNumber its number (idempotent), Reason what the payer reads.
	Back       money.Amount
	BackNumber string
	Reason     string
	// Again tells that the same was asked before without an answer that settled it.
	Again bool
}

// Scene says where a payment was taken.
type Scene struct {
	Store     string // id
	StoreName string
	Device    string // terminal or till, 1 to 32 characters
	IP        string // of the device
}

// State is what became of an order or a refund, as far as an answer tells.
type State string

// The states.
const (
	// Silent: it was asked, or may have been, and nobody answered that can be believed.
	Silent State = "silent"
	// Unsent: it certainly never left.
	Unsent State = "unsent"
	// Waiting: the order stands and the payer must act.
	Waiting State = "waiting"
	// Paid: the payer paid.
	Paid State = "paid"
	// Ended: the order is over and nothing is kept of it: closed unpaid, or paid and given back whole.
	Ended State = "ended"
	// Failed: the wallet said no, for good.
	Failed State = "failed"
	// Missing: the wallet knows no such order. It may come to know it: a request can be late.
	Missing State = "missing"
	// Accepted: the wallet works on the refund.
	Accepted State = "accepted"
	// Returned: the refund is done.
	Returned State = "returned"
	// Stuck: the refund cannot be done by the wallet; a person must look at it.
	Stuck State = "stuck"
)

// States lists every state.
var States = []State{Silent, Unsent, Waiting, Paid, Ended, Failed, Missing, Accepted, Returned, Stuck}

// Answer is what a wallet said.
type Answer struct {
	State State
	// Code and Message are the wallet's own, for the record: "ORDER_NOT_EXIST". They never carry a secret or a payer's number.
	Code    string
	Message string
	// Reason says why it said no, as a word of package payment's declines; "" for none.
	Reason string
	// Content is what the code to be scanned holds, of a Show.
	Content string
	// Number is the wallet's own number of the order or, of a refund, BackNumber that of the refund.
	Number     string
	BackNumber string
	// RequestedFen is what the wallet says the order is for; PaidFen what the payer gave; SettledFen what the wallet owes for
	// it. Zero where the answer does not say.
	RequestedFen int64
	PaidFen      int64
	SettledFen   int64
	// BackFen is what a refund is for and BackSettledFen what of it the wallet takes from us; zero where it does not say.
	BackFen        int64
	BackSettledFen int64
	At             calendar.Instant // when it was paid or given back, by the wallet's clock
	Bank           string           // where the payer's money came from, as the wallet calls it
	Payer          string           // how the wallet calls the payer, masked
	// Undone tells of a Withdraw that money was given back.
	Undone bool
}

// Delivery is a notification as it arrived.
type Delivery struct {
	Header map[string][]string
	Body   []byte
	At     time.Time
}

// Notice is what a notification says, once it was verified.
type Notice struct {
	ID     string // of the notification
	Order  string // our number of the order
	Back   string // our number of the refund, "" for a payment
	Answer Answer
}

// BillKind is a kind of bill.
type BillKind string

// The kinds.
const (
	TradeBill BillKind = "trade" // a row a payment and a refund
	FundBill  BillKind = "fund"  // a row a movement of the account
)

// Bill is a wallet's file of one business date, as it came.
type Bill struct {
	Name    string
	Content []byte
	Digest  string // of the content, hexadecimal SHA-256, ours
	Empty   bool   // the wallet says that there was nothing on the date
}

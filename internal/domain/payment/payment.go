package payment

import (
	"github.com/yifen-pay/yifen/internal/domain/agent"
	"github.com/yifen-pay/yifen/internal/domain/calendar"
	"github.com/yifen-pay/yifen/internal/domain/card"
	"github.com/yifen-pay/yifen/internal/domain/fee"
	"github.com/yifen-pay/yifen/internal/domain/id"
	"github.com/yifen-pay/yifen/internal/domain/money"
	"github.com/yifen-pay/yifen/internal/domain/product"
	"github.com/yifen-pay/yifen/internal/domain/risk"
	"github.com/yifen-pay/yifen/internal/domain/step"
	"github.com/yifen-pay/yifen/internal/domain/wallet"
)

// Where payments, their operations and their attempts lie, and the business day.
const (
	Payments   step.Table = "payment"
	Operations step.Table = "operation"
	Attempts   step.Table = "attempt"
	Days       step.Table = "business_day"
)

// The prefixes of ids.
const (
	Prefix          = "pay_"
	OperationPrefix = "op_"
	AttemptPrefix   = "att_"
)

// Instrument is what was presented.
type Instrument string

// The instruments. A code is its wallet's: a service, a fee and a rail have the same name.
const (
	Card     Instrument = "card"
	WeChat              = Instrument(wallet.WeChat)
	Alipay              = Instrument(wallet.Alipay)
	UnionPay            = Instrument(wallet.UnionPay)
)

// CardNet is the card network as a rail.
const CardNet = "cardnet"

// Payment is what a merchant collects. Amounts are in fen of Currency.
type Payment struct {
	ID         string
	Bucket     id.Bucket
	Merchant   string
	Store      string
	Terminal   string
	Instrument Instrument
	Rail       string
	State      State
	Currency   money.Currency

	RequestedFen int64
	ApprovedFen  int64
	// AuthorizedFen is what the issuer holds for us, additions included; a completion leaves it as it was.
	AuthorizedFen int64
	CapturedFen   int64
	// TipFen is the part of CapturedFen that was added as a tip.
	TipFen int64
	// RefundedFen is given back; RefundingFen is under way. Together they never pass CapturedFen.
	RefundedFen  int64
	RefundingFen int64
	// CouponFen is the part of CapturedFen that the rail does not settle, since the merchant gave it to the payer as a
	// coupon; CouponBack is what of it fell to refunds.
	CouponFen  int64
	CouponBack int64

	Fee      fee.Snapshot
	FeeFen   int64 // fee taken at capture
	FeeBack  int64 // of it given back by refunds
	Cost     fee.Snapshot
	CostFen  int64
	CostBack int64
	// Split is what agents have of the fee, as it was when the payment began.
	Split     agent.Split
	EntryMode card.Entry
	Form      card.Form

	Card         card.Sealed
	CardKind     card.Kind
	Organization string // "CUP"
	Issuer       string // institution code
	IssuerName   string

	// Sale is the operation that began the payment: a sale, a pre-authorization, an inquiry. Open is the act
	// under way that forbids another.
	Sale string
	Open string

	BusinessDate calendar.Date
	ClearingDate calendar.Date
	// DueAt is when the money became the merchant's to have; zero while it is pending.
	DueAt calendar.Instant
	// LapsesAt is when an authorization that was not completed lapses; zero when there is none.
	LapsesAt  calendar.Instant
	CreatedAt calendar.Instant
	UpdatedAt calendar.Instant
}

// Key returns the row's key.
func (p Payment) Key() step.Key { return Key(p.ID) }

// Key names the payment with this id.
func Key(payment string) step.Key {
	return step.Key{Table: Payments, Bucket: id.MustBucket(payment), ID: payment}
}

// ByCode tells whether the payment is one by a wallet's code.
func (p Payment) ByCode() bool { return p.Instrument != Card }

// Service is the payment service under which it is collected, and counted.
func (p Payment) Service() product.Kind { return product.Kind(p.Instrument) }

// counted is the day on which an operation of the payment counts.
func (p Payment) counted(o Operation) risk.Day {
	return risk.Day{Merchant: p.Merchant, Service: string(p.Service()), Date: o.BusinessDate}
}

func (p Payment) amount(fen int64) money.Amount { return money.Amount{Fen: fen, Currency: p.Currency} }

// Refundable returns what can still be given back, in fen.
func (p Payment) Refundable() int64 {
	if p.State != Captured {
		return 0
	}
	return p.CapturedFen - p.RefundedFen - p.RefundingFen
}

// Untipped returns what was captured without the tip; another tip takes the place of the first.
func (p Payment) Untipped() int64 { return p.CapturedFen - p.TipFen }

// Kind is what an operation does.
type Kind string

// The kinds of operation.
const (
	SaleOp           Kind = "sale"
	VoidOp           Kind = "void" // of a sale
	PreauthOp        Kind = "preauth"
	AddOnOp          Kind = "add_on" // adds to an authorization
	PreauthVoidOp    Kind = "preauth_void"
	CompletionOp     Kind = "completion"
	CompletionVoidOp Kind = "completion_void"
	RefundOp         Kind = "refund"
	OfflineOp        Kind = "offline_sale" // authorized by voice, told afterwards
	AdjustmentOp     Kind = "adjustment"   // a new total for a sale: a tip, a correction
	ReversalOp       Kind = "reversal"
	InquiryOp        Kind = "inquiry"       // of a card's balance
	ScriptOp         Kind = "script_result" // what the chip did with the issuer's script
)

// Kinds lists every kind of operation.
var Kinds = []Kind{
	SaleOp, VoidOp, PreauthOp, AddOnOp, PreauthVoidOp, CompletionOp, CompletionVoidOp, RefundOp, OfflineOp, AdjustmentOp,
	ReversalOp, InquiryOp, ScriptOp,
}

// Operation is one act on a payment.
type Operation struct {
	ID       string
	Bucket   id.Bucket
	Payment  string
	Merchant string
	Kind     Kind
	State    OperationState
	// AmountFen is what was asked for, ApprovedFen what was approved of it: zero until then, less only where
	// Partial says that the terminal takes a part. An adjustment asks for a new total; PreviousFen is the
	// total before it.
	AmountFen   int64
	ApprovedFen int64
	PreviousFen int64
	Currency    money.Currency
	Partial     bool

	// Original is the operation that this one voids, completes, refunds or reverses.
	Original string
	// Reversal is the operation that reverses this one.
	Reversal string
	// Reason says why, for a reversal: "terminal:98", "silence", "amount"; "tip" for an adjustment that adds one.
	Reason string

	Terminal      string
	BatchSequence int64
	BatchNumber   int
	Trace         int
	Cashier       string
	RRN           string // 12 characters, ISO 8583 DE 37
	AuthCode      string // ISO 8583 DE 38
	// Result is the outcome as a word: "approved", a [Decline] or the code of a refusal.
	Result string
	// RailCode is the code that the rail answered with, ISO 8583 DE 39 on the card network.
	RailCode string
	// ChipRequest is what the chip said (ISO 8583 DE 55) and Chip what the issuer sent back for it, both
	// without what may not be stored.
	ChipRequest []byte
	Chip        []byte
	// Advice tells that the rail is told rather than asked: silence repeats the request under its trace, and
	// it is never reversed.
	Advice bool
	// Counted tells that the operation stands in the totals of its batch.
	Counted bool
	// NoPIN tells that the card was presented without a PIN.
	NoPIN bool

	BusinessDate calendar.Date
	ClearingDate calendar.Date
	// Entry is the journal entry that this operation posted.
	Entry     string
	CreatedAt calendar.Instant
	UpdatedAt calendar.Instant
}

// Key returns the row's key.
func (o Operation) Key() step.Key { return OperationKey(o.ID) }

// repeats tells whether silence sends it again under its trace: a reversal and an advice.
func (o Operation) repeats() bool { return o.Advice || o.Kind == ReversalOp }

// OperationKey names the operation with this id.
func OperationKey(operation string) step.Key {
	return step.Key{Table: Operations, Bucket: id.MustBucket(operation), ID: operation}
}

// Attempt is one request to a rail, with what repeats and matches it.
type Attempt struct {
	ID        string
	Bucket    id.Bucket
	Operation string
	Payment   string
	Rail      string
	Kind      Kind
	State     AttemptState

	// Stamp and Number are the transaction key on the rail: on the card network ISO 8583 DE 7
	// (MMDDhhmmss) and DE 11, beside the institution numbers of the rail's own configuration.
	Stamp  string
	Number int
	// Tries counts how often it was sent.
	Tries int64
	// DueAt is when the attempt is to be looked at again; zero when it is settled or sleeps until its
	// original is answered. Claim rises with every look, so that two workers never act on one look.
	DueAt calendar.Instant
	Claim int64

	RailCode   string
	AnsweredAt calendar.Instant
	CreatedAt  calendar.Instant
	UpdatedAt  calendar.Instant
}

// Key returns the row's key.
func (a Attempt) Key() step.Key { return AttemptKey(a.ID) }

// AttemptKey names the attempt with this id.
func AttemptKey(attempt string) step.Key {
	return step.Key{Table: Attempts, Bucket: id.MustBucket(attempt), ID: attempt}
}

// Day is the business date that is open. There is one row; its date only rises.
type Day struct {
	Date     calendar.Date
	OpenedAt calendar.Instant
}

// Key returns the row's key.
func (Day) Key() step.Key { return DayKey }

// DayKey names the open business date. It is small and the same everywhere: bucket 0.
var DayKey = step.Key{Table: Days, ID: "open"}

// FirstAttempt returns the id of the attempt with which an operation began: the operation's own under
// another prefix, so that no index is needed to find it.
func FirstAttempt(operation string) string { return AttemptPrefix + operation[len(OperationPrefix):] }

// Outline is what a look at a day needs of an operation.
type Outline struct {
	Kind        Kind
	State       OperationState
	ApprovedFen int64
	CreatedAt   calendar.Instant
}

// Collects tells whether an approved operation of the kind takes money, rather than holds it or gives it back.
func (k Kind) Collects() bool { return k == SaleOp || k == CompletionOp || k == OfflineOp }

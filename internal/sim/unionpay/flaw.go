package unionpay

import (
	"slices"

	"github.com/yifen-pay/yifen/internal/sim/kit"
)

// Flaw is a fault that only a network like this has, beside those that all parties share (package kit).
type Flaw string

// Flaws of answers, of orders and refunds, of notifications and of bills.
const (
	ForgedSignature Flaw = "forged_signature" // another key signed
	ClockOff        Flaw = "clock_off"        // respTime is ten minutes old
	WrongMerchant   Flaw = "wrong_merchant"   // the answer names another institution and merchant
	OtherOrder      Flaw = "other_order"      // the answer is of another order
	UnknownOutcome  Flaw = "unknown_outcome"  // it acts and says 99
	ServerError     Flaw = "server_error"     // it acts and says HTTP 500
	TooMany         Flaw = "too_many"         // it does not act and says HTTP 429, and 37

	PendingRefund  Flaw = "refund_pending"   // it is done after a while, and 02 until then
	FailedRefund   Flaw = "refund_failed"    // after that while it comes to nothing
	PaidAfterClose Flaw = "paid_after_close" // closeOrder is answered 00, and the payer was quicker

	NoticeForged        Flaw = "notice_forged"         // of the first attempt only, as the next two
	NoticeClockOff      Flaw = "notice_clock_off"      // notifyTime is ten minutes old
	NoticeWrongMerchant Flaw = "notice_wrong_merchant" // it names another institution and merchant
	NoticeLate          Flaw = "notice_late"           // by three days
	NoticeDisorder      Flaw = "notice_out_of_order"   // comes after the next one, or after an hour

	MissingLine Flaw = "missing_line"
	DoubledLine Flaw = "doubled_line"
	OtherAmount Flaw = "other_amount" // of a line, one fen more
	ExtraLine   Flaw = "extra_line"   // behind a line, one of an order that never was
)

var (
	answerFlaws  = []Flaw{ForgedSignature, ClockOff, WrongMerchant, OtherOrder, UnknownOutcome, ServerError, TooMany}
	noticeFlaws  = []Flaw{NoticeForged, NoticeClockOff, NoticeWrongMerchant, NoticeLate, NoticeDisorder}
	messageFlaws = slices.Concat(answerFlaws, []Flaw{PendingRefund, FailedRefund, PaidAfterClose}, noticeFlaws)
	lineFlaws    = []Flaw{MissingLine, DoubledLine, OtherAmount, ExtraLine}
	spoiling     = kit.LineFlaws[Flaw]{Missing: MissingLine, Doubled: DoubledLine, Other: OtherAmount, Extra: ExtraLine}
)

// Flaws returns all flaws in the order in which the page lists them.
func Flaws() []Flaw { return slices.Concat(messageFlaws, lineFlaws) }

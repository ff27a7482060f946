package alipay

import (
	"slices"

	"github.com/yifen-pay/yifen/internal/sim/kit"
)

// Flaw is a fault that only a wallet like this has, beside those that all parties share (package kit).
type Flaw string

// Flaws of answers, of refunds, of notifications and of bills.
const (
	ForgedSignature    Flaw = "forged_signature"    // another key signed
	ExpiredCertificate Flaw = "expired_certificate" // signed under last year's, in certificate mode only
	OtherOrder         Flaw = "other_order"         // the answer is of another trade
	UnknownOutcome     Flaw = "unknown_outcome"     // it acts and says 20000
	ServerError        Flaw = "server_error"        // it acts and says HTTP 500
	TooMany            Flaw = "too_many"            // it does not act and says HTTP 429

	PendingRefund  Flaw = "refund_pending"   // it is done after a while; until then nothing tells of success
	FailedRefund   Flaw = "refund_failed"    // after that while it comes to nothing
	PaidAfterClose Flaw = "paid_after_close" // a close is answered 10000, and the payer was quicker
	RetryCancel    Flaw = "cancel_retry"     // a cancellation does nothing and says retry_flag Y

	NoticeForged        Flaw = "notice_forged"    // of the first attempt only, as the next two
	NoticeClockOff      Flaw = "notice_clock_off" // its notify_time is ten minutes old
	NoticeWrongMerchant Flaw = "notice_wrong_merchant"
	NoticeLate          Flaw = "notice_late"         // by three days
	NoticeDisorder      Flaw = "notice_out_of_order" // comes after the next one, or after an hour

	MissingLine Flaw = "missing_line"
	DoubledLine Flaw = "doubled_line"
	OtherAmount Flaw = "other_amount" // of a line, one fen more
	ExtraLine   Flaw = "extra_line"   // behind a line, one of a trade that never was
)

var (
	answerFlaws  = []Flaw{ForgedSignature, ExpiredCertificate, OtherOrder, UnknownOutcome, ServerError, TooMany}
	noticeFlaws  = []Flaw{NoticeForged, NoticeClockOff, NoticeWrongMerchant, NoticeLate, NoticeDisorder}
	messageFlaws = slices.Concat(answerFlaws, []Flaw{PaidAfterClose, PendingRefund, FailedRefund, RetryCancel}, noticeFlaws)
	lineFlaws    = []Flaw{MissingLine, DoubledLine, OtherAmount, ExtraLine}
	spoiling     = kit.LineFlaws[Flaw]{Missing: MissingLine, Doubled: DoubledLine, Other: OtherAmount, Extra: ExtraLine}
)

// Flaws returns all flaws in the order in which the page lists them.
func Flaws() []Flaw { return slices.Concat(messageFlaws, lineFlaws) }

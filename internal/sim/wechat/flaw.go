package wechat

import (
	"slices"

	"github.com/yifen-pay/yifen/internal/sim/kit"
)

// Flaw is a fault that only a wallet like this has, beside those that all parties share (package kit).
type Flaw string

// Flaws of answers, of orders and refunds, of notifications and of bills.
const (
	ForgedSignature    Flaw = "forged_signature"    // another key signed
	ExpiredCertificate Flaw = "expired_certificate" // signed under last year's, which is listed then too
	ClockOff           Flaw = "clock_off"           // the signature is ten minutes old
	WrongMerchant      Flaw = "wrong_merchant"      // the answer names another merchant and app
	OtherOrder         Flaw = "other_order"         // the answer is of another order
	ServerError        Flaw = "server_error"        // it acts and says 500 SYSTEM_ERROR
	TooMany            Flaw = "too_many"            // it does not act and says 429 FREQUENCY_LIMITED

	PaidAfterClose Flaw = "paid_after_close" // a close is answered 204, and the payer was quicker
	AbnormalRefund Flaw = "refund_abnormal"
	ClosedRefund   Flaw = "refund_closed"

	NoticeForged        Flaw = "notice_forged"         // of the first attempt only, as the next two
	NoticeClockOff      Flaw = "notice_clock_off"      // its signature is ten minutes old
	NoticeWrongMerchant Flaw = "notice_wrong_merchant" // it names another merchant and app
	NoticeProbe         Flaw = "notice_probe"          // one with a bad signature comes first
	NoticeLate          Flaw = "notice_late"           // by three days
	NoticeDisorder      Flaw = "notice_out_of_order"   // comes after the next one, or after an hour

	MissingLine Flaw = "missing_line"
	DoubledLine Flaw = "doubled_line"
	OtherAmount Flaw = "other_amount" // of a line, one fen more
	ExtraLine   Flaw = "extra_line"   // behind a line, one of an order that never was
)

var (
	answerFlaws  = []Flaw{ForgedSignature, ExpiredCertificate, ClockOff, WrongMerchant, OtherOrder, ServerError, TooMany}
	noticeFlaws  = []Flaw{NoticeForged, NoticeClockOff, NoticeWrongMerchant, NoticeProbe, NoticeLate, NoticeDisorder}
	messageFlaws = slices.Concat(answerFlaws, []Flaw{PaidAfterClose, AbnormalRefund, ClosedRefund}, noticeFlaws)
	lineFlaws    = []Flaw{MissingLine, DoubledLine, OtherAmount, ExtraLine}
	spoiling     = kit.LineFlaws[Flaw]{Missing: MissingLine, Doubled: DoubledLine, Other: OtherAmount, Extra: ExtraLine}
)

// Flaws returns all flaws in the order in which the page lists them.
func Flaws() []Flaw { return slices.Concat(messageFlaws, lineFlaws) }

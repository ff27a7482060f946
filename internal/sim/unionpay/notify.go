package unionpay

import (
	"fmt"
	"maps"
	"net/http"
	"time"

	"github.com/yifen-pay/yifen/internal/sim/kit"
)

// retries are the waits after an attempt that was not acknowledged: eleven attempts in 16 hours.
var retries = []time.Duration{
	time.Minute, 2 * time.Minute, 4 * time.Minute, 8 * time.Minute, 16 * time.Minute, 30 * time.Minute,
	time.Hour, 2 * time.Hour, 4 * time.Hour, 8 * time.Hour,
}

const (
	ack = "success" // and nothing else

	typePayment = "01"
	typeRefund  = "04"
)

// paymentNotice puts into a step the notification of an order that is paid, where somebody wants one. The caller
// holds the lock, as for those that follow.
func (w *Wallet) paymentNotice(s *step, o *Order) {
	if o.BackURL == "" {
		return
	}
	m := o.tell()
	m["txnType"], m["origRespCode"] = typePayment, stateCodes[o.State]
	w.notice(s, o, "payment", o.BackURL, m)
}

// refundNotice puts into a step the notification of a refund that has its outcome, where somebody wants one.
func (w *Wallet) refundNotice(s *step, o *Order, r *Refund) {
	if r.BackURL == "" {
		return
	}
	m := o.tellRefund(r)
	m["txnType"], m["origRespCode"] = typeRefund, refundCodes[r.Status]
	w.notice(s, o, "refund", r.BackURL, m)
}

// notice puts a notification about an order into a step.
func (w *Wallet) notice(s *step, o *Order, event, address string, m message) {
	m["serProvId"], m["merId"] = o.Institution, o.Merchant
	number := w.books.Next()
	n := kit.Notice{
		Number: number, ID: fmt.Sprintf("%s%x", s.At.In(kit.China).Format(dayForm), w.keys.secret("notice", number)[:12]), Event: event,
		Order: o.OrderNo, URL: address, Created: s.At, Due: s.At,
	}
	m["notifyId"] = n.ID
	kit.Afflict(&n, w.flaws, noticeFlaws, NoticeLate, NoticeDisorder)
	s.Notice, s.Message = &n, m
}

// postAndSend does a step and starts the notification in it.
func (w *Wallet) postAndSend(s step) error {
	if err := w.books.post(s); err != nil {
		return err
	}
	w.outbox.Begin(s.Notice)
	return nil
}

// sendNotice makes one attempt and returns what is wrong with the answer, "" when it is acknowledged. The message is
// signed anew, now.
func (w *Wallet) sendNotice(n kit.Notice, effect kit.Effect) string {
	w.mu.Lock()
	m := maps.Clone(w.books.messages[n.ID])
	w.mu.Unlock()
	alter(m, effect, kit.Struck[Flaw]{WrongMerchant: n.Hit(string(NoticeWrongMerchant))})
	body, err := w.seal(m, "notifyTime", n.Hit(string(NoticeClockOff)), n.Hit(string(NoticeForged)))
	if err != nil {
		return err.Error()
	}
	header := http.Header{"Content-Type": {"application/json;charset=utf-8"}, "User-Agent": {"UnionPay-simulator"}}
	status, text, wrong := w.messenger.Post(w.host.Life(), n.URL, header, string(body))
	switch {
	case wrong != "":
		return wrong
	case status != http.StatusOK:
		return fmt.Sprintf("answered %d", status)
	case text != ack:
		return "answered something else than " + ack
	}
	return ""
}

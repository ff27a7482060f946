package alipay

import (
	"crypto/md5" // for the look of a notify_id
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/yifen-pay/yifen/internal/sim/kit"
)

// retries are the waits after an attempt that was not acknowledged: eight attempts in 24 h 24 min.
var retries = []time.Duration{
	4 * time.Minute, 10 * time.Minute, 10 * time.Minute, time.Hour, 2 * time.Hour, 6 * time.Hour, 15 * time.Hour,
}

const ack = "success" // and nothing else

// letter is what a notification says.
type letter struct {
	Text        params `json:"text"`                 // without what is made anew with each attempt
	Certificate bool   `json:"certificate,omitzero"` // whose key signs
}

// paymentNotice puts into a step the notification of a paid trade, where somebody wants one. The caller holds the
// lock, as for those that follow.
func (w *Wallet) paymentNotice(s *step, o *Order) { w.notice(s, o, nil) }

// refundNotice puts into a step the notification of a refund, which goes where that of the payment went.
func (w *Wallet) refundNotice(s *step, o *Order, r *Refund) {
	w.notice(s, o, params{
		"out_biz_no": r.OutRequestNo, "refund_fee": yuan(w.books.orders[o.Number-1].refunded() + r.Total),
		"gmt_refund": stamp(r.Done) + fmt.Sprintf(".%03d", r.Done.Nanosecond()/1e6), "send_back_fee": yuan(r.Payer),
	})
}

// notice puts a notification about a trade into a step.
func (w *Wallet) notice(s *step, o *Order, more params) {
	if o.NotifyURL == "" {
		return
	}
	text := params{
		"notify_type": "trade_status_sync", "app_id": o.App, "auth_app_id": w.merchants[o.Merchant].App, "trade_no": o.TradeNo,
		"out_trade_no": o.OutTradeNo, "buyer_id": payerID(o.Payer), "buyer_logon_id": payerLogon, "seller_id": o.Merchant,
		"seller_email": "seller" + o.Merchant[12:] + "@example.com", "trade_status": string(o.State), "total_amount": yuan(o.Total),
		"receipt_amount": yuan(o.Settlement), "invoice_amount": yuan(o.PayerTotal), "buyer_pay_amount": yuan(o.PayerTotal),
		"point_amount": "0.00", "subject": o.Subject, "body": o.Body, "passback_params": o.Passback,
		"gmt_create": stamp(o.Begun), "gmt_payment": stamp(o.Paid), "gmt_close": stamp(o.Ended),
		"fund_bill_list": compactJSON(fundsOfNotice(o)),
	}
	if vouchers := o.vouchers(); vouchers != nil {
		text["voucher_detail_list"] = compactJSON(vouchers)
	}
	for name, value := range more {
		text[name] = value
	}
	number := w.books.Next()
	n := kit.Notice{
		Number: number, ID: s.At.In(kit.China).Format("20060102") + "00222" + fmt.Sprintf("%x", md5.Sum(w.keys.secret("notice", number)))[:21],
		Event: string(o.State), Order: o.OutTradeNo, URL: o.NotifyURL, Created: s.At, Due: s.At,
	}
	kit.Afflict(&n, w.flaws, noticeFlaws, NoticeLate, NoticeDisorder)
	s.Notice, s.Letter = &n, &letter{text, o.Certificate}
}

// postAndSend does a step and starts the notification in it.
func (w *Wallet) postAndSend(s step) error {
	if err := w.books.post(s); err != nil {
		return err
	}
	w.outbox.Begin(s.Notice)
	return nil
}

// fundsOfNotice lists what a trade was paid with in the spelling of notifications.
func fundsOfNotice(o *Order) any {
	type item struct {
		Amount  string `json:"amount"`
		Channel string `json:"fundChannel"`
	}
	list := []item{}
	for _, f := range o.funds() {
		list = append(list, item{f.Amount, f.Channel})
	}
	return list
}

func compactJSON(value any) string {
	text, err := json.Marshal(value)
	if err != nil {
		panic(err) // lists of texts
	}
	return string(text)
}

// sendNotice makes one attempt and returns what is wrong with the answer, "" when it is acknowledged.
func (w *Wallet) sendNotice(n kit.Notice, effect kit.Effect) string {
	form, err := w.envelope(n, effect)
	if err != nil {
		return err.Error()
	}
	header := http.Header{"Content-Type": {"application/x-www-form-urlencoded; charset=utf-8"}, "User-Agent": {"Mozilla/4.0"}}
	status, text, wrong := w.messenger.Post(w.host.Life(), n.URL, header, form)
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

// envelope builds a notification anew: its time is now, and the signature is over all of it.
func (w *Wallet) envelope(n kit.Notice, effect kit.Effect) (string, error) {
	w.mu.Lock()
	written := w.books.letters[n.ID]
	w.mu.Unlock()
	now := time.Now()
	if n.Hit(string(NoticeClockOff)) {
		now = now.Add(-10 * time.Minute)
	}
	p := params{"notify_id": n.ID, "notify_time": stamp(now), "charset": "utf-8", "version": "1.0"}
	for name, value := range written.Text {
		if value != "" {
			p[name] = value
		}
	}
	if fen, ok := parseYuan(p["total_amount"]); ok && effect.WrongAmount {
		p["total_amount"] = yuan(fen + 1)
	}
	if n.Hit(string(NoticeWrongMerchant)) {
		p["seller_id"], p["app_id"], p["auth_app_id"] = strangeSeller, strangeApp, strangeApp
	}
	key := w.keys.public.key
	if written.Certificate {
		key = w.keys.certificate.key
	}
	if n.Hit(string(NoticeForged)) {
		key = w.keys.root.key
	}
	signature, err := kit.Sign(key, p.signText())
	if err != nil {
		return "", err
	}
	p["sign_type"], p["sign"] = "RSA2", signature
	values := url.Values{}
	for name, value := range p {
		values.Set(name, value)
	}
	return values.Encode(), nil
}

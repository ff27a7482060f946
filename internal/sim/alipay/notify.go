package alipay

import (
	"context"
	"crypto/md5" // for the look of a notify_id
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/yifen-pay/yifen/internal/sim/kit"
)

// retries are the waits after an attempt that was not acknowledged: eight attempts in 24 h 24 min.
var retries = []time.Duration{
	4 * time.Minute, 10 * time.Minute, 10 * time.Minute, time.Hour, 2 * time.Hour, 6 * time.Hour, 15 * time.Hour,
}

const (
	ackTime    = 5 * time.Second // that a merchant has to acknowledge
	ack        = "success"       // and nothing else
	lateNotice = 72 * time.Hour  // of the flaw notice_late
	holdNotice = time.Hour       // of the flaw notice_out_of_order, at most
)

// notice is a notification with what has come of it.
type notice struct {
	Number      int64     `json:"n"`
	ID          string    `json:"id"`
	Event       string    `json:"event"`          // trade_status
	Text        params    `json:"text,omitempty"` // without what is made anew with each attempt
	URL         string    `json:"url"`
	Certificate bool      `json:"certificate,omitzero"` // whose key signs
	Created     time.Time `json:"created"`
	Due         time.Time `json:"due"` // of the next attempt
	Attempts    int       `json:"attempts"`
	Acked       time.Time `json:"acked,omitzero"`
	Last        string    `json:"last,omitempty"` // what became of the last attempt
	Struck      []Flaw    `json:"struck,omitempty"`
	busy        bool      // an attempt is on its way
}

// over reports whether nothing more is sent.
func (n *notice) over() bool { return !n.Acked.IsZero() || n.Attempts > len(retries) }

// hit reports whether a flaw strikes the next attempt. Only the first is struck, so that the truth arrives.
func (n *notice) hit(flaw Flaw) bool { return n.Attempts == 0 && slices.Contains(n.Struck, flaw) }

// Notice is a notification as the page and tests see it.
type Notice struct {
	ID, Event, URL, OutTradeNo, Last string
	Attempts                         int
	Due                              time.Time // of the next attempt, zero when there is none
	Acknowledged                     bool
}

// Notices returns all notifications in the order in which they came to be.
func (w *Wallet) Notices() []Notice {
	w.mu.Lock()
	defer w.mu.Unlock()
	list := make([]Notice, 0, len(w.books.notices))
	for _, n := range w.books.notices {
		list = append(list, n.told())
	}
	return list
}

func (n *notice) told() Notice {
	t := Notice{
		ID: n.ID, Event: n.Event, URL: n.URL, OutTradeNo: n.Text["out_trade_no"], Last: n.Last,
		Attempts: n.Attempts, Acknowledged: !n.Acked.IsZero(),
	}
	if !n.over() {
		t.Due = n.Due
	}
	return t
}

// paymentNotice returns the notification of a paid trade, nil where nobody wants one.
func (w *Wallet) paymentNotice(o *Order, now time.Time) *notice {
	if o.NotifyURL == "" {
		return nil
	}
	return w.newNotice(o, now, nil)
}

// refundNotice returns the notification of a refund, which goes where that of the payment went.
func (w *Wallet) refundNotice(o *Order, r *Refund, now time.Time) *notice {
	if o.NotifyURL == "" {
		return nil
	}
	return w.newNotice(o, now, params{
		"out_biz_no": r.OutRequestNo, "refund_fee": yuan(w.books.orders[o.Number-1].refunded() + r.Total),
		"gmt_refund": stamp(r.Done) + fmt.Sprintf(".%03d", r.Done.Nanosecond()/1e6), "send_back_fee": yuan(r.Payer),
	})
}

// newNotice makes a notification about a trade. The caller holds the lock.
func (w *Wallet) newNotice(o *Order, now time.Time, more params) *notice {
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
	number := w.books.next()
	n := notice{
		Number: number, ID: now.In(china).Format("20060102") + "00222" + fmt.Sprintf("%x", md5.Sum(w.keys.secret("notice", number)))[:21],
		Event: string(o.State), Text: text, URL: o.NotifyURL, Certificate: o.Certificate, Created: now, Due: now,
	}
	hit := w.flaws.Next(noticeFlaws...)
	for _, flaw := range noticeFlaws {
		if hit[flaw] {
			n.Struck = append(n.Struck, flaw)
		}
	}
	switch {
	case hit[NoticeLate]:
		n.Due = now.Add(lateNotice)
	case hit[NoticeDisorder]:
		n.Due = now.Add(holdNotice)
	}
	return &n
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

// send starts what a step has to notify, with whatever was held back for it to come first. The caller
// holds the lock.
func (w *Wallet) send(n *notice) {
	if n == nil {
		return
	}
	kept := w.books.noticeID[n.ID]
	if kept.hit(NoticeDisorder) && !kept.hit(NoticeLate) {
		w.held = append(w.held, n.ID)
	}
	w.awaitNotice(kept)
}

// awaitNotice has the next attempt come at its time. The caller holds the lock.
func (w *Wallet) awaitNotice(n *notice) {
	id, attempts := n.ID, n.Attempts
	w.later(n.Due, func() { w.attempt(id, attempts) })
}

// attempt sends a notification for the time after the given number of attempts, unless that was done.
func (w *Wallet) attempt(id string, attempts int) {
	w.mu.Lock()
	n := w.books.noticeID[id]
	if n.over() || n.busy || n.Attempts != attempts {
		w.mu.Unlock()
		return
	}
	n.busy = true
	sent := *n
	w.mu.Unlock()
	effect := w.faults.Next()
	if wait := max(effect.Delay, effect.Late); wait > 0 {
		effect.Delay, effect.Late = 0, 0
		w.later(w.clock.Now().Add(wait), func() { w.deliver(sent, effect) })
		return
	}
	w.deliver(sent, effect)
}

// deliver makes one attempt and writes down what became of it.
func (w *Wallet) deliver(sent notice, effect kit.Effect) {
	result := "lost on the way"
	if !effect.Lost {
		result = w.post(&sent, effect)
		if effect.Duplicate {
			w.post(&sent, effect)
		}
		if effect.Drop || effect.Close {
			result = "its answer was lost"
		}
	}
	if result != "" && w.life.Err() != nil {
		return // the wallet was closed meanwhile; the attempt is made anew when it is opened
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.stats.Notices++
	now := w.clock.Now()
	n := *w.books.noticeID[sent.ID]
	n.busy, n.Text = false, nil
	n.Attempts++
	n.Last = result
	if result == "" {
		n.Acked, n.Last = now, "acknowledged"
	} else {
		w.stats.Unanswered++
		if n.Attempts <= len(retries) {
			n.Due = n.Due.Add(retries[n.Attempts-1])
		}
	}
	w.note(w.books.post(step{At: now, Notice: &n}))
	if !n.over() {
		w.awaitNotice(&n)
	}
	w.release(sent.ID)
}

// release sends what was held back until a later notification had been sent. The caller holds the lock.
func (w *Wallet) release(after string) {
	var still []string
	for _, id := range w.held {
		n := w.books.noticeID[id]
		if id == after || n.Number > w.books.noticeID[after].Number {
			still = append(still, id)
			continue
		}
		n.Due = w.clock.Now() // retries count from here
		w.awaitNotice(n)
	}
	w.held = still
}

// notifyClient returns a client that asks nobody but this machine and follows no redirections.
func notifyClient() *http.Client {
	return &http.Client{
		Timeout:       ackTime,
		Transport:     &http.Transport{MaxIdleConnsPerHost: 4, IdleConnTimeout: 10 * time.Second},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// post sends a notification once and returns what is wrong with the answer, "" when it is acknowledged.
func (w *Wallet) post(n *notice, effect kit.Effect) string {
	u, err := url.Parse(n.URL)
	if err != nil || !kit.Loopback(u.Hostname()) {
		return "not sent: a simulator notifies addresses of this machine only"
	}
	form, err := w.envelope(n, effect)
	if err != nil {
		return err.Error()
	}
	r, err := http.NewRequestWithContext(w.life, http.MethodPost, n.URL, strings.NewReader(form))
	if err != nil {
		return err.Error()
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")
	r.Header.Set("User-Agent", "Mozilla/4.0")
	answer, err := w.client.Do(r)
	if err != nil {
		if errors.Is(err, context.DeadlineExceeded) {
			return "no answer in time"
		}
		return "no answer: " + err.Error()
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(io.LimitReader(answer.Body, bodyMax))
	switch {
	case err != nil:
		return "no whole answer: " + err.Error()
	case answer.StatusCode != http.StatusOK:
		return "answered " + answer.Status
	case string(text) != ack:
		return "answered something else than " + ack
	}
	return ""
}

// envelope builds a notification anew: its time is now, and the signature is over all of it.
func (w *Wallet) envelope(n *notice, effect kit.Effect) (string, error) {
	now := time.Now()
	if n.hit(NoticeClockOff) {
		now = now.Add(-10 * time.Minute)
	}
	p := params{"notify_id": n.ID, "notify_time": stamp(now), "charset": "utf-8", "version": "1.0"}
	for name, value := range n.Text {
		if value != "" {
			p[name] = value
		}
	}
	if fen, ok := parseYuan(p["total_amount"]); ok && effect.WrongAmount {
		p["total_amount"] = yuan(fen + 1)
	}
	if n.hit(NoticeWrongMerchant) {
		p["seller_id"], p["app_id"], p["auth_app_id"] = strangeSeller, strangeApp, strangeApp
	}
	key := w.keys.public.key
	if n.Certificate {
		key = w.keys.certificate.key
	}
	if n.hit(NoticeForged) {
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

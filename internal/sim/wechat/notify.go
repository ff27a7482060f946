package wechat

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/yifen-pay/yifen/internal/sim/kit"
)

// retries are the waits after an attempt that was not acknowledged: 16 attempts in 24 h 4 min.
var retries = []time.Duration{
	15 * time.Second, 15 * time.Second, 30 * time.Second, 3 * time.Minute, 10 * time.Minute, 20 * time.Minute,
	30 * time.Minute, 30 * time.Minute, 30 * time.Minute, time.Hour, 3 * time.Hour, 3 * time.Hour, 3 * time.Hour,
	6 * time.Hour, 6 * time.Hour,
}

const (
	ackTime     = 5 * time.Second // that a merchant has to acknowledge
	lateNotice  = 72 * time.Hour  // of the flaw notice_late
	holdNotice  = time.Hour       // of the flaw notice_out_of_order, at most
	probePrefix = "WECHATPAY/SIGNTEST/"
)

// notice is a notification with what has come of it.
type notice struct {
	Number   int64     `json:"n"`
	ID       string    `json:"id"`
	Member   string    `json:"member"` // under whose APIv3 key it is sealed
	Event    string    `json:"event"`
	Summary  string    `json:"summary"`
	Kind     string    `json:"kind"`           // transaction or refund
	Text     string    `json:"text,omitempty"` // of the resource
	URL      string    `json:"url"`
	Signer   string    `json:"signer,omitempty"`
	Created  time.Time `json:"created"`
	Due      time.Time `json:"due"` // of the next attempt
	Attempts int       `json:"attempts"`
	Acked    time.Time `json:"acked,omitzero"`
	Last     string    `json:"last,omitempty"` // what became of the last attempt
	Struck   []Flaw    `json:"struck,omitempty"`
	busy     bool      // an attempt is on its way
}

// over reports whether nothing more is sent.
func (n *notice) over() bool { return !n.Acked.IsZero() || n.Attempts > len(retries) }

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
		ID: n.ID, Event: n.Event, URL: n.URL, Last: n.Last, Attempts: n.Attempts, Acknowledged: !n.Acked.IsZero(),
	}
	if !n.over() {
		t.Due = n.Due
	}
	var text struct {
		OutTradeNo string `json:"out_trade_no"`
	}
	if json.Unmarshal([]byte(n.Text), &text) == nil {
		t.OutTradeNo = text.OutTradeNo
	}
	return t
}

// paymentNotice returns the notification of a paid order, nil where nobody wants one.
func (w *Wallet) paymentNotice(o *Order, now time.Time) *notice {
	if o.NotifyURL == "" {
		return nil
	}
	return w.newNotice(o, now, notice{
		Event: "TRANSACTION.SUCCESS", Summary: "支付成功", Kind: "transaction", URL: o.NotifyURL, Signer: o.Signer,
	}, o.answer())
}

// refundNotice returns the notification of a refund that has its outcome, nil where nobody wants one.
func (w *Wallet) refundNotice(o *Order, r *Refund, now time.Time) *notice {
	if r.NotifyURL == "" {
		return nil
	}
	type amounts struct {
		Total       int64 `json:"total"`
		Refund      int64 `json:"refund"`
		PayerTotal  int64 `json:"payer_total"`
		PayerRefund int64 `json:"payer_refund"`
	}
	text := struct {
		MchID         string       `json:"mchid,omitempty"`
		SpMchID       string       `json:"sp_mchid,omitempty"`
		SubMchID      string       `json:"sub_mchid,omitempty"`
		OutTradeNo    string       `json:"out_trade_no"`
		TransactionID string       `json:"transaction_id"`
		OutRefundNo   string       `json:"out_refund_no"`
		RefundID      string       `json:"refund_id"`
		Status        RefundStatus `json:"refund_status"`
		SuccessTime   string       `json:"success_time,omitempty"`
		Received      string       `json:"user_received_account"`
		Amount        amounts      `json:"amount"`
	}{
		MchID: o.Merchant, OutTradeNo: o.OutTradeNo, TransactionID: o.TransactionID, OutRefundNo: r.OutRefundNo,
		RefundID: r.RefundID, Status: r.Status, Received: receivedBy,
		Amount: amounts{o.Total, r.Total, o.PayerTotal, r.Payer},
	}
	if o.Partner != "" {
		text.MchID, text.SpMchID, text.SubMchID = "", o.Partner, o.Merchant
	}
	if r.Status == RefundSuccess {
		text.SuccessTime = timeText(r.Done)
	}
	summary := map[RefundStatus]string{RefundSuccess: "退款成功", RefundClosed: "退款关闭", RefundAbnormal: "退款异常"}
	return w.newNotice(o, now, notice{
		Event: "REFUND." + string(r.Status), Summary: summary[r.Status], Kind: "refund",
		URL: r.NotifyURL, Signer: r.Signer,
	}, text)
}

// newNotice completes a notification about an order. The caller holds the lock.
func (w *Wallet) newNotice(o *Order, now time.Time, n notice, text any) *notice {
	raw, err := json.Marshal(text)
	if err != nil {
		panic(err) // texts and numbers only
	}
	n.Number, n.Text, n.Created, n.Due, n.Member = w.books.next(), string(raw), now, now, o.Merchant
	if o.Partner != "" {
		n.Member = o.Partner
	}
	sum := sha256.Sum256(fmt.Appendf(nil, "notice %d %s", n.Number, w.keys.public.serial))
	n.ID = fmt.Sprintf("%x-%x-%x-%x-%x", sum[:4], sum[4:6], sum[6:8], sum[8:10], sum[10:16])
	order := []Flaw{NoticeForged, NoticeClockOff, NoticeWrongMerchant, NoticeProbe, NoticeLate, NoticeDisorder}
	hit := w.flaws.next(order...)
	for _, flaw := range order {
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

// send starts the notification of a step, or holds it back for the next one. The caller holds the lock.
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

// hit reports whether a flaw strikes the next attempt. Only the first is struck, so that the truth arrives.
func (n *notice) hit(flaw Flaw) bool { return n.Attempts == 0 && slices.Contains(n.Struck, flaw) }

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
	if sent.Attempts == 0 && w.config.Probe || sent.hit(NoticeProbe) {
		probe := w.post(&sent, effect, true)
		w.mu.Lock()
		if probe == "" {
			w.stats.ProbesBad++
		} else {
			w.stats.ProbesOK++
		}
		w.mu.Unlock()
	}
	result := "lost on the way"
	if !effect.Lost {
		result = w.post(&sent, effect, false)
		if effect.Duplicate {
			w.post(&sent, effect, false)
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
	n.busy, n.Text = false, ""
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
func (w *Wallet) post(n *notice, effect kit.Effect, probe bool) string {
	u, err := url.Parse(n.URL)
	if err != nil || !loopback(u.Hostname()) {
		return "not sent: a simulator notifies addresses of this machine only"
	}
	body, header, err := w.envelope(n, effect, probe)
	if err != nil {
		return err.Error()
	}
	r, err := http.NewRequestWithContext(w.life, http.MethodPost, n.URL, bytes.NewReader(body))
	if err != nil {
		return err.Error()
	}
	r.Header = header
	answer, err := w.client.Do(r)
	if err != nil {
		return "no answer: " + err.Error()
	}
	defer answer.Body.Close()
	io.Copy(io.Discard, io.LimitReader(answer.Body, bodyMax)) // so that the connection serves again
	if answer.StatusCode != http.StatusOK && answer.StatusCode != http.StatusNoContent {
		return "answered " + answer.Status
	}
	return ""
}

// envelope builds a notification anew: sealed and signed now.
func (w *Wallet) envelope(n *notice, effect kit.Effect, probe bool) ([]byte, http.Header, error) {
	w.mu.Lock()
	m := w.merchants[n.Member]
	w.mu.Unlock()
	if m == nil {
		return nil, nil, fmt.Errorf("merchant %s is not there any more", n.Member)
	}
	hit := struck{NoticeWrongMerchant: n.hit(NoticeWrongMerchant)}
	box, err := seal(m.made.APIKey, string(hit.alter([]byte(n.Text), effect)), n.Kind)
	if err != nil {
		return nil, nil, err
	}
	box.OriginalType = n.Kind
	body, err := json.Marshal(struct {
		ID           string `json:"id"`
		CreateTime   string `json:"create_time"`
		ResourceType string `json:"resource_type"`
		EventType    string `json:"event_type"`
		Summary      string `json:"summary"`
		Resource     sealed `json:"resource"`
	}{n.ID, timeText(n.Created), "encrypt-resource", n.Event, n.Summary, box})
	if err != nil {
		return nil, nil, err
	}
	header := http.Header{"Content-Type": {"application/json"}, "User-Agent": {"Mozilla/4.0"}, "Accept": {"*/*"}}
	s, stamp := w.spoiled(w.keys.find(n.Signer, m), n.hit(NoticeForged), false, n.hit(NoticeClockOff))
	if err := signed(header, s, stamp, body); err != nil {
		return nil, nil, err
	}
	header.Set("Request-ID", randomText(32))
	if probe {
		sum := sha256.Sum256(body)
		header.Set("Wechatpay-Signature", probePrefix+base64.StdEncoding.EncodeToString(bytes.Repeat(sum[:], 7)))
	}
	return body, header, nil
}

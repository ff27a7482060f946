package wechat

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/yifen-pay/yifen/internal/sim/kit"
)

// retries are the waits after an attempt that was not acknowledged: 16 attempts in 24 h 4 min.
var retries = []time.Duration{
	15 * time.Second, 15 * time.Second, 30 * time.Second, 3 * time.Minute, 10 * time.Minute, 20 * time.Minute,
	30 * time.Minute, 30 * time.Minute, 30 * time.Minute, time.Hour, 3 * time.Hour, 3 * time.Hour, 3 * time.Hour,
	6 * time.Hour, 6 * time.Hour,
}

const probePrefix = "WECHATPAY/SIGNTEST/"

// letter is what a notification says.
type letter struct {
	Member  string `json:"member"` // under whose APIv3 key it is sealed
	Summary string `json:"summary"`
	Kind    string `json:"kind"` // transaction or refund
	Text    string `json:"text"` // of the resource
	Signer  string `json:"signer,omitempty"`
}

// paymentNotice puts into a step the notification of a paid order, where somebody wants one. The caller holds the
// lock, as for those that follow.
func (w *Wallet) paymentNotice(s *step, o *Order) {
	w.notice(s, o, o.NotifyURL, "TRANSACTION.SUCCESS", letter{Summary: "支付成功", Kind: "transaction", Signer: o.Signer}, o.answer())
}

// refundNotice puts into a step the notification of a refund that has its outcome, where somebody wants one.
func (w *Wallet) refundNotice(s *step, o *Order, r *Refund) {
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
	w.notice(s, o, r.NotifyURL, "REFUND."+string(r.Status), letter{Summary: summary[r.Status], Kind: "refund", Signer: r.Signer}, text)
}

// notice puts a notification about an order into a step.
func (w *Wallet) notice(s *step, o *Order, address, event string, l letter, text any) {
	if address == "" {
		return
	}
	raw, err := json.Marshal(text)
	if err != nil {
		panic(err) // texts and numbers only
	}
	if l.Text, l.Member = string(raw), o.Merchant; o.Partner != "" {
		l.Member = o.Partner
	}
	n := kit.Notice{Number: w.books.Next(), Event: event, Order: o.OutTradeNo, URL: address, Created: s.At, Due: s.At}
	sum := sha256.Sum256(fmt.Appendf(nil, "notice %d %s", n.Number, w.keys.public.serial))
	n.ID = fmt.Sprintf("%x-%x-%x-%x-%x", sum[:4], sum[4:6], sum[6:8], sum[8:10], sum[10:16])
	kit.Afflict(&n, w.flaws, noticeFlaws, NoticeLate, NoticeDisorder)
	s.Notice, s.Letter = &n, &l
}

// postAndSend does a step and starts the notification in it.
func (w *Wallet) postAndSend(s step) error {
	if err := w.books.post(s); err != nil {
		return err
	}
	w.outbox.Begin(s.Notice)
	return nil
}

// sendNotice makes one attempt, behind a probe where one is due, and returns what is wrong with the answer, "" when it
// is acknowledged.
func (w *Wallet) sendNotice(n kit.Notice, effect kit.Effect) string {
	if n.Attempts == 0 && w.config.Probe || n.Hit(string(NoticeProbe)) {
		taken := w.post(n, effect, true) == ""
		w.mu.Lock()
		if taken {
			w.stats.ProbesBad++
		} else {
			w.stats.ProbesOK++
		}
		w.mu.Unlock()
	}
	return w.post(n, effect, false)
}

// post sends a notification once and returns what is wrong with the answer, "" when it is acknowledged.
func (w *Wallet) post(n kit.Notice, effect kit.Effect, probe bool) string {
	body, header, err := w.envelope(n, effect, probe)
	if err != nil {
		return err.Error()
	}
	status, _, wrong := w.messenger.Post(w.host.Life(), n.URL, header, string(body))
	if wrong == "" && status != http.StatusOK && status != http.StatusNoContent {
		wrong = fmt.Sprintf("answered %d", status)
	}
	return wrong
}

// envelope builds a notification anew: sealed and signed now.
func (w *Wallet) envelope(n kit.Notice, effect kit.Effect, probe bool) ([]byte, http.Header, error) {
	w.mu.Lock()
	l := w.books.letters[n.ID]
	m := w.merchants[l.Member]
	w.mu.Unlock()
	if m == nil {
		return nil, nil, fmt.Errorf("merchant %s is not there any more", l.Member)
	}
	text := alter([]byte(l.Text), effect, n.Hit(string(NoticeWrongMerchant)), false)
	box, err := seal(m.made.APIKey, string(text), l.Kind)
	if err != nil {
		return nil, nil, err
	}
	box.OriginalType = l.Kind
	body, err := json.Marshal(struct {
		ID           string `json:"id"`
		CreateTime   string `json:"create_time"`
		ResourceType string `json:"resource_type"`
		EventType    string `json:"event_type"`
		Summary      string `json:"summary"`
		Resource     sealed `json:"resource"`
	}{n.ID, timeText(n.Created), "encrypt-resource", n.Event, l.Summary, box})
	if err != nil {
		return nil, nil, err
	}
	header := http.Header{"Content-Type": {"application/json"}, "User-Agent": {"Mozilla/4.0"}, "Accept": {"*/*"}}
	s, stamp := w.spoiled(w.keys.find(l.Signer, m), n.Hit(string(NoticeForged)), false, n.Hit(string(NoticeClockOff)))
	if err := signed(header, s, stamp, body); err != nil {
		return nil, nil, err
	}
	header.Set("Request-ID", kit.RandomText(32))
	if probe {
		sum := sha256.Sum256(body)
		header.Set("Wechatpay-Signature", probePrefix+base64.StdEncoding.EncodeToString(bytes.Repeat(sum[:], 7)))
	}
	return body, header, nil
}

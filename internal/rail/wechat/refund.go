package wechat

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"time"

	"github.com/yifen-pay/yifen/internal/domain/calendar"
	"github.com/yifen-pay/yifen/internal/domain/wallet"
	"github.com/yifen-pay/yifen/internal/rail/outbound"
)

const (
	refundsPath = "/v3/refund/domestic/refunds"
	reasonMax   = 80 // characters
)

type refundOrder struct {
	SubMchID    string       `json:"sub_mchid,omitempty"`
	OutTradeNo  string       `json:"out_trade_no"`
	OutRefundNo string       `json:"out_refund_no"`
	Reason      string       `json:"reason,omitempty"`
	NotifyURL   string       `json:"notify_url,omitempty"`
	Amount      refundAmount `json:"amount"`
}

type refundAmount struct {
	Refund           int64  `json:"refund"`
	Total            int64  `json:"total"`
	Currency         string `json:"currency,omitempty"`
	PayerTotal       int64  `json:"payer_total,omitempty"`
	SettlementRefund *int64 `json:"settlement_refund,omitempty"`
}

// refund gives money back. What was asked for before is asked about first, and sent again under its number only when the
// wallet does not know it.
func (x *exchange) refund(ctx context.Context) wallet.Answer {
	if x.q.Again {
		if a := x.queryRefund(ctx); a.State != wallet.Missing {
			return a
		}
	}
	a, err := x.call(ctx, http.MethodPost, refundsPath, refundOrder{
		SubMchID: x.who.SubMchID, OutTradeNo: x.q.Order, OutRefundNo: x.q.BackNumber, Reason: outbound.Short(x.q.Reason, reasonMax), NotifyURL: x.q.Notify,
		Amount: refundAmount{Refund: x.q.Back.Fen, Total: x.q.Amount.Fen, Currency: "CNY"},
	})
	switch {
	case err != nil:
		return x.unheard(ctx, err)
	case !a.refused():
		return x.readRefund(ctx, a.body)
	}
	answer := wallet.Answer{State: wallet.Silent, Code: a.Code, Message: a.Message}
	v, known := verdicts[a.Code]
	if !known || v.state == wallet.Waiting || a.status == http.StatusTooManyRequests || a.status >= http.StatusInternalServerError {
		return answer
	}
	if v.ask {
		if now := x.queryRefund(ctx); now.State != wallet.Missing {
			return now
		}
	}
	answer.State, answer.Reason = wallet.Failed, v.why(a.Message)
	return answer
}

// queryRefund asks what became of a refund.
func (x *exchange) queryRefund(ctx context.Context) wallet.Answer {
	path := refundsPath + "/" + url.PathEscape(x.q.BackNumber)
	if x.who.partner() {
		path += "?sub_mchid=" + x.who.SubMchID
	}
	a, err := x.call(ctx, http.MethodGet, path, nil)
	switch {
	case err != nil:
		return x.unheard(ctx, err)
	case a.status == http.StatusNotFound && a.Code == "RESOURCE_NOT_EXISTS":
		return wallet.Answer{State: wallet.Missing, Code: a.Code, Message: a.Message}
	case a.refused():
		return wallet.Answer{State: wallet.Silent, Code: a.Code, Message: a.Message}
	}
	return x.readRefund(ctx, a.body)
}

// toldRefund is a refund as answers and notifications tell it.
type toldRefund struct {
	parties
	OutTradeNo    string       `json:"out_trade_no"`
	TransactionID string       `json:"transaction_id"`
	OutRefundNo   string       `json:"out_refund_no"`
	RefundID      string       `json:"refund_id"`
	Status        string       `json:"status"`
	NoticeStatus  string       `json:"refund_status"`
	SuccessTime   string       `json:"success_time"`
	Amount        refundAmount `json:"amount"`
}

// refundStates says what a status means.
var refundStates = map[string]wallet.State{
	"SUCCESS":    wallet.Returned,
	"PROCESSING": wallet.Accepted,
	"ABNORMAL":   wallet.Stuck,
	"CLOSED":     wallet.Failed,
}

func (x *exchange) readRefund(ctx context.Context, body []byte) wallet.Answer {
	var t toldRefund
	if json.Unmarshal(body, &t) != nil {
		return x.unheard(ctx, outbound.Garbled)
	}
	if t.OutRefundNo != x.q.BackNumber || t.OutTradeNo != x.q.Order ||
		x.q.Number != "" && t.TransactionID != "" && t.TransactionID != x.q.Number {
		return x.unheard(ctx, outbound.Another)
	}
	a, ok := t.answer()
	if !ok {
		return x.unheard(ctx, outbound.Garbled)
	}
	return a
}

// answer is what a refund says.
func (t *toldRefund) answer() (wallet.Answer, bool) {
	status := t.Status + t.NoticeStatus // a message has one of them
	state, ok := refundStates[status]
	a := wallet.Answer{
		State: state, Code: outbound.Word(status), Number: t.TransactionID, BackNumber: t.RefundID,
		RequestedFen: t.Amount.Total, BackFen: t.Amount.Refund,
	}
	if !ok || t.Amount.Total < 0 || t.Amount.Refund < 0 {
		return a, false
	}
	if t.Amount.SettlementRefund != nil {
		a.BackSettledFen = *t.Amount.SettlementRefund
	}
	if state == wallet.Failed {
		a.Reason = notHonored
	}
	if t.SuccessTime != "" {
		at, err := time.Parse(time.RFC3339, t.SuccessTime)
		if err != nil {
			return a, false
		}
		a.At = calendar.At(at)
	}
	return a, true
}

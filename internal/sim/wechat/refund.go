package wechat

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"net/http"
	"time"
	"unicode/utf8"

	"github.com/yifen-pay/yifen/internal/sim/kit"
)

const (
	refundLife = 365 * 24 * time.Hour // after the payment
	refundsMax = 50                   // of an order
)

// refundRequest is the body of a refund.
type refundRequest struct {
	SubMchID      string `json:"sub_mchid"`
	TransactionID string `json:"transaction_id"`
	OutTradeNo    string `json:"out_trade_no"`
	OutRefundNo   string `json:"out_refund_no"`
	Reason        string `json:"reason"`
	NotifyURL     string `json:"notify_url"`
	FundsAccount  string `json:"funds_account"`
	Amount        *struct {
		Refund   *int64 `json:"refund"`
		Total    *int64 `json:"total"`
		Currency string `json:"currency"`
	} `json:"amount"`
}

func (q *refundRequest) check() *refusal {
	switch {
	case q.TransactionID == "" && q.OutTradeNo == "":
		return wrongField("/out_trade_no", "transaction_id与out_trade_no二选一")
	case !refundForm.MatchString(q.OutRefundNo):
		return wrongField("/out_refund_no", "1到64个字符，只能是数字、大小写字母_-|*@")
	case utf8.RuneCountInString(q.Reason) > 80:
		return wrongField("/reason", "最长80个字符")
	case q.FundsAccount != "" && q.FundsAccount != "AVAILABLE" && q.FundsAccount != "UNSETTLED":
		return wrongField("/funds_account", "取值不在枚举中")
	case q.Amount == nil:
		return wrongField("/amount", "必填")
	case q.Amount.Refund == nil || *q.Amount.Refund < 1:
		return wrongField("/amount/refund", "必须是大于0的整数，单位为分")
	case q.Amount.Total == nil || *q.Amount.Total < 1:
		return wrongField("/amount/total", "必须是大于0的整数，单位为分")
	case q.Amount.Currency != currency:
		return wrongField("/amount/currency", "必填，仅支持CNY")
	}
	return notifyURL(q.NotifyURL, false)
}

// refund takes a refund in; its outcome comes later.
func (w *Wallet) refund(c *call) (any, *refusal) {
	var q refundRequest
	if refused := c.decode(&q); refused != nil {
		return nil, refused
	}
	if refused := q.check(); refused != nil {
		return nil, refused
	}
	payee := c.member
	if q.SubMchID != "" {
		var refused *refusal
		if payee, refused = w.sub(c, q.SubMchID, wrongField); refused != nil {
			return nil, refused
		}
	}
	mark := digest(q)
	if r := w.books.refundKey[key{payee.Number, q.OutRefundNo}]; r != nil {
		if r.Digest != mark {
			return nil, invalid("订单金额或退款金额与之前请求不一致，请核实后再试")
		}
		return w.tellRefund(r), nil
	}
	o := w.books.byKey[key{payee.Number, q.OutTradeNo}]
	if q.TransactionID != "" {
		o = w.books.byID[q.TransactionID]
	}
	if o == nil || o.Merchant != payee.Number || (q.SubMchID != "") != (o.Partner != "") || o.Paid.IsZero() {
		return nil, noPayment
	}
	if refused := w.refundable(o, &q, c.now); refused != nil {
		return nil, refused
	}
	r := w.newRefund(o, *q.Amount.Refund, c)
	r.OutRefundNo, r.Reason, r.NotifyURL, r.Digest = q.OutRefundNo, q.Reason, q.NotifyURL, mark
	r.Status, r.Outcome, r.Due = RefundProcessing, w.outcome(), c.now.Add(w.config.RefundTime)
	s := step{Entry: kit.Entry{At: c.now, Ref: r.RefundID, Lines: kit.RefundLines(o.Merchant, r.Parts)}, Refund: r}
	if err := w.books.post(s); err != nil {
		w.note(err)
		return nil, systemError
	}
	w.awaitRefund(r)
	return w.tellRefund(r), nil
}

// refundable refuses a refund that the order does not allow.
func (w *Wallet) refundable(o *Order, q *refundRequest, now time.Time) *refusal {
	back := o.parts().Refund(o.given, *q.Amount.Refund)
	var last time.Time
	for _, r := range o.refunds {
		last = r.Created
	}
	switch {
	case o.State != Success:
		return invalid("订单状态不允许退款")
	case *q.Amount.Total != o.Total:
		return invalid("订单金额或退款金额与之前请求不一致，请核实后再试")
	case now.Sub(o.Paid) > refundLife:
		return invalid("订单已超过可退款的最大期限")
	case *q.Amount.Refund > o.Total-o.given.Total:
		return invalid("退款金额大于可退金额")
	case len(o.refunds) >= refundsMax:
		return invalid("超过最大退款次数")
	case now.Sub(last) < w.config.RefundEvery:
		return &refusal{http.StatusTooManyRequests, "FREQUENCY_LIMITED", "同一笔订单多次退款的请求需相隔1分钟", nil}
	case w.books.Ledger.Balance(kit.MerchantAccount(o.Merchant)) < back.Settlement-back.Fee:
		return noBalance
	}
	return nil
}

// newRefund returns a refund of an order with its numbers.
func (w *Wallet) newRefund(o *Order, amount int64, c *call) *Refund {
	number := int64(len(w.books.refunds) + 1)
	sum := sha256.Sum256(fmt.Appendf(nil, "refund %d %s", number, w.keys.public.serial))
	return &Refund{
		Number: number, Order: o.Number, Created: c.now, Signer: c.signer,
		RefundID: fmt.Sprintf("5030%07d%s%010d", binary.BigEndian.Uint32(sum[:])%1e7, dayOf(c.now), number),
		Parts:    o.parts().Refund(o.given, amount),
	}
}

// outcome decides how a refund will turn out.
func (w *Wallet) outcome() RefundStatus {
	struck := w.flaws.Next(AbnormalRefund, ClosedRefund)
	switch {
	case struck[AbnormalRefund]:
		return RefundAbnormal
	case struck[ClosedRefund]:
		return RefundClosed
	}
	return RefundSuccess
}

// awaitRefund brings the outcome of a refund at its time.
func (w *Wallet) awaitRefund(r *Refund) {
	number := r.Number
	w.host.Later(r.Due, func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.note(w.settle(*w.books.refunds[number-1]))
	})
}

// settle gives a refund its outcome. The caller holds the lock.
func (w *Wallet) settle(r Refund) error {
	if r.Status != RefundProcessing {
		return nil
	}
	o, now := w.books.orders[r.Order-1], w.clock.Now()
	r.Status, r.Done = r.Outcome, now
	s := step{Entry: kit.Entry{At: now, Ref: r.RefundID}, Refund: &r}
	switch r.Outcome {
	case RefundSuccess:
		s.Lines = kit.ArrivalLines(o.Payer, r.Parts)
	case RefundClosed:
		s.Lines = kit.ReturnLines(o.Merchant, r.Parts)
	}
	w.refundNotice(&s, o, &r)
	return w.postAndSend(s)
}

// takeBack reverses a paid order: all at once, by a refund of its own kind. The caller holds the lock.
func (w *Wallet) takeBack(o *Order, c *call) *refusal {
	switch {
	case o.given.Total > 0:
		return &refusal{http.StatusForbidden, "TRADE_ERROR", "订单已转入退款，不能撤销", nil}
	case c.now.Sub(o.Paid) > reverseLife:
		return &refusal{http.StatusForbidden, "RULE_LIMIT", "订单超过7天，请使用退款", nil}
	}
	r := w.newRefund(o, o.Total, c)
	if w.books.Ledger.Balance(kit.MerchantAccount(o.Merchant)) < r.Settlement-r.Fee {
		return noBalance
	}
	r.OutRefundNo, r.Reversal = "reverse:"+o.OutTradeNo, true // a colon is in no number of a merchant's
	r.Status, r.Outcome, r.Due, r.Done = RefundSuccess, RefundSuccess, c.now, c.now
	changed := *o
	changed.State, changed.Ended = Revoked, c.now
	lines := kit.ReversalLines(o.Merchant, o.Payer, r.Parts)
	err := w.books.post(step{Entry: kit.Entry{At: c.now, Ref: r.RefundID, Lines: lines}, Order: &changed, Refund: r})
	if err != nil {
		w.note(err)
		return systemError
	}
	return nil
}

func (w *Wallet) queryRefund(c *call) (any, *refusal) {
	payee := c.member
	if number := c.URL.Query().Get("sub_mchid"); number != "" {
		var refused *refusal
		if payee, refused = w.sub(c, number, wrongQuery); refused != nil {
			return nil, refused
		}
	}
	r := w.books.refundKey[key{payee.Number, c.PathValue("no")}]
	if r == nil || (w.books.orders[r.Order-1].Partner != "") != (payee != c.member) {
		return nil, noRefund
	}
	return w.tellRefund(r), nil
}

// refundAmounts are the amounts that an answer tells of a refund.
type refundAmounts struct {
	Total            int64      `json:"total"`
	Refund           int64      `json:"refund"`
	From             []struct{} `json:"from"`
	PayerTotal       int64      `json:"payer_total"`
	PayerRefund      int64      `json:"payer_refund"`
	SettlementRefund int64      `json:"settlement_refund"`
	SettlementTotal  int64      `json:"settlement_total"`
	DiscountRefund   int64      `json:"discount_refund"`
	Currency         string     `json:"currency"`
	RefundFee        int64      `json:"refund_fee"`
}

type refundPromotion struct {
	ID           string `json:"promotion_id"`
	Scope        string `json:"scope"`
	Type         string `json:"type"` // COUPON is settled, DISCOUNT is not
	Amount       int64  `json:"amount"`
	RefundAmount int64  `json:"refund_amount"`
}

// refundTold is a refund as answers tell it.
type refundTold struct {
	RefundID      string            `json:"refund_id"`
	OutRefundNo   string            `json:"out_refund_no"`
	TransactionID string            `json:"transaction_id"`
	OutTradeNo    string            `json:"out_trade_no"`
	Channel       string            `json:"channel"`
	Received      string            `json:"user_received_account"`
	SuccessTime   string            `json:"success_time,omitempty"`
	CreateTime    string            `json:"create_time"`
	Status        RefundStatus      `json:"status"`
	FundsAccount  string            `json:"funds_account"`
	Amount        refundAmounts     `json:"amount"`
	Promotions    []refundPromotion `json:"promotion_detail,omitempty"`
}

const receivedBy = "支付用户零钱" // user_received_account

func (w *Wallet) tellRefund(r *Refund) refundTold {
	o := w.books.orders[r.Order-1]
	a := refundTold{
		RefundID: r.RefundID, OutRefundNo: r.OutRefundNo, TransactionID: o.TransactionID, OutTradeNo: o.OutTradeNo,
		Channel: "ORIGINAL", Received: receivedBy, CreateTime: timeText(r.Created), Status: r.Status,
		FundsAccount: "UNSETTLED",
		Amount: refundAmounts{
			Total: o.Total, Refund: r.Total, From: []struct{}{}, PayerTotal: o.PayerTotal, PayerRefund: r.Payer,
			SettlementRefund: r.Settlement, SettlementTotal: o.Settlement, DiscountRefund: r.Provider + r.Parts.Merchant,
			Currency: currency, RefundFee: r.Fee,
		},
	}
	if r.Status == RefundSuccess {
		a.SuccessTime = timeText(r.Done)
	}
	for _, c := range o.Coupons {
		p := refundPromotion{c.ID, "GLOBAL", "COUPON", c.Amount, r.Provider}
		if c.Funder == ByMerchant {
			p.Type, p.RefundAmount = "DISCOUNT", r.Parts.Merchant
		}
		if p.RefundAmount > 0 {
			a.Promotions = append(a.Promotions, p)
		}
	}
	return a
}

package alipay

import (
	"slices"
	"time"
	"unicode/utf8"

	"github.com/yifen-pay/yifen/internal/sim/kit"
)

// refundRequest is what trade.refund asks for.
type refundRequest struct {
	reference
	RefundAmount price    `json:"refund_amount"`
	OutRequestNo string   `json:"out_request_no"`
	Reason       string   `json:"refund_reason"`
	StoreID      string   `json:"store_id"`
	OperatorID   string   `json:"operator_id"`
	TerminalID   string   `json:"terminal_id"`
	Options      []string `json:"query_options"`
}

// refund gives money back at once, unless a flaw has it wait.
func (w *Wallet) refund(c *call) (fields, *refusal) {
	var q refundRequest
	o, refused := w.existing(c, &q, &q.reference)
	if refused != nil {
		return nil, refused
	}
	amount, ok := parseYuan(string(q.RefundAmount))
	if q.OutRequestNo == "" && amount == o.Total {
		q.OutRequestNo = o.OutTradeNo // a refund of the whole needs no number of its own
	}
	switch {
	case !ok:
		return nil, wrong("refund_amount", "必填，单位为元，支持两位小数")
	case !requestForm.MatchString(q.OutRequestNo):
		return nil, wrong("out_request_no", "部分退款必填，64个字符以内，仅支持字母、数字、下划线")
	case utf8.RuneCountInString(q.Reason) > 256:
		return nil, wrong("refund_reason", "最长256个字符")
	}
	detailed := slices.Contains(q.Options, "refund_detail_item_list")
	q.Options = nil
	mark := digest(o.Number, amount, q.OutRequestNo)
	if r := w.books.refundKey[refundKey{o.Number, q.OutRequestNo}]; r != nil && r.Status != RefundFailed {
		if r.Digest != mark {
			return nil, otherRefund
		}
		return o.tellRefund(r, false, detailed), nil
	}
	if refused := w.refundable(o, amount, c.now); refused != nil {
		return nil, refused
	}
	r := w.newRefund(o, amount, c.now)
	r.OutRequestNo, r.Reason, r.Digest = q.OutRequestNo, q.Reason, mark
	r.Store, r.Operator, r.Terminal = q.StoreID, q.OperatorID, q.TerminalID
	r.Status, r.Outcome, r.Due = RefundProcessing, RefundSuccess, c.now
	if struck := w.flaws.Next(PendingRefund, FailedRefund); struck[PendingRefund] || struck[FailedRefund] {
		r.Due = c.now.Add(w.config.RefundTime)
		if struck[FailedRefund] {
			r.Outcome = RefundFailed
		}
	}
	err := w.books.post(step{Entry: kit.Entry{At: c.now, Ref: o.TradeNo, Lines: kit.RefundLines(o.Merchant, r.Parts)}, Refund: r})
	if err == nil && !r.Due.After(c.now) {
		err = w.settle(*r)
	}
	if err != nil {
		w.note(err)
		return nil, unknownResult
	}
	r = w.books.refunds[r.Number-1]
	if r.Status == RefundProcessing {
		w.awaitRefund(r)
	}
	return o.tellRefund(r, r.Status == RefundSuccess, detailed), nil
}

// refundable refuses a refund that the trade does not allow.
func (w *Wallet) refundable(o *Order, amount int64, now time.Time) *refusal {
	back := o.parts().Refund(o.given, amount)
	switch {
	case o.told(now) == Finished:
		return tradeFinished
	case o.State != Success:
		return wrongState
	case amount > o.Total-o.given.Total:
		return tooMuch
	case w.books.Ledger.Balance(kit.MerchantAccount(o.Merchant)) < back.Settlement-back.Fee:
		return noBalance
	}
	return nil
}

// newRefund returns a refund of a trade with its parts.
func (w *Wallet) newRefund(o *Order, amount int64, now time.Time) *Refund {
	return &Refund{
		Number: int64(len(w.books.refunds) + 1), Order: o.Number, Created: now, Parts: o.parts().Refund(o.given, amount),
	}
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

// settle gives a refund its outcome, and closes the trade with the last of them. The caller holds the lock.
func (w *Wallet) settle(r Refund) error {
	if r.Status != RefundProcessing {
		return nil
	}
	o, now := w.books.orders[r.Order-1], w.clock.Now()
	r.Status, r.Done = r.Outcome, now
	s := step{Entry: kit.Entry{At: now, Ref: o.TradeNo}, Refund: &r}
	changed := *o
	if r.Outcome == RefundFailed {
		s.Lines = kit.ReturnLines(o.Merchant, r.Parts)
	} else {
		s.Lines = kit.ArrivalLines(o.Payer, r.Parts)
		if o.refunded()+r.Total == o.Total {
			changed.State, changed.Ended = Closed, now
			s.Order = &changed
		}
		w.refundNotice(&s, &changed, &r)
	}
	return w.postAndSend(s)
}

// refunded returns what the payer has got back, in fen of the total.
func (o *Order) refunded() int64 {
	var sum int64
	for _, r := range o.refunds {
		if r.Status == RefundSuccess {
			sum += r.Total
		}
	}
	return sum
}

// takeBack cancels a paid trade: all at once, by a refund of its own kind. The caller holds the lock.
func (w *Wallet) takeBack(o *Order, c *call) *refusal {
	if o.given.Total > 0 {
		return wrongState
	}
	r := w.newRefund(o, o.Total, c.now)
	if w.books.Ledger.Balance(kit.MerchantAccount(o.Merchant)) < r.Settlement-r.Fee {
		return noBalance
	}
	r.OutRequestNo, r.Reversal = "cancel:"+o.OutTradeNo, true // a colon is in no number of a merchant's
	r.Status, r.Outcome, r.Due, r.Done = RefundSuccess, RefundSuccess, c.now, c.now
	changed := *o
	changed.State, changed.Ended = Closed, c.now
	lines := kit.ReversalLines(o.Merchant, o.Payer, r.Parts)
	err := w.books.post(step{Entry: kit.Entry{At: c.now, Ref: o.TradeNo, Lines: lines}, Order: &changed, Refund: r})
	if err != nil {
		w.note(err)
		return unknownResult
	}
	return nil
}

// tellRefund is the answer to trade.refund. refund_fee is of all refunds of the trade.
func (o *Order) tellRefund(r *Refund, moved, detailed bool) fields {
	f := fields{
		"trade_no": o.TradeNo, "out_trade_no": o.OutTradeNo, "buyer_logon_id": payerLogon, "buyer_user_id": payerID(o.Payer),
		"fund_change": "N", "refund_fee": yuan(o.refunded()), "send_back_fee": yuan(r.Payer),
	}
	if moved {
		f["fund_change"] = "Y"
		f["gmt_refund_pay"] = stamp(r.Done)
	}
	if detailed {
		f["refund_detail_item_list"] = r.funds()
	}
	f.put("store_name", r.Store)
	return f
}

// funds lists where a refund goes back to.
func (r *Refund) funds() []fund {
	list := []fund{}
	if r.Payer > 0 {
		list = append(list, fund{"ALIPAYACCOUNT", yuan(r.Payer)})
	}
	if r.Provider > 0 {
		list = append(list, fund{"COUPON", yuan(r.Provider)})
	}
	return list
}

func (w *Wallet) queryRefund(c *call) (fields, *refusal) {
	var q struct {
		reference
		OutRequestNo string   `json:"out_request_no"`
		Options      []string `json:"query_options"`
	}
	o, refused := w.existing(c, &q, &q.reference)
	if refused != nil {
		return nil, refused
	}
	if q.OutRequestNo == "" {
		return nil, wrong("out_request_no", "必填")
	}
	r := w.books.refundKey[refundKey{o.Number, q.OutRequestNo}]
	if r == nil || r.Status != RefundSuccess {
		return fields{}, nil // the original says 10000 and nothing else
	}
	f := fields{
		"trade_no": o.TradeNo, "out_trade_no": o.OutTradeNo, "out_request_no": r.OutRequestNo, "total_amount": yuan(o.Total),
		"refund_amount": yuan(r.Total), "refund_status": string(r.Status), "send_back_fee": yuan(r.Payer),
	}
	f.put("refund_reason", r.Reason)
	if slices.Contains(q.Options, "gmt_refund_pay") {
		f["gmt_refund_pay"] = stamp(r.Done)
	}
	if slices.Contains(q.Options, "refund_detail_item_list") {
		f["refund_detail_item_list"] = r.funds()
	}
	return f, nil
}

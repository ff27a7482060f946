package alipay

import (
	"context"
	"time"

	"github.com/yifen-pay/yifen/internal/domain/calendar"
	"github.com/yifen-pay/yifen/internal/domain/wallet"
	"github.com/yifen-pay/yifen/internal/rail/outbound"
)

// toldRefund is a refund as trade.refund and the query of it tell it. The fee that trade.refund names is of all refunds of the
// trade, so that it says nothing of this one.
type toldRefund struct {
	said
	OutTradeNo   string `json:"out_trade_no"`
	TradeNo      string `json:"trade_no"`
	OutRequestNo string `json:"out_request_no"`
	FundChange   string `json:"fund_change"`
	Status       string `json:"refund_status"`
	Total        string `json:"total_amount"`
	Refund       string `json:"refund_amount"`
	At           string `json:"gmt_refund_pay"`
	Items        []fund `json:"refund_detail_item_list"`
}

const reasonMax = 256 // characters

var refundOptions = []string{"refund_detail_item_list", "gmt_refund_pay"}

// refund gives money back. What was asked for before is asked about first. Since the query of a refund tells of success or
// nothing, what it does not know is sent again under its number, which moves nothing twice.
func (x *exchange) refund(ctx context.Context) wallet.Answer {
	if x.q.Again {
		if a := x.queryRefund(ctx); a.State != wallet.Missing && a.State != wallet.Accepted {
			return a
		}
	}
	var a toldRefund
	err := x.call(ctx, "alipay.trade.refund", "", object{
		"out_trade_no": x.q.Order, "refund_amount": x.q.Back.String(), "out_request_no": x.q.BackNumber,
		"refund_reason": outbound.Short(x.q.Reason, reasonMax), "query_options": refundOptions[:1],
	}, &a)
	switch {
	case err != nil:
		return x.unheard(ctx, err)
	case a.Code == codeDone && a.FundChange == "Y":
		return x.readRefund(ctx, &a, wallet.Returned)
	case a.Code == codeDone:
		if answer := x.readRefund(ctx, &a, wallet.Accepted); answer.State != wallet.Accepted {
			return answer
		}
		return x.queryRefund(ctx)
	}
	answer := wallet.Answer{State: wallet.Silent, Code: a.word(), Message: a.message()}
	v, known := a.verdict()
	if !known {
		return answer
	}
	if v.ask {
		if now := x.queryRefund(ctx); now.State != wallet.Accepted && now.State != wallet.Missing {
			return now
		}
	}
	answer.State, answer.Reason = wallet.Failed, string(v.reason)
	return answer
}

// queryRefund asks whether a refund is done. Accepted means that it may be, or that there is none.
func (x *exchange) queryRefund(ctx context.Context) wallet.Answer {
	var a toldRefund
	err := x.call(ctx, "alipay.trade.fastpay.refund.query", "", object{
		"out_trade_no": x.q.Order, "out_request_no": x.q.BackNumber, "query_options": refundOptions,
	}, &a)
	switch {
	case err != nil:
		return x.unheard(ctx, err)
	case a.SubCode == "ACQ.TRADE_NOT_EXIST":
		return wallet.Answer{State: wallet.Missing, Code: a.word(), Message: a.message()}
	case a.Code != codeDone:
		return wallet.Answer{State: wallet.Silent, Code: a.word(), Message: a.message()}
	case a.Status == "REFUND_SUCCESS" && a.OutRequestNo != x.q.BackNumber:
		return x.unheard(ctx, outbound.Another)
	case a.Status == "REFUND_SUCCESS":
		return x.readRefund(ctx, &a, wallet.Returned)
	}
	return wallet.Answer{State: wallet.Accepted, Code: a.word()}
}

// readRefund returns what a refund says, if it is of the order that was asked about.
func (x *exchange) readRefund(ctx context.Context, t *toldRefund, state wallet.State) wallet.Answer {
	if t.OutTradeNo != x.q.Order || x.q.Number != "" && t.TradeNo != "" && t.TradeNo != x.q.Number {
		return x.unheard(ctx, outbound.Another)
	}
	a := wallet.Answer{State: state, Code: t.word(), Number: t.TradeNo, BackNumber: x.q.BackNumber}
	ok := make([]bool, 2, 2+len(t.Items))
	a.RequestedFen, ok[0] = fen(t.Total)
	a.BackFen, ok[1] = fen(t.Refund)
	if state == wallet.Returned {
		for _, item := range t.Items {
			part, good := fen(item.Amount)
			if ok = append(ok, good); item.Channel != "MDISCOUNT" { // the merchant's own coupon
				a.BackSettledFen += part
			}
		}
	}
	if t.At != "" {
		at, err := time.ParseInLocation(stampForm, t.At, china)
		ok = append(ok, err == nil)
		a.At = calendar.At(at)
	}
	for _, good := range ok {
		if !good {
			return x.unheard(ctx, outbound.Garbled)
		}
	}
	return a
}

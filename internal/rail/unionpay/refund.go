package unionpay

import (
	"context"
	"strconv"
	"time"

	"github.com/yifen-pay/yifen/internal/domain/calendar"
	"github.com/yifen-pay/yifen/internal/domain/wallet"
	"github.com/yifen-pay/yifen/internal/rail/outbound"
)

const infoMax = 128 // characters

// refundStates says what a code means of a refund: respCode of a refund, origRespCode of a query or a notification.
var refundStates = map[string]wallet.State{
	"00": wallet.Returned,
	"01": wallet.Failed,
	"02": wallet.Accepted,
}

// refund gives money back. What was asked for before is asked about first, and sent again under its number only when the
// network does not know it.
func (x *exchange) refund(ctx context.Context) wallet.Answer {
	if x.q.Again {
		if a := x.queryRefund(ctx); a.State != wallet.Missing {
			return a
		}
	}
	m := message{
		"orderNo": x.q.BackNumber, "origOrderNo": x.q.Order, "txnAmt": strconv.FormatInt(x.q.Back.Fen, 10),
		"origTxnAmt": strconv.FormatInt(x.q.Amount.Fen, 10),
	}
	m.put("orderInfo", outbound.Short(x.q.Reason, infoMax))
	m.put("backUrl", x.q.Notify)
	said, err := x.call(ctx, "refund", m)
	if err != nil {
		return x.unheard(ctx, err)
	}
	if state, ok := refundStates[said["respCode"]]; ok {
		return x.readRefund(ctx, said, state)
	}
	answer := answered(wallet.Silent, said)
	v, known := verdicts[said["respCode"]]
	if !known {
		return answer
	}
	if v.ask {
		if now := x.queryRefund(ctx); now.State != wallet.Missing {
			return now
		}
	}
	answer.State, answer.Reason = wallet.Failed, string(v.reason)
	return answer
}

// queryRefund asks what became of a refund.
func (x *exchange) queryRefund(ctx context.Context) wallet.Answer {
	said, err := x.call(ctx, "refundQuery", message{"orderNo": x.q.BackNumber, "origOrderNo": x.q.Order})
	switch {
	case err != nil:
		return x.unheard(ctx, err)
	case said["respCode"] == codeNoOrder:
		return answered(wallet.Missing, said)
	case said["respCode"] != codeDone:
		return answered(wallet.Silent, said)
	}
	state, ok := refundStates[said["origRespCode"]]
	if !ok {
		return x.unheard(ctx, outbound.Garbled)
	}
	return x.readRefund(ctx, said, state)
}

func (x *exchange) readRefund(ctx context.Context, said message, state wallet.State) wallet.Answer {
	if said["origOrderNo"] != x.q.Order {
		return x.unheard(ctx, outbound.Another)
	}
	a, ok := tellRefund(said, state)
	if !ok {
		return x.unheard(ctx, outbound.Garbled)
	}
	return a
}

// tellRefund is what a refund says, in an answer or a notification. It does not name the network's number of the order.
func tellRefund(said message, state wallet.State) (wallet.Answer, bool) {
	a := answered(state, said)
	if said["origRespCode"] != "" {
		a.Code = outbound.Word(said["origRespCode"])
	}
	a.BackNumber = said["transIndex"]
	if state == wallet.Failed {
		a.Reason = notHonored
	}
	var ok [3]bool
	a.RequestedFen, ok[0] = said.fen("origTxnAmt")
	a.BackFen, ok[1] = said.fen("txnAmt")
	a.BackSettledFen, ok[2] = said.fen("settleAmt")
	if said["payTime"] != "" {
		at, err := time.ParseInLocation(stampForm, said["payTime"], china)
		if err != nil {
			return a, false
		}
		a.At = calendar.At(at)
	}
	return a, ok[0] && ok[1] && ok[2]
}

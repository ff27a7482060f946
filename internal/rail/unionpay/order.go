package unionpay

import (
	"context"
	"encoding/json"
	"strconv"
	"time"

	"github.com/yifen-pay/yifen/internal/domain/calendar"
	"github.com/yifen-pay/yifen/internal/domain/wallet"
	"github.com/yifen-pay/yifen/internal/rail/outbound"
)

const (
	shortestLife = 2 * time.Minute // of a code that is shown; the network takes one minute
	longestLife  = 15 * 24 * time.Hour
	deviceType   = "04" // a terminal with an operating system, of the table of PBOC [2021] No. 259
)

// Codes of answers.
const (
	codeDone    = "00"
	codeWaiting = "02"
	codeNoOrder = "34"
)

// order is what apply and micropay have in common. What counts for a repeat follows from the request.
func (x *exchange) order() message {
	began := x.q.Began
	if began.IsZero() {
		began = x.desk.Now()
	}
	m := message{
		"orderNo": x.q.Order, "orderTime": began.In(china).Format(stampForm), "txnAmt": strconv.FormatInt(x.q.Amount.Fen, 10),
		"currencyCode": "156", "orderType": "unionpay", "termId": x.who.terminal,
	}
	m.put("orderInfo", outbound.Short(x.q.Text, infoMax))
	m.put("backUrl", x.q.Notify)
	device := map[string]string{"deviceType": deviceType}
	for name, value := range map[string]string{"serialNum": x.q.Scene.Device, "ip": x.q.Scene.IP} {
		if value != "" {
			device[name] = value
		}
	}
	text, err := json.Marshal(device)
	if err != nil {
		panic(err) // texts only
	}
	m["termInfo"] = string(text)
	return m
}

// show makes a code for the payer to scan.
func (x *exchange) show(ctx context.Context) wallet.Answer {
	m := x.order()
	if !x.q.Expires.IsZero() {
		life := min(max(x.q.Expires.Sub(x.q.Began), shortestLife), longestLife)
		m["qrValidTime"] = strconv.FormatInt(int64(life/time.Second), 10)
	}
	said, err := x.call(ctx, "apply", m)
	switch {
	case err != nil:
		return x.unheard(ctx, err)
	case said["respCode"] != codeDone:
		return x.no(ctx, said)
	case said["qrCode"] == "":
		return x.unheard(ctx, outbound.Garbled)
	}
	a := answered(wallet.Waiting, said)
	a.Content = said["qrCode"]
	var ok bool
	if a.RequestedFen, ok = said.fen("txnAmt"); !ok {
		return x.unheard(ctx, outbound.Garbled)
	}
	return a
}

// charge takes an order's amount by the payer's code.
func (x *exchange) charge(ctx context.Context) wallet.Answer {
	m := x.order()
	m["authCode"] = x.q.Code.Digits()
	said, err := x.call(ctx, "micropay", m)
	switch {
	case err != nil:
		return x.unheard(ctx, err)
	case said["respCode"] == codeDone && said["payTime"] == "":
		return x.query(ctx) // it says that it was done, and not what
	case said["respCode"] == codeDone:
		return x.read(ctx, said, wallet.Paid)
	case said["respCode"] == codeWaiting:
		return x.read(ctx, said, wallet.Waiting)
	}
	return x.no(ctx, said)
}

// no is the answer to a refusal of an order: what a table says of it, or what the order is asked to be.
func (x *exchange) no(ctx context.Context, said message) wallet.Answer {
	answer := answered(wallet.Silent, said)
	v, known := verdicts[said["respCode"]]
	if !known {
		return answer
	}
	if v.ask || x.q.Again {
		if now := x.query(ctx); now.State != wallet.Missing {
			return now
		}
	}
	if v.other != "" {
		answer.State = v.other
		return answer
	}
	answer.State, answer.Reason = wallet.Failed, string(v.reason)
	return answer
}

// states says what origRespCode means of an order.
var states = map[string]wallet.State{
	"00": wallet.Paid,
	"01": wallet.Paid, // and refunds were begun
	"02": wallet.Waiting,
	"03": wallet.Ended,
	"04": wallet.Ended, // taken back
	"05": wallet.Waiting,
	"06": wallet.Failed,
}

// query asks what became of an order.
func (x *exchange) query(ctx context.Context) wallet.Answer {
	said, err := x.call(ctx, "queryOrder", message{"orderNo": x.q.Order})
	switch {
	case err != nil:
		return x.unheard(ctx, err)
	case said["respCode"] == codeNoOrder:
		return answered(wallet.Missing, said)
	case said["respCode"] != codeDone:
		return answered(wallet.Silent, said)
	}
	state, ok := states[said["origRespCode"]]
	if !ok {
		return x.unheard(ctx, outbound.Garbled)
	}
	return x.read(ctx, said, state)
}

// read returns what an order that the network tells of is, if it is the one that was asked about.
func (x *exchange) read(ctx context.Context, said message, state wallet.State) wallet.Answer {
	if x.q.Number != "" && said["transIndex"] != x.q.Number {
		return x.unheard(ctx, outbound.Another)
	}
	a, ok := tell(said, state)
	if !ok {
		return x.unheard(ctx, outbound.Garbled)
	}
	return a
}

// tell is what an order says, in an answer or a notification.
func tell(said message, state wallet.State) (wallet.Answer, bool) {
	a := answered(state, said)
	if said["origRespCode"] != "" {
		a.Code = outbound.Word(said["origRespCode"])
	}
	a.Number = said["transIndex"]
	if state == wallet.Failed {
		a.Reason = notHonored
	}
	var ok [3]bool
	if a.RequestedFen, ok[0] = said.fen("txnAmt"); !ok[0] {
		return a, false
	}
	if said["payTime"] == "" || state == wallet.Waiting {
		return a, state != wallet.Paid
	}
	at, err := time.ParseInLocation(stampForm, said["payTime"], china)
	a.At = calendar.At(at)
	a.PaidFen, ok[1] = said.fen("payAmt")
	a.SettledFen, ok[2] = said.fen("settleAmt")
	a.Undone = state == wallet.Ended // it was paid, and it is over
	return a, err == nil && ok[1] && ok[2] && said["txnAmt"] != ""
}

// withdraw ends an order. Neither act tells what it found, so that the order is asked about in the end.
func (x *exchange) withdraw(ctx context.Context) wallet.Answer {
	act := "closeOrder"
	if x.q.Presented == wallet.Scanned {
		act = "cancel"
	}
	said, err := x.call(ctx, act, message{"orderNo": x.q.Order})
	switch {
	case err != nil:
		return x.unheard(ctx, err)
	case said["respCode"] == codeNoOrder:
		return answered(wallet.Missing, said)
	case said["respCode"] == codeDone:
		return x.query(ctx)
	}
	v, known := verdicts[said["respCode"]]
	if !known || !v.ask {
		return answered(wallet.Silent, said)
	}
	now := x.query(ctx)
	if now.State == wallet.Failed {
		now.State, now.Reason = wallet.Ended, "" // nothing is kept of it
	}
	if now.State != wallet.Silent { // why it was not withdrawn
		now.Code, now.Message = outbound.Word(said["respCode"]), outbound.Message(said["respMsg"])
	}
	return now
}

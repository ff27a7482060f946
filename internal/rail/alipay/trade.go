package alipay

import (
	"context"
	"strings"
	"time"

	"github.com/yifen-pay/yifen/internal/domain/calendar"
	"github.com/yifen-pay/yifen/internal/domain/money"
	"github.com/yifen-pay/yifen/internal/domain/wallet"
	"github.com/yifen-pay/yifen/internal/rail/outbound"
)

const (
	shortestLife = 2 * time.Minute               // of a trade that is shown
	cancelLife   = 24*time.Hour - 10*time.Minute // of a trade that can be canceled, with room for our clocks
	cancelsMax   = 3                             // while the wallet says "again"
	afterlife    = 5 * time.Minute               // after which a code that lapsed cannot be scanned any more
)

// trade is the business of a new trade. Everything in it follows from the request, since the wallet takes the same number
// again only with the same parameters.
func (x *exchange) trade() object {
	t := object{
		"out_trade_no": x.q.Order, "total_amount": x.q.Amount.String(), "subject": subject(x.q.Text),
		"seller_id": seller(x.access), "store_id": x.q.Scene.Store, "terminal_id": x.q.Scene.Device,
	}
	if x.access.Sub != nil {
		t["extend_params"] = object{"sys_service_provider_id": x.access.Fields["seller_id"]}
	}
	return t
}

// show makes a code for the payer to scan.
func (x *exchange) show(ctx context.Context) wallet.Answer {
	t := x.trade()
	if !x.q.Expires.IsZero() {
		until := x.q.Expires
		if least := x.q.Began.Add(shortestLife); until.Before(least) {
			until = least
		}
		t["time_expire"] = until.In(china).Format(stampForm)
	}
	var a struct {
		said
		OutTradeNo string `json:"out_trade_no"`
		QRCode     string `json:"qr_code"`
	}
	switch err := x.call(ctx, "alipay.trade.precreate", x.q.Notify, t, &a); {
	case err != nil:
		return x.unheard(ctx, err)
	case a.Code != codeDone:
		return x.no(ctx, &a.said)
	case a.OutTradeNo != x.q.Order:
		return x.unheard(ctx, outbound.Another)
	case a.QRCode == "":
		return x.unheard(ctx, outbound.Garbled)
	}
	return wallet.Answer{State: wallet.Waiting, Content: a.QRCode}
}

// charge takes a trade's amount by the payer's code.
func (x *exchange) charge(ctx context.Context) wallet.Answer {
	t := x.trade()
	t["scene"], t["auth_code"] = "bar_code", x.q.Code.Digits()
	var a told
	switch err := x.call(ctx, "alipay.trade.pay", x.q.Notify, t, &a); {
	case err != nil:
		return x.unheard(ctx, err)
	case a.Code == codeWaiting:
		return x.read(ctx, &a, wallet.Waiting)
	case a.Code != codeDone:
		return x.no(ctx, &a.said)
	case a.PaymentAt == "":
		return x.query(ctx) // it says that it was done, and not what
	}
	return x.read(ctx, &a, wallet.Paid)
}

// no is the answer to a refusal of a trade: what a table says of it, or what the trade is asked to be.
func (x *exchange) no(ctx context.Context, s *said) wallet.Answer {
	answer := wallet.Answer{State: wallet.Silent, Code: s.word(), Message: s.message()}
	v, known := s.verdict()
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

// query asks what became of a trade.
func (x *exchange) query(ctx context.Context) wallet.Answer {
	var a told
	switch err := x.call(ctx, "alipay.trade.query", "", object{"out_trade_no": x.q.Order}, &a); {
	case err != nil:
		return x.unheard(ctx, err)
	case a.SubCode == "ACQ.TRADE_NOT_EXIST":
		return wallet.Answer{State: wallet.Missing, Code: a.word(), Message: a.message()}
	case a.Code != codeDone:
		return wallet.Answer{State: wallet.Silent, Code: a.word(), Message: a.message()}
	}
	state, ok := states[a.Status]
	if !ok {
		return x.unheard(ctx, outbound.Garbled)
	}
	return x.read(ctx, &a, state)
}

// states says what a trade_status means.
var states = map[string]wallet.State{
	"WAIT_BUYER_PAY": wallet.Waiting,
	"TRADE_SUCCESS":  wallet.Paid,
	"TRADE_FINISHED": wallet.Paid,
	"TRADE_CLOSED":   wallet.Ended, // unpaid, or given back whole
}

// told is a trade as trade.pay, trade.query and notifications tell it. The names differ in when it was paid.
type told struct {
	said
	OutTradeNo string `json:"out_trade_no"`
	TradeNo    string `json:"trade_no"`
	Status     string `json:"trade_status"`
	Total      string `json:"total_amount"`
	BuyerPay   string `json:"buyer_pay_amount"`
	Receipt    string `json:"receipt_amount"`
	PaymentAt  string `json:"gmt_payment"`   // of trade.pay and notifications
	SendPayAt  string `json:"send_pay_date"` // of trade.query
	BuyerLogon string `json:"buyer_logon_id"`
	Funds      []fund `json:"fund_bill_list"`
}

type fund struct {
	Channel string `json:"fund_channel"`
	Amount  string `json:"amount"`
}

// read returns what a trade that the wallet tells of is, if it is the one that was asked about.
func (x *exchange) read(ctx context.Context, t *told, state wallet.State) wallet.Answer {
	if t.OutTradeNo != x.q.Order || x.q.Number != "" && t.TradeNo != "" && t.TradeNo != x.q.Number {
		return x.unheard(ctx, outbound.Another)
	}
	a, ok := t.answer(state)
	if !ok {
		return x.unheard(ctx, outbound.Garbled)
	}
	return a
}

// answer is what a trade says.
func (t *told) answer(state wallet.State) (wallet.Answer, bool) {
	a := wallet.Answer{State: state, Code: outbound.Word(t.Status), Number: t.TradeNo}
	if a.Code == "" {
		a.Code = t.word()
	}
	var ok bool
	if a.RequestedFen, ok = fen(t.Total); !ok {
		return a, false
	}
	paidAt := t.PaymentAt
	if paidAt == "" {
		paidAt = t.SendPayAt
	}
	if paidAt == "" || state == wallet.Waiting {
		return a, state != wallet.Paid && (state == wallet.Ended || t.Total != "")
	}
	at, err := time.ParseInLocation(stampForm, paidAt, china)
	if err != nil || t.Total == "" {
		return a, false
	}
	a.At, a.Payer = calendar.At(at), outbound.Payer(t.BuyerLogon)
	var whole bool
	a.PaidFen, ok = fen(t.BuyerPay)
	a.SettledFen, whole = fen(t.Receipt)
	if len(t.Funds) > 0 {
		a.Bank = outbound.Word(t.Funds[0].Channel)
	}
	a.Undone = state == wallet.Ended
	return a, ok && whole
}

// fen reads an amount of yuan; what is not told is nothing.
func fen(yuan string) (int64, bool) {
	if yuan == "" {
		return 0, true
	}
	a, err := money.Parse(yuan)
	return a.Fen, err == nil
}

// withdraw ends a trade. Within a day it is canceled, whatever became of it; later, what nobody paid is closed.
func (x *exchange) withdraw(ctx context.Context) wallet.Answer {
	if !x.q.Began.IsZero() && x.desk.Now().Sub(x.q.Began) > cancelLife {
		return x.close(ctx)
	}
	var a struct {
		said
		OutTradeNo string `json:"out_trade_no"`
		TradeNo    string `json:"trade_no"`
		Retry      string `json:"retry_flag"`
		Action     string `json:"action"`
	}
	for range cancelsMax {
		a.said, a.OutTradeNo, a.TradeNo, a.Retry, a.Action = said{}, "", "", "", ""
		if err := x.call(ctx, "alipay.trade.cancel", "", object{"out_trade_no": x.q.Order}, &a); err != nil {
			return x.unheard(ctx, err)
		}
		if a.Retry != "Y" {
			break
		}
	}
	answer := wallet.Answer{Code: a.word(), Message: a.message(), Number: a.TradeNo}
	switch {
	case a.Code != codeDone:
		return x.kept(ctx, &a.said)
	case a.OutTradeNo != x.q.Order:
		return x.unheard(ctx, outbound.Another)
	case a.Retry == "Y":
		answer.State = wallet.Silent
	case a.Action == "refund":
		answer.State, answer.Undone = wallet.Ended, true
	case a.Action == "close", a.Action == "" && x.q.Presented == wallet.Shown:
		answer.State = wallet.Ended
	case a.Action == "":
		answer.State = wallet.Missing
	default:
		return x.unheard(ctx, outbound.Garbled)
	}
	return answer
}

// kept is the answer where a trade could not be withdrawn: what it is, and why. A refusal that says nothing is silence.
func (x *exchange) kept(ctx context.Context, s *said) wallet.Answer {
	if !strings.HasPrefix(s.SubCode, "ACQ.") || s.silent() {
		return wallet.Answer{State: wallet.Silent, Code: s.word(), Message: s.message()}
	}
	now := x.query(ctx)
	if now.State != wallet.Silent {
		now.Code, now.Message = s.word(), s.message()
	}
	return now
}

// close ends a trade that is too old to be canceled.
func (x *exchange) close(ctx context.Context) wallet.Answer {
	now := x.query(ctx)
	switch {
	case now.State == wallet.Missing && x.q.Presented == wallet.Shown && !x.q.Expires.IsZero() &&
		x.desk.Now().After(x.q.Expires.Add(afterlife)):
		now.State = wallet.Ended // nobody scanned it, and nobody can
		return now
	case now.State != wallet.Waiting:
		return now
	}
	var a struct {
		said
		OutTradeNo string `json:"out_trade_no"`
	}
	switch err := x.call(ctx, "alipay.trade.close", "", object{"out_trade_no": x.q.Order}, &a); {
	case err != nil:
		return x.unheard(ctx, err)
	case a.Code != codeDone:
		return x.kept(ctx, &a.said)
	case a.OutTradeNo != x.q.Order:
		return x.unheard(ctx, outbound.Another)
	}
	return x.query(ctx) // the payer can have been quicker
}

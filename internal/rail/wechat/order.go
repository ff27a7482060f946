package wechat

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/yifen-pay/yifen/internal/domain/calendar"
	"github.com/yifen-pay/yifen/internal/domain/wallet"
	"github.com/yifen-pay/yifen/internal/rail/outbound"
)

const (
	shortestLife = 2 * time.Minute // of a native order; the original takes one minute from when it arrives
	reversesMax  = 3               // while the wallet says "again"
)

var china = time.FixedZone("CST", 8*60*60)

type amount struct {
	Total      int64  `json:"total"`
	Currency   string `json:"currency,omitempty"`
	PayerTotal int64  `json:"payer_total,omitempty"`
}

type store struct {
	ID    string `json:"id,omitempty"`
	OutID string `json:"out_id,omitempty"`
	Name  string `json:"name,omitempty"`
}

// scene says where a payment is taken: the payer's address of a native order, the device's of a code payment.
type scene struct {
	ClientIP string `json:"payer_client_ip,omitempty"`
	DeviceID string `json:"device_id,omitempty"`
	DeviceIP string `json:"device_ip,omitempty"`
	Store    *store `json:"store_info,omitempty"`
}

// payer is who pays: by the code that was scanned, or as the app knows who visits its page.
type payer struct {
	AuthCode string `json:"auth_code,omitempty"`
	OpenID   string `json:"openid,omitempty"`
	SpOpenID string `json:"sp_openid,omitempty"`
}

// order is the body of native, jsapi and codepay.
type order struct {
	parties
	Description string `json:"description"`
	OutTradeNo  string `json:"out_trade_no"`
	TimeExpire  string `json:"time_expire,omitempty"`
	NotifyURL   string `json:"notify_url,omitempty"`
	Amount      amount `json:"amount"`
	Payer       *payer `json:"payer,omitempty"`
	Scene       *scene `json:"scene_info,omitempty"`
}

func (x *exchange) order() order {
	return order{
		parties: x.who, Description: x.q.Text, OutTradeNo: x.q.Order,
		Amount: amount{Total: x.q.Amount.Fen, Currency: "CNY"},
	}
}

// show makes an order for the payer to scan, or for the one who is on our page. Everything in it follows from the request, since the wallet takes the same
// number again only with the same parameters.
func (x *exchange) show(ctx context.Context) wallet.Answer {
	body := x.order()
	body.NotifyURL = x.q.Notify
	if !x.q.Expires.IsZero() {
		until := x.q.Expires
		if least := x.q.Began.Add(shortestLife); until.Before(least) {
			until = least
		}
		body.TimeExpire = until.In(china).Format(time.RFC3339)
	}
	if x.q.Scene.IP != "" {
		body.Scene = &scene{ClientIP: x.q.Scene.IP, DeviceID: x.q.Scene.Device}
		if x.q.Scene.Store != "" {
			body.Scene.Store = &store{ID: x.q.Scene.Store, Name: x.q.Scene.StoreName}
		}
	}
	way := "native"
	if x.q.Payer != "" {
		way, body.Payer = "jsapi", &payer{OpenID: x.q.Payer}
		if x.who.partner() {
			body.Payer = &payer{SpOpenID: x.q.Payer}
		}
	}
	a, err := x.call(ctx, http.MethodPost, x.who.transactions()+way, body)
	switch {
	case err != nil:
		return x.unheard(ctx, err)
	case a.refused():
		return x.no(ctx, a)
	}
	var said struct {
		CodeURL  string `json:"code_url"`
		PrepayID string `json:"prepay_id"`
	}
	if json.Unmarshal(a.body, &said) != nil || said.CodeURL+said.PrepayID == "" {
		return x.unheard(ctx, outbound.Garbled)
	}
	content := said.CodeURL
	if x.q.Payer != "" {
		if content, err = x.page(ctx, said.PrepayID); err != nil {
			return x.unheard(ctx, err)
		}
	}
	return wallet.Answer{State: wallet.Waiting, Content: content}
}

// charge takes an order's amount by the payer's code.
func (x *exchange) charge(ctx context.Context) wallet.Answer {
	body := x.order()
	body.Payer = &payer{AuthCode: x.q.Code.Digits()}
	out := x.q.Scene.Store
	if out == "" {
		out = x.who.MchID + x.who.SubMchID // the wallet wants one
	}
	body.Scene = &scene{DeviceID: x.q.Scene.Device, DeviceIP: x.q.Scene.IP, Store: &store{OutID: out}}
	a, err := x.call(ctx, http.MethodPost, x.who.transactions()+"codepay", body)
	switch {
	case err != nil:
		return x.unheard(ctx, err)
	case a.refused():
		return x.no(ctx, a)
	}
	return x.read(ctx, a.body)
}

// no is the answer to a refusal of an order: what a table says of it, or what the order is asked to be.
func (x *exchange) no(ctx context.Context, a reply) wallet.Answer {
	answer := wallet.Answer{State: wallet.Silent, Code: a.Code, Message: a.Message}
	if a.status == http.StatusTooManyRequests || a.status >= http.StatusInternalServerError {
		return answer
	}
	v, known := verdicts[a.Code]
	switch {
	case !known:
		return answer
	case v.state == wallet.Waiting:
		answer.State = wallet.Waiting
		return answer
	case v.ask || x.q.Again:
		now := x.query(ctx)
		if now.State != wallet.Missing {
			return now
		}
	}
	if v.other != "" {
		answer.State = v.other
		return answer
	}
	answer.State, answer.Reason = wallet.Failed, v.why(a.Message)
	return answer
}

func (x *exchange) path(act string) string {
	return x.who.transactions() + "out-trade-no/" + url.PathEscape(x.q.Order) + act
}

// query asks what became of an order.
func (x *exchange) query(ctx context.Context) wallet.Answer {
	a, err := x.call(ctx, http.MethodGet, x.path(x.who.query()), nil)
	switch {
	case err != nil:
		return x.unheard(ctx, err)
	case a.status == http.StatusNotFound && a.Code == "ORDER_NOT_EXIST":
		return wallet.Answer{State: wallet.Missing, Code: a.Code, Message: a.Message}
	case a.refused():
		return wallet.Answer{State: wallet.Silent, Code: a.Code, Message: a.Message}
	}
	return x.read(ctx, a.body)
}

// told is an order as the wallet tells it.
type told struct {
	parties
	OutTradeNo    string `json:"out_trade_no"`
	TransactionID string `json:"transaction_id"`
	State         string `json:"trade_state"`
	Desc          string `json:"trade_state_desc"`
	BankType      string `json:"bank_type"`
	SuccessTime   string `json:"success_time"`
	Payer         struct {
		OpenID    string `json:"openid"`
		SpOpenID  string `json:"sp_openid"`
		SubOpenID string `json:"sub_openid"`
	} `json:"payer"`
	Amount     amount `json:"amount"`
	Promotions []struct {
		Type   string `json:"type"` // CASH is settled, NOCASH is not
		Amount int64  `json:"amount"`
	} `json:"promotion_detail"`
}

// states says what a trade_state means.
var states = map[string]wallet.State{
	"SUCCESS":    wallet.Paid,
	"REFUND":     wallet.Paid, // and something was given back, which the refunds tell
	"NOTPAY":     wallet.Waiting,
	"USERPAYING": wallet.Waiting,
	"ACCEPT":     wallet.Waiting,
	"CLOSED":     wallet.Ended,
	"REVOKED":    wallet.Ended,
	"PAYERROR":   wallet.Failed,
}

// read returns what an order that the wallet tells of is, if it is the one that was asked about.
func (x *exchange) read(ctx context.Context, body []byte) wallet.Answer {
	var t told
	if json.Unmarshal(body, &t) != nil {
		return x.unheard(ctx, outbound.Garbled)
	}
	switch {
	case !t.are(x.who):
		return x.unheard(ctx, outbound.Stranger)
	case t.OutTradeNo != x.q.Order || x.q.Number != "" && t.TransactionID != "" && t.TransactionID != x.q.Number:
		return x.unheard(ctx, outbound.Another)
	}
	a, ok := t.answer()
	if !ok {
		return x.unheard(ctx, outbound.Garbled)
	}
	return a
}

// answer is what an order says.
func (t *told) answer() (wallet.Answer, bool) {
	state, ok := states[t.State]
	a := wallet.Answer{
		State: state, Code: outbound.Word(t.State), Message: outbound.Message(t.Desc),
		Number: t.TransactionID, RequestedFen: t.Amount.Total,
	}
	if state == wallet.Failed {
		a.Reason = notHonored
	}
	if !ok || t.Amount.Total < 0 || t.Amount.PayerTotal < 0 {
		return a, false
	}
	if t.SuccessTime == "" {
		return a, state != wallet.Paid
	}
	at, err := time.Parse(time.RFC3339, t.SuccessTime)
	if err != nil {
		return a, false
	}
	a.At, a.Bank, a.PaidFen, a.SettledFen = calendar.At(at), outbound.Word(t.BankType), t.Amount.PayerTotal, t.Amount.Total
	for _, p := range t.Promotions {
		if strings.EqualFold(p.Type, "NOCASH") {
			a.SettledFen -= p.Amount
		}
	}
	for _, id := range []string{t.Payer.SubOpenID, t.Payer.SpOpenID, t.Payer.OpenID} {
		if id != "" {
			a.Payer = outbound.Payer(id)
		}
	}
	a.Undone = state == wallet.Ended // it was paid, and it is over
	return a, a.SettledFen >= 0
}

// withdraw ends an order. Neither act tells what it found, so that the order is asked about in the end.
func (x *exchange) withdraw(ctx context.Context) wallet.Answer {
	body, act := x.who.merchants(), "/close"
	if x.q.Presented == wallet.Scanned {
		body, act = x.who, "/reverse"
	}
	var a reply
	for range reversesMax {
		var err error
		if a, err = x.call(ctx, http.MethodPost, x.path(act), body); err != nil {
			return x.unheard(ctx, err)
		}
		if a.Code != "SYSTEM_ERROR" || act == "/close" {
			break
		}
	}
	said := wallet.Answer{Code: a.Code, Message: a.Message}
	v := verdicts[a.Code]
	switch {
	case a.status == http.StatusTooManyRequests || a.status >= http.StatusInternalServerError:
		said.State = wallet.Silent
		return said
	case a.status == http.StatusNotFound && a.Code == "ORDER_NOT_EXIST":
		said.State = wallet.Missing
		return said
	case v.state == wallet.Waiting:
		said.State = wallet.Waiting
		return said
	}
	if act == "/reverse" && !a.refused() {
		var t told
		if json.Unmarshal(a.body, &t) != nil || t.OutTradeNo != x.q.Order || !t.are(x.who) {
			return x.unheard(ctx, outbound.Another)
		}
	}
	now := x.query(ctx)
	if now.State == wallet.Failed {
		now.State, now.Reason = wallet.Ended, "" // nothing is kept of it
	}
	if a.refused() && now.State != wallet.Silent {
		now.Code, now.Message = said.Code, said.Message // why it was not withdrawn
	}
	return now
}

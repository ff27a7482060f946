package alipay

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	smart "github.com/smartwalle/alipay/v3"

	"github.com/yifen-pay/yifen/internal/domain/calendar"
	"github.com/yifen-pay/yifen/internal/domain/wallet"
	"github.com/yifen-pay/yifen/internal/rail/outbound"
)

// Notice verifies a notification for an account and reads it. It fails with [wallet.ErrNotice] unless the wallet signed it and
// it names this app and merchant. Its age says nothing: the wallet repeats one for a day.
func (r *Rail) Notice(ctx context.Context, account string, d wallet.Delivery) (wallet.Notice, error) {
	access, err := r.desk.Access(ctx, account)
	if err != nil {
		return wallet.Notice{}, err
	}
	c, err := r.client(access)
	if err != nil {
		return wallet.Notice{}, err
	}
	n, why := c.read(ctx, access, d.Body)
	if why != "" {
		return wallet.Notice{}, r.desk.Refuse(why)
	}
	return n, nil
}

func (c *client) read(ctx context.Context, access wallet.Access, body []byte) (n wallet.Notice, why outbound.Doubt) {
	form, err := url.ParseQuery(string(body))
	if err != nil || len(form) == 0 {
		return n, outbound.Garbled
	}
	for _, values := range form {
		if len(values) != 1 {
			return n, outbound.Garbled
		}
	}
	err = c.VerifySign(ctx, form)
	if errors.Is(err, smart.ErrAliPublicKeyNotFound) && c.learn(ctx, form.Get("alipay_cert_sn")) {
		err = c.VerifySign(ctx, form)
	}
	if err != nil {
		return n, outbound.Unsigned
	}
	if form.Get("app_id") != access.Fields["app_id"] || form.Get("seller_id") != seller(access) {
		return n, outbound.Stranger
	}
	t := told{
		OutTradeNo: form.Get("out_trade_no"), TradeNo: form.Get("trade_no"), Status: form.Get("trade_status"),
		Total: form.Get("total_amount"), BuyerPay: form.Get("buyer_pay_amount"), Receipt: form.Get("receipt_amount"),
		PaymentAt: form.Get("gmt_payment"), BuyerLogon: form.Get("buyer_logon_id"), Funds: funds(form.Get("fund_bill_list")),
	}
	state, known := states[t.Status]
	n.ID, n.Order = outbound.Word(form.Get("notify_id")), t.OutTradeNo
	if !known || t.OutTradeNo == "" {
		return wallet.Notice{}, outbound.Garbled
	}
	var ok bool
	if n.Answer, ok = t.answer(state); !ok {
		return wallet.Notice{}, outbound.Garbled
	}
	if form.Get("gmt_refund") == "" || form.Get("out_biz_no") == "" {
		return n, ""
	}
	n.Back = form.Get("out_biz_no")
	day, _, _ := strings.Cut(form.Get("gmt_refund"), ".") // with milliseconds
	at, err := time.ParseInLocation(stampForm, day, china)
	if err != nil {
		return wallet.Notice{}, outbound.Garbled
	}
	n.Answer = wallet.Answer{
		State: wallet.Returned, Code: n.Answer.Code, Number: t.TradeNo, BackNumber: n.Back,
		RequestedFen: n.Answer.RequestedFen, At: calendar.At(at),
	}
	return n, ""
}

// funds reads the list of a notification, whose names differ from those of answers.
func funds(text string) []fund {
	var list []struct {
		Channel string `json:"fundChannel"`
		Amount  string `json:"amount"`
	}
	if json.Unmarshal([]byte(text), &list) != nil || len(list) == 0 {
		return nil
	}
	return []fund{{Channel: list[0].Channel, Amount: list[0].Amount}}
}

// Reply returns what the provider takes for "taken", err being nil, and for "not taken", upon which it comes again. It wants
// seven letters and nothing else.
func (r *Rail) Reply(err error) (status int, mediaType string, body []byte) {
	if err != nil {
		return http.StatusOK, "text/plain; charset=utf-8", []byte("failure")
	}
	return http.StatusOK, "text/plain; charset=utf-8", []byte("success")
}

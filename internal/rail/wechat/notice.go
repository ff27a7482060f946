package wechat

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"

	"github.com/yifen-pay/yifen/internal/domain/wallet"
	"github.com/yifen-pay/yifen/internal/rail/outbound"
)

const scheme = "WECHATPAY2-SHA256-RSA2048"

// Notice verifies a notification for an account and reads it. It fails with [wallet.ErrNotice] unless the platform signed it
// within five minutes of the wall clock, and it names this merchant.
func (r *Rail) Notice(ctx context.Context, account string, d wallet.Delivery) (wallet.Notice, error) {
	access, err := r.desk.Access(ctx, account)
	if err != nil {
		return wallet.Notice{}, err
	}
	c, err := r.client(access)
	if err != nil {
		return wallet.Notice{}, err
	}
	request := &http.Request{Header: http.Header{}, Body: io.NopCloser(bytes.NewReader(d.Body))}
	for name, values := range d.Header {
		for _, value := range values {
			request.Header.Add(name, value)
		}
	}
	if kind := request.Header.Get("Wechatpay-Signature-Type"); kind != "" && kind != scheme {
		return wallet.Notice{}, r.desk.Refuse(outbound.Unsigned)
	}
	if c.notices.Validate(ctx, request) != nil {
		return wallet.Notice{}, r.desk.Refuse(outbound.Unsigned)
	}
	n, why := c.read(d.Body, identify(access))
	if why != "" {
		return wallet.Notice{}, r.desk.Refuse(why)
	}
	return n, nil
}

// envelope is a notification outside.
type envelope struct {
	ID       string `json:"id"`
	Event    string `json:"event_type"`
	Resource sealed `json:"resource"`
}

// read opens a notification whose signature was right.
func (c *client) read(body []byte, who parties) (wallet.Notice, outbound.Doubt) {
	var e envelope
	if json.Unmarshal(body, &e) != nil {
		return wallet.Notice{}, outbound.Garbled
	}
	text, err := e.Resource.open(c.key)
	if err != nil {
		return wallet.Notice{}, outbound.Garbled
	}
	n := wallet.Notice{ID: outbound.Word(e.ID)}
	if strings.HasPrefix(e.Event, "REFUND.") {
		var t toldRefund
		if json.Unmarshal(text, &t) != nil {
			return n, outbound.Garbled
		}
		if t.merchants() != who.merchants() {
			return n, outbound.Stranger
		}
		var ok bool
		if n.Answer, ok = t.answer(); !ok || t.OutRefundNo == "" || t.OutTradeNo == "" {
			return n, outbound.Garbled
		}
		n.Order, n.Back = t.OutTradeNo, t.OutRefundNo
		return n, ""
	}
	var t told
	if !strings.HasPrefix(e.Event, "TRANSACTION.") || json.Unmarshal(text, &t) != nil {
		return n, outbound.Garbled
	}
	if !t.are(who) {
		return n, outbound.Stranger
	}
	var ok bool
	if n.Answer, ok = t.answer(); !ok || t.OutTradeNo == "" {
		return n, outbound.Garbled
	}
	n.Order = t.OutTradeNo
	return n, ""
}

// Reply returns what the provider takes for "taken", err being nil, and for "not taken", upon which it comes again.
func (r *Rail) Reply(err error) (status int, mediaType string, body []byte) {
	switch {
	case err == nil:
		return http.StatusOK, "application/json", []byte(`{"code":"SUCCESS","message":"成功"}`)
	case errors.Is(err, wallet.ErrNotice):
		return http.StatusForbidden, "application/json", []byte(`{"code":"FAIL","message":"验签失败"}`)
	}
	return http.StatusInternalServerError, "application/json", []byte(`{"code":"FAIL","message":"失败"}`)
}

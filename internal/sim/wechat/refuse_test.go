package wechat_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/yifen-pay/yifen/internal/sim/wechat"
)

// TestVerify_refuses sends what the original would not take for the merchant's, and what just passes.
func TestVerify_refuses(t *testing.T) {
	w := start(t, wechat.Config{Merchants: append(wechat.DemoMerchants(),
		wechat.Merchant{Number: "1900000222", Apps: []string{"wx222"}, Suspended: true})})
	const path = "/v3/pay/transactions/out-trade-no/order-1?mchid=" + wechat.DemoMerchant
	header := func(change func(string) string) func(*client, *http.Request) {
		return func(_ *client, r *http.Request) {
			r.Header.Set("Authorization", change(r.Header.Get("Authorization")))
		}
	}
	instead := func(old, text string) func(*client, *http.Request) {
		return header(func(a string) string { return strings.Replace(a, old, text, 1) })
	}
	for _, test := range []struct {
		name   string
		age    time.Duration
		change func(*client, *http.Request)
		status int
		code   string
	}{
		{"in order", 0, nil, 404, "ORDER_NOT_EXIST"},
		{"nearly too old", 290 * time.Second, nil, 404, "ORDER_NOT_EXIST"},
		{"ahead, but not too far", -290 * time.Second, nil, 404, "ORDER_NOT_EXIST"},
		{"replayed after ten minutes", 10 * time.Minute, nil, 401, "SIGN_ERROR"},
		{"from the future", -10 * time.Minute, nil, 401, "SIGN_ERROR"},
		{"another path", 0, func(_ *client, r *http.Request) { r.URL.Path += "2" }, 401, "SIGN_ERROR"},
		{"another query", 0, func(_ *client, r *http.Request) { r.URL.RawQuery += "&x=1" }, 401, "SIGN_ERROR"},
		{"a body that was not signed", 0, func(_ *client, r *http.Request) {
			r.Body, r.ContentLength = io.NopCloser(strings.NewReader("{}")), 2
		}, 401, "SIGN_ERROR"},
		{"another merchant's name", 0, instead(wechat.DemoMerchant, wechat.DemoPartner), 401, "SIGN_ERROR"},
		{"nobody's name", 0, instead(wechat.DemoMerchant, "1900000999"), 401, "SIGN_ERROR"},
		{"a sub-merchant's name", 0, instead(wechat.DemoMerchant, wechat.DemoSub), 401, "SIGN_ERROR"},
		{"another serial number", 0, instead(`serial_no="3A`, `serial_no="3B`), 401, "SIGN_ERROR"},
		{"another scheme", 0, instead("WECHATPAY2-SHA256-RSA2048", "WECHATPAY2-SM2-WITH-SM3"), 401, "SIGN_ERROR"},
		{"no header", 0, header(func(string) string { return "" }), 401, "SIGN_ERROR"},
		{"a part too few", 0, instead("nonce_str=", "nonsense="), 401, "SIGN_ERROR"},
		{"a part twice", 0, header(func(a string) string { return a + `,mchid="1"` }), 401, "SIGN_ERROR"},
		{"a part without quotes", 0, header(func(a string) string { return strings.ReplaceAll(a, `"`, "") }), 401, "SIGN_ERROR"},
		{"a signature that is no base64", 0, instead(`signature="`, `signature="!`), 401, "SIGN_ERROR"},
		{"a time that is none", 0, instead(`timestamp="`, `timestamp="x`), 401, "SIGN_ERROR"},
		{"no Accept", 0, func(_ *client, r *http.Request) { r.Header.Del("Accept") }, 400, "PARAM_ERROR"},
		{"no User-Agent", 0, func(_ *client, r *http.Request) { r.Header.Set("User-Agent", "") }, 400, "PARAM_ERROR"},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := newClient(t, w, wechat.DemoMerchant)
			c.age = test.age
			r, err := c.request("GET", path, "")
			if err != nil {
				t.Fatal(err)
			}
			if test.change != nil {
				test.change(c, r)
			}
			a, err := c.do(r)
			if err != nil {
				t.Fatal(err)
			}
			a.want(t, test.status, test.code)
			if err := c.verify(t, a.header, a.body); err != nil {
				t.Errorf("the refusal is not signed: %v", err)
			}
		})
	}
	c := newClient(t, w, "1900000222")
	c.call(t, "GET", "/v3/certificates", nil).want(t, 403, "NO_AUTH")
	c = newClient(t, w, wechat.DemoMerchant)
	c.call(t, "GET", "/v3/nothing", nil).want(t, 404, "RESOURCE_NOT_EXISTS")
	c.call(t, "POST", "/v3/security/echo", object{"message": "一分"}).want(t, 200, "")
}

// change is a body with some of its fields replaced; nil takes one away. Names may have dots.
func change(body object, fields object) object {
	for path, value := range fields {
		at := body
		names := strings.Split(path, ".")
		for _, name := range names[:len(names)-1] {
			next, ok := at[name].(object)
			if !ok {
				next = object{}
				at[name] = next
			}
			at = next
		}
		if last := names[len(names)-1]; value == nil {
			delete(at, last)
		} else {
			at[last] = value
		}
	}
	return body
}

func TestNative_fields(t *testing.T) {
	w := start(t, wechat.Config{})
	c := newClient(t, w, wechat.DemoMerchant)
	long := func(n int) string { return strings.Repeat("茶", n) }
	for i, test := range []struct {
		fields object
		status int
		code   string
		field  string
	}{
		{object{}, 200, "", ""},
		{object{"appid": nil}, 400, "PARAM_ERROR", "/appid"},
		{object{"appid": "wx1"}, 400, "APPID_MCHID_NOT_MATCH", ""},
		{object{"mchid": nil}, 400, "PARAM_ERROR", "/mchid"},
		{object{"mchid": wechat.DemoPartner}, 400, "PARAM_ERROR", "/mchid"},
		{object{"description": nil}, 400, "PARAM_ERROR", "/description"},
		{object{"description": long(127)}, 200, "", ""},
		{object{"description": long(128)}, 400, "PARAM_ERROR", "/description"},
		{object{"out_trade_no": "12345"}, 400, "PARAM_ERROR", "/out_trade_no"},
		{object{"out_trade_no": strings.Repeat("1", 33)}, 400, "PARAM_ERROR", "/out_trade_no"},
		{object{"out_trade_no": "order 1"}, 400, "PARAM_ERROR", "/out_trade_no"},
		{object{"out_trade_no": "a_-|*1"}, 200, "", ""},
		{object{"attach": long(128)}, 200, "", ""},
		{object{"attach": long(129)}, 400, "PARAM_ERROR", "/attach"},
		{object{"goods_tag": long(33)}, 400, "PARAM_ERROR", "/goods_tag"},
		{object{"notify_url": nil}, 400, "PARAM_ERROR", "/notify_url"},
		{object{"notify_url": "http://example.com/n"}, 400, "PARAM_ERROR", "/notify_url"},
		{object{"notify_url": "https://example.com/n?a=1"}, 400, "PARAM_ERROR", "/notify_url"},
		{object{"notify_url": "http://127.0.0.1:1/n"}, 200, "", ""},
		{object{"amount": nil}, 400, "PARAM_ERROR", "/amount"},
		{object{"amount.total": 0}, 400, "PARAM_ERROR", "/amount/total"},
		{object{"amount.total": -1}, 400, "PARAM_ERROR", "/amount/total"},
		{object{"amount.total": 1.5}, 400, "PARAM_ERROR", "/amount/total"},
		{object{"amount.total": "1"}, 400, "PARAM_ERROR", "/amount/total"},
		{object{"amount.total": nil}, 400, "PARAM_ERROR", "/amount/total"},
		{object{"amount.currency": "USD"}, 400, "PARAM_ERROR", "/amount/currency"},
		{object{"amount.currency": nil}, 200, "", ""},
		{object{"scene_info.device_id": "T1"}, 400, "PARAM_ERROR", "/scene_info/payer_client_ip"},
		{object{"scene_info.payer_client_ip": "127.0.0.1"}, 200, "", ""},
		{object{"time_expire": "2026-03-05T12:00:30+08:00"}, 400, "PARAM_ERROR", "/time_expire"},
		{object{"time_expire": "2026-03-05T12:01:00+08:00"}, 200, "", ""},
		{object{"time_expire": "2026-03-20T12:00:00+08:00"}, 200, "", ""},
		{object{"time_expire": "2026-03-20T12:00:01+08:00"}, 400, "PARAM_ERROR", "/time_expire"},
		{object{"time_expire": "2026-03-05 13:00:00"}, 400, "PARAM_ERROR", "/time_expire"},
	} {
		a := c.call(t, "POST", "/v3/pay/transactions/native", change(c.nativeBody(fmt.Sprintf("order-%d", i), 100), test.fields))
		if a.status != test.status || a.text("code") != test.code || a.text("detail.field") != test.field {
			t.Errorf("%v: answered %d %s", test.fields, a.status, a.body)
		}
	}
}

func TestCodePay_fields(t *testing.T) {
	w := start(t, wechat.Config{})
	c := newClient(t, w, wechat.DemoMerchant)
	code := func(state wechat.CodeState) string {
		text, err := w.Code(state)
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	once := code(wechat.CodeOK)
	if len(once) != 18 || once[0] != '1' || once[1] > '5' {
		t.Errorf("a payment code is %s", once)
	}
	for i, test := range []struct {
		fields object
		status int
		code   string
	}{
		{object{"payer.auth_code": once}, 200, ""},
		{object{"payer.auth_code": once}, 400, "AUTH_CODE_INVALID"}, // a second time
		{object{"payer": nil}, 400, "PARAM_ERROR"},
		{object{"payer.auth_code": "281234567890123456"}, 400, "AUTH_CODE_INVALID"},
		{object{"payer.auth_code": "13123456789012345"}, 400, "AUTH_CODE_INVALID"},
		{object{"payer.auth_code": "131234567890123456"}, 400, "AUTH_CODE_INVALID"}, // on nobody's phone
		{object{"payer.auth_code": code(wechat.CodeExpired)}, 400, "AUTH_CODE_EXPIRED"},
		{object{"payer.auth_code": code(wechat.CodePoor)}, 403, "NOT_ENOUGH"},
		{object{"scene_info": nil}, 400, "PARAM_ERROR"},
		{object{"scene_info.store_info": nil}, 400, "PARAM_ERROR"},
		{object{"scene_info.store_info": object{"id": "1"}}, 200, ""},
	} {
		body := change(c.codeBody(fmt.Sprintf("order-%d", i), 100, code(wechat.CodeOK)), test.fields)
		a := c.call(t, "POST", "/v3/pay/transactions/codepay", body)
		if a.status != test.status || a.text("code") != test.code {
			t.Errorf("%v: answered %d %s", test.fields, a.status, a.body)
		}
	}
	if a := c.query(t, "order-7"); a.text("trade_state") != "PAYERROR" {
		t.Errorf("the order of a poor payer is %s", a.body)
	}
	body := c.codeBody("order-7", 100, "131234567890123456")
	c.call(t, "POST", "/v3/pay/transactions/codepay", body).want(t, 403, "OUT_TRADE_NO_USED")
}

func TestRefund_rules(t *testing.T) {
	w := start(t, wechat.Config{RefundEvery: time.Minute})
	c := newClient(t, w, wechat.DemoMerchant)
	c.paid(t, w, "order-1", 1000)
	c.call(t, "POST", "/v3/pay/transactions/native", c.nativeBody("order-2", 1000)).want(t, 200, "")
	for _, test := range []struct {
		fields object
		status int
		code   string
	}{
		{object{"out_trade_no": nil}, 400, "PARAM_ERROR"},
		{object{"out_refund_no": nil}, 400, "PARAM_ERROR"},
		{object{"out_refund_no": strings.Repeat("1", 65)}, 400, "PARAM_ERROR"},
		{object{"out_refund_no": "refund:1"}, 400, "PARAM_ERROR"},
		{object{"reason": strings.Repeat("茶", 81)}, 400, "PARAM_ERROR"},
		{object{"funds_account": "POCKET"}, 400, "PARAM_ERROR"},
		{object{"notify_url": "http://example.com"}, 400, "PARAM_ERROR"},
		{object{"amount": nil}, 400, "PARAM_ERROR"},
		{object{"amount.refund": 0}, 400, "PARAM_ERROR"},
		{object{"amount.total": nil}, 400, "PARAM_ERROR"},
		{object{"amount.currency": nil}, 400, "PARAM_ERROR"},
		{object{"out_trade_no": "order-9"}, 404, "RESOURCE_NOT_EXISTS"},
		{object{"out_trade_no": "order-2"}, 404, "RESOURCE_NOT_EXISTS"}, // unpaid
		{object{"amount.total": 999}, 400, "INVALID_REQUEST"},
		{object{"amount.refund": 1001}, 400, "INVALID_REQUEST"},
		{object{"sub_mchid": wechat.DemoSub}, 403, "NO_AUTH"},
		{object{"sub_mchid": "1900000999"}, 400, "MCH_NOT_EXISTS"},
		{object{}, 200, ""},
		{object{"out_refund_no": "refund-2", "amount.refund": 100}, 429, "FREQUENCY_LIMITED"},
		{object{}, 200, ""}, // again
		{object{"amount.refund": 501}, 400, "INVALID_REQUEST"},
		{object{"reason": "other"}, 400, "INVALID_REQUEST"},
	} {
		a := c.call(t, "POST", refundPath, change(refundBody("order-1", "refund-1", 600, 1000), test.fields))
		if a.status != test.status || a.text("code") != test.code {
			t.Errorf("%v: answered %d %s", test.fields, a.status, a.body)
		}
	}
	c.call(t, "GET", refundPath+"/refund-9", nil).want(t, 404, "RESOURCE_NOT_EXISTS")
	if o, _ := w.Order(wechat.DemoMerchant, "order-1"); o.Refunds() != 600 {
		t.Errorf("%d fen are refunded, want 600", o.Refunds())
	}
}

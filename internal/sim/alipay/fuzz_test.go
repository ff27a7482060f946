package alipay_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/yifen-pay/yifen/internal/sim/alipay"
)

// FuzzForm sends forms of any kind: each is answered by JSON that is signed, and none does anything.
func FuzzForm(f *testing.F) {
	w := start(f, alipay.Config{})
	handler := w.Handler()
	f.Add("charset=utf-8", "method=alipay.trade.query&sign=%")
	f.Add("", "method=alipay.trade.pay&method=alipay.trade.query&sign_type=RSA2")
	f.Fuzz(func(t *testing.T, query, form string) {
		r := httptest.NewRequest(http.MethodPost, "/gateway.do", strings.NewReader(form))
		r.URL.RawQuery = query
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		rw := httptest.NewRecorder()
		handler.ServeHTTP(rw, r)
		var parts map[string]json.RawMessage
		if err := json.Unmarshal(rw.Body.Bytes(), &parts); err != nil || parts["sign"] == nil {
			t.Errorf("answered %s", rw.Body)
		}
		for range w.Orders() {
			t.Error("a form without a signature makes a trade")
		}
	})
}

// FuzzBiz sends business parameters that are signed as they should be. Each is answered by the rules, and the
// books stay right.
func FuzzBiz(f *testing.F) {
	w := start(f, alipay.Config{})
	handler := w.Handler()
	c := newClient(f, w, alipay.DemoMerchant)
	methods := []string{"precreate", "pay", "query", "cancel", "close", "refund", "fastpay.refund.query"}
	for i, body := range []object{
		orderBody("Q1", "1.00"), codeBody("B1", "0.01", "281234567890123456"), {"out_trade_no": "Q1"}, {"trade_no": "1"}, {},
		{"out_trade_no": "Q1", "refund_amount": 1, "query_options": []string{"x"}},
	} {
		text, err := json.Marshal(body)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(uint8(i), string(text))
	}
	f.Add(uint8(0), `{"out_trade_no":"Q","total_amount":"1","subject":"x","time_expire":"2026-03-05 12:0"}`)
	f.Fuzz(func(t *testing.T, which uint8, body string) {
		form := c.form(t, "alipay.trade."+methods[int(which)%len(methods)], nil, url.Values{"biz_content": {body}})
		r := httptest.NewRequest(http.MethodPost, "/gateway.do", strings.NewReader(form.Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		rw := httptest.NewRecorder()
		handler.ServeHTTP(rw, r)
		var parts map[string]json.RawMessage
		if err := json.Unmarshal(rw.Body.Bytes(), &parts); err != nil || rw.Code != http.StatusOK {
			t.Errorf("answered %d %s", rw.Code, rw.Body)
		}
		if err := w.Audit(); err != nil {
			t.Error(err)
		}
	})
}

package wechat_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"

	"github.com/yifen-pay/yifen/internal/sim/wechat"
)

// FuzzAuthorization sends headers that nobody signed. None is taken.
func FuzzAuthorization(f *testing.F) {
	w := start(f, wechat.Config{})
	handler := w.Handler()
	c := newClient(f, w, wechat.DemoMerchant)
	r, err := c.request("GET", "/v3/certificates", "")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(r.Header.Get("Authorization"))
	f.Add(`WECHATPAY2-SHA256-RSA2048 mchid="1900000109",nonce_str="",timestamp="1",serial_no="",signature=""`)
	f.Add(`WECHATPAY2-SHA256-RSA2048 ,,=,`)
	f.Fuzz(func(t *testing.T, header string) {
		r := httptest.NewRequest(http.MethodGet, "/v3/bill/tradebill", nil) // what was signed was another path
		r.Header.Set("Accept", "*/*")
		r.Header.Set("User-Agent", "fuzz")
		r.Header.Set("Authorization", header)
		rw := httptest.NewRecorder()
		handler.ServeHTTP(rw, r)
		if rw.Code != http.StatusUnauthorized {
			t.Errorf("answered %d %s", rw.Code, rw.Body)
		}
	})
}

// FuzzBody sends bodies that are signed as they should be. Each is answered by the rules, and the books stay
// right.
func FuzzBody(f *testing.F) {
	w := start(f, wechat.Config{})
	handler := w.Handler()
	c := newClient(f, w, wechat.DemoMerchant)
	paths := []string{
		"/v3/pay/transactions/native", "/v3/pay/transactions/codepay", refundPath,
		"/v3/pay/transactions/out-trade-no/order-1/close", "/v3/pay/transactions/out-trade-no/order-1/reverse",
		"/v3/pay/partner/transactions/native", "/v3/security/echo",
	}
	for i, body := range []object{
		c.nativeBody("order-1", 100), c.codeBody("order-2", 100, "131234567890123456"), refundBody("order-1", "r", 1, 100),
	} {
		raw, err := json.Marshal(body)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(uint8(i), raw)
	}
	f.Add(uint8(3), []byte(`{"mchid":null}`))
	f.Add(uint8(6), []byte(`[1e999]`))
	allowed := []int{200, 202, 204, 400, 403, 404}
	f.Fuzz(func(t *testing.T, which uint8, body []byte) {
		path := paths[int(which)%len(paths)]
		signed, err := c.request(http.MethodPost, path, string(body))
		if err != nil {
			t.Fatal(err)
		}
		r := httptest.NewRequest(http.MethodPost, path, bytes.NewReader(body))
		r.Header = signed.Header
		r.Header.Set("User-Agent", "fuzz")
		rw := httptest.NewRecorder()
		handler.ServeHTTP(rw, r)
		if !slices.Contains(allowed, rw.Code) || rw.Code != 204 && !json.Valid(rw.Body.Bytes()) {
			t.Errorf("answered %d %s", rw.Code, rw.Body)
		}
		if err := c.verify(t, rw.Header(), rw.Body.Bytes()); err != nil {
			t.Errorf("the answer's signature: %v", err)
		}
		if err := w.Audit(); err != nil {
			t.Error(err)
		}
	})
}

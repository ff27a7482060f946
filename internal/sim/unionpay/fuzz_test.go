package unionpay_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/yifen-pay/yifen/internal/sim/kit"
	"github.com/yifen-pay/yifen/internal/sim/unionpay"
)

// FuzzMessage sends bodies of any kind: each is answered by a message that is signed, and none does anything.
func FuzzMessage(f *testing.F) {
	w := start(f, unionpay.Config{})
	handler, c := w.Handler(), newClient(f, w, unionpay.DemoMerchant)
	f.Add(`{"serProvId":"48029900","merId":"898290054119001","reqTime":"20260305120000","signature":"AA=="}`)
	f.Add(`{"serProvId":1e3,"merId":null}`)
	f.Fuzz(func(t *testing.T, body string) {
		r := httptest.NewRequest(http.MethodPost, "/gateway/api/pay/apply", strings.NewReader(body))
		rw := httptest.NewRecorder()
		handler.ServeHTTP(rw, r)
		var m object
		if err := json.Unmarshal(rw.Body.Bytes(), &m); err != nil || verify(c.network, m) != nil {
			t.Errorf("answered %s", rw.Body)
		}
		for range w.Orders() {
			t.Error("a body without a signature makes an order")
		}
	})
}

// FuzzMembers sends members that are signed as they should be. Each is answered by the rules, and the books stay
// right.
func FuzzMembers(f *testing.F) {
	w := start(f, unionpay.Config{})
	handler, c := w.Handler(), newClient(f, w, unionpay.DemoMerchant)
	acts := []string{"apply", "micropay", "queryOrder", "closeOrder", "cancel", "refund", "refundQuery", "bill"}
	for i, m := range []object{
		applyBody("order-0001", 100), payBody("order-0002", 100, "6212345678901234567"), {"orderNo": "order-0001"}, {"orderNo": "order-0001"},
		{"orderNo": "order-0002"}, refundBody("refund-001", "order-0001", 1), {"orderNo": "refund-001"}, {"settleDate": "20260304"},
		applyBody("order-0003", 1).with(object{"qrForm": "EMV", "qrValidTime": "60", "termInfo": `{"deviceType":"04"}`}),
	} {
		text, err := json.Marshal(m)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(uint8(i%len(acts)), string(text))
	}
	f.Fuzz(func(t *testing.T, which uint8, body string) {
		var members map[string]string
		if json.Unmarshal([]byte(body), &members) != nil {
			return
		}
		m := object{}
		for name, value := range members {
			m[name] = strings.ToValidUTF8(value, "?")
		}
		text, err := json.Marshal(c.request(t, m))
		if err != nil {
			t.Fatal(err)
		}
		r := httptest.NewRequest(http.MethodPost, "/gateway/api/pay/"+acts[int(which)%len(acts)], strings.NewReader(string(text)))
		rw := httptest.NewRecorder()
		handler.ServeHTTP(rw, r)
		var answered object
		if err := json.Unmarshal(rw.Body.Bytes(), &answered); err != nil || verify(c.network, answered) != nil {
			t.Errorf("answered %d %s", rw.Code, rw.Body)
		}
		if content, ok := answered["qrCode"].(string); ok && content != "" {
			if _, err := w.ScanAmount(content, kit.Leave, 1); err != nil {
				t.Errorf("its own code %q is not known: %v", content, err)
			}
		}
		if err := w.Audit(); err != nil {
			t.Error(err)
		}
	})
}

// FuzzScan holds up things to the payer's phone that are no merchant's code.
func FuzzScan(f *testing.F) {
	w := start(f, unionpay.Config{})
	c := newClient(f, w, unionpay.DemoMerchant)
	f.Add(c.call(f, "apply", applyBody("order-0001", 100)).text("qrCode"))
	f.Add(c.call(f, "apply", applyBody("order-0002", 100).with(object{"qrForm": "EMV"})).text("qrCode"))
	f.Add("https://qr.95516.com/48029900/00000000000000000000000000")
	f.Fuzz(func(t *testing.T, content string) {
		state, err := w.Scan(content, kit.Leave)
		if (err == nil) != (state == unionpay.Paying) {
			t.Errorf("scanning %q gives %s, %v", content, state, err)
		}
	})
}

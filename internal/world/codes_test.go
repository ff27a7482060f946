package world_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/yifen-pay/yifen/internal/world"
)

// caller is an integrator's program.
type caller struct {
	*testing.T
	base string
	n    int
}

// do sends a request and reads the answer, which must have the status.
func (c *caller) do(method, path string, body any, want int, into any) {
	c.Helper()
	raw, err := json.Marshal(body)
	if err != nil {
		c.Fatal(err)
	}
	r, err := http.NewRequestWithContext(c.Context(), method, c.base+path, bytes.NewReader(raw))
	if err != nil {
		c.Fatal(err)
	}
	c.n++
	r.Header.Set("Authorization", "Bearer "+world.DemoKey)
	r.Header.Set("Idempotency-Key", fmt.Sprintf("%s-%d", c.Name(), c.n))
	r.Header.Set("Content-Type", "application/json")
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		c.Fatal(err)
	}
	defer answer.Body.Close()
	got, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != want {
		c.Fatalf("%s %s: %d %s, %v", method, path, answer.StatusCode, got, err)
	}
	if into != nil {
		if err := json.Unmarshal(got, into); err != nil {
			c.Fatal(err)
		}
	}
}

// codePayment is what the API says of a payment by code.
type codePayment struct {
	ID          string `json:"id"`
	State       string `json:"state"`
	RefundedFen int64  `json:"refunded_fen"`
	Code        struct {
		Content string `json:"content"`
		Number  string `json:"number"`
	} `json:"code"`
	Operations []struct {
		ID      string `json:"id"`
		Receipt bool   `json:"receipt"`
	} `json:"operations"`
}

// TestCodes_paidThroughTheWallets has an integrator's program take a payment by code with each wallet, shown and scanned, and
// give part of it back; the wallets' own books must agree.
func TestCodes_paidThroughTheWallets(t *testing.T) {
	d := startDemo(t, world.DemoOptions{WithWallets: true})
	api := &caller{T: t, base: "http://" + d.App.HTTP.Addr().String()}
	bench := &caller{T: t, base: "http://" + d.Options.Bench}
	for _, w := range []string{"wechat", "alipay", "unionpay"} {
		t.Run(w, func(t *testing.T) {
			api.T, bench.T = t, t
			var shown codePayment
			api.do("POST", "/v1/codes", map[string]any{"amount_fen": 1234, "wallet": w}, http.StatusCreated, &shown)
			if shown.State != "waiting" || shown.Code.Content == "" {
				t.Fatalf("%+v", shown)
			}
			bench.do("POST", "/phone/scan", map[string]any{"wallet": w, "content": shown.Code.Content, "act": "pay"}, http.StatusOK, nil)
			eventually(t, 10*time.Second, "the wallet's word arrives", func() bool {
				api.do("GET", "/v1/payments/"+shown.ID, nil, http.StatusOK, &shown)
				return shown.State == "captured"
			})
			var code struct {
				Code string `json:"code"`
			}
			bench.do("POST", "/phone/code", map[string]any{"wallet": w, "state": "ok"}, http.StatusOK, &code)
			var scanned codePayment
			api.do("POST", "/v1/codes", map[string]any{"amount_fen": 500, "code": code.Code}, http.StatusCreated, &scanned)
			if scanned.State != "captured" || scanned.Code.Number == "" {
				t.Fatalf("%+v", scanned)
			}
			api.do("POST", "/v1/payments/"+scanned.ID+"/refund", map[string]any{"amount_fen": 200}, http.StatusOK, nil)
			eventually(t, 10*time.Second, "the wallet's word arrives", func() bool {
				api.do("GET", "/v1/payments/"+scanned.ID, nil, http.StatusOK, &scanned)
				return scanned.RefundedFen == 200
			})
			if len(scanned.Operations) != 2 {
				t.Fatalf("%+v", scanned)
			}
			for _, o := range scanned.Operations { // neither came from a terminal
				if !o.Receipt {
					t.Errorf("%s has no receipt", o.ID)
				}
				for _, form := range []string{"?lang=zh", "?lang=en&format=pdf&copy=cardholder"} {
					api.do("GET", "/v1/payments/"+scanned.ID+"/receipts/"+o.ID+form, nil, http.StatusOK, nil)
				}
			}
		})
	}
	for name, audit := range map[string]func() error{"wechat": d.Wallets.WeChat.Audit, "alipay": d.Wallets.Alipay.Audit, "unionpay": d.Wallets.UnionPay.Audit} {
		if err := audit(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

package phone_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/yifen-pay/yifen/internal/sim/kit"
	"github.com/yifen-pay/yifen/internal/sim/unionpay"
	"github.com/yifen-pay/yifen/internal/world/phone"
)

// open returns the address of a phone with one wallet on it, and the wallet.
func open(t *testing.T, product string) (string, *unionpay.Wallet) {
	t.Helper()
	clock := kit.NewClock()
	w, err := unionpay.New(unionpay.Config{Clock: clock})
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	ctx, stop := context.WithCancel(context.Background())
	go func() { served <- w.Serve(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-served; err != nil {
			t.Error(err)
		}
		if err := w.Close(); err != nil {
			t.Error(err)
		}
	})
	server := httptest.NewServer(phone.New(phone.Config{UnionPay: w, Product: product, Now: clock.Now}).Handler())
	t.Cleanup(server.Close)
	return server.URL, w
}

// post posts a body and returns the status and what was answered.
func post(t *testing.T, url, body string, header ...string) (int, map[string]any) {
	t.Helper()
	r, err := http.NewRequest(http.MethodPost, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var answer map[string]any
	if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil {
		t.Fatalf("%s answers %d and no JSON: %v", url, resp.StatusCode, err)
	}
	return resp.StatusCode, answer
}

// TestPhone_refuses words what it cannot do in both languages, with a status that says whose fault it is.
func TestPhone_refuses(t *testing.T) {
	at, _ := open(t, "127.0.0.1:9")
	for _, c := range []struct {
		path, body string
		status     int
		word       string
	}{
		{"/phone/look", `{"content":"nonsense"}`, 422, "strange"},
		{"/phone/look", `{"content":""}`, 422, "strange"},
		{"/phone/look", `[]`, 400, "body"},
		{"/phone/look", `{"content":"` + strings.Repeat("x", 9000) + `"}`, 400, "body"},
		{"/phone/scan", `{"wallet":"wechat","content":"x","act":"pay"}`, 400, "wallet"},
		{"/phone/scan", `{"wallet":"unionpay","content":"http://localhost:9/c/token","act":"pay"}`, 422, "page"},
		{"/phone/scan", `{"wallet":"unionpay","content":"https://qr.95516.com/1","act":"pay"}`, 404, "unknown_code"},
		{"/phone/coupon", `{"wallet":"unionpay","funder":"state","amount":100}`, 400, "coupon"},
		{"/phone/coupon", `{"wallet":"unionpay","funder":"provider","amount":0}`, 400, "coupon"},
		{"/phone/coupon", `{"wallet":"gold","funder":"provider","amount":1}`, 400, "wallet"},
		{"/phone/picture", `no picture`, 400, "picture"},
		{"/phone/password", `{"code":""}`, 409, "not_waiting"},
	} {
		status, answer := post(t, at+c.path, c.body)
		if status != c.status || answer["error"] != c.word || answer["en"] == "" || answer["zh"] == "" {
			t.Errorf("%s %.60s answers %d %v", c.path, c.body, status, answer)
		}
		if status, answer := post(t, at+c.path, c.body, "Sec-Fetch-Site", "cross-site"); status != http.StatusForbidden || answer["error"] != "origin" {
			t.Errorf("%s answers another site %d %v", c.path, status, answer)
		}
	}
	for path, status := range map[string]int{
		"/phone": 200, "/phone/state?wallet=unionpay": 200, "/phone/state?wallet=wechat": 400, "/phone/codes/621234567890123456/qr.png": 200,
		"/phone/codes/621234567890123456/bar.png": 200, "/phone/codes/621234567890123456/oval.png": 404, "/phone/codes/%3Csvg%3E/qr.png": 404,
		"/phone/open?wallet=unionpay&content=http://127.0.0.1:9/portal/": 400,
		"/phone/open?wallet=unionpay&content=http://127.0.0.1:10/c/x":    400, "/c/x": 502,
	} {
		resp, err := http.Get(at + path)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != status {
			t.Errorf("%s answers %d, not %d", path, resp.StatusCode, status)
		}
	}
}

// TestPhone_dressesPages lets the bench frame the product's pages, and nothing else that they forbid.
func TestPhone_dressesPages(t *testing.T) {
	const script = `<script src="/phone/inside.js"></script>`
	var policy, page, kind string
	product := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/v1/pay/echo" {
			fmt.Fprintf(w, "%s|%s|%s|%s", r.Header.Get("Cookie"), r.Header.Get("Authorization"), r.Header.Get("Origin"), r.UserAgent())
			return
		}
		if policy != "" {
			w.Header().Set("Content-Security-Policy", policy)
		}
		w.Header().Set("Content-Type", kind)
		w.Header().Set("Set-Cookie", "session=stranger")
		w.Header().Set("X-Frame-Options", "DENY")
		io.WriteString(w, page)
	}))
	t.Cleanup(product.Close)
	at, _ := open(t, strings.TrimPrefix(product.URL, "http://"))
	const html = "text/html; charset=utf-8"
	for _, c := range []struct{ policy, page, kind, wantPolicy, wantPage string }{
		{
			"default-src 'none'; script-src 'self'; frame-ancestors 'none'", "<html><HEAD><title>x</title></HEAD>", html,
			"default-src 'none'; script-src 'self'; frame-ancestors 'self'", "<html><HEAD>" + script + "<title>x</title></HEAD>",
		},
		{
			"default-src 'none'; img-src data:", "<p>no head", html,
			"default-src 'none'; img-src data:; script-src 'self'; frame-ancestors 'self'", script + "<p>no head",
		},
		{
			"default-src 'self'; script-src 'sha256-abc='", `<head lang="en"><script>x</script>`, html,
			"default-src 'self'; script-src 'sha256-abc=' 'self'; frame-ancestors 'self'", `<head lang="en">` + script + `<script>x</script>`,
		},
		{
			"", "<head>", html,
			"default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; script-src 'self'; frame-ancestors 'self'", "<head>" + script,
		},
		{"default-src 'self'", `{"head": "<head>"}`, "application/json", "default-src 'self'; script-src 'self'; frame-ancestors 'self'", `{"head": "<head>"}`},
	} {
		policy, page, kind = c.policy, c.page, c.kind
		resp, err := http.Get(at + "/c/token")
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		h := resp.Header
		if h.Get("Content-Security-Policy") != c.wantPolicy || string(text) != c.wantPage {
			t.Errorf("the policy %q becomes %q, the page %q", c.policy, h.Get("Content-Security-Policy"), text)
		}
		if h.Get("Set-Cookie") != "" || h.Get("X-Frame-Options") != "" {
			t.Errorf("the answer has the headers %v", h)
		}
	}

	echo := func(header ...string) (int, string) {
		r, err := http.NewRequest(http.MethodPost, at+"/v1/pay/echo", nil)
		if err != nil {
			t.Fatal(err)
		}
		for i := 0; i+1 < len(header); i += 2 {
			r.Header.Set(header[i], header[i+1])
		}
		resp, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		text, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Fatal(err)
		}
		return resp.StatusCode, string(text)
	}
	_, heard := echo("Cookie", "session=owner; phone_wallet=unionpay", "Authorization", "Bearer secret", "Origin", at)
	if !strings.HasPrefix(heard, "||"+product.URL+"|") || !strings.HasSuffix(heard, "UnionPay/1.0 CloudPay") {
		t.Errorf("the product hears %s", heard)
	}
	if status, _ := echo("Origin", "http://elsewhere.example"); status != http.StatusForbidden {
		t.Errorf("a page of another site reaches the product through the phone: %d", status)
	}
}

package alipay_test

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/yifen-pay/yifen/internal/sim/alipay"
	"github.com/yifen-pay/yifen/internal/sim/kit"
)

// noon is when the tests' standing clocks begin: noon in China.
var noon = time.Date(2026, 3, 5, 4, 0, 0, 0, time.UTC)

var china = time.FixedZone("CST", 8*60*60)

// keyText is a file of keys that all tests share, since keys take long to make.
var keyText = sync.OnceValues(func() ([]byte, error) {
	dir, err := os.MkdirTemp("", "alipay-keys")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	w, err := alipay.New(alipay.Config{Dir: dir})
	if err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return os.ReadFile(filepath.Join(dir, "alipay-keys.json"))
})

// folder returns a folder for a wallet, with keys in it.
func folder(t testing.TB) string {
	t.Helper()
	text, err := keyText()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "alipay-keys.json"), text, 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}

// start runs a wallet for the length of a test, on a standing clock unless the config has another, and audits
// it at the end.
func start(t testing.TB, config alipay.Config) *alipay.Wallet {
	t.Helper()
	if config.Dir == "" {
		config.Dir = folder(t)
	}
	if config.Clock == nil {
		config.Clock = kit.NewStandingClock(noon)
	}
	w, err := alipay.New(config)
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	ctx := t.Context()
	go func() { done <- w.Serve(ctx) }()
	t.Cleanup(func() {
		if err := w.Audit(); err != nil {
			t.Error(err)
		}
		if err := w.Close(); err != nil {
			t.Error(err)
		}
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return w
}

// client is a merchant's server, written from the rules of the gateway.
type client struct {
	alipay.Credentials
	token string        // app_auth_token
	age   time.Duration // of its requests
	spoil func(url.Values)
}

func newClient(t testing.TB, w *alipay.Wallet, number string) *client {
	t.Helper()
	credentials, err := w.Credentials(number)
	if err != nil {
		t.Fatal(err)
	}
	return &client{Credentials: credentials}
}

// signText joins what is signed.
func signText(values url.Values, without ...string) []byte {
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(values)) {
		if value := values.Get(name); value != "" && !slices.Contains(without, name) {
			parts = append(parts, name+"="+value)
		}
	}
	return []byte(strings.Join(parts, "&"))
}

// form returns a signed request.
func (c *client) form(t testing.TB, method string, biz any, more url.Values) url.Values {
	t.Helper()
	text, err := json.Marshal(biz)
	if err != nil {
		t.Fatal(err)
	}
	values := url.Values{
		"app_id": {c.AppID}, "method": {method}, "format": {"JSON"}, "charset": {"utf-8"}, "sign_type": {"RSA2"}, "version": {"1.0"},
		"timestamp": {time.Now().Add(-c.age).In(china).Format("2006-01-02 15:04:05")}, "biz_content": {string(text)},
	}
	if c.token != "" {
		values.Set("app_auth_token", c.token)
	}
	maps.Copy(values, more)
	key, err := kit.ParseKey(c.AppPrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	signature, err := kit.Sign(key, signText(values))
	if err != nil {
		t.Fatal(err)
	}
	values.Set("sign", signature)
	if c.spoil != nil {
		c.spoil(values)
	}
	return values
}

// answer is what came back.
type answer struct {
	status int
	key    string // of the response
	fields map[string]any
	raw    string
}

// text returns a field of the answer.
func (a answer) text(name string) string {
	if a.fields[name] == nil {
		return ""
	}
	return fmt.Sprint(a.fields[name])
}

// want fails the test unless an answer has a code and, where it is a refusal, the code below it.
func (a answer) want(t testing.TB, code, sub string) answer {
	t.Helper()
	if a.text("code") != code || a.text("sub_code") != sub {
		t.Fatalf("answered %d %s, want %s %q", a.status, a.raw, code, sub)
	}
	return a
}

// call sends a request and checks the signature of the answer.
func (c *client) call(t testing.TB, method string, biz any, more ...url.Values) answer {
	t.Helper()
	extra := url.Values{}
	for _, m := range more {
		maps.Copy(extra, m)
	}
	a, err := c.send(c.form(t, method, biz, extra))
	if err != nil {
		t.Fatal(err)
	}
	if err := a.verify(c.AlipayPublicKey); err != nil {
		t.Errorf("%s: %v", method, err)
	}
	return a
}

func (c *client) send(values url.Values) (answer, error) {
	browser := http.Client{Timeout: 10 * time.Second}
	r, err := browser.PostForm(c.GatewayURL, values)
	if err != nil {
		return answer{}, err
	}
	defer r.Body.Close()
	raw, err := io.ReadAll(r.Body)
	a := answer{status: r.StatusCode, raw: string(raw)}
	var parts map[string]json.RawMessage
	if json.Unmarshal(raw, &parts) != nil {
		return a, err
	}
	for name, text := range parts {
		if strings.HasSuffix(name, "_response") {
			a.key = name
			if err := json.Unmarshal(text, &a.fields); err != nil {
				return a, err
			}
		}
	}
	return a, err
}

// verify checks the signature over the text of the response.
func (a answer) verify(publicKey string) error {
	key, err := kit.ParsePublicKey(publicKey)
	if err != nil {
		return err
	}
	var parts map[string]json.RawMessage
	var signature string
	if err := json.Unmarshal([]byte(a.raw), &parts); err != nil {
		return err
	}
	if err := json.Unmarshal(parts["sign"], &signature); err != nil {
		return err
	}
	if !kit.Signed(key, parts[a.key], signature) {
		return fmt.Errorf("the signature of %s does not fit", a.raw)
	}
	return nil
}

type object = map[string]any

func orderBody(no, amount string) object {
	return object{"out_trade_no": no, "total_amount": amount, "subject": "茶 一杯"}
}

func codeBody(no, amount, code string) object {
	return object{"out_trade_no": no, "total_amount": amount, "subject": "茶", "scene": "bar_code", "auth_code": code}
}

// paid has an order created and paid.
func (c *client) paid(t testing.TB, w *alipay.Wallet, no, amount string, more ...url.Values) {
	t.Helper()
	a := c.call(t, "alipay.trade.precreate", orderBody(no, amount), more...).want(t, "10000", "")
	if state, err := w.Scan(a.text("qr_code"), alipay.Pay); err != nil || state != alipay.Success {
		t.Fatalf("paying gives %s, %v", state, err)
	}
}

func (c *client) query(t testing.TB, no string) answer {
	t.Helper()
	return c.call(t, "alipay.trade.query", object{"out_trade_no": no})
}

func (c *client) refund(t testing.TB, no, request, amount string) answer {
	t.Helper()
	return c.call(t, "alipay.trade.refund", object{"out_trade_no": no, "out_request_no": request, "refund_amount": amount})
}

// ear is a merchant's server that is notified. It answers with what reply says, "success" where that is nil.
type ear struct {
	url   string
	got   chan url.Values
	mu    sync.Mutex
	reply func() string
}

func listen(t testing.TB) *ear {
	t.Helper()
	e := &ear{got: make(chan url.Values, 100)}
	server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if err := r.ParseForm(); err != nil {
			t.Error(err)
		}
		e.mu.Lock()
		text := "success"
		if e.reply != nil {
			text = e.reply()
		}
		e.mu.Unlock()
		io.WriteString(rw, text)
		e.got <- r.PostForm
	}))
	t.Cleanup(server.Close)
	e.url = server.URL + "/notify"
	return e
}

func (e *ear) answer(reply func() string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.reply = reply
}

// at returns the parameter by which a request asks to be notified there.
func (e *ear) at() url.Values { return url.Values{"notify_url": {e.url}} }

// next returns the next notification.
func (e *ear) next(t testing.TB) url.Values {
	t.Helper()
	deadline := time.NewTimer(10 * time.Second)
	defer deadline.Stop()
	select {
	case n := <-e.got:
		return n
	case <-deadline.C:
		t.Fatal("no notification came")
		return nil
	}
}

// eventually polls until done returns true.
func eventually(t testing.TB, what string, done func() bool) {
	t.Helper()
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(10 * time.Second); !done(); <-tick.C {
		if time.Now().After(deadline) {
			t.Fatalf("%s does not come", what)
		}
	}
}

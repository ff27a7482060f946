package wechat_test

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/yifen-pay/yifen/internal/sim/kit"
	"github.com/yifen-pay/yifen/internal/sim/wechat"
)

// noon is when the tests' standing clocks begin: noon in China.
var noon = time.Date(2026, 3, 5, 4, 0, 0, 0, time.UTC)

// keyText is a file of keys that all tests share, since keys take long to make.
var keyText = sync.OnceValues(func() ([]byte, error) {
	dir, err := os.MkdirTemp("", "wechat-keys")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	w, err := wechat.New(wechat.Config{Dir: dir})
	if err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return os.ReadFile(filepath.Join(dir, "wechat-keys.json"))
})

// folder returns a folder for a wallet, with keys in it.
func folder(t testing.TB) string {
	t.Helper()
	text, err := keyText()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "wechat-keys.json"), text, 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}

// start runs a wallet for the length of a test, on a standing clock unless the config has another, and audits
// it at the end.
func start(t testing.TB, config wechat.Config) *wechat.Wallet {
	t.Helper()
	if config.Dir == "" {
		config.Dir = folder(t)
	}
	if config.Clock == nil {
		config.Clock = kit.NewStandingClock(noon)
	}
	w, err := wechat.New(config)
	if err != nil {
		t.Fatal(err)
	}
	done, ctx := make(chan error, 1), t.Context()
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

// client is a merchant's server, written from the rules of API v3.
type client struct {
	wechat.Credentials
	key    *rsa.PrivateKey
	http   http.Client
	serial string        // that the client says it verifies with
	age    time.Duration // of its signatures
}

func newClient(t testing.TB, w *wechat.Wallet, number string) *client {
	t.Helper()
	credentials, err := w.Credentials(number)
	if err != nil {
		t.Fatal(err)
	}
	return &client{
		Credentials: credentials, key: privateKey(t, credentials.MerchantPrivateKey), serial: credentials.PlatformPublicKeyID,
		http: http.Client{Timeout: 10 * time.Second},
	}
}

// der returns what a PEM block holds.
func der(t testing.TB, text string) []byte {
	t.Helper()
	block, _ := pem.Decode([]byte(text))
	if block == nil {
		t.Fatal("a key is not PEM")
		return nil
	}
	return block.Bytes
}

func privateKey(t testing.TB, text string) *rsa.PrivateKey {
	t.Helper()
	key, err := x509.ParsePKCS8PrivateKey(der(t, text))
	if err != nil {
		t.Fatal(err)
	}
	return key.(*rsa.PrivateKey)
}

func publicKey(t testing.TB, text string) *rsa.PublicKey {
	t.Helper()
	key, err := x509.ParsePKIXPublicKey(der(t, text))
	if err != nil {
		t.Fatal(err)
	}
	return key.(*rsa.PublicKey)
}

// request returns a signed request; change may spoil it afterwards.
func (c *client) request(method, path, body string) (*http.Request, error) {
	stamp, nonce := time.Now().Add(-c.age).Unix(), fmt.Sprintf("%032d", time.Now().UnixNano())
	text := fmt.Sprintf("%s\n%s\n%d\n%s\n%s\n", method, path, stamp, nonce, body)
	sum := sha256.Sum256([]byte(text))
	signature, err := rsa.SignPKCS1v15(rand.Reader, c.key, crypto.SHA256, sum[:])
	if err != nil {
		return nil, err
	}
	r, err := http.NewRequest(method, c.BaseURL+path, strings.NewReader(body))
	if err != nil {
		return nil, err
	}
	r.Header.Set("Accept", "application/json")
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Wechatpay-Serial", c.serial)
	r.Header.Set("Authorization", fmt.Sprintf(
		`WECHATPAY2-SHA256-RSA2048 serial_no="%s",mchid="%s",timestamp="%d",nonce_str="%s",signature="%s"`,
		c.MerchantSerial, c.MerchantID, stamp, nonce, base64.StdEncoding.EncodeToString(signature)))
	return r, nil
}

// answer is what came back.
type answer struct {
	status int
	header http.Header
	body   []byte
	fields map[string]any
}

// text returns a field of the answer, by a path with dots.
func (a answer) text(path string) string {
	var v any = a.fields
	for name := range strings.SplitSeq(path, ".") {
		m, ok := v.(map[string]any)
		if !ok {
			return ""
		}
		v = m[name]
	}
	if v == nil {
		return ""
	}
	return fmt.Sprint(v)
}

func (c *client) do(r *http.Request) (answer, error) {
	res, err := c.http.Do(r)
	if err != nil {
		return answer{}, err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	a := answer{status: res.StatusCode, header: res.Header, body: body}
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	if decoder.Decode(&a.fields) != nil {
		a.fields = nil
	}
	return a, err
}

// call sends a request, a body of nil as none, and checks the signature of the answer.
func (c *client) call(t testing.TB, method, path string, body any) answer {
	t.Helper()
	text := ""
	if body != nil {
		raw, err := json.Marshal(body)
		if err != nil {
			t.Fatal(err)
		}
		text = string(raw)
	}
	r, err := c.request(method, path, text)
	if err != nil {
		t.Fatal(err)
	}
	a, err := c.do(r)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.verify(t, a.header, a.body); err != nil {
		t.Errorf("%s %s: the answer's signature: %v", method, path, err)
	}
	return a
}

// verify checks a signature of the platform.
func (c *client) verify(t testing.TB, h http.Header, body []byte) error {
	key := publicKey(t, c.PlatformPublicKey)
	switch h.Get("Wechatpay-Serial") {
	case c.PlatformPublicKeyID:
	case c.PlatformSerial:
		block, _ := pem.Decode([]byte(c.PlatformCertificates))
		certificate, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return err
		}
		key = certificate.PublicKey.(*rsa.PublicKey)
	default:
		return fmt.Errorf("is under the unknown key %q", h.Get("Wechatpay-Serial"))
	}
	signature, err := base64.StdEncoding.DecodeString(h.Get("Wechatpay-Signature"))
	if err != nil {
		return err
	}
	sum := sha256.Sum256([]byte(h.Get("Wechatpay-Timestamp") + "\n" + h.Get("Wechatpay-Nonce") + "\n" + string(body) + "\n"))
	return rsa.VerifyPKCS1v15(key, crypto.SHA256, sum[:], signature)
}

// want fails the test unless an answer has a status and, where it is a refusal, a code.
func (a answer) want(t testing.TB, status int, code string) answer {
	t.Helper()
	if a.status != status || a.text("code") != code {
		t.Fatalf("answered %d %s, want %d %q", a.status, a.body, status, code)
	}
	return a
}

type object = map[string]any

const refundPath = "/v3/refund/domestic/refunds"

func (c *client) nativeBody(no string, total int64) object {
	return object{
		"appid": c.AppID, "mchid": c.MerchantID, "description": "茶, 一杯", "out_trade_no": no,
		"notify_url": "https://example.com/notify", "amount": object{"total": total, "currency": "CNY"},
	}
}

func (c *client) codeBody(no string, total int64, code string) object {
	return object{
		"appid": c.AppID, "mchid": c.MerchantID, "description": "茶", "out_trade_no": no,
		"payer": object{"auth_code": code}, "amount": object{"total": total},
		"scene_info": object{"device_ip": "127.0.0.1", "store_info": object{"out_id": "S1"}},
	}
}

func refundBody(no, refundNo string, refund, total int64) object {
	return object{
		"out_trade_no": no, "out_refund_no": refundNo, "amount": object{"refund": refund, "total": total, "currency": "CNY"},
	}
}

// paid creates an order and has it paid.
func (c *client) paid(t testing.TB, w *wechat.Wallet, no string, total int64) {
	t.Helper()
	a := c.call(t, "POST", "/v3/pay/transactions/native", c.nativeBody(no, total)).want(t, 200, "")
	if state, err := w.Scan(a.text("code_url"), wechat.Pay); err != nil || state != wechat.Success {
		t.Fatalf("paying gives %s, %v", state, err)
	}
}

func (c *client) query(t testing.TB, no string) answer {
	t.Helper()
	return c.call(t, "GET", "/v3/pay/transactions/out-trade-no/"+no+"?mchid="+c.MerchantID, nil)
}

// received is a notification as it came.
type received struct {
	header http.Header
	body   []byte
}

// ear is a merchant's server that is notified. It answers with what status says, 200 where that is nil.
type ear struct {
	url    string
	got    chan received
	mu     sync.Mutex
	status func() int
}

func listen(t testing.TB) *ear {
	t.Helper()
	e := &ear{got: make(chan received, 100)}
	server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		e.mu.Lock()
		status := http.StatusOK
		if e.status != nil {
			status = e.status()
		}
		e.mu.Unlock()
		if status != http.StatusOK {
			rw.WriteHeader(status)
			io.WriteString(rw, `{"code":"FAIL","message":"失败"}`)
		}
		e.got <- received{r.Header.Clone(), body}
	}))
	t.Cleanup(server.Close)
	e.url = server.URL + "/notify"
	return e
}

func (e *ear) answer(status func() int) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.status = status
}

// next returns the next notification.
func (e *ear) next(t testing.TB) received {
	t.Helper()
	deadline := time.NewTimer(10 * time.Second)
	defer deadline.Stop()
	select {
	case n := <-e.got:
		return n
	case <-deadline.C:
		t.Fatal("no notification came")
		return received{}
	}
}

// request returns a notification as the request that it was.
func (n received) request() *http.Request {
	r := httptest.NewRequest(http.MethodPost, "/notify", bytes.NewReader(n.body))
	r.Header = n.header.Clone()
	return r
}

// refunded waits until a refund has succeeded.
func refunded(t testing.TB, w *wechat.Wallet, merchant, no string) {
	t.Helper()
	eventually(t, "the refund", func() bool {
		r, _ := w.Refund(merchant, no)
		return r.Status == wechat.RefundSuccess
	})
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

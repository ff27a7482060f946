package unionpay_test

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
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"sync"
	"testing"
	"time"

	"software.sslmate.com/src/go-pkcs12"

	"github.com/yifen-pay/yifen/internal/sim/kit"
	"github.com/yifen-pay/yifen/internal/sim/unionpay"
)

// noon is when the tests' standing clocks begin: noon in China.
var noon = time.Date(2026, 3, 5, 4, 0, 0, 0, time.UTC)

var china = time.FixedZone("CST", 8*60*60)

// keyText is a file of keys that all tests share, since keys take long to make.
var keyText = sync.OnceValues(func() ([]byte, error) {
	dir, err := os.MkdirTemp("", "unionpay-keys")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	w, err := unionpay.New(unionpay.Config{Dir: dir})
	if err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return os.ReadFile(filepath.Join(dir, "unionpay-keys.json"))
})

// folder returns a folder for a wallet, with keys in it.
func folder(t testing.TB) string {
	t.Helper()
	text, err := keyText()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "unionpay-keys.json"), text, 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}

// start runs a wallet for the length of a test, on a standing clock unless the config has another, and audits
// it at the end.
func start(t testing.TB, config unionpay.Config) *unionpay.Wallet {
	t.Helper()
	if config.Dir == "" {
		config.Dir = folder(t)
	}
	if config.Clock == nil {
		config.Clock = kit.NewStandingClock(noon)
	}
	w, err := unionpay.New(config)
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

type object map[string]any

// client is an institution's program, written from the package comment alone: it shares no code with the simulator,
// signs with the key out of the PKCS#12 file and believes no answer without a signature.
type client struct {
	base, institution, merchant string
	key                         *rsa.PrivateKey
	network                     *rsa.PublicKey
	spoil                       func(object) // before it is signed
	tamper                      func(object) // after
}

func newClient(t testing.TB, w *unionpay.Wallet, merchant string) *client {
	t.Helper()
	credentials, err := w.Credentials(merchant)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := base64.StdEncoding.DecodeString(credentials.KeyStore)
	if err != nil {
		t.Fatal(err)
	}
	key, certificate, err := pkcs12.Decode(raw, credentials.KeyPassword)
	if err != nil {
		t.Fatal(err)
	}
	if !key.(*rsa.PrivateKey).PublicKey.Equal(certificate.PublicKey) {
		t.Fatal("the certificate beside the key is not of it")
	}
	block, _ := pem.Decode([]byte(credentials.UnionPayPublicKey))
	network, err := x509.ParsePKIXPublicKey(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	return &client{
		base: credentials.BaseURL, institution: credentials.Institution, merchant: credentials.Merchant,
		key: key.(*rsa.PrivateKey), network: network.(*rsa.PublicKey),
	}
}

// signed returns what a signature is over, as SHA-256 over the hexadecimal SHA-256 of the members.
func signed(message object) []byte {
	var names []string
	for name, value := range message {
		if name != "signature" && value != nil {
			names = append(names, name)
		}
	}
	sort.Strings(names)
	text := ""
	for i, name := range names {
		if i > 0 {
			text += "&"
		}
		text += name + "=" + fmt.Sprint(message[name])
	}
	inner := fmt.Sprintf("%x", sha256.Sum256([]byte(text)))
	outer := sha256.Sum256([]byte(inner))
	return outer[:]
}

// request returns a signed request.
func (c *client) request(t testing.TB, members object) object {
	t.Helper()
	m := object{"serProvId": c.institution, "merId": c.merchant, "reqTime": time.Now().In(china).Format("20060102150405")}
	maps.Copy(m, members)
	if c.spoil != nil {
		c.spoil(m)
	}
	signature, err := rsa.SignPKCS1v15(rand.Reader, c.key, crypto.SHA256, signed(m))
	if err != nil {
		t.Fatal(err)
	}
	m["signature"] = base64.StdEncoding.EncodeToString(signature)
	if c.tamper != nil {
		c.tamper(m)
	}
	return m
}

// answer is what came back.
type answer struct {
	status int
	object
	raw string
}

// text returns a member of the answer.
func (a answer) text(name string) string {
	text, _ := a.object[name].(string)
	return text
}

// want fails the test unless an answer has a code.
func (a answer) want(t testing.TB, code string) answer {
	t.Helper()
	if a.text("respCode") != code {
		t.Fatalf("answered %d %s, want %s", a.status, a.raw, code)
	}
	return a
}

// verify checks a message of the network's.
func verify(network *rsa.PublicKey, m object) error {
	signature, err := base64.StdEncoding.DecodeString(fmt.Sprint(m["signature"]))
	if err != nil {
		return err
	}
	return rsa.VerifyPKCS1v15(network, crypto.SHA256, signed(m), signature)
}

// post sends a body as it is.
func (c *client) post(act string, body []byte) (answer, error) {
	browser := http.Client{Timeout: 10 * time.Second}
	r, err := browser.Post(c.base+"/gateway/api/pay/"+act, "application/json", bytes.NewReader(body))
	if err != nil {
		return answer{}, err
	}
	defer r.Body.Close()
	raw, err := io.ReadAll(r.Body)
	a := answer{status: r.StatusCode, raw: string(raw)}
	if r.StatusCode == http.StatusInternalServerError || err != nil {
		return a, err
	}
	return a, json.Unmarshal(raw, &a.object)
}

// call sends a request and checks the signature of the answer.
func (c *client) call(t testing.TB, act string, members object) answer {
	t.Helper()
	body, err := json.Marshal(c.request(t, members))
	if err != nil {
		t.Fatal(err)
	}
	a, err := c.post(act, body)
	if err != nil {
		t.Fatal(err)
	}
	if err := verify(c.network, a.object); a.status != http.StatusInternalServerError && err != nil {
		t.Errorf("%s: the signature of %s does not fit: %v", act, a.raw, err)
	}
	return a
}

func applyBody(no string, fen int) object {
	return object{"orderNo": no, "orderTime": "20260305120000", "txnAmt": fen, "orderInfo": "茶 一杯"}
}

func payBody(no string, fen int, code string) object {
	return object{
		"orderNo": no, "orderTime": "20260305120000", "txnAmt": fen, "authCode": code, "termId": "29000001",
		"termInfo": `{"deviceType":"04","serialNum":"Y0001","ip":"127.0.0.1"}`,
	}
}

func refundBody(no, origin string, fen int) object {
	return object{"orderNo": no, "origOrderNo": origin, "txnAmt": fen}
}

// with returns a body with further members.
func (o object) with(more object) object {
	m := maps.Clone(o)
	maps.Copy(m, more)
	return m
}

// paid has an order of apply made and paid.
func (c *client) paid(t testing.TB, w *unionpay.Wallet, no string, fen int, more object) {
	t.Helper()
	a := c.call(t, "apply", applyBody(no, fen).with(more)).want(t, "00")
	if state, err := w.Scan(a.text("qrCode"), kit.Pay); err != nil || state != unionpay.Paid {
		t.Fatalf("paying gives %s, %v", state, err)
	}
}

// code has the payer show a code.
func code(t testing.TB, w *unionpay.Wallet, state kit.CodeState) string {
	t.Helper()
	text, err := w.Code(state)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// state returns the origRespCode of an order.
func (c *client) state(t testing.TB, no string) string {
	t.Helper()
	return c.call(t, "queryOrder", object{"orderNo": no}).want(t, "00").text("origRespCode")
}

// ear is an institution's server that is notified. It answers with what reply says, "success" where that is nil.
type ear struct {
	url   string
	got   chan object
	mu    sync.Mutex
	reply func() string
}

func listen(t testing.TB) *ear {
	t.Helper()
	e := &ear{got: make(chan object, 100)}
	server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		var m object
		if err := json.NewDecoder(r.Body).Decode(&m); err != nil {
			t.Error(err)
		}
		e.mu.Lock()
		text := "success"
		if e.reply != nil {
			text = e.reply()
		}
		e.mu.Unlock()
		io.WriteString(rw, text)
		e.got <- m
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

// at returns the member by which a request asks to be notified there.
func (e *ear) at() object { return object{"backUrl": e.url} }

// next returns the next notification.
func (e *ear) next(t testing.TB) object {
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

// cells splits a line of a bill.
func cells(line string) []string { return strings.Split(line, "|") }

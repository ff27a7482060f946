package outbound_test

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/yifen-pay/yifen/internal/domain/wallet"
	"github.com/yifen-pay/yifen/internal/rail/outbound"
)

func get(t *testing.T, ctx context.Context, c *http.Client, address string) (string, error) {
	t.Helper()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	a, err := c.Do(r)
	if err != nil {
		return "", err
	}
	defer a.Body.Close()
	text, err := io.ReadAll(a.Body)
	return string(text), err
}

func TestTransport(t *testing.T) {
	hold := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/long":
			w.Write(make([]byte, 2<<20))
		case "/slow":
			<-hold
		case "/cut":
			panic(http.ErrAbortHandler)
		case "/elsewhere":
			http.Redirect(w, r, "/well", http.StatusFound)
		default:
			io.WriteString(w, r.Host+r.URL.RequestURI())
		}
	}))
	defer server.Close()
	defer close(hold)
	base, err := outbound.ParseBase(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	client, hurried := outbound.NewTransport(0, 0).Client(), outbound.NewTransport(250*time.Millisecond, 0).Client()
	there := base.String()
	text, err := get(t, t.Context(), client, there+"/well?a=b")
	if err != nil || text != base.Host+"/well?a=b" {
		t.Errorf("asked for %q, %v", text, err)
	}
	ctx, seen := outbound.Watch(t.Context())
	if again, same := outbound.Watch(ctx); again != ctx || same != seen {
		t.Error("who watches twice sees two things")
	}
	if _, err := get(t, ctx, client, there+"/elsewhere"); err != nil || seen.Status != http.StatusFound {
		t.Errorf("a redirection is followed: %v, %d", err, seen.Status)
	}
	if off, ok := seen.ClockOff(time.Now()); !ok || off.Abs() > 5*time.Second {
		t.Errorf("our clock is %v off, %v", off, ok)
	}
	for path, want := range map[string]error{"/long": outbound.ErrTooLong, "/slow": context.DeadlineExceeded, "/cut": io.EOF} {
		asking := client
		if path == "/slow" {
			asking = hurried
		}
		if _, err := get(t, t.Context(), asking, there+path); !errors.Is(err, want) || errors.Is(err, outbound.ErrUnsent) {
			t.Errorf("%s: %v", path, err)
		}
	}
	long, _ := outbound.WatchLong(t.Context(), 4<<20)
	if text, err := get(t, long, client, there+"/long"); err != nil || len(text) != 2<<20 {
		t.Errorf("a long answer that is wanted: %d bytes, %v", len(text), err)
	}
}

func TestTransport_unsent(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	listener.Close()
	client := outbound.NewTransport(0, 0).Client()
	if _, err := get(t, t.Context(), client, "http://"+listener.Addr().String()); !errors.Is(err, outbound.ErrUnsent) {
		t.Errorf("a connection that is refused: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := get(t, ctx, client, "http://127.0.0.1:1"); err == nil {
		t.Error("it was sent")
	}
}

func TestTransport_turns(t *testing.T) {
	arrived, hold := make(chan struct{}), make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		arrived <- struct{}{}
		<-hold
	}))
	defer server.Close()
	client := outbound.NewTransport(0, 2).Client()
	var group sync.WaitGroup
	for range 2 {
		group.Go(func() {
			if _, err := get(t, t.Context(), client, server.URL); err != nil {
				t.Error(err)
			}
		})
		<-arrived
	}
	began := time.Now()
	if _, err := get(t, t.Context(), client, server.URL); !errors.Is(err, outbound.ErrUnsent) {
		t.Errorf("the third: %v", err)
	}
	if waited := time.Since(began); waited < 900*time.Millisecond {
		t.Errorf("it waited %v only", waited)
	}
	close(hold)
	group.Wait()
}

func TestParseBase(t *testing.T) {
	for text, good := range map[string]bool{
		"https://api.mch.weixin.qq.com": true, "https://api.example.com/": true, "http://127.0.0.1:8091": true, "http://localhost:8091": true,
		"http://api.example.com": false, "https://api.example.com/v3": false, "https://a:b@example.com": false, "ftp://127.0.0.1": false, "": false,
		"https://example.com?a=b": false,
	} {
		if _, err := outbound.ParseBase(text); (err == nil) != good {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestMessage(t *testing.T) {
	for text, want := range map[string]string{
		"余额不足":                    "余额不足",
		"code 134567890123456789": "code ***",
		"tel 13800138000 now":     "tel *** now",
		"12345 stays":             "12345 stays",
		"a\nb\x00c":               "a b c",
		strings.Repeat("长", 500):  strings.Repeat("长", 120),
	} {
		if got := outbound.Message(text); got != want {
			t.Errorf("%q gives %q", text, got)
		}
	}
	if got := outbound.Short("不要了谢谢", 3); got != "不要了" {
		t.Errorf("cut to %q", got)
	}
	if got := outbound.Word("ACQ.TRADE_NOT_EXIST <b>\n"); got != "ACQ.TRADE_NOT_EXISTb" {
		t.Errorf("a word is kept as %q", got)
	}
	for name, want := range map[string]string{"oUpF8uMuAJO_M2pxb1Q9": "oUp***1Q9", "159****5620": "159****5620", "abc": "***", "": ""} {
		if got := outbound.Payer(name); got != want {
			t.Errorf("payer %q is told as %q", name, got)
		}
	}
}

func TestKept(t *testing.T) {
	var k outbound.Kept[int]
	made := 0
	create := func() (int, error) { made++; return made, nil }
	one := map[string]string{"a": "1", "b": "2"}
	for _, c := range []struct {
		name   string
		fields map[string]string
		want   int
	}{
		{"x", one, 1}, {"x", map[string]string{"b": "2", "a": "1"}, 1}, {"x", map[string]string{"a": "1", "b": "3"}, 2},
		{"y", one, 3}, {"x", one, 4},
	} {
		if got, err := k.For(c.name, c.fields, create); err != nil || got != c.want {
			t.Errorf("%s with %v is the %d., want the %d.", c.name, c.fields, got, c.want)
		}
	}
	wrong := errors.New("no")
	if _, err := k.For("z", one, func() (int, error) { return 0, wrong }); !errors.Is(err, wrong) {
		t.Error("an error is kept")
	}
	if _, err := k.For("z", one, create); err != nil {
		t.Error("what failed is not made anew")
	}
}

func TestKeys(t *testing.T) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	eight, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	public, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	write := func(kind string, der []byte) string {
		return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
	}
	for name, text := range map[string]string{
		"PKCS #1": write("RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(key)), "PKCS #8": write("PRIVATE KEY", eight),
	} {
		if got, err := outbound.PrivateKey(text); err != nil || !got.Equal(key) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, text := range map[string]string{
		"PKCS #1": write("RSA PUBLIC KEY", x509.MarshalPKCS1PublicKey(&key.PublicKey)), "PKIX": write("PUBLIC KEY", public),
	} {
		if got, err := outbound.PublicKey(text); err != nil || !got.Equal(&key.PublicKey) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, text := range []string{"", "none", write("PRIVATE KEY", []byte("none"))} {
		if _, err := outbound.PrivateKey(text); err == nil || strings.Contains(err.Error(), "none") {
			t.Errorf("%q is read, or shown: %v", text, err)
		}
		if _, err := outbound.PublicKey(text); err == nil {
			t.Errorf("%q is read", text)
		}
	}
}

// keeper is a store of accounts that panics or refuses.
type keeper func() (wallet.Access, error)

func (k keeper) Open(context.Context, string) (wallet.Access, error) { return k() }

func TestDesk(t *testing.T) {
	var states []wallet.State
	access := wallet.Access{Account: wallet.Account{Wallet: wallet.Alipay}}
	desk, err := outbound.Open(wallet.Alipay, "https://example.com", outbound.Config{
		Accounts: keeper(func() (wallet.Access, error) { return access, nil }),
		Observe:  func(_ wallet.Ask, s wallet.State, _ time.Duration) { states = append(states, s) },
	})
	if err != nil {
		t.Fatal(err)
	}
	q := wallet.Request{Ask: wallet.Query}
	paid := func(context.Context, wallet.Access) wallet.Answer { return wallet.Answer{State: wallet.Paid} }
	if a := desk.Ask(t.Context(), q, paid); a.State != wallet.Paid {
		t.Errorf("%+v", a)
	}
	broken := func(context.Context, wallet.Access) wallet.Answer { panic("a library of others") }
	if a := desk.Ask(t.Context(), q, broken); a.State != wallet.Silent {
		t.Errorf("a defect is %+v", a)
	}
	access.Account.Wallet = wallet.WeChat
	if a := desk.Ask(t.Context(), q, paid); a.State != wallet.Unsent {
		t.Errorf("another wallet's account is %+v", a)
	}
	if len(states) != 3 || states[1] != wallet.Silent {
		t.Errorf("observed %v", states)
	}
	for _, c := range []struct {
		err   error
		began bool
		want  wallet.State
	}{
		{outbound.ErrUnsent, false, wallet.Unsent}, {outbound.ErrUnsent, true, wallet.Silent},
		{outbound.Another, false, wallet.Silent}, {&url.Error{Err: outbound.ErrUnsent}, false, wallet.Unsent},
	} {
		if a := desk.Unheard(t.Context(), q, c.err, c.began); a.State != c.want {
			t.Errorf("%v, begun %v: %+v", c.err, c.began, a)
		}
	}
	if err := desk.Refuse(outbound.Unsigned); !errors.Is(err, wallet.ErrNotice) || !errors.Is(err, outbound.Unsigned) {
		t.Errorf("refused with %v", err)
	}
	if desk.Host.String() != "https://example.com" || desk.Local() {
		t.Errorf("the wallet is at %s", desk.Host)
	}
	for _, c := range []outbound.Config{{}, {Base: "http://example.com", Accounts: desk.Accounts}} {
		if _, err := outbound.Open(wallet.Alipay, "https://example.com", c); err == nil {
			t.Errorf("a desk opens with %+v", c)
		}
	}
}

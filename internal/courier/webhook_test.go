package courier_test

import (
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/standard-webhooks/standard-webhooks/libraries/go"

	"github.com/yifen-pay/yifen/internal/courier"
	"github.com/yifen-pay/yifen/internal/domain/webhook"
)

func parcel(url string) webhook.Parcel {
	return webhook.Parcel{URL: url, ID: "evt_1", Secrets: [][]byte{[]byte("the new secret, 32 bytes long...")}, Body: []byte(`{"id":"evt_1"}`)}
}

// What is sent verifies by the rules of the standard, as its own library for receivers has them, with either secret while one is rotated.
func TestWebhook_signs(t *testing.T) {
	var body []byte
	var head http.Header
	site := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ = io.ReadAll(r.Body)
		head = r.Header
	}))
	defer site.Close()
	p := parcel(site.URL + "/hook?shop=1")
	p.Secrets = append(p.Secrets, []byte("the old secret"))
	r := courier.NewWebhook(courier.WebhookConfig{Wall: time.Now, Loopback: true}).Carry(t.Context(), p)
	if r.Failure != webhook.None || r.Status != 200 || string(body) != string(p.Body) {
		t.Fatalf("%+v, sent %s", r, body)
	}
	for _, secret := range p.Secrets {
		wh, err := standardwebhooks.NewWebhook("whsec_" + base64.StdEncoding.EncodeToString(secret))
		if err != nil {
			t.Fatal(err)
		}
		if err := wh.Verify(body, head); err != nil {
			t.Errorf("%s: %v", secret, err)
		}
		if err := wh.Verify(append(body, ' '), head); err == nil {
			t.Error("another body verifies too")
		}
	}
	if other, _ := standardwebhooks.NewWebhook("whsec_" + base64.StdEncoding.EncodeToString([]byte("another"))); other.Verify(body, head) == nil {
		t.Error("another secret verifies too")
	}
	if head.Get("webhook-id") != p.ID || strings.Count(head.Get("webhook-signature"), "v1,") != 2 {
		t.Errorf("headers %v", head)
	}
}

// Whatever an endpoint does, the courier returns in time with a word for it, and reads no more than it must.
func TestWebhook_failures(t *testing.T) {
	stop := make(chan struct{})
	var followed, sent atomic.Int64
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/hangs":
			<-stop
		case "/trickles":
			w.WriteHeader(http.StatusOK)
			w.(http.Flusher).Flush()
			<-stop
		case "/breaks":
			panic(http.ErrAbortHandler)
		case "/elsewhere":
			http.Redirect(w, r, "/followed", http.StatusTemporaryRedirect)
		case "/followed":
			followed.Add(1)
		case "/endless":
			for part := make([]byte, 64<<10); ; {
				n, err := w.Write(part)
				if sent.Add(int64(n)); err != nil {
					return
				}
			}
		case "/heads":
			w.Header().Set("X-Long", strings.Repeat("x", 1<<20))
		default:
			status, _ := strconv.Atoi(r.URL.Path[1:])
			w.WriteHeader(status)
		}
	}))
	defer site.Close()
	defer close(stop)
	secure := httptest.NewTLSServer(http.NotFoundHandler())
	defer secure.Close()
	gone, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	gone.Close()
	c := courier.NewWebhook(courier.WebhookConfig{Wall: time.Now, Loopback: true, Timeout: 500 * time.Millisecond})
	for _, try := range []struct {
		url    string
		status int
		want   webhook.Failure
	}{
		{site.URL + "/200", 200, webhook.None}, {site.URL + "/204", 204, webhook.None}, {site.URL + "/299", 299, webhook.None},
		{site.URL + "/400", 400, webhook.Answered}, {site.URL + "/410", 410, webhook.Answered}, {site.URL + "/500", 500, webhook.Answered},
		{site.URL + "/304", 304, webhook.Redirected}, {site.URL + "/elsewhere", 307, webhook.Redirected},
		{site.URL + "/hangs", 0, webhook.TimedOut}, {site.URL + "/trickles", 200, webhook.None}, {site.URL + "/endless", 200, webhook.None},
		{site.URL + "/breaks", 0, webhook.Unreachable}, {site.URL + "/heads", 0, webhook.Unreachable},
		{"http://" + gone.Addr().String(), 0, webhook.Unreachable}, {secure.URL, 0, webhook.Untrusted},
		{"https" + strings.TrimPrefix(site.URL, "http"), 0, webhook.Untrusted}, {"https://nowhere.invalid/", 0, webhook.Unresolved},
	} {
		began := time.Now()
		r := c.Carry(t.Context(), parcel(try.url))
		if r.Status != try.status || r.Failure != try.want || (r.Detail == "") != (try.want == webhook.None) {
			t.Errorf("%s: %+v", try.url, r)
		}
		if took := time.Since(began); took > 3*time.Second {
			t.Errorf("%s took %s", try.url, took)
		}
	}
	if followed.Load() != 0 {
		t.Error("a redirection was followed")
	}
	if n := sent.Load(); n > 16<<20 { // the kernel's buffers take some before the connection is closed
		t.Errorf("%d bytes of an endless answer were taken", n)
	}
}

// No parcel goes to where only we can reach, whatever a name says, and to this machine only where that is allowed.
func TestWebhook_stayOut(t *testing.T) {
	served := 0
	site := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { served++ }))
	defer site.Close()
	_, port, err := net.SplitHostPort(site.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	strict, loose := courier.NewWebhook(courier.WebhookConfig{Wall: time.Now}), courier.NewWebhook(courier.WebhookConfig{Wall: time.Now, Loopback: true})
	for _, host := range []string{"127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "127.1.2.3", "0.0.0.0", "[::]"} {
		if r := strict.Carry(t.Context(), parcel(fmt.Sprintf("http://%s:%s/", host, port))); r.Failure != webhook.Forbidden {
			t.Errorf("%s: %+v", host, r)
		}
	}
	soon, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	for _, host := range []string{
		"10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "224.0.0.1", "255.255.255.255", "0.1.2.3", "198.18.0.1", "240.0.0.1",
		"[fe80::1]", "[fc00::1]", "[fd12:3456::1]", "[ff02::1]", "[::ffff:10.0.0.1]", "[64:ff9b::a00:1]", "[2002:a00:1::]", "[::10.0.0.1]",
	} {
		for _, c := range []*courier.Webhook{strict, loose} {
			if r := c.Carry(soon, parcel("http://"+host+"/")); r.Failure != webhook.Forbidden {
				t.Errorf("%s: %+v", host, r)
			}
		}
	}
	if served != 0 {
		t.Error("something came through")
	}
	if r := loose.Carry(t.Context(), parcel(site.URL)); r.Failure != webhook.None || served != 1 {
		t.Errorf("on this machine, as allowed: %+v", r)
	}
}

package wechat_test

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/yifen-pay/yifen/internal/domain/wallet"
	simwechat "github.com/yifen-pay/yifen/internal/sim/wechat"
)

// BenchmarkNotice measures the verification and reading of a notification.
func BenchmarkNotice(b *testing.B) {
	r, e := newRig(b, modes[0], simwechat.Config{}), listen(b)
	q := r.request(wallet.Show, number(1))
	q.Notify = e.url
	if _, err := r.wallet.Scan(r.rail.Ask(b.Context(), q).Content, simwechat.Pay); err != nil {
		b.Fatal(err)
	}
	d := e.next(b)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := r.rail.Notice(b.Context(), "account", d); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkShow measures what the rail itself takes for an order to be shown: a server hands out one signed answer of the wallet's
// again and again.
func BenchmarkShow(b *testing.B) {
	r := newRig(b, modes[0], simwechat.Config{})
	var header http.Header
	var body []byte
	recorder := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		sent, err := io.ReadAll(q.Body)
		if err == nil && body == nil {
			header, body, err = relay(r.wallet.URL()+q.URL.RequestURI(), q.Header, sent)
		}
		if err != nil {
			b.Error(err)
		}
		for name, values := range header {
			w.Header()[name] = values
		}
		w.Write(body)
	}))
	b.Cleanup(recorder.Close)
	x := r.open(recorder.URL, access(b, r.wallet, modes[0]), 10*time.Second)
	q := r.request(wallet.Show, number(1))
	b.ReportAllocs()
	for b.Loop() {
		if a := x.Ask(b.Context(), q); a.State != wallet.Waiting {
			b.Fatalf("%+v", a)
		}
	}
}

// relay passes a request on.
func relay(url string, header http.Header, body []byte) (http.Header, []byte, error) {
	q, err := http.NewRequest(http.MethodPost, url, io.NopCloser(bytes.NewReader(body)))
	if err != nil {
		return nil, nil, err
	}
	q.Header, q.ContentLength = header, int64(len(body))
	a, err := http.DefaultClient.Do(q)
	if err != nil {
		return nil, nil, err
	}
	defer a.Body.Close()
	text, err := io.ReadAll(a.Body)
	return a.Header, text, err
}

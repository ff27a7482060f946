package railtest

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/yifen-pay/yifen/internal/domain/wallet"
	"github.com/yifen-pay/yifen/internal/rail/outbound"
	"github.com/yifen-pay/yifen/internal/sim/kit"
)

// notified returns a notification of a paid order.
func (r *Rig) notified(order string) wallet.Delivery {
	r.Helper()
	e := Listen(r)
	q := r.Request(wallet.Show, order)
	q.Notify = e.URL
	r.Scan(r.Want("show", r.Ask(q), wallet.Waiting).Content, kit.Pay)
	return e.Next()
}

// BenchmarkNotice measures the verification and reading of a notification.
func BenchmarkNotice(b *testing.B, r *Rig) {
	d := r.notified(Number(1))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := r.Rail.Notice(b.Context(), Account, d); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkShow measures what the rail itself takes for an order to be shown: a server hands out one signed answer of the
// wallet's again and again.
func BenchmarkShow(b *testing.B, r *Rig) {
	var header http.Header
	var body []byte
	recorder := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		sent, err := io.ReadAll(q.Body)
		if err == nil && body == nil {
			header, body, err = relay(r.Party.URL+q.URL.RequestURI(), q.Header, sent)
		}
		if err != nil {
			b.Error(err)
		}
		for name, values := range header {
			w.Header()[name] = values
		}
		w.Write(body) // a client that is gone needs no answer
	}))
	b.Cleanup(recorder.Close)
	x := r.Open(outbound.Config{Base: recorder.URL})
	q := r.Request(wallet.Show, Number(1))
	b.ReportAllocs()
	for b.Loop() {
		if a := x.Ask(b.Context(), q); a.State != wallet.Waiting {
			b.Fatalf("%+v", a)
		}
	}
}

// relay passes a request on.
func relay(url string, header http.Header, body []byte) (http.Header, []byte, error) {
	q, err := http.NewRequest(http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		return nil, nil, err
	}
	q.Header = header
	a, err := http.DefaultClient.Do(q)
	if err != nil {
		return nil, nil, err
	}
	defer a.Body.Close()
	text, err := io.ReadAll(a.Body)
	return a.Header, text, err
}

// FuzzNotice holds that nothing is believed but what the wallet sent, and that nothing panics.
func FuzzNotice(f *testing.F, r *Rig) {
	d := r.notified(Number(1))
	f.Add(d.Body)
	f.Add([]byte("{}"))
	f.Add([]byte("sign=AA%3D&sign_type=RSA2&app_id=&alipay_cert_sn=x"))
	f.Fuzz(func(t *testing.T, body []byte) {
		n, err := r.Rail.Notice(t.Context(), Account, wallet.Delivery{Header: d.Header, Body: body, At: d.At})
		if err != nil && !errors.Is(err, wallet.ErrNotice) || err == nil && n.Order != Number(1) {
			t.Errorf("%+v, %v", n, err)
		}
	})
}

package wechat_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/yifen-pay/yifen/internal/domain/wallet"
	"github.com/yifen-pay/yifen/internal/rail/outbound"
	"github.com/yifen-pay/yifen/internal/rail/railtest"
	"github.com/yifen-pay/yifen/internal/sim/kit"
	simwechat "github.com/yifen-pay/yifen/internal/sim/wechat"
)

// TestCertificates holds how often the platform's certificates are downloaded: once for all who wait at first, and no more than
// once for strangers' serial numbers.
func TestCertificates(t *testing.T) {
	for _, m := range modes[:2] {
		t.Run(m.name, func(t *testing.T) {
			r := newRig(t, m, simwechat.Config{})
			target, err := url.Parse(r.Party.URL)
			if err != nil {
				t.Fatal(err)
			}
			var downloads atomic.Int32
			proxy := httputil.NewSingleHostReverseProxy(target)
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
				if q.URL.Path == "/v3/certificates" {
					downloads.Add(1)
				}
				proxy.ServeHTTP(w, q)
			}))
			defer server.Close()
			r.Rail = r.Open(outbound.Config{Base: server.URL})
			var group sync.WaitGroup
			for range 8 {
				group.Go(func() {
					if a := r.Ask(r.Request(wallet.Query, railtest.Number(1))); a.State != wallet.Missing {
						t.Errorf("%+v", a)
					}
				})
			}
			group.Wait()
			first := map[bool]int32{true: 1, false: 0}[m.certificate]
			if n := downloads.Load(); n != first {
				t.Errorf("downloaded %d times at first, want %d", n, first)
			}
			e := railtest.Listen(t)
			q := r.Request(wallet.Show, railtest.Number(2))
			q.Notify = e.URL
			r.Scan(r.Want("show", r.Ask(q), wallet.Waiting).Content, kit.Pay)
			d := e.Next()
			for range 5 {
				stranger := wallet.Delivery{Header: http.Header(d.Header).Clone(), Body: d.Body}
				stranger.Header["Wechatpay-Serial"] = []string{"5F0123456789"}
				if _, err := r.Rail.Notice(t.Context(), railtest.Account, stranger); !errors.Is(err, wallet.ErrNotice) {
					t.Errorf("a stranger's: %v", err)
				}
			}
			if n := downloads.Load(); n > 1 {
				t.Errorf("strangers had it download %d times", n)
			}
			if _, err := r.Rail.Notice(t.Context(), railtest.Account, d); err != nil {
				t.Errorf("the wallet's own: %v", err)
			}
		})
	}
}

// TestNotice_changeOver holds that an account with the platform's public key still takes what is signed under a certificate.
func TestNotice_changeOver(t *testing.T) {
	r := newRig(t, modes[1], simwechat.Config{}) // whose requests name a certificate, under which their notifications are signed
	e := railtest.Listen(t)
	q := r.Request(wallet.Show, railtest.Number(1))
	q.Notify = e.URL
	r.Scan(r.Want("show", r.Ask(q), wallet.Waiting).Content, kit.Pay)
	changed := r.open(access(t, r.wallet, modes[0]))
	if n, err := changed.Notice(t.Context(), railtest.Account, e.Next()); err != nil || n.Order != railtest.Number(1) {
		t.Errorf("%+v, %v", n, err)
	}
}

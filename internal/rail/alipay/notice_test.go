package alipay_test

import (
	"errors"
	"net/url"
	"testing"

	"github.com/yifen-pay/yifen/internal/domain/wallet"
	"github.com/yifen-pay/yifen/internal/rail/railtest"
	simalipay "github.com/yifen-pay/yifen/internal/sim/alipay"
	"github.com/yifen-pay/yifen/internal/sim/kit"
)

func TestNotice(t *testing.T) {
	for _, m := range modes {
		t.Run(m.name, func(t *testing.T) {
			r := newRig(t, m, simalipay.Config{})
			e := railtest.Listen(t)
			q := r.Request(wallet.Show, railtest.Number(1))
			q.Notify = e.URL
			r.Scan(r.Want("show", r.Ask(q), wallet.Waiting).Content, kit.Pay)
			d := e.Next()
			n, err := r.Rail.Notice(t.Context(), "account", d)
			if err != nil {
				t.Fatal(err)
			}
			if n.ID == "" || n.Order != railtest.Number(1) || n.Back != "" || n.Answer.State != wallet.Paid || n.Answer.RequestedFen != 1000 ||
				n.Answer.SettledFen != 1000 || n.Answer.Number == "" {
				t.Errorf("notified: %+v", n)
			}
			if again, err := r.Rail.Notice(t.Context(), "account", d); err != nil || again != n {
				t.Errorf("the same once more: %+v, %v", again, err)
			}
			r.Want("refund", r.Ask(r.Back(railtest.Number(1), "ref_1")), wallet.Returned)
			n, err = r.Rail.Notice(t.Context(), "account", e.Next())
			if err != nil || n.Order != railtest.Number(1) || n.Back != "ref_1" || n.Answer.State != wallet.Returned || n.Answer.At == 0 {
				t.Errorf("notified of a refund: %+v, %v", n, err)
			}
		})
	}
}

// TestNotice_refused holds that what is not the wallet's, or not for this account, is refused.
func TestNotice_refused(t *testing.T) {
	for _, m := range modes {
		for _, flaw := range []simalipay.Flaw{simalipay.NoticeForged, simalipay.NoticeWrongMerchant} {
			t.Run(m.name+"/"+string(flaw), func(t *testing.T) {
				r := newRig(t, m, simalipay.Config{})
				e := railtest.Listen(t)
				r.Flaw(string(flaw))
				q := r.Request(wallet.Show, railtest.Number(1))
				q.Notify = e.URL
				r.Scan(r.Want("show", r.Ask(q), wallet.Waiting).Content, kit.Pay)
				d := e.Next()
				if n, err := r.Rail.Notice(t.Context(), "account", d); !errors.Is(err, wallet.ErrNotice) || n != (wallet.Notice{}) {
					t.Errorf("believed: %+v, %v", n, err)
				}
				if _, _, body := r.Rail.Reply(wallet.ErrNotice); string(body) == "success" {
					t.Error("a refusal is answered as taken")
				}
				if len(r.Doubted()) != 1 {
					t.Error("the doubt is not counted")
				}
			})
		}
	}
}

func TestNotice_spoiled(t *testing.T) {
	r := newRig(t, modes[0], simalipay.Config{})
	e := railtest.Listen(t)
	q := r.Request(wallet.Show, railtest.Number(1))
	q.Notify = e.URL
	r.Scan(r.Want("show", r.Ask(q), wallet.Waiting).Content, kit.Pay)
	d := e.Next()
	for name, spoil := range map[string]func(url.Values){
		"nothing":   func(v url.Values) { clear(v) },
		"amount":    func(v url.Values) { v.Set("total_amount", "10.01") },
		"more":      func(v url.Values) { v.Set("refund_fee", "10.00") },
		"less":      func(v url.Values) { v.Del("subject") },
		"twice":     func(v url.Values) { v.Add("out_trade_no", railtest.Number(2)) },
		"signature": func(v url.Values) { v.Set("sign", "AAAA") },
		"unsigned":  func(v url.Values) { v.Del("sign") },
	} {
		form, err := url.ParseQuery(string(d.Body))
		if err != nil {
			t.Fatal(err)
		}
		spoil(form)
		if n, err := r.Rail.Notice(t.Context(), "account", wallet.Delivery{Body: []byte(form.Encode())}); !errors.Is(err, wallet.ErrNotice) {
			t.Errorf("%s: %+v, %v", name, n, err)
		}
	}
	if _, err := r.Rail.Notice(t.Context(), "nobody", d); !errors.Is(err, wallet.ErrAccount) {
		t.Errorf("an account that is not there: %v", err)
	}
}

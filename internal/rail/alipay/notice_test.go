package alipay_test

import (
	"errors"
	"net/url"
	"testing"

	"github.com/yifen-pay/yifen/internal/domain/wallet"
	simalipay "github.com/yifen-pay/yifen/internal/sim/alipay"
)

func TestNotice(t *testing.T) {
	for _, m := range modes {
		t.Run(m.name, func(t *testing.T) {
			r := newRig(t, m, simalipay.Config{})
			e := listen(t)
			q := r.request(wallet.Show, number(1))
			q.Notify = e.url
			r.scan(r.want("show", r.ask(q), wallet.Waiting).Content, simalipay.Pay)
			d := e.next(t)
			n, err := r.rail.Notice(t.Context(), "account", d)
			if err != nil {
				t.Fatal(err)
			}
			if n.ID == "" || n.Order != number(1) || n.Back != "" || n.Answer.State != wallet.Paid || n.Answer.RequestedFen != 1000 ||
				n.Answer.SettledFen != 1000 || n.Answer.Number == "" {
				t.Errorf("notified: %+v", n)
			}
			if again, err := r.rail.Notice(t.Context(), "account", d); err != nil || again != n {
				t.Errorf("the same once more: %+v, %v", again, err)
			}
			r.want("refund", r.ask(r.back(number(1), "ref_1")), wallet.Returned)
			n, err = r.rail.Notice(t.Context(), "account", e.next(t))
			if err != nil || n.Order != number(1) || n.Back != "ref_1" || n.Answer.State != wallet.Returned || n.Answer.At == 0 {
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
				e := listen(t)
				r.flaw(flaw)
				q := r.request(wallet.Show, number(1))
				q.Notify = e.url
				r.scan(r.want("show", r.ask(q), wallet.Waiting).Content, simalipay.Pay)
				d := e.next(t)
				if n, err := r.rail.Notice(t.Context(), "account", d); !errors.Is(err, wallet.ErrNotice) || n != (wallet.Notice{}) {
					t.Errorf("believed: %+v, %v", n, err)
				}
				if _, _, body := r.rail.Reply(wallet.ErrNotice); string(body) == "success" {
					t.Error("a refusal is answered as taken")
				}
				if len(r.doubted()) != 1 {
					t.Error("the doubt is not counted")
				}
			})
		}
	}
}

func TestNotice_spoiled(t *testing.T) {
	r := newRig(t, modes[0], simalipay.Config{})
	e := listen(t)
	q := r.request(wallet.Show, number(1))
	q.Notify = e.url
	r.scan(r.want("show", r.ask(q), wallet.Waiting).Content, simalipay.Pay)
	d := e.next(t)
	for name, spoil := range map[string]func(url.Values){
		"nothing":   func(v url.Values) { clear(v) },
		"amount":    func(v url.Values) { v.Set("total_amount", "10.01") },
		"more":      func(v url.Values) { v.Set("refund_fee", "10.00") },
		"less":      func(v url.Values) { v.Del("subject") },
		"twice":     func(v url.Values) { v.Add("out_trade_no", number(2)) },
		"signature": func(v url.Values) { v.Set("sign", "AAAA") },
		"unsigned":  func(v url.Values) { v.Del("sign") },
	} {
		form, err := url.ParseQuery(string(d.Body))
		if err != nil {
			t.Fatal(err)
		}
		spoil(form)
		if n, err := r.rail.Notice(t.Context(), "account", wallet.Delivery{Body: []byte(form.Encode())}); !errors.Is(err, wallet.ErrNotice) {
			t.Errorf("%s: %+v, %v", name, n, err)
		}
	}
	if _, err := r.rail.Notice(t.Context(), "nobody", d); !errors.Is(err, wallet.ErrAccount) {
		t.Errorf("an account that is not there: %v", err)
	}
}

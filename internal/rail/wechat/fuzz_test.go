package wechat_test

import (
	"errors"
	"testing"

	"github.com/yifen-pay/yifen/internal/domain/wallet"
	simwechat "github.com/yifen-pay/yifen/internal/sim/wechat"
)

// FuzzNotice holds that nothing is believed but what the wallet sent, and that nothing panics.
func FuzzNotice(f *testing.F) {
	r, e := newRig(f, modes[0], simwechat.Config{}), listen(f)
	q := r.request(wallet.Show, number(1))
	q.Notify = e.url
	if _, err := r.wallet.Scan(r.rail.Ask(f.Context(), q).Content, simwechat.Pay); err != nil {
		f.Fatal(err)
	}
	d := e.next(f)
	f.Add(d.Body)
	f.Add([]byte("{}"))
	f.Add([]byte("sign=AA%3D&sign_type=RSA2&app_id=&alipay_cert_sn=x"))
	f.Fuzz(func(t *testing.T, body []byte) {
		n, err := r.rail.Notice(t.Context(), "account", wallet.Delivery{Header: d.Header, Body: body, At: d.At})
		if err != nil && !errors.Is(err, wallet.ErrNotice) || err == nil && n.Order != number(1) {
			t.Errorf("%+v, %v", n, err)
		}
	})
}

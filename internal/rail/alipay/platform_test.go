package alipay_test

import (
	"slices"
	"testing"
	"time"

	"github.com/yifen-pay/yifen/internal/domain/wallet"
	"github.com/yifen-pay/yifen/internal/rail/outbound"
	simalipay "github.com/yifen-pay/yifen/internal/sim/alipay"
)

// TestPlatform holds that a new certificate of the platform is learned if a root of the account's issued it, and no other.
func TestPlatform(t *testing.T) {
	r := newRig(t, modes[1], simalipay.Config{})
	c, err := r.wallet.Credentials(simalipay.DemoMerchant)
	if err != nil {
		t.Fatal(err)
	}
	old := access(t, r.wallet, r.mode)
	old.Fields["alipay_certificate"] = c.RootCertificate // any that the platform does not sign with
	r.rail = r.open(r.wallet.URL(), old, 10*time.Second)
	r.want("the first answer under it", r.ask(r.request(wallet.Query, number(1))), wallet.Silent)
	r.want("the second", r.ask(r.request(wallet.Query, number(1))), wallet.Missing)
	if told := r.doubted(); !slices.Equal(told, []outbound.Doubt{outbound.Unsigned}) {
		t.Errorf("doubted %v", told)
	}
	e := listen(t)
	q := r.request(wallet.Show, number(2))
	q.Notify = e.url
	r.scan(r.want("show", r.ask(q), wallet.Waiting).Content, simalipay.Pay)
	if n, err := r.rail.Notice(t.Context(), "account", e.next(t)); err != nil || n.Order != number(2) {
		t.Errorf("notified: %+v, %v", n, err)
	}

	stranger := access(t, r.wallet, r.mode)
	stranger.Fields["alipay_certificate"], stranger.Fields["alipay_root_certificate"] = c.AppCertificate, c.AppCertificate
	x := r.open(r.wallet.URL(), stranger, 10*time.Second)
	for range 2 {
		r.want("another root", x.Ask(t.Context(), r.request(wallet.Query, number(1))), wallet.Silent)
	}
}

// TestPlatform_expired holds that an expired certificate is not learned.
func TestPlatform_expired(t *testing.T) {
	r := newRig(t, modes[1], simalipay.Config{})
	if err := r.wallet.SetFlaw(simalipay.ExpiredCertificate, 1, 1); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		r.want("query", r.ask(r.request(wallet.Query, number(1))), wallet.Silent)
	}
	r.wallet.ClearFlaws()
	r.want("query", r.ask(r.request(wallet.Query, number(1))), wallet.Missing)
}

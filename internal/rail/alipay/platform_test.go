package alipay_test

import (
	"slices"
	"testing"

	"github.com/yifen-pay/yifen/internal/domain/wallet"
	"github.com/yifen-pay/yifen/internal/rail/outbound"
	"github.com/yifen-pay/yifen/internal/rail/railtest"
	simalipay "github.com/yifen-pay/yifen/internal/sim/alipay"
	"github.com/yifen-pay/yifen/internal/sim/kit"
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
	r.Rail = r.open(old)
	r.Want("the first answer under it", r.Ask(r.Request(wallet.Query, railtest.Number(1))), wallet.Silent)
	r.Want("the second", r.Ask(r.Request(wallet.Query, railtest.Number(1))), wallet.Missing)
	if told := r.Doubted(); !slices.Equal(told, []outbound.Doubt{outbound.Unsigned}) {
		t.Errorf("doubted %v", told)
	}
	e := railtest.Listen(t)
	q := r.Request(wallet.Show, railtest.Number(2))
	q.Notify = e.URL
	r.Scan(r.Want("show", r.Ask(q), wallet.Waiting).Content, kit.Pay)
	if n, err := r.Rail.Notice(t.Context(), "account", e.Next()); err != nil || n.Order != railtest.Number(2) {
		t.Errorf("notified: %+v, %v", n, err)
	}

	stranger := access(t, r.wallet, r.mode)
	stranger.Fields["alipay_certificate"], stranger.Fields["alipay_root_certificate"] = c.AppCertificate, c.AppCertificate
	x := r.open(stranger)
	for range 2 {
		r.Want("another root", x.Ask(t.Context(), r.Request(wallet.Query, railtest.Number(1))), wallet.Silent)
	}
}

// TestPlatform_expired holds that an expired certificate is not learned.
func TestPlatform_expired(t *testing.T) {
	r := newRig(t, modes[1], simalipay.Config{})
	if err := r.wallet.SetFlaw(simalipay.ExpiredCertificate, 1, 1); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		r.Want("query", r.Ask(r.Request(wallet.Query, railtest.Number(1))), wallet.Silent)
	}
	r.wallet.ClearFlaws()
	r.Want("query", r.Ask(r.Request(wallet.Query, railtest.Number(1))), wallet.Missing)
}

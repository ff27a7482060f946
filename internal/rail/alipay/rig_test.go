package alipay_test

import (
	"testing"

	"github.com/yifen-pay/yifen/internal/domain/wallet"
	"github.com/yifen-pay/yifen/internal/rail/alipay"
	"github.com/yifen-pay/yifen/internal/rail/outbound"
	"github.com/yifen-pay/yifen/internal/rail/railtest"
	simalipay "github.com/yifen-pay/yifen/internal/sim/alipay"
	"github.com/yifen-pay/yifen/internal/sim/kit"
)

var folder = railtest.Keys("alipay-keys.json", func(dir string) error {
	w, err := simalipay.New(simalipay.Config{Dir: dir})
	if err != nil {
		return err
	}
	return w.Close()
})

// start runs a wallet for the length of a test, on a standing clock, and audits it at the end.
func start(t testing.TB, config simalipay.Config) *simalipay.Wallet {
	t.Helper()
	config.Dir = folder(t)
	if config.Clock == nil {
		config.Clock = kit.NewStandingClock(railtest.Noon)
	}
	w, err := simalipay.New(config)
	if err != nil {
		t.Fatal(err)
	}
	railtest.Play(t, w)
	return w
}

// mode is how an account signs, and verifies.
type mode struct {
	name        string
	sub         bool
	certificate bool
}

var modes = []mode{{"direct", false, false}, {"direct, certificates", false, true}, {"sub", true, false}, {"sub, certificates", true, true}}

// access is an account with the wallet.
func access(t testing.TB, w *simalipay.Wallet, m mode) wallet.Access {
	t.Helper()
	number := simalipay.DemoMerchant
	if m.sub {
		number = simalipay.DemoPartner
	}
	c, err := w.Credentials(number)
	if err != nil {
		t.Fatal(err)
	}
	a := wallet.Access{
		Account: wallet.Account{ID: "account", Wallet: wallet.Alipay, Mode: wallet.Direct},
		Fields:  map[string]string{"app_id": c.AppID, "seller_id": c.SellerID, "app_private_key": c.AppPrivateKey},
	}
	if m.certificate {
		a.Fields["app_certificate"], a.Fields["alipay_certificate"] = c.AppCertificate, c.AlipayCertificate
		a.Fields["alipay_root_certificate"] = c.RootCertificate
	} else {
		a.Fields["alipay_public_key"] = c.AlipayPublicKey
	}
	if err := wallet.Check(wallet.Alipay, wallet.Direct, a.Fields); err != nil {
		t.Fatal(err)
	}
	if m.sub {
		token, err := w.AuthToken(simalipay.DemoSub)
		if err != nil {
			t.Fatal(err)
		}
		a.Account.Mode, a.Sub = wallet.Sub, map[string]string{"app_auth_token": token, "seller_id": simalipay.DemoSub}
	}
	return a
}

// rig is a rail before a wallet, with an account of a mode.
type rig struct {
	*railtest.Rig
	wallet *simalipay.Wallet
	mode   mode
	seller string // that is paid
}

func newRig(t testing.TB, m mode, config simalipay.Config) *rig {
	t.Helper()
	config.Clock = kit.NewStandingClock(railtest.Noon)
	r := &rig{wallet: start(t, config), mode: m, seller: simalipay.DemoMerchant}
	if m.sub {
		r.seller = simalipay.DemoSub
	}
	r.Rig = railtest.New(t, party(r.wallet, config.Clock, r.seller), access(t, r.wallet, m), func(c outbound.Config) (railtest.Rail, error) {
		return alipay.New(c)
	})
	return r
}

// open returns a rail to the wallet with another account.
func (r *rig) open(a wallet.Access) railtest.Rail {
	r.Helper()
	return r.Open(outbound.Config{Accounts: railtest.Book(a)})
}

// party is the wallet as the suite plays with it, which looks into a seller's books.
func party(w *simalipay.Wallet, clock *kit.Clock, seller string) railtest.Party {
	return railtest.Party{
		URL: w.URL(), Clock: clock, Faults: w.Faults(),
		Scan: func(content string, act kit.Act) error {
			_, err := w.Scan(content, simalipay.Act(act))
			return err
		},
		Code: func(state kit.CodeState) (string, error) { return w.Code(simalipay.CodeState(state)) },
		Password: func(code string) error {
			_, err := w.Password(code)
			return err
		},
		Once: func(flaw string) error { return w.FlawOnce(simalipay.Flaw(flaw)) },
		Set: func(flaw string, rate float64, seed uint64) error {
			return w.SetFlaw(simalipay.Flaw(flaw), rate, seed)
		},
		Clear: w.ClearFlaws,
		// What nobody has scanned is no trade yet, though it can be paid.
		Order: func(order string) railtest.Truth {
			o, ok := w.Order(seller, order)
			return railtest.Truth{
				Exists: ok && o.State != simalipay.Precreated && o.State != simalipay.Withdrawn,
				Paid:   o.State == simalipay.Success, Ever: !o.Paid.IsZero(),
				Waiting: o.State == simalipay.Precreated || o.State == simalipay.WaitBuyer,
			}
		},
		Refund: func(order, number string) (wallet.State, bool) {
			b, ok := w.Refund(seller, order, number)
			return map[simalipay.RefundStatus]wallet.State{
				simalipay.RefundProcessing: wallet.Accepted, simalipay.RefundSuccess: wallet.Returned, simalipay.RefundFailed: wallet.Failed,
			}[b.Status], ok
		},
	}
}

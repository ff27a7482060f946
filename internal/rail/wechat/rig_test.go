package wechat_test

import (
	"testing"

	"github.com/yifen-pay/yifen/internal/domain/wallet"
	"github.com/yifen-pay/yifen/internal/rail/outbound"
	"github.com/yifen-pay/yifen/internal/rail/railtest"
	"github.com/yifen-pay/yifen/internal/rail/wechat"
	"github.com/yifen-pay/yifen/internal/sim/kit"
	simwechat "github.com/yifen-pay/yifen/internal/sim/wechat"
)

var folder = railtest.Keys("wechat-keys.json", func(dir string) error {
	w, err := simwechat.New(simwechat.Config{Dir: dir})
	if err != nil {
		return err
	}
	return w.Close()
})

// start runs a wallet for the length of a test, on a standing clock, and audits it at the end.
func start(t testing.TB, config simwechat.Config) *simwechat.Wallet {
	t.Helper()
	config.Dir = folder(t)
	if config.Clock == nil {
		config.Clock = kit.NewStandingClock(railtest.Noon)
	}
	w, err := simwechat.New(config)
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
func access(t testing.TB, w *simwechat.Wallet, m mode) wallet.Access {
	t.Helper()
	number := simwechat.DemoMerchant
	if m.sub {
		number = simwechat.DemoPartner
	}
	c, err := w.Credentials(number)
	if err != nil {
		t.Fatal(err)
	}
	a := wallet.Access{
		Account: wallet.Account{ID: "account", Wallet: wallet.WeChat, Mode: wallet.Direct},
		Fields: map[string]string{
			"mchid": c.MerchantID, "appid": c.AppID, "merchant_serial": c.MerchantSerial,
			"merchant_private_key": c.MerchantPrivateKey, "api_v3_key": c.APIv3Key,
		},
	}
	if !m.certificate {
		a.Fields["platform_public_key_id"], a.Fields["platform_public_key"] = c.PlatformPublicKeyID, c.PlatformPublicKey
	}
	if err := wallet.Check(wallet.WeChat, wallet.Direct, a.Fields); err != nil {
		t.Fatal(err)
	}
	if m.sub {
		a.Account.Mode, a.Sub = wallet.Sub, map[string]string{"sub_mchid": simwechat.DemoSub, "sub_appid": "wx7777777777777777"}
	}
	return a
}

// rig is a rail before a wallet, with an account of a mode.
type rig struct {
	*railtest.Rig
	wallet *simwechat.Wallet
	mode   mode
	seller string // that is paid
}

func newRig(t testing.TB, m mode, config simwechat.Config) *rig {
	t.Helper()
	config.Clock = kit.NewStandingClock(railtest.Noon)
	r := &rig{wallet: start(t, config), mode: m, seller: simwechat.DemoMerchant}
	if m.sub {
		r.seller = simwechat.DemoSub
	}
	r.Rig = railtest.New(t, party(r.wallet, config.Clock, r.seller), access(t, r.wallet, m), func(c outbound.Config) (railtest.Rail, error) {
		return wechat.New(c)
	})
	return r
}

// open returns a rail to the wallet with another account.
func (r *rig) open(a wallet.Access) railtest.Rail {
	r.Helper()
	return r.Open(outbound.Config{Accounts: railtest.Book(a)})
}

// party is the wallet as the suite plays with it, which looks into a seller's books.
func party(w *simwechat.Wallet, clock *kit.Clock, seller string) railtest.Party {
	return railtest.Party{
		URL: w.URL(), Clock: clock, Faults: w.Faults(),
		Scan: func(content string, act kit.Act) error {
			_, err := w.Scan(content, simwechat.Act(act))
			return err
		},
		Code: func(state kit.CodeState) (string, error) { return w.Code(simwechat.CodeState(state)) },
		Password: func(code string) error {
			_, err := w.Password(code)
			return err
		},
		Once: func(flaw string) error { return w.FlawOnce(simwechat.Flaw(flaw)) },
		Set: func(flaw string, rate float64, seed uint64) error {
			return w.SetFlaw(simwechat.Flaw(flaw), rate, seed)
		},
		Clear: w.ClearFlaws,
		Order: func(order string) railtest.Truth {
			o, ok := w.Order(seller, order)
			return railtest.Truth{
				Exists: ok, Paid: o.State == simwechat.Success, Ever: !o.Paid.IsZero(),
				Waiting: o.State == simwechat.NotPay || o.State == simwechat.UserPaying,
			}
		},
		Refund: func(_, number string) (wallet.State, bool) {
			b, ok := w.Refund(seller, number)
			return map[simwechat.RefundStatus]wallet.State{
				simwechat.RefundProcessing: wallet.Accepted, simwechat.RefundSuccess: wallet.Returned,
				simwechat.RefundAbnormal: wallet.Stuck, simwechat.RefundClosed: wallet.Failed,
			}[b.Status], ok
		},
	}
}

package unionpay_test

import (
	"testing"

	"github.com/yifen-pay/yifen/internal/domain/wallet"
	"github.com/yifen-pay/yifen/internal/rail/outbound"
	"github.com/yifen-pay/yifen/internal/rail/railtest"
	"github.com/yifen-pay/yifen/internal/rail/unionpay"
	"github.com/yifen-pay/yifen/internal/sim/kit"
	simunionpay "github.com/yifen-pay/yifen/internal/sim/unionpay"
)

var folder = railtest.Keys("unionpay-keys.json", func(dir string) error {
	w, err := simunionpay.New(simunionpay.Config{Dir: dir})
	if err != nil {
		return err
	}
	return w.Close()
})

// start runs a wallet for the length of a test, on a standing clock, and audits it at the end.
func start(t testing.TB, config simunionpay.Config) *simunionpay.Wallet {
	t.Helper()
	config.Dir = folder(t)
	if config.Clock == nil {
		config.Clock = kit.NewStandingClock(railtest.Noon)
	}
	w, err := simunionpay.New(config)
	if err != nil {
		t.Fatal(err)
	}
	railtest.Play(t, w)
	return w
}

// mode is how an account signs.
type mode struct {
	name string
	sub  bool
}

var modes = []mode{{"direct", false}, {"sub", true}}

// access is an account with the wallet.
func access(t testing.TB, w *simunionpay.Wallet, m mode) wallet.Access {
	t.Helper()
	c, err := w.Credentials(simunionpay.DemoMerchant)
	if err != nil {
		t.Fatal(err)
	}
	a := wallet.Access{
		Account: wallet.Account{ID: "account", Wallet: wallet.UnionPay, Mode: wallet.Direct},
		Fields: map[string]string{
			"institution": c.Institution, "merchant_number": c.Merchant, "terminal_number": "29000001",
			"signing_key": c.KeyStore, "signing_key_password": c.KeyPassword, "unionpay_public_key": c.UnionPayPublicKey,
		},
	}
	if err := wallet.Check(wallet.UnionPay, wallet.Direct, a.Fields); err != nil {
		t.Fatal(err)
	}
	if m.sub {
		a.Account.Mode, a.Sub = wallet.Sub, map[string]string{"merchant_number": simunionpay.DemoOther, "terminal_number": "29000002"}
	}
	return a
}

// rig is a rail before a wallet, with an account of a mode.
type rig struct {
	*railtest.Rig
	wallet *simunionpay.Wallet
	mode   mode
	seller string // that is paid
}

func newRig(t testing.TB, m mode, config simunionpay.Config) *rig {
	t.Helper()
	config.Clock = kit.NewStandingClock(railtest.Noon)
	r := &rig{wallet: start(t, config), mode: m, seller: simunionpay.DemoMerchant}
	if m.sub {
		r.seller = simunionpay.DemoOther
	}
	r.Rig = railtest.New(t, party(r.wallet, config.Clock, r.seller), access(t, r.wallet, m), func(c outbound.Config) (railtest.Rail, error) {
		return unionpay.New(c)
	})
	return r
}

// open returns a rail to the wallet with another account.
func (r *rig) open(a wallet.Access) railtest.Rail {
	r.Helper()
	return r.Open(outbound.Config{Accounts: railtest.Book(a)})
}

// party is the wallet as the suite plays with it, which looks into a seller's books.
func party(w *simunionpay.Wallet, clock *kit.Clock, seller string) railtest.Party {
	return railtest.Party{
		URL: w.URL(), Clock: clock, Faults: w.Faults(),
		Scan: func(content string, act kit.Act) error {
			_, err := w.Scan(content, act)
			return err
		},
		Code: w.Code,
		Password: func(code string) error {
			_, err := w.Password(code)
			return err
		},
		Once: func(flaw string) error { return w.FlawOnce(simunionpay.Flaw(flaw)) },
		Set: func(flaw string, rate float64, seed uint64) error {
			return w.SetFlaw(simunionpay.Flaw(flaw), rate, seed)
		},
		Clear: w.ClearFlaws,
		Order: func(order string) railtest.Truth {
			o, ok := w.Order(seller, order)
			return railtest.Truth{
				Exists: ok, Paid: o.State == simunionpay.Paid, Ever: !o.Paid.IsZero(),
				Waiting: o.State == simunionpay.Unpaid || o.State == simunionpay.Paying,
			}
		},
		Refund: func(_, number string) (wallet.State, bool) {
			b, ok := w.Refund(seller, number)
			return map[simunionpay.RefundStatus]wallet.State{
				simunionpay.RefundWaiting: wallet.Accepted, simunionpay.RefundDone: wallet.Returned, simunionpay.RefundFailed: wallet.Failed,
			}[b.Status], ok
		},
	}
}

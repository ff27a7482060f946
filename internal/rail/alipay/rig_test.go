package alipay_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/yifen-pay/yifen/internal/domain/money"
	"github.com/yifen-pay/yifen/internal/domain/wallet"
	"github.com/yifen-pay/yifen/internal/rail/alipay"
	"github.com/yifen-pay/yifen/internal/rail/outbound"
	simalipay "github.com/yifen-pay/yifen/internal/sim/alipay"
	"github.com/yifen-pay/yifen/internal/sim/kit"
)

// noon is when the tests' standing clocks begin: noon in China.
var noon = time.Date(2026, 3, 5, 4, 0, 0, 0, time.UTC)

// keyText is a file of keys that all tests share, since keys take long to make.
var keyText = sync.OnceValues(func() ([]byte, error) {
	dir, err := os.MkdirTemp("", "alipay-keys")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	w, err := simalipay.New(simalipay.Config{Dir: dir})
	if err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return os.ReadFile(filepath.Join(dir, "alipay-keys.json"))
})

// start runs a wallet for the length of a test, on a standing clock unless the config has another, and audits it at the end.
func start(t testing.TB, config simalipay.Config) *simalipay.Wallet {
	t.Helper()
	text, err := keyText()
	if err != nil {
		t.Fatal(err)
	}
	config.Dir = t.TempDir()
	if err := os.WriteFile(filepath.Join(config.Dir, "alipay-keys.json"), text, 0o600); err != nil {
		t.Fatal(err)
	}
	if config.Clock == nil {
		config.Clock = kit.NewStandingClock(noon)
	}
	w, err := simalipay.New(config)
	if err != nil {
		t.Fatal(err)
	}
	done, ctx := make(chan error, 1), t.Context()
	go func() { done <- w.Serve(ctx) }()
	t.Cleanup(func() {
		if err := w.Audit(); err != nil {
			t.Error(err)
		}
		if err := w.Close(); err != nil {
			t.Error(err)
		}
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return w
}

// book is a store of accounts.
type book map[string]wallet.Access

func (b book) Open(_ context.Context, account string) (wallet.Access, error) {
	a, ok := b[account]
	if !ok {
		return a, wallet.ErrAccount
	}
	return a, nil
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

// rig is a rail before a wallet.
type rig struct {
	testing.TB
	clock  *kit.Clock
	wallet *simalipay.Wallet
	rail   *alipay.Rail
	mode   mode
	seller string // that is paid
	mu     sync.Mutex
	doubts []outbound.Doubt
	orders int // that were made ready
}

func newRig(t testing.TB, m mode, config simalipay.Config) *rig {
	t.Helper()
	r := &rig{TB: t, clock: kit.NewStandingClock(noon), mode: m, seller: simalipay.DemoMerchant}
	if m.sub {
		r.seller = simalipay.DemoSub
	}
	config.Clock = r.clock
	r.wallet = start(t, config)
	r.rail = r.open(r.wallet.URL(), access(t, r.wallet, m), 10*time.Second)
	return r
}

// open returns another rail.
func (r *rig) open(base string, a wallet.Access, timeout time.Duration) *alipay.Rail {
	r.Helper()
	return r.openWith(base, a, timeout, 0)
}

func (r *rig) openWith(base string, a wallet.Access, timeout time.Duration, inFlight int) *alipay.Rail {
	r.Helper()
	x, err := alipay.New(alipay.Config{
		Base: base, Accounts: book{"account": a}, Timeout: timeout, InFlight: inFlight, Now: r.clock.Now,
		Doubted: func(d outbound.Doubt) {
			r.mu.Lock()
			defer r.mu.Unlock()
			r.doubts = append(r.doubts, d)
		},
	})
	if err != nil {
		r.Fatal(err)
	}
	return x
}

// request asks about an order of ten yuan.
func (r *rig) request(ask wallet.Ask, order string) wallet.Request {
	return wallet.Request{
		Ask: ask, Account: "account", Order: order, Amount: money.Yuan(1000), Began: r.clock.Now(),
		Expires: r.clock.Now().Add(30 * time.Minute), Text: "小店 茶", Notify: "https://example.com/notify",
		Scene: wallet.Scene{Store: "str_1", StoreName: "小店", Device: "29000001", IP: "127.0.0.1"}, Presented: wallet.Shown,
	}
}

func (r *rig) ask(q wallet.Request) wallet.Answer {
	r.Helper()
	return r.rail.Ask(r.Context(), q)
}

// want fails the test unless an answer has a state.
func (r *rig) want(what string, a wallet.Answer, state wallet.State) wallet.Answer {
	r.Helper()
	if a.State != state {
		r.Fatalf("%s: %+v, want %s", what, a, state)
	}
	return a
}

// shown makes an order for the payer to scan.
func (r *rig) shown(order string) string {
	r.Helper()
	return r.want("show", r.ask(r.request(wallet.Show, order)), wallet.Waiting).Content
}

// scan has the payer scan.
func (r *rig) scan(content string, act simalipay.Act) {
	r.Helper()
	if _, err := r.wallet.Scan(content, act); err != nil {
		r.Fatal(err)
	}
}

// code is a code on the payer's phone.
func (r *rig) code(state simalipay.CodeState) wallet.Code {
	r.Helper()
	text, err := r.wallet.Code(state)
	if err != nil {
		r.Fatal(err)
	}
	code, err := wallet.Parse(text)
	if err != nil {
		r.Fatal(err)
	}
	return code
}

// scanned asks to charge a code.
func (r *rig) scanned(order string, code wallet.Code) wallet.Request {
	q := r.request(wallet.Charge, order)
	q.Presented, q.Code = wallet.Scanned, code
	return q
}

// back asks to give back five yuan.
func (r *rig) back(order, number string) wallet.Request {
	q := r.request(wallet.Refund, order)
	q.Back, q.BackNumber, q.Reason = money.Yuan(500), number, "不要了"
	return q
}

// paid is an order that the payer has paid.
func (r *rig) paid(order string) {
	r.Helper()
	r.scan(r.shown(order), simalipay.Pay)
}

// flaw has one strike once.
func (r *rig) flaw(f simalipay.Flaw) {
	r.Helper()
	if err := r.wallet.FlawOnce(f); err != nil {
		r.Fatal(err)
	}
}

// fault strikes every message until the returned function is called.
func (r *rig) fault(kind kit.Kind) func() {
	r.Helper()
	if err := r.wallet.Faults().Set(kit.Fault{Kind: kind, Rate: 1}); err != nil {
		r.Fatal(err)
	}
	return r.wallet.Faults().Clear
}

// doubted returns the doubts since it was last called.
func (r *rig) doubted() []outbound.Doubt {
	r.mu.Lock()
	defer r.mu.Unlock()
	list := r.doubts
	r.doubts = nil
	return list
}

// ear is a server that is notified.
type ear struct {
	url string
	got chan wallet.Delivery
}

func listen(t testing.TB) *ear {
	t.Helper()
	e := &ear{got: make(chan wallet.Delivery, 100)}
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		e.got <- wallet.Delivery{Header: r.Header.Clone(), Body: body, At: time.Now()}
	}))
	t.Cleanup(server.Close)
	e.url = server.URL + "/notify"
	return e
}

func (e *ear) next(t testing.TB) wallet.Delivery {
	t.Helper()
	deadline := time.NewTimer(10 * time.Second)
	defer deadline.Stop()
	select {
	case d := <-e.got:
		return d
	case <-deadline.C:
		t.Fatal("no notification came")
		return wallet.Delivery{}
	}
}

// eventually polls until done returns true.
func eventually(t testing.TB, what string, done func() bool) {
	t.Helper()
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(10 * time.Second); !done(); <-tick.C {
		if time.Now().After(deadline) {
			t.Fatalf("%s does not come", what)
		}
	}
}

// number returns the number of an order, as long as ours are.
func number(n int) string { return "pay_" + strings.Repeat("0", 20) + fmt.Sprintf("%08d", n) }

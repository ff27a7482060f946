package railtest

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

	"github.com/yifen-pay/yifen/internal/domain/calendar"
	"github.com/yifen-pay/yifen/internal/domain/money"
	"github.com/yifen-pay/yifen/internal/domain/wallet"
	"github.com/yifen-pay/yifen/internal/rail/outbound"
	"github.com/yifen-pay/yifen/internal/sim/kit"
)

// Noon is when the tests' standing clocks begin: noon in China.
var Noon = time.Date(2026, 3, 5, 4, 0, 0, 0, time.UTC)

// Address is one that wallets may notify, and no simulator does.
const Address = "https://example.com/notify"

// Rail is a rail to a wallet.
type Rail interface {
	Ask(ctx context.Context, r wallet.Request) wallet.Answer
	Notice(ctx context.Context, account string, d wallet.Delivery) (wallet.Notice, error)
	Reply(err error) (status int, mediaType string, body []byte)
	Test(ctx context.Context, a wallet.Access, notify string) []wallet.Finding
	Bill(ctx context.Context, account string, day calendar.Date, kind wallet.BillKind) (wallet.Bill, error)
}

// Party is a simulated wallet, as the suite plays with it.
type Party struct {
	URL      string
	Clock    *kit.Clock // stands
	Faults   *kit.Faults
	Scan     func(content string, act kit.Act) error
	Code     func(state kit.CodeState) (string, error)
	Password func(code string) error
	// Flaws strike once, or by rate and seed until they are cleared.
	Once  func(flaw string) error
	Set   func(flaw string, rate float64, seed uint64) error
	Clear func()
	// Order and Refund look into the books.
	Order  func(order string) Truth
	Refund func(order, number string) (state wallet.State, found bool)
}

// Truth is what a wallet's books say of an order.
type Truth struct {
	Exists  bool // to the merchant
	Paid    bool // and not taken back
	Ever    bool // paid
	Waiting bool // can be paid
}

// Rig is a rail before a wallet.
type Rig struct {
	testing.TB
	Party  Party
	Rail   Rail
	Access wallet.Access // the account of that id
	make   func(outbound.Config) (Rail, error)
	mu     sync.Mutex
	doubts []outbound.Doubt
	ready  int // orders that were made ready
}

// New returns a rig.
func New(t testing.TB, p Party, a wallet.Access, open func(outbound.Config) (Rail, error)) *Rig {
	t.Helper()
	r := &Rig{TB: t, Party: p, Access: a, make: open}
	r.Rail = r.Open(outbound.Config{})
	return r
}

// Account is the id of the one account that there is.
const Account = "account"

// Book is a store of one account, under that id.
type Book wallet.Access

// Open implements the store.
func (b Book) Open(_ context.Context, account string) (wallet.Access, error) {
	if account != Account {
		return wallet.Access{}, wallet.ErrAccount
	}
	return wallet.Access(b), nil
}

// Open returns another rail, to the wallet and with the rig's account unless the config says otherwise.
func (r *Rig) Open(c outbound.Config) Rail {
	r.Helper()
	if c.Base == "" {
		c.Base = r.Party.URL
	}
	if c.Accounts == nil {
		c.Accounts = Book(r.Access)
	}
	c.Now = r.Party.Clock.Now
	c.Doubted = func(d outbound.Doubt) {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.doubts = append(r.doubts, d)
	}
	x, err := r.make(c)
	if err != nil {
		r.Fatal(err)
	}
	return x
}

// Doubted returns the doubts since it was last called.
func (r *Rig) Doubted() []outbound.Doubt {
	r.mu.Lock()
	defer r.mu.Unlock()
	list := r.doubts
	r.doubts = nil
	return list
}

// Request asks about an order of ten yuan.
func (r *Rig) Request(ask wallet.Ask, order string) wallet.Request {
	now := r.Party.Clock.Now()
	return wallet.Request{
		Ask: ask, Account: Account, Order: order, Amount: money.Yuan(1000), Began: now, Expires: now.Add(30 * time.Minute),
		Text: "小店 茶", Notify: Address, Presented: wallet.Shown,
		Scene: wallet.Scene{Store: "str_1", StoreName: "小店", Device: "29000001", IP: "127.0.0.1"},
	}
}

// Ask asks the rig's rail.
func (r *Rig) Ask(q wallet.Request) wallet.Answer {
	r.Helper()
	return r.Rail.Ask(r.Context(), q)
}

// Want fails the test unless an answer has a state.
func (r *Rig) Want(what string, a wallet.Answer, state wallet.State) wallet.Answer {
	r.Helper()
	if a.State != state {
		r.Fatalf("%s: %+v, want %s", what, a, state)
	}
	return a
}

// Shown makes an order for the payer to scan.
func (r *Rig) Shown(order string) string {
	r.Helper()
	return r.Want("show", r.Ask(r.Request(wallet.Show, order)), wallet.Waiting).Content
}

// Scan has the payer scan.
func (r *Rig) Scan(content string, act kit.Act) {
	r.Helper()
	if err := r.Party.Scan(content, act); err != nil {
		r.Fatal(err)
	}
}

// Paid makes an order and has the payer pay it.
func (r *Rig) Paid(order string) {
	r.Helper()
	r.Scan(r.Shown(order), kit.Pay)
}

// Code is a code on the payer's phone.
func (r *Rig) Code(state kit.CodeState) wallet.Code {
	r.Helper()
	text, err := r.Party.Code(state)
	if err != nil {
		r.Fatal(err)
	}
	code, err := wallet.Parse(text)
	if err != nil {
		r.Fatal(err)
	}
	return code
}

// Scanned asks to charge a code.
func (r *Rig) Scanned(order string, code wallet.Code) wallet.Request {
	q := r.Request(wallet.Charge, order)
	q.Presented, q.Code = wallet.Scanned, code
	return q
}

// Back asks to give back five yuan.
func (r *Rig) Back(order, number string) wallet.Request {
	q := r.Request(wallet.Refund, order)
	q.Back, q.BackNumber, q.Reason = money.Yuan(500), number, "不要了"
	return q
}

// Flaw has one strike once.
func (r *Rig) Flaw(flaw string) {
	r.Helper()
	if err := r.Party.Once(flaw); err != nil {
		r.Fatal(err)
	}
}

// Fault strikes every message until the returned function is called.
func (r *Rig) Fault(f kit.Fault) func() {
	r.Helper()
	f.Rate = 1
	if err := r.Party.Faults.Set(f); err != nil {
		r.Fatal(err)
	}
	return r.Party.Faults.Clear
}

// Ear is a server that is notified.
type Ear struct {
	testing.TB
	URL string
	got chan wallet.Delivery
}

// Listen starts one.
func Listen(t testing.TB) *Ear {
	t.Helper()
	e := &Ear{TB: t, got: make(chan wallet.Delivery, 100)}
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		e.got <- wallet.Delivery{Header: r.Header.Clone(), Body: body, At: time.Now()}
	}))
	t.Cleanup(server.Close)
	e.URL = server.URL + "/notify"
	return e
}

// Next returns the next notification.
func (e *Ear) Next() wallet.Delivery {
	e.Helper()
	deadline := time.NewTimer(10 * time.Second)
	defer deadline.Stop()
	select {
	case d := <-e.got:
		return d
	case <-deadline.C:
		e.Fatal("no notification came")
		return wallet.Delivery{}
	}
}

// Eventually polls until done returns true.
func Eventually(t testing.TB, what string, done func() bool) {
	t.Helper()
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(10 * time.Second); !done(); <-tick.C {
		if time.Now().After(deadline) {
			t.Fatalf("%s does not come", what)
		}
	}
}

// Number returns the number of an order, as long as ours are.
func Number(n int) string { return "pay_" + strings.Repeat("0", 20) + fmt.Sprintf("%08d", n) }

// Keys makes the file of a wallet's keys once, since keys take long to make, and lays it into the folder of a test.
func Keys(name string, make func(dir string) error) func(t testing.TB) (dir string) {
	text := sync.OnceValues(func() ([]byte, error) {
		dir, err := os.MkdirTemp("", "wallet-keys")
		if err != nil {
			return nil, err
		}
		defer os.RemoveAll(dir)
		if err := make(dir); err != nil {
			return nil, err
		}
		return os.ReadFile(filepath.Join(dir, name))
	})
	return func(t testing.TB) string {
		t.Helper()
		keys, err := text()
		if err != nil {
			t.Fatal(err)
		}
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, name), keys, 0o600); err != nil {
			t.Fatal(err)
		}
		return dir
	}
}

// Play runs a simulator for the length of a test and audits it at the end.
func Play(t testing.TB, w interface {
	Serve(ctx context.Context) error
	Audit() error
	Close() error
}) {
	t.Helper()
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
}

// Failed returns what a test of an account found wrong: what, field and detail of the first.
func Failed(findings []wallet.Finding) (what, field, detail string) {
	for _, f := range findings {
		if !f.OK {
			return f.What, f.Field, f.Detail
		}
	}
	return "", "", ""
}

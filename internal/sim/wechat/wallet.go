package wechat

import (
	"crypto/rsa"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"slices"
	"sync"

	"github.com/yifen-pay/yifen/internal/sim/kit"
)

// Wallet is the simulated provider. It is safe for concurrent use.
type Wallet struct {
	*kit.Front[Flaw, State]
	config    Config
	clock     *kit.Clock
	log       *slog.Logger
	faults    *kit.Faults
	flaws     *kit.Flaws[Flaw]
	host      *kit.Host
	messenger *kit.Messenger
	outbox    *kit.Outbox

	mu        sync.Mutex // guards what follows
	books     *books
	keys      *keys
	merchants map[string]*member
	files     map[string]billFile // bills that may be fetched, by token
	visits    map[string]visit    // of payers to merchants' pages, by the code that tells of them
	stats     Stats
}

// member is a merchant with what its requests are checked against.
type member struct {
	Merchant
	made account
	key  *rsa.PublicKey // nil of a sub-merchant
}

// New opens the keys, the books and the port. The wallet answers once Serve runs; whoever calls New calls
// Close.
func New(c Config) (*Wallet, error) {
	c, err := c.withDefaults()
	if err != nil {
		return nil, err
	}
	w := &Wallet{
		config: c, clock: c.Clock, log: c.Logger, faults: c.Faults, flaws: kit.NewFlaws(messageFlaws, lineFlaws),
		merchants: map[string]*member{}, files: map[string]billFile{}, visits: map[string]visit{},
		messenger: kit.NewMessenger(),
	}
	w.outbox = &kit.Outbox{
		Clock: c.Clock, Faults: c.Faults, Lock: &w.mu, Retries: retries, Send: w.sendNotice,
		Write: func(n kit.Notice) { w.note(w.books.post(step{Entry: kit.Entry{At: w.clock.Now(), Notice: &n}})) },
	}
	w.books = newBooks(w.outbox)
	keyPath, bookPath, err := kit.Folder(c.Dir, c.Keys, "wechat")
	if err != nil {
		return nil, fmt.Errorf("wechat: %w", err)
	}
	if w.keys, err = openKeys(keyPath); err != nil {
		return nil, err
	}
	if err := w.openBooks(bookPath); err != nil {
		return nil, err
	}
	if w.host, err = kit.NewHost(c.Clock, c.Address, w.Handler()); err != nil {
		return nil, errors.Join(fmt.Errorf("wechat: %w", err), w.books.journal.Close())
	}
	w.outbox.Host = w.host
	w.Front = w.front()
	w.resume()
	return w, nil
}

func (w *Wallet) openBooks(path string) error {
	if err := w.books.open(path); err != nil {
		return fmt.Errorf("wechat: %w", err)
	}
	for _, m := range w.books.registered {
		if !slices.ContainsFunc(w.config.Merchants, func(c Merchant) bool { return c.Number == m.Number }) {
			w.config.Merchants = append(w.config.Merchants, m)
		}
	}
	err := w.open(kit.PayerAccount(kit.PayerRich), w.config.Funds)
	for _, m := range w.config.Merchants {
		err = errors.Join(err, w.admit(m))
	}
	if err != nil {
		return errors.Join(err, w.books.journal.Close())
	}
	return nil
}

// open gives an account its first money, once.
func (w *Wallet) open(account string, amount int64) error {
	if amount == 0 || len(w.books.Ledger.History(account)) > 0 {
		return nil
	}
	return w.books.post(step{Entry: kit.Entry{At: w.clock.Now(), Ref: account, Lines: kit.OpeningLines(account, amount)}})
}

// admit lets a merchant in. The caller holds the lock or is alone.
func (w *Wallet) admit(m Merchant) error {
	if err := m.check(); err != nil {
		return err
	}
	if w.merchants[m.Number] != nil {
		return fmt.Errorf("wechat: merchant %s is there twice", m.Number)
	}
	n := &member{Merchant: m}
	if m.Partner == "" {
		a, err := w.keys.account(m)
		if err != nil {
			return err
		}
		n.made = a
		if m.PublicKey != "" {
			n.made.Serial, n.made.Private = m.Serial, ""
			n.key, err = kit.ParsePublicKey(m.PublicKey)
		} else {
			var private *rsa.PrivateKey
			if private, err = kit.ParseKey(a.Private); err == nil {
				n.key = &private.PublicKey
			}
			if m.Serial != "" {
				n.made.Serial = m.Serial
			}
		}
		if err != nil {
			return fmt.Errorf("wechat: key of merchant %s %w", m.Number, err)
		}
		if m.APIv3Key != "" {
			n.made.APIKey = m.APIv3Key
		}
	}
	w.merchants[m.Number] = n
	return w.open(kit.MerchantAccount(m.Number), m.Opening)
}

// Register lets a further merchant in, for good.
func (w *Wallet) Register(m Merchant) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.admit(m); err != nil {
		return err
	}
	w.config.Merchants = append(w.config.Merchants, m)
	return w.books.post(step{Entry: kit.Entry{At: w.clock.Now()}, Merchant: &m})
}

// Credentials returns what a client of a merchant needs. The private key is there only where the wallet
// made it.
func (w *Wallet) Credentials(number string) (Credentials, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	m := w.merchants[number]
	if m == nil || m.key == nil {
		return Credentials{}, fmt.Errorf("wechat: no merchant %s signs requests", number)
	}
	return Credentials{
		BaseURL: w.URL(), MerchantID: number, AppID: m.Apps[0], AppSecret: w.appSecret(m.Apps[0]), MerchantSerial: m.made.Serial,
		MerchantPrivateKey: m.made.Private, APIv3Key: m.made.APIKey,
		PlatformPublicKeyID: w.keys.public.serial, PlatformPublicKey: kit.PublicPEM(&w.keys.public.key.PublicKey),
		PlatformSerial: w.keys.certificate.serial, PlatformCertificates: string(w.keys.certificate.cert),
	}, nil
}

// Close ends everything and closes the books. It may be called again.
func (w *Wallet) Close() error {
	w.host.Close()
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.books.journal.Close()
}

// resume sets going again what waited when the books were last closed.
func (w *Wallet) resume() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, o := range w.books.orders {
		if o.State == UserPaying && o.Type == CodePay {
			w.awaitLapse(o)
		}
	}
	for _, r := range w.books.refunds {
		if r.Status == RefundProcessing {
			w.awaitRefund(r)
		}
	}
	w.outbox.Resume()
}

// note reports a failure to write the books; the wallet goes on with what is in memory.
func (w *Wallet) note(err error) {
	if err != nil {
		w.log.Error("wechat simulator cannot write its books", "error", err)
	}
}

// Stats counts what the wallet has seen since it was opened.
type Stats struct {
	Requests   int // whose signature was right
	Unsigned   int // refused for their signature
	Refused    int // of these, for whatever reason
	Notices    int // attempts to notify
	Unanswered int // of these that were not acknowledged
	ProbesOK   int // notifications with a bad signature that were refused, as they should be
	ProbesBad  int // that were taken
}

// Stats returns the counts.
func (w *Wallet) Stats() Stats {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.countedStats()
}

func (w *Wallet) countedStats() Stats {
	s := w.stats
	s.Notices, s.Unanswered = w.outbox.Counts()
	return s
}

// Order returns an order by the merchant that is paid and its number.
func (w *Wallet) Order(merchant, outTradeNo string) (Order, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	o := w.books.byKey[key{merchant, outTradeNo}]
	if o == nil {
		return Order{}, false
	}
	return o.snapshot(), true
}

// Refund returns a refund by the merchant that was paid and its number.
func (w *Wallet) Refund(merchant, outRefundNo string) (Refund, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	r := w.books.refundKey[key{merchant, outRefundNo}]
	if r == nil {
		return Refund{}, false
	}
	return *r, true
}

// Orders yields all orders in the order in which they came, without holding up the wallet.
func (w *Wallet) Orders() iter.Seq[Order] {
	return kit.Each(&w.mu, func() []*Order { return w.books.orders }, (*Order).snapshot)
}

// Refunds yields all refunds in the order in which they came, reversals included, without holding up the
// wallet. The order of a refund is the one of that [Order.Number].
func (w *Wallet) Refunds() iter.Seq[Refund] {
	return kit.Each(&w.mu, func() []*Refund { return w.books.refunds }, func(r *Refund) Refund { return *r })
}

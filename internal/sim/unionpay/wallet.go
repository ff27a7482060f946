package unionpay

import (
	"crypto/rsa"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/yifen-pay/yifen/internal/sim/kit"
)

// Wallet is the simulated network with its payers. It is safe for concurrent use.
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

	mu           sync.Mutex // guards what follows
	books        *books
	keys         *keys
	institutions map[string]*signer   // by code
	merchants    map[string]*Merchant // by number
	stats        Stats
}

// signer is an institution with what its requests are checked against.
type signer struct {
	Institution
	made account
	key  *rsa.PublicKey
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
		messenger: kit.NewMessenger(), institutions: map[string]*signer{}, merchants: map[string]*Merchant{},
	}
	w.outbox = &kit.Outbox{
		Clock: c.Clock, Faults: c.Faults, Lock: &w.mu, Retries: retries, Send: w.sendNotice,
		Write: func(n kit.Notice) { w.note(w.books.post(step{Entry: kit.Entry{At: w.clock.Now(), Notice: &n}})) },
	}
	w.books = newBooks(w.outbox)
	keyPath, bookPath, err := kit.Folder(c.Dir, c.Keys, "unionpay")
	if err != nil {
		return nil, fmt.Errorf("unionpay: %w", err)
	}
	if w.keys, err = openKeys(keyPath); err != nil {
		return nil, err
	}
	if err := w.openBooks(bookPath); err != nil {
		return nil, err
	}
	if w.host, err = kit.NewHost(c.Clock, c.Address, w.Handler()); err != nil {
		return nil, errors.Join(fmt.Errorf("unionpay: %w", err), w.books.journal.Close())
	}
	w.outbox.Host = w.host
	w.Front = w.front()
	w.resume()
	return w, nil
}

func (w *Wallet) openBooks(path string) error {
	if err := w.books.open(path); err != nil {
		return fmt.Errorf("unionpay: %w", err)
	}
	for _, i := range w.books.institutions {
		if !slices.ContainsFunc(w.config.Institutions, func(c Institution) bool { return c.Code == i.Code }) {
			w.config.Institutions = append(w.config.Institutions, i)
		}
	}
	for _, m := range w.books.merchants {
		if !slices.ContainsFunc(w.config.Merchants, func(c Merchant) bool { return c.Number == m.Number }) {
			w.config.Merchants = append(w.config.Merchants, m)
		}
	}
	err := w.open(kit.PayerAccount(kit.PayerRich), w.config.Funds)
	for _, i := range w.config.Institutions {
		err = errors.Join(err, w.admit(i))
	}
	for _, m := range w.config.Merchants {
		err = errors.Join(err, w.admitMerchant(m))
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

// admit lets an institution in.
func (w *Wallet) admit(i Institution) error {
	if err := i.check(); err != nil {
		return err
	}
	if w.institutions[i.Code] != nil {
		return fmt.Errorf("unionpay: institution %s is there twice", i.Code)
	}
	a, err := w.keys.account(i)
	if err != nil {
		return err
	}
	key, err := kit.ParsePublicKey(a.Public)
	if err != nil {
		return fmt.Errorf("unionpay: key of institution %s %w", i.Code, err)
	}
	w.institutions[i.Code] = &signer{i, a, key}
	return nil
}

// admitMerchant lets a merchant in.
func (w *Wallet) admitMerchant(m Merchant) error {
	if err := m.check(); err != nil {
		return err
	}
	switch {
	case w.merchants[m.Number] != nil:
		return fmt.Errorf("unionpay: merchant %s is there twice", m.Number)
	case w.institutions[m.Institution] == nil:
		return fmt.Errorf("unionpay: merchant %s has an institution %q that is not there", m.Number, m.Institution)
	}
	w.merchants[m.Number] = &m
	return w.open(kit.MerchantAccount(m.Number), m.Opening)
}

// RegisterInstitution lets a further institution in, for good.
func (w *Wallet) RegisterInstitution(i Institution) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.admit(i); err != nil {
		return err
	}
	w.config.Institutions = append(w.config.Institutions, i)
	return w.books.post(step{Entry: kit.Entry{At: w.clock.Now()}, Institution: &i})
}

// Register lets a further merchant in, for good.
func (w *Wallet) Register(m Merchant) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.admitMerchant(m); err != nil {
		return err
	}
	w.config.Merchants = append(w.config.Merchants, m)
	return w.books.post(step{Entry: kit.Entry{At: w.clock.Now()}, Merchant: &m})
}

// Credentials returns what a client needs that asks for a merchant. The private key is there only where the
// wallet made it.
func (w *Wallet) Credentials(merchant string) (Credentials, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	m := w.merchants[merchant]
	if m == nil {
		return Credentials{}, fmt.Errorf("unionpay: there is no merchant %s", merchant)
	}
	made := w.institutions[m.Institution].made
	return Credentials{
		BaseURL: w.URL(), Institution: m.Institution, Merchant: m.Number, KeyStore: made.KeyStore, KeyPassword: made.Password,
		PrivateKey: made.Private, UnionPayPublicKey: kit.PublicPEM(&w.keys.network.PublicKey),
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
		if _, waits := o.after(lapse); waits {
			w.awaitLapse(o)
		}
	}
	for _, r := range w.books.refunds {
		if r.Status == RefundWaiting {
			w.awaitRefund(r)
		}
	}
	w.outbox.Resume()
}

// note reports a failure to write the books; the wallet goes on with what is in memory.
func (w *Wallet) note(err error) {
	if err != nil {
		w.log.Error("unionpay simulator cannot write its books", "error", err)
	}
}

// Stats counts what the wallet has seen since it was opened.
type Stats struct {
	Requests   int // whose signature was right
	Unsigned   int // refused before, for their signature or form
	Refused    int // of these, for whatever reason
	Notices    int // attempts to notify
	Unanswered int // of these that were not acknowledged
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
func (w *Wallet) Order(merchant, orderNo string) (Order, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	o := w.books.byKey[key{merchant, orderNo}]
	if o == nil {
		return Order{}, false
	}
	return o.snapshot(), true
}

// Refund returns a refund by the merchant that was paid and its number.
func (w *Wallet) Refund(merchant, orderNo string) (Refund, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	r := w.books.refundKey[key{merchant, orderNo}]
	if r == nil {
		return Refund{}, false
	}
	return *r, true
}

// Orders yields all orders in the order in which they came, without holding up the wallet.
func (w *Wallet) Orders() iter.Seq[Order] {
	return kit.Each(&w.mu, func() []*Order { return w.books.orders }, (*Order).snapshot)
}

// Refunds yields all refunds in the order in which they came, cancellations included, without holding up the
// wallet. The order of a refund is the one of that [Order.Number].
func (w *Wallet) Refunds() iter.Seq[Refund] {
	return kit.Each(&w.mu, func() []*Refund { return w.books.refunds }, func(r *Refund) Refund { return *r })
}

// settleDate returns the day on which the network settles what moves at a time.
func (w *Wallet) settleDate(t time.Time) string {
	return t.In(kit.China).Add(24*time.Hour - w.config.CutOff).Format(dayForm)
}

package outbound

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"time"

	"github.com/yifen-pay/yifen/internal/domain/wallet"
)

// Doubt says why an answer or a notification was not believed.
type Doubt string

// The doubts.
const (
	Unsigned Doubt = "signature" // it is not signed by the wallet, or too long ago
	Garbled  Doubt = "body"      // it does not follow the form
	Stranger Doubt = "merchant"  // it names another merchant or app
	Another  Doubt = "order"     // it names another order or refund
)

// Error returns the doubt as a sentence.
func (d Doubt) Error() string { return "the answer is not believed: " + string(d) }

// Config says where a wallet is and what the rail to it needs. Accounts is required.
type Config struct {
	Base     string // scheme and host; each rail has the original's as its default
	Accounts interface {
		Open(ctx context.Context, account string) (wallet.Access, error)
	}
	Timeout  time.Duration    // of one request, default 10 s
	InFlight int              // requests at once, default 64; one above waits at most 1 s
	Now      func() time.Time // the clock of the business; signatures and their ages are of the wall clock
	Logger   *slog.Logger     // default none
	// Observe is called with every answer, Doubted with why one was not believed. They must not block.
	Observe func(ask wallet.Ask, state wallet.State, took time.Duration)
	Doubted func(why Doubt)
}

// Desk is where every ask of a rail begins and ends.
type Desk struct {
	Config
	Wallet wallet.Name
	Host   *url.URL     // of the wallet: scheme and host
	Client *http.Client // bounds what it sends and reads
}

// Open returns the desk of the rail to a wallet, whose original is at an address.
func Open(name wallet.Name, original string, c Config) (*Desk, error) {
	base := c.Base
	if base == "" {
		base = original
	}
	host, err := ParseBase(base)
	switch {
	case err != nil:
		return nil, fmt.Errorf("%s: %w", name, err)
	case c.Accounts == nil:
		return nil, fmt.Errorf("%s: the store of accounts must be given", name)
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	if c.Observe == nil {
		c.Observe = func(wallet.Ask, wallet.State, time.Duration) {}
	}
	if c.Doubted == nil {
		c.Doubted = func(Doubt) {}
	}
	return &Desk{Config: c, Wallet: name, Host: host, Client: NewTransport(c.Timeout, c.InFlight).Client()}, nil
}

// Local tells that the wallet is on this machine, so that notify addresses may be too.
func (d *Desk) Local() bool { return Loopback(d.Host.Hostname()) }

// Ask opens the account and has do ask the wallet. Whatever happens there is an answer; a defect in a library of others is
// silence too.
func (d *Desk) Ask(
	ctx context.Context, q wallet.Request, do func(context.Context, wallet.Access) wallet.Answer,
) (a wallet.Answer) {
	began := time.Now()
	defer func() {
		if defect := recover(); defect != nil {
			d.Logger.Error("asking a wallet broke off", "wallet", string(d.Wallet), "ask", string(q.Ask), "order", q.Order)
			a = wallet.Answer{State: wallet.Silent}
		}
		d.Observe(q.Ask, a.State, time.Since(began))
	}()
	access, err := d.Access(ctx, q.Account)
	switch {
	case ctx.Err() != nil:
		return wallet.Answer{State: wallet.Silent}
	case err != nil:
		d.Logger.Error("an account with a wallet cannot be used", "wallet", string(d.Wallet), "account", q.Account, "error", err)
		return wallet.Answer{State: wallet.Unsent}
	}
	return do(ctx, access)
}

// Access opens an account and refuses one with another wallet.
func (d *Desk) Access(ctx context.Context, account string) (wallet.Access, error) {
	access, err := d.Accounts.Open(ctx, account)
	if err == nil && access.Account.Wallet != d.Wallet {
		err = wallet.ErrAccount
	}
	return access, err
}

// Unheard is the answer where none came that can be believed. Began tells that an earlier request of the same ask left.
func (d *Desk) Unheard(ctx context.Context, q wallet.Request, err error, began bool) wallet.Answer {
	var why Doubt
	if errors.As(err, &why) {
		d.Doubted(why)
		d.Logger.Warn("an answer of a wallet is not believed",
			"wallet", string(d.Wallet), "ask", string(q.Ask), "order", q.Order, "why", string(why))
	}
	if !Left(err) && ctx.Err() == nil && !began {
		return wallet.Answer{State: wallet.Unsent}
	}
	return wallet.Answer{State: wallet.Silent}
}

// Refuse counts a notification that is not believed and returns the refusal of it.
func (d *Desk) Refuse(why Doubt) error {
	d.Doubted(why)
	return wallet.ErrNotice.Because(why)
}

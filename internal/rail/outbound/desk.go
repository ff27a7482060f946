package outbound

import (
	"context"
	"errors"
	"log/slog"
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

// Desk is where every ask of a rail begins and ends.
type Desk struct {
	Wallet   wallet.Name
	Accounts interface {
		Open(ctx context.Context, account string) (wallet.Access, error)
	}
	Logger  *slog.Logger
	Observe func(ask wallet.Ask, state wallet.State, took time.Duration)
	Doubted func(why Doubt)
}

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
	access, err := d.Open(ctx, q.Account)
	switch {
	case ctx.Err() != nil:
		return wallet.Answer{State: wallet.Silent}
	case err != nil:
		d.Logger.Error("an account with a wallet cannot be used", "wallet", string(d.Wallet), "account", q.Account, "error", err)
		return wallet.Answer{State: wallet.Unsent}
	}
	return do(ctx, access)
}

// Open opens an account and refuses one with another wallet.
func (d *Desk) Open(ctx context.Context, account string) (wallet.Access, error) {
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
	if errors.Is(err, ErrUnsent) && ctx.Err() == nil && !began {
		return wallet.Answer{State: wallet.Unsent}
	}
	return wallet.Answer{State: wallet.Silent}
}

// Refuse counts a notification that is not believed and returns the refusal of it.
func (d *Desk) Refuse(why Doubt) error {
	d.Doubted(why)
	return wallet.ErrNotice.Because(why)
}

// WithDefaults returns the desk with its blanks filled in.
func (d Desk) WithDefaults() (Desk, error) {
	if d.Accounts == nil {
		return d, errors.New(string(d.Wallet) + ": the store of accounts must be given")
	}
	if d.Logger == nil {
		d.Logger = slog.New(slog.DiscardHandler)
	}
	if d.Observe == nil {
		d.Observe = func(wallet.Ask, wallet.State, time.Duration) {}
	}
	if d.Doubted == nil {
		d.Doubted = func(Doubt) {}
	}
	return d, nil
}

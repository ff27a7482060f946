package alipay

import (
	"cmp"
	"context"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/yifen-pay/yifen/internal/domain/wallet"
	"github.com/yifen-pay/yifen/internal/rail/outbound"
)

const (
	original    = "https://openapi.alipay.com"
	gatewayPath = "/gateway.do"
)

// Config says where the wallet is and what the rail needs. Accounts is required.
type Config struct {
	Base     string // scheme and host, with or without /gateway.do; default https://openapi.alipay.com
	Accounts interface {
		Open(ctx context.Context, account string) (wallet.Access, error)
	}
	Timeout  time.Duration    // of one request, default 10 s
	InFlight int              // requests at once, default 64; one above waits at most 1 s
	Now      func() time.Time // the clock of the business; requests are stamped by the wall clock
	Logger   *slog.Logger     // default none
	// Observe is called with every answer, Doubted with why one was not believed. They must not block.
	Observe func(ask wallet.Ask, state wallet.State, took time.Duration)
	Doubted func(why outbound.Doubt)
}

// Rail is the way to Alipay. It is safe for concurrent use.
type Rail struct {
	desk    outbound.Desk
	now     func() time.Time
	http    *http.Client
	base    *url.URL
	local   bool // the wallet is on this machine, so that notify addresses may be too
	clients outbound.Kept[*client]
}

// New returns a rail.
func New(c Config) (*Rail, error) {
	base, err := outbound.ParseBase(strings.TrimSuffix(cmp.Or(c.Base, original), gatewayPath))
	if err != nil {
		return nil, err
	}
	desk, err := outbound.Desk{
		Wallet: wallet.Alipay, Accounts: c.Accounts, Logger: c.Logger, Observe: c.Observe, Doubted: c.Doubted,
	}.WithDefaults()
	if err != nil {
		return nil, err
	}
	r := &Rail{desk: desk, now: c.Now, base: base, local: outbound.Loopback(base.Hostname())}
	if r.now == nil {
		r.now = time.Now
	}
	r.http = outbound.New(outbound.Config{Timeout: c.Timeout, InFlight: c.InFlight}).Client()
	return r, nil
}

// Ask asks the wallet one thing about one order. The end of ctx is silence.
func (r *Rail) Ask(ctx context.Context, q wallet.Request) wallet.Answer {
	return r.desk.Ask(ctx, q, func(ctx context.Context, access wallet.Access) wallet.Answer {
		c, err := r.client(access)
		if err != nil {
			r.desk.Logger.Error("the keys of an account cannot be used", "account", q.Account, "error", err)
			return wallet.Answer{State: wallet.Unsent}
		}
		x := &exchange{Rail: r, client: c, access: access, q: q}
		switch q.Ask {
		case wallet.Show:
			return x.show(ctx)
		case wallet.Charge:
			return x.charge(ctx)
		case wallet.Query:
			return x.query(ctx)
		case wallet.Withdraw:
			return x.withdraw(ctx)
		case wallet.Refund:
			return x.refund(ctx)
		}
		return wallet.Answer{State: wallet.Unsent}
	})
}

// client returns the client of a signing account.
func (r *Rail) client(a wallet.Access) (*client, error) {
	c, err := r.clients.For(a.Fields["app_id"], a.Fields, func() (*client, error) { return r.open(a.Fields) })
	if err == nil && c.platform.expired(time.Now()) {
		err = wallet.ErrField.With("alipay_certificate expired: nothing that the wallet says can be verified")
	}
	return c, err
}

// exchange is one ask.
type exchange struct {
	*Rail
	*client
	access wallet.Access
	q      wallet.Request
	left   bool // a request of it left
}

// unheard is the answer where none came that can be believed.
func (x *exchange) unheard(ctx context.Context, err error) wallet.Answer {
	return x.desk.Unheard(ctx, x.q, err, x.left)
}

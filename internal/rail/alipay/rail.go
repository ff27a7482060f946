package alipay

import (
	"context"
	"strings"
	"time"

	"github.com/yifen-pay/yifen/internal/domain/wallet"
	"github.com/yifen-pay/yifen/internal/rail/outbound"
)

const (
	original    = "https://openapi.alipay.com"
	gatewayPath = "/gateway.do"
)

// Config says where the wallet is and what the rail needs.
type Config = outbound.Config

// Rail is the way to Alipay. It is safe for concurrent use.
type Rail struct {
	desk    *outbound.Desk
	clients outbound.Kept[*client]
}

// New returns a rail. The address may be that of the gateway itself.
func New(c Config) (*Rail, error) {
	c.Base = strings.TrimSuffix(c.Base, gatewayPath)
	desk, err := outbound.Open(wallet.Alipay, original, c)
	if err != nil {
		return nil, err
	}
	return &Rail{desk: desk}, nil
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

package app

import (
	"context"

	"github.com/yifen-pay/yifen/internal/domain/access"
	"github.com/yifen-pay/yifen/internal/domain/id"
	"github.com/yifen-pay/yifen/internal/domain/ledger"
	"github.com/yifen-pay/yifen/internal/domain/listing"
	"github.com/yifen-pay/yifen/internal/domain/merchant"
	"github.com/yifen-pay/yifen/internal/domain/product"
	"github.com/yifen-pay/yifen/internal/domain/step"
	"github.com/yifen-pay/yifen/internal/domain/terminal"
)

// unsettled names what of a merchant is still open before it may be closed: money in its accounts, services that collect,
// terminals that are not retired.
func (a *App) unsettled(ctx context.Context, merchantID string) (open []merchant.Unsettled, err error) {
	b, err := id.BucketOf(merchantID)
	if err != nil {
		return nil, access.ErrScope
	}
	for _, account := range []ledger.Account{
		ledger.MerchantPending(merchantID), ledger.MerchantAvailable(merchantID), ledger.MerchantReceivable(merchantID),
	} {
		t, _, err := step.Read[step.Tally](ctx, a.Store, ledger.BalanceKey(b, account))
		if err != nil {
			return nil, err
		}
		if net := ledger.FromTally(account, t).Net(); net != 0 {
			open = append(open, merchant.Unsettled{Kind: merchant.OpenBalance, Name: string(account), Fen: net})
		}
	}
	services, err := a.Store.ServicesOf(ctx, merchantID)
	if err != nil {
		return nil, err
	}
	for _, s := range services {
		if s.State == product.Open || s.State == product.Suspended || s.State == product.Requested {
			open = append(open, merchant.Unsettled{Kind: merchant.OpenService, Name: string(s.Kind), State: string(s.State)})
		}
	}
	after := listing.Cursor{}
	for {
		list, err := a.Store.Terminals(ctx, access.Everything(), terminal.Filter{Merchant: merchantID}, listing.Page{Limit: listing.MaxLimit, After: after})
		if err != nil {
			return nil, err
		}
		for _, t := range list.Rows {
			if t.State != terminal.Retired {
				open = append(open, merchant.Unsettled{Kind: merchant.OpenTerminal, Name: t.Number, State: string(t.State)})
			}
		}
		if after = list.Next; !list.More {
			return open, nil
		}
	}
}

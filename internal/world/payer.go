package world

import (
	"context"
	"net/http"

	"github.com/yifen-pay/yifen/internal/domain/access"
	"github.com/yifen-pay/yifen/internal/domain/listing"
	"github.com/yifen-pay/yifen/internal/domain/merchant"
	"github.com/yifen-pay/yifen/internal/domain/payment"
	"github.com/yifen-pay/yifen/internal/domain/step"
	"github.com/yifen-pay/yifen/internal/world/phone"
)

// payer is the payer's phone with what it needs of the demo.
func (d *Demo) payer() http.Handler {
	return phone.New(phone.Config{
		WeChat: d.Wallets.WeChat, Alipay: d.Wallets.Alipay, UnionPay: d.Wallets.UnionPay, Names: d.Wallets.names(),
		Product: d.App.HTTP.Addr().String(), Now: d.Clock.Now, Signs: d.signs,
	}).Handler()
}

// signsMax is how many printed codes lie beside the phone.
const signsMax = 5

// signs are the printed codes of the shops, the newest first.
func (d *Demo) signs(ctx context.Context) (signs []phone.Sign, err error) {
	printed, err := d.App.Store.Links(ctx, access.Everything(), "", listing.Page{Limit: signsMax})
	if err != nil {
		return nil, err
	}
	for _, l := range printed.Rows {
		if l.State != payment.LinkOpen {
			continue
		}
		shop, _, err := step.Read[merchant.Merchant](ctx, d.App.Store, merchant.Key(l.Merchant))
		if err != nil {
			return nil, err
		}
		signs = append(signs, phone.Sign{Content: "http://" + d.App.HTTP.Addr().String() + "/c/" + l.ID, Name: shop.Name, Place: l.Name})
	}
	return signs, nil
}

package api

import (
	"context"
	"net/http"
	"time"

	"github.com/yifen-pay/yifen/internal/domain/access"
	"github.com/yifen-pay/yifen/internal/domain/listing"
	"github.com/yifen-pay/yifen/internal/domain/merchant"
)

// Shops is what the door reads of stores.
type Shops interface {
	Shops(ctx context.Context, scope access.Scope, merchant string, p listing.Page) (listing.Slice[merchant.Store], error)
}

// ShopView is a place where a merchant sells.
type ShopView struct {
	ID        string    `json:"id"`
	Merchant  string    `json:"merchant" zh:"商户" en:"Merchant"`
	Name      string    `json:"name" zh:"门店" en:"Store"`
	NameEN    string    `json:"name_en"`
	Area      string    `json:"area" doc:"GB/T 2260." zh:"地区" en:"Area"`
	Address   string    `json:"address" zh:"地址" en:"Address"`
	Phone     string    `json:"phone" zh:"电话" en:"Telephone"`
	Closed    bool      `json:"closed" zh:"已关闭" en:"Closed"`
	CreatedAt time.Time `json:"created_at" zh:"开设时间" en:"Opened"`
}

func shopView(s merchant.Store) ShopView {
	return ShopView{s.ID, s.Merchant, s.Name, s.NameEN, s.Area, s.Address, s.Phone, s.Closed, s.CreatedAt.Time()}
}

// ShopBody is a store as it is opened or changed.
type ShopBody struct {
	Name    string `json:"name" minLength:"1" maxLength:"100"`
	NameEN  string `json:"name_en" maxLength:"100"`
	Area    string `json:"area" pattern:"^[0-9]{6}$"`
	Address string `json:"address" minLength:"1" maxLength:"100"`
	Phone   string `json:"phone" maxLength:"20"`
}

func (b ShopBody) store(merchantID, id string) merchant.Store {
	return merchant.Store{ID: id, Merchant: merchantID, Name: b.Name, NameEN: b.NameEN, Area: b.Area, Address: b.Address, Phone: b.Phone}
}

func (a *API) registerShops() {
	const tag = "Stores"
	type shopsInput struct {
		PageInput
		Merchant string `query:"merchant"`
	}
	type shopOutput struct{ Body ShopView }
	type openInput struct{ Body ShopBody }
	type changeInput struct {
		IDInput
		Body ShopBody
	}
	registerList(a, operation(http.MethodGet, "/stores", "list-stores", tag, "List stores"), Rule{Needs: access.MerchantView, Key: true},
		func(ctx context.Context, in *shopsInput, p listing.Page) (listing.Slice[ShopView], error) {
			found, err := a.config.Shops.Shops(ctx, actorOf(ctx).Scope(), in.Merchant, p)
			return through(found, shopView), err
		})
	edit := Rule{Needs: access.MerchantEdit, Realm: access.Merchant}
	open := operation(http.MethodPost, "/stores", "open-store", tag, "Open a store")
	open.DefaultStatus = http.StatusCreated
	register(a, open, edit, func(ctx context.Context, in *openInput) (*shopOutput, error) {
		s, err := a.config.Merchants.SaveStore(ctx, actorOf(ctx), in.Body.store(actorOf(ctx).Merchant, ""))
		return &shopOutput{shopView(s)}, err
	})
	register(a, operation(http.MethodPut, "/stores/{id}", "change-store", tag, "Change a store"), edit,
		func(ctx context.Context, in *changeInput) (*shopOutput, error) {
			s, err := a.config.Merchants.SaveStore(ctx, actorOf(ctx), in.Body.store(actorOf(ctx).Merchant, in.ID))
			return &shopOutput{shopView(s)}, err
		})
	register(a, operation(http.MethodPost, "/stores/{id}/close", "close-store", tag, "Close a store"), edit,
		func(ctx context.Context, in *IDInput) (*shopOutput, error) {
			s, err := a.config.Merchants.CloseStore(ctx, actorOf(ctx), actorOf(ctx).Merchant, in.ID)
			return &shopOutput{shopView(s)}, err
		})
}

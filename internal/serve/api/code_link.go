package api

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/yifen-pay/yifen/internal/domain/access"
	"github.com/yifen-pay/yifen/internal/domain/listing"
	"github.com/yifen-pay/yifen/internal/domain/merchant"
	"github.com/yifen-pay/yifen/internal/domain/money"
	"github.com/yifen-pay/yifen/internal/domain/payment"
	"github.com/yifen-pay/yifen/internal/domain/receipt"
	"github.com/yifen-pay/yifen/internal/domain/step"
	"github.com/yifen-pay/yifen/internal/render"
)

// LinkView is a code of ours for all wallets.
type LinkView struct {
	ID        string     `json:"id"`
	Merchant  string     `json:"merchant" zh:"商户" en:"Merchant"`
	Store     string     `json:"store" zh:"门店" en:"Store"`
	Name      string     `json:"name" doc:"Of a printed one: where it stands." zh:"名称" en:"Name"`
	AmountFen int64      `json:"amount_fen" doc:"0 leaves the amount to the payer, as often as one likes."`
	Text      string     `json:"text" doc:"What the payer reads."`
	Reference string     `json:"reference" doc:"Your own number for it."`
	State     string     `json:"state" enum:"open,paid,off,expired" zh:"状态" en:"State"`
	URL       string     `json:"url" doc:"What the code holds." zh:"内容" en:"Content"`
	Latest    string     `json:"latest" doc:"The payment begun last, of one with an amount."`
	PaidBy    string     `json:"paid_by" doc:"The payment that counts."`
	ExpiresAt *time.Time `json:"expires_at"`
	CreatedAt time.Time  `json:"created_at" zh:"创建时间" en:"Made"`
}

func (a *API) linkView(l payment.Link) LinkView {
	return LinkView{
		ID: l.ID, Merchant: l.Merchant, Store: l.Store, Name: l.Name, AmountFen: l.AmountFen, Text: l.Text, Reference: l.Reference,
		State: a.linkState(l), URL: a.linkURL(l), Latest: l.Latest, PaidBy: l.PaidBy, ExpiresAt: when(l.ExpiresAt), CreatedAt: l.CreatedAt.Time(),
	}
}

// linkState is the state of a link, or that its time is over.
func (a *API) linkState(l payment.Link) string {
	if l.State == payment.LinkOpen && l.ExpiresAt != 0 && a.config.Now().After(l.ExpiresAt.Time()) {
		return "expired"
	}
	return string(l.State)
}

// linkURL is what the code of a link holds.
func (a *API) linkURL(l payment.Link) string { return a.config.PublicURL + "/c/" + l.ID }

// LinkOutput is one link.
type LinkOutput struct{ Body LinkView }

func (a *API) registerLinks() {
	const tag = "Codes"
	take := Rule{Needs: access.PaymentTake, Realm: access.Merchant, Key: true}
	keep := Rule{Needs: access.MerchantEdit, Realm: access.Merchant, Key: true}
	see := Rule{Needs: access.PaymentView, Key: true}
	type linksInput struct {
		PageInput
		Merchant string `query:"merchant" maxLength:"64"`
	}
	registerList(a, operation(http.MethodGet, "/links", "list-links", tag, "List printed codes"), see,
		func(ctx context.Context, in *linksInput, p listing.Page) (listing.Slice[LinkView], error) {
			found, err := a.config.Links.Links(ctx, actorOf(ctx).Scope(), in.Merchant, p)
			return through(found, a.linkView), err
		})
	type printedInput struct {
		Body struct {
			Name  string `json:"name" minLength:"1" maxLength:"30" doc:"Where it stands: till 1."`
			Store string `json:"store,omitempty" maxLength:"64"`
		}
	}
	printed := operation(http.MethodPost, "/links", "make-link", tag, "Make a code to print, for all wallets")
	printed.DefaultStatus = http.StatusCreated
	register(a, printed, keep, func(ctx context.Context, in *printedInput) (*LinkOutput, error) {
		l, err := a.config.Codes.MakeLink(ctx, payment.LinkRequest{
			Merchant: actorOf(ctx).Merchant, Store: in.Body.Store, Name: in.Body.Name, By: actorOf(ctx).Trail(),
		})
		return &LinkOutput{a.linkView(l)}, err
	})
	type collectInput struct {
		Body struct {
			AmountFen int64  `json:"amount_fen" minimum:"1" maximum:"99999999999"`
			Store     string `json:"store,omitempty" maxLength:"64"`
			Text      string `json:"text,omitempty" maxLength:"60" doc:"What the payer reads beside the shop's name."`
			Reference string `json:"reference,omitempty" maxLength:"64" doc:"Your own number for it, unique for the merchant: the same again is the same code."`
			LifeS     int64  `json:"life_s,omitempty" minimum:"0" maximum:"7200" doc:"Seconds for which it may be paid; 0 is the installation's."`
		}
	}
	collect := operation(http.MethodPost, "/collections", "collect", tag, "Show one code for an amount, for all wallets")
	collect.Description = "Of what is paid by it, one payment counts; what is paid beside it is given back."
	collect.DefaultStatus = http.StatusCreated
	register(a, collect, take, func(ctx context.Context, in *collectInput) (*LinkOutput, error) {
		l, err := a.config.Codes.MakeLink(ctx, payment.LinkRequest{
			Merchant: actorOf(ctx).Merchant, Store: in.Body.Store, Amount: money.Yuan(in.Body.AmountFen), Text: in.Body.Text,
			Reference: in.Body.Reference, Source: sourceOf(ctx), Life: time.Duration(in.Body.LifeS) * time.Second, By: actorOf(ctx).Trail(),
		})
		return &LinkOutput{a.linkView(l)}, err
	})
	register(a, operation(http.MethodGet, "/links/{id}", "get-link", tag, "Show a code for all wallets"), see,
		func(ctx context.Context, in *IDInput) (*LinkOutput, error) {
			l, err := a.link(ctx, in.ID)
			return &LinkOutput{a.linkView(l)}, err
		})
	for act, on := range map[string]bool{"on": true, "off": false} {
		op := operation(http.MethodPost, "/links/{id}/"+act, "switch-link-"+act, tag, "Switch a code for all wallets "+act)
		// Whoever shows a code may take it away, and puts it back.
		register(a, op, take, func(ctx context.Context, in *IDInput) (*LinkOutput, error) {
			l, err := a.link(ctx, in.ID)
			if err != nil {
				return nil, err
			}
			l, err = a.config.Codes.SwitchLink(ctx, l.ID, on, actorOf(ctx).Trail())
			return &LinkOutput{a.linkView(l)}, err
		})
	}
	type standInput struct {
		IDInput
		Lang string `query:"lang" enum:"zh,en" default:"zh"`
	}
	register(a, operation(http.MethodGet, "/links/{id}/stand", "print-link", tag, "The stand of a printed code, as PDF"), see,
		func(ctx context.Context, in *standInput) (*DocumentContent, error) {
			l, err := a.link(ctx, in.ID)
			if err != nil {
				return nil, err
			}
			m, _, err := step.Read[merchant.Merchant](ctx, a.config.Payments, merchant.Key(l.Merchant))
			if err != nil {
				return nil, err
			}
			sheet, err := render.Stand(render.StandSheet{Shop: m.Name, ShopEN: m.NameEN, Place: l.Name, Content: a.linkURL(l), Operator: a.config.Operator}, receipt.Lang(in.Lang))
			return &DocumentContent{
				ContentType: "application/pdf", Disposition: fmt.Sprintf("inline; filename=%q", l.ID+".pdf"), Policy: "default-src 'none'; sandbox",
				Site: "same-origin", Body: sheet,
			}, err
		})
}

// link returns a link in the caller's scope.
func (a *API) link(ctx context.Context, link string) (payment.Link, error) {
	return covered(ctx, a.config.Payments, link, payment.LinkPrefix, payment.LinkKey, func(l payment.Link) string { return l.Merchant }, payment.ErrLink)
}

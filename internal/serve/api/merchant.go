package api

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/yifen-pay/yifen/internal/domain/access"
	"github.com/yifen-pay/yifen/internal/domain/calendar"
	"github.com/yifen-pay/yifen/internal/domain/listing"
	"github.com/yifen-pay/yifen/internal/domain/merchant"
	"github.com/yifen-pay/yifen/internal/domain/product"
)

// MerchantView is a merchant in a list.
type MerchantView struct {
	ID            string     `json:"id" zh:"编号" en:"ID"`
	Number        string     `json:"number" zh:"商户号" en:"Number" doc:"15 characters, ISO 8583 DE 42; empty while applying."`
	Name          string     `json:"name" zh:"名称" en:"Name"`
	NameEN        string     `json:"name_en" zh:"英文名称" en:"English name"`
	Kind          string     `json:"kind" enum:",enterprise,individual,micro" zh:"类型" en:"Kind"`
	State         string     `json:"state" enum:"applying,active,suspended,closing,closed" zh:"状态" en:"State"`
	Category      string     `json:"category" zh:"行业类别码" en:"Category" doc:"ISO 18245."`
	Area          string     `json:"area" zh:"地区" en:"Area" doc:"GB/T 2260, of its first store."`
	Agent         string     `json:"agent" zh:"代理商" en:"Agent"`
	Grade         string     `json:"grade" enum:",low,medium,high" zh:"风险等级" en:"Risk" doc:"For staff."`
	Origin        string     `json:"origin" enum:",application,import" doc:"Empty for one that was furnished by the operator."`
	SingleMaxFen  int64      `json:"single_max_fen" doc:"0 is none."`
	DayCountMax   int64      `json:"day_count_max"`
	DaySumMaxFen  int64      `json:"day_sum_max_fen"`
	LicenseUntil  string     `json:"license_until" zh:"执照到期" en:"License until"`
	IdentityUntil string     `json:"identity_until" zh:"证件到期" en:"Identity until"`
	VerifyBy      string     `json:"verify_by" zh:"复核到期" en:"Verify by"`
	DueOn         string     `json:"due_on" doc:"The nearest of these days, empty for none."`
	ApprovedAt    *time.Time `json:"approved_at" zh:"开通时间" en:"Approved"`
	CreatedAt     time.Time  `json:"created_at" zh:"创建时间" en:"Created"`
}

// MerchantDetail is a merchant with what is known of it.
type MerchantDetail struct {
	MerchantView
	Owner       string          `json:"owner" doc:"Account of the person who owns it here."`
	OwnerName   string          `json:"owner_name" doc:"For staff and the merchant's own people."`
	Application string          `json:"application" doc:"Whose profile holds."`
	Profile     ApplicationForm `json:"profile" doc:"What is known of it, with numbers masked."`
	Services    []ServiceView   `json:"services" nullable:"false"`
}

// MerchantOutput is one merchant.
type MerchantOutput struct{ Body MerchantView }

// MerchantDetailOutput is one merchant with what is known of it.
type MerchantDetailOutput struct{ Body MerchantDetail }

// servicesMax bounds the services that are shown with a merchant: it has one of each kind at most.
const servicesMax = 20

func merchantView(who access.Actor, m merchant.Merchant) MerchantView {
	v := MerchantView{
		ID: m.ID, Number: m.Number, Name: m.Name, NameEN: m.NameEN, Kind: string(m.Kind), State: string(m.State), Category: m.Category, Area: m.Area,
		Agent: m.Agent, Origin: string(m.Origin), SingleMaxFen: m.SingleMax, DayCountMax: m.DayCountMax, DaySumMaxFen: m.DaySumMax,
		LicenseUntil: m.LicenseUntil.String(), IdentityUntil: m.IdentityUntil.String(), VerifyBy: m.VerifyBy.String(), DueOn: m.DueOn.String(),
		ApprovedAt: when(m.ApprovedAt), CreatedAt: m.CreatedAt.Time(),
	}
	if who.Realm == access.Platform {
		v.Grade = string(m.Grade)
	}
	return v
}

// ofMerchant tells what lies outside of the caller's scope as what does not exist.
func ofMerchant(err error) error {
	if errors.Is(err, access.ErrScope) {
		return merchant.ErrNotFound
	}
	return err
}

// MerchantsInput asks for merchants.
type MerchantsInput struct {
	PageInput
	State    string `query:"state" enum:"applying,active,suspended,closing,closed"`
	Name     string `query:"name" maxLength:"100" doc:"Beginning of the name; the list of staff is in the order of names then."`
	Number   string `query:"number" maxLength:"15"`
	Category string `query:"category" maxLength:"4"`
	Agent    string `query:"agent" maxLength:"64"`
}

// registerMerchants registers what is done with merchants.
func (a *API) registerMerchants() {
	const tag = "Merchants"
	seen := Rule{Needs: access.MerchantView, Key: true}
	registerList(a, operation(http.MethodGet, "/merchants", "list-merchants", tag, "List merchants"), seen,
		func(ctx context.Context, in *MerchantsInput, p listing.Page) (listing.Slice[MerchantView], error) {
			who := actorOf(ctx)
			found, err := a.config.MerchantLists.Merchants(ctx, who.Scope(), merchant.Filter{
				State: merchant.State(in.State), Name: in.Name, Number: in.Number, Category: in.Category, Agent: in.Agent,
			}, p)
			return through(found, func(m merchant.Merchant) MerchantView { return merchantView(who, m) }), err
		})
	type expiringInput struct {
		PageInput
		Days int `query:"days" minimum:"0" maximum:"3650" default:"30" doc:"Within how many days a paper, or the next look at a merchant, is due."`
	}
	registerList(a, operation(http.MethodGet, "/merchants/expiring", "list-expiring-merchants", tag, "Merchants with something that ends, the soonest first"),
		Rule{Needs: access.MerchantView}, func(ctx context.Context, in *expiringInput, p listing.Page) (listing.Slice[MerchantView], error) {
			who := actorOf(ctx)
			until := calendar.DateOf(a.config.Now().In(calendar.Shanghai).AddDate(0, 0, in.Days))
			found, err := a.config.MerchantLists.ExpiringMerchants(ctx, who.Scope(), until, p)
			return through(found, func(m merchant.Merchant) MerchantView { return merchantView(who, m) }), err
		})
	register(a, operation(http.MethodGet, "/merchants/{id}", "get-merchant", tag, "Show a merchant"), seen, a.showMerchant)
	for _, act := range []struct {
		verb    merchant.Verb
		summary string
		rule    Rule
	}{
		{merchant.Suspend, "Stop a merchant from collecting", Rule{Needs: access.MerchantControl, Realm: access.Platform}},
		{merchant.Reinstate, "Let a suspended merchant collect again", Rule{Needs: access.MerchantControl, Realm: access.Platform}},
		{merchant.Leave, "Take a merchant's wish to leave, or have it", Rule{}},
		{merchant.Stay, "Take the wish to leave back", Rule{}},
		{merchant.Exit, "Close a merchant that wishes to leave, once nothing of it is open", Rule{Needs: access.MerchantControl, Realm: access.Platform}},
	} {
		register(a, operation(http.MethodPost, "/merchants/{id}/"+string(act.verb), string(act.verb)+"-merchant", tag, act.summary), act.rule,
			func(ctx context.Context, in *NoteInput) (*MerchantOutput, error) {
				m, err := a.config.Merchants.Control(ctx, actorOf(ctx), in.ID, act.verb, in.Body.Note)
				if err != nil {
					return nil, ofMerchant(err)
				}
				return &MerchantOutput{merchantView(actorOf(ctx), m)}, nil
			})
	}
	register(a, withStatus(operation(http.MethodPost, "/merchants/{id}/transfer", "propose-transfer", tag, "Ask for a merchant to pass to another owner"), http.StatusAccepted),
		Rule{Needs: access.MerchantControl, Realm: access.Platform, Fresh: true}, a.proposeTransfer)
	type unsettledOutput struct {
		Body struct {
			Data []UnsettledView `json:"data" nullable:"false"`
		}
	}
	register(a, operation(http.MethodGet, "/merchants/{id}/unsettled", "get-unsettled", tag, "What of a merchant is still open and keeps it from being closed"),
		Rule{Needs: access.MerchantView}, func(ctx context.Context, in *IDInput) (*unsettledOutput, error) {
			if !named(in.ID, merchant.Prefix) {
				return nil, merchant.ErrNotFound
			}
			list, err := a.config.Merchants.Unsettled(ctx, actorOf(ctx), in.ID)
			out := &unsettledOutput{}
			out.Body.Data = make([]UnsettledView, 0, len(list))
			for _, u := range list {
				out.Body.Data = append(out.Body.Data, UnsettledView{string(u.Kind), u.Name, u.State, u.Fen})
			}
			return out, ofMerchant(err)
		})
	a.registerImports()
	a.registerBlocks()
}

// UnsettledView is a thing of a merchant that is still open.
type UnsettledView struct {
	Kind      string `json:"kind" enum:"balance,service,terminal"`
	Name      string `json:"name" doc:"Of the account, the service or the terminal."`
	State     string `json:"state"`
	AmountFen int64  `json:"amount_fen" doc:"In an account."`
}

// showMerchant shows a merchant with its profile and services.
func (a *API) showMerchant(ctx context.Context, in *IDInput) (*MerchantDetailOutput, error) {
	who := actorOf(ctx)
	if !named(in.ID, merchant.Prefix) {
		return nil, merchant.ErrNotFound
	}
	m, profile, err := a.config.Merchants.Known(ctx, who, in.ID)
	if err != nil {
		return nil, ofMerchant(err)
	}
	name := ""
	if who.Session != "" && who.Realm != access.Agent {
		if name, err = a.nameOfAccount(ctx, m.Owner); err != nil {
			return nil, err
		}
	}
	d := MerchantDetail{MerchantView: merchantView(who, m), Owner: m.Owner, OwnerName: name, Application: m.Profile, Profile: formView(profile), Services: []ServiceView{}}
	if who.May(access.ServiceView) {
		services, err := a.config.Products.Services(ctx, who.Scope(), product.Filter{Merchant: m.ID}, listing.Page{Limit: servicesMax})
		if err != nil {
			return nil, err
		}
		d.Services = through(services, serviceView).Rows
	}
	return &MerchantDetailOutput{d}, nil
}

// TransferInput asks for another owner.
type TransferInput struct {
	IDInput
	Body struct {
		Owner  string `json:"owner,omitempty" maxLength:"64" doc:"Account of a merchant's person."`
		Login  string `json:"login,omitempty" maxLength:"254" doc:"Or the telephone number or address under which that person logs in."`
		Reason string `json:"reason" minLength:"1" maxLength:"500"`
	}
}

func (a *API) proposeTransfer(ctx context.Context, in *TransferInput) (*ProposalOutput, error) {
	owner := in.Body.Owner
	if in.Body.Login != "" {
		u, err := a.config.Access.Named(ctx, actorOf(ctx), in.Body.Login)
		switch {
		case errors.Is(err, access.ErrUser), errors.Is(err, access.ErrName):
			return nil, merchant.ErrOwner
		case err != nil:
			return nil, err
		}
		owner = u.ID
	}
	if !named(owner, access.UserPrefix) {
		return nil, merchant.ErrOwner
	}
	draft, err := a.config.Merchants.ProposeTransfer(ctx, actorOf(ctx), in.ID, owner, in.Body.Reason)
	if err != nil {
		return nil, ofMerchant(err)
	}
	p, err := a.config.Access.Propose(ctx, actorOf(ctx), draft)
	return a.answerProposal(ctx, p, err)
}

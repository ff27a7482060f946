package api

import (
	"context"
	"net/http"
	"time"

	"github.com/yifen-pay/yifen/internal/domain/access"
	"github.com/yifen-pay/yifen/internal/domain/fee"
	"github.com/yifen-pay/yifen/internal/domain/listing"
	"github.com/yifen-pay/yifen/internal/domain/merchant"
	"github.com/yifen-pay/yifen/internal/domain/money"
	"github.com/yifen-pay/yifen/internal/domain/product"
	"github.com/yifen-pay/yifen/internal/domain/step"
)

// Products is what the door reads of plans and services.
type Products interface {
	Plans(context.Context) ([]product.Plan, error)
	Services(context.Context, access.Scope, product.Filter, listing.Page) (listing.Slice[product.Service], error)
}

// FeeView is one fee rule.
type FeeView struct {
	Instrument string `json:"instrument" doc:"card, tap, phone, wechat, alipay, unionpay."`
	Kind       string `json:"kind" doc:"debit, credit, …; * for any."`
	RatePPM    int64  `json:"rate_ppm" minimum:"0" maximum:"100000" doc:"Millionths of the amount: 6000 is 0.60%."`
	FloorFen   int64  `json:"floor_fen" minimum:"0"`
	CapFen     int64  `json:"cap_fen" minimum:"0" doc:"0 is none."`
	Keep       bool   `json:"keep" doc:"A refund gives nothing of the fee back."`
}

func feeViews(rules []fee.Rule) []FeeView {
	out := make([]FeeView, 0, len(rules))
	for _, r := range rules {
		out = append(out, FeeView{r.Instrument, r.Kind, int64(r.Rate), r.Floor, r.Cap, r.Keep})
	}
	return out
}

// PlanView is a payment service on offer.
type PlanView struct {
	ID           string    `json:"id" pattern:"^[a-z0-9-]{1,32}$"`
	Kind         string    `json:"kind" enum:"card,wechat,alipay,unionpay"`
	Name         string    `json:"name" minLength:"1" maxLength:"60"`
	NameEN       string    `json:"name_en" minLength:"1" maxLength:"60"`
	Merchants    []string  `json:"merchants" nullable:"false" doc:"Kinds of merchant that it is for; empty for all."`
	Fees         []FeeView `json:"fees" nullable:"false" minItems:"1" maxItems:"20"`
	SingleMaxFen int64     `json:"single_max_fen" minimum:"0" doc:"0 is none."`
	DayCountMax  int64     `json:"day_count_max" minimum:"0"`
	DaySumMaxFen int64     `json:"day_sum_max_fen" minimum:"0"`
	Terms        string    `json:"terms" minLength:"1" maxLength:"30" doc:"Version of the terms that go with it."`
	Offered      bool      `json:"offered"`
	Version      int64     `json:"version" readOnly:"true" doc:"Send it back when asking for the service: it says which terms were seen."`
}

func planView(p product.Plan) PlanView {
	return PlanView{
		ID: p.ID, Kind: string(p.Kind), Name: p.Name, NameEN: p.NameEN, Merchants: all(p.Merchants), Fees: feeViews(p.Rules),
		SingleMaxFen: p.Limits.SingleMaxFen, DayCountMax: p.Limits.DayCountMax, DaySumMaxFen: p.Limits.DaySumMaxFen,
		Terms: p.Terms, Offered: p.Offered, Version: p.Version,
	}
}

// ServiceView is a payment service of a merchant.
type ServiceView struct {
	Merchant     string    `json:"merchant" zh:"商户" en:"Merchant"`
	Kind         string    `json:"kind" enum:"card,wechat,alipay,unionpay" zh:"服务" en:"Service"`
	State        string    `json:"state" enum:"requested,open,suspended,closed,rejected" zh:"状态" en:"State"`
	Plan         string    `json:"plan" zh:"方案" en:"Plan"`
	PlanVersion  int64     `json:"plan_version"`
	Fees         []FeeView `json:"fees" nullable:"false"`
	SingleMaxFen int64     `json:"single_max_fen" zh:"单笔限额（元）" en:"Single limit (CNY)"`
	DayCountMax  int64     `json:"day_count_max"`
	DaySumMaxFen int64     `json:"day_sum_max_fen" zh:"日限额（元）" en:"Day limit (CNY)"`
	Terms        string    `json:"terms"`
	AgreedBy     string    `json:"agreed_by"`
	AgreedAt     time.Time `json:"agreed_at" zh:"同意时间" en:"Agreed"`
	SubMerchant  string    `json:"sub_merchant" zh:"子商户号" en:"Sub-merchant number"`
	Reason       string    `json:"reason" zh:"原因" en:"Reason"`
	CreatedAt    time.Time `json:"created_at" zh:"申请时间" en:"Asked for"`
	ChangedAt    time.Time `json:"changed_at"`
}

func serviceView(s product.Service) ServiceView {
	return ServiceView{
		Merchant: s.Merchant, Kind: string(s.Kind), State: string(s.State), Plan: s.Plan, PlanVersion: s.PlanVersion, Fees: feeViews(s.Rules),
		SingleMaxFen: s.Limits.SingleMaxFen, DayCountMax: s.Limits.DayCountMax, DaySumMaxFen: s.Limits.DaySumMaxFen, Terms: s.Terms,
		AgreedBy: s.AgreedBy, AgreedAt: s.AgreedAt.Time(), SubMerchant: s.SubMerchant, Reason: s.Reason,
		CreatedAt: s.CreatedAt.Time(), ChangedAt: s.ChangedAt.Time(),
	}
}

// ServiceOutput is one service.
type ServiceOutput struct{ Body ServiceView }

// ServiceInput names a service of a merchant.
type ServiceInput struct {
	Merchant string `path:"merchant" maxLength:"64"`
	Kind     string `path:"kind" enum:"card,wechat,alipay,unionpay"`
}

func (a *API) registerProducts() {
	a.registerPlans()
	const tag = "Payment services"
	type servicesInput struct {
		PageInput
		Merchant string `query:"merchant"`
		Kind     string `query:"kind" enum:"card,wechat,alipay,unionpay"`
		State    string `query:"state" enum:"requested,open,suspended,closed,rejected"`
	}
	registerList(a, operation(http.MethodGet, "/services", "list-services", tag, "List payment services of merchants"),
		Rule{Needs: access.ServiceView, Key: true}, func(ctx context.Context, in *servicesInput, p listing.Page) (listing.Slice[ServiceView], error) {
			found, err := a.config.Products.Services(ctx, actorOf(ctx).Scope(), product.Filter{
				Merchant: in.Merchant, Kind: product.Kind(in.Kind), State: product.State(in.State),
			}, p)
			return through(found, serviceView), err
		})
	type askInput struct {
		Body struct {
			Plan    string `json:"plan" maxLength:"32"`
			Version int64  `json:"version" doc:"Of the plan as it was shown: asking for it agrees to its fees and terms."`
		}
	}
	ask := operation(http.MethodPost, "/services", "request-service", tag, "Ask for a payment service")
	ask.DefaultStatus = http.StatusCreated
	register(a, ask, Rule{Needs: access.ServiceRequest, Realm: access.Merchant}, func(ctx context.Context, in *askInput) (*ServiceOutput, error) {
		if err := a.config.Merchants.Bound(ctx, actorOf(ctx)); err != nil {
			return nil, err
		}
		s, err := a.config.ProductDesk.Ask(ctx, actorOf(ctx).Merchant, in.Body.Plan, in.Body.Version, actorOf(ctx).Trail())
		return &ServiceOutput{serviceView(s)}, err
	})
	type openInput struct {
		ServiceInput
		Body struct {
			SubMerchant string `json:"sub_merchant" maxLength:"40" doc:"Number under which the wallet knows the merchant."`
		}
	}
	const at = "/services/{merchant}/{kind}/"
	register(a, operation(http.MethodPost, at+"open", "open-service", tag, "Open a service that was asked for"),
		Rule{Needs: access.ServiceReview}, func(ctx context.Context, in *openInput) (*ServiceOutput, error) {
			s, err := a.config.ProductDesk.Open(ctx, in.Merchant, product.Kind(in.Kind), in.Body.SubMerchant, actorOf(ctx).Trail())
			return &ServiceOutput{serviceView(s)}, err
		})
	type reasonInput struct {
		ServiceInput
		Body NoteBody
	}
	for _, act := range []struct {
		word, summary string
		needs         access.Permission
		do            func(context.Context, string, product.Kind, string, string) (product.Service, error)
	}{
		{"reject", "Refuse a service that was asked for", access.ServiceReview, a.config.ProductDesk.Reject},
		{"suspend", "Stop a service", access.MerchantControl, a.config.ProductDesk.Suspend},
		{"close", "End a service", access.MerchantControl, a.config.ProductDesk.Close},
		{"resume", "Let a suspended service work again", access.MerchantControl, func(ctx context.Context, m string, k product.Kind, _, by string) (product.Service, error) {
			return a.config.ProductDesk.Resume(ctx, m, k, by)
		}},
	} {
		register(a, operation(http.MethodPost, at+act.word, act.word+"-service", tag, act.summary), Rule{Needs: act.needs},
			func(ctx context.Context, in *reasonInput) (*ServiceOutput, error) {
				s, err := act.do(ctx, in.Merchant, product.Kind(in.Kind), in.Body.Note, actorOf(ctx).Trail())
				return &ServiceOutput{serviceView(s)}, err
			})
	}
}

func (a *API) registerPlans() {
	const tag = "Service plans"
	type plansOutput struct {
		Body struct {
			Data []PlanView `json:"data" nullable:"false"`
		}
	}
	register(a, operation(http.MethodGet, "/service-plans", "list-service-plans", tag, "List payment services on offer, with fees and limits"),
		Rule{Needs: access.ServiceView}, func(ctx context.Context, _ *struct{}) (*plansOutput, error) {
			plans, err := a.config.Products.Plans(ctx)
			if err != nil {
				return nil, err
			}
			var asks merchant.Merchant
			if shop := actorOf(ctx).Merchant; shop != "" {
				if asks, _, err = step.Read[merchant.Merchant](ctx, a.config.People, merchant.Key(shop)); err != nil {
					return nil, err
				}
			}
			out := &plansOutput{}
			out.Body.Data = []PlanView{}
			for _, p := range plans {
				fits := asks.Kind == "" || p.For(asks.Kind)
				if p.Offered && fits || actorOf(ctx).Realm == access.Platform {
					out.Body.Data = append(out.Body.Data, planView(p))
				}
			}
			return out, err
		})
	type planInput struct{ Body PlanView }
	type planOutput struct{ Body PlanView }
	register(a, operation(http.MethodPut, "/service-plans", "save-service-plan", tag, "Offer a plan, or another version of it"),
		Rule{Needs: access.SettingManage, Realm: access.Platform, Fresh: true}, func(ctx context.Context, in *planInput) (*planOutput, error) {
			b := in.Body
			p := product.Plan{
				ID: b.ID, Kind: product.Kind(b.Kind), Name: b.Name, NameEN: b.NameEN, Merchants: b.Merchants, Terms: b.Terms, Offered: b.Offered,
				Limits: product.Limits{SingleMaxFen: b.SingleMaxFen, DayCountMax: b.DayCountMax, DaySumMaxFen: b.DaySumMaxFen},
			}
			for _, f := range b.Fees {
				p.Rules = append(p.Rules, fee.Rule{
					Instrument: f.Instrument, Kind: f.Kind, Rate: money.Rate(f.RatePPM), Floor: f.FloorFen, Cap: f.CapFen, Keep: f.Keep,
				})
			}
			p, err := a.config.ProductDesk.SavePlan(ctx, p, actorOf(ctx).Trail())
			return &planOutput{planView(p)}, err
		})
}

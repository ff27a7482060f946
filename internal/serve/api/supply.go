package api

import (
	"context"
	"net/http"
	"time"

	"github.com/yifen-pay/yifen/internal/domain/access"
	"github.com/yifen-pay/yifen/internal/domain/calendar"
	"github.com/yifen-pay/yifen/internal/domain/listing"
	"github.com/yifen-pay/yifen/internal/domain/supply"
)

// Stock is what the door reads of models, units, orders and checks.
type Stock interface {
	Models(context.Context) ([]supply.Model, error)
	Units(context.Context, access.Scope, supply.UnitFilter, listing.Page) (listing.Slice[supply.Unit], error)
	TerminalOrders(context.Context, access.Scope, supply.OrderFilter, listing.Page) (listing.Slice[supply.Order], error)
	Cares(context.Context, access.Scope, supply.CareFilter, listing.Page) (listing.Slice[supply.Care], error)
}

// ModelView is a kind of hardware on offer.
type ModelView struct {
	ID          string   `json:"id" pattern:"^[a-z0-9-]{1,32}$"`
	Name        string   `json:"name" minLength:"1" maxLength:"60"`
	NameEN      string   `json:"name_en" minLength:"1" maxLength:"60"`
	Maker       string   `json:"maker" maxLength:"60"`
	Form        string   `json:"form" enum:"countertop,handheld,mobile,software,speaker"`
	System      string   `json:"system" maxLength:"30"`
	Abilities   []string `json:"abilities" nullable:"false" doc:"swipe, insert, tap, scan, show, print, voice."`
	Networks    []string `json:"networks" nullable:"false" doc:"ethernet, wifi, cellular, bluetooth."`
	Certificate string   `json:"certificate" maxLength:"60" doc:"Of the security evaluation."`
	PriceFen    int64    `json:"price_fen" minimum:"0" doc:"Charged once."`
	DepositFen  int64    `json:"deposit_fen" minimum:"0" doc:"Given back with the unit."`
	MonthlyFen  int64    `json:"monthly_fen" minimum:"0" doc:"Data fee of a month."`
	Offered     bool     `json:"offered"`
}

func modelView(m supply.Model) ModelView {
	return ModelView{
		ID: m.ID, Name: m.Name, NameEN: m.NameEN, Maker: m.Maker, Form: string(m.Form), System: m.System, Abilities: all(m.Abilities),
		Networks: all(m.Networks), Certificate: m.Certificate, PriceFen: m.PriceFen, DepositFen: m.DepositFen, MonthlyFen: m.MonthlyFen,
		Offered: m.Offered,
	}
}

// all returns a list that is never null in an answer.
func all[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

// LineView is a model and how many of it.
type LineView struct {
	Model      string `json:"model" maxLength:"32"`
	Count      int    `json:"count" minimum:"1" maximum:"500"`
	PriceFen   int64  `json:"price_fen,omitempty" doc:"Of one, as agreed. Ignored when ordering."`
	DepositFen int64  `json:"deposit_fen,omitempty"`
	MonthlyFen int64  `json:"monthly_fen,omitempty"`
}

func lineViews(list []supply.Line) []LineView {
	out := make([]LineView, 0, len(list))
	for _, l := range list {
		out = append(out, LineView(l))
	}
	return out
}

func lines(list []LineView) []supply.Line {
	out := make([]supply.Line, 0, len(list))
	for _, l := range list {
		out = append(out, supply.Line(l))
	}
	return out
}

// ContactView is who receives a shipment, and where.
type ContactView struct {
	Name    string `json:"name" minLength:"1" maxLength:"60"`
	Phone   string `json:"phone" minLength:"5" maxLength:"20"`
	Area    string `json:"area" maxLength:"6" doc:"GB/T 2260."`
	Address string `json:"address" minLength:"1" maxLength:"200"`
}

// OrderView is an order of terminals.
type OrderView struct {
	ID         string          `json:"id" zh:"订单号" en:"Order"`
	Merchant   string          `json:"merchant" zh:"商户" en:"Merchant"`
	Store      string          `json:"store" zh:"门店" en:"Store"`
	State      string          `json:"state" enum:"placed,approved,assigned,shipped,received,cancelled" zh:"状态" en:"State"`
	Lines      []LineView      `json:"lines" nullable:"false"`
	Items      []OrderItemView `json:"items" nullable:"false"`
	OnceFen    int64           `json:"once_fen" doc:"Prices and deposits, as agreed." zh:"一次性费用（元）" en:"Once (CNY)"`
	MonthlyFen int64           `json:"monthly_fen" doc:"Data fees of a month, as agreed." zh:"每月费用（元）" en:"Monthly (CNY)"`
	Carrier    string          `json:"carrier" zh:"承运商" en:"Carrier"`
	Tracking   string          `json:"tracking" zh:"运单号" en:"Tracking number"`
	Note       string          `json:"note"`
	CreatedAt  time.Time       `json:"created_at" zh:"下单时间" en:"Ordered"`
	ChangedAt  time.Time       `json:"changed_at"`
}

// OrderItemView is a unit of an order and the terminal that it is.
type OrderItemView struct {
	Unit     string `json:"unit"`
	Serial   string `json:"serial"`
	Model    string `json:"model"`
	Terminal string `json:"terminal"`
	Number   string `json:"number"`
}

// OrderDetail is an order with who receives it.
type OrderDetail struct {
	OrderView
	Contact ContactView  `json:"contact"`
	Course  []PassedView `json:"course" nullable:"false" doc:"The states since it was placed, in their order."`
}

// PassedView is when an order came into a state.
type PassedView struct {
	State string    `json:"state" enum:"placed,approved,assigned,shipped,received,cancelled"`
	At    time.Time `json:"at"`
}

func orderView(o supply.Order) OrderView {
	v := OrderView{
		ID: o.ID, Merchant: o.Merchant, Store: o.Store, State: string(o.State), Lines: lineViews(o.Lines), Items: []OrderItemView{},
		OnceFen: o.OnceFen, MonthlyFen: o.MonthlyFen, Carrier: o.Carrier, Tracking: o.Tracking, Note: o.Note,
		CreatedAt: o.CreatedAt.Time(), ChangedAt: o.ChangedAt.Time(),
	}
	for _, i := range o.Items {
		v.Items = append(v.Items, OrderItemView(i))
	}
	return v
}

// OrderOutput is one order.
type OrderOutput struct{ Body OrderDetail }

func (a *API) registerSupply() {
	a.registerModels()
	a.registerOrders()
	a.registerUnits()
	a.registerCare()
}

func (a *API) registerModels() {
	const tag = "Terminal models"
	type listOutput struct {
		Body struct {
			Data []ModelView `json:"data" nullable:"false"`
		}
	}
	register(a, operation(http.MethodGet, "/terminal-models", "list-terminal-models", tag, "List terminal models with their terms"),
		Rule{Needs: access.TerminalView}, func(ctx context.Context, _ *struct{}) (*listOutput, error) {
			models, err := a.config.Stock.Models(ctx)
			out := &listOutput{}
			out.Body.Data = []ModelView{}
			for _, m := range models {
				if m.Offered || actorOf(ctx).Realm == access.Platform {
					out.Body.Data = append(out.Body.Data, modelView(m))
				}
			}
			return out, err
		})
	type saveInput struct{ Body ModelView }
	register(a, operation(http.MethodPut, "/terminal-models", "save-terminal-model", tag, "Offer a model, or change its terms"),
		Rule{Needs: access.StockManage, Realm: access.Platform}, func(ctx context.Context, in *saveInput) (*saveInput, error) {
			b := in.Body
			return in, a.config.Supply.SaveModel(ctx, supply.Model{
				ID: b.ID, Name: b.Name, NameEN: b.NameEN, Maker: b.Maker, Form: supply.Form(b.Form), System: b.System, Abilities: b.Abilities,
				Networks: b.Networks, Certificate: b.Certificate, PriceFen: b.PriceFen, DepositFen: b.DepositFen, MonthlyFen: b.MonthlyFen,
				Offered: b.Offered,
			}, actorOf(ctx).Trail())
		})
	type adviceInput struct {
		Counters int    `query:"counters" minimum:"1" maximum:"200" default:"1" doc:"Places where money is taken at a time."`
		Mobility string `query:"mobility" enum:"till,table,outdoors" default:"till"`
		PerDay   int    `query:"payments_per_day" minimum:"0" maximum:"100000" default:"50"`
		Cards    bool   `query:"cards" default:"true"`
		Codes    bool   `query:"codes" default:"true"`
		Receipts bool   `query:"receipts" default:"true"`
		Mains    bool   `query:"mains" default:"true" doc:"There is a socket and a wire."`
	}
	type adviceView struct {
		Model      ModelView       `json:"model"`
		Count      int             `json:"count"`
		Score      int             `json:"score" minimum:"0" maximum:"100"`
		For        []supply.Reason `json:"for" nullable:"false" doc:"What speaks for it, as words."`
		Against    []supply.Reason `json:"against" nullable:"false"`
		OnceFen    int64           `json:"once_fen"`
		MonthlyFen int64           `json:"monthly_fen"`
	}
	type adviceOutput struct {
		Body struct {
			Data []adviceView `json:"data" nullable:"false"`
		}
	}
	register(a, operation(http.MethodGet, "/terminal-advice", "advise-terminals", tag, "Say which model fits a shop, and why"),
		Rule{Needs: access.TerminalView}, func(ctx context.Context, in *adviceInput) (*adviceOutput, error) {
			models, err := a.config.Stock.Models(ctx)
			if err != nil {
				return nil, err
			}
			byID := map[string]supply.Model{}
			for _, m := range models {
				byID[m.ID] = m
			}
			out := &adviceOutput{}
			out.Body.Data = []adviceView{}
			for _, v := range supply.Advise(models, supply.Shop{
				Counters: in.Counters, Mobility: supply.Mobility(in.Mobility), PaymentsPerDay: in.PerDay, Cards: in.Cards, Codes: in.Codes,
				Receipts: in.Receipts, Mains: in.Mains,
			}) {
				out.Body.Data = append(out.Body.Data, adviceView{
					modelView(byID[v.Model]), v.Count, v.Score, all(v.For), all(v.Against), v.OnceFen, v.MonthlyFen,
				})
			}
			return out, nil
		})
}

// OrdersInput asks for orders.
type OrdersInput struct {
	PageInput
	Merchant string `query:"merchant"`
	State    string `query:"state" enum:"placed,approved,assigned,shipped,received,cancelled"`
}

func (a *API) registerOrders() {
	const tag = "Terminal orders"
	registerList(a, operation(http.MethodGet, "/terminal-orders", "list-terminal-orders", tag, "List orders of terminals"),
		Rule{Needs: access.TerminalView}, func(ctx context.Context, in *OrdersInput, p listing.Page) (listing.Slice[OrderView], error) {
			found, err := a.config.Stock.TerminalOrders(ctx, actorOf(ctx).Scope(), supply.OrderFilter{Merchant: in.Merchant, State: supply.OrderState(in.State)}, p)
			return through(found, orderView), err
		})
	register(a, operation(http.MethodGet, "/terminal-orders/{id}", "get-terminal-order", tag, "Show an order"),
		Rule{Needs: access.TerminalView}, func(ctx context.Context, in *IDInput) (*OrderOutput, error) {
			return a.showOrder(ctx)(a.order(ctx, in.ID))
		})
	type quoteBody struct {
		Lines []LineView `json:"lines" minItems:"1" maxItems:"20"`
	}
	type quoteInput struct{ Body quoteBody }
	type quoteOutput struct {
		Body struct {
			Lines      []LineView `json:"lines" nullable:"false"`
			OnceFen    int64      `json:"once_fen"`
			MonthlyFen int64      `json:"monthly_fen"`
		}
	}
	register(a, operation(http.MethodPost, "/terminal-orders/quote", "quote-terminal-order", tag, "Show what an order would cost"),
		Rule{Needs: access.TerminalOrder}, func(ctx context.Context, in *quoteInput) (*quoteOutput, error) {
			quoted, once, monthly, err := a.config.Supply.Quote(ctx, lines(in.Body.Lines))
			if err != nil {
				return nil, err
			}
			out := &quoteOutput{}
			out.Body.Lines, out.Body.OnceFen, out.Body.MonthlyFen = lineViews(quoted), once, monthly
			return out, nil
		})
	type placeInput struct {
		Body struct {
			Store      string      `json:"store"`
			Lines      []LineView  `json:"lines" minItems:"1" maxItems:"20"`
			Contact    ContactView `json:"contact"`
			OnceFen    int64       `json:"once_fen" doc:"As the quote showed it: agreeing to it orders."`
			MonthlyFen int64       `json:"monthly_fen"`
		}
	}
	place := operation(http.MethodPost, "/terminal-orders", "place-terminal-order", tag, "Order terminals")
	place.DefaultStatus = http.StatusCreated
	register(a, place, Rule{Needs: access.TerminalOrder, Realm: access.Merchant}, func(ctx context.Context, in *placeInput) (*OrderOutput, error) {
		b := in.Body
		return a.showOrder(ctx)(a.config.Supply.Place(ctx, supply.Wish{
			Merchant: actorOf(ctx).Merchant, Store: b.Store, Lines: lines(b.Lines), Contact: supply.Contact(b.Contact),
			OnceFen: b.OnceFen, MonthlyFen: b.MonthlyFen,
		}, actorOf(ctx).Trail()))
	})
	type shipInput struct {
		IDInput
		Body struct {
			Carrier  string `json:"carrier" minLength:"1" maxLength:"40"`
			Tracking string `json:"tracking" minLength:"1" maxLength:"60"`
		}
	}
	type assignInput struct {
		IDInput
		Body struct {
			Serial string `json:"serial" minLength:"4" maxLength:"38"`
		}
	}
	register(a, operation(http.MethodPost, "/terminal-orders/{id}/approve", "approve-terminal-order", tag, "Let an order be fulfilled"),
		Rule{Needs: access.StockManage}, func(ctx context.Context, in *IDInput) (*OrderOutput, error) {
			return a.showOrder(ctx)(a.config.Supply.Approve(ctx, in.ID, actorOf(ctx).Trail()))
		})
	register(a, operation(http.MethodPost, "/terminal-orders/{id}/assign", "assign-unit", tag, "Give a unit in stock to an order"),
		Rule{Needs: access.StockManage}, func(ctx context.Context, in *assignInput) (*OrderOutput, error) {
			o, _, err := a.config.Supply.Assign(ctx, in.ID, in.Body.Serial, actorOf(ctx).Trail())
			return a.showOrder(ctx)(o, err)
		})
	register(a, operation(http.MethodPost, "/terminal-orders/{id}/ship", "ship-terminal-order", tag, "Send what was assigned"),
		Rule{Needs: access.StockManage}, func(ctx context.Context, in *shipInput) (*OrderOutput, error) {
			return a.showOrder(ctx)(a.config.Supply.Ship(ctx, in.ID, in.Body.Carrier, in.Body.Tracking, actorOf(ctx).Trail()))
		})
	register(a, operation(http.MethodPost, "/terminal-orders/{id}/receive", "receive-terminal-order", tag, "Confirm that a shipment arrived"),
		Rule{Needs: access.TerminalOrder, Realm: access.Merchant}, func(ctx context.Context, in *IDInput) (*OrderOutput, error) {
			if _, err := a.order(ctx, in.ID); err != nil {
				return nil, err
			}
			return a.showOrder(ctx)(a.config.Supply.Receive(ctx, in.ID, actorOf(ctx).Trail()))
		})
	register(a, operation(http.MethodPost, "/terminal-orders/{id}/cancel", "cancel-terminal-order", tag, "Take an order back"),
		Rule{Needs: access.TerminalOrder}, func(ctx context.Context, in *NoteInput) (*OrderOutput, error) {
			if _, err := a.order(ctx, in.ID); err != nil {
				return nil, err
			}
			return a.showOrder(ctx)(a.config.Supply.Cancel(ctx, in.ID, in.Body.Note, actorOf(ctx).Trail()))
		})
}

// order returns an order in the caller's scope.
func (a *API) order(ctx context.Context, orderID string) (supply.Order, error) {
	o, err := a.config.Supply.Order(ctx, orderID)
	if err == nil && !actorOf(ctx).Scope().Covers(o.Merchant) {
		err = supply.ErrOrder
	}
	return o, err
}

func (a *API) showOrder(context.Context) func(supply.Order, error) (*OrderOutput, error) {
	return func(o supply.Order, err error) (*OrderOutput, error) {
		if err != nil {
			return nil, err
		}
		c, err := a.config.Supply.ContactOf(o)
		if err != nil {
			return nil, err
		}
		out := &OrderOutput{OrderDetail{orderView(o), ContactView(c), make([]PassedView, 0, len(o.Course))}}
		for _, p := range o.Course {
			out.Body.Course = append(out.Body.Course, PassedView{string(p.State), p.At.Time()})
		}
		return out, nil
	}
}

// UnitView is one piece of hardware.
type UnitView struct {
	ID        string    `json:"id"`
	Serial    string    `json:"serial" zh:"序列号" en:"Serial number"`
	Model     string    `json:"model" zh:"型号" en:"Model"`
	State     string    `json:"state" enum:"stock,assigned,shipped,received,active,returned,lost,scrapped" zh:"状态" en:"State"`
	Merchant  string    `json:"merchant" zh:"商户" en:"Merchant"`
	Terminal  string    `json:"terminal"`
	Order     string    `json:"order"`
	Depot     string    `json:"depot" zh:"仓库" en:"Depot"`
	Note      string    `json:"note" zh:"备注" en:"Note"`
	CreatedAt time.Time `json:"created_at" zh:"入库时间" en:"Taken in"`
	ChangedAt time.Time `json:"changed_at"`
}

func unitView(u supply.Unit) UnitView {
	return UnitView{
		ID: u.ID, Serial: u.Serial, Model: u.Model, State: string(u.State), Merchant: u.Merchant, Terminal: u.Terminal, Order: u.Order,
		Depot: u.Depot, Note: u.Note, CreatedAt: u.CreatedAt.Time(), ChangedAt: u.ChangedAt.Time(),
	}
}

func (a *API) registerUnits() {
	const tag = "Stock"
	type unitsInput struct {
		PageInput
		State  string `query:"state" enum:"stock,assigned,shipped,received,active,returned,lost,scrapped"`
		Model  string `query:"model" maxLength:"32"`
		Serial string `query:"serial" maxLength:"38" doc:"The beginning of a serial number."`
	}
	type unitOutput struct{ Body UnitView }
	staff := Rule{Needs: access.StockManage, Realm: access.Platform}
	registerList(a, operation(http.MethodGet, "/units", "list-units", tag, "List hardware"), staff,
		func(ctx context.Context, in *unitsInput, p listing.Page) (listing.Slice[UnitView], error) {
			found, err := a.config.Stock.Units(ctx, actorOf(ctx).Scope(), supply.UnitFilter{
				State: supply.UnitState(in.State), Model: in.Model, Serial: in.Serial,
			}, p)
			return through(found, unitView), err
		})
	type takeInput struct {
		Body struct {
			Model   string   `json:"model" maxLength:"32"`
			Serials []string `json:"serials" minItems:"1" maxItems:"500" doc:"As the maker gave them."`
			Depot   string   `json:"depot" maxLength:"40"`
		}
	}
	type takeView struct {
		Serial  string `json:"serial"`
		Unit    string `json:"unit" doc:"Empty where it was refused."`
		Refused string `json:"refused" doc:"Why, as a stable word."`
	}
	type takeOutput struct {
		Body struct {
			Data []takeView `json:"data" nullable:"false"`
		}
	}
	register(a, operation(http.MethodPost, "/units", "take-in-units", tag, "Take hardware into stock"), staff,
		func(ctx context.Context, in *takeInput) (*takeOutput, error) {
			out := &takeOutput{}
			out.Body.Data = []takeView{}
			for _, serial := range in.Body.Serials {
				u, err := a.config.Supply.TakeIn(ctx, serial, in.Body.Model, in.Body.Depot, actorOf(ctx).Trail())
				if refused, ours := refusal(err); ours {
					out.Body.Data = append(out.Body.Data, takeView{Serial: serial, Refused: refused})
					continue
				}
				if err != nil {
					return nil, err
				}
				out.Body.Data = append(out.Body.Data, takeView{Serial: u.Serial, Unit: u.ID})
			}
			return out, nil
		})
	type moveInput struct {
		IDInput
		Body struct {
			Act  string `json:"act" enum:"release,take_back,pass,fail,lose" doc:"What happened: released from an order, taken back, passed or failed its inspection, lost."`
			Note string `json:"note" minLength:"1" maxLength:"500"`
		}
	}
	register(a, operation(http.MethodPost, "/units/{id}/move", "move-unit", tag, "Record what happened to a unit"), staff,
		func(ctx context.Context, in *moveInput) (*unitOutput, error) {
			u, err := a.config.Supply.Move(ctx, in.ID, supply.UnitAct(in.Body.Act), in.Body.Note, actorOf(ctx).Trail())
			if err != nil {
				return nil, err
			}
			return &unitOutput{unitView(u)}, nil
		})
}

// CareFindingView is what a check found of one item.
type CareFindingView struct {
	Item string `json:"item"`
	OK   bool   `json:"ok"`
	Note string `json:"note" maxLength:"200"`
}

// CareView is a check of a terminal at its place.
type CareView struct {
	ID        string            `json:"id"`
	Merchant  string            `json:"merchant" zh:"商户" en:"Merchant"`
	Terminal  string            `json:"terminal" zh:"终端" en:"Terminal"`
	Kind      string            `json:"kind" enum:"on_site,tamper,condition" zh:"类型" en:"Kind"`
	State     string            `json:"state" enum:"due,done" zh:"状态" en:"State"`
	Items     []string          `json:"items" nullable:"false" doc:"What is looked at."`
	Findings  []CareFindingView `json:"findings" nullable:"false"`
	OK        bool              `json:"ok" zh:"正常" en:"All well"`
	Note      string            `json:"note" zh:"备注" en:"Note"`
	DueAt     time.Time         `json:"due_at" zh:"应检时间" en:"Due"`
	DoneAt    *time.Time        `json:"done_at" zh:"完成时间" en:"Done"`
	By        string            `json:"by"`
	CreatedAt time.Time         `json:"created_at"`
}

func careView(c supply.Care) CareView {
	v := CareView{
		ID: c.ID, Merchant: c.Merchant, Terminal: c.Terminal, Kind: string(c.Kind), State: string(c.State), Items: supply.CareItems[c.Kind],
		Findings: []CareFindingView{}, OK: c.OK, Note: c.Note, DueAt: c.DueAt.Time(), DoneAt: when(c.DoneAt), By: c.By, CreatedAt: c.CreatedAt.Time(),
	}
	for _, f := range c.Findings {
		v.Findings = append(v.Findings, CareFindingView(f))
	}
	return v
}

func (a *API) registerCare() {
	const tag = "Terminal checks"
	type caresInput struct {
		PageInput
		Merchant string `query:"merchant"`
		Terminal string `query:"terminal"`
		State    string `query:"state" enum:"due,done"`
	}
	type careOutput struct{ Body CareView }
	registerList(a, operation(http.MethodGet, "/terminal-checks", "list-terminal-checks", tag, "List checks of terminals"),
		Rule{Needs: access.TerminalView}, func(ctx context.Context, in *caresInput, p listing.Page) (listing.Slice[CareView], error) {
			found, err := a.config.Stock.Cares(ctx, actorOf(ctx).Scope(), supply.CareFilter{
				Merchant: in.Merchant, Terminal: in.Terminal, State: supply.CareState(in.State),
			}, p)
			return through(found, careView), err
		})
	type planInput struct {
		Body struct {
			Terminal string    `json:"terminal"`
			Kind     string    `json:"kind" enum:"on_site,tamper,condition"`
			DueAt    time.Time `json:"due_at"`
		}
	}
	register(a, operation(http.MethodPost, "/terminal-checks", "plan-terminal-check", tag, "Plan a check of a terminal"),
		Rule{Needs: access.TerminalManage}, func(ctx context.Context, in *planInput) (*careOutput, error) {
			t, err := a.terminal(ctx, in.Body.Terminal)
			if err != nil {
				return nil, err
			}
			c, err := a.config.Supply.PlanCare(ctx, t, supply.CareKind(in.Body.Kind), calendar.At(in.Body.DueAt), actorOf(ctx).Trail())
			return &careOutput{careView(c)}, err
		})
	type finishInput struct {
		IDInput
		Body struct {
			Findings []CareFindingView `json:"findings" maxItems:"20"`
			Note     string            `json:"note" maxLength:"1000"`
		}
	}
	register(a, operation(http.MethodPost, "/terminal-checks/{id}/finish", "finish-terminal-check", tag, "Record what a check found"),
		Rule{Needs: access.TerminalManage}, func(ctx context.Context, in *finishInput) (*careOutput, error) {
			findings := make([]supply.Finding, 0, len(in.Body.Findings))
			for _, f := range in.Body.Findings {
				findings = append(findings, supply.Finding(f))
			}
			c, err := a.config.Supply.FinishCare(ctx, in.ID, findings, in.Body.Note, actorOf(ctx).Trail())
			return &careOutput{careView(c)}, err
		})
}

package api

import (
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/yifen-pay/yifen/internal/domain/access"
	"github.com/yifen-pay/yifen/internal/domain/agent"
	"github.com/yifen-pay/yifen/internal/domain/calendar"
	"github.com/yifen-pay/yifen/internal/domain/fee"
	"github.com/yifen-pay/yifen/internal/domain/identity"
	"github.com/yifen-pay/yifen/internal/domain/listing"
	"github.com/yifen-pay/yifen/internal/domain/merchant"
	"github.com/yifen-pay/yifen/internal/domain/money"
	"github.com/yifen-pay/yifen/internal/domain/step"
)

// AgentLists is what the door reads of agents.
type AgentLists interface {
	Agents(context.Context, access.Scope, agent.Filter, listing.Page) (listing.Slice[agent.Agent], error)
	AgentDays(ctx context.Context, scope access.Scope, agent string, from, to calendar.Date, each func(agent.Day)) error
	Payable(ctx context.Context, scope access.Scope, agent string) (int64, error)
	Held(ctx context.Context, agent string) (int64, error)
	Moves(ctx context.Context, merchant string) ([]agent.Move, error)
}

// AgentView is an agent.
type AgentView struct {
	ID              string    `json:"id" zh:"代理商编号" en:"Agent"`
	Name            string    `json:"name" zh:"名称" en:"Name"`
	State           string    `json:"state" enum:"draft,active,suspended,ended" zh:"状态" en:"State"`
	CreditCode      string    `json:"credit_code" zh:"统一社会信用代码" en:"Credit code"`
	Area            string    `json:"area" doc:"GB/T 2260." zh:"地区" en:"Area"`
	Registration    string    `json:"registration" doc:"Number under which the outsourcing body is on record." zh:"备案号" en:"Registration"`
	RegisteredUntil string    `json:"registered_until" doc:"Last day of the registration; empty where none is known." zh:"备案有效期" en:"Registered until"`
	Upper           string    `json:"upper" doc:"The agent above." zh:"上级代理商" en:"Agent above"`
	Contact         string    `json:"contact" doc:"Masked in lists." zh:"联系人" en:"Contact"`
	Account         string    `json:"account" doc:"Masked." zh:"结算账户" en:"Account"`
	Reason          string    `json:"reason" doc:"Of the last opening, suspension or end."`
	Version         int64     `json:"version" doc:"Send it back with a change: it says what was seen."`
	CreatedAt       time.Time `json:"created_at" zh:"创建时间" en:"Created"`
	UpdatedAt       time.Time `json:"updated_at"`
}

func agentView(a agent.Agent) AgentView {
	return AgentView{
		ID: a.ID, Name: a.Name, State: string(a.State), CreditCode: a.CreditCode, Area: a.Area, Registration: a.Registration,
		RegisteredUntil: dateText(a.RegisteredUntil), Upper: a.Upper, Contact: a.Contact, Account: a.Account, Reason: a.Reason,
		Version: a.Version, CreatedAt: a.CreatedAt.Time(), UpdatedAt: a.UpdatedAt.Time(),
	}
}

func dateText(d calendar.Date) string {
	if d == 0 {
		return ""
	}
	return d.String()
}

// AgentTermView is an agent's share of the fees of one payment service: a part of the fee, or what it is above the agent's prices.
type AgentTermView struct {
	Service string    `json:"service" enum:"card,wechat,alipay,unionpay"`
	PartPPM int64     `json:"part_ppm" minimum:"0" maximum:"1000000" doc:"Millionths of the merchant's fee. Says nothing where there are prices."`
	Prices  []FeeView `json:"prices" nullable:"false" maxItems:"20" doc:"The agent's own prices: its share is what the merchant's fee is above them."`
}

// AgentTermsView is an agent's terms from a business date on.
type AgentTermsView struct {
	From  string          `json:"from" maxLength:"10" doc:"The first business date: 2026-12-01."`
	Terms []AgentTermView `json:"terms" nullable:"false" minItems:"1" maxItems:"4"`
}

func termsView(v agent.Version) AgentTermsView {
	out := AgentTermsView{From: dateText(v.From), Terms: []AgentTermView{}}
	for _, t := range v.Terms {
		out.Terms = append(out.Terms, AgentTermView{t.Service, int64(t.Part), feeViews(t.Prices)})
	}
	return out
}

func (v AgentTermsView) version() (out agent.Version, err error) {
	if out.From, err = calendar.ParseDate(v.From); err != nil {
		return out, agent.ErrTerms.With("write the date as 2026-12-01")
	}
	for _, t := range v.Terms {
		term := agent.Term{Service: t.Service, Part: money.Rate(t.PartPPM)}
		for _, p := range t.Prices {
			term.Prices = append(term.Prices, fee.Rule{Instrument: p.Instrument, Kind: p.Kind, Rate: money.Rate(p.RatePPM), Floor: p.FloorFen, Cap: p.CapFen})
		}
		out.Terms = append(out.Terms, term)
	}
	return out, nil
}

// AccountView is a company's bank account.
type AccountView struct {
	Name   string `json:"name" maxLength:"100" doc:"Whose it is."`
	Number string `json:"number" maxLength:"40"`
	Bank   string `json:"bank" maxLength:"100"`
}

// AgentDetail is an agent with its terms and what is private of it.
type AgentDetail struct {
	AgentView
	Phone         string           `json:"phone"`
	Email         string           `json:"email"`
	AccountName   string           `json:"account_name"`
	AccountBank   string           `json:"account_bank"`
	UpperName     string           `json:"upper_name"`
	Versions      []AgentTermsView `json:"versions" nullable:"false" doc:"The terms, by the date from which they apply."`
	PayableFen    int64            `json:"payable_fen" doc:"What is owed to the agent; below zero, the agent owes."`
	MerchantsHeld int64            `json:"merchants_held"`
}

// AgentOutput is one agent.
type AgentOutput struct{ Body AgentDetail }

// AgentBody is what is said of an agent.
type AgentBody struct {
	Name            string      `json:"name" minLength:"1" maxLength:"100"`
	CreditCode      string      `json:"credit_code" maxLength:"18"`
	Area            string      `json:"area" maxLength:"6"`
	Registration    string      `json:"registration" maxLength:"60"`
	RegisteredUntil string      `json:"registered_until" maxLength:"10" doc:"2027-12-31; empty where none is known."`
	Upper           string      `json:"upper" maxLength:"64"`
	Contact         string      `json:"contact" minLength:"1" maxLength:"60"`
	Phone           string      `json:"phone" maxLength:"20"`
	Email           string      `json:"email" maxLength:"100"`
	Account         AccountView `json:"account" doc:"Of an agent that was opened it changes by two people."`
}

func (b AgentBody) form() (f agent.Form, err error) {
	f = agent.Form{Name: b.Name, CreditCode: b.CreditCode, Area: b.Area, Registration: b.Registration, Upper: b.Upper,
		Private: agent.Private{Contact: b.Contact, Phone: b.Phone, Email: b.Email, Account: agent.Account(b.Account)}}
	if b.RegisteredUntil != "" {
		if f.RegisteredUntil, err = calendar.ParseDate(b.RegisteredUntil); err != nil {
			err = agent.ErrInvalid.With("write the end of the registration as 2027-12-31")
		}
	}
	return f, err
}

func (a *API) registerAgents() {
	const tag = "Agents"
	seen := Rule{Needs: access.MerchantView}
	manage, two := Rule{Needs: access.AgentManage, Realm: access.Platform}, Rule{Needs: access.AgentManage, Realm: access.Platform, Fresh: true}
	type agentsInput struct {
		PageInput
		State string `query:"state" enum:"draft,active,suspended,ended"`
		Upper string `query:"upper" maxLength:"64" doc:"Those that stand under this one."`
	}
	registerList(a, operation(http.MethodGet, "/agents", "list-agents", tag, "List agents; for an agent's people, those below it"), seen,
		func(ctx context.Context, in *agentsInput, p listing.Page) (listing.Slice[AgentView], error) {
			if who := actorOf(ctx); who.Realm == access.Merchant {
				return listing.Slice[AgentView]{Rows: []AgentView{}}, nil
			}
			found, err := a.config.AgentLists.Agents(ctx, actorOf(ctx).Scope(), agent.Filter{State: agent.State(in.State), Upper: in.Upper}, p)
			return through(found, agentView), err
		})
	register(a, operation(http.MethodGet, "/agents/{id}", "get-agent", tag, "Show an agent, to staff and to its own people"), seen,
		func(ctx context.Context, in *IDInput) (*AgentOutput, error) { return a.showAgent(ctx, in.ID, nil) })
	type createInput struct{ Body AgentBody }
	register(a, withStatus(operation(http.MethodPost, "/agents", "create-agent", tag, "Draft an agent"), http.StatusCreated), manage,
		func(ctx context.Context, in *createInput) (*AgentOutput, error) {
			f, err := in.Body.form()
			if err != nil {
				return nil, err
			}
			made, err := a.config.Agents.Create(ctx, actorOf(ctx), f)
			return a.showAgent(ctx, made.ID, err)
		})
	type saveInput struct {
		IDInput
		Body struct {
			AgentBody
			Version int64 `json:"version"`
		}
	}
	register(a, operation(http.MethodPut, "/agents/{id}", "save-agent", tag, "Change what is said of an agent"), manage,
		func(ctx context.Context, in *saveInput) (*AgentOutput, error) {
			f, err := in.Body.form()
			if err == nil {
				_, err = a.config.Agents.Save(ctx, actorOf(ctx), in.ID, in.Body.Version, f)
			}
			return a.showAgent(ctx, in.ID, err)
		})
	type termsInput struct {
		IDInput
		Body struct {
			AgentTermsView
			Version int64 `json:"version"`
		}
	}
	register(a, operation(http.MethodPut, "/agents/{id}/terms", "set-agent-terms", tag, "Give a draft its shares"), manage,
		func(ctx context.Context, in *termsInput) (*AgentOutput, error) {
			v, err := in.Body.version()
			if err == nil {
				_, err = a.config.Agents.SetTerms(ctx, actorOf(ctx), in.ID, in.Body.Version, v)
			}
			return a.showAgent(ctx, in.ID, err)
		})
	register(a, operation(http.MethodPost, "/agents/{id}/suspend", "suspend-agent", tag, "Stop an agent at once"), manage,
		func(ctx context.Context, in *NoteInput) (*AgentOutput, error) {
			_, err := a.config.Agents.Suspend(ctx, actorOf(ctx), in.ID, in.Body.Note)
			return a.showAgent(ctx, in.ID, err)
		})
	for _, ask := range []struct {
		path, id, summary string
		prepare           func(context.Context, access.Actor, string, string) (access.Draft, error)
	}{
		{"open", "propose-agent-open", "Ask for an agent to be opened", func(ctx context.Context, who access.Actor, id, why string) (access.Draft, error) {
			return a.config.Agents.ProposeOpen(ctx, who, id, why)
		}},
		{"end", "propose-agent-end", "Ask for an agent to end", func(ctx context.Context, who access.Actor, id, why string) (access.Draft, error) {
			return a.config.Agents.ProposeEnd(ctx, who, id, why)
		}},
	} {
		register(a, withStatus(operation(http.MethodPost, "/agents/{id}/propose-"+ask.path, ask.id, tag, ask.summary), http.StatusAccepted), two,
			func(ctx context.Context, in *NoteInput) (*ProposalOutput, error) {
				draft, err := ask.prepare(ctx, actorOf(ctx), in.ID, in.Body.Note)
				return a.propose(ctx, draft, err)
			})
	}
	a.registerAgentChanges(tag, two)
	a.registerAgentPeople(tag, manage, two)
	a.registerStatements(tag, seen)
}

// propose opens a proposal that was prepared.
func (a *API) propose(ctx context.Context, draft access.Draft, err error) (*ProposalOutput, error) {
	if err != nil {
		return nil, err
	}
	p, err := a.config.Access.Propose(ctx, actorOf(ctx), draft)
	return a.answerProposal(ctx, p, err)
}

// registerAgentChanges registers what takes two people beside the opening and the end.
func (a *API) registerAgentChanges(tag string, two Rule) {
	type termsInput struct {
		IDInput
		Body struct {
			AgentTermsView
			Reason string `json:"reason" minLength:"1" maxLength:"500"`
		}
	}
	register(a, withStatus(operation(http.MethodPost, "/agents/{id}/propose-terms", "propose-agent-terms", tag, "Ask for other shares from a later business date on"), http.StatusAccepted), two,
		func(ctx context.Context, in *termsInput) (*ProposalOutput, error) {
			v, err := in.Body.version()
			if err != nil {
				return nil, err
			}
			draft, err := a.config.Agents.ProposeTerms(ctx, actorOf(ctx), in.ID, v, in.Body.Reason)
			return a.propose(ctx, draft, err)
		})
	type accountInput struct {
		IDInput
		Body struct {
			AccountView
			Reason string `json:"reason" minLength:"1" maxLength:"500"`
		}
	}
	register(a, withStatus(operation(http.MethodPost, "/agents/{id}/propose-account", "propose-agent-account", tag, "Ask for another account for an agent's shares"), http.StatusAccepted), two,
		func(ctx context.Context, in *accountInput) (*ProposalOutput, error) {
			draft, err := a.config.Agents.ProposeAccount(ctx, actorOf(ctx), in.ID, agent.Account(in.Body.AccountView), in.Body.Reason)
			return a.propose(ctx, draft, err)
		})
	type moveInput struct {
		IDInput
		Body struct {
			Agent  string `json:"agent" maxLength:"64" doc:"Empty for none."`
			From   string `json:"from" maxLength:"10" doc:"The first business date: 2026-12-01."`
			Reason string `json:"reason" minLength:"1" maxLength:"500"`
		}
	}
	register(a, withStatus(operation(http.MethodPost, "/merchants/{id}/propose-agent", "propose-agent-move", tag, "Ask for a merchant to pass to another agent"), http.StatusAccepted), two,
		func(ctx context.Context, in *moveInput) (*ProposalOutput, error) {
			if !named(in.ID, merchant.Prefix) {
				return nil, merchant.ErrNotFound
			}
			from, err := calendar.ParseDate(in.Body.From)
			if err != nil {
				return nil, agent.ErrDate.With("write the date as 2026-12-01")
			}
			draft, err := a.config.Agents.ProposeMove(ctx, actorOf(ctx), in.ID, in.Body.Agent, from, in.Body.Reason)
			return a.propose(ctx, draft, err)
		})
	type moveView struct {
		From   string    `json:"from"`
		Agent  string    `json:"agent"`
		Before string    `json:"before"`
		Reason string    `json:"reason"`
		Done   bool      `json:"done" doc:"The date has come."`
		At     time.Time `json:"at" doc:"When it was decided."`
	}
	type movesOutput struct {
		Body struct {
			Data []moveView `json:"data" nullable:"false"`
		}
	}
	register(a, operation(http.MethodGet, "/merchants/{id}/agents", "get-merchant-agents", tag, "Which agents held a merchant, the last first"),
		Rule{Needs: access.MerchantView, Realm: access.Platform}, func(ctx context.Context, in *IDInput) (*movesOutput, error) {
			if !named(in.ID, merchant.Prefix) {
				return nil, merchant.ErrNotFound
			}
			list, err := a.config.AgentLists.Moves(ctx, in.ID)
			out := &movesOutput{}
			out.Body.Data = []moveView{}
			for _, m := range list {
				out.Body.Data = append(out.Body.Data, moveView{m.From.String(), m.Agent, m.Before, m.Reason, m.Done, m.At.Time()})
			}
			return out, err
		})
}

// showAgent answers with an agent. Whoever does not manage agents and is none of its people sees no telephone.
func (a *API) showAgent(ctx context.Context, id string, err error) (*AgentOutput, error) {
	if err != nil {
		return nil, err
	}
	who := actorOf(ctx)
	d, err := a.config.Agents.Show(ctx, who.Scope(), id)
	if err != nil {
		return nil, err
	}
	out := AgentDetail{AgentView: agentView(d.Agent), AccountName: d.Private.Account.Name, AccountBank: d.Private.Account.Bank, Versions: []AgentTermsView{}}
	out.Contact, out.Phone, out.Email = d.Private.Contact, d.Private.Phone, d.Private.Email
	if who.Realm == access.Platform && !who.May(access.AgentManage) {
		out.Contact, out.Phone, out.Email = d.Contact, identity.MaskPhone(out.Phone), ""
	}
	for _, v := range d.Terms.Versions {
		out.Versions = append(out.Versions, termsView(v))
	}
	if d.Upper != "" {
		upper, _, err := step.Read[agent.Agent](ctx, a.config.People, agent.Key(d.Upper))
		if err != nil {
			return nil, err
		}
		out.UpperName = upper.Name
	}
	if out.PayableFen, err = a.config.AgentLists.Payable(ctx, who.Scope(), id); err == nil {
		out.MerchantsHeld, err = a.config.AgentLists.Held(ctx, id)
	}
	return &AgentOutput{out}, err
}

// StatementLine is the sums of a day, a month or a merchant.
type StatementLine struct {
	Key        string `json:"key" zh:"日期/月份/商户" en:"Date, month or merchant"`
	Merchants  int    `json:"merchants" zh:"商户数" en:"Merchants"`
	Payments   int64  `json:"payments" zh:"笔数" en:"Payments"`
	AmountFen  int64  `json:"amount_fen" zh:"交易金额（元）" en:"Amount (CNY)"`
	Returns    int64  `json:"returns" doc:"Refunds, voids and reversals." zh:"退款撤销笔数" en:"Refunds and voids"`
	ReturnsFen int64  `json:"returns_fen" zh:"退款撤销金额（元）" en:"Refunded and voided (CNY)"`
	FeeFen     int64  `json:"fee_fen" doc:"The merchants' fees, less what was given back." zh:"商户手续费（元）" en:"Fees (CNY)"`
	ShareFen   int64  `json:"share_fen" zh:"分润（元）" en:"Share of fees (CNY)"`
	BackFen    int64  `json:"back_fen" zh:"分润冲回（元）" en:"Taken back (CNY)"`
	NetFen     int64  `json:"net_fen" zh:"净分润（元）" en:"Net share (CNY)"`
}

func statementLine(l agent.Line) StatementLine {
	return StatementLine{
		Key: l.Key, Merchants: l.Merchants, Payments: l.Payments, AmountFen: l.AmountFen, Returns: l.Returns, ReturnsFen: l.ReturnsFen,
		FeeFen: l.FeeFen, ShareFen: l.ShareFen, BackFen: l.BackFen, NetFen: l.Net(),
	}
}

// StatementInput says of which days a statement is, and along what it is summed up.
type StatementInput struct {
	PageInput
	IDInput
	From string `query:"from" maxLength:"10" doc:"First business date; 31 days before the last where it is not said."`
	To   string `query:"to" maxLength:"10" doc:"Last business date; the open one where it is not said."`
	By   string `query:"by" enum:"day,month,merchant" default:"day"`
}

const (
	statementDays = 31
	statementMax  = 400 // days
)

// statement sums up an agent's days, for staff and its own people.
func (a *API) statement(ctx context.Context, id string, from, to, by string) ([]agent.Line, agent.Totals, error) {
	none := agent.Totals{}
	scope := actorOf(ctx).Scope()
	if _, found, err := step.Read[agent.Agent](ctx, a.config.People, agent.Key(id)); err != nil {
		return nil, none, err
	} else if !found || !scope.All() && (scope.Agent() == "" || scope.Agent() != id) {
		return nil, none, agent.ErrNotFound
	}
	var last calendar.Date
	if to == "" {
		day, err := a.config.Day(ctx)
		if err != nil {
			return nil, none, err
		}
		last = day.Date
	} else if day, err := calendar.ParseDate(to); err != nil {
		return nil, none, agent.ErrDate.With("write dates as 2026-12-01")
	} else {
		last = day
	}
	first := calendar.DateOf(last.Midnight(time.UTC).AddDate(0, 0, -statementDays))
	if from != "" {
		day, err := calendar.ParseDate(from)
		if err != nil {
			return nil, none, agent.ErrDate.With("write dates as 2026-12-01")
		}
		first = day
	}
	if last.Midnight(time.UTC).Sub(first.Midnight(time.UTC)) > statementMax*24*time.Hour {
		return nil, none, agent.ErrDate.With("a statement is of %d days at most", statementMax)
	}
	s := agent.NewStatement(agent.By(by))
	if err := a.config.AgentLists.AgentDays(ctx, scope, id, first, last, s.Add); err != nil {
		return nil, none, err
	}
	lines, total := s.Lines()
	return lines, total, nil
}

func (a *API) registerStatements(tag string, seen Rule) {
	registerList(a, operation(http.MethodGet, "/agents/{id}/statement", "list-agent-statement", tag, "What an agent earned, by day, month or merchant"), seen,
		func(ctx context.Context, in *StatementInput, p listing.Page) (listing.Slice[StatementLine], error) {
			lines, _, err := a.statement(ctx, in.ID, in.From, in.To, in.By)
			if err != nil {
				return listing.Slice[StatementLine]{}, err
			}
			if !p.After.IsZero() {
				lines = slices.DeleteFunc(lines, func(l agent.Line) bool { return l.Key <= p.After.ID })
			}
			size := p.Size()
			if p.Whole {
				size = len(lines) // summed up once for a file
			}
			lines = lines[:min(len(lines), size+1)]
			return through(listing.Cut(lines, size, func(l agent.Line) listing.Cursor { return listing.Cursor{At: 1, ID: l.Key} }), statementLine), nil
		})
	type totalsInput struct {
		IDInput
		From string `query:"from" maxLength:"10"`
		To   string `query:"to" maxLength:"10"`
	}
	type totalsOutput struct {
		Body struct {
			Totals     StatementLine `json:"totals"`
			PayableFen int64         `json:"payable_fen" doc:"What is owed to the agent now; below zero, the agent owes."`
			Held       int64         `json:"merchants_held"`
		}
	}
	register(a, operation(http.MethodGet, "/agents/{id}/totals", "get-agent-totals", tag, "What an agent earned over some days, and what is owed to it"), seen,
		func(ctx context.Context, in *totalsInput) (*totalsOutput, error) {
			_, total, err := a.statement(ctx, in.ID, in.From, in.To, "day")
			if err != nil {
				return nil, err
			}
			out := &totalsOutput{}
			out.Body.Totals = statementLine(agent.Line{Key: "total", Totals: total})
			if out.Body.PayableFen, err = a.config.AgentLists.Payable(ctx, actorOf(ctx).Scope(), in.ID); err == nil {
				out.Body.Held, err = a.config.AgentLists.Held(ctx, in.ID)
			}
			return out, err
		})
	type exampleInput struct {
		Body struct {
			Terms     AgentTermView  `json:"terms" doc:"Of the agent that holds the merchant."`
			Upper     *AgentTermView `json:"upper,omitempty" doc:"Of the agent above it."`
			AmountFen int64          `json:"amount_fen" minimum:"1" maximum:"99999999"`
			RefundFen int64          `json:"refund_fen" minimum:"0"`
			CardKind  string         `json:"card_kind" maxLength:"16"`
			Fee       FeeView        `json:"fee" doc:"What the merchant pays."`
			Cost      FeeView        `json:"cost" doc:"What the rail keeps."`
		}
	}
	type exampleOutput struct {
		Body struct {
			FeeFen    int64 `json:"fee_fen"`
			CostFen   int64 `json:"cost_fen"`
			HolderFen int64 `json:"holder_fen"`
			UpperFen  int64 `json:"upper_fen"`
			KeptFen   int64 `json:"kept_fen" doc:"What is left to the institution."`
		}
	}
	register(a, operation(http.MethodPost, "/agents/example", "work-agent-example", tag, "Work out what terms come to on a payment"),
		Rule{Needs: access.AgentManage, Realm: access.Platform, Bare: true}, func(_ context.Context, in *exampleInput) (*exampleOutput, error) {
			b := in.Body
			split := agent.Split{}
			for _, side := range []struct {
				terms *AgentTermView
				cut   *agent.Cut
				name  string
			}{{&b.Terms, &split.Holder, "holder"}, {b.Upper, &split.Upper, "upper"}} {
				if side.terms == nil {
					continue
				}
				v, err := AgentTermsView{From: "2026-01-01", Terms: []AgentTermView{*side.terms}}.version()
				if err == nil {
					err = v.Check()
				}
				if err != nil {
					return nil, err
				}
				*side.cut = agent.Terms{Agent: side.name, State: agent.Active, Versions: []agent.Version{v}}.Cut(
					agent.Paid{Service: side.terms.Service, Kind: b.CardKind, Classes: []string{side.terms.Service}, Day: v.From})
			}
			price, cost := snapshot(b.Fee), snapshot(b.Cost)
			amount := money.Yuan(b.AmountFen)
			t := agent.Taken{Captured: b.AmountFen, Refunded: min(b.RefundFen, b.AmountFen), Fee: price.On(amount).Fen, Cost: cost.On(amount).Fen, CostStays: cost.Keep && !price.Keep}
			t.FeeBack = price.GivenBack(money.Yuan(t.Fee), money.Yuan(t.Refunded), amount).Fen
			t.CostBack = cost.GivenBack(money.Yuan(t.Cost), money.Yuan(t.Refunded), amount).Fen
			shares := split.Of(t)
			out := &exampleOutput{}
			out.Body.FeeFen, out.Body.CostFen = t.Fee-t.FeeBack, t.Cost-t.CostBack
			out.Body.HolderFen, out.Body.UpperFen = shares.Holder, shares.Upper
			out.Body.KeptFen = out.Body.FeeFen - out.Body.CostFen - shares.Sum()
			return out, nil
		})
}

func snapshot(v FeeView) fee.Snapshot {
	return fee.Snapshot{Rate: money.Rate(v.RatePPM), Floor: v.FloorFen, Cap: v.CapFen, Keep: v.Keep}
}

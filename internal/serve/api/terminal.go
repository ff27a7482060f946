package api

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"github.com/yifen-pay/yifen/internal/domain/access"
	"github.com/yifen-pay/yifen/internal/domain/calendar"
	"github.com/yifen-pay/yifen/internal/domain/listing"
	"github.com/yifen-pay/yifen/internal/domain/step"
	"github.com/yifen-pay/yifen/internal/domain/supply"
	"github.com/yifen-pay/yifen/internal/domain/terminal"
)

// Terminals is what the door reads of terminals and their hardware.
type Terminals interface {
	step.Reader
	Terminals(context.Context, access.Scope, terminal.Filter, listing.Page) (listing.Slice[terminal.Terminal], error)
	Bindings(context.Context, terminal.Terminal) ([]terminal.Binding, error)
	Groups(context.Context) ([]terminal.Group, error)
	Census(ctx context.Context, group string) ([]terminal.Census, error)
	Releases(context.Context, terminal.Kind) ([]terminal.Release, error)
	LatestParameters(context.Context, terminal.Kind) (int64, error)
}

// TerminalView is a terminal as callers see it.
type TerminalView struct {
	ID         string     `json:"id"`
	Number     string     `json:"number" zh:"终端号" en:"Terminal" doc:"8 characters, ISO 8583 DE 41."`
	Merchant   string     `json:"merchant" zh:"商户" en:"Merchant"`
	Store      string     `json:"store" zh:"门店" en:"Store"`
	State      string     `json:"state" enum:"prepared,active,suspended,lost,retired" zh:"状态" en:"State"`
	Reason     string     `json:"reason" doc:"Why it is suspended: merchant, staff, idle, unverified, tampered, found." zh:"原因" en:"Reason"`
	Group      string     `json:"group" zh:"终端组" en:"Group"`
	Serial     string     `json:"serial" zh:"序列号" en:"Serial number" doc:"Of the hardware, from the time it is assigned; empty where there is none yet."`
	Unit       string     `json:"unit" doc:"The hardware in the operator's stock list."`
	HasKey     bool       `json:"has_key" doc:"A master key is loaded."`
	SignedIn   bool       `json:"signed_in"`
	SignedInAt *time.Time `json:"signed_in_at"`
	Operator   string     `json:"operator"`
	Batch      int        `json:"batch" doc:"Number of the open batch, 0 before the first sign-in." zh:"批次号" en:"Batch"`
	Online     bool       `json:"online" zh:"在线" en:"Online"`
	HeardAt    *time.Time `json:"heard_at" doc:"Last message." zh:"最近在线" en:"Last seen"`
	TradedAt   *time.Time `json:"traded_at" doc:"Last transaction." zh:"最近交易" en:"Last sale"`
	Address    string     `json:"address" doc:"Network address of the last message."`
	Software   string     `json:"software"`
	Condition  string     `json:"condition" enum:",good,warning,blocks" doc:"The worst that it said of itself; empty where it said nothing." zh:"状况" en:"Condition"`
	Pending    []string   `json:"pending" nullable:"false" doc:"Kinds of parameters that it has yet to fetch." zh:"待下载参数" en:"To fetch"`
	CreatedAt  time.Time  `json:"created_at" zh:"创建时间" en:"Created"`
}

// TerminalDetail is a terminal with all that is known of it.
type TerminalDetail struct {
	TerminalView
	VerifiedAt *time.Time       `json:"verified_at" doc:"When somebody last made sure that it is where and whose it should be."`
	Findings   []FindingView    `json:"findings" nullable:"false" doc:"What it last said of itself."`
	Bindings   []BindingView    `json:"bindings" nullable:"false" doc:"The newest first."`
	Holds      map[string]int64 `json:"holds" doc:"Versions of parameters that it has downloaded, by kind."`
	Wear       WearView         `json:"wear"`
}

// WearView is how often the parts of a terminal were used that wear out.
type WearView struct {
	Since   time.Time `json:"since" doc:"When its condition was last checked; when it came, before the first check."`
	Swipes  int64     `json:"swipes"`
	Inserts int64     `json:"inserts"`
	Taps    int64     `json:"taps"`
}

// FindingView is one thing that a terminal says of itself.
type FindingView struct {
	Part     string `json:"part"`
	Severity string `json:"severity" enum:"good,warning,blocks"`
	Word     string `json:"word"`
}

// BindingView is what a terminal is tied to.
type BindingView struct {
	Version        int64      `json:"version"`
	Serial         string     `json:"serial"`
	Acquirer       string     `json:"acquirer"`
	MerchantNumber string     `json:"merchant_number"`
	MerchantName   string     `json:"merchant_name"`
	Category       string     `json:"category"`
	Registration   string     `json:"registration" doc:"Masked."`
	Account        string     `json:"account" doc:"Masked."`
	Area           string     `json:"area"`
	Address        string     `json:"address"`
	From           time.Time  `json:"from"`
	Until          *time.Time `json:"until"`
	Report         string     `json:"report" enum:"due,accepted,refused" doc:"Whether the clearing institution knows of it."`
	Reference      string     `json:"reference"`
	Note           string     `json:"note"`
}

// when returns an instant for callers, nil for none.
func when(i calendar.Instant) *time.Time {
	if i == 0 {
		return nil
	}
	t := i.Time()
	return &t
}

// TerminalsInput asks for terminals.
type TerminalsInput struct {
	PageInput
	Merchant string `query:"merchant" doc:"Of one merchant."`
	Store    string `query:"store"`
	Group    string `query:"group"`
	State    string `query:"state" enum:"prepared,active,suspended,lost,retired"`
	Number   string `query:"number" maxLength:"8" doc:"The one with this number."`
	Serial   string `query:"serial" maxLength:"38" doc:"The one with this serial number."`
}

// IDInput names one record.
type IDInput struct {
	ID string `path:"id" maxLength:"64"`
}

// NoteBody says why.
type NoteBody struct {
	Note string `json:"note" maxLength:"500" minLength:"1" doc:"Why. It goes into the trail."`
}

// NoteInput names a record and says why.
type NoteInput struct {
	IDInput
	Body NoteBody
}

// TerminalOutput is one terminal.
type TerminalOutput struct{ Body TerminalDetail }

func (a *API) registerTerminals() {
	const tag = "Terminals"
	registerList(a, operation(http.MethodGet, "/terminals", "list-terminals", tag, "List terminals"),
		Rule{Needs: access.TerminalView, Key: true}, a.listTerminals)
	register(a, operation(http.MethodGet, "/terminals/{id}", "get-terminal", tag, "Show a terminal"),
		Rule{Needs: access.TerminalView, Key: true}, func(ctx context.Context, in *IDInput) (*TerminalOutput, error) {
			t, err := a.terminal(ctx, in.ID)
			if err != nil {
				return nil, err
			}
			return a.showTerminal(ctx, t)
		})
	for _, act := range []struct {
		word, summary string
		needs         access.Permission
		do            func(context.Context, terminal.Terminal, string, string) (terminal.Terminal, error)
	}{
		{"suspend", "Suspend a terminal", access.TerminalManage, func(ctx context.Context, t terminal.Terminal, note, by string) (terminal.Terminal, error) {
			return a.config.TerminalDesk.Suspend(ctx, t, terminal.ByStaff, note, by)
		}},
		{"resume", "Let a suspended terminal work again", access.TerminalManage, a.config.TerminalDesk.Resume},
		{"verify", "Record that a terminal is where and whose it should be", access.TerminalManage, a.config.TerminalDesk.Verify},
		{"recover", "Record that a lost terminal turned up", access.TerminalManage, a.config.TerminalDesk.Recover},
		{"retire", "Take a terminal out of use for good", access.TerminalManage, a.config.TerminalDesk.Retire},
		{"lose", "Report a terminal lost or stolen", access.TerminalOrder, a.config.TerminalDesk.Lose},
	} {
		rule := Rule{Needs: act.needs, Fresh: act.word == "retire"}
		register(a, operation(http.MethodPost, "/terminals/{id}/"+act.word, act.word+"-terminal", tag, act.summary), rule,
			func(ctx context.Context, in *NoteInput) (*TerminalOutput, error) {
				t, err := a.terminal(ctx, in.ID)
				if err != nil {
					return nil, err
				}
				if t, err = act.do(ctx, t, in.Body.Note, actorOf(ctx).Trail()); err != nil {
					return nil, err
				}
				return a.showTerminal(ctx, t)
			})
	}
	a.registerTerminalKeeping(tag)
	a.registerTerminalKeys()
	a.registerGroups()
}

// registerTerminalKeeping adds what gives a terminal its configuration, its hardware and its code.
func (a *API) registerTerminalKeeping(tag string) {
	type groupInput struct {
		IDInput
		Body struct {
			Group string `json:"group" minLength:"1" maxLength:"32"`
		}
	}
	register(a, operation(http.MethodPost, "/terminals/{id}/move", "move-terminal", tag, "Put a terminal into a group"),
		Rule{Needs: access.TerminalManage}, func(ctx context.Context, in *groupInput) (*TerminalOutput, error) {
			t, err := a.terminal(ctx, in.ID)
			if err == nil {
				err = a.config.TerminalDesk.Move(ctx, t, in.Body.Group, actorOf(ctx).Trail())
			}
			if err == nil {
				t, err = a.terminal(ctx, in.ID)
			}
			if err != nil {
				return nil, err
			}
			return a.showTerminal(ctx, t)
		})
	type serialInput struct {
		IDInput
		Body struct {
			Serial string `json:"serial" minLength:"1" maxLength:"38" doc:"Of hardware that does not come from stock."`
		}
	}
	register(a, operation(http.MethodPost, "/terminals/{id}/register", "register-terminal", tag, "Tie a terminal to the serial number of hardware that does not come from stock"),
		Rule{Needs: access.TerminalManage, Realm: access.Platform}, func(ctx context.Context, in *serialInput) (*TerminalOutput, error) {
			t, err := a.terminal(ctx, in.ID)
			if err == nil {
				t, err = a.config.TerminalDesk.Register(ctx, t, in.Body.Serial, actorOf(ctx).Trail())
			}
			if err != nil {
				return nil, err
			}
			return a.showTerminal(ctx, t)
		})
	type swapInput struct {
		IDInput
		Body struct {
			Serial string `json:"serial" maxLength:"38" doc:"Of a unit in stock."`
			Note   string `json:"note" minLength:"1" maxLength:"500"`
		}
	}
	register(a, operation(http.MethodPost, "/terminals/{id}/replace", "replace-terminal", tag, "Give a terminal other hardware"),
		Rule{Needs: access.StockManage}, func(ctx context.Context, in *swapInput) (*TerminalOutput, error) {
			t, err := a.terminal(ctx, in.ID)
			if err == nil {
				t, err = a.config.Supply.Swap(ctx, t, in.Body.Serial, in.Body.Note, actorOf(ctx).Trail())
			}
			if err != nil {
				return nil, err
			}
			return a.showTerminal(ctx, t)
		})
	type codeOutput struct {
		Body struct {
			Code  string    `json:"code" doc:"Twelve digits, shown once."`
			Until time.Time `json:"until"`
		}
	}
	register(a, operation(http.MethodPost, "/terminals/{id}/activation-code", "issue-activation-code", tag, "Make an activation code for a terminal"),
		Rule{Needs: access.TerminalOrder, Secret: true}, func(ctx context.Context, in *IDInput) (*codeOutput, error) {
			t, err := a.terminal(ctx, in.ID)
			if err != nil {
				return nil, err
			}
			code, until, err := a.config.Supply.IssueCode(ctx, t.ID, actorOf(ctx).Trail())
			if err != nil {
				return nil, err
			}
			out := &codeOutput{}
			out.Body.Code, out.Body.Until = code, until.Time()
			return out, nil
		})
	register(a, operation(http.MethodGet, "/terminals/{id}/connection", "get-terminal-connection", tag, "Show what to type into a device"),
		Rule{Needs: access.TerminalView}, func(ctx context.Context, in *IDInput) (*ConnectionOutput, error) {
			t, err := a.terminal(ctx, in.ID)
			if err != nil {
				return nil, err
			}
			c, err := a.config.Supply.Connection(ctx, t)
			if err != nil {
				return nil, err
			}
			return &ConnectionOutput{connectionView(c)}, nil
		})
	type activateInput struct {
		Body struct {
			Code   string `json:"code" pattern:"^[0-9 ]{12,15}$" doc:"Twelve digits, as the portal shows them."`
			Serial string `json:"serial" maxLength:"38" doc:"Of the hardware."`
		}
	}
	op := operation(http.MethodPost, "/activations", "activate-terminal", tag, "Activate a terminal: called by the device itself")
	op.Description = "The device sends the code that its owner typed and its own serial number, and learns where to connect. " +
		"Its master key it fetches there, by its own certificate. The same code from the same device gets the same answer for ten minutes."
	register(a, op, Rule{Public: true}, func(ctx context.Context, in *activateInput) (*ConnectionOutput, error) {
		c, err := a.config.Supply.Activate(ctx, strings.ReplaceAll(in.Body.Code, " ", ""), in.Body.Serial)
		if err != nil {
			return nil, err
		}
		return &ConnectionOutput{connectionView(c)}, nil
	})
}

// ConnectionView is what a terminal must know to connect: the card to type into the device.
type ConnectionView struct {
	Terminal     string `json:"terminal" doc:"8 characters."`
	Merchant     string `json:"merchant" doc:"15 characters."`
	MerchantName string `json:"merchant_name"`
	Acquirer     string `json:"acquirer"`
	Address      string `json:"address" doc:"host:port of the ISO 8583 door."`
	TLS          bool   `json:"tls"`
	TPDU         string `json:"tpdu"`
	Profile      string `json:"profile" doc:"Dialect."`
}

// ConnectionOutput is what a terminal must know to connect.
type ConnectionOutput struct{ Body ConnectionView }

func connectionView(c supply.Connection) ConnectionView {
	return ConnectionView{
		Terminal: c.TerminalNumber, Merchant: c.MerchantNumber, MerchantName: c.MerchantName, Acquirer: c.Acquirer,
		Address: c.Address, TLS: c.TLS, TPDU: c.TPDU, Profile: c.Profile,
	}
}

// terminal returns a terminal in the caller's scope.
func (a *API) terminal(ctx context.Context, terminalID string) (terminal.Terminal, error) {
	return covered(ctx, a.config.Terminals, terminalID, terminal.Prefix, terminal.Key, func(t terminal.Terminal) string { return t.Merchant }, terminal.ErrNotFound)
}

func (a *API) listTerminals(ctx context.Context, in *TerminalsInput, p listing.Page) (listing.Slice[TerminalView], error) {
	scope := actorOf(ctx).Scope()
	if in.Number != "" || in.Serial != "" {
		return a.findTerminal(ctx, in)
	}
	found, err := a.config.Terminals.Terminals(ctx, scope, terminal.Filter{
		Merchant: in.Merchant, Store: in.Store, Group: in.Group, State: terminal.State(in.State),
	}, p)
	if err != nil {
		return listing.Slice[TerminalView]{}, err
	}
	out := listing.Slice[TerminalView]{Rows: make([]TerminalView, 0, len(found.Rows)), Next: found.Next, More: found.More}
	groups := groupsOf{}
	for _, t := range found.Rows {
		v, _, err := a.terminalView(ctx, t, groups)
		if err != nil {
			return out, err
		}
		out.Rows = append(out.Rows, v)
	}
	return out, nil
}

// findTerminal lists the one terminal with a number or a serial number, or none.
func (a *API) findTerminal(ctx context.Context, in *TerminalsInput) (listing.Slice[TerminalView], error) {
	out := listing.Slice[TerminalView]{Rows: []TerminalView{}}
	t, err := a.config.TerminalDesk.Lookup(ctx, in.Number, in.Serial)
	if err != nil || !actorOf(ctx).Scope().Covers(t.Merchant) {
		return out, ignore(err, terminal.ErrNotFound)
	}
	v, _, err := a.terminalView(ctx, t, groupsOf{})
	if err == nil {
		out.Rows = append(out.Rows, v)
	}
	return out, err
}

// groupsOf keeps the groups that were read for one answer.
type groupsOf map[string]terminal.Group

func (a *API) terminalView(ctx context.Context, t terminal.Terminal, groups groupsOf) (TerminalView, terminal.Presence, error) {
	v := TerminalView{
		ID: t.ID, Number: t.Number, Merchant: t.Merchant, Store: t.Store, State: string(t.State), Reason: string(t.Reason),
		Group: terminal.GroupKey(t.Group).ID, Serial: t.Serial, Unit: t.Unit, HasKey: len(t.Keys.Master) > 0,
		SignedIn: t.SignedIn, SignedInAt: when(t.SignedInAt), Operator: t.Operator, Batch: t.BatchNumber, CreatedAt: t.CreatedAt.Time(),
		Pending: []string{},
	}
	if v.Serial == "" && t.Unit != "" && t.State == terminal.Prepared { // hardware is tied at activation, and known before it
		u, _, err := step.Read[supply.Unit](ctx, a.config.Terminals, supply.UnitKey(t.Unit))
		if err != nil {
			return v, terminal.Presence{}, err
		}
		if u.Terminal == t.ID {
			v.Serial = u.Serial
		}
	}
	group, known := groups[t.Group]
	if !known {
		var err error
		if group, err = a.config.TerminalDesk.Group(ctx, t); err != nil {
			return v, terminal.Presence{}, err
		}
		groups[t.Group] = group
	}
	for _, k := range group.Pending(t) {
		v.Pending = append(v.Pending, string(k))
	}
	p, _, err := step.Read[terminal.Presence](ctx, a.config.Terminals, terminal.PresenceKey(t.ID))
	if err != nil {
		return v, p, err
	}
	v.Online, v.HeardAt, v.TradedAt = p.Online(calendar.At(a.config.Now())), when(p.HeardAt), when(p.TradedAt)
	v.Address, v.Software = p.Address, p.Software
	c, _, err := step.Read[terminal.Condition](ctx, a.config.Terminals, terminal.ConditionKey(t.ID))
	v.Condition = string(c.Worst)
	return v, p, err
}

func (a *API) showTerminal(ctx context.Context, t terminal.Terminal) (*TerminalOutput, error) {
	v, p, err := a.terminalView(ctx, t, groupsOf{})
	if err != nil {
		return nil, err
	}
	out := &TerminalOutput{TerminalDetail{
		TerminalView: v, VerifiedAt: when(p.VerifiedAt), Findings: []FindingView{}, Bindings: []BindingView{}, Holds: map[string]int64{},
	}}
	c, found, err := step.Read[terminal.Condition](ctx, a.config.Terminals, terminal.ConditionKey(t.ID))
	if err != nil {
		return nil, err
	}
	if found {
		if err := json.Unmarshal([]byte(c.Findings), &out.Body.Findings); err != nil {
			return nil, err
		}
	}
	bindings, err := a.config.Terminals.Bindings(ctx, t)
	if err != nil {
		return nil, err
	}
	for _, b := range bindings {
		out.Body.Bindings = append(out.Body.Bindings, BindingView{
			Version: b.Version, Serial: b.Serial, Acquirer: b.Acquirer, MerchantNumber: b.MerchantNumber, MerchantName: b.MerchantName,
			Category: b.Category, Registration: b.RegistrationMasked, Account: b.AccountMasked, Area: b.Place.Area, Address: b.Place.Address,
			From: b.From.Time(), Until: when(b.Until), Report: string(b.Report), Reference: b.Reference, Note: b.Note,
		})
	}
	for _, k := range terminal.Kinds {
		if n := t.Holds.Of(k); n != 0 {
			out.Body.Holds[string(k)] = n
		}
	}
	out.Body.Wear, err = a.wear(ctx, t)
	return out, err
}

// wear counts the use of a terminal since its condition was last checked.
func (a *API) wear(ctx context.Context, t terminal.Terminal) (WearView, error) {
	since := t.CreatedAt
	done, err := a.config.Stock.Cares(ctx, actorOf(ctx).Scope(), supply.CareFilter{Terminal: t.ID, State: supply.CareDone}, listing.Page{})
	if err != nil {
		return WearView{}, err
	}
	for _, c := range done.Rows {
		if c.Kind == supply.Condition {
			since = max(since, c.DoneAt)
		}
	}
	w, err := a.config.Payments.Wear(ctx, t, since)
	return WearView{since.Time(), w.Swipes, w.Inserts, w.Taps}, err
}

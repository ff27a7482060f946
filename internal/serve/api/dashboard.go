package api

import (
	"context"
	"net/http"
	"sync"
	"time"

	"github.com/yifen-pay/yifen/internal/domain/access"
	"github.com/yifen-pay/yifen/internal/domain/calendar"
	"github.com/yifen-pay/yifen/internal/domain/merchant"
	"github.com/yifen-pay/yifen/internal/domain/payment"
	"github.com/yifen-pay/yifen/internal/domain/product"
	"github.com/yifen-pay/yifen/internal/domain/terminal"
)

// Days is what the door reads of the day at a glance.
type Days interface {
	Collected(ctx context.Context, scope access.Scope, day calendar.Date, service string) (count, fen int64, err error)
	DayOperations(context.Context, access.Scope, calendar.Instant) (list []payment.Outline, whole bool, err error)
	ApplicationsIn(context.Context, merchant.ApplicationState) (int64, error)
	OpenProposals(context.Context) (int64, error)
	ActiveTerminals(context.Context, access.Scope) (int64, error)
	OnlineTerminals(context.Context, access.Scope, calendar.Instant) (int64, error)
}

// Takings is what was collected.
type Takings struct {
	AmountFen int64 `json:"amount_fen"`
	Count     int64 `json:"count"`
}

// HourTakings is what was collected within an hour.
type HourTakings struct {
	Hour int `json:"hour" minimum:"0" maximum:"23"`
	Takings
}

// RailTakings is what was collected by a rail.
type RailTakings struct {
	Rail string `json:"rail"`
	Takings
}

// Approval is how requests were answered.
type Approval struct {
	Approved int64 `json:"approved"`
	Declined int64 `json:"declined" doc:"By issuers and wallets."`
	Refused  int64 `json:"refused" doc:"By us."`
}

// WaitingView is what waits for the operator's staff.
type WaitingView struct {
	Submitted int64 `json:"submitted" doc:"Applications that nobody has claimed."`
	Claimed   int64 `json:"claimed" doc:"Applications under review."`
	Proposals int64 `json:"proposals" doc:"Changes that wait for a second person."`
}

// WorkingView is how many terminals work.
type WorkingView struct {
	Online int64 `json:"online" doc:"Heard within five minutes."`
	Total  int64 `json:"total"`
}

// Dashboard is the day at a glance.
type Dashboard struct {
	Date      string        `json:"date" doc:"The business date."`
	Currency  string        `json:"currency"`
	Takings   Takings       `json:"takings"`
	Yesterday Takings       `json:"yesterday"`
	Rails     []RailTakings `json:"rails" nullable:"false"`
	Approval  *Approval     `json:"approval" doc:"Of the latest 20,000 requests of the day, of a merchant or of all."`
	Hours     []HourTakings `json:"hours" nullable:"false" doc:"By the hour of Shanghai; empty on a day of more than 20,000 requests."`
	Waiting   *WaitingView  `json:"waiting" doc:"For staff."`
	Terminals *WorkingView  `json:"terminals" doc:"For who may see them."`
}

func (a *API) registerDashboard() {
	type output struct{ Body Dashboard }
	register(a, operation(http.MethodGet, "/dashboard", "get-dashboard", "Dashboard", "The day at a glance"), Rule{Needs: access.DashboardView, Key: true},
		func(ctx context.Context, _ *struct{}) (*output, error) {
			d, err := a.dashboard(ctx, actorOf(ctx))
			return &output{d}, err
		})
}

func (a *API) dashboard(ctx context.Context, who access.Actor) (d Dashboard, err error) {
	open, err := a.config.Day(ctx)
	if err != nil {
		return d, err
	}
	scope, day := who.Scope(), open.Date
	d = Dashboard{Date: day.String(), Currency: "CNY", Hours: []HourTakings{}, Rails: []RailTakings{}}
	if d.Takings.Count, d.Takings.AmountFen, err = a.config.Days.Collected(ctx, scope, day, ""); err != nil {
		return d, err
	}
	before := calendar.DateOf(day.Midnight(calendar.Shanghai).AddDate(0, 0, -1))
	if d.Yesterday.Count, d.Yesterday.AmountFen, err = a.config.Days.Collected(ctx, scope, before, ""); err != nil {
		return d, err
	}
	for _, service := range product.Kinds {
		by := RailTakings{Rail: string(service)}
		if service == product.Card {
			by.Rail = payment.CardNet
		}
		if by.Count, by.AmountFen, err = a.config.Days.Collected(ctx, scope, day, string(service)); err != nil {
			return d, err
		}
		if by.Count > 0 {
			d.Rails = append(d.Rails, by)
		}
	}
	if err := a.countDay(ctx, &d, scope, open.OpenedAt); err != nil {
		return d, err
	}
	if who.Realm == access.Platform {
		if d.Waiting, err = a.waiting(ctx); err != nil {
			return d, err
		}
	}
	if who.May(access.TerminalView) {
		d.Terminals = &WorkingView{}
		if d.Terminals.Total, err = a.config.Days.ActiveTerminals(ctx, scope); err != nil {
			return d, err
		}
		d.Terminals.Online, err = a.config.Days.OnlineTerminals(ctx, scope, calendar.At(a.config.Now()).Add(-terminal.OnlineFor))
	}
	return d, err
}

// glanceFor is how old what was counted of all operations may be.
const glanceFor = 5 * time.Second

// glance is what was counted of all operations of a day, when it was counted.
type glance struct {
	sync.Mutex
	at       time.Time
	since    calendar.Instant
	approval *Approval
	hours    []HourTakings
}

// countDay tells the day from its operations: those since the business date was opened, which need not be midnight.
func (a *API) countDay(ctx context.Context, d *Dashboard, scope access.Scope, since calendar.Instant) (err error) {
	if scope.All() {
		// One answer serves all who look within some seconds: it takes a statement per bucket, and pages ask again
		// whenever something was sold.
		a.glance.Lock()
		defer a.glance.Unlock()
		now := a.config.Now()
		if age := now.Sub(a.glance.at); a.glance.since == since && age >= 0 && age < glanceFor {
			d.Approval, d.Hours = a.glance.approval, a.glance.hours
			return nil
		}
		defer func() {
			if err == nil {
				a.glance.at, a.glance.since, a.glance.approval, a.glance.hours = now, since, d.Approval, d.Hours
			}
		}()
	}
	list, whole, err := a.config.Days.DayOperations(ctx, scope, since)
	if err != nil {
		return err
	}
	d.Approval = &Approval{}
	hours := [24]Takings{}
	for _, o := range list {
		switch {
		case !o.Kind.Collects() && o.Kind != payment.PreauthOp:
			continue
		case o.State == payment.OpApproved:
			d.Approval.Approved++
		case o.State == payment.OpDeclined:
			d.Approval.Declined++
		case o.State == payment.OpRefused:
			d.Approval.Refused++
		}
		if o.State == payment.OpApproved && o.Kind.Collects() {
			h := &hours[o.CreatedAt.Time().In(calendar.Shanghai).Hour()]
			h.Count++
			h.AmountFen += o.ApprovedFen
		}
	}
	if !whole {
		return nil
	}
	for hour, taken := range hours {
		d.Hours = append(d.Hours, HourTakings{hour, taken})
	}
	return nil
}

func (a *API) waiting(ctx context.Context) (w *WaitingView, err error) {
	w = &WaitingView{}
	if w.Submitted, err = a.config.Days.ApplicationsIn(ctx, merchant.Submitted); err != nil {
		return nil, err
	}
	if w.Claimed, err = a.config.Days.ApplicationsIn(ctx, merchant.Claimed); err != nil {
		return nil, err
	}
	w.Proposals, err = a.config.Days.OpenProposals(ctx)
	return w, err
}

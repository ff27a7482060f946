package supply

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/yifen-pay/yifen/internal/domain/audit"
	"github.com/yifen-pay/yifen/internal/domain/calendar"
	"github.com/yifen-pay/yifen/internal/domain/directory"
	"github.com/yifen-pay/yifen/internal/domain/event"
	"github.com/yifen-pay/yifen/internal/domain/fault"
	"github.com/yifen-pay/yifen/internal/domain/id"
	"github.com/yifen-pay/yifen/internal/domain/merchant"
	"github.com/yifen-pay/yifen/internal/domain/number"
	"github.com/yifen-pay/yifen/internal/domain/step"
	"github.com/yifen-pay/yifen/internal/domain/terminal"
)

// OrderTable is where orders lie.
const OrderTable step.Table = "terminal_order"

// OrderPrefix begins the ids of orders.
const OrderPrefix = "tor_"

// OrderState says how far an order came.
type OrderState string

// The states. The diagram is in doc.go.
const (
	Placed        OrderState = "placed"
	Approved      OrderState = "approved"
	OrderAssigned OrderState = "assigned"
	OrderShipped  OrderState = "shipped"
	OrderReceived OrderState = "received"
	Cancelled     OrderState = "cancelled"
)

// OrderStates lists every state.
var OrderStates = []OrderState{Placed, Approved, OrderAssigned, OrderShipped, OrderReceived, Cancelled}

// OrderAct is what happens to an order.
type OrderAct string

// The acts.
const (
	Approve      OrderAct = "approve"
	AssignAll    OrderAct = "assign"
	ShipOrder    OrderAct = "ship"
	ReceiveOrder OrderAct = "receive"
	Cancel       OrderAct = "cancel"
)

// OrderActs lists every act.
var OrderActs = []OrderAct{Approve, AssignAll, ShipOrder, ReceiveOrder, Cancel}

var orderNext = map[OrderState]map[OrderAct]OrderState{
	Placed:        {Approve: Approved, Cancel: Cancelled},
	Approved:      {AssignAll: OrderAssigned, Cancel: Cancelled},
	OrderAssigned: {ShipOrder: OrderShipped},
	OrderShipped:  {ReceiveOrder: OrderReceived},
	OrderReceived: {},
	Cancelled:     {},
}

// After returns the state after an act, or [ErrOrderState].
func (s OrderState) After(a OrderAct) (OrderState, error) {
	to, ok := orderNext[s][a]
	if !ok {
		return s, ErrOrderState.With("an order that is %s cannot be: %s", s, a)
	}
	return to, nil
}

// Line is a model and how many of it, under the terms of the day.
type Line struct {
	Model      string `json:"model"`
	Count      int    `json:"count"`
	PriceFen   int64  `json:"price_fen"`   // of one, once
	DepositFen int64  `json:"deposit_fen"` // of one, given back with the unit
	MonthlyFen int64  `json:"monthly_fen"` // of one
}

// Item is a unit that was assigned to an order, and the terminal that it will be.
type Item struct {
	Unit     string `json:"unit"`
	Serial   string `json:"serial"`
	Model    string `json:"model"`
	Terminal string `json:"terminal"`
	Number   string `json:"number"`
}

// Contact is who receives a shipment, and where. It is stored sealed.
type Contact struct {
	Name    string `json:"name"`
	Phone   string `json:"phone"`
	Area    string `json:"area"` // GB/T 2260
	Address string `json:"address"`
}

// Order is a merchant's order of terminals.
type Order struct {
	ID       string
	Bucket   id.Bucket
	Merchant string
	Store    string
	State    OrderState
	Lines    []Line
	Items    []Item
	// OnceFen and MonthlyFen are what the merchant agreed to pay: prices and deposits, and data fees of a month.
	OnceFen, MonthlyFen int64
	AgreedBy            string
	Contact             []byte // sealed
	Carrier, Tracking   string
	Note                string
	Course              []Passed // the states since it was placed, in their order
	CreatedAt           calendar.Instant
	ChangedAt           calendar.Instant
}

// Passed is when an order came into a state.
type Passed struct {
	State OrderState       `json:"state"`
	At    calendar.Instant `json:"at"`
}

// advance takes the order on by an act, and notes when.
func (o *Order) advance(a OrderAct, now calendar.Instant) (err error) {
	if o.State, err = o.State.After(a); err == nil {
		o.Course = append(slices.Clone(o.Course), Passed{o.State, now})
	}
	return err
}

// Key returns the row's key.
func (o Order) Key() step.Key { return step.Key{Table: OrderTable, Bucket: o.Bucket, ID: o.ID} }

// Refusals of orders.
var (
	ErrOrder      = fault.New(fault.NotFound, "order_not_found", "there is no such order of terminals")
	ErrOrderState = fault.New(fault.Conflict, "order_state", "the order's state does not allow this")
	ErrLines      = fault.New(fault.Invalid, "order_lines", "an order has 1 to 20 lines of 1 to 500 pieces, each of a model of its own")
	ErrTerms      = fault.New(fault.Conflict, "terms_changed", "the terms changed since they were shown: look at them and order again")
	ErrNoModel    = fault.New(fault.NotFound, "model_not_found", "there is no such model")
	ErrWithdrawn  = fault.New(fault.Conflict, "model_withdrawn", "this model is not on offer any more")
	ErrContact    = fault.New(fault.Invalid, "contact_invalid", "a shipment needs a name, a telephone number and an address")
	ErrNotOrdered = fault.New(fault.Conflict, "unit_not_ordered", "the order has no place for a unit of this model")
	ErrTracking   = fault.New(fault.Invalid, "tracking_missing", "name the carrier and the tracking number")
	ErrStore      = fault.New(fault.NotFound, "store_not_found", "the merchant has no such store")
)

// Quote returns the lines under today's terms, and what they come to.
func (s *Service) Quote(ctx context.Context, lines []Line) (quoted []Line, onceFen, monthlyFen int64, err error) {
	if len(lines) == 0 || len(lines) > 20 {
		return nil, 0, 0, ErrLines
	}
	for i, l := range lines {
		if l.Count < 1 || l.Count > 500 || slices.ContainsFunc(lines[:i], func(o Line) bool { return o.Model == l.Model }) {
			return nil, 0, 0, ErrLines
		}
		m, found, err := step.Read[Model](ctx, s.store, ModelKey(l.Model))
		switch {
		case err != nil:
			return nil, 0, 0, err
		case !found:
			return nil, 0, 0, ErrNoModel
		case !m.Offered:
			return nil, 0, 0, ErrWithdrawn
		}
		quoted = append(quoted, Line{m.ID, l.Count, m.PriceFen, m.DepositFen, m.MonthlyFen})
		onceFen += int64(l.Count) * (m.PriceFen + m.DepositFen)
		monthlyFen += int64(l.Count) * m.MonthlyFen
	}
	return quoted, onceFen, monthlyFen, nil
}

// Wish is what a merchant orders, with the terms that were shown.
type Wish struct {
	Merchant, Store     string
	Lines               []Line // model and count
	Contact             Contact
	OnceFen, MonthlyFen int64
}

// Place places an order. It is refused when the terms are not those that were shown.
func (s *Service) Place(ctx context.Context, w Wish, by string) (Order, error) {
	quoted, once, monthly, err := s.Quote(ctx, w.Lines)
	switch {
	case err != nil:
		return Order{}, err
	case once != w.OnceFen || monthly != w.MonthlyFen:
		return Order{}, ErrTerms
	case strings.TrimSpace(w.Contact.Name) == "" || strings.TrimSpace(w.Contact.Phone) == "" || strings.TrimSpace(w.Contact.Address) == "":
		return Order{}, ErrContact
	}
	b := id.MustBucket(w.Merchant)
	now := calendar.At(s.now())
	o := Order{
		ID: s.ids.New(OrderPrefix, b), Bucket: b, Merchant: w.Merchant, Store: w.Store, State: Placed, Lines: quoted, Items: []Item{}, Course: []Passed{{Placed, now}},
		OnceFen: once, MonthlyFen: monthly, AgreedBy: by, CreatedAt: now, ChangedAt: now,
	}
	raw, err := json.Marshal(w.Contact)
	if err != nil {
		return Order{}, err
	}
	o.Contact = s.vault.SealData(raw, o.ID)
	trail, told := s.ids.New("aud_", b), s.ids.New("evt_", b)
	shop := step.Key{Table: merchant.StoreTable, Bucket: b, ID: w.Store}
	err = s.gate.Do(ctx, step.Step{
		Name: "order.place", Class: step.Staff, Keys: []step.Key{merchant.Key(w.Merchant), shop},
		Run: func(v step.View) error {
			m, err := step.Must[merchant.Merchant](v, merchant.Key(w.Merchant), merchant.ErrNotFound)
			if err != nil {
				return err
			}
			at, err := step.Must[merchant.Store](v, shop, ErrStore)
			switch {
			case err != nil:
				return err
			case at.Merchant != m.ID:
				return ErrStore
			case m.State != merchant.Active:
				return terminal.ErrNotOpen
			}
			v.Put(o)
			v.Put(audit.Record{
				ID: trail, Bucket: b, Merchant: o.Merchant, At: now, Actor: by, Action: "order.placed", Subject: o.ID,
				Detail: fmt.Sprintf("%d fen once, %d fen a month", once, monthly),
			})
			v.Put(o.event(told, now))
			return nil
		},
	})
	return o, err
}

func (o Order) event(id string, at calendar.Instant) event.Event {
	return event.Event{
		ID: id, Bucket: o.Bucket, At: at, Merchant: o.Merchant, Kind: "terminal_order." + string(o.State), Subject: o.ID,
		Body: fmt.Sprintf(`{"order":%q,"state":%q}`, o.ID, o.State),
	}
}

// ContactOf opens who receives an order.
func (s *Service) ContactOf(o Order) (c Contact, err error) {
	raw, err := s.vault.OpenData(o.Contact, o.ID)
	if err == nil {
		err = json.Unmarshal(raw, &c)
	}
	return c, err
}

// Order returns an order as last committed.
func (s *Service) Order(ctx context.Context, order string) (Order, error) {
	key, err := orderKey(order)
	if err != nil {
		return Order{}, err
	}
	o, found, err := step.Read[Order](ctx, s.store, key)
	if err == nil && !found {
		err = ErrOrder
	}
	return o, err
}

func orderKey(order string) (step.Key, error) {
	b, err := id.BucketOf(order)
	if err != nil || !strings.HasPrefix(order, OrderPrefix) {
		return step.Key{}, ErrOrder
	}
	return step.Key{Table: OrderTable, Bucket: b, ID: order}, nil
}

// Approve lets an order be fulfilled.
func (s *Service) Approve(ctx context.Context, order, by string) (Order, error) {
	return s.changeOrder(ctx, order, Approve, by, func(step.View, *Order) error { return nil })
}

// Cancel takes an order back. Units that were assigned go back into stock, their terminals are retired.
func (s *Service) Cancel(ctx context.Context, order, note, by string) (Order, error) {
	o, err := s.changeOrder(ctx, order, Cancel, by, func(_ step.View, o *Order) error { o.Note = note; return nil })
	if err != nil {
		return o, err
	}
	for _, item := range o.Items {
		if _, err := s.Move(ctx, item.Unit, Release, "order cancelled", by); err != nil && !isState(err) {
			return o, err
		}
		if err := s.retire(ctx, item.Terminal, by); err != nil {
			return o, err
		}
	}
	return o, nil
}

func (s *Service) retire(ctx context.Context, terminalID, by string) error {
	t, found, err := step.Read[terminal.Terminal](ctx, s.store, terminal.Key(terminalID))
	if err != nil || !found || t.State == terminal.Retired {
		return err
	}
	_, err = s.terminals.Retire(ctx, t, "order cancelled", by)
	return err
}

// changeOrder takes an order through an act and says so in the trail.
func (s *Service) changeOrder(ctx context.Context, order string, a OrderAct, by string, change func(step.View, *Order) error) (Order, error) {
	key, err := orderKey(order)
	if err != nil {
		return Order{}, err
	}
	now, trail, told := calendar.At(s.now()), s.ids.New("aud_", key.Bucket), s.ids.New("evt_", key.Bucket)
	var changed Order
	err = s.gate.Do(ctx, step.Step{
		Name: "order." + string(a), Class: step.Staff, Keys: []step.Key{key},
		Run: func(v step.View) error {
			o, err := step.Must[Order](v, key, ErrOrder)
			if err != nil {
				return err
			}
			if err := o.advance(a, now); err != nil {
				return err
			}
			if err := change(v, &o); err != nil {
				return err
			}
			o.ChangedAt = now
			v.Put(o)
			v.Put(audit.Record{ID: trail, Bucket: o.Bucket, Merchant: o.Merchant, At: now, Actor: by, Action: "order." + string(o.State), Subject: o.ID, Detail: o.Note})
			v.Put(o.event(told, now))
			changed = o
			return nil
		},
	})
	return changed, err
}

// room returns how many units of a model an order still has place for.
func (o Order) room(model string) int {
	n := 0
	for _, l := range o.Lines {
		if l.Model == model {
			n = l.Count
		}
	}
	for _, i := range o.Items {
		if i.Model == model {
			n--
		}
	}
	return n
}

// full tells whether every line has its units.
func (o Order) full() bool {
	return !slices.ContainsFunc(o.Lines, func(l Line) bool { return o.room(l.Model) > 0 })
}

// Assign gives a unit in stock to an order and makes the terminal that it will be. What was cut off between its commits goes on where
// it was when it is asked for again.
func (s *Service) Assign(ctx context.Context, order, serial, by string) (Order, Item, error) {
	o, err := s.Order(ctx, order)
	if err != nil {
		return o, Item{}, err
	}
	u, err := s.FindUnit(ctx, serial)
	if err != nil {
		return o, Item{}, err
	}
	for _, i := range o.Items {
		if i.Unit == u.ID {
			return o, i, nil
		}
	}
	if o.State != Approved {
		return o, Item{}, ErrOrderState.With("units are assigned to an order that is approved; this one is %s", o.State)
	}
	if o.room(u.Model) <= 0 {
		return o, Item{}, ErrNotOrdered
	}
	if u.State != Assigned || u.Order != o.ID {
		made := s.ids.New(terminal.Prefix, o.Bucket)
		if u, err = s.changeUnit(ctx, u.ID, Assign, "", by, func(u *Unit) {
			u.Merchant, u.Order, u.Terminal = o.Merchant, o.ID, made
		}); err != nil {
			return o, Item{}, err
		}
	}
	number, err := s.number(ctx, u.Terminal)
	if err != nil {
		return o, Item{}, err
	}
	return s.place(ctx, o, u, number, by)
}

// place makes the terminal of a unit that was assigned and notes it on the order.
func (s *Service) place(ctx context.Context, o Order, u Unit, number, by string) (Order, Item, error) {
	item := Item{u.ID, u.Serial, u.Model, u.Terminal, number}
	now, trail := calendar.At(s.now()), s.ids.New("aud_", o.Bucket)
	var changed Order
	err := s.gate.Do(ctx, step.Step{
		Name: "order.place_unit", Class: step.Staff, Keys: []step.Key{o.Key(), terminal.Key(u.Terminal)},
		Run: func(v step.View) error {
			row, err := step.Must[Order](v, o.Key(), ErrOrder)
			if err != nil {
				return err
			}
			if at := slices.IndexFunc(row.Items, func(i Item) bool { return i.Unit == u.ID }); at >= 0 {
				changed, item = row, row.Items[at]
				return nil
			}
			if row.State != Approved || row.room(u.Model) <= 0 {
				return ErrNotOrdered
			}
			row.Items = append(slices.Clone(row.Items), item)
			row.ChangedAt = now
			if row.full() {
				if err := row.advance(AssignAll, now); err != nil {
					return err
				}
			}
			v.Put(row)
			v.Put(terminal.Terminal{
				ID: u.Terminal, Bucket: o.Bucket, Merchant: o.Merchant, Store: o.Store, Number: number, Profile: terminal.ProfileCUP,
				State: terminal.Prepared, Unit: u.ID, Keys: terminal.Keys{Algorithm: "3des"}, CreatedAt: now,
			})
			v.Put(audit.Record{
				ID: trail, Bucket: o.Bucket, Merchant: o.Merchant, At: now, Actor: by, Action: "terminal.prepared", Subject: u.Terminal,
				Detail: fmt.Sprintf("number %s, unit %s, order %s", number, u.ID, o.ID),
			})
			changed = row
			return nil
		},
	})
	return changed, item, err
}

// numberTries bounds the search for a number that nobody has.
const numberTries = 1000

// number takes the next terminal number that nobody has, or the one that the terminal was given before.
func (s *Service) number(ctx context.Context, terminalID string) (string, error) {
	for range numberTries {
		n, err := number.Take(ctx, s.gate, "terminal", 1)
		if err != nil {
			return "", err
		}
		entry := directory.Entry{Kind: directory.TerminalNumber, Name: fmt.Sprintf("%s%0*d", s.prefix, 8-len(s.prefix), n), Target: terminalID}
		if len(entry.Name) > 8 {
			return "", ErrNumbers
		}
		err = s.gate.Do(ctx, step.Step{
			Name: "terminal.number", Class: step.Staff, Keys: []step.Key{entry.Key()},
			Run: func(v step.View) error { return directory.Reserve(v, entry) },
		})
		switch {
		case err == nil:
			return entry.Name, nil
		case !isTaken(err):
			return "", err
		}
	}
	return "", ErrNumbers
}

// ErrNumbers tells that the numbers under the installation's prefix are used up.
var ErrNumbers = fault.New(fault.Internal, "terminal_numbers", "there are no terminal numbers left under this prefix: set another")

// Ship sends what was assigned.
func (s *Service) Ship(ctx context.Context, order, carrier, tracking, by string) (Order, error) {
	carrier, tracking = strings.TrimSpace(carrier), strings.TrimSpace(tracking)
	if carrier == "" || tracking == "" {
		return Order{}, ErrTracking
	}
	o, err := s.Order(ctx, order)
	if err != nil {
		return o, err
	}
	if _, err := o.State.After(ShipOrder); err != nil {
		return o, err
	}
	if err := s.moveAll(ctx, o, Ship, carrier+" "+tracking, by); err != nil {
		return o, err
	}
	return s.changeOrder(ctx, order, ShipOrder, by, func(_ step.View, o *Order) error {
		o.Carrier, o.Tracking = carrier, tracking
		return nil
	})
}

// Receive confirms that a shipment arrived.
func (s *Service) Receive(ctx context.Context, order, by string) (Order, error) {
	o, err := s.Order(ctx, order)
	if err != nil {
		return o, err
	}
	if _, err := o.State.After(ReceiveOrder); err != nil {
		return o, err
	}
	if err := s.moveAll(ctx, o, Receive, "", by); err != nil {
		return o, err
	}
	return s.changeOrder(ctx, order, ReceiveOrder, by, func(step.View, *Order) error { return nil })
}

// moveAll takes the units of an order through an act. A unit that is beyond it already, because it was activated in between
// or the act was cut off before, stays as it is.
func (s *Service) moveAll(ctx context.Context, o Order, a UnitAct, note, by string) error {
	for _, item := range o.Items {
		if _, err := s.Move(ctx, item.Unit, a, note, by); err != nil && !isState(err) {
			return err
		}
	}
	return nil
}

// OrderFilter narrows a list of orders; a zero field asks for nothing.
type OrderFilter struct {
	Merchant string
	State    OrderState
}

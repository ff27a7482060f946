package store

import (
	"context"
	"encoding/json"
	"strings"

	"github.com/yifen-pay/yifen/internal/domain/access"
	"github.com/yifen-pay/yifen/internal/domain/calendar"
	"github.com/yifen-pay/yifen/internal/domain/id"
	"github.com/yifen-pay/yifen/internal/domain/listing"
	"github.com/yifen-pay/yifen/internal/domain/step"
	"github.com/yifen-pay/yifen/internal/domain/supply"
	"github.com/yifen-pay/yifen/internal/domain/terminal"
)

// deviceTables hold the hardware of terminals and its way to the merchant.
var deviceTables = []*table{modelTable, unitTable, orderTable, activationTable, bindingTable, presenceTable, careTable}

var modelTable = &table{
	name: supply.ModelTable, hold: free,
	columns: cols("bucket small, id text, name text, name_en text, maker text, form text, system text, abilities text, networks text, " +
		"certificate text, price_fen int, deposit_fen int, monthly_fen int, offered int, updated_at_us int"),
	encode: func(s sink, r step.Row) {
		m := r.(supply.Model)
		s.Int(0)
		s.Text(m.ID)
		s.Text(m.Name)
		s.Text(m.NameEN)
		s.Text(m.Maker)
		s.Text(string(m.Form))
		s.Text(m.System)
		s.Text(strings.Join(m.Abilities, " "))
		s.Text(strings.Join(m.Networks, " "))
		s.Text(m.Certificate)
		s.Int(m.PriceFen)
		s.Int(m.DepositFen)
		s.Int(m.MonthlyFen)
		sinkBool(s, m.Offered)
		s.Int(int64(m.UpdatedAt))
	},
	decode: func(scan func(...any) error) (step.Row, error) {
		var m supply.Model
		var bucket, offered int64
		var abilities, networks string
		err := scan(&bucket, &m.ID, &m.Name, &m.NameEN, &m.Maker, &m.Form, &m.System, &abilities, &networks,
			&m.Certificate, &m.PriceFen, &m.DepositFen, &m.MonthlyFen, &offered, &m.UpdatedAt)
		m.Abilities, m.Networks, m.Offered = strings.Fields(abilities), strings.Fields(networks), offered != 0
		return m, err
	},
}

var unitTable = &table{
	name: supply.UnitTable,
	columns: cols("bucket small, id text, serial text, model text, state text, merchant text, terminal text, terminal_order text, " +
		"depot text, note text, created_at_us int, changed_at_us int"),
	encode: func(s sink, r step.Row) {
		u := r.(supply.Unit)
		s.Int(int64(u.Bucket))
		s.Text(u.ID)
		s.Text(u.Serial)
		s.Text(u.Model)
		s.Text(string(u.State))
		s.Text(u.Merchant)
		s.Text(u.Terminal)
		s.Text(u.Order)
		s.Text(u.Depot)
		s.Text(u.Note)
		s.Int(int64(u.CreatedAt))
		s.Int(int64(u.ChangedAt))
	},
	decode: func(scan func(...any) error) (step.Row, error) {
		var u supply.Unit
		err := scan(&u.Bucket, &u.ID, &u.Serial, &u.Model, &u.State, &u.Merchant, &u.Terminal, &u.Order, &u.Depot, &u.Note,
			&u.CreatedAt, &u.ChangedAt)
		return u, err
	},
}

var orderTable = &table{
	name: supply.OrderTable,
	columns: cols("bucket small, id text, merchant text, store text, state text, lines text, items text, once_fen int, monthly_fen int, " +
		"agreed_by text, contact blob, carrier text, tracking text, note text, course text, created_at_us int, changed_at_us int"),
	encode: func(s sink, r step.Row) {
		o := r.(supply.Order)
		s.Int(int64(o.Bucket))
		s.Text(o.ID)
		s.Text(o.Merchant)
		s.Text(o.Store)
		s.Text(string(o.State))
		s.Text(inJSON(o.Lines))
		s.Text(inJSON(o.Items))
		s.Int(o.OnceFen)
		s.Int(o.MonthlyFen)
		s.Text(o.AgreedBy)
		s.Blob(o.Contact)
		s.Text(o.Carrier)
		s.Text(o.Tracking)
		s.Text(o.Note)
		s.Text(inJSON(o.Course))
		s.Int(int64(o.CreatedAt))
		s.Int(int64(o.ChangedAt))
	},
	decode: func(scan func(...any) error) (step.Row, error) {
		var o supply.Order
		var lines, items, course string
		err := scan(&o.Bucket, &o.ID, &o.Merchant, &o.Store, &o.State, &lines, &items, &o.OnceFen, &o.MonthlyFen, &o.AgreedBy,
			&o.Contact, &o.Carrier, &o.Tracking, &o.Note, &course, &o.CreatedAt, &o.ChangedAt)
		if err == nil {
			err = json.Unmarshal([]byte(lines), &o.Lines)
		}
		if err == nil {
			err = json.Unmarshal([]byte(items), &o.Items)
		}
		if err == nil {
			err = json.Unmarshal([]byte(course), &o.Course)
		}
		return o, err
	},
}

// inJSON writes a list that is read as a whole. Its kinds are ours and can always be written.
func inJSON(v any) string {
	raw, err := json.Marshal(v)
	if err != nil {
		panic("store: " + err.Error())
	}
	return string(raw)
}

var activationTable = &table{
	name:    supply.ActivationTable,
	columns: cols("bucket small, id text, code_index text, wrong int, issued_by text, at_us int, used_at_us int"),
	encode: func(s sink, r step.Row) {
		a := r.(supply.ActivationCode)
		s.Int(int64(a.Bucket))
		s.Text(a.Terminal)
		s.Text(a.Index)
		s.Int(a.Wrong)
		s.Text(a.By)
		s.Int(int64(a.At))
		s.Int(int64(a.UsedAt))
	},
	decode: func(scan func(...any) error) (step.Row, error) {
		var a supply.ActivationCode
		err := scan(&a.Bucket, &a.Terminal, &a.Index, &a.Wrong, &a.By, &a.At, &a.UsedAt)
		return a, err
	},
}

var bindingTable = &table{
	name: terminal.BindingTable,
	columns: cols("bucket small, id text, terminal text, version int, merchant text, number text, serial text, acquirer text, " +
		"merchant_number text, merchant_name text, category text, registration_index text, registration_masked text, " +
		"account_index text, account_masked text, area text, address text, latitude int, longitude int, " +
		"from_us int, until_us int, made_by text, report text, reference text, note text, report_at_us int"),
	encode: func(s sink, r step.Row) {
		b := r.(terminal.Binding)
		s.Int(int64(b.Bucket))
		s.Text(b.Key().ID)
		s.Text(b.Terminal)
		s.Int(b.Version)
		s.Text(b.Merchant)
		s.Text(b.Number)
		s.Text(b.Serial)
		s.Text(b.Acquirer)
		s.Text(b.MerchantNumber)
		s.Text(b.MerchantName)
		s.Text(b.Category)
		s.Text(b.RegistrationIndex)
		s.Text(b.RegistrationMasked)
		s.Text(b.AccountIndex)
		s.Text(b.AccountMasked)
		s.Text(b.Place.Area)
		s.Text(b.Place.Address)
		s.Int(b.Place.Latitude)
		s.Int(b.Place.Longitude)
		s.Int(int64(b.From))
		s.Int(int64(b.Until))
		s.Text(b.By)
		s.Text(string(b.Report))
		s.Text(b.Reference)
		s.Text(b.Note)
		s.Int(int64(b.ReportAt))
	},
	decode: func(scan func(...any) error) (step.Row, error) {
		var b terminal.Binding
		var key string
		err := scan(&b.Bucket, &key, &b.Terminal, &b.Version, &b.Merchant, &b.Number, &b.Serial, &b.Acquirer,
			&b.MerchantNumber, &b.MerchantName, &b.Category, &b.RegistrationIndex, &b.RegistrationMasked,
			&b.AccountIndex, &b.AccountMasked, &b.Place.Area, &b.Place.Address, &b.Place.Latitude, &b.Place.Longitude,
			&b.From, &b.Until, &b.By, &b.Report, &b.Reference, &b.Note, &b.ReportAt)
		return b, err
	},
}

var presenceTable = &table{
	name: terminal.PresenceTable, hold: free,
	columns: cols("bucket small, id text, merchant text, heard_at_us int, traded_at_us int, address text, software text, verified_at_us int"),
	encode: func(s sink, r step.Row) {
		p := r.(terminal.Presence)
		s.Int(int64(p.Bucket))
		s.Text(p.Terminal)
		s.Text(p.Merchant)
		s.Int(int64(p.HeardAt))
		s.Int(int64(p.TradedAt))
		s.Text(p.Address)
		s.Text(p.Software)
		s.Int(int64(p.VerifiedAt))
	},
	decode: func(scan func(...any) error) (step.Row, error) {
		var p terminal.Presence
		err := scan(&p.Bucket, &p.Terminal, &p.Merchant, &p.HeardAt, &p.TradedAt, &p.Address, &p.Software, &p.VerifiedAt)
		return p, err
	},
}

var careTable = &table{
	name: supply.CareTable,
	columns: cols("bucket small, id text, merchant text, terminal text, kind text, state text, findings text, ok int, note text, " +
		"due_at_us int, done_at_us int, done_by text, created_at_us int"),
	encode: func(s sink, r step.Row) {
		c := r.(supply.Care)
		s.Int(int64(c.Bucket))
		s.Text(c.ID)
		s.Text(c.Merchant)
		s.Text(c.Terminal)
		s.Text(string(c.Kind))
		s.Text(string(c.State))
		s.Text(inJSON(c.Findings))
		sinkBool(s, c.OK)
		s.Text(c.Note)
		s.Int(int64(c.DueAt))
		s.Int(int64(c.DoneAt))
		s.Text(c.By)
		s.Int(int64(c.CreatedAt))
	},
	decode: func(scan func(...any) error) (step.Row, error) {
		var c supply.Care
		var findings string
		var ok int64
		err := scan(&c.Bucket, &c.ID, &c.Merchant, &c.Terminal, &c.Kind, &c.State, &findings, &ok, &c.Note, &c.DueAt, &c.DoneAt, &c.By, &c.CreatedAt)
		if err == nil {
			err = json.Unmarshal([]byte(findings), &c.Findings)
		}
		c.OK = ok != 0
		return c, err
	},
}

// Terminals returns a page of the terminals in a scope.
func (s *Store) Terminals(ctx context.Context, scope access.Scope, f terminal.Filter, p listing.Page) (listing.Slice[terminal.Terminal], error) {
	var c conditions
	if err := c.of(scope, f.Merchant); err != nil {
		return listing.Slice[terminal.Terminal]{}, err
	}
	c.eq("state", string(f.State))
	c.eq("terminal_group", f.Group)
	c.eq("store", f.Store)
	return pageOf(ctx, s, terminalTable, "created_at_us", c, p, func(t terminal.Terminal) calendar.Instant { return t.CreatedAt })
}

// Models returns every model, in the order of their ids.
func (s *Store) Models(ctx context.Context) ([]supply.Model, error) {
	return list[supply.Model](ctx, s, modelTable, modelsSQL)
}

// modelsSQL reads a small table to its end.
var modelsSQL = "SELECT " + modelTable.columnList("") + " FROM terminal_model WHERE bucket = 0 ORDER BY id"

// Groups returns every group of terminals, in the order of their ids.
func (s *Store) Groups(ctx context.Context) ([]terminal.Group, error) {
	return list[terminal.Group](ctx, s, groupTable, groupsSQL)
}

var groupsSQL = "SELECT " + groupTable.columnList("") + " FROM terminal_group WHERE bucket = 0 ORDER BY id"

// Units returns a page of the units of the installation. Stock is the operator's: a merchant's scope sees none.
func (s *Store) Units(ctx context.Context, scope access.Scope, f supply.UnitFilter, p listing.Page) (listing.Slice[supply.Unit], error) {
	if !scope.All() {
		return listing.Slice[supply.Unit]{}, access.ErrScope
	}
	if f.Serial != "" {
		return s.unitsBySerial(ctx, f, p)
	}
	var c conditions
	c.eq("state", string(f.State))
	c.eq("model", f.Model)
	return pageOf(ctx, s, unitTable, "created_at_us", c, p, func(u supply.Unit) calendar.Instant { return u.CreatedAt })
}

func unitPlace(u supply.Unit) listing.Cursor { return listing.Cursor{At: u.CreatedAt, ID: u.ID} }

// unitsBySerialSQL reads along the index of serial numbers; few begin alike.
var unitsBySerialSQL = "SELECT " + unitTable.columnList("") + " FROM terminal_unit WHERE serial >= ? AND serial < ? ORDER BY serial LIMIT ?"

func (s *Store) unitsBySerial(ctx context.Context, f supply.UnitFilter, p listing.Page) (listing.Slice[supply.Unit], error) {
	rows, err := list[supply.Unit](ctx, s, unitTable, unitsBySerialSQL, f.Serial, f.Serial+"\x7f", p.Size())
	kept := rows[:0]
	for _, u := range rows {
		if (f.State == "" || u.State == f.State) && (f.Model == "" || u.Model == f.Model) {
			kept = append(kept, u)
		}
	}
	return listing.Cut(kept, p.Size(), unitPlace), err
}

// TerminalOrders returns a page of the orders in a scope.
func (s *Store) TerminalOrders(ctx context.Context, scope access.Scope, f supply.OrderFilter, p listing.Page) (listing.Slice[supply.Order], error) {
	var c conditions
	if err := c.of(scope, f.Merchant); err != nil {
		return listing.Slice[supply.Order]{}, err
	}
	c.eq("state", string(f.State))
	return pageOf(ctx, s, orderTable, "created_at_us", c, p, func(o supply.Order) calendar.Instant { return o.CreatedAt })
}

// Cares returns a page of the checks in a scope.
func (s *Store) Cares(ctx context.Context, scope access.Scope, f supply.CareFilter, p listing.Page) (listing.Slice[supply.Care], error) {
	var c conditions
	if err := c.of(scope, f.Merchant); err != nil {
		return listing.Slice[supply.Care]{}, err
	}
	c.eq("state", string(f.State))
	c.eq("terminal", f.Terminal)
	return pageOf(ctx, s, careTable, "created_at_us", c, p, func(c supply.Care) calendar.Instant { return c.CreatedAt })
}

// bindingsSQL reads along the primary key, whose id begins with the terminal.
var bindingsSQL = "SELECT " + bindingTable.columnList("") + " FROM terminal_binding WHERE bucket = ? AND id > ? AND id < ? ORDER BY id DESC LIMIT 100"

// Bindings returns the bindings of a terminal, the newest first.
func (s *Store) Bindings(ctx context.Context, t terminal.Terminal) ([]terminal.Binding, error) {
	return list[terminal.Binding](ctx, s, bindingTable, bindingsSQL, int64(t.Bucket), t.ID+"/", t.ID+"0")
}

// dueReportsSQL reads along the partial index of reports that are due.
var dueReportsSQL = "SELECT " + bindingTable.columnList("") + " FROM terminal_binding WHERE report = 'due' AND report_at_us <= ? " +
	"ORDER BY report_at_us LIMIT ?"

// DueReports implements supply.Store.
func (s *Store) DueReports(ctx context.Context, now calendar.Instant, limit int) ([]terminal.Binding, error) {
	return list[terminal.Binding](ctx, s, bindingTable, dueReportsSQL, int64(now), limit)
}

// idleTerminalsSQL reads along the index of last transactions.
var idleTerminalsSQL = "SELECT " + presenceTable.columnList("") + " FROM terminal_presence WHERE traded_at_us < ? AND (traded_at_us, id) > (?, ?) " +
	"ORDER BY traded_at_us, id LIMIT ?"

// IdleTerminals implements terminal.Store.
func (s *Store) IdleTerminals(ctx context.Context, before calendar.Instant, after listing.Cursor, limit int) ([]terminal.Presence, error) {
	return list[terminal.Presence](ctx, s, presenceTable, idleTerminalsSQL, int64(before), int64(after.At), after.ID, limit)
}

// onlineSQL counts along the index of last messages.
var (
	onlineSQL   = "SELECT count(*) FROM terminal_presence WHERE heard_at_us > ?"
	onlineOfSQL = "SELECT count(*) FROM terminal_presence WHERE bucket = ? AND merchant = ? AND heard_at_us > ?"
)

// OnlineTerminals counts the terminals in a scope that were heard since an instant.
func (s *Store) OnlineTerminals(ctx context.Context, scope access.Scope, since calendar.Instant) (int64, error) {
	if scope.All() {
		return s.count(ctx, onlineSQL, int64(since))
	}
	b, err := id.BucketOf(scope.Merchant())
	if err != nil {
		return 0, access.ErrScope
	}
	return s.count(ctx, onlineOfSQL, int64(b), scope.Merchant(), int64(since))
}

package store

import (
	"context"
	"strings"

	"github.com/yifen-pay/yifen/internal/domain/access"
	"github.com/yifen-pay/yifen/internal/domain/calendar"
	"github.com/yifen-pay/yifen/internal/domain/fee"
	"github.com/yifen-pay/yifen/internal/domain/id"
	"github.com/yifen-pay/yifen/internal/domain/listing"
	"github.com/yifen-pay/yifen/internal/domain/merchant"
	"github.com/yifen-pay/yifen/internal/domain/product"
	"github.com/yifen-pay/yifen/internal/domain/step"
	"github.com/yifen-pay/yifen/internal/domain/ticket"
)

// productTables hold payment services and what merchants ask about them.
var productTables = []*table{planTable, serviceTable, questionTable, questionMessageTable}

var planTable = &table{
	name: product.PlanTable, hold: free,
	columns: cols("bucket small, id text, kind text, name text, name_en text, merchants text, rules text, single_max_fen int, " +
		"day_count_max int, day_sum_max_fen int, terms text, offered int, version int, updated_at_us int"),
	encode: func(s sink, r step.Row) {
		p := r.(product.Plan)
		s.Int(0)
		s.Text(p.ID)
		s.Text(string(p.Kind))
		s.Text(p.Name)
		s.Text(p.NameEN)
		s.Text(strings.Join(p.Merchants, " "))
		s.Text(fee.Encode(p.Rules))
		s.Int(p.Limits.SingleMaxFen)
		s.Int(p.Limits.DayCountMax)
		s.Int(p.Limits.DaySumMaxFen)
		s.Text(p.Terms)
		sinkBool(s, p.Offered)
		s.Int(p.Version)
		s.Int(int64(p.UpdatedAt))
	},
	decode: func(scan func(...any) error) (step.Row, error) {
		var p product.Plan
		var bucket, offered int64
		var merchants, rules string
		err := scan(&bucket, &p.ID, &p.Kind, &p.Name, &p.NameEN, &merchants, &rules, &p.Limits.SingleMaxFen, &p.Limits.DayCountMax,
			&p.Limits.DaySumMaxFen, &p.Terms, &offered, &p.Version, &p.UpdatedAt)
		if err == nil {
			p.Rules, err = fee.Decode(rules)
		}
		p.Merchants, p.Offered = strings.Fields(merchants), offered != 0
		return p, err
	},
}

var serviceTable = &table{
	name: product.Table, hold: free,
	columns: cols("bucket small, id text, merchant text, kind text, state text, plan text, plan_version int, rules text, " +
		"single_max_fen int, day_count_max int, day_sum_max_fen int, terms text, agreed_by text, agreed_at_us int, sub_merchant text, " +
		"reason text, decided_by text, created_at_us int, changed_at_us int"),
	encode: func(s sink, r step.Row) {
		p := r.(product.Service)
		s.Int(int64(p.Bucket))
		s.Text(p.Key().ID)
		s.Text(p.Merchant)
		s.Text(string(p.Kind))
		s.Text(string(p.State))
		s.Text(p.Plan)
		s.Int(p.PlanVersion)
		s.Text(fee.Encode(p.Rules))
		s.Int(p.Limits.SingleMaxFen)
		s.Int(p.Limits.DayCountMax)
		s.Int(p.Limits.DaySumMaxFen)
		s.Text(p.Terms)
		s.Text(p.AgreedBy)
		s.Int(int64(p.AgreedAt))
		s.Text(p.SubMerchant)
		s.Text(p.Reason)
		s.Text(p.DecidedBy)
		s.Int(int64(p.CreatedAt))
		s.Int(int64(p.ChangedAt))
	},
	decode: func(scan func(...any) error) (step.Row, error) {
		var p product.Service
		var key, rules string
		err := scan(&p.Bucket, &key, &p.Merchant, &p.Kind, &p.State, &p.Plan, &p.PlanVersion, &rules, &p.Limits.SingleMaxFen,
			&p.Limits.DayCountMax, &p.Limits.DaySumMaxFen, &p.Terms, &p.AgreedBy, &p.AgreedAt, &p.SubMerchant, &p.Reason, &p.DecidedBy,
			&p.CreatedAt, &p.ChangedAt)
		if err == nil {
			p.Rules, err = fee.Decode(rules)
		}
		return p, err
	},
}

var questionTable = &table{
	name: ticket.Table,
	columns: cols("bucket small, id text, merchant text, category text, subject text, title text, state text, assignee text, messages int, " +
		"due_at_us int, late int, answered_at_us int, opened_by text, rating int, created_at_us int, changed_at_us int"),
	encode: func(s sink, r step.Row) {
		t := r.(ticket.Ticket)
		s.Int(int64(t.Bucket))
		s.Text(t.ID)
		s.Text(t.Merchant)
		s.Text(string(t.Category))
		s.Text(t.Subject)
		s.Text(t.Title)
		s.Text(string(t.State))
		s.Text(t.Assignee)
		s.Int(t.Messages)
		s.Int(int64(t.DueAt))
		sinkBool(s, t.Late)
		s.Int(int64(t.Answered))
		s.Text(t.OpenedBy)
		s.Int(t.Rating)
		s.Int(int64(t.CreatedAt))
		s.Int(int64(t.ChangedAt))
	},
	decode: func(scan func(...any) error) (step.Row, error) {
		var t ticket.Ticket
		var late int64
		err := scan(&t.Bucket, &t.ID, &t.Merchant, &t.Category, &t.Subject, &t.Title, &t.State, &t.Assignee, &t.Messages, &t.DueAt, &late,
			&t.Answered, &t.OpenedBy, &t.Rating, &t.CreatedAt, &t.ChangedAt)
		t.Late = late != 0
		return t, err
	},
}

var questionMessageTable = &table{
	name:    ticket.MessageTable,
	columns: cols("bucket small, id text, ticket text, number int, written_by text, name text, staff int, body text, pictures text, at_us int"),
	encode: func(s sink, r step.Row) {
		m := r.(ticket.Message)
		s.Int(int64(m.Bucket))
		s.Text(m.Key().ID)
		s.Text(m.Ticket)
		s.Int(m.Number)
		s.Text(m.By)
		s.Text(m.Name)
		sinkBool(s, m.Staff)
		s.Text(m.Text)
		s.Text(strings.Join(m.Pictures, " "))
		s.Int(int64(m.At))
	},
	decode: func(scan func(...any) error) (step.Row, error) {
		var m ticket.Message
		var key, pictures string
		var staff int64
		err := scan(&m.Bucket, &key, &m.Ticket, &m.Number, &m.By, &m.Name, &staff, &m.Text, &pictures, &m.At)
		m.Staff, m.Pictures = staff != 0, strings.Fields(pictures)
		return m, err
	},
}

// plansSQL reads a small table to its end.
var plansSQL = "SELECT " + planTable.columnList("") + " FROM service_plan WHERE bucket = 0 ORDER BY id"

// Plans returns every plan, in the order of their ids.
func (s *Store) Plans(ctx context.Context) ([]product.Plan, error) {
	return list[product.Plan](ctx, s, planTable, plansSQL)
}

// Services returns a page of the services in a scope.
func (s *Store) Services(ctx context.Context, scope access.Scope, f product.Filter, p listing.Page) (listing.Slice[product.Service], error) {
	var c conditions
	if err := c.of(scope, f.Merchant); err != nil {
		return listing.Slice[product.Service]{}, err
	}
	c.eq("state", string(f.State))
	c.eq("kind", string(f.Kind))
	return pageOf(ctx, s, serviceTable, "created_at_us", c, p, func(r product.Service) calendar.Instant { return r.CreatedAt })
}

// Tickets returns a page of the tickets in a scope.
func (s *Store) Tickets(ctx context.Context, scope access.Scope, f ticket.Filter, p listing.Page) (listing.Slice[ticket.Ticket], error) {
	var c conditions
	if err := c.of(scope, f.Merchant); err != nil {
		return listing.Slice[ticket.Ticket]{}, err
	}
	c.eq("state", string(f.State))
	c.eq("category", string(f.Category))
	return pageOf(ctx, s, questionTable, "created_at_us", c, p, func(t ticket.Ticket) calendar.Instant { return t.CreatedAt })
}

// messagesSQL reads along the primary key, whose id begins with the ticket.
var messagesSQL = "SELECT " + questionMessageTable.columnList("") + " FROM ticket_message WHERE bucket = ? AND id > ? AND id < ? ORDER BY id LIMIT 1000"

// TicketMessages returns the messages of a ticket in their order.
func (s *Store) TicketMessages(ctx context.Context, t ticket.Ticket) ([]ticket.Message, error) {
	return list[ticket.Message](ctx, s, questionMessageTable, messagesSQL, int64(t.Bucket), t.ID+"/", t.ID+"0")
}

// Both read along an index that begins with the state.
var (
	dueTicketsSQL = "SELECT " + questionTable.columnList("") + " FROM ticket WHERE state = 'open' AND late = 0 AND due_at_us < ? " +
		"ORDER BY due_at_us LIMIT ?"
	overTicketsSQL = "SELECT " + questionTable.columnList("") + " FROM ticket WHERE state = 'resolved' AND changed_at_us < ? " +
		"ORDER BY changed_at_us LIMIT ?"
)

// DueTickets returns tickets whose first answer should have come by now, the oldest first.
func (s *Store) DueTickets(ctx context.Context, now calendar.Instant, limit int) ([]ticket.Ticket, error) {
	return list[ticket.Ticket](ctx, s, questionTable, dueTicketsSQL, int64(now), limit)
}

// ResolvedTickets returns tickets that were resolved before an instant, the oldest first.
func (s *Store) ResolvedTickets(ctx context.Context, before calendar.Instant, limit int) ([]ticket.Ticket, error) {
	return list[ticket.Ticket](ctx, s, questionTable, overTicketsSQL, int64(before), limit)
}

// ServicesOf returns the services of a merchant, in the order of their kinds.
func (s *Store) ServicesOf(ctx context.Context, merchantID string) ([]product.Service, error) {
	b, err := id.BucketOf(merchantID)
	if err != nil {
		return nil, access.ErrScope
	}
	return list[product.Service](ctx, s, serviceTable, servicesOfSQL, int64(b), merchantID+"/", merchantID+"0")
}

// servicesOfSQL reads along the primary key, whose id begins with the merchant.
var servicesOfSQL = "SELECT " + serviceTable.columnList("") + " FROM merchant_service WHERE bucket = ? AND id > ? AND id < ? ORDER BY id LIMIT 20"

// Shops returns a page of the stores in a scope, of one merchant where that is asked for.
func (s *Store) Shops(ctx context.Context, scope access.Scope, merchantID string, p listing.Page) (listing.Slice[merchant.Store], error) {
	var c conditions
	if err := c.of(scope, merchantID); err != nil {
		return listing.Slice[merchant.Store]{}, err
	}
	return pageOf(ctx, s, shopTable, "created_at_us", c, p, func(r merchant.Store) calendar.Instant { return r.CreatedAt })
}

package store

import (
	"context"
	"encoding/json"

	"github.com/yifen-pay/yifen/internal/domain/access"
	"github.com/yifen-pay/yifen/internal/domain/calendar"
	"github.com/yifen-pay/yifen/internal/domain/event"
	"github.com/yifen-pay/yifen/internal/domain/id"
	"github.com/yifen-pay/yifen/internal/domain/listing"
	"github.com/yifen-pay/yifen/internal/domain/step"
	"github.com/yifen-pay/yifen/internal/domain/webhook"
)

// webhookTables hold the addresses to which events are brought, and what is on its way to them.
var webhookTables = []*table{webhookTable, webhookCountTable, webhookDeliveryTable, webhookLineTable, webhookCursorTable}

var webhookTable = &table{
	name: webhook.Table, hold: free,
	columns: cols("bucket small, id text, merchant text, url text, events text, note text, state text, why text, secret blob, old_secret blob, " +
		"old_until_us int, failing_since_us int, created_by text, created_at_us int, updated_at_us int"),
	encode: func(s sink, r step.Row) {
		e := r.(webhook.Endpoint)
		s.Int(int64(e.Bucket))
		s.Text(e.ID)
		s.Text(e.Merchant)
		s.Text(e.URL)
		s.Text(e.Events)
		s.Text(e.Note)
		s.Text(string(e.State))
		s.Text(string(e.Why))
		s.Blob(e.Secret)
		s.Blob(e.OldSecret)
		s.Int(int64(e.OldUntil))
		s.Int(int64(e.FailingSince))
		s.Text(e.CreatedBy)
		s.Int(int64(e.CreatedAt))
		s.Int(int64(e.UpdatedAt))
	},
	decode: func(scan func(...any) error) (step.Row, error) {
		var e webhook.Endpoint
		err := scan(&e.Bucket, &e.ID, &e.Merchant, &e.URL, &e.Events, &e.Note, &e.State, &e.Why, &e.Secret, &e.OldSecret, &e.OldUntil,
			&e.FailingSince, &e.CreatedBy, &e.CreatedAt, &e.UpdatedAt)
		return e, err
	},
}

var webhookCountTable = &table{
	name:    webhook.CountTable,
	columns: cols("bucket small, id text, endpoints int"),
	encode: func(s sink, r step.Row) {
		c := r.(webhook.Count)
		s.Int(int64(c.Bucket))
		s.Text(c.Merchant)
		s.Int(c.Endpoints)
	},
	decode: func(scan func(...any) error) (step.Row, error) {
		var c webhook.Count
		err := scan(&c.Bucket, &c.Merchant, &c.Endpoints)
		return c, err
	},
}

var webhookDeliveryTable = &table{
	name: webhook.DeliveryTable,
	columns: cols("bucket small, id text, merchant text, endpoint text, event text, kind text, subject text, state text, tries int, due_at_us int, " +
		"claim text, status int, failure text, detail text, tried_at_us int, done_at_us int, created_at_us int"),
	encode: func(s sink, r step.Row) {
		d := r.(webhook.Delivery)
		s.Int(int64(d.Bucket))
		s.Text(d.ID)
		s.Text(d.Merchant)
		s.Text(d.Endpoint)
		s.Text(d.Event)
		s.Text(d.Kind)
		s.Text(d.Subject)
		s.Text(string(d.State))
		s.Int(d.Tries)
		s.Int(int64(d.DueAt))
		s.Text(d.Claim)
		s.Int(d.Status)
		s.Text(string(d.Failure))
		s.Text(d.Detail)
		s.Int(int64(d.TriedAt))
		s.Int(int64(d.DoneAt))
		s.Int(int64(d.CreatedAt))
	},
	decode: func(scan func(...any) error) (step.Row, error) {
		var d webhook.Delivery
		err := scan(&d.Bucket, &d.ID, &d.Merchant, &d.Endpoint, &d.Event, &d.Kind, &d.Subject, &d.State, &d.Tries, &d.DueAt, &d.Claim, &d.Status,
			&d.Failure, &d.Detail, &d.TriedAt, &d.DoneAt, &d.CreatedAt)
		return d, err
	},
}

var webhookLineTable = &table{
	name:    webhook.LineTable,
	columns: cols("bucket small, id text, endpoint text, subject text, queue text, empty_at_us int"),
	encode: func(s sink, r step.Row) {
		l := r.(webhook.Line)
		s.Int(int64(l.Bucket))
		s.Text(l.Key().ID)
		s.Text(l.Endpoint)
		s.Text(l.Subject)
		queue, _ := json.Marshal(l.Queue) // texts
		s.Text(string(queue))
		s.Int(int64(l.EmptyAt))
	},
	decode: func(scan func(...any) error) (step.Row, error) {
		var l webhook.Line
		var key, queue string
		err := scan(&l.Bucket, &key, &l.Endpoint, &l.Subject, &queue, &l.EmptyAt)
		if err == nil {
			err = json.Unmarshal([]byte(queue), &l.Queue)
		}
		return l, err
	},
}

var webhookCursorTable = &table{
	name:    webhook.CursorTable,
	columns: cols("bucket small, id text, lane int, position int"),
	encode: func(s sink, r step.Row) {
		c := r.(webhook.Cursor)
		s.Int(0)
		s.Text(c.Key().ID)
		s.Int(c.Lane)
		s.Int(c.Position)
	},
	decode: func(scan func(...any) error) (step.Row, error) {
		var c webhook.Cursor
		var bucket id.Bucket
		var key string
		err := scan(&bucket, &key, &c.Lane, &c.Position)
		return c, err
	},
}

// The queries on webhooks, each answered by an index.
var (
	eventSQL = "SELECT " + eventTable.columnList("") + " FROM event WHERE bucket = ? AND id = ?"
	// Cursors are looked up for the lanes that are watched.
	webhookCursorsSQL = "SELECT lane.id, webhook_cursor.position FROM (SELECT id FROM lane ORDER BY id DESC LIMIT ?) lane " +
		"JOIN webhook_cursor ON webhook_cursor.lane = lane.id"
	webhooksOfSQL     = "SELECT " + webhookTable.columnList("") + " FROM webhook WHERE bucket = ? AND merchant = ? ORDER BY created_at_us, id"
	waitingWebhookSQL = "SELECT endpoint, due_at_us FROM webhook_delivery WHERE state = 'waiting' AND endpoint > ? ORDER BY endpoint, due_at_us LIMIT 1"
	dueDeliveriesSQL  = "SELECT " + webhookDeliveryTable.columnList("") + " FROM webhook_delivery WHERE state = 'waiting' AND endpoint = ? " +
		"AND due_at_us <= ? ORDER BY due_at_us, id LIMIT ?"
	deliveriesMadeSQL = "SELECT " + webhookDeliveryTable.columnList("") + " FROM webhook_delivery WHERE bucket = ? AND endpoint = ? AND state = ? " +
		"AND created_at_us >= ? AND created_at_us < ? ORDER BY created_at_us, id LIMIT ?"
)

// Event implements webhook.Records.
func (s *Store) Event(ctx context.Context, b id.Bucket, name string) (event.Event, bool, error) {
	found, err := list[event.Event](ctx, s, eventTable, eventSQL, int64(b), name)
	if err != nil || len(found) == 0 {
		return event.Event{}, false, err
	}
	return found[0], true, nil
}

// WebhookCursors implements webhook.Records.
func (s *Store) WebhookCursors(ctx context.Context) (map[int64]int64, error) {
	cursors := make(map[int64]int64)
	err := s.engine.query(ctx, webhookCursorsSQL, []any{int64(outboxLanes)}, func(scan func(...any) error) error {
		var lane, position int64
		err := scan(&lane, &position)
		cursors[lane] = position
		return err
	})
	return cursors, err
}

// WebhooksOf implements webhook.Records.
func (s *Store) WebhooksOf(ctx context.Context, merchant string) ([]webhook.Endpoint, error) {
	b, err := id.BucketOf(merchant)
	if err != nil {
		return nil, nil // an event of nobody who could have any
	}
	return list[webhook.Endpoint](ctx, s, webhookTable, webhooksOfSQL, int64(b), merchant)
}

// WaitingWebhook implements webhook.Records.
func (s *Store) WaitingWebhook(ctx context.Context, after string) (endpoint string, due calendar.Instant, err error) {
	err = s.engine.query(ctx, waitingWebhookSQL, []any{after}, func(scan func(...any) error) error {
		return scan(&endpoint, &due)
	})
	return endpoint, due, err
}

// DueDeliveries implements webhook.Records.
func (s *Store) DueDeliveries(ctx context.Context, endpoint string, now calendar.Instant, limit int) ([]webhook.Delivery, error) {
	return list[webhook.Delivery](ctx, s, webhookDeliveryTable, dueDeliveriesSQL, endpoint, int64(now), int64(limit))
}

// DeliveriesMade implements webhook.Records.
func (s *Store) DeliveriesMade(ctx context.Context, b id.Bucket, endpoint string, state webhook.DeliveryState, from, until calendar.Instant, limit int) ([]webhook.Delivery, error) {
	return list[webhook.Delivery](ctx, s, webhookDeliveryTable, deliveriesMadeSQL, int64(b), endpoint, string(state), int64(from), int64(until), int64(limit))
}

// Webhooks returns a page of the endpoints of a merchant.
func (s *Store) Webhooks(ctx context.Context, scope access.Scope, state webhook.State, p listing.Page) (listing.Slice[webhook.Endpoint], error) {
	var c conditions
	if err := c.within(scope); err != nil {
		return listing.Slice[webhook.Endpoint]{}, err
	}
	c.held("state", string(state)) // a merchant has few
	return pageOf(ctx, s, webhookTable, "created_at_us", c, p, func(r webhook.Endpoint) calendar.Instant { return r.CreatedAt })
}

// WebhookDeliveries returns a page of the deliveries of an endpoint.
func (s *Store) WebhookDeliveries(ctx context.Context, scope access.Scope, f webhook.DeliveryFilter, p listing.Page) (listing.Slice[webhook.Delivery], error) {
	if !scope.Covers(f.Merchant) {
		return listing.Slice[webhook.Delivery]{}, access.ErrScope
	}
	b, err := id.BucketOf(f.Endpoint)
	if err != nil {
		return listing.Slice[webhook.Delivery]{}, access.ErrScope
	}
	var c conditions
	c.add("bucket = ?", int64(b))
	c.eq("endpoint", f.Endpoint)
	c.held("merchant", f.Merchant)
	if f.State != "" {
		c.eq("state", string(f.State))
		c.held("kind", f.Kind)
	} else {
		c.eq("kind", f.Kind)
	}
	if f.From != 0 {
		c.add("created_at_us >= ?", int64(f.From))
	}
	if f.Until != 0 {
		c.add("created_at_us < ?", int64(f.Until))
	}
	return pageOf(ctx, s, webhookDeliveryTable, "created_at_us", c, p, func(r webhook.Delivery) calendar.Instant { return r.CreatedAt })
}

package store

import (
	"context"

	"github.com/yifen-pay/yifen/internal/domain/access"
	"github.com/yifen-pay/yifen/internal/domain/calendar"
	"github.com/yifen-pay/yifen/internal/domain/listing"
	"github.com/yifen-pay/yifen/internal/domain/speaker"
	"github.com/yifen-pay/yifen/internal/domain/step"
)

// speakerTables hold the speakers on merchants' counters.
var speakerTables = []*table{speakerTable, speakerCountTable}

var speakerTable = &table{
	name: speaker.Table,
	columns: cols("bucket small, id text, merchant text, store text, name text, lang text, state text, hash text, seen_at_us int, " +
		"created_by text, created_at_us int, updated_at_us int"),
	encode: func(s sink, r step.Row) {
		p := r.(speaker.Speaker)
		s.Int(int64(p.Bucket))
		s.Text(p.ID)
		s.Text(p.Merchant)
		s.Text(p.Store)
		s.Text(p.Name)
		s.Text(string(p.Lang))
		s.Text(string(p.State))
		s.Text(p.Hash)
		s.Int(int64(p.SeenAt))
		s.Text(p.CreatedBy)
		s.Int(int64(p.CreatedAt))
		s.Int(int64(p.UpdatedAt))
	},
	decode: func(scan func(...any) error) (step.Row, error) {
		var p speaker.Speaker
		err := scan(&p.Bucket, &p.ID, &p.Merchant, &p.Store, &p.Name, &p.Lang, &p.State, &p.Hash, &p.SeenAt, &p.CreatedBy, &p.CreatedAt,
			&p.UpdatedAt)
		return p, err
	},
}

var speakerCountTable = &table{
	name:    speaker.CountTable,
	columns: cols("bucket small, id text, speakers int"),
	encode: func(s sink, r step.Row) {
		c := r.(speaker.Count)
		s.Int(int64(c.Bucket))
		s.Text(c.Merchant)
		s.Int(c.Speakers)
	},
	decode: func(scan func(...any) error) (step.Row, error) {
		var c speaker.Count
		err := scan(&c.Bucket, &c.Merchant, &c.Speakers)
		return c, err
	},
}

// Speakers returns a page of the speakers in a scope.
func (s *Store) Speakers(ctx context.Context, scope access.Scope, f speaker.Filter, p listing.Page) (listing.Slice[speaker.Speaker], error) {
	var c conditions
	if err := c.of(scope, f.Merchant); err != nil {
		return listing.Slice[speaker.Speaker]{}, err
	}
	c.eq("state", string(f.State))
	return pageOf(ctx, s, speakerTable, "created_at_us", c, p, func(r speaker.Speaker) calendar.Instant { return r.CreatedAt })
}

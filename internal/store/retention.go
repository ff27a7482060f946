package store

import (
	"context"
	"fmt"
	"time"

	"github.com/yifen-pay/yifen/internal/domain/access"
	"github.com/yifen-pay/yifen/internal/domain/calendar"
	"github.com/yifen-pay/yifen/internal/domain/repeat"
	"github.com/yifen-pay/yifen/internal/domain/step"
	"github.com/yifen-pay/yifen/internal/domain/supply"
	"github.com/yifen-pay/yifen/internal/domain/webhook"
)

// retention says for how long rows are kept that nothing refers to.
type retention struct {
	table step.Table
	since string        // column of the time after which a row means nothing
	keep  time.Duration // after that time
}

const month = 30 * 24 * time.Hour

// retentions names every table of which rows are removed. Money, the trail, the outbox and histories are not among them. A month
// leaves time to look into what happened.
var retentions = []retention{
	{repeat.Table, "at_us", 48 * time.Hour}, // twice as long as an answer is told again
	{access.CodeTable, "expires_at_us", month},
	{access.CeremonyTable, "expires_at_us", month},
	{access.ThrottleTable, "last_at_us", month}, // far behind the longest lock
	{access.SessionTable, "expires_at_us", month},
	{supply.ActivationTable, "at_us", month}, // a code is worth something for seven days
	{webhook.DeliveryTable, "done_at_us", month},
	{webhook.LineTable, "empty_at_us", month},
}

// agedSQL finds a slice of what is too old, along the index of its age.
func (r retention) agedSQL() string {
	return fmt.Sprintf("SELECT id FROM %s WHERE %s < ? ORDER BY %s LIMIT ?", r.table, r.since, r.since)
}

// removeSQL removes the slice. The age is asked for twice: a row that another writer has just made young again stays.
func (r retention) removeSQL() string {
	return fmt.Sprintf("DELETE FROM %s WHERE (bucket, id) IN (SELECT bucket, id FROM %s WHERE %s < ? ORDER BY %s LIMIT ?) AND %s < ?",
		r.table, r.table, r.since, r.since, r.since)
}

// RemoveAged removes rows that nothing needs any more at a moment, limit of each table at most, and returns how many there were. It
// runs outside the gate, as no step misses what it removes, in slices so small that steps do not wait for it.
func (s *Store) RemoveAged(ctx context.Context, now calendar.Instant, limit int) (removed int, err error) {
	for _, r := range retentions {
		before, found := int64(now.Add(-r.keep)), 0
		err := s.engine.query(ctx, r.agedSQL(), []any{before, int64(limit)}, func(scan func(...any) error) error {
			found++
			var id string
			return scan(&id)
		})
		if err == nil && found > 0 {
			err = s.engine.exec(ctx, r.removeSQL(), before, int64(limit), before)
		}
		if err != nil {
			return removed, fmt.Errorf("remove old rows of %s: %w", r.table, err)
		}
		removed += found
	}
	return removed, nil
}

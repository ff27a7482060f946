package store

import (
	"context"

	"github.com/yifen-pay/yifen/internal/domain/event"
)

// outboxLanes is how many lanes are watched, the newest: more than write at any one time, as each start of a node begins new ones.
const outboxLanes = 256

// outboxHeadsSQL tells how far each lane came. It goes through the newest lanes and looks up the end of each.
const outboxHeadsSQL = "SELECT id, COALESCE((SELECT MAX(position) FROM event WHERE event.lane = lane.id), 0) FROM lane ORDER BY id DESC LIMIT ?"

// outboxSQL reads a part of a lane.
var outboxSQL = "SELECT " + eventTable.columnList("") + " FROM event WHERE lane = ? AND position > ? ORDER BY position LIMIT ?"

// OutboxHeads returns the position of the last event of each lane that may still write, 0 for one that has written none.
func (s *Store) OutboxHeads(ctx context.Context) (map[int64]int64, error) {
	heads := make(map[int64]int64)
	err := s.engine.query(ctx, outboxHeadsSQL, []any{int64(outboxLanes)}, func(scan func(...any) error) error {
		var lane, head int64
		err := scan(&lane, &head)
		heads[lane] = head
		return err
	})
	return heads, err
}

// Outbox returns the events of a lane behind a position, in the order of positions, limit at most. A lane's events are committed in
// that order and without gaps, so that whoever has seen a position has seen all before it.
func (s *Store) Outbox(ctx context.Context, lane, after int64, limit int) ([]event.Event, error) {
	return list[event.Event](ctx, s, eventTable, outboxSQL, lane, after, int64(limit))
}

package app

import (
	"context"
	"time"

	"github.com/yifen-pay/yifen/internal/domain/event"
	"github.com/yifen-pay/yifen/internal/store"
)

// followPart is how many events are read at a time.
const followPart = 500

// follower reads the outbox, each lane in its order, behind where it is. It forgets where it was when the program ends.
type follower struct {
	store *store.Store
	at    map[int64]int64 // position by lane
}

// newFollower begins at what happens from now on.
func newFollower(ctx context.Context, s *store.Store) (*follower, error) {
	heads, err := s.OutboxHeads(ctx)
	return &follower{s, heads}, err
}

// turn hands each event that happened since the last turn to each. What each refuses comes again with the next turn.
func (f *follower) turn(ctx context.Context, each func(context.Context, event.Event) error) error {
	heads, err := f.store.OutboxHeads(ctx)
	if err != nil {
		return err
	}
	for lane, head := range heads {
		for f.at[lane] < head {
			part, err := f.store.Outbox(ctx, lane, f.at[lane], followPart)
			if err != nil {
				return err
			}
			if len(part) == 0 {
				break
			}
			for _, e := range part {
				if err := each(ctx, e); err != nil {
					return err
				}
				f.at[lane] = e.Position
			}
		}
	}
	return nil
}

// run takes a turn every so often until ctx ends.
func (f *follower) run(ctx context.Context, every time.Duration, each func(context.Context, event.Event) error, failed func(error)) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if err := f.turn(ctx, each); err != nil && ctx.Err() == nil {
			failed(err)
		}
	}
}

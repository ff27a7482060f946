package webhook

import (
	"context"
	"errors"
	"maps"
	"slices"

	"github.com/yifen-pay/yifen/internal/domain/calendar"
	"github.com/yifen-pay/yifen/internal/domain/event"
	"github.com/yifen-pay/yifen/internal/domain/id"
	"github.com/yifen-pay/yifen/internal/domain/step"
)

const (
	// spreadPart is how many events are spread in one step.
	spreadPart = 200
	// draftsPart is how many deliveries one step writes, or those of one event: sales wait for no more.
	draftsPart = 100
)

// errMoved tells that another process read the outbox meanwhile.
var errMoved = errors.New("webhook: the outbox was read by another process")

// Begin notes where the outbox ends, once in the life of an installation: what happened before there were webhooks is told to none.
func (s *Service) Begin(ctx context.Context) error {
	cursors, err := s.Store.WebhookCursors(ctx)
	if err != nil || len(cursors) > 0 {
		return err
	}
	heads, err := s.Store.OutboxHeads(ctx)
	if err != nil {
		return err
	}
	var keys []step.Key
	for lane := range heads {
		keys = append(keys, Cursor{Lane: lane}.Key())
	}
	return s.Gate.Do(ctx, step.Step{
		Name: "webhook.begin", Class: step.Bulk, Keys: keys,
		Run: func(v step.View) error {
			for lane, head := range heads {
				_, found, err := step.Get[Cursor](v, Cursor{Lane: lane}.Key())
				if err != nil {
					return err
				}
				if !found {
					v.Put(Cursor{Lane: lane, Position: head})
				}
			}
			return nil
		},
	})
}

// laneEvents are events of a lane that are to be spread.
type laneEvents struct {
	events []event.Event
	more   bool // the lane has others behind them
}

// before tells whether an event happened before one of another lane. Of one moment, the ids tell: they rise as they are made.
func before(a, b event.Event) bool {
	if a.At != b.At {
		return a.At < b.At
	}
	return id.Moment(a.ID) < id.Moment(b.ID)
}

// merge takes events from several lanes, those of a lane in their order and else by time. It stops where it does not know what comes
// next in a lane.
func merge(lanes map[int64]laneEvents) (out []event.Event) {
	numbers := slices.Sorted(maps.Keys(lanes))
	for len(out) < spreadPart {
		first := int64(-1)
		for _, n := range numbers {
			l := lanes[n]
			if len(l.events) == 0 {
				if l.more {
					return out
				}
				continue
			}
			if first < 0 || before(l.events[0], lanes[first].events[0]) {
				first = n
			}
		}
		if first < 0 {
			break
		}
		l := lanes[first]
		out = append(out, l.events[0])
		l.events = l.events[1:]
		lanes[first] = l
	}
	return out
}

// Spread reads on in the outbox, writes a delivery for each endpoint that wants an event, and returns how many events it read. The step
// that writes the deliveries moves the cursors too, so that a death in between loses nothing and doubles nothing.
func (s *Service) Spread(ctx context.Context) (int, error) {
	// One look at all heads, so that what follows from an event is never spread before it.
	heads, err := s.Store.OutboxHeads(ctx)
	if err != nil {
		return 0, err
	}
	cursors, err := s.Store.WebhookCursors(ctx)
	if err != nil {
		return 0, err
	}
	lanes := map[int64]laneEvents{}
	for lane, head := range heads {
		if head <= cursors[lane] {
			continue
		}
		part, err := s.Store.Outbox(ctx, lane, cursors[lane], int(min(spreadPart, head-cursors[lane])))
		if err != nil {
			return 0, err
		}
		if len(part) > 0 {
			lanes[lane] = laneEvents{part, part[len(part)-1].Position < head}
		}
	}
	events := merge(lanes)
	if len(events) == 0 {
		return 0, nil
	}
	drafts, taken, err := s.drafts(ctx, events)
	if err != nil {
		return 0, err
	}
	reached := map[int64]int64{}
	for _, e := range events[:taken] {
		reached[e.Lane] = e.Position
	}
	if err := s.spread(ctx, drafts, cursors, reached); err != nil {
		if errors.Is(err, errMoved) {
			return 0, nil
		}
		return 0, err
	}
	if len(drafts) > 0 {
		s.Wake()
	}
	return taken, nil
}

// draft is a delivery that is written when its endpoint still wants it.
type draft struct {
	delivery Delivery
	endpoint step.Key
	event    event.Event
}

// drafts returns a delivery for each event and endpoint that wants it, in the order of events, and how many events it took.
func (s *Service) drafts(ctx context.Context, events []event.Event) (list []draft, taken int, err error) {
	known := map[string][]Endpoint{}
	now := calendar.At(s.Now())
	for ; taken < len(events) && len(list) < draftsPart; taken++ {
		e := events[taken]
		if e.Merchant == "" || !told(e.Kind) {
			continue
		}
		endpoints, ok := known[e.Merchant]
		if !ok {
			if endpoints, err = s.Store.WebhooksOf(ctx, e.Merchant); err != nil {
				return nil, 0, err
			}
			known[e.Merchant] = endpoints
		}
		for _, p := range endpoints {
			if !p.Wants(e) || p.State == Off && p.Why != Failing {
				continue
			}
			list = append(list, draft{Delivery{
				ID: s.IDs.New(DeliveryPrefix, p.Bucket), Bucket: p.Bucket, Merchant: p.Merchant, Endpoint: p.ID, Event: e.ID, Kind: e.Kind,
				Subject: e.Subject, CreatedAt: now,
			}, p.Key(), e})
		}
	}
	return list, taken, nil
}

// spread writes deliveries and moves the cursors.
func (s *Service) spread(ctx context.Context, drafts []draft, from, reached map[int64]int64) error {
	now := calendar.At(s.Now())
	var keys []step.Key
	for lane := range reached {
		keys = append(keys, Cursor{Lane: lane}.Key())
	}
	for _, d := range drafts {
		keys = append(keys, d.endpoint, lineOf(d.delivery).Key())
	}
	return s.Gate.Do(ctx, step.Step{
		Name: "webhook.spread", Class: step.Bulk, Keys: keys,
		Run: func(v step.View) error {
			for lane, position := range reached {
				c, _, err := step.Get[Cursor](v, Cursor{Lane: lane}.Key())
				if err != nil {
					return err
				}
				if c.Position != from[lane] {
					return errMoved
				}
				v.Put(Cursor{Lane: lane, Position: position})
			}
			for _, draft := range drafts {
				p, err := step.Must[Endpoint](v, draft.endpoint, ErrNotFound)
				if err != nil {
					return err
				}
				d := draft.delivery
				switch {
				case !p.Wants(draft.event), p.State == Off && p.Why != Failing:
					continue
				case p.State == Off: // it can be had when the endpoint works again
					d.Failure, d.Detail = SwitchedOff, offDetail
					d.done(GivenUp, now)
				default:
					if err := join(v, &d, now); err != nil {
						return err
					}
				}
				v.Put(d)
			}
			return nil
		},
	})
}

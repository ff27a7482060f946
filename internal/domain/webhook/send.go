package webhook

import (
	"context"
	"fmt"
	"time"

	"github.com/yifen-pay/yifen/internal/domain/calendar"
	"github.com/yifen-pay/yifen/internal/domain/step"
)

// claimedFor is how long nobody else sends what somebody claimed: longer than the courier takes.
const claimedFor = time.Minute

// offDetail is why nothing was sent to an endpoint that is off.
const offDetail = "the webhook was switched off"

// Woken tells when there may be something to send.
func (s *Service) Woken() <-chan struct{} { return s.wake }

// Wake says that there may be something to send.
func (s *Service) Wake() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// Wait returns when nothing is under way any more.
func (s *Service) Wait() { s.running.Wait() }

// Send claims what is due, as far as there is room for it, begins to send it, and returns how much that is. It does not wait for
// answers. Endpoints take turns: the next look begins behind the last endpoint that had one.
func (s *Service) Send(ctx context.Context) (begun int, err error) {
	now := calendar.At(s.Now())
	s.mu.Lock()
	start := s.after
	s.mu.Unlock()
	after, wrapped := start, start == ""
	for {
		endpoint, due, err := s.Store.WaitingWebhook(ctx, after)
		if err != nil {
			return begun, err
		}
		if endpoint == "" || wrapped && start != "" && endpoint > start {
			if wrapped {
				break
			}
			after, wrapped = "", true
			continue
		}
		after = endpoint
		if due > now {
			continue
		}
		n, full, err := s.sendTo(ctx, endpoint, now)
		begun += n
		if err != nil {
			return begun, err
		}
		if full {
			break
		}
	}
	s.mu.Lock()
	s.after = after
	s.mu.Unlock()
	return begun, nil
}

// sendTo begins to send what is due of one endpoint; full tells that there is no room for anything more.
func (s *Service) sendTo(ctx context.Context, endpoint string, now calendar.Instant) (begun int, full bool, err error) {
	key, err := keyOf(endpoint)
	if err != nil {
		return 0, false, err
	}
	row, found, err := step.Read[Endpoint](ctx, s.Store, key)
	if err != nil || !found {
		return 0, false, err
	}
	room := Abreast
	if row.FailingSince != 0 {
		room = 1 // who hangs takes no more room than it must
	}
	s.mu.Lock()
	room = min(room-s.flying[endpoint], s.Abreast-s.total)
	full = s.total >= s.Abreast
	s.mu.Unlock()
	if room <= 0 {
		return 0, full, nil
	}
	due, err := s.Store.DueDeliveries(ctx, endpoint, now, room)
	if err != nil || len(due) == 0 {
		return 0, false, err
	}
	claimed, err := s.claim(ctx, due, now)
	if err != nil {
		return 0, false, err
	}
	s.mu.Lock()
	s.flying[endpoint] += len(claimed)
	s.total += len(claimed)
	s.mu.Unlock()
	for _, d := range claimed {
		s.running.Go(func() {
			defer s.landed(endpoint)
			if err := s.deliver(context.WithoutCancel(ctx), d); err != nil {
				s.Failed(fmt.Errorf("deliver %s: %w", d.ID, err))
			}
		})
	}
	return len(claimed), false, nil
}

// landed makes room.
func (s *Service) landed(endpoint string) {
	s.mu.Lock()
	s.total--
	if s.flying[endpoint]--; s.flying[endpoint] == 0 {
		delete(s.flying, endpoint)
	}
	s.mu.Unlock()
	s.Wake()
}

// claim marks deliveries as being sent and returns those that nobody else has claimed. A claim that nothing follows lapses.
func (s *Service) claim(ctx context.Context, due []Delivery, now calendar.Instant) (claimed []Delivery, err error) {
	var keys []step.Key
	marks := make([]string, len(due))
	for i, d := range due {
		keys = append(keys, d.Key())
		marks[i] = s.IDs.New("", d.Bucket)
	}
	err = s.Gate.Do(ctx, step.Step{
		Name: "webhook.claim", Class: step.Bulk, Keys: keys,
		Run: func(v step.View) error {
			claimed = nil
			for i, d := range due {
				row, found, err := step.Get[Delivery](v, d.Key())
				if err != nil {
					return err
				}
				if !found || row.State != Waiting || row.DueAt > now {
					continue
				}
				row.Claim, row.DueAt, row.Tries, row.TriedAt = marks[i], now.Add(claimedFor), row.Tries+1, now
				v.Put(row)
				claimed = append(claimed, row)
			}
			return nil
		},
	})
	return claimed, err
}

// deliver sends what was claimed and records what became of it.
func (s *Service) deliver(ctx context.Context, d Delivery) error {
	key, err := keyOf(d.Endpoint)
	if err != nil {
		return err
	}
	row, found, err := step.Read[Endpoint](ctx, s.Store, key)
	if err != nil || !found {
		return err
	}
	report := Report{Failure: SwitchedOff, Detail: offDetail}
	if row.State == On {
		e, found, err := s.Store.Event(ctx, d.Bucket, d.Event)
		if err != nil {
			return err
		}
		if !found {
			return fmt.Errorf("event %s is not there", d.Event)
		}
		report = s.carry(ctx, row, e, calendar.At(s.Now()))
	}
	return s.Record(ctx, d, report)
}

// Record writes down what became of a claimed delivery. A claim that has lapsed and was taken over changes nothing.
func (s *Service) Record(ctx context.Context, d Delivery, r Report) error {
	key, err := keyOf(d.Endpoint)
	if err != nil {
		return err
	}
	now, mark := calendar.At(s.Now()), s.marks(d.Bucket)
	return s.Gate.Do(ctx, step.Step{
		Name: "webhook.outcome", Class: step.Bulk, Keys: []step.Key{d.Key(), key, lineOf(d).Key()},
		Run: func(v step.View) error {
			row, found, err := step.Get[Delivery](v, d.Key())
			if err != nil || !found || row.Claim != d.Claim || row.State != Waiting {
				return err
			}
			p, err := step.Must[Endpoint](v, key, ErrNotFound)
			if err != nil {
				return err
			}
			row.Status, row.Failure, row.Detail = int64(r.Status), r.Failure, r.Detail
			wait, again := row.wait()
			switch {
			case r.Failure == None:
				row.done(Delivered, now)
			case again && r.Failure != SwitchedOff && r.Status != gone:
				row.DueAt, row.Claim = now.Add(wait), ""
			default:
				row.done(GivenUp, now)
			}
			if row.State != Waiting {
				if err := leave(v, row, now); err != nil {
					return err
				}
			}
			v.Put(row)
			p.learn(v, r, now, mark)
			return nil
		},
	})
}

// learn notes on an endpoint what became of a delivery to it, and switches it off when it wants no more or takes nothing any more.
func (e Endpoint) learn(v step.View, r Report, now calendar.Instant, mark marks) {
	if e.State != On || r.Failure == SwitchedOff {
		return
	}
	was := e
	if r.Failure == None {
		e.FailingSince = 0
	} else if e.FailingSince == 0 {
		e.FailingSince = now
	}
	switch {
	case r.Status == gone:
		e.State, e.Why = Off, Gone
	case e.FailingSince != 0 && now.Sub(e.FailingSince) >= FailingMax:
		e.State, e.Why = Off, Failing
	}
	if e.State == was.State && e.FailingSince == was.FailingSince {
		return
	}
	if e.State == Off {
		e.UpdatedAt = now
		mark.tell(v, e, "ended", "system", string(e.Why)+": "+e.URL, now)
	}
	v.Put(e)
}

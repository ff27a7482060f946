package api

import (
	"context"
	"log/slog"
	"reflect"
	"slices"
	"sync"
	"time"

	"github.com/yifen-pay/yifen/internal/domain/access"
	"github.com/yifen-pay/yifen/internal/domain/event"
	"github.com/yifen-pay/yifen/internal/domain/fault"
)

var typeOfMessage = reflect.TypeFor[EventMessage]()

// Outbox is what the door reads of what happened.
type Outbox interface {
	// OutboxHeads returns the position of the last event of each lane.
	OutboxHeads(context.Context) (map[int64]int64, error)
	// Outbox returns the events of a lane behind a position, in their order.
	Outbox(ctx context.Context, lane, after int64, limit int) ([]event.Event, error)
}

// Pace is how often streams of events do what they do. Zero values take the defaults.
type Pace struct {
	Poll      time.Duration // of the outbox, once for all streams; default 1 s
	Heartbeat time.Duration // of a stream; default 20 s
	Recheck   time.Duration // of a stream's reader; default 1 min
}

const (
	streamsMax  = 2000            // of the program
	actorMax    = 20              // streams of one actor
	bufferMax   = 256             // messages that wait for one reader
	windowMax   = 8192            // events that are kept for readers who come back
	partMax     = 1000            // events that are read at a time
	idleFor     = 5 * time.Minute // after the last reader left, the outbox is read on, for those who come back
	outboxAsked = 10 * time.Second
)

// ErrStreams is the refusal of one stream too many.
var ErrStreams = fault.New(fault.Limited, "too_many_streams", "there are too many open streams: close some, or share one")

// streams reads the outbox, once for everybody, and hands each listener what it may see. It reads only while somebody listens, and
// for a while after.
type streams struct {
	outbox Outbox
	pace   Pace
	logger *slog.Logger

	mu        sync.Mutex
	listeners map[*listener]bool
	actors    map[string]int
	heads     map[int64]int64 // how far each lane was read; nil while nobody reads
	window    []event.Event   // the last that were read, in the order in which they were told
	known     map[string]bool // ids of the window
	stop      context.CancelFunc
	closed    bool
	running   sync.WaitGroup
}

// listener is one reader. The zero event stands for events that were missed.
type listener struct {
	actor    access.Actor
	messages chan event.Event // closed when the reader is cut off
}

func newStreams(o Outbox, p Pace, l *slog.Logger) *streams {
	orElse := func(d *time.Duration, other time.Duration) {
		if *d == 0 {
			*d = other
		}
	}
	orElse(&p.Poll, time.Second)
	orElse(&p.Heartbeat, 20*time.Second)
	orElse(&p.Recheck, time.Minute)
	return &streams{outbox: o, pace: p, logger: l, listeners: map[*listener]bool{}, actors: map[string]int{}}
}

// join begins to listen. What happened behind the last event that was seen comes first.
func (s *streams) join(ctx context.Context, a access.Actor, last string) (*listener, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed || len(s.listeners) >= streamsMax || s.actors[a.ID] >= actorMax {
		return nil, ErrStreams
	}
	if s.heads == nil {
		heads, err := s.outbox.OutboxHeads(ctx)
		if err != nil {
			return nil, err
		}
		s.heads, s.window, s.known = heads, nil, map[string]bool{}
		reading, stop := context.WithCancel(context.Background())
		s.stop = stop
		s.running.Go(func() { s.read(reading) })
	}
	missed := s.behind(last)
	missed = slices.DeleteFunc(missed, func(e event.Event) bool { return e.ID != "" && !shown(a, e) })
	l := &listener{actor: a, messages: make(chan event.Event, bufferMax+len(missed))}
	for _, e := range missed {
		l.messages <- e
	}
	s.listeners[l] = true
	s.actors[a.ID]++
	return l, nil
}

// behind returns a copy of what was told after an event, or the sign that nobody knows.
func (s *streams) behind(last string) []event.Event {
	switch {
	case last == "":
		return nil
	case !s.known[last]:
		return []event.Event{{}}
	}
	at := slices.IndexFunc(s.window, func(e event.Event) bool { return e.ID == last })
	return slices.Clone(s.window[at+1:])
}

func (s *streams) leave(l *listener) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.drop(l)
}

// drop forgets a listener and ends its stream.
func (s *streams) drop(l *listener) {
	if !s.listeners[l] {
		return
	}
	delete(s.listeners, l)
	if s.actors[l.actor.ID]--; s.actors[l.actor.ID] == 0 {
		delete(s.actors, l.actor.ID)
	}
	close(l.messages)
}

// read reads the outbox until nobody has listened for a while.
func (s *streams) read(ctx context.Context) {
	tick := time.NewTicker(s.pace.Poll)
	defer tick.Stop()
	for idle := time.Duration(0); idle < idleFor; {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if err := s.poll(ctx); err != nil && ctx.Err() == nil {
			s.logger.Error("the outbox could not be read, it will be tried again", "error", err)
		}
		if idle += s.pace.Poll; s.heard() {
			idle = 0
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.listeners) == 0 {
		s.heads, s.window, s.known = nil, nil, nil
		return
	}
	s.running.Go(func() { s.read(ctx) }) // somebody came in this moment
}

func (s *streams) heard() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.listeners) > 0
}

// poll tells what happened since the last time. A lane that nobody has seen yet is read from its beginning.
func (s *streams) poll(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, outboxAsked)
	defer cancel()
	heads, err := s.outbox.OutboxHeads(ctx)
	if err != nil {
		return err
	}
	for lane, head := range heads {
		for s.heads[lane] < head { // only this goroutine changes the heads of a reading that has begun
			part, err := s.outbox.Outbox(ctx, lane, s.heads[lane], partMax)
			if err != nil {
				return err
			}
			if len(part) == 0 {
				break
			}
			s.tell(lane, part)
		}
	}
	return nil
}

// tell hands events to those who may see them, and keeps them for those who come back.
func (s *streams) tell(lane int64, events []event.Event) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.heads[lane] = events[len(events)-1].Position
	for _, e := range events {
		s.window = append(s.window, e)
		s.known[e.ID] = true
		for l := range s.listeners {
			if !shown(l.actor, e) {
				continue
			}
			select {
			case l.messages <- e:
			default:
				s.drop(l) // too slow: it comes back and says how far it came
			}
		}
	}
	if over := len(s.window) - windowMax; over > 0 {
		for _, e := range s.window[:over] {
			delete(s.known, e.ID)
		}
		s.window = slices.Delete(s.window, 0, over)
	}
}

// close ends every stream; none begins again.
func (s *streams) close() {
	s.mu.Lock()
	s.closed = true
	for l := range s.listeners {
		s.drop(l)
	}
	if s.stop != nil {
		s.stop()
	}
	s.mu.Unlock()
	s.running.Wait()
}

package cardnet

import (
	"context"
	"math/rand/v2"
	"net"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/yifen-pay/yifen/internal/domain/calendar"
	"github.com/yifen-pay/yifen/internal/domain/fault"
	"github.com/yifen-pay/yifen/internal/domain/payment"
)

const (
	pauseMin = 50 * time.Millisecond // between two dials
	pauseMax = 10 * time.Second
)

// Rail is the way to one card network.
type Rail struct {
	Config
	calls  *calls
	ring   atomic.Pointer[keyring]
	links  atomic.Pointer[[]*link] // those that are ready; replaced and never changed
	turns  atomic.Uint32           // which link is next
	number atomic.Uint32           // of network messages
	mended atomic.Int64            // when keys were last looked for, ns

	sessionMu sync.Mutex
	session   payment.RailSession
	clearing  atomic.Int32

	linkMu   sync.Mutex // for changes of links
	signOnMu sync.Mutex // one sign-on at a time, so that keys arrive in the order in which they count
	chores   chan func(context.Context)
	lates    sync.WaitGroup
	spaces   sync.Pool // of *workspace
}

// New returns a rail, which does nothing before [Rail.Run].
func New(c Config) (*Rail, error) {
	c, err := c.withDefaults()
	if err != nil {
		return nil, err
	}
	r := &Rail{Config: c, calls: newCalls(c.Now), chores: make(chan func(context.Context), choresMax)}
	r.spaces.New = func() any { return new(workspace) }
	r.links.Store(new([]*link))
	return r, nil
}

// Run keeps the connections to the network until ctx ends, whatever fails meanwhile. Then it takes no more
// requests, lets those in flight have their time, signs off and returns nil. It runs once.
func (r *Rail) Run(ctx context.Context) error {
	work, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	var group sync.WaitGroup
	for range r.Connections {
		group.Go(func() { r.stayConnected(ctx, work) })
	}
	group.Go(func() { r.doChores(work) })
	<-ctx.Done()
	<-r.calls.drain()
	stop()
	group.Wait()
	r.lates.Wait()
	return nil
}

// stayConnected dials and dials again until ctx ends; it leaves a connection that stands when work ends.
func (r *Rail) stayConnected(ctx, work context.Context) {
	pause := pauseMin
	for ctx.Err() == nil {
		ready, err := r.serve(ctx, work)
		if ctx.Err() != nil {
			return
		}
		if ready {
			pause = pauseMin
		}
		r.Logger.Warn("no connection to the card network", "address", r.Address, "error", err, "again_in", pause)
		timer := time.NewTimer(pause/2 + rand.N(pause/2)) // not all members at once
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
		}
		pause = min(2*pause, pauseMax)
	}
}

// serve makes one connection and works it until it is lost or work ends. Ready tells that it was in use.
func (r *Rail) serve(ctx, work context.Context) (ready bool, err error) {
	if _, err := r.load(ctx); err != nil {
		return false, err
	}
	dialer := net.Dialer{Timeout: min(r.Timeout, manageMax)}
	conn, err := dialer.DialContext(ctx, "tcp", r.Address)
	if err != nil {
		return false, err
	}
	l := newLink(conn)
	var group sync.WaitGroup
	defer group.Wait()
	lose := func(err error) {
		taken, first := l.fail(err)
		if !first {
			return
		}
		r.detach(l)
		r.calls.abandon(l, taken)
	}
	defer lose(errFailed)
	late := context.WithoutCancel(work)
	group.Go(func() { lose(l.write()) })
	group.Go(func() { lose(l.read(late, r.receive)) })

	r.signOnMu.Lock()
	err = r.signOn(ctx, l)
	r.signOnMu.Unlock()
	if err != nil {
		return false, err
	}
	r.attach(l)
	group.Go(func() {
		lose(l.beat(r.Heartbeat, func() error { _, err := r.ask(late, l, echo); return err }))
	})
	select {
	case <-l.done:
		l.mu.Lock()
		defer l.mu.Unlock()
		return true, l.err
	case <-work.Done():
		r.detach(l)
		_, err := r.ask(late, l, signOff)
		return true, err
	}
}

// attach lets requests use a connection.
func (r *Rail) attach(l *link) {
	r.linkMu.Lock()
	defer r.linkMu.Unlock()
	l.mu.Lock()
	lost := l.err != nil
	l.mu.Unlock()
	if lost {
		return
	}
	next := append(slices.Clone(*r.links.Load()), l)
	r.links.Store(&next)
	r.Observe.Connected()
	r.Logger.Info("signed on to the card network", "address", r.Address, "clearing_date", r.ClearingDate().String())
}

// detach ends the use of a connection.
func (r *Rail) detach(l *link) {
	r.linkMu.Lock()
	defer r.linkMu.Unlock()
	at := slices.Index(*r.links.Load(), l)
	if at < 0 {
		return
	}
	next := slices.Delete(slices.Clone(*r.links.Load()), at, at+1)
	r.links.Store(&next)
	r.Observe.Lost()
}

// pick returns a connection for a request, each in turn, or nil when there is none.
func (r *Rail) pick() *link {
	links := *r.links.Load()
	switch len(links) {
	case 0:
		return nil
	case 1:
		return links[0]
	}
	return links[int(r.turns.Add(1)%uint32(len(links)))]
}

// Ready tells whether requests can be sent: signed on and with keys.
func (r *Rail) Ready() bool { return len(*r.links.Load()) > 0 && r.ring.Load().usable() }

// ClearingDate returns the date that the network clears under at present; zero before the first sign-on.
func (r *Rail) ClearingDate() calendar.Date { return calendar.Date(r.clearing.Load()) }

// InFlight returns how many requests wait for their answers.
func (r *Rail) InFlight() int { return r.calls.inFlight() }

// Send implements [payment.Rail].
func (r *Rail) Send(ctx context.Context, q payment.Request) payment.Answer {
	began := time.Now()
	answer := r.send(ctx, &q)
	r.Observe.Answered(q.Operation.Kind, answer.Outcome, time.Since(began))
	return answer
}

func (r *Rail) send(ctx context.Context, q *payment.Request) payment.Answer {
	unsent := payment.Answer{Outcome: payment.NotSent}
	l, keys := r.pick(), r.ring.Load()
	if l == nil || !keys.usable() || ctx.Err() != nil {
		return unsent
	}
	w := r.spaces.Get().(*workspace)
	defer r.spaces.Put(w)
	defer w.erase()
	if err := r.pack(w, q, keys); err != nil {
		if fault.KindOf(err) == fault.Invalid { // the PIN block, which is the one thing that a stranger made
			return payment.Answer{Outcome: payment.No, Decline: payment.WrongPIN, RailCode: codePIN}
		}
		r.Logger.Error("a request could not be built", "attempt", q.Attempt.ID, "error", err)
		return unsent
	}
	c, otherwise := r.calls.begin(l, &w.message, q.Attempt.ID, r.Timeout)
	if c == nil {
		return payment.Answer{Outcome: otherwise}
	}
	defer r.calls.end(c)
	if !l.put(w.frame, c) {
		r.calls.unsent(c)
		return unsent
	}
	r.Observe.Sent(q.Operation.Kind)
	return r.await(ctx, c)
}

// await waits for the answer of a call, the end of its time or of the caller's patience.
func (r *Rail) await(ctx context.Context, c *call) payment.Answer {
	select {
	case a := <-c.answer:
		return a
	case <-c.timer.C:
	case <-ctx.Done():
	}
	if r.calls.giveUp(c) {
		return payment.Answer{}
	}
	return <-c.answer
}

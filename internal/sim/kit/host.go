package kit

import (
	"context"
	"errors"
	"net"
	"net/http"
	"sync"
	"time"
)

const (
	headerTime = 10 * time.Second // that a client has for the head of a request
	idleTime   = time.Minute
)

// Host is a party at its port: it answers, does what falls due by the clock, and comes to an end. It is safe
// for concurrent use.
type Host struct {
	clock    *Clock
	listener net.Listener
	server   *http.Server
	life     context.Context
	hang     context.CancelFunc

	mu     sync.Mutex
	closed bool
	work   sync.WaitGroup
}

// NewHost opens the port of a party. Whoever calls it calls Close.
func NewHost(clock *Clock, address string, handler http.Handler) (*Host, error) {
	listener, err := Listen(address)
	if err != nil {
		return nil, err
	}
	h := &Host{clock: clock, listener: listener}
	h.life, h.hang = context.WithCancel(context.Background())
	h.server = &http.Server{
		Handler: handler, ReadHeaderTimeout: headerTime, IdleTimeout: idleTime,
		BaseContext: func(net.Listener) context.Context { return h.life },
	}
	return h, nil
}

// Addr returns the address that the host listens on.
func (h *Host) Addr() net.Addr { return h.listener.Addr() }

// URL returns the base of all its addresses, without a slash at the end.
func (h *Host) URL() string { return "http://" + h.listener.Addr().String() }

// Life ends when the host does.
func (h *Host) Life() context.Context { return h.life }

// Serve answers until ctx ends or Close is called, and returns nil then.
func (h *Host) Serve(ctx context.Context) error {
	defer context.AfterFunc(ctx, h.HangUp)()
	if err := h.server.Serve(h.listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// HangUp closes the port and all connections.
func (h *Host) HangUp() {
	h.hang()
	h.server.Close()
	h.listener.Close() // where Serve never ran
}

// Close ends everything and waits for what [Host.Later] has begun. The caller holds no lock that this takes. It
// may be called again.
func (h *Host) Close() {
	h.HangUp()
	h.mu.Lock()
	h.closed = true
	h.mu.Unlock()
	h.work.Wait()
}

// Later runs f at a time of the clock, at once where that is over, unless the host is closed by then. It may be
// called with any lock held; f runs without it.
func (h *Host) Later(due time.Time, f func()) {
	run := func() {
		h.mu.Lock()
		closed := h.closed
		if !closed {
			h.work.Add(1)
		}
		h.mu.Unlock()
		if closed {
			return
		}
		defer h.work.Done()
		f()
	}
	if wait := due.Sub(h.clock.Now()); wait > 0 {
		h.clock.AfterFunc(wait, run)
		return
	}
	go run()
}

// Meet does to a request what faults have in store before it is looked at: it may never be answered.
func (h *Host) Meet(r *http.Request, e Effect) {
	if e.Lost {
		silence(r)
	}
}

// Part does to the answer of a request what faults have in store: it comes late, never, or the connection is
// cut. It returns where the answer is to be sent.
func (h *Host) Part(r *http.Request, e Effect) {
	if !h.wait(r.Context(), max(e.Delay, e.Late)) || e.Drop {
		silence(r)
	}
	if e.Close {
		panic(http.ErrAbortHandler)
	}
}

// silence leaves the client without an answer until it gives up.
func silence(r *http.Request) {
	<-r.Context().Done()
	panic(http.ErrAbortHandler)
}

// wait lets d of the clock go by and reports whether it did before ctx ended.
func (h *Host) wait(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return true
	}
	done := make(chan struct{})
	stop := h.clock.AfterFunc(d, func() { close(done) })
	select {
	case <-done:
		return true
	case <-ctx.Done():
		stop()
		return false
	}
}

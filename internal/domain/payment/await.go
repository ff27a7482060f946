package payment

import (
	"context"
	"sync"
	"time"
)

// waiters are those in this process who wait for operations to be settled.
type waiters struct {
	mu sync.Mutex
	of map[string][]chan struct{} // by operation
}

// join returns a channel that is closed when something is next written about the operation here, and what ends the wait.
func (w *waiters) join(operation string) (<-chan struct{}, func()) {
	c := make(chan struct{})
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.of == nil {
		w.of = map[string][]chan struct{}{}
	}
	w.of[operation] = append(w.of[operation], c)
	return c, func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		list := w.of[operation]
		for i := range list {
			if list[i] == c {
				list = append(list[:i:i], list[i+1:]...)
				break
			}
		}
		if w.of[operation] = list; len(list) == 0 {
			delete(w.of, operation)
		}
	}
}

// wake ends the waits for operations; "" is none.
func (w *waiters) wake(operations ...string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, operation := range operations {
		for _, c := range w.of[operation] {
			close(c)
		}
		delete(w.of, operation)
	}
}

// Await returns what the books say of an operation once it is no longer open. It looks when this process writes about the
// operation, and at each tick of look, since another process may have. When ctx ends first it returns what stands then,
// without an error.
func (s *Service) Await(ctx context.Context, operation string, look <-chan time.Time) (Result, error) {
	for {
		written, leave := s.waiters.join(operation) // before the look, so that nothing is written between them
		r, err := s.recorded(context.WithoutCancel(ctx), operation)
		if err != nil || !r.Operation.open() || ctx.Err() != nil {
			leave()
			return r, err
		}
		select {
		case <-written:
		case <-look:
		case <-ctx.Done():
		}
		leave()
	}
}

// open tells that the operation's outcome is still to come.
func (o Operation) open() bool { return o.State == OpPending || o.State == OpUnknown }

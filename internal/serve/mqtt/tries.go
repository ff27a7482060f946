package mqtt

import (
	"sync"
	"time"
)

// The rule for wrong passwords: so many from one address in so long a time, then nothing is looked up for the rest of it. Passwords
// are drawn from 160 bits, so that this spares the records rather than the passwords.
const (
	triesMax   = 20
	triesEvery = 10 * time.Minute
	triesKept  = 10_000 // addresses
)

// tries counts wrong passwords by address, on the wall clock.
type tries struct {
	now  func() time.Time
	mu   sync.Mutex
	from map[string]*window
}

type window struct {
	since time.Time
	count int
}

func (t *tries) allow(address string) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	w := t.from[address]
	return w == nil || t.now().Sub(w.since) >= triesEvery || w.count < triesMax
}

func (t *tries) failed(address string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := t.now()
	w := t.from[address]
	if w == nil || now.Sub(w.since) >= triesEvery {
		if len(t.from) >= triesKept {
			for a, old := range t.from {
				if now.Sub(old.since) >= triesEvery {
					delete(t.from, a)
				}
			}
		}
		if len(t.from) >= triesKept {
			clear(t.from) // a flood from everywhere is not for this rule
		}
		w = &window{since: now}
		t.from[address] = w
	}
	w.count++
}

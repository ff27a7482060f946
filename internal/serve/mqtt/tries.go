package mqtt

import (
	"maps"
	"sync"
	"time"
)

// The rule for wrong passwords: so many under one name from one address in so long a time, then nothing is looked up for the rest of
// it; what is not looked up does not count. The bound of the whole address is higher, so that one speaker that was switched off and
// knocks on does not lock out the others of its shop. Passwords are drawn from 160 bits: this spares the records rather than them.
const (
	triesOfName    = 20
	triesOfAddress = 400
	triesEvery     = 10 * time.Minute
	triesKept      = 20_000 // counts
)

// tries counts wrong passwords by address and by name, on the wall clock.
type tries struct {
	now  func() time.Time
	mu   sync.Mutex
	from map[string]*window
}

type window struct {
	since time.Time
	count int
}

// allow tells whether a name may be tried from an address.
func (t *tries) allow(address, name string) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.below(address, triesOfAddress) && t.below(address+" "+name, triesOfName)
}

func (t *tries) below(who string, most int) bool {
	w := t.from[who]
	return w == nil || t.now().Sub(w.since) >= triesEvery || w.count < most
}

// failed counts a wrong password.
func (t *tries) failed(address, name string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, who := range []string{address, address + " " + name} {
		t.count(who)
	}
}

func (t *tries) count(who string) {
	now := t.now()
	w := t.from[who]
	if w == nil || now.Sub(w.since) >= triesEvery {
		if len(t.from) >= triesKept {
			maps.DeleteFunc(t.from, func(_ string, old *window) bool { return now.Sub(old.since) >= triesEvery })
		}
		if len(t.from) >= triesKept {
			clear(t.from) // a flood from everywhere is not for this rule
		}
		w = &window{since: now}
		t.from[who] = w
	}
	w.count++
}

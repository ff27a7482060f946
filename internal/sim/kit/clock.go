package kit

import (
	"container/heap"
	"sync"
	"time"
)

// Clock tells the time of a simulated world. It runs with the wall clock or stands still, and can be
// moved either way. It is safe for concurrent use.
type Clock struct {
	mu     sync.Mutex
	start  time.Time // what a standing clock shows at offset zero; zero for a running one
	offset time.Duration
	alarms alarms
	wake   *time.Timer // set for the first alarm of a running clock
	order  uint64      // of alarms set, so that equal times keep their order
}

// NewClock returns a clock that runs with the wall clock.
func NewClock() *Clock { return &Clock{} }

// NewStandingClock returns a clock that shows start until it is moved.
func NewStandingClock(start time.Time) *Clock { return &Clock{start: start} }

// Now returns the time of the clock.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now()
}

func (c *Clock) now() time.Time {
	if c.start.IsZero() {
		return time.Now().Add(c.offset)
	}
	return c.start.Add(c.offset)
}

// Offset returns how far the clock was moved in all.
func (c *Clock) Offset() time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.offset
}

// Advance moves the clock by d, which may be negative, as SetOffset does.
func (c *Clock) Advance(d time.Duration) {
	c.mu.Lock()
	c.offset += d
	c.mu.Unlock()
	c.ring(func(f func()) { f() })
}

// SetOffset sets how far the clock is moved in all. It runs what has thereby become due, in the order of
// its time and before it returns; so the caller must not hold a lock that those functions take.
func (c *Clock) SetOffset(d time.Duration) {
	c.mu.Lock()
	c.offset = d
	c.mu.Unlock()
	c.ring(func(f func()) { f() })
}

// AfterFunc calls f once the clock has come d further. When the clock is moved there, f runs within the
// call that moved it; when the clock runs there, f runs in a goroutine of its own. The function returned
// calls it off and reports whether it was in time to.
func (c *Clock) AfterFunc(d time.Duration, f func()) (stop func() bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.order++
	a := &alarm{at: c.now().Add(d), order: c.order, f: f}
	heap.Push(&c.alarms, a)
	c.arm()
	return func() bool {
		c.mu.Lock()
		defer c.mu.Unlock()
		if a.index < 0 {
			return false
		}
		heap.Remove(&c.alarms, a.index)
		return true
	}
}

// arm sets the wall timer of a running clock for its first alarm. The caller holds mu.
func (c *Clock) arm() {
	if !c.start.IsZero() || len(c.alarms) == 0 {
		return
	}
	wait := c.alarms[0].at.Sub(c.now())
	if c.wake == nil {
		c.wake = time.AfterFunc(wait, func() { c.ring(func(f func()) { go f() }) })
		return
	}
	c.wake.Reset(wait)
}

// ring hands what is due to run, one after the other and without the lock.
func (c *Clock) ring(run func(func())) {
	for {
		c.mu.Lock()
		if len(c.alarms) == 0 || c.alarms[0].at.After(c.now()) {
			c.arm()
			c.mu.Unlock()
			return
		}
		a := heap.Pop(&c.alarms).(*alarm)
		c.mu.Unlock()
		run(a.f)
	}
}

// alarm is a function that waits for its time.
type alarm struct {
	at    time.Time
	order uint64
	f     func()
	index int // in the heap; -1 once it is out
}

// alarms is a heap, the earliest first.
type alarms []*alarm

func (a alarms) Len() int { return len(a) }

func (a alarms) Less(i, j int) bool {
	if a[i].at.Equal(a[j].at) {
		return a[i].order < a[j].order
	}
	return a[i].at.Before(a[j].at)
}

func (a alarms) Swap(i, j int) {
	a[i], a[j] = a[j], a[i]
	a[i].index, a[j].index = i, j
}

// Push implements [heap.Interface].
func (a *alarms) Push(x any) {
	item := x.(*alarm)
	item.index = len(*a)
	*a = append(*a, item)
}

// Pop implements [heap.Interface].
func (a *alarms) Pop() any {
	last := len(*a) - 1
	item := (*a)[last]
	(*a)[last] = nil
	*a = (*a)[:last]
	item.index = -1
	return item
}

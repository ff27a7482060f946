package access

import (
	"time"

	"github.com/yifen-pay/yifen/internal/domain/calendar"
	"github.com/yifen-pay/yifen/internal/domain/id"
	"github.com/yifen-pay/yifen/internal/domain/step"
)

// ThrottleTable is where counts of tries lie.
const ThrottleTable step.Table = "throttle"

// Throttle counts the tries of one subject under one rule: failed log-ins of an account or of a name that
// nobody has, failed log-ins from an address, codes sent to a name or asked for from an address. A name that
// nobody has is counted like an account, so that being slowed down tells nothing.
type Throttle struct {
	ID     string // "login/usr_…", "login/name/…", "login/ip/…", "code/…"
	Bucket id.Bucket
	Count  int64
	Since  calendar.Instant // the begin of the window
	LastAt calendar.Instant
	Until  calendar.Instant // nothing is let through before
}

// Key returns the row's key.
func (t Throttle) Key() step.Key { return throttleKey(t.ID) }

func throttleKey(subject string) step.Key {
	return step.Key{Table: ThrottleTable, Bucket: id.Of(subject), ID: subject}
}

// throttle returns the count of a subject, a new one when there is none.
func throttle(v step.View, key step.Key) (Throttle, error) {
	t, _, err := step.Get[Throttle](v, key)
	t.ID, t.Bucket = key.ID, key.Bucket
	return t, err
}

// The rule for proofs of one account (NIST SP 800-63B §5.2.2, PCI DSS 8.3.4): from the third failure on a
// pause that doubles, from the tenth on half an hour after each.
const (
	failuresFree = 3
	failuresMax  = 10
	lockFor      = 30 * time.Minute
	forgetAfter  = 24 * time.Hour // without a failure
)

// failed counts a failed proof.
func (t *Throttle) failed(now calendar.Instant) {
	if now.Sub(t.LastAt) > forgetAfter {
		t.Count, t.Since = 0, now
	}
	t.Count++
	t.LastAt = now
	switch {
	case t.Count >= failuresMax:
		t.Until = now.Add(lockFor)
	case t.Count >= failuresFree:
		t.Until = now.Add(time.Second << (t.Count - failuresFree))
	}
}

// The rules for windows: how many in how long.
type window struct {
	max   int64
	every time.Duration
	pause time.Duration // between two
}

var (
	failuresFromAddress = window{max: 50, every: 10 * time.Minute}
	codesToName         = window{max: 10, every: 24 * time.Hour, pause: time.Minute}
	codesFromAddress    = window{max: 30, every: time.Hour}
	ceremoniesFrom      = window{max: 100, every: 10 * time.Minute}
)

// full tells whether the window takes no more.
func (t Throttle) full(w window, now calendar.Instant) bool {
	return now.Sub(t.Since) < w.every && t.Count >= w.max || now < t.Until
}

// took counts one within the window.
func (t *Throttle) took(w window, now calendar.Instant) {
	if now.Sub(t.Since) >= w.every {
		t.Count, t.Since = 0, now
	}
	t.Count++
	t.LastAt = now
	if w.pause > 0 {
		t.Until = now.Add(w.pause)
	}
}

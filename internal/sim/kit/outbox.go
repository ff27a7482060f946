package kit

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"
)

const (
	ackTime   = 5 * time.Second // that a merchant has to acknowledge
	answerMax = 1 << 20         // bytes of its answer
)

// Notice is a notification to a merchant's server, with what has come of it. What it says is the party's to keep
// beside it.
type Notice struct {
	Number   int64     `json:"n"`
	ID       string    `json:"id"`
	Event    string    `json:"event"`
	Order    string    `json:"order"` // the merchant's number
	URL      string    `json:"url"`
	Created  time.Time `json:"created"`
	Due      time.Time `json:"due"` // of the next attempt
	Attempts int       `json:"attempts"`
	Acked    time.Time `json:"acked,omitzero"`
	Last     string    `json:"last,omitempty"`   // what became of the last attempt
	Struck   []string  `json:"struck,omitempty"` // flaws
	Hold     bool      `json:"hold,omitzero"`    // the first attempt comes after the next notice, or when it is due
}

// Hit reports whether a flaw strikes the next attempt. Only the first is struck, so that the truth arrives.
func (n Notice) Hit(flaw string) bool { return n.Attempts == 0 && slices.Contains(n.Struck, flaw) }

const (
	lateNotice = 72 * time.Hour // by which a late notice is late
	holdNotice = time.Hour      // that one out of order is held back, at most
)

// Afflict has flaws of notifications strike a new notice, among them those by which it comes three days late, or out
// of order: after the next one, or after an hour.
func Afflict[F ~string](n *Notice, flaws *Flaws[F], of []F, late, disorder F) {
	hit := flaws.Next(of...)
	for _, flaw := range of {
		if hit[flaw] {
			n.Struck = append(n.Struck, string(flaw))
		}
	}
	switch {
	case hit[late]:
		n.Due = n.Due.Add(lateNotice)
	case hit[disorder]:
		n.Due, n.Hold = n.Due.Add(holdNotice), true
	}
}

// Delivery is how a notification stands, as pages and tests see it.
type Delivery struct {
	ID, Event, URL, Last string
	Order                string // the merchant's number
	Attempts             int
	Due                  time.Time // of the next attempt, zero where there is none
	Acknowledged         bool
}

// Outbox sends notifications by a schedule until they are acknowledged. What it is told lies in the party's books,
// so that nothing is lost when the party is killed.
type Outbox struct {
	Clock   *Clock
	Host    *Host
	Faults  *Faults
	Lock    sync.Locker     // of the party's books
	Retries []time.Duration // waits after an attempt that was not acknowledged
	// Send makes one attempt and returns what is wrong with the answer, "" when it is acknowledged.
	Send func(Notice, Effect) string
	// Write puts down what became of an attempt. The lock is held.
	Write func(Notice)

	notices []*Notice
	byID    map[string]*Notice
	busy    map[string]bool // an attempt is on its way
	held    []string        // that wait for a later one to be sent first

	attempts, unanswered int
}

// put takes a notice in, or what is new of one. It sends nothing. The lock is held, as for all that follows.
func (o *Outbox) put(n Notice) {
	if o.byID == nil {
		o.byID, o.busy = map[string]*Notice{}, map[string]bool{}
	}
	if old := o.byID[n.ID]; old != nil {
		*old = n
		return
	}
	o.notices = append(o.notices, &n)
	o.byID[n.ID] = &n
}

// list returns how all notices stand, the oldest first.
func (o *Outbox) list() []Delivery {
	list := make([]Delivery, 0, len(o.notices))
	for _, n := range o.notices {
		list = append(list, o.told(n))
	}
	return list
}

// newest returns how the last notices stand, the newest first.
func (o *Outbox) newest(limit int) []Delivery {
	var list []Delivery
	for _, n := range slices.Backward(o.notices[max(0, len(o.notices)-limit):]) {
		list = append(list, o.told(n))
	}
	return list
}

func (o *Outbox) told(n *Notice) Delivery {
	d := Delivery{
		ID: n.ID, Event: n.Event, URL: n.URL, Last: n.Last, Order: n.Order, Attempts: n.Attempts, Acknowledged: !n.Acked.IsZero(),
	}
	if !o.over(*n) {
		d.Due = n.Due
	}
	return d
}

// Counts returns how many attempts were made since the party was opened, and how many were not acknowledged.
func (o *Outbox) Counts() (attempts, unanswered int) { return o.attempts, o.unanswered }

// over reports whether nothing more is sent of a notice.
func (o *Outbox) over(n Notice) bool { return !n.Acked.IsZero() || n.Attempts > len(o.Retries) }

// Resume sets going what waited when the books were last closed.
func (o *Outbox) Resume() {
	for _, n := range o.notices {
		if !o.over(*n) {
			o.await(n)
		}
	}
}

// Begin starts sending a notice that the books have taken. It takes nil for none.
func (o *Outbox) Begin(n *Notice) {
	if n == nil {
		return
	}
	if n.Hold {
		o.held = append(o.held, n.ID)
	}
	o.await(o.byID[n.ID])
}

// await has the next attempt come at its time.
func (o *Outbox) await(n *Notice) {
	id, attempts := n.ID, n.Attempts
	o.Host.Later(n.Due, func() { o.attempt(id, attempts) })
}

// attempt sends a notice for the time after the given number of attempts, unless that was done. The lock is not
// held, as for deliver.
func (o *Outbox) attempt(id string, attempts int) {
	o.Lock.Lock()
	n := o.byID[id]
	if o.over(*n) || o.busy[id] || n.Attempts != attempts {
		o.Lock.Unlock()
		return
	}
	o.busy[id] = true
	sent := *n
	o.Lock.Unlock()
	effect := o.Faults.Next()
	if wait := max(effect.Delay, effect.Late); wait > 0 {
		o.Host.Later(o.Clock.Now().Add(wait), func() { o.deliver(sent, effect) })
		return
	}
	o.deliver(sent, effect)
}

// deliver makes one attempt and writes down what became of it.
func (o *Outbox) deliver(sent Notice, effect Effect) {
	result := "lost on the way"
	if !effect.Lost {
		result = o.Send(sent, effect)
		if effect.Duplicate {
			o.Send(sent, effect)
		}
		if effect.Drop || effect.Close {
			result = "its answer was lost"
		}
	}
	if result != "" && o.Host.Life().Err() != nil {
		return // the party was closed meanwhile; the attempt is made anew when it is opened
	}
	o.Lock.Lock()
	defer o.Lock.Unlock()
	o.attempts++
	n := *o.byID[sent.ID]
	delete(o.busy, n.ID)
	n.Attempts++
	if n.Last = result; result == "" {
		n.Acked, n.Last = o.Clock.Now(), "acknowledged"
	} else {
		o.unanswered++
		if n.Attempts <= len(o.Retries) {
			n.Due = n.Due.Add(o.Retries[n.Attempts-1])
		}
	}
	o.Write(n)
	if !o.over(n) {
		o.await(&n)
	}
	o.release(n)
}

// release sends what was held back until a later notice had been sent.
func (o *Outbox) release(after Notice) {
	o.held = slices.DeleteFunc(o.held, func(id string) bool {
		n := o.byID[id]
		if n.Number >= after.Number {
			return false
		}
		n.Due = o.Clock.Now() // retries count from here
		o.await(n)
		return true
	})
}

// Messenger posts notifications to this machine and follows no redirections.
type Messenger struct{ client http.Client }

// NewMessenger returns a messenger.
func NewMessenger() *Messenger {
	return &Messenger{http.Client{
		Timeout:       ackTime,
		Transport:     &http.Transport{MaxIdleConnsPerHost: 4, IdleConnTimeout: 10 * time.Second},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// Post sends a body. It returns the answer, or a sentence that says why there is none.
func (m *Messenger) Post(ctx context.Context, address string, header http.Header, body string) (status int, text, wrong string) {
	u, err := url.Parse(address)
	if err != nil || !Loopback(u.Hostname()) {
		return 0, "", "not sent: a simulator notifies addresses of this machine only"
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, address, strings.NewReader(body))
	if err != nil {
		return 0, "", err.Error()
	}
	r.Header = header
	answer, err := m.client.Do(r)
	if errors.Is(err, context.DeadlineExceeded) {
		return 0, "", "no answer in time"
	}
	if err != nil {
		return 0, "", "no answer: " + err.Error()
	}
	defer answer.Body.Close()
	raw, err := io.ReadAll(io.LimitReader(answer.Body, answerMax))
	if err != nil {
		return 0, "", "no whole answer: " + err.Error()
	}
	return answer.StatusCode, string(raw), ""
}

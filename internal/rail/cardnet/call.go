package cardnet

import (
	"sync"
	"time"

	"github.com/yifen-pay/yifen/internal/domain/payment"
	"github.com/yifen-pay/yifen/internal/wire/iso8583"
)

const (
	lateMax = 100_000          // requests given up that are remembered
	lateFor = 10 * time.Minute // how long each is
)

// callKey is what an answer is matched by: F7 and F11. F32 and F33 are ours in all of them; network
// messages number apart.
type callKey struct {
	stamp   [10]byte
	number  [6]byte
	network bool
}

func keyOf(m *iso8583.Message, network bool) (k callKey) {
	copy(k.stamp[:], m.Bytes(7))
	copy(k.number[:], m.Bytes(11))
	k.network = network
	return k
}

// call is a request that waits for its answer.
type call struct {
	key     callKey
	attempt string // empty for a network message
	sent    identity
	link    *link
	place   uint64 // in the queue of its link, from 1; 0 while it is not queued

	answer chan payment.Answer // takes one
	timer  *time.Timer
	kept   bool // remembered after it was given up, so not to be used again
	gaveUp time.Time
}

// identity is what an answer must have in common with its request.
type identity struct {
	answerMTI  [4]byte
	processing [6]byte  // F3
	amount     [12]byte // F4
	terminal   [8]byte  // F41
	merchant   [15]byte // F42
	part       bool     // F60 takes part of the amount
}

func identityOf(m *iso8583.Message) (i identity) {
	copy(i.answerMTI[:], iso8583.AnswerMTI(m.MTI()))
	copy(i.processing[:], m.Bytes(3))
	copy(i.amount[:], m.Bytes(4))
	copy(i.terminal[:], m.Bytes(41))
	copy(i.merchant[:], m.Bytes(42))
	i.part = m.Has(60)
	return i
}

// fits tells whether m answers the request. Of a partial approval the amount is less, also of one that was
// not asked for: money that the issuer took must reach whoever can give it back. What has no amount gets none.
// A network message has nothing but its type.
func (c *call) fits(m *iso8583.Message) bool {
	i := &c.sent
	if c.key.network {
		return string(i.answerMTI[:]) == m.MTI()
	}
	if string(i.answerMTI[:]) != m.MTI() || string(i.processing[:]) != string(m.Bytes(3)) ||
		string(i.terminal[:]) != string(m.Bytes(41)) || string(i.merchant[:]) != string(m.Bytes(42)) {
		return false
	}
	amount := string(m.Bytes(4))
	if i.amount == [12]byte{} {
		return amount == ""
	}
	if string(m.Bytes(39)) == codePartial {
		return amount > "000000000000" && amount <= string(i.amount[:])
	}
	return amount == string(i.amount[:])
}

// calls are the requests in flight, and those given up whose answer may come yet. A call belongs to whoever
// takes it out of the maps.
type calls struct {
	now func() time.Time

	mu      sync.Mutex
	flying  map[callKey]*call
	late    map[callKey]*call
	given   []*call // up, the oldest first
	money   int     // of flying, those that are no network messages
	closed  bool    // for money
	drained chan struct{}
	spare   sync.Pool // of *call
}

func newCalls(now func() time.Time) *calls {
	c := &calls{
		now: now, flying: map[callKey]*call{}, late: map[callKey]*call{}, drained: make(chan struct{}),
	}
	c.spare.New = func() any {
		timer := time.NewTimer(time.Hour)
		timer.Stop()
		return &call{answer: make(chan payment.Answer, 1), timer: timer}
	}
	return c
}

// begin registers a request before it is queued. It returns nil and what to say instead when the rail
// closes, or when another waits for the same answer.
func (t *calls) begin(l *link, m *iso8583.Message, attempt string, patience time.Duration) (*call, payment.Outcome) {
	c := t.spare.Get().(*call)
	c.key, c.sent, c.attempt, c.link, c.place = keyOf(m, attempt == ""), identityOf(m), attempt, l, 0
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed && attempt != "" {
		t.spare.Put(c)
		return nil, payment.NotSent
	}
	if t.flying[c.key] != nil {
		t.spare.Put(c)
		return nil, payment.Silent
	}
	delete(t.late, c.key) // a repeat waits for the same answer
	t.flying[c.key] = c
	if attempt != "" {
		t.money++
	}
	c.timer.Reset(patience)
	return c, payment.Yes
}

// end is for the caller of begin, when it is done with its call.
func (t *calls) end(c *call) {
	c.timer.Stop()
	if !c.kept {
		t.spare.Put(c)
	}
}

// land takes a call out of the flying ones. The caller holds mu.
func (t *calls) land(c *call) {
	delete(t.flying, c.key)
	if c.attempt == "" {
		return
	}
	if t.money--; t.money == 0 && t.closed {
		close(t.drained)
	}
}

// keep remembers a call that was given up. The caller holds mu.
func (t *calls) keep(c *call) {
	if c.attempt == "" {
		return
	}
	c.kept, c.gaveUp, c.link = true, t.now(), nil
	t.late[c.key] = c
	t.given = append(t.given, c)
	drop := 0
	for drop < len(t.given) && (len(t.given)-drop > lateMax || c.gaveUp.Sub(t.given[drop].gaveUp) > lateFor) {
		if old := t.given[drop]; t.late[old.key] == old {
			delete(t.late, old.key)
		}
		t.given[drop] = nil
		drop++
	}
	t.given = t.given[drop:]
}

// unsent takes back a call that was not queued.
func (t *calls) unsent(c *call) {
	t.mu.Lock()
	mine := t.flying[c.key] == c
	if mine {
		t.land(c)
	}
	t.mu.Unlock()
	if !mine {
		<-c.answer
	}
}

// giveUp ends the wait for an answer, unless it is being handed over this moment.
func (t *calls) giveUp(c *call) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.flying[c.key] != c {
		return false
	}
	t.land(c)
	t.keep(c)
	return true
}

// take finds the request that m answers and takes it out. Late tells that it was given up before.
func (t *calls) take(m *iso8583.Message, network bool) (c *call, late bool, why DropReason) {
	key := keyOf(m, network)
	t.mu.Lock()
	defer t.mu.Unlock()
	if c = t.flying[key]; c == nil {
		if c = t.late[key]; c == nil || t.now().Sub(c.gaveUp) > lateFor {
			return nil, false, Unmatched
		}
		late = true
	}
	switch {
	case !c.fits(m):
		return nil, false, Mismatch
	case late:
		delete(t.late, key)
	default:
		t.land(c)
	}
	return c, late, ""
}

// abandon ends the requests on a lost connection. Those up to the taken place may have left.
func (t *calls) abandon(l *link, taken uint64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, c := range t.flying {
		if c.link != l {
			continue
		}
		t.land(c)
		if c.place == 0 || c.place > taken {
			c.answer <- payment.Answer{Outcome: payment.NotSent}
			continue
		}
		t.keep(c)
		c.answer <- payment.Answer{}
	}
}

// drain lets no request begin any more and returns a channel that closes when none is in flight.
func (t *calls) drain() <-chan struct{} {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.closed = true
	if t.money == 0 {
		close(t.drained)
	}
	return t.drained
}

// inFlight returns how many requests wait for their answers.
func (t *calls) inFlight() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.money
}

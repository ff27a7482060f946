package cardnet

import (
	"errors"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/yifen-pay/yifen/internal/domain/payment"
	"github.com/yifen-pay/yifen/internal/wire/iso8583"
)

// request returns a request's message, and answer its answer.
func request(number int) *iso8583.Message {
	var m iso8583.Message
	m.SetMTI("0200")
	m.Set(3, "000000")
	m.Set(4, "000000000100")
	m.Set(7, "0305120000")
	setNumber(&m, 11, 6, int64(number))
	m.Set(41, "29000001")
	m.Set(42, "898290054110001")
	return &m
}

func answer(number int) *iso8583.Message {
	m := request(number)
	m.SetMTI("0210")
	m.Set(39, "00")
	return m
}

// standing is a clock that tests move.
type standing struct{ at time.Time }

func (s *standing) now() time.Time { return s.at }

func newStanding() *standing { return &standing{time.Unix(1_772_700_000, 0)} }

// start begins a call that must be possible.
func start(t *testing.T, c *calls, l *link, number int) *call {
	t.Helper()
	begun, _ := c.begin(l, request(number), fmt.Sprintf("att_%d", number), time.Hour)
	if begun == nil {
		t.Fatal("the request was refused")
	}
	return begun
}

func TestCalls_fit(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*iso8583.Message)
		why    DropReason
	}{
		"the same":          {func(*iso8583.Message) {}, ""},
		"type":              {func(m *iso8583.Message) { m.SetMTI("0230") }, Mismatch},
		"processing code":   {func(m *iso8583.Message) { m.Set(3, "200000") }, Mismatch},
		"amount":            {func(m *iso8583.Message) { m.Set(4, "000000000099") }, Mismatch},
		"no amount":         {func(m *iso8583.Message) { m.Unset(4) }, Mismatch},
		"terminal":          {func(m *iso8583.Message) { m.Set(41, "29000002") }, Mismatch},
		"merchant":          {func(m *iso8583.Message) { m.Set(42, "898290058120002") }, Mismatch},
		"number":            {func(m *iso8583.Message) { m.Set(11, "000002") }, Unmatched},
		"time":              {func(m *iso8583.Message) { m.Set(7, "0305120001") }, Unmatched},
		"part of it":        {func(m *iso8583.Message) { m.Set(39, "10"); m.Set(4, "000000000099") }, ""},
		"no part":           {func(m *iso8583.Message) { m.Set(39, "10"); m.Set(4, "000000000000") }, Mismatch},
		"more than all":     {func(m *iso8583.Message) { m.Set(39, "10"); m.Set(4, "000000000101") }, Mismatch},
		"a part unlabelled": {func(m *iso8583.Message) { m.Set(39, "10"); m.Unset(4) }, Mismatch},
	} {
		t.Run(name, func(t *testing.T) {
			calls := newCalls(newStanding().now)
			begun := start(t, calls, nil, 1)
			m := answer(1)
			c.change(m)
			got, late, why := calls.take(m, false)
			if why != c.why || late || (got == begun) != (why == "") {
				t.Errorf("dropped as %q, want %q", why, c.why)
			}
			if _, _, why := calls.take(answer(1), false); (why == Unmatched) != (c.why == "") {
				t.Errorf("afterwards the right answer is dropped as %q", why)
			}
		})
	}
}

func TestCalls_rememberForATime(t *testing.T) {
	clock := newStanding()
	calls := newCalls(clock.now)
	for number := range 2 {
		if !calls.giveUp(start(t, calls, nil, number)) {
			t.Fatal("the request could not be given up")
		}
	}
	clock.at = clock.at.Add(lateFor)
	if c, late, why := calls.take(answer(0), false); c == nil || !late {
		t.Errorf("in time: dropped as %q", why)
	}
	if _, _, why := calls.take(answer(0), false); why != Unmatched {
		t.Errorf("a second time: dropped as %q", why)
	}
	clock.at = clock.at.Add(time.Second)
	if _, _, why := calls.take(answer(1), false); why != Unmatched {
		t.Errorf("too late: dropped as %q", why)
	}
	calls.giveUp(start(t, calls, nil, 2))
	if len(calls.late) != 1 || len(calls.given) != 1 {
		t.Errorf("%d and %d requests are remembered, want 1", len(calls.late), len(calls.given))
	}
}

func TestCalls_rememberSoMany(t *testing.T) {
	calls := newCalls(newStanding().now)
	for number := range lateMax + 5 {
		calls.giveUp(start(t, calls, nil, number))
	}
	if len(calls.late) != lateMax || len(calls.given) != lateMax {
		t.Errorf("%d and %d requests are remembered, want %d", len(calls.late), len(calls.given), lateMax)
	}
	if _, _, why := calls.take(answer(4), false); why != Unmatched {
		t.Errorf("one of the oldest was dropped as %q", why)
	}
	if c, _, why := calls.take(answer(5), false); c == nil {
		t.Errorf("the oldest that is kept was dropped as %q", why)
	}
}

// TestCalls_repeatTakesOver gives up an advice and repeats it: whichever answer comes first is the
// repeat's.
func TestCalls_repeatTakesOver(t *testing.T) {
	calls := newCalls(newStanding().now)
	calls.giveUp(start(t, calls, nil, 1))
	repeat := start(t, calls, nil, 1)
	if c, late, _ := calls.take(answer(1), false); c != repeat || late {
		t.Error("the answer did not go to the repeat")
	}
	if _, _, why := calls.take(answer(1), false); why != Unmatched {
		t.Errorf("the second answer was dropped as %q", why)
	}
}

// TestCalls_abandon loses a connection with one request written, one queued and one neither.
func TestCalls_abandon(t *testing.T) {
	member, network := net.Pipe()
	defer network.Close()
	l, other := newLink(member), newLink(network)
	calls := newCalls(newStanding().now)
	written, queued, neither := start(t, calls, l, 1), start(t, calls, l, 2), start(t, calls, l, 3)
	elsewhere := start(t, calls, other, 4)
	l.put([]byte("1"), written)
	l.taken = l.queued // as the writer does
	l.put([]byte("2"), queued)
	taken, first := l.fail(errors.New("lost"))
	if !first {
		t.Error("the connection was lost before")
	}
	if _, again := l.fail(errors.New("lost again")); again || l.put(nil, nil) {
		t.Error("a lost connection is lost again, or takes messages")
	}
	calls.abandon(l, taken)
	for name, c := range map[string]struct {
		call *call
		want payment.Outcome
		kept bool
	}{
		"written": {written, payment.Silent, true}, "queued": {queued, payment.NotSent, false},
		"neither": {neither, payment.NotSent, false},
	} {
		if got := <-c.call.answer; got.Outcome != c.want || c.call.kept != c.kept {
			t.Errorf("%s: outcome %d, kept %v", name, got.Outcome, c.call.kept)
		}
	}
	if len(elsewhere.answer) != 0 || calls.inFlight() != 1 {
		t.Error("a request on another connection was abandoned")
	}
}

func TestCalls_drain(t *testing.T) {
	calls := newCalls(newStanding().now)
	begun := start(t, calls, nil, 1)
	drained := calls.drain()
	if c, instead := calls.begin(nil, request(2), "att_2", time.Hour); c != nil || instead != payment.NotSent {
		t.Errorf("a request began while the rail closes: %d", instead)
	}
	if c, _ := calls.begin(nil, request(3), "", time.Hour); c == nil {
		t.Error("no network message may be sent while the rail closes")
	}
	select {
	case <-drained:
		t.Error("drained with a request in flight")
	default:
	}
	calls.unsent(begun)
	<-drained
	<-newCalls(newStanding().now).drain()
}

// TestLink_refusesWhatItCannotQueue fills the queue of a connection that nobody writes.
func TestLink_refusesWhatItCannotQueue(t *testing.T) {
	member, network := net.Pipe()
	defer network.Close()
	defer member.Close()
	l := newLink(member)
	frame := []byte(strings.Repeat("x", queueMax/4))
	for range 4 {
		if !l.put(frame, nil) {
			t.Fatal("a message that fits was refused")
		}
	}
	if l.put([]byte("x"), nil) {
		t.Error("the queue has no end")
	}
}

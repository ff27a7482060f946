package kit_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/yifen-pay/yifen/internal/sim/kit"
)

// mailer is a party that notifies, with its books.
type mailer struct {
	sync.Mutex
	clock *kit.Clock
	books *kit.Books
	box   *kit.Outbox
	sent  chan string // names of what was sent
	says  func(kit.Notice, kit.Effect) string
}

func newMailer(t *testing.T) *mailer {
	t.Helper()
	m := &mailer{clock: kit.NewStandingClock(noon), sent: make(chan string, 100), says: func(kit.Notice, kit.Effect) string { return "" }}
	m.box = &kit.Outbox{
		Clock: m.clock, Host: startHost(t, m.clock, http.NotFoundHandler()), Faults: kit.NewFaults(kit.Party{Name: "party", Late: time.Hour}), Lock: m,
		Retries: []time.Duration{time.Minute, time.Hour},
		Send: func(n kit.Notice, e kit.Effect) string {
			wrong := m.says(n, e)
			m.sent <- n.ID
			return wrong
		},
		Write: func(n kit.Notice) { m.books.Apply(kit.Entry{Notice: &n}, "") },
	}
	m.books = &kit.Books{Ledger: kit.NewLedger(), Outbox: m.box}
	return m
}

// send puts a notice into the books and starts it.
func (m *mailer) send(id string, change func(*kit.Notice)) {
	m.Lock()
	defer m.Unlock()
	n := kit.Notice{Number: m.books.Next(), ID: id, URL: "http://127.0.0.1/", Created: m.clock.Now(), Due: m.clock.Now()}
	if change != nil {
		change(&n)
	}
	m.books.Apply(kit.Entry{Notice: &n}, "")
	m.box.Begin(&n)
}

// front returns the public side, which lists deliveries.
func (m *mailer) front() *kit.Front[flaw, state] {
	return kit.NewFront(kit.Desk[flaw, state]{Lock: m, Books: m.books})
}

// eventually polls until done returns true.
func eventually(t *testing.T, what string, done func() bool) {
	t.Helper()
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(10 * time.Second); !done(); <-tick.C {
		if time.Now().After(deadline) {
			t.Fatalf("%s does not come", what)
		}
	}
}

// attempts waits for so many attempts of a notice and returns how it stands.
func (m *mailer) attempts(t *testing.T, index, count int) kit.Delivery {
	t.Helper()
	eventually(t, "an attempt", func() bool { return m.front().Notices()[index].Attempts >= count })
	return m.front().Notices()[index]
}

func TestOutbox_schedule(t *testing.T) {
	m := newMailer(t)
	m.says = func(kit.Notice, kit.Effect) string { return "no" }
	m.send("a", nil)
	for i, wait := range []time.Duration{time.Minute, time.Hour} {
		d := m.attempts(t, 0, i+1)
		if d.Due.Sub(m.clock.Now()) != wait || d.Acknowledged || d.Last != "no" {
			t.Errorf("after attempt %d it stands %+v", i+1, d)
		}
		m.clock.Advance(wait)
	}
	if d := m.attempts(t, 0, 3); !d.Due.IsZero() {
		t.Errorf("at the end it stands %+v", d)
	}
	m.says = func(kit.Notice, kit.Effect) string { return "" }
	m.send("b", nil)
	if d := m.attempts(t, 1, 1); !d.Acknowledged || !d.Due.IsZero() {
		t.Errorf("what is acknowledged stands %+v", d)
	}
	m.Lock()
	defer m.Unlock()
	if made, unanswered := m.box.Counts(); made != 4 || unanswered != 3 {
		t.Errorf("counted %d and %d", made, unanswered)
	}
}

// TestOutbox_Resume holds that a second outbox on the same books goes on where the first ended, and with nothing that
// was over.
func TestOutbox_Resume(t *testing.T) {
	first, second := newMailer(t), newMailer(t)
	first.says = func(n kit.Notice, _ kit.Effect) string { return map[string]string{"a": "no"}[n.ID] }
	first.send("a", nil)
	first.send("b", nil)
	first.attempts(t, 0, 1)
	first.attempts(t, 1, 1)
	first.box.Host.Close()
	for i, d := range first.front().Notices() {
		n := kit.Notice{Number: int64(i + 1), ID: d.ID, URL: d.URL, Due: d.Due, Attempts: d.Attempts}
		if d.Acknowledged {
			n.Acked = noon
		}
		second.books.Apply(kit.Entry{Notice: &n}, "")
	}
	second.box.Resume()
	second.clock.Advance(time.Minute)
	if d := second.attempts(t, 0, 2); !d.Acknowledged || <-second.sent != "a" || len(second.sent) != 0 {
		t.Errorf("it goes on with %+v", d)
	}
}

// TestOutbox_faults holds what the plan of faults does to attempts.
func TestOutbox_faults(t *testing.T) {
	for _, test := range []struct {
		kind kit.Kind
		sent int
		last string
	}{
		{kit.Lost, 0, "lost on the way"}, {kit.Drop, 1, "its answer was lost"}, {kit.Close, 1, "its answer was lost"}, {kit.Duplicate, 2, "acknowledged"},
		{kit.Late, 1, "acknowledged"},
	} {
		m := newMailer(t)
		if err := m.box.Faults.Set(kit.Fault{Kind: test.kind, Rate: 1}); err != nil {
			t.Fatal(err)
		}
		m.send("a", nil)
		if test.kind == kit.Late {
			eventually(t, "the wait", func() bool { m.clock.Advance(time.Hour); return m.front().Notices()[0].Attempts > 0 })
		}
		if d := m.attempts(t, 0, 1); d.Last != test.last || len(m.sent) != test.sent {
			t.Errorf("%s: sent %d times, and it stands %+v", test.kind, len(m.sent), d)
		}
	}
}

// TestAfflict holds that a notice is late, out of order or struck at its first attempt by flaws.
func TestAfflict(t *testing.T) {
	m := newMailer(t)
	flaws := kit.NewFlaws([]flaw{"late", "disorder", "forged"}, nil)
	afflict := func(f flaw) func(*kit.Notice) {
		return func(n *kit.Notice) {
			if err := flaws.Once(f); err != nil {
				t.Error(err)
			}
			kit.Afflict(n, flaws, []flaw{"late", "disorder", "forged"}, "late", "disorder")
		}
	}
	m.says = func(n kit.Notice, _ kit.Effect) string {
		if n.ID == "forged" && n.Hit("forged") != (n.Attempts == 0) {
			t.Errorf("attempt %d is struck: %v", n.Attempts+1, n.Hit("forged"))
		}
		return map[string]string{"forged": "no"}[n.ID]
	}
	m.send("disorder", afflict("disorder"))
	m.send("forged", afflict("forged"))
	if got := []string{<-m.sent, <-m.sent}; !slices.Equal(got, []string{"forged", "disorder"}) {
		t.Errorf("out of order came %v", got)
	}
	m.attempts(t, 1, 1)
	m.clock.Advance(time.Minute)
	<-m.sent
	m.attempts(t, 1, 2)
	m.clock.Advance(time.Hour)
	<-m.sent
	m.send("late", afflict("late"))
	m.clock.Advance(72*time.Hour - time.Second)
	if len(m.sent) != 0 {
		t.Error("what is late comes in time")
	}
	m.clock.Advance(time.Second)
	if got := <-m.sent; got != "late" {
		t.Errorf("late comes %s", got)
	}
}

func TestMessenger(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil || r.Method != http.MethodPost {
			t.Errorf("%s, %v", r.Method, err)
		}
		if r.URL.Path == "/away" {
			http.Redirect(rw, r, "/", http.StatusFound)
			return
		}
		fmt.Fprintf(rw, "%s %s", r.Header.Get("X-Test"), body)
	}))
	defer server.Close()
	m := kit.NewMessenger()
	header := http.Header{"X-Test": {"a"}}
	if status, text, wrong := m.Post(t.Context(), server.URL, header, "b"); status != 200 || text != "a b" || wrong != "" {
		t.Errorf("answered %d %q %q", status, text, wrong)
	}
	if status, _, wrong := m.Post(t.Context(), server.URL+"/away", header, ""); status != http.StatusFound || wrong != "" {
		t.Errorf("sent away it answers %d %q", status, wrong)
	}
	for _, elsewhere := range []string{"https://example.com/", "http://192.0.2.1/", "http://127.0.0.1.example.com/", ":", "http://127.0.0.1:1/"} {
		if status, _, wrong := m.Post(t.Context(), elsewhere, header, ""); status != 0 || wrong == "" {
			t.Errorf("%s answers %d %q", elsewhere, status, wrong)
		}
	}
}

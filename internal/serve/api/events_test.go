package api_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/yifen-pay/yifen/internal/domain/access"
	"github.com/yifen-pay/yifen/internal/domain/calendar"
	"github.com/yifen-pay/yifen/internal/domain/event"
	"github.com/yifen-pay/yifen/internal/domain/id"
	"github.com/yifen-pay/yifen/internal/domain/step"
	"github.com/yifen-pay/yifen/internal/serve/api"
	"github.com/yifen-pay/yifen/internal/store/storetest"
)

// listening is an open stream of events.
type listening struct {
	t     *testing.T
	head  http.Header
	lines chan string // closed at the end of the stream
	stop  context.CancelFunc
}

// listen opens a stream, which is open once it returns.
func (c *caller) listen(last string) *listening {
	c.t.Helper()
	ctx, stop := context.WithCancel(c.t.Context())
	q, err := http.NewRequestWithContext(ctx, "GET", c.door.web.URL+"/v1/events", nil)
	c.must(err)
	if last != "" {
		q.Header.Set("Last-Event-ID", last)
	}
	if c.key != "" {
		q.Header.Set("Authorization", "Bearer "+c.key)
	}
	response, err := c.web.Do(q)
	c.must(err)
	if response.StatusCode != http.StatusOK || response.Header.Get("Content-Type") != "text/event-stream" {
		c.t.Fatalf("the stream is answered %s, %v", response.Status, response.Header)
	}
	l := &listening{c.t, response.Header, make(chan string, 1000), stop}
	c.t.Cleanup(stop)
	go func() {
		defer close(l.lines)
		defer response.Body.Close()
		lines := bufio.NewScanner(response.Body)
		lines.Buffer(nil, 1<<20)
		for lines.Scan() {
			l.lines <- lines.Text()
		}
	}()
	l.line(": open")
	return l
}

// line waits for a line that begins so and returns it. Nothing takes longer than two seconds.
func (l *listening) line(begin string) string {
	l.t.Helper()
	late := time.After(2 * time.Second)
	for {
		select {
		case text, open := <-l.lines:
			if !open {
				l.t.Fatalf("the stream ended before %q", begin)
			}
			if strings.HasPrefix(text, begin) {
				return text
			}
		case <-late:
			l.t.Fatalf("nothing that begins with %q within two seconds", begin)
		}
	}
}

func (l *listening) message() (m api.EventMessage) {
	l.t.Helper()
	if err := json.Unmarshal([]byte(strings.TrimPrefix(l.line("data: "), "data: ")), &m); err != nil {
		l.t.Fatal(err)
	}
	return m
}

// ends waits for the end of the stream.
func (l *listening) ends() {
	l.t.Helper()
	late := time.After(2 * time.Second)
	for {
		select {
		case _, open := <-l.lines:
			if !open {
				return
			}
		case <-late:
			l.t.Fatal("the stream goes on")
		}
	}
}

// happens writes an event and returns its id.
func (d *door) happens(merchant, kind string) string { return d.tells(merchant, kind, `{"a": 1}`) }

func (d *door) tells(merchant, kind, body string) string {
	d.t.Helper()
	b, err := id.BucketOf(merchant)
	if err != nil {
		b = 0
	}
	e := event.Event{ID: d.ids.New("evt_", b), Bucket: b, At: calendar.At(d.clock()), Merchant: merchant, Kind: kind, Subject: "s_1", Body: body}
	d.must(storetest.Do(d.t, d.store, func(v step.View) error { v.Put(e); return nil }))
	return e.ID
}

func TestEvents(t *testing.T) {
	d := newDoor(t)
	owner, shop := d.owner("owner@shop.example")
	other, another := d.owner("owner@other.example")
	cashier := d.person("cashier@shop.example", shop, access.Cashier)
	mine, theirs, poor := owner.listen(""), other.listen(""), cashier.listen("")
	if mine.head.Get("X-Accel-Buffering") != "no" || mine.head.Get("Cache-Control") != "no-store" {
		t.Errorf("the stream's head is %v", mine.head)
	}

	first := d.happens(shop, "terminal.active")
	if m := mine.message(); m.ID != first || m.Kind != "terminal.active" || m.Merchant != shop || m.Subject != "s_1" || m.At == nil || string(m.Body) != `{"a":1}` {
		t.Errorf("the message is %+v", m)
	}
	if m := poor.message(); m.ID != first {
		t.Errorf("the cashier is told %+v", m)
	}
	second := d.happens(shop, "service.open")
	third := d.happens(shop, "sale.captured")
	d.happens(shop, "secret.noun")
	if m := mine.message(); m.ID != second {
		t.Errorf("the message is %+v", m)
	}
	if m := poor.message(); m.ID != third { // cashiers do not see services
		t.Errorf("the cashier is told %+v", m)
	}
	last := d.happens(another, "sale.captured")
	if m := theirs.message(); m.ID != last { // the first that they are told of
		t.Errorf("the other merchant is told %+v", m)
	}
	mine.line(": here")
	mine.stop()

	// Who comes back is told what it missed, and then what happens.
	mine = owner.listen(first)
	fourth := d.happens(shop, "ticket.open")
	for _, want := range []string{second, third, fourth} {
		if m := mine.message(); m.ID != want {
			t.Errorf("after coming back: %+v, want %s", m, want)
		}
	}
	if m := owner.listen("evt_long_ago").message(); m.Kind != "resync" || m.ID != "" {
		t.Errorf("after too long: %+v", m)
	}

	auditor, _ := d.staff("auditor@demo.example", access.Auditor)
	staff := auditor.listen("")
	fifth, sixth := d.happens(shop, "sale.captured"), d.happens(another, "sale.captured")
	for _, want := range []string{fifth, sixth} {
		if m := staff.message(); m.ID != want {
			t.Errorf("staff are told %+v, want %s", m, want)
		}
	}

	// A stream does not outlive what it stands for.
	owner.call("POST", "/auth/logout", nil).is(204, "")
	mine.ends()
	d.advance(access.SessionIdle) // silence ends a session even while it listens
	theirs.ends()
	again, _ := d.owner("owner@third.example")
	open := again.listen("")
	d.api.Close()
	open.ends()
	again.call("GET", "/events", nil).is(429, "too_many_streams")
}

func TestEvents_program(t *testing.T) {
	d := newDoor(t)
	_, shop := d.owner("owner@shop.example")
	program := d.browser()
	program.key = "yf_test_events"
	k, err := d.access.FurnishKey(t.Context(), shop, program.key, access.KeyOrder{Name: "till", Mode: access.Test, Scopes: []string{"payment.view"}})
	d.must(err)
	l := program.listen("")
	d.happens(shop, "terminal.active")
	sale := d.happens(shop, "sale.captured")
	if m := l.message(); m.ID != sale {
		t.Errorf("the program is told %+v", m)
	}
	k.State = access.KeyRevoked
	d.must(storetest.Do(t, d.store, func(v step.View) error { v.Put(k); return nil }, k.Key()))
	l.ends()
}

// A reader that takes nothing is cut off and does not hold the others up; one actor holds a few streams, not all.
func TestEvents_manyAndSlow(t *testing.T) {
	d := newDoor(t)
	owner, shop := d.owner("owner@shop.example")
	q, err := http.NewRequestWithContext(t.Context(), "GET", d.web.URL+"/v1/events", nil)
	d.must(err)
	slow, err := owner.web.Do(q)
	d.must(err)
	defer slow.Body.Close()
	quick := owner.listen("")
	const many = 600
	big := `{"text":"` + strings.Repeat("x", 30<<10) + `"}` // more than what sockets hold for one who does not read
	want := ""
	for range many {
		want = d.tells(shop, "sale.captured", big)
		for got := ""; got != want; { // one who keeps up is told of all
			got = quick.message().ID
		}
	}
	text, err := io.ReadAll(slow.Body)
	if told := bytes.Count(text, []byte("data: ")); told == 0 || told >= many {
		t.Errorf("a reader that took nothing is told %d of %d, %v", told, many, err)
	}
	for i := range 40 {
		q, err := http.NewRequestWithContext(t.Context(), "GET", d.web.URL+"/v1/events", nil)
		d.must(err)
		response, err := owner.web.Do(q)
		d.must(err)
		t.Cleanup(func() { response.Body.Close() })
		if response.StatusCode == http.StatusTooManyRequests {
			if i < 10 {
				t.Errorf("a person may hold %d streams", i)
			}
			return
		}
	}
	t.Error("a person may hold any number of streams")
}

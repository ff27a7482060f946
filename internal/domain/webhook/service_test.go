package webhook_test

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/yifen-pay/yifen/internal/domain/access"
	"github.com/yifen-pay/yifen/internal/domain/calendar"
	"github.com/yifen-pay/yifen/internal/domain/event"
	"github.com/yifen-pay/yifen/internal/domain/id"
	"github.com/yifen-pay/yifen/internal/domain/listing"
	"github.com/yifen-pay/yifen/internal/domain/merchant"
	"github.com/yifen-pay/yifen/internal/domain/step"
	"github.com/yifen-pay/yifen/internal/domain/webhook"
	"github.com/yifen-pay/yifen/internal/store"
	"github.com/yifen-pay/yifen/internal/store/storetest"
)

// glassVault keeps secrets in the open.
type glassVault struct{}

func (glassVault) SealData(data []byte, record string) []byte { return append([]byte(record), data...) }
func (glassVault) OpenData(sealed []byte, record string) ([]byte, error) {
	open, ok := strings.CutPrefix(string(sealed), record)
	if !ok {
		return nil, errors.New("the secret of another")
	}
	return []byte(open), nil
}

// office is the service over real records, with receivers and a clock in the test's hand. It is the courier too.
type office struct {
	t       *testing.T
	records *store.Store
	ids     *id.Maker
	service *webhook.Service
	owner   access.Actor
	failed  []error

	mu    sync.Mutex
	now   time.Time
	sites map[string]func(webhook.Parcel) webhook.Report
	got   map[string][]string // subject/kind in the order of arrival, by site
	seen  map[string][]string // ids, by site
}

func newOffice(t *testing.T) *office { return openOffice(t, storetest.Embedded(t)) }

func openOffice(t *testing.T, records *store.Store) *office {
	t.Helper()
	o := &office{
		t: t, records: records, now: time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC),
		sites: map[string]func(webhook.Parcel) webhook.Report{}, got: map[string][]string{}, seen: map[string][]string{},
	}
	o.ids = id.NewMaker(o.clock, rand.Reader)
	o.service = o.process(o.records)
	shop := merchant.Merchant{ID: o.ids.NewRoot(merchant.Prefix), Name: "Shop"}
	shop.Bucket = id.MustBucket(shop.ID)
	o.owner = access.Actor{ID: "usr_1", Realm: access.Merchant, Merchant: shop.ID, Can: access.Granted(access.Merchant, access.Owner)}
	o.must(storetest.Do(t, o.records, func(v step.View) error { v.Put(shop); return nil }))
	o.must(o.service.Begin(t.Context()))
	return o
}

// process is one program that works on the records.
func (o *office) process(gate step.Gate) *webhook.Service {
	return webhook.NewService(webhook.Config{
		Gate: gate, Store: o.records, Vault: glassVault{}, Courier: o, IDs: o.ids, Now: o.clock, Chance: rand.Reader,
		Failed: func(err error) { o.mu.Lock(); o.failed = append(o.failed, err); o.mu.Unlock() },
	})
}

func (o *office) clock() time.Time { o.mu.Lock(); defer o.mu.Unlock(); return o.now }

func (o *office) pass(d time.Duration) { o.mu.Lock(); o.now = o.now.Add(d); o.mu.Unlock() }

func (o *office) must(err error) {
	o.t.Helper()
	if err != nil {
		o.t.Fatal(err)
	}
}

// Carry implements webhook.Courier: what is taken is noted.
func (o *office) Carry(_ context.Context, p webhook.Parcel) webhook.Report {
	var m event.Message
	if err := json.Unmarshal(p.Body, &m); err != nil || m.ID != p.ID {
		o.t.Errorf("the parcel %s holds %s: %v", p.ID, p.Body, err)
	}
	o.mu.Lock()
	site := o.sites[p.URL]
	o.mu.Unlock()
	report := webhook.Report{Status: 200}
	if site != nil {
		report = site(p)
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if report.Failure == webhook.None {
		o.got[p.URL] = append(o.got[p.URL], m.Subject+" "+m.Kind)
		o.seen[p.URL] = append(o.seen[p.URL], p.ID)
	}
	return report
}

// behaves says what a site does from now on; nil takes everything.
func (o *office) behaves(url string, site func(webhook.Parcel) webhook.Report) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.sites[url] = site
}

func (o *office) taken(url string) []string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return slices.Clone(o.got[url])
}

func (o *office) make(url string, events ...string) webhook.Endpoint {
	o.t.Helper()
	if len(events) == 0 {
		events = []string{"*"}
	}
	e, _, err := o.service.Make(o.t.Context(), o.owner, o.owner.Merchant, webhook.Order{URL: url, Events: events})
	o.must(err)
	return e
}

// happen writes events about a subject.
func (o *office) happen(subject string, kinds ...string) (ids []string) {
	o.t.Helper()
	b := id.MustBucket(o.owner.Merchant)
	for _, kind := range kinds {
		ids = append(ids, o.happenIn(int(b), subject, kind))
	}
	return ids
}

// happenIn writes an event in the lane that works on a bucket.
func (o *office) happenIn(lane int, subject, kind string) string {
	o.t.Helper()
	b := id.MustBucket(o.owner.Merchant)
	e := event.Event{ID: o.ids.New("evt_", b), Bucket: b, At: calendar.At(o.clock()), Merchant: o.owner.Merchant, Kind: kind, Subject: subject, Body: `{"a":1}`}
	at := webhook.Count{Merchant: fmt.Sprint("nobody ", lane), Bucket: id.Bucket(lane % id.BucketCount)}.Key()
	o.must(storetest.Do(o.t, o.records, func(v step.View) error {
		_, err := v.Get(at)
		v.Put(e)
		return err
	}, at))
	return e.ID
}

// work does all that is due.
func (o *office) work() {
	o.t.Helper()
	for {
		spread, err := o.service.Spread(o.t.Context())
		o.must(err)
		sent, err := o.service.Send(o.t.Context())
		o.must(err)
		o.service.Wait()
		if spread+sent == 0 {
			return
		}
	}
}

// days lets time pass in steps, and works after each.
func (o *office) days(d, every time.Duration) {
	for until := o.clock().Add(d); o.clock().Before(until); {
		o.pass(every)
		o.work()
	}
}

func (o *office) deliveries(e webhook.Endpoint, state webhook.DeliveryState) []webhook.Delivery {
	o.t.Helper()
	page, err := o.records.WebhookDeliveries(o.t.Context(), o.owner.Scope(), webhook.DeliveryFilter{Merchant: e.Merchant, Endpoint: e.ID, State: state}, listing.Page{Limit: 100})
	o.must(err)
	return page.Rows
}

// nextTry lets time pass until the next try of an endpoint, and works.
func (o *office) nextTry(e webhook.Endpoint) {
	o.t.Helper()
	next := webhook.Never
	for _, d := range o.deliveries(e, webhook.Waiting) {
		next = min(next, d.DueAt)
	}
	if next == webhook.Never {
		o.t.Fatal("nothing is due")
	}
	o.pass(next.Sub(calendar.At(o.clock())))
	o.work()
}

func (o *office) look(e webhook.Endpoint) webhook.Endpoint {
	o.t.Helper()
	e, err := o.service.Look(o.t.Context(), o.owner, e.ID)
	o.must(err)
	return e
}

func answers(status int) func(webhook.Parcel) webhook.Report {
	return func(webhook.Parcel) webhook.Report {
		return webhook.Report{Status: status, Failure: webhook.Answered, Detail: "no"}
	}
}

// want holds what a site took against what it should have, each subject's in order.
func (o *office) want(url string, want ...string) {
	o.t.Helper()
	bySubject := func(a, b string) int { return strings.Compare(strings.Fields(a)[0], strings.Fields(b)[0]) }
	got := o.taken(url)
	slices.SortStableFunc(got, bySubject)
	if slices.SortStableFunc(want, bySubject); !slices.Equal(got, want) {
		o.t.Errorf("%s took %q, expected %q", url, got, want)
	}
}

// An endpoint that is down for hours gets all of it in order once it is back; another beside it, and another payment, wait for nothing.
func TestService_downForHours(t *testing.T) {
	o := newOffice(t)
	down, up := "https://down.example/", "https://up.example/"
	broken := o.make(down, "sale.*", "refund.approved")
	o.make(up, "sale.*", "refund.approved", "void.approved")
	o.work()
	o.behaves(down, func(p webhook.Parcel) webhook.Report {
		if strings.Contains(string(p.Body), "pay_2") {
			return webhook.Report{Status: 204}
		}
		return webhook.Report{Status: 500, Failure: webhook.Answered, Detail: "no"}
	})
	o.happen("pay_1", "sale.begun", "sale.approved")
	o.happen("pay_2", "sale.approved", "void.approved", "staff.made")
	o.work()
	o.want(up, "pay_1 sale.begun", "pay_2 sale.approved", "pay_1 sale.approved", "pay_2 void.approved")
	o.want(down, "pay_2 sale.approved")
	o.days(3*time.Hour, 10*time.Minute)
	o.happen("pay_1", "refund.approved")
	o.happen("pay_2", "refund.approved")
	o.work()
	o.want(down, "pay_2 sale.approved", "pay_2 refund.approved")
	if e := o.look(broken); e.State != webhook.On {
		t.Errorf("after three hours it is %+v", e)
	}
	o.behaves(down, nil)
	o.days(6*time.Hour, 10*time.Minute)
	o.want(down, "pay_2 sale.approved", "pay_2 refund.approved", "pay_1 sale.begun", "pay_1 sale.approved", "pay_1 refund.approved")
	if e := o.look(broken); e.FailingSince != 0 {
		t.Error("it still counts as failing")
	}
	if left := o.deliveries(broken, webhook.Waiting); len(left) != 0 {
		t.Errorf("%d are left", len(left))
	}
}

// The schedule holds: 12 tries over more than two days, then the delivery is given up and the next has its turn; what was given up can be
// sent again, one by one or by time, in order.
func TestService_givesUpAndReplays(t *testing.T) {
	o := newOffice(t)
	site := "https://down.example/"
	e := o.make(site, "sale.*")
	var tries []time.Time
	first := o.happen("pay_1", "sale.begun")[0]
	o.happen("pay_1", "sale.approved")
	o.behaves(site, func(p webhook.Parcel) webhook.Report {
		if p.ID == first {
			tries = append(tries, o.clock())
		}
		return webhook.Report{Failure: webhook.TimedOut, Detail: "no answer"}
	})
	began := o.clock()
	o.work()
	for len(o.deliveries(e, webhook.GivenUp)) == 0 && o.clock().Sub(began) < 80*time.Hour {
		o.nextTry(e)
	}
	waits := webhook.Waits()
	if len(tries) != len(waits)+1 {
		t.Fatalf("%d tries", len(tries))
	}
	for i, least := range waits {
		if got := tries[i+1].Sub(tries[i]); got < least || got > least+least/5 {
			t.Errorf("try %d came %s after the one before, expected %s and a fifth", i+2, got, least)
		}
	}
	if whole := tries[len(tries)-1].Sub(tries[0]); whole < 24*time.Hour {
		t.Errorf("given up after %s", whole)
	}
	lost := o.deliveries(e, webhook.GivenUp)
	if len(lost) != 1 || lost[0].Failure != webhook.TimedOut || lost[0].Tries != 12 || lost[0].Kind != "sale.begun" {
		t.Fatalf("given up: %+v", lost)
	}
	o.nextTry(e)
	if next := o.deliveries(e, webhook.Waiting); len(next) != 1 || next[0].Tries == 0 {
		t.Errorf("what stood behind it: %+v", next)
	}
	o.behaves(site, nil)
	again, err := o.service.Replay(t.Context(), o.owner, e.ID, lost[0].ID)
	o.must(err)
	if again.State != webhook.Waiting || again.Event != lost[0].Event {
		t.Errorf("sent again: %+v", again)
	}
	o.nextTry(e)
	o.want(site, "pay_1 sale.approved", "pay_1 sale.begun")
	many, _, more, err := o.service.ReplayRange(t.Context(), o.owner, e.ID, webhook.Range{From: calendar.At(began), Until: calendar.At(o.clock()), Delivered: true})
	o.must(err)
	o.work()
	o.want(site, "pay_1 sale.approved", "pay_1 sale.begun", "pay_1 sale.begun", "pay_1 sale.approved")
	if many != 2 || more {
		t.Errorf("sent again: %d, %v", many, more)
	}
	if ids := o.seen[site]; ids[0] != ids[3] || ids[1] != ids[2] {
		t.Errorf("the ids changed: %q", ids)
	}
}

// What waits for its next try is sent at once when somebody asks for it: the receiver was mended.
func TestService_replayBringsForward(t *testing.T) {
	o := newOffice(t)
	site := "https://down.example/"
	e := o.make(site, "sale.*")
	o.behaves(site, func(webhook.Parcel) webhook.Report {
		return webhook.Report{Status: 500, Failure: webhook.Answered, Detail: "the answer was 500"}
	})
	o.happen("pay_1", "sale.approved")
	o.work()
	waiting := o.deliveries(e, webhook.Waiting)
	if len(waiting) != 1 || waiting[0].Tries == 0 {
		t.Fatalf("%+v", waiting)
	}
	o.behaves(site, nil)
	_, err := o.service.Replay(t.Context(), o.owner, e.ID, waiting[0].ID)
	o.must(err)
	o.work()
	o.want(site, "pay_1 sale.approved")
}

// Nothing taken for five days switches an endpoint off; what happened until it is switched on again can be had by replay.
func TestService_switchesOff(t *testing.T) {
	o := newOffice(t)
	site := "https://down.example/"
	e := o.make(site, "sale.*", "webhook.*")
	o.make("https://up.example/", "webhook.ended")
	o.work()
	o.behaves(site, answers(503))
	o.happen("pay_1", "sale.approved")
	o.days(100*time.Hour, time.Hour)
	o.happen("pay_2", "sale.approved")
	o.days(19*time.Hour, time.Hour)
	if e := o.look(e); e.State != webhook.On {
		t.Fatalf("after %s it is off", 119*time.Hour)
	}
	o.days(10*time.Hour, time.Hour)
	e = o.look(e)
	if e.State != webhook.Off || e.Why != webhook.Failing {
		t.Fatalf("after five days: %+v", e)
	}
	o.want("https://up.example/", e.ID+" webhook.ended")
	o.happen("pay_3", "sale.approved")
	o.days(time.Hour, 10*time.Minute)
	if _, err := o.service.Replay(t.Context(), o.owner, e.ID, o.deliveries(e, webhook.GivenUp)[0].ID); !errors.Is(err, webhook.ErrOff) {
		t.Errorf("replayed to what is off: %v", err)
	}
	o.behaves(site, nil)
	_, err := o.service.Switch(t.Context(), o.owner, e.ID, webhook.On)
	o.must(err)
	_, _, _, err = o.service.ReplayRange(t.Context(), o.owner, e.ID, webhook.Range{Until: calendar.At(o.clock()) + 1})
	o.must(err)
	o.work()
	for _, want := range []string{"pay_1 sale.approved", "pay_2 sale.approved", "pay_3 sale.approved"} {
		if !slices.Contains(o.taken(site), want) {
			t.Errorf("%s is missing from %q", want, o.taken(site))
		}
	}
	o.behaves(site, answers(410))
	o.happen("pay_4", "sale.approved")
	o.work()
	if e := o.look(e); e.State != webhook.Off || e.Why != webhook.Gone {
		t.Errorf("after 410: %+v", e)
	}
	o.happen("pay_5", "sale.approved")
	o.work()
	if lost := o.deliveries(e, webhook.GivenUp); lost[0].Subject != "pay_4" {
		t.Errorf("what happened after 410 is kept: %+v", lost[0])
	}
}

// A site that hangs holds up no other, and takes a single place once it is known to fail.
func TestService_hangs(t *testing.T) {
	o := newOffice(t)
	slow := "https://slow.example/"
	o.make(slow, "sale.*")
	o.make("https://up.example/", "sale.*")
	release, began := make(chan struct{}), make(chan struct{}, 100)
	o.behaves(slow, func(webhook.Parcel) webhook.Report {
		began <- struct{}{}
		<-release
		return webhook.Report{Failure: webhook.TimedOut, Detail: "no answer"}
	})
	for i := range 30 {
		o.happen(fmt.Sprintf("pay_%d", i), "sale.approved")
	}
	_, err := o.service.Spread(t.Context())
	o.must(err)
	storetest.Eventually(t, "the other site has everything", func() bool {
		_, err := o.service.Send(t.Context())
		o.must(err)
		return len(o.taken("https://up.example/")) == 30
	})
	if n := len(began); n != webhook.Abreast {
		t.Errorf("%d are under way to the site that hangs", n)
	}
	close(release)
	o.service.Wait()
	o.work()
	if len(o.failed) > 0 {
		t.Error(o.failed)
	}
}

// halfDead is a gate that dies before a step of a name.
type halfDead struct {
	step.Gate
	at string
}

var errDead = errors.New("the program died")

func (h halfDead) Do(ctx context.Context, s step.Step) error {
	if s.Name == h.at {
		return errDead
	}
	return h.Gate.Do(ctx, s)
}

// Wherever the program dies, the event arrives, once or twice with the same id; two programs at once do not double it.
func TestService_dies(t *testing.T) {
	for _, at := range []string{"webhook.spread", "webhook.claim", "webhook.outcome"} {
		t.Run(at, func(t *testing.T) {
			o := newOffice(t)
			site := "https://shop.example/"
			o.make(site, "sale.*")
			events := o.happen("pay_1", "sale.begun", "sale.approved")
			dying := o.process(halfDead{o.records, at})
			_, spread := dying.Spread(t.Context())
			_, sent := dying.Send(t.Context())
			dying.Wait()
			died := errors.Is(spread, errDead) || errors.Is(sent, errDead) || len(o.failed) == 1 && errors.Is(o.failed[0], errDead)
			if !died {
				t.Fatalf("nothing died: %v, %v, %v", spread, sent, o.failed)
			}
			o.work()
			o.pass(2 * time.Minute) // until the claim of the dead lapses
			o.work()
			want := events
			if at == "webhook.outcome" {
				want = []string{events[0], events[0], events[1]}
			}
			if got := o.seen[site]; !slices.Equal(got, want) {
				t.Errorf("arrived %q, expected %q", got, want)
			}
		})
	}
}

// Two programs at once, and events of one subject in several lanes, double nothing and mix up nothing, on either engine.
func TestService_twoAtOnce(t *testing.T) {
	t.Run("embedded", func(t *testing.T) { twoAtOnce(newOffice(t)) })
	t.Run("server", func(t *testing.T) {
		twoAtOnce(openOffice(t, storetest.Open(t, storetest.Server(t), store.Options{Lanes: 4})))
	})
}

func twoAtOnce(o *office) {
	t := o.t
	site := "https://shop.example/"
	o.make(site, "sale.*")
	var want []string
	for i := range 30 {
		want = append(want, o.happenIn(i, fmt.Sprintf("pay_%d", i%7), "sale.approved"))
	}
	var both sync.WaitGroup
	for range 2 {
		p := o.process(o.records)
		both.Go(func() {
			for range 400 {
				if _, err := p.Spread(t.Context()); err != nil {
					t.Error(err)
				}
				if _, err := p.Send(t.Context()); err != nil {
					t.Error(err)
				}
				p.Wait()
				if len(o.taken(site)) == len(want) {
					return
				}
			}
		})
	}
	both.Wait()
	got := slices.Sorted(slices.Values(o.seen[site]))
	if slices.Sort(want); !slices.Equal(got, want) {
		t.Errorf("%d of %d arrived", len(got), len(want))
	}
	of := map[string][]string{}
	for i, subject := range o.taken(site) {
		of[subject] = append(of[subject], o.seen[site][i])
	}
	for subject, ids := range of {
		if !slices.IsSorted(ids) {
			t.Errorf("%s came out of order", subject)
		}
	}
}

// While a secret is rotated both sign, and then the new one alone.
func TestService_rotates(t *testing.T) {
	o := newOffice(t)
	site := "https://shop.example/"
	e := o.make(site)
	var secrets int
	o.behaves(site, func(p webhook.Parcel) webhook.Report {
		secrets = len(p.Secrets)
		return webhook.Report{Status: 200}
	})
	test := func(want int) {
		t.Helper()
		r, err := o.service.Test(t.Context(), o.owner, e.ID)
		if o.must(err); r.Failure != webhook.None || secrets != want {
			t.Errorf("%d secrets sign, expected %d: %+v", secrets, want, r)
		}
	}
	test(1)
	_, shown, err := o.service.Rotate(t.Context(), o.owner, e.ID)
	if o.must(err); !strings.HasPrefix(shown, "whsec_") {
		t.Errorf("the secret is %q", shown)
	}
	test(2)
	o.pass(webhook.OldSecretFor)
	test(1)
}

// What happened before an installation had webhooks, or an endpoint was made, is told to none.
func TestService_begins(t *testing.T) {
	o := newOffice(t)
	o.happen("pay_0", "sale.approved")
	o.pass(time.Second)
	o.make("https://shop.example/", "sale.*")
	o.happen("pay_1", "sale.approved")
	o.work()
	o.want("https://shop.example/", "pay_1 sale.approved")
	o.must(o.service.Begin(t.Context()))
	o.happen("pay_2", "sale.approved")
	o.work()
	o.want("https://shop.example/", "pay_1 sale.approved", "pay_2 sale.approved")
}

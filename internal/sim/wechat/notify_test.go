package wechat_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/yifen-pay/yifen/internal/sim/kit"
	"github.com/yifen-pay/yifen/internal/sim/wechat"
)

// notified creates an order whose payment is notified to e, and pays it.
func notified(t *testing.T, w *wechat.Wallet, c *client, e *ear, no string) {
	t.Helper()
	body := change(c.nativeBody(no, 100), object{"notify_url": e.url})
	link := c.call(t, "POST", "/v3/pay/transactions/native", body).want(t, 200, "").text("code_url")
	if _, err := w.Scan(link, wechat.Pay); err != nil {
		t.Fatal(err)
	}
}

// attempts waits until the first notification was tried so often and returns it.
func attempts(t *testing.T, w *wechat.Wallet, count int) kit.Delivery {
	t.Helper()
	eventually(t, "an attempt", func() bool { return len(w.Notices()) > 0 && w.Notices()[0].Attempts >= count })
	return w.Notices()[0]
}

// TestNotify_schedule holds the times of all attempts, on a server that never acknowledges.
func TestNotify_schedule(t *testing.T) {
	clock := kit.NewStandingClock(noon)
	w := start(t, wechat.Config{Clock: clock})
	c := newClient(t, w, wechat.DemoMerchant)
	e := listen(t)
	e.answer(func() int { return http.StatusInternalServerError })
	notified(t, w, c, e, "order-1")
	want := []string{"15s", "15s", "30s", "3m", "10m", "20m", "30m", "30m", "30m", "60m", "3h", "3h", "3h", "6h", "6h"}
	first := e.next(t)
	for i, text := range want {
		wait, err := time.ParseDuration(text)
		if err != nil {
			t.Fatal(err)
		}
		n := attempts(t, w, i+1)
		if got := n.Due.Sub(clock.Now()); got != wait || n.Acknowledged {
			t.Fatalf("after attempt %d the next comes in %s, want %s", i+1, got, wait)
		}
		clock.Advance(wait - time.Second)
		if n := attempts(t, w, i+1); n.Attempts != i+1 {
			t.Fatalf("attempt %d came too early", i+2)
		}
		clock.Advance(time.Second)
		again, nonce := e.next(t), first.header.Get("Wechatpay-Nonce")
		if string(again.body) == string(first.body) || again.header.Get("Wechatpay-Nonce") == nonce {
			t.Errorf("attempt %d is not sealed and signed anew", i+2)
		}
	}
	n := attempts(t, w, 16)
	if n.Attempts != 16 || !n.Due.IsZero() || clock.Now().Sub(noon) != 24*time.Hour+4*time.Minute {
		t.Errorf("after %s and %d attempts it goes on at %s", clock.Now().Sub(noon), n.Attempts, n.Due)
	}
}

func TestNotify_acknowledged(t *testing.T) {
	for _, test := range []struct {
		status int
		acked  bool
	}{{200, true}, {204, true}, {201, false}, {302, false}, {400, false}, {500, false}} {
		w := start(t, wechat.Config{})
		c := newClient(t, w, wechat.DemoMerchant)
		e := listen(t)
		e.answer(func() int { return test.status })
		notified(t, w, c, e, "order-1")
		if n := attempts(t, w, 1); n.Acknowledged != test.acked || n.Due.IsZero() != test.acked {
			t.Errorf("answered %d, it is %+v", test.status, n)
		}
	}
}

// TestNotify_catchesUp lets a day go by at once, as the demo's clock does.
func TestNotify_catchesUp(t *testing.T) {
	clock := kit.NewStandingClock(noon)
	w := start(t, wechat.Config{Clock: clock})
	c := newClient(t, w, wechat.DemoMerchant)
	e := listen(t)
	calls := 0
	e.answer(func() int { // the third is acknowledged
		if calls++; calls < 3 {
			return http.StatusBadGateway
		}
		return http.StatusNoContent
	})
	notified(t, w, c, e, "order-1")
	attempts(t, w, 1)
	clock.Advance(24 * time.Hour)
	if n := attempts(t, w, 3); !n.Acknowledged || n.Attempts != 3 {
		t.Errorf("after a day it is %+v", n)
	}
}

func TestNotify_elsewhere(t *testing.T) {
	w := start(t, wechat.Config{})
	c := newClient(t, w, wechat.DemoMerchant)
	c.paid(t, w, "order-1", 100)
	if n := attempts(t, w, 1); n.Acknowledged || !strings.HasPrefix(n.Last, "not sent") {
		t.Errorf("a notification to another machine is %+v", n)
	}
}

// TestNotify_flaws has both libraries judge what a flaw makes of a notification.
func TestNotify_flaws(t *testing.T) {
	for _, test := range []struct {
		flaw            wechat.Flaw
		official, other string // "" taken, else the part of an error
	}{
		{"", "", ""},
		{wechat.NoticeForged, "verify", "verif"},
		{wechat.NoticeClockOff, "expires", ""}, // gopay looks at no time
		{wechat.NoticeWrongMerchant, "", ""},   // the content is the merchant's to compare
	} {
		t.Run(string(test.flaw), func(t *testing.T) {
			clock := kit.NewStandingClock(noon)
			w := start(t, wechat.Config{Clock: clock})
			c := newClient(t, w, wechat.DemoMerchant)
			e := listen(t)
			if test.flaw != "" {
				if err := w.FlawOnce(test.flaw); err != nil {
					t.Fatal(err)
				}
			}
			e.answer(func() int { return http.StatusForbidden })
			notified(t, w, c, e, "order-1")
			n := e.next(t)
			attempts(t, w, 1)
			clock.Advance(15 * time.Second)
			again := e.next(t)
			for i, judge := range judges(t, c, wechat.PublicKeyMode) {
				want := []string{test.official, test.other}[i]
				_, _, _, err := judge.notification(n)
				if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
					t.Errorf("%T says %v, want %q", judge, err, want)
				}
				if _, _, _, err := judge.notification(again); err != nil {
					t.Errorf("%T says %v of the next attempt", judge, err)
				}
			}
		})
	}
}

func TestNotify_probe(t *testing.T) {
	w := start(t, wechat.Config{Probe: true})
	c := newClient(t, w, wechat.DemoMerchant)
	e := listen(t)
	calls := 0
	e.answer(func() int { // a server that refuses the first, as it should
		if calls++; calls == 1 {
			return http.StatusUnauthorized
		}
		return http.StatusOK
	})
	notified(t, w, c, e, "order-1")
	probe, real := e.next(t), e.next(t)
	if !strings.HasPrefix(probe.header.Get("Wechatpay-Signature"), "WECHATPAY/SIGNTEST/") {
		t.Errorf("the probe is signed %s", probe.header.Get("Wechatpay-Signature"))
	}
	for _, judge := range judges(t, c, wechat.PublicKeyMode) {
		if _, _, _, err := judge.notification(probe); err == nil {
			t.Errorf("%T takes a probe", judge)
		}
		if _, _, _, err := judge.notification(real); err != nil {
			t.Errorf("%T refuses what follows the probe: %v", judge, err)
		}
	}
	attempts(t, w, 1)
	if s := w.Stats(); s.ProbesOK != 1 || s.ProbesBad != 0 {
		t.Errorf("probes are counted as %+v", s)
	}
}

// TestNotify_order holds the flaws and faults of when notifications come.
func TestNotify_order(t *testing.T) {
	clock := kit.NewStandingClock(noon)
	w := start(t, wechat.Config{Clock: clock})
	c := newClient(t, w, wechat.DemoMerchant)
	judge := newOfficial(t, c.Credentials, wechat.PublicKeyMode)
	e := listen(t)
	var got []string
	next := func() {
		t.Helper()
		_, no, total, err := judge.notification(e.next(t))
		if err != nil {
			t.Fatal(err)
		}
		if total != 100 {
			no += " of a wrong amount"
		}
		got = append(got, no)
	}
	once := func(flaw wechat.Flaw) {
		t.Helper()
		if err := w.FlawOnce(flaw); err != nil {
			t.Fatal(err)
		}
	}
	fault := func(kind kit.Kind, rate float64) {
		t.Helper()
		if err := w.Faults().Set(kit.Fault{Kind: kind, Rate: rate}); err != nil {
			t.Fatal(err)
		}
	}
	once(wechat.NoticeDisorder)
	notified(t, w, c, e, "held-back")
	notified(t, w, c, e, "overtakes")
	next()
	next()
	once(wechat.NoticeLate)
	notified(t, w, c, e, "days-late")
	fault(kit.Duplicate, 1)
	notified(t, w, c, e, "duplicate")
	next()
	next()
	fault(kit.Duplicate, 0)
	body := change(c.nativeBody("wrong-sum", 100), object{"notify_url": e.url})
	link := c.call(t, "POST", "/v3/pay/transactions/native", body).text("code_url")
	fault(kit.WrongAmount, 1)
	if _, err := w.Scan(link, wechat.Pay); err != nil {
		t.Fatal(err)
	}
	next()
	fault(kit.WrongAmount, 0)
	clock.Advance(71 * time.Hour)
	if w.Notices()[2].Attempts != 0 {
		t.Error("what should be three days late came earlier")
	}
	clock.Advance(time.Hour)
	next()
	want := []string{"overtakes", "held-back", "duplicate", "duplicate", "wrong-sum of a wrong amount", "days-late"}
	if !slices.Equal(got, want) {
		t.Errorf("notifications came as %q, want %q", got, want)
	}
}

// TestNotify_faults holds what the faults of package kit do to attempts.
func TestNotify_faults(t *testing.T) {
	for _, test := range []struct {
		kind  kit.Kind
		first bool // the first attempt arrives
		acked bool // and is acknowledged
		last  string
	}{
		{kit.Lost, false, false, "lost on the way"}, {kit.Drop, true, false, "its answer was lost"},
		{kit.Close, true, false, "its answer was lost"}, {kit.Duplicate, true, true, "acknowledged"},
	} {
		clock := kit.NewStandingClock(noon)
		w := start(t, wechat.Config{Clock: clock})
		c := newClient(t, w, wechat.DemoMerchant)
		e := listen(t)
		body := change(c.nativeBody("order-1", 100), object{"notify_url": e.url})
		link := c.call(t, "POST", "/v3/pay/transactions/native", body).want(t, 200, "").text("code_url")
		if err := w.Faults().Set(kit.Fault{Kind: test.kind, Rate: 1}); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Scan(link, wechat.Pay); err != nil {
			t.Fatal(err)
		}
		n := attempts(t, w, 1)
		if n.Acknowledged != test.acked || n.Last != test.last || (len(e.got) > 0) != test.first {
			t.Errorf("%s: %d came, and it is %+v", test.kind, len(e.got), n)
		}
		w.Faults().Clear()
		if clock.Advance(15 * time.Second); !test.acked && !attempts(t, w, 2).Acknowledged {
			t.Errorf("%s: the second attempt is not acknowledged", test.kind)
		}
	}

	clock := kit.NewStandingClock(noon)
	w := start(t, wechat.Config{Clock: clock})
	c := newClient(t, w, wechat.DemoMerchant)
	e := listen(t)
	body := change(c.nativeBody("order-1", 100), object{"notify_url": e.url})
	link := c.call(t, "POST", "/v3/pay/transactions/native", body).want(t, 200, "").text("code_url")
	if err := w.Faults().Set(kit.Fault{Kind: kit.Late, Rate: 1, After: time.Hour}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Scan(link, wechat.Pay); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the attempt", func() bool { return w.Faults().List()[0].Struck == 1 })
	if len(e.got) != 0 {
		t.Error("a late notification came at once")
	}
	eventually(t, "the late notification", func() bool { // its alarm may not be set yet
		clock.Advance(time.Hour)
		return w.Notices()[0].Acknowledged
	})
}

// TestNotify_restart holds that nothing is lost when the wallet is closed between attempts.
func TestNotify_restart(t *testing.T) {
	clock, dir := kit.NewStandingClock(noon), folder(t)
	e := listen(t)
	down := true
	e.answer(func() int {
		if down {
			return http.StatusServiceUnavailable
		}
		return http.StatusOK
	})
	first, err := wechat.New(wechat.Config{Clock: clock, Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- first.Serve(t.Context()) }()
	c := newClient(t, first, wechat.DemoMerchant)
	notified(t, first, c, e, "order-1")
	refund := change(refundBody("order-1", "refund-1", 100, 100), object{"notify_url": e.url})
	c.call(t, "POST", refundPath, refund).want(t, 200, "")
	attempts(t, first, 1)
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	e.next(t)
	e.answer(func() int { return http.StatusOK })
	second := start(t, wechat.Config{Clock: clock, Dir: dir})
	clock.Advance(15 * time.Second)
	judge := newOfficial(t, newClient(t, second, wechat.DemoMerchant).Credentials, wechat.PublicKeyMode)
	var events []string
	for range 2 {
		event, _, _, err := judge.notification(e.next(t))
		if err != nil {
			t.Fatal(err)
		}
		events = append(events, event)
	}
	slices.Sort(events)
	if want := []string{"REFUND.SUCCESS", "TRANSACTION.SUCCESS"}; !slices.Equal(events, want) {
		t.Errorf("after the restart came %v, want %v", events, want)
	}
}

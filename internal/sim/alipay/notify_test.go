package alipay_test

import (
	"slices"
	"testing"
	"time"

	"github.com/yifen-pay/yifen/internal/sim/alipay"
	"github.com/yifen-pay/yifen/internal/sim/kit"
)

// attempts waits for so many attempts of the first notification and returns it.
func attempts(t *testing.T, w *alipay.Wallet, count int) kit.Delivery {
	t.Helper()
	eventually(t, "an attempt", func() bool { return len(w.Notices()) > 0 && w.Notices()[0].Attempts >= count })
	return w.Notices()[0]
}

// TestNotify_schedule holds the times of all attempts, on a server whose answers are no acknowledgments.
func TestNotify_schedule(t *testing.T) {
	clock := kit.NewStandingClock(noon)
	w := start(t, alipay.Config{Clock: clock})
	c := newClient(t, w, alipay.DemoMerchant)
	e := listen(t)
	replies := []string{"", "fail", "SUCCESS", "success\n", `"success"`, "<html>success", "ok", "success!"}
	e.answer(func() string { r := replies[0]; replies = append(replies[1:], r); return r })
	c.paid(t, w, "Q1", "1.00", e.at())
	e.next(t)
	for i, wait := range []time.Duration{
		4 * time.Minute, 10 * time.Minute, 10 * time.Minute, time.Hour, 2 * time.Hour, 6 * time.Hour, 15 * time.Hour,
	} {
		n := attempts(t, w, i+1)
		if got := n.Due.Sub(clock.Now()); got != wait || n.Acknowledged {
			t.Fatalf("after attempt %d the next comes in %s, want %s", i+1, got, wait)
		}
		clock.Advance(wait - time.Second)
		if n := attempts(t, w, i+1); n.Attempts != i+1 {
			t.Fatalf("attempt %d came too early", i+2)
		}
		clock.Advance(time.Second)
		e.next(t)
	}
	n := attempts(t, w, 8)
	if n.Attempts != 8 || !n.Due.IsZero() || n.Acknowledged || clock.Now().Sub(noon) != 24*time.Hour+24*time.Minute {
		t.Errorf("after %s and %d attempts it goes on at %s", clock.Now().Sub(noon), n.Attempts, n.Due)
	}
}

// TestNotify_restart holds that nothing is lost when the wallet is closed between attempts, and that it is the
// same notification.
func TestNotify_restart(t *testing.T) {
	clock, dir := kit.NewStandingClock(noon), folder(t)
	e := listen(t)
	e.answer(func() string { return "fail" })
	first := start(t, alipay.Config{Clock: clock, Dir: dir})
	newClient(t, first, alipay.DemoMerchant).paid(t, first, "Q1", "1.00", e.at())
	attempts(t, first, 1)
	before := e.next(t)
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	e.answer(func() string { return "success" })
	second := start(t, alipay.Config{Clock: clock, Dir: dir})
	clock.Advance(4 * time.Minute)
	after := e.next(t)
	if after.Get("notify_id") != before.Get("notify_id") || after.Get("total_amount") != "1.00" {
		t.Errorf("after the restart came %v", after)
	}
	credentials := newClient(t, second, alipay.DemoMerchant).Credentials
	if _, _, _, err := newSmartwalle(t, credentials, alipay.PublicKeyMode, false).notification(after); err != nil {
		t.Error(err)
	}
	eventually(t, "the acknowledgment", func() bool { return second.Notices()[0].Acknowledged })
}

func TestNotify_flaws(t *testing.T) {
	clock := kit.NewStandingClock(noon)
	w := start(t, alipay.Config{Clock: clock})
	c := newClient(t, w, alipay.DemoMerchant)
	e := listen(t)
	once := func(flaw alipay.Flaw) {
		t.Helper()
		if err := w.FlawOnce(flaw); err != nil {
			t.Fatal(err)
		}
	}
	once(alipay.NoticeWrongMerchant)
	c.paid(t, w, "Q1", "1.00", e.at())
	if n := e.next(t); n.Get("seller_id") == c.SellerID || n.Get("app_id") == c.AppID {
		t.Errorf("a notification for another says %v", n)
	}
	once(alipay.NoticeClockOff)
	c.paid(t, w, "Q2", "1.00", e.at())
	at, err := time.ParseInLocation(time.DateTime, e.next(t).Get("notify_time"), china)
	if age := time.Since(at); err != nil || age < 9*time.Minute || age > 11*time.Minute {
		t.Errorf("a notification by a wrong clock is %s old, %v", age, err)
	}
	once(alipay.NoticeDisorder)
	c.paid(t, w, "Q3", "1.00", e.at())
	c.paid(t, w, "Q4", "1.00", e.at())
	if got := []string{e.next(t).Get("out_trade_no"), e.next(t).Get("out_trade_no")}; !slices.Equal(got, []string{"Q4", "Q3"}) {
		t.Errorf("out of order came %v", got)
	}
	once(alipay.NoticeLate)
	c.paid(t, w, "Q5", "1.00", e.at())
	clock.Advance(72*time.Hour - time.Second)
	if n := w.Notices()[4]; n.Attempts != 0 {
		t.Errorf("a late notification came after %d attempts", n.Attempts)
	}
	clock.Advance(time.Second)
	if got := e.next(t).Get("out_trade_no"); got != "Q5" {
		t.Errorf("late came %s", got)
	}
	if err := w.Faults().Set(kit.Fault{Kind: kit.Duplicate, Rate: 1}); err != nil {
		t.Fatal(err)
	}
	c.paid(t, w, "Q6", "1.00", e.at())
	first, again := e.next(t), e.next(t)
	if first.Get("notify_id") != again.Get("notify_id") {
		t.Error("a duplicate is another notification")
	}
}

// A notification for elsewhere is never sent.
func TestNotify_elsewhere(t *testing.T) {
	w := start(t, alipay.Config{})
	newClient(t, w, alipay.DemoMerchant).paid(t, w, "Q1", "1.00", map[string][]string{"notify_url": {"https://example.com/n"}})
	if n := attempts(t, w, 1); n.Acknowledged || n.Last == "" {
		t.Errorf("a notification for elsewhere is %+v", n)
	}
}

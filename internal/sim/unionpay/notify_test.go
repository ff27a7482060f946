package unionpay_test

import (
	"slices"
	"testing"
	"time"

	"github.com/yifen-pay/yifen/internal/sim/kit"
	"github.com/yifen-pay/yifen/internal/sim/unionpay"
)

// attempts waits for so many attempts of the first notification and returns it.
func attempts(t *testing.T, w *unionpay.Wallet, count int) kit.Delivery {
	t.Helper()
	eventually(t, "an attempt", func() bool { return len(w.Notices()) > 0 && w.Notices()[0].Attempts >= count })
	return w.Notices()[0]
}

// TestNotify_schedule holds the times of all attempts, on a server whose answers are no acknowledgments.
func TestNotify_schedule(t *testing.T) {
	clock := kit.NewStandingClock(noon)
	w := start(t, unionpay.Config{Clock: clock})
	c, e := newClient(t, w, unionpay.DemoMerchant), listen(t)
	replies := []string{"", "fail", "SUCCESS", "success\n", `"success"`, "ok", "success!"}
	e.answer(func() string { r := replies[0]; replies = append(replies[1:], r); return r })
	c.paid(t, w, "order-0001", 100, e.at())
	e.next(t)
	for i, wait := range []time.Duration{
		time.Minute, 2 * time.Minute, 4 * time.Minute, 8 * time.Minute, 16 * time.Minute, 30 * time.Minute, time.Hour, 2 * time.Hour, 4 * time.Hour, 8 * time.Hour,
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
		if err := verify(c.network, e.next(t)); err != nil {
			t.Error(err)
		}
	}
	if n := attempts(t, w, 11); n.Attempts != 11 || !n.Due.IsZero() || n.Acknowledged {
		t.Errorf("after %d attempts it goes on at %s", n.Attempts, n.Due)
	}
}

// TestNotify_restart holds that nothing is lost when the wallet is closed between attempts, and that it is the same
// notification.
func TestNotify_restart(t *testing.T) {
	clock, dir, e := kit.NewStandingClock(noon), folder(t), listen(t)
	e.answer(func() string { return "fail" })
	first := start(t, unionpay.Config{Clock: clock, Dir: dir})
	newClient(t, first, unionpay.DemoMerchant).paid(t, first, "order-0001", 100, e.at())
	attempts(t, first, 1)
	before := e.next(t)
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	e.answer(func() string { return "success" })
	second := start(t, unionpay.Config{Clock: clock, Dir: dir})
	clock.Advance(time.Minute)
	after := e.next(t)
	if after["notifyId"] != before["notifyId"] || after["txnAmt"] != "100" {
		t.Errorf("after the restart came %v", after)
	}
	if err := verify(newClient(t, second, unionpay.DemoMerchant).network, after); err != nil {
		t.Error(err)
	}
	eventually(t, "the acknowledgment", func() bool { return second.Notices()[0].Acknowledged })
}

func TestNotify_flaws(t *testing.T) {
	clock := kit.NewStandingClock(noon)
	w := start(t, unionpay.Config{Clock: clock})
	c, e := newClient(t, w, unionpay.DemoMerchant), listen(t)
	once := func(flaw unionpay.Flaw) {
		t.Helper()
		if err := w.FlawOnce(flaw); err != nil {
			t.Fatal(err)
		}
	}
	once(unionpay.NoticeForged)
	c.paid(t, w, "order-0001", 100, e.at())
	if err := verify(c.network, e.next(t)); err == nil {
		t.Error("a forged notification is signed as it should be")
	}
	once(unionpay.NoticeWrongMerchant)
	c.paid(t, w, "order-0002", 100, e.at())
	if n := e.next(t); n["merId"] == c.merchant || n["serProvId"] == c.institution || verify(c.network, n) != nil {
		t.Errorf("a notification for another says %v", n)
	}
	once(unionpay.NoticeClockOff)
	c.paid(t, w, "order-0003", 100, e.at())
	at, err := time.ParseInLocation("20060102150405", e.next(t)["notifyTime"].(string), china)
	if age := time.Since(at); err != nil || age < 9*time.Minute || age > 11*time.Minute {
		t.Errorf("a notification by a wrong clock is %s old, %v", age, err)
	}
	once(unionpay.NoticeDisorder)
	c.paid(t, w, "order-0004", 100, e.at())
	c.paid(t, w, "order-0005", 100, e.at())
	if got := []any{e.next(t)["orderNo"], e.next(t)["orderNo"]}; !slices.Equal(got, []any{"order-0005", "order-0004"}) {
		t.Errorf("out of order came %v", got)
	}
	once(unionpay.NoticeLate)
	c.paid(t, w, "order-0006", 100, e.at())
	clock.Advance(72*time.Hour - time.Second)
	if n := w.Notices()[5]; n.Attempts != 0 {
		t.Errorf("a late notification came after %d attempts", n.Attempts)
	}
	clock.Advance(time.Second)
	if got := e.next(t)["orderNo"]; got != "order-0006" {
		t.Errorf("late came %s", got)
	}
}

// TestNotify_faults holds what the plan of faults does to attempts.
func TestNotify_faults(t *testing.T) {
	clock := kit.NewStandingClock(noon)
	w := start(t, unionpay.Config{Clock: clock})
	c, e := newClient(t, w, unionpay.DemoMerchant), listen(t)
	for i, test := range []struct {
		kind   kit.Kind
		comes  int
		amount string
		last   string
	}{
		{kit.Duplicate, 2, "100", "acknowledged"}, {kit.WrongAmount, 1, "101", "acknowledged"},
		{kit.Lost, 0, "", "lost on the way"}, {kit.Drop, 1, "100", "its answer was lost"},
	} {
		content := c.call(t, "apply", applyBody("order-"+string(test.kind), 100).with(e.at())).want(t, "00").text("qrCode")
		if err := w.Faults().Set(kit.Fault{Kind: test.kind, Rate: 1}); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Scan(content, kit.Pay); err != nil {
			t.Fatal(err)
		}
		for range test.comes {
			if n := e.next(t); n["txnAmt"] != test.amount || verify(c.network, n) != nil {
				t.Errorf("%s: notified %v", test.kind, n)
			}
		}
		eventually(t, "the attempt", func() bool { return w.Notices()[i].Attempts == 1 })
		if got := w.Notices()[i].Last; got != test.last {
			t.Errorf("%s: the attempt is %q, want %q", test.kind, got, test.last)
		}
		w.Faults().Clear()
	}
	if s := w.Stats(); s.Notices != 4 || s.Unanswered != 2 {
		t.Errorf("counted %+v", s)
	}
}

// TestNotify_elsewhere holds that a notification for elsewhere is never sent.
func TestNotify_elsewhere(t *testing.T) {
	w := start(t, unionpay.Config{})
	newClient(t, w, unionpay.DemoMerchant).paid(t, w, "order-0001", 100, object{"backUrl": "https://example.com/n"})
	if n := attempts(t, w, 1); n.Acknowledged || n.Last == "" {
		t.Errorf("a notification for elsewhere is %+v", n)
	}
}

package unionpay_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/yifen-pay/yifen/internal/sim/kit"
	"github.com/yifen-pay/yifen/internal/sim/unionpay"
)

// table says for each way and state of an order what each act leads to: the origRespCode where it is taken, and
// where it is not, the respCode behind a bar, or "no" of the phone. It is written from the package comment and not
// from the code.
var table = map[unionpay.Way]map[unionpay.State]map[string]string{
	unionpay.MerchantPresented: {
		unionpay.Unpaid: {"pay": "00", "leave": "05", "refuse": "02", "lapse": "03", "closeOrder": "03", "cancel": "|35", "refund": "|35"},
		unionpay.Paying: {"pay": "00", "leave": "05", "refuse": "02", "lapse": "03", "closeOrder": "03", "cancel": "|35", "refund": "|35"},
		unionpay.Paid:   {"pay": "00", "leave": "00", "refuse": "00", "lapse": "00", "closeOrder": "|35", "cancel": "|35", "refund": "01"},
		unionpay.Closed: {"pay": "03", "leave": "03", "refuse": "03", "lapse": "03", "closeOrder": "03", "cancel": "|35", "refund": "|35"},
	},
	unionpay.PayerPresented: {
		unionpay.Paying:  {"pay": "00", "refuse": "06", "lapse": "06", "closeOrder": "|35", "cancel": "04", "refund": "|35"},
		unionpay.Paid:    {"pay": "no", "refuse": "no", "lapse": "00", "closeOrder": "|35", "cancel": "04", "refund": "01"},
		unionpay.Failed:  {"pay": "no", "refuse": "no", "lapse": "06", "closeOrder": "|35", "cancel": "04", "refund": "|35"},
		unionpay.Revoked: {"pay": "no", "refuse": "no", "lapse": "04", "closeOrder": "|35", "cancel": "04", "refund": "|35"},
	},
}

// order is one of the test's orders, with how its payer is reached.
type order struct{ no, content, code string }

// bring makes an order in a state.
func bring(t *testing.T, w *unionpay.Wallet, c *client, way unionpay.Way, state unionpay.State, no string) order {
	t.Helper()
	o := order{no: no}
	var err error
	if way == unionpay.MerchantPresented {
		o.content = c.call(t, "apply", applyBody(no, 1000)).want(t, "00").text("qrCode")
		switch state {
		case unionpay.Paying:
			_, err = w.Scan(o.content, kit.Leave)
		case unionpay.Paid:
			_, err = w.Scan(o.content, kit.Pay)
		case unionpay.Closed:
			c.call(t, "closeOrder", object{"orderNo": no}).want(t, "00")
		}
	} else {
		kind, want := kit.CodePassword, "02"
		switch state {
		case unionpay.Paid:
			kind, want = kit.CodeOK, "00"
		case unionpay.Failed:
			kind, want = kit.CodePoor, "64"
		}
		o.code = code(t, w, kind)
		c.call(t, "micropay", payBody(no, 1000, o.code)).want(t, want)
		if state == unionpay.Revoked {
			c.call(t, "cancel", object{"orderNo": no}).want(t, "00")
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	if got, _ := w.Order(c.merchant, no); got.State != state {
		t.Fatalf("%s of way %s is %s, want %s", no, way, got.State, state)
	}
	return o
}

// act does one thing with an order and returns what came of it, as the table names it.
func act(t *testing.T, w *unionpay.Wallet, clock *kit.Clock, c *client, o order, verb string) string {
	t.Helper()
	var err error
	switch verb {
	case "pay", "leave", "refuse":
		switch {
		case o.content != "":
			_, err = w.Scan(o.content, kit.Act(verb))
		case verb == "pay":
			_, err = w.Password(o.code)
		default:
			_, err = w.RefusePassword(o.code)
		}
	case "lapse":
		clock.Advance(3 * time.Hour)
	case "refund":
		if got := c.call(t, "refund", refundBody("refund-"+o.no, o.no, 1000)).text("respCode"); got != "00" {
			return "|" + got
		}
	default:
		if got := c.call(t, verb, object{"orderNo": o.no}).text("respCode"); got != "00" {
			return "|" + got
		}
	}
	if err != nil {
		return "no"
	}
	return c.state(t, o.no)
}

func TestStates(t *testing.T) {
	clock := kit.NewStandingClock(noon)
	w := start(t, unionpay.Config{Clock: clock})
	c := newClient(t, w, unionpay.DemoMerchant)
	seen := map[unionpay.State]bool{}
	number := 0
	for way, states := range table {
		for state, verbs := range states {
			seen[state] = true
			for verb, want := range verbs {
				number++
				o := bring(t, w, c, way, state, fmt.Sprintf("table-%03d", number))
				before := w.MerchantBalance(c.merchant)
				if got := act(t, w, clock, c, o, verb); got != want {
					t.Errorf("%s in the state %s: %s leads to %q, want %q", way, state, verb, got, want)
				}
				wantMoved := int64(0)
				switch {
				case want == "00" && state != unionpay.Paid:
					wantMoved = 996
				case (want == "01" || want == "04") && state == unionpay.Paid:
					wantMoved = -996
				}
				if moved := w.MerchantBalance(c.merchant) - before; moved != wantMoved {
					t.Errorf("%s in the state %s: %s moves %d fen, want %d", way, state, verb, moved, wantMoved)
				}
			}
		}
	}
	for _, state := range unionpay.States() {
		if !seen[state] {
			t.Errorf("no order is brought into the state %s", state)
		}
	}
}

// TestLives holds how long codes, orders, passwords, cancellations and refunds are good.
func TestLives(t *testing.T) {
	clock := kit.NewStandingClock(noon)
	w := start(t, unionpay.Config{Clock: clock, AskAbove: 1000})
	c := newClient(t, w, unionpay.DemoMerchant)
	short := c.call(t, "apply", applyBody("short-life", 1).with(object{"qrValidTime": 60})).want(t, "00").text("qrCode")
	long := c.call(t, "apply", applyBody("usual-life", 1)).want(t, "00").text("qrCode")
	old := code(t, w, kit.CodeOK)
	asked := code(t, w, kit.CodeOK)
	c.call(t, "micropay", payBody("much-money", 1001, asked)).want(t, "02")
	c.call(t, "micropay", payBody("less-money", 1000, code(t, w, kit.CodeOK))).want(t, "00")
	clock.Advance(time.Minute)
	c.call(t, "micropay", payBody("old-code-1", 1, old)).want(t, "61")
	if state, err := w.Scan(short, kit.Pay); err != nil || state != unionpay.Closed {
		t.Errorf("paying after a minute gives %s, %v", state, err)
	}
	clock.Advance(4*time.Minute - time.Second)
	if got := c.state(t, "much-money"); got != "05" {
		t.Errorf("just before five minutes are over the order is %s", got)
	}
	clock.Advance(time.Second)
	if got := c.state(t, "much-money"); got != "06" {
		t.Errorf("after five minutes the order is %s", got)
	}
	if _, err := w.Password(asked); err != kit.ErrNotWaiting {
		t.Errorf("the password comes too late: %v", err)
	}
	clock.Advance(115*time.Minute - time.Second)
	if state, err := w.Scan(long, kit.Pay); err != nil || state != unionpay.Paid {
		t.Errorf("paying just before two hours are over gives %s, %v", state, err)
	}
	clock.Advance(24 * time.Hour)
	c.call(t, "cancel", object{"orderNo": "less-money"}).want(t, "39")
	c.call(t, "refund", refundBody("in-time-01", "less-money", 1)).want(t, "00")
	clock.Advance(330 * 24 * time.Hour)
	c.call(t, "refund", refundBody("too-late-1", "less-money", 1)).want(t, "39")
}

func TestPaidAfterClose(t *testing.T) {
	w := start(t, unionpay.Config{})
	c := newClient(t, w, unionpay.DemoMerchant)
	o := bring(t, w, c, unionpay.MerchantPresented, unionpay.Paying, "quick-payer")
	if err := w.FlawOnce(unionpay.PaidAfterClose); err != nil {
		t.Fatal(err)
	}
	c.call(t, "closeOrder", object{"orderNo": o.no}).want(t, "00")
	if got := c.state(t, o.no); got != "00" {
		t.Errorf("the order that was paid first is %s", got)
	}
}

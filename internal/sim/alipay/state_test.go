package alipay_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/yifen-pay/yifen/internal/sim/alipay"
	"github.com/yifen-pay/yifen/internal/sim/kit"
)

// table says for each type and state of a trade what each act leads to: a state where it is taken (none where
// the trade does not exist), and a refusal (the code of the answer, or "no" of the phone) where it is not. It is
// written from the package comment and not from the code.
var table = map[alipay.TradeType]map[alipay.State]map[string]string{
	alipay.QRCode: {
		alipay.Precreated: {
			"pay": "TRADE_SUCCESS", "leave": "WAIT_BUYER_PAY", "refuse": "WAIT_BUYER_PAY", "close": "ACQ.TRADE_NOT_EXIST",
			"cancel": "", "refund": "ACQ.TRADE_NOT_EXIST", "lapse": "",
		},
		alipay.Withdrawn: {
			"pay": "", "leave": "", "refuse": "", "close": "ACQ.TRADE_NOT_EXIST", "cancel": "", "refund": "ACQ.TRADE_NOT_EXIST", "lapse": "",
		},
		alipay.WaitBuyer: {
			"pay": "TRADE_SUCCESS", "leave": "WAIT_BUYER_PAY", "refuse": "WAIT_BUYER_PAY", "close": "TRADE_CLOSED",
			"cancel": "TRADE_CLOSED", "refund": "ACQ.TRADE_STATUS_ERROR", "lapse": "TRADE_CLOSED",
		},
		alipay.Success: {
			"pay": "TRADE_SUCCESS", "leave": "TRADE_SUCCESS", "refuse": "TRADE_SUCCESS", "close": "ACQ.TRADE_STATUS_ERROR",
			"cancel": "TRADE_CLOSED", "refund": "TRADE_CLOSED", "lapse": "TRADE_SUCCESS",
		},
		alipay.Closed: {
			"pay": "TRADE_CLOSED", "leave": "TRADE_CLOSED", "refuse": "TRADE_CLOSED", "close": "ACQ.TRADE_STATUS_ERROR",
			"cancel": "TRADE_CLOSED", "refund": "ACQ.TRADE_STATUS_ERROR", "lapse": "TRADE_CLOSED",
		},
	},
	alipay.BarCode: {
		alipay.WaitBuyer: {
			"pay": "TRADE_SUCCESS", "refuse": "TRADE_CLOSED", "close": "TRADE_CLOSED",
			"cancel": "TRADE_CLOSED", "refund": "ACQ.TRADE_STATUS_ERROR", "lapse": "TRADE_CLOSED",
		},
		alipay.Success: {
			"pay": "no", "refuse": "no", "close": "ACQ.TRADE_STATUS_ERROR",
			"cancel": "TRADE_CLOSED", "refund": "TRADE_CLOSED", "lapse": "TRADE_SUCCESS",
		},
		alipay.Closed: {
			"pay": "no", "refuse": "no", "close": "ACQ.TRADE_STATUS_ERROR",
			"cancel": "TRADE_CLOSED", "refund": "ACQ.TRADE_STATUS_ERROR", "lapse": "TRADE_CLOSED",
		},
	},
}

// order is one of the test's trades, with how its payer is reached.
type order struct{ no, link, code string }

// bring creates a trade in a state.
func bring(t *testing.T, w *alipay.Wallet, c *client, kind alipay.TradeType, state alipay.State, no string) order {
	t.Helper()
	o := order{no: no}
	var err error
	if kind == alipay.QRCode {
		o.link = c.call(t, "alipay.trade.precreate", orderBody(no, "1.00")).want(t, "10000", "").text("qr_code")
		switch state {
		case alipay.Withdrawn:
			c.call(t, "alipay.trade.cancel", object{"out_trade_no": no}).want(t, "10000", "")
		case alipay.WaitBuyer, alipay.Closed:
			_, err = w.Scan(o.link, alipay.Leave)
		case alipay.Success:
			_, err = w.Scan(o.link, alipay.Pay)
		}
	} else {
		kind := alipay.CodePassword
		if state == alipay.Success {
			kind = alipay.CodeOK
		}
		if o.code, err = w.Code(kind); err == nil {
			c.call(t, "alipay.trade.pay", codeBody(no, "1.00", o.code))
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	if state == alipay.Closed {
		c.call(t, "alipay.trade.close", object{"out_trade_no": no}).want(t, "10000", "")
	}
	if got, _ := w.Order(c.SellerID, no); got.State != state {
		t.Fatalf("%s of type %s is %s, want %s", no, kind, got.State, state)
	}
	return o
}

// act does one thing with a trade and returns what came of it, as the table names it.
func act(t *testing.T, w *alipay.Wallet, clock *kit.Clock, c *client, o order, verb string) string {
	t.Helper()
	var err error
	switch verb {
	case "pay", "leave", "refuse":
		switch {
		case o.link != "":
			_, err = w.Scan(o.link, alipay.Act(verb))
		case verb == "pay":
			_, err = w.Password(o.code)
		default:
			_, err = w.RefusePassword(o.code)
		}
	case "lapse":
		clock.Advance(3 * time.Hour)
	default:
		if a := c.call(t, "alipay.trade."+verb, object{"out_trade_no": o.no, "refund_amount": "1.00"}); a.text("sub_code") != "" {
			return a.text("sub_code")
		}
	}
	if err != nil {
		return "no"
	}
	return c.query(t, o.no).text("trade_status")
}

func TestStates(t *testing.T) {
	clock := kit.NewStandingClock(noon)
	w := start(t, alipay.Config{Clock: clock})
	c := newClient(t, w, alipay.DemoMerchant)
	seen := map[alipay.State]bool{}
	number := 0
	for kind, states := range table {
		for state, verbs := range states {
			seen[state] = true
			for verb, want := range verbs {
				number++
				o := bring(t, w, c, kind, state, fmt.Sprintf("T%d", number))
				before := w.MerchantBalance(c.SellerID)
				if got := act(t, w, clock, c, o, verb); got != want {
					t.Errorf("%s in the state %s: %s leads to %q, want %q", kind, state, verb, got, want)
				}
				wantMoved := int64(0)
				switch {
				case want == "TRADE_SUCCESS" && state != alipay.Success:
					wantMoved = 99
				case want == "TRADE_CLOSED" && state == alipay.Success:
					wantMoved = -99
				}
				if moved := w.MerchantBalance(c.SellerID) - before; moved != wantMoved {
					t.Errorf("%s in the state %s: %s moves %d fen, want %d", kind, state, verb, moved, wantMoved)
				}
			}
		}
	}
	for _, state := range alipay.States() {
		if !seen[state] {
			t.Errorf("no trade is brought into the state %s", state)
		}
	}
}

func TestTrade_lives(t *testing.T) {
	clock := kit.NewStandingClock(noon)
	w := start(t, alipay.Config{Clock: clock})
	c := newClient(t, w, alipay.DemoMerchant)
	body := orderBody("Q1", "1.00")
	link := c.call(t, "alipay.trade.precreate", body).want(t, "10000", "").text("qr_code")
	if again := c.call(t, "alipay.trade.precreate", body).want(t, "10000", "").text("qr_code"); again != link {
		t.Errorf("the same order has the code %s and then %s", link, again)
	}
	c.call(t, "alipay.trade.precreate", orderBody("Q1", "1.01")).want(t, "40004", "ACQ.CONTEXT_INCONSISTENT")
	clock.Advance(2 * time.Hour)
	if state, err := w.Scan(link, alipay.Pay); err != nil || state != alipay.Withdrawn {
		t.Errorf("paying after two hours gives %s, %v", state, err)
	}
	c.call(t, "alipay.trade.precreate", body).want(t, "40004", "ACQ.TRADE_HAS_CLOSE")
	for i, timeout := range []object{{"timeout_express": "5m"}, {"time_expire": "2026-03-05 14:05:00"}, {"time_expire": "2026-03-05 14:05"}} {
		no := fmt.Sprintf("S%d", i)
		b := orderBody(no, "1.00")
		for name, value := range timeout {
			b[name] = value
		}
		c.call(t, "alipay.trade.precreate", b).want(t, "10000", "")
		if o, _ := w.Order(c.SellerID, no); !o.Expires.Equal(noon.Add(2*time.Hour + 5*time.Minute)) {
			t.Errorf("%v expires at %v", timeout, o.Expires)
		}
	}
	c.paid(t, w, "Q2", "1.00")
	c.call(t, "alipay.trade.precreate", orderBody("Q2", "1.00")).want(t, "40004", "ACQ.TRADE_HAS_SUCCESS")
	clock.Advance(25 * time.Hour)
	c.call(t, "alipay.trade.cancel", object{"out_trade_no": "Q2"}).want(t, "40004", "ACQ.TRADE_CANCEL_TIME_OUT")
	clock.Advance(366 * 24 * time.Hour)
	if got := c.query(t, "Q2").text("trade_status"); got != "TRADE_FINISHED" {
		t.Errorf("after a year a trade is %s", got)
	}
	c.refund(t, "Q2", "R1", "0.50").want(t, "40004", "ACQ.TRADE_HAS_FINISHED")
	if a := c.call(t, "alipay.trade.cancel", object{"out_trade_no": "nobody"}).want(t, "10000", ""); a.text("action") != "" || a.text("retry_flag") != "N" {
		t.Errorf("canceling what does not exist gives %s", a.raw)
	}
	if _, err := w.Scan("https://qr.alipay.com/baxnobody", alipay.Pay); err != alipay.ErrUnknownCode {
		t.Errorf("scanning nobody's code gives %v", err)
	}
	for _, state := range []alipay.CodeState{alipay.CodePoor, alipay.CodeExpired} {
		code, err := w.Code(state)
		if err != nil {
			t.Fatal(err)
		}
		want := map[alipay.CodeState]string{alipay.CodePoor: "ACQ.BUYER_BALANCE_NOT_ENOUGH", alipay.CodeExpired: "ACQ.PAYMENT_AUTH_CODE_INVALID"}[state]
		c.call(t, "alipay.trade.pay", codeBody("B"+string(state), "1.00", code)).want(t, "40004", want)
	}
	code, err := w.Code(alipay.CodeOK)
	if err != nil {
		t.Fatal(err)
	}
	c.call(t, "alipay.trade.pay", codeBody("B1", "1.00", code)).want(t, "10000", "")
	c.call(t, "alipay.trade.pay", codeBody("B1", "1.00", code)).want(t, "10000", "")
	c.call(t, "alipay.trade.pay", codeBody("B2", "1.00", code)).want(t, "40004", "ACQ.PAYMENT_AUTH_CODE_INVALID")
	c.call(t, "alipay.trade.pay", codeBody("B1", "2.00", code)).want(t, "40004", "ACQ.TRADE_HAS_SUCCESS")
}

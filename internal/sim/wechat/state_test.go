package wechat_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/yifen-pay/yifen/internal/sim/kit"
	"github.com/yifen-pay/yifen/internal/sim/wechat"
)

// table says for each type and state of an order what each act leads to: a state where it is taken, and a
// refusal (the code of the answer, or "no" of the phone) where it is not. It is written from the package
// comment and not from the code.
var table = map[wechat.TradeType]map[wechat.State]map[string]string{
	wechat.Native: {
		"NOTPAY": {
			"pay": "SUCCESS", "leave": "USERPAYING", "refuse": "NOTPAY", "close": "CLOSED",
			"reverse": "INVALID_REQUEST", "lapse": "NOTPAY",
		},
		"USERPAYING": {
			"pay": "SUCCESS", "leave": "USERPAYING", "refuse": "NOTPAY", "close": "CLOSED",
			"reverse": "INVALID_REQUEST", "lapse": "USERPAYING",
		},
		"SUCCESS": {
			"pay": "SUCCESS", "leave": "SUCCESS", "refuse": "SUCCESS", "close": "INVALID_REQUEST",
			"reverse": "INVALID_REQUEST", "lapse": "SUCCESS",
		},
		"CLOSED": {
			"pay": "CLOSED", "leave": "CLOSED", "refuse": "CLOSED", "close": "CLOSED",
			"reverse": "INVALID_REQUEST", "lapse": "CLOSED",
		},
	},
	wechat.CodePay: {
		"USERPAYING": {"pay": "SUCCESS", "refuse": "PAYERROR", "close": "USER_PAYING", "reverse": "REVOKED", "lapse": "PAYERROR"},
		"SUCCESS":    {"pay": "no", "refuse": "no", "close": "INVALID_REQUEST", "reverse": "REVOKED", "lapse": "SUCCESS"},
		"PAYERROR":   {"pay": "no", "refuse": "no", "close": "CLOSED", "reverse": "REVOKED", "lapse": "PAYERROR"},
		"REVOKED":    {"pay": "no", "refuse": "no", "close": "ORDER_CLOSED", "reverse": "REVOKED", "lapse": "REVOKED"},
		"CLOSED":     {"pay": "no", "refuse": "no", "close": "CLOSED", "reverse": "REVOKED", "lapse": "CLOSED"},
	},
}

// order is one of the test's orders, with how its payer is reached.
type order struct {
	no, link, code string
}

// bring creates an order in a state.
func bring(t *testing.T, w *wechat.Wallet, c *client, kind wechat.TradeType, state wechat.State, no string) order {
	t.Helper()
	o := order{no: no}
	path := "/v3/pay/transactions/out-trade-no/" + no
	var err error
	if kind == wechat.Native {
		o.link = c.call(t, "POST", "/v3/pay/transactions/native", c.nativeBody(no, 100)).want(t, 200, "").text("code_url")
		switch state {
		case wechat.UserPaying:
			_, err = w.Scan(o.link, wechat.Leave)
		case wechat.Success:
			_, err = w.Scan(o.link, wechat.Pay)
		case wechat.Closed:
			c.call(t, "POST", path+"/close", object{"mchid": c.MerchantID}).want(t, 204, "")
		}
	} else {
		kinds := map[wechat.State]wechat.CodeState{
			wechat.UserPaying: wechat.CodePassword, wechat.PayError: wechat.CodePoor, wechat.Closed: wechat.CodePoor,
		}
		kind, ok := kinds[state]
		if !ok {
			kind = wechat.CodeOK
		}
		o.code, err = w.Code(kind)
		if err == nil {
			c.call(t, "POST", "/v3/pay/transactions/codepay", c.codeBody(no, 100, o.code))
		}
		switch state {
		case wechat.Revoked:
			c.call(t, "POST", path+"/reverse", object{"mchid": c.MerchantID, "appid": c.AppID}).want(t, 200, "")
		case wechat.Closed:
			c.call(t, "POST", path+"/close", object{"mchid": c.MerchantID}).want(t, 204, "")
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	if got := c.query(t, no).text("trade_state"); got != string(state) {
		t.Fatalf("%s of type %s is %s, want %s", no, kind, got, state)
	}
	return o
}

// act does one thing with an order and returns what came of it, as the table names it.
func act(t *testing.T, w *wechat.Wallet, clock *kit.Clock, c *client, o order, verb string) string {
	t.Helper()
	path := "/v3/pay/transactions/out-trade-no/" + o.no + "/" + verb
	var err error
	switch verb {
	case "pay", "leave", "refuse":
		switch {
		case o.link != "":
			_, err = w.Scan(o.link, wechat.Act(verb))
		case verb == "pay":
			_, err = w.Password(o.code)
		default:
			_, err = w.RefusePassword(o.code)
		}
	case "lapse":
		clock.Advance(10 * time.Minute)
	default:
		if a := c.call(t, "POST", path, object{"mchid": c.MerchantID, "appid": c.AppID}); a.text("code") != "" {
			return a.text("code")
		}
	}
	if err != nil {
		return "no"
	}
	return c.query(t, o.no).text("trade_state")
}

func TestStates(t *testing.T) {
	clock := kit.NewStandingClock(noon)
	w := start(t, wechat.Config{Clock: clock})
	c := newClient(t, w, wechat.DemoMerchant)
	seen := map[wechat.State]bool{}
	for kind, states := range table {
		for state, verbs := range states {
			seen[state] = true
			for verb, want := range verbs {
				no := fmt.Sprintf("%s-%s-%s", kind[:3], state, verb)
				o := bring(t, w, c, kind, state, no)
				before := w.MerchantBalance(c.MerchantID)
				got := act(t, w, clock, c, o, verb)
				if got != want {
					t.Errorf("%s in the state %s: %s leads to %s, want %s", kind, state, verb, got, want)
				}
				moved := w.MerchantBalance(c.MerchantID) - before
				wantMoved := int64(0)
				switch {
				case want == "SUCCESS" && state != wechat.Success:
					wantMoved = 99
				case want == "REVOKED" && state == wechat.Success:
					wantMoved = -99
				}
				if moved != wantMoved {
					t.Errorf("%s in the state %s: %s moves %d fen, want %d", kind, state, verb, moved, wantMoved)
				}
			}
		}
	}
	for _, state := range wechat.States() {
		if !seen[state] {
			t.Errorf("no order is brought into the state %s", state)
		}
	}
	if err := w.Audit(); err != nil {
		t.Error(err)
	}
}

func TestOrder_lives(t *testing.T) {
	clock := kit.NewStandingClock(noon)
	w := start(t, wechat.Config{Clock: clock})
	c := newClient(t, w, wechat.DemoMerchant)
	plain := c.nativeBody("order-1", 100)
	link := c.call(t, "POST", "/v3/pay/transactions/native", plain).want(t, 200, "").text("code_url")
	short := change(c.nativeBody("order-2", 100), object{"time_expire": "2026-03-05T12:05:00+08:00"})
	soon := c.call(t, "POST", "/v3/pay/transactions/native", short).want(t, 200, "").text("code_url")
	clock.Advance(5 * time.Minute)
	if _, err := w.Scan(soon, wechat.Pay); err != wechat.ErrExpiredCode {
		t.Errorf("paying after time_expire gives %v", err)
	}
	if got := c.query(t, "order-2").text("trade_state"); got != "NOTPAY" {
		t.Errorf("after its time_expire an order is %s", got)
	}
	clock.Advance(2 * time.Hour)
	if _, err := w.Scan(link, wechat.Pay); err != wechat.ErrExpiredCode {
		t.Errorf("paying after two hours gives %v", err)
	}
	if again := c.call(t, "POST", "/v3/pay/transactions/native", plain).want(t, 200, "").text("code_url"); again != link {
		t.Errorf("the same order has the code %s and then %s", link, again)
	}
	if _, err := w.Scan(link, wechat.Pay); err != nil {
		t.Errorf("paying an order that was asked for again gives %v", err)
	}
	c.call(t, "POST", "/v3/pay/transactions/native", plain).want(t, 400, "INVALID_REQUEST")
	c.call(t, "POST", "/v3/pay/transactions/native", change(plain, object{"amount.total": 101})).want(t, 403, "OUT_TRADE_NO_USED")
	gone := c.nativeBody("order-4", 100)
	c.call(t, "POST", "/v3/pay/transactions/native", gone).want(t, 200, "")
	c.call(t, "POST", "/v3/pay/transactions/out-trade-no/order-4/close", object{"mchid": c.MerchantID}).want(t, 204, "")
	c.call(t, "POST", "/v3/pay/transactions/native", gone).want(t, 400, "ORDER_CLOSED")
	if _, err := w.Scan("weixin://wxpay/bizpayurl?pr=nobody", wechat.Pay); err != wechat.ErrUnknownCode {
		t.Errorf("scanning nobody's code gives %v", err)
	}
	if _, err := w.Scan(soon, "eat"); err != wechat.ErrAct {
		t.Errorf("eating a code gives %v", err)
	}
	huge := c.call(t, "POST", "/v3/pay/transactions/native", c.nativeBody("order-3", wechat.DemoFunds)).text("code_url")
	if state, err := w.Scan(huge, wechat.Pay); err != wechat.ErrFunds || state != wechat.NotPay {
		t.Errorf("paying more than there is gives %s, %v", state, err)
	}
}

// TestClose_tooLate holds the flaw by which an order that was said to be closed turns out to be paid.
func TestClose_tooLate(t *testing.T) {
	w := start(t, wechat.Config{})
	c := newClient(t, w, wechat.DemoMerchant)
	e := listen(t)
	if err := w.FlawOnce(wechat.PaidAfterClose); err != nil {
		t.Fatal(err)
	}
	body := change(c.nativeBody("order-1", 100), object{"notify_url": e.url})
	c.call(t, "POST", "/v3/pay/transactions/native", body).want(t, 200, "")
	const path = "/v3/pay/transactions/out-trade-no/order-1/close"
	c.call(t, "POST", path, object{"mchid": c.MerchantID}).want(t, 204, "")
	if got := c.query(t, "order-1").text("trade_state"); got != "SUCCESS" {
		t.Errorf("the order is %s", got)
	}
	event, _, _, err := newOther(t, c.Credentials, wechat.PublicKeyMode).notification(e.next(t))
	if err != nil || event != "TRANSACTION.SUCCESS" {
		t.Errorf("notified of %s, %v", event, err)
	}
	c.call(t, "POST", path, object{"mchid": c.MerchantID}).want(t, 400, "INVALID_REQUEST")
}

// TestPassword_asError holds the other way in which the original may tell that a payer is asked.
func TestPassword_asError(t *testing.T) {
	w := start(t, wechat.Config{PasswordAsError: true, AskAbove: 1000_00})
	c := newClient(t, w, wechat.DemoMerchant)
	code, err := w.Code(wechat.CodeOK)
	if err != nil {
		t.Fatal(err)
	}
	body := c.codeBody("order-1", 1000_01, code)
	c.call(t, "POST", "/v3/pay/transactions/codepay", body).want(t, 202, "USERPAYING")
	c.call(t, "POST", "/v3/pay/transactions/codepay", body).want(t, 202, "USERPAYING")
	if state, err := w.Password(code); err != nil || state != wechat.Success {
		t.Errorf("the password gives %s, %v", state, err)
	}
	if got := c.call(t, "POST", "/v3/pay/transactions/codepay", body).want(t, 200, "").text("trade_state"); got != "SUCCESS" {
		t.Errorf("then the same request is answered %s", got)
	}
}

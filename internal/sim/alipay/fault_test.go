package alipay_test

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/yifen-pay/yifen/internal/sim/alipay"
	"github.com/yifen-pay/yifen/internal/sim/kit"
)

func TestAnswer_flaws(t *testing.T) {
	w := start(t, alipay.Config{})
	c := newClient(t, w, alipay.DemoMerchant)
	c.paid(t, w, "Q1", "1.00")
	for _, test := range []struct {
		flaw   alipay.Flaw
		status int
		forged bool
		holds  func(answer) bool
	}{
		{alipay.ForgedSignature, 200, true, func(a answer) bool { return a.text("out_trade_no") == "Q1" }},
		{alipay.OtherOrder, 200, false, func(a answer) bool { return a.text("out_trade_no") == "another_order" }},
		{alipay.UnknownOutcome, 200, false, func(a answer) bool { return a.text("code") == "20000" }},
		{alipay.TooMany, 429, false, func(a answer) bool { return a.text("code") == "40005" }},
		{alipay.ServerError, 500, true, func(a answer) bool { return a.fields == nil }},
	} {
		if err := w.FlawOnce(test.flaw); err != nil {
			t.Fatal(err)
		}
		a, err := c.send(c.form(t, "alipay.trade.query", object{"out_trade_no": "Q1"}, nil))
		if err != nil {
			t.Fatal(err)
		}
		if a.status != test.status || !test.holds(a) || (a.verify(c.AlipayPublicKey) != nil) != test.forged {
			t.Errorf("%s: answered %d %s", test.flaw, a.status, a.raw)
		}
		c.query(t, "Q1").want(t, "10000", "")
	}
	if err := w.Faults().Set(kit.Fault{Kind: kit.WrongAmount, Rate: 1}); err != nil {
		t.Fatal(err)
	}
	if got := c.query(t, "Q1").text("total_amount"); got != "1.01" {
		t.Errorf("a wrong amount is %s", got)
	}
}

// What a fault keeps from the client was done all the same, or not, as the kind of the fault says.
func TestFaults_silent(t *testing.T) {
	clock := kit.NewStandingClock(noon)
	w := start(t, alipay.Config{Clock: clock})
	c := newClient(t, w, alipay.DemoMerchant)
	for kind, acts := range map[kit.Kind]bool{kit.Lost: false, kit.Drop: true, kit.Close: true} {
		if err := w.Faults().Set(kit.Fault{Kind: kind, Rate: 1}); err != nil {
			t.Fatal(err)
		}
		impatient := http.Client{Timeout: 200 * time.Millisecond}
		no := "Q" + string(kind)
		if r, err := impatient.PostForm(c.GatewayURL, c.form(t, "alipay.trade.precreate", orderBody(no, "1.00"), nil)); err == nil {
			t.Errorf("%s: answered %s", kind, r.Status)
			r.Body.Close()
		}
		if _, ok := w.Order(c.SellerID, no); ok != acts {
			t.Errorf("%s: the trade is there: %v", kind, ok)
		}
		w.Faults().Clear()
	}
	for flaw, want := range map[alipay.Flaw]bool{alipay.ServerError: true, alipay.UnknownOutcome: true, alipay.TooMany: false} {
		if err := w.FlawOnce(flaw); err != nil {
			t.Fatal(err)
		}
		if _, err := c.send(c.form(t, "alipay.trade.precreate", orderBody(string(flaw), "1.00"), nil)); err != nil {
			t.Fatal(err)
		}
		if _, ok := w.Order(c.SellerID, string(flaw)); ok != want {
			t.Errorf("%s: the trade is there: %v", flaw, ok)
		}
	}
}

func TestRefund_outcomes(t *testing.T) {
	clock := kit.NewStandingClock(noon)
	w := start(t, alipay.Config{Clock: clock})
	c := newClient(t, w, alipay.DemoMerchant)
	for flaw, want := range map[alipay.Flaw][2]string{
		alipay.PendingRefund: {"REFUND_SUCCESS", "TRADE_CLOSED"}, alipay.FailedRefund: {"", "TRADE_SUCCESS"},
	} {
		no := string(flaw)
		c.paid(t, w, no, "1.00")
		if err := w.FlawOnce(flaw); err != nil {
			t.Fatal(err)
		}
		if got := c.refund(t, no, "R1", "1.00").want(t, "10000", "").text("fund_change"); got != "N" {
			t.Errorf("%s: fund_change is %s", flaw, got)
		}
		status := func() string {
			return c.call(t, "alipay.trade.fastpay.refund.query", object{"out_trade_no": no, "out_request_no": "R1"}).want(t, "10000", "").text("refund_status")
		}
		if got := status(); got != "" {
			t.Errorf("%s: a refund that waits is %s", flaw, got)
		}
		c.refund(t, no, "R2", "0.01").want(t, "40004", "ACQ.REFUND_AMT_NOT_EQUAL_TOTAL")
		clock.Advance(2 * time.Second)
		eventually(t, "the outcome", func() bool { r, _ := w.Refund(c.SellerID, no, "R1"); return !r.Done.IsZero() })
		if got := [2]string{status(), c.query(t, no).text("trade_status")}; got != want {
			t.Errorf("%s: in the end refund and trade are %v, want %v", flaw, got, want)
		}
		if flaw == alipay.FailedRefund {
			c.refund(t, no, "R1", "1.00").want(t, "10000", "")
		}
	}
}

func TestClose_tooLate(t *testing.T) {
	w := start(t, alipay.Config{})
	c := newClient(t, w, alipay.DemoMerchant)
	o := bring(t, w, c, alipay.QRCode, alipay.WaitBuyer, "Q1")
	if err := w.FlawOnce(alipay.PaidAfterClose); err != nil {
		t.Fatal(err)
	}
	c.call(t, "alipay.trade.close", object{"out_trade_no": o.no}).want(t, "10000", "")
	if got := c.query(t, o.no).text("trade_status"); got != "TRADE_SUCCESS" {
		t.Errorf("the trade that was paid first is %s", got)
	}
	if err := w.FlawOnce(alipay.RetryCancel); err != nil {
		t.Fatal(err)
	}
	if got := c.call(t, "alipay.trade.cancel", object{"out_trade_no": o.no}).want(t, "10000", "").text("retry_flag"); got != "Y" {
		t.Errorf("retry_flag is %s", got)
	}
	if got := c.call(t, "alipay.trade.cancel", object{"out_trade_no": o.no}).want(t, "10000", "").text("action"); got != "refund" {
		t.Errorf("then the action is %s", got)
	}
}

func TestFaults_overHTTP(t *testing.T) {
	w := start(t, alipay.Config{})
	post := func(media, body string) int {
		t.Helper()
		browser := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
		r, err := browser.Post(w.URL()+"/faults", media, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		defer r.Body.Close()
		return r.StatusCode
	}
	const asJSON, asForm = "application/json", "application/x-www-form-urlencoded"
	for _, test := range []struct {
		media, body string
		want        int
	}{
		{asJSON, `{"party":"alipay","kind":"forged_signature","rate":0.5,"seed":3}`, 200},
		{asJSON, `{"kind":"refund_pending","once":2}`, 200},
		{asForm, "kind=missing_line&rate=0.25&seed=1&once=0", 303},
		{asJSON, `{"party":"alipay","kind":"drop","rate":0.5}`, 200},
		{asJSON, `{"party":"wechat","kind":"forged_signature","rate":0.5}`, 404},
		{asJSON, `{"kind":"forged_signature","rate":2}`, 400},
		{asForm, "kind=missing_line&rate=much&seed=1", 400},
		{asJSON, `{"kind":"missing_line","once":1}`, 400},
		{asJSON, strings.Repeat(" ", 5000), 413},
	} {
		if got := post(test.media, test.body); got != test.want && !(test.want == 404 && got == 400) {
			t.Errorf("%s: answered %d, want %d", test.body, got, test.want)
		}
	}
	if got := w.PlannedFlaws(); len(got) != 3 || got[0].Rate != 0.5 || got[1].Once != 2 || got[2].Flaw != alipay.MissingLine {
		t.Errorf("the plan is %+v", got)
	}
	w.ClearFlaws()
	if got := w.PlannedFlaws(); len(got) != 0 {
		t.Errorf("a plan that was cleared is %+v", got)
	}
}

func TestPage(t *testing.T) {
	w := start(t, alipay.Config{})
	c := newClient(t, w, alipay.DemoMerchant)
	e := listen(t)
	body := orderBody("Q1", "1.00")
	body["subject"] = "<b>茶"
	c.call(t, "alipay.trade.precreate", body).want(t, "10000", "")
	c.paid(t, w, "Q2", "2.00", e.at())
	e.next(t)
	if _, err := w.Give(alipay.Coupon{Funder: alipay.ByMerchant, Amount: 5, Name: "<i>券"}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Code(alipay.CodePassword); err != nil {
		t.Fatal(err)
	}
	if err := w.SetFlaw(alipay.ForgedSignature, 0.125, 9); err != nil {
		t.Fatal(err)
	}
	r, err := http.Get(w.URL() + "/")
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	text, err := io.ReadAll(r.Body)
	if err != nil || r.StatusCode != http.StatusOK {
		t.Fatalf("the page: %s, %v", r.Status, err)
	}
	for _, want := range []string{"Q1", "Q2", "PRECREATED", "TRADE_SUCCESS", "forged_signature", "0.125", alipay.DemoApp, "&lt;i&gt;券", "</html>"} {
		if !strings.Contains(string(text), want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	for _, never := range []string{"PRIVATE KEY", "<i>券", "微信"} {
		if strings.Contains(string(text), never) {
			t.Errorf("the page shows %q", never)
		}
	}
	if policy := r.Header.Get("Content-Security-Policy"); !strings.HasPrefix(policy, "default-src 'none'") {
		t.Errorf("the policy of the page is %q", policy)
	}
}

package unionpay_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/yifen-pay/yifen/internal/sim/kit"
	"github.com/yifen-pay/yifen/internal/sim/unionpay"
)

func TestAnswer_flaws(t *testing.T) {
	w := start(t, unionpay.Config{})
	c := newClient(t, w, unionpay.DemoMerchant)
	c.paid(t, w, "order-0001", 100, nil)
	body := func() []byte {
		text, err := json.Marshal(c.request(t, object{"orderNo": "order-0001"}))
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	for flaw, test := range map[unionpay.Flaw]struct {
		status int
		signed bool
		holds  func(answer) bool
	}{
		unionpay.ForgedSignature: {200, false, func(a answer) bool { return a.text("txnAmt") == "100" }},
		unionpay.OtherOrder:      {200, true, func(a answer) bool { return a.text("orderNo") == "another-order" }},
		unionpay.WrongMerchant:   {200, true, func(a answer) bool { return a.text("merId") != c.merchant && a.text("serProvId") != c.institution }},
		unionpay.UnknownOutcome:  {200, true, func(a answer) bool { return a.text("respCode") == "99" && a.text("txnAmt") == "" }},
		unionpay.TooMany:         {429, true, func(a answer) bool { return a.text("respCode") == "37" }},
		unionpay.ServerError:     {500, false, func(a answer) bool { return a.object == nil }},
		unionpay.ClockOff: {200, true, func(a answer) bool {
			at, err := time.ParseInLocation("20060102150405", a.text("respTime"), china)
			return err == nil && time.Since(at) > 9*time.Minute
		}},
	} {
		if err := w.FlawOnce(flaw); err != nil {
			t.Fatal(err)
		}
		a, err := c.post("queryOrder", body())
		if err != nil {
			t.Fatal(err)
		}
		if a.status != test.status || !test.holds(a) || (verify(c.network, a.object) == nil) != test.signed {
			t.Errorf("%s: answered %d %s", flaw, a.status, a.raw)
		}
		c.call(t, "queryOrder", object{"orderNo": "order-0001"}).want(t, "00")
	}
	for kind, want := range map[kit.Kind]string{kit.WrongAmount: "101", kit.Decline: ""} {
		if err := w.Faults().Set(kit.Fault{Kind: kind, Rate: 1, Code: "38"}); err != nil {
			t.Fatal(err)
		}
		a := c.call(t, "queryOrder", object{"orderNo": "order-0001"})
		if a.text("txnAmt") != want || (a.text("respCode") == "38") != (kind == kit.Decline) {
			t.Errorf("%s: answered %s", kind, a.raw)
		}
		w.Faults().Clear()
	}
	if err := w.FlawOnce(unionpay.MissingLine); err == nil {
		t.Error("a line is missing once")
	}
	if err := w.SetFlaw("hunger", 1, 1); err == nil {
		t.Error("a flaw that is not is set")
	}
}

// TestFaults_silent holds that what a fault keeps from the client was done all the same, or not, as its kind says.
func TestFaults_silent(t *testing.T) {
	w := start(t, unionpay.Config{})
	c := newClient(t, w, unionpay.DemoMerchant)
	body := func(no string) []byte {
		text, err := json.Marshal(c.request(t, applyBody(no, 100)))
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	for kind, acts := range map[kit.Kind]bool{kit.Lost: false, kit.Drop: true, kit.Close: true, kit.Late: true, kit.Delay: true} {
		if err := w.Faults().Set(kit.Fault{Kind: kind, Rate: 1}); err != nil {
			t.Fatal(err)
		}
		impatient := http.Client{Timeout: 200 * time.Millisecond}
		no := "order-" + string(kind)
		if r, err := impatient.Post(c.base+"/gateway/api/pay/apply", "application/json", bytes.NewReader(body(no))); err == nil {
			t.Errorf("%s: answered %s", kind, r.Status)
			r.Body.Close()
		}
		if _, ok := w.Order(c.merchant, no); ok != acts {
			t.Errorf("%s: the order is there: %v", kind, ok)
		}
		w.Faults().Clear()
	}
	for flaw, want := range map[unionpay.Flaw]bool{unionpay.ServerError: true, unionpay.UnknownOutcome: true, unionpay.TooMany: false} {
		if err := w.FlawOnce(flaw); err != nil {
			t.Fatal(err)
		}
		if _, err := c.post("apply", body(string(flaw))); err != nil {
			t.Fatal(err)
		}
		if _, ok := w.Order(c.merchant, string(flaw)); ok != want {
			t.Errorf("%s: the order is there: %v", flaw, ok)
		}
	}
}

func TestRefund_outcomes(t *testing.T) {
	clock := kit.NewStandingClock(noon)
	w := start(t, unionpay.Config{Clock: clock})
	c, e := newClient(t, w, unionpay.DemoMerchant), listen(t)
	for flaw, want := range map[unionpay.Flaw]struct{ refund, order, again string }{
		unionpay.PendingRefund: {"00", "01", "00"}, unionpay.FailedRefund: {"01", "00", "01"},
	} {
		no := "order-" + string(flaw)
		c.paid(t, w, no, 100, nil)
		if err := w.FlawOnce(flaw); err != nil {
			t.Fatal(err)
		}
		refund := refundBody("refund-"+string(flaw), no, 100).with(e.at())
		c.call(t, "refund", refund).want(t, "02")
		status := func() string {
			return c.call(t, "refundQuery", object{"orderNo": "refund-" + string(flaw)}).want(t, "00").text("origRespCode")
		}
		if got := [2]string{status(), c.state(t, no)}; got != [2]string{"02", "01"} {
			t.Errorf("%s: a refund that waits and its order are %v", flaw, got)
		}
		c.call(t, "refund", refundBody("another-"+string(flaw), no, 1)).want(t, "33")
		clock.Advance(2 * time.Second)
		if n := e.next(t); n["origRespCode"] != want.refund || n["txnType"] != "04" {
			t.Errorf("%s: notified %v", flaw, n)
		}
		if got := [2]string{status(), c.state(t, no)}; got != [2]string{want.refund, want.order} {
			t.Errorf("%s: in the end refund and order are %v, want %v", flaw, got, want)
		}
		c.call(t, "refund", refund).want(t, want.again)
		if flaw == unionpay.FailedRefund {
			c.call(t, "refund", refundBody("another-"+string(flaw), no, 100)).want(t, "00")
		}
	}
}

func TestFaults_overHTTP(t *testing.T) {
	w := start(t, unionpay.Config{})
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
		{asJSON, `{"party":"unionpay","kind":"forged_signature","rate":0.5,"seed":3}`, 200},
		{asForm, "kind=missing_line&rate=0.25&seed=1&once=0", 303},
		{asJSON, `{"party":"unionpay","kind":"drop","rate":0.5}`, 200},
		{asJSON, `{"kind":"forged_signature","rate":2}`, 400},
	} {
		if got := post(test.media, test.body); got != test.want {
			t.Errorf("%s: answered %d, want %d", test.body, got, test.want)
		}
	}
	if got := w.PlannedFlaws(); len(got) != 2 || got[0].Rate != 0.5 || got[1].Flaw != unionpay.MissingLine {
		t.Errorf("the plan is %+v", got)
	}
	w.ClearFlaws()
	if got := w.PlannedFlaws(); len(got) != 0 {
		t.Errorf("a plan that was cleared is %+v", got)
	}
}

func TestPage(t *testing.T) {
	w := start(t, unionpay.Config{})
	c, e := newClient(t, w, unionpay.DemoMerchant), listen(t)
	c.call(t, "apply", applyBody("order-0001", 100).with(object{"orderInfo": "<b>茶"})).want(t, "00")
	c.paid(t, w, "order-0002", 12345, e.at())
	e.next(t)
	if _, err := w.Give(kit.Coupon{Funder: kit.ByMerchant, Amount: 5, Name: "<i>券"}); err != nil {
		t.Fatal(err)
	}
	asked := code(t, w, kit.CodePassword)
	c.call(t, "micropay", payBody("order-0003", 100, asked)).want(t, "02")
	if err := w.SetFlaw(unionpay.ForgedSignature, 0.125, 9); err != nil {
		t.Fatal(err)
	}
	r, err := http.Get(w.URL() + "/?page=9")
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	text, err := io.ReadAll(r.Body)
	if err != nil || r.StatusCode != http.StatusOK {
		t.Fatalf("the page: %s, %v", r.Status, err)
	}
	for _, want := range []string{
		"order-0001", "UNPAID", "PAID", "123.45", "forged_signature", "0.125", unionpay.DemoInstitution, asked, "Enter password", "&lt;i&gt;券", "UnionPay QR", "</html>",
	} {
		if !strings.Contains(string(text), want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	for _, never := range []string{"PRIVATE KEY", "<i>券", "微信", "支付宝", "<script"} {
		if strings.Contains(string(text), never) {
			t.Errorf("the page shows %q", never)
		}
	}
	if policy := r.Header.Get("Content-Security-Policy"); !strings.HasPrefix(policy, "default-src 'none'") {
		t.Errorf("the policy of the page is %q", policy)
	}
}

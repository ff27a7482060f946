package wechat_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/yifen-pay/yifen/internal/sim/kit"
	"github.com/yifen-pay/yifen/internal/sim/wechat"
)

// TestAnswer_flaws has both libraries judge what a flaw makes of an answer.
func TestAnswer_flaws(t *testing.T) {
	w := start(t, wechat.Config{})
	c := newClient(t, w, wechat.DemoMerchant)
	c.paid(t, w, "order-1", 100)
	for _, test := range []struct {
		flaw            wechat.Flaw
		mode            wechat.Mode
		official, other string // "" taken, else the part of an error
	}{
		{wechat.ForgedSignature, wechat.PublicKeyMode, "verify", "verif"},
		{wechat.ForgedSignature, wechat.CertificateMode, "verify", "verif"},
		{wechat.ClockOff, wechat.PublicKeyMode, "expires", ""}, // gopay looks at no time
		{wechat.ClockOff, wechat.CertificateMode, "expires", ""},
		{wechat.ExpiredCertificate, wechat.PublicKeyMode, "does not match", "not found"},
		{wechat.ExpiredCertificate, wechat.CertificateMode, "not found", "not found"},
		{wechat.WrongMerchant, wechat.PublicKeyMode, "", ""}, // the content is the merchant's to compare
		{wechat.ServerError, wechat.PublicKeyMode, "SYSTEM_ERROR", "SYSTEM_ERROR"},
		{wechat.TooMany, wechat.PublicKeyMode, "FREQUENCY_LIMITED", "FREQUENCY_LIMITED"},
	} {
		for i, judge := range judges(t, c, test.mode) {
			if err := w.FlawOnce(test.flaw); err != nil {
				t.Fatal(err)
			}
			no := fmt.Sprintf("refund-%s-%s-%d", test.flaw, test.mode, i)
			_, err := judge.refund("order-1", no, 1, 100, "")
			want := []string{test.official, test.other}[i]
			if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
				t.Errorf("%s in %s mode: %T says %v, want %q", test.flaw, test.mode, judge, err, want)
			}
			_, booked := w.Refund(c.MerchantID, no)
			if want := test.flaw != wechat.TooMany; booked != want {
				t.Errorf("%s: acted %v, want %v", test.flaw, booked, want)
			}
		}
	}
}

// TestCertificates_expired holds what both libraries make of a platform that goes on with last year's
// certificate, and lists it: the one that looks at no dates takes it.
func TestCertificates_expired(t *testing.T) {
	w := start(t, wechat.Config{})
	c := newClient(t, w, wechat.DemoMerchant)
	c.paid(t, w, "order-1", 100)
	if err := w.SetFlaw(wechat.ExpiredCertificate, 1, 1); err != nil {
		t.Fatal(err)
	}
	for i, judge := range judges(t, c, wechat.CertificateMode) {
		_, err := judge.query("order-1")
		if takes := i == 0; (err == nil) != takes {
			t.Errorf("%T says %v", judge, err)
		}
	}
}

func TestAnswer_altered(t *testing.T) {
	w := start(t, wechat.Config{})
	c := newClient(t, w, wechat.DemoMerchant)
	c.paid(t, w, "order-1", 100)
	for _, test := range []struct {
		flaw wechat.Flaw
		kind kit.Kind
		path string
		want string
	}{
		{wechat.WrongMerchant, "", "mchid", "1999999999"},
		{wechat.OtherOrder, "", "out_trade_no", "another-order"},
		{"", kit.WrongAmount, "amount.total", "101"},
		{"", "", "amount.total", "100"},
	} {
		if test.flaw != "" {
			if err := w.FlawOnce(test.flaw); err != nil {
				t.Fatal(err)
			}
		}
		if test.kind != "" {
			if err := w.Faults().Set(kit.Fault{Kind: test.kind, Rate: 1}); err != nil {
				t.Fatal(err)
			}
		}
		if a := c.query(t, "order-1"); a.text(test.path) != test.want {
			t.Errorf("%s%s: answered %s", test.flaw, test.kind, a.body)
		}
		w.Faults().Clear()
	}
	if err := w.Faults().Set(kit.Fault{Kind: kit.Decline, Rate: 1, Code: "FREQUENCY_LIMITED"}); err != nil {
		t.Fatal(err)
	}
	c.query(t, "order-1").want(t, 429, "FREQUENCY_LIMITED")
	if err := w.Faults().Set(kit.Fault{Kind: kit.Decline, Rate: 1, Code: "BANK_ERROR"}); err != nil {
		t.Fatal(err)
	}
	c.query(t, "order-1").want(t, 403, "BANK_ERROR")
}

// TestFaults_silent holds what becomes of a request that gets no answer.
func TestFaults_silent(t *testing.T) {
	for _, test := range []struct {
		kind  kit.Kind
		acted bool
	}{{kit.Lost, false}, {kit.Drop, true}, {kit.Close, true}, {kit.Late, true}, {kit.Delay, true}} {
		t.Run(string(test.kind), func(t *testing.T) {
			clock := kit.NewStandingClock(noon)
			w := start(t, wechat.Config{Clock: clock})
			c := newClient(t, w, wechat.DemoMerchant)
			if err := w.Faults().Set(kit.Fault{Kind: test.kind, Rate: 1, After: time.Minute}); err != nil {
				t.Fatal(err)
			}
			text, err := json.Marshal(c.nativeBody("order-1", 100))
			if err != nil {
				t.Fatal(err)
			}
			r, err := c.request("POST", "/v3/pay/transactions/native", string(text))
			if err != nil {
				t.Fatal(err)
			}
			ctx, giveUp := context.WithCancel(t.Context())
			defer giveUp()
			type result struct {
				answer
				err error
			}
			done := make(chan result, 1)
			go func() {
				a, err := c.do(r.WithContext(ctx))
				done <- result{a, err}
			}()
			acted := func() bool { _, ok := w.Order(c.MerchantID, "order-1"); return ok }
			seen := func() bool { return w.Faults().List()[0].Struck == 1 }
			eventually(t, "the request", func() bool { return acted() || !test.acted && seen() })
			switch test.kind {
			case kit.Lost, kit.Drop:
				giveUp()
				if got := <-done; !errors.Is(got.err, context.Canceled) {
					t.Errorf("it ends with %v", got.err)
				}
			case kit.Close:
				if got := <-done; got.err == nil {
					t.Errorf("it is answered %s", got.body)
				}
			default:
				tick := time.NewTicker(time.Millisecond)
				defer tick.Stop()
				for waiting := true; waiting; { // the alarm may not be set yet
					clock.Advance(time.Minute)
					select {
					case got := <-done:
						if got.err != nil || got.status != 200 {
							t.Errorf("it is answered %d, %v", got.status, got.err)
						}
						waiting = false
					case <-tick.C:
					}
				}
			}
			if acted() != test.acted {
				t.Errorf("acted: %v, want %v", acted(), test.acted)
			}
		})
	}
}

// TestFlaws_seed holds that a seed decides which messages are struck, and nothing else.
func TestFlaws_seed(t *testing.T) {
	strikes := func(seed uint64) string {
		w := start(t, wechat.Config{})
		c := newClient(t, w, wechat.DemoMerchant)
		if err := w.SetFlaw(wechat.TooMany, 0.5, seed); err != nil {
			t.Fatal(err)
		}
		var b strings.Builder
		for range 32 {
			b.WriteString(c.query(t, "order-1").text("code")[:1])
		}
		if p := w.PlannedFlaws(); len(p) != 1 || int(p[0].Struck) != strings.Count(b.String(), "F") {
			t.Errorf("the plan says %+v of %s", p, b.String())
		}
		return b.String()
	}
	first := strikes(1)
	if strikes(1) != first || strikes(2) == first || !strings.Contains(first, "F") || !strings.Contains(first, "O") {
		t.Errorf("seed 1 strikes %s", first)
	}
	w := start(t, wechat.Config{})
	if w.SetFlaw("wrong_weather", 1, 0) == nil || w.SetFlaw(wechat.TooMany, 1.1, 0) == nil ||
		w.FlawOnce(wechat.MissingLine) == nil {
		t.Error("a flaw that cannot be is set")
	}
	for _, flaw := range wechat.Flaws() {
		if err := w.SetFlaw(flaw, 1, 1); err != nil {
			t.Error(err)
		}
	}
	if w.ClearFlaws(); len(w.PlannedFlaws()) != 0 {
		t.Error("flaws are not cleared")
	}
}

func TestFaults_overHTTP(t *testing.T) {
	w := start(t, wechat.Config{})
	post := func(kind, body string) int {
		t.Helper()
		client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
		answer, err := client.Post(w.URL()+"/faults", kind, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		defer answer.Body.Close()
		return answer.StatusCode
	}
	const form = "application/x-www-form-urlencoded"
	for _, test := range []struct {
		kind, body string
		status     int
	}{
		{"application/json", `{"party":"wechat","kind":"drop","rate":0}`, 200},
		{"application/json", `{"party":"alipay","kind":"drop","rate":1}`, 404},
		{"application/json", `{"kind":"late","rate":2}`, 400},
		{"application/json", `{"kind":"too_many","rate":0.25,"seed":3}`, 200},
		{"application/json", `{"kind":"server_error","once":2}`, 200},
		{"application/json", `{"kind":"missing_line","once":1}`, 400},
		{"application/json", strings.Repeat(" ", 5000), 413},
		{form, "kind=forged_signature&rate=0&seed=1&once=1", 303},
		{form, "kind=clock_off&rate=x&seed=1", 400},
		{form, "kind=clock_off&rate=1&seed=x", 400},
		{form, "kind=delay&rate=0&seed=1", 303},
	} {
		if got := post(test.kind, test.body); got != test.status {
			t.Errorf("%s: answered %d, want %d", test.body, got, test.status)
		}
	}
	var kinds []string
	answer, err := http.Get(w.URL() + "/flaws")
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	var list []struct {
		Kind string
		Once int
	}
	if err := json.NewDecoder(answer.Body).Decode(&list); err != nil {
		t.Fatal(err)
	}
	for _, f := range list {
		kinds = append(kinds, f.Kind)
	}
	if want := []string{"forged_signature", "server_error", "too_many"}; !slices.Equal(kinds, want) || list[1].Once != 2 {
		t.Errorf("the plan is %+v", list)
	}
}

func TestRefund_outcomes(t *testing.T) {
	clock := kit.NewStandingClock(noon)
	w := start(t, wechat.Config{Clock: clock})
	c := newClient(t, w, wechat.DemoMerchant)
	c.paid(t, w, "order-1", 1000)
	judge := newOther(t, c.Credentials, wechat.PublicKeyMode)
	e := listen(t)
	for _, test := range []struct {
		flaw     wechat.Flaw
		event    string
		merchant int64 // balance afterwards
		payer    int64
	}{
		{wechat.AbnormalRefund, "REFUND.ABNORMAL", 994 - 99, wechat.DemoFunds - 1000},
		{wechat.ClosedRefund, "REFUND.CLOSED", 994 - 99, wechat.DemoFunds - 1000},
		{"", "REFUND.SUCCESS", 994 - 199, wechat.DemoFunds - 900},
	} {
		if test.flaw != "" {
			if err := w.FlawOnce(test.flaw); err != nil {
				t.Fatal(err)
			}
		}
		no := strings.ReplaceAll(test.event, ".", "-")
		if _, err := judge.refund("order-1", no, 100, 1000, e.url); err != nil {
			t.Fatal(err)
		}
		clock.Advance(time.Minute)
		event, of, _, err := judge.notification(e.next(t))
		if err != nil || event != test.event || of != "order-1" {
			t.Errorf("notified of %s of %s, %v, want %s", event, of, err, test.event)
		}
		got, err := judge.queryRefund(no)
		if err != nil || got.state != strings.TrimPrefix(test.event, "REFUND.") {
			t.Errorf("%s is then %+v, %v", test.event, got, err)
		}
		if w.MerchantBalance(c.MerchantID) != test.merchant || w.PayerBalance() != test.payer {
			t.Errorf("%s leaves %d fen to the merchant and %d to the payer",
				test.event, w.MerchantBalance(c.MerchantID), w.PayerBalance())
		}
	}
	if o, _ := w.Order(c.MerchantID, "order-1"); o.Refunds() != 200 {
		t.Errorf("%d fen count as refunded, want 200", o.Refunds())
	}
}

func TestPage(t *testing.T) {
	w := start(t, wechat.Config{})
	c := newClient(t, w, wechat.DemoMerchant)
	c.paid(t, w, "order-1", 100)
	c.call(t, "POST", "/v3/pay/transactions/native", c.nativeBody("<b>order", 100)).want(t, 400, "PARAM_ERROR")
	c.call(t, "POST", "/v3/pay/transactions/native", c.nativeBody("order-2", 12345)).want(t, 200, "")
	if err := w.SetFlaw(wechat.ClockOff, 0.5, 1); err != nil {
		t.Fatal(err)
	}
	code, err := w.Code(wechat.CodePassword)
	if err != nil {
		t.Fatal(err)
	}
	c.call(t, "POST", "/v3/pay/transactions/codepay", c.codeBody("order-3", 100, code))
	if _, err := w.Give(wechat.Coupon{Funder: wechat.ByMerchant, Amount: 777, Name: "开业券"}); err != nil {
		t.Fatal(err)
	}
	answer, err := http.Get(w.URL() + "/?page=7")
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	var b bytes.Buffer
	if _, err := b.ReadFrom(answer.Body); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"order-1", "order-2", "123.45", "clock_off", wechat.DemoMerchant, "付款人的手机", "The payer's phone", "SUCCESS", "NOTPAY",
		code, "Enter password", "开业券", "7.77",
	} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("the page does not show %s", want)
		}
	}
	policy := answer.Header.Get("Content-Security-Policy")
	if !strings.Contains(policy, "default-src 'none'") || strings.Contains(b.String(), "<script") {
		t.Errorf("the page has the policy %s", policy)
	}
	if strings.Contains(b.String(), c.APIv3Key) || strings.Contains(b.String(), "PRIVATE") {
		t.Error("the page shows a secret")
	}
}

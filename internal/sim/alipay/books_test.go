package alipay_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/yifen-pay/yifen/internal/sim/alipay"
	"github.com/yifen-pay/yifen/internal/sim/kit"
)

// Coupons make what is asked for, paid and settled three different amounts; refunds share them to the fen.
func TestCoupons(t *testing.T) {
	for _, test := range []struct {
		funder                alipay.Funder
		paid, settled, fee    string
		first, second, third  string // send_back_fee of 0.01, 4.99 and 5.00
		merchantHas, payerHas int64
	}{
		{alipay.ByProvider, "6.66", "10.00", "0.06", "0.01", "3.32", "3.33", 0, alipay.DemoFunds},
		{alipay.ByMerchant, "6.66", "6.66", "0.04", "0.01", "3.32", "3.33", 0, alipay.DemoFunds},
	} {
		w := start(t, alipay.Config{})
		c := newClient(t, w, alipay.DemoMerchant)
		if _, err := w.Give(alipay.Coupon{Funder: test.funder, Amount: 334}); err != nil {
			t.Fatal(err)
		}
		c.paid(t, w, "Q1", "10.00")
		a := c.query(t, "Q1")
		if got := [3]string{a.text("buyer_pay_amount"), a.text("receipt_amount"), a.text("charge_amount")}; got != [3]string{test.paid, test.settled, test.fee} {
			t.Errorf("%s: paid, settled and charged are %v", test.funder, got)
		}
		for i, amount := range []string{"0.01", "4.99", "5.00"} {
			want := []string{test.first, test.second, test.third}[i]
			if got := c.refund(t, "Q1", fmt.Sprint("R", i), amount).want(t, "10000", "").text("send_back_fee"); got != want {
				t.Errorf("%s: a refund of %s gives back %s, want %s", test.funder, amount, got, want)
			}
		}
		if got := w.MerchantBalance(c.SellerID); got != test.merchantHas {
			t.Errorf("%s: at the end the merchant has %d fen", test.funder, got)
		}
		if got := w.PayerBalance(); got != test.payerHas {
			t.Errorf("%s: at the end the payer has %d fen", test.funder, got)
		}
	}
	w := start(t, alipay.Config{})
	if _, err := w.Give(alipay.Coupon{Funder: "state", Amount: 1}); err != alipay.ErrCoupon {
		t.Errorf("a coupon that nobody funds gives %v", err)
	}
}

// TestMain runs the tests, or the wallet that a test kills.
func TestMain(m *testing.M) {
	if dir := os.Getenv("ALIPAY_TEST_DIR"); dir != "" {
		w, err := alipay.New(alipay.Config{Dir: dir})
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		fmt.Println(w.URL())
		w.Serve(context.Background())
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// phone asks the payer's phone over HTTP.
func phone(t *testing.T, base, path string, body object) map[string]string {
	t.Helper()
	raw, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := http.Post(base+"/phone/"+path, "application/json", bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	var said map[string]string
	if err := json.NewDecoder(answer.Body).Decode(&said); err != nil {
		t.Fatal(err)
	}
	return said
}

// TestKill kills a wallet in the middle of its work and holds that the next one knows everything that was
// answered.
func TestKill(t *testing.T) {
	dir := folder(t)
	command := exec.Command(os.Args[0])
	command.Env = append(os.Environ(), "ALIPAY_TEST_DIR="+dir)
	out, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	base, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	base = strings.TrimSpace(base)
	idle := start(t, alipay.Config{Keys: filepath.Join(dir, "alipay-keys.json"), Dir: t.TempDir()}) // for the credentials, which are the same
	c := newClient(t, idle, alipay.DemoMerchant)
	c.GatewayURL = base + "/gateway.do"
	want := map[string]string{}
	for i := range 8 {
		no := fmt.Sprintf("Q%d", i)
		link := c.call(t, "alipay.trade.precreate", orderBody(no, "1.00")).want(t, "10000", "").text("qr_code")
		if want[no] = ""; i%2 == 0 {
			want[no] = phone(t, base, "scan", object{"content": link, "act": "pay"})["state"]
		}
	}
	code := phone(t, base, "code", object{"state": "password"})["code"]
	c.call(t, "alipay.trade.pay", codeBody("B1", "1.00", code)).want(t, "10003", "")
	want["B1"] = "WAIT_BUYER_PAY"
	c.refund(t, "Q0", "R1", "1.00").want(t, "10000", "")
	want["Q0"] = "TRADE_CLOSED"
	if err := command.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	command.Wait() // says that it was killed

	w := start(t, alipay.Config{Dir: dir, Clock: kit.NewClock()})
	c = newClient(t, w, alipay.DemoMerchant)
	got := map[string]string{}
	for no := range want {
		got[no] = c.query(t, no).text("trade_status")
	}
	if !maps.Equal(got, want) {
		t.Errorf("after the kill trades are %v, want %v", got, want)
	}
	if state, err := w.Password(code); err != nil || state != alipay.Success {
		t.Errorf("the payer who waited is told %s, %v", state, err)
	}
	info, err := os.Stat(filepath.Join(dir, "alipay-keys.json"))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the file of keys is %v, %v", info, err)
	}
}

// TestRegister holds that a merchant who came with a key is still there after a restart.
func TestRegister(t *testing.T) {
	dir := folder(t)
	text, key, err := kit.NewKey()
	if err != nil {
		t.Fatal(err)
	}
	m := alipay.Merchant{Number: "2088000000000001", App: "2014000000000001", PublicKey: kit.PublicPEM(&key.PublicKey)}
	w := start(t, alipay.Config{Dir: dir})
	if err := w.Register(m); err != nil {
		t.Fatal(err)
	}
	if err := w.Register(m); err == nil {
		t.Error("a merchant registers twice")
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	again := start(t, alipay.Config{Dir: dir})
	c := newClient(t, again, m.Number)
	if c.AppPrivateKey != "" {
		t.Error("the wallet hands out a private key that it cannot know")
	}
	c.AppPrivateKey = text
	c.paid(t, again, "Q1", "1.00")
}

func TestNew_refuses(t *testing.T) {
	keys := filepath.Join(folder(t), "alipay-keys.json")
	good := alipay.Merchant{Number: "2088000000000001", App: "2014000000000001"}
	change := func(f func(*alipay.Merchant)) []alipay.Merchant {
		m := good
		f(&m)
		return []alipay.Merchant{m}
	}
	for name, config := range map[string]alipay.Config{
		"an open port":      {Address: "0.0.0.0:0"},
		"a short number":    {Merchants: change(func(m *alipay.Merchant) { m.Number = "2088" })},
		"no app":            {Merchants: change(func(m *alipay.Merchant) { m.App = "" })},
		"a partner's name":  {Merchants: change(func(m *alipay.Merchant) { m.Partner = "me" })},
		"too high a rate":   {Merchants: change(func(m *alipay.Merchant) { m.Rate = 1_000_001 })},
		"an unknown mode":   {Merchants: change(func(m *alipay.Merchant) { m.Mode = "secret" })},
		"a key that is not": {Merchants: change(func(m *alipay.Merchant) { m.PublicKey = "key" })},
		"one twice":         {Merchants: []alipay.Merchant{alipay.DemoMerchants()[0], alipay.DemoMerchants()[0]}},
		"negative funds":    {Funds: -1},
		"bills at 25 h":     {BillsAt: 25 * time.Hour},
	} {
		config.Keys = keys
		if w, err := alipay.New(config); err == nil {
			t.Errorf("%s is taken", name)
			w.Close()
		}
	}
}

// TestRandom lets merchants and payers act at once and holds that the books are right at any time, and the
// same when they are read again.
func TestRandom(t *testing.T) {
	clock, dir := kit.NewStandingClock(noon), folder(t)
	config := alipay.Config{Clock: clock, Dir: dir}
	w := start(t, config)
	for _, flaw := range []alipay.Flaw{alipay.PendingRefund, alipay.FailedRefund, alipay.PaidAfterClose, alipay.RetryCancel} {
		if err := w.SetFlaw(flaw, 0.25, 1); err != nil {
			t.Fatal(err)
		}
	}
	var all sync.WaitGroup
	for i, number := range []string{alipay.DemoMerchant, alipay.DemoPartner, alipay.DemoMerchant} {
		r := rand.New(rand.NewPCG(7, uint64(i)))
		c := newClient(t, w, number)
		all.Go(func() {
			for n := range 150 {
				randomStep(t, r, w, c, clock, fmt.Sprintf("M%d_%d", i, r.IntN(n/4+1)))
				if n%10 == 0 {
					if err := w.Audit(); err != nil {
						t.Errorf("after %d steps: %v", n, err)
						return
					}
				}
			}
		})
	}
	all.Wait()
	clock.Advance(time.Hour)
	eventually(t, "the end of all refunds", func() bool {
		for r := range w.Refunds() {
			if r.Status == alipay.RefundProcessing {
				return false
			}
		}
		return true
	})
	var paid int64 // by the payer
	for o := range w.Orders() {
		if !o.Paid.IsZero() {
			paid += o.PayerTotal
		}
	}
	for r := range w.Refunds() {
		if r.Status == alipay.RefundSuccess {
			paid -= r.Payer
		}
	}
	if got := alipay.DemoFunds - w.PayerBalance(); got != paid || paid == 0 {
		t.Errorf("the payer has %d fen less and paid %d", got, paid)
	}
	before := [3]int64{w.PayerBalance(), w.MerchantBalance(alipay.DemoMerchant), w.MerchantBalance(alipay.DemoPartner)}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	again := start(t, config)
	if after := [3]int64{again.PayerBalance(), again.MerchantBalance(alipay.DemoMerchant), again.MerchantBalance(alipay.DemoPartner)}; after != before {
		t.Errorf("the balances are %v and after a restart %v", before, after)
	}
}

// randomStep does something with a trade, which may be refused.
func randomStep(t *testing.T, r *rand.Rand, w *alipay.Wallet, c *client, clock *kit.Clock, no string) {
	amount := fmt.Sprintf("%d.%02d", r.IntN(100), r.IntN(100))
	o, _ := w.Order(c.SellerID, no)
	switch r.IntN(10) {
	case 0, 1:
		c.call(t, "alipay.trade.precreate", orderBody(no, amount))
	case 2:
		state := []alipay.CodeState{alipay.CodeOK, alipay.CodePassword, alipay.CodePoor, alipay.CodeExpired}[r.IntN(4)]
		code, err := w.Code(state)
		if err != nil {
			t.Error(err)
		}
		c.call(t, "alipay.trade.pay", codeBody(no, amount, code))
	case 3, 4:
		w.Scan(o.Link, []alipay.Act{alipay.Pay, alipay.Pay, alipay.Leave, alipay.Refuse}[r.IntN(4)]) // may be refused
	case 5:
		w.Password(o.Code) // may be refused
	case 6:
		c.call(t, "alipay.trade.close", object{"out_trade_no": no})
	case 7:
		c.call(t, "alipay.trade.cancel", object{"out_trade_no": no})
	case 8:
		c.refund(t, no, fmt.Sprint("R", r.IntN(3)), amount)
	case 9:
		w.Give(alipay.Coupon{Funder: []alipay.Funder{alipay.ByProvider, alipay.ByMerchant}[r.IntN(2)], Amount: 1 + r.Int64N(500)}) // always fits
		clock.Advance(time.Duration(r.IntN(60)) * time.Second)
	}
}

func TestPhone_overHTTP(t *testing.T) {
	w := start(t, alipay.Config{})
	c := newClient(t, w, alipay.DemoMerchant)
	link := c.call(t, "alipay.trade.precreate", orderBody("Q1", "1.00")).text("qr_code")
	if id := phone(t, w.URL(), "coupon", object{"funder": "provider", "amount": 10})["coupon"]; id == "" {
		t.Error("a coupon has no number")
	}
	if got := phone(t, w.URL(), "scan", object{"content": link, "act": "leave"})["state"]; got != "WAIT_BUYER_PAY" {
		t.Errorf("leaving leads to %s", got)
	}
	if got := phone(t, w.URL(), "scan", object{"content": link, "act": "eat"}); !strings.Contains(got["error"], "an act is") {
		t.Errorf("eating says %v", got)
	}
	code := phone(t, w.URL(), "code", object{"state": "password"})["code"]
	if len(code) != 18 || code[:2] != "28" {
		t.Errorf("the code is %s", code)
	}
	c.call(t, "alipay.trade.pay", codeBody("B1", "1.00", code)).want(t, "10003", "")
	if got := phone(t, w.URL(), "password", object{"code": code})["state"]; got != "TRADE_SUCCESS" {
		t.Errorf("the password leads to %s", got)
	}
	if got := phone(t, w.URL(), "password", object{"code": code, "refuse": true})["error"]; got == "" {
		t.Error("a payer who does not wait refuses")
	}
}

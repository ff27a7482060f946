package unionpay_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"maps"
	mathrand "math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/yifen-pay/yifen/internal/sim/kit"
	"github.com/yifen-pay/yifen/internal/sim/unionpay"
)

// TestCoupons holds that coupons make what is asked for, paid and settled three different amounts, and that refunds
// share them to the fen.
func TestCoupons(t *testing.T) {
	for _, test := range []struct {
		funder             kit.Funder
		paid, settled, fee string
		kind, sponsor      string
		back               [3]string // payAmt, settleAmt and feeAmt of refunds of 1, 499 and 500 fen
	}{
		{kit.ByProvider, "666", "1000", "4", "DD01", "00010000", [3]string{"1 1 0", "332 499 2", "333 500 2"}},
		{kit.ByMerchant, "666", "666", "3", "CP01", unionpay.DemoMerchant, [3]string{"1 1 0", "332 332 2", "333 333 1"}},
	} {
		w := start(t, unionpay.Config{})
		c := newClient(t, w, unionpay.DemoMerchant)
		id, err := w.Give(kit.Coupon{Funder: test.funder, Amount: 334, Minimum: 1000, Merchant: c.merchant})
		if err != nil {
			t.Fatal(err)
		}
		newClient(t, w, unionpay.DemoOther).paid(t, w, "order-0000", 1000, nil) // is not for it
		c.paid(t, w, "order-0001", 999, nil)                                    // too little
		c.paid(t, w, "order-0002", 1000, nil)
		c.paid(t, w, "order-0003", 1000, nil) // it is spent
		for no, want := range map[string]string{"order-0001": "999", "order-0002": test.paid, "order-0003": "1000"} {
			if got := c.call(t, "queryOrder", object{"orderNo": no}).text("payAmt"); got != want {
				t.Errorf("%s: the payer paid %s for %s, want %s", test.funder, got, no, want)
			}
		}
		q := c.call(t, "queryOrder", object{"orderNo": "order-0002"})
		if got := [2]string{q.text("settleAmt"), q.text("feeAmt")}; got != [2]string{test.settled, test.fee} {
			t.Errorf("%s: settled and charged are %v", test.funder, got)
		}
		var info []map[string]string
		if err := json.Unmarshal([]byte(q.text("couponInfo")), &info); err != nil {
			t.Fatal(err)
		}
		if len(info) != 1 || info[0]["id"] != id || info[0]["type"] != test.kind || info[0]["spnsrId"] != test.sponsor || info[0]["offstAmt"] != "334" {
			t.Errorf("%s: couponInfo is %v", test.funder, info)
		}
		for i, amount := range []int{1, 499, 500} {
			a := c.call(t, "refund", refundBody(fmt.Sprintf("refund-%03d", i), "order-0002", amount)).want(t, "00")
			if got := a.text("payAmt") + " " + a.text("settleAmt") + " " + a.text("feeAmt"); got != test.back[i] {
				t.Errorf("%s: a refund of %d gives back %s, want %s", test.funder, amount, got, test.back[i])
			}
		}
		c.call(t, "refund", refundBody("refund-999", "order-0002", 1)).want(t, "33")
	}
}

// TestMain runs the tests, or the wallet that a test kills.
func TestMain(m *testing.M) {
	if dir := os.Getenv("UNIONPAY_TEST_DIR"); dir != "" {
		w, err := unionpay.New(unionpay.Config{Dir: dir})
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
	command.Env = append(os.Environ(), "UNIONPAY_TEST_DIR="+dir)
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
	idle := start(t, unionpay.Config{Keys: filepath.Join(dir, "unionpay-keys.json"), Dir: t.TempDir()}) // for the credentials, which are the same
	c := newClient(t, idle, unionpay.DemoMerchant)
	c.base = base
	want := map[string]string{}
	for i := range 8 {
		no := fmt.Sprintf("order-%04d", i)
		content := c.call(t, "apply", applyBody(no, 100)).want(t, "00").text("qrCode")
		if want[no] = "02"; i%2 == 0 {
			phone(t, base, "scan", object{"content": content, "act": "pay"})
			want[no] = "00"
		}
	}
	asked := phone(t, base, "code", object{"state": "password"})["code"]
	c.call(t, "micropay", payBody("order-0008", 100, asked)).want(t, "02")
	c.call(t, "refund", refundBody("refund-001", "order-0000", 1)).want(t, "00")
	want["order-0008"], want["order-0000"] = "05", "01"
	if err := command.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	command.Wait() // says that it was killed

	w := start(t, unionpay.Config{Dir: dir, Clock: kit.NewClock()})
	c = newClient(t, w, unionpay.DemoMerchant)
	got := map[string]string{}
	for no := range want {
		got[no] = c.state(t, no)
	}
	if !maps.Equal(got, want) {
		t.Errorf("after the kill orders are %v, want %v", got, want)
	}
	if state, err := w.Password(asked); err != nil || state != unionpay.Paid {
		t.Errorf("the payer who waited is told %s, %v", state, err)
	}
	info, err := os.Stat(filepath.Join(dir, "unionpay-keys.json"))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the file of keys is %v, %v", info, err)
	}
}

// TestRegister holds that an institution who came with a key, and a merchant of its, are still there after a restart.
func TestRegister(t *testing.T) {
	dir := folder(t)
	_, key, err := kit.NewKey()
	if err != nil {
		t.Fatal(err)
	}
	i := unionpay.Institution{Code: "77778888", PublicKey: kit.PublicPEM(&key.PublicKey)}
	m := unionpay.Merchant{Number: "777788880000001", Institution: i.Code, Name: "Late comer"}
	w := start(t, unionpay.Config{Dir: dir})
	if err := w.Register(m); err == nil {
		t.Error("a merchant registers before its institution")
	}
	if err, again := w.RegisterInstitution(i), w.RegisterInstitution(i); err != nil || again == nil {
		t.Errorf("an institution registers with %v, and again with %v", err, again)
	}
	if err, again := w.Register(m), w.Register(m); err != nil || again == nil {
		t.Errorf("a merchant registers with %v, and again with %v", err, again)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	again := start(t, unionpay.Config{Dir: dir})
	credentials, err := again.Credentials(m.Number)
	if err != nil || credentials.PrivateKey != "" || credentials.KeyStore != "" {
		t.Errorf("the wallet hands out a private key that it cannot know: %v", err)
	}
	c := newClient(t, again, unionpay.DemoMerchant)
	c.institution, c.merchant, c.key = i.Code, m.Number, key
	c.paid(t, again, "order-0001", 100, nil)
}

func TestNew_refuses(t *testing.T) {
	keys := filepath.Join(folder(t), "unionpay-keys.json")
	change := func(f func(*unionpay.Merchant)) []unionpay.Merchant {
		m := unionpay.DemoMerchants()[0]
		f(&m)
		return []unionpay.Merchant{m}
	}
	for name, config := range map[string]unionpay.Config{
		"an open port":              {Address: "0.0.0.0:0"},
		"a short institution":       {Institutions: []unionpay.Institution{{Code: "1"}}},
		"an institution twice":      {Institutions: append(unionpay.DemoInstitutions(), unionpay.DemoInstitutions()...)},
		"a key that is not":         {Institutions: []unionpay.Institution{{Code: unionpay.DemoInstitution, PublicKey: "key"}}},
		"a short number":            {Merchants: change(func(m *unionpay.Merchant) { m.Number = "1" })},
		"nobody's merchant":         {Merchants: change(func(m *unionpay.Merchant) { m.Institution = "00000000" })},
		"a merchant without a name": {Merchants: change(func(m *unionpay.Merchant) { m.Name = "" })},
		"a name that is too long":   {Merchants: change(func(m *unionpay.Merchant) { m.Name = strings.Repeat("名", 26) })},
		"a category that is none":   {Merchants: change(func(m *unionpay.Merchant) { m.Category = "food" })},
		"too high a rate":           {Merchants: change(func(m *unionpay.Merchant) { m.Rate = 1_000_001 })},
		"a merchant twice":          {Merchants: append(unionpay.DemoMerchants(), unionpay.DemoMerchants()...)},
		"negative funds":            {Funds: -1},
		"a cut-off at 24 h":         {CutOff: 24 * time.Hour},
		"bills at 25 h":             {BillsAt: 25 * time.Hour},
	} {
		config.Keys = keys
		if w, err := unionpay.New(config); err == nil {
			t.Errorf("%s is taken", name)
			w.Close()
		}
	}
}

// TestRandom lets institutions and payers act at once and holds that the books are right at any time, and the same
// when they are read again.
func TestRandom(t *testing.T) {
	clock, dir := kit.NewStandingClock(noon), folder(t)
	config := unionpay.Config{Clock: clock, Dir: dir}
	w := start(t, config)
	for _, flaw := range []unionpay.Flaw{unionpay.PendingRefund, unionpay.FailedRefund, unionpay.PaidAfterClose} {
		if err := w.SetFlaw(flaw, 0.25, 1); err != nil {
			t.Fatal(err)
		}
	}
	var all sync.WaitGroup
	for i, number := range []string{unionpay.DemoMerchant, unionpay.DemoOther, unionpay.DemoMerchant} {
		r := mathrand.New(mathrand.NewPCG(7, uint64(i)))
		c := newClient(t, w, number)
		all.Go(func() {
			for n := range 150 {
				randomStep(t, r, w, c, clock, fmt.Sprintf("random-%d-%d", i, r.IntN(n/4+1)))
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
			if r.Status == unionpay.RefundWaiting {
				return false
			}
		}
		return true
	})
	var paid int64 // by the payer
	for o := range w.Orders() {
		paid += o.Parts.Payer
	}
	for r := range w.Refunds() {
		if r.Status == unionpay.RefundDone {
			paid -= r.Parts.Payer
		}
	}
	if got := unionpay.DemoFunds - w.PayerBalance(); got != paid || paid == 0 {
		t.Errorf("the payer has %d fen less and paid %d", got, paid)
	}
	before := [3]int64{w.PayerBalance(), w.MerchantBalance(unionpay.DemoMerchant), w.MerchantBalance(unionpay.DemoOther)}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	again := start(t, config)
	if after := [3]int64{again.PayerBalance(), again.MerchantBalance(unionpay.DemoMerchant), again.MerchantBalance(unionpay.DemoOther)}; after != before {
		t.Errorf("the balances are %v and after a restart %v", before, after)
	}
}

// randomStep does something with an order, which may be refused.
func randomStep(t *testing.T, r *mathrand.Rand, w *unionpay.Wallet, c *client, clock *kit.Clock, no string) {
	amount := r.IntN(10000)
	o, _ := w.Order(c.merchant, no)
	switch r.IntN(11) {
	case 0, 1:
		body := applyBody(no, amount)
		if amount%7 == 0 {
			delete(body, "txnAmt")
		}
		c.call(t, "apply", body)
	case 2:
		state := []kit.CodeState{kit.CodeOK, kit.CodePassword, kit.CodePoor, kit.CodeExpired}[r.IntN(4)]
		c.call(t, "micropay", payBody(no, amount, code(t, w, state)))
	case 3, 4:
		w.ScanAmount(o.Content, []kit.Act{kit.Pay, kit.Pay, kit.Leave, kit.Refuse}[r.IntN(4)], int64(amount)) // may be refused
	case 5:
		w.Password(o.Code) // may be refused
	case 6:
		w.RefusePassword(o.Code) // may be refused
	case 7:
		c.call(t, "closeOrder", object{"orderNo": no})
	case 8:
		c.call(t, "cancel", object{"orderNo": no})
	case 9:
		c.call(t, "refund", refundBody(fmt.Sprintf("%s-r%d", no, r.IntN(3)), no, amount))
	case 10:
		w.Give(kit.Coupon{Funder: []kit.Funder{kit.ByProvider, kit.ByMerchant}[r.IntN(2)], Amount: 1 + r.Int64N(500)}) // always fits
		clock.Advance(time.Duration(r.IntN(60)) * time.Second)
	}
}

func TestWithdraw(t *testing.T) {
	w := start(t, unionpay.Config{})
	c := newClient(t, w, unionpay.DemoMerchant)
	c.paid(t, w, "order-0001", 1000, nil)
	if err := w.Withdraw(c.merchant, 997); err != kit.ErrBalance {
		t.Errorf("more than there is pays out with %v", err)
	}
	if err := w.Withdraw(c.merchant, 996); err != nil || w.MerchantBalance(c.merchant) != 0 {
		t.Errorf("all that there is pays out with %v", err)
	}
	c.call(t, "refund", refundBody("refund-001", "order-0001", 10)).want(t, "65")
}

// TestAudit_finds spoils books that are right, each time by one number, and holds that the audit says so or that
// they are not opened at all.
func TestAudit_finds(t *testing.T) {
	dir := folder(t)
	w := start(t, unionpay.Config{Dir: dir})
	c := newClient(t, w, unionpay.DemoMerchant)
	if _, err := w.Give(kit.Coupon{Funder: kit.ByProvider, Amount: 100}); err != nil {
		t.Fatal(err)
	}
	c.paid(t, w, "order-0001", 1000, nil)
	c.call(t, "refund", refundBody("refund-001", "order-0001", 400)).want(t, "00")
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "unionpay.jsonl")
	good, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string][2]string{
		"nothing":              {"", ""},
		"what the payer paid":  {`"payer":900`, `"payer":901`},
		"what is settled":      {`"settlement":1000`, `"settlement":999`},
		"the fee":              {`"fee":4,`, `"fee":5,`},
		"what was asked for":   {`"total":1000,"parts"`, `"total":1001,"parts"`},
		"a line":               {`"f":-900`, `"f":-901`},
		"a line's account":     {`{"a":"merchant:898290054119001","f":1000`, `{"a":"merchant:898290054119002","f":1000`},
		"the refund's parts":   {`"payer":360`, `"payer":361`},
		"who spent the coupon": {`"spent":1`, `"spent":2`},
		"a state":              {`"state":"PAID"`, `"state":"CLOSED"`},
		"a state that is none": {`"state":"PAID"`, `"state":"LOST"`},
		"a cancellation":       {`"order":1,"trans_index"`, `"order":1,"cancel":true,"trans_index"`},
		"a refund of no order": {`"order":1,"trans_index"`, `"order":9,"trans_index"`},
		"an order out of turn": {`"order":{"n":1,`, `"order":{"n":3,`},
		"a refund beyond all":  {`"parts":{"total":400`, `"parts":{"total":4000`},
	} {
		bad := strings.ReplaceAll(string(good), change[0], change[1])
		if change[0] == "" {
			bad = string(good)
		} else if bad == string(good) {
			t.Fatalf("%s: the books have no %s", name, change[0])
		}
		if err := os.WriteFile(path, []byte(bad), 0o600); err != nil {
			t.Fatal(err)
		}
		w, err := unionpay.New(unionpay.Config{Dir: dir, Clock: kit.NewStandingClock(noon)})
		if err == nil {
			err = w.Audit()
			if wrong := w.Close(); wrong != nil {
				t.Error(wrong)
			}
		}
		if (err != nil) != (change[0] != "") {
			t.Errorf("%s is changed, and the audit says %v", name, err)
		}
	}
}

func TestPhone_overHTTP(t *testing.T) {
	w := start(t, unionpay.Config{})
	c := newClient(t, w, unionpay.DemoMerchant)
	content := c.call(t, "apply", applyBody("order-0001", 100)).want(t, "00").text("qrCode")
	if id := phone(t, w.URL(), "coupon", object{"funder": "provider", "amount": 10})["coupon"]; id == "" {
		t.Error("a coupon has no number")
	}
	if got := phone(t, w.URL(), "scan", object{"content": content, "act": "leave"})["state"]; got != "PAYING" {
		t.Errorf("leaving leads to %s", got)
	}
	if got := phone(t, w.URL(), "scan", object{"content": content, "act": "eat"}); !strings.Contains(got["error"], "an act is") {
		t.Errorf("eating says %v", got)
	}
	open := applyBody("order-0002", 0)
	delete(open, "txnAmt")
	content = c.call(t, "apply", open).want(t, "00").text("qrCode")
	if got := phone(t, w.URL(), "scan", object{"content": content, "act": "pay", "amount": 55})["state"]; got != "PAID" {
		t.Errorf("paying an amount leads to %s", got)
	}
	shown := phone(t, w.URL(), "code", object{"state": "password"})["code"]
	if len(shown) != 19 || shown[:2] != "62" {
		t.Errorf("the code is %s", shown)
	}
	c.call(t, "micropay", payBody("order-0003", 100, shown)).want(t, "02")
	if got := phone(t, w.URL(), "password", object{"code": shown})["state"]; got != "PAID" {
		t.Errorf("the password leads to %s", got)
	}
	if got := phone(t, w.URL(), "password", object{"code": shown, "refuse": true})["error"]; got == "" {
		t.Error("a payer who does not wait refuses")
	}
}

// TestKeys_areTheirs holds that networks make keys of their own.
func TestKeys_areTheirs(t *testing.T) {
	w := start(t, unionpay.Config{Dir: t.TempDir()})
	c, other := newClient(t, w, unionpay.DemoMerchant), newClient(t, start(t, unionpay.Config{}), unionpay.DemoMerchant)
	if c.network.Equal(other.network) || c.key.Equal(other.key) || c.key.Validate() != nil {
		t.Error("two networks have the same keys")
	}
	c.key = other.key
	c.call(t, "queryOrder", object{"orderNo": rand.Text()}).want(t, "11")
}

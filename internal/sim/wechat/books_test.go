package wechat_test

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

	"github.com/yifen-pay/yifen/internal/sim/kit"
	"github.com/yifen-pay/yifen/internal/sim/wechat"
)

// TestCoupons holds what each kind of coupon does to what is asked, paid and settled, and that refunds give
// its share back to the fen.
func TestCoupons(t *testing.T) {
	for _, test := range []struct {
		funder                    wechat.Funder
		payer, settlement, fee    int64
		kind, first, second, last string // refunds of 1, 499 and 500 fen: to the payer, settled, fee
	}{
		{wechat.ByProvider, 667, 1000, 6, "CASH", "1|1|0", "332|499|3", "334|500|3"},
		{wechat.ByMerchant, 667, 667, 4, "NOCASH", "1|1|0", "332|332|2", "334|334|2"},
	} {
		clock := kit.NewStandingClock(noon)
		w := start(t, wechat.Config{Clock: clock})
		c := newClient(t, w, wechat.DemoMerchant)
		id, err := w.Give(wechat.Coupon{Funder: test.funder, Amount: 333, Minimum: 1000})
		if err != nil {
			t.Fatal(err)
		}
		c.paid(t, w, "order-0", 999) // too little for it
		c.paid(t, w, "order-1", 1000)
		c.paid(t, w, "order-2", 1000) // it is spent
		if a := c.query(t, "order-0"); a.text("amount.payer_total") != "999" {
			t.Errorf("the coupon is used below its minimum: %s", a.body)
		}
		if a := c.query(t, "order-2"); a.text("amount.payer_total") != "1000" {
			t.Errorf("the coupon is used twice: %s", a.body)
		}
		a := c.query(t, "order-1")
		promotion, _ := a.fields["promotion_detail"].([]any)
		if len(promotion) != 1 || promotion[0].(object)["coupon_id"] != id || promotion[0].(object)["type"] != test.kind {
			t.Errorf("promotion_detail is %v", promotion)
		}
		o, _ := w.Order(c.MerchantID, "order-1")
		if o.Total != 1000 || o.PayerTotal != test.payer || o.Settlement != test.settlement || o.Fee != test.fee {
			t.Errorf("%s: %d fen asked for, %d paid, %d settled, %d fee", test.funder, o.Total, o.PayerTotal, o.Settlement, o.Fee)
		}
		for i, amount := range []int64{1, 499, 500} {
			body := refundBody("order-1", fmt.Sprint("refund-", i), amount, 1000)
			a := c.call(t, "POST", refundPath, body).want(t, 200, "")
			got := a.text("amount.payer_refund") + "|" + a.text("amount.settlement_refund") + "|" + a.text("amount.refund_fee")
			if want := []string{test.first, test.second, test.last}[i]; got != want {
				t.Errorf("%s: a refund of %d gives back %s, want %s", test.funder, amount, got, want)
			}
		}
		clock.Advance(time.Minute)
		if w.Audit() != nil || w.PayerBalance() != wechat.DemoFunds-1999 {
			t.Errorf("%s: at the end the payer has %d fen: %v", test.funder, w.PayerBalance(), w.Audit())
		}
	}
	w := start(t, wechat.Config{})
	if _, err := w.Give(wechat.Coupon{Funder: "state", Amount: 1}); err != wechat.ErrCoupon {
		t.Errorf("a coupon that nobody funds gives %v", err)
	}
}

// TestMain runs the tests, or the wallet that a test kills.
func TestMain(m *testing.M) {
	if dir := os.Getenv("WECHAT_TEST_DIR"); dir != "" {
		w, err := wechat.New(wechat.Config{Dir: dir})
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

// TestKill kills a wallet in the middle of its work and holds that the next one knows everything that was
// answered.
func TestKill(t *testing.T) {
	dir := folder(t)
	command := exec.Command(os.Args[0])
	command.Env = append(os.Environ(), "WECHAT_TEST_DIR="+dir)
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
	idle := start(t, wechat.Config{Dir: copyKeys(t, dir)}) // for the credentials, which are the same
	c := newClient(t, idle, wechat.DemoMerchant)
	c.BaseURL = base
	phone := func(path string, body object) map[string]string {
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
	want := map[string]string{}
	for i := range 8 {
		no := fmt.Sprintf("order-%d", i)
		link := c.call(t, "POST", "/v3/pay/transactions/native", c.nativeBody(no, 100)).want(t, 200, "").text("code_url")
		want[no] = "NOTPAY"
		if i%2 == 0 {
			want[no] = phone("scan", object{"content": link, "act": "pay"})["state"]
		}
	}
	code := phone("code", object{"state": "password"})["code"]
	want["order-8"] = c.call(t, "POST", "/v3/pay/transactions/codepay", c.codeBody("order-8", 100, code)).text("trade_state")
	c.call(t, "POST", refundPath, refundBody("order-0", "refund-1", 50, 100)).want(t, 200, "")
	want["order-0"] = "REFUND"
	if err := command.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	command.Wait() // says that it was killed

	clock := kit.NewClock()
	w := start(t, wechat.Config{Dir: dir, Clock: clock})
	c = newClient(t, w, wechat.DemoMerchant)
	got := map[string]string{}
	for no := range want {
		got[no] = c.query(t, no).text("trade_state")
	}
	if !maps.Equal(got, want) {
		t.Errorf("after the kill orders are %v, want %v", got, want)
	}
	if state, err := w.Password(code); err != nil || state != wechat.Success {
		t.Errorf("the payer who waited is told %s, %v", state, err)
	}
	clock.Advance(time.Minute)
	refunded(t, w, c.MerchantID, "refund-1")
}

// copyKeys returns a folder with the same keys and no books.
func copyKeys(t *testing.T, dir string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, "wechat-keys.json"))
	if err != nil {
		t.Fatal(err)
	}
	other := t.TempDir()
	if err := os.WriteFile(filepath.Join(other, "wechat-keys.json"), text, 0o600); err != nil {
		t.Fatal(err)
	}
	return other
}

func TestKeys_areKept(t *testing.T) {
	dir := filepath.Join(folder(t), "deeper") // which has to be made
	if testing.Short() {
		t.Skip("keys take long to make")
	}
	first, err := wechat.New(wechat.Config{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	before, err := first.Credentials(wechat.DemoMerchant)
	if err != nil {
		t.Fatal(err)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"wechat-keys.json", "wechat.jsonl"} {
		if info, err := os.Stat(filepath.Join(dir, name)); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", name, info, err)
		}
	}
	second := start(t, wechat.Config{Dir: t.TempDir(), Keys: filepath.Join(dir, "wechat-keys.json")})
	after, err := second.Credentials(wechat.DemoMerchant)
	if err != nil {
		t.Fatal(err)
	}
	if before.BaseURL = after.BaseURL; before != after {
		t.Error("after a restart the credentials are others")
	}
	if !strings.HasPrefix(after.MerchantPrivateKey, "-----BEGIN PRIVATE KEY-----") || len(after.APIv3Key) != 32 ||
		!strings.HasPrefix(after.PlatformPublicKeyID, "PUB_KEY_ID_") || after.AppID != wechat.DemoApp {
		t.Errorf("the credentials have another form: %s, %s", after.PlatformPublicKeyID, after.AppID)
	}
	if _, err := second.Credentials(wechat.DemoSub); err == nil {
		t.Error("a sub-merchant has credentials")
	}
}

func TestNew_refuses(t *testing.T) {
	key := newClient(t, start(t, wechat.Config{}), wechat.DemoMerchant).PlatformPublicKey // any will do
	good := wechat.Merchant{Number: "1900000600", Apps: []string{"wx600"}, Serial: "3A00000000000001", PublicKey: key}
	merchant := func(spoil func(*wechat.Merchant)) wechat.Config {
		m := good
		spoil(&m)
		return wechat.Config{Merchants: []wechat.Merchant{m}}
	}
	for name, config := range map[string]wechat.Config{
		"not on loopback":       {Address: "0.0.0.0:0"},
		"a negative time":       {RefundTime: -1},
		"bills after midnight":  {BillsAt: 24 * time.Hour},
		"a merchant twice":      {Merchants: []wechat.Merchant{good, good}},
		"a short number":        merchant(func(m *wechat.Merchant) { m.Number = "19" }),
		"no app":                merchant(func(m *wechat.Merchant) { m.Apps = nil }),
		"an app of odd letters": merchant(func(m *wechat.Merchant) { m.Apps = []string{"wx 1"} }),
		"a partner of letters":  merchant(func(m *wechat.Merchant) { m.Partner = "one" }),
		"a short APIv3 key":     merchant(func(m *wechat.Merchant) { m.APIv3Key = "short" }),
		"a key without serial":  merchant(func(m *wechat.Merchant) { m.Serial = "" }),
		"a serial of letters":   merchant(func(m *wechat.Merchant) { m.Serial = "serial" }),
		"a key that is none":    merchant(func(m *wechat.Merchant) { m.PublicKey = "key" }),
		"a rate above all":      merchant(func(m *wechat.Merchant) { m.Rate = 1_000_001 }),
		"an unknown mode":       merchant(func(m *wechat.Merchant) { m.Mode = "sm2" }),
	} {
		config.Dir = folder(t)
		if w, err := wechat.New(config); err == nil {
			t.Errorf("%s is taken", name)
			w.Close()
		}
	}
	for name, text := range map[string]string{
		"wechat.jsonl":     "{\"refund\":{\"n\":1,\"order\":7}}\n{}\n",
		"wechat-keys.json": "{",
	} {
		dir := folder(t)
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if w, err := wechat.New(wechat.Config{Dir: dir}); err == nil {
			t.Errorf("a damaged %s is taken", name)
			w.Close()
		}
	}
	w := start(t, wechat.Config{Merchants: []wechat.Merchant{good}})
	if c, err := w.Credentials(good.Number); err != nil || c.MerchantPrivateKey != "" || c.MerchantSerial != good.Serial {
		t.Errorf("the credentials of a merchant with its own key are %q, %v", c.MerchantSerial, err)
	}
}

// TestAudit_finds spoils books and holds that the audit says what is wrong with them.
func TestAudit_finds(t *testing.T) {
	clock, dir := kit.NewStandingClock(noon), folder(t)
	w := start(t, wechat.Config{Clock: clock, Dir: dir})
	c := newClient(t, w, wechat.DemoMerchant)
	if _, err := w.Give(wechat.Coupon{Funder: wechat.ByMerchant, Amount: 100, Minimum: 1000}); err != nil {
		t.Fatal(err)
	}
	c.paid(t, w, "order-1", 1000)
	c.paid(t, w, "order-2", 777)
	c.call(t, "POST", refundPath, refundBody("order-1", "refund-1", 500, 1000)).want(t, 200, "")
	books, err := os.ReadFile(filepath.Join(dir, "wechat.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	const stray = `{"at":"2026-03-05T04:00:00Z","ref":"stray","lines":[{"a":"payer:rich","f":-5,"k":"payment"},` +
		`{"a":"merchant:1900000109","f":5,"k":"payment"}]}` + "\n"
	for _, test := range []struct{ name, old, text, want string }{
		{"nothing", "", "", ""},
		{"money from nowhere", "", stray, "its orders and refunds say"},
		{"half a movement", "", strings.Replace(stray, `"f":-5`, `"f":-4`, 1), "do not sum to zero"},
		{"an overdraft", "", strings.NewReplacer(`"f":-5`, `"f":-500000000`, `"f":5`, `"f":500000000`).Replace(stray), "overdrawn"},
		{"a paid order that is closed", `"state":"SUCCESS"`, `"state":"CLOSED"`, "its payment says otherwise"},
		{"a state of its own", `"state":"SUCCESS"`, `"state":"MAYBE"`, "its state is unknown"},
		{"an amount that is not its parts", `"payer_total":777`, `"payer_total":776`, "its parts are not its total"},
		{"a refund that is not its parts", `"payer":450,`, `"payer":451,`, "its parts are not its total"},
		{"a refund of more than was paid", `"total":500,"payer":450,"settlement":450`,
			`"total":5000,"payer":4950,"settlement":4950`, "gave back more than was paid"},
		{"a coupon that nobody spent", `"spent":1`, `"spent":2`, "says that order 2 spent it"},
	} {
		text := string(books)
		if test.old == "" {
			text += test.text
		} else if text = strings.ReplaceAll(text, test.old, test.text); text == string(books) {
			t.Fatalf("%s: the books do not hold %s", test.name, test.old)
		}
		spoiled := copyKeys(t, dir)
		if err := os.WriteFile(filepath.Join(spoiled, "wechat.jsonl"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		w, err := wechat.New(wechat.Config{Clock: clock, Dir: spoiled})
		if err == nil {
			err = w.Audit()
			if closing := w.Close(); closing != nil {
				t.Error(closing)
			}
		}
		if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, want %q", test.name, err, test.want)
		}
	}
}

// random does what merchants and payers may do, in an order that the seed decides.
type random struct {
	*rand.Rand
	t     *testing.T
	w     *wechat.Wallet
	c     *client
	clock *kit.Clock
	name  string
	links []string
	codes []string
	count int
}

// no returns the number of an order, mostly of one that is there.
func (r *random) no() string { return fmt.Sprintf("%s-%06d", r.name, r.IntN(r.count+2)) }

// step does one thing; what it is answered is not looked at, since all of it is allowed.
func (r *random) step() {
	path := "/v3/pay/transactions/out-trade-no/"
	who := object{"mchid": r.c.MerchantID, "appid": r.c.AppID}
	total := r.Int64N(3000) + 1
	fresh := fmt.Sprintf("%s-%06d", r.name, r.count)
	var err error
	switch r.IntN(11) {
	case 0, 1:
		a := r.c.call(r.t, "POST", "/v3/pay/transactions/native", r.c.nativeBody(fresh, total))
		r.count++
		r.links = append(r.links, a.text("code_url"))
	case 2, 3:
		kinds := []wechat.CodeState{
			wechat.CodeOK, wechat.CodeOK, wechat.CodePassword, wechat.CodePoor, wechat.CodeExpired,
		}
		var code string
		if code, err = r.w.Code(kinds[r.IntN(5)]); err == nil {
			r.codes = append(r.codes, code)
			r.c.call(r.t, "POST", "/v3/pay/transactions/codepay", r.c.codeBody(fresh, total, code))
			r.count++
		}
	case 4, 5:
		if len(r.links) > 0 {
			r.w.Scan(r.links[r.IntN(len(r.links))], []wechat.Act{wechat.Pay, wechat.Pay, wechat.Leave, wechat.Refuse}[r.IntN(4)])
		}
	case 6:
		if len(r.codes) > 0 {
			r.w.Password(r.codes[r.IntN(len(r.codes))])
		}
	case 7:
		r.c.call(r.t, "POST", path+r.no()+"/"+[]string{"close", "reverse"}[r.IntN(2)], who)
	case 8:
		no := r.no()
		if o, ok := r.w.Order(r.c.MerchantID, no); ok {
			amount := []int64{o.Total - o.Refunds(), r.Int64N(o.Total) + 1, 1}[r.IntN(3)]
			body := refundBody(no, fmt.Sprintf("%s-r%d", no, r.IntN(4)), max(amount, 1), o.Total)
			r.c.call(r.t, "POST", refundPath, body)
		}
	case 9:
		funder := []wechat.Funder{wechat.ByProvider, wechat.ByMerchant}[r.IntN(2)]
		_, err = r.w.Give(wechat.Coupon{Funder: funder, Amount: r.Int64N(500) + 1})
	case 10:
		r.clock.Advance(time.Duration(r.IntN(90)) * time.Second)
	}
	if err != nil {
		r.t.Error(err)
	}
}

// TestRandom lets merchants and payers act at once and holds that the books are right at any time, and the
// same when they are read again.
func TestRandom(t *testing.T) {
	clock, dir := kit.NewStandingClock(noon), folder(t)
	config := wechat.Config{Clock: clock, Dir: dir, Merchants: append(wechat.DemoMerchants(), wechat.Merchant{
		Number: "1900000500", Apps: []string{"wx500"}, Rate: 10_000, Opening: 5000,
	})}
	w, err := wechat.New(config)
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- w.Serve(t.Context()) }()
	for _, flaw := range []wechat.Flaw{wechat.AbnormalRefund, wechat.ClosedRefund} {
		if err := w.SetFlaw(flaw, 0.25, 1); err != nil {
			t.Fatal(err)
		}
	}
	var all sync.WaitGroup
	for i, number := range []string{wechat.DemoMerchant, "1900000500", wechat.DemoMerchant} {
		r := &random{
			Rand: rand.New(rand.NewPCG(7, uint64(i))), t: t, w: w, c: newClient(t, w, number), clock: clock,
			name: fmt.Sprint("m", i),
		}
		all.Go(func() {
			for n := range 120 {
				r.step()
				if n%10 != 0 {
					continue
				}
				if err := w.Audit(); err != nil {
					t.Errorf("after %d steps: %v", n, err)
					return
				}
			}
		})
	}
	all.Wait()
	clock.Advance(time.Hour)
	eventually(t, "the end of all refunds", func() bool {
		for r := range w.Refunds() {
			if r.Status == wechat.RefundProcessing {
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
		if r.Status == wechat.RefundSuccess {
			paid -= r.Payer
		}
	}
	if got := wechat.DemoFunds - w.PayerBalance(); got != paid {
		t.Errorf("the payer has %d fen less and paid %d", got, paid)
	}
	before := balances(w)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	again := start(t, config)
	if after := balances(again); after != before {
		t.Errorf("the balances are %v and after a restart %v", before, after)
	}
}

func balances(w *wechat.Wallet) [3]int64 {
	return [3]int64{w.PayerBalance(), w.MerchantBalance(wechat.DemoMerchant), w.MerchantBalance("1900000500")}
}

func TestPhone_overHTTP(t *testing.T) {
	w := start(t, wechat.Config{})
	c := newClient(t, w, wechat.DemoMerchant)
	link := c.call(t, "POST", "/v3/pay/transactions/native", c.nativeBody("order-1", 100)).text("code_url")
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	post := func(path, kind, body string, status int) map[string]string {
		t.Helper()
		answer, err := client.Post(w.URL()+"/phone/"+path, kind, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		defer answer.Body.Close()
		var said map[string]string
		if json.NewDecoder(answer.Body).Decode(&said) != nil {
			said = nil
		}
		if answer.StatusCode != status {
			t.Errorf("%s %s is answered %d %v, want %d", path, body, answer.StatusCode, said, status)
		}
		return said
	}
	const text, form = "application/json", "application/x-www-form-urlencoded"
	post("scan", text, `{"content":"x","act":"pay"}`, 404)
	post("scan", text, `{"content":"`+link+`","act":"eat"}`, 400)
	post("scan", text, `{`, 400)
	if said := post("scan", text, `{"content":"`+link+`","act":"leave"}`, 200); said["state"] != "USERPAYING" {
		t.Errorf("leaving gives %v", said)
	}
	post("coupon", text, `{"funder":"provider","amount":10}`, 200)
	post("coupon", form, "funder=merchant&amount=5", 303)
	post("coupon", form, "funder=merchant&amount=x", 400)
	post("scan", form, "act=pay&content="+strings.NewReplacer(":", "%3A", "/", "%2F", "?", "%3F", "=", "%3D").Replace(link), 303)
	if o, _ := w.Order(c.MerchantID, "order-1"); o.State != wechat.Success || o.PayerTotal != 90 {
		t.Errorf("the order is %s, %d fen paid", o.State, o.PayerTotal)
	}
	post("code", text, `{"state":"rich"}`, 400)
	code := post("code", text, `{"state":"password"}`, 200)["code"]
	post("password", text, `{"code":"`+code+`"}`, 409)
	c.call(t, "POST", "/v3/pay/transactions/codepay", c.codeBody("order-2", 100, code)).want(t, 200, "")
	if said := post("password", text, `{"code":"`+code+`"}`, 200); said["state"] != "SUCCESS" {
		t.Errorf("the password gives %v", said)
	}
	code = post("code", text, `{"state":"password"}`, 200)["code"]
	c.call(t, "POST", "/v3/pay/transactions/codepay", c.codeBody("order-3", 100, code)).want(t, 200, "")
	if said := post("password", text, `{"refuse":true,"code":"`+code+`"}`, 200); said["state"] != "PAYERROR" {
		t.Errorf("refusing gives %v", said)
	}
}

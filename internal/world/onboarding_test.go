package world_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"image"
	"image/jpeg"
	"io"
	"net/http"
	"net/http/cookiejar"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/yifen-pay/yifen/internal/sim/inbox"
	"github.com/yifen-pay/yifen/internal/sim/pos"
	"github.com/yifen-pay/yifen/internal/world"
	"github.com/yifen-pay/yifen/internal/world/handheld"
)

// person is somebody in front of a browser, as far as the REST door is concerned.
type person struct {
	t    *testing.T
	base string
	web  *http.Client
	n    int
}

func newPerson(t *testing.T, d *world.Demo) *person {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &person{t: t, base: "http://" + d.App.HTTP.Addr().String() + "/v1", web: &http.Client{Jar: jar}}
}

// staff is one of the demo's staff, logged in.
func staff(t *testing.T, d *world.Demo, name string) *person {
	t.Helper()
	p := newPerson(t, d)
	p.call("POST", "/auth/login", map[string]any{"login": name + "@demo.yifen", "password": world.DemoPassword})
	return p
}

// call asks for something that must come off, and returns the answer.
func (p *person) call(method, path string, body any) map[string]any {
	p.t.Helper()
	var raw []byte
	kind := "application/json"
	switch b := body.(type) {
	case nil:
	case []byte:
		raw, kind = b, "image/jpeg"
	default:
		var err error
		if raw, err = json.Marshal(b); err != nil {
			p.t.Fatal(err)
		}
	}
	q, err := http.NewRequestWithContext(p.t.Context(), method, p.base+path, bytes.NewReader(raw))
	if err != nil {
		p.t.Fatal(err)
	}
	p.n++
	q.Header.Set("Content-Type", kind)
	q.Header.Set("Idempotency-Key", fmt.Sprintf("%p-%d", p, p.n))
	r, err := p.web.Do(q)
	if err != nil {
		p.t.Fatal(err)
	}
	defer r.Body.Close()
	said, err := io.ReadAll(r.Body)
	if err != nil {
		p.t.Fatal(err)
	}
	if r.StatusCode/100 != 2 {
		p.t.Fatalf("%s %s: %s %s", method, path, r.Status, said)
	}
	answer := map[string]any{}
	if len(said) > 0 {
		if err := json.Unmarshal(said, &answer); err != nil {
			p.t.Fatalf("%s %s: %s", method, path, said)
		}
	}
	return answer
}

// until asks again until something holds.
func (p *person) until(path string, holds func(map[string]any) bool) map[string]any {
	p.t.Helper()
	var answer map[string]any
	eventually(p.t, 30*time.Second, path, func() bool {
		answer = p.call("GET", path, nil)
		return holds(answer)
	})
	return answer
}

// codeFor reads the code that somebody was sent last.
func codeFor(t *testing.T, d *world.Demo, to string) (code string) {
	t.Helper()
	eventually(t, time.Minute, "a message arrives", func() bool {
		_, body := get(t, "http://"+d.Options.Bench+"/inbox.json?to="+to)
		var list []inbox.Message
		if err := json.Unmarshal([]byte(body), &list); err != nil {
			t.Fatal(err)
		}
		if len(list) > 0 {
			code = list[0].Code()
		}
		return code != ""
	})
	return code
}

// told waits for a message that holds a text.
func told(t *testing.T, d *world.Demo, to, text string) {
	t.Helper()
	eventually(t, time.Minute, "a message says "+text, func() bool {
		_, body := get(t, "http://"+d.Options.Bench+"/inbox.json?to="+to)
		return strings.Contains(body, text)
	})
}

func post(t *testing.T, address, body string) (int, string) {
	t.Helper()
	r, err := http.Post(address, "application/json", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	said, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return r.StatusCode, string(said)
}

// paper is a picture as a telephone takes one.
func paper(t *testing.T) []byte {
	t.Helper()
	picture := image.NewGray(image.Rect(0, 0, 400, 300))
	for i := range picture.Pix {
		picture.Pix[i] = uint8(i)
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, picture, nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestOnboarding_fromApplicationToSale is the story of a shop owner whom yifen has never seen.
func TestOnboarding_fromApplicationToSale(t *testing.T) {
	d := startDemo(t, world.DemoOptions{Network: "127.0.0.1:0", Bench: "127.0.0.1:0", Printer: "127.0.0.1:0"})
	const phone = "13912345678"
	owner := newPerson(t, d)
	owner.call("POST", "/auth/register", map[string]any{"login": phone, "name": "李四", "password": "a shop of my own", "lang": "zh"})
	owner.call("POST", "/auth/verify", map[string]any{"code": codeFor(t, d, phone)})

	application := owner.call("POST", "/applications", map[string]any{"kind": "micro"})
	at := "/applications/" + application["id"].(string)
	form := map[string]any{
		"kind": "micro",
		"person": map[string]any{
			"name": "李四", "number": "11010519491231002X", "from": "2020-01-01", "until": "2040-01-01", "phone": phone, "email": "li@shop.example",
		},
		"account": map[string]any{
			"kind": "personal", "holder": "李四", "number": "6216261000000000018", "bank_code": "308584000013", "bank": "招商银行", "phone": phone,
		},
		"business": map[string]any{
			"name": "李四小吃", "name_en": "Li Si Snacks", "category": "5812", "monthly_fen": 3_000_000, "ticket_fen": 2_500, "remote": false,
		},
		"place": map[string]any{"area": "460106", "address": "海口市龙华区龙昆北路 9 号", "phone": phone},
	}
	saved := owner.call("PUT", at, map[string]any{"version": application["version"], "form": form, "step": "place"})
	for _, kind := range []string{"identity_front", "identity_back", "account_proof", "shop_front", "counter"} {
		owner.call("POST", at+"/documents?kind="+kind, paper(t))
	}
	terms := owner.call("GET", at+"/agreement", nil)
	owner.call("POST", at+"/agreement", map[string]any{"version": terms["version"], "digest": terms["digest"], "name": "李四"})
	owner.call("POST", at+"/submit", map[string]any{"version": saved["version"]})

	reviewer := staff(t, d, "reviewer")
	reviewer.until(at+"/checks", func(a map[string]any) bool {
		for _, c := range a["data"].([]any) {
			if c.(map[string]any)["state"] != "match" {
				return false
			}
		}
		return len(a["data"].([]any)) > 0
	})
	claimed := reviewer.call("POST", at+"/claim", nil)
	returned := reviewer.call("POST", at+"/return", map[string]any{
		"version": claimed["version"], "remarks": []map[string]any{{"field": "business.name_en", "text": "as on the sign"}}, "reason": "",
	})
	told(t, d, phone, "李四小吃 的申请已退回")
	form["business"].(map[string]any)["name_en"] = "Li Si Snack Bar"
	saved = owner.call("PUT", at, map[string]any{"version": returned["version"], "form": form, "step": "business"})
	owner.call("POST", at+"/submit", map[string]any{"version": saved["version"]})
	reviewer.until(at, func(a map[string]any) bool { return a["state"] == "submitted" })
	claimed = reviewer.call("POST", at+"/claim", nil)
	merchant := reviewer.call("POST", at+"/approve", map[string]any{"version": claimed["version"]})
	if merchant["state"] != "active" || merchant["number"] != "" {
		t.Fatalf("after the approval: %v", merchant)
	}
	told(t, d, phone, "李四小吃 的申请已通过")

	for _, plan := range owner.call("GET", "/service-plans", nil)["data"].([]any) {
		p := plan.(map[string]any)
		if p["id"] == "card-standard" {
			continue // not for micro merchants
		}
		owner.call("POST", "/services", map[string]any{"plan": p["id"], "version": p["version"]})
		sub := ""
		if p["kind"] == "wechat" || p["kind"] == "alipay" {
			sub = "1900000109"
		}
		reviewer.call("POST", fmt.Sprintf("/services/%s/%s/open", merchant["id"], p["kind"]), map[string]any{"sub_merchant": sub})
	}
	told(t, d, phone, "李四小吃 的微信支付已开通")
	shown := owner.call("GET", "/merchants/"+merchant["id"].(string), nil)
	if shown["number"] != "898460158120001" {
		t.Errorf("the merchant's number is %v", shown["number"])
	}

	shop := owner.call("GET", "/stores", nil)["data"].([]any)[0].(map[string]any)
	lines := []map[string]any{{"model": "yf-soft", "count": 1}}
	quote := owner.call("POST", "/terminal-orders/quote", map[string]any{"lines": lines})
	order := owner.call("POST", "/terminal-orders", map[string]any{
		"store": shop["id"], "lines": lines, "once_fen": quote["once_fen"], "monthly_fen": quote["monthly_fen"],
		"contact": map[string]any{"name": "李四", "phone": phone, "area": "460106", "address": "海口市龙华区龙昆北路 9 号"},
	})
	ops := staff(t, d, "ops")
	placed := "/terminal-orders/" + order["id"].(string)
	ops.call("POST", placed+"/approve", nil)
	ops.call("POST", placed+"/assign", map[string]any{"serial": "YF-SOFT-0001"})
	ops.call("POST", placed+"/ship", map[string]any{"carrier": "顺丰", "tracking": "SF1234567890"})
	told(t, d, phone, "终端已发货：顺丰 SF1234567890")
	order = owner.call("POST", placed+"/receive", nil)
	item := order["items"].([]any)[0].(map[string]any)
	if waiting := owner.call("GET", "/terminals/"+item["terminal"].(string), nil); waiting["state"] != "prepared" || waiting["serial"] != "YF-SOFT-0001" {
		t.Errorf("the terminal that was shipped is %v", waiting)
	}
	issued := owner.call("POST", "/terminals/"+item["terminal"].(string)+"/activation-code", nil)

	// The device: its page takes serial number and code, and the terminal fetches its key by itself.
	status, body := post(t, "http://"+d.Options.Bench+"/pos/activate", fmt.Sprintf(`{"serial": "YF-SOFT-0001", "code": %q}`, issued["code"]))
	if status != http.StatusOK || !strings.Contains(body, item["number"].(string)) {
		t.Fatalf("the device answers %d %s", status, body)
	}
	terminal := owner.until("/terminals/"+item["terminal"].(string), func(a map[string]any) bool {
		bindings := a["bindings"].([]any)
		return a["signed_in"] == true && len(bindings) == 1 && bindings[0].(map[string]any)["report"] == "accepted"
	})
	if terminal["state"] != "active" || terminal["serial"] != "YF-SOFT-0001" {
		t.Errorf("the terminal is %v", terminal)
	}
	binding := terminal["bindings"].([]any)[0].(map[string]any)
	if binding["merchant_number"] != "898460158120001" || binding["category"] != "5812" || binding["area"] != "460106" || strings.Contains(binding["registration"].(string), "19491231") {
		t.Errorf("it is bound as %v", binding)
	}
	device, err := pos.Open(pos.Config{
		Terminal: item["number"].(string), Merchant: "898460158120001", Serial: "YF-SOFT-0001", Address: d.App.Host.Addr().String(), TPDU: world.DemoTPDU,
		Flash: handheld.Flash(d.Options.Dir, item["number"].(string)), Now: d.Clock.Now,
	})
	if err != nil {
		t.Fatal(err)
	}
	defer device.Close()
	sale, err := device.Sale(t.Context(), pos.SaleInput{Amount: 25_00, Card: demoCard(t, "debit"), Entry: pos.Insert, PIN: "123456"})
	if err != nil || !sale.Approved {
		t.Fatalf("the first sale: %+v, %v", sale, err)
	}
	if online := owner.until("/terminals/"+item["terminal"].(string), func(a map[string]any) bool { return a["traded_at"] != nil }); online["online"] != true {
		t.Errorf("after its first sale the terminal is %v", online)
	}
	for who, p := range map[string]*person{"the owner": owner, "staff": ops} {
		day := p.call("GET", "/dashboard", nil)
		if taken := day["takings"].(map[string]any); taken["amount_fen"] != 2500.0 || taken["count"] != 1.0 {
			t.Errorf("%s sees takings of %v", who, taken)
		}
		approval := day["approval"].(map[string]any)
		if staff := who == "staff"; staff != (day["waiting"] != nil) || approval["approved"] != 1.0 || len(day["hours"].([]any)) != 24 {
			t.Errorf("%s sees %v", who, day)
		}
	}
	paid := owner.call("GET", "/payments", nil)["data"].([]any)
	if len(paid) != 1 || paid[0].(map[string]any)["captured_fen"] != 2500.0 {
		t.Errorf("the owner's payments are %v", paid)
	}
	trailIsInWords(t, staff(t, d, "auditor"))
	proveBooks(t, d)
}

// trailIsInWords tells whether the pages have a word for everything that the trail says was done.
func trailIsInWords(t *testing.T, auditor *person) {
	t.Helper()
	files, err := filepath.Glob("../../web/shared/words/en/*.ts")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	var words strings.Builder
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		words.Write(text)
	}
	seen := map[string]bool{}
	for cursor := ""; ; {
		page := auditor.call("GET", "/audit?limit=100&cursor="+cursor, nil)
		for _, row := range page["data"].([]any) {
			action := row.(map[string]any)["action"].(string)
			kind, result, _ := strings.Cut(action, ".")
			has := func(key string) bool { return strings.Contains(words.String(), "'"+key+"'") }
			if !seen[action] && !has("action."+action) && !(has("operation_kind."+kind) && (has("payment_result."+result) || has("operation_state."+result))) {
				t.Errorf("the pages have no word for %q", action)
			}
			seen[action] = true
		}
		if cursor = page["next_cursor"].(string); cursor == "" {
			break
		}
	}
	if len(seen) < 30 {
		t.Errorf("the trail tells of %d kinds of act only", len(seen))
	}
}

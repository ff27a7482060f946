package kit_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/yifen-pay/yifen/internal/sim/kit"
)

type state string

// handset is a phone that says what it was asked.
type handset struct{ err error }

func (h handset) Scan(content string, act kit.Act) (state, error) {
	return state("scan " + content + " " + string(act)), h.err
}

func (h handset) ScanAmount(content string, act kit.Act, fen int64) (state, error) {
	return state("scan " + content + " " + string(act) + " " + digits(fen)), h.err
}

func (h handset) Code(s kit.CodeState) (string, error) { return "code " + string(s), h.err }

func (h handset) Password(code string) (state, error) { return state("password " + code), h.err }

func (h handset) RefusePassword(code string) (state, error) { return state("refuse " + code), h.err }

func (h handset) Give(c kit.Coupon) (string, error) {
	return "give " + c.Name + " " + string(c.Funder) + " " + digits(c.Amount) + " " + digits(c.Minimum) + " " + c.Merchant, h.err
}

// ask posts to a phone.
func ask(p kit.Phone[state], path, media, body string) *httptest.ResponseRecorder {
	mux := http.NewServeMux()
	kit.MountPhone(mux, p)
	r := httptest.NewRequest(http.MethodPost, "/phone/"+path, strings.NewReader(body))
	r.Header.Set("Content-Type", media)
	rw := httptest.NewRecorder()
	mux.ServeHTTP(rw, r)
	return rw
}

const (
	asJSON = "application/json"
	asForm = "application/x-www-form-urlencoded"
)

func TestMountPhone(t *testing.T) {
	for _, test := range []struct{ path, body, name, want string }{
		{"scan", `{"content":"c","act":"pay"}`, "state", "scan c pay"},
		{"scan", `{"content":"c","act":"pay","amount":7}`, "state", "scan c pay 7"},
		{"code", `{"state":"ok"}`, "code", "code ok"},
		{"password", `{"code":"c"}`, "state", "password c"},
		{"password", `{"code":"c","refuse":true}`, "state", "refuse c"},
		{"coupon", `{"name":"n","funder":"merchant","amount":5,"minimum":6,"merchant":"m"}`, "coupon", "give n merchant 5 6 m"},
	} {
		rw := ask(handset{}, test.path, asJSON, test.body)
		var said map[string]string
		if err := json.Unmarshal(rw.Body.Bytes(), &said); err != nil || rw.Code != http.StatusOK || said[test.name] != test.want || len(said) != 1 {
			t.Errorf("%s %s: answered %d %s", test.path, test.body, rw.Code, rw.Body)
		}
	}
	form := url.Values{"funder": {"provider"}, "amount": {"9"}}.Encode()
	if rw := ask(handset{}, "coupon", asForm, form); rw.Code != http.StatusSeeOther || rw.Header().Get("Location") != "../" {
		t.Errorf("a form is answered %d", rw.Code)
	}
	for err, want := range map[error]int{
		kit.ErrUnknownCode: 404, kit.ErrExpiredCode: 409, kit.ErrFunds: 409, kit.ErrNotWaiting: 409, kit.ErrAct: 400, kit.ErrCodeState: 400, kit.ErrCoupon: 400,
		kit.ErrAmount: 400, errors.New("broken"): 500,
	} {
		for _, media := range []string{asJSON, asForm} {
			body := `{"content":"c"}`
			if media == asForm {
				body = "content=c&amount=much"
			}
			if rw := ask(handset{err}, "scan", media, body); rw.Code != want || !strings.Contains(rw.Body.String(), err.Error()) {
				t.Errorf("%v is answered %d %s, want %d", err, rw.Code, rw.Body, want)
			}
		}
	}
	for _, bad := range []string{"", "[]", `{"amount":"much"}`, strings.Repeat(" ", 5000)} {
		if rw := ask(handset{}, "scan", asJSON, bad); rw.Code != http.StatusBadRequest {
			t.Errorf("%.10q is answered %d", bad, rw.Code)
		}
	}
}

// TestPage holds that a page shows what it is given, and nothing of it as HTML.
func TestPage(t *testing.T) {
	m := newMailer(t)
	m.send("a", func(n *kit.Notice) { n.Event = "paid<" })
	m.attempts(t, 0, 1)
	for _, c := range []kit.Code{
		{Text: "fresh", Until: noon.Add(time.Second)}, {Text: "over", Until: noon}, {Text: "asked", Until: noon, Order: 1}, {Text: "used", Until: noon, Order: 2},
	} {
		m.books.Apply(kit.Entry{Code: &c}, "")
	}
	m.books.Apply(kit.Entry{Coupon: &kit.Coupon{ID: "1", Name: "spring", Amount: 5}}, "")
	m.books.Apply(kit.Entry{Coupon: &kit.Coupon{ID: "2", Name: "winter", Amount: 5, Spent: 1}}, "")
	flaws := newFlaws()
	if err := flaws.Set("forged", 0.125, 1); err != nil {
		t.Fatal(err)
	}
	p := kit.Page{
		Label: kit.Label{Chinese: "试", English: "Trial"}, Now: noon, Facts: kit.Requests(1, 2, 3, 4, 5), Merchants: []kit.PageMerchant{{Name: "<b>name", Balance: 12345}},
		Above: kit.Label{English: "above"}, Detail: kit.Label{English: "detail"},
	}
	kit.Misbehavior(&p, m.box.Faults, flaws)
	p.Phone(&m.books.Pocket, func(order int64) bool { return order == 1 })
	p.Sent(m.box)
	p.Newest(httptest.NewRequest(http.MethodGet, "/?page=2", nil), 120, func(i int) kit.PageOrder {
		return kit.PageOrder{No: "order-" + digits(int64(i)) + "-", Paid: i%2 == 0, Payer: 777, Content: "content"}
	})
	rw := httptest.NewRecorder()
	if err := p.Show(rw); err != nil {
		t.Fatal(err)
	}
	text := rw.Body.String()
	for _, want := range []string{
		"试模拟", "Trial simulator", "2026-03-05 12:00:00", "fresh", "asked", "spring", "0.125", "missing", "order-69-", "order-20-", "7.77", "123.45", "paid&lt;", "&lt;b&gt;name",
		"?page=1", "?page=3", "</html>",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	for _, never := range []string{"over<", ">used<", "winter", "order-70-", "order-19-", "<b>", "paid<<", "<script"} {
		if strings.Contains(text, never) {
			t.Errorf("the page shows %q", never)
		}
	}
	if policy := rw.Header().Get("Content-Security-Policy"); !strings.HasPrefix(policy, "default-src 'none'") {
		t.Errorf("its policy is %q", policy)
	}
}

package kit

import (
	"bytes"
	_ "embed"
	"fmt"
	"html/template"
	"net/http"
	"strconv"
	"time"
)

//go:embed page.html
var pageHTML string

var pageTemplate = template.Must(template.New("page").Funcs(template.FuncMap{
	"yuan": func(fen int64) string { return fmt.Sprintf("%d.%02d", fen/100, fen%100) },
	"when": func(t time.Time) string {
		if t.IsZero() {
			return ""
		}
		return t.In(China).Format("01-02 15:04:05")
	},
}).Parse(pageHTML))

// China is the time of everything that is written out; it has no summer time.
var China = time.FixedZone("CST", 8*60*60)

// How much a page shows.
const (
	pageRows    = 50
	pageNotices = 20
	pageCodes   = 5
	pageCoupons = 10
)

// Label is a word in both languages.
type Label struct{ Chinese, English string }

// Fact is a line at the head of a page.
type Fact struct {
	Label
	Value string
	Bad   bool // something that should not be
}

// Requests returns the facts of what a wallet was asked and sent since it was opened.
func Requests(requests, unsigned, refused, notices, unanswered int) []Fact {
	return []Fact{
		{Label{"请求", "requests"}, strconv.Itoa(requests), false},
		{Label{"验签失败", "wrong signatures"}, strconv.Itoa(unsigned), unsigned > 0},
		{Label{"其中被拒", "of these refused"}, strconv.Itoa(refused), false},
		{Label{"通知次数", "notifications sent"}, strconv.Itoa(notices), false},
		{Label{"未确认", "unacknowledged"}, strconv.Itoa(unanswered), unanswered > 0},
	}
}

// PageMerchant is a merchant as a page shows it.
type PageMerchant struct {
	Number, Name, Above, Detail string // what the last two are, the page's labels say
	Balance                     int64  // fen
}

// PageOrder is an order as a page shows it. Amounts are fen.
type PageOrder struct {
	Created                  time.Time
	Merchant, No             string
	Type, State              string
	Paid                     bool
	Total, Payer, Settlement int64
	Refunded                 int64
	Content                  string // of a code that a payer could scan now
}

// pageCode is a payment code that can still do something.
type pageCode struct {
	Code
	Waiting bool // for the password
}

// Page is what a wallet shows of itself: merchants, the payer's phone, orders, notifications and the faults in
// force.
type Page struct {
	Label              // the wallet's name
	Address     string // base of its addresses
	Now         time.Time
	Facts       []Fact
	Payer       int64  // fen that the payer has
	Placeholder string // how a code's content begins
	AsksAmount  bool   // the payer of a code without an amount says how much
	Decline     string // an example of a code of the fault "decline"
	Above       Label  // of merchants: who acts for them
	Detail      Label  // of merchants: what else there is to know

	Codes     []pageCode
	Coupons   []Coupon
	Kinds     []Kind
	Faults    []Planned
	FlawKinds []string
	Flaws     []PlannedFlaw[string]
	Merchants []PageMerchant
	Orders    []PageOrder
	Notices   []Delivery

	Page, Pages, Previous, Following int
}

// Misbehavior has a page show the faults and flaws of its party.
func Misbehavior[F ~string](p *Page, faults *Faults, flaws *Flaws[F]) {
	p.Kinds, p.Faults = Kinds(), faults.List()
	for _, flaw := range flaws.Known() {
		p.FlawKinds = append(p.FlawKinds, string(flaw))
	}
	for _, f := range flaws.List() {
		p.Flaws = append(p.Flaws, PlannedFlaw[string]{string(f.Flaw), f.Rate, f.Seed, f.Once, f.Struck})
	}
}

// Phone has a page show what lies on payers' phones. waits says whether the payer of an order is asked for the
// password.
func (p *Page) Phone(pocket *Pocket, waits func(order int64) bool) {
	for _, c := range pocket.waiting(p.Now, pageCodes, waits) {
		p.Codes = append(p.Codes, pageCode{c, c.Order != 0})
	}
	p.Coupons = pocket.unspent(pageCoupons)
}

// Sent has a page show the last notifications.
func (p *Page) Sent(o *Outbox) { p.Notices = o.newest(pageNotices) }

// Newest has a page show the newest of so many orders, or older ones where the request's "page" asks for them. each
// returns the one of an index.
func (p *Page) Newest(r *http.Request, total int, each func(int) PageOrder) {
	number, _ := strconv.Atoi(r.URL.Query().Get("page"))
	p.Pages = max(1, (total+pageRows-1)/pageRows)
	p.Page = min(max(number, 1), p.Pages)
	p.Previous, p.Following = p.Page-1, p.Page+1
	end := total - (p.Page-1)*pageRows
	for i := end - 1; i >= max(0, end-pageRows); i-- {
		p.Orders = append(p.Orders, each(i))
	}
}

// Show writes a page.
func (p *Page) Show(rw http.ResponseWriter) error {
	p.Now = p.Now.In(China)
	var b bytes.Buffer
	if err := pageTemplate.Execute(&b, p); err != nil {
		http.Error(rw, "page cannot be shown", http.StatusInternalServerError)
		return fmt.Errorf("show page: %w", err)
	}
	h := rw.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
	rw.Write(b.Bytes())
	return nil
}

package alipay

import (
	"bytes"
	_ "embed"
	"html/template"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/yifen-pay/yifen/internal/sim/kit"
)

//go:embed page.html
var pageHTML string

var page = template.Must(template.New("page").Funcs(template.FuncMap{
	"yuan": yuan, "when": func(t time.Time) string {
		if t.IsZero() {
			return ""
		}
		return t.In(china).Format("01-02 15:04:05")
	},
}).Parse(pageHTML))

const (
	pageRows    = 50
	noticeRows  = 20
	pageCodes   = 5
	pageCoupons = 10
)

// pageMerchant is a merchant as the page shows it.
type pageMerchant struct {
	Number, Name, Partner, App string
	Balance                    int64 // fen
}

// pageCode is a payment code that can still do something.
type pageCode struct {
	Text    string
	State   CodeState
	Until   time.Time
	Waiting bool // for the password
}

// showPage shows merchants, the phone, orders, notifications and the faults in force.
func (w *Wallet) showPage(rw http.ResponseWriter, r *http.Request) {
	number, _ := strconv.Atoi(r.URL.Query().Get("page"))
	data := struct {
		Address, Certificate, Root       string
		Now                              time.Time
		Stats                            Stats
		Payer                            int64
		Merchants                        []pageMerchant
		Codes                            []pageCode
		Coupons                          []Coupon
		Orders                           []Order
		Page, Pages, Previous, Following int
		Notices                          []Notice
		Kinds                            []kit.Kind
		Faults                           []kit.Planned
		FlawKinds                        []Flaw
		Flaws                            []kit.PlannedFlaw[Flaw]
	}{
		Address: w.URL(), Now: w.clock.Now().In(china), Kinds: kit.Kinds(), Faults: w.faults.List(),
		FlawKinds: Flaws(), Flaws: w.PlannedFlaws(),
	}
	w.mu.Lock()
	data.Certificate, data.Root = w.keys.certificate.sn, w.keys.root.sn
	data.Stats, data.Payer = w.stats, w.books.spendable(payerAccount(payerRich))
	for _, m := range w.config.Merchants {
		data.Merchants = append(data.Merchants, pageMerchant{
			m.Number, m.Name, m.Partner, m.App, w.books.spendable(merchantAccount(m.Number)),
		})
	}
	data.Codes = w.pageCodes()
	for _, c := range slices.Backward(w.books.coupons) {
		if c.Spent == 0 && len(data.Coupons) < pageCoupons {
			data.Coupons = append(data.Coupons, *c)
		}
	}
	total := len(w.books.orders)
	data.Pages = max(1, (total+pageRows-1)/pageRows)
	data.Page = min(max(number, 1), data.Pages)
	end := total - (data.Page-1)*pageRows
	for _, o := range slices.Backward(w.books.orders[max(0, end-pageRows):end]) {
		data.Orders = append(data.Orders, o.snapshot())
	}
	for _, n := range slices.Backward(w.books.notices[max(0, len(w.books.notices)-noticeRows):]) {
		data.Notices = append(data.Notices, n.told())
	}
	w.mu.Unlock()
	data.Previous, data.Following = data.Page-1, data.Page+1
	var b bytes.Buffer
	if err := page.Execute(&b, data); err != nil {
		w.log.Error("alipay simulator: page cannot be shown", "error", err)
		http.Error(rw, "page cannot be shown", http.StatusInternalServerError)
		return
	}
	h := rw.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
	rw.Write(b.Bytes())
}

// pageCodes returns the newest codes that can still be used or wait for a password. The caller holds the
// lock.
func (w *Wallet) pageCodes() []pageCode {
	var list []pageCode
	now := w.clock.Now()
	for _, c := range w.books.codes {
		waiting := c.Order != 0 && w.books.orders[c.Order-1].State == WaitBuyer
		if waiting || c.Order == 0 && now.Before(c.Until) {
			list = append(list, pageCode{c.Text, c.State, c.Until, waiting})
		}
	}
	slices.SortFunc(list, func(a, b pageCode) int { return b.Until.Compare(a.Until) })
	return list[:min(len(list), pageCodes)]
}

// Paying reports whether a payer could scan the order now.
func (o Order) Paying() bool {
	return o.Type == QRCode && (o.State == Precreated || o.State == WaitBuyer)
}

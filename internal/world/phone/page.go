package phone

import (
	_ "embed"
	"net/http"
	"slices"
)

//go:embed page.html
var pageHTML []byte

//go:embed page.css
var pageCSS []byte

//go:embed page.js
var pageJS []byte

//go:embed inside.js
var insideJS []byte

// asset serves a part of the page, which runs no script and loads nothing but its own.
func asset(kind string, content []byte) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		h := w.Header()
		h.Set("Content-Type", kind)
		h.Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "+
			"frame-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cache-Control", "no-cache")
		w.Write(content)
	}
}

// How much of each list the page shows.
const (
	nearbyMax = 8
	paidMax   = 30
	askedMax  = 5
)

// state is what the page draws of a wallet.
type state struct {
	Wallets []string `json:"wallets"` // that are on the phone
	Balance int64    `json:"balance"` // fen
	Offline bool     `json:"offline"` // the phone has lost the network
	Nearby  []Order  `json:"nearby"`  // whose codes others show
	Signs   []Sign   `json:"signs"`   // that stand in the shops
	Asked   []Order  `json:"asked"`   // that wait for the password
	Paid    []Order  `json:"paid"`
	Coupons []coupon `json:"coupons"` // that are not used yet
	Shown   *Order   `json:"shown"`   // what the code in question was used for
}

// show answers with what the page draws: GET /phone/state?wallet=&code=.
func (p *Phone) show(w http.ResponseWriter, r *http.Request) {
	wallet, code := r.URL.Query().Get("wallet"), r.URL.Query().Get("code")
	from, ok := p.purses[wallet]
	if !ok {
		answer(w, nil, errWallet)
		return
	}
	now := p.config.Now()
	s := state{Wallets: p.names, Balance: from.balance(), Nearby: []Order{}, Signs: []Sign{}, Asked: []Order{}, Paid: []Order{}, Coupons: []coupon{}}
	used := map[string]bool{}
	for o := range from.orders() {
		o = p.named(o)
		switch {
		case o.Open && o.Content != "" && !o.paged && (o.Expires.IsZero() || now.Before(o.Expires)):
			s.Nearby = append(s.Nearby, o)
		case o.Asked:
			s.Asked = append(s.Asked, o)
		case o.Paid > 0:
			s.Paid = append(s.Paid, o)
		}
		if code != "" && o.Code == code {
			s.Shown = &o
		}
		for _, id := range o.coupons {
			used[id] = true
		}
	}
	s.Nearby, s.Asked, s.Paid = newest(s.Nearby, nearbyMax), newest(s.Asked, askedMax), newest(s.Paid, paidMax)
	if p.config.Signs != nil {
		signs, err := p.config.Signs(r.Context())
		if err != nil {
			answer(w, nil, err)
			return
		}
		s.Signs = append(s.Signs, signs...)
	}
	p.mu.Lock()
	s.Offline = p.offline
	s.Coupons = append(s.Coupons, slices.DeleteFunc(slices.Clone(p.coupons[wallet]), func(c coupon) bool { return used[c.ID] })...)
	p.mu.Unlock()
	answer(w, s, nil)
}

// named calls who is paid by a name.
func (p *Phone) named(o Order) Order {
	o.Name = p.config.Names[o.Merchant]
	if o.Name == "" {
		o.Name = o.Merchant
	}
	return o
}

// sight is what a code turns out to be: an order, of this wallet or another, or a page of the product.
type sight struct {
	Order *Order `json:"order,omitempty"`
	Page  string `json:"page,omitempty"` // path on the bench
}

// look says what a code holds: POST /phone/look {"content"} → {"order"} or {"page"}.
func (p *Phone) look(w http.ResponseWriter, r *http.Request) {
	var ask struct{ Content string }
	if !read(w, r, &ask) {
		return
	}
	if path := p.webAddress(ask.Content); path != "" {
		answer(w, sight{Page: path}, nil)
		return
	}
	for _, name := range p.names {
		if o, found := find(p.purses[name], ask.Content); found {
			o = p.named(o)
			answer(w, sight{Order: &o}, nil)
			return
		}
	}
	answer(w, nil, errStrange)
}

// give puts a coupon on the phone: POST /phone/coupon {"wallet", "funder", "amount", "minimum"} → {"coupon"}.
func (p *Phone) give(w http.ResponseWriter, r *http.Request) {
	var ask struct {
		Wallet string
		coupon
	}
	if !read(w, r, &ask) {
		return
	}
	to, ok := p.purses[ask.Wallet]
	if !ok {
		answer(w, nil, errWallet)
		return
	}
	c := ask.coupon
	id, err := to.give(c)
	if err == nil {
		c.ID = id
		p.mu.Lock()
		p.coupons[ask.Wallet] = append(p.coupons[ask.Wallet], c)
		p.mu.Unlock()
	}
	answer(w, map[string]string{"coupon": id}, err)
}

// network takes the network from the phone or gives it back: POST /phone/network {"on"}. Without it the payer's acts reach
// the wallet, but the wallet's word reaches the merchant only when it asks.
func (p *Phone) network(w http.ResponseWriter, r *http.Request) {
	var ask struct{ On bool }
	if !read(w, r, &ask) {
		return
	}
	p.mu.Lock()
	p.offline = !ask.On
	p.mu.Unlock()
	answer(w, map[string]bool{"on": ask.On}, nil)
}

package phone

import (
	"context"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/yifen-pay/yifen/internal/sim/alipay"
	"github.com/yifen-pay/yifen/internal/sim/unionpay"
	"github.com/yifen-pay/yifen/internal/sim/wechat"
)

// Names of wallets.
const (
	WeChat   = "wechat"
	Alipay   = "alipay"
	UnionPay = "unionpay"
)

// Config says which wallets are on the phone; nil ones are not.
type Config struct {
	WeChat   *wechat.Wallet
	Alipay   *alipay.Wallet
	UnionPay *unionpay.Wallet
	Names    map[string]string // how people call who is paid, by the number of the account
	// Product is the host and port of the product, whose pages for payers open in the phone's browser; "" opens none.
	Product string
	Now     func() time.Time // clock of the wallets
	// Signs lists the product's codes that stand in the shops; nil for none.
	Signs func(ctx context.Context) ([]Sign, error)
}

// Sign is a code of the product's that stands in a shop, for all wallets.
type Sign struct {
	Content string `json:"content"`
	Name    string `json:"name"`  // of the shop
	Place   string `json:"place"` // where it stands
}

// Phone is the payer's phone. It is safe for concurrent use.
type Phone struct {
	config Config
	names  []string // of the wallets, in the order in which they lie on the phone
	purses map[string]purse

	mu      sync.Mutex
	offline bool
	coupons map[string][]coupon // that were given, by wallet
}

// New returns a phone with wallets on it.
func New(c Config) *Phone {
	p := &Phone{config: c, purses: map[string]purse{}, coupons: map[string][]coupon{}}
	if c.WeChat != nil {
		p.put(WeChat, newWeChat(c.WeChat))
	}
	if c.Alipay != nil {
		p.put(Alipay, newAlipay(c.Alipay))
	}
	if c.UnionPay != nil {
		p.put(UnionPay, newUnionPay(c.UnionPay))
	}
	return p
}

func (p *Phone) put(name string, to purse) {
	p.names = append(p.names, name)
	p.purses[name] = to
}

// Handler returns the page and what the phone does by HTTP, below /phone, and the product's pages for payers.
func (p *Phone) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /phone", asset("text/html; charset=utf-8", pageHTML))
	mux.HandleFunc("GET /phone.css", asset("text/css; charset=utf-8", pageCSS))
	mux.HandleFunc("GET /phone.js", asset("text/javascript; charset=utf-8", pageJS))
	mux.HandleFunc("GET "+insideScript, p.inside)
	mux.HandleFunc("GET /phone/state", p.show)
	mux.HandleFunc("GET /phone/codes/{code}/{picture}", p.draw)
	mux.HandleFunc("GET /phone/open", p.open)
	mux.HandleFunc("GET /phone/visit", p.visit)
	mux.HandleFunc("POST /phone/look", p.look)
	mux.HandleFunc("POST /phone/picture", p.picture)
	mux.HandleFunc("POST /phone/coupon", p.give)
	mux.HandleFunc("POST /phone/network", p.network)
	if p.config.Product != "" {
		for _, path := range paths {
			mux.Handle(path, p.browser())
		}
	}
	mux.HandleFunc("POST /phone/scan", p.scan)
	mux.HandleFunc("POST /phone/code", p.code)
	mux.HandleFunc("POST /phone/password", p.password)
	return guarded(mux)
}

// guarded refuses to pages of other origins what changes anything.
func guarded(h http.Handler) http.Handler {
	guard := http.NewCrossOriginProtection()
	guard.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { answer(w, nil, errOrigin) }))
	return guard.Handler(h)
}

func (p *Phone) scan(w http.ResponseWriter, r *http.Request) {
	var ask struct {
		Wallet, Content, Act string
		Amount               int64 // fen, of a code that has none
	}
	if !read(w, r, &ask) {
		return
	}
	from, ok := p.purses[ask.Wallet]
	if !ok {
		answer(w, nil, errWallet)
		return
	}
	if !slices.Contains([]string{"pay", "refuse", "leave"}, ask.Act) {
		answer(w, nil, errAct)
		return
	}
	if p.webAddress(ask.Content) != "" {
		answer(w, nil, errPage)
		return
	}
	if ask.Act == "pay" && p.lost() {
		if o, found := find(from, ask.Content); found && o.Open && o.heard {
			if err := from.silence(); err != nil {
				answer(w, nil, err)
				return
			}
		}
	}
	state, err := from.scan(ask.Content, ask.Act, ask.Amount)
	answer(w, map[string]string{"state": state}, err)
}

// lost reports whether the phone has lost the network.
func (p *Phone) lost() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.offline
}

func (p *Phone) code(w http.ResponseWriter, r *http.Request) {
	var ask struct{ Wallet, State string }
	if !read(w, r, &ask) {
		return
	}
	from, ok := p.purses[ask.Wallet]
	if !ok {
		answer(w, nil, errWallet)
		return
	}
	code, err := from.code(ask.State)
	answer(w, map[string]string{"code": code}, err)
}

// password looks for the wallet that waits, since a code says which it is of.
func (p *Phone) password(w http.ResponseWriter, r *http.Request) {
	var ask struct {
		Code   string
		Refuse bool
	}
	if !read(w, r, &ask) {
		return
	}
	for _, name := range p.names {
		state, err := p.purses[name].password(ask.Code, ask.Refuse)
		if err != errNotWaiting {
			answer(w, map[string]string{"state": state}, err)
			return
		}
	}
	answer(w, nil, errNotWaiting)
}

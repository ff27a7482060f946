package phone

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"html"
	"io"
	"mime"
	"net/http"
	"net/http/httputil"
	"net/url"
	"slices"
	"strings"
)

// agents are how the wallets' browsers call themselves, by wallet.
var agents = map[string]string{
	WeChat:   "Mozilla/5.0 (Linux; Android 14; Demo) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Mobile Safari/537.36 MicroMessenger/8.0.49",
	Alipay:   "Mozilla/5.0 (Linux; Android 14; Demo) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Mobile Safari/537.36 AlipayClient/10.5.96",
	UnionPay: "Mozilla/5.0 (Linux; Android 14; Demo) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Mobile Safari/537.36 UnionPay/1.0 CloudPay",
}

// paths are those of the product's pages for payers, of what these load and of what they call. The phone fetches no
// others, and codes lead to the first.
var paths = []string{"/c/", "/assets/", "/v1/pay/"}

const (
	walletCookie = "phone_wallet" // which wallet browses
	insideScript = "/phone/inside.js"
	pageBytesMax = 4 << 20
)

// webAddress returns the path of the product's page that a code leads to, "" when it leads elsewhere.
func (p *Phone) webAddress(content string) string {
	u, err := url.Parse(content)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || !p.isProduct(u.Host) {
		return ""
	}
	path := u.EscapedPath()
	if !strings.HasPrefix(path, paths[0]) || strings.Contains(path, "..") {
		return ""
	}
	if u.RawQuery != "" {
		path += "?" + u.RawQuery
	}
	return path
}

// inside serves the script that runs first in the pages of the product, and tells it how the wallet's browser calls itself.
func (p *Phone) inside(w http.ResponseWriter, r *http.Request) {
	agent, _ := json.Marshal(agents[p.browsing(r)]) // a text always has a form
	w.Header().Set("Content-Type", "text/javascript; charset=utf-8")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Header().Set("Cache-Control", "no-store")
	w.Write(bytes.Replace(insideJS, []byte(`"the wallet's browser"`), agent, 1))
}

// isProduct reports whether a host is the product's, which may be written as localhost.
func (p *Phone) isProduct(host string) bool {
	if name, port, found := strings.Cut(host, ":"); found && name == "localhost" {
		host = "127.0.0.1:" + port
	}
	return p.config.Product != "" && host == p.config.Product
}

// open opens a page of the product in a wallet's browser: GET /phone/open?wallet=&content=.
func (p *Phone) open(w http.ResponseWriter, r *http.Request) {
	wallet, path := r.URL.Query().Get("wallet"), p.webAddress(r.URL.Query().Get("content"))
	switch {
	case p.purses[wallet] == nil:
		answer(w, nil, errWallet)
		return
	case path == "":
		answer(w, nil, errElsewhere)
		return
	}
	http.SetCookie(w, &http.Cookie{Name: walletCookie, Value: wallet, Path: "/", HttpOnly: true, SameSite: http.SameSiteStrictMode})
	http.Redirect(w, r, path, http.StatusSeeOther)
}

// visit lets WeChat tell a page of the product who visits it, as its browser does on the way: GET /phone/visit?to=.
func (p *Phone) visit(w http.ResponseWriter, r *http.Request) {
	to, err := url.Parse(r.URL.Query().Get("to"))
	if err != nil || p.config.WeChat == nil || to.Scheme+"://"+to.Host != p.config.WeChat.URL() {
		answer(w, nil, errElsewhere)
		return
	}
	q, err := http.NewRequestWithContext(r.Context(), http.MethodGet, to.String(), nil)
	if err != nil {
		answer(w, nil, errElsewhere)
		return
	}
	told, err := http.DefaultTransport.RoundTrip(q) // which follows no redirection
	if err != nil {
		answer(w, nil, err)
		return
	}
	defer told.Body.Close()
	path := p.webAddress(told.Header.Get("Location"))
	if path == "" {
		answer(w, nil, errElsewhere)
		return
	}
	http.Redirect(w, r, path, http.StatusSeeOther)
}

// browser returns what fetches the product's pages for payers as a wallet's browser does. Who uses it is not logged in
// with the product: no cookie passes either way.
func (p *Phone) browser() http.Handler {
	product := &url.URL{Scheme: "http", Host: p.config.Product}
	proxy := &httputil.ReverseProxy{
		FlushInterval: -1,
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(product)
			h := r.Out.Header
			h.Set("User-Agent", agents[p.browsing(r.In)])
			for _, name := range []string{"Cookie", "Authorization", "Accept-Encoding"} {
				h.Del(name)
			}
			if h.Get("Origin") != "" {
				h.Set("Origin", product.String())
			}
			if referer, err := url.Parse(h.Get("Referer")); err == nil && referer.Host == r.In.Host {
				referer.Host = product.Host
				h.Set("Referer", referer.String())
			}
		},
		ModifyResponse: p.dress,
		ErrorHandler: func(w http.ResponseWriter, _ *http.Request, _ error) {
			http.Error(w, "the product does not answer / 无法访问", http.StatusBadGateway)
		},
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Del("Content-Security-Policy") // what the bench says of its own pages: this one says it itself
		w.Header().Del("X-Content-Type-Options")
		proxy.ServeHTTP(w, r)
	})
}

// browsing is the wallet in whose browser a request was made.
func (p *Phone) browsing(r *http.Request) string {
	if c, err := r.Cookie(walletCookie); err == nil && p.purses[c.Value] != nil {
		return c.Value
	}
	return p.names[0]
}

// dress makes an answer of the product fit to be shown on the phone: it may be framed by the bench and no other, hands the
// wallet's own links to the phone, and leads nowhere but to the product's pages for payers.
func (p *Phone) dress(r *http.Response) error {
	h := r.Header
	h.Del("Set-Cookie")
	h.Del("X-Frame-Options")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy", framed(h.Get("Content-Security-Policy")))
	if to := h.Get("Location"); to != "" {
		u, err := r.Request.URL.Parse(to)
		switch {
		case err == nil && p.isProduct(u.Host):
			h.Set("Location", u.RequestURI())
		case err == nil:
			handOver(r, u.String())
			return nil
		}
	}
	if media, _, _ := mime.ParseMediaType(h.Get("Content-Type")); media != "text/html" || r.StatusCode == http.StatusNotModified || r.Request.Method == http.MethodHead {
		return nil
	}
	page, err := io.ReadAll(io.LimitReader(r.Body, pageBytesMax+1))
	r.Body.Close()
	if err != nil {
		return err
	}
	if len(page) > pageBytesMax {
		return fmt.Errorf("a page of more than %d bytes", pageBytesMax)
	}
	replace(r, withScript(page))
	return nil
}

// handOver answers a redirection into a wallet with a page that hands it to the phone.
func handOver(r *http.Response, content string) {
	r.Header.Del("Location")
	r.Header.Set("Content-Type", "text/html; charset=utf-8")
	r.StatusCode, r.Status = http.StatusOK, "200 OK"
	r.Body.Close()
	replace(r, fmt.Appendf(nil, `<!doctype html><meta charset="utf-8"><title>…</title><meta name="phone-scan" content="%s"><script src="%s"></script>`,
		html.EscapeString(content), insideScript))
}

func replace(r *http.Response, page []byte) {
	r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(page)), int64(len(page))
	r.Header.Set("Content-Length", fmt.Sprint(len(page)))
	r.Header.Del("ETag")
}

// withScript puts the phone's script before all others of a page.
func withScript(page []byte) []byte {
	script := []byte(`<script src="` + insideScript + `"></script>`)
	at := 0
	if head := bytes.Index(bytes.ToLower(page), []byte("<head")); head >= 0 {
		if end := bytes.IndexByte(page[head:], '>'); end >= 0 {
			at = head + end + 1
		}
	}
	return slices.Concat(page[:at], script, page[at:])
}

// framed returns a policy by which the bench may frame a page and the phone's script may run in it; all else stays
// as the page has it.
func framed(policy string) string {
	var parts []string
	scripts := ""
	for part := range strings.SplitSeq(cmp.Or(policy, "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:"), ";") {
		words := strings.Fields(part)
		if len(words) == 0 || words[0] == "frame-ancestors" {
			continue
		}
		if words[0] == "default-src" && scripts == "" || words[0] == "script-src" {
			scripts = strings.Join(words[1:], " ")
			if words[0] == "script-src" {
				continue
			}
		}
		parts = append(parts, strings.Join(words, " "))
	}
	if !slices.Contains(strings.Fields(scripts), "'self'") {
		scripts = strings.TrimSpace(strings.ReplaceAll(scripts, "'none'", "") + " 'self'")
	}
	return strings.Join(append(parts, "script-src "+scripts, "frame-ancestors 'self'"), "; ")
}

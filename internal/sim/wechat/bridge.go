package wechat

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/yifen-pay/yifen/internal/sim/kit"
)

const (
	packagePrefix = "prepay_id="
	prepayLife    = 2 * time.Hour
	visitLife     = 5 * time.Minute
	tokenLife     = 7200 // seconds
	scopeBase     = "snsapi_base"
	visitsMax     = 10_000
)

// Bridge is what a page in the wallet's browser asks the wallet for (getBrandWCPayRequest). PaySign is the
// merchant's signature, SHA256 with RSA in base64, over AppID, TimeStamp, NonceStr and Package, each followed by a
// line feed.
type Bridge struct {
	AppID     string `json:"appId"`
	TimeStamp string `json:"timeStamp"` // seconds since 1970
	NonceStr  string `json:"nonceStr"`
	Package   string `json:"package"` // prepay_id=…
	SignType  string `json:"signType"`
	PaySign   string `json:"paySign"`
}

// PackageOf returns the package of what a page asks the wallet for, and other content as it is.
func PackageOf(content string) string {
	var b Bridge
	if !strings.HasPrefix(content, "{") || json.Unmarshal([]byte(content), &b) != nil {
		return content
	}
	return b.Package
}

// scanned returns the order to which content leads.
func (w *Wallet) scanned(content string) (*Order, error) {
	if !strings.HasPrefix(content, "{") {
		if o := w.books.byLink[content]; o != nil && o.Type == Native {
			return o, nil
		}
		return nil, ErrUnknownCode
	}
	var b Bridge
	if json.Unmarshal([]byte(content), &b) != nil {
		return nil, ErrUnsigned
	}
	o := w.books.byLink[b.Package]
	if o == nil || o.Type != JSAPI {
		return nil, ErrUnknownCode
	}
	signer := w.merchants[cmp.Or(o.Partner, o.Merchant)]
	text := b.AppID + "\n" + b.TimeStamp + "\n" + b.NonceStr + "\n" + b.Package + "\n"
	switch {
	case b.SignType != "RSA" || b.TimeStamp == "" || b.NonceStr == "" || b.AppID != o.App && b.AppID != o.SubApp:
		return nil, ErrUnsigned
	case signer == nil || signer.key == nil || !kit.Signed(signer.key, []byte(text), b.PaySign):
		return nil, ErrUnsigned
	case !w.clock.Now().Before(o.Created.Add(prepayLife)):
		return nil, ErrExpiredCode
	}
	return o, nil
}

// named returns the payer that a page's order names by an openid.
func (w *Wallet) named(q *orderRequest, partner bool) (string, *refusal) {
	sent := cmp.Or(q.Payer, &payerSent{})
	id, app, field := sent.OpenID, q.AppID, "/payer/openid"
	if partner {
		id, app, field = sent.SpOpenID, q.SpAppID, "/payer/sp_openid"
		if sent.SubOpenID != "" {
			id, app, field = sent.SubOpenID, q.SubAppID, "/payer/sub_openid"
		}
	}
	if id == "" {
		return "", wrongField(field, "必填")
	}
	for _, payer := range []string{kit.PayerRich, kit.PayerPoor} {
		if app != "" && id == OpenID(payer, app) {
			return payer, nil
		}
	}
	return "", wrongField(field, "无效的openid")
}

// visit is a payer on a page of an app's.
type visit struct {
	app, payer string
	until      time.Time
	told       bool
}

// appSecret returns the secret of an official account.
func (w *Wallet) appSecret(app string) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "secret of %s %x", app, w.keys.public.key.D.Bytes()))
	return hex.EncodeToString(sum[:16])
}

// hasApp reports whether an official account belongs to a merchant.
func (w *Wallet) hasApp(app string) bool {
	for _, m := range w.merchants {
		if slices.Contains(m.Apps, app) {
			return true
		}
	}
	return false
}

// authorize sends a visitor back to the page with a code that tells who it is:
// GET /connect/oauth2/authorize?appid=&redirect_uri=&response_type=code&scope=snsapi_base&state=.
func (w *Wallet) authorize(rw http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	back, err := url.Parse(q.Get("redirect_uri"))
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case !w.hasApp(q.Get("appid")):
		http.Error(rw, "10013: AppID 参数错误", http.StatusBadRequest)
		return
	case err != nil || back.Scheme != "http" && back.Scheme != "https" || !kit.Loopback(back.Hostname()):
		http.Error(rw, "10003: redirect_uri 域名与后台配置不一致", http.StatusBadRequest)
		return
	case q.Get("response_type") != "code" || q.Get("scope") != scopeBase || len(q.Get("state")) > 128:
		http.Error(rw, "10005: scope 参数错误或没有 scope 权限", http.StatusBadRequest)
		return
	}
	payer := kit.PayerRich
	if r.Header.Get("Payer") == kit.PayerPoor {
		payer = kit.PayerPoor
	}
	now := w.clock.Now()
	if len(w.visits) >= visitsMax {
		for code, v := range w.visits {
			if !now.Before(v.until) {
				delete(w.visits, code)
			}
		}
	}
	code := kit.RandomText(32)
	w.visits[code] = visit{app: q.Get("appid"), payer: payer, until: now.Add(visitLife)}
	parameters := back.Query()
	parameters.Set("code", code)
	parameters.Set("state", q.Get("state"))
	back.RawQuery = parameters.Encode()
	http.Redirect(rw, r, back.String(), http.StatusFound)
}

// accessToken tells a merchant who visited its page:
// GET /sns/oauth2/access_token?appid=&secret=&code=&grant_type=authorization_code. It is not signed: the secret is
// what it asks for.
func (w *Wallet) accessToken(rw http.ResponseWriter, r *http.Request) {
	effect := w.faults.Next()
	w.host.Meet(r, effect)
	answer := w.identify(r.URL.Query())
	w.host.Part(r, effect)
	text, err := json.Marshal(answer)
	if err != nil {
		panic(err) // it is a struct of texts
	}
	rw.Header().Set("Content-Type", "text/plain") // as the original has it
	rw.Write(text)
}

// visitor is who visited a page, or why that is not told.
type visitor struct {
	Code    int    `json:"errcode,omitempty"`
	Message string `json:"errmsg,omitempty"`
	Token   string `json:"access_token,omitempty"`
	Life    int    `json:"expires_in,omitempty"`
	Refresh string `json:"refresh_token,omitempty"`
	OpenID  string `json:"openid,omitempty"`
	Scope   string `json:"scope,omitempty"`
}

func (w *Wallet) identify(q url.Values) visitor {
	w.mu.Lock()
	defer w.mu.Unlock()
	app, code := q.Get("appid"), q.Get("code")
	v, known := w.visits[code]
	switch {
	case !w.hasApp(app):
		return visitor{Code: 40013, Message: "invalid appid"}
	case q.Get("secret") != w.appSecret(app):
		return visitor{Code: 40125, Message: "invalid appsecret"}
	case q.Get("grant_type") != "authorization_code":
		return visitor{Code: 40002, Message: "invalid grant_type"}
	case !known || v.app != app:
		return visitor{Code: 40029, Message: "invalid code"}
	case v.told:
		return visitor{Code: 40163, Message: "code been used"}
	case !w.clock.Now().Before(v.until):
		return visitor{Code: 42003, Message: "code expired"}
	}
	v.told = true
	w.visits[code] = v
	return visitor{Token: kit.RandomText(64), Life: tokenLife, Refresh: kit.RandomText(64), OpenID: OpenID(v.payer, app), Scope: scopeBase}
}

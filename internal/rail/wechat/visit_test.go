package wechat_test

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/yifen-pay/yifen/internal/domain/wallet"
	"github.com/yifen-pay/yifen/internal/rail/outbound"
	"github.com/yifen-pay/yifen/internal/rail/railtest"
	"github.com/yifen-pay/yifen/internal/rail/wechat"
	"github.com/yifen-pay/yifen/internal/sim/kit"
	simwechat "github.com/yifen-pay/yifen/internal/sim/wechat"
)

// pages is a rail that knows who visits a page, and the account it does so with.
type pages struct {
	*rig
	rail   *wechat.Rail
	access wallet.Access
}

func newPages(t *testing.T, m mode) pages {
	r := newRig(t, m, simwechat.Config{})
	p := pages{rig: r, access: access(t, r.wallet, m)}
	c, err := r.wallet.Credentials(p.access.Fields["mchid"])
	if err != nil {
		t.Fatal(err)
	}
	p.access.Fields["app_secret"] = c.AppSecret
	if err := wallet.Check(wallet.WeChat, wallet.Direct, p.access.Fields); err != nil {
		t.Fatal(err)
	}
	p.rail = p.at(r.wallet.URL(), p.access)
	return p
}

func (p pages) at(base string, a wallet.Access) *wechat.Rail {
	p.Helper()
	rail, err := wechat.New(outbound.Config{Base: base, Accounts: railtest.Book(a)})
	if err != nil {
		p.Fatal(err)
	}
	return rail
}

const page = "https://pay.example.com/c/lnk_1"

// visited has a payer come to a page, and returns the code that tells of it.
func (p pages) visited(payer string) string {
	p.Helper()
	to, err := p.rail.Visit(p.Context(), "account", "http://127.0.0.1/c/lnk_1")
	if err != nil {
		p.Fatal(err)
	}
	q, err := http.NewRequest(http.MethodGet, to, nil)
	if err != nil {
		p.Fatal(err)
	}
	q.Header.Set("Payer", payer)
	a, err := http.DefaultTransport.RoundTrip(q)
	if err != nil {
		p.Fatal(err)
	}
	a.Body.Close()
	back, err := a.Location()
	if err != nil {
		p.Fatal(err)
	}
	return back.Query().Get("code")
}

// TestVisit has payers pay by a page in the wallet's browser, in each mode of an account.
func TestVisit(t *testing.T) {
	for _, m := range modes {
		t.Run(m.name, func(t *testing.T) {
			p := newPages(t, m)
			payer, err := p.rail.Visitor(t.Context(), "account", p.visited(kit.PayerRich))
			if err != nil {
				t.Fatal(err)
			}
			one := p.Request(wallet.Show, railtest.Number(1))
			one.Payer = payer
			shown := p.Want("order of a page", p.rail.Ask(t.Context(), one), wallet.Waiting)
			one.Again = true
			if again := p.rail.Ask(t.Context(), one); simwechat.PackageOf(again.Content) != simwechat.PackageOf(shown.Content) {
				t.Error("the same order again is another one")
			}
			p.Scan(shown.Content, kit.Pay)
			paid := p.Want("query", p.rail.Ask(t.Context(), p.Request(wallet.Query, railtest.Number(1))), wallet.Paid)
			if paid.PaidFen != 1000 || paid.Payer == "" || strings.Contains(paid.Payer, payer) {
				t.Errorf("paid: %+v", paid)
			}
			p.Want("order that was paid", p.rail.Ask(t.Context(), one), wallet.Paid)

			two := p.Request(wallet.Show, railtest.Number(2))
			two.Payer = strings.Repeat("x", 28)
			if a := p.rail.Ask(t.Context(), two); a.State != wallet.Failed {
				t.Errorf("an order for nobody: %+v", a)
			}
		})
	}
}

// TestVisit_untold holds what is said where the wallet does not tell who visits.
func TestVisit_untold(t *testing.T) {
	p := newPages(t, modes[0])
	if _, err := p.rail.Visitor(t.Context(), "account", "never-given"); !errors.Is(err, wallet.ErrVisitor) {
		t.Errorf("a code that was never given: %v", err)
	}
	code := p.visited(kit.PayerRich)
	p.Fault(kit.Fault{Kind: kit.Drop, Rate: 1})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := p.rail.Visitor(ctx, "account", code); !errors.Is(err, wallet.ErrVisitorSilent) {
		t.Errorf("nobody answers: %v", err)
	}
	wrong := p.access
	wrong.Fields = map[string]string{"appid": p.access.Fields["appid"], "app_secret": strings.Repeat("0", 32)}
	if _, err := p.at(p.wallet.URL(), wrong).Visitor(t.Context(), "account", code); !errors.Is(err, wallet.ErrVisitorSilent) {
		t.Errorf("a wrong secret: %v", err)
	}
	if _, err := p.rail.Visitor(t.Context(), "nobody", code); err == nil {
		t.Error("an account that is not there")
	}
}

// TestVisit_address holds where a page goes: at the original to its own hosts, and nowhere without a secret.
func TestVisit_address(t *testing.T) {
	p := newPages(t, modes[0])
	for base, want := range map[string]string{
		"https://api.mch.weixin.qq.com": "https://open.weixin.qq.com", "https://api2.mch.weixin.qq.com": "https://open.weixin.qq.com",
		p.wallet.URL(): p.wallet.URL(),
	} {
		to, err := p.at(base, p.access).Visit(t.Context(), "account", page)
		if err != nil {
			t.Fatal(err)
		}
		u, err := url.Parse(to)
		if err != nil || u.Scheme+"://"+u.Host != want || u.Fragment != "wechat_redirect" || u.Query().Get("redirect_uri") != page ||
			u.Query().Get("appid") != p.access.Fields["appid"] || strings.Contains(to, p.access.Fields["app_secret"]) {
			t.Errorf("%s: %s, %v", base, to, err)
		}
	}
	without := access(t, p.wallet, modes[0])
	if to, err := p.at(p.wallet.URL(), without).Visit(t.Context(), "account", page); to != "" || err != nil {
		t.Errorf("without a secret: %q, %v", to, err)
	}
}

// TestTest_page holds that a test of an account tries its official account's secret out.
func TestTest_page(t *testing.T) {
	p := newPages(t, modes[0])
	f := p.rail.Test(t.Context(), p.access, railtest.Address)
	if !wallet.Passed(f) || !strings.Contains(strings.Join(tried(f), " "), "page") {
		t.Fatalf("a good account: %+v", f)
	}
	for field, value := range map[string]string{"app_secret": strings.Repeat("0", 32), "appid": "wx0000000000000000"} {
		wrong := p.access
		wrong.Fields = map[string]string{}
		for name, v := range p.access.Fields {
			wrong.Fields[name] = v
		}
		wrong.Fields[field] = value
		what, blamed, detail := railtest.Failed(p.rail.Test(t.Context(), wrong, railtest.Address))
		if what != "page" || blamed != field || strings.Contains(detail, p.access.Fields["app_secret"]) {
			t.Errorf("wrong %s: %s, %s: %s", field, what, blamed, detail)
		}
	}
}

func tried(list []wallet.Finding) (names []string) {
	for _, f := range list {
		names = append(names, f.What)
	}
	return names
}

package world_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/yifen-pay/yifen/internal/domain/directory"
	"github.com/yifen-pay/yifen/internal/domain/payment"
	"github.com/yifen-pay/yifen/internal/domain/step"
	"github.com/yifen-pay/yifen/internal/sim/kit"
	"github.com/yifen-pay/yifen/internal/sim/wechat"
	"github.com/yifen-pay/yifen/internal/world"
)

// visitor is a payer in WeChat's own browser, on the page of a code.
type visitor struct {
	*caller
	link, as string
}

// come has the wallet lead the payer to the page, and returns the code that tells who it is.
func (v visitor) come() string {
	v.Helper()
	var visit struct{ Address string }
	v.do("GET", "/v1/pay/links/"+v.link+"/visit?wallet=wechat", nil, http.StatusOK, &visit)
	r, err := http.NewRequestWithContext(v.Context(), http.MethodGet, visit.Address, nil)
	if err != nil {
		v.Fatal(err)
	}
	r.Header.Set("Payer", v.as)
	answer, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		v.Fatal(err)
	}
	answer.Body.Close()
	back, err := url.Parse(answer.Header.Get("Location"))
	if err != nil || back.Path != "/c/"+v.link || back.Query().Get("code") == "" {
		v.Fatalf("%s leads to %v with %d, %v", visit.Address, back, answer.StatusCode, err)
	}
	return back.Query().Get("code")
}

// paying is what a payer sees of a payment.
type paying struct {
	ID, State, Content, Code string
}

func (v visitor) begin(key, visit string, want int) (p paying) {
	v.Helper()
	v.do("POST", "/v1/pay/links/"+v.link+"/payments", map[string]any{"wallet": "wechat", "amount_fen": 1234, "key": key, "visit": visit}, want, &p)
	return p
}

func (v visitor) state(payment, want string) {
	v.Helper()
	eventually(v.T, 10*time.Second, payment+" is "+want, func() bool {
		var p paying
		v.do("GET", "/v1/pay/links/"+v.link+"/payments/"+payment, nil, http.StatusOK, &p)
		return p.State == want
	})
}

// TestCodes_visited has payers pay on the page in WeChat's own browser, through a merchant's own account and one below the
// operator's: the order is made for who came, and nobody else's signature or code counts.
func TestCodes_visited(t *testing.T) {
	d := startDemo(t, world.DemoOptions{WithWallets: true})
	api := &caller{T: t, base: "http://" + d.App.HTTP.Addr().String()}
	scan := func(content string) (wechat.State, error) { return d.Wallets.WeChat.Scan(content, wechat.Pay) }
	rich := visitor{caller: api, as: kit.PayerRich}
	for number := range d.Wallets.WeChatAccounts {
		shop, found, err := step.Read[directory.Entry](t.Context(), d.App.Store, directory.Key(directory.MerchantNumber, number))
		if err != nil || !found {
			t.Fatal(found, err)
		}
		link, err := d.App.Payments.MakeLink(t.Context(), payment.LinkRequest{Merchant: shop.Target, Name: "till 1"})
		if err != nil {
			t.Fatal(err)
		}
		rich.link = link.ID
		visit := rich.come()
		one := rich.begin("aaaaaaaa", visit, http.StatusCreated)
		if one.State != "waiting" || !strings.HasPrefix(wechat.PackageOf(one.Content), "prepay_id=") {
			t.Fatalf("%+v", one)
		}
		if again := rich.begin("aaaaaaaa", visit, http.StatusCreated); again.ID != one.ID {
			t.Errorf("an answer that was lost makes another payment: %+v", again)
		}
		if used := rich.begin("bbbbbbbb", visit, http.StatusConflict); used.Code != "visitor_unknown" {
			t.Errorf("a visit counts twice: %+v", used)
		}
		if made := rich.begin("bbbbbbbb", "made-up", http.StatusConflict); made.Code != "visitor_unknown" {
			t.Errorf("a visit that was made up counts: %+v", made)
		}
		if _, err := scan(strings.Replace(one.Content, `"timeStamp":"1`, `"timeStamp":"2`, 1)); err != wechat.ErrUnsigned {
			t.Errorf("what was not signed is paid: %v", err)
		}
		if state, err := scan(one.Content); state != wechat.Success || err != nil {
			t.Fatalf("paid: %s, %v", state, err)
		}
		rich.state(one.ID, "captured")
	}

	// A code with an amount: another visitor's order takes the place of the first's, who can no longer pay.
	var shown struct{ ID string }
	api.do("POST", "/v1/collections", map[string]any{"amount_fen": 1234, "reference": "visited-1"}, http.StatusCreated, &shown)
	rich.link = shown.ID
	poor := visitor{api, shown.ID, kit.PayerPoor}
	first := rich.begin("aaaaaaaa", rich.come(), http.StatusCreated)
	if same := rich.begin("cccccccc", rich.come(), http.StatusCreated); same.ID != first.ID {
		t.Errorf("who comes again finds another payment: %+v", same)
	}
	second := poor.begin("aaaaaaab", poor.come(), http.StatusCreated)
	if second.ID == first.ID {
		t.Fatal("an order that was made for one payer is handed to another")
	}
	rich.state(first.ID, "closed")
	if state, err := scan(first.Content); state != wechat.Closed || err != nil {
		t.Errorf("the order of who came first: %s, %v", state, err)
	}
	if _, err := scan(second.Content); err != wechat.ErrFunds {
		t.Errorf("who has no money pays: %v", err)
	}
	api.do("POST", "/v1/payments/"+second.ID+"/cancel", map[string]any{}, http.StatusOK, nil)
	poor.state(second.ID, "closed")
	if err := d.Wallets.WeChat.Audit(); err != nil {
		t.Error(err)
	}
	proveBooks(t, d)
}

package wechat_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/go-pay/gopay"
	"github.com/wechatpay-apiv3/wechatpay-go/core"
	"github.com/wechatpay-apiv3/wechatpay-go/services/payments/jsapi"

	"github.com/yifen-pay/yifen/internal/sim/kit"
	"github.com/yifen-pay/yifen/internal/sim/wechat"
)

// visit has a payer come to a page, and returns the code that tells of it.
func visit(t *testing.T, w *wechat.Wallet, app, payer string) string {
	t.Helper()
	r, err := http.NewRequest(http.MethodGet, w.URL()+"/connect/oauth2/authorize?"+url.Values{
		"appid": {app}, "redirect_uri": {"http://127.0.0.1:1/c/lnk?from=stand"}, "response_type": {"code"}, "scope": {"snsapi_base"}, "state": {"7"},
	}.Encode(), nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Payer", payer)
	a, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	a.Body.Close()
	to, err := a.Location()
	if err != nil || to.Query().Get("state") != "7" || to.Query().Get("from") != "stand" || to.Path != "/c/lnk" {
		t.Fatalf("a visitor is sent to %v with %d, %v", to, a.StatusCode, err)
	}
	return to.Query().Get("code")
}

// identified asks who visited, and returns the openid or the number of the error.
func identified(t *testing.T, w *wechat.Wallet, app, secret, code string) string {
	t.Helper()
	a, err := http.Get(w.URL() + "/sns/oauth2/access_token?" + url.Values{
		"appid": {app}, "secret": {secret}, "code": {code}, "grant_type": {"authorization_code"},
	}.Encode())
	if err != nil {
		t.Fatal(err)
	}
	defer a.Body.Close()
	var said struct {
		Code   json.Number `json:"errcode"`
		OpenID string      `json:"openid"`
	}
	if err := json.NewDecoder(a.Body).Decode(&said); err != nil {
		t.Fatal(err)
	}
	return said.OpenID + said.Code.String()
}

// TestPage_official has wechatpay-go ask a payer for an order by a page, and sign what the page hands to the wallet.
func TestPage_official(t *testing.T) {
	clock := kit.NewStandingClock(noon)
	w := start(t, wechat.Config{Clock: clock})
	c, err := w.Credentials(wechat.DemoMerchant)
	if err != nil {
		t.Fatal(err)
	}
	id := identified(t, w, c.AppID, c.AppSecret, visit(t, w, c.AppID, kit.PayerRich))
	service := jsapi.JsapiApiService{Client: newOfficial(t, c, wechat.PublicKeyMode).client}
	answer, _, err := service.PrepayWithRequestPayment(t.Context(), jsapi.PrepayRequest{
		Appid: &c.AppID, Mchid: &c.MerchantID, Description: core.String("茶"), OutTradeNo: core.String("order-1"),
		NotifyUrl: core.String("https://example.com/n"), TimeExpire: core.Time(noon.Add(time.Hour)),
		Amount: &jsapi.Amount{Total: core.Int64(250), Currency: core.String("CNY")}, Payer: &jsapi.Payer{Openid: &id},
	})
	if err != nil {
		t.Fatal(err)
	}
	asked := wechat.Bridge{
		AppID: *answer.Appid, TimeStamp: *answer.TimeStamp, NonceStr: *answer.NonceStr, Package: *answer.Package,
		SignType: *answer.SignType, PaySign: *answer.PaySign,
	}
	content := func(change func(*wechat.Bridge)) string {
		changed := asked
		change(&changed)
		text, err := json.Marshal(changed)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	if got := wechat.PackageOf(content(func(*wechat.Bridge) {})); got != "prepay_id="+*answer.PrepayId {
		t.Errorf("the package is %q", got)
	}
	for name, wrong := range map[string]string{
		"another package":    content(func(b *wechat.Bridge) { b.Package += "0" }),
		"the package alone":  asked.Package,
		"another time":       content(func(b *wechat.Bridge) { b.TimeStamp += "0" }),
		"another app":        content(func(b *wechat.Bridge) { b.AppID = "wx8888888888888888" }),
		"no signature":       content(func(b *wechat.Bridge) { b.PaySign = "" }),
		"another way":        content(func(b *wechat.Bridge) { b.SignType = "MD5" }),
		"what is no request": "{",
	} {
		if _, err := w.Scan(wrong, wechat.Pay); err != wechat.ErrUnsigned && err != wechat.ErrUnknownCode {
			t.Errorf("%s is paid: %v", name, err)
		}
	}
	if state, err := w.Scan(content(func(*wechat.Bridge) {}), wechat.Pay); err != nil || state != wechat.Success {
		t.Fatalf("a page's order is %s, %v", state, err)
	}
	o, _ := w.Order(wechat.DemoMerchant, "order-1")
	if o.Type != wechat.JSAPI || o.PayerTotal != 250 {
		t.Errorf("paid as %+v", o)
	}
	found := newClient(t, w, wechat.DemoMerchant).query(t, "order-1")
	if found.text("trade_type") != "JSAPI" || found.text("payer.openid") != id {
		t.Errorf("told as %s", found.body)
	}
}

// TestPage_other has gopay do the same for a sub-merchant, whose payer has no money.
func TestPage_other(t *testing.T) {
	w := start(t, wechat.Config{Clock: kit.NewStandingClock(noon)})
	c, err := w.Credentials(wechat.DemoPartner)
	if err != nil {
		t.Fatal(err)
	}
	id := identified(t, w, c.AppID, c.AppSecret, visit(t, w, c.AppID, kit.PayerPoor))
	judge := newOther(t, c, wechat.PublicKeyMode).client
	placed, err := judge.V3PartnerTransactionJsapi(context.Background(), gopay.BodyMap{
		"sp_appid": c.AppID, "sp_mchid": c.MerchantID, "sub_mchid": wechat.DemoSub, "description": "茶", "out_trade_no": "order-1",
		"amount": gopay.BodyMap{"total": 250}, "notify_url": "https://example.com/n", "payer": gopay.BodyMap{"sp_openid": id},
	})
	if err != nil || placed.Code != 0 {
		t.Fatalf("placed with %+v, %v", placed, err)
	}
	asked, err := judge.PaySignOfJSAPI(c.AppID, placed.Response.PrepayId)
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(asked)
	if err != nil {
		t.Fatal(err)
	}
	if state, err := w.Scan(string(text), wechat.Pay); err != wechat.ErrFunds || state != wechat.NotPay {
		t.Errorf("who has no money pays: %s, %v", state, err)
	}
}

// TestPage_visitors holds who is told of a visitor, and for whom an order is made.
func TestPage_visitors(t *testing.T) {
	clock := kit.NewStandingClock(noon)
	w := start(t, wechat.Config{Clock: clock})
	c := newClient(t, w, wechat.DemoMerchant)
	other, err := w.Credentials(wechat.DemoPartner)
	if err != nil {
		t.Fatal(err)
	}
	code := visit(t, w, c.AppID, kit.PayerRich)
	stale := visit(t, w, c.AppID, kit.PayerRich)
	for name, got := range map[string]string{
		"40013": identified(t, w, "wx1", c.AppSecret, code), "40125": identified(t, w, c.AppID, other.AppSecret, code),
		"40029": identified(t, w, other.AppID, other.AppSecret, code),
	} {
		if got != name {
			t.Errorf("answered %s, want %s", got, name)
		}
	}
	id := identified(t, w, c.AppID, c.AppSecret, code)
	if len(id) != 28 || identified(t, w, c.AppID, c.AppSecret, code) != "40163" {
		t.Errorf("a visitor is %q, and told again", id)
	}
	clock.Advance(5 * time.Minute)
	if got := identified(t, w, c.AppID, c.AppSecret, stale); got != "42003" {
		t.Errorf("a visit of five minutes ago is told: %s", got)
	}
	for _, query := range []string{
		"appid=wx1&redirect_uri=http://127.0.0.1/c&response_type=code&scope=snsapi_base",
		"appid=" + c.AppID + "&redirect_uri=http://example.com/c&response_type=code&scope=snsapi_base",
		"appid=" + c.AppID + "&redirect_uri=http://127.0.0.1/c&response_type=code&scope=all",
	} {
		a, err := http.Get(w.URL() + "/connect/oauth2/authorize?" + query)
		if err != nil {
			t.Fatal(err)
		}
		a.Body.Close()
		if a.StatusCode != http.StatusBadRequest {
			t.Errorf("%s is answered %d", query, a.StatusCode)
		}
	}
	body := func(no, id string) object {
		return change(c.nativeBody(no, 100), object{"payer": object{"openid": id}})
	}
	const path = "/v3/pay/transactions/jsapi"
	c.call(t, "POST", path, c.nativeBody("order-0", 100)).want(t, 400, "PARAM_ERROR")
	c.call(t, "POST", path, body("order-0", strings.ToUpper(id))).want(t, 400, "PARAM_ERROR")
	prepay := c.call(t, "POST", path, body("order-1", id)).want(t, 200, "").text("prepay_id")
	if again := c.call(t, "POST", path, body("order-1", id)).want(t, 200, "").text("prepay_id"); again != prepay || prepay == "" {
		t.Errorf("the same order again is %q, was %q", again, prepay)
	}
	c.call(t, "POST", "/v3/pay/transactions/native", c.nativeBody("order-1", 100)).want(t, 403, "OUT_TRADE_NO_USED")
	c.call(t, "POST", "/v3/pay/transactions/out-trade-no/order-1/close", object{"mchid": c.MerchantID}).want(t, 204, "")
	c.call(t, "POST", path, body("order-1", id)).want(t, 400, "ORDER_CLOSED")
}

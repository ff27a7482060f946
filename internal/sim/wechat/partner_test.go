package wechat_test

import (
	"context"
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/go-pay/gopay"
	gowechat "github.com/go-pay/gopay/wechat/v3"
	"github.com/wechatpay-apiv3/wechatpay-go/core"
	"github.com/wechatpay-apiv3/wechatpay-go/core/option"
	"github.com/wechatpay-apiv3/wechatpay-go/services/partnerpayments/native"
	"github.com/wechatpay-apiv3/wechatpay-go/services/refunddomestic"

	"github.com/yifen-pay/yifen/internal/sim/kit"
	"github.com/yifen-pay/yifen/internal/sim/wechat"
)

// TestPartner has both libraries act for a sub-merchant.
func TestPartner(t *testing.T) {
	clock := kit.NewStandingClock(noon)
	w := start(t, wechat.Config{Clock: clock})
	c := newClient(t, w, wechat.DemoPartner)
	ctx := t.Context()
	base, err := url.Parse(w.URL())
	if err != nil {
		t.Fatal(err)
	}
	client, err := core.NewClient(ctx, option.WithHTTPClient(&http.Client{Transport: rewrite{base}}),
		option.WithWechatPayPublicKeyAuthCipher(
			c.MerchantID, c.MerchantSerial, c.key, c.PlatformPublicKeyID, publicKey(t, c.PlatformPublicKey)))
	if err != nil {
		t.Fatal(err)
	}
	e := listen(t)
	sub, subApp := core.String(wechat.DemoSub), core.String("wx7777777777777777")
	service := native.NativeApiService{Client: client}
	no := core.String("order-1")
	placed, _, err := service.Prepay(ctx, native.PrepayRequest{
		SpAppid: &c.AppID, SpMchid: &c.MerchantID, SubAppid: subApp, SubMchid: sub, Description: core.String("茶"),
		OutTradeNo: no, NotifyUrl: &e.url, Amount: &native.Amount{Total: core.Int64(1000)},
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Scan(*placed.CodeUrl, wechat.Pay); err != nil {
		t.Fatal(err)
	}
	order, _, err := service.QueryOrderByOutTradeNo(ctx,
		native.QueryOrderByOutTradeNoRequest{OutTradeNo: no, SpMchid: &c.MerchantID, SubMchid: sub})
	if err != nil {
		t.Fatal(err)
	}
	if *order.TradeState != "SUCCESS" || *order.SubMchid != *sub || *order.SubAppid != *subApp ||
		*order.Payer.SubOpenid == *order.Payer.SpOpenid {
		t.Errorf("the order is %s", order)
	}
	if got := w.MerchantBalance(*sub); got != 996 { // at 0.38 %
		t.Errorf("the sub-merchant has %d fen, want 996", got)
	}
	got := e.next(t)
	parsed, err := gowechat.V3ParseNotify(got.request())
	if err != nil {
		t.Fatal(err)
	}
	content, err := parsed.DecryptPartnerPayCipherText(c.APIv3Key)
	if err != nil || content.SubMchid != *sub || content.SpMchid != c.MerchantID {
		t.Errorf("the notification holds %+v, %v", content, err)
	}
	refunds := refunddomestic.RefundsApiService{Client: client}
	_, _, err = refunds.Create(ctx, refunddomestic.CreateRequest{
		SubMchid: sub, TransactionId: order.TransactionId, OutRefundNo: core.String("refund-1"), NotifyUrl: &e.url,
		Amount: &refunddomestic.AmountReq{Refund: core.Int64(400), Total: core.Int64(1000), Currency: core.String("CNY")},
	})
	if err != nil {
		t.Fatal(err)
	}
	clock.Advance(time.Minute)
	if parsed, err = gowechat.V3ParseNotify(e.next(t).request()); err != nil {
		t.Fatal(err)
	}
	back, err := parsed.DecryptPartnerRefundCipherText(c.APIv3Key)
	if err != nil || back.SubMchid != *sub || back.Amount.Refund != 400 {
		t.Errorf("the notification of the refund holds %+v, %v", back, err)
	}
	refund, _, err := refunds.QueryByOutRefundNo(ctx,
		refunddomestic.QueryByOutRefundNoRequest{OutRefundNo: core.String("refund-1"), SubMchid: sub})
	if err != nil || *refund.Status != refunddomestic.STATUS_SUCCESS {
		t.Errorf("the refund is %v, %v", refund, err)
	}
	partnerByOther(t, w, c)
	clock.Advance(24 * time.Hour)
	s := c.fetch(t, "tradebill?bill_date=2026-03-05&sub_mchid="+*sub)
	if len(s.rows) != 4 || s.rows[0]["特约商户号"] != *sub || s.rows[0]["商户号"] != c.MerchantID {
		t.Errorf("the bill of the sub-merchant has %d rows, the first %v", len(s.rows), s.rows[0])
	}
}

// partnerByOther has gopay charge a code for the sub-merchant, reverse that, and close an order.
func partnerByOther(t *testing.T, w *wechat.Wallet, c *client) {
	t.Helper()
	ctx := context.Background()
	judge := newOther(t, c.Credentials, wechat.PublicKeyMode).client
	parties := func(more gopay.BodyMap) gopay.BodyMap {
		more["sp_appid"], more["sp_mchid"], more["sub_mchid"] = c.AppID, c.MerchantID, wechat.DemoSub
		return more
	}
	code, err := w.Code(wechat.CodeOK)
	if err != nil {
		t.Fatal(err)
	}
	charged, err := judge.V3PartnerTransactionCodePay(ctx, parties(gopay.BodyMap{
		"description": "茶", "out_trade_no": "order-2", "amount": gopay.BodyMap{"total": 5},
		"payer":      gopay.BodyMap{"auth_code": code},
		"scene_info": gopay.BodyMap{"store_info": gopay.BodyMap{"out_id": "1"}},
	}))
	if err != nil || charged.Code != gowechat.Success || charged.Response.TradeState != "SUCCESS" ||
		charged.Response.SubMchid != wechat.DemoSub {
		t.Fatalf("a code is charged with %+v, %v", charged, err)
	}
	reversed, err := judge.V3PartnerTransactionCodePayReverse(ctx, "order-2", parties(gopay.BodyMap{}))
	if err != nil || reversed.Code != gowechat.Success || reversed.Response.SubMchid != wechat.DemoSub {
		t.Errorf("reversed with %+v, %v", reversed, err)
	}
	placed, err := judge.V3PartnerTransactionNative(ctx, parties(gopay.BodyMap{
		"description": "茶", "out_trade_no": "order-3", "amount": gopay.BodyMap{"total": 5}, "notify_url": "https://example.com/n",
	}))
	if err != nil || placed.Code != gowechat.Success {
		t.Fatalf("placed with %+v, %v", placed, err)
	}
	who := gopay.BodyMap{"sp_mchid": c.MerchantID, "sub_mchid": wechat.DemoSub}
	closed, err := judge.V3PartnerCloseOrder(ctx, "order-3", who)
	if err != nil || closed.Code != gowechat.Success {
		t.Errorf("closed with %+v, %v", closed, err)
	}
	found, err := judge.V3PartnerQueryOrder(ctx, gowechat.OutTradeNo, "order-3", who)
	if err != nil || found.Code != gowechat.Success || found.Response.TradeState != "CLOSED" {
		t.Errorf("queried with %+v, %v", found, err)
	}
}

// TestPartner_strangers holds that nobody reaches another's orders.
func TestPartner_strangers(t *testing.T) {
	w := start(t, wechat.Config{Merchants: append(wechat.DemoMerchants(),
		wechat.Merchant{Number: "1900000300", Apps: []string{"wx300"}},
		wechat.Merchant{Number: "1900000301", Partner: "1900000300"})})
	direct, partner := newClient(t, w, wechat.DemoMerchant), newClient(t, w, wechat.DemoPartner)
	stranger := newClient(t, w, "1900000300")
	body := func(c *client, sub string) object {
		return object{"sp_appid": c.AppID, "sp_mchid": c.MerchantID, "sub_mchid": sub, "description": "茶", "out_trade_no": "order-1",
			"notify_url": "https://example.com/n", "amount": object{"total": 100}}
	}
	const path = "/v3/pay/partner/transactions/native"
	link := partner.call(t, "POST", path, body(partner, wechat.DemoSub)).want(t, 200, "").text("code_url")
	if _, err := w.Scan(link, wechat.Pay); err != nil {
		t.Fatal(err)
	}
	order, _ := w.Order(wechat.DemoSub, "order-1")
	partner.call(t, "POST", path, change(body(partner, wechat.DemoSub), object{"sub_appid": "wx1"})).want(t, 400, "APPID_MCHID_NOT_MATCH")
	partner.call(t, "POST", path, body(partner, "")).want(t, 400, "PARAM_ERROR")
	partner.call(t, "POST", path, body(partner, "1900000999")).want(t, 400, "MCH_NOT_EXISTS")
	stranger.call(t, "POST", path, body(stranger, wechat.DemoSub)).want(t, 403, "NO_AUTH")
	stranger.call(t, "POST", path, body(partner, wechat.DemoSub)).want(t, 400, "PARAM_ERROR")
	stranger.call(t, "POST", path, body(stranger, "1900000301")).want(t, 200, "")
	for path, code := range map[string]string{
		"partner/transactions/out-trade-no/order-1?sp_mchid=1900000300&sub_mchid=" + wechat.DemoSub:    "NO_AUTH",
		"partner/transactions/id/" + order.TransactionID + "?sp_mchid=1900000300&sub_mchid=1900000301": "ORDER_NOT_EXIST",
		"transactions/id/" + order.TransactionID + "?mchid=1900000300":                                 "ORDER_NOT_EXIST",
	} {
		if a := stranger.call(t, "GET", "/v3/pay/"+path, nil); a.text("code") != code {
			t.Errorf("%s: a stranger is answered %s", path, a.body)
		}
	}
	refund := refundBody("order-1", "refund-1", 1, 100)
	refund["transaction_id"] = order.TransactionID
	direct.call(t, "POST", refundPath, refund).want(t, 404, "RESOURCE_NOT_EXISTS")
	refund["sub_mchid"] = wechat.DemoSub
	stranger.call(t, "POST", refundPath, refund).want(t, 403, "NO_AUTH")
	if err := w.Register(wechat.Merchant{Number: "1900000302", Apps: []string{"wx302"}}); err != nil {
		t.Fatal(err)
	}
	newClient(t, w, "1900000302").call(t, "GET", "/v3/certificates", nil).want(t, 200, "")
	if w.Register(wechat.Merchant{Number: "1900000302", Apps: []string{"wx302"}}) == nil {
		t.Error("a merchant is registered twice")
	}
}

// TestCertificates_none holds what a new account meets, which has the public key only.
func TestCertificates_none(t *testing.T) {
	w := start(t, wechat.Config{Merchants: []wechat.Merchant{
		{Number: "1900000400", Apps: []string{"wx400"}, Mode: wechat.PublicKeyMode},
	}})
	c := newClient(t, w, "1900000400")
	c.call(t, "GET", "/v3/certificates", nil).want(t, 404, "RESOURCE_NOT_EXISTS")
	s := newOfficial(t, c.Credentials, wechat.PublicKeyMode)
	if _, err := s.native("order-1", 100, "https://example.com/n"); err != nil {
		t.Error(err)
	}
}

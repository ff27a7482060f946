package alipay_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/go-pay/gopay"
	goalipayv3 "github.com/go-pay/gopay/alipay/v3"

	"github.com/yifen-pay/yifen/internal/sim/alipay"
	"github.com/yifen-pay/yifen/internal/sim/kit"
)

// TestREST goes through the REST form with gopay, which verifies in certificate mode and cannot in the other: there
// TestREST_refuses does.
func TestREST(t *testing.T) {
	for _, mode := range []alipay.Mode{alipay.PublicKeyMode, alipay.CertificateMode} {
		merchants := alipay.DemoMerchants()
		merchants[0].Mode = mode
		clock := kit.NewStandingClock(noon)
		w := start(t, alipay.Config{Merchants: merchants, Clock: clock})
		c := newClient(t, w, alipay.DemoMerchant)
		g, err := goalipayv3.NewClientV3(c.AppID, c.AppPrivateKey, true)
		if err != nil {
			t.Fatal(err)
		}
		g.SetProxyHost(strings.TrimSuffix(c.GatewayURL, "/gateway.do"))
		if mode == alipay.CertificateMode {
			if err := g.SetCert([]byte(c.AppCertificate), []byte(c.RootCertificate), []byte(c.AlipayCertificate)); err != nil {
				t.Fatal(err)
			}
		}
		ctx := context.Background()
		must := func(status int, code string, err error) {
			t.Helper()
			if err != nil || status != http.StatusOK {
				t.Fatalf("%s: answered %d %s, %v", mode, status, code, err)
			}
		}
		made, err := g.TradePrecreate(ctx, gopay.BodyMap{"out_trade_no": "Q1", "total_amount": "10.00", "subject": "茶"})
		must(made.StatusCode, made.ErrResponse.Code, err)
		if query, err := g.TradeQuery(ctx, gopay.BodyMap{"out_trade_no": "Q1"}); err != nil || query.ErrResponse.Code != "ACQ.TRADE_NOT_EXIST" {
			t.Errorf("%s: what nobody has scanned is %+v, %v", mode, query.ErrResponse, err)
		}
		if _, err := w.Scan(made.QrCode, alipay.Pay); err != nil {
			t.Fatal(err)
		}
		query, err := g.TradeQuery(ctx, gopay.BodyMap{"out_trade_no": "Q1"})
		must(query.StatusCode, query.ErrResponse.Code, err)
		back, err := g.TradeRefund(ctx, gopay.BodyMap{"out_trade_no": "Q1", "out_request_no": "R1", "refund_amount": "1.00"})
		must(back.StatusCode, back.ErrResponse.Code, err)
		status, err := g.TradeFastPayRefundQuery(ctx, gopay.BodyMap{"out_trade_no": "Q1", "out_request_no": "R1"})
		must(status.StatusCode, status.ErrResponse.Code, err)
		if got := fmt.Sprint(query.TradeStatus, back.FundChange, back.RefundFee, status.RefundStatus); got != "TRADE_SUCCESSY1.00REFUND_SUCCESS" {
			t.Errorf("%s: query, refund and its query say %s", mode, got)
		}
		code, err := w.Code(alipay.CodeOK)
		if err != nil {
			t.Fatal(err)
		}
		paid, err := g.TradePay(ctx, gopay.BodyMap{"out_trade_no": "B1", "total_amount": "1.00", "subject": "茶", "scene": "bar_code", "auth_code": code})
		must(paid.StatusCode, paid.ErrResponse.Code, err)
		undone, err := g.TradeCancel(ctx, gopay.BodyMap{"out_trade_no": "B1"})
		must(undone.StatusCode, undone.ErrResponse.Code, err)
		if undone.Action != "refund" {
			t.Errorf("%s: the action is %s", mode, undone.Action)
		}
		clock.Advance(24 * time.Hour)
		bill, err := g.DataBillDownloadUrlQuery(ctx, gopay.BodyMap{"bill_type": "trade", "bill_date": "2026-03-05"})
		must(bill.StatusCode, bill.ErrResponse.Code, err)
		if files := unzip(t, fetch(t, bill.BillDownloadUrl)); len(files) != 2 {
			t.Errorf("%s: the bill has %d files", mode, len(files))
		}
	}
}

// TestREST_refuses holds that neither age nor signature are taken on trust.
func TestREST_refuses(t *testing.T) {
	w := start(t, alipay.Config{})
	c := newClient(t, w, alipay.DemoMerchant)
	key, err := kit.ParseKey(c.AppPrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	public, err := kit.ParsePublicKey(c.AlipayPublicKey)
	if err != nil {
		t.Fatal(err)
	}
	const path, body = "/v3/alipay/trade/query", `{"out_trade_no":"nobody"}`
	for name, test := range map[string]struct {
		age    time.Duration
		sent   string
		status int
	}{
		"right": {0, body, 400}, "another body": {0, `{"out_trade_no":"x"}`, 401}, "11 minutes old": {11 * time.Minute, body, 400},
	} {
		head := fmt.Sprintf("app_id=%s,nonce=n,timestamp=%d", c.AppID, time.Now().Add(-test.age).UnixMilli())
		sign, err := kit.Sign(key, []byte(head+"\nPOST\n"+path+"\n"+body+"\n"))
		if err != nil {
			t.Fatal(err)
		}
		r, err := http.NewRequest(http.MethodPost, w.URL()+path, strings.NewReader(test.sent))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "ALIPAY-SHA256withRSA "+head+",sign="+sign)
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer answer.Body.Close()
		text, err := io.ReadAll(answer.Body)
		if err != nil {
			t.Fatal(err)
		}
		h := answer.Header
		signed := h.Get("alipay-timestamp") + "\n" + h.Get("alipay-nonce") + "\n" + string(text) + "\n"
		if !kit.Signed(public, []byte(signed), h.Get("alipay-signature")) {
			t.Errorf("%s: the signature of %s does not fit", name, text)
		}
		if answer.StatusCode != test.status {
			t.Errorf("%s: answered %s", name, answer.Status)
		}
	}
}

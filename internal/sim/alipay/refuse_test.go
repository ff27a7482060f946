package alipay_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/yifen-pay/yifen/internal/sim/alipay"
)

func TestVerify_refuses(t *testing.T) {
	merchants := alipay.DemoMerchants()
	merchants = append(merchants, alipay.Merchant{Number: "2088000000000001", App: "2014000000000001", Suspended: true, PublicKey: ""})
	w := start(t, alipay.Config{Merchants: merchants, AgeMax: 10 * time.Minute})
	set := func(name, value string) func(url.Values) {
		return func(v url.Values) { v.Set(name, value) }
	}
	for name, test := range map[string]struct {
		more      url.Values // signed
		spoil     func(url.Values)
		age       time.Duration
		code, sub string
	}{
		"right":                  {code: "40004", sub: "ACQ.TRADE_NOT_EXIST"},
		"charset twice":          {spoil: func(v url.Values) { v.Add("charset", "utf-8") }, code: "40004", sub: "ACQ.TRADE_NOT_EXIST"},
		"another amount":         {spoil: set("biz_content", `{"out_trade_no":"other"}`), code: "40002", sub: "isv.invalid-signature"},
		"signature of nothing":   {spoil: set("sign", "AAAA"), code: "40002", sub: "isv.invalid-signature"},
		"no base64":              {spoil: set("sign", "!"), code: "40002", sub: "isv.invalid-signature"},
		"no signature":           {spoil: set("sign", ""), code: "40001", sub: "isv.missing-signature"},
		"replayed after 11 min":  {age: 11 * time.Minute, code: "40002", sub: "isv.invalid-timestamp"},
		"from the future":        {age: -11 * time.Minute, code: "40002", sub: "isv.invalid-timestamp"},
		"a timestamp of letters": {more: url.Values{"timestamp": {"now"}}, code: "40002", sub: "isv.invalid-timestamp"},
		"another app":            {spoil: set("app_id", "2014072300007100"), code: "40002", sub: "isv.invalid-signature"},
		"nobody's app":           {spoil: set("app_id", "2014072300000000"), code: "40002", sub: "isv.invalid-app-id"},
		"a merchant's own app":   {spoil: set("app_id", "2014072300007199"), code: "40002", sub: "isv.invalid-app-id"},
		"SHA-1":                  {more: url.Values{"sign_type": {"RSA"}}, code: "40002", sub: "isv.invalid-signature-type"},
		"GBK":                    {more: url.Values{"charset": {"GBK"}}, code: "40002", sub: "isv.invalid-charset"},
		"XML":                    {more: url.Values{"format": {"xml"}}, code: "40002", sub: "isv.invalid-format"},
		"version 2":              {more: url.Values{"version": {"2.0"}}, code: "40002", sub: "isv.invalid-version"},
		"an unknown method":      {more: url.Values{"method": {"alipay.trade.steal"}}, code: "40002", sub: "isv.invalid-method"},
		"no method":              {more: url.Values{"method": {""}}, code: "40001", sub: "isv.missing-method"},
		"another's certificate":  {more: url.Values{"app_cert_sn": {"0123456789abcdef"}}, code: "40002", sub: "isv.invalid-app-cert-sn"},
		"nobody's token":         {more: url.Values{"app_auth_token": {"201601BB"}}, code: "20001", sub: "aop.invalid-app-auth-token"},
		"no JSON":                {more: url.Values{"biz_content": {"{"}}, code: "40002", sub: "isv.invalid-json-format"},
		"no content":             {more: url.Values{"biz_content": {""}}, code: "40001", sub: "isv.missing-biz-content"},
	} {
		t.Run(name, func(t *testing.T) {
			c := newClient(t, w, alipay.DemoMerchant)
			c.age, c.spoil = test.age, test.spoil
			a, err := c.send(c.form(t, "alipay.trade.query", object{"out_trade_no": "nobody"}, test.more))
			if err != nil {
				t.Fatal(err)
			}
			a.want(t, test.code, test.sub)
			if test.more.Get("app_cert_sn") == "" {
				if err := a.verify(c.AlipayPublicKey); err != nil {
					t.Error(err)
				}
			}
		})
	}
	newClient(t, w, "2088000000000001").call(t, "alipay.trade.query", object{"out_trade_no": "x"}).want(t, "40006", "isv.insufficient-isv-permissions")
}

func TestStats(t *testing.T) {
	w := start(t, alipay.Config{})
	c := newClient(t, w, alipay.DemoMerchant)
	c.paid(t, w, "Q1", "1.00")
	c.query(t, "nobody").want(t, "40004", "ACQ.TRADE_NOT_EXIST")
	c.spoil = func(v url.Values) { v.Set("sign", "AAAA") }
	c.query(t, "Q1").want(t, "40002", "isv.invalid-signature")
	if got := w.Stats(); got.Requests != 2 || got.Refused != 1 || got.Unsigned != 1 {
		t.Errorf("counted %+v", got)
	}
}

func TestTrade_fields(t *testing.T) {
	w := start(t, alipay.Config{})
	c := newClient(t, w, alipay.DemoMerchant)
	for name, change := range map[string]object{
		"a number with a dash":   {"out_trade_no": "a-b"},
		"a number of 65":         {"out_trade_no": strings.Repeat("1", 65)},
		"nothing":                {"total_amount": "0.00"},
		"less than nothing":      {"total_amount": "-1.00"},
		"a thousandth":           {"total_amount": "1.001"},
		"more than the bound":    {"total_amount": "100000000.01"},
		"letters":                {"total_amount": "1e2"},
		"no subject":             {"subject": ""},
		"a subject with a slash": {"subject": "a/b"},
		"another seller":         {"seller_id": alipay.DemoPartner},
		"a plain address":        {"notify_url": "http://example.com/"},
		"a timeout of 16 days":   {"timeout_express": "16d"},
		"half an hour":           {"timeout_express": "0.5h"},
		"yesterday":              {"time_expire": "2026-03-04 12:00:00"},
		"an object":              {"subject": object{}},
	} {
		body := orderBody("Q1", "1.00")
		for field, value := range change {
			body[field] = value
		}
		if a := c.call(t, "alipay.trade.precreate", body); a.text("sub_code") != "ACQ.INVALID_PARAMETER" {
			t.Errorf("%s: answered %s", name, a.raw)
		}
	}
	body := orderBody("Q2", "")
	body["total_amount"] = 88.8 // as a number
	c.call(t, "alipay.trade.precreate", body).want(t, "10000", "")
	if o, _ := w.Order(c.SellerID, "Q2"); o.Total != 8880 {
		t.Errorf("88.8 is taken for %d fen", o.Total)
	}
}

func TestRefund_rules(t *testing.T) {
	w := start(t, alipay.Config{})
	c := newClient(t, w, alipay.DemoMerchant)
	c.paid(t, w, "Q1", "10.00")
	c.refund(t, "nobody", "R1", "1.00").want(t, "40004", "ACQ.TRADE_NOT_EXIST")
	c.refund(t, "Q1", "", "1.00").want(t, "40004", "ACQ.INVALID_PARAMETER")
	c.refund(t, "Q1", "R1", "10.01").want(t, "40004", "ACQ.REFUND_AMT_NOT_EQUAL_TOTAL")
	c.refund(t, "Q1", "R1", "4.00").want(t, "10000", "")
	c.refund(t, "Q1", "R2", "6.01").want(t, "40004", "ACQ.REFUND_AMT_NOT_EQUAL_TOTAL")
	c.call(t, "alipay.trade.cancel", object{"out_trade_no": "Q1"}).want(t, "40004", "ACQ.TRADE_STATUS_ERROR")
	if err := w.Withdraw(c.SellerID, w.MerchantBalance(c.SellerID)); err != nil {
		t.Fatal(err)
	}
	c.refund(t, "Q1", "R3", "1.00").want(t, "40004", "ACQ.SELLER_BALANCE_NOT_ENOUGH")
}

func TestPartner(t *testing.T) {
	w := start(t, alipay.Config{})
	e := listen(t)
	c := newClient(t, w, alipay.DemoPartner)
	var err error
	if c.token, err = w.AuthToken(alipay.DemoSub); err != nil {
		t.Fatal(err)
	}
	c.paid(t, w, "Q1", "10.00", e.at())
	n := e.next(t)
	if n.Get("app_id") != c.AppID || n.Get("auth_app_id") != "2014072300007199" || n.Get("seller_id") != alipay.DemoSub {
		t.Errorf("notified %v", n)
	}
	if got := w.MerchantBalance(alipay.DemoSub); got != 996 {
		t.Errorf("the merchant has %d fen, want 996", got)
	}
	own := newClient(t, w, alipay.DemoPartner)
	own.query(t, "Q1").want(t, "40004", "ACQ.TRADE_NOT_EXIST")
	stranger := newClient(t, w, alipay.DemoMerchant)
	stranger.token = c.token
	stranger.query(t, "Q1").want(t, "20001", "aop.invalid-app-auth-token")
}

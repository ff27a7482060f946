package unionpay_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/yifen-pay/yifen/internal/sim/kit"
	"github.com/yifen-pay/yifen/internal/sim/unionpay"
	"github.com/yifen-pay/yifen/internal/wire/qr"
)

// TestGateway takes a program through all that it does in a day.
func TestGateway(t *testing.T) {
	w := start(t, unionpay.Config{})
	c, ears := newClient(t, w, unionpay.DemoMerchant), listen(t)

	a := c.call(t, "apply", applyBody("order-0001", 1050).with(ears.at())).want(t, "00")
	content := a.text("qrCode")
	u, err := qr.ParseDomesticURL(content)
	if err != nil || u.Institution != unionpay.DemoInstitution || len(u.Order) != 32 || strings.Trim(u.Order, "0123456789") != "" {
		t.Fatalf("the code holds %q, %v", content, err)
	}
	if got := c.state(t, "order-0001"); got != "02" {
		t.Errorf("an order that nobody scanned is %s", got)
	}
	if state, err := w.Scan(content, kit.Leave); err != nil || state != unionpay.Paying {
		t.Errorf("leaving gives %s, %v", state, err)
	}
	if got := c.state(t, "order-0001"); got != "05" {
		t.Errorf("an order that is looked at is %s", got)
	}
	if state, err := w.Scan(content, kit.Pay); err != nil || state != unionpay.Paid {
		t.Errorf("paying gives %s, %v", state, err)
	}
	q := c.call(t, "queryOrder", object{"orderNo": "order-0001"}).want(t, "00")
	for name, want := range map[string]string{
		"origRespCode": "00", "txnAmt": "1050", "payAmt": "1050", "settleAmt": "1050", "feeAmt": "4", "refundedAmt": "0",
		"settleDate": "20260305", "payTime": "20260305120000", "merId": unionpay.DemoMerchant, "serProvId": unionpay.DemoInstitution,
	} {
		if q.text(name) != want {
			t.Errorf("the query says %s=%q, want %q", name, q.text(name), want)
		}
	}
	n := ears.next(t)
	if err := verify(c.network, n); err != nil {
		t.Error(err)
	}
	for name, want := range map[string]any{
		"orderNo": "order-0001", "txnAmt": "1050", "origRespCode": "00", "txnType": "01", "transIndex": q.text("transIndex"), "merId": c.merchant,
	} {
		if n[name] != want {
			t.Errorf("the notification says %s=%v, want %v", name, n[name], want)
		}
	}

	r := c.call(t, "refund", refundBody("refund-001", "order-0001", 50).with(ears.at())).want(t, "00")
	if r.text("txnAmt") != "50" || r.text("origOrderNo") != "order-0001" {
		t.Errorf("the refund is answered %s", r.raw)
	}
	if n := ears.next(t); n["txnType"] != "04" || n["origRespCode"] != "00" || n["orderNo"] != "refund-001" {
		t.Errorf("the refund is notified as %v", n)
	}
	c.call(t, "refund", refundBody("refund-001", "order-0001", 50).with(ears.at())).want(t, "00")
	c.call(t, "refund", refundBody("refund-001", "order-0001", 51).with(ears.at())).want(t, "36")
	c.call(t, "refund", refundBody("refund-002", "order-0001", 1001)).want(t, "33")
	c.call(t, "refund", refundBody("refund-002", "order-0001", 1000)).want(t, "00")
	if got := c.state(t, "order-0001"); got != "01" {
		t.Errorf("an order that was given back is %s", got)
	}
	if got := c.call(t, "refundQuery", object{"orderNo": "refund-002"}).want(t, "00").text("origRespCode"); got != "00" {
		t.Errorf("a refund that is done is %s", got)
	}
	if w.MerchantBalance(unionpay.DemoMerchant) != 0 || w.PayerBalance() != unionpay.DemoFunds {
		t.Errorf("after all was given back the merchant has %d fen and the payer %d", w.MerchantBalance(unionpay.DemoMerchant), w.PayerBalance())
	}

	scanned := code(t, w, kit.CodeOK)
	p := c.call(t, "micropay", payBody("order-0002", 200, scanned)).want(t, "00")
	if p.text("payAmt") != "200" || p.text("transIndex") == "" {
		t.Errorf("micropay is answered %s", p.raw)
	}
	c.call(t, "micropay", payBody("order-0002", 200, scanned)).want(t, "12")
	c.call(t, "micropay", payBody("order-0003", 200, scanned)).want(t, "61")
	c.call(t, "cancel", object{"orderNo": "order-0002"}).want(t, "00")
	c.call(t, "cancel", object{"orderNo": "order-0002"}).want(t, "00")
	if got := c.state(t, "order-0002"); got != "04" {
		t.Errorf("an order that was taken back is %s", got)
	}

	asked := code(t, w, kit.CodePassword)
	c.call(t, "micropay", payBody("order-0004", 300, asked)).want(t, "02")
	if state, err := w.Password(asked); err != nil || state != unionpay.Paid {
		t.Errorf("entering the password gives %s, %v", state, err)
	}
	c.call(t, "micropay", payBody("order-0005", 300, code(t, w, kit.CodePoor))).want(t, "64")
	if got := c.state(t, "order-0005"); got != "06" {
		t.Errorf("an order without money behind it is %s", got)
	}

	c.call(t, "apply", applyBody("order-0006", 1)).want(t, "00")
	c.call(t, "closeOrder", object{"orderNo": "order-0006"}).want(t, "00")
	if got := c.state(t, "order-0006"); got != "03" {
		t.Errorf("an order that was closed is %s", got)
	}
	c.call(t, "queryOrder", object{"orderNo": "order-0007"}).want(t, "34")
}

func TestApply_forms(t *testing.T) {
	w := start(t, unionpay.Config{})
	c := newClient(t, w, unionpay.DemoMerchant)

	a := c.call(t, "apply", applyBody("emv-0001", 2372).with(object{"qrForm": "EMV", "termId": "29000001"})).want(t, "00")
	m, err := qr.ParseMerchant(a.text("qrCode"), qr.Characters)
	if err != nil {
		t.Fatal(err)
	}
	for id, want := range map[string]string{
		qr.Amount: "23.72", qr.Currency: "156", qr.Country: "CN", qr.MerchantName: "演示商户",
		"15": unionpay.DemoInstitution + unionpay.DemoInstitution + unionpay.DemoMerchant,
	} {
		if got, _ := m.Get(id); got != want {
			t.Errorf("field %s is %q, want %q", id, got, want)
		}
	}
	if digits, _ := m.Template("26").Get("01"); len(digits) != 32 || !m.Dynamic() {
		t.Errorf("the code holds %q", a.text("qrCode"))
	}
	if state, err := w.Scan(a.text("qrCode"), kit.Pay); err != nil || state != unionpay.Paid {
		t.Errorf("paying an EMV code gives %s, %v", state, err)
	}

	for i, form := range []string{"URL", "EMV"} {
		no := "open-000" + form
		open := applyBody(no, 0).with(object{"qrForm": form})
		delete(open, "txnAmt")
		a := c.call(t, "apply", open).want(t, "00")
		if a.text("txnAmt") != "" {
			t.Errorf("a code without an amount has %s", a.raw)
		}
		if _, err := w.Scan(a.text("qrCode"), kit.Pay); err != kit.ErrAmount {
			t.Errorf("paying without an amount gives %v", err)
		}
		if state, err := w.ScanAmount(a.text("qrCode"), kit.Pay, int64(77+i)); err != nil || state != unionpay.Paid {
			t.Errorf("paying an amount gives %s, %v", state, err)
		}
		if o, _ := w.Order(c.merchant, no); o.Total != int64(77+i) || o.Parts.Payer != int64(77+i) {
			t.Errorf("paid %+v", o.Parts)
		}
	}

	again := c.call(t, "apply", applyBody("same-0001", 5)).want(t, "00").text("qrCode")
	if got := c.call(t, "apply", applyBody("same-0001", 5)).want(t, "00").text("qrCode"); got != again {
		t.Errorf("the same order has the code %s and then %s", again, got)
	}
	c.call(t, "apply", applyBody("same-0001", 6)).want(t, "36")
	if _, err := w.Scan(again, kit.Pay); err != nil {
		t.Error(err)
	}
	c.call(t, "apply", applyBody("same-0001", 5)).want(t, "12")
	if _, err := w.Scan(strings.Replace(again, unionpay.DemoInstitution, "00010000", 1), kit.Pay); err != kit.ErrUnknownCode {
		t.Errorf("scanning a code of another institution gives %v", err)
	}
	if _, err := w.Scan("https://qr.95516.com/48029900/"+strings.Repeat("1", 32), "dance"); err != kit.ErrUnknownCode {
		t.Errorf("scanning nobody's code gives %v", err)
	}
}

// TestRefuses sends what is wrong in one way each and holds that nothing comes of it.
func TestRefuses(t *testing.T) {
	institutions := append(unionpay.DemoInstitutions(), unionpay.Institution{Code: "11112222"}, unionpay.Institution{Code: "33334444", Suspended: true})
	merchants := append(unionpay.DemoMerchants(),
		unionpay.Merchant{Number: "111122220000001", Institution: "11112222", Name: "Other"},
		unionpay.Merchant{Number: "333344440000001", Institution: "33334444", Name: "Suspended institution"},
		unionpay.Merchant{Number: "898290054119009", Institution: unionpay.DemoInstitution, Name: "Suspended", Suspended: true})
	w := start(t, unionpay.Config{Institutions: institutions, Merchants: merchants})
	good := newClient(t, w, unionpay.DemoMerchant)
	old := func(d time.Duration) object {
		return object{"reqTime": time.Now().Add(d).In(china).Format("20060102150405")}
	}
	for name, bad := range map[string]struct {
		spoil, tamper object
		want          string
	}{
		"nothing":                         {nil, nil, "00"},
		"a signature of something else":   {nil, object{"txnAmt": 2}, "11"},
		"a member more than signed":       {nil, object{"orderType": ""}, "11"},
		"no signature":                    {nil, object{"signature": ""}, "13"},
		"a signature that is none":        {nil, object{"signature": "!"}, "11"},
		"six minutes old":                 {old(-6 * time.Minute), nil, "39"},
		"six minutes early":               {old(6 * time.Minute), nil, "39"},
		"two minutes old":                 {old(-2 * time.Minute), nil, "00"},
		"no time":                         {object{"reqTime": nil}, nil, "13"},
		"a time that is none":             {object{"reqTime": "yesterday"}, nil, "10"},
		"an institution that is not":      {object{"serProvId": "12345678"}, nil, "31"},
		"another institution":             {object{"serProvId": "11112222"}, nil, "11"},
		"no institution":                  {object{"serProvId": nil}, nil, "13"},
		"another institution's merchant":  {object{"merId": "111122220000001"}, nil, "32"},
		"a merchant that is not":          {object{"merId": "000000000000000"}, nil, "31"},
		"a suspended merchant":            {object{"merId": "898290054119009"}, nil, "31"},
		"no merchant":                     {object{"merId": nil}, nil, "13"},
		"no order number":                 {object{"orderNo": nil}, nil, "13"},
		"a short order number":            {object{"orderNo": "short"}, nil, "10"},
		"an order number with a space":    {object{"orderNo": "with a space"}, nil, "10"},
		"no order time":                   {object{"orderTime": nil}, nil, "13"},
		"an order time that is none":      {object{"orderTime": "noon"}, nil, "10"},
		"an amount of nothing":            {object{"txnAmt": "0"}, nil, "33"},
		"an amount below nothing":         {object{"txnAmt": "-1"}, nil, "33"},
		"an amount with a point":          {object{"txnAmt": "1.00"}, nil, "33"},
		"an amount beyond all":            {object{"txnAmt": "10000000001"}, nil, "33"},
		"dollars":                         {object{"currencyCode": "840"}, nil, "10"},
		"another type of order":           {object{"orderType": "alipay"}, nil, "10"},
		"too many words":                  {object{"orderInfo": strings.Repeat("字", 129)}, nil, "10"},
		"a form that is none":             {object{"qrForm": "BAR"}, nil, "10"},
		"a code for a moment":             {object{"qrValidTime": "59"}, nil, "10"},
		"a code for ever":                 {object{"qrValidTime": "1296001"}, nil, "10"},
		"a terminal that is none":         {object{"termId": "1"}, nil, "10"},
		"a device that is none":           {object{"termInfo": "{}"}, nil, "10"},
		"a backUrl in the clear":          {object{"backUrl": "http://example.com/notify"}, nil, "10"},
		"a backUrl that is none":          {object{"backUrl": "notify"}, nil, "10"},
		"text and empty members, as such": {object{"txnAmt": "1", "orderType": "", "backUrl": ""}, nil, "00"},
	} {
		t.Run(name, func(t *testing.T) {
			c := *good
			c.spoil = func(m object) { m.set(bad.spoil) }
			c.tamper = func(m object) { m.set(bad.tamper) }
			no := "table-" + strings.Map(func(r rune) rune {
				if r == ' ' || r == '\'' || r == ',' {
					return '-'
				}
				return r
			}, name)
			c.call(t, "apply", applyBody(no, 1)).want(t, bad.want)
			if _, there := w.Order(unionpay.DemoMerchant, no); there != (bad.want == "00") {
				t.Errorf("the order is there: %t", there)
			}
		})
	}
	newClient(t, w, "333344440000001").call(t, "queryOrder", object{"orderNo": "whatever-1"}).want(t, "31")
	for name, text := range map[string]string{
		"a list": "[]", "a text": `"a"`, "nothing": "", "null": "null", "half": `{"a":`, "two": "{}{}", "a list in it": `{"a":[]}`,
		"truth": `{"a":true}`, "a fraction": `{"a":1.5}`,
	} {
		a, err := good.post("apply", []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		if err := verify(good.network, a.object); err != nil || a.text("respCode") != "10" && text != "{}" {
			t.Errorf("%s is answered %s, %v", name, a.raw, err)
		}
	}
	for name, bad := range map[string]struct {
		change object
		want   string
	}{
		"no code":                    {object{"authCode": nil}, "13"},
		"no terminal":                {object{"termId": nil}, "13"},
		"no device":                  {object{"termInfo": nil}, "13"},
		"no amount":                  {object{"txnAmt": nil}, "13"},
		"a card number":              {object{"authCode": "6216261000000000018"}, "61"},
		"another wallet's code":      {object{"authCode": "134567890123456789"}, "61"},
		"a code that is over":        {object{"authCode": code(t, w, kit.CodeExpired)}, "61"},
		"a device of unknown type":   {object{"termInfo": `{"deviceType":"99"}`}, "10"},
		"a device that is no object": {object{"termInfo": "01"}, "10"},
	} {
		c := *good
		c.spoil = func(m object) { m.set(bad.change) }
		no := "micro-" + strings.ReplaceAll(strings.ReplaceAll(name, " ", "-"), "'", "")
		if a := c.call(t, "micropay", payBody(no, 1, code(t, w, kit.CodeOK))); a.text("respCode") != bad.want {
			t.Errorf("%s is answered %s, want %s", name, a.raw, bad.want)
		}
		if _, there := w.Order(unionpay.DemoMerchant, no); there {
			t.Errorf("%s makes an order", name)
		}
	}
	if s := w.Stats(); s.Requests == 0 || s.Unsigned == 0 || s.Refused == 0 {
		t.Errorf("counted %+v", s)
	}
}

// set changes members; what is nil is taken away.
func (o object) set(members object) {
	for name, value := range members {
		if value == nil {
			delete(o, name)
			continue
		}
		o[name] = value
	}
}

// TestNumbersBelongToMerchants holds that a merchant does not see another's orders, and that refunds and orders share
// their numbers.
func TestNumbersBelongToMerchants(t *testing.T) {
	w := start(t, unionpay.Config{})
	a, b := newClient(t, w, unionpay.DemoMerchant), newClient(t, w, unionpay.DemoOther)
	a.paid(t, w, "order-0001", 100, nil)
	for act, body := range map[string]object{
		"queryOrder": {"orderNo": "order-0001"}, "closeOrder": {"orderNo": "order-0001"}, "cancel": {"orderNo": "order-0001"},
		"refund": refundBody("refund-001", "order-0001", 1), "refundQuery": {"orderNo": "refund-001"},
	} {
		b.call(t, act, body).want(t, "34")
	}
	b.paid(t, w, "order-0001", 200, nil)
	if w.MerchantBalance(unionpay.DemoMerchant) != 100 || w.MerchantBalance(unionpay.DemoOther) != 199 {
		t.Errorf("the merchants have %d and %d fen", w.MerchantBalance(unionpay.DemoMerchant), w.MerchantBalance(unionpay.DemoOther))
	}
	a.call(t, "refund", refundBody("order-0001", "order-0001", 1)).want(t, "36")
	a.call(t, "refund", refundBody("refund-001", "order-0001", 1)).want(t, "00")
	a.call(t, "apply", applyBody("refund-001", 1)).want(t, "36")
	a.call(t, "refundQuery", object{"orderNo": "refund-001", "origOrderNo": "order-0009"}).want(t, "34")
	a.call(t, "refund", refundBody("refund-002", "order-0001", 1).with(object{"origTxnAmt": 99})).want(t, "36")
	a.call(t, "cancel", object{"orderNo": "order-0001"}).want(t, "35")
}

func TestCredentials(t *testing.T) {
	w := start(t, unionpay.Config{})
	credentials, err := w.Credentials(unionpay.DemoMerchant)
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(credentials)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"base_url", "ser_prov_id", "mer_id", "key_pkcs12", "key_password", "private_key_pem", "unionpay_public_key_pem"} {
		if !strings.Contains(string(text), `"`+name+`":"`) {
			t.Errorf("the credentials have no %s", name)
		}
	}
	if _, err := w.Credentials("000000000000000"); err == nil {
		t.Error("nobody has credentials")
	}
}

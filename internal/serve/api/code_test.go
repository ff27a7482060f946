package api_test

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/yifen-pay/yifen/internal/domain/access"
	"github.com/yifen-pay/yifen/internal/serve/api"
)

// The accounts of wallets are entered by reviewers; what is secret of them is never shown again.
func TestWallets_keepSecrets(t *testing.T) {
	d := newDoor(t)
	_, shop := d.owner("owner@shop.example")
	reviewer, _ := d.staff("reviewer@yifen.example", access.Reviewer)
	const key = "0123456789abcdef0123456789abcdef"
	values := object{
		"mchid": "1900000001", "appid": "wx1", "merchant_serial": "AABBCCDD00", "api_v3_key": key,
		"merchant_private_key": "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----",
	}
	at := "/wallets/" + shop + "/wechat"
	saved := into[api.WalletAccountView](reviewer.call("PUT", at, object{"mode": "direct", "values": values}).is(200, ""))
	if saved.State != "untested" || saved.Version != 1 {
		t.Errorf("%+v", saved)
	}
	listed := reviewer.call("GET", "/wallets/"+shop, nil).is(200, "")
	for _, secret := range []string{key, "PRIVATE KEY"} {
		if bytes.Contains(listed.raw, []byte(secret)) {
			t.Errorf("the list shows a secret: %s", listed.raw)
		}
	}
	delete(values, "api_v3_key")
	values["appid"] = "wx2"
	if again := into[api.WalletAccountView](reviewer.call("PUT", at, object{"mode": "direct", "values": values}).is(200, "")); again.Version != 2 {
		t.Errorf("a secret that is left out is not kept: %+v", again)
	}
	for name, wrong := range map[string]string{"mchid": "x", "merchant_serial": "serial", "merchant_private_key": "none"} {
		bad := object{}
		for k, v := range values {
			bad[k] = v
		}
		bad[name] = wrong
		reviewer.call("PUT", at, object{"mode": "direct", "values": bad}).is(422, "wallet_account_invalid")
	}
	reviewer.call("PUT", at, object{"mode": "provider", "values": values}).is(422, "wallet_account_invalid")
	reviewer.call("PUT", at, object{"mode": "sub", "values": object{"sub_mchid": "1900000002"}}).is(409, "wallet_provider_missing")
}

// A link leads nobody to another shop's payments, and its page tells what a payer must know.
func TestLinks_forPayers(t *testing.T) {
	d := newDoor(t)
	owner, shop := d.owner("owner@shop.example")
	other, _ := d.owner("owner@other.example")
	link := into[api.LinkView](owner.call("POST", "/links", object{"name": "till 1"}).is(201, ""))
	if link.URL != "https://pay.example/c/"+link.ID || link.Merchant != shop {
		t.Errorf("%+v", link)
	}
	other.call("GET", "/links/"+link.ID, nil).is(404, "link_not_found")
	other.call("POST", "/links/"+link.ID+"/off", nil).is(404, "link_not_found")
	payer := d.browser()
	seen := into[api.PayLinkView](payer.call("GET", "/pay/links/"+link.ID, nil).is(200, ""))
	if seen.State != "open" || seen.Place != "till 1" || seen.MaxFen != 500_00 || len(seen.Wallets) != 0 {
		t.Errorf("%+v", seen)
	}
	payer.call("POST", "/pay/links/"+link.ID+"/payments", object{"wallet": "wechat", "amount_fen": 50001, "key": "aaaaaaaa"}).is(422, "static_code_limit")
	payer.call("POST", "/pay/links/"+link.ID+"/payments", object{"wallet": "wechat", "amount_fen": 1, "key": "x"}).is(422, "invalid_request")
	// Who may switch it off may switch it on again; who may neither is told which permission that takes.
	cashier, finance := d.person("cashier@shop.example", shop, access.Cashier), d.person("finance@shop.example", shop, access.Finance)
	cashier.call("POST", "/links/"+link.ID+"/off", nil).is(200, "")
	if on := into[api.LinkView](cashier.call("POST", "/links/"+link.ID+"/on", nil).is(200, "")); on.State != "open" {
		t.Errorf("%+v", on)
	}
	for _, act := range []string{"on", "off"} {
		if no := finance.call("POST", "/links/"+link.ID+"/"+act, nil).is(403, "forbidden"); !bytes.Contains(no.raw, []byte("payment.take")) {
			t.Errorf("the refusal does not name the permission: %s", no.raw)
		}
	}
	owner.call("POST", "/links/"+link.ID+"/off", nil).is(200, "")
	payer.call("POST", "/pay/links/"+link.ID+"/payments", object{"wallet": "wechat", "amount_fen": 1, "key": "aaaaaaaa"}).is(409, "link_off")
	for _, lang := range []string{"zh", "en"} {
		sheet := owner.call("GET", "/links/"+link.ID+"/stand?lang="+lang, nil).is(200, "")
		if !bytes.HasPrefix(sheet.raw, []byte("%PDF-")) || sheet.head.Get("Content-Type") != "application/pdf" {
			t.Errorf("the stand in %s: %.40q", lang, sheet.raw)
		}
	}
}

// One address begins a bounded number of payments in a minute.
func TestPayers_crowd(t *testing.T) {
	d := newDoor(t)
	owner, _ := d.owner("owner@shop.example")
	link := into[api.LinkView](owner.call("POST", "/links", object{"name": "till 1"}).is(201, ""))
	payer, turned := d.browser(), false
	for i := range 130 {
		a := payer.call("POST", "/pay/links/"+link.ID+"/payments", object{"wallet": "wechat", "amount_fen": 1, "key": fmt.Sprintf("key%08d", i)})
		turned = turned || a.code == "too_many_payments"
	}
	if !turned {
		t.Error("130 payments were begun from one address in a minute")
	}
}

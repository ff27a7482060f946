package wechat

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/wechatpay-apiv3/wechatpay-go/core"

	"github.com/yifen-pay/yifen/internal/domain/wallet"
	"github.com/yifen-pay/yifen/internal/rail/outbound"
)

// Test tries out an account and says exactly what fails. It asks about an order that cannot exist, and places one over a fen
// that nobody sees and closes it at once; no money moves. A provider collects nothing under its own number, so that of its account
// any answer to a signature that was taken will do; its app is seen when the account of a sub-merchant is tested.
func (r *Rail) Test(ctx context.Context, a wallet.Access, notify string) []wallet.Finding {
	var f outbound.Findings
	f.Notify(notify, r.desk.Local())
	c, err := r.open(a.Fields)
	if err != nil {
		field, _, _ := strings.Cut(err.Error(), " ")
		f.Bad("key", field, "key_unread", "%s", err)
		return f
	}
	f.Good("key", "the keys can be read")
	who, number := identify(a), fmt.Sprintf("test_%x", time.Now().UnixNano())
	watched, seen := outbound.Watch(ctx)
	err = c.verifier.prepare(watched)
	if err != nil {
		explain(&f, c, who, false, seen, err, nil)
		return f
	}
	watched, seen = outbound.Watch(ctx)
	result, err := c.signed.Get(watched, c.base+who.transactions()+"out-trade-no/"+number+who.query())
	provider := a.Account.Mode == wallet.Provider
	if !explain(&f, c, who, provider, seen, err, result) {
		return f
	}
	if a.Fields["app_secret"] != "" {
		r.testPage(ctx, &f, a.Fields)
	}
	if provider || notify == "" || !wallet.Passed(f) {
		return f
	}
	r.place(ctx, &f, c, who, number, notify)
	return f
}

// explain says what came of the query of an order that cannot exist, and whether it is as it should be.
func explain(
	f *outbound.Findings, c *client, who parties, provider bool, seen *outbound.Seen, err error, result *core.APIResult,
) bool {
	if !f.Reach("WeChat Pay", seen, err) {
		return false
	}
	var said *core.APIError
	errors.As(err, &said)
	switch {
	case said != nil && said.StatusCode == http.StatusUnauthorized:
		field, word, why := "merchant_private_key", "signature_key", "the key is not that of the certificate"
		switch {
		case strings.Contains(said.Message, "序列号"):
			field, word, why = "merchant_serial", "signature_serial", "the serial number is not that of the merchant's certificate"
		case strings.Contains(said.Message, "商户号"):
			field, word, why = "mchid", "signature_merchant", "the merchant number is not known"
		case strings.Contains(said.Message, "timestamp"):
			field, word, why = "", "signature_clock", "our clock is off"
		}
		f.Bad("signature", field, word, "the signature of our request is refused (%s %s): %s",
			outbound.Word(said.Code), outbound.Message(said.Message), why)
		return false
	case said != nil && (said.StatusCode >= http.StatusInternalServerError || said.StatusCode == http.StatusTooManyRequests):
		f.Bad("answer", "", "answer_down", "the wallet cannot answer just now (HTTP %d)", said.StatusCode)
		return false
	case errors.Is(err, errSealed):
		f.Bad("answer", "api_v3_key", "certificates_sealed", "the platform's certificates cannot be opened with the APIv3 key")
		return false
	case errors.Is(err, errCertificates):
		f.Bad("answer", "platform_public_key", "certificates_none", "there are no platform certificates to download: enter the platform's public key")
		return false
	case said == nil && err == nil:
		f.Bad("merchant", "", "order_impossible", "an order is known that cannot exist")
		return false
	case result == nil || result.Response == nil:
		f.Bad("answer", "", "answer_broken", "the answer broke off")
		return false
	}
	if why := c.answers.Validate(context.Background(), result.Response); why != nil {
		field := "platform_public_key"
		switch {
		case strings.Contains(why.Error(), "expires"):
			f.Bad("answer", "", "answer_old", "the answer's signature is more than five minutes old or ahead of us")
			return false
		case c.verifier.keyID == "":
			field = "api_v3_key"
		case result.Response.Header.Get("Wechatpay-Serial") != c.verifier.keyID:
			field = "platform_public_key_id"
		}
		f.Bad("answer", field, "answer_unverified", "the answer does not verify with the platform's key (signed by %s)",
			outbound.Word(result.Response.Header.Get("Wechatpay-Serial")))
		return false
	}
	f.Good("signature", "our signature is taken")
	f.Good("answer", "the answer verifies with the platform's key")
	if said != nil && provider {
		f.Good("merchant", "the number is known; app and merchants are seen with the account of each merchant")
		return true
	}
	if said == nil || said.Code != "ORDER_NOT_EXIST" {
		blame(f, who, said)
		return false
	}
	return true
}

// blame says which number a refusal is about.
func blame(f *outbound.Findings, who parties, said *core.APIError) {
	if said == nil {
		f.Bad("answer", "", "answer_form", "the answer does not follow the form")
		return
	}
	field := "mchid"
	switch detail, _ := json.Marshal(said.Detail); {
	case strings.Contains(said.Code, "APPID"), strings.Contains(string(detail), "appid"):
		field = "appid"
	case who.partner() && (strings.Contains(string(detail), "sub_mchid") || said.Code == "MCH_NOT_EXISTS" || said.Code == "NO_AUTH"):
		field = "sub_mchid"
	}
	f.Bad("merchant", field, "refused", "refused with %s %s", outbound.Word(said.Code), outbound.Message(said.Message))
}

// place makes an order and closes it, which shows that app, merchant and notify address are taken together.
func (r *Rail) place(ctx context.Context, f *outbound.Findings, c *client, who parties, number, notify string) {
	order := order{
		parties: who, Description: "test of the configuration", OutTradeNo: number, NotifyURL: notify,
		Amount: amount{Total: 1, Currency: "CNY"},
	}
	if result, err := c.signed.Post(ctx, c.base+who.transactions()+"native", order); err != nil {
		var said *core.APIError
		if !errors.As(err, &said) || c.answers.Validate(ctx, result.Response) != nil {
			f.Bad("answer", "", "trial_broken", "the answer to a test order broke off or does not verify")
			return
		}
		if strings.Contains(fmt.Sprint(said.Detail), "notify_url") {
			f.Bad("notify", "", "notify_refused", "the wallet refuses the notify address: %s", outbound.Message(said.Message))
			return
		}
		blame(f, who, said)
		return
	}
	a, err := c.call(ctx, http.MethodPost, who.transactions()+"out-trade-no/"+number+"/close", who.merchants())
	if err != nil || a.refused() {
		f.Bad("merchant", "", "trial_open", "the test order could not be closed %s", a.Code)
		return
	}
	f.Good("merchant", "merchant, app and notify address are taken")
}

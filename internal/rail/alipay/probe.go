package alipay

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/yifen-pay/yifen/internal/domain/wallet"
	"github.com/yifen-pay/yifen/internal/rail/outbound"
)

// Test tries out an account and says exactly what fails. It asks about a trade that cannot exist, and makes a code over a fen
// that nobody sees and cancels it at once; no money moves, and no trade comes to exist. A provider's app may not be allowed to
// collect for the provider itself, so that of its account a refusal for want of permission will do.
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
	if a.Fields["app_certificate"] != "" {
		key, err := outbound.PrivateKey(a.Fields["app_private_key"])
		if err != nil {
			f.Bad("key", "app_private_key", "key_unread", "app_private_key %s", err)
			return f
		}
		now := time.Now()
		mine := f.Certificate("app_certificate", a.Fields["app_certificate"], key, now)
		if !f.Certificate("alipay_certificate", a.Fields["alipay_certificate"], nil, now) || !mine {
			return f
		}
	}
	number := fmt.Sprintf("test_%x", time.Now().UnixNano())
	var s told
	watched, seen := outbound.Watch(ctx)
	err = c.ask(watched, a, "alipay.trade.query", "", object{"out_trade_no": number}, &s)
	if !f.Reach("Alipay", seen, err) || !answered(&f, a, seen, &s.said, err) {
		return f
	}
	provider := a.Account.Mode == wallet.Provider
	allowed := provider && (s.Code == "40006" || s.Code == "20001" || s.SubCode == "ACQ.ACCESS_FORBIDDEN")
	if s.SubCode != "ACQ.TRADE_NOT_EXIST" && !allowed {
		blame(&f, a, &s.said)
		return f
	}
	f.Good("signature", "our signature is taken")
	if provider {
		f.Good("merchant", "the app is known; merchants are seen with the account of each merchant")
		return f
	}
	if notify != "" && wallet.Passed(f) {
		r.place(ctx, &f, c, a, number, notify)
	}
	return f
}

// answered tells whether an answer can be looked at, and says why not.
func answered(f *outbound.Findings, a wallet.Access, seen *outbound.Seen, s *said, err error) bool {
	key := "alipay_public_key"
	if a.Fields["alipay_certificate"] != "" {
		key = "alipay_certificate"
	}
	switch {
	case errors.Is(err, outbound.Unsigned):
		f.Bad("answer", key, "answer_unverified", "the answer does not verify with the platform's key %s", s.word())
		return false
	case errors.Is(err, outbound.Garbled):
		f.Bad("answer", "", "answer_form", "the answer does not follow the form: is this the gateway's address? (HTTP %d)", seen.Status)
		return false
	case seen.Status != http.StatusOK:
		f.Bad("answer", "", "answer_down", "the gateway cannot answer just now (HTTP %d)", seen.Status)
		return false
	case err != nil:
		f.Bad("answer", "", "answer_broken", "the answer broke off")
		return false
	}
	f.Good("answer", "the answer verifies with the platform's key")
	return true
}

// blame says which field a refusal is about.
func blame(f *outbound.Findings, a wallet.Access, s *said) {
	what, field := "merchant", "app_id"
	word := strings.ToLower(s.SubCode)
	switch {
	case strings.Contains(word, "root-cert"):
		what, field = "certificate", "alipay_root_certificate"
	case strings.Contains(word, "cert"):
		what, field = "certificate", "app_certificate"
	case strings.Contains(word, "signature"), strings.Contains(word, "sign"):
		what, field = "signature", "app_private_key"
	case strings.Contains(word, "timestamp"):
		what, field = "clock", ""
	case strings.Contains(word, "token"):
		field = "app_auth_token"
	case strings.Contains(word, "notify"):
		what, field = "notify", ""
	case strings.Contains(s.SubMsg, "notify_url"):
		what, field = "notify", ""
	case strings.Contains(s.SubMsg, "seller_id"):
		field = "seller_id"
	case s.silent():
		field = ""
	}
	if a.Sub == nil && field == "app_auth_token" {
		field = ""
	}
	f.Bad(what, field, "refused", "refused with %s %s", s.word(), s.message())
}

// place makes a code and cancels it, which shows that app, merchant and notify address are taken together.
func (r *Rail) place(ctx context.Context, f *outbound.Findings, c *client, a wallet.Access, number, notify string) {
	trade := object{
		"out_trade_no": number, "total_amount": "0.01", "subject": "test of the configuration", "seller_id": seller(a),
		"timeout_express": "2m",
	}
	var s, end struct{ said }
	switch err := c.ask(ctx, a, "alipay.trade.precreate", notify, trade, &s); {
	case err != nil:
		f.Bad("answer", "", "trial_broken", "the answer to a test trade broke off or does not verify")
		return
	case s.Code != codeDone:
		blame(f, a, &s.said)
		return
	}
	if err := c.ask(ctx, a, "alipay.trade.cancel", "", object{"out_trade_no": number}, &end); err != nil || end.Code != codeDone {
		f.Bad("merchant", "", "trial_open", "the test trade could not be canceled %s", end.word())
		return
	}
	f.Good("merchant", "app, merchant and notify address are taken")
}

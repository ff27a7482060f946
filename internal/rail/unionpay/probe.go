package unionpay

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

// Test tries out an account and says exactly what fails. It asks about an order that cannot exist, and makes a code over a fen
// that nobody sees and closes it at once; no money moves.
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
	if !f.Term("signing_key", c.certificate, c.key, time.Now()) {
		return f
	}
	who, number := identify(a), fmt.Sprintf("test_%x", time.Now().UnixNano())
	watched, seen := outbound.Watch(ctx)
	said, err := c.ask(watched, who, "queryOrder", message{"orderNo": number})
	if !f.Reach("UnionPay", seen, err) {
		return f
	}
	switch {
	case errors.Is(err, outbound.Unsigned) && !said.fresh("respTime"):
		f.Bad("answer", "", "answer_old", "the answer's signature is more than five minutes old or ahead of us")
		return f
	case errors.Is(err, outbound.Unsigned):
		f.Bad("answer", "unionpay_public_key", "answer_unverified", "the answer does not verify with the network's key")
		return f
	case errors.Is(err, outbound.Stranger), errors.Is(err, outbound.Another):
		f.Bad("answer", "", "answer_other", "the answer is to another question")
		return f
	case errors.Is(err, outbound.Garbled):
		f.Bad("answer", "", "answer_form", "the answer does not follow the form: is this the gateway's address? (HTTP %d)", seen.Status)
		return f
	case seen.Status != http.StatusOK:
		f.Bad("answer", "", "answer_down", "the gateway cannot answer just now (HTTP %d)", seen.Status)
		return f
	case err != nil:
		f.Bad("answer", "", "answer_broken", "the answer broke off")
		return f
	}
	f.Good("answer", "the answer verifies with the network's key")
	if said["respCode"] != codeNoOrder {
		blame(&f, said)
		return f
	}
	f.Good("signature", "our signature is taken")
	if notify != "" && wallet.Passed(f) {
		r.place(ctx, &f, c, who, number, notify)
	}
	return f
}

// blame says which field a refusal is about.
func blame(f *outbound.Findings, said message) {
	text := said["respMsg"]
	what, field := "merchant", "merchant_number"
	switch code := said["respCode"]; {
	case code == "11":
		what, field = "signature", "signing_key"
	case code == "31" && strings.Contains(text, "机构"):
		field = "institution"
	case code == "39":
		what, field = "clock", ""
	case strings.Contains(text, "backUrl"):
		what, field = "notify", ""
	case strings.Contains(text, "term"):
		field = "terminal_number"
	case code != "31" && code != "32":
		field = ""
	}
	f.Bad(what, field, "refused", "refused with %s %s", outbound.Word(said["respCode"]), outbound.Message(text))
}

// place makes a code and closes it, which shows that merchant, terminal and notify address are taken together.
func (r *Rail) place(ctx context.Context, f *outbound.Findings, c *client, who party, number, notify string) {
	order := message{
		"orderNo": number, "orderTime": time.Now().In(china).Format(stampForm), "txnAmt": "1", "orderInfo": "test of the configuration",
		"termId": who.terminal, "backUrl": notify, "qrValidTime": "120",
	}
	said, err := c.ask(ctx, who, "apply", order)
	switch {
	case err != nil:
		f.Bad("answer", "", "trial_broken", "the answer to a test order broke off or does not verify")
		return
	case said["respCode"] != codeDone:
		blame(f, said)
		return
	}
	if said, err = c.ask(ctx, who, "closeOrder", message{"orderNo": number}); err != nil || said["respCode"] != codeDone {
		f.Bad("merchant", "", "trial_open", "the test order could not be closed %s", outbound.Word(said["respCode"]))
		return
	}
	f.Good("merchant", "merchant, terminal and notify address are taken")
}

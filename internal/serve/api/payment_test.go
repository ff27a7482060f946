package api_test

import (
	"bytes"
	"context"
	"image/png"
	"strings"
	"testing"

	"github.com/yifen-pay/yifen/internal/domain/access"
	"github.com/yifen-pay/yifen/internal/domain/calendar"
	"github.com/yifen-pay/yifen/internal/domain/directory"
	"github.com/yifen-pay/yifen/internal/domain/money"
	"github.com/yifen-pay/yifen/internal/domain/payment"
	"github.com/yifen-pay/yifen/internal/domain/receipt"
	"github.com/yifen-pay/yifen/internal/domain/step"
	"github.com/yifen-pay/yifen/internal/domain/wallet"
	"github.com/yifen-pay/yifen/internal/render"
	"github.com/yifen-pay/yifen/internal/serve/api"
	"github.com/yifen-pay/yifen/internal/store/storetest"
)

// receipts draws receipts from the door's records.
func (d *door) receipts() api.Receipt {
	desk := receipt.NewService(d.store, d.store, glassVault{}, d.ids, func([]byte) *receipt.EMV { return nil }, "48020000", calendar.Shanghai, d.clock)
	return func(ctx context.Context, operation, _ string, to receipt.Copy, lang receipt.Lang) ([]byte, string, error) {
		doc, err := desk.Show(ctx, operation, to, lang)
		if err != nil {
			return nil, "", err
		}
		content, err := render.Renderer{}.PNG(doc, 384)
		return content, "image/png", err
	}
}

func TestPayments(t *testing.T) {
	d := newDoor(t)
	shop, err := storetest.NewShop(t.Context(), d.store, 2, storetest.Yes())
	d.must(err)
	for _, term := range shop.Terminals {
		entry := directory.Entry{Kind: directory.TerminalNumber, Name: term.Number, Target: term.ID}
		d.must(storetest.Do(t, d.store, func(v step.View) error { v.Put(entry); return nil }, entry.Key()))
	}
	first, err := shop.Sale(t.Context(), 0, 12_34)
	d.must(err)
	_, err = shop.Refund(t.Context(), 0, first.Operation, 2_34)
	d.must(err)
	second, err := shop.Sale(t.Context(), 0, 50_00)
	d.must(err)
	theirs, err := shop.Sale(t.Context(), 1, 99_00)
	d.must(err)
	mine := shop.Merchants[0].ID
	owner := d.person("owner@shop.example", mine, access.Owner)
	cashier := d.person("cashier@shop.example", mine, access.Cashier)
	staff, _ := d.staff("fin@demo.example", access.Finance)

	list := func(c *caller, query string) (found []string) {
		t.Helper()
		for _, p := range into[api.ListBody[api.PaymentView]](c.call("GET", "/payments"+query, nil).is(200, "")).Data {
			found = append(found, p.ID)
		}
		return found
	}
	rrn := first.Operation.RRN
	for query, want := range map[string]string{
		"":                                  second.Payment.ID + " " + first.Payment.ID,
		"?state=captured":                   second.Payment.ID + " " + first.Payment.ID,
		"?state=voided":                     "",
		"?state=manual":                     "",
		"?terminal=00000000":                second.Payment.ID + " " + first.Payment.ID,
		"?terminal=00000001":                "",
		"?reference=" + rrn:                 first.Payment.ID,
		"?to=2020-01-01T00:00:00Z":          "",
		"?from=2020-01-01T00:00:00Z":        second.Payment.ID + " " + first.Payment.ID,
		"?reference=nonsense":               "",
		"?reference=" + theirs.Payment.ID:   "",
		"?reference=" + second.Payment.ID:   second.Payment.ID,
		"?terminal=" + shop.Terminals[1].ID: "",
		"?merchant=" + mine + "&from=2020-01-01T00:00:00Z&terminal=00000000&limit=1": second.Payment.ID,
	} {
		if found := strings.Join(list(owner, query), " "); found != want {
			t.Errorf("%q finds %q, want %q", query, found, want)
		}
	}
	owner.call("GET", "/payments?merchant="+shop.Merchants[1].ID, nil).is(404, "not_found")
	if all := list(staff, ""); len(all) != 3 || all[0] != theirs.Payment.ID {
		t.Errorf("staff see %v", all)
	}

	at := "/payments/" + first.Payment.ID
	seen := into[api.PaymentDetail](owner.call("GET", at, nil).is(200, ""))
	if seen.CapturedFen != 12_34 || seen.RefundedFen != 2_34 || seen.FeeFen == nil || *seen.FeeFen <= 0 || len(seen.Operations) != 2 || seen.Refund != "part" ||
		seen.Operations[0].RRN != rrn || !seen.Operations[0].Receipt || seen.TerminalNumber != "00000000" || strings.Count(seen.Card, "*") < 6 {
		t.Errorf("the owner sees %+v", seen)
	}
	if theirs := into[api.PaymentDetail](cashier.call("GET", at, nil).is(200, "")); theirs.FeeFen != nil {
		t.Errorf("the cashier sees the fee: %d", *theirs.FeeFen)
	}
	for who, want := range map[*caller]string{owner: ",12.34,0.00,2.34,0.06\n", cashier: ",12.34,0.00,2.34,\n"} {
		file := string(who.call("GET", "/payments/export?lang=en", nil).is(200, "").raw)
		if !strings.Contains(file, want) || strings.Contains(file, theirs.Payment.ID) {
			t.Errorf("the file lacks %q: %s", want, file)
		}
	}

	paper := owner.call("GET", at+"/receipts/"+seen.Operations[0].ID+"?copy=cardholder&lang=en", nil).is(200, "")
	if picture, err := png.Decode(bytes.NewReader(paper.raw)); err != nil || picture.Bounds().Dx() != 384 || paper.head.Get("Content-Type") != "image/png" {
		t.Errorf("the receipt is %v, %v", paper.head, err)
	}
	owner.call("GET", at+"/receipts/"+second.Operation.ID, nil).is(404, "payment_not_found") // of another payment
	owner.call("GET", "/payments/"+theirs.Payment.ID, nil).is(404, "payment_not_found")
	owner.call("GET", "/payments/"+theirs.Payment.ID+"/receipts/"+theirs.Operation.ID, nil).is(404, "payment_not_found")

	ask := func(subject string) answer {
		return owner.call("POST", "/tickets", object{"category": "payment", "subject": subject, "title": "Twice?", "text": "The customer says twice."})
	}
	ask(theirs.Payment.ID).is(422, "ticket_subject")
	ask("nonsense").is(422, "ticket_subject")
	ask(first.Payment.ID).is(201, "")
}

// A payment that was voided shows nothing collected, and one by code that was refused may not be paid until any moment.
func TestPayments_takenBack(t *testing.T) {
	d := newDoor(t)
	shop, err := storetest.NewShop(t.Context(), d.store, 1, storetest.Yes())
	d.must(err)
	sale, err := shop.Sale(t.Context(), 0, 12_34)
	d.must(err)
	_, err = shop.Void(t.Context(), 0, sale.Operation)
	d.must(err)
	owner := d.person("owner@shop.example", shop.Merchants[0].ID, access.Owner)
	seen := into[api.PaymentDetail](owner.call("GET", "/payments/"+sale.Payment.ID, nil).is(200, ""))
	if seen.State != "voided" || seen.CapturedFen != 0 || seen.FeeFen == nil || *seen.FeeFen != 0 || seen.RequestedFen != 12_34 || seen.Refund != "none" {
		t.Errorf("a voided payment is shown as %+v", seen.PaymentView)
	}

	refused := payment.Payment{
		ID: d.ids.New(payment.Prefix, shop.Merchants[0].Bucket), Bucket: shop.Merchants[0].Bucket, Merchant: shop.Merchants[0].ID,
		Instrument: payment.WeChat, Rail: "wechat", State: payment.Refused, Currency: money.CNY, RequestedFen: 100, CreatedAt: calendar.At(d.clock()),
	}
	op := payment.Operation{
		ID: d.ids.New(payment.OperationPrefix, refused.Bucket), Bucket: refused.Bucket, Payment: refused.ID, Merchant: refused.Merchant,
		Kind: payment.SaleOp, State: payment.OpRefused, Result: "limit_single", CreatedAt: refused.CreatedAt,
	}
	refused.Sale = op.ID
	code := payment.Code{
		Payment: refused.ID, Bucket: refused.Bucket, Merchant: refused.Merchant, Presented: wallet.Shown, Source: payment.FromAPI, Reference: "order-1",
		ExpiresAt: calendar.At(d.clock()).Add(payment.CodeLife),
	}
	d.must(storetest.Do(t, d.store, func(v step.View) error { v.Put(refused); v.Put(op); v.Put(code); return nil }))
	answer := owner.call("GET", "/payments/"+refused.ID, nil).is(200, "")
	if bytes.Contains(answer.raw, []byte("expires_at")) || !bytes.Contains(answer.raw, []byte(`"reference":"order-1"`)) {
		t.Errorf("a refused payment by code is shown as %s", answer.raw)
	}
}

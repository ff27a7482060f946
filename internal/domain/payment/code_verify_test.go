package payment_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/yifen-pay/yifen/internal/domain/money"
	"github.com/yifen-pay/yifen/internal/domain/payment"
	"github.com/yifen-pay/yifen/internal/domain/wallet"
	"github.com/yifen-pay/yifen/internal/store/storetest"
)

// What nobody may change in payments by code, and what the verifier says of it. PAID is a captured payment, LINK the link that it
// came by, WAITING one that waits.
var codeCorruptions = []struct{ sql, row string }{
	{"DELETE FROM payment_code WHERE id = 'PAID'", "payment PAID is one by code and has none"},
	{"UPDATE payment_code SET id = 'pay_0101KAMXYZ0000000000000000ZZ' WHERE id = 'WAITING'", "belongs to no payment of its merchant by code"},
	{"UPDATE payment_code SET number = '' WHERE id = 'PAID'", "payment PAID is captured and its wallet has no number for it"},
	{"UPDATE payment_code SET number = '4200001'", "order 4200001 of the wallet stands for 2 payments"},
	{"UPDATE payment SET coupon_back_fen = coupon_fen + 1 WHERE id = 'PAID'", "payment PAID has coupons of 500 fen in 4000"},
	{"UPDATE payment SET coupon_fen = 400 WHERE id = 'PAID'", "payment PAID is captured: rail"},
	{"UPDATE attempt SET due_at_us = 0 WHERE payment = 'WAITING'", "payment WAITING waits and nobody will ask about it"},
	{"UPDATE payment_reference SET operation = 'op_else'", "points to no operation or link of its merchant"},
	{"UPDATE payment_link SET state = 'open' WHERE id = 'LINK'", "link LINK is open and paid by PAID"},
	{"UPDATE payment_link SET paid_by = 'WAITING' WHERE id = 'LINK'", "link LINK is paid and paid by WAITING"},
	{"UPDATE payment SET requested_fen = 3999 WHERE id = 'PAID'", "link LINK is paid and paid by PAID"},
	{"UPDATE risk_counter SET reserved_count = 0, reserved_fen = 0", "says reserved 0/0"},
}

func TestVerify_noticesWhatIsWrongWithCodes(t *testing.T) {
	c := newCodes(t)
	l, err := c.Service.MakeLink(t.Context(), payment.LinkRequest{Merchant: c.Merchants[0].ID, Amount: money.Yuan(40_00), Source: payment.FromPortal, By: "user:clerk"})
	if err != nil {
		t.Fatal(err)
	}
	c.purse.say(shown)
	paid, err := c.Service.PayLink(t.Context(), payment.LinkPayment{Link: l.ID, Wallet: wallet.WeChat, Amount: money.Yuan(40_00), Key: "aaaaaaaa"})
	if err != nil {
		t.Fatal(err)
	}
	answer := paidOf(40_00)
	answer.SettledFen, answer.PaidFen = 35_00, 35_00
	if err := c.Service.Noticed(t.Context(), paid.Code.Account, wallet.Notice{Order: paid.Payment.ID, Answer: answer}); err != nil {
		t.Fatal(err)
	}
	waits, err := c.show(wallet.WeChat, 10_00)
	if err != nil {
		t.Fatal(err)
	}
	c.prove()
	if err := c.records.Close(); err != nil {
		t.Fatal(err)
	}
	names := strings.NewReplacer("PAID", paid.Payment.ID, "LINK", l.ID, "WAITING", waits.Payment.ID)
	for _, e := range codeCorruptions {
		t.Run(e.sql, func(t *testing.T) {
			target := filepath.Join(t.TempDir(), "copy")
			if err := os.CopyFS(target, os.DirFS(c.target)); err != nil {
				t.Fatal(err)
			}
			storetest.Spoil(t, target, names.Replace(e.sql))
			found := storetest.Verify(t, target, c.Now())
			if want := names.Replace(e.row); !slices.ContainsFunc(found, func(f string) bool { return strings.Contains(f, want) }) {
				t.Errorf("found %q, want %q", found, want)
			}
		})
	}
}

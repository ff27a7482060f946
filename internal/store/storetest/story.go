package storetest

import (
	"context"
	"testing"

	"github.com/yifen-pay/yifen/internal/domain/card"
	"github.com/yifen-pay/yifen/internal/domain/merchant"
	"github.com/yifen-pay/yifen/internal/domain/payment"
	"github.com/yifen-pay/yifen/internal/domain/step"
	"github.com/yifen-pay/yifen/internal/domain/terminal"
	"github.com/yifen-pay/yifen/internal/store"
)

// Amounts, in fen, at which the network of a story behaves.
const (
	declinedFen = 51_51 // says no
	silentFen   = 98_98 // never answers a sale
	partFen     = 10_10 // approves a tenth
)

// network is the rail of a story.
func network(r payment.Request) payment.Answer {
	switch {
	case r.Operation.Kind == payment.SaleOp && r.Operation.AmountFen == declinedFen:
		return payment.Answer{Outcome: payment.No, Decline: payment.InsufficientFunds, RailCode: "51"}
	case r.Operation.Kind == payment.SaleOp && r.Operation.AmountFen == silentFen:
		return payment.Answer{Outcome: payment.Silent}
	}
	answer := payment.Answer{Outcome: payment.Yes, RailCode: "00", AuthCode: "123456", ClearingDate: Day}
	switch {
	case r.Partial && r.Operation.AmountFen == partFen:
		answer.RailCode, answer.ApprovedFen = "10", partFen/10
	case r.Operation.Kind == payment.PreauthOp: // each under a code of its own
		answer.AuthCode = r.Operation.RRN[len(r.Operation.RRN)-6:]
	}
	return answer
}

// Story is what happened at a shop on a day, every outcome known.
type Story struct {
	*Shop
	Kept     payment.Result // a sale that stands
	Other    payment.Result // another, at the same terminal
	Voided   payment.Result // a sale, voided
	Refunded payment.Result // a sale, refunded in two parts, a rest left
	Declined payment.Result
	Refused  payment.Result // above the merchant's limit for one payment
	Silent   payment.Result // a sale that nobody answered, reversed
	Reversed payment.Result // an approved sale that its terminal reversed
	Tipped   payment.Result // a sale with a tip
	Part     payment.Result // a sale of which a part was approved
	Told     payment.Result // an offline sale
	Asked    payment.Result // a balance
	Held     payment.Result // a pre-authorization with an addition, not completed
	Freed    payment.Result // a pre-authorization, voided
	Taken    payment.Result // a pre-authorization, completed with more than was held
	Again    payment.Result // a pre-authorization whose completion was voided
	Split    payment.Result // a sale at the second merchant, whose fee two agents share, refunded in part
	Closed   terminal.Batch // the batch of the second merchant
}

// singleMax is the limit of a story's merchants for one payment, in fen.
const singleMax = 5_000_00

// Tell has a story happen in fresh records at target and closes them.
func Tell(t testing.TB, target string) *Story {
	t.Helper()
	ctx := context.Background()
	s := Open(t, target, store.Options{})
	shop, err := NewShop(ctx, s, 2, Script(network))
	if err != nil {
		t.Fatal(err)
	}
	if err := put(ctx, s, card.BIN{Prefix: "621626", Length: 19, Kind: card.Debit, Organization: "CUP", Issuer: "01020000"}); err != nil {
		t.Fatal(err)
	}
	if err := shop.Hold(ctx, s, 1); err != nil {
		t.Fatal(err)
	}
	for _, m := range shop.Merchants {
		m.SingleMax, m.DayCountMax, m.DaySumMax = singleMax, 100, 100_000_00
		if err := Do(t, s, func(v step.View) error { v.Put(m); return nil }, merchant.Key(m.ID)); err != nil {
			t.Fatal(err)
		}
	}
	story := &Story{Shop: shop}
	must := func(r payment.Result, err error) payment.Result {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	sale := func(fen int64) payment.Result { t.Helper(); return must(shop.Sale(ctx, 0, fen)) }
	story.Kept, story.Other = sale(250_50), sale(12_34)
	story.Voided = sale(100_00)
	must(shop.Void(ctx, 0, story.Voided.Operation))
	story.Refunded = sale(80_00)
	must(shop.Refund(ctx, 0, story.Refunded.Operation, 30_01))
	must(shop.Refund(ctx, 0, story.Refunded.Operation, 9_99))
	story.Declined, story.Refused = sale(declinedFen), sale(singleMax+1)
	story.Silent = sale(silentFen)
	story.Reversed = sale(60_00)
	must(shop.Reverse(ctx, 0, story.Reversed.Operation))
	story.Tipped = sale(100_00)
	must(shop.Tip(ctx, 0, story.Tipped.Operation, 112_00))
	for _, begin := range []struct {
		result *payment.Result
		fen    int64
		do     func(context.Context, payment.SaleRequest) (payment.Result, error)
	}{
		{&story.Part, partFen, shop.Service.Sale},
		{&story.Told, 45_00, shop.Service.Offline},
		{&story.Asked, 1, shop.Service.Inquire},
	} {
		r, err := shop.SaleRequest(0, begin.fen)
		if err != nil {
			t.Fatal(err)
		}
		r.Partial, r.AuthCode = true, "654321"
		*begin.result = must(begin.do(ctx, r))
	}
	hold := func(fen int64) payment.Result { t.Helper(); return must(shop.Preauthorize(ctx, 0, fen)) }
	story.Held, story.Freed, story.Taken, story.Again = hold(300_00), hold(90_00), hold(200_00), hold(70_00)
	must(shop.Service.AddOn(ctx, shop.OnAuthorization(0, story.Held.Operation, 100_00)))
	must(shop.Service.VoidAuthorization(ctx, shop.OnAuthorization(0, story.Freed.Operation, 90_00)))
	must(shop.Service.Complete(ctx, shop.OnAuthorization(0, story.Taken.Operation, 230_00), false))
	completion := must(shop.Service.Complete(ctx, shop.OnAuthorization(0, story.Again.Operation, 60_00), true))
	must(shop.VoidCompletion(ctx, 0, completion.Operation))
	must(shop.Sale(ctx, 1, 7_00))
	if story.Closed, err = shop.Close(ctx, s, 1); err != nil {
		t.Fatal(err)
	}
	story.Split = must(shop.Sale(ctx, 1, 90_00))
	must(shop.Refund(ctx, 1, story.Split.Operation, 33_33))
	for {
		n, err := shop.Service.Resume(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if n == 0 {
			break
		}
	}
	if err := s.WriteRoot(ctx, Day, 1); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return story
}

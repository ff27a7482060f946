package payment_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/yifen-pay/yifen/internal/domain/fault"
	"github.com/yifen-pay/yifen/internal/domain/merchant"
	"github.com/yifen-pay/yifen/internal/domain/payment"
	"github.com/yifen-pay/yifen/internal/domain/step"
	"github.com/yifen-pay/yifen/internal/store"
	"github.com/yifen-pay/yifen/internal/store/storetest"
)

// day is a shop's day made of chance: what terminals ask, what the rail answers, now, late or never.
type day struct {
	*rapid.T
	records  *store.Store
	shop     *storetest.Shop
	sales    []payment.Operation // asked for and recorded, whatever came of them
	voids    []payment.Operation
	holds    []payment.Operation // pre-authorizations
	acts     []payment.Operation // on authorizations, and voids of completions
	requests []payment.SaleRequest
	silent   []string // attempts without an answer
	healed   bool
}

// Send implements payment.Rail.
func (d *day) Send(_ context.Context, r payment.Request) payment.Answer {
	if d.healed {
		return payment.Answer{Outcome: payment.Yes}
	}
	if kind := r.Operation.Kind; kind != payment.ReversalOp && rapid.IntRange(0, 7).Draw(d.T, "impatient") == 0 {
		_, err := d.shop.Reverse(context.Background(), 0, r.Operation) // the terminal waits no longer than we do
		d.allow("reversal under way", err)
	}
	switch rapid.SampledFrom([]string{"yes", "yes", "yes", "yes", "no", "busy", "silence", "silence", "not sent", "original unknown"}).Draw(d.T, "answer") {
	case "no":
		return payment.Answer{Outcome: payment.No, Decline: payment.InsufficientFunds, RailCode: "51"}
	case "busy":
		return payment.Answer{Outcome: payment.No, Decline: payment.IssuerDown, RailCode: "91"}
	case "original unknown":
		return payment.Answer{Outcome: payment.No, Decline: payment.OriginalNotFound, RailCode: "25"}
	case "silence":
		d.silent = append(d.silent, r.Attempt.ID)
		return payment.Answer{}
	case "not sent":
		return payment.Answer{Outcome: payment.NotSent}
	}
	answer := payment.Answer{Outcome: payment.Yes, RailCode: "00", AuthCode: "123456", ClearingDate: storetest.Day}
	switch r.Operation.Kind {
	case payment.PreauthOp:
		answer.AuthCode = r.Operation.RRN[len(r.Operation.RRN)-6:]
	case payment.SaleOp: // a part of the amount, whether it was asked for or not
		if r.Operation.AmountFen > 1 && rapid.IntRange(0, 5).Draw(d.T, "part") == 0 {
			answer.RailCode, answer.ApprovedFen = "10", rapid.Int64Range(1, r.Operation.AmountFen-1).Draw(d.T, "approved")
		}
	}
	return answer
}

// allow fails the test unless an answer is a result or a refusal that the state of things explains.
func (d *day) allow(what string, err error) bool {
	switch {
	case err == nil:
		return true
	case fault.KindOf(err) == fault.Conflict, fault.KindOf(err) == fault.NotFound, errors.Is(err, payment.ErrUnanswered):
		return false
	}
	d.Fatalf("%s: %v", what, err)
	return false
}

func (d *day) draw(list []payment.Operation) payment.Operation {
	if len(list) == 0 {
		d.Skip("there is none yet")
	}
	return rapid.SampledFrom(list).Draw(d.T, "operation")
}

// commands are what may happen. The shop has one merchant, so everything meets on its rows.
func (d *day) commands() map[string]func(*rapid.T) {
	ctx := context.Background()
	do := func(act func()) func(*rapid.T) {
		return func(rt *rapid.T) { d.T = rt; act() }
	}
	return map[string]func(*rapid.T){
		"sale": do(func() {
			r, err := d.shop.SaleRequest(0, rapid.Int64Range(1, 600_00).Draw(d.T, "fen"))
			if err != nil {
				d.Fatal(err)
			}
			result, err := d.shop.Service.Sale(ctx, r)
			if d.allow("sale", err) {
				d.sales, d.requests = append(d.sales, result.Operation), append(d.requests, r)
			}
		}),
		"the same bytes again": do(func() {
			if len(d.requests) == 0 {
				d.Skip("there is none yet")
			}
			result, err := d.shop.Service.Sale(ctx, rapid.SampledFrom(d.requests).Draw(d.T, "request"))
			if d.allow("repeat", err) && !result.Repeated {
				d.Fatalf("a request was carried out twice: %+v", result.Operation)
			}
		}),
		"tip": do(func() {
			sale := d.draw(d.sales)
			_, err := d.shop.Tip(ctx, 0, sale, rapid.Int64Range(1, 2*sale.AmountFen).Draw(d.T, "fen"))
			d.allow("tip", err)
		}),
		"balance, offline sale": do(func() {
			r, err := d.shop.SaleRequest(0, rapid.Int64Range(1, 600_00).Draw(d.T, "fen"))
			if err != nil {
				d.Fatal(err)
			}
			r.AuthCode = rapid.SampledFrom([]string{"654321", "654322", "654323"}).Draw(d.T, "code")
			if rapid.Bool().Draw(d.T, "offline") {
				result, err := d.shop.Service.Offline(ctx, r)
				if d.allow("offline sale", err) {
					d.sales = append(d.sales, result.Operation)
				}
				return
			}
			_, err = d.shop.Service.Inquire(ctx, r)
			d.allow("inquiry", err)
		}),
		"pre-authorization": do(func() {
			result, err := d.shop.Preauthorize(ctx, 0, rapid.Int64Range(1, 600_00).Draw(d.T, "fen"))
			if d.allow("pre-authorization", err) {
				d.holds = append(d.holds, result.Operation)
			}
		}),
		"act on an authorization": do(func() {
			hold := d.draw(d.holds)
			more := rapid.Bool().Draw(d.T, "more")
			fen := hold.AmountFen
			if more {
				fen = rapid.Int64Range(1, 2*hold.AmountFen).Draw(d.T, "fen")
			}
			r := d.shop.OnAuthorization(0, hold, fen)
			act := rapid.SampledFrom([]func() (payment.Result, error){
				func() (payment.Result, error) { return d.shop.Service.AddOn(ctx, r) },
				func() (payment.Result, error) { return d.shop.Service.VoidAuthorization(ctx, r) },
				func() (payment.Result, error) { return d.shop.Service.Complete(ctx, r, false) },
				func() (payment.Result, error) { return d.shop.Service.Complete(ctx, r, true) },
			}).Draw(d.T, "act")
			result, err := act()
			if hold.AuthCode == "" && errors.Is(err, payment.ErrAuthCode) {
				return // nobody answered it
			}
			if d.allow("act on an authorization", err) {
				d.acts = append(d.acts, result.Operation)
			}
		}),
		"void of a completion": do(func() {
			result, err := d.shop.VoidCompletion(ctx, 0, d.draw(d.acts))
			if d.allow("void of a completion", err) {
				d.acts = append(d.acts, result.Operation)
			}
		}),
		"refund of a completion": do(func() {
			act := d.draw(d.acts)
			_, err := d.shop.Refund(ctx, 0, act, rapid.Int64Range(1, act.AmountFen).Draw(d.T, "fen"))
			d.allow("refund", err)
		}),
		"lapse": do(func() {
			_, err := d.shop.Service.Lapse(ctx)
			d.allow("lapse", err)
		}),
		"void": do(func() {
			result, err := d.shop.Void(ctx, 0, d.draw(d.sales))
			if d.allow("void", err) {
				d.voids = append(d.voids, result.Operation)
			}
		}),
		"refund": do(func() {
			sale := d.draw(d.sales)
			_, err := d.shop.Refund(ctx, 0, sale, rapid.Int64Range(1, sale.AmountFen).Draw(d.T, "fen"))
			d.allow("refund", err)
		}),
		"refund of all": do(func() {
			sale := d.draw(d.sales)
			_, err := d.shop.Refund(ctx, 0, sale, sale.AmountFen)
			d.allow("refund", err)
		}),
		"reversal": do(func() {
			_, err := d.shop.Reverse(ctx, 0, d.draw(slices.Concat(d.sales, d.voids, d.holds, d.acts)))
			d.allow("reversal", err)
		}),
		"late answer": do(func() {
			if len(d.silent) == 0 {
				d.Skip("nothing is unanswered")
			}
			a := payment.Answer{Outcome: payment.Yes, RailCode: "00"}
			if rapid.Bool().Draw(d.T, "no") {
				a = payment.Answer{Outcome: payment.No, Decline: payment.NotHonored, RailCode: "05"}
			}
			d.allow("late answer", d.shop.Service.Late(ctx, rapid.SampledFrom(d.silent).Draw(d.T, "attempt"), a))
		}),
		"time passes": do(func() {
			d.shop.Advance(rapid.SampledFrom([]time.Duration{time.Second, time.Minute, time.Hour, 50 * time.Hour, 31 * 24 * time.Hour}).Draw(d.T, "time"))
		}),
		"worker": do(func() {
			_, err := d.shop.Service.Resume(ctx)
			d.allow("worker", err)
		}),
		"batch close": do(func() {
			_, err := d.shop.Close(ctx, d.records, 0)
			d.allow("batch close", err)
		}),
	}
}

// Whatever happens in whatever order, once the rail answers again every outcome is known and every
// invariant holds.
func TestService_anyDayEndsProven(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		target := t.TempDir()
		storetest.Fill(t, target)
		s, err := store.Open(context.Background(), target, store.Options{})
		if err != nil {
			rt.Fatal(err)
		}
		defer s.Close()
		d := &day{T: rt, records: s}
		if d.shop, err = storetest.NewShop(context.Background(), s, 1, d); err != nil {
			rt.Fatal(err)
		}
		if rapid.Bool().Draw(rt, "held") { // by an agent under another
			if err := d.shop.Hold(context.Background(), s, 0); err != nil {
				rt.Fatal(err)
			}
		}
		limited := d.shop.Merchants[0]
		limited.SingleMax, limited.DaySumMax = 500_00, 2_000_00
		if err := storetest.Do(t, s, func(v step.View) error { v.Put(limited); return nil }, merchant.Key(limited.ID)); err != nil {
			rt.Fatal(err)
		}
		rt.Repeat(d.commands())
		d.T, d.healed = rt, true
		for range 50 {
			open, err := s.OpenOutcomes(context.Background())
			if err != nil {
				rt.Fatal(err)
			}
			if open == 0 {
				break
			}
			d.shop.Advance(10 * time.Minute)
			_, err = d.shop.Service.Resume(context.Background())
			d.allow("worker", err)
		}
		for _, f := range storetest.Verify(t, target, d.shop.Now()) {
			rt.Error(f)
		}
	})
}

package payment_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/yifen-pay/yifen/internal/domain/card"
	"github.com/yifen-pay/yifen/internal/domain/fee"
	"github.com/yifen-pay/yifen/internal/domain/merchant"
	"github.com/yifen-pay/yifen/internal/domain/money"
	"github.com/yifen-pay/yifen/internal/domain/payment"
	"github.com/yifen-pay/yifen/internal/domain/risk"
	"github.com/yifen-pay/yifen/internal/domain/step"
	"github.com/yifen-pay/yifen/internal/domain/terminal"
	"github.com/yifen-pay/yifen/internal/store"
	"github.com/yifen-pay/yifen/internal/store/storetest"
)

// counter is a shop whose network answers as the test says.
type counter struct {
	*testing.T
	*storetest.Shop
	records *store.Store
	target  string
	// next answers the request under test, once; everything else is approved.
	next func(payment.Request) payment.Answer
	// heard is the attempt of the request under test.
	heard string
}

func newCounter(t *testing.T) *counter {
	c := &counter{T: t, target: t.TempDir()}
	c.records = storetest.Open(t, c.target, store.Options{})
	shop, err := storetest.NewShop(t.Context(), c.records, 1, c)
	if err != nil {
		t.Fatal(err)
	}
	c.Shop = shop
	return c
}

var yes = payment.Answer{Outcome: payment.Yes, RailCode: "00", ClearingDate: storetest.Day}

// Send implements payment.Rail.
func (c *counter) Send(_ context.Context, r payment.Request) payment.Answer {
	if next := c.next; next != nil {
		c.next, c.heard = nil, r.Attempt.ID
		return next(r)
	}
	a := yes
	a.AuthCode = r.Operation.RRN[len(r.Operation.RRN)-6:]
	return a
}

func (c *counter) must(r payment.Result, err error) payment.Operation {
	c.Helper()
	if err != nil {
		c.Fatal(err)
	}
	return r.Operation
}

// settle lets the worker finish, and proves the books.
func (c *counter) settle() {
	c.Helper()
	for range 20 {
		c.Advance(10 * time.Minute)
		if _, err := c.Service.Resume(c.Context()); err != nil {
			c.Fatal(err)
		}
		if open, err := c.records.OpenOutcomes(c.Context()); err != nil || open == 0 {
			break
		}
	}
	for _, f := range storetest.Verify(c.T, c.target, c.Now()) {
		c.Error(f)
	}
}

func (c *counter) payment(op payment.Operation) payment.Payment {
	c.Helper()
	p, found, err := step.Read[payment.Payment](c.Context(), c.records, payment.Key(op.Payment))
	if err != nil || !found {
		c.Fatalf("payment %s: %t, %v", op.Payment, found, err)
	}
	return p
}

func (c *counter) use() risk.Use {
	c.Helper()
	t, _, err := step.Read[step.Tally](c.Context(), c.records, risk.DayKey(c.Merchants[0].ID, storetest.Day))
	if err != nil {
		c.Fatal(err)
	}
	return risk.FromTally(t)
}

// standing is what a test looks at of a payment.
type standing struct {
	state                                payment.State
	authorized, captured, tip, refunding int64
}

func (c *counter) demand(op payment.Operation, want standing) {
	c.Helper()
	p := c.payment(op)
	got := standing{p.State, p.AuthorizedFen, p.CapturedFen, p.TipFen, p.RefundingFen}
	if p.Open != "" {
		c.Errorf("the payment is still locked by %s", p.Open)
	}
	if got != want {
		c.Errorf("the payment stands at %+v, want %+v", got, want)
	}
}

// deed is one kind of act: what goes before it, the act, and how the payment stands before and after it.
type deed struct {
	name          string
	advice        bool
	before, after standing
	// begin prepares the payment and returns the act, which asks for the same each time it is called.
	begin func(*counter) func() (payment.Result, error)
}

func sale(c *counter, fen int64) payment.SaleRequest {
	r, err := c.SaleRequest(0, fen)
	if err != nil {
		c.Fatal(err)
	}
	return r
}

func (c *counter) hold(fen int64) payment.Operation {
	return c.must(c.Preauthorize(c.Context(), 0, fen))
}

func (c *counter) complete(auth payment.Operation, fen int64, advice bool) (payment.Result, error) {
	return c.Service.Complete(c.Context(), c.OnAuthorization(0, auth, fen), advice)
}

var (
	declined = standing{state: payment.Declined}
	held     = standing{state: payment.Authorized, authorized: 100_00}
	sold     = standing{state: payment.Captured, captured: 100_00}
)

var deeds = []deed{
	{"sale", false, declined, sold, func(c *counter) func() (payment.Result, error) {
		return func() (payment.Result, error) { return c.Sale(c.Context(), 0, 100_00) }
	}},
	{"void", false, sold, standing{state: payment.Voided, captured: 100_00}, func(c *counter) func() (payment.Result, error) {
		s := c.must(c.Sale(c.Context(), 0, 100_00))
		return func() (payment.Result, error) { return c.Void(c.Context(), 0, s) }
	}},
	{"pre-authorization", false, declined, held, func(c *counter) func() (payment.Result, error) {
		return func() (payment.Result, error) { return c.Preauthorize(c.Context(), 0, 100_00) }
	}},
	{"add-on", false, held, standing{state: payment.Authorized, authorized: 130_00}, func(c *counter) func() (payment.Result, error) {
		a := c.hold(100_00)
		return func() (payment.Result, error) {
			return c.Service.AddOn(c.Context(), c.OnAuthorization(0, a, 30_00))
		}
	}},
	{"void of an authorization", false, held, standing{state: payment.Voided, authorized: 100_00}, func(c *counter) func() (payment.Result, error) {
		a := c.hold(100_00)
		return func() (payment.Result, error) {
			return c.Service.VoidAuthorization(c.Context(), c.OnAuthorization(0, a, 100_00))
		}
	}},
	{"completion", false, held, standing{state: payment.Captured, authorized: 100_00, captured: 115_00}, func(c *counter) func() (payment.Result, error) {
		a := c.hold(100_00)
		return func() (payment.Result, error) { return c.complete(a, 115_00, false) }
	}},
	{"completion by advice", true, held, standing{state: payment.Captured, authorized: 100_00, captured: 80_00}, func(c *counter) func() (payment.Result, error) {
		a := c.hold(100_00)
		return func() (payment.Result, error) { return c.complete(a, 80_00, true) }
	}},
	{"void of a completion", false, standing{state: payment.Captured, authorized: 100_00, captured: 90_00}, held, func(c *counter) func() (payment.Result, error) {
		done := c.must(c.complete(c.hold(100_00), 90_00, false))
		return func() (payment.Result, error) { return c.VoidCompletion(c.Context(), 0, done) }
	}},
	{"refund", true, sold, sold, func(c *counter) func() (payment.Result, error) {
		s := c.must(c.Sale(c.Context(), 0, 100_00))
		return func() (payment.Result, error) { return c.Refund(c.Context(), 0, s, 40_00) }
	}},
	{"tip", true, sold, standing{state: payment.Captured, captured: 115_00, tip: 15_00}, func(c *counter) func() (payment.Result, error) {
		s := c.must(c.Sale(c.Context(), 0, 100_00))
		return func() (payment.Result, error) { return c.Tip(c.Context(), 0, s, 115_00) }
	}},
	{"offline sale", true, declined, sold, func(c *counter) func() (payment.Result, error) {
		return func() (payment.Result, error) {
			r := sale(c, 100_00)
			r.AuthCode = "654321"
			return c.Service.Offline(c.Context(), r)
		}
	}},
	{"script result", true, sold, sold, func(c *counter) func() (payment.Result, error) {
		s := c.must(c.Sale(c.Context(), 0, 100_00))
		return func() (payment.Result, error) {
			return c.Service.ScriptResult(c.Context(), payment.ScriptRequest{
				Origin: c.Origin(0), OriginalBatch: s.BatchNumber, OriginalTrace: s.Trace, OriginalRRN: s.RRN, Chip: []byte{0xDF, 0x31, 1, 0},
			})
		}
	}},
	{"inquiry", false, declined, standing{state: payment.ClosedOff}, func(c *counter) func() (payment.Result, error) {
		return func() (payment.Result, error) { return c.Service.Inquire(c.Context(), sale(c, 1)) }
	}},
}

// eachDeed runs a test for every kind of act, at a counter of its own.
func eachDeed(t *testing.T, test func(*counter, deed, func() (payment.Result, error))) {
	for _, d := range deeds {
		t.Run(d.name, func(t *testing.T) {
			c := newCounter(t)
			test(c, d, d.begin(c))
		})
	}
}

func TestActs_approved(t *testing.T) {
	eachDeed(t, func(c *counter, d deed, act func() (payment.Result, error)) {
		op := c.must(act())
		c.settle()
		c.demand(op, d.after)
	})
}

func TestActs_declined(t *testing.T) {
	eachDeed(t, func(c *counter, d deed, act func() (payment.Result, error)) {
		before := c.use()
		c.next = func(payment.Request) payment.Answer {
			return payment.Answer{Outcome: payment.No, Decline: payment.NotHonored, RailCode: "05"}
		}
		op := c.must(act())
		if op.State != payment.OpDeclined {
			c.Errorf("the operation is %s", op.State)
		}
		c.settle()
		c.demand(op, d.before)
		if got := c.use(); got != before {
			c.Errorf("the limit was %+v and is %+v", before, got)
		}
	})
}

// Nobody answers: what was asked is reversed, what was told is told again, and a balance is asked for anew.
func TestActs_unanswered(t *testing.T) {
	eachDeed(t, func(c *counter, d deed, act func() (payment.Result, error)) {
		c.next = func(payment.Request) payment.Answer { return payment.Answer{} }
		op := c.must(act())
		c.settle()
		want := d.before
		switch {
		case d.advice:
			want = d.after
		case op.Kind != payment.InquiryOp && want.state == payment.Declined:
			want = standing{state: payment.Reversed}
		}
		c.demand(op, want)
		// The answer comes after all: an advice is settled, a balance nobody waits for, the rest is reversed again.
		if err := c.Service.Late(c.Context(), c.heard, yes); err != nil {
			c.Fatal(err)
		}
		c.settle()
		c.demand(op, want)
	})
}

// The answer is lost between us and the terminal, which reverses what was approved.
func TestActs_reversedByTheTerminal(t *testing.T) {
	eachDeed(t, func(c *counter, d deed, act func() (payment.Result, error)) {
		before := c.use()
		op := c.must(act())
		for range 2 { // the second is a repeat
			_, err := c.Reverse(c.Context(), 0, op)
			if d.advice || op.Kind == payment.InquiryOp {
				if !errors.Is(err, payment.ErrNotReversible) {
					c.Fatalf("reversal: %v", err)
				}
				continue
			}
			if err != nil {
				c.Fatal(err)
			}
		}
		c.settle()
		want := d.before
		switch {
		case d.advice || op.Kind == payment.InquiryOp:
			want = d.after
		case want.state == payment.Declined:
			want = standing{state: payment.Reversed}
			if op.Kind == payment.SaleOp {
				want.captured = 100_00 // what it had captured, for whoever asks
			}
		}
		c.demand(op, want)
		if got := c.use(); want == d.before && got != before && op.Kind != payment.InquiryOp {
			c.Errorf("the limit was %+v and is %+v", before, got)
		}
	})
}

// The terminal gives up while the network still thinks, and the network says yes.
func TestActs_reversedBeforeTheAnswer(t *testing.T) {
	eachDeed(t, func(c *counter, d deed, act func() (payment.Result, error)) {
		if d.advice || d.name == "inquiry" {
			return // nothing reverses it
		}
		c.next = func(r payment.Request) payment.Answer {
			if _, err := c.Reverse(context.WithoutCancel(c.Context()), 0, r.Operation); err != nil {
				c.Error(err)
			}
			return yes
		}
		op := c.must(act())
		c.settle()
		want := d.before
		if want.state == payment.Declined {
			want = standing{state: payment.Reversed}
		}
		c.demand(op, want)
	})
}

// While one act is under way, no other is begun on the payment.
func TestActs_oneAtATime(t *testing.T) {
	c := newCounter(t)
	auth := c.hold(100_00)
	c.next = func(payment.Request) payment.Answer {
		for name, other := range map[string]func() (payment.Result, error){
			"completion": func() (payment.Result, error) { return c.complete(auth, 50_00, false) },
			"advice":     func() (payment.Result, error) { return c.complete(auth, 50_00, true) },
			"void": func() (payment.Result, error) {
				return c.Service.VoidAuthorization(c.Context(), c.OnAuthorization(0, auth, 100_00))
			},
		} {
			if _, err := other(); !errors.Is(err, payment.ErrUnderWay) {
				t.Errorf("%s beside a completion: %v", name, err)
			}
		}
		if n, err := c.Service.Lapse(c.Context()); n != 0 || err != nil {
			t.Errorf("%d lapsed beside a completion, %v", n, err)
		}
		return yes
	}
	op := c.must(c.complete(auth, 100_00, false))
	if _, err := c.complete(auth, 1_00, false); !errors.Is(err, payment.ErrOriginalState) {
		t.Errorf("a second completion: %v", err)
	}
	c.settle()
	c.demand(op, standing{state: payment.Captured, authorized: 100_00, captured: 100_00})
}

func TestActs_refusals(t *testing.T) {
	c := newCounter(t)
	ctx := t.Context()
	auth, other := c.hold(100_00), c.must(c.Sale(ctx, 0, 100_00))
	done := c.must(c.complete(c.hold(50_00), 50_00, false))
	tipped := c.must(c.Sale(ctx, 0, 10_00))
	stranger, err := card.ParsePAN("6226388000000095") // the credit card of the demo
	if err != nil {
		t.Fatal(err)
	}
	on := func(change func(*payment.AuthorizationRequest)) payment.AuthorizationRequest {
		r := c.OnAuthorization(0, auth, 100_00)
		change(&r)
		return r
	}
	for _, f := range []struct {
		name string
		want error
		act  func() (payment.Result, error)
	}{
		{"completion above 115 %", payment.ErrCompletionAmount, func() (payment.Result, error) { return c.complete(auth, 115_01, false) }},
		{"void of a part", payment.ErrOriginalAmount, func() (payment.Result, error) {
			return c.Service.VoidAuthorization(ctx, c.OnAuthorization(0, auth, 99_99))
		}},
		{"another card", payment.ErrOriginalNotFound, func() (payment.Result, error) {
			return c.Service.Complete(ctx, on(func(r *payment.AuthorizationRequest) { r.Card.PAN = stranger }), false)
		}},
		{"another day", payment.ErrOriginalNotFound, func() (payment.Result, error) {
			return c.Service.Complete(ctx, on(func(r *payment.AuthorizationRequest) { r.Date = "0230" }), false)
		}},
		{"another code", payment.ErrOriginalNotFound, func() (payment.Result, error) {
			return c.Service.Complete(ctx, on(func(r *payment.AuthorizationRequest) { r.AuthCode = "ZZZZZZ" }), false)
		}},
		{"no code", payment.ErrAuthCode, func() (payment.Result, error) {
			return c.Service.Complete(ctx, on(func(r *payment.AuthorizationRequest) { r.AuthCode = "" }), false)
		}},
		{"offline without a code", payment.ErrAuthCode, func() (payment.Result, error) { return c.Service.Offline(ctx, sale(c, 1)) }},
		{"void of a sale as a completion", payment.ErrOriginalState, func() (payment.Result, error) { return c.VoidCompletion(ctx, 0, other) }},
		{"void of a completion as a sale", payment.ErrOriginalState, func() (payment.Result, error) { return c.Void(ctx, 0, done) }},
		{"tip on a completion", payment.ErrOriginalState, func() (payment.Result, error) { return c.Tip(ctx, 0, done, 51_00) }},
		{"tip above 15 %", payment.ErrTip, func() (payment.Result, error) { return c.Tip(ctx, 0, tipped, 11_51) }},
		{"tip of nothing", payment.ErrTip, func() (payment.Result, error) { return c.Tip(ctx, 0, tipped, 10_00) }},
		{"refund of an authorization", payment.ErrOriginalNotFound, func() (payment.Result, error) { return c.Refund(ctx, 0, auth, 1) }},
	} {
		if _, err := f.act(); !errors.Is(err, f.want) {
			t.Errorf("%s: %v, want %v", f.name, err, f.want)
		}
	}
	c.settle()
}

// What we ourselves refuse to begin is on record as refused, and the same request is refused again.
func TestActs_presentation(t *testing.T) {
	stripe := func(r *payment.SaleRequest) {
		r.Card.EntryMode, r.Card.Track2 = "022", storetest.PAN+"D33122010000000000"
	}
	for _, f := range []struct {
		name   string
		change func(*payment.SaleRequest)
		result string
	}{
		{"stripe of a chip card", func(r *payment.SaleRequest) { stripe(r); r.Card.ReadsChip = true }, "use_chip"},
		{"stripe at a terminal without a chip reader", stripe, "approved"},
		{"stripe because the chip failed", func(r *payment.SaleRequest) { stripe(r); r.Card.ReadsChip, r.Card.EntryMode = true, "802" }, "approved"},
		{"tap at the limit without a PIN", func(r *payment.SaleRequest) { r.Card.EntryMode, r.Amount.Fen = "072", 1000_00 }, "approved"},
		{"tap above the limit without a PIN", func(r *payment.SaleRequest) { r.Card.EntryMode, r.Amount.Fen = "072", 1000_01 }, "pin_required"},
		{"tap above the limit with a PIN", func(r *payment.SaleRequest) {
			r.Card.EntryMode, r.Amount.Fen, r.Card.PIN = "071", 1000_01, &card.PINBlock{}
		}, "approved"},
		{"credit card by chip without a PIN", func(r *payment.SaleRequest) { r.BIN.Kind, r.Amount.Fen = card.Credit, 5000_00 }, "approved"},
		{"debit card by chip without a PIN", func(r *payment.SaleRequest) { r.Amount.Fen = 5000_00 }, "pin_required"},
	} {
		t.Run(f.name, func(t *testing.T) {
			c := newCounter(t)
			r := sale(c, 10_00)
			f.change(&r)
			for range 2 {
				if op := c.must(c.Service.Sale(t.Context(), r)); op.Result != f.result {
					t.Errorf("the result is %s, want %s", op.Result, f.result)
				}
			}
			c.settle()
		})
	}
}

func TestPreauthorize_listedCategoriesOnly(t *testing.T) {
	for category, want := range map[string]string{"7011": "approved", "3501": "approved", "5812": "approved", "5411": "preauth_not_allowed", "": "preauth_not_allowed"} {
		c := newCounter(t)
		c.Service.Settings.PreauthCategories = payment.PreauthCategories
		m := c.Merchants[0]
		m.Category = category
		if err := storetest.Do(t, c.records, func(v step.View) error { v.Put(m); return nil }, merchant.Key(m.ID)); err != nil {
			t.Fatal(err)
		}
		if op := c.must(c.Preauthorize(t.Context(), 0, 1_00)); op.Result != want {
			t.Errorf("category %q: %s, want %s", category, op.Result, want)
		}
		c.settle()
	}
}

// An approval of a part counts where the terminal takes parts; anything else is reversed.
func TestSale_otherAmountApproved(t *testing.T) {
	for _, f := range []struct {
		name     string
		partial  bool
		approved int64
		want     standing
	}{
		{"a part that was asked for", true, 60_00, standing{state: payment.Captured, captured: 60_00}},
		{"a part that was not asked for", false, 60_00, standing{state: payment.Reversed}},
		{"more than was asked for", true, 100_01, standing{state: payment.Reversed}},
		{"less than nothing", true, -1, standing{state: payment.Reversed}},
	} {
		t.Run(f.name, func(t *testing.T) {
			c := newCounter(t)
			r := sale(c, 100_00)
			r.Partial = f.partial
			c.next = func(payment.Request) payment.Answer {
				a := yes
				a.ApprovedFen, a.RailCode = f.approved, "10"
				return a
			}
			op := c.must(c.Service.Sale(t.Context(), r))
			c.settle()
			c.demand(op, f.want)
			if use := c.use(); (use.UsedCount == 1) != (f.want.state == payment.Captured) || use.ReservedCount != 0 {
				t.Errorf("the limit says %+v", use)
			}
		})
	}
}

func TestLapse(t *testing.T) {
	c := newCounter(t)
	first := c.hold(100_00)
	c.Advance(29 * 24 * time.Hour)
	second := c.hold(200_00)
	c.Advance(25 * time.Hour)
	if n, err := c.Service.Lapse(t.Context()); n != 1 || err != nil {
		t.Fatalf("%d lapsed, %v; want the first", n, err)
	}
	if n, err := c.Service.Lapse(t.Context()); n != 0 || err != nil {
		t.Fatalf("%d lapsed once more, %v", n, err)
	}
	if _, err := c.complete(first, 1_00, false); !errors.Is(err, payment.ErrOriginalState) {
		t.Errorf("completion of what lapsed: %v", err)
	}
	c.demand(first, standing{state: payment.Expired, authorized: 100_00})
	c.demand(second, standing{state: payment.Authorized, authorized: 200_00})
	c.settle()
}

// A balance is stored nowhere, so the same request again is a new question.
func TestInquire_repeated(t *testing.T) {
	c := newCounter(t)
	balance := money.Yuan(100_000_00)
	c.next = func(payment.Request) payment.Answer {
		a := yes
		a.Balance = &balance
		return a
	}
	r := sale(c, 1)
	result, err := c.Service.Inquire(t.Context(), r)
	if err != nil || result.Balance == nil || *result.Balance != balance {
		t.Fatalf("balance %v, %v", result.Balance, err)
	}
	if _, err := c.Service.Inquire(t.Context(), r); !errors.Is(err, terminal.ErrDuplicate) {
		t.Errorf("the same again: %v", err)
	}
	if use := c.use(); use != (risk.Use{}) {
		t.Errorf("an inquiry took %+v of the limit", use)
	}
	c.settle()
}

// What was presented has a price of its own where the schedule says so; what is not known counts as a card.
func TestSale_feeClasses(t *testing.T) {
	c := newCounter(t)
	m := c.Merchants[0]
	schedule := fee.Schedule{Owner: m.ID, Bucket: m.Bucket, Version: 2, Rules: []fee.Rule{
		{Instrument: "card", Kind: "*", Rate: 6000}, {Instrument: "tap", Kind: "*", Rate: 5000}, {Instrument: "phone", Kind: "credit", Rate: 4000},
	}}
	if err := storetest.Do(t, c.records, func(v step.View) error { v.Put(schedule); return nil }, fee.MerchantKey(m.ID)); err != nil {
		t.Fatal(err)
	}
	for _, f := range []struct {
		entry string
		form  card.Form
		kind  card.Kind
		rate  money.Rate
	}{
		{"051", card.Plastic, card.Debit, 6000}, {"022", card.Plastic, card.Credit, 6000}, {"072", card.Plastic, card.Debit, 5000},
		{"072", card.Phone, card.Credit, 4000}, {"072", card.Phone, card.Debit, 5000}, {"962", card.Phone, card.Credit, 4000}, {"002", card.Plastic, card.Unknown, 6000},
	} {
		r := sale(c, 10_00)
		r.Card.EntryMode, r.Card.Form, r.BIN.Kind = f.entry, f.form, f.kind
		if got := c.payment(c.must(c.Service.Sale(t.Context(), r))).Fee.Rate; got != f.rate {
			t.Errorf("entry %s, form %q, %s: %d ppm, want %d", f.entry, f.form, f.kind, got, f.rate)
		}
	}
	c.settle()
}

package product_test

import (
	"crypto/rand"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/yifen-pay/yifen/internal/domain/directory"
	"github.com/yifen-pay/yifen/internal/domain/fee"
	"github.com/yifen-pay/yifen/internal/domain/id"
	"github.com/yifen-pay/yifen/internal/domain/merchant"
	"github.com/yifen-pay/yifen/internal/domain/product"
	"github.com/yifen-pay/yifen/internal/domain/step"
	"github.com/yifen-pay/yifen/internal/store"
	"github.com/yifen-pay/yifen/internal/store/storetest"
)

func TestState_everyStateAndAct(t *testing.T) {
	want := map[string]product.State{
		" request": product.Requested, "requested open": product.Open, "requested reject": product.Rejected,
		"open suspend": product.Suspended, "open close": product.Closed, "suspended resume": product.Open, "suspended close": product.Closed,
		"closed request": product.Requested, "rejected request": product.Requested,
	}
	for _, s := range product.States {
		for _, a := range product.Acts {
			got, err := s.After(a)
			to, ok := want[fmt.Sprint(s, " ", a)]
			if ok && (err != nil || got != to) || !ok && !errors.Is(err, product.ErrState) {
				t.Errorf("%q, %s: %s, %v", s, a, got, err)
			}
		}
	}
}

// house is an operator with one approved merchant.
type house struct {
	*product.Desk
	t     *testing.T
	store *store.Store
	m     merchant.Merchant
}

func newHouse(t *testing.T, institutions ...string) *house {
	now := func() time.Time { return time.Date(2026, 11, 20, 10, 0, 0, 0, time.UTC) }
	ids := id.NewMaker(now, rand.Reader)
	h := &house{t: t, store: storetest.Embedded(t)}
	if len(institutions) == 0 {
		institutions = []string{"898"}
	}
	h.Desk = product.NewDesk(h.store, h.store, ids, now, institutions)
	h.m = merchant.Merchant{
		ID: ids.NewRoot(merchant.Prefix), State: merchant.Active, Kind: merchant.Enterprise, Area: "460106", Category: "5411",
	}
	h.m.Bucket = id.MustBucket(h.m.ID)
	h.put(h.m)
	h.plan(product.Plan{ID: "card", Kind: product.Card, Rules: []fee.Rule{
		{Instrument: "card", Kind: "debit", Rate: 5000, Cap: 20_00}, {Instrument: "card", Kind: "*", Rate: 6000},
	}, Limits: product.Limits{SingleMaxFen: 50_000_00, DaySumMaxFen: 500_000_00}})
	h.plan(product.Plan{ID: "wechat", Kind: product.WeChat, Rules: []fee.Rule{{Instrument: "wechat", Kind: "*", Rate: 3800}}})
	return h
}

func (h *house) put(row step.Row) {
	h.t.Helper()
	if err := storetest.Do(h.t, h.store, func(v step.View) error { v.Put(row); return nil }, row.Key()); err != nil {
		h.t.Fatal(err)
	}
}

func (h *house) plan(p product.Plan) product.Plan {
	h.t.Helper()
	p.Name, p.NameEN, p.Terms, p.Offered = "标准", "Standard", "2026-11", true
	p, err := h.SavePlan(h.t.Context(), p, "platform:admin")
	if err != nil {
		h.t.Fatal(err)
	}
	return p
}

// prices tells what a payment would cost: the rate, or the refusal.
func (h *house) prices(kind string, instrument string) (fee.Snapshot, error) {
	h.t.Helper()
	list, _, err := step.Read[fee.Schedule](h.t.Context(), h.store, fee.MerchantKey(h.m.ID))
	if err != nil {
		h.t.Fatal(err)
	}
	return list.Quote(kind, instrument)
}

func (h *house) merchant() merchant.Merchant {
	h.t.Helper()
	m, _, err := step.Read[merchant.Merchant](h.t.Context(), h.store, merchant.Key(h.m.ID))
	if err != nil {
		h.t.Fatal(err)
	}
	return m
}

func TestService_opensAndPrices(t *testing.T) {
	h := newHouse(t)
	ctx := t.Context()
	if _, err := h.Open(ctx, h.m.ID, product.Card, "", "platform:reviewer"); !errors.Is(err, product.ErrNotFound) {
		t.Errorf("opened without being asked for: %v", err)
	}
	if _, err := h.Ask(ctx, h.m.ID, "card", 2, "merchant:owner"); !errors.Is(err, product.ErrTerms) {
		t.Errorf("agreed to terms that were not shown: %v", err)
	}
	s, err := h.Ask(ctx, h.m.ID, "card", 1, "merchant:owner")
	if err != nil || s.State != product.Requested || len(s.Rules) != 2 || s.AgreedBy != "merchant:owner" {
		t.Fatalf("%+v, %v", s, err)
	}
	if _, err := h.prices("debit", "card"); !errors.Is(err, fee.ErrNoRule) {
		t.Errorf("priced before it is open: %v", err)
	}
	if s, err = h.Open(ctx, h.m.ID, product.Card, "", "platform:reviewer"); err != nil || s.State != product.Open {
		t.Fatalf("%+v, %v", s, err)
	}
	m := h.merchant()
	if m.Number != "898460154110001" || m.SingleMax != 50_000_00 || m.DaySumMax != 500_000_00 {
		t.Errorf("the merchant is %+v", m)
	}
	entry, found, err := step.Read[directory.Entry](ctx, h.store, directory.Key(directory.MerchantNumber, m.Number))
	if err != nil || !found || entry.Target != m.ID {
		t.Errorf("the number leads to %+v, %v", entry, err)
	}
	if got, err := h.prices("debit", "card"); err != nil || got.Rate != 5000 || got.Cap != 20_00 {
		t.Errorf("debit costs %+v, %v", got, err)
	}

	// A second service adds its rules and keeps the number; suspending the first takes its own away and nothing else.
	if _, err := h.Ask(ctx, h.m.ID, "wechat", 1, "merchant:owner"); err != nil {
		t.Fatal(err)
	}
	if _, err := h.Open(ctx, h.m.ID, product.WeChat, " ", "platform:reviewer"); !errors.Is(err, product.ErrSub) {
		t.Errorf("opened without the wallet's number: %v", err)
	}
	if s, err = h.Open(ctx, h.m.ID, product.WeChat, "1900000109", "platform:reviewer"); err != nil || s.SubMerchant != "1900000109" {
		t.Errorf("%+v, %v", s, err)
	}
	if _, err := h.Suspend(ctx, h.m.ID, product.Card, " ", "platform:risk"); !errors.Is(err, product.ErrReason) {
		t.Errorf("suspended without a reason: %v", err)
	}
	if _, err := h.Suspend(ctx, h.m.ID, product.Card, "cash-out", "platform:risk"); err != nil {
		t.Fatal(err)
	}
	if _, err := h.prices("debit", "card"); !errors.Is(err, fee.ErrNoRule) {
		t.Errorf("a suspended service prices: %v", err)
	}
	if got, err := h.prices("*", "wechat"); err != nil || got.Rate != 3800 {
		t.Errorf("the other service costs %+v, %v", got, err)
	}

	// What was agreed holds, whatever the plan says by now.
	h.plan(product.Plan{ID: "card", Kind: product.Card, Rules: []fee.Rule{{Instrument: "card", Kind: "*", Rate: 9000}}})
	if _, err := h.Resume(ctx, h.m.ID, product.Card, "platform:risk"); err != nil {
		t.Fatal(err)
	}
	if got, err := h.prices("debit", "card"); err != nil || got.Rate != 5000 {
		t.Errorf("after the plan changed debit costs %+v, %v", got, err)
	}
	if s, err = h.Close(ctx, h.m.ID, product.Card, "asked for", "platform:ops"); err != nil || s.State != product.Closed || s.Reason != "asked for" {
		t.Errorf("%+v, %v", s, err)
	}
	if _, err := h.Ask(ctx, h.m.ID, "card", 1, "merchant:owner"); !errors.Is(err, product.ErrTerms) {
		t.Errorf("agreed anew to old terms: %v", err)
	}
	if s, err = h.Ask(ctx, h.m.ID, "card", 2, "merchant:owner"); err != nil || s.Rules[0].Rate != 9000 || s.Reason != "" {
		t.Errorf("asked for anew: %+v, %v", s, err)
	}
}

func TestAsk_isForApprovedMerchantsOfTheKind(t *testing.T) {
	h := newHouse(t)
	ctx := t.Context()
	p := h.plan(product.Plan{ID: "micro", Kind: product.Card, Merchants: []string{"micro"}, Rules: []fee.Rule{{Instrument: "card", Kind: "*", Rate: 3800}}})
	if _, err := h.Ask(ctx, h.m.ID, p.ID, p.Version, "x"); !errors.Is(err, product.ErrNotFor) {
		t.Errorf("an enterprise takes the plan of micro merchants: %v", err)
	}
	applying := h.m
	applying.State = merchant.Applying
	h.put(applying)
	if _, err := h.Ask(ctx, h.m.ID, "card", 1, "x"); !errors.Is(err, product.ErrNotYet) {
		t.Errorf("asked before approval: %v", err)
	}
	if _, err := h.Ask(ctx, h.m.ID, "none", 1, "x"); !errors.Is(err, product.ErrNoPlan) {
		t.Errorf("no such plan: %v", err)
	}
}

func TestNumber_goesOnWithTheNextInstitution(t *testing.T) {
	h := newHouse(t, "898", "899")
	ctx := t.Context()
	h.put(directory.Entry{Kind: directory.MerchantNumber, Name: "898460154110001", Target: "mch_other"})
	if _, err := h.Ask(ctx, h.m.ID, "card", 1, "x"); err != nil {
		t.Fatal(err)
	}
	if _, err := h.Open(ctx, h.m.ID, product.Card, "", "x"); err != nil || h.merchant().Number != "898460154110002" {
		t.Errorf("a number that somebody has is passed over: %s, %v", h.merchant().Number, err)
	}
}

func TestPlan_Check(t *testing.T) {
	good := product.Plan{ID: "p", Kind: product.Card, Name: "a", NameEN: "b", Terms: "1", Rules: []fee.Rule{{Instrument: "card", Kind: "*", Rate: 6000}}}
	if err := good.Check(); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*product.Plan){
		"no id":           func(p *product.Plan) { p.ID = "" },
		"a strange id":    func(p *product.Plan) { p.ID = "A b" },
		"no such service": func(p *product.Plan) { p.Kind = "gold" },
		"no name":         func(p *product.Plan) { p.NameEN = "" },
		"no rule":         func(p *product.Plan) { p.Rules = nil },
		"another's rule":  func(p *product.Plan) { p.Rules = []fee.Rule{{Instrument: "wechat", Kind: "*"}} },
		"usury":           func(p *product.Plan) { p.Rules = []fee.Rule{{Instrument: "card", Kind: "*", Rate: 100_001}} },
		"cap below floor": func(p *product.Plan) { p.Rules = []fee.Rule{{Instrument: "card", Kind: "*", Floor: 10, Cap: 5}} },
		"strange people":  func(p *product.Plan) { p.Merchants = []string{"giant"} },
		"negative limits": func(p *product.Plan) { p.Limits.DayCountMax = -1 },
	} {
		p := good
		change(&p)
		if err := p.Check(); !errors.Is(err, product.ErrPlan) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

package supply_test

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/yifen-pay/yifen/internal/domain/calendar"
	"github.com/yifen-pay/yifen/internal/domain/id"
	"github.com/yifen-pay/yifen/internal/domain/merchant"
	"github.com/yifen-pay/yifen/internal/domain/step"
	"github.com/yifen-pay/yifen/internal/domain/supply"
	"github.com/yifen-pay/yifen/internal/domain/terminal"
	"github.com/yifen-pay/yifen/internal/store"
	"github.com/yifen-pay/yifen/internal/store/storetest"
)

// glassVault keeps things in the open: what is tested here has no secrets.
type glassVault struct{}

func (glassVault) SealData(data []byte, record string) []byte {
	return append([]byte(record+"|"), data...)
}

func (glassVault) OpenData(sealed []byte, record string) ([]byte, error) {
	return []byte(strings.TrimPrefix(string(sealed), record+"|")), nil
}

func (glassVault) IndexData(space, text string) (string, error) { return space + ":" + text, nil }

// house is an operator with one merchant, one store and a clock of its own.
type house struct {
	*supply.Service
	t         *testing.T
	store     *store.Store
	terminals *terminal.Service
	now       time.Time
	facts     terminal.Facts
	chance    uint64
	register  func(terminal.Binding) (string, string, error)
	merchant  merchant.Merchant
	shop      merchant.Store
}

func (h *house) Facts(context.Context, string, string) (terminal.Facts, error) { return h.facts, nil }

func (h *house) Report(_ context.Context, b terminal.Binding) (string, string, error) {
	return h.register(b)
}

func newHouse(t *testing.T) *house {
	h := &house{t: t, store: storetest.Embedded(t), now: time.Date(2026, 11, 20, 10, 0, 0, 0, time.UTC)}
	now := func() time.Time { return h.now }
	ids := id.NewMaker(now, rand.Reader)
	h.terminals = terminal.NewService(h.store, h.store, nil, ids, now)
	h.Service = supply.NewService(supply.Config{
		Gate: h.store, Store: h.store, Vault: glassVault{}, Terminals: h.terminals, Registrar: h, Registry: h, IDs: ids, Now: now,
		Chance: func() (uint64, error) { h.chance++; return h.chance * 7_919_191_919, nil }, Acquirer: "48221234", Prefix: "3",
		Network: supply.Network{Address: "127.0.0.1:8583", TPDU: "6000010000"},
	})
	h.merchant = merchant.Merchant{ID: ids.NewRoot(merchant.Prefix), Number: "898460154110001", Category: "5411", State: merchant.Active}
	h.merchant.Bucket = id.MustBucket(h.merchant.ID)
	h.shop = merchant.Store{ID: ids.New(merchant.StorePrefix, h.merchant.Bucket), Bucket: h.merchant.Bucket, Merchant: h.merchant.ID}
	h.facts = terminal.Facts{MerchantNumber: h.merchant.Number, MerchantName: "Shop", Category: "5411", Place: terminal.Place{Area: "460106"}}
	h.put(h.merchant)
	h.put(h.shop)
	h.must(h.SaveModel(t.Context(), supply.Model{
		ID: "yf-h30", Name: "手持", NameEN: "Handheld", Form: supply.Handheld, Abilities: []string{supply.Insert, supply.Tap}, Certificate: "UPTS-1",
		PriceFen: 300_00, DepositFen: 100_00, MonthlyFen: 5_00, Offered: true,
	}, "platform:ops"))
	return h
}

func (h *house) must(err error) {
	h.t.Helper()
	if err != nil {
		h.t.Fatal(err)
	}
}

func (h *house) put(row step.Row) {
	h.t.Helper()
	h.must(storetest.Do(h.t, h.store, func(v step.View) error { v.Put(row); return nil }, row.Key()))
}

func (h *house) terminal(id string) terminal.Terminal {
	h.t.Helper()
	t, found, err := step.Read[terminal.Terminal](h.t.Context(), h.store, terminal.Key(id))
	if err != nil || !found {
		h.t.Fatalf("terminal %s: %t, %v", id, found, err)
	}
	return t
}

func (h *house) wish(count int) supply.Wish {
	return supply.Wish{
		Merchant: h.merchant.ID, Store: h.shop.ID, Lines: []supply.Line{{Model: "yf-h30", Count: count}},
		Contact: supply.Contact{Name: "王", Phone: "13800138000", Area: "460106", Address: "1 Longkun Road"},
		OnceFen: int64(count) * 400_00, MonthlyFen: int64(count) * 5_00,
	}
}

// delivered orders units and brings them to the merchant's door. It returns the items.
func (h *house) delivered(serials ...string) []supply.Item {
	h.t.Helper()
	ctx := h.t.Context()
	o, err := h.Place(ctx, h.wish(len(serials)), "merchant:owner")
	h.must(err)
	_, err = h.Approve(ctx, o.ID, "platform:ops")
	h.must(err)
	for _, s := range serials {
		_, err := h.TakeIn(ctx, s, "yf-h30", "main", "platform:ops")
		h.must(err)
		o, _, err = h.Assign(ctx, o.ID, s, "platform:ops")
		h.must(err)
	}
	_, err = h.Ship(ctx, o.ID, "SF", "SF123", "platform:ops")
	h.must(err)
	o, err = h.Receive(ctx, o.ID, "merchant:owner")
	h.must(err)
	if o.State != supply.OrderReceived || len(o.Items) != len(serials) {
		h.t.Fatalf("the order ends as %+v", o)
	}
	var course []supply.OrderState
	for i, p := range o.Course {
		if course = append(course, p.State); i > 0 && p.At < o.Course[i-1].At {
			h.t.Errorf("the course goes back: %+v", o.Course)
		}
	}
	if want := []supply.OrderState{supply.Placed, supply.Approved, supply.OrderAssigned, supply.OrderShipped, supply.OrderReceived}; !slices.Equal(course, want) {
		h.t.Errorf("the course is %v", course)
	}
	return o.Items
}

func TestStates_everyStateAndAct(t *testing.T) {
	units := map[string]supply.UnitState{
		"stock assign": supply.Assigned, "stock fail": supply.Scrapped, "stock lose": supply.UnitLost,
		"assigned release": supply.InStock, "assigned ship": supply.Shipped, "assigned activate": supply.InUse, "assigned lose": supply.UnitLost,
		"shipped receive": supply.Received, "shipped activate": supply.InUse, "shipped take_back": supply.Returned, "shipped lose": supply.UnitLost,
		"received activate": supply.InUse, "received take_back": supply.Returned, "received lose": supply.UnitLost,
		"active take_back": supply.Returned, "active lose": supply.UnitLost,
		"returned pass": supply.InStock, "returned fail": supply.Scrapped, "lost take_back": supply.Returned,
	}
	for _, s := range supply.UnitStates {
		for _, a := range supply.UnitActs {
			got, err := s.After(a)
			want, ok := units[fmt.Sprint(s, " ", a)]
			if ok && (err != nil || got != want) || !ok && !errors.Is(err, supply.ErrUnitState) {
				t.Errorf("unit %s, %s: %s, %v", s, a, got, err)
			}
		}
	}
	orders := map[string]supply.OrderState{
		"placed approve": supply.Approved, "placed cancel": supply.Cancelled, "approved assign": supply.OrderAssigned,
		"approved cancel": supply.Cancelled, "assigned ship": supply.OrderShipped, "shipped receive": supply.OrderReceived,
	}
	for _, s := range supply.OrderStates {
		for _, a := range supply.OrderActs {
			got, err := s.After(a)
			want, ok := orders[fmt.Sprint(s, " ", a)]
			if ok && (err != nil || got != want) || !ok && !errors.Is(err, supply.ErrOrderState) {
				t.Errorf("order %s, %s: %s, %v", s, a, got, err)
			}
		}
	}
}

func TestOrder_chargesWhatWasAgreed(t *testing.T) {
	h := newHouse(t)
	ctx := t.Context()
	w := h.wish(2)
	w.OnceFen = 0 // "free"
	if _, err := h.Place(ctx, w, "merchant:owner"); !errors.Is(err, supply.ErrTerms) {
		t.Errorf("an order at another price than shown: %v", err)
	}
	o, err := h.Place(ctx, h.wish(2), "merchant:owner")
	h.must(err)
	h.must(h.SaveModel(ctx, supply.Model{
		ID: "yf-h30", Name: "手持", NameEN: "Handheld", Form: supply.Handheld, PriceFen: 999_00, Offered: true,
	}, "platform:ops"))
	if o, err = h.Order(ctx, o.ID); err != nil || o.OnceFen != 800_00 || o.MonthlyFen != 10_00 || o.Lines[0].PriceFen != 300_00 {
		t.Errorf("after the price rose the order says %+v, %v", o, err)
	}
	if _, err := h.Place(ctx, h.wish(2), "merchant:owner"); !errors.Is(err, supply.ErrTerms) {
		t.Errorf("an order at the old price: %v", err)
	}
	if c, err := h.ContactOf(o); err != nil || c.Phone != "13800138000" {
		t.Errorf("the contact opens as %+v, %v", c, err)
	}
}

func TestAssign_fitsTheOrder(t *testing.T) {
	h := newHouse(t)
	ctx := t.Context()
	o, err := h.Place(ctx, h.wish(1), "merchant:owner")
	h.must(err)
	for _, s := range []string{"YF-1001", "YF-1002"} {
		_, err := h.TakeIn(ctx, s, "yf-h30", "main", "platform:ops")
		h.must(err)
	}
	if _, err := h.TakeIn(ctx, "yf-1001", "yf-h30", "main", "platform:ops"); !errors.Is(err, supply.ErrSerialHas) {
		t.Errorf("a serial number taken in twice: %v", err)
	}
	if _, _, err := h.Assign(ctx, o.ID, "YF-1001", "platform:ops"); !errors.Is(err, supply.ErrOrderState) {
		t.Errorf("assigned before it was approved: %v", err)
	}
	_, err = h.Approve(ctx, o.ID, "platform:ops")
	h.must(err)
	_, first, err := h.Assign(ctx, o.ID, "YF-1001", "platform:ops")
	h.must(err)
	if _, again, err := h.Assign(ctx, o.ID, "YF-1001", "platform:ops"); err != nil || again != first {
		t.Errorf("assigned once more: %+v, %v; want %+v", again, err, first)
	}
	if _, _, err := h.Assign(ctx, o.ID, "YF-1002", "platform:ops"); err == nil {
		t.Error("a second unit was assigned to an order of one")
	}
	if got := h.terminal(first.Terminal); got.State != terminal.Prepared || got.Number != first.Number || got.Merchant != h.merchant.ID || len(got.Number) != 8 {
		t.Errorf("the terminal is %+v", got)
	}
}

func TestActivate(t *testing.T) {
	h := newHouse(t)
	ctx := t.Context()
	items := h.delivered("YF-1", "YF-22", "YF-3333", "YF-4444")[2:]
	code, until, err := h.IssueCode(ctx, items[0].Terminal, "merchant:owner")
	h.must(err)
	if len(code) != 12 || until.Sub(calendar.At(h.now)) != 7*24*time.Hour {
		t.Errorf("code %q until %s", code, until)
	}
	last := code[11]
	wrong := code[:11] + string('0'+(last-'0'+1)%10)
	for name, c := range map[string]struct {
		code, serial string
		want         error
	}{
		"a slip of the finger": {wrong, "YF-3333", supply.ErrCodeForm},
		"too short":            {code[:11], "YF-3333", supply.ErrCodeForm},
		"no such code":         {"000000000000", "YF-3333", supply.ErrCode},
		"other hardware":       {code, "YF-4444", supply.ErrCode},
	} {
		if _, err := h.Activate(ctx, c.code, c.serial); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
	got, err := h.Activate(ctx, code, "yf-3333")
	want := supply.Connection{
		Terminal: items[0].Terminal, TerminalNumber: items[0].Number, MerchantNumber: "898460154110001", MerchantName: "Shop",
		Acquirer: "48221234", Profile: terminal.ProfileCUP, Network: supply.Network{Address: "127.0.0.1:8583", TPDU: "6000010000"},
	}
	if err != nil || got != want {
		t.Fatalf("activated: %+v, %v", got, err)
	}
	at := h.terminal(items[0].Terminal)
	if at.State != terminal.Active || at.Serial != "YF-3333" || at.Binding != 1 {
		t.Errorf("the terminal is %+v", at)
	}
	if u, err := h.FindUnit(ctx, "YF-3333"); err != nil || u.State != supply.InUse {
		t.Errorf("the unit is %+v, %v", u, err)
	}
	if again, err := h.Activate(ctx, code, "YF-3333"); err != nil || again != want {
		t.Errorf("the answer asked for again: %+v, %v", again, err)
	}
	h.now = h.now.Add(11 * time.Minute)
	if _, err := h.Activate(ctx, code, "YF-3333"); !errors.Is(err, supply.ErrCode) {
		t.Errorf("a used code later: %v", err)
	}
	if _, _, err := h.IssueCode(ctx, items[0].Terminal, "merchant:owner"); !errors.Is(err, supply.ErrCodeState) {
		t.Errorf("a code for a terminal that is active: %v", err)
	}

	// A code ends after seven days, with the next code, and after ten wrong serial numbers.
	old, _, err := h.IssueCode(ctx, items[1].Terminal, "merchant:owner")
	h.must(err)
	code, _, err = h.IssueCode(ctx, items[1].Terminal, "merchant:owner")
	h.must(err)
	if _, err := h.Activate(ctx, old, "YF-4444"); !errors.Is(err, supply.ErrCode) {
		t.Errorf("a code that another took the place of: %v", err)
	}
	for range 10 {
		if _, err := h.Activate(ctx, code, "YF-0000"); !errors.Is(err, supply.ErrCode) {
			t.Fatal(err)
		}
	}
	if _, err := h.Activate(ctx, code, "YF-4444"); !errors.Is(err, supply.ErrCode) {
		t.Errorf("after ten wrong serial numbers: %v", err)
	}
	code, _, err = h.IssueCode(ctx, items[1].Terminal, "merchant:owner")
	h.must(err)
	h.now = h.now.Add(8 * 24 * time.Hour)
	if _, err := h.Activate(ctx, code, "YF-4444"); !errors.Is(err, supply.ErrCode) {
		t.Errorf("a code after eight days: %v", err)
	}
}

func TestActivate_bindsTheMerchantsOwnFacts(t *testing.T) {
	h := newHouse(t)
	ctx := t.Context()
	item := h.delivered("YF-5555")[0]
	code, _, err := h.IssueCode(ctx, item.Terminal, "merchant:owner")
	h.must(err)
	h.facts.Category = "5813" // not what the merchant's row says: somebody changed it in between
	if _, err := h.Activate(ctx, code, "YF-5555"); !errors.Is(err, terminal.ErrStale) {
		t.Errorf("bound under another category: %v", err)
	}
	h.facts.Category = "5411"
	closed := h.merchant
	closed.State = merchant.Suspended
	h.put(closed)
	if _, err := h.Activate(ctx, code, "YF-5555"); !errors.Is(err, terminal.ErrNotOpen) {
		t.Errorf("bound for a suspended merchant: %v", err)
	}
	h.put(h.merchant)
	if _, err := h.Activate(ctx, code, "YF-5555"); err != nil {
		t.Errorf("after both were put right: %v", err)
	}
	at := h.terminal(item.Terminal)
	h.facts.Place.Area = "310101"
	b, err := h.terminals.Rebind(ctx, at, h.facts, "platform:ops")
	if err != nil || b.Version != 2 || b.Report != terminal.ReportDue {
		t.Errorf("bound anew: %+v, %v", b, err)
	}
	all, err := h.store.Bindings(ctx, at)
	if err != nil || len(all) != 2 || all[0].Until != 0 || all[1].Until == 0 {
		t.Errorf("bindings %+v, %v", all, err)
	}
}

// A device can be set up before it is activated, by what the merchant's records say.
func TestConnection_beforeActivation(t *testing.T) {
	h := newHouse(t)
	ctx := t.Context()
	at := h.terminal(h.delivered("YF-5556")[0].Terminal)
	c, err := h.Connection(ctx, at)
	if err != nil || c.TerminalNumber != at.Number || c.MerchantNumber != h.facts.MerchantNumber || c.Acquirer == "" || c.TPDU == "" {
		t.Errorf("before the activation: %+v, %v", c, err)
	}
	h.facts.MerchantNumber = ""
	if _, err := h.Connection(ctx, at); !errors.Is(err, terminal.ErrNotOpen) {
		t.Errorf("for a merchant without a number: %v", err)
	}
	at.State = terminal.Retired
	if _, err := h.Connection(ctx, at); !errors.Is(err, terminal.ErrBinding) {
		t.Errorf("of a terminal that was retired unused: %v", err)
	}
}

func TestReport_isRepeatedUntilAnswered(t *testing.T) {
	h := newHouse(t)
	ctx := t.Context()
	for _, serial := range []string{"YF-7001", "YF-7002"} {
		item := h.delivered(serial)[0]
		code, _, err := h.IssueCode(ctx, item.Terminal, "merchant:owner")
		h.must(err)
		_, err = h.Activate(ctx, code, serial)
		h.must(err)
	}
	asked := 0
	h.register = func(terminal.Binding) (string, string, error) { asked++; return "", "", errors.New("down") }
	if n, err := h.Service.Report(ctx); n != 0 || err != nil || asked != 2 {
		t.Fatalf("a register that is down: %d told, %d asked, %v", n, asked, err)
	}
	if n, err := h.Service.Report(ctx); n != 0 || err != nil || asked != 2 {
		t.Errorf("asked again at once: %d told, %d asked, %v", n, asked, err)
	}
	h.now = h.now.Add(6 * time.Minute)
	h.register = func(b terminal.Binding) (string, string, error) {
		if b.Serial == "YF-7001" {
			return "REG1", "", nil
		}
		return "", "serial number is registered elsewhere", nil
	}
	if n, err := h.Service.Report(ctx); n != 2 || err != nil {
		t.Fatalf("a register that answers: %d told, %v", n, err)
	}
	u, err := h.FindUnit(ctx, "YF-7002")
	h.must(err)
	got, err := h.store.Bindings(ctx, h.terminal(u.Terminal))
	if err != nil || got[0].Report != terminal.ReportRefused || !strings.Contains(got[0].Note, "elsewhere") {
		t.Errorf("the refused binding is %+v, %v", got, err)
	}
	if n, err := h.Service.Report(ctx); n != 0 || err != nil {
		t.Errorf("told twice: %d, %v", n, err)
	}
}

func TestSwap_takesTheKeysWithTheHardware(t *testing.T) {
	h := newHouse(t)
	ctx := t.Context()
	item := h.delivered("YF-8001")[0]
	code, _, err := h.IssueCode(ctx, item.Terminal, "merchant:owner")
	h.must(err)
	_, err = h.Activate(ctx, code, "YF-8001")
	h.must(err)
	at := h.terminal(item.Terminal)
	at.Keys.Master = []byte("wrapped")
	h.put(at)
	_, err = h.TakeIn(ctx, "YF-8002", "yf-h30", "main", "platform:ops")
	h.must(err)
	got, err := h.Swap(ctx, at, "YF-8002", "printer broken", "platform:ops")
	if err != nil || got.State != terminal.Prepared || got.Serial != "" || len(got.Keys.Master) != 0 {
		t.Fatalf("after the swap: %+v, %v", got, err)
	}
	if again, err := h.Swap(ctx, got, "YF-8002", "printer broken", "platform:ops"); err != nil || again.Unit != got.Unit {
		t.Errorf("swapped once more: %+v, %v", again, err)
	}
	if u, _ := h.FindUnit(ctx, "YF-8001"); u.State != supply.Returned {
		t.Errorf("the old unit is %s", u.State)
	}
	code, _, err = h.IssueCode(ctx, item.Terminal, "merchant:owner")
	h.must(err)
	_, err = h.Activate(ctx, code, "YF-8002")
	h.must(err)
	if at := h.terminal(item.Terminal); at.Serial != "YF-8002" || at.Number != item.Number || at.Binding != 2 {
		t.Errorf("the terminal with other hardware is %+v", at)
	}
}

func TestSerial_isBoundOnce(t *testing.T) {
	h := newHouse(t)
	ctx := t.Context()
	items := h.delivered("YF-9001", "YF-9002")
	code, _, err := h.IssueCode(ctx, items[0].Terminal, "merchant:owner")
	h.must(err)
	_, err = h.Activate(ctx, code, "YF-9001")
	h.must(err)
	other := h.terminal(items[1].Terminal)
	if _, _, err := h.terminals.Bind(ctx, other, "YF-9001", "48221234", h.facts, "x"); !errors.Is(err, terminal.ErrBound) {
		t.Errorf("a serial number bound twice: %v", err)
	}
	_, err = h.terminals.Retire(ctx, h.terminal(items[0].Terminal), "closed", "platform:ops")
	h.must(err)
	if _, _, err := h.terminals.Bind(ctx, other, "YF-9001", "48221234", h.facts, "x"); err != nil {
		t.Errorf("a serial number that is free again: %v", err)
	}
}

func TestCare(t *testing.T) {
	h := newHouse(t)
	ctx := t.Context()
	item := h.delivered("YF-6001")[0]
	code, _, err := h.IssueCode(ctx, item.Terminal, "merchant:owner")
	h.must(err)
	_, err = h.Activate(ctx, code, "YF-6001")
	h.must(err)
	at := h.terminal(item.Terminal)
	c, err := h.PlanCare(ctx, at, supply.Tamper, calendar.At(h.now), "platform:ops")
	h.must(err)
	var findings []supply.Finding
	for _, i := range supply.CareItems[supply.Tamper] {
		findings = append(findings, supply.Finding{Item: i, OK: i != "no_overlay"})
	}
	if _, err := h.FinishCare(ctx, c.ID, findings[1:], "", "platform:ops"); !errors.Is(err, supply.ErrCareItems) {
		t.Errorf("a list with a hole: %v", err)
	}
	done, err := h.FinishCare(ctx, c.ID, findings, "overlay found", "platform:ops")
	if err != nil || done.OK {
		t.Fatalf("%+v, %v", done, err)
	}
	if got := h.terminal(item.Terminal); got.State != terminal.Suspended || got.Reason != terminal.Tampered {
		t.Errorf("a terminal with an overlay is %s, %s", got.State, got.Reason)
	}
	if _, err := h.FinishCare(ctx, c.ID, findings, "", "platform:ops"); !errors.Is(err, supply.ErrCareDone) {
		t.Errorf("made twice: %v", err)
	}
}

func TestSweep_stopsWhoSellsNothing(t *testing.T) {
	h := newHouse(t)
	ctx := t.Context()
	item := h.delivered("YF-6101")[0]
	code, _, err := h.IssueCode(ctx, item.Terminal, "merchant:owner")
	h.must(err)
	_, err = h.Activate(ctx, code, "YF-6101")
	h.must(err)
	at := h.terminal(item.Terminal)
	h.must(h.terminals.Heard(ctx, at, terminal.Heard{Address: "10.0.0.1", Traded: true}))
	sweep := func(after time.Duration, p terminal.IdlePolicy) terminal.Terminal {
		t.Helper()
		h.now = h.now.Add(after)
		_, err := h.terminals.Sweep(ctx, p)
		h.must(err)
		return h.terminal(item.Terminal)
	}
	const day = 24 * time.Hour
	loose := terminal.IdlePolicy{VerifyAfter: 1000 * day, StopAfter: 5000 * day} // a setting cannot stretch the law
	if got := sweep(89*day, loose); got.State != terminal.Active {
		t.Errorf("after 89 days: %s", got.State)
	}
	if got := sweep(2*day, loose); got.State != terminal.Suspended || got.Reason != terminal.Unverified {
		t.Errorf("after 91 days: %s %s", got.State, got.Reason)
	}
	if got, err := h.terminals.Verify(ctx, h.terminal(item.Terminal), "visited", "platform:ops"); err != nil || got.State != terminal.Active {
		t.Errorf("verified: %s, %v", got.State, err)
	}
	if got := sweep(80*day, loose); got.State != terminal.Active {
		t.Errorf("80 days after its verification: %s", got.State)
	}
	if got := sweep(200*day, loose); got.State != terminal.Suspended || got.Reason != terminal.Idle {
		t.Errorf("after a year: %s %s", got.State, got.Reason)
	}
}

func TestAdvise(t *testing.T) {
	counter := supply.Model{ID: "counter", Form: supply.Countertop, Abilities: []string{supply.Swipe, supply.Insert, supply.Tap, supply.Scanner, supply.Printer}, Networks: []string{supply.Ethernet}, PriceFen: 500_00, Offered: true}
	hand := supply.Model{ID: "hand", Form: supply.Handheld, Abilities: []string{supply.Insert, supply.Tap, supply.Scanner, supply.Printer}, Networks: []string{supply.Cellular, supply.WiFi}, PriceFen: 600_00, MonthlyFen: 5_00, Offered: true}
	soft := supply.Model{ID: "soft", Form: supply.Software, Abilities: []string{supply.Tap, supply.Scanner}, Networks: []string{supply.Phone}, Offered: true}
	speaker := supply.Model{ID: "speaker", Form: supply.Speaker, Abilities: []string{supply.Display, supply.Voice}, Networks: []string{supply.Cellular}, PriceFen: 50_00, Offered: true}
	old := supply.Model{ID: "old", Form: supply.Countertop, Abilities: []string{supply.Insert}, Networks: []string{supply.Ethernet}}
	models := []supply.Model{counter, hand, soft, speaker, old}
	for name, c := range map[string]struct {
		shop  supply.Shop
		first string
		never []string
	}{
		"a supermarket":       {supply.Shop{Counters: 6, Mobility: supply.AtTill, PaymentsPerDay: 3000, Cards: true, Codes: true, Receipts: true, Mains: true}, "counter", []string{"old"}},
		"a restaurant":        {supply.Shop{Counters: 2, Mobility: supply.AtTable, PaymentsPerDay: 200, Cards: true, Codes: true, Receipts: true, Mains: true}, "hand", []string{"old"}},
		"a stall, codes only": {supply.Shop{Mobility: supply.AtTill, PaymentsPerDay: 60, Codes: true}, "speaker", []string{"old"}},
		"cards only":          {supply.Shop{Mobility: supply.AtTill, PaymentsPerDay: 60, Cards: true, Mains: true, Receipts: true}, "counter", []string{"old", "speaker"}},
		"a plumber":           {supply.Shop{Mobility: supply.OutOfHouse, PaymentsPerDay: 5, Cards: true, Codes: true}, "soft", []string{"old"}},
	} {
		got := supply.Advise(models, c.shop)
		if len(got) == 0 || got[0].Model != c.first {
			t.Errorf("%s: %+v, want %s first", name, got, c.first)
		}
		for _, a := range got {
			if slices.Contains(c.never, a.Model) {
				t.Errorf("%s is advised %s", name, a.Model)
			}
		}
	}
	if got := supply.Advise(models, supply.Shop{Counters: 6, PaymentsPerDay: 3000, Cards: true, Codes: true, Mobility: supply.AtTill}); got[0].Count != 7 {
		t.Errorf("six busy counters get %d, want one to spare", got[0].Count)
	}
}

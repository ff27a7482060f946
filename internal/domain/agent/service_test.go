package agent_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/yifen-pay/yifen/internal/domain/access"
	"github.com/yifen-pay/yifen/internal/domain/agent"
	"github.com/yifen-pay/yifen/internal/domain/calendar"
	"github.com/yifen-pay/yifen/internal/domain/fault"
	"github.com/yifen-pay/yifen/internal/domain/id"
	"github.com/yifen-pay/yifen/internal/domain/ledger"
	"github.com/yifen-pay/yifen/internal/domain/merchant"
	"github.com/yifen-pay/yifen/internal/domain/money"
	"github.com/yifen-pay/yifen/internal/domain/step"
	"github.com/yifen-pay/yifen/internal/store"
	"github.com/yifen-pay/yifen/internal/store/storetest"
)

// glass seals nothing: what it seals is bound to its record all the same.
type glass struct{}

func (glass) SealData(data []byte, record string) []byte {
	return append([]byte(record+"\x00"), data...)
}

func (glass) OpenData(sealed []byte, record string) ([]byte, error) {
	if len(sealed) <= len(record) || string(sealed[:len(record)+1]) != record+"\x00" {
		return nil, errors.New("sealed for another record")
	}
	return sealed[len(record)+1:], nil
}

// office is a shop, its records and the desk of agents.
type office struct {
	*testing.T
	*storetest.Shop
	target  string
	records *store.Store
	desk    *agent.Service
}

var (
	asker   = access.Actor{ID: "usr_asks", Realm: access.Platform, Session: "s", Can: access.Permissions(0).Allow(access.AgentManage)}
	decider = access.Actor{ID: "usr_decides", Realm: access.Platform, Session: "s", Can: access.Permissions(0).Allow(access.AgentManage, access.ApprovalDecide)}
)

func newOffice(t *testing.T, shops int) *office {
	t.Helper()
	o := &office{T: t, target: t.TempDir()}
	o.records = storetest.Open(t, o.target, store.Options{})
	var err error
	if o.Shop, err = storetest.NewShop(t.Context(), o.records, shops, storetest.Yes()); err != nil {
		t.Fatal(err)
	}
	o.desk = agent.NewService(agent.Config{
		Gate: o.records, Store: o.records, Vault: glass{}, IDs: o.IDs, Now: o.Now,
		Today: agent.Today{Key: step.Key{Table: "business_day", ID: "open"}, Date: func(r step.Row) calendar.Date {
			return calendar.Date(reflect.ValueOf(r).FieldByName("Date").Int())
		}},
	})
	return o
}

func (o *office) must(err error) {
	o.Helper()
	if err != nil {
		o.Fatal(err)
	}
}

// agree has a second person carry a draft out, as the access service does: the base is that of the asking.
func (o *office) agree(d access.Draft, err error) error {
	o.Helper()
	if err != nil {
		return err
	}
	payload, err := json.Marshal(map[string]any{"before": d.Before, "after": d.After})
	o.must(err)
	bucket := id.MustBucket(d.Subject)
	p := access.Proposal{ID: o.IDs.New("prp_", bucket), Bucket: bucket, Kind: d.Kind, Subject: d.Subject, Merchant: d.Merchant, Payload: string(payload), Reason: d.Reason,
		AskedBy: asker.ID, DecidedBy: decider.ID, DecidedAt: calendar.At(o.Now())}
	for _, a := range o.desk.Actions() {
		if a.Kind != d.Kind {
			continue
		}
		return storetest.Do(o, o.records, func(v step.View) error {
			if _, err := a.Base(v, p); err != nil {
				return err
			}
			return a.Apply(v, p, decider)
		}, a.Keys(p)...)
	}
	o.Fatalf("nobody carries %s out", d.Kind)
	return nil
}

// credit returns the nth credit code of a made-up firm, with its check character (GB 32100).
func credit(n int) string {
	const alphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"
	code := fmt.Sprintf("91110108MA01A2%03d", n+100)
	sum, weight := 0, 1
	for _, r := range code {
		sum += strings.IndexRune(alphabet, r) * weight
		weight = weight * 3 % 31
	}
	return code + string(alphabet[(31-sum%31)%31])
}

func form(code, upper string) agent.Form {
	return agent.Form{Name: "北方代理", CreditCode: code, Area: "110101", Registration: "WB-2026-001", RegisteredUntil: 20991231, Upper: upper,
		Private: agent.Private{Contact: "王小明", Phone: "13800138000", Account: agent.Account{Name: "北方代理", Number: "6222000012345678", Bank: "工商银行"}}}
}

// active makes an agent with terms from the beginning on, opened by two.
func (o *office) active(n int, upper string, part money.Rate) agent.Agent {
	o.Helper()
	a, err := o.desk.Create(o.Context(), asker, form(credit(n), upper))
	o.must(err)
	a, err = o.desk.SetTerms(o.Context(), asker, a.ID, a.Version, terms(20260101, agent.Term{Service: "card", Part: part}))
	o.must(err)
	o.must(o.agree(o.desk.ProposeOpen(o.Context(), asker, a.ID, "agreed")))
	d, err := o.desk.Show(o.Context(), asker.Scope(), a.ID)
	o.must(err)
	if d.State != agent.Active || d.Terms.State != agent.Active {
		o.Fatalf("the agent is %s, its terms say %s", d.State, d.Terms.State)
	}
	return d.Agent
}

// payable returns what the books owe an agent.
func (o *office) payable(agentID string) int64 {
	o.Helper()
	fen, err := o.records.Payable(o.Context(), access.Everything(), agentID)
	o.must(err)
	return fen
}

func (o *office) sell(i int, fen int64) {
	o.Helper()
	_, err := o.Sale(o.Context(), i, fen)
	o.must(err)
}

// A sale counts for who held the merchant on its business date, on the terms of that date: what two people decide takes
// effect with the date and not before, and what was frozen before stays, refunds included.
func TestService_aDateHasOneAnswer(t *testing.T) {
	o := newOffice(t, 1)
	ctx, shop := t.Context(), o.Merchants[0].ID
	north, south := o.active(0, "", 100_000), o.active(1, "", 200_000)
	next := storetest.Day.Next()
	o.sell(0, 100_00) // nobody holds the merchant
	if err := o.agree(o.desk.ProposeMove(ctx, asker, shop, north.ID, storetest.Day, "brought")); !errors.Is(err, agent.ErrDate) {
		t.Fatalf("a move on the open date: %v", err)
	}
	o.must(o.agree(o.desk.ProposeMove(ctx, asker, shop, north.ID, next, "brought")))
	o.must(o.agree(o.desk.ProposeMove(ctx, asker, shop, south.ID, next.Next(), "passed on")))
	o.must(o.agree(o.desk.ProposeTerms(ctx, asker, north.ID, terms(next.Next(), agent.Term{Service: "card", Part: 0}), "less")))
	o.sell(0, 100_00)
	if got := o.payable(north.ID); got != 0 {
		t.Fatalf("before its date the agent has %d fen", got)
	}
	o.must(o.Service.OpenDay(ctx, next))
	late, err := o.desk.ProposeTerms(ctx, asker, north.ID, terms(next.Next().Next(), agent.Term{Service: "card", Part: 900_000}), "more")
	o.must(err)
	sold, err := o.Sale(ctx, 0, 100_00) // the terminal's batch is the one of the day before
	o.must(err)
	if got := o.payable(north.ID); got != 6 { // a tenth of 55 fen, rounded half up
		t.Fatalf("on its date the agent has %d fen, want 6", got)
	}
	o.must(o.Service.OpenDay(ctx, next.Next()))
	if n, err := o.desk.Turn(ctx); err != nil || n != 2 {
		t.Fatalf("%d merchants turned, %v", n, err)
	}
	m, _, err := step.Read[merchant.Merchant](ctx, o.records, merchant.Key(shop))
	if err != nil || m.Agent != south.ID {
		t.Fatalf("the merchant's row says %q, %v", m.Agent, err)
	}
	o.sell(0, 100_00)
	if got, want := [2]int64{o.payable(north.ID), o.payable(south.ID)}, [2]int64{6, 11}; got != want {
		t.Fatalf("the agents have %v, want %v", got, want)
	}
	_, err = o.Refund(ctx, 0, sold.Operation, 33_33)
	o.must(err)
	if got := o.payable(north.ID); got != 4 { // two thirds of it, rounded down
		t.Fatalf("after a refund of what it sold the agent has %d fen, want 4", got)
	}
	_, err = o.Refund(ctx, 0, sold.Operation, 66_67)
	o.must(err)
	if got := [2]int64{o.payable(north.ID), o.payable(south.ID)}; got != [2]int64{0, 11} {
		t.Fatalf("after all was given back the agents have %v", got)
	}
	o.must(o.Service.OpenDay(ctx, next.Next().Next()))
	if err := o.agree(late, nil); !errors.Is(err, agent.ErrDate) {
		t.Errorf("terms of a date that has opened meanwhile: %v", err)
	}
	o.sell(0, 100_00)
	_, err = o.desk.Suspend(ctx, asker, south.ID, "complaints")
	o.must(err)
	o.sell(0, 100_00)
	if got := o.payable(south.ID); got != 22 {
		t.Errorf("suspended, the agent has %d fen, want what it had", got)
	}
	o.proven()
	lines, total := o.statement(south.ID, agent.ByDay)
	if len(lines) != 2 || total.Payments != 2 || total.ShareFen != 22 || total.Merchants != 1 {
		t.Errorf("the statement says %+v, %+v", lines, total)
	}
	lines, total = o.statement(north.ID, agent.ByMonth)
	if len(lines) != 1 || total.ShareFen != 6 || total.BackFen != 6 || total.Net() != 0 || total.Returns != 2 || total.ReturnsFen != 100_00 || total.FeeFen != 0 {
		t.Errorf("the statement says %+v, %+v", lines, total)
	}
}

func (o *office) statement(agentID string, by agent.By) ([]agent.Line, agent.Totals) {
	o.Helper()
	s := agent.NewStatement(by)
	o.must(o.records.AgentDays(o.Context(), access.Everything(), agentID, 20261101, 20261231, s.Add))
	return s.Lines()
}

// proven holds the records against every invariant.
func (o *office) proven() {
	o.Helper()
	for _, found := range storetest.Verify(o, o.target, o.Now()) {
		o.Error(found)
	}
}

// No agent gets a third level or a circle, and nothing of an agent that was opened changes by one person.
func TestService_levels(t *testing.T) {
	o := newOffice(t, 1)
	ctx := t.Context()
	upper := o.active(0, "", 300_000)
	lower := o.active(1, upper.ID, 100_000)
	draft, err := o.desk.Create(ctx, asker, form(credit(2), ""))
	o.must(err)
	for name, above := range map[string]string{"a third level": lower.ID, "itself": draft.ID, "nobody": "agt_nobody", "a draft": draft.ID} {
		if _, err := o.desk.Save(ctx, asker, draft.ID, draft.Version, form(credit(2), above)); !errors.Is(err, agent.ErrUpper) {
			t.Errorf("under %s: %v", name, err)
		}
	}
	changed := form(credit(3), lower.ID)
	changed.Name, changed.Account.Number, changed.Phone = "别的公司", "6222000087654321", "13900139000"
	saved, err := o.desk.Save(ctx, asker, upper.ID, upper.Version, changed)
	o.must(err)
	d, err := o.desk.Show(ctx, asker.Scope(), upper.ID)
	if err != nil || saved.Name != upper.Name || saved.CreditCode != upper.CreditCode || saved.Upper != "" || d.Private.Account.Number != "6222000012345678" || d.Private.Phone != "13900139000" {
		t.Errorf("one person changed an open agent to %+v, %+v, %v", saved, d.Private, err)
	}
	for _, version := range []int64{upper.Version, saved.Version + 1} { // before another's change, and after one that was not seen
		if _, err := o.desk.Save(ctx, asker, upper.ID, version, changed); !errors.Is(err, agent.ErrChanged) {
			t.Errorf("saved over another's change: %v", err)
		}
	}
	if _, err := o.desk.Create(ctx, asker, form(credit(4), "agt_nobody")); !errors.Is(err, agent.ErrUpper) {
		t.Errorf("under nobody: %v", err)
	}
	if _, err := o.desk.Create(ctx, asker, form(credit(4), "")); err != nil {
		t.Errorf("the same firm once that is corrected: %v", err)
	}
	if _, err := o.desk.SetTerms(ctx, asker, upper.ID, saved.Version, terms(20260101, agent.Term{Service: "card", Part: 1})); !errors.Is(err, agent.ErrState) {
		t.Errorf("one person changed the shares of an open agent: %v", err)
	}
	if _, err := o.desk.Create(ctx, asker, form(credit(0), "")); fault.KindOf(err) != fault.Conflict {
		t.Errorf("a credit code was taken twice: %v", err)
	}
	if _, err := o.desk.ProposeEnd(ctx, asker, upper.ID, "over"); !errors.Is(err, agent.ErrHolds) {
		t.Errorf("an agent ends over another: %v", err)
	}
	if _, err := o.desk.ProposeOpen(ctx, asker, draft.ID, "as it is"); !errors.Is(err, agent.ErrIncomplete) {
		t.Errorf("a draft without terms is opened: %v", err)
	}
	if err := o.agree(o.desk.ProposeMove(ctx, asker, o.Merchants[0].ID, draft.ID, storetest.Day.Next(), "to a draft")); !errors.Is(err, agent.ErrState) {
		t.Errorf("a merchant passes to a draft: %v", err)
	}
	account := agent.Account{Name: "北方代理", Number: "6222000011112222", Bank: "建设银行"}
	o.must(o.agree(o.desk.ProposeAccount(ctx, asker, upper.ID, account, "moved")))
	if d, err = o.desk.Show(ctx, asker.Scope(), upper.ID); err != nil || d.Private.Account != account || d.Private.Phone != "13900139000" || d.Version != saved.Version+1 {
		t.Errorf("two people changed the account to %+v, %v", d.Private, err)
	}
	o.must(o.agree(o.desk.ProposeEnd(ctx, asker, lower.ID, "over")))
	o.must(o.agree(o.desk.ProposeEnd(ctx, asker, upper.ID, "over")))
	for name, who := range map[string]access.Actor{
		"a merchant": {ID: "u", Realm: access.Merchant, Session: "s", Merchant: o.Merchants[0].ID, Can: asker.Can}, "another agent": {ID: "u", Realm: access.Agent, Session: "s", Agent: lower.ID, Can: asker.Can},
		"nobody": {},
	} {
		if _, err := o.desk.Show(ctx, who.Scope(), upper.ID); !errors.Is(err, agent.ErrNotFound) {
			t.Errorf("%s sees an agent: %v", name, err)
		}
		if _, err := o.desk.Create(ctx, who, form(credit(3), "")); !errors.Is(err, access.ErrForbidden) {
			t.Errorf("%s makes an agent: %v", name, err)
		}
		if err := o.records.AgentDays(ctx, who.Scope(), upper.ID, 1, 2, func(agent.Day) {}); err == nil {
			t.Errorf("%s reads an agent's days", name)
		}
	}
	o.proven()
}

// Two levels over one batch: what both have together is what the upper one's terms say, and a void leaves nothing.
func TestService_twoLevels(t *testing.T) {
	o := newOffice(t, 1)
	ctx := t.Context()
	upper := o.active(0, "", 250_000)
	lower := o.active(1, upper.ID, 100_000)
	o.must(o.agree(o.desk.ProposeMove(ctx, asker, o.Merchants[0].ID, lower.ID, storetest.Day.Next(), "brought")))
	o.must(o.Service.OpenDay(ctx, storetest.Day.Next()))
	sold, err := o.Sale(ctx, 0, 200_00)
	o.must(err)
	if got, want := [2]int64{o.payable(lower.ID), o.payable(upper.ID)}, [2]int64{11, 17}; got != want {
		t.Fatalf("of a fee of 110 fen the agents have %v, want %v", got, want)
	}
	tipped, err := o.Tip(ctx, 0, sold.Operation, 220_00)
	o.must(err)
	if got, want := [2]int64{o.payable(lower.ID), o.payable(upper.ID)}, [2]int64{12, 18}; got != want {
		t.Fatalf("of a fee of 121 fen the agents have %v, want %v", got, want)
	}
	sold.Operation.AmountFen = tipped.Operation.AmountFen
	_, err = o.Void(ctx, 0, sold.Operation)
	o.must(err)
	if got := [2]int64{o.payable(lower.ID), o.payable(upper.ID)}; got != [2]int64{} {
		t.Fatalf("after the void the agents have %v", got)
	}
	cost, _, err := step.Read[step.Tally](ctx, o.records, ledger.BalanceKey(o.Merchants[0].Bucket, ledger.CostAgent))
	if b := ledger.FromTally(ledger.CostAgent, cost); err != nil || b.Net() != 0 || b.Debit != 30 {
		t.Errorf("agents cost %+v, %v", b, err)
	}
	o.proven()
}

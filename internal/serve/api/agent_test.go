package api_test

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/yifen-pay/yifen/internal/domain/access"
	"github.com/yifen-pay/yifen/internal/domain/agent"
	"github.com/yifen-pay/yifen/internal/domain/calendar"
	"github.com/yifen-pay/yifen/internal/domain/listing"
	"github.com/yifen-pay/yifen/internal/domain/merchant"
	"github.com/yifen-pay/yifen/internal/domain/payment"
	"github.com/yifen-pay/yifen/internal/domain/step"
	"github.com/yifen-pay/yifen/internal/serve/api"
	"github.com/yifen-pay/yifen/internal/store/storetest"
)

// openDay opens a business date.
func (d *door) openDay(date calendar.Date) {
	d.t.Helper()
	d.must(storetest.Do(d.t, d.store, func(v step.View) error {
		_, _, err := step.Get[payment.Day](v, payment.DayKey)
		v.Put(payment.Day{Date: date, OpenedAt: calendar.At(d.clock())})
		return err
	}, payment.DayKey))
}

// openedDay returns the business date that a test opened, else that of its clock.
func (d *door) openedDay(ctx context.Context) (payment.Day, error) {
	if d.dayFails != nil {
		return payment.Day{}, d.dayFails
	}
	day, found, err := step.Read[payment.Day](ctx, d.store, payment.DayKey)
	if err == nil && !found {
		date := calendar.DateOf(d.clock())
		day = payment.Day{Date: date, OpenedAt: calendar.At(date.Midnight(calendar.Shanghai))}
	}
	return day, err
}

// firm makes an agent that is active.
func (d *door) firm(creditCode, name string) agent.Agent {
	d.t.Helper()
	a, err := d.agents.Furnish(d.t.Context(), agent.Form{
		Name: name, CreditCode: creditCode, Area: "110101", Registration: "WB-1", RegisteredUntil: 20281231,
		Private: agent.Private{Contact: "王小明", Phone: "13800138000", Account: agent.Account{Name: name, Number: "6222000012345678", Bank: "工商银行"}},
	}, agent.Version{From: 20260101, Terms: []agent.Term{{Service: "card", Part: 300_000}}})
	d.must(err)
	return a
}

// An agent is drafted by one person and opened by two, brings merchants by its own log-in, holds another from a date on
// that two agree to, and sees what is its own and nothing else.
func TestAgents_fromDraftToMerchants(t *testing.T) {
	d := newDoor(t)
	d.openDay(20261120)
	asker, _ := d.staff("ops@demo.example", access.Operations)
	second, _ := d.staff("ops2@demo.example", access.Operations)
	_, shop := d.owner("owner@shop.example")
	body := object{"name": "北方代理", "credit_code": "91110108MA01A2B3C4", "area": "110101", "registration": "WB-1", "registered_until": "2028-12-31", "upper": "",
		"contact": "王小明", "phone": "13800138000", "email": "", "account": object{"name": "北方代理", "number": "6222000012345678", "bank": "工商银行"}}
	asker.call("POST", "/agents", body).is(422, "agent_invalid") // its check character does not fit
	body["credit_code"] = "91460100MA5T8K3W2W"
	made := into[api.AgentDetail](asker.call("POST", "/agents", body).is(201, ""))
	at := "/agents/" + made.ID
	body["version"], body["phone"], body["account"] = made.Version, "13800138001", object{"name": "北方代理", "number": made.Account, "bank": "工商银行"}
	made = into[api.AgentDetail](asker.call("PUT", at, body).is(200, "")) // the number goes back as it was shown
	if kept, err := d.agents.Show(t.Context(), access.Everything(), made.ID); err != nil || kept.Private.Account.Number != "6222000012345678" || made.Phone != "13800138001" {
		t.Errorf("an agent whose telephone changed has the account %+v, %v", kept.Private.Account, err)
	}
	delete(body, "version")
	asker.call("POST", at+"/propose-open", object{"note": "agreed"}).is(422, "agent_incomplete")
	terms := object{"from": "2026-01-01", "version": made.Version, "terms": []object{{"service": "card", "part_ppm": 300_000, "prices": []object{}}}}
	asker.call("PUT", at+"/terms", terms).is(200, "")
	asker.call("PUT", at+"/terms", terms).is(409, "agent_changed")
	asked := into[api.Proposal](asker.call("POST", at+"/propose-open", object{"note": "agreed"}).is(202, ""))
	asker.call("POST", "/proposals/"+asked.ID+"/approve", object{}).is(403, "second_person_needed")
	second.call("POST", "/proposals/"+asked.ID+"/approve", object{}).is(200, "")
	shown := asker.call("GET", at, nil).is(200, "")
	if one := into[api.AgentDetail](shown); one.State != "active" || len(one.Versions) != 1 || one.Account == "" || bytes.Contains(shown.raw, []byte("6222000012345678")) {
		t.Errorf("the agent is %+v", one)
	}
	terms["reason"] = "less"
	delete(terms, "version")
	asker.call("POST", at+"/propose-terms", terms).is(422, "agent_date")

	_, err := d.access.FurnishUser(t.Context(), access.NewUser{
		Realm: access.Agent, Email: "agent@agent.example", Name: "Agent", Lang: "en", Password: password, Agent: made.ID, Roles: []access.Role{access.AgentOwner},
	})
	d.must(err)
	mine := d.browser().login("agent@agent.example")
	if me := into[api.Me](mine.call("GET", "/me", nil).is(200, "")); me.Agent != made.ID {
		t.Errorf("the agent's person is %+v", me)
	}
	brought := into[api.ApplicationView](mine.call("POST", "/applications", object{"kind": "individual", "agent": "agt_else"}).is(201, ""))
	if brought.Agent != made.ID {
		t.Errorf("the application is %+v", brought)
	}
	mine.call("GET", "/applications/"+brought.ID, nil).is(200, "")
	mine.call("GET", at, nil).is(200, "")
	mine.call("GET", at+"/totals", nil).is(200, "")
	mine.call("POST", "/agents", body).is(403, "forbidden")
	mine.call("GET", "/merchants/"+shop, nil).is(404, "merchant_not_found")

	move := object{"agent": made.ID, "from": "2026-11-20", "reason": "brought"}
	asker.call("POST", "/merchants/"+shop+"/propose-agent", move).is(422, "agent_date")
	move["from"] = "2026-11-21"
	asked = into[api.Proposal](asker.call("POST", "/merchants/"+shop+"/propose-agent", move).is(202, ""))
	stale := into[api.Proposal](asker.call("POST", "/merchants/"+shop+"/propose-agent", move).is(202, ""))
	second.call("POST", "/proposals/"+asked.ID+"/approve", object{}).is(200, "")
	if a := second.call("POST", "/proposals/"+stale.ID+"/approve", object{}); a.status != 409 {
		t.Errorf("a move that was based on another holder: %d %s", a.status, a.raw)
	}
	d.openDay(20261121)
	d.advance(time.Minute)
	if n, err := d.agents.Turn(t.Context()); err != nil || n != 1 {
		t.Fatalf("%d merchants turned, %v", n, err)
	}
	m, _, err := step.Read[merchant.Merchant](t.Context(), d.store, merchant.Key(shop))
	if err != nil || m.Agent != made.ID {
		t.Errorf("the merchant is held by %q, %v", m.Agent, err)
	}
	if seen := into[api.MerchantDetail](mine.call("GET", "/merchants/"+shop, nil).is(200, "")); seen.Owner == "" || seen.OwnerName != "" {
		t.Errorf("an agent's person reads that the owner %q is called %q", seen.Owner, seen.OwnerName)
	}
	if file := mine.call("GET", "/merchants/export?lang=en&state="+string(m.State), nil).is(200, ""); !strings.Contains(string(file.raw), m.Name) {
		t.Errorf("the export is %s", file.raw)
	}
	mine.call("GET", at+"/statement/export?by=month&format=csv", nil).is(200, "")

	_, err = d.access.FurnishUser(t.Context(), access.NewUser{
		Realm: access.Agent, Email: "else@agent.example", Name: "Else", Lang: "en", Password: password, Agent: d.firm(creditCode("91110108MA01A2B3C"), "南方代理").ID, Roles: []access.Role{access.AgentOwner},
	})
	d.must(err)
	other := d.browser().login("else@agent.example")
	for _, path := range []string{at, at + "/totals", at + "/statement", at + "/statement/export", "/merchants/" + shop, "/applications/" + brought.ID} {
		if a := other.call("GET", path, nil); a.status != 404 {
			t.Errorf("another agent reads %s: %d %s", path, a.status, a.raw)
		}
	}
	asker.call("POST", at+"/suspend", object{"note": "complaints"}).is(200, "")
	mine.call("POST", "/applications", object{"kind": "individual"}).is(409, "agent_state")
	mine.call("GET", "/applications/"+brought.ID, nil).is(200, "") // its people read on, and change nothing
	mine.call("POST", "/applications/"+brought.ID+"/submit", object{"version": brought.Version}).is(403, "forbidden")
	if me := into[api.Me](mine.call("GET", "/me", nil).is(200, "")); slices.Contains(me.Permissions, "application.edit") || !slices.Contains(me.Permissions, "merchant.view") {
		t.Errorf("a suspended agent's person may %v", me.Permissions)
	}
	worked := asker.call("POST", "/agents/example", object{"terms": object{"service": "card", "part_ppm": 200_000, "prices": []object{}}, "amount_fen": 1000_00, "refund_fen": 0,
		"card_kind": "debit", "fee": rate(5500), "cost": rate(3800)}).is(200, "")
	if !strings.Contains(string(worked.raw), `"holder_fen":110`) || !strings.Contains(string(worked.raw), `"kept_fen":60`) {
		t.Errorf("the example says %s", worked.raw)
	}
}

// A statement is summed up by day, month and merchant, over as many pages as it takes; a failing database is nobody's
// mistake in writing a date.
func TestAgents_statement(t *testing.T) {
	d := newDoor(t)
	d.openDay(20261120)
	staff, _ := d.staff("ops@demo.example", access.Operations)
	firm := d.firm("91460100MA5T8K3W2W", "北方代理")
	shops := []string{d.ids.NewRoot(merchant.Prefix), d.ids.NewRoot(merchant.Prefix)}
	slices.Sort(shops)
	d.must(storetest.Do(t, d.store, func(v step.View) error {
		for _, day := range []agent.Day{
			{Merchant: shops[0], Date: 20261031, Count: 1, Amount: 1_000, Fee: 60, Share: 7},
			{Merchant: shops[0], Date: 20261101, Count: 2, Amount: 20_000, Fee: 110, Share: 33},
			{Merchant: shops[1], Date: 20261101, Count: 3, Amount: 30_000, Fee: 170, Share: 51},
			{Merchant: shops[1], Date: 20261102, Back: true, Count: 1, Amount: 10_000, Fee: 57, Share: 17},
		} {
			day.Agent = firm.ID
			v.Add(agent.DayOf(day))
		}
		return nil
	}))
	read := func(by string) (lines []api.StatementLine) {
		for cursor := ""; ; {
			page := into[struct {
				Data []api.StatementLine
				More bool   `json:"has_more"`
				Next string `json:"next_cursor"`
			}](staff.call("GET", "/agents/"+firm.ID+"/statement?from=2026-10-31&to=2026-11-20&limit=1&by="+by+cursor, nil).is(200, ""))
			lines = append(lines, page.Data...)
			if !page.More {
				return lines
			}
			cursor = "&cursor=" + page.Next
		}
	}
	october := api.StatementLine{Merchants: 1, Payments: 1, AmountFen: 1_000, FeeFen: 60, ShareFen: 7, NetFen: 7}
	for by, want := range map[string][]api.StatementLine{
		"day": {
			lineOf("2026-10-31", october),
			{Key: "2026-11-01", Merchants: 2, Payments: 5, AmountFen: 50_000, FeeFen: 280, ShareFen: 84, NetFen: 84},
			{Key: "2026-11-02", Merchants: 1, Returns: 1, ReturnsFen: 10_000, FeeFen: -57, BackFen: 17, NetFen: -17},
		},
		"month": {
			lineOf("2026-10", october),
			{Key: "2026-11", Merchants: 2, Payments: 5, AmountFen: 50_000, Returns: 1, ReturnsFen: 10_000, FeeFen: 223, ShareFen: 84, BackFen: 17, NetFen: 67},
		},
		"merchant": {
			{Key: shops[0], Merchants: 1, Payments: 3, AmountFen: 21_000, FeeFen: 170, ShareFen: 40, NetFen: 40},
			{Key: shops[1], Merchants: 1, Payments: 3, AmountFen: 30_000, Returns: 1, ReturnsFen: 10_000, FeeFen: 113, ShareFen: 51, BackFen: 17, NetFen: 34},
		},
	} {
		if lines := read(by); !slices.Equal(lines, want) {
			t.Errorf("by %s: %+v, want %+v", by, lines, want)
		}
	}
	d.must(storetest.Do(t, d.store, func(v step.View) error {
		for range 2 * listing.MaxLimit {
			v.Add(agent.DayOf(agent.Day{Agent: firm.ID, Merchant: d.ids.NewRoot(merchant.Prefix), Date: 20261103, Count: 1, Amount: 1}))
		}
		return nil
	}))
	sums := &countedSums{AgentLists: d.store}
	config := d.config()
	config.AgentLists = sums
	d.api.Close()
	d.api = api.New(config)
	file := string(staff.call("GET", "/agents/"+firm.ID+"/statement/export?by=merchant&from=2026-10-31&to=2026-11-20&format=csv", nil).is(200, "").raw)
	if rows := strings.Count(file, merchant.Prefix); rows != 2+2*listing.MaxLimit || sums.times != 1 {
		t.Errorf("a file of %d merchants, for which the days were read %d times", rows, sums.times)
	}
	d.dayFails = errors.New("the disk is gone")
	staff.call("GET", "/agents/"+firm.ID+"/statement", nil).is(500, "internal")
	staff.call("GET", "/agents/"+firm.ID+"/statement?to=2026-11-20", nil).is(200, "")
	staff.call("GET", "/agents/"+firm.ID+"/statement?to=yesterday", nil).is(422, "agent_date")
}

// countedSums counts how often days are read.
type countedSums struct {
	api.AgentLists
	times int
}

func (c *countedSums) AgentDays(ctx context.Context, scope access.Scope, agentID string, from, to calendar.Date, each func(agent.Day)) error {
	c.times++
	return c.AgentLists.AgentDays(ctx, scope, agentID, from, to, each)
}

func lineOf(key string, line api.StatementLine) api.StatementLine {
	line.Key = key
	return line
}

// creditCode completes a credit code by its check character (GB 32100).
func creditCode(body string) string {
	const alphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"
	sum, weight := 0, 1
	for _, c := range body {
		sum += strings.IndexRune(alphabet, c) * weight
		weight = weight * 3 % 31
	}
	return body + string(alphabet[(31-sum%31)%31])
}

// Staff make the account of an agent's person, who sets a password by a code and logs in. A lock ends the person's
// sessions, and so does the end of the agent, which waits until it holds nothing, however it was asked for.
func TestAgents_people(t *testing.T) {
	d := newDoor(t)
	d.openDay(20261120)
	asker, _ := d.staff("ops@demo.example", access.Operations)
	second, _ := d.staff("ops2@demo.example", access.Operations)
	auditor, _ := d.staff("audit@demo.example", access.Auditor)
	_, shop := d.owner("owner@shop.example")
	firm := d.firm("91460100MA5T8K3W2W", "北方代理")
	at := "/agents/" + firm.ID
	person := object{"login": "WANG@agent.example", "name": "王芳", "roles": []string{"agent_owner"}, "lang": "zh"}
	auditor.call("POST", at+"/people", person).is(403, "forbidden")
	asker.call("POST", "/agents/agt_none/people", person).is(404, "agent_not_found")
	asker.call("POST", at+"/people", object{"login": "a@agent.example", "name": "A", "roles": []string{"admin"}}).is(422, "role_unknown")
	asker.call("POST", at+"/people", object{"login": "owner@shop.example", "name": "A", "roles": []string{"agent_owner"}}).is(409, "name_taken")
	made := into[api.AgentPersonView](asker.call("POST", at+"/people", person).is(201, ""))
	if m := d.inbox.last(); m.Kind != "agent_person" || m.To != "wang@agent.example" || m.Lang != "zh" || m.Args["agent"] != firm.Name || m.Code != "" {
		t.Errorf("the person is told %+v", m)
	}
	records, err := d.store.Trail(t.Context(), access.Everything(), access.TrailFilter{Action: "agent.person_added"}, listing.Page{})
	if err != nil || len(records.Rows) != 1 || records.Rows[0].Subject != made.ID || !strings.Contains(records.Rows[0].Detail, firm.ID) {
		t.Errorf("the trail says %+v, %v", records.Rows, err)
	}
	mine := d.browser()
	mine.call("POST", "/auth/login", object{"login": "wang@agent.example", "password": ""}).is(403, "log_in_refused")
	mine.call("POST", "/auth/password/forgot", object{"login": "wang@agent.example"}).is(204, "")
	mine.call("POST", "/auth/password/reset", object{"login": "wang@agent.example", "code": d.inbox.last().Code, "password": password}).is(204, "")
	mine.login("wang@agent.example")
	if me := into[api.Me](mine.call("GET", "/me", nil).is(200, "")); me.Agent != firm.ID || me.User.Name != "王芳" {
		t.Errorf("the person is %+v", me)
	}
	d.firm(creditCode("91110108MA01A2B3C"), "南方代理")
	list := into[api.ListBody[api.AgentPersonView]](asker.call("GET", at+"/people", nil).is(200, ""))
	if len(list.Data) != 1 || list.Data[0].ID != made.ID || !list.Data[0].Password || list.Data[0].Login == "wang@agent.example" {
		t.Errorf("its people are %+v", list.Data)
	}

	act := at + "/people/" + made.ID
	asker.call("POST", "/agents/agt_none/people/"+made.ID+"/lock", object{"reason": "left"}).is(404, "account_not_found")
	if locked := into[api.AgentPersonView](asker.call("POST", act+"/lock", object{"reason": "left"}).is(200, "")); locked.State != "locked" {
		t.Errorf("the person is %+v", locked)
	}
	mine.call("GET", "/me", nil).is(401, "session_ended")
	asker.call("POST", act+"/unlock", object{"reason": "back"}).is(200, "")
	mine.login("wang@agent.example")

	end := into[api.Proposal](asker.call("POST", at+"/propose-end", object{"note": "over"}).is(202, ""))
	decide := func(p api.Proposal) answer { return second.call("POST", "/proposals/"+p.ID+"/approve", object{}) }
	move := func(to string) {
		t.Helper()
		body := object{"agent": to, "from": "2026-11-21", "reason": "brought"}
		decide(into[api.Proposal](asker.call("POST", "/merchants/"+shop+"/propose-agent", body).is(202, ""))).is(200, "")
	}
	move(firm.ID)
	decide(end).is(409, "agent_holds") // a merchant is to come since it was asked for
	move("")
	mine.call("GET", "/me", nil).is(200, "")
	decide(end).is(200, "")
	mine.call("GET", "/me", nil).is(401, "session_ended")
	mine.call("POST", "/auth/login", object{"login": "wang@agent.example", "password": password}).is(403, "log_in_refused")
	person["login"] = "li@agent.example"
	asker.call("POST", at+"/people", person).is(409, "agent_ended")
}

func rate(ppm int) object {
	return object{"instrument": "card", "kind": "*", "rate_ppm": ppm, "floor_fen": 0, "cap_fen": 0, "keep": false}
}

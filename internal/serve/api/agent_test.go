package api_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/yifen-pay/yifen/internal/domain/access"
	"github.com/yifen-pay/yifen/internal/domain/calendar"
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
		v.Put(payment.Day{Date: date})
		return err
	}, payment.DayKey))
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
	mine.call("GET", "/merchants/"+shop, nil).is(200, "")
	if file := mine.call("GET", "/merchants/export?lang=en&state="+string(m.State), nil).is(200, ""); !strings.Contains(string(file.raw), m.Name) {
		t.Errorf("the export is %s", file.raw)
	}
	mine.call("GET", at+"/statement/export?by=month&format=csv", nil).is(200, "")

	_, err = d.access.FurnishUser(t.Context(), access.NewUser{
		Realm: access.Agent, Email: "else@agent.example", Name: "Else", Lang: "en", Password: password, Agent: "agt_else", Roles: []access.Role{access.AgentOwner},
	})
	d.must(err)
	other := d.browser().login("else@agent.example")
	for _, path := range []string{at, at + "/totals", at + "/statement", at + "/statement/export", "/merchants/" + shop, "/applications/" + brought.ID} {
		if a := other.call("GET", path, nil); a.status != 404 {
			t.Errorf("another agent reads %s: %d %s", path, a.status, a.raw)
		}
	}
	if a := other.call("POST", "/applications", object{"kind": "individual"}); a.status != 404 {
		t.Errorf("an agent that is nobody brings a merchant: %d %s", a.status, a.raw)
	}
	asker.call("POST", at+"/suspend", object{"note": "complaints"}).is(200, "")
	mine.call("POST", "/applications", object{"kind": "individual"}).is(409, "agent_state")
	worked := asker.call("POST", "/agents/example", object{"terms": object{"service": "card", "part_ppm": 200_000, "prices": []object{}}, "amount_fen": 1000_00, "refund_fen": 0,
		"card_kind": "debit", "fee": rate(5500), "cost": rate(3800)}).is(200, "")
	if !strings.Contains(string(worked.raw), `"holder_fen":110`) || !strings.Contains(string(worked.raw), `"kept_fen":60`) {
		t.Errorf("the example says %s", worked.raw)
	}
}

func rate(ppm int) object {
	return object{"instrument": "card", "kind": "*", "rate_ppm": ppm, "floor_fen": 0, "cap_fen": 0, "keep": false}
}

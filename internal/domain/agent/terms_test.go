package agent_test

import (
	"errors"
	"reflect"
	"testing"

	"github.com/yifen-pay/yifen/internal/domain/agent"
	"github.com/yifen-pay/yifen/internal/domain/calendar"
	"github.com/yifen-pay/yifen/internal/domain/fee"
	"github.com/yifen-pay/yifen/internal/domain/money"
	"github.com/yifen-pay/yifen/internal/domain/step"
	"github.com/yifen-pay/yifen/internal/store/storetest"
)

func TestState_after(t *testing.T) {
	want := map[agent.State]map[agent.Verb]agent.State{
		agent.Draft:     {agent.Open: agent.Active},
		agent.Active:    {agent.Suspend: agent.Suspended, agent.End: agent.Ended},
		agent.Suspended: {agent.Open: agent.Active, agent.End: agent.Ended},
	}
	for _, s := range agent.States {
		for _, v := range agent.Verbs {
			got, err := s.After(v)
			if to, ok := want[s][v]; ok && (got != to || err != nil) || !ok && (!errors.Is(err, agent.ErrState) || got != s) {
				t.Errorf("%s, %s: %s, %v", s, v, got, err)
			}
		}
	}
}

func terms(from calendar.Date, list ...agent.Term) agent.Version {
	return agent.Version{From: from, Terms: list}
}

func TestTerms_on(t *testing.T) {
	half, third := agent.Term{Service: "card", Part: 500_000}, agent.Term{Service: "card", Part: 333_333}
	list := agent.Terms{}.With(terms(20261201, third)).With(terms(20261101, half)).With(terms(20261201, half)).With(terms(20261201, third))
	if len(list.Versions) != 2 {
		t.Fatalf("a date has two versions: %+v", list.Versions)
	}
	for day, want := range map[calendar.Date]agent.Version{20261031: {}, 20261101: terms(20261101, half), 20261130: terms(20261101, half), 20261201: terms(20261201, third), 20270101: terms(20261201, third)} {
		if got, found := list.On(day); !reflect.DeepEqual(got, want) || found != (want.From != 0) {
			t.Errorf("on %s: %+v, %t", day, got, found)
		}
	}
	if got, err := agent.DecodeVersions(agent.EncodeVersions(list.Versions)); err != nil || !reflect.DeepEqual(got, list.Versions) {
		t.Errorf("reads as %+v, %v", got, err)
	}
}

func TestVersion_check(t *testing.T) {
	card := func(part int64, prices ...fee.Rule) agent.Term {
		return agent.Term{Service: "card", Part: money.Rate(part), Prices: prices}
	}
	for name, c := range map[string]struct {
		version agent.Version
		good    bool
	}{
		"a part":                      {terms(20261201, card(300_000)), true},
		"all of it":                   {terms(20261201, card(1_000_000)), true},
		"more than all":               {terms(20261201, card(1_000_001)), false},
		"less than nothing":           {terms(20261201, card(-1)), false},
		"no date":                     {terms(0, card(1)), false},
		"nothing":                     {terms(20261201), false},
		"twice":                       {terms(20261201, card(1), card(2)), false},
		"another service":             {terms(20261201, agent.Term{Service: "cash", Part: 1}), false},
		"two prices of one kind":      {terms(20261201, card(0, fee.Rule{Instrument: "tap", Kind: "debit", Rate: 3800}, fee.Rule{Instrument: "tap", Kind: "debit", Rate: 4800})), false},
		"a price":                     {terms(20261201, card(0, fee.Rule{Instrument: "tap", Kind: "debit", Rate: 3800, Floor: 1, Cap: 5})), true},
		"a price of another service":  {terms(20261201, card(0, fee.Rule{Instrument: "wechat", Kind: "*", Rate: 3800})), false},
		"a price of any":              {terms(20261201, card(0, fee.Rule{Instrument: "*", Kind: "*", Rate: 3800})), false},
		"a price too high":            {terms(20261201, card(0, fee.Rule{Instrument: "card", Kind: "*", Rate: 100_001})), false},
		"a cap below":                 {terms(20261201, card(0, fee.Rule{Instrument: "card", Kind: "*", Floor: 3, Cap: 2})), false},
		"a kind that breaks the text": {terms(20261201, card(0, fee.Rule{Instrument: "card", Kind: "a; card/b"})), false},
	} {
		if err := c.version.Check(); (err == nil) != c.good {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// What is frozen is what the terms of the business date say, for who is active, whatever they say of other dates.
func TestFreeze(t *testing.T) {
	s := storetest.Embedded(t)
	lower, upper := storetest.Terms()
	lower = lower.With(terms(20261201, agent.Term{Service: "card", Part: 100_000}))
	alone := agent.Terms{Agent: "agt_alone", State: agent.Active, Versions: lower.Versions}
	stopped, over := alone, lower
	stopped.Agent, stopped.State = "agt_stopped", agent.Suspended
	over.Agent, over.Upper = "agt_over", "agt_stopped"
	rows := []step.Row{lower, upper, alone, stopped, over}
	keys := []step.Key{}
	for _, r := range rows {
		keys = append(keys, r.Key())
	}
	if err := storetest.Do(t, s, func(v step.View) error {
		for _, r := range rows {
			v.Put(r)
		}
		return nil
	}, keys...); err != nil {
		t.Fatal(err)
	}
	price := agent.Cut{Agent: storetest.UpperAgent, Basis: agent.ByPrice, Price: fee.Snapshot{Rate: 4000, Floor: 3}}
	part := func(name string, ppm int64) agent.Cut {
		return agent.Cut{Agent: name, Basis: agent.ByPart, Part: money.Rate(ppm)}
	}
	for name, c := range map[string]struct {
		holder, service string
		day             calendar.Date
		want            agent.Split
	}{
		"on the last day of old terms":  {storetest.LowerAgent, "card", 20261130, agent.Split{Holder: part(storetest.LowerAgent, 200_000), Upper: price}},
		"on the first day of new terms": {storetest.LowerAgent, "card", 20261201, agent.Split{Holder: part(storetest.LowerAgent, 100_000), Upper: price}},
		"before there were any":         {storetest.LowerAgent, "card", 20251231, agent.Split{Holder: part(storetest.LowerAgent, 0), Upper: part(storetest.UpperAgent, 0)}},
		"another service":               {storetest.LowerAgent, "wechat", 20261130, agent.Split{Holder: part(storetest.LowerAgent, 0), Upper: part(storetest.UpperAgent, 0)}},
		"one level":                     {"agt_alone", "card", 20261130, agent.Split{Holder: part("agt_alone", 200_000)}},
		"suspended":                     {"agt_stopped", "card", 20261130, agent.Split{}},
		"under one that is suspended":   {"agt_over", "card", 20261130, agent.Split{Holder: part("agt_over", 200_000), Upper: part("", 200_000)}},
		"nobody knows it":               {"agt_nobody", "card", 20261130, agent.Split{}},
	} {
		var got agent.Split
		err := storetest.Do(t, s, func(v step.View) (err error) {
			got, err = agent.Freeze(v, c.holder, agent.Paid{Service: c.service, Kind: "debit", Classes: []string{"card"}, Day: c.day})
			return err
		})
		if err != nil || got != c.want {
			t.Errorf("%s: %+v, %v; want %+v", name, got, err, c.want)
		}
	}
}

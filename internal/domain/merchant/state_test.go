package merchant_test

import (
	"errors"
	"testing"

	"github.com/yifen-pay/yifen/internal/domain/merchant"
)

// transitions as text, apart from the tables: what is not named here is refused.
var applicationSays = map[merchant.ApplicationState]map[merchant.Verb]merchant.ApplicationState{
	"draft":     {"save": "draft", "submit": "submitted", "withdraw": "withdrawn"},
	"submitted": {"claim": "claimed", "withdraw": "withdrawn"},
	"claimed":   {"claim": "claimed", "release": "submitted", "return": "returned", "approve": "approved", "reject": "rejected"},
	"returned":  {"save": "returned", "submit": "submitted", "withdraw": "withdrawn"},
}

var merchantSays = map[merchant.State]map[merchant.Verb]merchant.State{
	"applying":  {"approve": "active", "reject": "closed", "withdraw": "closed"},
	"active":    {"suspend": "suspended", "leave": "closing"},
	"suspended": {"reinstate": "active", "leave": "closing"},
	"closing":   {"stay": "active", "exit": "closed"},
}

func exhaust[S comparable](t *testing.T, states []S, table merchant.Transitions[S], says map[S]map[merchant.Verb]S) {
	t.Helper()
	for _, s := range states {
		for _, v := range merchant.Verbs {
			got, err := table.Next(s, v)
			want, ok := says[s][v]
			if ok != (err == nil) || ok && got != want || !ok && (!errors.Is(err, merchant.ErrState) || got != s) {
				t.Errorf("%s of %v: %v, %v; want %v, %t", v, s, got, err, want, ok)
			}
		}
	}
	for s := range table {
		if _, known := says[s]; !known {
			t.Errorf("the table has the state %v", s)
		}
	}
}

func TestTransitions_everyStateAndVerb(t *testing.T) {
	exhaust(t, merchant.ApplicationStates, merchant.ApplicationTransitions, applicationSays)
	exhaust(t, merchant.States, merchant.MerchantTransitions, merchantSays)
	for _, s := range merchant.ApplicationStates {
		if s.Open() != (len(merchant.ApplicationTransitions[s]) > 0) {
			t.Errorf("%s: open is %t", s, s.Open())
		}
	}
}

package access_test

import (
	"slices"
	"testing"

	"github.com/yifen-pay/yifen/internal/domain/access"
)

func TestPermissions(t *testing.T) {
	seen := map[string]bool{}
	for p := access.Permission(1); p.String() != "none"; p++ {
		word := p.String()
		if got, ok := access.ParsePermission(word); !ok || got != p || seen[word] || word == "" {
			t.Errorf("permission %d is %q, which is read as %d", p, word, got)
		}
		seen[word] = true
	}
	if len(seen) == 0 || len(seen) > 63 {
		t.Fatalf("there are %d permissions, a set holds 63", len(seen))
	}
	for _, none := range []string{"", "none", "merchant", "Merchant.View"} {
		if p, ok := access.ParsePermission(none); ok {
			t.Errorf("%q is read as %s", none, p)
		}
	}
	var empty access.Permissions
	set := empty.Allow(access.PaymentView, access.AuditView)
	if empty.Has(0) || set.Has(0) || set.Has(200) || !set.Has(access.AuditView) || set.Has(access.PaymentTake) {
		t.Error("a set has what it was not given")
	}
	if got := set.Words(); !slices.Equal(got, []string{"payment.view", "audit.view"}) {
		t.Errorf("the words are %v", got)
	}
}

// Whatever a role means on one side of the house it means nothing on another, and no role mixes what two people do.
func TestRoles(t *testing.T) {
	realms := []access.Realm{access.Platform, access.Merchant, access.Agent}
	for _, realm := range realms {
		for _, role := range access.Roles(realm) {
			can := access.Granted(realm, role)
			if can == 0 {
				t.Errorf("%s of %s may nothing", role, realm)
			}
			for _, other := range realms {
				if other != realm && !slices.Contains(access.Roles(other), role) && access.Granted(other, role) != 0 {
					t.Errorf("%s of %s counts in %s", role, realm, other)
				}
			}
			if realm != access.Platform && (can.Has(access.StaffManage) || can.Has(access.ApplicationReview) || can.Has(access.SettingManage)) {
				t.Errorf("%s of %s may what staff do: %v", role, realm, can.Words())
			}
			if realm == access.Platform && (can.Has(access.PaymentTake) || can.Has(access.KeyManage) || can.Has(access.ApplicationEdit)) {
				t.Errorf("%s may what merchants do: %v", role, can.Words())
			}
		}
	}
	for _, p := range []access.Permission{access.PaymentTake, access.PaymentRefund, access.MemberManage, access.SettingManage, access.RiskManage} {
		if access.Granted(access.Platform, access.Auditor).Has(p) {
			t.Errorf("an auditor may %s", p)
		}
	}
	if access.KeyScopes&^access.Granted(access.Merchant, access.Owner) != 0 {
		t.Error("a key may have what its owner has not")
	}
}

func TestScope(t *testing.T) {
	staff := access.Actor{ID: "usr_1", Realm: access.Platform}.Scope()
	mine := access.Actor{ID: "usr_2", Realm: access.Merchant, Merchant: "mch_1"}.Scope()
	agent := access.Actor{ID: "usr_3", Realm: access.Agent, Agent: "agt_1"}.Scope()
	nobody := access.Actor{}.Scope()
	for i, want := range []struct {
		scope            access.Scope
		own, other, none bool
	}{{staff, true, true, true}, {mine, true, false, false}, {agent, false, false, false}, {nobody, false, false, false}} {
		if want.scope.Covers("mch_1") != want.own || want.scope.Covers("mch_2") != want.other || want.scope.Covers("") != want.none {
			t.Errorf("scope %d covers other merchants than it should", i)
		}
	}
	if s, err := staff.Within("mch_2"); err != nil || s.All() || s.Merchant() != "mch_2" {
		t.Errorf("staff within a merchant: %+v, %v", s, err)
	}
	if _, err := mine.Within("mch_2"); err == nil {
		t.Error("a scope grew")
	}
	if agent.Agent() != "agt_1" || agent.Merchant() != "" {
		t.Errorf("an agent's scope is %+v", agent)
	}
}

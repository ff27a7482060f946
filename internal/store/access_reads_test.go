package store

import (
	"github.com/yifen-pay/yifen/internal/domain/access"
	"github.com/yifen-pay/yifen/internal/domain/listing"
)

// accessReads are the statements of access.go and access_list.go that run outside steps, for the plan tests.
var accessReads = accessStatements()

func accessStatements() (out []Statement) {
	const merchant = "mch_0701KAMXYZ0000000000000000AB"
	staff := access.Actor{ID: "usr_a", Realm: access.Platform}.Scope()
	owner := access.Actor{ID: "usr_b", Realm: access.Merchant, Merchant: merchant}.Scope()
	add := func(name string, t *table, time string, f conditions, err error) {
		if err != nil {
			panic(err)
		}
		text, args := f.statement(t, time, listing.Page{})
		out = append(out, Statement{name, text, args})
	}
	for _, state := range []access.UserState{"", access.UserActive} {
		f, err := userFilters(staff, access.UserFilter{Realm: access.Platform, State: state})
		add("accounts "+string(state), userTable, "created_at_us", f, err)
	}
	people, err := userFilters(staff, access.UserFilter{Realm: access.Agent, Agent: "agt_1"})
	add("people of an agent", userTable, "created_at_us", people, err)
	for _, scope := range []access.Scope{staff, owner} {
		f, err := ofMerchant(scope, merchant)
		add("invitations", invitationTable, "created_at_us", f, err)
		add("API keys", apiKeyTable, "created_at_us", f, err)
		f.eq("state", string(access.MemberActive))
		add("members", memberTable, "created_at_us", f, err)
		for _, w := range []access.ProposalFilter{
			{}, {State: "open"}, {Kind: "k"}, {State: "open", Kind: "k"}, {Merchant: merchant}, {Merchant: merchant, State: "open", Kind: "k"},
		} {
			f, err := proposalFilters(scope, w)
			add("proposals", proposalTable, "created_at_us", f, err)
		}
		for _, w := range []access.TrailFilter{
			{}, {Actor: "a"}, {Subject: "s"}, {Action: "login"}, {Action: "login.failed"}, {From: 1}, {Merchant: merchant},
			{Actor: "a", Subject: "s", Action: "login.failed", From: 1, Merchant: merchant},
		} {
			f, err := trailFilters(scope, w)
			add("trail", auditTable, "at_us", f, err)
		}
	}
	for _, account := range []string{"", "usr_a"} {
		f, err := loginFilters(staff, account)
		add("log-ins "+account, loginTable, "at_us", f, err)
	}
	return append(out,
		Statement{"passkeys", passkeysSQL, []any{int64(1), "a/", "a0"}},
		Statement{"memberships", membershipsSQL, []any{"a", int64(1)}},
		Statement{"sessions", sessionsSQL, []any{"a", int64(1), int64(10)}},
		Statement{"lanes, newest first", newestLanesSQL, nil},
		Statement{"part of a chain", chainPartSQL, []any{int64(1), int64(1), int64(9)}},
		Statement{"overdue proposals", overdueProposalsSQL, []any{int64(1), int64(10)}},
	)
}

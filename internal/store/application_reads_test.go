package store

import (
	"fmt"
	"slices"

	"github.com/yifen-pay/yifen/internal/domain/access"
	"github.com/yifen-pay/yifen/internal/domain/listing"
	"github.com/yifen-pay/yifen/internal/domain/merchant"
)

// applicationReads are the statements of application_list.go that run outside steps, for the plan tests: those of one
// record, and each list with each scope and each set of filters, from its beginning and from a place in it.
var applicationReads = slices.Concat([]Statement{
	{"documents of an application", documentsOfSQL, []any{int64(1), "a"}},
	{"history of an application", historyOfSQL, []any{int64(1), "a/", "a0"}},
	{"checks of an application", checksOfSQL, []any{int64(1), "a/", "a0"}},
	{"due checks", dueChecksSQL, []any{int64(1), int64(10)}},
	{"visits of an application", visitsOfSQL, []any{int64(1), "a"}},
	{"agreements of a merchant", agreementsOfSQL, []any{int64(1), "m"}},
	{"block list", blocksSQL, []any{int64(1), "a", int64(10)}},
}, applicationLists(), merchantLists())

// scopes are those of staff, of a merchant's person and of an agent.
func scopes() []access.Scope {
	return []access.Scope{
		access.Actor{ID: "usr_a", Realm: access.Platform}.Scope(),
		access.Actor{ID: "usr_a", Realm: access.Merchant, Merchant: "mch_07" + "01KAMXYZ0000000000000000AB"}.Scope(),
		access.Actor{ID: "usr_a", Realm: access.Agent, Agent: "agt_a"}.Scope(),
	}
}

var pages = []listing.Page{{}, {After: listing.Cursor{At: 5, ID: "a" + between + "b"}}}

func applicationLists() (out []Statement) {
	for i, who := range scopes() {
		for bits := range 16 {
			var f merchant.ApplicationFilter
			if bits&1 != 0 {
				f.State = merchant.Submitted
			}
			if bits&2 != 0 {
				f.Purpose = merchant.Change
			}
			if bits&4 != 0 {
				f.ClaimedBy = "usr_b"
			}
			if bits&8 != 0 {
				f.Name = "yi"
			}
			for _, p := range pages {
				text, args, _, err := applicationList(who, f, p)
				if err != nil {
					panic(err)
				}
				out = append(out, Statement{fmt.Sprintf("applications, scope %d, filter %04b", i, bits), text, args})
			}
		}
	}
	return out
}

func merchantLists() (out []Statement) {
	for i, who := range scopes() {
		for bits := range 32 {
			var f merchant.Filter
			for bit, set := range []func(){
				func() { f.State = merchant.Active }, func() { f.Category = "5812" }, func() { f.Agent = "agt_b" },
				func() { f.Number = "898440358120001" }, func() { f.Name = "yi" },
			} {
				if bits&(1<<bit) != 0 {
					set()
				}
			}
			for _, p := range pages {
				text, args, _, err := merchantList(who, f, p)
				if err != nil {
					panic(err)
				}
				out = append(out, Statement{fmt.Sprintf("merchants, scope %d, filter %05b", i, bits), text, args})
			}
		}
		text, args, err := expiringList(who, 20261122, listing.Page{})
		if err != nil {
			panic(err)
		}
		out = append(out, Statement{fmt.Sprintf("expiring merchants, scope %d", i), text, args})
	}
	return out
}

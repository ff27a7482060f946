package store_test

import (
	"flag"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/yifen-pay/yifen/internal/domain/access"
	"github.com/yifen-pay/yifen/internal/domain/listing"
	"github.com/yifen-pay/yifen/internal/domain/merchant"
	"github.com/yifen-pay/yifen/internal/domain/payment"
	"github.com/yifen-pay/yifen/internal/domain/product"
	"github.com/yifen-pay/yifen/internal/domain/supply"
	"github.com/yifen-pay/yifen/internal/domain/terminal"
	"github.com/yifen-pay/yifen/internal/domain/ticket"
	"github.com/yifen-pay/yifen/internal/store"
	"github.com/yifen-pay/yifen/internal/store/storetest"
)

// benchRows is how many rows each table of BenchmarkLists holds: -rows 1000000 for the figures in docs/performance.md.
var benchRows = flag.Int("rows", 20_000, "rows of each table in BenchmarkLists")

// bigMerchant has a tenth of all rows; the others lie with a thousand merchants.
const bigMerchant = "mch_0000000000000000000000000000"

// bigAgent is a column: an agent has a tenth of all rows, the others lie with two hundred.
const bigAgent = "CASE WHEN n % 10 = 0 THEN 'agt_big' ELSE 'agt_' || (n % 200) END"

// filled are the tables of the benchmark, with an expression over the row's number n for each column that matters.
var filled = map[string]map[string]string{
	"terminal": {
		"state":          "CASE WHEN n % 1000 = 0 THEN 'lost' WHEN n % 7 = 0 THEN 'suspended' ELSE 'active' END",
		"terminal_group": "'group' || (n % 20)", "store": "'sto_' || (n % 500)", "number": "printf('%08d', n)",
	},
	"terminal_unit":  {"state": "CASE WHEN n % 1000 = 0 THEN 'broken' ELSE 'stock' END", "model": "'model' || (n % 30)"},
	"terminal_order": {"state": "CASE WHEN n % 1000 = 0 THEN 'placed' ELSE 'done' END", "lines": "'[]'", "items": "'[]'", "course": "'[]'"},
	"merchant_service": {
		"state": "CASE WHEN n % 1000 = 0 THEN 'requested' ELSE 'open' END", "kind": "CASE n % 4 WHEN 0 THEN 'card' ELSE 'wechat' END", "rules": "'[]'",
	},
	"ticket": {"state": "CASE WHEN n % 1000 = 0 THEN 'open' ELSE 'closed' END", "category": "CASE n % 3 WHEN 0 THEN 'terminal' ELSE 'other' END"},
	"audit": {
		"actor": "'platform:usr_' || (n % 100)", "noun": "'noun' || (n % 50)", "action": "'noun' || (n % 50) || '.done' || (n % 9)",
		"subject": "'sub_' || (n % 10000)", "lane": "1", "position": "n",
	},
	"application": {
		"state": "CASE WHEN n % 1000 = 0 THEN 'submitted' ELSE 'approved' END", "purpose": "CASE n % 20 WHEN 0 THEN 'change' ELSE 'new' END",
		"name": "printf('店%07d', n)", "agent": bigAgent,
	},
	"merchant": {
		"state": "CASE WHEN n % 1000 = 0 THEN 'left' ELSE 'active' END", "category": "printf('%04d', 5000 + n % 300)", "number": "printf('%015d', n)",
		"name": "printf('店%07d', n)", "agent": bigAgent,
	},
	"payment": {
		"id": "printf('pay_%02d%026d', bucket, n)", "terminal": "printf('trm_%02d%026d', bucket, n % 500)", "store": "printf('sto_%02d%026d', bucket, n % 50)",
		"state": "CASE WHEN n % 1000 = 0 THEN 'voided' WHEN n % 20 = 0 THEN 'declined' ELSE 'captured' END",
	},
	"account": {"realm": "CASE WHEN n % 1000 = 0 THEN 'platform' ELSE 'merchant' END", "state": "CASE WHEN n % 10000 = 0 THEN 'locked' ELSE 'active' END"},
	"member":  {"state": "CASE WHEN n % 100 = 0 THEN 'removed' ELSE 'active' END", "account": "'usr_' || n"},
}

// fillLists writes rows by SQL, in the order of the primary key.
func fillLists(b *testing.B, target string, rows int) {
	b.Helper()
	db := database(b, target)
	db.SetMaxOpenConns(1)
	for _, pragma := range []string{"synchronous = OFF", "cache_size = -262144", "temp_store = MEMORY"} {
		if _, err := db.Exec("PRAGMA " + pragma); err != nil {
			b.Fatal(err)
		}
	}
	for _, spec := range store.Specs() {
		special, ok := filled[spec.Name]
		if !ok {
			continue
		}
		var names, values []string
		for _, c := range spec.Columns {
			value := map[string]string{"int": "0", "small": "0", "text": "''", "blob": "x''"}[c.Kind]
			switch c.Name {
			case "bucket":
				value = "bucket"
			case "id":
				value = "printf('row_%02d%026d', bucket, n)"
			case "merchant":
				value = "CASE WHEN n % 10 = 0 THEN '" + bigMerchant + "' ELSE printf('mch_%02d%026d', bucket, 1 + n / 64 % 16) END"
			case "created_at_us", "at_us":
				value = "1700000000000000 + n * 1000003 % 1000000007"
			}
			if other, ok := special[c.Name]; ok {
				value = other
			}
			names, values = append(names, c.Name), append(values, value)
		}
		text := fmt.Sprintf(`WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t WHERE n < %d),
			r AS (SELECT n, CASE WHEN n %% 10 = 0 THEN 0 ELSE n %% 64 END AS bucket FROM t)
			INSERT INTO %s (%s) SELECT %s FROM r ORDER BY bucket, n`, rows, spec.Name, strings.Join(names, ", "), strings.Join(values, ", "))
		if _, err := db.Exec(text); err != nil {
			b.Fatalf("%s: %v", spec.Name, err)
		}
	}
	if _, err := db.Exec("PRAGMA wal_checkpoint(TRUNCATE)"); err != nil {
		b.Fatal(err)
	}
}

// read is a list with filters, whatever its rows are.
type read struct {
	name string
	rows int // that the page must hold at least
	do   func() (rows int, err error)
}

func pageOf[F, T any](list func(F, listing.Page) (listing.Slice[T], error), name string, rows int, filter F, p listing.Page) read {
	return read{name, rows, func() (int, error) {
		s, err := list(filter, p)
		return len(s.Rows), err
	}}
}

// BenchmarkLists reads pages of large tables by the filters that have the most to pass over: what is rare, what is combined, what
// nothing fits, and a page deep inside, for staff and for the largest merchant.
func BenchmarkLists(b *testing.B) {
	if testing.Short() {
		b.Skip("the tables are not filled in short runs")
	}
	target := b.TempDir()
	s := storetest.Open(b, target, store.Options{})
	fillLists(b, target, *benchRows)
	ctx := b.Context()
	staff := access.Actor{ID: "usr_a", Realm: access.Platform}.Scope()
	owner := access.Actor{ID: "usr_b", Realm: access.Merchant, Merchant: bigMerchant}.Scope()
	first, deep := listing.Page{Limit: 100}, listing.Page{Limit: 100, After: listing.Cursor{At: 1_700_000_500_000_000, ID: "row_3"}}
	deep.After.At = 1_700_000_000_000_000 + 500_000_000

	var reads []read
	for _, who := range []struct {
		name  string
		scope access.Scope
	}{{"staff", staff}, {"owner", owner}} {
		terminals := func(f terminal.Filter, p listing.Page) (listing.Slice[terminal.Terminal], error) {
			return s.Terminals(ctx, who.scope, f, p)
		}
		orders := func(f supply.OrderFilter, p listing.Page) (listing.Slice[supply.Order], error) {
			return s.TerminalOrders(ctx, who.scope, f, p)
		}
		services := func(f product.Filter, p listing.Page) (listing.Slice[product.Service], error) {
			return s.Services(ctx, who.scope, f, p)
		}
		tickets := func(f ticket.Filter, p listing.Page) (listing.Slice[ticket.Ticket], error) {
			return s.Tickets(ctx, who.scope, f, p)
		}
		payments := func(f payment.Filter, p listing.Page) (listing.Slice[payment.Payment], error) {
			return s.PaymentsOf(ctx, who.scope, f, p)
		}
		trail := func(f access.TrailFilter, p listing.Page) (n int, err error) {
			t, err := s.Trail(ctx, who.scope, f, p)
			return len(t.Rows), err
		}
		reads = append(reads,
			pageOf(terminals, who.name+"/terminals", 100, terminal.Filter{}, first),
			pageOf(terminals, who.name+"/terminals-deep", 1, terminal.Filter{}, deep),
			pageOf(terminals, who.name+"/terminals-rare-state", 1, terminal.Filter{State: terminal.Lost}, first),
			pageOf(terminals, who.name+"/terminals-state-group", 0, terminal.Filter{State: terminal.Lost, Group: "group7"}, first),
			pageOf(terminals, who.name+"/terminals-no-store", 0, terminal.Filter{Store: "sto_none"}, first),
			pageOf(terminals, who.name+"/terminals-all-three", 0, terminal.Filter{State: terminal.Suspended, Group: "group7", Store: "sto_none"}, first),
			pageOf(orders, who.name+"/orders-rare-state", 1, supply.OrderFilter{State: "placed"}, first),
			pageOf(services, who.name+"/services-state-kind", 0, product.Filter{State: "requested", Kind: "wechat"}, first),
			pageOf(services, who.name+"/services-none", 0, product.Filter{State: "closed", Kind: "card"}, first),
			pageOf(tickets, who.name+"/tickets-state-category", 0, ticket.Filter{State: "open", Category: "terminal"}, first),
			pageOf(tickets, who.name+"/tickets-none", 0, ticket.Filter{State: "resolved", Category: "other"}, first),
		)
		middle := listing.Page{Limit: 100, After: listing.Cursor{At: 1, ID: fmt.Sprintf("pay_00%026d", *benchRows/2)}}
		reads = append(reads,
			pageOf(payments, who.name+"/payments", 100, payment.Filter{}, first),
			pageOf(payments, who.name+"/payments-deep", 100, payment.Filter{}, middle),
			pageOf(payments, who.name+"/payments-rare-state", 1, payment.Filter{State: payment.Voided}, first),
			pageOf(payments, who.name+"/payments-none", 0, payment.Filter{State: payment.Reversed}, first),
			pageOf(payments, who.name+"/payments-terminal", 1, payment.Filter{Terminal: fmt.Sprintf("trm_00%026d", 10)}, first),
			pageOf(payments, who.name+"/payments-terminal-state", 0, payment.Filter{Terminal: fmt.Sprintf("trm_00%026d", 10), State: payment.Voided}, first),
		)
		for name, f := range map[string]access.TrailFilter{
			"trail": {}, "trail-action": {Action: "noun7.done3"}, "trail-none": {Action: "noun7.none"}, "trail-actor-action": {Actor: "platform:usr_7", Action: "noun8.done3"},
			"trail-all": {Actor: "platform:usr_7", Action: "noun7.done3", Subject: "sub_7", From: 1},
		} {
			reads = append(reads, read{who.name + "/" + name, 0, func() (int, error) { return trail(f, first) }})
		}
	}
	units := func(f supply.UnitFilter, p listing.Page) (listing.Slice[supply.Unit], error) {
		return s.Units(ctx, staff, f, p)
	}
	applications := func(who access.Scope) func(merchant.ApplicationFilter, listing.Page) (listing.Slice[merchant.Application], error) {
		return func(f merchant.ApplicationFilter, p listing.Page) (listing.Slice[merchant.Application], error) {
			return s.Applications(ctx, who, f, p)
		}
	}
	merchants := func(who access.Scope) func(merchant.Filter, listing.Page) (listing.Slice[merchant.Merchant], error) {
		return func(f merchant.Filter, p listing.Page) (listing.Slice[merchant.Merchant], error) {
			return s.Merchants(ctx, who, f, p)
		}
	}
	seller := access.Actor{ID: "usr_c", Realm: access.Agent, Agent: "agt_big"}.Scope()
	for name, who := range map[string]access.Scope{"staff": staff, "agent": seller} {
		reads = append(reads,
			pageOf(applications(who), name+"/applications", 100, merchant.ApplicationFilter{}, first),
			pageOf(applications(who), name+"/applications-rare-state", 1, merchant.ApplicationFilter{State: merchant.Submitted}, first),
			pageOf(applications(who), name+"/applications-none", 0, merchant.ApplicationFilter{State: merchant.Approved, Purpose: "none", ClaimedBy: "usr_none"}, first),
			pageOf(applications(who), name+"/applications-name", 0, merchant.ApplicationFilter{State: merchant.Approved, Name: "无"}, first),
			pageOf(merchants(who), name+"/merchants", 100, merchant.Filter{}, deep),
			pageOf(merchants(who), name+"/merchants-none", 0, merchant.Filter{State: merchant.Active, Category: "9999"}, first),
			pageOf(merchants(who), name+"/merchants-name", 0, merchant.Filter{State: merchant.Active, Category: "5001", Name: "无"}, first),
			pageOf(merchants(who), name+"/merchants-number", 0, merchant.Filter{State: merchant.Active, Number: "999"}, first),
		)
	}
	users := func(f access.UserFilter, p listing.Page) (listing.Slice[access.User], error) {
		return s.Users(ctx, staff, f, p)
	}
	members := func(m string, p listing.Page) (listing.Slice[access.Member], error) {
		return s.Members(ctx, owner, m, p)
	}
	reads = append(reads,
		pageOf(units, "staff/units-state-model", 0, supply.UnitFilter{State: "broken", Model: "model7"}, first),
		pageOf(users, "staff/accounts-locked", 0, access.UserFilter{Realm: access.Platform, State: access.UserLocked}, first),
		pageOf(users, "staff/accounts-people", 100, access.UserFilter{Realm: access.Merchant}, deep),
		pageOf(members, "owner/members", 100, "", first),
	)
	slices.SortFunc(reads, func(a, b read) int { return strings.Compare(a.name, b.name) })
	for _, r := range reads {
		b.Run(r.name, func(b *testing.B) {
			for b.Loop() {
				if n, err := r.do(); err != nil || n < r.rows {
					b.Fatalf("%d rows, %v", n, err)
				}
			}
		})
	}
}

package store_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/yifen-pay/yifen/internal/domain/access"
	"github.com/yifen-pay/yifen/internal/domain/calendar"
	"github.com/yifen-pay/yifen/internal/domain/id"
	"github.com/yifen-pay/yifen/internal/domain/listing"
	"github.com/yifen-pay/yifen/internal/domain/merchant"
	"github.com/yifen-pay/yifen/internal/domain/product"
	"github.com/yifen-pay/yifen/internal/domain/step"
	"github.com/yifen-pay/yifen/internal/domain/supply"
	"github.com/yifen-pay/yifen/internal/domain/terminal"
	"github.com/yifen-pay/yifen/internal/domain/ticket"
	"github.com/yifen-pay/yifen/internal/store"
	"github.com/yifen-pay/yifen/internal/store/storetest"
)

// rowsOf is one row of each list for a merchant.
func rowsOf(merchantID string, n int) []step.Row {
	b := id.MustBucket(merchantID)
	made := func(prefix string) string { return fmt.Sprintf("%s%s%026d", prefix, b, n) }
	at := calendar.Instant(1000 + n)
	return []step.Row{
		terminal.Terminal{ID: made(terminal.Prefix), Bucket: b, Merchant: merchantID, State: terminal.Active, CreatedAt: at},
		supply.Order{ID: made(supply.OrderPrefix), Bucket: b, Merchant: merchantID, State: supply.Placed, CreatedAt: at},
		supply.Care{ID: made(supply.CarePrefix), Bucket: b, Merchant: merchantID, State: supply.CareDue, CreatedAt: at},
		product.Service{Merchant: merchantID, Bucket: b, Kind: product.Kinds[n/2%4], State: product.Open, CreatedAt: at},
		ticket.Ticket{ID: made(ticket.Prefix), Bucket: b, Merchant: merchantID, State: ticket.Open, CreatedAt: at},
		merchant.Store{ID: made(merchant.StorePrefix), Bucket: b, Merchant: merchantID, CreatedAt: at},
	}
}

// lists reads each list for a scope, of one merchant where that is asked for, page by page, and returns whose rows they held.
func lists(s *store.Store) map[string]func(context.Context, access.Scope, string) ([]string, error) {
	return map[string]func(context.Context, access.Scope, string) ([]string, error){
		"terminals": func(ctx context.Context, a access.Scope, m string) ([]string, error) {
			return walk(func(p listing.Page) (listing.Slice[terminal.Terminal], error) {
				return s.Terminals(ctx, a, terminal.Filter{Merchant: m}, p)
			}, func(t terminal.Terminal) string { return t.Merchant })
		},
		"orders": func(ctx context.Context, a access.Scope, m string) ([]string, error) {
			return walk(func(p listing.Page) (listing.Slice[supply.Order], error) {
				return s.TerminalOrders(ctx, a, supply.OrderFilter{Merchant: m}, p)
			}, func(o supply.Order) string { return o.Merchant })
		},
		"checks": func(ctx context.Context, a access.Scope, m string) ([]string, error) {
			return walk(func(p listing.Page) (listing.Slice[supply.Care], error) {
				return s.Cares(ctx, a, supply.CareFilter{Merchant: m}, p)
			}, func(c supply.Care) string { return c.Merchant })
		},
		"services": func(ctx context.Context, a access.Scope, m string) ([]string, error) {
			return walk(func(p listing.Page) (listing.Slice[product.Service], error) {
				return s.Services(ctx, a, product.Filter{Merchant: m}, p)
			}, func(v product.Service) string { return v.Merchant })
		},
		"tickets": func(ctx context.Context, a access.Scope, m string) ([]string, error) {
			return walk(func(p listing.Page) (listing.Slice[ticket.Ticket], error) {
				return s.Tickets(ctx, a, ticket.Filter{Merchant: m}, p)
			}, func(t ticket.Ticket) string { return t.Merchant })
		},
		"stores": func(ctx context.Context, a access.Scope, m string) ([]string, error) {
			return walk(func(p listing.Page) (listing.Slice[merchant.Store], error) { return s.Shops(ctx, a, m, p) },
				func(r merchant.Store) string { return r.Merchant })
		},
	}
}

// walk reads a list two rows at a time.
func walk[T any](read func(listing.Page) (listing.Slice[T], error), owner func(T) string) (owners []string, err error) {
	for p := (listing.Page{Limit: 2}); ; {
		slice, err := read(p)
		if err != nil {
			return nil, err
		}
		for _, row := range slice.Rows {
			owners = append(owners, owner(row))
		}
		if p.After = slice.Next; !slice.More {
			return owners, nil
		}
	}
}

func TestLists_keepToTheirScope(t *testing.T) {
	for engine, target := range map[string]string{"sqlite": t.TempDir(), "postgres": storetest.Server(t)} {
		t.Run(engine, func(t *testing.T) {
			s := storetest.Open(t, target, store.Options{})
			first, second := "mch_07"+"01KAMXYZ0000000000000000AA", "mch_07"+"01KAMXYZ0000000000000000BB" // of one bucket
			for n := range 4 {
				for i, m := range []string{first, second} {
					for _, row := range rowsOf(m, 2*n+i) {
						if err := storetest.Do(t, s, func(v step.View) error { v.Put(row); return nil }, row.Key()); err != nil {
							t.Fatal(err)
						}
					}
				}
			}
			owner := access.Actor{ID: "usr_1", Realm: access.Merchant, Merchant: first, Session: "s"}.Scope()
			agent := access.Actor{ID: "usr_2", Realm: access.Agent, Agent: "agt_1", Session: "s"}.Scope()
			mine, both := slices.Repeat([]string{first}, 4), slices.Repeat([]string{second, first}, 4)
			for name, read := range lists(s) {
				for what, c := range map[string]struct {
					scope    access.Scope
					merchant string
					want     []string
					err      error
				}{
					"staff":                  {access.Everything(), "", both, nil},
					"staff, of one":          {access.Everything(), first, mine, nil},
					"an owner":               {owner, "", mine, nil},
					"an owner, of their own": {owner, first, mine, nil},
					"an owner, of another":   {owner, second, nil, access.ErrScope},
					"an agent":               {agent, "", nil, access.ErrScope},
					"nobody":                 {access.Scope{}, "", nil, access.ErrScope},
				} {
					if got, err := read(t.Context(), c.scope, c.merchant); !slices.Equal(got, c.want) || !errors.Is(err, c.err) {
						t.Errorf("%s for %s: %v, %v", name, what, got, err)
					}
				}
			}
		})
	}
}

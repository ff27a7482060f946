package store_test

import (
	"errors"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/yifen-pay/yifen/internal/domain/access"
	"github.com/yifen-pay/yifen/internal/domain/calendar"
	"github.com/yifen-pay/yifen/internal/domain/id"
	"github.com/yifen-pay/yifen/internal/domain/listing"
	"github.com/yifen-pay/yifen/internal/domain/payment"
	"github.com/yifen-pay/yifen/internal/domain/step"
	"github.com/yifen-pay/yifen/internal/domain/terminal"
	"github.com/yifen-pay/yifen/internal/store"
	"github.com/yifen-pay/yifen/internal/store/storetest"
)

// Every page of payments, of whatever scope and filter, is what going through all of them finds.
func TestPayments_pages(t *testing.T) {
	random := rand.New(rand.NewPCG(20261123, 1))
	now := calendar.At(calendar.Date(20261123).Midnight(calendar.Shanghai))
	ids := id.NewMaker(func() time.Time { return now.Time() }, rand.NewChaCha8([32]byte{1}))
	type shop struct{ merchant, store, terminal string }
	var shops []shop
	for range 5 {
		m := ids.NewRoot("mch_")
		b := id.MustBucket(m)
		for range 2 {
			shops = append(shops, shop{m, ids.New("sto_", b), ids.New("trm_", b)})
		}
	}
	s := storetest.Embedded(t)
	var all []payment.Payment
	var left []payment.Operation // to a person
	hand := map[string]bool{}
	for n := range 400 {
		now = now.Add(time.Duration(random.IntN(600)) * time.Second)
		at := shops[random.IntN(len(shops))]
		p := payment.Payment{
			ID: ids.New(payment.Prefix, id.MustBucket(at.merchant)), Bucket: id.MustBucket(at.merchant), Merchant: at.merchant, Store: at.store,
			Terminal: at.terminal, State: payment.States[n*n%len(payment.States)], CreatedAt: now, RequestedFen: int64(n),
		}
		all = append(all, p)
		for i := range n % 7 / 5 * (1 + n%2) {
			hand[p.ID] = true
			left = append(left, payment.Operation{
				ID: ids.New(payment.OperationPrefix, p.Bucket), Bucket: p.Bucket, Payment: p.ID, Merchant: p.Merchant, Kind: payment.RefundOp,
				State: payment.OpManual, AmountFen: int64(1 + i), CreatedAt: now,
			})
		}
	}
	for part := range slices.Chunk(all, 50) {
		if err := storetest.Do(t, s, func(v step.View) error {
			for _, p := range part {
				v.Put(p)
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	}
	if err := storetest.Do(t, s, func(v step.View) error {
		for _, o := range left {
			v.Put(o)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	slices.Reverse(all)
	everybody := access.Everything()
	for range 300 {
		at, other := shops[random.IntN(len(shops))], shops[random.IntN(len(shops))]
		f := payment.Filter{}
		draw := func(set func()) {
			if random.IntN(3) == 0 {
				set()
			}
		}
		draw(func() { f.Merchant = at.merchant })
		draw(func() { f.Terminal = other.terminal })
		draw(func() { f.State = payment.States[random.IntN(len(payment.States))] })
		draw(func() { f.Hand = true })
		draw(func() { f.From = all[random.IntN(len(all))].CreatedAt })
		draw(func() { f.Until = all[random.IntN(len(all))].CreatedAt })
		scope, of := everybody, ""
		draw(func() {
			of = at.merchant
			scope = access.Actor{ID: "usr_a", Realm: access.Merchant, Merchant: of}.Scope()
		})
		var want, got []string
		for _, p := range all {
			fits := (f.Merchant == "" || p.Merchant == f.Merchant) &&
				(f.Terminal == "" || p.Terminal == f.Terminal) && (of == "" || p.Merchant == of) && p.CreatedAt >= f.From &&
				(f.Until == 0 || p.CreatedAt < f.Until)
			if f.Hand {
				if fits && hand[p.ID] {
					want = append(want, p.ID)
				}
			} else if f.State == "" && p.State != payment.ClosedOff && fits || f.State == p.State && fits {
				want = append(want, p.ID)
			}
		}
		for p := (listing.Page{Limit: 1 + random.IntN(30)}); ; {
			slice, err := s.PaymentsOf(t.Context(), scope, f, p)
			if err != nil {
				t.Fatalf("%+v: %v", f, err)
			}
			for _, row := range slice.Rows {
				got = append(got, row.ID)
			}
			if p.After = slice.Next; !slice.More {
				break
			}
		}
		if !slices.Equal(got, want) {
			t.Fatalf("%+v of %q: %d payments, want %d:\n%s", f, of, len(got), len(want), strings.Join(got, "\n"))
		}
	}
}

// Nobody lists what is another's.
func TestPayments_scope(t *testing.T) {
	s := storetest.Embedded(t)
	mine, theirs := "mch_07"+"01KAMXYZ0000000000000000AB", "mch_07"+"01KAMXYZ0000000000000000CD"
	for what, c := range map[string]struct {
		who access.Actor
		f   payment.Filter
	}{
		"another merchant's": {access.Actor{ID: "usr_a", Realm: access.Merchant, Merchant: mine}, payment.Filter{Merchant: theirs}},
		"nobody's":           {access.Actor{ID: "usr_a", Realm: access.Merchant}, payment.Filter{}},
		"an agent's":         {access.Actor{ID: "usr_a", Realm: access.Agent, Agent: "agt_a"}, payment.Filter{}},
	} {
		if _, err := s.PaymentsOf(t.Context(), c.who.Scope(), c.f, listing.Page{}); !errors.Is(err, access.ErrScope) {
			t.Errorf("%s: %v", what, err)
		}
	}
	if slice, err := s.PaymentsOf(t.Context(), access.Everything(), payment.Filter{Terminal: "of no bucket"}, listing.Page{}); err != nil || len(slice.Rows) > 0 {
		t.Errorf("of a terminal that is none: %v, %v", slice, err)
	}
}

// What was done to a payment is found in its order, and the payment by the number on the receipt.
func TestPayments_operations(t *testing.T) {
	s := storetest.Embedded(t)
	shop, err := storetest.NewShop(t.Context(), s, 2, storetest.Yes())
	if err != nil {
		t.Fatal(err)
	}
	sale, err := shop.Sale(t.Context(), 0, 1000)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if _, err := shop.Refund(t.Context(), 0, sale.Operation, 300); err != nil {
			t.Fatal(err)
		}
	}
	if w, err := s.Wear(t.Context(), shop.Terminals[0], 0); err != nil || w != (terminal.Wear{Inserts: 1}) {
		t.Errorf("the terminal was used %+v, %v", w, err)
	}
	if w, err := s.Wear(t.Context(), shop.Terminals[0], calendar.At(shop.Now())+1_000_000); err != nil || w != (terminal.Wear{}) {
		t.Errorf("since later it was used %+v, %v", w, err)
	}
	list, err := s.OperationsOf(t.Context(), sale.Payment)
	var kinds []string
	for _, o := range list {
		kinds = append(kinds, string(o.Kind))
	}
	if want := []string{"sale", "refund", "refund"}; err != nil || !slices.Equal(kinds, want) {
		t.Errorf("%v, %v", kinds, err)
	}
	for who, want := range map[access.Scope]int{
		access.Everything(): 1, access.Actor{ID: "usr_a", Realm: access.Merchant, Merchant: sale.Payment.Merchant}.Scope(): 1,
		access.Actor{ID: "usr_a", Realm: access.Merchant, Merchant: "mch_07" + "01KAMXYZ0000000000000000AB"}.Scope(): 0,
	} {
		if found, err := s.PaymentsByRRN(t.Context(), who, list[1].RRN); err != nil || len(found) != want {
			t.Errorf("%d payments, want %d, %v", len(found), want, err)
		}
	}
	for _, k := range payment.Kinds {
		if strings.Contains(store.FurtherSQL, "'"+string(k)+"'") != k.Begins() {
			t.Errorf("a %s begins: %t, and the statement says otherwise", k, k.Begins())
		}
	}
	for _, state := range payment.States {
		if strings.Contains(store.Unusual, "'"+string(state)+"'") != state.Usual() {
			t.Errorf("%s is usual: %t, and the statement says otherwise", state, state.Usual())
		}
	}
}

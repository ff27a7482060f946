package store_test

import (
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/yifen-pay/yifen/internal/domain/calendar"
	"github.com/yifen-pay/yifen/internal/domain/fee"
	"github.com/yifen-pay/yifen/internal/domain/merchant"
	"github.com/yifen-pay/yifen/internal/domain/product"
	"github.com/yifen-pay/yifen/internal/domain/step"
	"github.com/yifen-pay/yifen/internal/domain/supply"
	"github.com/yifen-pay/yifen/internal/domain/terminal"
	"github.com/yifen-pay/yifen/internal/store"
	"github.com/yifen-pay/yifen/internal/store/storetest"
)

const (
	someTerminal = "trm_" + someULID
	someUnit     = "unt_" + someULID
)

// equip puts a terminal at work on its hardware, and an open service, into fresh records at target.
func equip(t testing.TB, target string) {
	t.Helper()
	s := storetest.Open(t, target, store.Options{})
	now := calendar.At(time.Now())
	rules := []fee.Rule{{Instrument: "card", Kind: "debit", Rate: 5500, Cap: 20_00}, {Instrument: "card", Kind: "*", Rate: 6000}}
	facts := terminal.Facts{MerchantNumber: "898440354110001", Category: "5411"}
	rows := []step.Row{
		merchant.Merchant{ID: someShop, Bucket: 7, Number: "898440354110001", Category: "5411", State: merchant.Active, CreatedAt: now},
		terminal.Terminal{ID: someTerminal, Bucket: 7, Merchant: someShop, Number: "30000001", State: terminal.Active, Serial: "YF-1", Unit: someUnit, Binding: 2},
		terminal.Binding{Terminal: someTerminal, Bucket: 7, Version: 1, Merchant: someShop, Serial: "YF-0", Facts: facts, From: now, Until: now},
		terminal.Binding{Terminal: someTerminal, Bucket: 7, Version: 2, Merchant: someShop, Serial: "YF-1", Facts: facts, From: now},
		supply.Unit{ID: someUnit, Bucket: 7, Serial: "YF-1", State: supply.InUse, Merchant: someShop, Terminal: someTerminal},
		product.Service{Merchant: someShop, Bucket: 7, Kind: product.Card, State: product.Open, Rules: rules},
		product.Service{Merchant: someShop, Bucket: 7, Kind: product.WeChat, State: product.Suspended},
		fee.Schedule{Owner: someShop, Bucket: 7, Version: 1, Rules: append([]fee.Rule{{Instrument: "alipay", Kind: "*", Rate: 3800}}, rules...)},
	}
	if err := storetest.Do(t, s, func(v step.View) error {
		for _, r := range rows {
			v.Put(r)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

// What nobody may change in terminals and services, and the row that the verifier names.
var deviceCorruptions = []struct{ sql, row string }{
	{"UPDATE terminal SET serial = 'YF-9'", "terminal " + someTerminal + " is active and its binding does not say so"},
	{"UPDATE terminal SET merchant = 'mch_else'", "terminal " + someTerminal + " is active and its binding does not say so"},
	{"UPDATE terminal_binding SET until_us = 1 WHERE version = 2", "terminal " + someTerminal + " is active and its binding does not say so"},
	{"UPDATE terminal_binding SET until_us = 0", "terminal " + someTerminal + " has 2 bindings at a time"},
	{"UPDATE terminal_binding SET category = '7995'", "binding " + someTerminal + "/000002 tells the category 7995, the merchant has 5411"},
	{"UPDATE terminal SET unit = 'unt_else'", "unit " + someUnit + " works and terminal " + someTerminal + " does not have it"},
	{"INSERT INTO terminal SELECT bucket, 'trm_0701KAMXYZ0000000000000000ZZ', merchant, store, number, profile, 'suspended', tmk, pik, mak, tdk, algorithm, " +
		"key_version, signed_in, signed_in_at_us, operator, batch_sequence, batch_number, created_at_us, terminal_group, serial, holds, '', 0, reason FROM terminal",
		"serial number YF-1 is bound to 2 terminals"},
	{"UPDATE fee_schedule SET rules = replace(rules, '0.6%', '0.1%')", "service " + someShop + "/card is open and its fees are not in the schedule"},
	{"DELETE FROM fee_schedule", "service " + someShop + "/card is open and its fees are not in the schedule"},
	{"UPDATE fee_schedule SET rules = rules || '; wechat/* 0.38% floor 0 cap 0 return'", "service " + someShop + "/wechat is suspended and the schedule prices it"},
}

func TestVerify_noticesWhatIsWrongWithTerminalsAndServices(t *testing.T) {
	alone(t)
	good := t.TempDir()
	equip(t, good)
	storetest.WantClean(t, good)
	for _, c := range deviceCorruptions {
		t.Run(c.sql, func(t *testing.T) {
			target := t.TempDir()
			if err := os.CopyFS(target, os.DirFS(good)); err != nil {
				t.Fatal(err)
			}
			change(t, database(t, target), c.sql)
			found := storetest.Verify(t, target, time.Now())
			if !slices.ContainsFunc(found, func(f string) bool { return strings.Contains(f, c.row) }) {
				t.Errorf("found %q, want %q", found, c.row)
			}
		})
	}
}

func TestVerify_noticesWhatIsWrongWithTerminalsOnTheServer(t *testing.T) {
	dsn := storetest.Server(t)
	equip(t, dsn)
	storetest.WantClean(t, dsn)
	for _, i := range []int{4, 6, 3, 5, 9, 7} { // one on top of the other, each of which leaves the next its rows
		c := deviceCorruptions[i]
		change(t, database(t, dsn), c.sql)
		found := storetest.Verify(t, dsn, time.Now())
		if !slices.ContainsFunc(found, func(f string) bool { return strings.Contains(f, c.row) }) {
			t.Errorf("%s: found %q, want %q", c.sql, found, c.row)
		}
	}
}

package risk_test

import (
	"errors"
	"testing"

	"github.com/yifen-pay/yifen/internal/domain/calendar"
	"github.com/yifen-pay/yifen/internal/domain/merchant"
	"github.com/yifen-pay/yifen/internal/domain/money"
	"github.com/yifen-pay/yifen/internal/domain/risk"
	"github.com/yifen-pay/yifen/internal/domain/step"
	"github.com/yifen-pay/yifen/internal/store"
	"github.com/yifen-pay/yifen/internal/store/storetest"
)

const day calendar.Date = 20261122

// book is a merchant's counters in a store.
type book struct {
	t       *testing.T
	store   *store.Store
	m       merchant.Merchant
	service risk.Limits
	name    string // of the service
}

func (b book) on(d calendar.Date) risk.Day {
	return risk.Day{Merchant: b.m.ID, Service: b.name, Date: d}
}

func open(t *testing.T, m merchant.Merchant) book {
	m.ID = "mch_07" + "01KAMXYZ0000000000000000AB"
	return book{t: t, store: storetest.Embedded(t), m: m, name: "card"}
}

func (b book) reserve(d calendar.Date, fen int64) error {
	b.t.Helper()
	return storetest.Do(b.t, b.store, func(v step.View) error {
		return risk.Reserve(v, b.on(d), risk.Of(b.m), b.service, money.Yuan(fen))
	}, b.on(d).Keys()...)
}

// change applies Commit, Release or GiveBack.
func (b book) change(how func(step.View, risk.Day, money.Amount), fen int64) {
	b.t.Helper()
	if err := storetest.Do(b.t, b.store, func(v step.View) error {
		how(v, b.on(day), money.Yuan(fen))
		return nil
	}); err != nil {
		b.t.Fatal(err)
	}
}

func (b book) demand(want risk.Use) {
	b.t.Helper()
	tally, _, err := step.Read[step.Tally](b.t.Context(), b.store, risk.DayKey(b.m.ID, day))
	if err != nil {
		b.t.Fatal(err)
	}
	if got := risk.FromTally(tally); got != want {
		b.t.Errorf("the counter says %+v, want %+v", got, want)
	}
}

func TestReserve_limits(t *testing.T) {
	type ask struct {
		fen  int64
		want error
	}
	for _, c := range []struct {
		name string
		m    merchant.Merchant
		asks []ask
	}{
		{"none", merchant.Merchant{}, []ask{{money.AmountMax, nil}, {money.AmountMax, nil}}},
		{"single", merchant.Merchant{SingleMax: 100}, []ask{{101, risk.ErrSingle}, {100, nil}, {100, nil}}},
		{"count", merchant.Merchant{DayCountMax: 2}, []ask{{1, nil}, {1, nil}, {1, risk.ErrDayCount}}},
		{"sum", merchant.Merchant{DaySumMax: 100}, []ask{{60, nil}, {41, risk.ErrDaySum}, {40, nil}, {1, risk.ErrDaySum}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := open(t, c.m)
			for i, a := range c.asks {
				if err := b.reserve(day, a.fen); !errors.Is(err, a.want) {
					t.Errorf("request %d for %d fen: %v, want %v", i+1, a.fen, err, a.want)
				}
			}
		})
	}
}

func TestReserve_lifeOfAReservation(t *testing.T) {
	b := open(t, merchant.Merchant{DaySumMax: 100, DayCountMax: 2})
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(b.reserve(day, 70))
	b.demand(risk.Use{ReservedCount: 1, ReservedSum: 70})
	b.change(risk.Commit, 70)
	b.demand(risk.Use{UsedCount: 1, UsedSum: 70})
	if err := b.reserve(day, 31); !errors.Is(err, risk.ErrDaySum) {
		t.Errorf("use and a request pass the limit: %v", err)
	}
	must(b.reserve(day, 30))
	b.change(risk.Release, 30)
	b.demand(risk.Use{UsedCount: 1, UsedSum: 70})
	must(b.reserve(day, 30))
	b.change(risk.GiveBack, 70)
	b.demand(risk.Use{ReservedCount: 1, ReservedSum: 30})
	must(b.reserve(day.Next(), 100)) // another day is another row
	b.demand(risk.Use{ReservedCount: 1, ReservedSum: 30})
}

func TestReserve_services(t *testing.T) {
	b := open(t, merchant.Merchant{DaySumMax: 100})
	b.service = risk.Limits{Single: 50, DayCount: 2, DaySum: 70}
	other := b
	other.name, other.service = "wechat", risk.Limits{}
	for i, c := range []struct {
		b    book
		fen  int64
		want error
	}{
		{b, 51, risk.ErrServiceSingle},
		{b, 40, nil},
		{b, 31, risk.ErrServiceDaySum},
		{b, 10, nil},
		{b, 1, risk.ErrServiceDayCount},
		{other, 51, risk.ErrDaySum}, // what one service took counts for the merchant
		{other, 50, nil},
	} {
		if err := c.b.reserve(day, c.fen); !errors.Is(err, c.want) {
			t.Errorf("request %d for %d fen: %v, want %v", i+1, c.fen, err, c.want)
		}
	}
	for i, want := range []risk.Use{{ReservedCount: 3, ReservedSum: 100}, {ReservedCount: 2, ReservedSum: 50}} {
		tally, _, err := step.Read[step.Tally](t.Context(), b.store, b.on(day).Keys()[i])
		if err != nil {
			t.Fatal(err)
		}
		if got := risk.FromTally(tally); got != want {
			t.Errorf("counter %s says %+v, want %+v", b.on(day).Keys()[i].ID, got, want)
		}
	}
}

func TestRestore_asksNoLimit(t *testing.T) {
	b := open(t, merchant.Merchant{DaySumMax: 10})
	b.change(risk.Restore, 50)
	b.change(risk.Commit, 50)
	b.demand(risk.Use{UsedCount: 1, UsedSum: 50})
}

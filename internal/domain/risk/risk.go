// Package risk holds limits: what a merchant may collect in a business day, by count and by sum, in all and by each of
// its payment services.
//
// A limit is reserved at the request, committed at the approval and released at the decline or at the
// acknowledged reversal, always in the payment's own step, so that no two requests can both pass it. A
// payment whose outcome is unknown stays reserved. The counter is a row per merchant and business date, and one per
// service beside it; the next day is another row, so nothing is ever reset and no clock jump frees a limit.
//
//	       reserve            commit
//	free ──────────▶ reserved ──────▶ used
//	  ▲                 │              │
//	  └──── release ────┘◀── give back ┘ (acknowledged reversal)
//
// Money that came after all, when its reservation was given back already, is entered as used without being asked
// for: it is there, whatever the limit says.
//
// Invariants: reserved + used never passes the limit but by what came late; the counters equal a recomputation from the
// payments (I9); the counter of a day is the sum of those of its services.
package risk

import (
	"github.com/yifen-pay/yifen/internal/domain/calendar"
	"github.com/yifen-pay/yifen/internal/domain/fault"
	"github.com/yifen-pay/yifen/internal/domain/id"
	"github.com/yifen-pay/yifen/internal/domain/merchant"
	"github.com/yifen-pay/yifen/internal/domain/money"
	"github.com/yifen-pay/yifen/internal/domain/step"
)

// CounterTable is where the use of limits lies.
const CounterTable step.Table = "risk_counter"

// The sums of a counter tally.
const (
	reservedCount = iota
	reservedSum
	usedCount
	usedSum
)

// Refusals.
var (
	ErrSingle          = fault.New(fault.Limited, "limit_single", "the amount is above what this merchant may take at once")
	ErrDaySum          = fault.New(fault.Limited, "limit_day_sum", "the merchant's limit for the day would be passed")
	ErrDayCount        = fault.New(fault.Limited, "limit_day_count", "the merchant's number of payments for the day is used up")
	ErrServiceSingle   = fault.New(fault.Limited, "limit_service_single", "the amount is above what this payment service may take at once")
	ErrServiceDaySum   = fault.New(fault.Limited, "limit_service_day_sum", "the payment service's limit for the day would be passed")
	ErrServiceDayCount = fault.New(fault.Limited, "limit_service_day_count", "the payment service's number of payments for the day is used up")
)

// Limits bound what is collected; zero means none.
type Limits struct {
	Single   int64 // fen
	DayCount int64
	DaySum   int64 // fen
}

// Of returns a merchant's own limits, which hold over all of its services.
func Of(m merchant.Merchant) Limits { return Limits{m.SingleMax, m.DayCountMax, m.DaySumMax} }

// Day is one business date of a merchant, seen from one of its services.
type Day struct {
	Merchant string
	Service  string // "card", "wechat", …
	Date     calendar.Date
}

// Keys names the counters of the day: of the merchant and of the service.
func (d Day) Keys() []step.Key {
	whole := DayKey(d.Merchant, d.Date)
	return []step.Key{whole, {Table: CounterTable, Bucket: whole.Bucket, ID: whole.ID + "/" + d.Service}}
}

// DayKey names the counter of a merchant and business date.
func DayKey(merchantID string, day calendar.Date) step.Key {
	return step.Key{
		Table: CounterTable, Bucket: id.MustBucket(merchantID),
		ID: merchantID + "/" + day.String(),
	}
}

// Use is what a counter holds.
type Use struct {
	ReservedCount, ReservedSum int64
	UsedCount, UsedSum         int64
}

// FromTally reads the use out of a counter's tally.
func FromTally(t step.Tally) Use {
	return Use{t.Sums[reservedCount], t.Sums[reservedSum], t.Sums[usedCount], t.Sums[usedSum]}
}

// Single holds an amount against what may be taken at once, for what takes nothing yet.
func Single(whole, service Limits, a money.Amount) error {
	if whole.Single > 0 && a.Fen > whole.Single {
		return ErrSingle
	}
	if service.Single > 0 && a.Fen > service.Single {
		return ErrServiceSingle
	}
	return nil
}

// Reserve takes an amount out of the day, or refuses. The step must have named the day's keys.
func Reserve(v step.View, d Day, whole, service Limits, a money.Amount) error {
	if err := Single(whole, service, a); err != nil {
		return err
	}
	keys := d.Keys()
	for i, of := range []struct {
		limits     Limits
		count, sum error
	}{{whole, ErrDayCount, ErrDaySum}, {service, ErrServiceDayCount, ErrServiceDaySum}} {
		if of.limits.DayCount == 0 && of.limits.DaySum == 0 {
			continue
		}
		t, _, err := step.Get[step.Tally](v, keys[i])
		if err != nil {
			return err
		}
		u := FromTally(t)
		if of.limits.DayCount > 0 && u.ReservedCount+u.UsedCount+1 > of.limits.DayCount {
			return of.count
		}
		if of.limits.DaySum > 0 && u.ReservedSum+u.UsedSum+a.Fen > of.limits.DaySum {
			return of.sum
		}
	}
	add(v, d, Use{ReservedCount: 1, ReservedSum: a.Fen})
	return nil
}

// Commit turns a reservation into use.
func Commit(v step.View, d Day, a money.Amount) { add(v, d, Use{-1, -a.Fen, 1, a.Fen}) }

// Release gives a reservation back.
func Release(v step.View, d Day, a money.Amount) {
	add(v, d, Use{ReservedCount: -1, ReservedSum: -a.Fen})
}

// Restore reserves again what was released, without asking: the money came after all.
func Restore(v step.View, d Day, a money.Amount) {
	add(v, d, Use{ReservedCount: 1, ReservedSum: a.Fen})
}

// GiveBack takes a committed use back once a reversal is acknowledged. A void gives nothing back: the
// merchant did collect, and a sale and its void must not make room for another sale.
func GiveBack(v step.View, d Day, a money.Amount) { add(v, d, Use{UsedCount: -1, UsedSum: -a.Fen}) }

func add(v step.View, d Day, u Use) {
	for _, key := range d.Keys() {
		v.Add(step.Tally{At: key, Sums: [4]int64{u.ReservedCount, u.ReservedSum, u.UsedCount, u.UsedSum}})
	}
}

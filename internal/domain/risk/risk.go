// Package risk holds limits: what a merchant may collect in a business day, by count and by sum.
//
// A limit is reserved at the request, committed at the approval and released at the decline or at the
// acknowledged reversal, always in the payment's own step, so that no two requests can both pass it. A
// payment whose outcome is unknown stays reserved. The counter is a row per merchant and business date;
// the next day is another row, so nothing is ever reset and no clock jump frees a limit.
//
//	       reserve            commit
//	free ──────────▶ reserved ──────▶ used
//	  ▲                 │              │
//	  └──── release ────┘◀── give back ┘ (acknowledged reversal)
//
// Invariant: reserved + used never passes the limit, and the counters equal a recomputation from the
// payments (I9).
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
	ErrSingle   = fault.New(fault.Limited, "limit_single", "the amount is above what this merchant may take at once")
	ErrDaySum   = fault.New(fault.Limited, "limit_day_sum", "the merchant's limit for the day would be passed")
	ErrDayCount = fault.New(fault.Limited, "limit_day_count", "the merchant's number of payments for the day is used up")
)

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

// Single holds an amount against what a merchant may take at once, for what takes nothing yet.
func Single(m merchant.Merchant, a money.Amount) error {
	if m.SingleMax > 0 && a.Fen > m.SingleMax {
		return ErrSingle
	}
	return nil
}

// Reserve takes an amount out of the merchant's day, or refuses. The step must have named DayKey.
func Reserve(v step.View, m merchant.Merchant, day calendar.Date, a money.Amount) error {
	if err := Single(m, a); err != nil {
		return err
	}
	t, _, err := step.Get[step.Tally](v, DayKey(m.ID, day))
	if err != nil {
		return err
	}
	u := FromTally(t)
	if m.DayCountMax > 0 && u.ReservedCount+u.UsedCount+1 > m.DayCountMax {
		return ErrDayCount
	}
	if m.DaySumMax > 0 && u.ReservedSum+u.UsedSum+a.Fen > m.DaySumMax {
		return ErrDaySum
	}
	add(v, m.ID, day, Use{ReservedCount: 1, ReservedSum: a.Fen})
	return nil
}

// Commit turns a reservation into use.
func Commit(v step.View, merchantID string, day calendar.Date, a money.Amount) {
	add(v, merchantID, day, Use{-1, -a.Fen, 1, a.Fen})
}

// Release gives a reservation back.
func Release(v step.View, merchantID string, day calendar.Date, a money.Amount) {
	add(v, merchantID, day, Use{ReservedCount: -1, ReservedSum: -a.Fen})
}

// GiveBack takes a committed use back once a reversal is acknowledged. A void gives nothing back: the
// merchant did collect, and a sale and its void must not make room for another sale.
func GiveBack(v step.View, merchantID string, day calendar.Date, a money.Amount) {
	add(v, merchantID, day, Use{UsedCount: -1, UsedSum: -a.Fen})
}

func add(v step.View, merchantID string, day calendar.Date, u Use) {
	v.Add(step.Tally{
		At:   DayKey(merchantID, day),
		Sums: [4]int64{u.ReservedCount, u.ReservedSum, u.UsedCount, u.UsedSum},
	})
}

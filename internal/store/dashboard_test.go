package store_test

import (
	"fmt"
	"testing"

	"github.com/yifen-pay/yifen/internal/domain/access"
	"github.com/yifen-pay/yifen/internal/domain/calendar"
	"github.com/yifen-pay/yifen/internal/domain/id"
	"github.com/yifen-pay/yifen/internal/domain/payment"
	"github.com/yifen-pay/yifen/internal/domain/step"
	"github.com/yifen-pay/yifen/internal/store/storetest"
)

// A busy shop's operations are all there, however few the others have.
func TestDayOperations_ofABusyShop(t *testing.T) {
	s := storetest.Embedded(t)
	at := calendar.At(calendar.Date(20261123).Midnight(calendar.Shanghai))
	const busy, quiet = 700, 3
	n := 0
	add := func(b id.Bucket, count int) {
		t.Helper()
		for count > 0 {
			part := min(count, 50)
			count -= part
			if err := storetest.Do(t, s, func(v step.View) error {
				for range part {
					n++
					v.Put(payment.Operation{
						ID: id.Since(payment.OperationPrefix, b, at.Time()) + fmt.Sprintf("%016d", n), Bucket: b, Merchant: "mch_of_" + b.String(),
						Kind: payment.SaleOp, State: payment.OpApproved, ApprovedFen: 1, CreatedAt: at,
					})
				}
				return nil
			}); err != nil {
				t.Fatal(err)
			}
		}
	}
	add(7, busy)
	add(8, quiet)
	list, whole, err := s.DayOperations(t.Context(), access.Everything(), at)
	if err != nil || !whole || len(list) != busy+quiet {
		t.Errorf("%d operations, whole: %t, %v; want %d", len(list), whole, err, busy+quiet)
	}
	if list, whole, err = s.DayOperations(t.Context(), access.Everything(), at+1_000_000); err != nil || !whole || len(list) != 0 {
		t.Errorf("of later: %d operations, whole: %t, %v", len(list), whole, err)
	}
}

package api_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/yifen-pay/yifen/internal/domain/access"
	"github.com/yifen-pay/yifen/internal/domain/calendar"
	"github.com/yifen-pay/yifen/internal/domain/id"
	"github.com/yifen-pay/yifen/internal/domain/payment"
	"github.com/yifen-pay/yifen/internal/domain/step"
	"github.com/yifen-pay/yifen/internal/serve/api"
	"github.com/yifen-pay/yifen/internal/store/storetest"
)

// operate writes a sale of this moment.
func (d *door) operate(shop string, state payment.OperationState, fen int64) {
	d.t.Helper()
	b := id.MustBucket(shop)
	d.must(storetest.Do(d.t, d.store, func(v step.View) error {
		v.Put(payment.Operation{
			ID: d.ids.New(payment.OperationPrefix, b), Bucket: b, Merchant: shop, Kind: payment.SaleOp, State: state,
			AmountFen: fen, ApprovedFen: fen, CreatedAt: calendar.At(d.clock()),
		})
		return nil
	}))
}

// Where days are cut at 23:00, what is sold in the last hour before midnight stands in the day that it belongs to.
func TestDashboard_dayThatOpensBeforeMidnight(t *testing.T) {
	d := newDoor(t)
	_, shop := d.owner("owner@shop.example")
	d.operate(shop, payment.OpApproved, 1) // at 18:00 of the day before
	d.advance(5 * time.Hour)
	d.openDay(20261121)                 // 23:00 of the 20th in Shanghai
	for _, hour := range []int{23, 0} { // half past eleven, half past twelve
		d.advance(30 * time.Minute)
		d.operate(shop, payment.OpApproved, 100)
		d.operate(shop, payment.OpDeclined, 0)
		d.advance(30 * time.Minute)
		staff, _ := d.staff(fmt.Sprintf("ops%d@demo.example", hour), access.Operations)
		owner := d.browser().login("owner@shop.example")
		for name, who := range map[string]*caller{"staff": staff, "the owner": owner} {
			seen := into[api.Dashboard](who.call("GET", "/dashboard", nil).is(200, ""))
			times := int64(2 - hour/23)
			if seen.Date != "2026-11-21" || *seen.Approval != (api.Approval{Approved: times, Declined: times}) || seen.Hours[hour].AmountFen != 100 || seen.Hours[18].Count != 0 {
				t.Errorf("at %d, %s see %+v, approval %+v", hour, name, seen, seen.Approval)
			}
		}
	}
}

// What staff see of all operations is counted once in some seconds, not for each of them.
func TestDashboard_isCountedOnceInAWhile(t *testing.T) {
	d := newDoor(t)
	d.openDay(20261120)
	_, shop := d.owner("owner@shop.example")
	staff, _ := d.staff("ops@demo.example", access.Operations)
	approved := func() int64 {
		return into[api.Dashboard](staff.call("GET", "/dashboard", nil).is(200, "")).Approval.Approved
	}
	if n := approved(); n != 0 {
		t.Errorf("%d sales before the first", n)
	}
	d.advance(time.Second)
	d.operate(shop, payment.OpApproved, 100)
	if n := approved(); n != 0 {
		t.Errorf("%d sales within the second", n)
	}
	d.advance(5 * time.Second)
	if n := approved(); n != 1 {
		t.Errorf("%d sales after some seconds", n)
	}
}

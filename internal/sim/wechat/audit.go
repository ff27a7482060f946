package wechat

import (
	"errors"
	"fmt"
	"slices"

	"github.com/yifen-pay/yifen/internal/sim/kit"
)

// Audit recomputes the invariants of the books and returns what does not hold; see the package comment.
func (w *Wallet) Audit() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	orders := make([]kit.Audited, 0, len(w.books.orders))
	for _, o := range w.books.orders {
		orders = append(orders, o.audited())
	}
	return w.books.Audit(orders)
}

// audited returns an order as an audit sees it.
func (o *Order) audited() kit.Audited {
	a := kit.Audited{
		Name: o.OutTradeNo, Number: o.Number, Merchant: o.Merchant, Payer: o.Payer, Paid: !o.Paid.IsZero(), Parts: o.parts(), Given: o.given,
		Coupons: o.Coupons,
	}
	reversals := 0
	for _, r := range o.refunds {
		a.Refunds = append(a.Refunds, kit.AuditedRefund{Parts: r.Parts, Arrived: r.Status == RefundSuccess, Failed: r.Status == RefundClosed})
		if r.Reversal {
			reversals++
		}
	}
	switch {
	case !slices.Contains(States(), o.State):
		a.Wrong = errors.New("its state is unknown")
	case a.Paid != (o.State == Success || o.State == Revoked && reversals == 1):
		a.Wrong = fmt.Errorf("it is %s and its payment says otherwise", o.State)
	case reversals > 1 || reversals == 1 && (o.State != Revoked || o.given.Total != o.Total):
		a.Wrong = errors.New("its reversal did not give back everything")
	}
	return a
}

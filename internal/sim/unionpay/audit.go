package unionpay

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
	return errors.Join(w.books.auditBalances(), w.books.auditOrders())
}

// auditBalances compares each balance with its movements and with what orders and refunds say.
func (b *books) auditBalances() error {
	want := b.ledger.Expected()
	for _, o := range b.orders {
		if !o.Paid.IsZero() {
			want.Paid(o.Merchant, o.Payer, o.Parts)
		}
	}
	for _, r := range b.refunds {
		if r.Status != RefundFailed {
			o := b.orders[r.Order-1]
			want.Given(o.Merchant, o.Payer, r.Parts, r.Status == RefundDone)
		}
	}
	return b.ledger.Audit(want)
}

// auditOrders checks each order with its refunds and its coupons.
func (b *books) auditOrders() error {
	var errs []error
	used := map[string][]int64{}
	for _, o := range b.orders {
		if err := o.audit(); err != nil {
			errs = append(errs, fmt.Errorf("order %s of merchant %s: %w", o.OrderNo, o.Merchant, err))
		}
		for _, c := range o.Coupons {
			used[c.ID] = append(used[c.ID], o.Number)
		}
	}
	return errors.Join(append(errs, b.pocket.Audit(used))...)
}

func (o *Order) audit() error {
	var back []kit.Parts
	cancels := 0
	for _, r := range o.refunds {
		if r.Status != RefundFailed {
			back = append(back, r.Parts)
		}
		if r.Cancel {
			cancels++
		}
	}
	paid := !o.Paid.IsZero()
	err := o.Parts.Audit(o.given, back...)
	switch {
	case !slices.Contains(States(), o.State):
		return errors.Join(err, errors.New("its state is unknown"))
	case paid && (o.Parts.Total != o.Total || o.Parts.Provider != o.off(kit.ByProvider) || o.Parts.Merchant != o.off(kit.ByMerchant)):
		return errors.Join(err, errors.New("its parts are not what was asked for less its coupons"))
	case paid != (o.State == Paid || o.State == Revoked && cancels == 1):
		return errors.Join(err, fmt.Errorf("it is %s and its payment says otherwise", o.State))
	case cancels > 1 || cancels == 1 && (o.State != Revoked || o.given != o.Parts):
		return errors.Join(err, errors.New("its cancellation did not give back everything"))
	}
	return err
}

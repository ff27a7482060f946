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
	return errors.Join(w.books.auditBalances(), w.books.auditOrders())
}

// auditBalances compares each balance with its movements and with what orders and refunds say.
func (b *books) auditBalances() error {
	want := b.ledger.Expected()
	for _, o := range b.orders {
		if !o.Paid.IsZero() {
			want.Paid(o.Merchant, o.Payer, o.parts())
		}
	}
	for _, r := range b.refunds {
		if r.Status != RefundClosed {
			o := b.orders[r.Order-1]
			want.Given(o.Merchant, o.Payer, r.Parts, r.Status == RefundSuccess)
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
			errs = append(errs, fmt.Errorf("order %s of merchant %s: %w", o.OutTradeNo, o.Merchant, err))
		}
		for _, c := range o.Coupons {
			used[c.ID] = append(used[c.ID], o.Number)
		}
	}
	return errors.Join(append(errs, b.pocket.Audit(used))...)
}

func (o *Order) audit() error {
	var back []kit.Parts
	reversals := 0
	for _, r := range o.refunds {
		if r.Status != RefundClosed {
			back = append(back, r.Parts)
		}
		if r.Reversal {
			reversals++
		}
	}
	paid := !o.Paid.IsZero()
	var parts kit.Parts
	if paid {
		parts = o.parts()
	}
	err := parts.Audit(o.given, back...)
	switch {
	case !slices.Contains(States(), o.State):
		return errors.Join(err, errors.New("its state is unknown"))
	case paid != (o.State == Success || o.State == Revoked && reversals == 1):
		return errors.Join(err, fmt.Errorf("it is %s and its payment says otherwise", o.State))
	case reversals > 1 || reversals == 1 && (o.State != Revoked || o.given.Total != o.Total):
		return errors.Join(err, errors.New("its reversal did not give back everything"))
	}
	return err
}

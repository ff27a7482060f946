package alipay

import (
	"errors"
	"fmt"
	"slices"
)

// Audit recomputes the invariants of the books and returns what does not hold; see the package comment.
func (w *Wallet) Audit() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return errors.Join(w.books.auditBalances(), w.books.auditOrders(), w.books.auditCoupons())
}

// auditBalances compares each balance with its movements and with what orders and refunds say.
func (b *books) auditBalances() error {
	var errs []error
	var all int64
	want := map[string]int64{}
	for account, list := range b.movements {
		var sum int64
		for _, m := range list {
			sum += m.Amount
			if m.Kind == kindOpening || m.Kind == kindWithdrawal {
				want[account] += m.Amount
			}
			if m.balance != sum {
				errs = append(errs, fmt.Errorf("%s has %d fen after movement %d and should have %d", account, m.balance, m.serial, sum))
			}
		}
		all += sum
		if sum != b.balances[account] {
			errs = append(errs, fmt.Errorf("%s has %d fen and its movements sum to %d", account, b.balances[account], sum))
		}
	}
	if all != 0 {
		errs = append(errs, fmt.Errorf("all accounts sum to %d fen and not to nothing", all))
	}
	for _, o := range b.orders {
		if o.Paid.IsZero() {
			continue
		}
		want[payerAccount(o.Payer)] -= o.PayerTotal
		want[promotion] -= o.off(ByProvider)
		want[merchantAccount(o.Merchant)] += o.Settlement - o.Fee
		want[income] += o.Fee
	}
	for _, r := range b.refunds {
		if r.Status == RefundFailed {
			continue
		}
		o := b.orders[r.Order-1]
		want[merchantAccount(o.Merchant)] -= r.Settlement - r.Fee
		want[income] -= r.Fee
		want[promotion] += r.Provider
		if r.Status == RefundSuccess {
			want[payerAccount(o.Payer)] += r.Payer
		} else {
			want[transit] += r.Payer
		}
	}
	for account := range b.balances {
		if account != outside && b.balances[account] != want[account] {
			errs = append(errs, fmt.Errorf("%s has %d fen and its orders and refunds say %d", account, b.balances[account], want[account]))
		}
		if b.balances[account] < 0 && account != outside && account != promotion {
			errs = append(errs, fmt.Errorf("%s is overdrawn by %d fen", account, -b.balances[account]))
		}
	}
	return errors.Join(errs...)
}

// auditOrders checks each order with its refunds.
func (b *books) auditOrders() error {
	var errs []error
	for _, o := range b.orders {
		wrong := func(what string) {
			errs = append(errs, fmt.Errorf("order %s of merchant %s: %s", o.OutTradeNo, o.Merchant, what))
		}
		var sum given
		reversals := 0
		for _, r := range o.refunds {
			if r.Total != r.Settlement+r.MerchantShare || r.Settlement != r.Payer+r.Provider {
				wrong("the parts of refund " + r.OutRequestNo + " are not its whole")
			}
			if g := r.given(); min(g.total, g.payer, g.settlement, g.fee, g.provider, g.merchant) < 0 {
				wrong("refund " + r.OutRequestNo + " takes")
			}
			if r.Reversal {
				reversals++
			}
			if r.Status != RefundFailed {
				sum = sum.plus(r.given())
			}
		}
		paid := !o.Paid.IsZero()
		switch {
		case !slices.Contains(States(), o.State):
			wrong("its state is unknown")
		case sum != o.given:
			wrong("what it gave back is not what its refunds are")
		case sum.total > o.Total || sum.payer > o.PayerTotal || sum.settlement > o.Settlement || sum.fee > o.Fee:
			wrong("it gave back more than was paid")
		case sum.total == o.Total && paid && (sum.payer != o.PayerTotal || sum.fee != o.Fee || sum.settlement != o.Settlement):
			wrong("it gave back the whole total and not the whole of its parts")
		case paid && o.Total != o.Settlement+o.off(ByMerchant) || paid && o.Settlement != o.PayerTotal+o.off(ByProvider):
			wrong("its parts are not its total")
		case paid != (o.State == Success || o.State == Closed && len(o.refunds) > 0):
			wrong("it is " + string(o.State) + " and its payment says otherwise")
		case len(o.refunds) > 0 && !paid:
			wrong("it gave back what was not paid")
		case paid && o.State == Closed && sum.total != o.Total:
			wrong("it is closed and did not give back everything")
		case reversals > 1 || reversals == 1 && o.State != Closed:
			wrong("its cancellation did not close it")
		}
	}
	return errors.Join(errs...)
}

// auditCoupons checks that each coupon was spent on one order at most, by its payer.
func (b *books) auditCoupons() error {
	var errs []error
	spent := map[string]int64{}
	for _, o := range b.orders {
		for _, c := range o.Coupons {
			if spent[c.ID] != 0 {
				errs = append(errs, fmt.Errorf("coupon %s is spent twice", c.ID))
			}
			spent[c.ID] = o.Number
		}
	}
	for _, c := range b.coupons {
		if c.Spent != spent[c.ID] {
			errs = append(errs, fmt.Errorf("coupon %s says that order %d spent it, and order %d did", c.ID, c.Spent, spent[c.ID]))
		}
	}
	return errors.Join(errs...)
}

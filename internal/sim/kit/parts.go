package kit

import (
	"errors"
	"fmt"
)

// Parts is an amount that a payer was asked for, with what became of it by coupons and the fee. All is in fen.
type Parts struct {
	Total      int64 `json:"total"`      // that was asked for, coupons included
	Payer      int64 `json:"payer"`      // that the payer bears
	Settlement int64 `json:"settlement"` // that the merchant has a claim to, before the fee
	Fee        int64 `json:"fee"`        // that the merchant bears
	Provider   int64 `json:"provider"`   // of coupons funded by the provider
	Merchant   int64 `json:"merchant"`   // of coupons funded by the merchant
}

// PartsOf returns the parts of a payment: coupons of the provider lessen what the payer pays, those of the
// merchant what is settled too, on which the fee is taken at a rate in parts per million.
func PartsOf(total, provider, merchant, rate int64) Parts {
	p := Parts{Total: total, Settlement: total - merchant, Provider: provider, Merchant: merchant}
	p.Payer = p.Settlement - provider
	p.Fee = feeOf(p.Settlement, rate)
	return p
}

// feeOf returns the fee on an amount, rounded half up to the fen.
func feeOf(amount, rate int64) int64 { return (amount*rate + 500_000) / 1_000_000 }

// Plus adds, part by part.
func (p Parts) Plus(q Parts) Parts {
	return Parts{
		p.Total + q.Total, p.Payer + q.Payer, p.Settlement + q.Settlement,
		p.Fee + q.Fee, p.Provider + q.Provider, p.Merchant + q.Merchant,
	}
}

// Minus takes away, part by part.
func (p Parts) Minus(q Parts) Parts {
	return p.Plus(Parts{-q.Total, -q.Payer, -q.Settlement, -q.Fee, -q.Provider, -q.Merchant})
}

// Refund returns the parts of a further refund of a payment of which some was given back: cumulatively, so that
// the sum over all refunds is right to the fen. The bounds of a part are met only where an earlier refund came to
// nothing after a later one had been shared with it.
func (p Parts) Refund(given Parts, amount int64) Parts {
	all := given.Total + amount
	part := func(of, before int64) int64 { return min(max(share(of, all, p.Total)-before, 0), amount) }
	r := Parts{
		Total: amount, Provider: part(p.Provider, given.Provider), Merchant: part(p.Merchant, given.Merchant), Fee: part(p.Fee, given.Fee),
	}
	r.Settlement = amount - r.Merchant
	r.Payer = r.Settlement - r.Provider
	return r
}

// share returns of × part / whole, rounded half up.
func share(of, part, whole int64) int64 {
	if whole == 0 {
		return 0
	}
	return (2*of*part + whole) / (2 * whole)
}

// check says what is wrong with parts: they are not their whole, or one is negative.
func (p Parts) check() error {
	switch {
	case p.Total != p.Settlement+p.Merchant || p.Settlement != p.Payer+p.Provider:
		return errors.New("its parts are not its total")
	case min(p.Total, p.Payer, p.Settlement, p.Fee, p.Provider, p.Merchant) < 0:
		return errors.New("one of its parts is negative")
	}
	return nil
}

// audit compares what was given back of a payment with its refunds and with what was paid.
func (p Parts) audit(given Parts, refunds ...Parts) error {
	var sum Parts
	var errs []error
	for i, r := range refunds {
		if err := r.check(); err != nil {
			errs = append(errs, fmt.Errorf("refund %d: %w", i+1, err))
		}
		sum = sum.Plus(r)
	}
	rest := p.Minus(sum)
	switch {
	case sum != given:
		errs = append(errs, errors.New("what it gave back is not what its refunds are"))
	case min(rest.Total, rest.Payer, rest.Settlement, rest.Fee, rest.Provider, rest.Merchant) < 0:
		errs = append(errs, errors.New("it gave back more than was paid"))
	case rest.Total == 0 && rest != Parts{}:
		errs = append(errs, errors.New("it gave back the whole total and not the whole of its parts"))
	}
	return errors.Join(append(errs, p.check())...)
}

package store

import (
	"context"
	"fmt"
)

// codesStand holds payments by code against what is beside them: their codes, the numbers under which they were asked for, the
// links that led to them, and their coupons.
func (v *Verifier) codesStand(ctx context.Context) (Check, error) {
	c := Check{Invariant: "I17", Claim: "a payment by code stands on its wallet's word: its number, its coupons, its order's end; of a code for one amount, one payment counts"}
	n, err := v.number(ctx, "SELECT count(*) FROM payment_code")
	if err != nil {
		return c, err
	}
	c.Figure = fmt.Sprintf("%d payments by code", n)
	for _, text := range []string{
		"SELECT 'payment ' || p.id || ' is one by code and has none' FROM payment p LEFT JOIN payment_code k ON k.bucket = p.bucket AND k.id = p.id " +
			"WHERE p.instrument <> 'card' AND p.state <> 'refused' AND k.id IS NULL",
		"SELECT 'code ' || k.id || ' belongs to no payment of its merchant by code' FROM payment_code k LEFT JOIN payment p " +
			"ON p.bucket = k.bucket AND p.id = k.id AND p.merchant = k.merchant AND p.instrument <> 'card' WHERE p.id IS NULL",
		"SELECT 'payment ' || p.id || ' is ' || p.state || ' and its wallet has no number for it' FROM payment p JOIN payment_code k ON k.bucket = p.bucket AND k.id = p.id " +
			"WHERE p.state IN ('captured', 'voided') AND (k.number = '' OR k.paid_at_us = 0)",
		"SELECT 'order ' || min(k.number) || ' of the wallet stands for ' || CAST(count(*) AS text) || ' payments' FROM payment_code k JOIN payment p ON p.bucket = k.bucket AND p.id = k.id " +
			"WHERE k.number <> '' GROUP BY p.rail, k.number HAVING count(*) > 1",
		"SELECT 'payment ' || id || ' has coupons of ' || CAST(coupon_fen AS text) || ' fen in ' || CAST(captured_fen AS text) || ' and gave ' || CAST(coupon_back_fen AS text) || ' of them back with ' || " +
			"CAST(refunded_fen AS text) FROM payment WHERE (coupon_fen <> 0 OR coupon_back_fen <> 0) AND (instrument = 'card' OR coupon_fen < 0 OR coupon_fen >= captured_fen " +
			"OR coupon_back_fen < 0 OR coupon_back_fen > coupon_fen OR coupon_back_fen > refunded_fen OR (refunded_fen = captured_fen AND coupon_back_fen <> coupon_fen))",
		"SELECT 'payment ' || p.id || ' waits and nobody will ask about it' FROM payment p LEFT JOIN (SELECT DISTINCT bucket, payment FROM attempt WHERE due_at_us > 0) a " +
			"ON a.bucket = p.bucket AND a.payment = p.id LEFT JOIN (SELECT DISTINCT bucket, payment FROM operation WHERE state = 'manual') m ON m.bucket = p.bucket AND m.payment = p.id " +
			"WHERE p.state || '' = 'waiting' AND a.payment IS NULL AND m.payment IS NULL",
		"SELECT 'reference ' || r.id || ' points to no operation or link of its merchant' FROM payment_reference r LEFT JOIN operation o " +
			"ON o.bucket = r.bucket AND o.id = r.operation AND o.merchant = r.merchant LEFT JOIN payment_link l " +
			"ON l.bucket = r.bucket AND l.id = r.operation AND l.merchant = r.merchant WHERE o.id IS NULL AND l.id IS NULL",
		"SELECT 'link ' || l.id || ' is ' || l.state || ' and paid by ' || l.paid_by FROM payment_link l LEFT JOIN payment_code k " +
			"ON k.bucket = l.bucket AND k.id = l.paid_by AND k.link = l.id LEFT JOIN payment p ON p.bucket = k.bucket AND p.id = k.id AND p.requested_fen = l.amount_fen " +
			"WHERE (l.state = 'paid') <> (l.paid_by <> '') OR (l.paid_by <> '' AND (p.id IS NULL OR p.state NOT IN ('captured', 'voided')))",
		// What came beside the payment that counts, or after the end of its code where the setting does not keep it, is given back or on its way.
		"SELECT 'payment ' || p.id || ' was paid beside ' || l.paid_by || ' and ' || CAST(p.captured_fen - p.refunded_fen - p.refunding_fen AS text) || ' fen of it stay' FROM payment_code k " +
			"JOIN payment_link l ON l.bucket = k.bucket AND l.id = k.link AND l.amount_fen <> 0 AND l.paid_by <> '' AND l.paid_by <> k.id " +
			"JOIN payment p ON p.bucket = k.bucket AND p.id = k.id WHERE p.state || '' = 'captured' AND p.refunded_fen + p.refunding_fen < p.captured_fen",
		"SELECT 'account ' || a.id || ' takes payments and its last test does not say so' FROM wallet_account a WHERE a.state = 'ready' AND (a.tested_at_us = 0 OR a.findings = 'null' OR a.findings LIKE '%\"ok\":false%')",
	} {
		if err := v.rows(ctx, &c, text); err != nil {
			return c, err
		}
	}
	return c, nil
}

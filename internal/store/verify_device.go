package store

import (
	"context"
	"fmt"
)

// bindingsHold holds terminals, their hardware and their bindings against each other.
func (v *Verifier) bindingsHold(ctx context.Context) (Check, error) {
	c := Check{Invariant: "I14", Claim: "a terminal at work on hardware is bound to it, to its merchant and to nothing else, and hardware to one terminal"}
	n, err := v.number(ctx, "SELECT count(*) FROM terminal_binding WHERE until_us = 0")
	if err != nil {
		return c, err
	}
	c.Figure = fmt.Sprintf("%d bindings", n)
	for _, text := range []string{
		"SELECT 'terminal ' || t.id || ' is active and its binding does not say so' FROM terminal t LEFT JOIN terminal_binding b " +
			"ON b.bucket = t.bucket AND b.id = " + numberedID("t.id", "t.binding") + " AND b.until_us = 0 AND b.serial = t.serial AND b.merchant = t.merchant " +
			"WHERE t.unit <> '' AND t.state = 'active' AND b.id IS NULL",
		"SELECT 'serial number ' || serial || ' is bound to ' || CAST(count(*) AS text) || ' terminals' FROM terminal " +
			"WHERE serial <> '' AND state <> 'retired' GROUP BY serial HAVING count(*) > 1",
		"SELECT 'terminal ' || terminal || ' has ' || CAST(count(*) AS text) || ' bindings at a time' FROM terminal_binding " +
			"WHERE until_us = 0 GROUP BY bucket, terminal HAVING count(*) > 1",
		"SELECT 'unit ' || u.id || ' works and terminal ' || u.terminal || ' does not have it' FROM terminal_unit u LEFT JOIN terminal t " +
			"ON t.bucket = CAST(substr(u.terminal, 5, 2) AS integer) AND t.id = u.terminal AND t.unit = u.id WHERE u.state = 'active' AND t.id IS NULL",
		"SELECT 'binding ' || b.id || ' tells the category ' || b.category || ', the merchant has ' || m.category FROM terminal t " +
			"JOIN terminal_binding b ON b.bucket = t.bucket AND b.id = " + numberedID("t.id", "t.binding") + " " +
			"JOIN merchant m ON m.bucket = b.bucket AND m.id = b.merchant WHERE t.state = 'active' AND b.until_us = 0 AND (b.category <> m.category OR b.merchant_number <> m.number)",
	} {
		if err := v.rows(ctx, &c, text); err != nil {
			return c, err
		}
	}
	return c, nil
}

// servicesPriced holds the fee schedules against the services that were opened.
func (v *Verifier) servicesPriced(ctx context.Context) (Check, error) {
	c := Check{Invariant: "I14", Claim: "what a merchant agreed to for an open service is what its payments cost, and a service that is not open prices nothing"}
	n, err := v.number(ctx, "SELECT count(*) FROM merchant_service WHERE state = 'open'")
	if err != nil {
		return c, err
	}
	c.Figure = fmt.Sprintf("%d open services", n)
	if err := v.rows(ctx, &c, "SELECT 'service ' || s.id || ' is open and its fees are not in the schedule' FROM merchant_service s "+
		"LEFT JOIN fee_schedule f ON f.bucket = s.bucket AND f.id = s.merchant "+
		"WHERE s.state = 'open' AND (f.id IS NULL OR replace(f.rules, s.rules, '') = f.rules)"); err != nil {
		return c, err
	}
	return c, v.rows(ctx, &c, "SELECT 'service ' || s.id || ' is ' || s.state || ' and the schedule prices it' FROM merchant_service s "+
		"JOIN fee_schedule f ON f.bucket = s.bucket AND f.id = s.merchant "+
		"WHERE s.state <> 'open' AND replace(f.rules, s.kind || '/', '') <> f.rules")
}

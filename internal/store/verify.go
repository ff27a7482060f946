package store

import (
	"bytes"
	"context"
	"fmt"
	"regexp"
	"strings"

	"github.com/yifen-pay/yifen/internal/domain/audit"
	"github.com/yifen-pay/yifen/internal/domain/calendar"
	"github.com/yifen-pay/yifen/internal/domain/ledger"
	"github.com/yifen-pay/yifen/internal/domain/money"
	"github.com/yifen-pay/yifen/internal/domain/payment"
)

// Verification recomputes the invariants from the rows, by means that share nothing with how they were
// written. It reads only, on connections of its own, so it runs beside a live installation. A join goes
// along a key or along the distinct rows of a subquery, which both engines hash or index on the spot; one
// that goes through a bucket per row would take hours where minutes are enough, and a test refuses it.

// Check is one invariant, recomputed.
type Check struct {
	Invariant string // "I1"
	Claim     string // what must hold
	Figure    string // what was looked at
	Rows      []string
}

// Holds tells whether nothing was found against it.
func (c Check) Holds() bool { return len(c.Rows) == 0 }

// rowsMax bounds how many rows one check names.
const rowsMax = 100

// Verifier reads an installation's records without writing.
type Verifier struct {
	engine engine
	// Now is the moment against which ages are taken.
	Now calendar.Instant
	// Overdue is the age in seconds after which an outcome may no longer be unknown. Default 120.
	Overdue int64
}

// OpenVerifier opens the records at target for reading: a PostgreSQL address or a directory.
func OpenVerifier(ctx context.Context, target string, now calendar.Instant) (*Verifier, error) {
	e, err := openEngine(ctx, target)
	if err != nil {
		return nil, err
	}
	return &Verifier{engine: e, Now: now, Overdue: 120}, nil
}

// Close closes the database.
func (v *Verifier) Close() { v.engine.close() }

// Verify recomputes every invariant that applies and reports each as it is done. The error is of the
// reading, not of what was found.
func (v *Verifier) Verify(ctx context.Context, report func(Check)) (clean bool, err error) {
	clean = true
	for _, check := range []func(context.Context) (Check, error){
		v.entriesBalance, v.balancesMatch, v.fundsNotNegative, v.paymentsMatchBooks, v.onePerTrace, v.nothingOverdue,
		v.reversalsOnce, v.refundsWithin, v.limitsMatch, v.datesForward, v.batchesMatch, v.eventsWhole,
		v.auditChain, v.batchNumbers, v.entryChain, v.rootsMatch, v.operationsInTrail, v.noCardNumbers, v.statesAgree,
		v.merchantsApproved, v.historiesStand, v.documentsWhole, v.peopleMatch, v.bindingsHold, v.servicesPriced, v.sharesStand, v.codesStand, v.webhooksStand,
	} {
		c, err := check(ctx)
		if err != nil {
			return false, fmt.Errorf("%s: %w", c.Invariant, err)
		}
		clean = clean && c.Holds()
		report(c)
	}
	return clean, nil
}

// rows runs a query that returns what is wrong, a text a row.
func (v *Verifier) rows(ctx context.Context, c *Check, text string, args ...any) error {
	return v.engine.query(ctx, text, args, func(scan func(...any) error) error {
		var row string
		if err := scan(&row); err != nil {
			return err
		}
		c.found(row)
		return nil
	})
}

func (c *Check) found(row string) {
	if len(c.Rows) < rowsMax {
		c.Rows = append(c.Rows, row)
	} else if len(c.Rows) == rowsMax {
		c.Rows = append(c.Rows, "… and more")
	}
}

func (v *Verifier) number(ctx context.Context, text string, args ...any) (n int64, err error) {
	err = v.engine.query(ctx, text, args, func(scan func(...any) error) error { return scan(&n) })
	return n, err
}

func (v *Verifier) entriesBalance(ctx context.Context) (Check, error) {
	c := Check{Invariant: "I1", Claim: "each journal entry sums to zero, and so do all accounts together"}
	n, err := v.number(ctx, "SELECT count(*) FROM entry")
	if err != nil {
		return c, err
	}
	c.Figure = fmt.Sprintf("%d entries", n)
	if err := v.rows(ctx, &c, "SELECT 'entry ' || p.entry || ' is out by ' || CAST(sum(p.amount_fen) AS text) || ' fen' "+
		"FROM posting p GROUP BY p.bucket, p.entry, p.currency HAVING sum(p.amount_fen) <> 0"); err != nil {
		return c, err
	}
	if err := v.rows(ctx, &c, "SELECT 'entry ' || e.id || ' has no postings' FROM entry e WHERE NOT EXISTS "+
		"(SELECT 1 FROM posting p WHERE p.bucket = e.bucket AND p.entry = e.id)"); err != nil {
		return c, err
	}
	return c, v.rows(ctx, &c, "SELECT DISTINCT 'posting of entry ' || p.entry || ', which is not there' FROM posting p WHERE NOT EXISTS "+
		"(SELECT 1 FROM entry e WHERE e.bucket = p.bucket AND e.id = p.entry)")
}

func (v *Verifier) balancesMatch(ctx context.Context) (Check, error) {
	c := Check{Invariant: "I1", Claim: "each balance is the sum of its account's postings"}
	n, err := v.number(ctx, "SELECT count(*) FROM balance")
	if err != nil {
		return c, err
	}
	c.Figure = fmt.Sprintf("%d accounts", n)
	const sums = "(SELECT bucket, account, sum(CASE WHEN amount_fen > 0 THEN amount_fen ELSE 0 END) AS debit, " +
		"sum(CASE WHEN amount_fen < 0 THEN -amount_fen ELSE 0 END) AS credit FROM posting GROUP BY bucket, account)"
	if err := v.rows(ctx, &c, "SELECT 'balance ' || b.id || ' in bucket ' || CAST(b.bucket AS text) || ' says debit ' || "+
		"CAST(b.debit_fen AS text) || ' credit ' || CAST(b.credit_fen AS text) || ', the postings say ' || "+
		"CAST(coalesce(s.debit, 0) AS text) || ' and ' || CAST(coalesce(s.credit, 0) AS text) "+
		"FROM balance b LEFT JOIN "+sums+" s ON s.bucket = b.bucket AND s.account = b.id "+
		"WHERE b.debit_fen <> coalesce(s.debit, 0) OR b.credit_fen <> coalesce(s.credit, 0) "+
		"OR b.pending_debit_fen <> 0 OR b.pending_credit_fen <> 0"); err != nil {
		return c, err
	}
	return c, v.rows(ctx, &c, "SELECT 'account ' || s.account || ' has postings and no balance' FROM "+sums+" s WHERE NOT EXISTS "+
		"(SELECT 1 FROM balance b WHERE b.bucket = s.bucket AND b.id = s.account)")
}

func (v *Verifier) fundsNotNegative(ctx context.Context) (Check, error) {
	c := Check{Invariant: "I2", Claim: "no customer-fund account is negative"}
	n := 0
	err := v.engine.query(ctx, "SELECT id, debit_fen, credit_fen FROM balance WHERE id LIKE 'merchant:%'", nil,
		func(scan func(...any) error) error {
			var b ledger.Balance
			if err := scan(&b.Account, &b.Debit, &b.Credit); err != nil {
				return err
			}
			if n++; b.Account.CustomerFunds() && b.Net() < 0 {
				c.found(fmt.Sprintf("account %s stands at %s", b.Account, money.Yuan(b.Net())))
			}
			return nil
		})
	c.Figure = fmt.Sprintf("%d merchant accounts", n)
	return c, err
}

// paymentsMatchBooks holds every payment against the sum of its postings: what the rail owes for it, what
// the merchant has of it, what was earned and spent.
func (v *Verifier) paymentsMatchBooks(ctx context.Context) (Check, error) {
	c := Check{Invariant: "I4", Claim: "the books of each payment follow from its state, amounts, fee and cost"}
	n := 0
	err := v.engine.query(ctx, "SELECT p.id, p.state, p.captured_fen - p.coupon_fen, p.refunded_fen - p.coupon_back_fen, p.fee_fen, p.fee_back_fen, p.cost_fen, p.cost_back_fen, "+
		"coalesce(s.rail, 0), coalesce(s.merchant, 0), coalesce(s.fee, 0), coalesce(s.cost, 0) FROM payment p LEFT JOIN "+
		"(SELECT e.bucket, e.payment, sum(CASE WHEN q.account LIKE 'rail:%' THEN q.amount_fen ELSE 0 END) AS rail, "+
		"sum(CASE WHEN q.account LIKE 'merchant:%' THEN q.amount_fen ELSE 0 END) AS merchant, "+
		"sum(CASE WHEN q.account LIKE 'fee:%' THEN q.amount_fen ELSE 0 END) AS fee, "+
		"sum(CASE WHEN q.account LIKE 'cost:%' AND q.account <> 'cost:agent' THEN q.amount_fen ELSE 0 END) AS cost "+
		"FROM entry e JOIN posting q ON q.bucket = e.bucket AND q.entry = e.id WHERE e.payment <> '' GROUP BY e.bucket, e.payment) s "+
		"ON s.bucket = p.bucket AND s.payment = p.id", nil,
		func(scan func(...any) error) error {
			var id, state string
			var captured, refunded, fee, feeBack, cost, costBack, rail, merchant, earned, spent int64
			if err := scan(&id, &state, &captured, &refunded, &fee, &feeBack, &cost, &costBack, &rail, &merchant, &earned, &spent); err != nil {
				return err
			}
			n++
			gross, net, kept := int64(0), int64(0), int64(0)
			if state == "captured" {
				gross, net, kept = captured-refunded, fee-feeBack, cost-costBack
			}
			if rail != gross-kept || merchant != net-gross || earned != -net || spent != kept {
				c.found(fmt.Sprintf("payment %s is %s: rail %d, merchant %d, fee %d, cost %d in the books; %d, %d, %d, %d expected",
					id, state, rail, merchant, earned, spent, gross-kept, net-gross, -net, kept))
			}
			return nil
		})
	c.Figure = fmt.Sprintf("%d payments", n)
	if err != nil {
		return c, err
	}
	return c, v.rows(ctx, &c, "SELECT 'payment ' || p.id || ' captured ' || CAST(p.captured_fen AS text) || ' fen, its operations say ' || CAST(coalesce(s.fen, 0) AS text) "+
		"FROM payment p LEFT JOIN (SELECT o.bucket, o.payment, sum(CASE WHEN "+takes+" THEN o.approved_fen WHEN o.kind = 'adjustment' THEN o.approved_fen - o.previous_fen "+
		"WHEN o.kind = 'completion_void' THEN -o.approved_fen ELSE 0 END) AS fen FROM operation o WHERE o.state = 'approved' GROUP BY o.bucket, o.payment) s "+
		"ON s.bucket = p.bucket AND s.payment = p.id WHERE p.state IN ('captured', 'voided', 'authorized') AND p.captured_fen <> coalesce(s.fen, 0)")
}

func (v *Verifier) onePerTrace(ctx context.Context) (Check, error) {
	c := Check{Invariant: "I5", Claim: "at most one effect per terminal, batch, trace and message kind"}
	n, err := v.number(ctx, "SELECT count(*) FROM exchange")
	if err != nil {
		return c, err
	}
	c.Figure = fmt.Sprintf("%d requests of terminals", n)
	if err := v.rows(ctx, &c, "SELECT 'terminal ' || terminal || ' batch ' || CAST(batch_sequence AS text) || ' trace ' || CAST(trace AS text) || ' made ' || "+
		"CAST(count(*) AS text) || ' operations' FROM operation WHERE kind <> 'reversal' AND terminal <> '' "+
		"GROUP BY bucket, terminal, batch_sequence, trace HAVING count(*) > 1"); err != nil {
		return c, err
	}
	if err := v.rows(ctx, &c, "SELECT 'operation ' || o.id || ' came from no request' FROM operation o WHERE o.kind <> 'reversal' AND o.terminal <> '' "+
		"AND NOT EXISTS (SELECT 1 FROM exchange x WHERE x.bucket = o.bucket AND x.operation = o.id AND x.kind = 'F' AND x.terminal = o.terminal "+
		"AND x.batch_sequence = o.batch_sequence AND x.trace = o.trace AND x.id = o.terminal || '/' || substr('000000000000' || CAST(o.batch_sequence AS text), "+
		"length(CAST(o.batch_sequence AS text)) + 1) || '/' || substr('000000' || CAST(o.trace AS text), length(CAST(o.trace AS text)) + 1) || '/F')"); err != nil {
		return c, err
	}
	return c, v.rows(ctx, &c, "SELECT 'request ' || x.id || ' points to no operation' FROM exchange x WHERE x.operation <> '' AND NOT EXISTS "+
		"(SELECT 1 FROM operation o WHERE o.bucket = x.bucket AND o.id = x.operation)")
}

func (v *Verifier) nothingOverdue(ctx context.Context) (Check, error) {
	c := Check{Invariant: "I6", Claim: fmt.Sprintf("no outcome is unknown for longer than %d s", v.Overdue)}
	before := int64(v.Now) - v.Overdue*1_000_000
	n, err := v.number(ctx, "SELECT count(*) FROM operation WHERE state IN ('pending', 'unknown', 'reversing')")
	if err != nil {
		return c, err
	}
	c.Figure = fmt.Sprintf("%d outcomes open", n)
	// A code may be paid until it expires, its withdrawal waits for a request that may still arrive, and a wallet takes its time for a refund.
	if err := v.rows(ctx, &c, "SELECT 'operation ' || o.id || ' (' || o.kind || ') is ' || o.state FROM operation o "+
		"LEFT JOIN payment_code k ON k.bucket = o.bucket AND k.id = o.payment WHERE o.state IN ('pending', 'unknown', 'reversing') "+
		"AND CASE WHEN k.id IS NULL THEN o.created_at_us ELSE k.expires_at_us + 180000000 END < ? AND NOT (k.id IS NOT NULL AND o.kind = 'refund')", before); err != nil {
		return c, err
	}
	return c, v.rows(ctx, &c, "SELECT 'attempt ' || a.id || ' is ' || a.state || ' and nothing will look at it again' FROM attempt a "+
		"JOIN operation o ON o.bucket = a.bucket AND o.id = a.operation WHERE a.due_at_us = 0 AND (a.state = 'pending' OR a.state = 'unknown' AND (o.advice = 1 OR o.kind = 'reversal'))")
}

func (v *Verifier) reversalsOnce(ctx context.Context) (Check, error) {
	c := Check{Invariant: "I7", Claim: "a reversal follows its original and takes effect once"}
	n, err := v.number(ctx, "SELECT count(*) FROM operation WHERE kind = 'reversal'")
	if err != nil {
		return c, err
	}
	c.Figure = fmt.Sprintf("%d reversals", n)
	if err := v.rows(ctx, &c, "SELECT 'operation ' || original || ' has ' || CAST(count(*) AS text) || ' reversals' FROM operation WHERE kind = 'reversal' "+
		"GROUP BY bucket, original HAVING count(*) > 1"); err != nil {
		return c, err
	}
	if err := v.rows(ctx, &c, "SELECT 'reversal ' || r.id || ' has no original that names it' FROM operation r WHERE r.kind = 'reversal' AND NOT EXISTS "+
		"(SELECT 1 FROM operation o WHERE o.bucket = r.bucket AND o.id = r.original AND o.reversal = r.id)"); err != nil {
		return c, err
	}
	if err := v.rows(ctx, &c, "SELECT 'operation ' || o.id || ' is ' || o.state || ' and its reversal ' || r.id || ' is ' || r.state FROM operation o "+
		"JOIN operation r ON r.bucket = o.bucket AND r.id = o.reversal WHERE (o.state = 'reversed' AND r.state <> 'approved') "+
		"OR (o.state = 'reversing' AND r.state NOT IN ('pending', 'manual'))"); err != nil {
		return c, err
	}
	if err := v.rows(ctx, &c, "SELECT 'operation ' || o.id || ' is ' || o.state || ' and names no reversal that is there' FROM operation o "+
		"LEFT JOIN operation r ON r.bucket = o.bucket AND r.id = o.reversal AND r.kind = 'reversal' AND r.original = o.id "+
		"WHERE (o.state IN ('reversing', 'reversed') OR o.reversal <> '') AND r.id IS NULL"); err != nil {
		return c, err
	}
	if err := v.rows(ctx, &c, "SELECT 'reversal ' || r.id || ' counts as acknowledged and none of its attempts was' FROM operation r "+
		"LEFT JOIN (SELECT DISTINCT bucket, operation FROM attempt WHERE state = 'acknowledged') a ON a.bucket = r.bucket AND a.operation = r.id "+
		"WHERE r.kind = 'reversal' AND r.state = 'approved' AND r.result = 'acknowledged' AND a.operation IS NULL"); err != nil {
		return c, err
	}
	return c, v.rows(ctx, &c, "SELECT 'attempt ' || a.id || ' of reversal ' || r.id || ' was sent before its original' FROM operation r "+
		"JOIN (SELECT DISTINCT bucket, operation, id, created_at_us FROM attempt) a ON a.bucket = r.bucket AND a.operation = r.id JOIN operation o ON o.bucket = r.bucket AND o.id = r.original "+
		"WHERE r.kind = 'reversal' AND a.created_at_us < o.created_at_us")
}

func (v *Verifier) refundsWithin(ctx context.Context) (Check, error) {
	c := Check{Invariant: "I8", Claim: "refunds, with those under way, never pass what was captured"}
	n, err := v.number(ctx, "SELECT count(*) FROM operation WHERE kind = 'refund'")
	if err != nil {
		return c, err
	}
	c.Figure = fmt.Sprintf("%d refunds", n)
	return c, v.rows(ctx, &c, "SELECT 'payment ' || p.id || ': captured ' || CAST(p.captured_fen AS text) || ', refunded ' || CAST(p.refunded_fen AS text) || "+
		"' and under way ' || CAST(p.refunding_fen AS text) || '; its refunds say ' || CAST(coalesce(r.done, 0) AS text) || ' and ' || CAST(coalesce(r.open, 0) AS text) "+
		"FROM payment p LEFT JOIN (SELECT bucket, payment, sum(CASE WHEN state = 'approved' THEN amount_fen ELSE 0 END) AS done, "+
		"sum(CASE WHEN state IN ('pending', 'unknown', 'manual') THEN amount_fen ELSE 0 END) AS open FROM operation WHERE kind = 'refund' "+
		"GROUP BY bucket, payment) r ON r.bucket = p.bucket AND r.payment = p.id "+
		"WHERE p.refunded_fen + p.refunding_fen > p.captured_fen OR p.refunded_fen <> coalesce(r.done, 0) OR p.refunding_fen <> coalesce(r.open, 0)")
}

// takes picks, of operations o, those that take money of a merchant's limit.
const takes = "o.kind IN ('sale', 'completion', 'offline_sale')"

func (v *Verifier) limitsMatch(ctx context.Context) (Check, error) {
	c := Check{Invariant: "I9", Claim: "limit counters equal a recomputation and stay within the limits"}
	n, err := v.number(ctx, "SELECT count(*) FROM risk_counter")
	if err != nil {
		return c, err
	}
	c.Figure = fmt.Sprintf("%d counters", n)
	day := "substr(CAST(o.business_date AS text), 1, 4) || '-' || substr(CAST(o.business_date AS text), 5, 2) || '-' || substr(CAST(o.business_date AS text), 7, 2)"
	counts := func(id, from string) string {
		return "SELECT o.bucket, " + id + " AS id, " +
			"sum(CASE WHEN o.entry = '' AND o.state IN ('pending', 'unknown', 'reversing', 'manual') THEN 1 ELSE 0 END) AS rc, " +
			"sum(CASE WHEN o.entry = '' AND o.state IN ('pending', 'unknown', 'reversing', 'manual') THEN o.amount_fen ELSE 0 END) AS rs, " +
			"sum(CASE WHEN o.entry <> '' AND o.state <> 'reversed' THEN 1 ELSE 0 END) AS uc, " +
			"sum(CASE WHEN o.entry <> '' AND o.state <> 'reversed' THEN o.amount_fen ELSE 0 END) AS us " +
			"FROM " + from + " WHERE " + takes + " GROUP BY " + id + ", o.bucket"
	}
	whole := "o.merchant || '/' || " + day
	sums := "(" + counts(whole, "operation o") + " UNION ALL " +
		counts(whole+" || '/' || p.instrument", "operation o JOIN payment p ON p.bucket = o.bucket AND p.id = o.payment") + ")"
	if err := v.rows(ctx, &c, "SELECT 'counter ' || k.id || ' says reserved ' || CAST(k.reserved_count AS text) || '/' || CAST(k.reserved_fen AS text) || "+
		"' used ' || CAST(k.used_count AS text) || '/' || CAST(k.used_fen AS text) || ', the payments say ' || CAST(coalesce(s.rc, 0) AS text) || '/' || "+
		"CAST(coalesce(s.rs, 0) AS text) || ' and ' || CAST(coalesce(s.uc, 0) AS text) || '/' || CAST(coalesce(s.us, 0) AS text) FROM risk_counter k LEFT JOIN "+
		sums+" s ON s.bucket = k.bucket AND s.id = k.id WHERE k.reserved_count <> coalesce(s.rc, 0) OR k.reserved_fen <> coalesce(s.rs, 0) "+
		"OR k.used_count <> coalesce(s.uc, 0) OR k.used_fen <> coalesce(s.us, 0)"); err != nil {
		return c, err
	}
	if err := v.rows(ctx, &c, "SELECT 'counter ' || s.id || ' is not there, the payments say ' || CAST(s.rc AS text) || '/' || CAST(s.rs AS text) || "+
		"' and ' || CAST(s.uc AS text) || '/' || CAST(s.us AS text) FROM "+sums+" s LEFT JOIN risk_counter k ON k.bucket = s.bucket AND k.id = s.id "+
		"WHERE k.id IS NULL AND (s.rc <> 0 OR s.uc <> 0)"); err != nil {
		return c, err
	}
	// What came after its code had been ended, or on another day than it was ordered, was not asked for.
	const unasked = "(SELECT o.bucket, o.merchant, o.business_date, count(*) AS n, sum(o.amount_fen) AS fen FROM operation o " +
		"JOIN payment_code k ON k.bucket = o.bucket AND k.id = o.payment JOIN payment p ON p.bucket = o.bucket AND p.id = o.payment " +
		"WHERE o.kind = 'sale' AND o.entry <> '' AND (k.late = 1 OR o.business_date > p.business_date) GROUP BY o.bucket, o.merchant, o.business_date)"
	return c, v.rows(ctx, &c, "SELECT 'counter ' || k.id || ' is above the limit of merchant ' || m.number FROM risk_counter k "+
		"JOIN merchant m ON m.bucket = k.bucket AND m.id = substr(k.id, 1, length(k.id) - 11) "+
		"LEFT JOIN "+unasked+" u ON u.bucket = k.bucket AND u.merchant = m.id AND CAST(u.business_date AS text) = replace(substr(k.id, length(m.id) + 2), '-', '') "+
		"WHERE (m.day_count_max > 0 AND k.reserved_count + k.used_count - coalesce(u.n, 0) > m.day_count_max) "+
		"OR (m.day_sum_max_fen > 0 AND k.reserved_fen + k.used_fen - coalesce(u.fen, 0) > m.day_sum_max_fen)")
}

func (v *Verifier) datesForward(ctx context.Context) (Check, error) {
	c := Check{Invariant: "I10", Claim: "a payment has one business date, and none lies ahead of the open one"}
	open, err := v.number(ctx, "SELECT business_date FROM business_day WHERE id = 'open'")
	if err != nil {
		return c, err
	}
	c.Figure = "open date " + calendar.Date(open).String()
	if err := v.rows(ctx, &c, "SELECT 'payment ' || id || ' has business date ' || CAST(business_date AS text) FROM payment "+
		"WHERE business_date = 0 OR business_date > ?", open); err != nil {
		return c, err
	}
	return c, v.rows(ctx, &c, "SELECT 'operation ' || o.id || ' of ' || CAST(o.business_date AS text) || ' is older than its payment of ' || CAST(p.business_date AS text) "+
		"FROM operation o JOIN payment p ON p.bucket = o.bucket AND p.id = o.payment WHERE o.business_date < p.business_date")
}

func (v *Verifier) batchesMatch(ctx context.Context) (Check, error) {
	c := Check{Invariant: "I3", Claim: "the totals of each batch are the sums of its operations, and those it was closed with; a terminal has one open batch"}
	n, err := v.number(ctx, "SELECT count(*) FROM terminal_batch")
	if err != nil {
		return c, err
	}
	c.Figure = fmt.Sprintf("%d batches", n)
	if err := v.rows(ctx, &c, "SELECT 'terminal ' || terminal || ' has ' || CAST(count(*) AS text) || ' open batches' FROM terminal_batch WHERE state = 'open' "+
		"GROUP BY bucket, terminal HAVING count(*) > 1"); err != nil {
		return c, err
	}
	if err := v.rows(ctx, &c, "SELECT 'batch ' || b.id || ' is closed with debit ' || CAST(b.debit_fen AS text) || ' credit ' || CAST(b.credit_fen AS text) || "+
		"', and the trail does not say so' FROM terminal_batch b LEFT JOIN (SELECT DISTINCT bucket, subject, detail FROM audit WHERE action = 'batch.closed') a "+
		"ON a.bucket = b.bucket AND a.subject = b.id "+
		"AND a.detail LIKE 'batch % closed by ' || b.closed_by || ': debit ' || CAST(b.debit_count AS text) || '/' || CAST(b.debit_fen AS text) || ' fen, credit ' || "+
		"CAST(b.credit_count AS text) || '/' || CAST(b.credit_fen AS text) || ' fen%' WHERE b.state = 'closed' AND a.subject IS NULL"); err != nil {
		return c, err
	}
	if err := v.rows(ctx, &c, "SELECT 'batch ' || id || ' calls itself ' || CASE balanced WHEN 1 THEN 'balanced' ELSE 'unequal' END || ', its figures do not' FROM terminal_batch "+
		"WHERE claimed = 1 AND balanced <> CASE WHEN debit_fen = claimed_debit_fen AND debit_count = claimed_debit_count "+
		"AND credit_fen = claimed_credit_fen AND credit_count = claimed_credit_count AND foreign_debit_fen = claimed_foreign_debit_fen "+
		"AND foreign_debit_count = claimed_foreign_debit_count AND foreign_credit_fen = claimed_foreign_credit_fen "+
		"AND foreign_credit_count = claimed_foreign_credit_count THEN 1 ELSE 0 END"); err != nil {
		return c, err
	}
	return c, v.rows(ctx, &c, "SELECT 'batch ' || b.id || ' says debit ' || CAST(b.debit_fen + b.foreign_debit_fen AS text) || ' credit ' || CAST(b.credit_fen + b.foreign_credit_fen AS text) || "+
		"', its operations say ' || CAST(coalesce(s.d, 0) AS text) || ' and ' || CAST(coalesce(s.c, 0) AS text) FROM terminal_batch b LEFT JOIN "+
		"(SELECT o.bucket, o.terminal, o.batch_sequence, sum(CASE WHEN "+takes+" THEN o.approved_fen WHEN o.kind = 'adjustment' THEN o.approved_fen - o.previous_fen ELSE 0 END) AS d, "+
		"sum(CASE WHEN "+takes+" THEN 1 ELSE 0 END) AS dn, "+
		"sum(CASE WHEN "+takes+" OR o.kind = 'adjustment' THEN 0 ELSE o.approved_fen END) AS c, sum(CASE WHEN "+takes+" OR o.kind = 'adjustment' THEN 0 ELSE 1 END) AS cn FROM operation o "+
		"WHERE o.counted = 1 GROUP BY o.bucket, o.terminal, o.batch_sequence) s "+
		"ON s.bucket = b.bucket AND s.terminal = b.terminal AND s.batch_sequence = b.sequence WHERE "+
		"(b.debit_fen + b.foreign_debit_fen <> coalesce(s.d, 0) OR b.debit_count + b.foreign_debit_count <> coalesce(s.dn, 0) "+
		"OR b.credit_fen + b.foreign_credit_fen <> coalesce(s.c, 0) OR b.credit_count + b.foreign_credit_count <> coalesce(s.cn, 0))")
}

func (v *Verifier) eventsWhole(ctx context.Context) (Check, error) {
	c := Check{Invariant: "I11", Claim: "every operation with an entry was told of, and the outbox has no gap"}
	n, err := v.number(ctx, "SELECT count(*) FROM event")
	if err != nil {
		return c, err
	}
	c.Figure = fmt.Sprintf("%d events", n)
	if err := v.rows(ctx, &c, "SELECT 'lane ' || CAST(e.lane AS text) || ' holds ' || CAST(count(*) AS text) || ' events up to position ' || CAST(max(e.position) AS text) "+
		"FROM event e GROUP BY e.lane HAVING count(*) <> max(e.position)"); err != nil {
		return c, err
	}
	if err := v.lanesKnow(ctx, &c, "event", "event_position", "events"); err != nil {
		return c, err
	}
	return c, v.rows(ctx, &c, "SELECT 'payment ' || p.id || ' is ' || p.state || ' and no event says so' FROM payment p "+
		"LEFT JOIN (SELECT DISTINCT bucket, subject, body FROM event) e ON e.bucket = p.bucket AND e.subject = p.id "+
		"AND e.body LIKE '%\"state\":\"' || p.state || '\"%' WHERE p.state IN ('captured', 'authorized', 'expired', 'closed', 'voided', 'declined', 'refused') AND e.subject IS NULL")
}

// chainFault follows a chain in the order of positions and reports where it breaks.
type chainFault struct {
	lane     int64
	position int64
	head     []byte
}

func (f *chainFault) follow(c *Check, what, id string, lane, position int64, hash []byte, link func(prev []byte) []byte) {
	if lane != f.lane {
		*f = chainFault{lane: lane}
	}
	if f.position++; position != f.position {
		c.found(fmt.Sprintf("%s %s stands at position %d of lane %d, %d is missing", what, id, position, lane, f.position))
		f.position = position
	} else if want := link(f.head); !bytes.Equal(want, hash) {
		c.found(fmt.Sprintf("%s %s at position %d of lane %d does not carry the hash of its content", what, id, position, lane))
	}
	f.head = hash
}

func (v *Verifier) auditChain(ctx context.Context) (Check, error) {
	c := Check{Invariant: "I12", Claim: "the audit trail verifies, without a hole"}
	var f chainFault
	n := 0
	err := v.engine.query(ctx, "SELECT "+auditTable.columnList("")+" FROM audit ORDER BY lane, position", nil,
		func(scan func(...any) error) error {
			row, err := auditTable.decode(scan)
			if err != nil {
				return err
			}
			n++
			r := row.(audit.Record)
			f.follow(&c, "audit record", r.ID, r.Lane, r.Position, r.Hash, func(prev []byte) []byte { return audit.Link(prev, r) })
			return nil
		})
	if err != nil {
		return c, err
	}
	c.Figure = fmt.Sprintf("%d records", n)
	if err := v.lanesKnow(ctx, &c, "audit", "audit_position", "audit records"); err != nil {
		return c, err
	}
	return c, v.headsStand(ctx, &c, "audit", "audit_position", "audit_head")
}

// lanesKnow holds what is chained by lane against the positions that the lanes' batches carry: what was
// taken from the end of a chain, or put on a lane of its own, breaks no hash.
func (v *Verifier) lanesKnow(ctx context.Context, c *Check, table, position, what string) error {
	return v.rows(ctx, c, "SELECT 'lane ' || CAST(coalesce(b.lane, a.lane) AS text) || ' knows ' || CAST(coalesce(b.n, 0) AS text) || ' "+what+", ' || "+
		"CAST(coalesce(a.n, 0) AS text) || ' are there' FROM (SELECT lane, max("+position+") AS n FROM batch GROUP BY lane) b "+
		"FULL JOIN (SELECT lane, count(*) AS n FROM "+table+" GROUP BY lane) a ON a.lane = b.lane WHERE coalesce(a.n, 0) <> coalesce(b.n, 0)")
}

// headsStand holds the heads that batches carry against the chain: a chain that was written anew from some
// point on verifies in itself and misses them.
func (v *Verifier) headsStand(ctx context.Context, c *Check, table, position, head string) error {
	return v.rows(ctx, c, "SELECT 'batch ' || CAST(b.sequence AS text) || ' of lane ' || CAST(b.lane AS text) || ' carries another head than the record at position ' || "+
		"CAST(b."+position+" AS text) FROM batch b LEFT JOIN "+table+" a ON a.lane = b.lane AND a.position = b."+position+" "+
		"WHERE b."+position+" > 0 AND (a.hash IS NULL OR a.hash <> b."+head+")")
}

func (v *Verifier) batchNumbers(ctx context.Context) (Check, error) {
	c := Check{Invariant: "I12", Claim: "batches are numbered without a gap, on lanes that were registered, and no position falls"}
	n, err := v.number(ctx, "SELECT count(*) FROM batch")
	if err != nil {
		return c, err
	}
	c.Figure = fmt.Sprintf("%d batches", n)
	if err := v.rows(ctx, &c, "SELECT 'lane ' || CAST(b.lane AS text) || ' has ' || CAST(count(*) AS text) || ' batches up to number ' || CAST(max(b.sequence) AS text) "+
		"FROM batch b GROUP BY b.lane HAVING count(*) <> max(b.sequence)"); err != nil {
		return c, err
	}
	if err := v.rows(ctx, &c, "SELECT DISTINCT 'lane ' || CAST(b.lane AS text) || ' was not registered' FROM batch b LEFT JOIN lane l ON l.id = b.lane "+
		"WHERE l.id IS NULL"); err != nil {
		return c, err
	}
	return c, v.rows(ctx, &c, "SELECT 'batch ' || CAST(b.sequence AS text) || ' of lane ' || CAST(b.lane AS text) || ' falls behind the one before' FROM batch b "+
		"JOIN batch p ON p.lane = b.lane AND p.sequence = b.sequence - 1 WHERE p.audit_position > b.audit_position "+
		"OR p.entry_position > b.entry_position OR p.event_position > b.event_position")
}

func (v *Verifier) entryChain(ctx context.Context) (Check, error) {
	c := Check{Invariant: "I14", Claim: "the chain of journal entries verifies, postings included"}
	var f chainFault
	var current ledger.Entry
	n := 0
	end := func() {
		if current.ID != "" {
			e := current
			f.follow(&c, "entry", e.ID, e.Lane, e.Position, e.Hash, func(prev []byte) []byte { return ledger.Link(prev, e) })
			n++
		}
	}
	err := v.engine.query(ctx, "SELECT "+entryTable.columnList("e.")+", p.number, p.account, p.amount_fen, p.currency FROM entry e "+
		"JOIN posting p ON p.bucket = e.bucket AND p.entry = e.id ORDER BY e.lane, e.position, p.number", nil,
		func(scan func(...any) error) error {
			var l ledger.Line
			var number int64
			row, err := entryTable.decode(func(dest ...any) error {
				return scan(append(dest, &number, &l.Account, &l.Amount.Fen, &l.Amount.Currency)...)
			})
			if err != nil {
				return err
			}
			e := row.(ledger.Entry)
			if e.ID != current.ID {
				end()
				current = e
			}
			current.Lines = append(current.Lines, l)
			return nil
		})
	if err != nil {
		return c, err
	}
	end()
	c.Figure = fmt.Sprintf("%d entries", n)
	if err := v.lanesKnow(ctx, &c, "entry", "entry_position", "entries"); err != nil {
		return c, err
	}
	return c, v.headsStand(ctx, &c, "entry", "entry_position", "entry_head")
}

func (v *Verifier) rootsMatch(ctx context.Context) (Check, error) {
	c := Check{Invariant: "I12", Claim: "each daily root is the hash of the heads that it names"}
	var roots []audit.Root
	err := v.engine.query(ctx, "SELECT "+rootTable.columnList("")+" FROM chain_root ORDER BY id", nil, func(scan func(...any) error) error {
		row, err := rootTable.decode(scan)
		if err == nil {
			roots = append(roots, row.(audit.Root))
		}
		return err
	})
	if err != nil {
		return c, err
	}
	c.Figure = fmt.Sprintf("%d roots", len(roots))
	for _, r := range roots {
		var heads []audit.Head
		for _, name := range strings.Fields(r.Heads) {
			var h audit.Head
			if _, err := fmt.Sscanf(name, "%d:%d", &h.Lane, &h.Sequence); err != nil {
				c.found(fmt.Sprintf("root of %s names a head %q", r.Date, name))
				continue
			}
			if err := v.engine.query(ctx, "SELECT audit_position, audit_head, entry_position, entry_head FROM batch WHERE lane = ? AND sequence = ?",
				[]any{h.Lane, h.Sequence}, func(scan func(...any) error) error {
					return scan(&h.AuditPosition, &h.AuditHash, &h.EntryPosition, &h.EntryHash)
				}); err != nil {
				return c, err
			}
			heads = append(heads, h)
		}
		if !bytes.Equal(audit.RootHash(heads), r.Hash) || int64(len(heads)) != r.Lanes {
			c.found(fmt.Sprintf("root of %s does not carry the hash of its heads", r.Date))
		}
	}
	return c, nil
}

// digitRun finds where a card number may stand in the open.
var digitRun = regexp.MustCompile(`[0-9]{13,}`)

// issuer is the beginning of card numbers, and their length where it is known.
type issuer struct {
	prefix string
	length int64
}

// showsCard tells whether a run of digits holds a card number of one of the issuers: it is as long as
// their numbers are, or some part of it begins as they do and carries a check digit that fits.
func showsCard(run string, issuers []issuer) bool {
	for _, i := range issuers {
		if int64(len(run)) == i.length && strings.HasPrefix(run, i.prefix) {
			return true
		}
		for at := range len(run) - 12 {
			if !strings.HasPrefix(run[at:], i.prefix) {
				continue
			}
			for n := 13; n <= min(19, len(run)-at); n++ {
				if (i.length == 0 || i.length == int64(n)) && luhn(run[at:at+n]) {
					return true
				}
			}
		}
	}
	return false
}

func (v *Verifier) noCardNumbers(ctx context.Context) (Check, error) {
	c := Check{Invariant: "I13", Claim: "no card number stands in the open"}
	var issuers []issuer
	err := v.engine.query(ctx, "SELECT id, length FROM card_bin", nil, func(scan func(...any) error) error {
		var i issuer
		err := scan(&i.prefix, &i.length)
		issuers = append(issuers, i)
		return err
	})
	if err != nil {
		return c, err
	}
	n := 0
	for _, look := range []struct{ what, text string }{
		{"audit record", "SELECT id, actor || ' ' || action || ' ' || subject || ' ' || detail FROM audit"},
		{"event", "SELECT id, kind || ' ' || subject || ' ' || body FROM event"},
		{"payment", "SELECT id, card_masked || ' ' || card_index FROM payment"},
		{"operation", "SELECT id, result || ' ' || reason || ' ' || cashier || ' ' || rail_code || ' ' || auth_code FROM operation"},
		{"chip data of operation", "SELECT id, " + v.engine.hex("chip_request") + " || ' ' || " + v.engine.hex("chip") + " FROM operation"},
		{"attempt", "SELECT id, rail_code FROM attempt"},
		{"terminal", "SELECT id, operator FROM terminal"},
		{"suspense line", "SELECT id, masked || ' ' || finding FROM suspense_line"},
		{"receipt", "SELECT id, slip FROM receipt"},
		{"merchant", "SELECT id, name || ' ' || name_en || ' ' || subject FROM merchant"},
		{"application", "SELECT id, name || ' ' || override || ' ' || reason FROM application"},
		{"block entry", "SELECT id, masked || ' ' || source || ' ' || reason FROM block_entry"},
	} {
		err := v.engine.query(ctx, look.text, nil, func(scan func(...any) error) error {
			var id, text string
			if err := scan(&id, &text); err != nil {
				return err
			}
			n++
			for _, run := range digitRun.FindAllString(text, -1) {
				if showsCard(run, issuers) {
					c.found(look.what + " " + id + " shows a card number")
					break
				}
			}
			return nil
		})
		if err != nil {
			return c, err
		}
	}
	c.Figure = fmt.Sprintf("%d texts", n)
	return c, nil
}

// luhn tells whether the last digit checks the others (ISO/IEC 7812-1).
func luhn(digits string) bool {
	sum := 0
	for i := range len(digits) {
		d := int(digits[len(digits)-1-i] - '0')
		if i%2 == 1 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return sum%10 == 0
}

func (v *Verifier) statesAgree(ctx context.Context) (Check, error) {
	c := Check{Invariant: "I14", Claim: "each payment's state follows from its operations, and each operation's from its attempts"}
	n, err := v.number(ctx, "SELECT count(*) FROM operation")
	if err != nil {
		return c, err
	}
	c.Figure = fmt.Sprintf("%d operations", n)
	if err := v.rows(ctx, &c, "SELECT 'payment ' || p.id || ' is ' || p.state || ' and its ' || o.kind || ' ' || o.state FROM payment p JOIN operation o "+
		"ON o.bucket = p.bucket AND o.id = p.sale WHERE NOT ("+
		"(p.state = 'pending' AND (o.state IN ('pending', 'reversing') OR o.advice = 1 AND o.state = 'unknown')) "+
		"OR (p.state = 'waiting' AND o.state IN ('pending', 'reversing')) "+
		"OR (p.state IN ('captured', 'voided') AND o.state = 'approved') "+
		"OR (p.state IN ('authorized', 'expired') AND o.kind = 'preauth' AND o.state = 'approved') OR (p.state = 'closed' AND o.kind = 'inquiry' AND o.state = 'approved') "+
		"OR (p.state = 'closed' AND o.kind = 'sale' AND o.state IN ('declined', 'reversed') AND p.instrument <> 'card') "+
		"OR (p.state = 'declined' AND o.state = 'declined') OR (p.state = 'refused' AND o.state = 'refused') "+
		"OR (p.state = 'unknown' AND o.state IN ('reversing', 'manual')) OR (p.state = 'reversed' AND o.state IN ('reversing', 'reversed', 'manual')))"); err != nil {
		return c, err
	}
	if err := v.rows(ctx, &c, "SELECT 'payment ' || p.id || ' has no operation that began it' FROM payment p WHERE NOT EXISTS "+
		"(SELECT 1 FROM operation o WHERE o.bucket = p.bucket AND o.id = p.sale AND o.payment = p.id)"); err != nil {
		return c, err
	}
	if err := v.rows(ctx, &c, "SELECT 'payment ' || p.id || ' is voided and has no approved void' FROM payment p "+
		"LEFT JOIN (SELECT DISTINCT bucket, payment FROM operation WHERE kind IN ('void', 'preauth_void') AND state = 'approved') o "+
		"ON o.bucket = p.bucket AND o.payment = p.id WHERE p.state = 'voided' AND o.payment IS NULL"); err != nil {
		return c, err
	}
	if err := v.rows(ctx, &c, "SELECT 'payment ' || p.id || ' is ' || p.state || ' and its void ' || o.id || ' stands' FROM operation o "+
		"JOIN payment p ON p.bucket = o.bucket AND p.id = o.payment WHERE o.kind IN ('void', 'preauth_void') AND o.state = 'approved' AND p.state <> 'voided'"); err != nil {
		return c, err
	}
	// A pre-authorized payment is captured while one completion stands that no void took back. (The empty text keeps the planner
	// from starting with the index of authorizations.)
	if err := v.rows(ctx, &c, "SELECT 'payment ' || p.id || ' is ' || p.state || ' and ' || CAST(coalesce(s.n, 0) AS text) || ' of its completions stand' FROM payment p "+
		"JOIN operation f ON f.bucket = p.bucket AND f.id = p.sale AND f.kind || '' = 'preauth' "+
		"LEFT JOIN (SELECT bucket, payment, sum(CASE kind WHEN 'completion' THEN 1 ELSE -1 END) AS n FROM operation "+
		"WHERE kind IN ('completion', 'completion_void') AND state = 'approved' GROUP BY bucket, payment) s ON s.bucket = p.bucket AND s.payment = p.id "+
		"WHERE coalesce(s.n, 0) <> CASE p.state WHEN 'captured' THEN 1 ELSE 0 END"); err != nil {
		return c, err
	}
	if err := v.rows(ctx, &c, "SELECT 'payment ' || p.id || ' holds ' || CAST(p.authorized_fen AS text) || ' fen, its authorizations say ' || CAST(coalesce(s.fen, 0) AS text) FROM payment p "+
		"LEFT JOIN (SELECT bucket, payment, sum(approved_fen) AS fen FROM operation WHERE kind IN ('preauth', 'add_on') AND state = 'approved' "+
		"GROUP BY bucket, payment) s ON s.bucket = p.bucket AND s.payment = p.id WHERE p.authorized_fen <> coalesce(s.fen, 0)"); err != nil {
		return c, err
	}
	if err := v.rows(ctx, &c, "SELECT 'operation ' || o.id || ' (' || o.kind || ') asked for ' || CAST(o.amount_fen AS text) || ' fen and is ' || o.state || ' with ' || "+
		"CAST(o.approved_fen AS text) FROM operation o WHERE o.kind <> 'reversal' AND ((o.state = 'approved' AND o.approved_fen <> o.amount_fen "+
		"AND NOT (o.partial = 1 AND o.approved_fen > 0 AND o.approved_fen < o.amount_fen)) "+
		"OR (o.state IN ('pending', 'unknown', 'declined', 'refused') AND o.approved_fen <> 0))"); err != nil {
		return c, err
	}
	return c, v.rows(ctx, &c, "SELECT 'operation ' || o.id || ' (' || o.kind || ') is ' || o.state || ' and no attempt says so' FROM operation o "+
		"LEFT JOIN attempt a ON a.bucket = o.bucket AND a.id = 'att_' || substr(o.id, 4) AND a.operation = o.id AND a.state = o.state "+
		"WHERE o.kind <> 'reversal' AND o.state IN ('approved', 'declined') AND a.id IS NULL")
}

// operationsInTrail holds what an approved operation says against the record that the trail keeps of it.
func (v *Verifier) operationsInTrail(ctx context.Context) (Check, error) {
	c := Check{Invariant: "I12", Claim: "each approved operation says what the trail says of it: card, amount, reference and authorization"}
	n := 0
	err := v.engine.query(ctx, "SELECT o.id, o.amount_fen, o.rrn, o.auth_code, p.card_masked, coalesce(a.detail, '') FROM operation o "+
		"JOIN payment p ON p.bucket = o.bucket AND p.id = o.payment LEFT JOIN (SELECT DISTINCT bucket, subject, action, detail FROM audit WHERE action LIKE '%.approved') a "+
		"ON a.bucket = o.bucket AND a.subject = o.id "+
		"AND a.action = o.kind || '.approved' WHERE o.approved_fen <> 0 AND o.kind <> 'reversal'", nil,
		func(scan func(...any) error) error {
			var id, rrn, auth, masked, detail string
			var fen int64
			if err := scan(&id, &fen, &rrn, &auth, &masked, &detail); err != nil {
				return err
			}
			n++
			if want := payment.TrailDetail(masked, money.Yuan(fen), rrn, auth, "approved"); detail != want {
				c.found("operation " + id + " says other than the trail")
			}
			return nil
		})
	c.Figure = fmt.Sprintf("%d operations", n)
	return c, err
}

// OpenOutcomes returns how many requests to rails have no outcome yet, or are still to be repeated.
func (v *Verifier) OpenOutcomes(ctx context.Context) (int64, error) {
	return v.number(ctx, openOutcomesSQL)
}

// Takings returns what was captured and not given back, over all merchants, in fen.
func (v *Verifier) Takings(ctx context.Context) (int64, error) {
	return v.number(ctx, "SELECT CAST(coalesce(sum(captured_fen - refunded_fen), 0) AS bigint) FROM payment WHERE state = 'captured'")
}

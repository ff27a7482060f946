package store

import (
	"context"

	"github.com/yifen-pay/yifen/internal/domain/agent"
	"github.com/yifen-pay/yifen/internal/domain/calendar"
	"github.com/yifen-pay/yifen/internal/domain/id"
	"github.com/yifen-pay/yifen/internal/domain/number"
	"github.com/yifen-pay/yifen/internal/domain/payment"
	"github.com/yifen-pay/yifen/internal/domain/step"
)

var dayTable = &table{
	name: payment.Days, hold: shared,
	columns: cols("bucket small, id text, business_date int, opened_at_us int"),
	encode: func(s sink, r step.Row) {
		d := r.(payment.Day)
		s.Int(0)
		s.Text(d.Key().ID)
		s.Int(int64(d.Date))
		s.Int(int64(d.OpenedAt))
	},
	decode: func(scan func(...any) error) (step.Row, error) {
		var d payment.Day
		var bucket int64
		var key string
		err := scan(&bucket, &key, &d.Date, &d.OpenedAt)
		return d, err
	},
}

var numberTable = &table{
	name:    number.Table,
	columns: cols("bucket small, id text, next int"),
	encode: func(s sink, r step.Row) {
		b := r.(number.Block)
		s.Int(0)
		s.Text(b.Name)
		s.Int(b.Next)
	},
	decode: func(scan func(...any) error) (step.Row, error) {
		var b number.Block
		var bucket int64
		err := scan(&bucket, &b.Name, &b.Next)
		return b, err
	},
}

var paymentTable = &table{
	name: payment.Payments,
	columns: cols("bucket small, id text, merchant text, store text, terminal text, instrument text, rail text, " +
		"state text, currency int, requested_fen int, approved_fen int, captured_fen int, refunded_fen int, refunding_fen int, " +
		"fee_rate_ppm int, fee_floor_fen int, fee_cap_fen int, fee_keep int, fee_fen int, fee_back_fen int, " +
		"cost_rate_ppm int, cost_floor_fen int, cost_cap_fen int, cost_keep int, cost_fen int, cost_back_fen int, " +
		"entry_mode text, card_masked text, card_index text, card_cipher blob, card_kind text, organization text, " +
		"issuer text, issuer_name text, sale text, open_act text, business_date int, clearing_date int, due_at_us int, " +
		"created_at_us int, updated_at_us int, authorized_fen int, tip_fen int, lapses_at_us int, form text, split text, " +
		"coupon_fen int, coupon_back_fen int"),
	encode: func(s sink, r step.Row) {
		p := r.(payment.Payment)
		s.Int(int64(p.Bucket))
		s.Text(p.ID)
		s.Text(p.Merchant)
		s.Text(p.Store)
		s.Text(p.Terminal)
		s.Text(string(p.Instrument))
		s.Text(p.Rail)
		s.Text(string(p.State))
		s.Int(int64(p.Currency))
		s.Int(p.RequestedFen)
		s.Int(p.ApprovedFen)
		s.Int(p.CapturedFen)
		s.Int(p.RefundedFen)
		s.Int(p.RefundingFen)
		s.Int(int64(p.Fee.Rate))
		s.Int(p.Fee.Floor)
		s.Int(p.Fee.Cap)
		sinkBool(s, p.Fee.Keep)
		s.Int(p.FeeFen)
		s.Int(p.FeeBack)
		s.Int(int64(p.Cost.Rate))
		s.Int(p.Cost.Floor)
		s.Int(p.Cost.Cap)
		sinkBool(s, p.Cost.Keep)
		s.Int(p.CostFen)
		s.Int(p.CostBack)
		s.Text(string(p.EntryMode))
		s.Text(p.Card.Masked)
		s.Text(p.Card.Index)
		s.Blob(p.Card.Cipher)
		s.Text(string(p.CardKind))
		s.Text(p.Organization)
		s.Text(p.Issuer)
		s.Text(p.IssuerName)
		s.Text(p.Sale)
		s.Text(p.Open)
		s.Int(int64(p.BusinessDate))
		s.Int(int64(p.ClearingDate))
		s.Int(int64(p.DueAt))
		s.Int(int64(p.CreatedAt))
		s.Int(int64(p.UpdatedAt))
		s.Int(p.AuthorizedFen)
		s.Int(p.TipFen)
		s.Int(int64(p.LapsesAt))
		s.Text(string(p.Form))
		s.Text(p.Split.Encode())
		s.Int(p.CouponFen)
		s.Int(p.CouponBack)
	},
	decode: func(scan func(...any) error) (step.Row, error) {
		var p payment.Payment
		var feeKeep, costKeep int64
		var split string
		err := scan(&p.Bucket, &p.ID, &p.Merchant, &p.Store, &p.Terminal, &p.Instrument, &p.Rail,
			&p.State, &p.Currency, &p.RequestedFen, &p.ApprovedFen, &p.CapturedFen, &p.RefundedFen, &p.RefundingFen,
			&p.Fee.Rate, &p.Fee.Floor, &p.Fee.Cap, &feeKeep, &p.FeeFen, &p.FeeBack,
			&p.Cost.Rate, &p.Cost.Floor, &p.Cost.Cap, &costKeep, &p.CostFen, &p.CostBack,
			&p.EntryMode, &p.Card.Masked, &p.Card.Index, &p.Card.Cipher, &p.CardKind, &p.Organization,
			&p.Issuer, &p.IssuerName, &p.Sale, &p.Open, &p.BusinessDate, &p.ClearingDate, &p.DueAt,
			&p.CreatedAt, &p.UpdatedAt, &p.AuthorizedFen, &p.TipFen, &p.LapsesAt, &p.Form, &split,
			&p.CouponFen, &p.CouponBack)
		p.Fee.Keep, p.Cost.Keep = feeKeep != 0, costKeep != 0
		if err == nil {
			p.Split, err = agent.DecodeSplit(split)
		}
		return p, err
	},
}

var operationTable = &table{
	name: payment.Operations,
	columns: cols("bucket small, id text, payment text, merchant text, kind text, state text, amount_fen int, currency int, " +
		"original text, reversal text, reason text, terminal text, batch_sequence int, batch_number int, trace int, " +
		"cashier text, rrn text, auth_code text, result text, rail_code text, chip_request blob, chip blob, counted int, no_pin int, business_date int, " +
		"clearing_date int, entry text, created_at_us int, updated_at_us int, approved_fen int, previous_fen int, partial int, advice int"),
	encode: func(s sink, r step.Row) {
		o := r.(payment.Operation)
		s.Int(int64(o.Bucket))
		s.Text(o.ID)
		s.Text(o.Payment)
		s.Text(o.Merchant)
		s.Text(string(o.Kind))
		s.Text(string(o.State))
		s.Int(o.AmountFen)
		s.Int(int64(o.Currency))
		s.Text(o.Original)
		s.Text(o.Reversal)
		s.Text(o.Reason)
		s.Text(o.Terminal)
		s.Int(o.BatchSequence)
		s.Int(int64(o.BatchNumber))
		s.Int(int64(o.Trace))
		s.Text(o.Cashier)
		s.Text(o.RRN)
		s.Text(o.AuthCode)
		s.Text(o.Result)
		s.Text(o.RailCode)
		s.Blob(o.ChipRequest)
		s.Blob(o.Chip)
		sinkBool(s, o.Counted)
		sinkBool(s, o.NoPIN)
		s.Int(int64(o.BusinessDate))
		s.Int(int64(o.ClearingDate))
		s.Text(o.Entry)
		s.Int(int64(o.CreatedAt))
		s.Int(int64(o.UpdatedAt))
		s.Int(o.ApprovedFen)
		s.Int(o.PreviousFen)
		sinkBool(s, o.Partial)
		sinkBool(s, o.Advice)
	},
	decode: func(scan func(...any) error) (step.Row, error) {
		var o payment.Operation
		var counted, noPIN, partial, advice int64
		err := scan(&o.Bucket, &o.ID, &o.Payment, &o.Merchant, &o.Kind, &o.State, &o.AmountFen, &o.Currency,
			&o.Original, &o.Reversal, &o.Reason, &o.Terminal, &o.BatchSequence, &o.BatchNumber, &o.Trace,
			&o.Cashier, &o.RRN, &o.AuthCode, &o.Result, &o.RailCode, &o.ChipRequest, &o.Chip, &counted, &noPIN, &o.BusinessDate,
			&o.ClearingDate, &o.Entry, &o.CreatedAt, &o.UpdatedAt, &o.ApprovedFen, &o.PreviousFen, &partial, &advice)
		o.Counted, o.NoPIN, o.Partial, o.Advice = counted != 0, noPIN != 0, partial != 0, advice != 0
		return o, err
	},
}

var attemptTable = &table{
	name: payment.Attempts,
	columns: cols("bucket small, id text, operation text, payment text, rail text, kind text, state text, stamp text, " +
		"number int, tries int, due_at_us int, claim int, rail_code text, answered_at_us int, created_at_us int, updated_at_us int"),
	encode: func(s sink, r step.Row) {
		a := r.(payment.Attempt)
		s.Int(int64(a.Bucket))
		s.Text(a.ID)
		s.Text(a.Operation)
		s.Text(a.Payment)
		s.Text(a.Rail)
		s.Text(string(a.Kind))
		s.Text(string(a.State))
		s.Text(a.Stamp)
		s.Int(int64(a.Number))
		s.Int(a.Tries)
		s.Int(int64(a.DueAt))
		s.Int(a.Claim)
		s.Text(a.RailCode)
		s.Int(int64(a.AnsweredAt))
		s.Int(int64(a.CreatedAt))
		s.Int(int64(a.UpdatedAt))
	},
	decode: func(scan func(...any) error) (step.Row, error) {
		var a payment.Attempt
		err := scan(&a.Bucket, &a.ID, &a.Operation, &a.Payment, &a.Rail, &a.Kind, &a.State, &a.Stamp,
			&a.Number, &a.Tries, &a.DueAt, &a.Claim, &a.RailCode, &a.AnsweredAt, &a.CreatedAt, &a.UpdatedAt)
		return a, err
	},
}

var voiceTable = &table{
	name:    payment.VoiceTable,
	columns: cols("bucket small, id text, merchant text, card_index text, auth_code text, operation text"),
	encode: func(s sink, r step.Row) {
		v := r.(payment.Voice)
		s.Int(int64(v.Bucket))
		s.Text(v.Key().ID)
		s.Text(v.Merchant)
		s.Text(v.Card)
		s.Text(v.AuthCode)
		s.Text(v.Operation)
	},
	decode: func(scan func(...any) error) (step.Row, error) {
		var v payment.Voice
		var key string
		err := scan(&v.Bucket, &key, &v.Merchant, &v.Card, &v.AuthCode, &v.Operation)
		return v, err
	},
}

// The queries on payments. Every one of them is answered by an index; a test reads their plans.
var (
	dueAttemptsSQL = "SELECT " + attemptTable.columnList("") + " FROM attempt WHERE rail = ? AND due_at_us > 0 AND due_at_us <= ? " +
		"ORDER BY due_at_us LIMIT ?"
	operationsByRRNSQL = "SELECT " + operationTable.columnList("") + " FROM operation WHERE bucket = ? AND rrn = ? " +
		"AND merchant = ? ORDER BY id DESC"
	authorizationsSQL = "SELECT " + operationTable.columnList("") + " FROM operation WHERE bucket = ? AND merchant = ? " +
		"AND auth_code = ? AND kind = 'preauth' ORDER BY id DESC"
	lapsingSQL = "SELECT " + paymentTable.columnList("") + " FROM payment WHERE state = 'authorized' AND lapses_at_us <= ? " +
		"ORDER BY lapses_at_us LIMIT ?"
)

// DueAttempts implements payment.Store.
func (s *Store) DueAttempts(ctx context.Context, rail string, now calendar.Instant, limit int) ([]payment.Attempt, error) {
	return list[payment.Attempt](ctx, s, attemptTable, dueAttemptsSQL, rail, int64(now), limit)
}

// OperationsByRRN implements payment.Store.
func (s *Store) OperationsByRRN(ctx context.Context, merchantID, rrn string) ([]payment.Operation, error) {
	return list[payment.Operation](ctx, s, operationTable, operationsByRRNSQL,
		int64(id.MustBucket(merchantID)), rrn, merchantID)
}

// Authorizations implements payment.Store.
func (s *Store) Authorizations(ctx context.Context, merchantID, authCode string) ([]payment.Operation, error) {
	return list[payment.Operation](ctx, s, operationTable, authorizationsSQL, int64(id.MustBucket(merchantID)), merchantID, authCode)
}

// Lapsing implements payment.Store.
func (s *Store) Lapsing(ctx context.Context, now calendar.Instant, limit int) ([]payment.Payment, error) {
	return list[payment.Payment](ctx, s, paymentTable, lapsingSQL, int64(now), limit)
}

// recentOperationsSQL reads a bucket backwards along the primary key.
var recentOperationsSQL = "SELECT " + operationTable.columnList("") + " FROM operation WHERE bucket = ? AND merchant = ? " +
	"AND id < ? ORDER BY id DESC LIMIT ?"

// RecentOperations returns a merchant's operations before an id, the newest first; "" begins.
func (s *Store) RecentOperations(ctx context.Context, merchantID, before string, limit int) ([]payment.Operation, error) {
	if before == "" {
		before = payment.OperationPrefix + "~"
	}
	return list[payment.Operation](ctx, s, operationTable, recentOperationsSQL,
		int64(id.MustBucket(merchantID)), merchantID, before, limit)
}

// openSinceSQL reads along the partial index of attempts that are due.
const openSinceSQL = "SELECT count(*), coalesce(min(created_at_us), 0) FROM attempt WHERE due_at_us > 0"

// OpenSince returns how many requests to rails have no outcome yet, or are still to be repeated, and when
// the oldest was made.
func (s *Store) OpenSince(ctx context.Context) (open int64, oldest calendar.Instant, err error) {
	err = s.engine.query(ctx, openSinceSQL, nil, func(scan func(...any) error) error { return scan(&open, &oldest) })
	return open, oldest, err
}

// openOutcomesSQL counts along the partial index of attempts that are due.
const openOutcomesSQL = "SELECT count(*) FROM attempt WHERE due_at_us > 0"

// OpenOutcomes returns how many requests to rails have no outcome yet, or are still to be repeated.
func (s *Store) OpenOutcomes(ctx context.Context) (n int64, err error) {
	err = s.engine.query(ctx, openOutcomesSQL, nil, func(scan func(...any) error) error { return scan(&n) })
	return n, err
}

package store

import (
	"context"
	"fmt"

	"github.com/yifen-pay/yifen/internal/domain/id"
	"github.com/yifen-pay/yifen/internal/domain/step"
	"github.com/yifen-pay/yifen/internal/domain/terminal"
)

var terminalTable = &table{
	name: terminal.Table, hold: free,
	columns: cols("bucket small, id text, merchant text, store text, number text, profile text, state text, " +
		"tmk blob, pik blob, mak blob, tdk blob, algorithm text, key_version int, signed_in int, signed_in_at_us int, " +
		"operator text, batch_sequence int, batch_number int, created_at_us int, terminal_group text, serial text, holds text, " +
		"unit text, binding int, reason text"),
	encode: func(s sink, r step.Row) {
		t := r.(terminal.Terminal)
		s.Int(int64(t.Bucket))
		s.Text(t.ID)
		s.Text(t.Merchant)
		s.Text(t.Store)
		s.Text(t.Number)
		s.Text(t.Profile)
		s.Text(string(t.State))
		s.Blob(t.Keys.Master)
		s.Blob(t.Keys.PIN)
		s.Blob(t.Keys.MAC)
		s.Blob(t.Keys.Track)
		s.Text(t.Keys.Algorithm)
		s.Int(t.KeyVersion)
		sinkBool(s, t.SignedIn)
		s.Int(int64(t.SignedInAt))
		s.Text(t.Operator)
		s.Int(t.BatchSequence)
		s.Int(int64(t.BatchNumber))
		s.Int(int64(t.CreatedAt))
		s.Text(terminal.GroupKey(t.Group).ID) // so that a list by group finds those of the default one
		s.Text(t.Serial)
		s.Text(t.Holds.String())
		s.Text(t.Unit)
		s.Int(t.Binding)
		s.Text(string(t.Reason))
	},
	decode: func(scan func(...any) error) (step.Row, error) {
		var t terminal.Terminal
		var signedIn int64
		var holds string
		err := scan(&t.Bucket, &t.ID, &t.Merchant, &t.Store, &t.Number, &t.Profile, &t.State,
			&t.Keys.Master, &t.Keys.PIN, &t.Keys.MAC, &t.Keys.Track, &t.Keys.Algorithm, &t.KeyVersion,
			&signedIn, &t.SignedInAt, &t.Operator, &t.BatchSequence, &t.BatchNumber, &t.CreatedAt, &t.Group, &t.Serial, &holds,
			&t.Unit, &t.Binding, &t.Reason)
		if err != nil {
			return t, err
		}
		t.SignedIn = signedIn != 0
		t.Holds, err = terminal.ParseVersions(holds)
		return t, err
	},
}

var batchTable = &table{
	name: terminal.BatchTable,
	columns: cols("bucket small, id text, terminal text, merchant text, sequence int, number int, state text, " +
		"opened_at_us int, closed_at_us int, closed_by text, business_date int, " +
		"debit_fen int, debit_count int, credit_fen int, credit_count int, " +
		"foreign_debit_fen int, foreign_debit_count int, foreign_credit_fen int, foreign_credit_count int, " +
		"claimed_debit_fen int, claimed_debit_count int, claimed_credit_fen int, claimed_credit_count int, " +
		"claimed_foreign_debit_fen int, claimed_foreign_debit_count int, claimed_foreign_credit_fen int, claimed_foreign_credit_count int, " +
		"claimed int, balanced int, uploaded int, upload_done int"),
	encode: func(s sink, r step.Row) {
		b := r.(terminal.Batch)
		s.Int(int64(b.Bucket))
		s.Text(b.Key().ID)
		s.Text(b.Terminal)
		s.Text(b.Merchant)
		s.Int(b.Sequence)
		s.Int(int64(b.Number))
		s.Text(string(b.State))
		s.Int(int64(b.OpenedAt))
		s.Int(int64(b.ClosedAt))
		s.Text(b.ClosedBy)
		s.Int(int64(b.BusinessDate))
		for _, t := range [...]terminal.Totals{b.Domestic, b.Foreign, b.ClaimedDomestic, b.ClaimedForeign} {
			s.Int(t.DebitFen)
			s.Int(t.DebitCount)
			s.Int(t.CreditFen)
			s.Int(t.CreditCount)
		}
		sinkBool(s, b.Claimed)
		sinkBool(s, b.Balanced)
		s.Int(b.Uploaded)
		sinkBool(s, b.UploadDone)
	},
	decode: func(scan func(...any) error) (step.Row, error) {
		var b terminal.Batch
		var key string
		var claimed, balanced, done int64
		err := scan(&b.Bucket, &key, &b.Terminal, &b.Merchant, &b.Sequence, &b.Number, &b.State,
			&b.OpenedAt, &b.ClosedAt, &b.ClosedBy, &b.BusinessDate,
			&b.Domestic.DebitFen, &b.Domestic.DebitCount, &b.Domestic.CreditFen, &b.Domestic.CreditCount,
			&b.Foreign.DebitFen, &b.Foreign.DebitCount, &b.Foreign.CreditFen, &b.Foreign.CreditCount,
			&b.ClaimedDomestic.DebitFen, &b.ClaimedDomestic.DebitCount, &b.ClaimedDomestic.CreditFen, &b.ClaimedDomestic.CreditCount,
			&b.ClaimedForeign.DebitFen, &b.ClaimedForeign.DebitCount, &b.ClaimedForeign.CreditFen, &b.ClaimedForeign.CreditCount,
			&claimed, &balanced, &b.Uploaded, &done)
		b.Claimed, b.Balanced, b.UploadDone = claimed != 0, balanced != 0, done != 0
		return b, err
	},
}

var exchangeTable = &table{
	name: terminal.ExchangeTable,
	columns: cols("bucket small, id text, terminal text, batch_sequence int, trace int, kind text, digest blob, " +
		"operation text, at_us int"),
	encode: func(s sink, r step.Row) {
		e := r.(terminal.Exchange)
		s.Int(int64(e.Bucket))
		s.Text(e.Key().ID)
		s.Text(e.Terminal)
		s.Int(e.BatchSequence)
		s.Int(int64(e.Trace))
		s.Text(string(e.Kind))
		s.Blob(e.Digest)
		s.Text(e.Operation)
		s.Int(int64(e.At))
	},
	decode: func(scan func(...any) error) (step.Row, error) {
		var e terminal.Exchange
		var key string
		err := scan(&e.Bucket, &key, &e.Terminal, &e.BatchSequence, &e.Trace, &e.Kind, &e.Digest, &e.Operation, &e.At)
		return e, err
	},
}

var suspenseTable = &table{
	name: terminal.SuspenseTable,
	columns: cols("bucket small, id text, merchant text, terminal text, batch_sequence int, trace int, amount_fen int, " +
		"masked text, finding text, at_us int"),
	encode: func(s sink, r step.Row) {
		l := r.(terminal.SuspenseLine)
		s.Int(int64(l.Bucket))
		s.Text(l.ID)
		s.Text(l.Merchant)
		s.Text(l.Terminal)
		s.Int(l.Batch)
		s.Int(int64(l.Trace))
		s.Int(l.Fen)
		s.Text(l.Masked)
		s.Text(l.Finding)
		s.Int(int64(l.At))
	},
	decode: func(scan func(...any) error) (step.Row, error) {
		var l terminal.SuspenseLine
		err := scan(&l.Bucket, &l.ID, &l.Merchant, &l.Terminal, &l.Batch, &l.Trace, &l.Fen, &l.Masked, &l.Finding, &l.At)
		return l, err
	},
}

// exchangesOfBatchSQL reads a batch along the primary key, whose id begins with terminal and sequence.
var exchangesOfBatchSQL = "SELECT " + exchangeTable.columnList("") + " FROM exchange WHERE bucket = ? AND id > ? AND id < ? " +
	"ORDER BY id LIMIT ?"

// ExchangesOfBatch returns the requests of a terminal's batch with a trace above after, in the order of
// traces.
func (s *Store) ExchangesOfBatch(ctx context.Context, terminalID string, batch int64, after, limit int) ([]terminal.Exchange, error) {
	prefix := fmt.Sprintf("%s/%012d/", terminalID, batch)
	return list[terminal.Exchange](ctx, s, exchangeTable, exchangesOfBatchSQL, int64(id.MustBucket(terminalID)),
		fmt.Sprintf("%s%06d~", prefix, after), prefix+"~", limit)
}

// openBatchesSQL reads along the partial index of open batches.
var openBatchesSQL = "SELECT " + batchTable.columnList("") + " FROM terminal_batch WHERE state = 'open' " +
	"AND (bucket, id) > (?, ?) ORDER BY bucket, id LIMIT ?"

// OpenBatches implements terminal.Store.
func (s *Store) OpenBatches(ctx context.Context, after step.Key, limit int) ([]terminal.Batch, error) {
	return list[terminal.Batch](ctx, s, batchTable, openBatchesSQL, int64(after.Bucket), after.ID, limit)
}

// suspenseSQL reads along the primary key.
var suspenseSQL = "SELECT " + suspenseTable.columnList("") + " FROM suspense_line WHERE (bucket, id) > (?, ?) ORDER BY bucket, id LIMIT ?"

// Suspense returns lines that wait for a person, after a key, in the order of bucket and id.
func (v *Verifier) Suspense(ctx context.Context, after step.Key, limit int) (lines []terminal.SuspenseLine, err error) {
	err = v.engine.query(ctx, suspenseSQL, []any{int64(after.Bucket), after.ID, limit}, func(scan func(...any) error) error {
		row, err := suspenseTable.decode(scan)
		if err == nil {
			lines = append(lines, row.(terminal.SuspenseLine))
		}
		return err
	})
	return lines, err
}

var groupTable = &table{
	name: terminal.GroupTable, hold: free,
	columns: cols("bucket small, id text, name text, profile text, assigned text, updated_at_us int"),
	encode: func(s sink, r step.Row) {
		g := r.(terminal.Group)
		s.Int(0)
		s.Text(g.ID)
		s.Text(g.Name)
		s.Text(g.Profile)
		s.Text(g.Assigned.String())
		s.Int(int64(g.UpdatedAt))
	},
	decode: func(scan func(...any) error) (step.Row, error) {
		var g terminal.Group
		var bucket int64
		var assigned string
		err := scan(&bucket, &g.ID, &g.Name, &g.Profile, &assigned, &g.UpdatedAt)
		if err != nil {
			return g, err
		}
		g.Assigned, err = terminal.ParseVersions(assigned)
		return g, err
	},
}

var parameterTable = &table{
	name:    terminal.ParameterTable,
	columns: cols("bucket small, id text, kind text, version int, content blob, author text, created_at_us int"),
	encode: func(s sink, r step.Row) {
		p := r.(terminal.Set)
		s.Int(0)
		s.Text(p.Key().ID)
		s.Text(string(p.Kind))
		s.Int(p.Version)
		s.Blob(p.Content)
		s.Text(p.Author)
		s.Int(int64(p.CreatedAt))
	},
	decode: func(scan func(...any) error) (step.Row, error) {
		var p terminal.Set
		var bucket int64
		var key string
		err := scan(&bucket, &key, &p.Kind, &p.Version, &p.Content, &p.Author, &p.CreatedAt)
		return p, err
	},
}

var conditionTable = &table{
	name:    terminal.ConditionTable,
	columns: cols("bucket small, id text, findings text, worst text, at_us int"),
	encode: func(s sink, r step.Row) {
		c := r.(terminal.Condition)
		s.Int(int64(c.Bucket))
		s.Text(c.Terminal)
		s.Text(c.Findings)
		s.Text(string(c.Worst))
		s.Int(int64(c.At))
	},
	decode: func(scan func(...any) error) (step.Row, error) {
		var c terminal.Condition
		err := scan(&c.Bucket, &c.Terminal, &c.Findings, &c.Worst, &c.At)
		return c, err
	},
}

var keyDeliveryTable = &table{
	name:    terminal.KeyDeliveryTable,
	columns: cols("bucket small, id text, wrapped blob, algorithm text, check_value text, challenge blob, at_us int"),
	encode: func(s sink, r step.Row) {
		d := r.(terminal.KeyDelivery)
		s.Int(int64(d.Bucket))
		s.Text(d.Terminal)
		s.Blob(d.Wrapped)
		s.Text(d.Algorithm)
		s.Text(d.CheckValue)
		s.Blob(d.Challenge)
		s.Int(int64(d.At))
	},
	decode: func(scan func(...any) error) (step.Row, error) {
		var d terminal.KeyDelivery
		err := scan(&d.Bucket, &d.Terminal, &d.Wrapped, &d.Algorithm, &d.CheckValue, &d.Challenge, &d.At)
		return d, err
	},
}

// latestParametersSQL reads the last key that begins with a kind.
var latestParametersSQL = "SELECT version FROM terminal_parameters WHERE bucket = 0 AND id > ? AND id < ? ORDER BY id DESC LIMIT 1"

// LatestParameters implements terminal.Store.
func (s *Store) LatestParameters(ctx context.Context, k terminal.Kind) (version int64, err error) {
	err = s.engine.query(ctx, latestParametersSQL, []any{string(k) + "/", string(k) + "0"}, func(scan func(...any) error) error { return scan(&version) })
	return version, err
}

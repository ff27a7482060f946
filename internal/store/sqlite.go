package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/yifen-pay/yifen/internal/domain/step"
)

// The embedded engine: one file, one writer, many readers. This is the only file that knows the driver.

// sqliteDSN returns the driver's name of a database file with the settings that durability rests on: WAL,
// a full fsync at every commit, and checkpoints rare enough that the writer is seldom held up.
func sqliteDSN(path string, readOnly bool) string {
	q := url.Values{}
	for _, p := range []string{
		"busy_timeout(10000)", "journal_mode(WAL)", "synchronous(FULL)", "foreign_keys(1)",
		"wal_autocheckpoint(40000)", "journal_size_limit(268435456)", "cache_size(-32000)",
	} {
		q.Add("_pragma", p)
	}
	if readOnly {
		q.Add("_pragma", "query_only(1)")
	}
	return "file:" + (&url.URL{Path: path}).EscapedPath() + "?" + q.Encode()
}

// checkpointEvery is after how many batches the writer empties the write-ahead log when it has nothing
// else to do.
const checkpointEvery = 2000

// sqliteWriter writes on the one connection that may.
type sqliteWriter struct {
	db   *sql.DB
	conn *sql.Conn

	get, insert, update, add []*sql.Stmt // by table order
	batch                    *sql.Stmt

	batches int
	inTx    bool
	args    rowArgs
}

func newSQLiteWriter(ctx context.Context, db *sql.DB) (*sqliteWriter, error) {
	w := &sqliteWriter{db: db}
	return w, w.repair(ctx)
}

func (w *sqliteWriter) repair(ctx context.Context) error {
	w.close()
	conn, err := w.db.Conn(ctx)
	if err != nil {
		return err
	}
	w.conn = conn
	n := len(schema)
	w.get, w.insert, w.update, w.add = make([]*sql.Stmt, n), make([]*sql.Stmt, n), make([]*sql.Stmt, n), make([]*sql.Stmt, n)
	prepare := func(to []*sql.Stmt, t *table, text string) {
		if err == nil {
			to[t.order], err = conn.PrepareContext(ctx, text)
		}
	}
	for _, t := range schema {
		prepare(w.insert, t, t.sqlInsert())
		if t.mode != appended {
			prepare(w.get, t, t.sqlGet())
		}
		switch t.mode {
		case plain:
			prepare(w.update, t, t.sqlUpdate())
		case tallied:
			prepare(w.add, t, t.sqlAdd())
		}
	}
	if err == nil {
		w.batch, err = conn.PrepareContext(ctx, batchInsert)
	}
	return err
}

func (t *table) sqlGet() string {
	return "SELECT " + t.columnList("") + " FROM " + string(t.name) + " WHERE bucket = ? AND id = ?"
}

func (t *table) sqlInsert() string {
	return "INSERT INTO " + string(t.name) + " (" + t.columnList("") + ") VALUES (?" +
		strings.Repeat(", ?", len(t.columns)-1) + ")"
}

// sqlUpdate takes the row's values with the key behind the others: see keyLast.
func (t *table) sqlUpdate() string {
	var b strings.Builder
	fmt.Fprintf(&b, "UPDATE %s SET ", t.name)
	for i, c := range t.columns[2:] {
		if i > 0 {
			b.WriteString(", ")
		}
		fmt.Fprintf(&b, "%s = ?", c.name)
	}
	b.WriteString(" WHERE bucket = ? AND id = ?")
	return b.String()
}

// sqlAdd is an insert that adds to the sums of a row that is there.
func (t *table) sqlAdd() string { return t.sqlInsert() + t.onConflictAdd() }

func (t *table) onConflictAdd() string {
	var b strings.Builder
	b.WriteString(" ON CONFLICT (bucket, id) DO UPDATE SET ")
	for i, c := range t.columns[2:] {
		if i > 0 {
			b.WriteString(", ")
		}
		fmt.Fprintf(&b, "%s = %s.%s + excluded.%s", c.name, t.name, c.name, c.name)
	}
	return b.String()
}

// rowArgs collects the values of one row for a statement.
type rowArgs []any

func (a *rowArgs) Int(n int64)   { *a = append(*a, n) }
func (a *rowArgs) Text(s string) { *a = append(*a, s) }
func (a *rowArgs) Blob(b []byte) {
	if b == nil {
		b = []byte{}
	}
	*a = append(*a, b)
}

func (w *sqliteWriter) begin(ctx context.Context) error {
	_, err := w.conn.ExecContext(ctx, "BEGIN IMMEDIATE")
	w.inTx = err == nil
	return err
}

func (w *sqliteWriter) load(ctx context.Context, b *batchView, keys []step.Key, _ bool) error {
	for _, k := range keys {
		c := b.cells[k]
		if c != nil && c.known {
			continue
		}
		t := tables[k.Table]
		rows, err := w.get[t.order].QueryContext(ctx, int64(k.Bucket), k.ID)
		if err != nil {
			return err
		}
		var row step.Row
		if rows.Next() {
			row, err = t.decode(rows.Scan)
		}
		if err = errors.Join(err, rows.Err(), rows.Close()); err != nil {
			return fmt.Errorf("load %s: %w", t.name, err)
		}
		b.loaded(k, row, true)
	}
	return nil
}

// loaded makes a row that was read, or its absence, part of the batch.
func (b *batchView) loaded(k step.Key, row step.Row, held bool) {
	c := b.cells[k]
	if c == nil {
		c = &cell{table: tables[k.Table]}
		b.cells[k] = c
	}
	c.known, c.stored, c.held = true, row != nil, held
	if !c.dirty || c.table.mode == tallied {
		c.row = row
	}
}

func (w *sqliteWriter) commit(ctx context.Context, c *changes) error {
	for _, tc := range c.tables {
		o := tc.table.order
		for _, group := range [...]struct {
			stmt    *sql.Stmt
			rows    []step.Row
			keyLast bool // the statement takes bucket and id behind the other values
		}{{w.insert[o], tc.inserts, false}, {w.update[o], tc.updates, true}, {w.add[o], tc.deltas, false}} {
			for _, r := range group.rows {
				w.args = w.args[:0]
				tc.table.encode(&w.args, r)
				args := w.args
				if group.keyLast {
					w.args = append(w.args, w.args[0], w.args[1])
					args = w.args[2:]
				}
				if _, err := group.stmt.ExecContext(ctx, args...); err != nil {
					return fmt.Errorf("write %s: %w", tc.table.name, err)
				}
			}
		}
	}
	if _, err := w.batch.ExecContext(ctx, batchArgs(c)...); err != nil {
		return fmt.Errorf("write batch: %w", err)
	}
	if _, err := w.conn.ExecContext(ctx, "COMMIT"); err != nil {
		return &commitError{err}
	}
	w.inTx = false
	w.batches++
	return nil
}

// commitError is an error of the COMMIT itself.
type commitError struct{ err error }

func (e *commitError) Error() string { return "commit: " + e.err.Error() }
func (e *commitError) Unwrap() error { return e.err }

// idle empties the write-ahead log once it is worth it; the lane calls it when nothing waits.
func (w *sqliteWriter) idle(ctx context.Context) {
	if w.batches < checkpointEvery {
		return
	}
	w.batches = 0
	w.conn.ExecContext(ctx, "PRAGMA wal_checkpoint(RESTART)")
}

func (w *sqliteWriter) rollback(ctx context.Context) {
	if w.inTx {
		w.conn.ExecContext(ctx, "ROLLBACK")
		w.inTx = false
	}
}

func (w *sqliteWriter) landed(ctx context.Context, c *changes) (bool, error) {
	if err := w.begin(ctx); err != nil {
		return false, err
	}
	if _, err := w.batch.ExecContext(ctx, batchArgs(c)...); err != nil {
		w.rollback(ctx)
		if w.classify(err) == again {
			return true, nil
		}
		return false, err
	}
	if _, err := w.conn.ExecContext(ctx, "COMMIT"); err != nil {
		w.rollback(ctx)
		return false, err
	}
	w.inTx = false
	return false, nil
}

func (w *sqliteWriter) classify(err error) trouble {
	var commit *commitError
	var e *sqlite.Error
	if !errors.As(err, &e) {
		if errors.As(err, &commit) {
			return doubt
		}
		return lost
	}
	switch e.Code() & 0xff {
	case sqlite3.SQLITE_FULL:
		return full
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED:
		return again
	case sqlite3.SQLITE_CONSTRAINT:
		switch e.Code() {
		case sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY, sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_ROWID:
			return again
		}
		return broken
	case sqlite3.SQLITE_IOERR:
		if errors.As(err, &commit) {
			return doubt
		}
		return full // a write that did not fit shows as an input/output error on some systems
	}
	return broken
}

func (w *sqliteWriter) close() {
	if w.conn == nil {
		return
	}
	w.conn.ExecContext(context.Background(), "ROLLBACK")
	for _, list := range [][]*sql.Stmt{w.get, w.insert, w.update, w.add, {w.batch}} {
		for _, s := range list {
			if s != nil {
				s.Close()
			}
		}
	}
	w.conn.Close()
	w.conn, w.inTx = nil, false
}

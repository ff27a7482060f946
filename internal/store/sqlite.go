package store

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net/url"
	"reflect"
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

// sqliteWriter writes on the one connection that may. It speaks to the driver itself: the pool of
// database/sql locks, converts and checks per statement, which a writer that runs a dozen statements a
// step pays for dearly.
type sqliteWriter struct {
	path string
	conn driver.Conn

	begun, committed, rolledBack, checkpoint *sqliteStatement
	get, insert, update, add                 []*sqliteStatement // by table order
	batch                                    *sqliteStatement

	batches int
	inTx    bool
	args    rowArgs
}

func newSQLiteWriter(ctx context.Context, path string) (*sqliteWriter, error) {
	w := &sqliteWriter{path: path}
	return w, w.repair(ctx)
}

func (w *sqliteWriter) repair(ctx context.Context) error {
	w.close()
	conn, err := new(sqlite.Driver).Open(sqliteDSN(w.path, false))
	if err != nil {
		return err
	}
	w.conn = conn
	prepare := func(text string) *sqliteStatement {
		if err != nil {
			return nil
		}
		var s *sqliteStatement
		s, err = prepareSQLite(ctx, conn, text)
		return s
	}
	w.begun, w.committed, w.rolledBack = prepare("BEGIN IMMEDIATE"), prepare("COMMIT"), prepare("ROLLBACK")
	w.checkpoint, w.batch = prepare("PRAGMA wal_checkpoint(RESTART)"), prepare(batchInsert)
	n := len(schema)
	w.get, w.insert, w.update, w.add = make([]*sqliteStatement, n), make([]*sqliteStatement, n), make([]*sqliteStatement, n), make([]*sqliteStatement, n)
	for _, t := range schema {
		w.insert[t.order] = prepare(t.sqlInsert())
		if t.mode != appended {
			w.get[t.order] = prepare(t.sqlGet())
		}
		switch t.mode {
		case plain:
			w.update[t.order] = prepare(t.sqlUpdate())
		case tallied:
			w.add[t.order] = prepare(t.sqlAdd())
		}
	}
	return err
}

// sqliteStatement is a prepared statement of the driver.
type sqliteStatement struct {
	stmt  driver.Stmt
	exec  driver.StmtExecContext
	query driver.StmtQueryContext
}

func prepareSQLite(ctx context.Context, conn driver.Conn, text string) (*sqliteStatement, error) {
	preparer, ok := conn.(driver.ConnPrepareContext)
	if !ok {
		return nil, errors.New("the SQLite driver cannot prepare statements")
	}
	stmt, err := preparer.PrepareContext(ctx, text)
	if err != nil {
		return nil, err
	}
	s := &sqliteStatement{stmt: stmt}
	var execs, queries bool
	s.exec, execs = stmt.(driver.StmtExecContext)
	s.query, queries = stmt.(driver.StmtQueryContext)
	if !execs || !queries {
		return nil, errors.New("the SQLite driver cannot run prepared statements")
	}
	return s, nil
}

func (s *sqliteStatement) run(ctx context.Context, args rowArgs) error {
	_, err := s.exec.ExecContext(ctx, args)
	return err
}

// one reads at most one row.
func (s *sqliteStatement) one(ctx context.Context, args rowArgs, decode func(scan func(...any) error) (step.Row, error)) (row step.Row, err error) {
	rows, err := s.query.QueryContext(ctx, args)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	values := make([]driver.Value, len(rows.Columns()))
	switch err := rows.Next(values); {
	case errors.Is(err, io.EOF):
		return nil, nil
	case err != nil:
		return nil, err
	}
	return decode(func(dest ...any) error {
		for i, d := range dest {
			if err := assign(d, values[i]); err != nil {
				return fmt.Errorf("column %s: %w", rows.Columns()[i], err)
			}
		}
		return nil
	})
}

// assign puts a value of the driver where a row wants it.
func assign(dest any, value driver.Value) error {
	switch d := dest.(type) {
	case *string:
		if v, ok := value.(string); ok {
			*d = v
			return nil
		}
	case *int64:
		if v, ok := value.(int64); ok {
			*d = v
			return nil
		}
	case *[]byte:
		if v, ok := value.([]byte); ok {
			*d = v
			return nil
		}
	default:
		field := reflect.ValueOf(dest).Elem()
		switch v := value.(type) {
		case string:
			if field.Kind() == reflect.String {
				field.SetString(v)
				return nil
			}
		case int64:
			if field.CanInt() && !field.OverflowInt(v) {
				field.SetInt(v)
				return nil
			}
			if field.CanUint() && v >= 0 && !field.OverflowUint(uint64(v)) {
				field.SetUint(uint64(v))
				return nil
			}
		}
	}
	return fmt.Errorf("a %T does not fit a %T", value, dest)
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
type rowArgs []driver.NamedValue

func (a *rowArgs) put(v driver.Value) {
	*a = append(*a, driver.NamedValue{Ordinal: len(*a) + 1, Value: v})
}

func (a *rowArgs) Int(n int64)   { a.put(n) }
func (a *rowArgs) Text(s string) { a.put(s) }
func (a *rowArgs) Blob(b []byte) { a.put(orEmpty(b)) }

// keyLast moves bucket and id behind the other values, as an update takes them.
func (a rowArgs) keyLast() {
	bucket, key := a[0].Value, a[1].Value
	for i := 2; i < len(a); i++ {
		a[i-2].Value = a[i].Value
	}
	a[len(a)-2].Value, a[len(a)-1].Value = bucket, key
}

func (w *sqliteWriter) begin(ctx context.Context) error {
	err := w.begun.run(ctx, nil)
	w.inTx = err == nil
	return err
}

func (w *sqliteWriter) load(ctx context.Context, b *batchView, keys []step.Key, _ bool) error {
	for _, k := range keys {
		if c := b.cells[k]; c != nil && c.known {
			continue
		}
		t := tables[k.Table]
		w.args = w.args[:0]
		w.args.Int(int64(k.Bucket))
		w.args.Text(k.ID)
		row, err := w.get[t.order].one(ctx, w.args, t.decode)
		if err != nil {
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
			stmt    *sqliteStatement
			rows    []step.Row
			keyLast bool
		}{{w.insert[o], tc.inserts, false}, {w.update[o], tc.updates, true}, {w.add[o], tc.deltas, false}} {
			for _, r := range group.rows {
				w.args = w.args[:0]
				tc.table.encode(&w.args, r)
				if group.keyLast {
					w.args.keyLast()
				}
				if err := group.stmt.run(ctx, w.args); err != nil {
					return fmt.Errorf("write %s: %w", tc.table.name, err)
				}
			}
		}
	}
	if err := w.number(ctx, c.next, c.rows); err != nil {
		return fmt.Errorf("write batch: %w", err)
	}
	if err := w.committed.run(ctx, nil); err != nil {
		return &commitError{err}
	}
	w.inTx = false
	w.batches++
	return nil
}

// number writes the batch's number.
func (w *sqliteWriter) number(ctx context.Context, n chainState, rows int) error {
	w.args = w.args[:0]
	for _, v := range batchArgs(n, rows) {
		w.args.put(v)
	}
	return w.batch.run(ctx, w.args)
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
	w.checkpoint.one(ctx, nil, func(func(...any) error) (step.Row, error) { return nil, nil })
}

func (w *sqliteWriter) rollback(ctx context.Context) {
	if w.inTx {
		w.rolledBack.run(ctx, nil)
		w.inTx = false
	}
}

func (w *sqliteWriter) landed(ctx context.Context, number chainState) (bool, error) {
	if err := w.begin(ctx); err != nil {
		return false, err
	}
	if err := w.number(ctx, number, 0); err != nil {
		w.rollback(ctx)
		if w.classify(err) == taken {
			return true, nil
		}
		return false, err
	}
	if err := w.committed.run(ctx, nil); err != nil {
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
			return taken
		}
		return broken
	case sqlite3.SQLITE_IOERR:
		if errors.As(err, &commit) && e.Code() != sqlite3.SQLITE_IOERR_WRITE {
			return doubt // what could not be written is not committed; what could not be synced may be
		}
		return full // a write that did not fit shows as an input/output error on some systems
	}
	return broken
}

func (w *sqliteWriter) close() {
	if w.conn == nil {
		return
	}
	w.rollback(context.Background())
	all := []*sqliteStatement{w.begun, w.committed, w.rolledBack, w.checkpoint, w.batch}
	for _, list := range [][]*sqliteStatement{w.get, w.insert, w.update, w.add} {
		all = append(all, list...)
	}
	for _, s := range all {
		if s != nil {
			s.stmt.Close()
		}
	}
	w.conn.Close()
	w.conn, w.inTx = nil, false
}

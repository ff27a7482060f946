package store

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/yifen-pay/yifen/internal/domain/step"
)

// The server engine: PostgreSQL through native pgx. A batch takes two round trips: one to begin, load and
// lock, one to write and commit.

// postgresWriter writes on one connection of a lane.
type postgresWriter struct {
	config *pgx.ConnConfig
	conn   *pgx.Conn

	texts []postgresTexts // by table order
	begun bool            // BEGIN is sent with the first load
	inTx  bool
}

// postgresTexts are the statements of one table.
type postgresTexts struct{ get, getShared, getFree, insert, update, add string }

func newPostgresWriter(ctx context.Context, dsn string) (*postgresWriter, error) {
	config, err := pgx.ParseConfig(dsn)
	if err != nil {
		return nil, err
	}
	config.StatementCacheCapacity = 8 * len(schema)
	for k, v := range map[string]string{
		// Lanes look rows up by key and nothing else; a plan made while a table was small must not become
		// a scan once it has grown.
		"enable_seqscan": "off", "enable_hashjoin": "off", "enable_mergejoin": "off",
		"plan_cache_mode": "force_generic_plan", "jit": "off",
		"synchronous_commit": "on", "application_name": "yifen lane",
	} {
		config.RuntimeParams[k] = v
	}
	w := &postgresWriter{config: config, texts: make([]postgresTexts, len(schema))}
	for _, t := range schema {
		w.texts[t.order] = t.postgresTexts()
	}
	return w, w.repair(ctx)
}

func (k kind) postgresType() string {
	switch k {
	case small:
		return "smallint"
	case text:
		return "text"
	case blob:
		return "bytea"
	}
	return "bigint"
}

func (t *table) postgresTexts() postgresTexts {
	var arrays, names, sets []string
	for i, c := range t.columns {
		arrays = append(arrays, fmt.Sprintf("$%d::%s[]", i+1, c.kind.postgresType()))
		names = append(names, c.name)
		if i > 1 {
			sets = append(sets, c.name+" = k."+c.name)
		}
	}
	from := "unnest(" + strings.Join(arrays, ", ") + ")"
	list := strings.Join(names, ", ")
	texts := postgresTexts{
		insert: fmt.Sprintf("INSERT INTO %s (%s) SELECT * FROM %s", t.name, list, from),
	}
	if t.mode == appended {
		return texts
	}
	// The keys come in order and the rows are found one by one in a nested loop, so they are locked in order.
	texts.getFree = fmt.Sprintf("SELECT %s FROM unnest($1::smallint[], $2::text[]) AS k(bucket, id) "+
		"JOIN %s AS t ON t.bucket = k.bucket AND t.id = k.id ORDER BY t.bucket, t.id", t.columnList("t."), t.name)
	texts.get = texts.getFree + " FOR UPDATE OF t"
	texts.getShared = texts.getFree + " FOR SHARE OF t"
	if t.mode == tallied {
		texts.add = texts.insert + t.onConflictAdd()
		return texts
	}
	texts.update = fmt.Sprintf("UPDATE %s AS t SET %s FROM %s AS k(%s) WHERE t.bucket = k.bucket AND t.id = k.id",
		t.name, strings.Join(sets, ", "), from, list)
	return texts
}

func (w *postgresWriter) repair(ctx context.Context) error {
	w.close()
	conn, err := pgx.ConnectConfig(ctx, w.config)
	if err != nil {
		return err
	}
	w.conn = conn
	return nil
}

func (w *postgresWriter) begin(context.Context) error {
	if w.conn == nil || w.conn.IsClosed() {
		return errClosed
	}
	w.begun, w.inTx = false, true
	return nil
}

var errClosed = errors.New("the connection to the database is closed")

func (w *postgresWriter) load(ctx context.Context, b *batchView, keys []step.Key, hold bool) error {
	var batch pgx.Batch
	if !w.begun {
		batch.Queue("BEGIN ISOLATION LEVEL READ COMMITTED")
	}
	type part struct {
		table *table
		keys  []step.Key
		held  bool
	}
	var parts []part
	for len(keys) > 0 {
		t := tables[keys[0].Table]
		n := 1
		for n < len(keys) && keys[n].Table == t.name {
			n++
		}
		p := part{table: t, held: hold || t.hold == exclusive}
		buckets, ids := make([]int16, 0, n), make([]string, 0, n)
		for _, k := range keys[:n] {
			if c := b.cells[k]; c != nil && c.known && (c.held || !hold) {
				continue
			}
			p.keys = append(p.keys, k)
			buckets, ids = append(buckets, int16(k.Bucket)), append(ids, k.ID)
		}
		keys = keys[n:]
		if len(p.keys) == 0 {
			continue
		}
		texts, query := w.texts[t.order], ""
		switch {
		case p.held:
			query = texts.get
		case t.hold == shared:
			query = texts.getShared
		default:
			query = texts.getFree
		}
		batch.Queue(query, buckets, ids)
		parts = append(parts, p)
	}
	if batch.Len() == 0 {
		return nil
	}
	results := w.conn.SendBatch(ctx, &batch)
	defer results.Close()
	if !w.begun {
		if _, err := results.Exec(); err != nil {
			return err
		}
		w.begun = true
	}
	for _, p := range parts {
		rows, err := results.Query()
		if err != nil {
			return fmt.Errorf("load %s: %w", p.table.name, err)
		}
		for _, k := range p.keys {
			b.loaded(k, nil, p.held)
		}
		for rows.Next() {
			row, err := p.table.decode(rows.Scan)
			if err != nil {
				rows.Close()
				return fmt.Errorf("load %s: %w", p.table.name, err)
			}
			b.loaded(row.Key(), row, p.held)
		}
		if err := rows.Err(); err != nil {
			return fmt.Errorf("load %s: %w", p.table.name, err)
		}
	}
	return results.Close()
}

// columnArrays collects rows column by column, as the arrays that unnest takes.
type columnArrays struct {
	kinds []column
	ints  [][]int64
	texts [][]string
	blobs [][][]byte
	at    int
}

func newColumnArrays(t *table, rows []step.Row) *columnArrays {
	n := len(t.columns)
	a := &columnArrays{kinds: t.columns, ints: make([][]int64, n), texts: make([][]string, n), blobs: make([][][]byte, n)}
	for i, c := range t.columns {
		switch c.kind {
		case text:
			a.texts[i] = make([]string, 0, len(rows))
		case blob:
			a.blobs[i] = make([][]byte, 0, len(rows))
		default:
			a.ints[i] = make([]int64, 0, len(rows))
		}
	}
	for _, r := range rows {
		a.at = 0
		t.encode(a, r)
	}
	return a
}

func (a *columnArrays) Int(n int64)   { a.ints[a.at] = append(a.ints[a.at], n); a.at++ }
func (a *columnArrays) Text(s string) { a.texts[a.at] = append(a.texts[a.at], s); a.at++ }
func (a *columnArrays) Blob(b []byte) {
	if b == nil {
		b = []byte{}
	}
	a.blobs[a.at] = append(a.blobs[a.at], b)
	a.at++
}

func (a *columnArrays) args() []any {
	out := make([]any, len(a.kinds))
	for i, c := range a.kinds {
		switch c.kind {
		case text:
			out[i] = a.texts[i]
		case blob:
			out[i] = a.blobs[i]
		case small:
			short := make([]int16, len(a.ints[i]))
			for j, n := range a.ints[i] {
				short[j] = int16(n)
			}
			out[i] = short
		default:
			out[i] = a.ints[i]
		}
	}
	return out
}

func (w *postgresWriter) commit(ctx context.Context, c *changes) error {
	var batch pgx.Batch
	if !w.begun {
		batch.Queue("BEGIN ISOLATION LEVEL READ COMMITTED")
	}
	for _, tc := range c.tables {
		texts := w.texts[tc.table.order]
		for _, group := range [...]struct {
			query string
			rows  []step.Row
		}{{texts.insert, tc.inserts}, {texts.update, tc.updates}, {texts.add, tc.deltas}} {
			if len(group.rows) > 0 {
				batch.Queue(group.query, newColumnArrays(tc.table, group.rows).args()...)
			}
		}
	}
	batch.Queue(rebindDollar(batchInsert), batchArgs(c.next, c.rows)...)
	batch.Queue("COMMIT")
	results := w.conn.SendBatch(ctx, &batch)
	var err error
	for range batch.Len() {
		if _, err = results.Exec(); err != nil {
			break
		}
	}
	if closeErr := results.Close(); err == nil {
		err = closeErr
	}
	if err != nil {
		var server *pgconn.PgError
		if !errors.As(err, &server) || strings.HasPrefix(server.Code, "57") || strings.HasPrefix(server.Code, "08") {
			return &commitError{err} // the connection ended somewhere on the way to the commit's answer
		}
		return err
	}
	w.inTx = false
	return nil
}

func (w *postgresWriter) rollback(ctx context.Context) {
	if w.inTx && w.begun && w.conn != nil && !w.conn.IsClosed() {
		w.conn.Exec(ctx, "ROLLBACK")
	}
	w.inTx = false
}

func (w *postgresWriter) landed(ctx context.Context, number chainState) (bool, error) {
	_, err := w.conn.Exec(ctx, rebindDollar(batchInsert), batchArgs(number, 0)...)
	if err != nil && w.classify(err) == taken {
		return true, nil
	}
	return false, err
}

func (w *postgresWriter) classify(err error) trouble {
	var server *pgconn.PgError
	var commit *commitError
	if errors.As(err, &commit) {
		return doubt
	}
	if !errors.As(err, &server) {
		return lost
	}
	switch server.Code {
	case "23505": // unique
		return taken
	case "40001", "40P01", "55P03": // serialization, deadlock, lock not available
		return again
	case "53100": // disk full
		return full
	}
	switch server.Code[:2] {
	case "08", "57": // connection, operator intervention (shutdown)
		return lost
	case "53": // resources
		return lost
	}
	return broken
}

func (w *postgresWriter) idle(context.Context) {}

func (w *postgresWriter) close() {
	if w.conn != nil {
		w.conn.Close(context.Background())
	}
	w.conn, w.inTx, w.begun = nil, false, false
}

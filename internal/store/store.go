// Package store keeps yifen's records: one package, one file per noun, two engines.
//
// Everything that writes goes through the gate ([Store.Do]): steps wait in a bounded queue, lanes take
// what waits as a batch, load and lock its rows, run it and commit it. Everything that only looks reads
// on connections of its own. SQL is written once, in the subset that SQLite and PostgreSQL share; only
// loading, writing and locking a batch have text per engine (sqlite.go, postgres.go), and migrations lie
// side by side.
//
// Invariants:
//   - an answer leaves after the commit that makes it true, with full durability;
//   - a commit in doubt is settled by writing the batch's number again: a conflict means it landed;
//   - every row of a merchant lies in the merchant's bucket, and the bucket leads its key;
//   - no lane owns data: any number of nodes may write on one PostgreSQL.
package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/yifen-pay/yifen/internal/domain/event"
	"github.com/yifen-pay/yifen/internal/domain/step"
)

// Batch is what one commit was, for whoever watches.
type Batch struct {
	Steps  int
	Rows   int
	Took   time.Duration
	Events []event.Event // what was told with it, in the order of their positions
}

// Options tune a store. Zero values take the defaults.
type Options struct {
	// Lanes is how many batches may be written at a time. SQLite has one; PostgreSQL defaults to the
	// number of processors, at least two.
	Lanes int
	// QueueMax bounds the steps that wait for one lane. Default 4096.
	QueueMax int
	// SettleFor is how long a commit in doubt is asked after before its callers are told of the doubt.
	// Default 15 s.
	SettleFor time.Duration
	// Observe, when set, is told of every commit. It must not wait.
	Observe func(Batch)
	// Point, when set, is called at named points of a commit, for crash tests.
	Point func(name string)
}

// Store is an open installation's records. It implements step.Gate and step.Reader.
type Store struct {
	engine  engine
	lanes   []*lane
	running sync.WaitGroup
	options Options
	closing sync.Once
	steps   atomic.Int64
}

// engine is one database system: how to write, how to look.
type engine interface {
	name() string
	newWriter(ctx context.Context) (writer, error)
	// query runs a reading statement, written with ? marks, and hands each row to scan.
	query(ctx context.Context, text string, args []any, each func(scan func(...any) error) error) error
	// exec runs a statement outside batches: registering a lane, restoring.
	exec(ctx context.Context, text string, args ...any) error
	// snapshot reads within one consistent view of the records.
	snapshot(ctx context.Context, read func(queryFunc) error) error
	// fill writes rows of a table as they are, for a restore.
	fill(ctx context.Context, t *table, rows [][]any) error
	// discard removes what a restore that failed has filled.
	discard() error
	// hex is the text of an expression that writes a blob column in hexadecimal.
	hex(column string) string
	migrate(ctx context.Context) error
	close()
}

// Open opens the database at target and brings its tables up to date: a PostgreSQL DSN
// ("postgres://…"), or the directory in which the embedded database lies or is to lie.
func Open(ctx context.Context, target string, o Options) (*Store, error) {
	if o.QueueMax == 0 {
		o.QueueMax = 4096
	}
	if o.SettleFor == 0 {
		o.SettleFor = 15 * time.Second
	}
	if o.Observe == nil {
		o.Observe = func(Batch) {}
	}
	if o.Point == nil {
		o.Point = func(string) {}
	}
	s := &Store{options: o}
	var err error
	if s.engine, err = openEngine(ctx, target); err != nil {
		return nil, err
	}
	lanes := 1
	if s.engine.name() == "postgres" {
		lanes = max(2, runtime.GOMAXPROCS(0))
		if o.Lanes > 0 {
			lanes = o.Lanes
		}
	}
	if err := s.engine.migrate(ctx); err != nil {
		s.engine.close()
		return nil, fmt.Errorf("bring the tables up to date: %w", err)
	}
	for i := range lanes {
		l, err := s.newLane(ctx, i)
		if err != nil {
			s.Close()
			return nil, err
		}
		s.lanes = append(s.lanes, l)
		s.running.Add(1)
		go l.run()
	}
	return s, nil
}

func openEngine(ctx context.Context, target string) (engine, error) {
	if strings.HasPrefix(target, "postgres://") || strings.HasPrefix(target, "postgresql://") {
		return openPostgres(ctx, target)
	}
	return openSQLite(target)
}

func (s *Store) newLane(ctx context.Context, index int) (*lane, error) {
	w, err := s.engine.newWriter(ctx)
	if err != nil {
		return nil, err
	}
	l := &lane{store: s, index: index, queue: newQueue(s.options.QueueMax), conn: w}
	if l.chain.lane, err = s.register(ctx, l); err != nil {
		w.close()
		return nil, err
	}
	return l, nil
}

// register writes down a lane incarnation: a number of its own, from which its batches and chains are known.
func (s *Store) register(ctx context.Context, l *lane) (number int64, err error) {
	host, _ := os.Hostname()
	number = time.Now().UnixMicro()
	for range retriesMax {
		err = s.engine.exec(ctx, "INSERT INTO lane (id, node, lane_index, started_at_us) VALUES (?, ?, ?, ?)",
			number, host+"/"+strconv.Itoa(os.Getpid()), l.index, time.Now().UnixMicro())
		if err == nil {
			return number, nil
		}
		if l.conn.classify(err) != taken {
			break
		}
		number++
	}
	return 0, fmt.Errorf("register a writing lane: %w", err)
}

// Close lets what waits finish, then closes the database. New steps are refused from here on.
func (s *Store) Close() error {
	s.closing.Do(func() {
		for _, l := range s.lanes {
			l.queue.close()
		}
		s.running.Wait()
		for _, l := range s.lanes {
			l.conn.close()
		}
		s.engine.close()
	})
	return nil
}

// Engine returns "sqlite" or "postgres".
func (s *Store) Engine() string { return s.engine.name() }

// Waiting returns how many steps wait for a lane.
func (s *Store) Waiting() int {
	n := 0
	for _, l := range s.lanes {
		l.queue.mu.Lock()
		n += l.queue.length
		l.queue.mu.Unlock()
	}
	return n
}

// Ping tells whether the database answers.
func (s *Store) Ping(ctx context.Context) error {
	return s.engine.query(ctx, "SELECT 1", nil, func(scan func(...any) error) error {
		var n int64
		return scan(&n)
	})
}

// Steps returns how many steps were run since the store was opened.
func (s *Store) Steps() int64 { return s.steps.Load() }

func (s *Store) observe(b Batch) {
	s.steps.Add(int64(b.Steps))
	s.options.Observe(b)
}

func (s *Store) point(name string) { s.options.Point(name) }

// Read implements step.Reader.
func (s *Store) Read(ctx context.Context, key step.Key) (step.Row, error) {
	t := tables[key.Table]
	if t == nil || t.mode == appended {
		return nil, fmt.Errorf("store: rows of %q are not read by key", key.Table)
	}
	var row step.Row
	err := s.engine.query(ctx, t.sqlGet(), []any{int64(key.Bucket), key.ID}, func(scan func(...any) error) error {
		var err error
		row, err = t.decode(scan)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", t.name, err)
	}
	return row, nil
}

// list reads rows of a table as T.
func list[T step.Row](ctx context.Context, s *Store, t *table, text string, args ...any) ([]T, error) {
	var out []T
	err := s.engine.query(ctx, text, args, func(scan func(...any) error) error {
		row, err := t.decode(scan)
		if err == nil {
			out = append(out, row.(T))
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list %s: %w", t.name, err)
	}
	return out, nil
}

// batchInsert writes a batch's number and the heads of its lane's chains.
const batchInsert = "INSERT INTO batch (lane, sequence, at_us, written, audit_position, audit_head, entry_position, " +
	"entry_head, event_position) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"

func batchArgs(n chainState, rows int) []any {
	return []any{
		n.lane, n.sequence, time.Now().UnixMicro(), int64(rows), n.auditPosition, orEmpty(n.auditHead),
		n.entryPosition, orEmpty(n.entryHead), n.eventPosition,
	}
}

func orEmpty(b []byte) []byte {
	if b == nil {
		return []byte{}
	}
	return b
}

// rebindDollar writes ? marks as $1, $2, …
func rebindDollar(text string) string {
	var b strings.Builder
	n := 0
	for _, r := range text {
		if r != '?' {
			b.WriteRune(r)
			continue
		}
		n++
		b.WriteByte('$')
		b.WriteString(strconv.Itoa(n))
	}
	return b.String()
}

// sqliteEngine is the embedded database: yifen.db in a directory.
type sqliteEngine struct {
	write, read *sql.DB
	path        string
}

// DatabaseFile is the name of the embedded database in its directory.
const DatabaseFile = "yifen.db"

func openSQLite(dir string) (*sqliteEngine, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make the data directory: %w", err)
	}
	path, err := filepath.Abs(filepath.Join(dir, DatabaseFile))
	if err != nil {
		return nil, err
	}
	// The file is made before SQLite does, so that it and its logs are readable by their owner only.
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open the database: %w", err)
	}
	f.Close()
	e := &sqliteEngine{path: path}
	if e.write, err = sql.Open("sqlite", sqliteDSN(path, false)); err != nil {
		return nil, err
	}
	e.write.SetMaxOpenConns(1) // for migrations, registration and restores; the lane has a connection of its own
	if e.read, err = sql.Open("sqlite", sqliteDSN(path, true)); err != nil {
		return nil, err
	}
	e.read.SetMaxOpenConns(4)
	e.read.SetMaxIdleConns(4)
	return e, e.write.Ping()
}

func (e *sqliteEngine) name() string { return "sqlite" }

func (e *sqliteEngine) hex(column string) string { return "hex(" + column + ")" }

func (e *sqliteEngine) newWriter(ctx context.Context) (writer, error) {
	return newSQLiteWriter(ctx, e.path)
}

func (e *sqliteEngine) query(ctx context.Context, text string, args []any, each func(func(...any) error) error) error {
	return querySQL(ctx, e.read, text, args, each)
}

// sqlQuerier is a pool or a connection of it.
type sqlQuerier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

func querySQL(ctx context.Context, q sqlQuerier, text string, args []any, each func(func(...any) error) error) error {
	rows, err := q.QueryContext(ctx, text, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := each(rows.Scan); err != nil {
			return err
		}
	}
	return rows.Err()
}

func (e *sqliteEngine) exec(ctx context.Context, text string, args ...any) error {
	_, err := e.write.ExecContext(ctx, text, args...)
	return err
}

func (e *sqliteEngine) close() {
	e.read.Close()
	e.write.Close()
}

// postgresEngine is a PostgreSQL database that any number of nodes share.
type postgresEngine struct {
	dsn  string
	pool *pgxpool.Pool
}

func openPostgres(ctx context.Context, dsn string) (*postgresEngine, error) {
	config, err := pgxpool.ParseConfig(dsn)
	if err != nil {
		return nil, fmt.Errorf("the database address is malformed: %w", errors.New(redact(err.Error(), dsn)))
	}
	config.MaxConns = 8
	config.ConnConfig.RuntimeParams["application_name"] = "yifen"
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, err
	}
	return &postgresEngine{dsn: dsn, pool: pool}, nil
}

// redact keeps the password in a DSN out of an error.
func redact(text, dsn string) string { return strings.ReplaceAll(text, dsn, "(address)") }

func (e *postgresEngine) name() string { return "postgres" }

func (e *postgresEngine) hex(column string) string { return "encode(" + column + ", 'hex')" }

func (e *postgresEngine) newWriter(ctx context.Context) (writer, error) {
	return newPostgresWriter(ctx, e.dsn)
}

func (e *postgresEngine) query(ctx context.Context, text string, args []any, each func(func(...any) error) error) error {
	return queryPostgres(ctx, e.pool, text, args, each)
}

// postgresQuerier is a pool or a transaction.
type postgresQuerier interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
}

func queryPostgres(ctx context.Context, q postgresQuerier, text string, args []any, each func(func(...any) error) error) error {
	rows, err := q.Query(ctx, rebindDollar(text), args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := each(rows.Scan); err != nil {
			return err
		}
	}
	return rows.Err()
}

func (e *postgresEngine) exec(ctx context.Context, text string, args ...any) error {
	_, err := e.pool.Exec(ctx, rebindDollar(text), args...)
	return err
}

func (e *postgresEngine) close() { e.pool.Close() }

// Exists tells, by its error, that there are no records at target to look at.
func Exists(target string) error {
	if strings.HasPrefix(target, "postgres://") || strings.HasPrefix(target, "postgresql://") {
		return nil
	}
	if _, err := os.Stat(filepath.Join(target, DatabaseFile)); err != nil {
		return fmt.Errorf("there is no yifen database in %s: name its directory with --dir, or a PostgreSQL address with --db", target)
	}
	return nil
}

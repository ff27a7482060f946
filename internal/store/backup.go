package store

import (
	"bufio"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"strings"

	"github.com/jackc/pgx/v5"
)

// A backup is one compressed file of lines, the same for both engines, so that it also carries an
// installation from one to the other: a header, then for each table its name and columns and a line per
// row, then a trailer with the count and the SHA-256 of all lines before it. It is taken from one
// snapshot while the installation works. Keys and card numbers in it are encrypted under the key-encryption key,
// which is not in it: keep that apart.

const backupFormat = "yifen-backup-1"

// bookkeeping are the tables that batches write beside the rows of steps.
var bookkeeping = []*table{
	{name: "lane", columns: cols("id int, node text, lane_index int, started_at_us int")},
	{name: "batch", columns: cols("lane int, sequence int, at_us int, written int, audit_position int, audit_head blob, " +
		"entry_position int, entry_head blob, event_position int")},
}

// backupTables lists every table of an installation.
func backupTables() []*table { return append(schema[:len(schema):len(schema)], bookkeeping...) }

// backupLine is one line of a backup: exactly one of its parts is set.
type backupLine struct {
	Format  string   `json:"format,omitempty"`
	Table   string   `json:"table,omitempty"`
	Columns []string `json:"columns,omitempty"`
	Row     []any    `json:"row,omitempty"`
	Lines   int64    `json:"lines,omitempty"`
	SHA256  string   `json:"sha256,omitempty"`
}

// Backup writes a snapshot of the records to w and returns how many rows it holds. progress, when set, is
// told of each table.
func (v *Verifier) Backup(ctx context.Context, w io.Writer, progress func(table string, rows int64)) (rows int64, err error) {
	zip := gzip.NewWriter(w)
	sum := sha256.New()
	out := &lineWriter{enc: json.NewEncoder(io.MultiWriter(zip, sum)), sum: sum}
	out.write(backupLine{Format: backupFormat})
	err = v.engine.snapshot(ctx, func(query queryFunc) error {
		for _, t := range backupTables() {
			names := make([]string, len(t.columns))
			for i, c := range t.columns {
				names[i] = c.name
			}
			out.write(backupLine{Table: string(t.name), Columns: names})
			n, err := out.table(ctx, query, t)
			if err != nil {
				return fmt.Errorf("back up %s: %w", t.name, err)
			}
			rows += n
			if progress != nil {
				progress(string(t.name), n)
			}
		}
		return out.err
	})
	if err != nil {
		return rows, err
	}
	digest := hex.EncodeToString(sum.Sum(nil))
	out.write(backupLine{Lines: out.lines, SHA256: digest})
	return rows, errors.Join(out.err, zip.Close())
}

type lineWriter struct {
	enc   *json.Encoder
	sum   hash.Hash
	lines int64
	err   error
}

func (w *lineWriter) write(l backupLine) {
	if w.err == nil {
		w.err = w.enc.Encode(l)
		w.lines++
	}
}

func (w *lineWriter) table(ctx context.Context, query queryFunc, t *table) (n int64, err error) {
	err = query(ctx, "SELECT "+t.columnList("")+" FROM "+string(t.name), nil, func(scan func(...any) error) error {
		dest := make([]any, len(t.columns))
		for i, c := range t.columns {
			switch c.kind {
			case text:
				dest[i] = new(string)
			case blob:
				dest[i] = new([]byte)
			default:
				dest[i] = new(int64)
			}
		}
		if err := scan(dest...); err != nil {
			return err
		}
		n++
		w.write(backupLine{Row: dest})
		return w.err
	})
	return n, err
}

// queryFunc reads within a snapshot.
type queryFunc func(ctx context.Context, text string, args []any, each func(scan func(...any) error) error) error

// restoreSlice is how many rows one transaction of a restore writes.
const restoreSlice = 5000

// Restore reads a backup into an empty installation at target. A backup that is cut off or changed is
// refused, and what was read until then is removed; on PostgreSQL the error says that the database must be
// dropped.
func Restore(ctx context.Context, target string, r io.Reader, progress func(table string, rows int64)) (rows int64, err error) {
	e, err := openEngine(ctx, target)
	if err != nil {
		return 0, err
	}
	defer e.close()
	if err := e.migrate(ctx); err != nil {
		return 0, err
	}
	for _, t := range backupTables() {
		used := false
		if err := e.query(ctx, "SELECT 1 FROM "+string(t.name)+" LIMIT 1", nil, func(func(...any) error) error {
			used = true
			return nil
		}); err != nil {
			return 0, err
		}
		if used {
			return 0, errors.New("the target is in use already: restore into an empty directory or database")
		}
	}
	zip, err := gzip.NewReader(r)
	if err != nil {
		return 0, fmt.Errorf("this is no backup: %w", err)
	}
	rd := &restorer{engine: e, lines: bufio.NewReaderSize(zip, 1<<20), sum: sha256.New(), progress: progress}
	if rows, err = rd.run(ctx); err != nil {
		return rows, errors.Join(err, e.discard())
	}
	return rows, nil
}

type restorer struct {
	engine   engine
	lines    *bufio.Reader
	sum      hash.Hash
	progress func(string, int64)

	table    *table
	slice    [][]any
	count    int64 // of the table
	rows     int64
	lineSeen int64
}

var errDamaged = errors.New("the backup is damaged: its lines and its check sum do not agree")

func (r *restorer) run(ctx context.Context) (int64, error) {
	for {
		raw, err := r.lines.ReadBytes('\n')
		if err != nil {
			return r.rows, fmt.Errorf("the backup is cut off after %d lines: %w", r.lineSeen, err)
		}
		var l backupLine
		dec := json.NewDecoder(strings.NewReader(string(raw)))
		dec.UseNumber()
		if err := dec.Decode(&l); err != nil {
			return r.rows, fmt.Errorf("line %d of the backup: %w", r.lineSeen+1, err)
		}
		switch {
		case l.SHA256 != "":
			if l.Lines != r.lineSeen || l.SHA256 != hex.EncodeToString(r.sum.Sum(nil)) {
				return r.rows, errDamaged
			}
			// The end of the file proves itself too: nothing follows, and its own check sum is whole.
			if _, err := r.lines.ReadByte(); !errors.Is(err, io.EOF) {
				return r.rows, errors.Join(errDamaged, err)
			}
			return r.rows, r.finish(ctx)
		case l.Format != "":
			if l.Format != backupFormat {
				return 0, fmt.Errorf("the backup has the format %q, this program reads %q", l.Format, backupFormat)
			}
		case l.Table != "":
			if err := r.begin(ctx, l); err != nil {
				return r.rows, err
			}
		default:
			if err := r.add(ctx, l.Row); err != nil {
				return r.rows, err
			}
		}
		r.sum.Write(raw)
		r.lineSeen++
	}
}

func (r *restorer) begin(ctx context.Context, l backupLine) error {
	if err := r.finish(ctx); err != nil {
		return err
	}
	r.table = nil
	for _, t := range backupTables() {
		if string(t.name) == l.Table {
			r.table = t
		}
	}
	if r.table == nil {
		return fmt.Errorf("the backup has a table %q that this program does not know", l.Table)
	}
	if strings.Join(l.Columns, ", ") != r.table.columnList("") {
		return fmt.Errorf("table %s has other columns in the backup: restore with the program that made it, then upgrade", l.Table)
	}
	r.count = 0
	return nil
}

func (r *restorer) add(ctx context.Context, values []any) error {
	if r.table == nil || len(values) != len(r.table.columns) {
		return errDamaged
	}
	row := make([]any, len(values))
	for i, c := range r.table.columns {
		switch v := values[i].(type) {
		case json.Number:
			n, err := v.Int64()
			if err != nil || c.kind == text || c.kind == blob {
				return errDamaged
			}
			row[i] = n
		case string:
			row[i] = v
			if c.kind == blob {
				var b []byte
				if err := json.Unmarshal([]byte(`"`+v+`"`), &b); err != nil {
					return errDamaged
				}
				row[i] = b
			}
		case nil:
			if c.kind != blob {
				return errDamaged
			}
			row[i] = []byte{}
		default:
			return errDamaged
		}
	}
	r.slice = append(r.slice, row)
	r.count++
	r.rows++
	if len(r.slice) >= restoreSlice {
		return r.flush(ctx)
	}
	return nil
}

func (r *restorer) flush(ctx context.Context) error {
	if len(r.slice) == 0 {
		return nil
	}
	err := r.engine.fill(ctx, r.table, r.slice)
	r.slice = r.slice[:0]
	return err
}

func (r *restorer) finish(ctx context.Context) error {
	if err := r.flush(ctx); err != nil {
		return err
	}
	if r.table != nil && r.progress != nil {
		r.progress(string(r.table.name), r.count)
	}
	return nil
}

func (e *sqliteEngine) snapshot(ctx context.Context, read func(queryFunc) error) error {
	conn, err := e.read.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	if _, err := conn.ExecContext(ctx, "BEGIN"); err != nil {
		return err
	}
	defer conn.ExecContext(context.WithoutCancel(ctx), "ROLLBACK")
	return read(func(ctx context.Context, text string, args []any, each func(func(...any) error) error) error {
		return querySQL(ctx, conn, text, args, each)
	})
}

func (e *sqliteEngine) fill(ctx context.Context, t *table, rows [][]any) error {
	tx, err := e.write.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	stmt, err := tx.PrepareContext(ctx, t.sqlInsert())
	if err != nil {
		return err
	}
	defer stmt.Close()
	for _, row := range rows {
		if _, err := stmt.ExecContext(ctx, row...); err != nil {
			return fmt.Errorf("restore %s: %w", t.name, err)
		}
	}
	return tx.Commit()
}

func (e *sqliteEngine) discard() error {
	e.close()
	var err error
	for _, suffix := range []string{"", "-wal", "-shm"} {
		if gone := os.Remove(e.path + suffix); gone != nil && !errors.Is(gone, os.ErrNotExist) {
			err = errors.Join(err, gone)
		}
	}
	return err
}

func (e *postgresEngine) discard() error {
	return errors.New("the database is half filled: drop it and restore into a fresh one")
}

func (e *postgresEngine) snapshot(ctx context.Context, read func(queryFunc) error) error {
	tx, err := e.pool.BeginTx(ctx, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly})
	if err != nil {
		return err
	}
	defer tx.Rollback(context.WithoutCancel(ctx))
	return read(func(ctx context.Context, text string, args []any, each func(func(...any) error) error) error {
		return queryPostgres(ctx, tx, text, args, each)
	})
}

func (e *postgresEngine) fill(ctx context.Context, t *table, rows [][]any) error {
	names := make([]string, len(t.columns))
	for i, c := range t.columns {
		names[i] = c.name
	}
	_, err := e.pool.CopyFrom(ctx, pgx.Identifier{string(t.name)}, names, pgx.CopyFromRows(rows))
	if err != nil {
		return fmt.Errorf("restore %s: %w", t.name, err)
	}
	return nil
}

package store_test

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib"

	"github.com/yifen-pay/yifen/internal/store"
	"github.com/yifen-pay/yifen/internal/store/pgtest"
	"github.com/yifen-pay/yifen/internal/store/storetest"
)

// database opens the records at target beside the store, to look at and to spoil.
func database(t testing.TB, target string) *sql.DB {
	t.Helper()
	driver, name := "pgx", target
	if !strings.HasPrefix(target, "postgres://") {
		driver, name = "sqlite", "file:"+filepath.Join(target, store.DatabaseFile)+"?_pragma=busy_timeout(10000)"
	}
	db, err := sql.Open(driver, name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

// texts returns the rows of a query, columns joined by spaces.
func texts(t testing.TB, db *sql.DB, query string, args ...any) (out []string) {
	t.Helper()
	rows, err := db.QueryContext(context.Background(), query, args...)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	names, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	for rows.Next() {
		values := make([]any, len(names))
		for i := range values {
			values[i] = new(any)
		}
		if err := rows.Scan(values...); err != nil {
			t.Fatal(err)
		}
		parts := make([]string, len(values))
		for i, v := range values {
			parts[i] = fmt.Sprint(*v.(*any))
		}
		out = append(out, strings.Join(parts, " "))
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return out
}

// The types of columns on each engine.
var columnTypes = map[string]map[string]string{
	"sqlite":   {"int": "INTEGER", "small": "INTEGER", "text": "TEXT", "blob": "BLOB"},
	"postgres": {"int": "bigint", "small": "smallint", "text": "text", "blob": "bytea"},
}

// catalog says how to ask an engine what it holds.
var catalog = map[string]struct{ tables, columns, keys, indexes string }{
	"sqlite": {
		tables:  "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name NOT LIKE 'goose_%' ORDER BY name",
		columns: `SELECT name, type, "notnull" FROM pragma_table_info(?) ORDER BY cid`,
		keys:    "SELECT name FROM pragma_table_info(?) WHERE pk > 0 ORDER BY pk",
		indexes: "SELECT name FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL ORDER BY name",
	},
	"postgres": {
		tables:  "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public' AND table_name NOT LIKE 'goose_%' ORDER BY table_name",
		columns: "SELECT column_name, data_type, CASE is_nullable WHEN 'NO' THEN 1 ELSE 0 END FROM information_schema.columns WHERE table_name = $1 ORDER BY ordinal_position",
		keys: "SELECT a.attname FROM pg_index i CROSS JOIN unnest(i.indkey) WITH ORDINALITY AS k(num, place) " +
			"JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.num WHERE i.indisprimary AND i.indrelid = $1::text::regclass ORDER BY k.place",
		indexes: "SELECT indexname FROM pg_indexes WHERE schemaname = 'public' AND tablename NOT LIKE 'goose_%' AND indexname NOT LIKE '%_pkey' ORDER BY indexname",
	},
}

func TestMigrate_enginesEndAlike(t *testing.T) {
	var names, indexes, versions = map[string][]string{}, map[string][]string{}, map[string][]string{}
	keys := map[string]map[string][]string{}
	for engine, target := range map[string]string{"sqlite": t.TempDir(), "postgres": pgtest.DSN(t)} {
		for range 2 { // opening once more changes nothing
			storetest.Open(t, target, store.Options{}).Close()
		}
		db, ask := database(t, target), catalog[engine]
		names[engine], indexes[engine] = texts(t, db, ask.tables), texts(t, db, ask.indexes)
		versions[engine] = texts(t, db, "SELECT version_id FROM goose_db_version ORDER BY version_id")
		keys[engine] = map[string][]string{}
		for _, spec := range store.Specs() {
			var columns []string
			for _, c := range spec.Columns {
				columns = append(columns, c.Name+" "+columnTypes[engine][c.Kind]+" 1")
			}
			if got := texts(t, db, ask.columns, spec.Name); !slices.Equal(got, columns) {
				t.Errorf("%s: table %s has the columns\n%q, the store writes\n%q", engine, spec.Name, got, columns)
			}
			keys[engine][spec.Name] = texts(t, db, ask.keys, spec.Name)
		}
	}
	var specs []string
	for _, s := range store.Specs() {
		specs = append(specs, s.Name)
		a, b := keys["sqlite"][s.Name], keys["postgres"][s.Name]
		if !slices.Equal(a, b) {
			t.Errorf("table %s has the keys %q and %q", s.Name, a, b)
		}
		if s.Name != "lane" && s.Name != "batch" && a[0] != "bucket" {
			t.Errorf("the bucket does not lead the key of table %s: %q", s.Name, a)
		}
	}
	slices.Sort(specs)
	for engine, got := range names {
		if !slices.Equal(got, specs) {
			t.Errorf("%s has the tables %q, the store knows %q", engine, got, specs)
		}
	}
	for what, lists := range map[string]map[string][]string{"indexes": indexes, "versions": versions} {
		if !slices.Equal(lists["sqlite"], lists["postgres"]) || len(lists["sqlite"]) == 0 {
			t.Errorf("the %s differ: %q and %q", what, lists["sqlite"], lists["postgres"])
		}
	}
}

// Texts must sort as bytes on both engines, or a page of a list would end in another place.
func TestMigrate_textsSortAsBytes(t *testing.T) {
	dsn := pgtest.DSN(t)
	storetest.Open(t, dsn, store.Options{})
	for _, c := range texts(t, database(t, dsn), "SELECT table_name, column_name FROM information_schema.columns "+
		"WHERE table_schema = 'public' AND table_name NOT LIKE 'goose_%' AND data_type = 'text' AND coalesce(collation_name, '') <> 'C'") {
		t.Errorf("column %s does not sort as bytes", c)
	}
}

func TestMigrate_goesForwardOnly(t *testing.T) {
	lists := map[string][]string{}
	for engine := range catalog {
		files, err := filepath.Glob(filepath.Join("migrations", engine, "*"))
		if err != nil || len(files) == 0 {
			t.Fatalf("%s has no migrations: %v", engine, err)
		}
		for _, f := range files {
			lists[engine] = append(lists[engine], filepath.Base(f))
			text, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			for _, word := range []string{"+goose Down", "DROP ", "TRUNCATE ", "SERIAL", "IDENTITY", "TRIGGER", "now()", "CURRENT_TIMESTAMP"} {
				if strings.Contains(string(text), word) {
					t.Errorf("%s says %q", f, word)
				}
			}
		}
	}
	if !slices.Equal(lists["sqlite"], lists["postgres"]) {
		t.Errorf("the engines have different migrations: %q and %q", lists["sqlite"], lists["postgres"])
	}
}

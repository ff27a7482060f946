package store

import (
	"context"
	"database/sql"
	"embed"
	"io/fs"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

// Migrations go forward only: expand first, contract in a later release. The two engines have the same
// list, and a test holds that they end with the same tables.

//go:embed migrations/sqlite/*.sql migrations/postgres/*.sql
var migrations embed.FS

func migrateWith(ctx context.Context, db *sql.DB, dialect goose.Dialect, dir string, options ...goose.ProviderOption) error {
	files, err := fs.Sub(migrations, "migrations/"+dir)
	if err != nil {
		return err
	}
	options = append(options, goose.WithDisableGlobalRegistry(true))
	p, err := goose.NewProvider(dialect, db, files, options...)
	if err != nil {
		return err
	}
	_, err = p.Up(ctx)
	return err
}

func (e *sqliteEngine) migrate(ctx context.Context) error {
	return migrateWith(ctx, e.write, goose.DialectSQLite3, "sqlite")
}

func (e *postgresEngine) migrate(ctx context.Context) error {
	db, err := sql.Open("pgx", e.dsn)
	if err != nil {
		return err
	}
	defer db.Close()
	// A lock in a table, not an advisory one: it works on every engine that speaks PostgreSQL.
	locker, err := lock.NewPostgresTableLocker(lock.WithTableLockTimeout(time.Second, 300))
	if err != nil {
		return err
	}
	return migrateWith(ctx, db, goose.DialectPostgres, "postgres", goose.WithLocker(locker))
}

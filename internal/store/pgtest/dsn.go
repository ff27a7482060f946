package pgtest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

// NoSkip is the environment variable that makes a missing server fail a test instead of skipping it, when
// it is "1". CI sets it.
const NoSkip = "YIFEN_NO_SKIP"

// TB is the part of [testing.TB] that DSN uses. It is declared here so that a program which starts a
// server does not link the testing package.
type TB interface {
	Helper()
	Cleanup(func())
	Skip(args ...any)
	Fatal(args ...any)
}

// createMax bounds the creation or removal of one database.
const createMax = 30 * time.Second

var (
	shared  = sync.OnceValues(func() (*Server, error) { return Start("") })
	counter atomic.Int64
)

// DSN returns the address of a new, empty database on this process's server, which it starts at the first
// call. The database is dropped when the test ends, whoever is still connected. Where PostgreSQL is not
// installed the test is skipped, or fails if YIFEN_NO_SKIP=1.
func DSN(t TB) string {
	t.Helper()
	return create(t, server(t), empty)
}

// Template is a database that is filled once in a process, because that takes a while, and copied for each test.
type Template struct {
	// Fill fills the empty database at dsn and leaves no connection to it open.
	Fill func(dsn string) error

	once sync.Once
	name string
	err  error
}

// DSN is [DSN] with a copy of the template instead of an empty database.
func (m *Template) DSN(t TB) string {
	t.Helper()
	server := server(t)
	m.once.Do(func() {
		m.name = fmt.Sprintf("template_%d", counter.Add(1))
		dsn, err := withTimeout(func(ctx context.Context) (string, error) { return server.Create(ctx, m.name) })
		if err == nil {
			err = m.Fill(dsn)
		}
		m.err = err
	})
	if m.err != nil {
		t.Fatal(m.err)
	}
	return create(t, server, m.name)
}

// server returns the server of the process.
func server(t TB) *Server {
	t.Helper()
	s, err := shared()
	if errors.Is(err, ErrNotInstalled) && os.Getenv(NoSkip) != "1" {
		t.Skip(err.Error())
	}
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// create makes a copy of a database that lasts as long as the test.
func create(t TB, server *Server, template string) string {
	t.Helper()
	name := fmt.Sprintf("test_%d", counter.Add(1))
	dsn, err := withTimeout(func(ctx context.Context) (string, error) { return server.copy(ctx, name, template) })
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if _, err := withTimeout(func(ctx context.Context) (string, error) {
			return "", server.Drop(ctx, name)
		}); err != nil {
			t.Fatal(err)
		}
	})
	return dsn
}

func withTimeout(do func(context.Context) (string, error)) (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), createMax)
	defer cancel()
	return do(ctx)
}

package storetest

import (
	"context"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/yifen-pay/yifen/internal/domain/calendar"
	"github.com/yifen-pay/yifen/internal/domain/step"
	"github.com/yifen-pay/yifen/internal/store"
	"github.com/yifen-pay/yifen/internal/store/pgtest"
)

// fresh is an embedded database as it is made, which takes a moment: it is made once and copied.
var fresh = sync.OnceValues(func() (content []byte, err error) {
	dir, err := os.MkdirTemp("", "yifen-fresh-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	s, err := store.Open(context.Background(), dir, store.Options{})
	if err != nil {
		return nil, err
	}
	if err := s.Close(); err != nil {
		return nil, err
	}
	return os.ReadFile(filepath.Join(dir, store.DatabaseFile))
})

// Fill puts a fresh embedded database into a directory that has none.
func Fill(t testing.TB, dir string) {
	t.Helper()
	file := filepath.Join(dir, store.DatabaseFile)
	if _, err := os.Stat(file); err == nil {
		return
	}
	content, err := fresh()
	if err == nil {
		err = os.MkdirAll(dir, 0o700)
	}
	if err == nil {
		err = os.WriteFile(file, content, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// server is a database of the server engine as it is made.
var server = pgtest.Template{Fill: func(dsn string) error {
	s, err := store.Open(context.Background(), dsn, store.Options{})
	if err != nil {
		return err
	}
	return s.Close()
}}

// Server returns the address of a fresh database on the server engine, for as long as the test runs. Where PostgreSQL
// is not installed the test is skipped, or fails if YIFEN_NO_SKIP=1.
func Server(t pgtest.TB) string {
	t.Helper()
	return server.DSN(t)
}

// Open opens the records at target, a directory or a DSN, until the test ends.
func Open(t testing.TB, target string, o store.Options) *store.Store {
	t.Helper()
	if !strings.HasPrefix(target, "postgres") {
		Fill(t, target)
	}
	s, err := store.Open(context.Background(), target, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// Embedded opens fresh records on the embedded engine until the test ends.
func Embedded(t testing.TB) *store.Store {
	t.Helper()
	return Open(t, t.TempDir(), store.Options{})
}

// Do runs a step of class Sale over keys and returns its error.
func Do(t testing.TB, s step.Gate, run func(step.View) error, keys ...step.Key) error {
	t.Helper()
	return s.Do(t.Context(), step.Step{Name: t.Name(), Class: step.Sale, Keys: keys, Run: run})
}

// Verify recomputes every invariant of the records at target and returns what was found, a line per row.
// Ages are taken against now.
func Verify(t testing.TB, target string, now time.Time) (found []string) {
	t.Helper()
	v, err := store.OpenVerifier(context.Background(), target, calendar.At(now))
	if err != nil {
		t.Fatal(err)
	}
	defer v.Close()
	if _, err := v.Verify(context.Background(), func(c store.Check) {
		for _, row := range c.Rows {
			found = append(found, c.Invariant+": "+row)
		}
	}); err != nil {
		t.Fatal(err)
	}
	return found
}

// WantClean fails the test with everything that [Verify] finds.
func WantClean(t testing.TB, target string) {
	t.Helper()
	for _, f := range Verify(t, target, time.Now()) {
		t.Error(f)
	}
}

// Hold occupies the one lane of s with a step, so that what is queued meanwhile runs as one batch, until
// release is called.
func Hold(t testing.TB, s *store.Store) (release func()) {
	t.Helper()
	started, ended, released := make(chan struct{}), make(chan error, 1), make(chan struct{})
	go func() {
		ended <- s.Do(context.Background(), step.Step{Name: "hold", Class: step.Reversal, Run: func(step.View) error {
			close(started)
			<-released
			return nil
		}})
	}()
	select {
	case <-started:
	case err := <-ended:
		t.Fatalf("the lane could not be held: %v", err)
	}
	return func() {
		close(released)
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}
}

// Queue hands a step in and returns once it waits, with where its answer will come.
func Queue(t testing.TB, ctx context.Context, s *store.Store, st step.Step) <-chan error {
	t.Helper()
	done, before := make(chan error, 1), s.Waiting()
	go func() { done <- s.Do(ctx, st) }()
	Eventually(t, "the step waits", func() bool { return s.Waiting() > before })
	return done
}

// Eventually waits for something that happens by itself, half a minute at most.
func Eventually(t testing.TB, what string, seen func() bool) {
	t.Helper()
	for range 10_000 { // most things are a moment away
		if seen() {
			return
		}
		runtime.Gosched()
	}
	deadline := time.After(30 * time.Second)
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for !seen() {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("not within half a minute: %s", what)
		}
	}
}

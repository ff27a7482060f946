package storetest

import (
	"context"
	"testing"

	"github.com/yifen-pay/yifen/internal/domain/step"
	"github.com/yifen-pay/yifen/internal/store"
)

// Open opens the records at target, a directory or a DSN, until the test ends.
func Open(t testing.TB, target string) *store.Store {
	t.Helper()
	s, err := store.Open(context.Background(), target, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// Embedded opens fresh records on the embedded engine until the test ends.
func Embedded(t testing.TB) *store.Store {
	t.Helper()
	return Open(t, t.TempDir())
}

// Do runs a step of class Sale over keys and returns its error.
func Do(t testing.TB, s step.Gate, run func(step.View) error, keys ...step.Key) error {
	t.Helper()
	return s.Do(t.Context(), step.Step{Name: t.Name(), Class: step.Sale, Keys: keys, Run: run})
}

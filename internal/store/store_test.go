package store_test

import (
	"testing"

	"github.com/yifen-pay/yifen/internal/store/storetest"
)

func TestStore(t *testing.T) {
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		storetest.Run(t, func(t testing.TB) string { return t.TempDir() })
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		storetest.Run(t, func(t testing.TB) string { return storetest.Server(t) })
	})
}

func TestStore_asTheModel(t *testing.T) {
	t.Run("both engines", func(t *testing.T) {
		t.Parallel()
		storetest.Compare(t, 1, t.TempDir(), storetest.Server(t))
	})
	t.Run("sqlite in batches", func(t *testing.T) {
		t.Parallel()
		storetest.Compare(t, 6, t.TempDir())
	})
	t.Run("postgres in batches", func(t *testing.T) {
		t.Parallel()
		storetest.Compare(t, 6, storetest.Server(t))
	})
}

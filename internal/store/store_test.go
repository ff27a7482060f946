package store_test

import (
	"testing"

	"github.com/yifen-pay/yifen/internal/store/pgtest"
	"github.com/yifen-pay/yifen/internal/store/storetest"
)

func TestStore(t *testing.T) {
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		storetest.Run(t, func(t testing.TB) string { return t.TempDir() })
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		storetest.Run(t, func(t testing.TB) string { return pgtest.DSN(t) })
	})
}

func TestStore_asTheModel(t *testing.T) {
	t.Run("both engines", func(t *testing.T) {
		t.Parallel()
		storetest.Compare(t, 1, t.TempDir(), pgtest.DSN(t))
	})
	t.Run("sqlite in batches", func(t *testing.T) {
		t.Parallel()
		storetest.Compare(t, 6, t.TempDir())
	})
	t.Run("postgres in batches", func(t *testing.T) {
		t.Parallel()
		storetest.Compare(t, 6, pgtest.DSN(t))
	})
}

package storetest

import (
	"database/sql"
	"path/filepath"
	"strings"
	"testing"

	"github.com/yifen-pay/yifen/internal/store"
)

// Spoil changes records at target behind the store's back, by a statement that must change something: what nobody may do,
// and the verifier must notice.
func Spoil(t testing.TB, target, statement string) {
	t.Helper()
	driver, name := "pgx", target
	if !strings.HasPrefix(target, "postgres://") {
		driver, name = "sqlite", "file:"+filepath.Join(target, store.DatabaseFile)+"?_pragma=busy_timeout(10000)"
	}
	db, err := sql.Open(driver, name)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	result, err := db.ExecContext(t.Context(), statement)
	if err != nil {
		t.Fatalf("%v\n%s", err, statement)
	}
	if n, err := result.RowsAffected(); err != nil || n == 0 {
		t.Fatalf("nothing was changed, %v\n%s", err, statement)
	}
}

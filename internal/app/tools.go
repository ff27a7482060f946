package app

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/yifen-pay/yifen/internal/domain/calendar"
	"github.com/yifen-pay/yifen/internal/domain/step"
	"github.com/yifen-pay/yifen/internal/domain/terminal"
	"github.com/yifen-pay/yifen/internal/store"
)

// Verify recomputes the invariants of the records at target, live or stopped, and reports each.
func Verify(ctx context.Context, target string, report func(store.Check)) (clean bool, err error) {
	v, err := openRecords(ctx, target)
	if err != nil {
		return false, err
	}
	defer v.Close()
	return v.Verify(ctx, report)
}

func openRecords(ctx context.Context, target string) (*store.Verifier, error) {
	if err := store.Exists(target); err != nil {
		return nil, err
	}
	return store.OpenVerifier(ctx, target, calendar.At(time.Now()))
}

// suspensePage is how many lines are read at a time.
const suspensePage = 200

// Suspense hands over every line that waits for a person: what terminals uploaded and the books do not know,
// or know otherwise.
func Suspense(ctx context.Context, target string, each func(terminal.SuspenseLine)) error {
	v, err := openRecords(ctx, target)
	if err != nil {
		return err
	}
	defer v.Close()
	var after step.Key
	for {
		page, err := v.Suspense(ctx, after, suspensePage)
		if err != nil || len(page) == 0 {
			return err
		}
		for _, l := range page {
			each(l)
			after = l.Key()
		}
	}
}

// Backup writes a snapshot of the records at target into a file, which appears under its name only when
// it is whole and on disk.
func Backup(ctx context.Context, target, file string, progress func(table string, rows int64)) (rows int64, err error) {
	v, err := openRecords(ctx, target)
	if err != nil {
		return 0, err
	}
	defer v.Close()
	if _, err := os.Stat(file); err == nil {
		return 0, fmt.Errorf("%s exists already: give another name", file)
	}
	f, err := os.OpenFile(file+".part", os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return 0, err
	}
	defer os.Remove(file + ".part")
	rows, err = v.Backup(ctx, f, progress)
	if err == nil {
		err = f.Sync()
	}
	if closeErr := f.Close(); err == nil {
		err = closeErr
	}
	if err != nil {
		return rows, err
	}
	if err := os.Rename(file+".part", file); err != nil {
		return rows, err
	}
	dir, err := os.Open(filepath.Dir(file))
	if err != nil {
		return rows, err
	}
	defer dir.Close()
	return rows, dir.Sync()
}

// Restore reads a backup into an empty installation at target.
func Restore(ctx context.Context, target string, backup io.Reader, progress func(table string, rows int64)) (int64, error) {
	return store.Restore(ctx, target, backup, progress)
}

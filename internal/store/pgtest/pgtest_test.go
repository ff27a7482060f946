package pgtest_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/yifen-pay/yifen/internal/store/pgtest"
)

func connect(t *testing.T, dsn string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	return conn
}

func TestDSN_givesEachCallADatabaseOfItsOwn(t *testing.T) {
	t.Parallel()
	one, two := pgtest.DSN(t), pgtest.DSN(t)
	if _, err := connect(t, one).Exec(t.Context(), "CREATE TABLE payment (id TEXT PRIMARY KEY)"); err != nil {
		t.Fatal(err)
	}
	var tables int
	count := "SELECT count(*) FROM information_schema.tables WHERE table_schema = 'public'"
	if err := connect(t, two).QueryRow(t.Context(), count).Scan(&tables); err != nil {
		t.Fatal(err)
	}
	if tables != 0 {
		t.Errorf("a new database holds %d tables, want none", tables)
	}
}

func TestDSN_dropsTheDatabaseAtTheEndOfTheTest(t *testing.T) {
	t.Parallel()
	var dsn string
	t.Run("user", func(t *testing.T) {
		dsn = pgtest.DSN(t)
		connect(t, dsn) // a connection left open does not keep the database
	})
	conn, err := pgx.Connect(t.Context(), dsn)
	if err == nil {
		_ = conn.Close(t.Context())
		t.Error("the database is still there after the test that asked for it")
	}
}

func TestServer_isDurable(t *testing.T) {
	t.Parallel()
	conn := connect(t, pgtest.DSN(t))
	for _, setting := range []string{"fsync", "synchronous_commit", "full_page_writes"} {
		var value string
		if err := conn.QueryRow(t.Context(), "SELECT current_setting($1)", setting).Scan(&value); err != nil {
			t.Fatal(err)
		}
		if value != "on" {
			t.Errorf("%s = %s, want on", setting, value)
		}
	}
}

func start(t *testing.T, dir string, more ...string) *pgtest.Server {
	t.Helper()
	server, err := pgtest.Start(dir, more...)
	if errors.Is(err, pgtest.ErrNotInstalled) && os.Getenv(pgtest.NoSkip) != "1" {
		t.Skip(err.Error())
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Stop(); err != nil {
			t.Error(err)
		}
	})
	return server
}

func TestKill_losesWhatWasNotCommitted(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	server := start(t, "")
	dsn, err := server.Create(ctx, "books")
	if err != nil {
		t.Fatal(err)
	}
	conn := connect(t, dsn)
	if _, err := conn.Exec(ctx, "CREATE TABLE entry (id INT); INSERT INTO entry VALUES (1)"); err != nil {
		t.Fatal(err)
	}
	tx, err := conn.Begin(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tx.Exec(ctx, "INSERT INTO entry VALUES (2)"); err != nil {
		t.Fatal(err)
	}
	if err := server.Kill(); err != nil {
		t.Fatal(err)
	}
	if err := tx.Commit(ctx); err == nil {
		t.Error("a commit succeeded on a server that was killed")
	}
	if err := server.Restart(); err != nil {
		t.Fatal(err)
	}
	var sum int
	if err := connect(t, dsn).QueryRow(ctx, "SELECT sum(id) FROM entry").Scan(&sum); err != nil {
		t.Fatal(err)
	}
	if sum != 1 {
		t.Errorf("after the crash the entries add up to %d, want 1: the committed one alone", sum)
	}
}

func TestKill_leavesADownServerDown(t *testing.T) {
	t.Parallel()
	server := start(t, "")
	for range 2 {
		if err := server.Kill(); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := server.Create(t.Context(), "books"); err == nil {
		t.Error("a killed server answered")
	}
	if err := server.Stop(); err != nil {
		t.Errorf("stop a server that was killed: %v", err)
	}
	if err := server.Restart(); err == nil {
		t.Error("a stopped server was restarted, though its directory is gone")
	}
}

func TestStart_usesADirectoryAgain(t *testing.T) {
	t.Parallel()
	// Not t.TempDir: its parents are closed to the user postgres when the tests run as root.
	parent, err := os.MkdirTemp("", "yifen-again-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(parent) })
	if err := os.Chmod(parent, 0o755); err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(parent, "server")

	first := start(t, dir)
	if _, err := first.Create(t.Context(), "books"); err != nil {
		t.Fatal(err)
	}
	if err := first.Stop(); err != nil {
		t.Fatal(err)
	}
	second := start(t, dir, "max_connections=17")
	var limit string
	conn := connect(t, second.DSN("books"))
	if err := conn.QueryRow(t.Context(), "SHOW max_connections").Scan(&limit); err != nil {
		t.Fatal(err)
	}
	if limit != "17" {
		t.Errorf("max_connections = %s, want the caller's 17", limit)
	}
	if err := second.Stop(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(dir, "data", "PG_VERSION")); err != nil {
		t.Errorf("stop removed a directory that was the caller's: %v", err)
	}
}

// orphan is set in the process that TestServer_endsWithItsOwner kills.
const orphan = "PGTEST_ORPHAN"

func TestServer_endsWithItsOwner(t *testing.T) {
	t.Parallel()
	if os.Getenv(orphan) == "1" {
		owner(t)
		return
	}
	start(t, "") // skips where there is no server
	cmd := exec.Command(os.Args[0], "-test.run=^TestServer_endsWithItsOwner$")
	cmd.Env = append(os.Environ(), orphan+"=1")
	output, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	defer stdin.Close()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var dir, dsn string
	for lines := bufio.NewScanner(output); dsn == "" && lines.Scan(); {
		if text, ok := strings.CutPrefix(lines.Text(), "serving "); ok {
			dir, dsn, _ = strings.Cut(text, " ")
		}
	}
	if dsn == "" {
		_ = cmd.Wait()
		t.Fatal("the owner ended before its server answered")
	}
	connect(t, dsn)
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // says that it was killed

	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	poll := time.NewTicker(20 * time.Millisecond)
	defer poll.Stop()
	for {
		conn, err := pgx.Connect(ctx, dsn)
		if err == nil {
			_ = conn.Close(ctx)
		}
		if _, gone := os.Stat(dir); err != nil && errors.Is(gone, os.ErrNotExist) {
			return
		}
		select {
		case <-ctx.Done():
			t.Fatalf("20 s after its owner was killed the server still answers or %s is still there", dir)
		case <-poll.C:
		}
	}
}

// owner starts a server, says where it is and waits to be killed.
func owner(t *testing.T) {
	server, err := pgtest.Start("")
	if err != nil {
		t.Fatal(err)
	}
	dsn := server.DSN("postgres")
	conn := connect(t, dsn)
	var data string
	if err := conn.QueryRow(t.Context(), "SHOW data_directory").Scan(&data); err != nil {
		t.Fatal(err)
	}
	fmt.Printf("serving %s %s\n", filepath.Dir(data), dsn)
	_, _ = io.Copy(io.Discard, os.Stdin)
}

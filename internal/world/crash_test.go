package world_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"syscall"
	"testing"

	"github.com/yifen-pay/yifen/internal/store/storetest"
	"github.com/yifen-pay/yifen/internal/world"
)

// The test binary runs itself as the server that is killed.
const (
	serverEnv  = "YIFEN_TEST_SERVER"
	crashAtEnv = "YIFEN_TEST_CRASH_AT"
)

func TestMain(m *testing.M) {
	if raw := os.Getenv(serverEnv); raw != "" {
		serveForTest(raw)
		return
	}
	code := m.Run()
	if factoryDir != "" {
		os.RemoveAll(factoryDir)
	}
	os.Exit(code)
}

func serveForTest(raw string) {
	var o world.DemoOptions
	if err := json.Unmarshal([]byte(raw), &o); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	o.Point = world.CrashAt(os.Getenv(crashAtEnv))
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	d, err := world.StartDemo(ctx, o)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	<-ctx.Done()
	d.Stop()
}

// serverCommand runs this test binary as a server with these options.
func serverCommand(o world.DemoOptions, crashAt string) *exec.Cmd {
	raw, err := json.Marshal(o)
	if err != nil {
		panic(err)
	}
	c := exec.Command(os.Args[0])
	c.Env = append(os.Environ(), serverEnv+"="+string(raw), crashAtEnv+"="+crashAt)
	c.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	return c
}

func TestCrash_losesAndDoublesNothing(t *testing.T) {
	everyEngine(t, func(t *testing.T, database string) {
		for _, point := range world.CrashPoints() {
			t.Run(point, func(t *testing.T) {
				t.Parallel()
				proof := world.CrashProof{Point: point, Dir: t.TempDir(), Server: serverCommand}
				if database != "" {
					proof.Database = storetest.Server(t)
				} else {
					storetest.Fill(t, proof.Dir)
				}
				result, err := proof.Run(context.Background())
				if err != nil {
					t.Fatal(err)
				}
				t.Logf("answering %s after the kill, every outcome known %s after the restart", result.Restart, result.Known)
			})
		}
	})
}

package world_test

import (
	"context"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/yifen-pay/yifen/internal/store/storetest"
	"github.com/yifen-pay/yifen/internal/world"
)

// eventually waits for something that happens by itself, and fails with what was last seen.
func eventually(t testing.TB, within time.Duration, what string, seen func() bool) {
	t.Helper()
	deadline := time.After(within)
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for !seen() {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("not within %s: %s", within, what)
		}
	}
}

// startDemo starts a demo on free ports in a directory of the test.
func startDemo(t testing.TB, o world.DemoOptions) *world.Demo {
	t.Helper()
	if o.Dir == "" {
		o.Dir = t.TempDir()
	}
	for _, a := range []*string{&o.HTTP, &o.ISO, &o.Bench, &o.Printer, &o.Network, &o.WeChat, &o.Alipay, &o.UnionPay, &o.MQTT} {
		if *a == "" {
			*a = "127.0.0.1:0"
		}
	}
	o.WeakPasswords = true
	if !o.Quick || o.WithWallets {
		borrowFactory(t, o.Dir)
	}
	if o.Database == "" {
		storetest.Fill(t, o.Dir)
	}
	d, err := world.StartDemo(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(d.Stop)
	eventually(t, time.Minute, "the card network is signed on", d.App.Rail.Ready)
	return d
}

// factory is built once, in a folder that TestMain takes away: its keys take time.
var (
	factoryDir string
	factory    = sync.OnceValues(func() (dir string, err error) {
		if factoryDir, err = os.MkdirTemp("", "yifen-factory-"); err == nil {
			_, err = world.OpenFactory(factoryDir)
		}
		if err == nil {
			err = world.MakeWalletKeys(factoryDir)
		}
		return factoryDir, err
	})
)

// borrowFactory puts the factory of all tests into a demo's directory, unless it has one.
func borrowFactory(t testing.TB, dir string) {
	t.Helper()
	built, err := factory()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(dir, "factory")); err == nil {
		return
	}
	if err := os.CopyFS(dir, os.DirFS(built)); err != nil {
		t.Fatal(err)
	}
}

func get(t testing.TB, url string) (int, string) {
	t.Helper()
	resp, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(body)
}

func TestDemo_isReadyAndTellsHowItIs(t *testing.T) {
	d := startDemo(t, world.DemoOptions{})
	base := "http://" + d.App.HTTP.Addr().String()
	for _, path := range []string{"/healthz", "/readyz", "/metrics"} {
		if status, body := get(t, base+path); status != http.StatusOK {
			t.Errorf("%s answers %d: %s", path, status, body)
		}
	}
	if status, body := get(t, "http://"+d.Options.Bench+"/"); status != http.StatusOK {
		t.Errorf("the bench answers %d: %s", status, body)
	}
}

func TestDemo_refusesAnAddressThatOthersReach(t *testing.T) {
	_, err := world.StartDemo(context.Background(), world.DemoOptions{Dir: t.TempDir(), ISO: "0.0.0.0:8583"})
	if err == nil {
		t.Fatal("the demo listens on every interface")
	}
}

package world_test

import (
	"context"
	"io"
	"net/http"
	"testing"
	"time"

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
	for _, a := range []*string{&o.HTTP, &o.ISO, &o.Bench, &o.Printer, &o.Network} {
		if *a == "" {
			*a = "127.0.0.1:0"
		}
	}
	d, err := world.StartDemo(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(d.Stop)
	eventually(t, 10*time.Second, "the card network is signed on", d.App.Rail.Ready)
	return d
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

package registry_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/yifen-pay/yifen/internal/domain/terminal"
	"github.com/yifen-pay/yifen/internal/rail/registry"
	"github.com/yifen-pay/yifen/internal/sim/kit"
	simregistry "github.com/yifen-pay/yifen/internal/sim/registry"
)

func TestReport(t *testing.T) {
	dir := t.TempDir()
	config := simregistry.Config{Dir: dir, Secret: []byte("shared"), Clock: kit.NewClock(), Wall: time.Now}
	register, err := simregistry.New(config)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(register.Handler())
	defer server.Close()
	rail := &registry.Registry{URL: server.URL + "/terminals", Acquirer: "48221234", Secret: []byte("shared"), Client: http.DefaultClient, Wall: time.Now}
	binding := func(number, serial string, version int64) terminal.Binding {
		return terminal.Binding{
			Number: number, Serial: serial, Version: version, Acquirer: "48221234",
			Facts: terminal.Facts{
				MerchantNumber: "898460154110001", MerchantName: "Shop", Category: "5411", RegistrationMasked: "91**********1234",
				AccountMasked: "6222****0001", Place: terminal.Place{Area: "460106", Address: "1 Longkun Road"},
			},
		}
	}
	report := func(b terminal.Binding) (string, string) {
		t.Helper()
		reference, refused, err := rail.Report(t.Context(), b)
		if err != nil {
			t.Fatal(err)
		}
		return reference, refused
	}
	first, refused := report(binding("29000010", "YF-1", 1))
	if first == "" || refused != "" {
		t.Fatalf("%q, refused: %q", first, refused)
	}
	if again, _ := report(binding("29000010", "YF-1", 1)); again != first {
		t.Errorf("the same report got %q, then %q", first, again)
	}
	if _, refused := report(binding("29000011", "YF-1", 1)); refused == "" {
		t.Error("a second terminal was taken under one serial number")
	}
	if _, refused := report(binding("29000010", "YF-2", 2)); refused != "" {
		t.Errorf("other hardware of the terminal was refused: %s", refused)
	}
	if _, refused := report(binding("29000011", "YF-1", 2)); refused != "" {
		t.Errorf("a serial number that is free again was refused: %s", refused)
	}
	if _, refused := report(terminal.Binding{Number: "29000012", Version: 1}); refused == "" {
		t.Error("a report that misses nearly all was taken")
	}

	register.SetDown(true)
	if _, _, err := rail.Report(t.Context(), binding("29000013", "YF-3", 1)); !errors.Is(err, registry.ErrUnanswered) {
		t.Errorf("a register that is down: %v", err)
	}
	register.SetDown(false)
	stranger := *rail
	stranger.Secret = []byte("other")
	if _, _, err := stranger.Report(t.Context(), binding("29000013", "YF-3", 1)); !errors.Is(err, registry.ErrUnanswered) {
		t.Errorf("a stranger's report: %v", err)
	}
	if err := register.Close(); err != nil {
		t.Fatal(err)
	}
	reopened, err := simregistry.New(config)
	if err != nil {
		t.Fatal(err)
	}
	defer reopened.Close()
	if got := reopened.Entries(); len(got) != 3 || got[2].Reference != first {
		t.Errorf("after a restart the register holds %+v", got)
	}
}

package world_test

import (
	"context"
	"strings"
	"testing"

	"github.com/yifen-pay/yifen/internal/app"
	"github.com/yifen-pay/yifen/internal/sim/cardnet"
	"github.com/yifen-pay/yifen/internal/world"
)

// What everybody knows protects nobody: neither the demo's member key, however it is written, nor records
// whose terminals have the demo's keys are served to others.
func TestHost_servesNobodyWithTheDemosKeys(t *testing.T) {
	for zmk, refused := range map[string]bool{
		cardnet.DemoZMK:                  true,
		strings.ToLower(cardnet.DemoZMK): true,
		strings.Repeat("5A", 16):         false,
	} {
		c, _ := app.Load("", []string{"YIFEN_CARDNET_ZMK=" + zmk}, nil)
		err := world.RefuseDemoKeys(c)
		if (err != nil) != refused {
			t.Errorf("refused %t, want %t", err != nil, refused)
		}
		if err != nil && strings.Contains(strings.ToUpper(err.Error()), strings.ToUpper(zmk)) {
			t.Error("the refusal shows the key")
		}
	}
	d := startDemo(t, world.DemoOptions{Quick: true})
	if err := world.RefuseDemoData(context.Background(), d.App); err == nil {
		t.Error("the demo's records would be served")
	}
	proveBooks(t, d)
}

package world_test

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"testing"

	"github.com/yifen-pay/yifen/internal/store/pgtest"
	"github.com/yifen-pay/yifen/internal/world"
)

// TestCodes_inABrowser is payments by code as people see them: web/test/codes.mjs plays a printed code, a shown and a
// scanned one, a refund and the sound on the pages of a shop, its customers' phone and the operator. It needs Chromium, Node
// and what "npm ci" installs in web.
func TestCodes_inABrowser(t *testing.T) {
	missing := ""
	for _, program := range []string{"node", "chromium"} {
		if _, err := exec.LookPath(program); err != nil {
			missing = program + " is not installed"
		}
	}
	if _, err := os.Stat("../../web/node_modules/playwright-core"); errors.Is(err, fs.ErrNotExist) {
		missing = `"npm ci" was not run in web`
	}
	if missing != "" && os.Getenv(pgtest.NoSkip) != "1" {
		t.Skip(missing + ": codes are not seen by a browser")
	}
	if missing != "" {
		t.Fatal(missing)
	}
	d := startDemo(t, world.DemoOptions{})
	arguments := []string{"test/codes.mjs", "--base", "http://" + d.App.HTTP.Addr().String(), "--bench", "http://" + d.Options.Bench}
	if *shots != "" {
		arguments = append(arguments, "--shots", *shots)
	}
	play := exec.CommandContext(t.Context(), "node", arguments...)
	play.Dir = "../../web"
	told, err := play.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, told)
	}
	t.Logf("%s", told)
	proveBooks(t, d)
}

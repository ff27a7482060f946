package world_test

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/yifen-pay/yifen/internal/store/pgtest"
	"github.com/yifen-pay/yifen/internal/world"
)

// TestOnboarding_inABrowser is the same story as people see it: web/test/story.mjs plays it on the pages, from the
// registration of a shop owner to a cashier who accepts an invitation, and once more with languages and windows
// exchanged, so that each page of it is seen in both. It needs Chromium, Node and what "npm ci"
// installs in web.
func TestOnboarding_inABrowser(t *testing.T) {
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
		t.Skip(missing + ": the story is not seen by a browser")
	}
	if missing != "" {
		t.Fatal(missing)
	}
	for _, c := range []struct {
		name    string
		options []string
	}{
		{"company", nil}, // the owner has Chinese and a telephone, the staff have English and a desk
		{"micro", []string{"--mirror"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := startDemo(t, world.DemoOptions{})
			arguments := []string{"test/story.mjs", "--base", "http://" + d.App.HTTP.Addr().String(), "--bench", "http://" + d.Options.Bench}
			arguments = append(arguments, c.options...)
			if *shots != "" {
				arguments = append(arguments, "--shots", filepath.Join(*shots, c.name))
			}
			play := exec.CommandContext(t.Context(), "node", arguments...)
			play.Dir = "../../web"
			told, err := play.CombinedOutput()
			if err != nil {
				t.Fatalf("%v\n%s", err, told)
			}
			t.Logf("%s", told)
			proveBooks(t, d)
		})
	}
}

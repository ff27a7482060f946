package world_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/yifen-pay/yifen/internal/store/pgtest"
	"github.com/yifen-pay/yifen/internal/world"
)

// program returns a program that an example needs. Where there is none the test is skipped, or fails if YIFEN_NO_SKIP=1.
func program(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil && os.Getenv(pgtest.NoSkip) != "1" {
		t.Skipf("%s is not installed: the example is not run", name)
	}
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// The examples of the documentation do what they say, against a demo as anybody starts it.
func TestExamples(t *testing.T) {
	d := startDemo(t, world.DemoOptions{})
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	for name, words := range map[string][]string{
		"go":         {"go", "run", "./docs/examples/go"},
		"typescript": {"node", "docs/examples/typescript/example.mjs"},
	} {
		t.Run(name, func(t *testing.T) {
			run := exec.CommandContext(t.Context(), program(t, words[0]), words[1:]...)
			run.Dir = root
			run.Env = append(os.Environ(), "YIFEN=http://"+d.App.HTTP.Addr().String(), "YIFEN_KEY="+world.DemoKey)
			raw, err := run.CombinedOutput()
			if err != nil {
				t.Fatalf("%v: %s", err, raw)
			}
			out := string(raw)
			told := regexp.MustCompile(`(?m)^terminals: (\d+)$`).FindStringSubmatch(out)
			if listed := strings.Count(out, "\nterminal ") + 1; told == nil || listed < 3 { // more than a page
				t.Errorf("%d terminals are listed: %s", listed, out)
			}
			if !regexp.MustCompile(`(?m)^exported bytes: [1-9]\d\d`).MatchString(out) || !strings.Contains(out, "\nproblem: ") {
				t.Errorf("the example says %s", out)
			}
		})
	}
}

// The types that the example states in its comments fit together, where the web pages' compiler is installed.
func TestExamples_types(t *testing.T) {
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	modules := filepath.Join(root, "web", "node_modules")
	compiler := filepath.Join(modules, ".bin", "tsc")
	if _, err := os.Stat(compiler); err != nil {
		t.Skip("the web's dependencies are not installed: the example's types are not checked")
	}
	raw, err := exec.CommandContext(t.Context(), compiler, "--noEmit", "--allowJs", "--checkJs", "--strict", "--target", "es2022",
		"--module", "nodenext", "--types", "node", "--typeRoots", filepath.Join(modules, "@types"),
		filepath.Join(root, "docs", "examples", "typescript", "example.mjs")).CombinedOutput()
	if err != nil {
		t.Errorf("%v: %s", err, raw)
	}
}

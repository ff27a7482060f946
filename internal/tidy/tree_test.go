package tidy

import (
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestReadme_showsTheTwoCommands keeps the promise that a newcomer needs one command to see yifen run and
// one to see it proved, in both languages.
func TestReadme_showsTheTwoCommands(t *testing.T) {
	for _, name := range []string{"README.md", "README.zh-CN.md"} {
		t.Run(name, func(t *testing.T) {
			text, err := os.ReadFile(filepath.Join(root, name))
			if errors.Is(err, os.ErrNotExist) {
				t.Skip(name + " is not written yet")
			}
			if err != nil {
				t.Fatal(err)
			}
			for _, command := range []string{"go run ./cmd/yifen demo", "go test ./..."} {
				if !strings.Contains(string(text), command) {
					t.Errorf("%s does not show the command %q: it is what a newcomer looks for", name, command)
				}
			}
		})
	}
}

// TestMigrations_arePaired keeps the two engines on one history.
func TestMigrations_arePaired(t *testing.T) {
	names := map[string][]string{}
	for _, engine := range []string{"sqlite", "postgres"} {
		entries, err := os.ReadDir(filepath.Join(root, "internal", "store", "migrations", engine))
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			t.Fatal(err)
		}
		for _, entry := range entries {
			if filepath.Ext(entry.Name()) == ".sql" {
				names[engine] = append(names[engine], entry.Name())
			}
		}
	}
	form := regexp.MustCompile(`^(\d{4,5})_[a-z0-9]+(_[a-z0-9]+)*\.sql$`)
	for engine, other := range map[string]string{"sqlite": "postgres", "postgres": "sqlite"} {
		numbers, width := map[string]string{}, 0
		for _, name := range names[engine] {
			match := form.FindStringSubmatch(name)
			if match == nil {
				t.Errorf("migrations/%s/%s: name it like 00012_add_shift.sql, the number zero padded", engine, name)
				continue
			}
			if first, taken := numbers[match[1]]; taken {
				t.Errorf("migrations/%s: %s and %s have one number: give the newer the next", engine, first, name)
			}
			numbers[match[1]] = name
			if width != 0 && len(match[1]) != width {
				t.Errorf("migrations/%s/%s: pad the number to %d digits like the others", engine, name, width)
			}
			width = len(match[1])
			if !slices.Contains(names[other], name) {
				t.Errorf("migrations/%s/%s has no partner in %s: both engines have one history", engine, name, other)
			}
		}
	}
}

package pgtest

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

// place makes a folder whose postgres says that it is of that version.
func place(t *testing.T, parent, folder, version string) {
	t.Helper()
	bin := filepath.Join(parent, folder, "bin")
	if err := os.MkdirAll(bin, 0o755); err != nil {
		t.Fatal(err)
	}
	script := fmt.Sprintf("#!/bin/sh\necho 'postgres (PostgreSQL) %s'\n", version)
	for _, name := range []string{"postgres", "initdb"} {
		if err := os.WriteFile(filepath.Join(bin, name), []byte(script), 0o755); err != nil {
			t.Fatal(err)
		}
	}
}

func TestInstall(t *testing.T) {
	for _, test := range []struct {
		name     string
		versions map[string]string
		want     string // folder, "" for none
	}{
		{"nothing there", nil, ""},
		{"only a version too old", map[string]string{"9.6": "9.6.24", "14": "14.11 (Debian 14.11-1)"}, ""},
		{"the newest, by number", map[string]string{"9.6": "9.6.24", "15": "15.18", "17": "17beta1"}, "17"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Setenv("PATH", "")
			parent := t.TempDir()
			for folder, version := range test.versions {
				place(t, parent, folder, version)
			}
			got, err := install([]string{filepath.Join(parent, "*", "bin")})
			if test.want == "" {
				if !errors.Is(err, ErrNotInstalled) {
					t.Fatalf("install = %q, %v, want ErrNotInstalled", got, err)
				}
				return
			}
			if want := filepath.Join(parent, test.want, "bin"); err != nil || got != want {
				t.Fatalf("install = %q, %v, want %q", got, err, want)
			}
		})
	}
}

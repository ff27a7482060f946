package pgtest

import (
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
)

// ErrNotInstalled says that no usable PostgreSQL was found on this machine.
var ErrNotInstalled = errors.New(
	"PostgreSQL binaries not found: install postgresql to run this on the server engine")

// majorMin is the oldest major version yifen supports.
const majorMin = 15

// places is where distributions put the server's binaries, which most of them keep off PATH: Debian,
// Red Hat, Homebrew on either processor.
var places = []string{
	"/usr/lib/postgresql/*/bin",
	"/usr/pgsql-*/bin",
	"/opt/homebrew/opt/postgresql@*/bin",
	"/usr/local/opt/postgresql@*/bin",
}

// install returns the folder of the newest PostgreSQL among the one on PATH and the folders that match
// patterns, or ErrNotInstalled.
func install(patterns []string) (string, error) {
	var folders []string
	if path, err := exec.LookPath("postgres"); err == nil {
		// initdb looks for postgres beside itself, so a link on PATH is followed to the real folder.
		if real, err := filepath.EvalSymlinks(path); err == nil {
			folders = append(folders, filepath.Dir(real))
		}
	}
	for _, pattern := range patterns {
		found, err := filepath.Glob(pattern)
		if err != nil {
			return "", fmt.Errorf("look for PostgreSQL in %s: %w", pattern, err)
		}
		folders = append(folders, found...)
	}
	best, newest := "", majorMin-1
	for _, folder := range folders {
		if major := majorOf(folder); major > newest {
			best, newest = folder, major
		}
	}
	if best == "" {
		return "", ErrNotInstalled
	}
	return best, nil
}

// The version is printed as "postgres (PostgreSQL) 15.4", with a distribution's remark or "beta1" after it.
var version = regexp.MustCompile(`\(PostgreSQL\) (\d+)`)

// majorOf returns the major version of the server in folder, 0 when there is none that can be run with
// initdb beside it.
func majorOf(folder string) int {
	if _, err := exec.LookPath(filepath.Join(folder, "initdb")); err != nil {
		return 0
	}
	out, err := exec.Command(filepath.Join(folder, "postgres"), "--version").Output()
	if err != nil {
		return 0
	}
	match := version.FindSubmatch(out)
	if match == nil {
		return 0
	}
	major, err := strconv.Atoi(string(match[1]))
	if err != nil {
		return 0
	}
	return major
}

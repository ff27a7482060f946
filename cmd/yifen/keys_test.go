package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"github.com/yifen-pay/yifen/internal/wire/cardcrypto"
	"github.com/yifen-pay/yifen/internal/wire/keyblock"
)

// Components that nobody holds, and what they make.
const (
	firstPart  = "0123456789ABCDEFFEDCBA9876543210:08D7B4FB"
	secondPart = "CA5D92598DCA48CE8A4C76361A9269E9:43C6CC"
	joined     = "CB7ED73E0461852174 90CCAE6CC65BF9"
)

// runKeys runs a key command under a key-encryption key of its own.
func runKeys(t *testing.T, stdin string, args ...string) (string, error) {
	t.Helper()
	t.Setenv("YIFEN_KEK", strings.Repeat("5A", 32))
	root := &cobra.Command{Use: "yifen", SilenceUsage: true, SilenceErrors: true}
	root.AddCommand(keysCommand())
	var out bytes.Buffer
	root.SetOut(&out)
	root.SetErr(&out)
	root.SetIn(strings.NewReader(stdin))
	root.SetArgs(append([]string{"keys"}, args...))
	err := root.ExecuteContext(t.Context())
	return out.String(), err
}

// lines runs a key command and returns the lines that it prints.
func lines(t *testing.T, stdin string, args ...string) []string {
	t.Helper()
	out, err := runKeys(t, stdin, args...)
	if err != nil {
		t.Fatalf("%v: %v", args[0], err)
	}
	return strings.Split(strings.TrimSpace(out), "\n")
}

func checkValueOf(t *testing.T, digits string) string {
	t.Helper()
	value, err := secretHex(digits, "key")
	if err != nil {
		t.Fatal(err)
	}
	key, err := cardcrypto.NewDESKey(value)
	if err != nil {
		t.Fatal(err)
	}
	return upperHex(key.CheckValue())
}

func TestKeys_combine(t *testing.T) {
	want := checkValueOf(t, joined)
	out, err := runKeys(t, "", "combine", "--component", firstPart, "--component", secondPart)
	if err != nil || out != want+"\n" {
		t.Errorf("printed %q, want %q (%v)", out, want, err)
	}
	out, err = runKeys(t, firstPart+"\n"+secondPart+"\n", "combine", "--reveal", "--component", "-", "--component", "-")
	if err != nil || out != want+"\nkey "+strings.ReplaceAll(joined, " ", "")+"\n" {
		t.Errorf("printed %d bytes (%v)", len(out), err)
	}
	for name, args := range map[string][]string{
		"one component":       {"--component", firstPart},
		"no check value":      {"--component", firstPart[:32], "--component", secondPart},
		"another check value": {"--component", firstPart[:33] + "000000", "--component", secondPart},
		"not hexadecimal":     {"--component", "0X" + firstPart[2:], "--component", secondPart},
		"twice the same":      {"--component", firstPart, "--component", firstPart},
		"cipher":              {"--cipher", "idea", "--component", firstPart, "--component", secondPart},
	} {
		out, err := runKeys(t, "", append([]string{"combine"}, args...)...)
		if err == nil || strings.Contains(err.Error()+out, firstPart[:8]) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestKeys_ceremony makes components, brings them together in files, and takes the key over to another party
// and back.
func TestKeys_ceremony(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "ceremony")
	said := lines(t, "", "components", "--dir", folder)
	if len(said) != 4 {
		t.Fatalf("printed %d lines, want the check values of the key and of three components", len(said))
	}
	var given []string
	for _, name := range []string{"component1", "component2", "component3"} {
		file := filepath.Join(folder, name)
		info, err := os.Stat(file)
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Fatalf("%s may be read by others: %v", name, err)
		}
		given = append(given, "--component", "@"+file)
	}
	if _, err := runKeys(t, "", "components", "--dir", folder); err == nil {
		t.Error("components were written over others")
	}
	if got := lines(t, "", append([]string{"combine"}, given...)...); got[0] != said[0] {
		t.Errorf("the key has the check value %s, want %s", got[0], said[0])
	}
	wrapped := lines(t, "", append([]string{"wrap"}, given...)...)
	if wrapped[1] != "kcv "+said[0] {
		t.Errorf("wrapped with %s, want %s", wrapped[1], said[0])
	}
	if got := lines(t, "", "kcv", wrapped[0]); strings.Join(got, ",") != said[0]+",use master,cipher 3des,exportability E" {
		t.Errorf("kcv printed %q", got)
	}

	aes := filepath.Join(t.TempDir(), "kbpk")
	lines(t, "", "components", "--cipher", "aes", "--bytes", "32", "--holders", "2", "--dir", aes)
	kbpk := lines(t, "", "wrap", "--use", "block-protection", "--cipher", "aes",
		"--component", "@"+filepath.Join(aes, "component1"), "--component", "@"+filepath.Join(aes, "component2"))
	block := lines(t, "", "export", "--kbpk", kbpk[0], "--exportability", "N", wrapped[0])
	read, err := keyblock.Parse(block[0])
	if err != nil || read.Header.Usage != "K0" || read.Header.Exportability != 'N' || block[1] != "kcv "+said[0] {
		t.Fatalf("a key block of %q, %v", block, err)
	}
	back := lines(t, kbpk[0]+"\n", "import", "--kbpk", "-", "--use", "master", block[0])
	if back[1] != "kcv "+said[0] {
		t.Errorf("came back with %s, want %s", back[1], said[0])
	}
	if _, err := runKeys(t, "", "export", "--kbpk", kbpk[0], back[0]); err == nil {
		t.Error("a key that is not exportable was exported")
	}
	for name, args := range map[string][]string{
		"for another use": {"import", "--kbpk", kbpk[0], "--use", "pin", block[0]},
		"for no use":      {"import", "--kbpk", kbpk[0], "--use", "tea", block[0]},
		"exportability":   {"export", "--kbpk", kbpk[0], "--exportability", "never", wrapped[0]},
		"no key":          {"kcv", "00"},
		"damaged":         {"kcv", wrapped[0][:len(wrapped[0])-2]},
		"use of a wrap":   append([]string{"wrap", "--use", "mac"}, given...),
	} {
		if out, err := runKeys(t, "", args...); err == nil {
			t.Errorf("%s: printed %d bytes", name, len(out))
		}
	}
}

func TestKeys_json(t *testing.T) {
	out, err := runKeys(t, "", "components", "--holders", "2", "--json")
	var figures map[string]string
	if err != nil || json.Unmarshal([]byte(out), &figures) != nil || len(figures) != 3 {
		t.Fatalf("JSON of %d figures, %v", len(figures), err)
	}
	if _, err := runKeys(t, "", "combine", "--component", figures["component1"], "--component", figures["component2"]); err != nil {
		t.Error(err)
	}
}

// TestKeys_terminal asks to print components on a device of characters, as a terminal is.
func TestKeys_terminal(t *testing.T) {
	device, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer device.Close()
	if info, err := device.Stat(); err != nil || info.Mode()&os.ModeCharDevice == 0 {
		t.Skip("there is no device of characters to write to here")
	}
	for args, allowed := range map[string]bool{
		"components": false, "components --reveal": true, "components --dir " + t.TempDir(): true,
		"combine --component " + firstPart + " --component " + secondPart: true,
	} {
		c := keysCommand()
		c.SilenceUsage, c.SilenceErrors = true, true
		c.SetOut(device)
		c.SetArgs(strings.Fields(args))
		if err := c.ExecuteContext(t.Context()); (err == nil) != allowed {
			t.Errorf("%s: %v", args, err)
		} else if err != nil && !strings.Contains(err.Error(), "--reveal") {
			t.Errorf("%s: the error does not say what to do: %v", args, err)
		}
	}
}

func TestKeys_module(t *testing.T) {
	wrapped := lines(t, "", "wrap", "--component", firstPart, "--component", secondPart)[0]
	file := filepath.Join(t.TempDir(), "kek")
	if err := os.WriteFile(file, []byte(strings.Repeat("5A", 32)+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	conf := filepath.Join(t.TempDir(), "yifen.conf")
	if err := os.WriteFile(conf, []byte("kek-file = "+file+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		kek  string
		args []string
		ok   bool
	}{
		"by the environment": {strings.Repeat("5A", 32), nil, true},
		"by a file":          {"", []string{"--kek-file", file}, true},
		"by configuration":   {"", []string{"--config", conf}, true},
		"under another key":  {strings.Repeat("A5", 32), nil, false},
		"no key":             {"", nil, false},
		"twice":              {strings.Repeat("5A", 32), []string{"--kek-file", file}, false},
		"no configuration":   {"", []string{"--config", conf + "x"}, false},
		"in no token":        {strings.Repeat("5A", 32), []string{"--pkcs11-library", file}, false},
	} {
		t.Setenv("YIFEN_KEK", test.kek)
		c := keysCommand()
		c.SilenceUsage, c.SilenceErrors = true, true
		var out bytes.Buffer
		c.SetOut(&out)
		c.SetArgs(append([]string{"kcv", wrapped}, test.args...))
		err := c.ExecuteContext(t.Context())
		if (err == nil) != test.ok || test.ok && !strings.HasPrefix(out.String(), checkValueOf(t, joined)) {
			t.Errorf("%s: printed %q, %v", name, out.String(), err)
		}
	}
	if _, err := runKeys(t, "", "provision"); err == nil || !strings.Contains(err.Error(), "--pkcs11-library") {
		t.Errorf("provision without a library: %v", err)
	}
}

func TestKeys_file(t *testing.T) {
	transport := lines(t, "", "wrap", "--component", firstPart, "--component", secondPart)[0]
	file := filepath.Join(t.TempDir(), "keys.txt")
	made := lines(t, "", "file", "make", "--transport", transport, "--out", file, "29000001", "29000002")
	if len(made) != 2 || !strings.HasPrefix(made[1], "29000002 0201") {
		t.Fatalf("%d lines", len(made))
	}
	out, err := runKeys(t, "", "file", "read", "--transport", transport, "--json", file)
	var read []struct{ Terminal, Wrapped, KCV string }
	if err != nil || json.Unmarshal([]byte(out), &read) != nil || len(read) != 2 {
		t.Fatalf("%d keys, %v", len(read), err)
	}
	for i, key := range read {
		if fields := strings.Fields(made[i]); key.Terminal != fields[0] || key.KCV != fields[2] {
			t.Errorf("%s came with %s, made was %s with %s", key.Terminal, key.KCV, fields[0], fields[2])
		}
		if got := lines(t, "", "kcv", key.Wrapped); got[0] != key.KCV {
			t.Errorf("%s has the check value %s, want %s", key.Terminal, got[0], key.KCV)
		}
	}
	if _, err := runKeys(t, "", "file", "make", "--transport", transport, "--out", file, "29000003"); err == nil {
		t.Error("a key file was written over another")
	}
	fresh := file + ".2"
	if _, err := runKeys(t, "", "file", "make", "--transport", transport, "--out", fresh, "29000003", "29000003"); err == nil {
		t.Error("a terminal stands in the file twice")
	}
	if _, err := os.Stat(fresh); !os.IsNotExist(err) {
		t.Errorf("a key file that failed was left behind: %v", err)
	}
	if err := os.WriteFile(fresh, []byte("29000001 3des 00 00\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := runKeys(t, "", "file", "read", "--transport", transport, fresh); err == nil || !strings.Contains(err.Error(), "line 1") {
		t.Errorf("a bad line: %v", err)
	}
}

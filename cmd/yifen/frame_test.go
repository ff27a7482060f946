package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// run runs a command with its arguments and standard input and returns what it printed.
func run(t testing.TB, stdin string, args ...string) (out string, err error) {
	t.Helper()
	root := &cobra.Command{Use: "yifen", SilenceUsage: true, SilenceErrors: true}
	root.AddCommand(terminalCommand(), frameCommand(), calcCommand())
	var b bytes.Buffer
	root.SetOut(&b)
	root.SetErr(&b)
	root.SetIn(strings.NewReader(stdin))
	root.SetArgs(args)
	err = root.ExecuteContext(t.Context())
	return b.String(), err
}

// TestFrameDecode_golden reads testdata/frame/*.txt: a command line, the input, and what it prints, parted by
// lines of "--".
func TestFrameDecode_golden(t *testing.T) {
	files, err := filepath.Glob("testdata/frame/*.txt")
	if err != nil || len(files) < 5 {
		t.Fatalf("%d golden files, %v", len(files), err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			raw, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			parts := strings.SplitN(string(raw), "--\n", 3)
			if len(parts) < 2 {
				t.Fatal("a golden file is a command line, --, the input, --, and the output")
			}
			got, err := run(t, parts[1], strings.Fields(parts[0])...)
			if err != nil {
				got += "ends with: " + err.Error() + "\n"
			}
			if *update {
				if err := os.WriteFile(file, []byte(parts[0]+"--\n"+parts[1]+"--\n"+got), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if len(parts) != 3 || parts[2] != got {
				t.Errorf("got\n%s", got)
			}
		})
	}
}

const echoHex = "0034600001000060320032000108200000000000C0001032393030303030313839383239303035343131303030310011000000013010"

func TestReadHex(t *testing.T) {
	frame := "6000010000603200320001" + "0820" + "0000000000C00010" + "323930303030303138393832393030353431313030303131"
	spaced := strings.Join(split(frame, 2), " ")
	rows := split(frame, 32)
	dump := func(offset, end string) string {
		var b strings.Builder
		for i, row := range rows {
			b.WriteString([]string{"00000000", "00000010", "00000020"}[i][8-len(offset):] + end + strings.Join(split(row, 2), " ") + "   abcdef 12 34\n")
		}
		return b.String()
	}
	for name, text := range map[string]string{
		"bare":          frame,
		"lower case":    strings.ToLower(frame),
		"spaces":        spaced,
		"lines":         strings.Join(rows, "\n"),
		"windows lines": strings.Join(rows, "\r\n") + "\r\n",
		"0x":            "0x" + frame,
		"colons":        strings.Join(split(frame, 2), ":"),
		"C array":       "0x" + strings.Join(split(frame, 2), ", 0x"),
		"tcpdump":       dump("0000", "  "),
		"wireshark":     dump("0000", "   "),
		"with colon":    dump("00000000", ": "),
		"xxd": "00000000: " + strings.Join(split(rows[0], 4), " ") + "  `....`2.2...  ..\n" +
			"00000010: " + strings.Join(split(rows[1], 4), " ") + "  ....29000001\n" +
			"00000020: " + strings.Join(split(rows[2], 4), " ") + "  8982900541\n",
		"hexdump -C": "00000000  " + strings.Join(split(rows[0][:16], 2), " ") + "  " + strings.Join(split(rows[0][16:], 2), " ") + "  |`...|\n" +
			"00000010  " + strings.Join(split(rows[1][:16], 2), " ") + "  " + strings.Join(split(rows[1][16:], 2), " ") + "  |....|\n" +
			"00000020  " + strings.Join(split(rows[2], 2), " ") + "  |11|\n0000002d\n",
	} {
		got, err := readHex(text)
		if err != nil || !strings.EqualFold(upperHex(got), frame) {
			t.Errorf("%s: %x, %v", name, got, err)
		}
	}
	for name, text := range map[string]string{"nothing": "", "blank": " \n", "half a byte": "601", "words": "hello", "second line": "6000\nzz"} {
		if got, err := readHex(text); err == nil {
			t.Errorf("%s gave %x", name, got)
		}
	}
}

// split cuts s into pieces of n characters.
func split(s string, n int) (pieces []string) {
	for ; len(s) > n; s = s[n:] {
		pieces = append(pieces, s[:n])
	}
	return append(pieces, s)
}

func FuzzReadHex(f *testing.F) {
	f.Add(echoHex)
	f.Add("0000  60 00 01 |..|\n0003  00")
	f.Add("00000000: 6000 0100  `...")
	f.Fuzz(func(t *testing.T, text string) {
		raw, err := readHex(text)
		if err == nil && len(raw) == 0 {
			t.Error("an empty frame without an error")
		}
		if len(raw) > len(text) {
			t.Errorf("%d bytes from %d characters", len(raw), len(text))
		}
	})
}

func TestFrameEncode_isReadBack(t *testing.T) {
	const plain = `{"tpdu":"6000010000","header":"603200320001","mti":"0820","fields":{"41":"29000001","42":"898290054110001","60":"00000001301"}}`
	got, err := run(t, "", "frame", "encode", plain)
	if err != nil || strings.TrimSpace(got) != echoHex {
		t.Fatalf("encoded %s, %v", got, err)
	}
	out, err := run(t, plain, "frame", "encode", "--json")
	var line struct {
		Hex   string
		Bytes int
	}
	if err := errors.Join(err, json.Unmarshal([]byte(out), &line)); err != nil || line.Hex != echoHex || line.Bytes != len(echoHex)/2 {
		t.Errorf("JSON %s, %v", out, err)
	}
	if out, err := run(t, got, "frame", "decode"); err != nil || !strings.Contains(out, "no findings") {
		t.Errorf("decoded %s, %v", out, err)
	}
}

func TestFrame_refuses(t *testing.T) {
	card := "6216261000000000018"
	for name, args := range map[string][]string{
		"profile":       {"frame", "decode", "--profile", "visa", echoHex},
		"not hex":       {"frame", "decode", "frame"},
		"two arguments": {"frame", "decode", "60", "00"},
		"not JSON":      {"frame", "encode", `{"fields":{"2":` + card + `}}`},
		"unknown key":   {"frame", "encode", `{"mti":"0200","pan":"` + card + `"}`},
		"field too big": {"frame", "encode", `{"tpdu":"6000010000","header":"603200320001","mti":"0200","fields":{"3":"` + card + `"}}`},
	} {
		out, err := run(t, "", args...)
		if err == nil {
			t.Errorf("%s was accepted: %s", name, out)
		} else if strings.Contains(err.Error(), card) {
			t.Errorf("%s: the error shows the card number", name)
		}
	}
}

package iso8583_test

import (
	"bytes"
	"encoding/hex"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/yifen-pay/yifen/internal/wire/iso8583"
)

var update = flag.Bool("update", false, "write the descriptions of testdata/messages anew")

// Each file of testdata/messages is a spec's name, a request and its answer as they went over a socket between
// the demo's terminal and host, and what they are laid out as. The keys behind them were made for one run
// and are gone.
func TestMessages_golden(t *testing.T) {
	files, err := filepath.Glob("testdata/messages/*.txt")
	if err != nil || len(files) < 40 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	specs := map[string]*iso8583.Spec{"terminal": iso8583.Terminal, "terminal-sm4": iso8583.TerminalSM4}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			raw, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			parts := strings.SplitN(string(raw), "\n\n", 4)
			spec := specs[parts[0]]
			if spec == nil || len(parts) < 3 {
				t.Fatalf("the file has %d parts, the spec %q", len(parts), parts[0])
			}
			var laid strings.Builder
			for _, text := range parts[1:3] {
				wire, err := hex.DecodeString(strings.Join(strings.Fields(text), ""))
				if err != nil {
					t.Fatal(err)
				}
				holdMessage(t, spec, wire)
				laid.WriteString(inWords(iso8583.Describe(spec, wire)) + "\n")
			}
			want := strings.Join(append(parts[:3:3], laid.String()), "\n\n")
			if *update {
				if err := os.WriteFile(file, []byte(want), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if string(raw) != want {
				t.Errorf("the messages are laid out as\n%s", laid.String())
			}
		})
	}
}

// holdMessage demands that a message packs back to its very bytes.
func holdMessage(t *testing.T, spec *iso8583.Spec, wire []byte) {
	t.Helper()
	frame, err := iso8583.ParseFrame(wire[2:])
	if err != nil {
		t.Fatal(err)
	}
	var m iso8583.Message
	if err := spec.Unpack(frame.Body, &m); err != nil {
		t.Fatal(err)
	}
	if frame.Body, err = spec.Append(nil, &m); err != nil {
		t.Fatal(err)
	}
	if got := iso8583.AppendFrame(nil, frame); !bytes.Equal(got, wire) {
		t.Errorf("packed back:\n%x\nwant\n%x", got, wire)
	}
}

// inWords writes a description as lines: where, what, and what it holds, masked.
func inWords(d iso8583.Description) string {
	var b strings.Builder
	for _, r := range d.Rows {
		name := r.Part
		if name == "" && r.Field > 1 {
			name = "F" + strconv.Itoa(r.Field)
		}
		value := r.Value
		if r.Field == 52 || r.Field == 55 || r.Field == 64 { // bytes, apart, so that no eight of them look like a number
			value = pairsOf(value)
		}
		b.WriteString(strings.TrimRight(fmt.Sprintf("%4d  %-6s %-32s %s", r.Offset, name, r.Name, value), " ") + "\n")
	}
	for _, f := range d.Findings {
		fmt.Fprintf(&b, "finding at %d: %s\n", f.Offset, f.Text)
	}
	return b.String()
}

func pairsOf(digits string) string {
	var b strings.Builder
	for i := 0; i < len(digits); i += 2 {
		b.WriteString(digits[i:min(i+2, len(digits))] + " ")
	}
	return b.String()
}

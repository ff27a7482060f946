package main

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/yifen-pay/yifen/internal/sim/pos"
	"github.com/yifen-pay/yifen/internal/wire/emv"
	"github.com/yifen-pay/yifen/internal/wire/iso8583"
)

// frameProfiles are the dialects that `yifen frame` reads.
var frameProfiles = map[string]*iso8583.Spec{
	"cup": iso8583.Terminal, "cup-sm4": iso8583.TerminalSM4, "ums": iso8583.TerminalUMS, "network": iso8583.Network,
}

const frameHelp = `Read and write ISO 8583 frames.

decode lays a frame out field by field and names everything that is wrong or odd about it. Card numbers show their
first six and last four digits; expiry, tracks, PIN blocks and keys are stars, so the output can be passed on.
The frame comes as hexadecimal from the argument or from standard input; spaces, line breaks, 0x and the offsets and
text columns of hexdump -C, xxd, tcpdump and Wireshark are understood. The exit code is 1 when there are findings.

encode packs a frame from JSON: {"tpdu": "6000010000", "header": "603200320001", "mti": "0820",
"fields": {"41": "29000001", "42": "898290054110001", "60": "00000001301"}}. Binary fields are in hexadecimal.`

const frameExamples = `  yifen frame decode 0034600001000060320032000108200000000000C0001032393030303030313839383239303035343131303030310011000000013010
  yifen frame decode --profile network --json < capture.hex
  xxd capture.bin | yifen frame decode
  yifen frame encode '{"tpdu":"6000010000","header":"603200320001","mti":"0820","fields":{"41":"29000001","42":"898290054110001","60":"00000001301"}}'`

func frameCommand() *cobra.Command {
	var profile string
	var asJSON bool
	c := &cobra.Command{
		Use: "frame", Short: "Read and write ISO 8583 frames 报文解析与组装", Long: frameHelp, Example: frameExamples,
		Args: cobra.NoArgs, RunE: func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.PersistentFlags().StringVar(&profile, "profile", "cup", "dialect: cup, cup-sm4, ums or network")
	c.PersistentFlags().BoolVar(&asJSON, "json", false, "print JSON instead of text")
	c.AddCommand(
		&cobra.Command{
			Use: "decode [HEX]", Short: "Lay a frame out, masked, with every finding", Args: cobra.MaximumNArgs(1),
			RunE: func(c *cobra.Command, args []string) error {
				spec, text, err := frameInput(c, profile, args)
				if err != nil {
					return err
				}
				frame, err := readHex(text)
				if err != nil {
					return err
				}
				d := describeFrame(spec, frame)
				if asJSON {
					err = printJSON(c.OutOrStdout(), d)
				} else {
					err = printFrame(c.OutOrStdout(), d, len(frame))
				}
				if err == nil && len(d.Findings) > 0 {
					err = exitCode(1)
				}
				return err
			},
		},
		&cobra.Command{
			Use: "encode [JSON]", Short: "Pack a frame from JSON", Args: cobra.MaximumNArgs(1),
			RunE: func(c *cobra.Command, args []string) error {
				spec, text, err := frameInput(c, profile, args)
				if err != nil {
					return err
				}
				frame, err := encodeFrame(spec, text)
				if err != nil {
					return err
				}
				out := strings.ToUpper(hex.EncodeToString(frame))
				if asJSON {
					return printJSON(c.OutOrStdout(), map[string]any{"hex": out, "bytes": len(frame)})
				}
				_, err = fmt.Fprintln(c.OutOrStdout(), out)
				return err
			},
		},
	)
	return c
}

// frameInputMax bounds what is read: a frame has at most 64 KiB, a dump of it about five times that.
const frameInputMax = 1 << 20

// frameInput returns the profile and the text of the argument, or of standard input without one.
func frameInput(c *cobra.Command, profile string, args []string) (*iso8583.Spec, string, error) {
	spec, known := frameProfiles[profile]
	if !known {
		return nil, "", fmt.Errorf("unknown profile %q, use cup, cup-sm4, ums or network", profile)
	}
	if len(args) == 1 && args[0] != "-" {
		return spec, args[0], nil
	}
	if file, ok := c.InOrStdin().(*os.File); ok && len(args) == 0 {
		if info, err := file.Stat(); err == nil && info.Mode()&os.ModeCharDevice != 0 {
			return nil, "", errors.New("give the frame as an argument or on standard input")
		}
	}
	text, err := io.ReadAll(io.LimitReader(c.InOrStdin(), frameInputMax))
	if err != nil {
		return nil, "", fmt.Errorf("read standard input: %w", err)
	}
	return spec, string(text), nil
}

// readHex reads hexadecimal as people have it: bare, in groups, or as a dump with offsets and text.
func readHex(text string) ([]byte, error) {
	var out []byte
	number := 0
	for line := range strings.Lines(text) {
		number++
		digits := hexDigitsOf(line, len(out))
		raw, err := hex.DecodeString(digits)
		switch {
		case errors.Is(err, hex.ErrLength):
			return nil, fmt.Errorf("line %d has an odd number of hexadecimal digits: half a byte is missing", number)
		case err != nil:
			return nil, fmt.Errorf("line %d is not hexadecimal: give digits 0-9 and A-F, or a dump of hexdump -C, xxd or tcpdump", number)
		}
		out = append(out, raw...)
	}
	if len(out) == 0 {
		return nil, errors.New("the frame is empty: give it in hexadecimal")
	}
	return out, nil
}

// hexDigitsOf returns the digits of one line that follows so many bytes, without the offset and the text
// of a dump.
func hexDigitsOf(line string, before int) string {
	line, _, _ = strings.Cut(strings.TrimSpace(strings.ReplaceAll(line, "\t", " ")), "|")
	offset, rest, _ := strings.Cut(line, " ")
	bare := strings.TrimSuffix(strings.TrimPrefix(offset, "0x"), ":")
	at, err := strconv.ParseUint(bare, 16, 32)
	isOffset := err == nil && len(bare) >= 4 && len(bare) <= 8 && at == uint64(before) &&
		(rest != "" || before > 0 || strings.HasSuffix(offset, ":"))
	if !isOffset {
		return strings.NewReplacer(" ", "", "0x", "", "0X", "", ",", "", ":", "").Replace(line)
	}
	// A dump shows at most sixteen bytes on a line, then its text after a wider gap.
	var digits strings.Builder
	gap := 0
	for token := range strings.SplitSeq(strings.TrimLeft(rest, " "), " ") {
		if token == "" {
			gap++
			continue
		}
		_, err := hex.DecodeString(token)
		text := gap > 1 || gap == 1 && len(token) > 2 || err != nil && digits.Len() > 0
		if text || digits.Len() >= 32 {
			break
		}
		digits.WriteString(token)
		gap = 0
	}
	return digits.String()
}

// describeFrame lays a frame out and adds what other dictionaries know: names of chip data elements and
// meanings of response codes.
func describeFrame(spec *iso8583.Spec, frame []byte) iso8583.Description {
	d := iso8583.Describe(spec, frame)
	for i := range d.Rows {
		row := &d.Rows[i]
		switch {
		case row.Field == 55 && row.Part != "":
			if tag, err := strconv.ParseUint(row.Part, 16, 32); err == nil {
				if name := emv.Tag(tag).Name(); name != "" {
					row.Name = name
				}
			}
		case row.Field == 39 && len(row.Value) == 2:
			row.Value += " " + pos.Explain(row.Value).Meaning.EN
		}
	}
	return d
}

func printFrame(w io.Writer, d iso8583.Description, size int) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%d bytes, profile %s\n\n", size, d.Spec)
	name, format := 0, 0
	for _, row := range d.Rows {
		name, format = max(name, len(row.Name)+2*depth(row)), max(format, len(row.Format))
	}
	fmt.Fprintf(&b, "%6s  %-6s  %-*s  %-*s  %s\n", "OFFSET", "FIELD", name, "NAME", format, "FORMAT", "VALUE")
	for _, row := range d.Rows {
		fmt.Fprintf(&b, "%6d  %-6s  %-*s  %-*s  %s\n", row.Offset, fieldName(row), name,
			strings.Repeat("  ", depth(row))+row.Name, format, row.Format, row.Value)
		if row.Finding != "" {
			fmt.Fprintf(&b, "%6s  %-6s  ! %s\n", "", "", row.Finding)
		}
	}
	switch n := len(d.Findings); n {
	case 0:
		b.WriteString("\nno findings\n")
	default:
		b.WriteString("\nfindings: " + strconv.Itoa(n) + "\n")
		for _, f := range d.Findings {
			fmt.Fprintf(&b, "  offset %d, %s: %s\n", f.Offset, fieldName(iso8583.Row{Field: f.Field}), f.Text)
		}
	}
	for line := range strings.Lines(b.String()) {
		if _, err := fmt.Fprintln(w, strings.TrimRight(line, " \n")); err != nil {
			return err
		}
	}
	return nil
}

// depth is how far a row lies below its field.
func depth(row iso8583.Row) int {
	if row.Field > 1 && row.Part != "" {
		return 1
	}
	return 0
}

func fieldName(row iso8583.Row) string {
	switch {
	case row.Field > 1 && row.Part != "":
		return row.Part
	case row.Field < 0:
		return "frame"
	case row.Field == 0:
		return "MTI"
	case row.Field == 1:
		return "bitmap"
	}
	return "F" + strconv.Itoa(row.Field)
}

func encodeFrame(spec *iso8583.Spec, text string) ([]byte, error) {
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.DisallowUnknownFields()
	var plain iso8583.Plain
	if err := decoder.Decode(&plain); err != nil {
		// The decoder's own words may repeat what it read, which may be a card number.
		return nil, errors.New(`not the JSON of a frame: give {"tpdu", "header", "mti", "fields": {"41": "…"}} with values as strings`)
	}
	return iso8583.Encode(spec, plain)
}

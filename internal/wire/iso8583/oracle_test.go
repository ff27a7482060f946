package iso8583_test

import (
	"bytes"
	"fmt"
	"testing"

	moov "github.com/moov-io/iso8583"
	"github.com/moov-io/iso8583/encoding"
	"github.com/moov-io/iso8583/field"
	"github.com/moov-io/iso8583/prefix"
	"pgregory.net/rapid"

	"github.com/yifen-pay/yifen/internal/wire/iso8583"
)

// trackBCD packs track data for the oracle, whose own encodings know no separator nibble.
type trackBCD struct{}

func (trackBCD) Encode(src []byte) ([]byte, error) {
	out := make([]byte, (len(src)+1)/2)
	for i, c := range src {
		n := c - '0'
		if c == 'D' {
			n = 0xD
		} else if n > 9 {
			return nil, fmt.Errorf("byte %d of a track is no digit", i)
		}
		out[i/2] |= n << (4 * (1 - i%2))
	}
	return out, nil
}

func (trackBCD) Decode(src []byte, n int) ([]byte, int, error) {
	size := (n + 1) / 2
	if len(src) < size {
		return nil, 0, fmt.Errorf("%d bytes left, %d needed", len(src), size)
	}
	out := make([]byte, n)
	for i := range out {
		nibble := src[i/2] >> (4 * (1 - i%2)) & 15
		switch {
		case nibble <= 9:
			out[i] = '0' + nibble
		case nibble == 0xD:
			out[i] = 'D'
		default:
			return nil, 0, fmt.Errorf("nibble %d of a track is no digit", i)
		}
	}
	return out, size, nil
}

// trackASCII turns the separator of values into the one of the network leg.
type trackASCII struct{}

func (trackASCII) Encode(src []byte) ([]byte, error) {
	return bytes.ReplaceAll(src, []byte("D"), []byte("=")), nil
}

func (trackASCII) Decode(src []byte, n int) ([]byte, int, error) {
	if len(src) < n {
		return nil, 0, fmt.Errorf("%d bytes left, %d needed", len(src), n)
	}
	return bytes.ReplaceAll(src[:n], []byte("="), []byte("D")), n, nil
}

// oracleSpec builds the table of spec again from the encodings of the other library.
func oracleSpec(spec *iso8583.Spec) *moov.MessageSpec {
	ascii := spec.Packing() == iso8583.ASCII
	prefixes := prefix.BCD
	digits, right, track := encoding.Encoder(encoding.LBCD), encoding.Encoder(encoding.BCD), encoding.Encoder(trackBCD{})
	if ascii {
		prefixes, digits, right, track = prefix.ASCII, encoding.ASCII, encoding.ASCII, trackASCII{}
	}
	fields := map[int]field.Field{
		0: field.NewString(&field.Spec{Length: 4, Enc: digits, Pref: prefixes.Fixed}),
		1: field.NewBitmap(&field.Spec{
			Length: 8, Enc: encoding.Binary, Pref: prefix.Binary.Fixed,
			DisableAutoExpand: spec.Bitmap() == iso8583.Bitmap64,
		}),
	}
	for number := 2; number <= 128; number++ {
		row, known := spec.Field(number)
		if !known {
			continue
		}
		s := &field.Spec{Length: row.Max}
		switch row.Format {
		case iso8583.N:
			s.Enc = digits
			if row.Align == iso8583.Right {
				s.Enc = right
			}
		case iso8583.Z:
			s.Enc = track
		default:
			s.Enc = encoding.Binary
		}
		s.Pref = map[iso8583.Length]prefix.Prefixer{
			iso8583.Fixed: prefixes.Fixed, iso8583.LLVar: prefixes.LL, iso8583.LLLVar: prefixes.LLL,
		}[row.Length]
		fields[number] = field.NewString(s)
	}
	return &moov.MessageSpec{Fields: fields}
}

// drawMessage draws a message that spec can pack. Its MAC is always present, because the oracle
// leaves the second bitmap out when no field needs it.
func drawMessage(rt *rapid.T, spec *iso8583.Spec) *iso8583.Message {
	m := new(iso8583.Message)
	m.SetMTI(rapid.StringMatching(`0[1-8][0-9][0-9]`).Draw(rt, "MTI"))
	for number := 2; number <= int(spec.Bitmap())*8; number++ {
		row, known := spec.Field(number)
		if !known || number != spec.MACField() && !rapid.Bool().Draw(rt, "has") {
			continue
		}
		n := rapid.IntRange(row.Min, min(row.Max, row.Min+40)).Draw(rt, "length")
		if row.Format == iso8583.N || row.Format == iso8583.Z {
			value := rapid.SliceOfN(rapid.ByteRange('0', '9'), n, n).Draw(rt, "digits")
			if row.Format == iso8583.Z && n > 1 {
				value[n/2] = 'D'
			}
			m.SetBytes(number, value)
			continue
		}
		m.SetBytes(number, rapid.SliceOfN(rapid.Byte(), n, n).Draw(rt, "bytes"))
	}
	return m
}

func TestDifferential_oracle(t *testing.T) {
	for _, spec := range []*iso8583.Spec{iso8583.Terminal, iso8583.TerminalSM4, iso8583.Network} {
		oracle := oracleSpec(spec)
		t.Run(spec.Name(), rapid.MakeCheck(func(rt *rapid.T) {
			m := drawMessage(rt, spec)
			theirs := moov.NewMessage(oracle)
			theirs.MTI(m.MTI())
			for number := range m.Fields() {
				if err := theirs.BinaryField(number, m.Bytes(number)); err != nil {
					rt.Fatal(err)
				}
			}
			want, err := theirs.Pack()
			if err != nil {
				rt.Fatal(err)
			}
			got, err := spec.Append(nil, m)
			if err != nil {
				rt.Fatal(err)
			}
			if !bytes.Equal(got, want) {
				rt.Fatalf("packed\n%x\nthe oracle packs\n%x", got, want)
			}

			read, readTheirs := new(iso8583.Message), moov.NewMessage(oracle)
			if err := spec.Unpack(want, read); err != nil {
				rt.Fatal(err)
			}
			if err := readTheirs.Unpack(want); err != nil {
				rt.Fatal(err)
			}
			for number := 2; number <= int(spec.Bitmap())*8; number++ {
				if _, known := spec.Field(number); !known {
					continue
				}
				value, err := readTheirs.GetBytes(number)
				if err != nil {
					rt.Fatal(err)
				}
				if !bytes.Equal(read.Bytes(number), value) {
					rt.Fatalf("F%d unpacks to %q, the oracle's to %q", number, read.Get(number), value)
				}
			}
		}))
	}
}

package iso8583_test

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/yifen-pay/yifen/internal/wire/iso8583"
)

// canary is the demo card of every sample in this package.
const canary = "6216261000000000018"

// saleFrame is the chip sale in its frame.
func saleFrame(t testing.TB) []byte {
	t.Helper()
	_, body := chipSale(t)
	return iso8583.AppendFrame(nil, iso8583.Frame{
		TPDU: [5]byte{0x60, 0, 1, 0, 0}, Header: [6]byte{0x61, 0x32, 0, 0x32, 0x13, 0x11}, Body: body,
	})
}

func row(t *testing.T, d iso8583.Description, field int, part string) iso8583.Row {
	t.Helper()
	for _, r := range d.Rows {
		if r.Field == field && r.Part == part {
			return r
		}
	}
	t.Fatalf("no row for field %d %s", field, part)
	return iso8583.Row{}
}

func TestDescribe_sale(t *testing.T) {
	d := iso8583.Describe(iso8583.Terminal, saleFrame(t))
	if len(d.Findings) != 0 {
		t.Errorf("findings in a sound message: %v", d.Findings)
	}
	for _, want := range []struct {
		field            int
		part, raw, value string
	}{
		{-1, "TPDU", "6000010000", "6000010000"},
		{-1, "header", "613200321311", "613200321311"},
		{0, "", "0200", "0200"},
		{2, "", "621626*********00180", "621626*********0018"},
		{4, "", "000000012345", "000000012345"},
		{14, "", "****", "****"},
		{22, "", "0510", "051"},
		{23, "", "0001", "001"},
		{35, "", "621626*********0018D****************" + "*0", "621626*********0018D*****************"},
		{41, "", "3239303030303031", "29000001"},
		{52, "", "****************", "****************"},
		{55, "9F26", "5D016C91005E7CC2", "5D016C91005E7CC2"},
		{60, "", "22000001000600", "2200000100060"},
		{60, "60.1", "22", "22"},
		{60, "60.2", "000001", "000001"},
		{60, "60.5", "00", "0"},
		{64, "", "3841394539314238", "3841394539314238"},
	} {
		r := row(t, d, want.field, want.part)
		if r.Raw != want.raw || r.Value != want.value {
			t.Errorf("field %d %s: raw %s, value %s; want %s, %s", want.field, want.part, r.Raw, r.Value, want.raw, want.value)
		}
	}
	if r := row(t, d, 2, ""); r.Format != "LLVAR n..19" || r.Name != "primary account number" {
		t.Errorf("row = %+v", r)
	}
	if without := iso8583.Describe(iso8583.Terminal, saleFrame(t)[2:]); len(without.Findings) != 0 || len(without.Rows) != len(d.Rows)-1 {
		t.Errorf("without its length the frame has %d rows and findings %v", len(without.Rows), without.Findings)
	}
}

func TestDescribe_signIn(t *testing.T) {
	d := iso8583.Describe(iso8583.Terminal, unhex(t, signIn))
	if len(d.Findings) != 0 {
		t.Errorf("findings in the published message: %v", d.Findings)
	}
	if got := row(t, d, 62, "").Value; got != "Sequence No12306022003600" {
		t.Errorf("F62 = %q", got)
	}
	if got := row(t, d, 60, "60.3").Value; got != "003" {
		t.Errorf("60.3 = %q", got)
	}
}

// pack builds a frame of the terminal leg.
func pack(t testing.TB, spec *iso8583.Spec, mti string, fields map[int]string) []byte {
	t.Helper()
	var m iso8583.Message
	m.SetMTI(mti)
	for field, value := range fields {
		m.Set(field, value)
	}
	body, err := spec.Append(nil, &m)
	if err != nil {
		t.Fatal(err)
	}
	if spec.Bitmap() == iso8583.Bitmap128 {
		return iso8583.AppendNetworkFrame(nil, body)
	}
	return iso8583.AppendFrame(nil, iso8583.Frame{
		TPDU: [5]byte{0x60, 0, 1, 0, 0}, Header: [6]byte{0x60, 0x31, 0, 0x31, 0, 0}, Body: body,
	})
}

// shows returns what a reader of the description could find in it.
func shows(t testing.TB, d iso8583.Description) string {
	t.Helper()
	encoded, err := json.Marshal(d)
	if err != nil {
		t.Fatal(err)
	}
	return string(encoded)
}

func TestDescribe_hidesKeysAndCards(t *testing.T) {
	key := "\x67\x01\xEA\xD6\xA9\xAD\x51\xE5\x1A\xA4\x06\xE2\xC2\x7F\xCF\xA9\x8D\x0A\x74\xB8" +
		"\xB6\x51\xF9\xE9\xBA\xCE\x9A\xE1\x00\x00\x00\x00\x00\x00\x00\x00\xAB\x71\x53\xCA"
	packed := string(unhex(t, canary+"0"))
	base := map[int]string{11: "000001", 41: "29000001", 42: "898290054110001"}
	cases := []struct {
		name   string
		spec   *iso8583.Spec
		mti    string
		fields map[int]string
		secret []string
	}{
		{"keys of a sign-in", iso8583.Terminal, "0810", map[int]string{60: "00000001003", 62: key}, []string{"6701EAD6", "B651F9E9"}},
		{"keys under an odd code", iso8583.Terminal, "0810", map[int]string{60: "00000001999", 62: key}, []string{"6701EAD6"}},
		{"keys without F60", iso8583.Terminal, "0810", map[int]string{62: key}, []string{"6701EAD6"}},
		{"batch details", iso8583.Terminal, "0320", map[int]string{48: "0100" + "000001" + "0" + canary + "000000012345", 60: "00000001201"}, []string{canary}},
		{"details that do not parse", iso8583.Terminal, "0320", map[int]string{48: "0200" + "000001" + "0" + canary, 60: "00000001201"}, []string{canary}},
		{"card in the chip data", iso8583.Terminal, "0200", map[int]string{55: "\x5a\x0a" + packed + "\x57\x0d" + string(unhex(t, canary+"D331220")) + "\x5f\x24\x03\x33\x12\x31", 60: "22000001"}, []string{canary, "331231"}},
		{"card in a template", iso8583.Terminal, "0200", map[int]string{55: "\x70\x0c\x5a\x0a" + packed, 60: "22000001"}, []string{canary}},
		{"card in broken chip data", iso8583.Terminal, "0200", map[int]string{55: "\x9f\x99\x99\x5a\x0a" + packed, 60: "22000001"}, []string{canary}},
		{"card in free text", iso8583.Terminal, "0200", map[int]string{63: "card " + canary + " ok", 60: "22000001"}, []string{canary}},
		{"card after other digits", iso8583.Terminal, "0200", map[int]string{62: "1234" + canary, 60: "22000001"}, []string{canary}},
		{"copy of the card as bytes", iso8583.Terminal, "0200", map[int]string{2: canary, 62: packed, 60: "22000001"}, []string{canary}},
		{"payment code", iso8583.Terminal, "0200", map[int]string{59: "A3018" + "134567890123456789", 60: "22000001"}, []string{"134567890123456789"}},
		{"payment code that does not parse", iso8583.Terminal, "0200", map[int]string{59: "A3019" + "134567890123456789", 60: "22000001"}, []string{"134567890123456789"}},
		{"track 3", iso8583.Terminal, "0200", map[int]string{36: "99" + canary + "=156", 60: "22000001"}, []string{canary}},
		{"track without separator", iso8583.Terminal, "0200", map[int]string{35: canary + "3312", 60: "22000001"}, []string{canary, "000018"}},
		{"network sale", iso8583.Network, "0200", map[int]string{2: canary, 14: "3312", 35: canary + "=3312", 128: "12345678"}, []string{canary, "3312"}},
		{"network key change", iso8583.Network, "0800", map[int]string{48: "0011223344556677", 70: "101", 128: "12345678"}, []string{"0011223344556677"}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			fields := maps.Clone(base)
			maps.Copy(fields, c.fields)
			text := shows(t, iso8583.Describe(c.spec, pack(t, c.spec, c.mti, fields)))
			for _, secret := range c.secret {
				ascii := strings.ToUpper(hex.EncodeToString([]byte(secret)))
				if strings.Contains(text, secret) || strings.Contains(text, ascii) {
					t.Errorf("%s shows in %s", secret, text)
				}
			}
		})
	}
}

func TestDescribe_findings(t *testing.T) {
	sale := func(changes map[int]string) map[int]string {
		fields := map[int]string{}
		for _, f := range chipSaleValues {
			fields[f.field] = f.value
		}
		for field, value := range changes {
			if value == "" {
				delete(fields, field)
			} else {
				fields[field] = value
			}
		}
		return fields
	}
	cases := []struct {
		name  string
		mti   string
		edit  map[int]string
		field int
		text  string
	}{
		{"no MAC", "0200", map[int]string{64: ""}, 64, "MAC is missing"},
		{"MAC where none is due", "0800", map[int]string{60: "00000001001"}, 64, "carries none"},
		{"card number", "0200", map[int]string{2: "6216261000000000019", 35: ""}, 2, "check digit"},
		{"another card's track", "0200", map[int]string{35: "6226388000000095D3312"}, 35, "another card"},
		{"no separator", "0200", map[int]string{35: "6226388000000095"}, 35, "separator"},
		{"expiry", "0200", map[int]string{14: "3313"}, 14, "month"},
		{"currency", "0200", map[int]string{49: "840"}, 49, "156"},
		{"PIN promised", "0200", map[int]string{52: "", 26: ""}, 52, "there is a PIN"},
		{"PIN denied", "0200", map[int]string{22: "052"}, 52, "no PIN"},
		{"PIN length", "0200", map[int]string{26: "06"}, 26, "not 12"},
		{"PIN length alone", "0200", map[int]string{52: ""}, 26, "without PIN block"},
		{"security control", "0200", map[int]string{53: ""}, 53, "security control"},
		{"terminal", "0200", map[int]string{41: ""}, 41, "missing"},
		{"merchant", "0200", map[int]string{42: ""}, 42, "missing"},
		{"F60", "0200", map[int]string{60: ""}, 60, "missing"},
		{"F60 ends in a part", "0200", map[int]string{60: "2200000100"}, 60, "inside a part"},
		{"F60 code", "0200", map[int]string{60: "22000001777"}, 60, "code is unknown"},
		{"F60 without code", "0800", map[int]string{60: "00000001", 64: ""}, 60, "code is missing"},
		{"F60 capability", "0200", map[int]string{60: "220000010009"}, 60, "capability"},
		{"fallback", "0200", map[int]string{22: "801"}, 60, "fallback"},
		{"chip data", "0200", map[int]string{55: ""}, 55, "chip was read"},
		{"chip data is none", "0200", map[int]string{55: "\x9f"}, 55, "list of elements"},
		{"void", "0200", map[int]string{3: "200000"}, 61, "original"},
		{"reversal", "0400", map[int]string{52: "", 26: ""}, 39, "reason"},
		{"answer", "0210", nil, 39, "response code"},
		{"approval", "0210", map[int]string{39: "00"}, 37, "reference"},
		{"approval without acquirer", "0210", map[int]string{39: "00"}, 32, "acquirer"},
		{"approval without MAC", "0210", map[int]string{39: "00", 64: ""}, 64, "MAC is missing"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			d := iso8583.Describe(iso8583.Terminal, pack(t, iso8583.Terminal, c.mti, sale(c.edit)))
			assertFinding(t, d, c.field, c.text)
		})
	}
	declined := iso8583.Describe(iso8583.Terminal, pack(t, iso8583.Terminal, "0210", sale(map[int]string{39: "51", 64: ""})))
	if len(declined.Findings) != 0 {
		t.Errorf("a decline without MAC has findings: %v", declined.Findings)
	}
	network := iso8583.Describe(iso8583.Network, pack(t, iso8583.Network, "0200", map[int]string{2: canary}))
	assertFinding(t, network, 128, "MAC is missing")
}

func assertFinding(t *testing.T, d iso8583.Description, field int, text string) {
	t.Helper()
	found := false
	for _, f := range d.Findings {
		found = found || f.Field == field && strings.Contains(f.Text, text)
	}
	for _, r := range d.Rows {
		if found && r.Field == field && strings.Contains(r.Finding, text) {
			return
		}
	}
	t.Errorf("no finding %q of field %d in list and rows: %v", text, field, d.Findings)
}

// TestDescribe_goesOn reads on after faults whose field has a known end.
func TestDescribe_goesOn(t *testing.T) {
	sound := saleFrame(t)
	f22 := bytes.Index(sound, []byte{0x05, 0x10})
	cases := []struct {
		name  string
		frame []byte
		field int
		text  string
	}{
		{"pad", replace(sound, f22+1, 0x11), 22, "pad"},
		{"nibble", replace(sound, f22, 0xA5), 22, "digit"},
		{"declared length", replace(sound, 1, 0x01), -1, "length says"},
		{"TPDU", replace(sound, 2, 0x61), -1, "TPDU"},
		{"header", replace(sound, 9, 0xAA), -1, "header"},
		{"application", replace(sound, 7, 0x59), -1, "application type"},
		{"byte too many", append(bytes.Clone(sound), 0), -1, "left over"},
		{"cut in the MAC", sound[:len(sound)-3], 64, "ends here"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			d := iso8583.Describe(iso8583.Terminal, c.frame)
			assertFinding(t, d, c.field, c.text)
			for field, value := range map[int]string{3: "000000", 4: "000000012345", 11: "000123", 41: "29000001", 42: "898290054110001"} {
				if got := row(t, d, field, "").Value; got != value {
					t.Errorf("F%d = %q, want %q", field, got, value)
				}
			}
		})
	}
}

func replace(frame []byte, at int, c byte) []byte {
	frame = bytes.Clone(frame)
	frame[at] = c
	return frame
}

func TestDescribe_stops(t *testing.T) {
	for _, c := range []struct {
		name, wire string
		field      int
		text       string
	}{
		{"nothing", "", -1, "shorter"},
		{"one byte", "00", -1, "shorter"},
		{"no header", "60000100006132", -1, "shorter"},
		{"no message", "6000010000613200321311", 0, "ends here"},
		{"unknown field", "6000010000613200321311" + "0800" + "0800000000000000" + "123456", 5, "table"},
		{"prefix", "6000010000613200321311" + "0800" + "4000000000000000" + "FF3456", 2, "prefix"},
		{"MTI", "6000010000613200321311" + "0A00" + "2000000000000000" + "000000", 0, "four digits"},
		{"bit 1", "6000010000613200321311" + "0800" + "A000000000000000" + "000000", 1, "bit 1"},
		{"F60 too short", "6000010000613200321311" + "0800" + "0000000000000010" + "000212", 60, "under"},
		{"F2 too long", "6000010000613200321311" + "0800" + "4000000000000000" + "2000000000000000000000", 2, "over"},
	} {
		t.Run(c.name, func(t *testing.T) {
			assertFinding(t, iso8583.Describe(iso8583.Terminal, unhex(t, c.wire)), c.field, c.text)
		})
	}
}

// assertNoCanary fails when a row shows more of the canary than its first six and last four digits:
// any fourteen of its digits in a row, packed or in text.
func assertNoCanary(t testing.TB, d iso8583.Description, what string) {
	t.Helper()
	text := shows(t, d)
	for i := range len(canary) - 13 {
		part := canary[i : i+14]
		if strings.Contains(text, part) || strings.Contains(text, hex.EncodeToString([]byte(part))) {
			t.Fatalf("%s: %s shows in %s", what, part, text)
		}
	}
}

// TestDescribe_damaged takes the sale with every bit flipped, every byte dropped, doubled or made
// arbitrary, and every end cut off.
func TestDescribe_damaged(t *testing.T) {
	sound := saleFrame(t)
	for i := range sound {
		assertNoCanary(t, iso8583.Describe(iso8583.Terminal, sound[:i]), fmt.Sprintf("first %d bytes", i))
		for bit := range 8 {
			assertNoCanary(t, iso8583.Describe(iso8583.Terminal, replace(sound, i, sound[i]^1<<bit)), fmt.Sprintf("bit %d of byte %d", bit, i))
		}
		dropped := append(bytes.Clone(sound[:i]), sound[i+1:]...)
		assertNoCanary(t, iso8583.Describe(iso8583.Terminal, dropped), fmt.Sprintf("without byte %d", i))
		doubled := append(bytes.Clone(sound[:i+1]), sound[i:]...)
		assertNoCanary(t, iso8583.Describe(iso8583.Terminal, doubled), fmt.Sprintf("byte %d twice", i))
		for _, spec := range []*iso8583.Spec{iso8583.TerminalSM4, iso8583.TerminalUMS, iso8583.Network} {
			assertNoCanary(t, iso8583.Describe(spec, sound[i:]), fmt.Sprintf("%s from byte %d", spec.Name(), i))
		}
	}
}

func TestDescribe_text(t *testing.T) {
	frame := pack(t, iso8583.Terminal, "0810", map[int]string{
		11: "000001", 39: "00", 41: "29000001", 42: "898290054110001", 60: "00000001003",
		63: "CUP\xd2\xbb\xb7\xd6 ok\x1b\\\xff",
	})
	if got, want := row(t, iso8583.Describe(iso8583.Terminal, frame), 63, "").Value, `CUP一分 ok\x1b\x5c\xff`; got != want {
		t.Errorf("F63 = %q, want %q", got, want)
	}
}

func TestEncode(t *testing.T) {
	plain := iso8583.Plain{
		TPDU: "6006010000", Header: "613100311108", MTI: "0800",
		Fields: map[int]string{
			11: "000001", 41: "22003600", 42: "104512541110001", 60: "00000000003",
			62: "Sequence No12306022003600", 63: "001",
		},
	}
	frame, err := iso8583.Encode(iso8583.Terminal, plain)
	if err != nil {
		t.Fatal(err)
	}
	if got := hex.EncodeToString(frame); got != signIn {
		t.Errorf("frame\n%s\nwant\n%s", got, signIn)
	}
	var again iso8583.Plain
	encoded, err := json.Marshal(plain)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(encoded, &again); err != nil || !maps.Equal(again.Fields, plain.Fields) {
		t.Errorf("through JSON: %+v, %v", again, err)
	}

	plain.Fields = map[int]string{
		43: "hex:" + strings.Repeat("d2bb", 20), 52: "0123456789ABCDEF", 55: "82027D00", 63: "CUP一分", 64: "8A9E91B8",
	}
	if frame, err = iso8583.Encode(iso8583.Terminal, plain); err != nil {
		t.Fatal(err)
	}
	var m iso8583.Message
	if err := iso8583.Terminal.Unpack(frame[13:], &m); err != nil {
		t.Fatal(err)
	}
	for field, want := range map[int]string{
		43: strings.Repeat("\xd2\xbb", 20), 52: "\x01\x23\x45\x67\x89\xab\xcd\xef", 55: "\x82\x02\x7d\x00",
		63: "CUP\xd2\xbb\xb7\xd6", 64: "8A9E91B8",
	} {
		if m.Get(field) != want {
			t.Errorf("F%d = %q, want %q", field, m.Get(field), want)
		}
	}

	network, err := iso8583.Encode(iso8583.Network, iso8583.Plain{MTI: "0820", Fields: map[int]string{70: "301"}})
	if err != nil || string(network[:8]) != "00230820" {
		t.Errorf("network frame = %q, %v", network, err)
	}
}

func TestEncode_refuses(t *testing.T) {
	const tpdu, header = "6000010000", "603100310000"
	for name, plain := range map[string]iso8583.Plain{
		"no TPDU":           {Header: header, MTI: "0800"},
		"letters in TPDU":   {TPDU: "60000100AA", Header: header, MTI: "0800"},
		"short header":      {TPDU: tpdu, Header: "60", MTI: "0800"},
		"no MTI":            {TPDU: tpdu, Header: header},
		"unknown field":     {TPDU: tpdu, Header: header, MTI: "0800", Fields: map[int]string{5: "1"}},
		"impossible field":  {TPDU: tpdu, Header: header, MTI: "0800", Fields: map[int]string{-1: "1"}},
		"field off the end": {TPDU: tpdu, Header: header, MTI: "0800", Fields: map[int]string{200: "1"}},
		"no hexadecimal":    {TPDU: tpdu, Header: header, MTI: "0800", Fields: map[int]string{55: "xy"}},
		"no hex text":       {TPDU: tpdu, Header: header, MTI: "0800", Fields: map[int]string{63: "hex:x"}},
		"not in GBK":        {TPDU: tpdu, Header: header, MTI: "0800", Fields: map[int]string{63: "🀄"}},
		"wrong length":      {TPDU: tpdu, Header: header, MTI: "0800", Fields: map[int]string{11: "1"}},
	} {
		if frame, err := iso8583.Encode(iso8583.Terminal, plain); err == nil || frame != nil {
			t.Errorf("%s: %x, %v", name, frame, err)
		}
	}
	if _, err := iso8583.Encode(iso8583.Network, iso8583.Plain{TPDU: tpdu, MTI: "0820"}); err == nil {
		t.Error("a TPDU on the network leg was taken")
	}
}

// TestDescribe_agreesWithUnpack: a message without structural faults has a row for every field.
func TestDescribe_agreesWithUnpack(t *testing.T) {
	for _, spec := range []*iso8583.Spec{iso8583.Terminal, iso8583.Network} {
		t.Run(spec.Name(), rapid.MakeCheck(func(rt *rapid.T) {
			m := drawMessage(rt, spec)
			body, err := spec.Append(nil, m)
			if err != nil {
				rt.Fatal(err)
			}
			frame := iso8583.AppendFrame(nil, iso8583.Frame{TPDU: [5]byte{0x60}, Header: [6]byte{0x60}, Body: body})
			if spec == iso8583.Network {
				frame = iso8583.AppendNetworkFrame(nil, body)
			}
			rows := map[int]iso8583.Row{}
			for _, r := range iso8583.Describe(spec, frame).Rows {
				if r.Part == "" && r.Field >= 2 && r.Offset < len(frame) {
					rows[r.Field] = r
				}
			}
			for field := range m.Fields() {
				r, has := rows[field]
				if !has {
					rt.Fatalf("F%d has no row", field)
				}
				if f, _ := spec.Field(field); f.Format == iso8583.N && !strings.Contains(r.Value, "*") && r.Value != m.Get(field) {
					rt.Fatalf("F%d = %q, want %q", field, r.Value, m.Get(field))
				}
			}
		}))
	}
}

func FuzzDescribe(f *testing.F) {
	f.Add(saleFrame(f), uint8(0))
	f.Add(unhex(f, signIn), uint8(0))
	f.Add(pack(f, iso8583.Network, "0200", map[int]string{2: canary, 35: canary + "=3312", 128: "12345678"}), uint8(2))
	f.Add(pack(f, iso8583.Terminal, "0320", map[int]string{48: "0100" + "000001" + "0" + canary + "000000012345", 60: "00000001201"}), uint8(0))
	specs := []*iso8583.Spec{iso8583.Terminal, iso8583.TerminalSM4, iso8583.Network, iso8583.TerminalUMS}
	f.Fuzz(func(t *testing.T, frame []byte, choice uint8) {
		spec := specs[int(choice)%len(specs)]
		d := iso8583.Describe(spec, frame)
		// What stands in a frame in which every field could be read may be digits by chance; the card
		// number in its own place may not.
		if len(d.Findings) > 0 {
			assertNoCanaryWhole(t, d)
		}
	})
}

func assertNoCanaryWhole(t *testing.T, d iso8583.Description) {
	text := shows(t, d)
	if strings.Contains(text, canary) || strings.Contains(text, hex.EncodeToString([]byte(canary))) {
		t.Fatalf("the card number shows in %s", text)
	}
}

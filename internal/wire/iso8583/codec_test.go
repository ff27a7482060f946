package iso8583_test

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/yifen-pay/yifen/internal/wire/iso8583"
)

// TestAppend_oddAndEven holds the packed form of single fields to the published rules: an odd number
// of digits lies left with a zero after it, except F23; prefixes count digits for N and Z and bytes
// otherwise.
func TestAppend_oddAndEven(t *testing.T) {
	cases := []struct {
		spec  *iso8583.Spec
		field int
		value string
		wire  string
	}{
		{iso8583.Terminal, 2, "6226388000000095", "166226388000000095"},
		{iso8583.Terminal, 2, "6216261000000000018", "1962162610000000000180"},
		{iso8583.Terminal, 3, "310000", "310000"},
		{iso8583.Terminal, 4, "000000000001", "000000000001"},
		{iso8583.Terminal, 22, "032", "0320"},
		{iso8583.Terminal, 22, "051", "0510"},
		{iso8583.Terminal, 23, "001", "0001"},
		{iso8583.Terminal, 25, "06", "06"},
		{iso8583.Terminal, 32, "48021000", "0848021000"},
		{iso8583.Terminal, 32, "48021000123", "11480210001230"},
		{iso8583.Terminal, 35, "6226388000000095=3312201", "246226388000000095d3312201"},
		{iso8583.Terminal, 35, "6226388000000095D33122010", "256226388000000095d33122010" + "0"},
		{iso8583.Terminal, 36, "99622638", "000899622638"},
		{iso8583.Terminal, 39, "A0", "4130"},
		{iso8583.Terminal, 49, "156", "313536"},
		{iso8583.Terminal, 52, "\x00\x01\x02\x03\x04\x05\x06\x07", "0001020304050607"},
		{iso8583.Terminal, 55, "\x82\x02\x7d\x00", "000482027d00"},
		{iso8583.Terminal, 60, "00000000003", "0011000000000030"},
		{iso8583.Terminal, 60, "2200000100060", "001322000001000600"},
		{iso8583.Terminal, 60, "22000001000600", "001422000001000600"},
		{iso8583.Terminal, 61, "000001000002", "0012000001000002"},
		{iso8583.Terminal, 62, "\x00\xff", "000200ff"},
		{iso8583.Terminal, 63, "", "0000"},
		{iso8583.TerminalSM4, 52, strings.Repeat("\xaa", 16), strings.Repeat("aa", 16)},
		{iso8583.Network, 2, "6216261000000000018", "3139" + hex.EncodeToString([]byte("6216261000000000018"))},
		{iso8583.Network, 22, "051", "303531"},
		{iso8583.Network, 23, "001", "303031"},
		{iso8583.Network, 35, "62D33", "3035" + hex.EncodeToString([]byte("62=33"))},
		{iso8583.Network, 55, "\x82\x02\x7d\x00", "30303482027d00"},
		{iso8583.Network, 70, "301", "333031"},
		{iso8583.Network, 128, "\x00\x01\x02\x03\x04\x05\x06\x07", "0001020304050607"},
	}
	for _, c := range cases {
		var m iso8583.Message
		m.SetMTI("0200")
		m.Set(c.field, c.value)
		body, err := c.spec.Append(nil, &m)
		if err != nil {
			t.Errorf("%s F%d: %v", c.spec.Name(), c.field, err)
			continue
		}
		head := len(body) - len(c.wire)/2
		if got := hex.EncodeToString(body[head:]); got != c.wire || head != headLen(c.spec) {
			t.Errorf("%s F%d %q packs to %x after %d bytes, want %s", c.spec.Name(), c.field, c.value, body[head:], head, c.wire)
		}
		var back iso8583.Message
		if err := c.spec.Unpack(body, &back); err != nil {
			t.Errorf("%s F%d: %v", c.spec.Name(), c.field, err)
		}
		if want := m.Get(c.field); back.Get(c.field) != want {
			t.Errorf("%s F%d unpacks to %q, want %q", c.spec.Name(), c.field, back.Get(c.field), want)
		}
	}
}

func headLen(spec *iso8583.Spec) int {
	if spec.Packing() == iso8583.ASCII {
		return 4 + int(spec.Bitmap())
	}
	return 2 + int(spec.Bitmap())
}

func TestUnpack_refuses(t *testing.T) {
	cases := []struct {
		name   string
		spec   *iso8583.Spec
		wire   string
		field  int
		offset int
		reason string
	}{
		{"nothing", iso8583.Terminal, "", 0, 0, "ends"},
		{"no bitmap", iso8583.Terminal, "0800", 1, 2, "ends"},
		{"half a bitmap", iso8583.Terminal, "080000200000", 1, 6, "ends"},
		{"MTI of letters", iso8583.Terminal, "0a000000000000000000", 0, 0, "four digits"},
		{"bit 1 set", iso8583.Terminal, "08008000000000000000", 1, 2, "bit 1"},
		{"bit 1 clear", iso8583.Network, "3038303000000000000000000000000000000000", 1, 4, "bit 1"},
		{"half a long bitmap", iso8583.Network, "303830308000000000000000", 1, 12, "ends"},
		{"unknown field", iso8583.Terminal, "08000800000000000000" + "000000000000", 5, 10, "table"},
		{"odd pad not zero", iso8583.Terminal, "08000000040000000000" + "0321", 22, 10, "pad"},
		{"right pad not zero", iso8583.Terminal, "08000000020000000000" + "1001", 23, 10, "pad"},
		{"nibble A in a number", iso8583.Terminal, "08002000000000000000" + "00a000", 3, 11, "digit"},
		{"prefix of letters", iso8583.Terminal, "08004000000000000000" + "1f00", 2, 10, "prefix"},
		{"prefix over the limit", iso8583.Terminal, "08004000000000000000" + "20" + strings.Repeat("00", 10), 2, 10, "over"},
		{"prefix over three digits", iso8583.Terminal, "08000000000000000004" + "1001", 62, 10, "over"},
		{"F60 under its least", iso8583.Terminal, "08000000000000000010" + "000700000010", 60, 10, "under"},
		{"value cut short", iso8583.Terminal, "08000000000000000002" + "000330", 63, 13, "ends"},
		{"prefix cut short", iso8583.Terminal, "08000000000000000002" + "00", 63, 11, "ends"},
		{"byte left over", iso8583.Terminal, "08000000000000000002" + "000330303100", -1, 15, "left over"},
		{"track with nibble A", iso8583.Terminal, "02000000000020000000" + "0462a0", 35, 10, "separator"},
		{"ASCII letter in a number", iso8583.Network, "30383030a0000000000000000000000000000000" + "303041303030", 3, 22, "digit"},
		{"ASCII prefix of letters", iso8583.Network, "30383030c0000000000000000000000000000000" + "3141", 2, 20, "prefix"},
		{"ASCII prefix cut short", iso8583.Network, "30383030c0000000000000000000000000000000" + "31", 2, 21, "ends"},
		{"ASCII track with a D", iso8583.Network, "303830308000000020000000000000000000000030334431", 35, 24, "ends"},
		{"ASCII track with D for =", iso8583.Network, "3038303080000000200000000000000000000000" + "3033364431", 35, 23, "separator"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			var m iso8583.Message
			err := c.spec.Unpack(unhex(t, c.wire), &m)
			var fault *iso8583.Error
			if !errors.As(err, &fault) {
				t.Fatalf("err = %v, want an *Error", err)
			}
			if fault.Field != c.field || fault.Offset != c.offset || !strings.Contains(fault.Reason, c.reason) {
				t.Errorf("got %v; want field %d, offset %d, %q", err, c.field, c.offset, c.reason)
			}
		})
	}
}

func TestAppend_refuses(t *testing.T) {
	cases := []struct {
		name  string
		spec  *iso8583.Spec
		mti   string
		field int
		value string
		at    int
	}{
		{"no MTI", iso8583.Terminal, "", 11, "000001", 0},
		{"MTI of letters", iso8583.Terminal, "02X0", 11, "000001", 0},
		{"MTI too long", iso8583.Terminal, "02000", 11, "000001", 0},
		{"fixed too short", iso8583.Terminal, "0200", 11, "00001", 11},
		{"fixed too long", iso8583.Terminal, "0200", 41, "290000011", 41},
		{"variable too long", iso8583.Terminal, "0200", 2, "62162610000000000180", 2},
		{"variable too short", iso8583.Terminal, "0200", 60, "2200000", 60},
		{"letter in a number", iso8583.Terminal, "0200", 4, "00000000001x", 4},
		{"letter in a track", iso8583.Terminal, "0200", 35, "6216A", 35},
		{"unknown", iso8583.Terminal, "0200", 5, "000000000000", 5},
		{"beyond the bitmap", iso8583.Terminal, "0200", 70, "301", 70},
		{"16 bytes of PIN block", iso8583.Terminal, "0200", 52, strings.Repeat("\x00", 16), 52},
		{"8 bytes of SM4 PIN block", iso8583.TerminalSM4, "0200", 52, strings.Repeat("\x00", 8), 52},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			var m iso8583.Message
			m.SetMTI(c.mti)
			m.Set(c.field, c.value)
			out, err := c.spec.Append([]byte("kept"), &m)
			var fault *iso8583.Error
			if !errors.As(err, &fault) || fault.Field != c.at {
				t.Errorf("err = %v, want field %d", err, c.at)
			}
			if string(out) != "kept" {
				t.Errorf("destination became %q", out)
			}
		})
	}
}

// TestUnpack_encipheredTrack lets any nibble through where F53 says that tracks are enciphered, and
// only there.
func TestUnpack_encipheredTrack(t *testing.T) {
	var m iso8583.Message
	m.SetMTI("0200")
	m.Set(35, "62263880AF09BC55E1FFD")
	m.Set(53, "2610000000000000")
	body, err := iso8583.Terminal.Append(nil, &m)
	if err != nil {
		t.Fatal(err)
	}
	var back iso8583.Message
	if err := iso8583.Terminal.Unpack(body, &back); err != nil {
		t.Fatal(err)
	}
	if back.Get(35) != m.Get(35) {
		t.Errorf("F35 = %q, want %q", back.Get(35), m.Get(35))
	}

	m.Set(53, "2600000000000000")
	if _, err := iso8583.Terminal.Append(nil, &m); err == nil {
		t.Error("a plain track with other nibbles was packed")
	}
	plain := bytes.Replace(body, unhex(t, "2610000000000000"), unhex(t, "2600000000000000"), 1)
	var fault *iso8583.Error
	if err := iso8583.Terminal.Unpack(plain, &back); !errors.As(err, &fault) || fault.Field != 35 {
		t.Errorf("err = %v, want one about field 35", err)
	}
	if back.Has(35) {
		t.Error("the refused track is in the message")
	}
}

// TestUnpack_keepsWhatItRead lets a host answer a message that it could read only in part.
func TestUnpack_keepsWhatItRead(t *testing.T) {
	_, body := chipSale(t)
	var m iso8583.Message
	if err := iso8583.Terminal.Unpack(body[:len(body)-1], &m); err == nil {
		t.Fatal("a message without its last byte was read")
	}
	if m.Get(11) != "000123" || m.Get(41) != "29000001" || m.Has(64) {
		t.Errorf("m = %v", &m)
	}
}

// TestUnpack_prefixes takes every proper prefix of a message and of the published frame: each fails.
func TestUnpack_prefixes(t *testing.T) {
	_, sale := chipSale(t)
	for _, body := range [][]byte{sale, unhex(t, signIn)[13:]} {
		var m iso8583.Message
		for n := range body {
			if err := iso8583.Terminal.Unpack(body[:n], &m); err == nil {
				t.Errorf("the first %d of %d bytes were read as a message", n, len(body))
			}
		}
	}
}

// TestUnpack_bitFlips flips every bit: what is still accepted packs back to the same bytes.
func TestUnpack_bitFlips(t *testing.T) {
	network := new(iso8583.Message)
	network.SetMTI("0200")
	for _, f := range chipSaleValues {
		if f.field != 64 && f.field != 60 {
			network.Set(f.field, f.value)
		}
	}
	network.Set(7, "0801123456")
	network.Set(128, "12345678")
	long, err := iso8583.Network.Append(nil, network)
	if err != nil {
		t.Fatal(err)
	}
	_, short := chipSale(t)
	for _, c := range []struct {
		spec *iso8583.Spec
		body []byte
	}{{iso8583.Terminal, short}, {iso8583.Terminal, unhex(t, signIn)[13:]}, {iso8583.Network, long}} {
		accepted := 0
		var m iso8583.Message
		for i := range len(c.body) * 8 {
			flipped := bytes.Clone(c.body)
			flipped[i/8] ^= 1 << (i % 8)
			if c.spec.Unpack(flipped, &m) != nil {
				continue
			}
			accepted++
			back, err := c.spec.Append(nil, &m)
			if err != nil || !bytes.Equal(back, flipped) {
				t.Errorf("%s: bit %d: %v, packs back to\n%x, want\n%x", c.spec.Name(), i, err, back, flipped)
			}
		}
		if accepted == 0 {
			t.Errorf("%s: no flipped message was accepted, so nothing was compared", c.spec.Name())
		}
	}
}

func TestMessage_showsNoValue(t *testing.T) {
	m, _ := chipSale(t)
	encoded, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	shown := fmt.Sprintf("%v %+v %#v %s %q %x %d %v %s", m, *m, m, m, m, m, *m, m.LogValue(), encoded)
	_, body := chipSale(t)
	shown += fmt.Sprintf("%v %+x", iso8583.Frame{Body: body}, struct{ F iso8583.Frame }{iso8583.Frame{Body: body}})
	shown += fmt.Sprint(iso8583.Tag{ID: "A3", Value: "6216261"})
	if strings.Contains(shown, "6216261") || strings.Contains(shown, "54 50 49") {
		t.Errorf("message prints as %s", shown)
	}
	if want := "0200 [2 3 4 11 14 22 23 25 26 35 41 42 49 52 53 55 60 64]"; m.String() != want {
		t.Errorf("message prints as %s, want %s", m, want)
	}
}

func TestMessage_reuse(t *testing.T) {
	var m, other iso8583.Message
	m.Set(2, "6226388000000095")
	m.Set(11, "000001")
	m.Set(2, "62")
	m.Set(2, "6216261000000000018")
	m.Unset(11)
	if m.Get(2) != "6216261000000000018" || m.Has(11) || m.Get(11) != "" || m.Bytes(11) != nil {
		t.Errorf("F2 = %q, F11 = %q", m.Get(2), m.Get(11))
	}
	other.Set(41, "29000001")
	m.CopyFrom(&other, 41, 42)
	if m.Get(41) != "29000001" || m.Has(42) {
		t.Errorf("copied F41 = %q, F42 present = %t", m.Get(41), m.Has(42))
	}
	m.Reset()
	for field := range m.Fields() {
		t.Errorf("F%d is left after Reset", field)
	}
	if m.MTI() != "" {
		t.Errorf("MTI %q is left after Reset", m.MTI())
	}
}

func TestSpec_panicsOnImpossibleTables(t *testing.T) {
	for name, table := range map[string]iso8583.Table{
		"field 1":           {1: {Format: iso8583.N, Max: 2}},
		"beyond the bitmap": {65: {Format: iso8583.N, Max: 2}},
		"no format":         {2: {Max: 2}},
		"over its prefix":   {2: {Format: iso8583.N, Length: iso8583.LLVar, Max: 100}},
		"least over most":   {2: {Format: iso8583.N, Length: iso8583.LLVar, Min: 5, Max: 4}},
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if recover() == nil {
					t.Error("no panic")
				}
			}()
			iso8583.NewSpec("bad", iso8583.Bitmap64, iso8583.BCD, table)
		})
	}
}

func TestFrame(t *testing.T) {
	wire := unhex(t, signIn)
	frame, err := iso8583.ParseFrame(wire[2:])
	if err != nil {
		t.Fatal(err)
	}
	reply := frame.Reply(3)
	if got := hex.EncodeToString(reply.TPDU[:]); got != "6000000601" {
		t.Errorf("TPDU of the answer = %s", got)
	}
	if got := hex.EncodeToString(reply.Header[:]); got != "613103311108" || reply.Requirement() != 3 {
		t.Errorf("header of the answer = %s", got)
	}
	if reply.Body != nil {
		t.Error("the answer took over the body of the request")
	}
	for n := range 11 {
		if _, err := iso8583.ParseFrame(wire[2 : 2+n]); err == nil {
			t.Errorf("%d bytes were read as a frame", n)
		}
	}
}

func TestNetworkFrame(t *testing.T) {
	frame := iso8583.AppendNetworkFrame(nil, make([]byte, 1234))
	if got := string(frame[:4]); got != "1234" {
		t.Errorf("header = %q", got)
	}
	n, err := iso8583.NetworkLength([4]byte(frame))
	if err != nil || n != 1234 {
		t.Errorf("length = %d, %v", n, err)
	}
	if _, err := iso8583.NetworkLength([4]byte{'0', '1', 'x', '0'}); err == nil {
		t.Error("a length with a letter was read")
	}
}

func TestMACInput(t *testing.T) {
	_, body := chipSale(t)
	input := iso8583.MACInput(body, iso8583.Terminal)
	if !bytes.Equal(input, body[:len(body)-8]) || cap(input) != len(input) {
		t.Errorf("input has %d of %d bytes", len(input), len(body))
	}
	if got := iso8583.MACInput(unhex(t, signIn)[13:], iso8583.Terminal); got != nil {
		t.Errorf("a message without MAC gave %d bytes", len(got))
	}
	if got := iso8583.MACInput(body[:12], iso8583.Terminal); got != nil {
		t.Errorf("a cut message gave %d bytes", len(got))
	}
	var m iso8583.Message
	m.SetMTI("0820")
	m.Set(70, "301")
	m.Set(128, "12345678")
	long, err := iso8583.Network.Append(nil, &m)
	if err != nil {
		t.Fatal(err)
	}
	if got := iso8583.MACInput(long, iso8583.Network); !bytes.Equal(got, long[:len(long)-8]) {
		t.Errorf("input of the network leg = %x", got)
	}
}

func FuzzUnpack(f *testing.F) {
	f.Add(unhex(f, signIn)[13:], uint8(0))
	_, sale := chipSale(f)
	f.Add(sale, uint8(0))
	f.Add([]byte("0820\x80\x00\x00\x00\x00\x00\x00\x00\x04\x00\x00\x00\x00\x00\x00\x00301"), uint8(2))
	specs := []*iso8583.Spec{iso8583.Terminal, iso8583.TerminalSM4, iso8583.Network, iso8583.TerminalUMS}
	f.Fuzz(func(t *testing.T, body []byte, choice uint8) {
		spec := specs[int(choice)%len(specs)]
		var m iso8583.Message
		if spec.Unpack(body, &m) != nil {
			return
		}
		back, err := spec.Append(nil, &m)
		if err != nil || !bytes.Equal(back, body) {
			t.Fatalf("%x unpacks and packs to %x, %v", body, back, err)
		}
		iso8583.MACInput(body, spec)
	})
}

// Some acquirers' networks put the calling line's number between TPDU and header; the answer carries it back.
func TestFrame_callingLine(t *testing.T) {
	f := iso8583.Frame{
		TPDU: [5]byte{0x60, 1, 2, 3, 4}, ANI: []byte("08981234567890"), Header: [6]byte{0x61, 0x31, 0, 0x31, 0x11, 8}, Body: []byte("body"),
	}
	wire := iso8583.AppendFrame(nil, f)
	got, err := iso8583.ParseFrame(wire[2:])
	if err != nil || string(got.ANI) != string(f.ANI) || got.Header != f.Header || string(got.Body) != "body" {
		t.Fatalf("parsed as %+v, %v", got, err)
	}
	reply := got.Reply(3)
	reply.Body = []byte("answer")
	back, err := iso8583.ParseFrame(iso8583.AppendFrame(nil, reply)[2:])
	if err != nil || string(back.ANI) != string(f.ANI) || back.Requirement() != 3 || back.TPDU != [5]byte{0x60, 3, 4, 1, 2} {
		t.Errorf("the answer is %+v, %v", back, err)
	}
	f.ANI = nil
	if got, err := iso8583.ParseFrame(iso8583.AppendFrame(nil, f)[2:]); err != nil || got.ANI != nil {
		t.Errorf("without one: %+v, %v", got, err)
	}
}

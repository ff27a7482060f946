package emv_test

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/yifen-pay/yifen/internal/wire/emv"
)

// request is field 55 of card-protocol vector 2 (a published PBOC example) in the order of section 6,
// with the label and the sequence number that a terminal knows.
const request = "9F26085D016C91005E7CC29F2701809F101307000103A04002010A010000001000D1F611529F37041E78EEBC" +
	"9F36020240950500800460009A031407019C01009F02060000000000015F2A02015682027D009F1A0201569F0306000000000000" +
	"9F330360E1C89F34030203009F3501229F1E0831323334353637388408A0000003330101019F090200209F410400000007"

func TestParse_request(t *testing.T) {
	list, err := emv.Parse(unhex(t, request))
	if err != nil {
		t.Fatal(err)
	}
	var tags []emv.Tag
	for _, e := range list {
		tags = append(tags, e.Tag)
		if e.Tag.Name() == "" {
			t.Errorf("tag %v has no name", e.Tag)
		}
	}
	if !slices.Equal(tags, emv.Request()) {
		t.Errorf("tags are %v, want %v", tags, emv.Request())
	}
	if missing := emv.Missing(list); missing != nil {
		t.Errorf("missing %v", missing)
	}
	if missing := emv.Missing(list[2:]); !slices.Equal(missing, []emv.Tag{emv.Cryptogram, emv.CryptogramInformation}) {
		t.Errorf("without the first two elements missing %v", missing)
	}
	if got := list.Append(nil); !bytes.Equal(got, unhex(t, request)) {
		t.Errorf("written back:\n%X\nwant\n%s", got, request)
	}
	var atc [2]byte
	if !list.Copy(atc[:], emv.TransactionCounter) || atc != [2]byte{0x02, 0x40} {
		t.Errorf("ATC = %X", atc)
	}
	if list.Copy(make([]byte, 3), emv.TransactionCounter) || list.Copy(nil, emv.PAN) {
		t.Error("a value of another length was copied")
	}
}

func TestParse_lengths(t *testing.T) {
	for _, n := range []int{0, 1, 0x7F, 0x80, 0xFF, 0x100, 0xFFFF} {
		value := bytes.Repeat([]byte{0xA5}, n)
		b := emv.Append(nil, emv.IssuerApplicationData, value)
		list, err := emv.Parse(b)
		if err != nil || len(list) != 1 || !bytes.Equal(list.Get(emv.IssuerApplicationData), value) {
			t.Errorf("%d bytes: %v, %v", n, list, err)
		}
		if !list.Has(emv.IssuerApplicationData) {
			t.Errorf("%d bytes: the element is not there", n)
		}
		for cut := range min(len(b), 5) {
			if _, err := emv.Parse(b[:len(b)-1-cut]); err == nil && cut+1 < len(b) {
				t.Errorf("%d bytes, cut by %d: no error", n, cut+1)
			}
		}
	}
	long, err := emv.Parse(unhex(t, "9A8103260101"))
	if err != nil || hex.EncodeToString(long.Get(emv.TransactionDate)) != "260101" {
		t.Errorf("length in more bytes than it needs: %v, %v", long, err)
	}
}

func TestParse_refuses(t *testing.T) {
	for _, c := range []struct {
		name, wire string
		tag        emv.Tag
		offset     int
		reason     string
	}{
		{"tag cut", "9A032601019F", 0, 5, "tag ends"},
		{"tag of four bytes", "DF81820101AA", 0, 0, "three bytes"},
		{"tag with an empty byte", "9F8001AA", 0, 0, "empty byte"},
		{"no length", "0000" + "9F36", emv.TransactionCounter, 2, "length ends"},
		{"length cut", "9F368200", emv.TransactionCounter, 0, "length ends"},
		{"indefinite length", "718000000000", emv.IssuerScript1, 0, "indefinite"},
		{"length of three bytes", "7183000001AA", emv.IssuerScript1, 0, "indefinite"},
		{"value cut", "9A0326010182027D", emv.InterchangeProfile, 5, "value ends"},
	} {
		t.Run(c.name, func(t *testing.T) {
			list, err := emv.Parse(unhex(t, c.wire))
			var fault *emv.Error
			if !errors.As(err, &fault) {
				t.Fatalf("err = %v", err)
			}
			if fault.Tag != c.tag || fault.Offset != c.offset || !strings.Contains(err.Error(), c.reason) {
				t.Errorf("err = %v, want tag %v at %d: %s", err, c.tag, c.offset, c.reason)
			}
			if strings.HasPrefix(c.wire, "9A") && !list.Has(emv.TransactionDate) {
				t.Error("the element before the fault is lost")
			}
		})
	}
}

func TestAppend_panics(t *testing.T) {
	for _, c := range []struct {
		tag emv.Tag
		n   int
	}{{0, 1}, {0x9F, 1}, {0x5701, 1}, {0x01000000, 1}, {emv.PAN, 0x10000}} {
		t.Run(fmt.Sprintf("%v with %d bytes", c.tag, c.n), func(t *testing.T) {
			defer func() {
				if recover() == nil {
					t.Error("no panic")
				}
			}()
			emv.Append(nil, c.tag, make([]byte, c.n))
		})
	}
}

// The canary is a demo card. It must not survive in any form.
var canary = []byte{0x62, 0x26, 0x38, 0x80, 0x00, 0x00, 0x00, 0x95}

func TestStrip(t *testing.T) {
	pan := "5A08" + hex.EncodeToString(canary)
	track := "5712" + hex.EncodeToString(canary) + "D3312201000001230000"
	cases := []struct{ name, wire, want string }{
		{"nothing secret", request, request},
		{"PAN, track and expiry", "9F36020240" + pan + "5F2403331231" + track + "9C0100", "9F360202409C0100"},
		{"contactless and track 1", "9F6B08" + hex.EncodeToString(canary) + "5608" + hex.EncodeToString(canary) + "9C0100", "9C0100"},
		{"only secrets", pan + track, ""},
		{"in a template", "610F4F03A00000" + pan, "61054F03A00000"},
		{"in a template in a template", "7110" + "610E" + "82027D00" + pan, "7106" + "6104" + "82027D00"},
		{"templates too deep", "710C" + "710A" + "7108" + "7106" + "71045A026226", "7106" + "7104" + "7102" + "7100"},
		{"behind a fault", "9F36020240" + "9F1099" + pan, "9F36020240"},
		{"fault in a template", "7110" + "82027D00" + "9F9999" + "5A08" + hex.EncodeToString(canary)[:14] + "9C0100", "710482027D00" + "9C0100"},
		{"expiry of a signature upload", "FF050433333132" + "FF000141", "FF000141"},
		{"zeros between", "00009C010000" + pan + "00", "9C0100"},
		{"nothing", "", ""},
	}
	for _, c := range cases {
		if got := emv.Strip(unhex(t, c.wire)); !bytes.Equal(got, unhex(t, c.want)) {
			t.Errorf("%s: %X, want %s", c.name, got, c.want)
		}
	}
}

func TestReceipt(t *testing.T) {
	list, err := emv.Parse(unhex(t, request+"500A50424F43204445424954"+"9B02E8005F340101"))
	if err != nil {
		t.Fatal(err)
	}
	want := emv.Receipt{
		Label: "PBOC DEBIT", AID: "A000000333010101", CryptogramKind: "ARQC", Cryptogram: "5D016C91005E7CC2",
		TVR: "0080046000", TSI: "E800", ATC: "0240", Unpredictable: "1E78EEBC", AIP: "7D00", CVMR: "020300",
		IAD: "07000103A04002010A010000001000D1F61152", Capabilities: "60E1C8", CSN: "01",
	}
	if got := list.Receipt(); got != want {
		t.Errorf("receipt = %+v\nwant %+v", got, want)
	}
	for information, kind := range map[string]string{"00": "AAC", "40": "TC", "80": "ARQC", "C0": "", "8000": ""} {
		list := emv.List{{Tag: emv.CryptogramInformation, Value: unhex(t, information)}}
		if got := list.Receipt().CryptogramKind; got != kind {
			t.Errorf("9F27 %s is a %q, want %q", information, got, kind)
		}
	}
	label := emv.List{{Tag: emv.ApplicationLabel, Value: []byte("\x1b@ UnionPay\n")}}
	if got := label.Receipt().Label; got != "@ UnionPay" {
		t.Errorf("label = %q", got)
	}
	aid := emv.List{{Tag: emv.ApplicationID, Value: unhex(t, "A000000333")}, {Tag: emv.DedicatedFile, Value: []byte{}}}
	if got := aid.Receipt().AID; got != "A000000333" {
		t.Errorf("AID = %q", got)
	}
}

func TestElement_showsNoValue(t *testing.T) {
	list := emv.List{{Tag: emv.PAN, Value: canary}}
	encoded, err := list[0].MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	text := fmt.Sprintf("%v %+v %#v %s %x %d %s", list, list, list, list[0], list[0], list, encoded)
	if strings.Contains(text, "62263880") || strings.Contains(text, "98 38 56") || strings.Contains(text, "0x62") {
		t.Errorf("printed: %s", text)
	}
}

func TestTag(t *testing.T) {
	for tag, want := range map[emv.Tag]string{0x0A: "0A", 0x57: "57", 0x9F26: "9F26", 0xDF8129: "DF8129"} {
		if tag.String() != want {
			t.Errorf("tag %d prints as %s", uint32(tag), tag)
		}
	}
	if emv.Tag(0x9F7F).Name() != "" || !emv.Tag(0x61).Constructed() || emv.PAN.Constructed() || emv.Tag(0xFF00).Constructed() {
		t.Error("the dictionary or the kind of a tag is off")
	}
	for _, tag := range emv.Known() {
		if list, err := emv.Parse(emv.Append(nil, tag, nil)); err != nil || len(list) != 1 || list[0].Tag != tag {
			t.Errorf("tag %v does not come back: %v, %v", tag, list, err)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add(unhex(f, request))
	f.Add(unhex(f, "610F4F03A000005A086226388000000095"))
	f.Add(unhex(f, "9F368200"))
	f.Fuzz(func(t *testing.T, b []byte) {
		list, err := emv.Parse(b)
		if err != nil {
			return
		}
		again, err := emv.Parse(list.Append(nil))
		if err != nil || len(again) != len(list) {
			t.Fatalf("%x: %v after writing back", b, err)
		}
		for i := range list {
			if again[i].Tag != list[i].Tag || !bytes.Equal(again[i].Value, list[i].Value) {
				t.Fatalf("%x: element %d differs after writing back", b, i)
			}
		}
	})
}

// FuzzStrip looks for a secret element in what is left, the way Strip reads it and by its own second
// pass.
func FuzzStrip(f *testing.F) {
	f.Add(unhex(f, request))
	f.Add(unhex(f, "7110"+"610E"+"82027D00"+"5A086226388000000095"))
	f.Fuzz(func(t *testing.T, b []byte) {
		out := emv.Strip(b)
		assertClean(t, out, 0)
		if again := emv.Strip(out); !bytes.Equal(again, out) {
			t.Fatalf("%x strips to %x and then to %x", b, out, again)
		}
	})
}

func assertClean(t *testing.T, b []byte, depth int) {
	list, err := emv.Parse(b)
	if err != nil {
		t.Fatalf("what is left cannot be parsed: %v", err)
	}
	for _, e := range list {
		if e.Tag.Secret() {
			t.Fatalf("tag %v is left at depth %d", e.Tag, depth)
		}
		if e.Tag.Constructed() {
			assertClean(t, e.Value, depth+1)
		}
	}
}

func BenchmarkParse(b *testing.B) {
	data := unhex(b, request)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := emv.Parse(data); err != nil {
			b.Fatal(err)
		}
	}
}

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

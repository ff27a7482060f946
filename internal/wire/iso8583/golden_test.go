package iso8583_test

import (
	"bytes"
	"encoding/hex"
	"slices"
	"testing"

	"github.com/yifen-pay/yifen/internal/wire/iso8583"
)

// signIn is a published log of a terminal client: the sign-in request of card-protocol vector 7, with
// its two length bytes.
const signIn = "0057600601000061310031110808000020000000c0001600000132323030333630303130343531323534313131303030" +
	"310011000000000030002553657175656e6365204e6f31323330363032323030333630300003303031"

func TestUnpack_signIn(t *testing.T) {
	wire := unhex(t, signIn)
	frame, err := iso8583.ParseFrame(wire[2:])
	if err != nil {
		t.Fatal(err)
	}
	if got := hex.EncodeToString(frame.TPDU[:]); got != "6006010000" {
		t.Errorf("TPDU = %s", got)
	}
	if got := hex.EncodeToString(frame.Header[:]); got != "613100311108" {
		t.Errorf("header = %s", got)
	}
	var m iso8583.Message
	if err := iso8583.Terminal.Unpack(frame.Body, &m); err != nil {
		t.Fatal(err)
	}
	if m.MTI() != "0800" {
		t.Errorf("MTI = %q", m.MTI())
	}
	want := map[int]string{
		11: "000001", 41: "22003600", 42: "104512541110001", 60: "00000000003",
		62: "Sequence No12306022003600", 63: "001",
	}
	if got := slices.Collect(m.Fields()); !slices.Equal(got, []int{11, 41, 42, 60, 62, 63}) {
		t.Errorf("fields = %v", got)
	}
	for field, value := range want {
		if m.Get(field) != value {
			t.Errorf("F%d = %q, want %q", field, m.Get(field), value)
		}
	}

	body, err := iso8583.Terminal.Append(nil, &m)
	if err != nil {
		t.Fatal(err)
	}
	frame.Body = body
	if got := iso8583.AppendFrame(nil, frame); !bytes.Equal(got, wire) {
		t.Errorf("packed back:\n%x\nwant\n%x", got, wire)
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

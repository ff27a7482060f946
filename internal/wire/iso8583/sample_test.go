package iso8583_test

import (
	"testing"

	"github.com/yifen-pay/yifen/internal/wire/iso8583"
)

// chipSaleValues is the sale of a chip card on the terminal leg, with a demo card and the chip data of
// card-protocol vector 2. MAC and PIN block are arbitrary.
var chipSaleValues = []struct {
	field int
	value string
}{
	{2, "6216261000000000018"}, {3, "000000"}, {4, "000000012345"}, {11, "000123"}, {14, "3312"},
	{22, "051"}, {23, "001"}, {25, "00"}, {26, "12"}, {35, "6216261000000000018D33122010000012300"},
	{41, "29000001"}, {42, "898290054110001"}, {49, "156"}, {52, "\x01\x23\x45\x67\x89\xab\xcd\xef"},
	{53, "2600000000000000"}, {55, chipData}, {60, "2200000100060"}, {64, "8A9E91B8"},
}

const chipData = "\x9f\x26\x08\x5d\x01\x6c\x91\x00\x5e\x7c\xc2\x9f\x27\x01\x80" +
	"\x9f\x10\x13\x07\x00\x01\x03\xa0\x40\x02\x01\x0a\x01\x00\x00\x00\x10\x00\xd1\xf6\x11\x52" +
	"\x9f\x37\x04\x1e\x78\xee\xbc\x9f\x36\x02\x02\x40\x95\x05\x00\x80\x04\x60\x00\x9a\x03\x14\x07\x01" +
	"\x9c\x01\x00\x9f\x02\x06\x00\x00\x00\x00\x00\x01\x5f\x2a\x02\x01\x56\x82\x02\x7d\x00" +
	"\x9f\x1a\x02\x01\x56\x9f\x03\x06\x00\x00\x00\x00\x00\x00\x9f\x33\x03\x60\xe1\xc8"

// chipSale returns the message and its packed form.
func chipSale(t testing.TB) (*iso8583.Message, []byte) {
	t.Helper()
	m := new(iso8583.Message)
	m.SetMTI("0200")
	for _, f := range chipSaleValues {
		m.Set(f.field, f.value)
	}
	body, err := iso8583.Terminal.Append(nil, m)
	if err != nil {
		t.Fatal(err)
	}
	return m, body
}

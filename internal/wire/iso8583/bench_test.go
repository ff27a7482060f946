package iso8583_test

import (
	"testing"

	moov "github.com/moov-io/iso8583"

	"github.com/yifen-pay/yifen/internal/wire/iso8583"
)

func BenchmarkUnpack(b *testing.B) {
	_, body := chipSale(b)
	b.SetBytes(int64(len(body)))
	benchmarkUnpack(b, body)
}

func benchmarkUnpack(b *testing.B, body []byte) {
	var m iso8583.Message
	b.ReportAllocs()
	for b.Loop() {
		if err := iso8583.Terminal.Unpack(body, &m); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkAppend(b *testing.B) {
	m, body := chipSale(b)
	b.SetBytes(int64(len(body)))
	benchmarkAppend(b, m)
}

func benchmarkAppend(b *testing.B, m *iso8583.Message) {
	var out []byte
	var err error
	b.ReportAllocs()
	for b.Loop() {
		if out, err = iso8583.Terminal.Append(out[:0], m); err != nil {
			b.Fatal(err)
		}
	}
}

// The oracle's figures are of a whole message each, as its interface wants: setting the fields belongs
// to packing.

func BenchmarkOracleUnpack(b *testing.B) {
	_, body := chipSale(b)
	benchmarkOracleUnpack(b, oracleSpec(iso8583.Terminal), body)
}

func benchmarkOracleUnpack(b *testing.B, spec *moov.MessageSpec, body []byte) {
	b.ReportAllocs()
	for b.Loop() {
		if err := moov.NewMessage(spec).Unpack(body); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkOraclePack(b *testing.B) {
	m, _ := chipSale(b)
	benchmarkOraclePack(b, oracleSpec(iso8583.Terminal), m)
}

func benchmarkOraclePack(b *testing.B, spec *moov.MessageSpec, m *iso8583.Message) {
	theirs := moov.NewMessage(spec)
	theirs.MTI(m.MTI())
	for number := range m.Fields() {
		if err := theirs.BinaryField(number, m.Bytes(number)); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := theirs.Pack(); err != nil {
			b.Fatal(err)
		}
	}
}

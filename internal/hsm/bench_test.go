package hsm_test

import (
	"testing"

	"github.com/yifen-pay/yifen/internal/domain/card"
	"github.com/yifen-pay/yifen/internal/hsm"
	"github.com/yifen-pay/yifen/internal/wire/cardcrypto"
)

// messageSize is about that of a chip sale on either leg, in bytes.
const messageSize = 240

func BenchmarkMAC(b *testing.B) {
	bench := newBench(b, hsm.FormDouble)
	data := make([]byte, messageSize)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := bench.module.MAC(bench.terminal.MAC, cardcrypto.ECB, data); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkNetworkMAC(b *testing.B) {
	bench := newBench(b, hsm.FormDouble)
	data := make([]byte, messageSize)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := bench.module.NetworkMAC(bench.macKey, data); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkTranslatePIN(b *testing.B) {
	bench := newBench(b, hsm.FormDouble)
	block, err := cardcrypto.EncodePIN(demoPIN, demoCard)
	if err != nil {
		b.Fatal(err)
	}
	in := card.PINBlock{Block: cardcrypto.EncryptPIN(bench.pik, block), Key: bench.terminal.PIN, WithPAN: true}
	number := pan(b, demoCard)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := bench.module.TranslatePIN(in, number, bench.pinKey); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkSeal(b *testing.B) {
	m, number := newModule(b, 1), pan(b, demoCard)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := m.Seal(number); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkOpen(b *testing.B) {
	m := newModule(b, 1)
	sealed, err := m.Seal(pan(b, demoCard))
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := m.Open(sealed); err != nil {
			b.Fatal(err)
		}
	}
}

package hsm_test

import (
	"testing"

	"github.com/yifen-pay/yifen/internal/hsm"
	"github.com/yifen-pay/yifen/internal/hsm/hsmtest"
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

func BenchmarkVerifyMAC(b *testing.B) {
	checker := hsmtest.NewChecker(b, newModule(b, 1))
	b.ReportAllocs()
	for b.Loop() {
		checker.Check(b)
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

// BenchmarkTranslatePIN takes PINs to a network's triple DES key.
func BenchmarkTranslatePIN(b *testing.B) {
	for _, from := range []hsm.Cipher{hsm.TDES, hsm.SM4} {
		b.Run("from "+from.String(), func(b *testing.B) {
			translator := hsmtest.NewTranslator(b, newModule(b, 1), from)
			b.ReportAllocs()
			for b.Loop() {
				translator.Translate(b)
			}
		})
	}
}

// BenchmarkWorkingKeys is the part of a sign-in that the module has.
func BenchmarkWorkingKeys(b *testing.B) {
	m := newModule(b, 1)
	master, _, err := m.LoadMaster(unhex(b, publishedTMK))
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := m.WorkingKeys(master, hsm.FormX919); err != nil {
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

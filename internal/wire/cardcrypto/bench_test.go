package cardcrypto_test

import (
	"testing"

	"github.com/yifen-pay/yifen/internal/wire/cardcrypto"
)

// BenchmarkVerifyCryptogram checks an ARQC: with the card's key at hand, which leaves the session key to
// derive, and with the card's key to derive as well.
func BenchmarkVerifyCryptogram(b *testing.B) {
	const pan = "6216261000000000018"
	master := desKey(b, "0123456789ABCDEFFEDCBA9876543210")
	card, err := cardcrypto.DeriveCardKey(master, pan, "01")
	if err != nil {
		b.Fatal(err)
	}
	sale := &cardcrypto.Transaction{ATC: [2]byte{0, 1}, IssuerData: unhex(b, "0701010303A0B00001")}
	for _, c := range []struct {
		name   string
		scheme cardcrypto.Scheme
	}{{"PBOC 01", cardcrypto.PBOC01}, {"Visa 10", cardcrypto.Visa10}, {"Visa 18", cardcrypto.Visa18}} {
		arqc, err := cardcrypto.Cryptogram(c.scheme, card, sale)
		if err != nil {
			b.Fatal(err)
		}
		b.Run(c.name+"/card key at hand", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if !cardcrypto.VerifyCryptogram(c.scheme, card, sale, arqc[:]) {
					b.Fatal("the cryptogram does not verify")
				}
			}
		})
		b.Run(c.name+"/card key derived", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				card, err := cardcrypto.DeriveCardKey(master, pan, "01")
				if err != nil || !cardcrypto.VerifyCryptogram(c.scheme, card, sale, arqc[:]) {
					b.Fatal("the cryptogram does not verify", err)
				}
			}
		})
	}
}

func BenchmarkNewDESKey(b *testing.B) {
	for _, n := range []int{8, 16, 24} {
		b.Run(map[int]string{8: "single", 16: "double", 24: "triple"}[n], func(b *testing.B) {
			value := make([]byte, n)
			b.ReportAllocs()
			for b.Loop() {
				if _, err := cardcrypto.NewDESKey(value); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

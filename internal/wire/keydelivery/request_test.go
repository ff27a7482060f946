package keydelivery_test

import (
	"bytes"
	"crypto/des"
	"encoding/hex"
	"errors"
	"testing"

	"github.com/yifen-pay/yifen/internal/wire/keydelivery"
)

func TestAsk_arrives(t *testing.T) {
	ask := keydelivery.Ask{Challenge: request.Challenge, Certificate: bytes.Repeat([]byte{0x30}, 977)}
	text, err := ask.Format()
	if err != nil || len(text) != keydelivery.FieldMax {
		t.Fatalf("%d bytes, %v", len(text), err)
	}
	got, err := keydelivery.ParseAsk(text)
	if err != nil || got.Challenge != ask.Challenge || !bytes.Equal(got.Certificate, ask.Certificate) {
		t.Errorf("another request arrived (%v)", err)
	}
	for n := range text {
		if _, err := keydelivery.ParseAsk(text[:n]); !errors.Is(err, keydelivery.ErrMessage) {
			t.Fatalf("%d bytes of it: %v", n, err)
		}
	}
	for name, bad := range map[string][]byte{
		"a byte more": append(bytes.Clone(text[:500]), 0), "another mark": append([]byte("YFKC"), text[4:]...),
	} {
		if _, err := keydelivery.ParseAsk(bad); !errors.Is(err, keydelivery.ErrMessage) {
			t.Errorf("%s: %v", name, err)
		}
	}
	ask.Certificate = append(ask.Certificate, 0)
	if _, err := ask.Format(); !errors.Is(err, keydelivery.ErrMessage) {
		t.Errorf("a certificate that the field does not hold: %v", err)
	}
}

// TestProof holds the proof to one that was computed by other means: openssl des-ede3 -nopad, then sha256.
func TestProof(t *testing.T) {
	key := []byte("0123456789abcdef01234567")
	block, err := des.NewTripleDESCipher(key)
	if err != nil {
		t.Fatal(err)
	}
	enciphered := make([]byte, keydelivery.ChallengeSize)
	for at := 0; at < len(enciphered); at += block.BlockSize() {
		block.Encrypt(enciphered[at:], []byte("YFKRYFKC"))
	}
	proof := keydelivery.Prove(enciphered)
	if got := hex.EncodeToString(proof[:]); got != "5a5221a6b8b09841b8a1b3139a00c580" {
		t.Errorf("the proof is %s", got)
	}
	if bytes.Contains(proof.Format(), enciphered[:8]) {
		t.Error("the confirmation shows a cryptogram of the key")
	}
	got, err := keydelivery.ParseProof(proof.Format())
	if err != nil || got != proof {
		t.Errorf("another proof arrived: %x, %v", got, err)
	}
	text := proof.Format()
	for name, bad := range map[string][]byte{
		"nothing": nil, "a byte less": text[:len(text)-1], "a byte more": append(bytes.Clone(text), 0), "another mark": append([]byte("YFKR"), text[4:]...),
	} {
		if _, err := keydelivery.ParseProof(bad); !errors.Is(err, keydelivery.ErrMessage) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzParseAsk(f *testing.F) {
	f.Add([]byte("YFKR0123456789abcdef\x00\x03der"))
	f.Fuzz(func(t *testing.T, b []byte) {
		ask, err := keydelivery.ParseAsk(b)
		if err != nil {
			return
		}
		if again, err := ask.Format(); err != nil || !bytes.Equal(again, b) {
			t.Errorf("read and written again it is another request (%v)", err)
		}
	})
}

package hsm

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/yifen-pay/yifen/internal/wire/cardcrypto"
)

// TestOpen_firstVersion takes a key that was wrapped before wraps told the cipher: it is a triple DES key
// and may be exported.
func TestOpen_firstVersion(t *testing.T) {
	m, err := New(bytes.Repeat([]byte{7}, kekSize))
	if err != nil {
		t.Fatal(err)
	}
	value := bytes.Repeat([]byte{0x01, 0x23, 0x45, 0x67}, 4)
	old, err := m.safe.Wrap([]byte{wrapVersion1, byte(UseMAC)}, cardcrypto.DES, value)
	if err != nil {
		t.Fatal(err)
	}
	key, err := cardcrypto.NewDESKey(value)
	if err != nil {
		t.Fatal(err)
	}
	want, err := cardcrypto.MAC(cardcrypto.ECB, key, []byte("message"))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := m.MAC(old, cardcrypto.ECB, []byte("message")); err != nil || got != want {
		t.Errorf("MAC %X, want %X (%v)", got, want, err)
	}
	if use, cipher, export, err := m.Use(old); err != nil || use != UseMAC || cipher != TDES || export != Exportable {
		t.Errorf("%v %v %c, %v", use, cipher, export, err)
	}
	upgraded := append(label{UseMAC, TDES, Exportable}.bytes(), old[2:]...)
	if _, err := m.MAC(upgraded, cardcrypto.ECB, nil); !errors.Is(err, ErrKey) {
		t.Errorf("a label of the second version in front: %v", err)
	}
}

func TestUse_readsWhatItWrites(t *testing.T) {
	for u := range useNames {
		if got, err := ParseUse(u.String()); err != nil || got != u {
			t.Errorf("%v: %v, %v", u, got, err)
		}
	}
	for _, c := range []Cipher{TDES, SM4, AES} {
		if got, err := ParseCipher(c.String()); err != nil || got != c {
			t.Errorf("%v: %v, %v", c, got, err)
		}
	}
	if _, err := ParseUse("pim"); !errors.Is(err, ErrUse) {
		t.Error(err)
	}
	if _, err := ParseCipher("rsa"); !errors.Is(err, ErrCipher) {
		t.Error(err)
	}
}

func TestSplit_combinesAgain(t *testing.T) {
	m, err := New(make([]byte, kekSize))
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		use     Use
		cipher  Cipher
		size    int
		holders int
	}{{UseMaster, TDES, 16, 2}, {UseMaster, TDES, 24, 3}, {UseMaster, SM4, 16, 3}, {UseBlockProtection, AES, 32, 2}} {
		parts, want, err := Split(test.cipher, test.size, test.holders)
		if err != nil || len(parts) != test.holders {
			t.Fatalf("%d components, %v", len(parts), err)
		}
		_, kcv, err := m.Combine(test.use, test.cipher, parts)
		if err != nil || !bytes.Equal(kcv, want) {
			t.Errorf("%v of %d bytes: check value %X, want %X (%v)", test.cipher, test.size, kcv, want, err)
		}
		shown := fmt.Sprintf("%v %+v %#v %v", parts[0], parts[0], parts[0], parts)
		if strings.Contains(strings.ToUpper(shown), fmt.Sprintf("%X", parts[0].Value)) || strings.Contains(shown, fmt.Sprint(parts[0].Value)) {
			t.Error("a component shows when it is printed")
		}
	}
	for _, bad := range []struct {
		cipher        Cipher
		size, holders int
	}{{TDES, 16, 1}, {TDES, 16, 4}, {TDES, 17, 2}, {TDES, 8, 2}, {SM4, 24, 2}, {SM4, -1, 2}, {AES, 8, 2}} {
		if _, _, err := Split(bad.cipher, bad.size, bad.holders); err == nil {
			t.Errorf("%v of %d bytes for %d holders", bad.cipher, bad.size, bad.holders)
		}
	}
	zeros, err := AES.checkValue(make([]byte, 32))
	if err != nil || len(zeros) != 5 {
		t.Errorf("check value of AES %X, %v", zeros, err)
	}
}

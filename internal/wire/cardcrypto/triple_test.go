package cardcrypto_test

import (
	"bytes"
	"testing"

	"github.com/yifen-pay/yifen/internal/wire/cardcrypto"
)

// TestKey_triple is the example of three-key triple DES in NIST SP 800-67, appendix B.1.
func TestKey_triple(t *testing.T) {
	key := desKey(t, "0123456789ABCDEF23456789ABCDEF01456789ABCDEF0123")
	plain := []byte("The qufck brown fox jump")
	enciphered, err := key.EncryptECB(plain)
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "enciphered", enciphered, "A826FD8CE53B855FCCE21C8112256FE668D5C05DD9B6B900")
	back, err := key.DecryptECB(enciphered)
	if err != nil || !bytes.Equal(back, plain) {
		t.Errorf("deciphered %q, %v", back, err)
	}
}

// TestKey_tripleOfDouble holds a key of 24 bytes whose ends are alike to the key of 16 bytes it stands for,
// wherever keys are used.
func TestKey_tripleOfDouble(t *testing.T) {
	const double, pan = "0123456789ABCDEFFEDCBA9876543210", "6216261000000000018"
	two, three := desKey(t, double), desKey(t, double+double[:16])
	if !bytes.Equal(two.CheckValue(), three.CheckValue()) {
		t.Error("check values differ")
	}
	data := []byte("0200 and what follows it")
	for _, method := range []cardcrypto.Method{cardcrypto.ECB, cardcrypto.X919, cardcrypto.CBC} {
		mac, err := cardcrypto.MAC(method, two, data)
		if err != nil || !cardcrypto.VerifyMAC(method, three, data, mac[:]) {
			t.Errorf("%v: MACs differ: %v", method, err)
		}
	}
	block, err := cardcrypto.EncodePIN("123456", pan)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(cardcrypto.EncryptPIN(two, block), cardcrypto.EncryptPIN(three, block)) {
		t.Error("PIN blocks differ")
	}
	sale := &cardcrypto.Transaction{ATC: [2]byte{0, 1}, IssuerData: make([]byte, 7)}
	for _, scheme := range []cardcrypto.Scheme{cardcrypto.PBOC01, cardcrypto.Visa10, cardcrypto.Visa18} {
		fromTwo, err := cardcrypto.DeriveCardKey(two, pan, "01")
		if err != nil {
			t.Fatal(err)
		}
		fromThree, err := cardcrypto.DeriveCardKey(three, pan, "01")
		if err != nil {
			t.Fatal(err)
		}
		arqc, err := cardcrypto.Cryptogram(scheme, fromTwo, sale)
		if err != nil || !cardcrypto.VerifyCryptogram(scheme, fromThree, sale, arqc[:]) {
			t.Errorf("scheme %d: cryptograms differ: %v", scheme, err)
		}
	}
	wrapped, err := cardcrypto.Wrap(two, three)
	if err != nil {
		t.Fatal(err)
	}
	back, err := cardcrypto.Unwrap(three, wrapped)
	if err != nil || !back.Equal(three) {
		t.Errorf("a key of 24 bytes did not survive wrapping: %v", err)
	}
}

// TestRetail_triple follows the rule by hand: the last key enciphers in the end.
func TestRetail_triple(t *testing.T) {
	first, second, last := desKey(t, "0123456789ABCDEF"), desKey(t, "23456789ABCDEF01"), desKey(t, "456789ABCDEF0123")
	data := []byte("Now is the time for all ")
	want, err := cardcrypto.MAC(cardcrypto.X99, first, data)
	if err != nil {
		t.Fatal(err)
	}
	step, err := second.DecryptECB(want[:])
	if err != nil {
		t.Fatal(err)
	}
	if step, err = last.EncryptECB(step); err != nil {
		t.Fatal(err)
	}
	got, err := cardcrypto.Retail(desKey(t, "0123456789ABCDEF23456789ABCDEF01456789ABCDEF0123"), data, cardcrypto.PadZero)
	if err != nil || !bytes.Equal(got[:], step) {
		t.Errorf("MAC = %X, %v; want %X", got, err, step)
	}
}

// TestMAC_cbcByHand follows the rule block by block, under SM4 and under triple DES.
func TestMAC_cbcByHand(t *testing.T) {
	sm4, err := cardcrypto.NewSM4Key(unhex(t, "0123456789ABCDEFFEDCBA9876543210"))
	if err != nil {
		t.Fatal(err)
	}
	data := []byte("two blocks of sixteen, and a rest of a few")
	for _, c := range []struct {
		key  *cardcrypto.Key
		size int
	}{{sm4, 16}, {desKey(t, "0123456789ABCDEFFEDCBA9876543210"), 8}} {
		filled := append(bytes.Clone(data), make([]byte, c.size-len(data)%c.size)...)
		chain := make([]byte, c.size)
		for at := 0; at < len(filled); at += c.size {
			for i := range chain {
				chain[i] ^= filled[at+i]
			}
			if chain, err = c.key.EncryptECB(chain); err != nil {
				t.Fatal(err)
			}
		}
		mac, err := cardcrypto.MAC(cardcrypto.CBC, c.key, data)
		if err != nil || !bytes.Equal(mac[:], chain[:8]) {
			t.Errorf("under a %v: MAC = %X, %v; want %X", c.key, mac, err, chain[:8])
		}
	}
}

// TestPIN_sm4ByHand holds the PIN block of SM4 to its rule and takes it to triple DES and back.
func TestPIN_sm4ByHand(t *testing.T) {
	const pan = "123456789012345678"
	sm4, err := cardcrypto.NewSM4Key(unhex(t, "F351D490994603795C6EBEE8FAEBB481"))
	if err != nil {
		t.Fatal(err)
	}
	block, err := cardcrypto.EncodePIN("123456", pan)
	if err != nil {
		t.Fatal(err)
	}
	want, err := sm4.EncryptECB(unhex(t, "061253DFFEDCBA980000000000000000"))
	if err != nil {
		t.Fatal(err)
	}
	enciphered := cardcrypto.EncryptPIN(sm4, block)
	if !bytes.Equal(enciphered, want) {
		t.Errorf("PIN block = %X, want %X", enciphered, want)
	}
	des := desKey(t, "0123456789ABCDEFFEDCBA9876543210")
	moved, err := cardcrypto.TranslatePIN(sm4, pan, enciphered, des, pan)
	if err != nil || !bytes.Equal(moved, cardcrypto.EncryptPIN(des, block)) {
		t.Errorf("from SM4 to triple DES: %X, %v", moved, err)
	}
	back, err := cardcrypto.TranslatePIN(des, pan, moved, sm4, pan)
	if err != nil || !bytes.Equal(back, enciphered) {
		t.Errorf("from triple DES to SM4: %X, %v", back, err)
	}
}

func TestSerialCipher(t *testing.T) {
	const serial, random = "00000304000012345678", "000018"
	double := desKey(t, "0123456789ABCDEFFEDCBA9876543210")
	for method, want := range map[cardcrypto.Method]func(mac [8]byte) []byte{
		cardcrypto.ECB:  func(mac [8]byte) []byte { return mac[:] },
		cardcrypto.X919: func(mac [8]byte) []byte { return hexText(mac[:4]) },
		cardcrypto.CBC:  func(mac [8]byte) []byte { return hexText(mac[:4]) },
	} {
		mac, err := cardcrypto.MAC(method, double, []byte(serial+random))
		if err != nil {
			t.Fatal(err)
		}
		got, err := cardcrypto.SerialCipher(method, double, serial, random)
		if err != nil || got != string(want(mac)) || len(got) != 8 {
			t.Errorf("%v: %q, %v; want %q", method, got, err, want(mac))
		}
		if !cardcrypto.VerifySerialCipher(method, double, serial, random, got) {
			t.Errorf("%v: the serial cipher does not verify", method)
		}
		for name, wrong := range map[string][3]string{
			"other serial": {serial + "0", random, got}, "other random": {serial, "000019", got},
			"other text": {serial, random, "00000000"}, "no text": {serial, random, ""}, "part of the text": {serial, random, got[:7]},
		} {
			if cardcrypto.VerifySerialCipher(method, double, wrong[0], wrong[1], wrong[2]) {
				t.Errorf("%v: verifies with %s", method, name)
			}
		}
	}
	for _, empty := range [][2]string{{"", random}, {serial, ""}, {"序列号", random}} {
		if _, err := cardcrypto.SerialCipher(cardcrypto.ECB, double, empty[0], empty[1]); err == nil {
			t.Errorf("serial %q and random %q were taken", empty[0], empty[1])
		}
	}
	if _, err := cardcrypto.SerialCipher(cardcrypto.X99, double, serial, random); err == nil {
		t.Error("a method that does not suit the key was taken")
	}
}

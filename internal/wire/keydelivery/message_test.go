package keydelivery_test

import (
	"bytes"
	"crypto/des"
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/yifen-pay/yifen/internal/wire/keydelivery"
)

// parties are the keys of a terminal, of another one and of the host.
type parties struct{ terminal, other, host *rsa.PrivateKey }

var newParties = sync.OnceValues(func() (p parties, err error) {
	for _, k := range []**rsa.PrivateKey{&p.terminal, &p.other, &p.host} {
		if *k, err = rsa.GenerateKey(rand.Reader, keydelivery.BitsMin); err != nil {
			return p, err
		}
	}
	return p, nil
})

// check is the check value of a triple DES key of 24 bytes, as a terminal without our libraries computes it.
func check(_ byte, key []byte) ([]byte, error) {
	block, err := des.NewTripleDESCipher(key)
	if err != nil {
		return nil, err
	}
	out := make([]byte, 8)
	block.Encrypt(out, out)
	return out[:4], nil
}

var (
	tmk     = []byte("0123456789abcdefghijklmn")
	request = keydelivery.Request{Serial: "YF0000000042", Challenge: [keydelivery.ChallengeSize]byte{4, 2}}
)

func sealed(t *testing.T, p parties) keydelivery.Message {
	t.Helper()
	kcv, err := check(keydelivery.TDES, tmk)
	if err != nil {
		t.Fatal(err)
	}
	m := keydelivery.Message{Cipher: keydelivery.TDES, Challenge: request.Challenge, Serial: request.Serial, CheckValue: kcv}
	if err := m.Seal(rand.Reader, tmk, &p.terminal.PublicKey, p.host); err != nil {
		t.Fatal(err)
	}
	return m
}

func TestMessage_arrives(t *testing.T) {
	p, err := newParties()
	if err != nil {
		t.Fatal(err)
	}
	text, err := sealed(t, p).Format()
	if err != nil {
		t.Fatal(err)
	}
	if len(text) > 999 || bytes.Contains(text, tmk) {
		t.Errorf("%d bytes, which do not fit field 62, or the key shows", len(text))
	}
	m, err := keydelivery.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := m.Open(request, p.terminal, &p.host.PublicKey, check); err != nil || !bytes.Equal(got, tmk) {
		t.Errorf("another key arrived (%v)", err)
	}
	if shown := m.String(); !strings.Contains(shown, request.Serial) {
		t.Errorf("printed as %q", shown)
	}
}

// TestMessage_refuses changes every byte of a message, and every part of who opens it.
func TestMessage_refuses(t *testing.T) {
	p, err := newParties()
	if err != nil {
		t.Fatal(err)
	}
	good := sealed(t, p)
	text, err := good.Format()
	if err != nil {
		t.Fatal(err)
	}
	for i := range text {
		bad := bytes.Clone(text)
		bad[i] ^= 1
		m, err := keydelivery.Parse(bad)
		if err == nil {
			_, err = m.Open(request, p.terminal, &p.host.PublicKey, check)
		}
		if !errors.Is(err, keydelivery.ErrMessage) && !errors.Is(err, keydelivery.ErrSignature) {
			t.Fatalf("byte %d changed: %v", i, err)
		}
	}
	for n := range text {
		if _, err := keydelivery.Parse(text[:n]); !errors.Is(err, keydelivery.ErrMessage) {
			t.Fatalf("%d bytes of it: %v", n, err)
		}
	}
	if _, err := keydelivery.Parse(append(slices.Clip(text), 0)); !errors.Is(err, keydelivery.ErrMessage) {
		t.Errorf("one byte more: %v", err)
	}
	other, older := request, request
	other.Serial, older.Challenge = "YF0000000043", [keydelivery.ChallengeSize]byte{4, 1}
	wrong := func(_ byte, key []byte) ([]byte, error) { return key[:4], nil }
	for name, try := range map[string]struct {
		open func() ([]byte, error)
		want error
	}{
		"another terminal": {func() ([]byte, error) { return good.Open(other, p.terminal, &p.host.PublicKey, check) }, keydelivery.ErrOther},
		"another request":  {func() ([]byte, error) { return good.Open(older, p.terminal, &p.host.PublicKey, check) }, keydelivery.ErrOther},
		"another RSA key":  {func() ([]byte, error) { return good.Open(request, p.other, &p.host.PublicKey, check) }, keydelivery.ErrKey},
		"another host":     {func() ([]byte, error) { return good.Open(request, p.terminal, &p.other.PublicKey, check) }, keydelivery.ErrSignature},
		"check value":      {func() ([]byte, error) { return good.Open(request, p.terminal, &p.host.PublicKey, wrong) }, keydelivery.ErrKey},
	} {
		if key, err := try.open(); !errors.Is(err, try.want) || key != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	short, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	m := good
	if err := m.Seal(rand.Reader, tmk, &short.PublicKey, p.host); !errors.Is(err, keydelivery.ErrRSA) {
		t.Errorf("for a short key: %v", err)
	}
	if err := m.Seal(rand.Reader, tmk, &p.terminal.PublicKey, short); !errors.Is(err, keydelivery.ErrRSA) {
		t.Errorf("by a short key: %v", err)
	}
	m.Serial = strings.Repeat("9", 256)
	if _, err := m.Format(); !errors.Is(err, keydelivery.ErrMessage) {
		t.Errorf("a serial number of 256 digits: %v", err)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte("YFKD\x01\x01" + strings.Repeat("c", 16) + "\x02sn\x03kcv\x00\x03key\x00\x03sig"))
	f.Add([]byte("YFKD\x01\x01"))
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := keydelivery.Parse(b)
		if err != nil {
			return
		}
		if again, err := m.Format(); err != nil || !bytes.Equal(again, b) {
			t.Errorf("read and written again it is another message (%v)", err)
		}
	})
}

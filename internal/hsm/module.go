package hsm

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"log/slog"
	"strings"
	"sync"
)

// kekSize is the length of the key-encryption key, in bytes.
const kekSize = 32

// Module is the security module in software. It is safe for concurrent use.
type Module struct {
	wrap  cipher.AEAD // wraps keys
	data  cipher.AEAD // seals card numbers
	index sync.Pool   // of hash.Hash: the keyed hash by which a card is found again
	keys  cache
}

// New returns a module under a key-encryption key of 32 bytes, which the caller may erase afterwards.
func New(kek []byte) (*Module, error) {
	if len(kek) != kekSize {
		return nil, ErrKEK
	}
	wrap, err := deriveAEAD(kek, "yifen hsm 1 wrap keys")
	if err != nil {
		return nil, err
	}
	data, err := deriveAEAD(kek, "yifen hsm 1 seal card numbers")
	if err != nil {
		return nil, err
	}
	index, err := hkdf.Key(sha256.New, kek, nil, "yifen hsm 1 index card numbers", sha256.Size)
	if err != nil {
		return nil, err
	}
	m := &Module{wrap: wrap, data: data}
	m.index.New = func() any { return hmac.New(sha256.New, index) }
	return m, nil
}

// deriveAEAD returns AES-256-GCM under a key derived from the key-encryption key for one purpose. The
// nonce is drawn by the cipher and stands before what it encrypts.
func deriveAEAD(kek []byte, purpose string) (cipher.AEAD, error) {
	key, err := hkdf.Key(sha256.New, kek, nil, purpose, kekSize)
	if err != nil {
		return nil, err
	}
	defer clear(key)
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCMWithRandomNonce(block)
}

// ParseKEK reads a key-encryption key from the text of a file or an environment variable: 64 hexadecimal
// digits, white space around them allowed. The error never shows the text.
func ParseKEK(text string) ([]byte, error) {
	kek, err := hex.DecodeString(strings.TrimSpace(text))
	if err != nil || len(kek) != kekSize {
		return nil, ErrKEK
	}
	return kek, nil
}

// keyedHash returns the keyed hash of a text.
func (m *Module) keyedHash(text string) (sum [sha256.Size]byte) {
	h := m.index.Get().(hash.Hash)
	h.Reset()
	h.Write([]byte(text))
	h.Sum(sum[:0])
	m.index.Put(h)
	return sum
}

// String says what it is and nothing of what it holds.
func (*Module) String() string { return "software security module" }

// GoString returns what String returns.
func (m *Module) GoString() string { return m.String() }

// Format writes what String returns, whatever the verb.
func (m *Module) Format(s fmt.State, _ rune) { fmt.Fprint(s, m.String()) }

// LogValue returns what String returns.
func (m *Module) LogValue() slog.Value { return slog.StringValue(m.String()) }

// MarshalJSON returns what String returns, as a JSON string.
func (m *Module) MarshalJSON() ([]byte, error) { return []byte(`"` + m.String() + `"`), nil }

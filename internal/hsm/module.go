package hsm

import (
	"crypto/cipher"
	"encoding/hex"
	"fmt"
	"log/slog"
	"strings"
)

// kekSize is the length of the key-encryption key, in bytes.
const kekSize = 32

// Module is the security module. It is safe for concurrent use.
type Module struct {
	safe    Safe
	records cipher.AEAD // seals records that are neither keys nor card numbers
	name    string
}

// New returns a module in software under a key-encryption key of 32 bytes, which the caller may erase
// afterwards.
func New(kek []byte) (*Module, error) {
	safe, err := newSoftware(kek)
	if err != nil {
		return nil, err
	}
	return NewWith(safe, "software security module")
}

// NewWith returns a module that keeps its secrets in a safe. The name is what the module prints as.
func NewWith(safe Safe, name string) (*Module, error) {
	key, err := safe.Index([]byte("yifen hsm 1 seal records"))
	if err != nil {
		return nil, err
	}
	defer clear(key[:])
	records, err := newAEAD(key[:])
	if err != nil {
		return nil, err
	}
	return &Module{safe: safe, records: records, name: name}, nil
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

// String says what it is and nothing of what it holds.
func (m *Module) String() string { return m.name }

// GoString returns what String returns.
func (m *Module) GoString() string { return m.String() }

// Format writes what String returns, whatever the verb.
func (m *Module) Format(s fmt.State, _ rune) { fmt.Fprint(s, m.String()) }

// LogValue returns what String returns.
func (m *Module) LogValue() slog.Value { return slog.StringValue(m.String()) }

// MarshalJSON returns what String returns, as a JSON string.
func (m *Module) MarshalJSON() ([]byte, error) { return []byte(`"` + m.String() + `"`), nil }

package hsm

import (
	"crypto/rand"
	"encoding/hex"
	"slices"
	"strings"

	"github.com/yifen-pay/yifen/internal/wire/keyblock"
)

// blockRule says how keys of a use travel in key blocks (TR-31:2018, tables 6 and 8).
type blockRule struct {
	usages []string // taken in; the first is written, except for MAC keys
	modes  string   // taken in; what we do with the key must be allowed by it. The first is written
	double bool     // a triple DES key must have 16 bytes or more
}

// blockRules are the uses that keys of a block may have.
var blockRules = map[Use]blockRule{
	UseMaster:          {[]string{"K0"}, "BN", true},
	UsePIN:             {[]string{"P0"}, "BDN", false},
	UseMAC:             {[]string{"M1", "M3"}, "CN", false},
	UseTrack:           {[]string{"D0"}, "BDN", false},
	UseNetworkPIN:      {[]string{"P0"}, "BEN", true},
	UseNetworkMAC:      {[]string{"M3"}, "CN", true},
	UseBlockProtection: {[]string{"K1"}, "BN", true},
}

// Export is what a key block should say of the key in it. The zero value is right for most.
type Export struct {
	// Usage is that of TR-31; "" stands for the one of the key's use: K0, P0, M1 or M3, D0, K1.
	Usage string
	// Exportability may restrict the key further; 0 stands for what the key has itself.
	Exportability Exportability
	// KeyVersion is two characters; "" stands for "00", no version.
	KeyVersion string
}

// ExportKey returns a key as a key block under a protection key: version B under triple DES, D under AES.
// The block shows the length of the longest key of its algorithm. It refuses a key that came as not
// exportable, a protection key that is weaker than the key, and SM4 keys, for which key blocks have no
// letter.
func (m *Module) ExportKey(kbpk, key []byte, e Export) (string, error) {
	l, value, err := m.reveal(key)
	if err != nil {
		return "", err
	}
	defer clear(value)
	rule, known := blockRules[l.use]
	switch {
	case !known:
		return "", ErrUse
	case l.export == NotExportable:
		return "", ErrNotExportable
	}
	h := keyblock.Header{
		Usage: e.Usage, Mode: rule.modes[0], KeyVersion: e.KeyVersion, Exportability: byte(l.export), Context: "00",
	}
	if h.Usage == "" {
		h.Usage = rule.usages[0]
		if l.use == UseMAC && len(value) > 8 {
			h.Usage = "M3"
		}
	}
	if h.KeyVersion == "" {
		h.KeyVersion = "00"
	}
	switch {
	case !slices.Contains(rule.usages, h.Usage):
		return "", ErrBlockUse
	case e.Exportability == NotExportable:
		h.Exportability = byte(NotExportable)
	case e.Exportability != 0 && e.Exportability != l.export:
		return "", ErrNotExportable
	}
	if h.Algorithm, err = l.cipher.blockAlgorithm(len(value)); err != nil {
		return "", err
	}
	protection, version, err := m.protection(kbpk, l.cipher, len(value))
	if err != nil {
		return "", err
	}
	defer clear(protection)
	h.Version = version
	block, err := keyblock.Wrap(protection, h, value, 0, rand.Reader)
	if err != nil {
		return "", ErrBlock
	}
	return block.Text(), nil
}

// ImportKey takes in the key of a key block under a protection key, for one use, and returns it wrapped, with
// its check value. The block must be genuine, for that use, and allow in its mode what we do with the key; a
// key that comes as not exportable stays so.
func (m *Module) ImportKey(kbpk []byte, text string, want Use) (wrapped, kcv []byte, err error) {
	rule, known := blockRules[want]
	if !known {
		return nil, nil, ErrUse
	}
	block, err := keyblock.Parse(strings.TrimSpace(text))
	if err != nil {
		return nil, nil, ErrBlock
	}
	h := block.Header
	if !slices.Contains(rule.usages, h.Usage) || strings.IndexByte(rule.modes, h.Mode) < 0 {
		return nil, nil, ErrBlockUse
	}
	c := map[byte]Cipher{'D': TDES, 'T': TDES, 'A': AES}[h.Algorithm]
	if c == 0 || c == AES && want != UseBlockProtection {
		return nil, nil, ErrBlockCipher
	}
	export := Exportability(h.Exportability)
	if export != Exportable && export != Sensitive && export != NotExportable {
		return nil, nil, ErrBlock
	}
	protection, _, err := m.protection(kbpk, TDES, 0) // its strength was the exporter's affair
	if err != nil {
		return nil, nil, err
	}
	defer clear(protection)
	value, err := block.Unwrap(protection)
	if err != nil {
		return nil, nil, ErrBlock
	}
	defer clear(value)
	if c == TDES && rule.double && len(value) < 16 {
		return nil, nil, ErrKeyValue
	}
	if kcv, err = c.checkValue(value); err != nil {
		return nil, nil, err
	}
	wrapped, err = m.wrap(label{want, c, export}, value)
	return wrapped, kcv, err
}

// protection returns the value of a protection key and the version of the blocks that it makes, if it is no
// weaker than a key of this cipher and length.
func (m *Module) protection(kbpk []byte, c Cipher, size int) ([]byte, keyblock.Version, error) {
	l, _, err := readLabel(kbpk)
	if err != nil || l.use != UseBlockProtection {
		return nil, 0, ErrKey
	}
	_, value, err := m.reveal(kbpk)
	if err != nil {
		return nil, 0, err
	}
	if strength(l.cipher, len(value)) < strength(c, size) {
		clear(value)
		return nil, 0, ErrProtection
	}
	if l.cipher == AES {
		return value, keyblock.VersionD, nil
	}
	return value, keyblock.VersionB, nil
}

// strength returns the security of a key in bits, NIST SP 800-57 part 1, table 2; of SM4 as of AES.
func strength(c Cipher, size int) int {
	switch {
	case c == AES || c == SM4:
		return 8 * size
	case size == 24:
		return 112
	case size == 16:
		return 80
	}
	return 0
}

// blockAlgorithm returns the letter of a key in a header.
func (c Cipher) blockAlgorithm(size int) (byte, error) {
	switch {
	case c == TDES && size == 8:
		return 'D', nil
	case c == TDES:
		return 'T', nil
	case c == AES:
		return 'A', nil
	}
	return 0, ErrBlockCipher
}

// blockCheck returns the check value of an AES key by one of the methods of key blocks.
func blockCheck(method string, value []byte) ([]byte, error) {
	text, err := keyblock.CheckValue(method, 'A', value)
	if err != nil {
		return nil, ErrKeyValue
	}
	return hex.DecodeString(text[len(method):])
}

package hsm

import (
	"crypto/rand"
	"fmt"
	"math/bits"

	"github.com/yifen-pay/yifen/internal/wire/cardcrypto"
	"github.com/yifen-pay/yifen/internal/wire/keyblock"
)

// Use is what a key is for. It is written into a wrap and authenticated with it; numbers are never given
// anew.
type Use byte

// Uses.
const (
	UseMaster          Use = 1 // encrypts working keys on their way: TMK of a terminal, ZMK of a network
	UsePIN             Use = 2 // a terminal's PIK: PINs come in under it, none goes out
	UseMAC             Use = 3 // a terminal's MAK
	UseTrack           Use = 4 // a terminal's TDK
	UseNetworkPIN      Use = 5 // PINs go out under it
	UseNetworkMAC      Use = 6
	UseBlockProtection Use = 7 // protects key blocks (KBPK)
	UseHostKey         Use = 8 // the RSA key by which terminals know us
)

// useNames are the uses in words, as commands take them.
var useNames = map[Use]string{
	UseMaster: "master", UsePIN: "pin", UseMAC: "mac", UseTrack: "track", UseNetworkPIN: "network-pin",
	UseNetworkMAC: "network-mac", UseBlockProtection: "block-protection", UseHostKey: "host",
}

// String returns the use in words, e.g. "network-pin".
func (u Use) String() string {
	if name, ok := useNames[u]; ok {
		return name
	}
	return fmt.Sprintf("Use(%d)", byte(u))
}

// ParseUse is the inverse of [Use.String].
func ParseUse(text string) (Use, error) {
	for u, name := range useNames {
		if name == text {
			return u, nil
		}
	}
	return 0, ErrUse
}

// Cipher is the algorithm that a key is for. It is written into a wrap; numbers are never given anew.
type Cipher byte

// Ciphers.
const (
	TDES Cipher = 1 // DES and triple DES
	SM4  Cipher = 2
	AES  Cipher = 3 // of protection keys only
	RSA  Cipher = 4 // of the host's key only
)

// String returns the cipher in the words of [terminal.Keys]: "3des", "sm4", "aes" or "rsa".
//
// [terminal.Keys]: https://pkg.go.dev/github.com/yifen-pay/yifen/internal/domain/terminal#Keys
func (c Cipher) String() string {
	switch c {
	case TDES:
		return "3des"
	case SM4:
		return "sm4"
	case AES:
		return "aes"
	case RSA:
		return "rsa"
	}
	return fmt.Sprintf("Cipher(%d)", byte(c))
}

// ParseCipher is the inverse of [Cipher.String] for the ciphers of keys that people bring.
func ParseCipher(text string) (Cipher, error) {
	for _, c := range []Cipher{TDES, SM4, AES} {
		if c.String() == text {
			return c, nil
		}
	}
	return 0, ErrCipher
}

// algorithm returns the cipher as cardcrypto names it, 0 for one that no card payment uses.
func (c Cipher) algorithm() cardcrypto.Algorithm {
	switch c {
	case TDES:
		return cardcrypto.DES
	case SM4:
		return cardcrypto.SM4
	}
	return 0
}

// checkValue returns the check value by which people compare a key: of DES 4 bytes and of SM4 8 bytes of
// zeros enciphered, of AES 5 bytes of the CMAC of zeros.
func (c Cipher) checkValue(value []byte) ([]byte, error) {
	if c == AES {
		return blockCheck(keyblock.CheckCMAC, value)
	}
	key, err := cardcrypto.NewKey(c.algorithm(), value)
	if err != nil {
		return nil, ErrKeyValue
	}
	return key.CheckValue(), nil
}

// Exportability says whether a key may leave in a key block, in the letters of TR-31.
type Exportability byte

// Exportabilities.
const (
	Exportable    Exportability = 'E'
	NotExportable Exportability = 'N'
	Sensitive     Exportability = 'S' // exportable; kept apart because the letter travels with the key
)

const (
	wrapVersion1 = 1 // label of version and use; all keys are DES
	wrapVersion2 = 2 // label of version, use, cipher and exportability
)

// label is the beginning of a wrap: what the key is, authenticated with it.
type label struct {
	use    Use
	cipher Cipher
	export Exportability
}

func (l label) bytes() []byte {
	return []byte{wrapVersion2, byte(l.use), byte(l.cipher), byte(l.export)}
}

// readLabel returns the label of a wrap and its length in bytes. Nothing of it is proven before the safe
// opened the wrap.
func readLabel(wrapped []byte) (label, int, error) {
	switch {
	case len(wrapped) > 2 && wrapped[0] == wrapVersion1:
		return label{Use(wrapped[1]), TDES, Exportable}, 2, nil
	case len(wrapped) > 4 && wrapped[0] == wrapVersion2:
		return label{Use(wrapped[1]), Cipher(wrapped[2]), Exportability(wrapped[3])}, 4, nil
	}
	return label{}, 0, ErrKey
}

// wrap wraps the value of a key.
func (m *Module) wrap(l label, value []byte) ([]byte, error) {
	return m.safe.Wrap(l.bytes(), l.cipher.algorithm(), value)
}

// open returns the key of a wrap ready to work, if that is for this use.
func (m *Module) open(u Use, wrapped []byte) (Key, error) {
	l, size, err := readLabel(wrapped)
	if err != nil || l.use != u {
		return nil, ErrKey
	}
	return m.safe.Open(wrapped, size, l.cipher.algorithm())
}

// reveal returns the value of a key in clear, and its label.
func (m *Module) reveal(wrapped []byte) (label, []byte, error) {
	l, size, err := readLabel(wrapped)
	if err != nil {
		return label{}, nil, err
	}
	value, err := m.safe.Reveal(wrapped, size)
	return l, value, err
}

// Use returns what a wrapped key says it is for. It is proven only when the key is used.
func (m *Module) Use(wrapped []byte) (Use, Cipher, Exportability, error) {
	l, _, err := readLabel(wrapped)
	return l.use, l.cipher, l.export, err
}

// CheckValue returns the check value of a wrapped key, to compare with the other side's: 4 bytes of DES, 8
// of SM4, 5 of AES.
func (m *Module) CheckValue(wrapped []byte) ([]byte, error) {
	l, _, err := readLabel(wrapped)
	if err != nil {
		return nil, err
	}
	size := map[Cipher]int{TDES: 4, SM4: 8}[l.cipher]
	if size == 0 {
		_, value, err := m.reveal(wrapped)
		if err != nil {
			return nil, err
		}
		defer clear(value)
		return l.cipher.checkValue(value)
	}
	key, err := m.open(l.use, wrapped)
	if err != nil {
		return nil, err
	}
	zeros, err := key.EncryptECB(make([]byte, 2*size))
	if err != nil {
		return nil, err
	}
	return zeros[:size], nil
}

// generate returns random bytes for a key of the cipher; of DES with odd parity, which some terminals
// insist on.
func (c Cipher) generate(size int) ([]byte, error) {
	value := make([]byte, size)
	if _, err := rand.Read(value); err != nil {
		return nil, err
	}
	if c == TDES {
		setParity(value)
	}
	return value, nil
}

// setParity gives every byte odd parity.
func setParity(value []byte) {
	for i, b := range value {
		value[i] = b&^1 | byte(bits.OnesCount8(b>>1)+1)&1
	}
}

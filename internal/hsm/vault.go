package hsm

import (
	"encoding/hex"

	"github.com/yifen-pay/yifen/internal/domain/card"
)

const (
	sealVersion = 1
	indexSize   = 16 // bytes of the keyed hash that are kept: equal by chance once in 2^64 cards
)

// Seal encrypts a card number for storage. The index is bound to the cipher, so that neither can be moved
// to another record alone.
func (m *Module) Seal(pan card.PAN) (card.Sealed, error) {
	if pan.IsZero() {
		return card.Sealed{}, ErrNoCard
	}
	digits := []byte(pan.Reveal())
	defer clear(digits)
	sum, err := m.safe.Index(digits)
	if err != nil {
		return card.Sealed{}, err
	}
	index := hex.EncodeToString(sum[:indexSize])
	sealed, err := m.safe.Seal(digits, []byte(index))
	if err != nil {
		return card.Sealed{}, err
	}
	cipher := append(make([]byte, 0, 1+len(sealed)), sealVersion)
	return card.Sealed{Masked: pan.Masked(), Index: index, Cipher: append(cipher, sealed...)}, nil
}

// Open returns the card number of a sealed one.
func (m *Module) Open(s card.Sealed) (card.PAN, error) {
	if len(s.Cipher) == 0 || s.Cipher[0] != sealVersion {
		return card.PAN{}, ErrSealed
	}
	digits, err := m.safe.Unseal(s.Cipher[1:], []byte(s.Index))
	if err != nil {
		return card.PAN{}, err
	}
	defer clear(digits)
	pan, err := card.ParsePAN(string(digits))
	if err != nil {
		return card.PAN{}, ErrSealed
	}
	return pan, nil
}

// SealData encrypts what is stored and is no card number, such as the picture of a signature. It is bound to
// the record it belongs to, so that it cannot be moved to another. Its key is derived when the module starts
// and stays in this process, whatever safe the module has.
func (m *Module) SealData(data []byte, record string) []byte {
	sealed := make([]byte, 1, 1+len(data)+m.records.Overhead())
	sealed[0] = sealVersion
	return m.records.Seal(sealed, nil, data, []byte(record))
}

// OpenData returns what SealData encrypted for the same record.
func (m *Module) OpenData(sealed []byte, record string) ([]byte, error) {
	if len(sealed) == 0 || sealed[0] != sealVersion {
		return nil, ErrSealed
	}
	data, err := m.records.Open(nil, nil, sealed[1:], []byte(record))
	if err != nil {
		return nil, ErrSealed
	}
	return data, nil
}

// IndexData returns a keyed hash by which a text that is stored sealed is found again: 32 hexadecimal digits, the same for
// the same text of the same space as long as the safe lives. Spaces keep a telephone number from being taken for an
// account; no text of a card number lies in any of them.
func (m *Module) IndexData(space, text string) (string, error) {
	sum, err := m.safe.Index([]byte(space + "\x00" + text))
	if err != nil {
		return "", err
	}
	return hex.EncodeToString(sum[:indexSize]), nil
}

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
	digits := pan.Reveal()
	sum := m.keyedHash(digits)
	index := hex.EncodeToString(sum[:indexSize])
	sealed := make([]byte, 1, 1+len(digits)+m.data.Overhead())
	sealed[0] = sealVersion
	sealed = m.data.Seal(sealed, nil, []byte(digits), []byte(index))
	return card.Sealed{Masked: pan.Masked(), Index: index, Cipher: sealed}, nil
}

// Open returns the card number of a sealed one.
func (m *Module) Open(s card.Sealed) (card.PAN, error) {
	if len(s.Cipher) == 0 || s.Cipher[0] != sealVersion {
		return card.PAN{}, ErrSealed
	}
	digits, err := m.data.Open(nil, nil, s.Cipher[1:], []byte(s.Index))
	if err != nil {
		return card.PAN{}, ErrSealed
	}
	pan, err := card.ParsePAN(string(digits))
	if err != nil {
		return card.PAN{}, ErrSealed
	}
	return pan, nil
}

// SealData encrypts what is stored and is no card number, such as the picture of a signature. It is bound to
// the record it belongs to, so that it cannot be moved to another.
func (m *Module) SealData(data []byte, record string) []byte {
	sealed := make([]byte, 1, 1+len(data)+m.data.Overhead())
	sealed[0] = sealVersion
	return m.data.Seal(sealed, nil, data, []byte(dataPrefix+record))
}

// OpenData returns what SealData encrypted for the same record.
func (m *Module) OpenData(sealed []byte, record string) ([]byte, error) {
	if len(sealed) == 0 || sealed[0] != sealVersion {
		return nil, ErrSealed
	}
	data, err := m.data.Open(nil, nil, sealed[1:], []byte(dataPrefix+record))
	if err != nil {
		return nil, ErrSealed
	}
	return data, nil
}

// dataPrefix keeps records apart from the indexes that card numbers are bound to, which are hexadecimal.
const dataPrefix = "record:"

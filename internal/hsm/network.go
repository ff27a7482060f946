package hsm

import (
	"encoding/hex"

	"github.com/yifen-pay/yifen/internal/wire/cardcrypto"
)

// A part of field 48 of a network's key change: two letters, a double-length key and its check value.
const (
	changeKeyDigits   = 32
	changeCheckDigits = 8
	changePart        = 2 + changeKeyDigits + changeCheckDigits
)

// ImportNetworkKeys takes in the working keys of a network's key change (F48 of 0820, F70 = 101), which are
// enciphered under the member key, and returns them wrapped. Both check values must fit.
func (m *Module) ImportNetworkKeys(zmk []byte, f48 string) (pinKey, macKey []byte, err error) {
	master, err := m.open(useMaster, zmk)
	if err != nil {
		return nil, nil, err
	}
	if len(f48) != 2*changePart {
		return nil, nil, ErrKeyChange
	}
	pin, err := importKey(master, "PK", f48[:changePart])
	if err != nil {
		return nil, nil, err
	}
	mac, err := importKey(master, "MK", f48[changePart:])
	if err != nil {
		return nil, nil, err
	}
	return m.seal(useNetworkPIN, pin), m.seal(useNetworkMAC, mac), nil
}

func importKey(master *cardcrypto.Key, name, part string) (*cardcrypto.Key, error) {
	raw, err := hex.DecodeString(part[len(name):])
	if err != nil || part[:len(name)] != name {
		return nil, ErrKeyChange
	}
	key, err := cardcrypto.Unwrap(master, cardcrypto.Wrapped{
		Cryptogram: raw[:changeKeyDigits/2], CheckValue: raw[changeKeyDigits/2:],
	})
	if err != nil {
		return nil, ErrKeyChange
	}
	return key, nil
}

// NetworkMAC computes F128 of a message under a network's MAC key: ANSI X9.19.
func (m *Module) NetworkMAC(key, data []byte) ([8]byte, error) {
	return m.mac(useNetworkMAC, key, cardcrypto.X919, data)
}

// VerifyNetworkMAC returns [ErrMAC] unless mac is that of data under a network's MAC key.
func (m *Module) VerifyNetworkMAC(key, data, mac []byte) error {
	return m.verifyMAC(useNetworkMAC, key, cardcrypto.X919, data, mac)
}

package hsm

import (
	"crypto/subtle"
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
// triple DES keys enciphered under the member key, and returns them wrapped. Both check values must fit.
func (m *Module) ImportNetworkKeys(zmk []byte, f48 string) (pinKey, macKey []byte, err error) {
	master, err := m.open(UseMaster, zmk)
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
	defer clear(pin)
	mac, err := importKey(master, "MK", f48[changePart:])
	if err != nil {
		return nil, nil, err
	}
	defer clear(mac)
	if pinKey, err = m.wrap(label{UseNetworkPIN, TDES, Exportable}, pin); err != nil {
		return nil, nil, err
	}
	macKey, err = m.wrap(label{UseNetworkMAC, TDES, Exportable}, mac)
	return pinKey, macKey, err
}

func importKey(master Key, name, part string) ([]byte, error) {
	raw, err := hex.DecodeString(part[len(name):])
	if err != nil || part[:len(name)] != name {
		return nil, ErrKeyChange
	}
	value, err := master.DecryptECB(raw[:changeKeyDigits/2])
	if err != nil {
		return nil, err
	}
	check, err := TDES.checkValue(value)
	if err != nil || subtle.ConstantTimeCompare(check, raw[changeKeyDigits/2:]) != 1 {
		return nil, ErrKeyChange
	}
	return value, nil
}

// NetworkMAC computes F128 of a message under a network's MAC key: ANSI X9.19.
func (m *Module) NetworkMAC(key, data []byte) ([8]byte, error) {
	return m.mac(UseNetworkMAC, key, cardcrypto.X919, data)
}

// VerifyNetworkMAC returns [ErrMAC] unless mac is that of data under a network's MAC key.
func (m *Module) VerifyNetworkMAC(key, data, mac []byte) error {
	return m.verifyMAC(UseNetworkMAC, key, cardcrypto.X919, data, mac)
}

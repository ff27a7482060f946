package keyblock

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/des"
	"crypto/subtle"
	"encoding/hex"
	"strings"
)

// Methods of check values in the optional blocks KC and KP.
const (
	CheckZeros = "00" // zeros enciphered under the key
	CheckCMAC  = "01" // CMAC over a block of zeros
)

// CheckValue returns the data of an optional block KC or KP for a key: the method, and the check value of
// three bytes for [CheckZeros] and five for [CheckCMAC] in hexadecimal. The algorithm is that of the header,
// 'T', 'D' or 'A'; a protection key has 'T' in versions A, B and C and 'A' in D.
func CheckValue(method string, algorithm byte, key []byte) (string, error) {
	value, err := checkValue(method, algorithm, key)
	if err != nil {
		return "", err
	}
	n := 5
	if method == CheckZeros {
		n = 3
	}
	return method + strings.ToUpper(hex.EncodeToString(value[:n])), nil
}

// checkValue returns the whole block that a check value is the beginning of.
func checkValue(method string, algorithm byte, key []byte) ([]byte, error) {
	var block cipher.Block
	var err error
	switch {
	case !keyLength(algorithm, len(key)):
		return nil, ErrKey
	case algorithm == 'A':
		block, err = aes.NewCipher(key)
	case (algorithm == 'T' || algorithm == 'D') && len(key) == 8:
		block, err = des.NewCipher(key)
	case algorithm == 'T':
		block, err = newCipher(VersionB, key)
	default:
		return nil, ErrKey
	}
	if err != nil {
		return nil, err
	}
	zeros := make([]byte, block.BlockSize())
	switch method {
	case CheckZeros:
		block.Encrypt(zeros, zeros)
		return zeros, nil
	case CheckCMAC:
		return cmac(block, zeros), nil
	}
	return nil, ErrCheckValue
}

// checkDigitsMin is the shortest check value in hexadecimal digits that says something: two bytes.
const checkDigitsMin = 4

// verifyCheckValues compares the optional blocks KP and KC, where there are such, with the keys. A method
// or an algorithm that the package does not know is passed over.
func (h *Header) verifyCheckValues(kbpk, key []byte) error {
	protection := byte('T')
	if h.Version == VersionD {
		protection = 'A'
	}
	for _, c := range []struct {
		id        string
		algorithm byte
		key       []byte
	}{{OptionKBPKCheck, protection, kbpk}, {OptionKeyCheck, h.Algorithm, key}} {
		data, ok := h.Option(c.id)
		if !ok || len(data) < 2 {
			continue
		}
		whole, err := checkValue(data[:2], c.algorithm, c.key)
		if err != nil {
			continue
		}
		want, err := hex.DecodeString(data[2:])
		if err != nil || len(data)-2 < checkDigitsMin || len(want) > len(whole) ||
			subtle.ConstantTimeCompare(whole[:len(want)], want) != 1 {
			return ErrCheckValue
		}
	}
	return nil
}

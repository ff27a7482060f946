package cardcrypto

import (
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"strings"
)

// ErrSerial reports a serial number or random factor that is empty or not ASCII.
var ErrSerial = errors.New("cardcrypto: serial number and random factor must not be empty and be printable ASCII")

// SerialCipher proves that a terminal is the one with a serial number: the value of the inner tag 04 in the
// terminal information of F59 (A2), eight characters. It is the MAC over serial number (inner tag 02) and
// random factor (03, the last six digits of the card number or payment code), written in hexadecimal, of
// which the first eight characters count; under [ECB], whose MAC is hexadecimal already, that is the MAC.
//
// The acquirers' formula is not published. This is a profile option of our own, which a real acquirer's
// replaces.
func SerialCipher(method Method, key *Key, serial, random string) (string, error) {
	for _, s := range []string{serial, random} {
		if s == "" || strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r > '~' }) {
			return "", ErrSerial
		}
	}
	mac, err := MAC(method, key, []byte(serial+random))
	if err != nil {
		return "", err
	}
	if method == ECB {
		return string(mac[:]), nil
	}
	return strings.ToUpper(hex.EncodeToString(mac[:4])), nil
}

// VerifySerialCipher reports in constant time whether text is the serial cipher. What cannot be computed
// verifies nothing.
func VerifySerialCipher(method Method, key *Key, serial, random, text string) bool {
	want, err := SerialCipher(method, key, serial, random)
	return err == nil && subtle.ConstantTimeCompare([]byte(want), []byte(text)) == 1
}

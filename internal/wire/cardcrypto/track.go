package cardcrypto

import (
	"encoding/hex"
	"errors"
	"strings"
)

// ErrTrack reports a track that is not made of upper-case hexadecimal digits.
var ErrTrack = errors.New("cardcrypto: track is not made of digits with D as the separator")

// trackClearMax is the number of digits up to which a track goes in clear.
const trackClearMax = 16

// EncryptTrack enciphers a track (53.3 = 1, variant 1): of its digits packed two to a byte, the last
// byte is left out and the eight bytes before it are enciphered. The separator is 'D'. The length does
// not change, and a track of sixteen digits or fewer stays as it is. The result is in upper-case
// hexadecimal digits.
func EncryptTrack(key *Key, track string) (string, error) {
	return cryptTrack(key, track, key.EncryptECB)
}

// DecryptTrack is the inverse of [EncryptTrack].
func DecryptTrack(key *Key, track string) (string, error) {
	return cryptTrack(key, track, key.DecryptECB)
}

func cryptTrack(key *Key, track string, crypt func([]byte) ([]byte, error)) (string, error) {
	if key.algorithm != DES {
		return "", ErrKeyUse
	}
	for i := range len(track) {
		if c := track[i]; (c < '0' || c > '9') && (c < 'A' || c > 'F') {
			return "", ErrTrack
		}
	}
	if len(track) <= trackClearMax {
		return track, nil
	}
	end := (len(track)+1)/2*2 - 2 // the first digit of the last byte
	start := end - 16
	block, err := hex.DecodeString(track[start:end])
	if err != nil {
		return "", ErrTrack
	}
	if block, err = crypt(block); err != nil {
		return "", err
	}
	return track[:start] + strings.ToUpper(hex.EncodeToString(block)) + track[end:], nil
}

//go:build pkcs11

package pkcs11

import (
	"encoding/hex"
	"errors"
	"strings"

	"github.com/yifen-pay/yifen/internal/hsm"
	"github.com/yifen-pay/yifen/internal/wire/cardcrypto"
)

const (
	blockDigits = 2 * blockSize
	trackMax    = 107 // the longest track in digits: track 3 (ISO/IEC 4909)
)

// DecryptTrack implements [hsm.Key]. The variants are described at [cardcrypto.TrackVariant].
func (k key) DecryptTrack(variant cardcrypto.TrackVariant, track string) (string, error) {
	if strings.Trim(track, "0123456789ABCDEF") != "" {
		return "", hsm.ErrTrack
	}
	switch variant {
	case cardcrypto.TrackInPlace:
		if len(track) <= blockDigits {
			return track, nil
		}
		end := (len(track)+1)/2*2 - 2 // the first digit of the last byte
		start := end - blockDigits
		block, err := k.decryptDigits(track[start:end])
		return track[:start] + block + track[end:], err
	case cardcrypto.TrackFilled:
		plain, err := k.decryptDigits(track)
		if err != nil {
			return "", err
		}
		digits := strings.TrimRight(plain, "F")
		return digits, checkTrack(digits, len(digits), plain)
	case cardcrypto.TrackCounted:
		plain, err := k.decryptDigits(track)
		if err != nil {
			return "", err
		}
		if plain == "" {
			return "", hsm.ErrTrack
		}
		count, err := hex.DecodeString(plain[:2])
		if err != nil || int(count[0]) > len(plain)-2 {
			return "", hsm.ErrTrack
		}
		n := 2 + int(count[0])
		if strings.Trim(plain[n:], "0") != "" {
			return "", hsm.ErrTrack
		}
		return plain[2:n], checkTrack(plain[2:n], n, plain)
	}
	return "", hsm.ErrMethod
}

// checkTrack returns [hsm.ErrTrack] unless the digits are a track and fill what was enciphered: n digits with
// no whole block of filling behind.
func checkTrack(digits string, n int, plain string) error {
	whole := (n + blockDigits - 1) / blockDigits * blockDigits
	if len(digits) > trackMax || strings.Contains(digits, "F") || whole != len(plain) {
		return hsm.ErrTrack
	}
	return nil
}

// decryptDigits deciphers whole blocks of digits, two to a byte.
func (k key) decryptDigits(digits string) (string, error) {
	blocks, err := hex.DecodeString(digits)
	if err != nil || len(blocks)%blockSize != 0 {
		return "", hsm.ErrTrack
	}
	if len(blocks) == 0 {
		return "", nil
	}
	plain, err := k.DecryptECB(blocks)
	if errors.Is(err, hsm.ErrKey) {
		return "", hsm.ErrTrack
	}
	return string(upperHex(plain)), err
}

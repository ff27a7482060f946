package cardcrypto

import (
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
)

// ErrTrack reports a track that is not made of the digits and the length that the variant asks for, as
// comes of deciphering under another key.
var ErrTrack = errors.New("cardcrypto: track is not made of digits with D as the separator, or not enciphered in this variant under this key")

// TrackVariant is the way a terminal enciphers tracks (53.3 = 1). Tracks are strings of upper-case
// hexadecimal digits, 'D' being the separator; enciphered ones too. Blocks are 8 bytes under a DES key and
// 16 under an SM4 key.
type TrackVariant uint8

// Variants. Only the first is more than one source's; a profile names the others.
const (
	// TrackInPlace packs the digits two to a byte, leaves the last byte out and enciphers the block before
	// it. The length does not change, and a track of no more digits than a block holds stays as it is.
	TrackInPlace TrackVariant = iota + 1
	// TrackFilled fills the packed digits with F to whole blocks and enciphers all of it; one source.
	TrackFilled
	// TrackCounted puts a byte with the number of digits before the packed digits, fills with zeros to
	// whole blocks and enciphers all of it; one source, which does not say what the byte counts.
	TrackCounted
)

// String returns the name of the variant.
func (v TrackVariant) String() string {
	switch v {
	case TrackInPlace:
		return "in place"
	case TrackFilled:
		return "filled"
	case TrackCounted:
		return "counted"
	}
	return fmt.Sprintf("TrackVariant(%d)", uint8(v))
}

// trackMax is the longest track in digits: track 3 (ISO/IEC 4909).
const trackMax = 107

// Encrypt enciphers a track.
func (v TrackVariant) Encrypt(key *Key, track string) (string, error) {
	if len(track) > trackMax || strings.Trim(track, "0123456789ABCDE") != "" {
		return "", ErrTrack
	}
	size := key.block.BlockSize()
	switch v {
	case TrackInPlace:
		return cryptInPlace(track, size, key.EncryptECB)
	case TrackFilled:
		return cryptTrack(fill(track, size, "F"), key.EncryptECB)
	case TrackCounted:
		return cryptTrack(fill(fmt.Sprintf("%02X", len(track))+track, size, "0"), key.EncryptECB)
	}
	return "", ErrKeyUse
}

// Decrypt is the inverse of Encrypt.
func (v TrackVariant) Decrypt(key *Key, track string) (string, error) {
	if strings.Trim(track, "0123456789ABCDEF") != "" {
		return "", ErrTrack
	}
	size := key.block.BlockSize()
	if v == TrackInPlace {
		return cryptInPlace(track, size, key.DecryptECB)
	}
	clear, err := cryptTrack(track, key.DecryptECB)
	if err != nil {
		return "", err
	}
	filling, digits := "F", ""
	switch v {
	case TrackFilled:
		digits = strings.TrimRight(clear, filling)
	case TrackCounted:
		if clear == "" {
			return "", ErrTrack
		}
		count, err := hex.DecodeString(clear[:2])
		if err != nil || int(count[0]) > len(clear)-2 {
			return "", ErrTrack
		}
		filling, digits = "0", clear[:2+int(count[0])]
	default:
		return "", ErrKeyUse
	}
	if fill(digits, size, filling) != clear {
		return "", ErrTrack
	}
	if v == TrackCounted {
		digits = digits[2:]
	}
	if len(digits) > trackMax || strings.Contains(digits, "F") {
		return "", ErrTrack
	}
	return digits, nil
}

// EncryptTrack enciphers a track in the common variant, [TrackInPlace].
func EncryptTrack(key *Key, track string) (string, error) { return TrackInPlace.Encrypt(key, track) }

// DecryptTrack is the inverse of [EncryptTrack].
func DecryptTrack(key *Key, track string) (string, error) { return TrackInPlace.Decrypt(key, track) }

// cryptInPlace replaces the last whole block before the last byte.
func cryptInPlace(track string, size int, crypt func([]byte) ([]byte, error)) (string, error) {
	if len(track) <= 2*size {
		return track, nil
	}
	end := (len(track)+1)/2*2 - 2 // the first digit of the last byte
	start := end - 2*size
	block, err := cryptTrack(track[start:end], crypt)
	if err != nil {
		return "", err
	}
	return track[:start] + block + track[end:], nil
}

// fill adds filling digits up to whole blocks of size bytes.
func fill(digits string, size int, filling string) string {
	whole := (len(digits) + 2*size - 1) / (2 * size) * 2 * size
	return digits + strings.Repeat(filling, whole-len(digits))
}

// cryptTrack enciphers or deciphers whole blocks of digits.
func cryptTrack(digits string, crypt func([]byte) ([]byte, error)) (string, error) {
	blocks, err := hex.DecodeString(digits)
	if err != nil {
		return "", ErrTrack
	}
	if blocks, err = crypt(blocks); err != nil {
		return "", ErrTrack
	}
	return strings.ToUpper(hex.EncodeToString(blocks)), nil
}

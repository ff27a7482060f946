package cardcrypto

import (
	"crypto/subtle"
	"errors"
	"fmt"
	"log/slog"
)

// PIN is a cardholder's PIN, 4 to 12 digits. However it is printed, logged or marshaled, it shows
// nothing of itself.
type PIN string

// String returns stars; not even the length shows.
func (PIN) String() string { return "****" }

// GoString returns what String returns.
func (p PIN) GoString() string { return p.String() }

// Format writes what String returns, whatever the verb.
func (p PIN) Format(s fmt.State, _ rune) { fmt.Fprint(s, p.String()) }

// LogValue returns what String returns.
func (p PIN) LogValue() slog.Value { return slog.StringValue(p.String()) }

// MarshalJSON returns what String returns, as a JSON string.
func (p PIN) MarshalJSON() ([]byte, error) { return []byte(`"` + p.String() + `"`), nil }

// Equal reports in constant time whether two PINs of one length are the same.
func (p PIN) Equal(other PIN) bool {
	return subtle.ConstantTimeCompare([]byte(p), []byte(other)) == 1
}

// PINBlock is a clear PIN block of ISO 9564-1 format 0. It is as secret as the PIN and prints alike.
type PINBlock [8]byte

// String returns stars.
func (PINBlock) String() string { return "****" }

// GoString returns what String returns.
func (b PINBlock) GoString() string { return b.String() }

// Format writes what String returns, whatever the verb.
func (b PINBlock) Format(s fmt.State, _ rune) { fmt.Fprint(s, b.String()) }

// LogValue returns what String returns.
func (b PINBlock) LogValue() slog.Value { return slog.StringValue(b.String()) }

// MarshalJSON returns what String returns, as a JSON string.
func (b PINBlock) MarshalJSON() ([]byte, error) { return []byte(`"` + b.String() + `"`), nil }

// Errors of PIN blocks. They carry neither PIN nor PAN.
var (
	ErrPIN      = errors.New("cardcrypto: PIN is not 4 to 12 digits")
	ErrPAN      = errors.New("cardcrypto: PAN is not 8 to 19 digits; give none for a block without PAN")
	ErrPINBlock = errors.New("cardcrypto: PIN block is not of format 0 under this key and PAN")
)

// EncodePIN returns the clear PIN block of format 0: length and PIN, filled with F, XOR the twelve
// digits of the PAN before its check digit. An empty pan gives the block without PAN (53.1 = 1), for
// which those digits are zeros.
func EncodePIN(pin PIN, pan string) (PINBlock, error) {
	var block PINBlock
	if len(pin) < 4 || len(pin) > 12 || !digits(string(pin)) {
		return block, ErrPIN
	}
	block[0] = byte(len(pin))
	for i := range 14 {
		nibble := byte(0xF)
		if i < len(pin) {
			nibble = pin[i] - '0'
		}
		setNibble(block[1:], i, nibble)
	}
	return block, block.bind(pan)
}

// DecodePIN returns the PIN in a clear block. A block that is not of format 0, as any is after
// deciphering under the wrong key, gives [ErrPINBlock], most of the time: the format has no check sum.
func DecodePIN(block PINBlock, pan string) (PIN, error) {
	if err := block.bind(pan); err != nil {
		return "", err
	}
	n := int(block[0])
	if n < 4 || n > 12 {
		return "", ErrPINBlock
	}
	var pin [12]byte
	for i := range 14 {
		nibble := block[1+i/2] >> (4 * (1 - i%2)) & 0xF
		switch {
		case i < n && nibble <= 9:
			pin[i] = '0' + nibble
		case i < n || nibble != 0xF:
			return "", ErrPINBlock
		}
	}
	return PIN(pin[:n]), nil
}

// bind XORs the twelve digits of pan before its check digit into the block.
func (b *PINBlock) bind(pan string) error {
	if pan == "" {
		return nil
	}
	if len(pan) < 8 || len(pan) > 19 || !digits(pan) {
		return ErrPAN
	}
	part := pan[max(0, len(pan)-13) : len(pan)-1]
	at := 12 - len(part)
	for i := range len(part) {
		b[2+(at+i)/2] ^= (part[i] - '0') << (4 * (1 - (at+i)%2))
	}
	return nil
}

// EncryptPIN enciphers a clear block: 8 bytes under a DES key; under an SM4 key the block is filled
// with zeros to 16.
func EncryptPIN(key *Key, block PINBlock) []byte {
	out := make([]byte, key.block.BlockSize())
	copy(out, block[:])
	key.block.Encrypt(out, out)
	return out
}

// DecryptPIN is the inverse of [EncryptPIN].
func DecryptPIN(key *Key, enciphered []byte) (PINBlock, error) {
	size := key.block.BlockSize()
	if len(enciphered) != size {
		return PINBlock{}, ErrDataLength
	}
	clear := make([]byte, size)
	key.block.Decrypt(clear, enciphered)
	var rest byte
	for _, b := range clear[8:] {
		rest |= b
	}
	if rest != 0 {
		return PINBlock{}, ErrPINBlock
	}
	return PINBlock(clear[:8]), nil
}

// TranslatePIN deciphers a PIN block under one key and enciphers it under another, and binds it to
// another PAN when the two differ. The block must be of format 0.
func TranslatePIN(from *Key, fromPAN string, enciphered []byte, to *Key, toPAN string) ([]byte, error) {
	block, err := DecryptPIN(from, enciphered)
	if err != nil {
		return nil, err
	}
	pin, err := DecodePIN(block, fromPAN)
	if err != nil {
		return nil, err
	}
	if fromPAN != toPAN {
		if block, err = EncodePIN(pin, toPAN); err != nil {
			return nil, err
		}
	}
	return EncryptPIN(to, block), nil
}

func setNibble(b []byte, i int, nibble byte) { b[i/2] |= nibble << (4 * (1 - i%2)) }

func digits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}

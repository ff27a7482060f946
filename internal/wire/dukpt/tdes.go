package dukpt

import (
	"crypto/cipher"
	"crypto/des"
	"crypto/subtle"
	"errors"
	"math/bits"
)

// Errors of derivation. None of them carries key material.
var (
	ErrKey     = errors.New("dukpt: base or initial key has a wrong length; triple DES takes 16 bytes, AES 16, 24 or 32")
	ErrUse     = errors.New("dukpt: there is no working key of this use and kind")
	ErrCounter = errors.New("dukpt: transaction counter is not one that a device uses: zero, or too many bits are set")
)

// Use is what a working key is for. A request goes from the device to the host, a response comes back.
type Use uint8

// Uses.
const (
	PIN Use = iota + 1
	MACRequest
	MACResponse
	MACBoth // AES only
	DataRequest
	DataResponse
	DataBoth      // AES only
	KeyEncryption // AES only
)

// String returns the name of the use.
func (u Use) String() string {
	switch u {
	case PIN:
		return "PIN"
	case MACRequest:
		return "MAC request"
	case MACResponse:
		return "MAC response"
	case MACBoth:
		return "MAC both ways"
	case DataRequest:
		return "data request"
	case DataResponse:
		return "data response"
	case DataBoth:
		return "data both ways"
	case KeyEncryption:
		return "key encryption"
	}
	return "unknown"
}

// TDESSerial is a key serial number of triple DES DUKPT: 59 bits that identify key set and device, and the
// transaction counter of 21 bits.
type TDESSerial [10]byte

const (
	tdesCounterBits = 21
	tdesCounterMask = 1<<tdesCounterBits - 1
	tdesBitsMax     = 10
)

// Counter returns the transaction counter.
func (s TDESSerial) Counter() uint32 {
	return (uint32(s[7])<<16 | uint32(s[8])<<8 | uint32(s[9])) & tdesCounterMask
}

// withCounter returns the serial number with another counter.
func (s TDESSerial) withCounter(counter uint32) TDESSerial {
	s[7] = s[7]&^(tdesCounterMask>>16) | byte(counter>>16)
	s[8], s[9] = byte(counter>>8&0xFF), byte(counter&0xFF)
	return s
}

// Next returns the serial number of the device's next transaction, and false when there is none: the
// device is used up.
func (s TDESSerial) Next() (TDESSerial, bool) {
	counter, ok := next(uint64(s.Counter()), tdesBitsMax, tdesCounterMask)
	return s.withCounter(uint32(counter)), ok
}

// next returns the next counter with no more than so many bits set, and false when it is over the largest.
func next(counter uint64, bitsMax int, largest uint64) (uint64, bool) {
	counter++
	for counter <= largest && bits.OnesCount64(counter) > bitsMax {
		counter += counter & -counter // adding the lowest bit leaves no more bits set than before
	}
	if counter > largest {
		return 0, false
	}
	return counter, true
}

// mask separates the two halves of a derived key, and the initial key's from the base key's.
var mask = [16]byte{0xC0, 0xC0, 0xC0, 0xC0, 0, 0, 0, 0, 0xC0, 0xC0, 0xC0, 0xC0, 0, 0, 0, 0}

// TDESInitialKey derives the key that a device is loaded with from the base derivation key of 16 bytes.
func TDESInitialKey(base []byte, serial TDESSerial) ([]byte, error) {
	if len(base) != 16 {
		return nil, ErrKey
	}
	start := serial.withCounter(0)
	key := make([]byte, 16)
	for i, variant := range [][16]byte{{}, mask} {
		value := [16]byte(base)
		subtle.XORBytes(value[:], value[:], variant[:])
		block, err := triple(value)
		clear(value[:])
		if err != nil {
			return nil, err
		}
		block.Encrypt(key[8*i:], start[:8])
	}
	return key, nil
}

// triple prepares triple DES with two keys.
func triple(key [16]byte) (cipher.Block, error) {
	return des.NewTripleDESCipher(append(key[:16:16], key[:8]...))
}

// TDESTransactionKey derives the key of one transaction from the device's initial key. It protects nothing
// itself: [TDESWorkingKey] makes the keys that do.
func TDESTransactionKey(initial []byte, serial TDESSerial) ([]byte, error) {
	counter := serial.Counter()
	switch {
	case len(initial) != 16:
		return nil, ErrKey
	case counter == 0 || bits.OnesCount32(counter) > tdesBitsMax:
		return nil, ErrCounter
	}
	key := [16]byte(initial)
	register := uint32(0)
	for bit := uint32(1 << (tdesCounterBits - 1)); bit > 0; bit >>= 1 {
		if counter&bit == 0 {
			continue
		}
		register |= bit
		reached := serial.withCounter(register)
		if err := step(&key, [8]byte(reached[2:])); err != nil {
			return nil, err
		}
	}
	return key[:], nil
}

// step is the non-reversible key generation process of X9.24-1:2009 A.2: each half of the next key is the
// register enciphered under a variant of this key.
func step(key *[16]byte, register [8]byte) error {
	varied := *key
	subtle.XORBytes(varied[:], varied[:], mask[:])
	right, err := half(*key, register)
	if err != nil {
		return err
	}
	left, err := half(varied, register)
	if err != nil {
		return err
	}
	copy(key[:8], left[:])
	copy(key[8:], right[:])
	return nil
}

// half enciphers the register, masked with the right half of the key before and after, under the left half.
func half(key [16]byte, register [8]byte) ([8]byte, error) {
	block, err := des.NewCipher(key[:8])
	if err != nil {
		return register, err
	}
	subtle.XORBytes(register[:], register[:], key[8:])
	block.Encrypt(register[:], register[:])
	subtle.XORBytes(register[:], register[:], key[8:])
	return register, nil
}

// variants are XORed into both halves of the transaction key (X9.24-1:2009, table A-1).
var variants = map[Use][8]byte{
	PIN:          {7: 0xFF},
	MACRequest:   {6: 0xFF},
	MACResponse:  {4: 0xFF},
	DataRequest:  {5: 0xFF},
	DataResponse: {3: 0xFF},
}

// TDESWorkingKey makes the key for one use from the transaction key. The keys for data are enciphered under
// themselves once more, as the standard wants it since 2009.
func TDESWorkingKey(transaction []byte, use Use) ([]byte, error) {
	variant, ok := variants[use]
	switch {
	case len(transaction) != 16:
		return nil, ErrKey
	case !ok:
		return nil, ErrUse
	}
	key := [16]byte(transaction)
	subtle.XORBytes(key[:8], key[:8], variant[:])
	subtle.XORBytes(key[8:], key[8:], variant[:])
	if use == DataRequest || use == DataResponse {
		block, err := triple(key)
		if err != nil {
			return nil, err
		}
		block.Encrypt(key[:8], key[:8])
		block.Encrypt(key[8:], key[8:])
	}
	return key[:], nil
}

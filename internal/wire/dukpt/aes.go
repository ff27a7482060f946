package dukpt

import (
	"crypto/aes"
	"encoding/binary"
	"math/bits"
)

// AESSerial is a key serial number of AES DUKPT: the identifier of the initial key, eight bytes, of which the
// first four name the base key and the last four the device, and the transaction counter of 32 bits.
type AESSerial [12]byte

const (
	aesBitsMax    = 16
	aesCounterMax = 0xFFFF0000 // the largest with sixteen bits set
)

// Counter returns the transaction counter.
func (s AESSerial) Counter() uint32 { return binary.BigEndian.Uint32(s[8:]) }

// withCounter returns the serial number with another counter.
func (s AESSerial) withCounter(counter uint32) AESSerial {
	binary.BigEndian.PutUint32(s[8:], counter)
	return s
}

// Next returns the serial number of the device's next transaction, and false when there is none: the
// device is used up.
func (s AESSerial) Next() (AESSerial, bool) {
	counter, ok := next(uint64(s.Counter()), aesBitsMax, aesCounterMax)
	return s.withCounter(uint32(counter)), ok
}

// Kind is the algorithm and the length of a working key of AES DUKPT. A kind must not be stronger than the
// initial key.
type Kind uint8

// Kinds.
const (
	TDES2 Kind = iota + 1 // triple DES, 16 bytes
	TDES3                 // triple DES, 24 bytes
	AES128
	AES192
	AES256
	HMAC128
	HMAC192
	HMAC256
)

// kinds holds the algorithm indicator and the length of each kind in bytes (X9.24-3:2017, tables 2 and 3).
var kinds = [...]struct {
	name      string
	algorithm uint16
	length    int
}{
	TDES2: {"TDES-2", 0, 16}, TDES3: {"TDES-3", 1, 24},
	AES128: {"AES-128", 2, 16}, AES192: {"AES-192", 3, 24}, AES256: {"AES-256", 4, 32},
	HMAC128: {"HMAC-128", 5, 16}, HMAC192: {"HMAC-192", 5, 24}, HMAC256: {"HMAC-256", 5, 32},
}

func (k Kind) known() bool { return k >= TDES2 && int(k) < len(kinds) }

// String returns the name of the kind, e.g. "AES-128".
func (k Kind) String() string {
	if k.known() {
		return kinds[k].name
	}
	return "unknown"
}

// strength returns how long an AES key must be to protect a key of this kind, in bytes. Triple DES is weaker
// than any.
func (k Kind) strength() int {
	if k == TDES2 || k == TDES3 {
		return 0
	}
	return kinds[k].length
}

// Key usage indicators (X9.24-3:2017, tables 2 and 3).
const (
	usageDerivation = 0x8000
	usageInitial    = 0x8001
)

var usages = map[Use]uint16{
	KeyEncryption: 0x0002,
	PIN:           0x1000,
	MACRequest:    0x2000, MACResponse: 0x2001, MACBoth: 0x2002,
	DataRequest: 0x3000, DataResponse: 0x3001, DataBoth: 0x3002,
}

// kindOf returns the kind of a derivation key of AES by its length.
func kindOf(key []byte) (Kind, error) {
	switch len(key) {
	case 16:
		return AES128, nil
	case 24:
		return AES192, nil
	case 32:
		return AES256, nil
	}
	return 0, ErrKey
}

// deriveAES makes a key (X9.24-3:2017, 6.3.1): blocks of derivation data, which count themselves, enciphered
// under the deriving key.
func deriveAES(key []byte, usage uint16, kind Kind, context [8]byte) ([]byte, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, ErrKey
	}
	var data [aes.BlockSize]byte
	data[0] = 1 // version of the derivation data
	binary.BigEndian.PutUint16(data[2:], usage)
	binary.BigEndian.PutUint16(data[4:], kinds[kind].algorithm)
	binary.BigEndian.PutUint16(data[6:], uint16(kinds[kind].length*8))
	copy(data[8:], context[:])
	out := make([]byte, 2*aes.BlockSize)
	for at := 0; at < kinds[kind].length; at += aes.BlockSize {
		data[1]++
		block.Encrypt(out[at:], data[:])
	}
	return out[:kinds[kind].length], nil
}

// AESInitialKey derives the key that a device is loaded with from a base derivation key of 16, 24 or 32
// bytes; it is as long.
func AESInitialKey(base []byte, serial AESSerial) ([]byte, error) {
	kind, err := kindOf(base)
	if err != nil {
		return nil, err
	}
	return deriveAES(base, usageInitial, kind, [8]byte(serial[:8]))
}

// AESTransactionKey derives the key of one transaction from the device's initial key. It protects nothing
// itself: [AESWorkingKey] makes the keys that do.
func AESTransactionKey(initial []byte, serial AESSerial) ([]byte, error) {
	counter := serial.Counter()
	if counter == 0 || bits.OnesCount32(counter) > aesBitsMax {
		return nil, ErrCounter
	}
	return aesChain(initial, serial, counter)
}

// aesChain derives along the bits of a counter, the highest first.
func aesChain(initial []byte, serial AESSerial, counter uint32) ([]byte, error) {
	kind, err := kindOf(initial)
	if err != nil {
		return nil, err
	}
	key := initial
	reached := uint32(0)
	for bit := uint32(1 << 31); bit > 0; bit >>= 1 {
		if counter&bit == 0 {
			continue
		}
		reached |= bit
		at := serial.withCounter(reached)
		if key, err = deriveAES(key, usageDerivation, kind, [8]byte(at[4:])); err != nil {
			return nil, err
		}
	}
	return key, nil
}

// AESWorkingKey makes the key for one use from the transaction key.
func AESWorkingKey(transaction []byte, serial AESSerial, use Use, kind Kind) ([]byte, error) {
	usage, ok := usages[use]
	if _, err := kindOf(transaction); err != nil {
		return nil, err
	}
	if !ok || !kind.known() || kind.strength() > len(transaction) {
		return nil, ErrUse
	}
	return deriveAES(transaction, usage, kind, [8]byte(serial[4:]))
}

// AESUpdateKey derives the key under which a device is sent its next initial key (X9.24-3:2017, 6.5.3): a key
// for keys of the counter that no transaction has.
func AESUpdateKey(initial []byte, serial AESSerial, kind Kind) ([]byte, error) {
	serial = serial.withCounter(^uint32(0))
	key, err := aesChain(initial, serial, serial.Counter())
	if err != nil {
		return nil, err
	}
	return AESWorkingKey(key, serial, KeyEncryption, kind)
}

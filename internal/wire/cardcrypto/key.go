package cardcrypto

import (
	"bytes"
	"crypto/cipher"
	"crypto/des"
	"crypto/subtle"
	"errors"
	"fmt"
	"log/slog"

	"github.com/emmansun/gmsm/sm4"
)

// Algorithm is the block cipher of a key.
type Algorithm uint8

// Algorithms. DES with a key of 16 or 24 bytes is triple DES with two or three keys.
const (
	DES Algorithm = iota + 1
	SM4
)

// String returns the name of the algorithm.
func (a Algorithm) String() string {
	switch a {
	case DES:
		return "DES"
	case SM4:
		return "SM4"
	}
	return fmt.Sprintf("Algorithm(%d)", uint8(a))
}

// Errors of keys and of what they protect. None of them carries key material.
var (
	ErrKeyLength  = errors.New("cardcrypto: key length does not suit the algorithm; DES takes 8, 16 or 24 bytes, SM4 16")
	ErrKeyUse     = errors.New("cardcrypto: key is of the wrong kind for this use; check algorithm and length")
	ErrCheckValue = errors.New("cardcrypto: check value does not match; the key was damaged or wrapped under another key")
	ErrDataLength = errors.New("cardcrypto: data is not a whole number of blocks")
)

// Key is a key with its cipher prepared. It is immutable and safe for concurrent use. However it is
// printed, logged or marshaled, it shows its algorithm and length and nothing else.
type Key struct {
	algorithm Algorithm
	value     []byte
	block     cipher.Block // the whole key

	// The ciphers of the parts of a DES key. A single-length key has the first only, a double-length one
	// uses it for the last too.
	first, second, last cipher.Block
}

// NewDESKey prepares a DES key of 8 bytes or a triple DES key of 16 or 24. Parity bits are ignored. The
// bytes are copied.
func NewDESKey(value []byte) (*Key, error) {
	if n := len(value); n != 8 && n != 16 && n != 24 {
		return nil, ErrKeyLength
	}
	k := &Key{algorithm: DES, value: bytes.Clone(value)}
	parts := [3]cipher.Block{}
	for i := range len(value) / des.BlockSize {
		var err error
		if parts[i], err = des.NewCipher(value[i*des.BlockSize:][:des.BlockSize]); err != nil {
			return nil, err
		}
	}
	k.first, k.second, k.last = parts[0], parts[1], parts[2]
	if k.second == nil {
		k.block = k.first
		return k, nil
	}
	if k.last == nil {
		k.last = k.first
	}
	k.block = triple{k.first, k.second, k.last}
	return k, nil
}

// triple is triple DES made of prepared ciphers. Preparing one costs as much as enciphering ten blocks, and
// the keys of a card live for a few blocks only, so none is prepared twice.
type triple struct{ first, second, last cipher.Block }

func (t triple) BlockSize() int { return des.BlockSize }

func (t triple) Encrypt(dst, src []byte) {
	t.first.Encrypt(dst, src)
	t.second.Decrypt(dst, dst)
	t.last.Encrypt(dst, dst)
}

func (t triple) Decrypt(dst, src []byte) {
	t.last.Decrypt(dst, src)
	t.second.Encrypt(dst, dst)
	t.first.Decrypt(dst, dst)
}

// NewSM4Key prepares an SM4 key of 16 bytes. The bytes are copied.
func NewSM4Key(value []byte) (*Key, error) {
	if len(value) != sm4.BlockSize {
		return nil, ErrKeyLength
	}
	k := &Key{algorithm: SM4, value: bytes.Clone(value)}
	var err error
	k.block, err = sm4.NewCipher(k.value)
	return k, err
}

// NewKey prepares a key of the given algorithm.
func NewKey(algorithm Algorithm, value []byte) (*Key, error) {
	switch algorithm {
	case DES:
		return NewDESKey(value)
	case SM4:
		return NewSM4Key(value)
	}
	return nil, ErrKeyUse
}

// Algorithm returns the cipher of the key.
func (k *Key) Algorithm() Algorithm { return k.algorithm }

// Len returns the length of the key in bytes.
func (k *Key) Len() int { return len(k.value) }

// Reveal returns a copy of the key in clear. Only a security module that wraps it, or a simulator,
// has a reason to call it.
func (k *Key) Reveal() []byte { return bytes.Clone(k.value) }

// Equal reports in constant time whether two keys are the same.
func (k *Key) Equal(other *Key) bool {
	return k.algorithm == other.algorithm && subtle.ConstantTimeCompare(k.value, other.value) == 1
}

// CheckValue returns the first bytes of a block of zeros enciphered under the key: 4 bytes for DES, by
// single DES for a single-length key, and 8 for SM4.
func (k *Key) CheckValue() []byte {
	out := make([]byte, k.block.BlockSize())
	k.block.Encrypt(out, out)
	return out[:k.checkLen():k.checkLen()]
}

func (k *Key) checkLen() int {
	if k.algorithm == SM4 {
		return 8
	}
	return 4
}

// EncryptECB enciphers whole blocks, each by itself.
func (k *Key) EncryptECB(data []byte) ([]byte, error) { return k.ecb(data, k.block.Encrypt) }

// DecryptECB is the inverse of EncryptECB.
func (k *Key) DecryptECB(data []byte) ([]byte, error) { return k.ecb(data, k.block.Decrypt) }

func (k *Key) ecb(data []byte, crypt func(dst, src []byte)) ([]byte, error) {
	size := k.block.BlockSize()
	if len(data)%size != 0 {
		return nil, ErrDataLength
	}
	out := make([]byte, len(data))
	for at := 0; at < len(data); at += size {
		crypt(out[at:at+size], data[at:at+size])
	}
	return out, nil
}

// String returns the kind of the key, e.g. "DES key of 16 bytes".
func (k Key) String() string { return fmt.Sprintf("%v key of %d bytes", k.algorithm, len(k.value)) }

// GoString returns what String returns.
func (k Key) GoString() string { return k.String() }

// Format writes what String returns, whatever the verb.
func (k Key) Format(s fmt.State, _ rune) { fmt.Fprint(s, k.String()) }

// LogValue returns what String returns.
func (k Key) LogValue() slog.Value { return slog.StringValue(k.String()) }

// MarshalJSON returns what String returns, as a JSON string.
func (k Key) MarshalJSON() ([]byte, error) { return []byte(`"` + k.String() + `"`), nil }

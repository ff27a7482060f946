package cardcrypto

import (
	"crypto/cipher"
	"crypto/subtle"
	"encoding/hex"
)

// Method is a way to compute the MAC of a message.
type Method uint8

// Methods of MACs.
const (
	// ECB is the UnionPay form: the XOR of all blocks, written in hexadecimal, is enciphered in two
	// steps and written in hexadecimal again; the MAC is the first eight characters. It takes DES keys
	// of any length; under SM4, which no public text describes, blocks are 16 bytes and the rest
	// is the same.
	//
	// Blocks are folded before any key is used, so equal changes in the same place of two blocks
	// cancel out. That is the method's weakness; a link that uses it needs TLS.
	ECB Method = iota + 1
	// X99 is ANSI X9.9: DES CBC, padded with zeros. It takes a single-length DES key.
	X99
	// X919 is ANSI X9.19, which is ISO 9797-1 algorithm 3 with padding method 1. It takes a DES key of
	// double or triple length.
	X919
	// CBC is ISO 9797-1 algorithm 1 with padding method 1 under the whole cipher of the key: the first
	// eight bytes of the last block. It takes an SM4 key, whose blocks are 16 bytes, or a DES key of
	// double or triple length. What terminals with SM4 keys compute is described nowhere in public:
	// this and ECB are the two readings, and a profile chooses.
	CBC
)

// String returns the name of the method.
func (m Method) String() string {
	switch m {
	case ECB:
		return "ECB"
	case X99:
		return "X9.9"
	case X919:
		return "X9.19"
	case CBC:
		return "CBC"
	}
	return "unknown"
}

// MAC returns the eight bytes of the MAC of data as they lie in F64 or F128. It returns [ErrKeyUse]
// when the key does not suit the method.
func MAC(method Method, key *Key, data []byte) ([8]byte, error) {
	switch {
	case method == ECB:
		return macECB(key, data), nil
	case method == X99 && key.algorithm == DES && len(key.value) == 8:
		return cbc(key.first, data, PadZero), nil
	case method == X919:
		return Retail(key, data, PadZero)
	case method == CBC && (key.algorithm == SM4 || key.second != nil):
		return cbc(key.block, data, PadZero), nil
	}
	return [8]byte{}, ErrKeyUse
}

// VerifyMAC reports in constant time whether mac is the MAC of data. A key that does not suit the
// method verifies nothing.
func VerifyMAC(method Method, key *Key, data, mac []byte) bool {
	want, err := MAC(method, key, data)
	return err == nil && subtle.ConstantTimeCompare(want[:], mac) == 1
}

// macECB folds data and enciphers the fold. Buffers have the size of the larger block, SM4's.
func macECB(key *Key, data []byte) (mac [8]byte) {
	size := key.block.BlockSize()
	buf := make([]byte, 16+32) // one block, and the fold in hexadecimal
	block, text := buf[:size], buf[16:16+2*size]
	for len(data) >= size {
		subtle.XORBytes(block, block, data[:size])
		data = data[size:]
	}
	subtle.XORBytes(block, block, data)
	encodeHex(text, block)
	key.block.Encrypt(block, text[:size])
	subtle.XORBytes(block, block, text[size:])
	key.block.Encrypt(block, block)
	encodeHex(mac[:], block[:4])
	return mac
}

// encodeHex writes src in upper-case hexadecimal.
func encodeHex(dst, src []byte) {
	hex.Encode(dst, src)
	for i, c := range dst {
		if c >= 'a' {
			dst[i] = c - 'a' + 'A'
		}
	}
}

// Padding is the way data is filled up to whole blocks, after ISO 9797-1.
type Padding uint8

// Paddings.
const (
	PadZero Padding = 1 // method 1: zeros, none when the data fills its last block
	Pad80   Padding = 2 // method 2: 80, then zeros
)

// Retail computes ISO 9797-1 algorithm 3: DES CBC under the first part of the key, and for the last block
// deciphering under the second and enciphering under the last, which is the first again in a key of double
// length. It takes a DES key of double or triple length and returns [ErrKeyUse] for any other.
func Retail(key *Key, data []byte, padding Padding) ([8]byte, error) {
	if key.second == nil {
		return [8]byte{}, ErrKeyUse
	}
	mac := cbc(key.first, data, padding)
	key.second.Decrypt(mac[:], mac[:])
	key.last.Encrypt(mac[:], mac[:])
	return mac, nil
}

// cbc enciphers data in CBC mode with a start of zeros and returns the first eight bytes of the last
// block.
func cbc(block cipher.Block, data []byte, padding Padding) (mac [8]byte) {
	size := block.BlockSize()
	chain := make([]byte, size)
	for len(data) >= size {
		subtle.XORBytes(chain, chain, data[:size])
		block.Encrypt(chain, chain)
		data = data[size:]
	}
	if len(data) > 0 || padding == Pad80 {
		subtle.XORBytes(chain, chain, data)
		if padding == Pad80 {
			chain[len(data)] ^= 0x80
		}
		block.Encrypt(chain, chain)
	}
	return [8]byte(chain[:8])
}

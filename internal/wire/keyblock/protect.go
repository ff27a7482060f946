package keyblock

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/des"
	"crypto/subtle"
	"errors"
	"fmt"
	"io"
)

// Errors of protection. None of them carries key material.
var (
	ErrProtectionKey = errors.New("keyblock: protection key does not suit the version: A, B and C take 16 or 24 bytes, D takes 16, 24 or 32")
	ErrMAC           = errors.New("keyblock: authenticator does not match; the block was damaged or wrapped under another protection key")
	ErrKey           = errors.New("keyblock: key is of a length that its algorithm does not have, or does not fit its block")
	ErrCheckValue    = errors.New("keyblock: check value in the header does not match the key")
)

// guard is a protection key made ready for one version.
type guard struct {
	version    Version
	encryption cipher.Block
	mac        cipher.Block
}

func newGuard(version Version, kbpk []byte) (*guard, error) {
	size := version.blockSize()
	if size == 0 || len(kbpk) != 16 && len(kbpk) != 24 && (len(kbpk) != 32 || version != VersionD) {
		return nil, ErrProtectionKey
	}
	g := &guard{version: version}
	for _, k := range []struct {
		to      *cipher.Block
		usage   byte // in the derivation data
		variant byte
	}{{&g.encryption, 0, 0x45}, {&g.mac, 1, 0x4D}} {
		var value []byte
		if version == VersionB || version == VersionD {
			root, err := newCipher(version, kbpk)
			if err != nil {
				return nil, err
			}
			value = derive(root, len(kbpk), k.usage)
		} else {
			value = make([]byte, len(kbpk))
			for i, b := range kbpk {
				value[i] = b ^ k.variant
			}
		}
		block, err := newCipher(version, value)
		clear(value)
		if err != nil {
			return nil, err
		}
		*k.to = block
	}
	return g, nil
}

func newCipher(version Version, key []byte) (cipher.Block, error) {
	if version == VersionD {
		return aes.NewCipher(key)
	}
	if len(key) == 16 {
		return des.NewTripleDESCipher(append(key[:16:16], key[:8]...))
	}
	return des.NewTripleDESCipher(key)
}

// derive makes a key of n bytes from the protection key (TR-31:2018, 5.3.2.1 and 5.3.2.3): CMACs over a
// counter, the use, the algorithm and the length in bits.
func derive(root cipher.Block, n int, usage byte) []byte {
	algorithm := byte(n/8 - 2) // 0 and 1: triple DES with two and three keys
	if root.BlockSize() == aes.BlockSize {
		algorithm += 2 // 2, 3 and 4: AES-128, AES-192 and AES-256
	}
	data := []byte{0, 0, usage, 0, 0, algorithm, byte(n * 8 >> 8), byte(n * 8 & 0xFF)}
	var key []byte
	for len(key) < n {
		data[0]++
		key = append(key, cmac(root, data)...)
	}
	return key[:n]
}

// cmac computes the MAC of NIST SP 800-38B.
func cmac(block cipher.Block, data []byte) []byte {
	size := block.BlockSize()
	subkey := make([]byte, size)
	block.Encrypt(subkey, subkey)
	double(subkey)
	chain := make([]byte, size)
	for len(data) > size {
		subtle.XORBytes(chain, chain, data[:size])
		block.Encrypt(chain, chain)
		data = data[size:]
	}
	subtle.XORBytes(chain, chain, data)
	if len(data) < size {
		double(subkey)
		chain[len(data)] ^= 0x80
	}
	subtle.XORBytes(chain, chain, subkey)
	block.Encrypt(chain, chain)
	return chain
}

// double multiplies by x in the field of the block's size.
func double(b []byte) {
	polynomial := byte(0x87)
	if len(b) == 8 {
		polynomial = 0x1B
	}
	carry := b[0] >> 7
	for i := range b {
		b[i] <<= 1
		if i+1 < len(b) {
			b[i] |= b[i+1] >> 7
		}
	}
	b[len(b)-1] ^= polynomial & -carry
}

// authenticate computes the authenticator over the header and the key: enciphered in versions A and C,
// clear in B and D.
func (g *guard) authenticate(header string, key []byte) []byte {
	data := append([]byte(header), key...)
	if g.version == VersionB || g.version == VersionD {
		return cmac(g.mac, data)
	}
	mac := make([]byte, 8)
	for at := 0; at < len(data); at += 8 { // both parts are whole blocks
		subtle.XORBytes(mac, mac, data[at:at+8])
		g.mac.Encrypt(mac, mac)
	}
	return mac[:g.version.macSize()]
}

// iv returns the start of the chain: the authenticator, or the first characters of the header.
func (g *guard) iv(header string, mac []byte) []byte {
	if g.version == VersionB || g.version == VersionD {
		return mac
	}
	return []byte(header[:8])
}

// Unwrap verifies the block under its protection key and returns the key inside. It returns [ErrMAC] for a
// block that was damaged or wrapped under another key, [ErrKey] when the key has an impossible length, and
// [ErrCheckValue] when an optional block KP or KC contradicts the key.
func (b *Block) Unwrap(kbpk []byte) ([]byte, error) {
	g, err := newGuard(b.Header.Version, kbpk)
	if err != nil {
		return nil, err
	}
	data := make([]byte, len(b.cipher))
	cipher.NewCBCDecrypter(g.encryption, g.iv(b.header, b.mac)).CryptBlocks(data, b.cipher)
	defer clear(data)
	covered := data
	if b.Header.Version == VersionA || b.Header.Version == VersionC {
		covered = b.cipher
	}
	if subtle.ConstantTimeCompare(g.authenticate(b.header, covered), b.mac) != 1 {
		return nil, ErrMAC
	}
	bits := int(data[0])<<8 | int(data[1])
	n := bits / 8
	if bits%8 != 0 || n == 0 || n > len(data)-2 || !keyLength(b.Header.Algorithm, n) {
		return nil, ErrKey
	}
	key := append([]byte(nil), data[2:2+n]...)
	if err := b.Header.verifyCheckValues(kbpk, key); err != nil {
		clear(key)
		return nil, err
	}
	return key, nil
}

// Verify is Unwrap for who only wants to know whether the block is genuine.
func (b *Block) Verify(kbpk []byte) error {
	key, err := b.Unwrap(kbpk)
	clear(key)
	return err
}

// Wrap puts a key into a block under a protection key. Random fills the block up; it is read once, for as
// many bytes as the filling takes. Conceal is the length in bytes that the block shows: 0 stands for that of
// the longest key of the algorithm, and a length that is not longer than the key shows the key's own.
func Wrap(kbpk []byte, h Header, key []byte, conceal int, random io.Reader) (*Block, error) {
	g, err := newGuard(h.Version, kbpk)
	if err != nil {
		return nil, err
	}
	if len(key) == 0 || len(key) > lengthMax/2 || !keyLength(h.Algorithm, len(key)) {
		return nil, ErrKey
	}
	if conceal == 0 {
		conceal = longest(h.Algorithm)
	}
	if conceal > lengthMax/2 {
		return nil, ErrHeader
	}
	size := h.Version.blockSize()
	n := (2 + max(len(key), conceal) + size - 1) / size * size
	header, err := h.format(2 * (n + h.Version.macSize()))
	if err != nil {
		return nil, err
	}
	if err := h.verifyCheckValues(kbpk, key); err != nil {
		return nil, err
	}
	data := make([]byte, n)
	defer clear(data)
	bits := len(key) * 8
	data[0], data[1] = byte(bits>>8), byte(bits&0xFF)
	copy(data[2:], key)
	if _, err := io.ReadFull(random, data[2+len(key):]); err != nil {
		return nil, fmt.Errorf("keyblock: draw the filling: %w", err)
	}
	enciphered := make([]byte, n)
	var mac []byte
	if h.Version == VersionB || h.Version == VersionD {
		mac = g.authenticate(header, data)
	}
	cipher.NewCBCEncrypter(g.encryption, g.iv(header, mac)).CryptBlocks(enciphered, data)
	if mac == nil {
		mac = g.authenticate(header, enciphered)
	}
	return Parse(fmt.Sprintf("%s%X%X", header, enciphered, mac))
}

// keyLength reports whether a key of the algorithm can have n bytes. Algorithms that the package does not
// know can have any.
func keyLength(algorithm byte, n int) bool {
	switch algorithm {
	case 'D':
		return n == 8
	case 'T':
		return n == 8 || n == 16 || n == 24
	case 'A':
		return n == 16 || n == 24 || n == 32
	}
	return true
}

// longest returns the length of the longest key of the algorithm in bytes, 0 when there is none.
func longest(algorithm byte) int {
	switch algorithm {
	case 'D', 'T':
		return 24
	case 'A':
		return 32
	}
	return 0
}

package hsm

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"hash"
	"sync"

	"github.com/yifen-pay/yifen/internal/wire/cardcrypto"
)

// software is the safe in this process: all that it needs is derived from one key-encryption key.
type software struct {
	wrap  cipher.AEAD // wraps keys
	data  cipher.AEAD // seals card numbers
	index sync.Pool   // of hash.Hash: the keyed hash by which a card is found again
	keys  cache
}

func newSoftware(kek []byte) (*software, error) {
	if len(kek) != kekSize {
		return nil, ErrKEK
	}
	wrap, err := deriveAEAD(kek, "yifen hsm 1 wrap keys")
	if err != nil {
		return nil, err
	}
	data, err := deriveAEAD(kek, "yifen hsm 1 seal card numbers")
	if err != nil {
		return nil, err
	}
	index, err := hkdf.Key(sha256.New, kek, nil, "yifen hsm 1 index card numbers", sha256.Size)
	if err != nil {
		return nil, err
	}
	s := &software{wrap: wrap, data: data}
	s.index.New = func() any { return hmac.New(sha256.New, index) }
	return s, nil
}

// deriveAEAD returns AES-256-GCM under a key derived from the key-encryption key for one purpose.
func deriveAEAD(kek []byte, purpose string) (cipher.AEAD, error) {
	key, err := hkdf.Key(sha256.New, kek, nil, purpose, kekSize)
	if err != nil {
		return nil, err
	}
	defer clear(key)
	return newAEAD(key)
}

// newAEAD returns AES-256-GCM. The nonce is drawn by the cipher and stands before what it encrypts.
func newAEAD(key []byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCMWithRandomNonce(block)
}

// Wrap implements [Safe].
func (s *software) Wrap(label []byte, _ cardcrypto.Algorithm, value []byte) ([]byte, error) {
	out := make([]byte, len(label), len(label)+len(value)+s.wrap.Overhead())
	copy(out, label)
	return s.wrap.Seal(out, nil, value, label), nil
}

// Open implements [Safe].
func (s *software) Open(wrapped []byte, label int, algorithm cardcrypto.Algorithm) (Key, error) {
	if key := s.keys.get(wrapped); key != nil {
		return prepared{key}, nil
	}
	value, err := s.Reveal(wrapped, label)
	if err != nil {
		return nil, err
	}
	defer clear(value)
	key, err := cardcrypto.NewKey(algorithm, value)
	if err != nil {
		return nil, ErrKey
	}
	s.keys.put(wrapped, key)
	return prepared{key}, nil
}

// Reveal implements [Safe].
func (s *software) Reveal(wrapped []byte, label int) ([]byte, error) {
	if len(wrapped) <= label {
		return nil, ErrKey
	}
	value, err := s.wrap.Open(nil, nil, wrapped[label:], wrapped[:label])
	if err != nil {
		return nil, ErrKey
	}
	return value, nil
}

// Seal implements [Safe].
func (s *software) Seal(data, name []byte) ([]byte, error) {
	return s.data.Seal(nil, nil, data, name), nil
}

// Unseal implements [Safe].
func (s *software) Unseal(sealed, name []byte) ([]byte, error) {
	data, err := s.data.Open(nil, nil, sealed, name)
	if err != nil {
		return nil, ErrSealed
	}
	return data, nil
}

// Index implements [Safe].
func (s *software) Index(text []byte) (sum [sha256.Size]byte, err error) {
	h := s.index.Get().(hash.Hash)
	h.Reset()
	h.Write(text)
	h.Sum(sum[:0])
	s.index.Put(h)
	return sum, nil
}

// prepared is a key whose cipher lies ready in this process.
type prepared struct{ *cardcrypto.Key }

// MAC implements [Key].
func (p prepared) MAC(method cardcrypto.Method, data []byte) ([8]byte, error) {
	mac, err := cardcrypto.MAC(method, p.Key, data)
	if err != nil {
		return [8]byte{}, ErrMethod
	}
	return mac, nil
}

// DecryptTrack implements [Key].
func (p prepared) DecryptTrack(variant cardcrypto.TrackVariant, track string) (string, error) {
	plain, err := variant.Decrypt(p.Key, track)
	switch {
	case errors.Is(err, cardcrypto.ErrKeyUse):
		return "", ErrMethod
	case err != nil:
		return "", ErrTrack
	}
	return plain, nil
}

// generation is how many keys half of the cache holds; a prepared key takes about 1 KiB.
const generation = 1 << 14

// cache keeps prepared keys by their wraps. It has two generations: when the young one is full, it becomes
// the old one and what was not used since the last turn is dropped.
type cache struct {
	mu         sync.RWMutex
	young, old map[string]*cardcrypto.Key
}

func (c *cache) get(wrapped []byte) *cardcrypto.Key {
	c.mu.RLock()
	key, fresh := c.young[string(wrapped)]
	if !fresh {
		key = c.old[string(wrapped)]
	}
	c.mu.RUnlock()
	if key != nil && !fresh {
		c.put(wrapped, key)
	}
	return key
}

func (c *cache) put(wrapped []byte, key *cardcrypto.Key) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.young) >= generation || c.young == nil {
		c.old, c.young = c.young, make(map[string]*cardcrypto.Key)
	}
	c.young[string(wrapped)] = key
}

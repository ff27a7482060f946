package hsm

import (
	"crypto/rand"
	"crypto/subtle"
	"math/bits"
	"sync"

	"github.com/yifen-pay/yifen/internal/wire/cardcrypto"
)

// use is what a key is for. It is written into a wrap and authenticated with it; numbers are never given
// anew.
type use byte

const (
	useMaster     use = 1 // encrypts working keys on their way: TMK of a terminal, ZMK of a network
	usePIN        use = 2 // a terminal's PIK: PINs come in under it, none goes out
	useMAC        use = 3 // a terminal's MAK
	useTrack      use = 4 // a terminal's TDK
	useNetworkPIN use = 5 // PINs go out under it
	useNetworkMAC use = 6
)

const (
	wrapVersion = 1
	wrapHeader  = 2 // version and use
)

// seal wraps a key for one use.
func (m *Module) seal(u use, key *cardcrypto.Key) []byte {
	value := key.Reveal()
	defer clear(value)
	header := []byte{wrapVersion, byte(u)}
	return m.wrap.Seal(header, nil, value, header)
}

// open returns the prepared key of a wrap, if that is for this use.
func (m *Module) open(u use, wrapped []byte) (*cardcrypto.Key, error) {
	if len(wrapped) <= wrapHeader || wrapped[0] != wrapVersion || wrapped[1] != byte(u) {
		return nil, ErrKey
	}
	if key := m.keys.get(wrapped); key != nil {
		return key, nil
	}
	value, err := m.wrap.Open(nil, nil, wrapped[wrapHeader:], wrapped[:wrapHeader])
	if err != nil {
		return nil, ErrKey
	}
	defer clear(value)
	key, err := cardcrypto.NewDESKey(value)
	if err != nil {
		return nil, ErrKey
	}
	m.keys.put(wrapped, key)
	return key, nil
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

// generate returns a random DES key of 8 or 16 bytes with odd parity, which some terminals insist on.
func generate(size int) (*cardcrypto.Key, error) {
	value := make([]byte, size)
	defer clear(value)
	if _, err := rand.Read(value); err != nil {
		return nil, err
	}
	for i, b := range value {
		value[i] = b&^1 | byte(bits.OnesCount8(b>>1)+1)&1
	}
	return cardcrypto.NewDESKey(value)
}

// LoadMaster takes in a master key, the TMK of a terminal or the ZMK shared with a network, and returns it
// wrapped, with its check value to compare with the other side's. The key is double length: 16 bytes, or
// 24 whose last 8 repeat the first.
func (m *Module) LoadMaster(value []byte) (wrapped, kcv []byte, err error) {
	if len(value) == 24 && subtle.ConstantTimeCompare(value[:8], value[16:]) == 1 {
		value = value[:16]
	}
	if len(value) != 16 {
		return nil, nil, ErrKeyValue
	}
	key, err := cardcrypto.NewDESKey(value)
	if err != nil {
		return nil, nil, ErrKeyValue
	}
	return m.seal(useMaster, key), key.CheckValue(), nil
}

package hsm

import (
	"encoding/binary"
	"testing"

	"github.com/yifen-pay/yifen/internal/wire/cardcrypto"
)

// TestCache_staysBounded fills the cache three times over: it keeps what is in use and forgets the rest.
func TestCache_staysBounded(t *testing.T) {
	key, err := cardcrypto.NewDESKey(make([]byte, 8))
	if err != nil {
		t.Fatal(err)
	}
	var c cache
	busy := []byte("in use all the time")
	c.put(busy, key)
	var first []byte
	for i := range uint32(3 * generation) {
		name := binary.BigEndian.AppendUint32(nil, i)
		if i == 0 {
			first = name
		}
		c.put(name, key)
		if c.get(busy) == nil {
			t.Fatalf("a key in use was forgotten after %d others", i)
		}
	}
	if c.get(first) != nil {
		t.Error("a key that nobody uses is kept")
	}
	if n := len(c.young) + len(c.old); n > 2*generation {
		t.Errorf("the cache holds %d keys, want at most %d", n, 2*generation)
	}
}

package cardnet

import (
	"crypto/rand"
	"encoding/hex"
	"math/bits"
	"slices"
	"sync/atomic"
	"time"

	"github.com/yifen-pay/yifen/internal/wire/cardcrypto"
)

// member is an institution with the keys that it holds now. The network's link lock guards it.
type member struct {
	Member
	keys []*generation // the newest last
}

// generation is one pair of keys that a member got over one connection.
type generation struct {
	member *member
	conn   *conn
	pin    *cardcrypto.Key
	mac    *cardcrypto.Key
	until  time.Time    // zero while it is current
	used   atomic.Int64 // financial messages
}

// live reports whether the network takes messages under these keys.
func (g *generation) live(now time.Time) bool { return g.until.IsZero() || now.Before(g.until) }

// newGeneration makes fresh keys and returns them with F48 of the key change that carries them.
func newGeneration(m *member, c *conn, zmk *cardcrypto.Key) (*generation, string, error) {
	g := &generation{member: m, conn: c}
	f48 := ""
	for _, part := range []struct {
		name string
		key  **cardcrypto.Key
	}{{"PK", &g.pin}, {"MK", &g.mac}} {
		value := make([]byte, 16)
		rand.Read(value)
		for i, b := range value { // odd parity, as DES keys have by custom
			if bits.OnesCount8(b)%2 == 0 {
				value[i] = b ^ 1
			}
		}
		made, err := cardcrypto.NewDESKey(value)
		if err != nil {
			return nil, "", err
		}
		*part.key = made
		wrapped, err := cardcrypto.Wrap(zmk, made)
		if err != nil {
			return nil, "", err
		}
		f48 += part.name + hexUpper(wrapped.Cryptogram) + hexUpper(wrapped.CheckValue)
	}
	return g, f48, nil
}

func hexUpper(b []byte) string {
	text := make([]byte, hex.EncodedLen(len(b)))
	hex.Encode(text, b)
	for i, c := range text {
		if c >= 'a' {
			text[i] = c - 'a' + 'A'
		}
	}
	return string(text)
}

// adopt makes g current on its connection. What was current there, and what came over connections that are
// gone, stays good for a minute: until newer keys come, the member may use those on other connections.
func (n *Network) adopt(g *generation) {
	n.link.Lock()
	defer n.link.Unlock()
	now := n.clock.Now()
	m := g.member
	for _, old := range m.keys {
		if _, open := n.conns[old.conn]; old.until.IsZero() && (old.conn == g.conn || !open) {
			old.until = now.Add(oldKeyFor)
		}
	}
	m.keys = append(slices.DeleteFunc(m.keys, func(old *generation) bool { return !old.live(now) }), g)
	g.conn.keys.Store(g)
}

// retire ends the keys of a connection that signs off.
func (n *Network) retire(c *conn) {
	n.link.Lock()
	defer n.link.Unlock()
	for _, m := range n.members {
		for _, g := range m.keys {
			if g.conn == c {
				g.until = n.clock.Now()
			}
		}
	}
}

// authenticate returns the live keys of a member under which mac is right for data: those of the connection
// first, then the member's others, the newest first. Without any it returns nil.
func (n *Network) authenticate(c *conn, m *member, data, mac []byte) *generation {
	own := c.keys.Load()
	if own != nil && own.member == m && own.verifies(data, mac) {
		return own
	}
	n.link.RLock()
	candidates := slices.Clone(m.keys)
	now := n.clock.Now()
	candidates = slices.DeleteFunc(candidates, func(g *generation) bool { return g == own || !g.live(now) })
	n.link.RUnlock()
	for _, g := range slices.Backward(candidates) {
		if g.verifies(data, mac) {
			return g
		}
	}
	return nil
}

func (g *generation) verifies(data, mac []byte) bool {
	return cardcrypto.VerifyMAC(cardcrypto.X919, g.mac, data, mac)
}

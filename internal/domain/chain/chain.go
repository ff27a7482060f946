// Package chain hashes typed content so that records can be linked into a chain: every text is preceded
// by its length and every number has eight bytes, so that no two contents give the same input.
package chain

import (
	"crypto/sha256"
	"encoding/binary"
)

// Hash collects content.
type Hash struct{ buf []byte }

// After begins the hash of what follows prev, the hash of the record before; nil begins a chain.
func After(prev []byte) *Hash {
	h := &Hash{buf: make([]byte, 0, 512)}
	h.Text(string(prev))
	return h
}

// Text adds texts.
func (h *Hash) Text(parts ...string) {
	for _, p := range parts {
		h.buf = binary.BigEndian.AppendUint32(h.buf, uint32(len(p)))
		h.buf = append(h.buf, p...)
	}
}

// Number adds numbers.
func (h *Hash) Number(ns ...int64) {
	for _, n := range ns {
		h.buf = binary.BigEndian.AppendUint64(h.buf, uint64(n))
	}
}

// Sum returns the SHA-256 of what was added.
func (h *Hash) Sum() []byte {
	s := sha256.Sum256(h.buf)
	return s[:]
}

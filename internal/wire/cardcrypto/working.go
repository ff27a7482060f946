package cardcrypto

import (
	"bytes"
	"crypto/subtle"
	"errors"
	"fmt"
)

// Wrapped is a key enciphered under another, with the check value of the key in clear.
type Wrapped struct {
	Cryptogram []byte // as long as the key
	CheckValue []byte // empty when none came with it
}

// Wrap enciphers key under kek in ECB mode, block by block, and adds its check value. The key must be a
// whole number of kek's blocks.
func Wrap(kek, key *Key) (Wrapped, error) {
	cryptogram, err := kek.EncryptECB(key.value)
	if err != nil {
		return Wrapped{}, err
	}
	return Wrapped{Cryptogram: cryptogram, CheckValue: key.CheckValue()}, nil
}

// Unwrap is the inverse of [Wrap]: it returns a key of kek's algorithm. It compares the check value, or
// what came of it, and returns [ErrCheckValue] where it differs.
func Unwrap(kek *Key, wrapped Wrapped) (*Key, error) {
	value, err := kek.DecryptECB(wrapped.Cryptogram)
	if err != nil {
		return nil, err
	}
	key, err := NewKey(kek.algorithm, value)
	clear(value)
	if err != nil {
		return nil, err
	}
	want := key.CheckValue()
	n := len(wrapped.CheckValue)
	if n > len(want) || subtle.ConstantTimeCompare(want[:n], wrapped.CheckValue) != 1 {
		return nil, ErrCheckValue
	}
	return key, nil
}

// WorkingKeys are the session keys of a terminal as F62 of a sign-in answer carries them. Track is
// empty where tracks are not enciphered.
type WorkingKeys struct {
	PIN   Wrapped
	MAC   Wrapped
	Track Wrapped
}

// ErrWorkingKeys reports an F62 of a length that its layout does not have, or keys that no layout can hold.
var ErrWorkingKeys = errors.New("cardcrypto: working keys do not fit the layout; check the form of F62 in the terminal's profile")

// Layout is the way working keys lie in F62: the PIN key, the MAC key and in some the track key, each in a
// slot of fixed size and each followed by its check value. A MAC key that is shorter than its slot is
// filled with zeros.
type Layout uint8

// Layouts. Those that are "one source" follow from the length of F62 alone, of which they are the one
// reading that adds up; a profile names them, they are never guessed.
const (
	LayoutSingle      Layout = iota + 1 // 24 bytes: keys of 8 bytes
	LayoutDouble                        // 40 bytes: keys of 16 bytes; the MAC key of 8 or 16
	LayoutTrack                         // 60 bytes: the same and a track key of 16
	LayoutCompact                       // 52 bytes: PIN key 16, MAC key 8, track key 16 (60.3 = 004); one source
	LayoutTriple                        // 56 bytes: keys of 24 bytes; the MAC key of 8, 16 or 24; one source
	LayoutTripleTrack                   // 84 bytes: the same and a track key of 24; one source
	LayoutSM4                           // 72 bytes: three SM4 keys with check values of 8 bytes; a profile of our own
)

// shape is what a layout is made of: the sizes of the slots in bytes, 0 where there is none.
type shape struct {
	name                   string
	pin, mac, track, check int
}

var shapes = [...]shape{
	LayoutSingle:      {"single", 8, 8, 0, 4},
	LayoutDouble:      {"double", 16, 16, 0, 4},
	LayoutTrack:       {"track", 16, 16, 16, 4},
	LayoutCompact:     {"compact", 16, 8, 16, 4},
	LayoutTriple:      {"triple", 24, 24, 0, 4},
	LayoutTripleTrack: {"triple-track", 24, 24, 24, 4},
	LayoutSM4:         {"sm4", 16, 16, 16, 8},
}

// shape returns the zero shape, which holds no key, for a layout that there is not.
func (l Layout) shape() shape {
	if int(l) < len(shapes) {
		return shapes[l]
	}
	return shape{}
}

// String returns the name of the layout, e.g. "compact".
func (l Layout) String() string {
	if name := l.shape().name; name != "" {
		return name
	}
	return fmt.Sprintf("Layout(%d)", uint8(l))
}

// Len returns the length of F62 in bytes, 0 for a layout that there is not.
func (l Layout) Len() int {
	s := l.shape()
	n := s.pin + s.mac + 2*s.check
	if s.track > 0 {
		n += s.track + s.check
	}
	return n
}

// Algorithm returns the algorithm of the keys that the layout holds.
func (l Layout) Algorithm() Algorithm {
	if l == LayoutSM4 {
		return SM4
	}
	return DES
}

// Parse reads F62 of a sign-in answer. The result shares no memory with f62.
func (l Layout) Parse(f62 []byte) (WorkingKeys, error) {
	var w WorkingKeys
	s := l.shape()
	if len(f62) == 0 || len(f62) != l.Len() {
		return w, ErrWorkingKeys
	}
	rest := bytes.Clone(f62)
	for _, slot := range []struct {
		key  *Wrapped
		size int
	}{{&w.PIN, s.pin}, {&w.MAC, s.mac}, {&w.Track, s.track}} {
		if slot.size == 0 {
			continue
		}
		slot.key.Cryptogram, rest = rest[:slot.size:slot.size], rest[slot.size:]
		slot.key.CheckValue, rest = rest[:s.check:s.check], rest[s.check:]
	}
	if l.Algorithm() == DES {
		// A part of zeros is filling, for a cryptogram is zero once in 2⁶⁴ keys.
		for n := len(w.MAC.Cryptogram); n > 8 && zero(w.MAC.Cryptogram[n-8:]); n -= 8 {
			w.MAC.Cryptogram = w.MAC.Cryptogram[: n-8 : n-8]
		}
	}
	return w, nil
}

// Format returns F62.
func (l Layout) Format(w WorkingKeys) ([]byte, error) {
	s := l.shape()
	mac := len(w.MAC.Cryptogram)
	shorter := l.Algorithm() == DES && mac > 0 && mac < s.mac && mac%8 == 0
	if len(w.PIN.Cryptogram) != s.pin || len(w.Track.Cryptogram) != s.track || mac != s.mac && !shorter {
		return nil, ErrWorkingKeys
	}
	out := make([]byte, 0, l.Len())
	for _, slot := range []struct {
		key  Wrapped
		size int
	}{{w.PIN, s.pin}, {w.MAC, s.mac}, {w.Track, s.track}} {
		if slot.size == 0 {
			continue
		}
		if len(slot.key.CheckValue) != s.check {
			return nil, ErrWorkingKeys
		}
		out = append(out, slot.key.Cryptogram...)
		out = append(out, make([]byte, slot.size-len(slot.key.Cryptogram))...)
		out = append(out, slot.key.CheckValue...)
	}
	if len(out) == 0 {
		return nil, ErrWorkingKeys
	}
	return out, nil
}

func zero(b []byte) bool {
	for _, c := range b {
		if c != 0 {
			return false
		}
	}
	return true
}

// tellable are the layouts that more than one source shows. Their lengths differ, so F62 tells its own.
var tellable = [...]Layout{LayoutSingle, LayoutDouble, LayoutTrack}

// ParseWorkingKeys reads F62 of a sign-in answer in one of the layouts of 24, 40 and 60 bytes. The result
// shares no memory with f62.
func ParseWorkingKeys(f62 []byte) (WorkingKeys, error) {
	for _, l := range tellable {
		if len(f62) == l.Len() {
			return l.Parse(f62)
		}
	}
	return WorkingKeys{}, ErrWorkingKeys
}

// Format returns F62 in the layout of 24, 40 or 60 bytes that the lengths of the keys call for.
func (w WorkingKeys) Format() ([]byte, error) {
	for _, l := range tellable {
		s := l.shape()
		if len(w.PIN.Cryptogram) == s.pin && len(w.Track.Cryptogram) == s.track {
			return l.Format(w)
		}
	}
	return nil, ErrWorkingKeys
}

// String returns the lengths of the keys. What is wrapped is no secret by itself, but it has no place in
// a log either.
func (w WorkingKeys) String() string {
	return fmt.Sprintf("working keys of %d, %d and %d bytes",
		len(w.PIN.Cryptogram), len(w.MAC.Cryptogram), len(w.Track.Cryptogram))
}

// Format writes the length of the key, whatever the verb.
func (w Wrapped) Format(s fmt.State, _ rune) {
	fmt.Fprintf(s, "wrapped key of %d bytes", len(w.Cryptogram))
}

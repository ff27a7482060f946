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

// ErrWorkingKeys reports an F62 of a length that no layout has, or keys that no layout can hold.
var ErrWorkingKeys = errors.New("cardcrypto: working keys fit none of the layouts of 24, 40 and 60 bytes")

// Lengths of the three layouts: single-length PIN and MAC keys; a double-length PIN key and a MAC key
// in 16 bytes, the second half zero when it is of single length; the same and a double-length track
// key. Each key is followed by its check value of four bytes.
const (
	layoutSingle = 2 * (8 + 4)
	layoutDouble = 2 * (16 + 4)
	layoutTrack  = 3 * (16 + 4)
)

// ParseWorkingKeys reads F62 of a sign-in answer. The result shares no memory with f62.
func ParseWorkingKeys(f62 []byte) (WorkingKeys, error) {
	var w WorkingKeys
	size := 16
	switch len(f62) {
	case layoutSingle:
		size = 8
	case layoutDouble, layoutTrack:
	default:
		return w, ErrWorkingKeys
	}
	rest := bytes.Clone(f62)
	for _, key := range []*Wrapped{&w.PIN, &w.MAC, &w.Track} {
		if len(rest) == 0 {
			break
		}
		key.Cryptogram, key.CheckValue, rest = rest[:size:size], rest[size:size+4:size+4], rest[size+4:]
	}
	if second := w.MAC.Cryptogram[8:]; len(second) > 0 && bytes.Equal(second, make([]byte, 8)) {
		w.MAC.Cryptogram = w.MAC.Cryptogram[:8:8]
	}
	return w, nil
}

// Format returns F62 in the layout that the lengths of the keys call for.
func (w WorkingKeys) Format() ([]byte, error) {
	pin, mac, track := len(w.PIN.Cryptogram), len(w.MAC.Cryptogram), len(w.Track.Cryptogram)
	size := 16
	switch {
	case pin == 8 && mac == 8 && track == 0:
		size = 8
	case pin == 16 && (mac == 8 || mac == 16) && (track == 0 || track == 16):
	default:
		return nil, ErrWorkingKeys
	}
	out := make([]byte, 0, layoutTrack)
	for _, key := range []Wrapped{w.PIN, w.MAC, w.Track} {
		if len(key.Cryptogram) == 0 {
			continue
		}
		if len(key.CheckValue) != 4 {
			return nil, ErrWorkingKeys
		}
		out = append(out, key.Cryptogram...)
		out = append(out, make([]byte, size-len(key.Cryptogram))...)
		out = append(out, key.CheckValue...)
	}
	return out, nil
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

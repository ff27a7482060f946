package hsm

import (
	"bytes"
	"crypto/subtle"
	"fmt"

	"github.com/yifen-pay/yifen/internal/wire/keyblock"
)

// Bounds of a key ceremony.
const (
	componentsMin   = 2
	componentsMax   = 3
	checkValueBytes = 3 // of a check value that says anything; people write three bytes or more
)

// Component is one holder's part of a key, with the check value that came with it: its first three bytes or
// more. A key is the XOR of its components.
type Component struct {
	Value      []byte
	CheckValue []byte
}

// String says what it is and nothing of what it holds.
func (Component) String() string { return "key component" }

// GoString returns what String returns.
func (c Component) GoString() string { return c.String() }

// LoadMaster takes in a triple DES master key, the TMK of a terminal or the ZMK shared with a network, and
// returns it wrapped, with its check value to compare with the other side's. The key is of double length, 16
// bytes or 24 whose last 8 repeat the first, or of triple length, 24 bytes.
func (m *Module) LoadMaster(value []byte) (wrapped, kcv []byte, err error) {
	return m.Load(UseMaster, TDES, value)
}

// Load takes in a key from outside: a master key of triple DES (16 or 24 bytes) or SM4 (16), or a
// protection key of triple DES or AES (16, 24, 32). Keys of other uses come as key blocks or are made here.
func (m *Module) Load(use Use, c Cipher, value []byte) (wrapped, kcv []byte, err error) {
	if use != UseMaster && use != UseBlockProtection {
		return nil, nil, ErrUse
	}
	if use == UseMaster && c == AES || use == UseBlockProtection && c == SM4 || c == RSA {
		return nil, nil, ErrCipher
	}
	if c == TDES && len(value) == 24 && subtle.ConstantTimeCompare(value[:8], value[16:]) == 1 {
		value = value[:16]
	}
	if n := len(value); n != 16 && (c == SM4 || n != 24) && (c != AES || n != 32) {
		return nil, nil, ErrKeyValue
	}
	if kcv, err = c.checkValue(value); err != nil {
		return nil, nil, err
	}
	wrapped, err = m.wrap(label{use, c, Exportable}, value)
	return wrapped, kcv, err
}

// CombineMaster takes in a master key of triple DES or SM4 by its two or three components. See
// [Module.Combine].
func (m *Module) CombineMaster(c Cipher, components []Component) (wrapped, kcv []byte, err error) {
	return m.Combine(UseMaster, c, components)
}

// Combine takes in a key by its two or three components, which different people hold, and returns it
// wrapped, with its check value. It refuses a component that is not the one of its check value, components
// of different lengths, and keys that are no stronger than a shorter one: zeros, or a triple DES key with
// equal neighboring parts.
func (m *Module) Combine(use Use, c Cipher, components []Component) (wrapped, kcv []byte, err error) {
	value, err := combine(c, components)
	if err != nil {
		return nil, nil, err
	}
	defer clear(value)
	return m.Load(use, c, value)
}

// Join returns the key that components make, in clear, with its check value: for a ceremony, to tell the
// check value to the holders. It refuses what [Module.Combine] refuses.
func Join(c Cipher, components []Component) (value, kcv []byte, err error) {
	if value, err = combine(c, components); err != nil {
		return nil, nil, err
	}
	kcv, err = c.checkValue(value)
	return value, kcv, err
}

// combine returns the key that components make.
func combine(c Cipher, components []Component) ([]byte, error) {
	if len(components) < componentsMin || len(components) > componentsMax {
		return nil, ErrComponents
	}
	value := make([]byte, len(components[0].Value))
	if c == TDES && len(value) < 16 {
		return nil, ErrKeyValue
	}
	for i, part := range components {
		if len(part.Value) != len(value) {
			clear(value)
			return nil, ErrComponents
		}
		if err := part.check(c); err != nil {
			clear(value)
			return nil, fmt.Errorf("component %d: %w", i+1, err)
		}
		subtle.XORBytes(value, value, part.Value)
	}
	if weak(c, value) {
		clear(value)
		return nil, ErrWeak
	}
	return value, nil
}

// Check refuses a component of a master key that no key of the cipher has, or that is not the one of its check value.
func (p Component) Check(c Cipher) error {
	if n := len(p.Value); n != 16 && (c != TDES || n != 24) {
		return ErrKeyValue
	}
	return p.check(c)
}

// check returns [ErrComponent] unless the component is the one of its check value.
func (p Component) check(c Cipher) error {
	if len(p.CheckValue) < checkValueBytes {
		return ErrComponent
	}
	want, err := c.checkValue(p.Value)
	if err != nil {
		return err
	}
	if bytes.HasPrefix(want, p.CheckValue) {
		return nil
	}
	if c == AES { // some holders have the older check value, zeros enciphered
		if want, err = blockCheck(keyblock.CheckZeros, p.Value); err == nil && bytes.Equal(want, p.CheckValue) {
			return nil
		}
	}
	return ErrComponent
}

// weak reports a key of zeros, and a triple DES key that is a shorter one in disguise. Parity bits do not
// count.
func weak(c Cipher, value []byte) bool {
	value = bytes.Clone(value)
	defer clear(value)
	if c == TDES {
		for i := range value {
			value[i] &^= 1
		}
		for i := 8; i+8 <= len(value); i += 8 {
			if bytes.Equal(value[i-8:i], value[i:i+8]) {
				return true
			}
		}
	}
	return len(bytes.Trim(value, "\x00")) == 0
}

// Split returns the components of a fresh random key, with their check values, and the check value of the
// key itself, for a ceremony: the key is nowhere until its holders bring the components together.
func Split(c Cipher, size, holders int) (components []Component, kcv []byte, err error) {
	if holders < componentsMin || holders > componentsMax {
		return nil, nil, ErrComponents
	}
	if c == TDES && size < 16 {
		return nil, nil, ErrKeyValue
	}
	key := make([]byte, max(size, 0))
	defer clear(key)
	for range holders {
		value, err := c.generate(len(key))
		if err != nil {
			return nil, nil, err
		}
		check, err := c.checkValue(value)
		if err != nil {
			return nil, nil, err
		}
		subtle.XORBytes(key, key, value)
		components = append(components, Component{value, check})
	}
	kcv, err = c.checkValue(key)
	return components, kcv, err
}

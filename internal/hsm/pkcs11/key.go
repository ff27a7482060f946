//go:build pkcs11

package pkcs11

import (
	"crypto/subtle"
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/miekg/pkcs11"

	"github.com/yifen-pay/yifen/internal/hsm"
	"github.com/yifen-pay/yifen/internal/wire/cardcrypto"
)

// blockSize is that of DES, in bytes.
const blockSize = 8

// key is a DES key in the token, by its wrap: its objects may end and come again between two uses.
type key struct {
	safe    *safe
	wrapped []byte
	label   int
	size    int
}

var _ hsm.Key = key{}

// use runs f with the key's objects, which it brings into the token when they are not there.
func (k key) use(f func(object) error) error {
	for {
		k.safe.mu.RLock()
		o, there := k.safe.objects[string(k.wrapped)]
		if there {
			defer k.safe.mu.RUnlock()
			return f(o)
		}
		k.safe.mu.RUnlock()
		if err := k.bring(); err != nil {
			return err
		}
	}
}

// bring unwraps the key in the token, unless another did meanwhile.
func (k key) bring() error {
	k.safe.mu.Lock()
	defer k.safe.mu.Unlock()
	if _, there := k.safe.objects[string(k.wrapped)]; there {
		return nil
	}
	return k.safe.load(k.wrapped, k.label)
}

// Algorithm implements [hsm.Key].
func (k key) Algorithm() cardcrypto.Algorithm { return cardcrypto.DES }

// Len implements [hsm.Key].
func (k key) Len() int { return k.size }

// String says what it is and nothing of what it holds.
func (k key) String() string { return fmt.Sprintf("DES key of %d bytes in a token", k.size) }

// EncryptECB implements [hsm.Key].
func (k key) EncryptECB(blocks []byte) (out []byte, err error) {
	err = k.use(func(o object) error {
		out, err = k.safe.encrypt(mechanism(pkcs11.CKM_DES3_ECB, nil), o.whole, blocks)
		return err
	})
	if err != nil {
		return nil, refused(err, hsm.ErrKey, "encrypt")
	}
	return out, nil
}

// DecryptECB implements [hsm.Key].
func (k key) DecryptECB(blocks []byte) (out []byte, err error) {
	err = k.use(func(o object) error {
		out, err = k.safe.decrypt(mechanism(pkcs11.CKM_DES3_ECB, nil), o.whole, blocks)
		return err
	})
	if err != nil {
		return nil, refused(err, hsm.ErrKey, "decrypt")
	}
	return out, nil
}

// MAC implements [hsm.Key].
func (k key) MAC(method cardcrypto.Method, data []byte) (mac [8]byte, err error) {
	if n := len(data) % blockSize; n > 0 {
		data = append(data[:len(data):len(data)], make([]byte, blockSize-n)...)
	}
	err = k.use(func(o object) error {
		switch {
		case method == cardcrypto.ECB:
			mac, err = k.fold(o, data)
		case method == cardcrypto.X99 && k.size == 8, method == cardcrypto.CBC && k.size > 8:
			mac, err = k.chain(o.whole, data)
		case method == cardcrypto.X919 && k.size > 8:
			mac, err = k.retail(o, data)
		default:
			return hsm.ErrMethod
		}
		return err
	})
	if err == hsm.ErrMethod || err == nil {
		return mac, err
	}
	return [8]byte{}, refused(err, hsm.ErrKey, "compute a MAC")
}

// fold is the MAC of UnionPay terminals, see [cardcrypto.ECB].
func (k key) fold(o object, data []byte) (mac [8]byte, err error) {
	block := make([]byte, blockSize)
	for ; len(data) > 0; data = data[blockSize:] {
		subtle.XORBytes(block, block, data[:blockSize])
	}
	text := upperHex(block)
	ecb := mechanism(pkcs11.CKM_DES3_ECB, nil)
	if block, err = k.safe.encrypt(ecb, o.whole, text[:blockSize]); err != nil {
		return mac, err
	}
	subtle.XORBytes(block, block, text[blockSize:])
	if block, err = k.safe.encrypt(ecb, o.whole, block); err != nil {
		return mac, err
	}
	copy(mac[:], upperHex(block[:4]))
	return mac, nil
}

// chain enciphers whole blocks in CBC mode with a start of zeros and returns the last one, zeros when there
// is none.
func (k key) chain(handle pkcs11.ObjectHandle, data []byte) (last [8]byte, err error) {
	if len(data) == 0 {
		return last, nil
	}
	out, err := k.safe.encrypt(mechanism(pkcs11.CKM_DES3_CBC, make([]byte, blockSize)), handle, data)
	if err == nil {
		copy(last[:], out[len(out)-blockSize:])
	}
	return last, err
}

// retail is ISO 9797-1 algorithm 3. Enciphering the last block under the first part, deciphering under the
// second and enciphering under the last is triple DES of that block.
func (k key) retail(o object, data []byte) (mac [8]byte, err error) {
	ecb := mechanism(pkcs11.CKM_DES3_ECB, nil)
	var block []byte
	if len(data) == 0 { // nothing was enciphered under the first part, which the triple must undo
		block, err = k.safe.decrypt(ecb, o.first, make([]byte, blockSize))
	} else {
		var before [8]byte
		end := len(data) - blockSize
		before, err = k.chain(o.first, data[:end])
		block = make([]byte, blockSize)
		subtle.XORBytes(block, before[:], data[end:])
	}
	if err != nil {
		return mac, err
	}
	if block, err = k.safe.encrypt(ecb, o.whole, block); err == nil {
		copy(mac[:], block)
	}
	return mac, err
}

func upperHex(b []byte) []byte { return []byte(strings.ToUpper(hex.EncodeToString(b))) }

//go:build pkcs11

package pkcs11

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"math/bits"
	"sync"

	"github.com/miekg/pkcs11"

	"github.com/yifen-pay/yifen/internal/hsm"
	"github.com/yifen-pay/yifen/internal/wire/cardcrypto"
)

const (
	desSize  = 24          // a triple DES key in the token, whatever its length outside
	wrapSize = desSize + 8 // the same under AES key wrap
	bindSize = sha256.Size
	gcmNonce = 12
	gcmTag   = 16
)

// objectsMax is how many wraps are kept unwrapped in the token; each takes one or two objects.
const objectsMax = 2048

// safe is a token as [hsm.Safe]. Whoever uses objects holds mu for reading, whoever makes or ends them for
// writing.
type safe struct {
	*token
	kek, bind, data, index pkcs11.ObjectHandle

	mu      sync.RWMutex
	objects map[string]object // by wrap
}

var _ hsm.Safe = (*safe)(nil)

// object is an unwrapped key.
type object struct {
	size  int                 // length of the key in bytes, as it is outside
	whole pkcs11.ObjectHandle // the key
	first pkcs11.ObjectHandle // its first part; 0 where the key has one part only
}

func (s *safe) close() error { return s.token.close() }

// Wrap implements [hsm.Safe].
func (s *safe) Wrap(label []byte, algorithm cardcrypto.Algorithm, value []byte) ([]byte, error) {
	if algorithm != cardcrypto.DES || len(value) != 8 && len(value) != 16 && len(value) != desSize {
		return nil, hsm.ErrMechanism
	}
	out := append(append(make([]byte, 0, len(label)+1+2*wrapSize+bindSize), label...), byte(len(value)))
	parts := [][]byte{value}
	if len(value) > 8 {
		parts = append(parts, value[:8])
	}
	for _, part := range parts {
		wrapped, err := s.wrapPart(part)
		if err != nil {
			return nil, err
		}
		out = append(out, wrapped...)
	}
	sum, err := s.hmac(s.bind, out)
	if err != nil {
		return nil, err
	}
	return append(out, sum...), nil
}

// wrapPart brings a key into the token for as long as it takes to wrap it.
func (s *safe) wrapPart(value []byte) ([]byte, error) {
	triple := make([]byte, desSize)
	defer clear(triple)
	for n := 0; n < desSize; {
		n += copy(triple[n:], value)
	}
	for i, b := range triple { // a token may insist on odd parity, which no cipher reads
		triple[i] = b&^1 | byte(bits.OnesCount8(b>>1)+1)&1
	}
	template := append(sessionKey(true), pkcs11.NewAttribute(pkcs11.CKA_VALUE, triple))
	var wrapped []byte
	err := s.work(func(session pkcs11.SessionHandle) error {
		key, err := s.CreateObject(session, template)
		if err != nil {
			return err
		}
		wrapped, err = s.WrapKey(session, mechanism(pkcs11.CKM_AES_KEY_WRAP, nil), s.kek, key)
		return errors.Join(err, s.DestroyObject(session, key))
	})
	if err != nil {
		return nil, unavailable("wrap a key", err)
	}
	return wrapped, nil
}

// sessionKey is the template of a triple DES key that lives no longer than its session.
func sessionKey(extractable bool) []*pkcs11.Attribute {
	uses := []uint{pkcs11.CKA_ENCRYPT, pkcs11.CKA_DECRYPT}
	return append(attributes(uses),
		pkcs11.NewAttribute(pkcs11.CKA_CLASS, pkcs11.CKO_SECRET_KEY), pkcs11.NewAttribute(pkcs11.CKA_KEY_TYPE, pkcs11.CKK_DES3),
		pkcs11.NewAttribute(pkcs11.CKA_TOKEN, false), pkcs11.NewAttribute(pkcs11.CKA_PRIVATE, true),
		pkcs11.NewAttribute(pkcs11.CKA_SENSITIVE, true), pkcs11.NewAttribute(pkcs11.CKA_EXTRACTABLE, extractable),
	)
}

// Open implements [hsm.Safe].
func (s *safe) Open(wrapped []byte, label int, algorithm cardcrypto.Algorithm) (hsm.Key, error) {
	k := key{s, bytes.Clone(wrapped), label, 0}
	err := k.use(func(o object) error {
		k.size = o.size
		return nil
	})
	if err != nil {
		return nil, err
	}
	if algorithm != cardcrypto.DES {
		return nil, hsm.ErrMechanism
	}
	return k, nil
}

// load unwraps a key in the token. The caller holds mu for writing.
func (s *safe) load(wrapped []byte, label int) error {
	body := len(wrapped) - bindSize
	if body <= label {
		return hsm.ErrKey
	}
	sum, err := s.hmac(s.bind, wrapped[:body])
	if err != nil {
		return err
	}
	if subtle.ConstantTimeCompare(sum, wrapped[body:]) != 1 {
		return hsm.ErrKey
	}
	if len(s.objects) >= objectsMax {
		s.forget()
	}
	o := object{size: int(wrapped[label])}
	rest := wrapped[label+1 : body]
	for _, at := range []*pkcs11.ObjectHandle{&o.whole, &o.first} {
		if len(rest) == 0 {
			break
		}
		*at, err = s.UnwrapKey(s.keeper, mechanism(pkcs11.CKM_AES_KEY_WRAP, nil), s.kek, rest[:wrapSize], sessionKey(false))
		if err != nil {
			return refused(err, hsm.ErrKey, "unwrap a key")
		}
		rest = rest[wrapSize:]
	}
	s.objects[string(wrapped)] = o
	return nil
}

// forget ends all objects: those in use come again at their next use. An object that cannot be ended ends
// with the session.
func (s *safe) forget() {
	for wrapped, o := range s.objects {
		_ = s.DestroyObject(s.keeper, o.whole)
		if o.first != 0 {
			_ = s.DestroyObject(s.keeper, o.first)
		}
		delete(s.objects, wrapped)
	}
}

// Reveal implements [hsm.Safe]: a token lets no key out.
func (s *safe) Reveal([]byte, int) ([]byte, error) { return nil, hsm.ErrMechanism }

// Seal implements [hsm.Safe].
func (s *safe) Seal(data, name []byte) ([]byte, error) {
	nonce := make([]byte, gcmNonce, gcmNonce+len(data)+gcmTag)
	if _, err := rand.Read(nonce); err != nil {
		return nil, err
	}
	parameters := pkcs11.NewGCMParams(nonce, name, 8*gcmTag)
	defer parameters.Free()
	sealed, err := s.encrypt(mechanism(pkcs11.CKM_AES_GCM, parameters), s.data, data)
	if err != nil {
		return nil, unavailable("seal", err)
	}
	return append(nonce, sealed...), nil
}

// Unseal implements [hsm.Safe].
func (s *safe) Unseal(sealed, name []byte) ([]byte, error) {
	if len(sealed) < gcmNonce+gcmTag {
		return nil, hsm.ErrSealed
	}
	parameters := pkcs11.NewGCMParams(sealed[:gcmNonce], name, 8*gcmTag)
	defer parameters.Free()
	data, err := s.decrypt(mechanism(pkcs11.CKM_AES_GCM, parameters), s.data, sealed[gcmNonce:])
	if err != nil {
		return nil, refused(err, hsm.ErrSealed, "open what was sealed")
	}
	return data, nil
}

// Index implements [hsm.Safe].
func (s *safe) Index(text []byte) (out [sha256.Size]byte, err error) {
	sum, err := s.hmac(s.index, text)
	copy(out[:], sum)
	return out, err
}

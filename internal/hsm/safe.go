package hsm

import (
	"crypto/sha256"

	"github.com/yifen-pay/yifen/internal/wire/cardcrypto"
)

// Safe is where a [Module] keeps what must not come out: in this process ([New]), or in a token
// (package pkcs11). A label is bound to what it labels: under another label a wrap does not open. Errors
// are [ErrKey], [ErrSealed], [ErrMechanism] and [ErrSafe].
type Safe interface {
	// Wrap takes in the value of a key and returns it enciphered, label in front. The algorithm is 0 for a
	// key that is only ever revealed.
	Wrap(label []byte, algorithm cardcrypto.Algorithm, value []byte) (wrapped []byte, err error)
	// Open returns the key of a wrap whose label has this length, ready to work.
	Open(wrapped []byte, label int, algorithm cardcrypto.Algorithm) (Key, error)
	// Reveal returns the value of a key, or [ErrMechanism] where the safe lets none out.
	Reveal(wrapped []byte, label int) (value []byte, err error)
	// Seal enciphers data and binds it to a name.
	Seal(data, name []byte) (sealed []byte, err error)
	// Unseal returns what Seal enciphered under the same name.
	Unseal(sealed, name []byte) (data []byte, err error)
	// Index returns a keyed hash, the same for the same text as long as the safe lives.
	Index(text []byte) ([sha256.Size]byte, error)
}

// Key is a key at work in a [Safe]. It is safe for concurrent use.
type Key interface {
	Algorithm() cardcrypto.Algorithm
	// Len returns the length of the key in bytes.
	Len() int
	// EncryptECB enciphers whole blocks, each by itself.
	EncryptECB(blocks []byte) ([]byte, error)
	// DecryptECB is the inverse of EncryptECB.
	DecryptECB(blocks []byte) ([]byte, error)
	// MAC returns the MAC of data, or [ErrMethod] when the key does not suit the method.
	MAC(method cardcrypto.Method, data []byte) ([8]byte, error)
	// DecryptTrack deciphers a track, or returns [ErrTrack].
	DecryptTrack(variant cardcrypto.TrackVariant, track string) (string, error)
}

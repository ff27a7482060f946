package keydelivery

import (
	"bytes"
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// Sizes and marks of a message.
const (
	magic   = "YFKD"
	version = 1
	// ChallengeSize is the length of a terminal's challenge, in bytes.
	ChallengeSize = 16
	// BitsMin is the length of an RSA key at least.
	BitsMin = 2048
	// FieldMax is what ISO 8583 DE 62 of the terminal dialect holds, in bytes.
	FieldMax = 999

	saltSize = sha256.Size
)

var oaepLabel = []byte("yifen tmk")

// Ciphers of the key that is delivered.
const (
	TDES byte = 1
	SM4  byte = 2
)

// Errors. None of them carries a key.
var (
	ErrMessage   = errors.New("keydelivery: not a message of this form and version")
	ErrSignature = errors.New("keydelivery: the signature is not that of the host: ask again, and see whether the host's key is the right one")
	ErrOther     = errors.New("keydelivery: the message is for another terminal or answers another request")
	ErrKey       = errors.New("keydelivery: the key is not enciphered for this terminal or does not fit its check value")
	ErrRSA       = errors.New("keydelivery: RSA keys must have 2048 bits or more")
)

// Message is a master key on its way to a terminal.
type Message struct {
	Cipher     byte
	Challenge  [ChallengeSize]byte // the terminal's, fresh for each request
	Serial     string              // of the terminal's hardware, as in the subject of its certificate
	CheckValue []byte              // of the key
	Key        []byte              // enciphered for the terminal
	Signature  []byte              // of the host
}

// String says what it is and for whom.
func (m Message) String() string { return fmt.Sprintf("master key for the terminal %q", m.Serial) }

// signed returns what the signature covers.
func (m Message) signed() ([]byte, error) {
	if len(m.Serial) > 255 || len(m.CheckValue) > 255 || len(m.Key) > 1<<16-1 {
		return nil, ErrMessage
	}
	out := append([]byte(magic), version, m.Cipher)
	out = append(out, m.Challenge[:]...)
	out = append(append(out, byte(len(m.Serial))), m.Serial...)
	out = append(append(out, byte(len(m.CheckValue))), m.CheckValue...)
	return append(binary.BigEndian.AppendUint16(out, uint16(len(m.Key))), m.Key...), nil
}

// Format returns the bytes of the message.
func (m Message) Format() ([]byte, error) {
	out, err := m.signed()
	if err != nil || len(m.Signature) > 1<<16-1 {
		return nil, ErrMessage
	}
	return append(binary.BigEndian.AppendUint16(out, uint16(len(m.Signature))), m.Signature...), nil
}

// Parse reads a message. Nothing of it is verified before [Message.Open].
func Parse(b []byte) (Message, error) {
	var m Message
	rest := b
	take := func(n int) []byte {
		if n > len(rest) {
			rest = nil
			return nil
		}
		part := rest[:n:n]
		rest = rest[n:]
		return part
	}
	length := func(size int) int {
		var n int
		for _, c := range take(size) {
			n = n<<8 | int(c)
		}
		return n
	}
	head := take(len(magic) + 2)
	if head == nil || string(head[:len(magic)]) != magic || head[len(magic)] != version {
		return m, ErrMessage
	}
	m.Cipher = head[len(magic)+1]
	copy(m.Challenge[:], take(ChallengeSize))
	m.Serial = string(take(length(1)))
	m.CheckValue = bytes.Clone(take(length(1)))
	m.Key = bytes.Clone(take(length(2)))
	m.Signature = bytes.Clone(take(length(2)))
	if again, err := m.Format(); err != nil || !bytes.Equal(again, b) {
		return Message{}, ErrMessage
	}
	return m, nil
}

// Seal enciphers a key for the terminal with this public key, and signs the message as the host. It fills
// in Key and Signature.
func (m *Message) Seal(random io.Reader, key []byte, to *rsa.PublicKey, host crypto.Signer) error {
	from, ok := host.Public().(*rsa.PublicKey)
	if !ok || from.N.BitLen() < BitsMin || to.N.BitLen() < BitsMin {
		return ErrRSA
	}
	var err error
	if m.Key, err = rsa.EncryptOAEP(sha256.New(), random, to, key, oaepLabel); err != nil {
		return err
	}
	text, err := m.signed()
	if err != nil {
		return err
	}
	sum := sha256.Sum256(text)
	m.Signature, err = host.Sign(random, sum[:], &rsa.PSSOptions{SaltLength: saltSize, Hash: crypto.SHA256})
	return err
}

// Request is what a terminal knows when an answer comes.
type Request struct {
	Serial    string
	Challenge [ChallengeSize]byte
}

// Open is the terminal's side: it verifies the host's signature and that the message answers the request,
// deciphers the key and compares it with the check value, which is computed by the caller's cipher.
func (m Message) Open(r Request, terminal *rsa.PrivateKey, host *rsa.PublicKey,
	check func(cipher byte, key []byte) ([]byte, error)) ([]byte, error) {
	text, err := m.signed()
	if err != nil {
		return nil, err
	}
	if host.N.BitLen() < BitsMin || terminal.N.BitLen() < BitsMin {
		return nil, ErrRSA
	}
	sum := sha256.Sum256(text)
	options := &rsa.PSSOptions{SaltLength: saltSize, Hash: crypto.SHA256}
	if rsa.VerifyPSS(host, crypto.SHA256, sum[:], m.Signature, options) != nil {
		return nil, ErrSignature
	}
	if m.Serial != r.Serial || m.Challenge != r.Challenge {
		return nil, ErrOther
	}
	key, err := rsa.DecryptOAEP(sha256.New(), nil, terminal, m.Key, oaepLabel)
	if err != nil {
		return nil, ErrKey
	}
	want, err := check(m.Cipher, key)
	if err != nil || len(want) == 0 || subtle.ConstantTimeCompare(want, m.CheckValue) != 1 {
		clear(key)
		return nil, ErrKey
	}
	return key, nil
}

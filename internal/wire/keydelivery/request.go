package keydelivery

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
)

// Marks and sizes of the two messages that a terminal sends.
const (
	askMagic     = "YFKR"
	confirmMagic = "YFKC"
	askMin       = len(askMagic) + ChallengeSize + 2
	// ProofSize is the length of a proof, in bytes.
	ProofSize = 16
)

// Ask is a terminal's request for a master key.
type Ask struct {
	Challenge   [ChallengeSize]byte // random, fresh for each request
	Certificate []byte              // of the terminal, DER
}

// Format returns the bytes of the request, [ErrMessage] where the certificate is too long for the field.
func (a Ask) Format() ([]byte, error) {
	if askMin+len(a.Certificate) > FieldMax {
		return nil, ErrMessage
	}
	out := append([]byte(askMagic), a.Challenge[:]...)
	return append(binary.BigEndian.AppendUint16(out, uint16(len(a.Certificate))), a.Certificate...), nil
}

// ParseAsk reads a request. The certificate is not looked into.
func ParseAsk(b []byte) (Ask, error) {
	var a Ask
	if len(b) < askMin || len(b) > FieldMax || string(b[:len(askMagic)]) != askMagic {
		return a, ErrMessage
	}
	copy(a.Challenge[:], b[len(askMagic):])
	if n := int(binary.BigEndian.Uint16(b[askMin-2:])); n != len(b)-askMin {
		return Ask{}, ErrMessage
	}
	a.Certificate = bytes.Clone(b[askMin:])
	return a, nil
}

// Proof shows that a terminal holds the key that was delivered.
type Proof [ProofSize]byte

// Prove returns the proof of a key: enciphered is the request's challenge under that key, block by block
// (ECB).
func Prove(enciphered []byte) Proof {
	sum := sha256.Sum256(enciphered)
	return Proof(sum[:ProofSize])
}

// Format returns the bytes of the confirmation that carries the proof.
func (p Proof) Format() []byte { return append([]byte(confirmMagic), p[:]...) }

// ParseProof reads a confirmation.
func ParseProof(b []byte) (Proof, error) {
	rest, ok := bytes.CutPrefix(b, []byte(confirmMagic))
	if !ok || len(rest) != ProofSize {
		return Proof{}, ErrMessage
	}
	return Proof(rest), nil
}

package hsm

import (
	"github.com/yifen-pay/yifen/internal/domain/card"
	"github.com/yifen-pay/yifen/internal/domain/terminal"
	"github.com/yifen-pay/yifen/internal/wire/cardcrypto"
)

// Contract is what the rest of the house needs of a security module at work, whatever it is made of. Each
// caller declares its own part of it; package hsmtest holds implementations to all of it.
type Contract interface {
	// LoadMaster takes in a triple DES master key in clear.
	LoadMaster(value []byte) (wrapped, kcv []byte, err error)
	// CheckValue returns the check value of a wrapped key.
	CheckValue(wrapped []byte) ([]byte, error)
	// WorkingKeys makes the working keys of a terminal: wrapped, and as F62 of the sign-in's answer.
	WorkingKeys(master []byte, form int) (terminal.Keys, []byte, error)
	// DeliverMaster makes a master key and hands it to a terminal that has a certificate.
	DeliverMaster(o Order) (Delivery, error)
	// ProveMaster tells whether a terminal holds a master key that was delivered to it.
	ProveMaster(wrapped, challenge, proof []byte) error

	MAC(key []byte, method cardcrypto.Method, data []byte) ([8]byte, error)
	VerifyMAC(key []byte, method cardcrypto.Method, data, mac []byte) error
	DecryptTrack(key []byte, track string) (string, error)
	DecryptTrackVariant(key []byte, variant cardcrypto.TrackVariant, track string) (string, error)
	SerialCipher(key []byte, method cardcrypto.Method, serial, random string) (string, error)
	VerifySerialCipher(key []byte, method cardcrypto.Method, serial, random, text string) error

	ImportNetworkKeys(zmk []byte, f48 string) (pinKey, macKey []byte, err error)
	TranslatePIN(b card.PINBlock, pan card.PAN, to []byte) ([]byte, error)
	NetworkMAC(key, data []byte) ([8]byte, error)
	VerifyNetworkMAC(key, data, mac []byte) error

	Seal(pan card.PAN) (card.Sealed, error)
	Open(s card.Sealed) (card.PAN, error)
	SealData(data []byte, record string) []byte
	OpenData(sealed []byte, record string) ([]byte, error)
	IndexData(space, text string) (string, error)
}

var _ Contract = (*Module)(nil)

package hsm

import (
	"crypto/subtle"
	"encoding/hex"
	"strings"

	"github.com/yifen-pay/yifen/internal/domain/card"
	"github.com/yifen-pay/yifen/internal/domain/terminal"
	"github.com/yifen-pay/yifen/internal/wire/cardcrypto"
)

// Forms of working keys, named by the length of F62 that carries them; those with a MAK of double length,
// as ANSI X9.19 takes it, by the length and 1000. They are plain numbers so that a caller can name its form
// without this package.
const (
	FormSingle     = 24   // PIK and MAK of single length
	FormDouble     = 40   // PIK of double length, MAK of single length in 16 bytes
	FormTrack      = 60   // the same and a TDK of double length
	FormSM4        = 72   // PIK, MAK and TDK of SM4
	FormDoubleX919 = 1040 // PIK and MAK of double length, 40 bytes
	FormX919       = 1060 // PIK, MAK and TDK of double length, 60 bytes
)

// form is how a set of working keys is made. Sizes are in bytes; 0 is no key.
type form struct {
	layout          cardcrypto.Layout
	cipher          Cipher
	pin, mac, track int
}

var forms = map[int]form{
	FormSingle:     {cardcrypto.LayoutSingle, TDES, 8, 8, 0},
	FormDouble:     {cardcrypto.LayoutDouble, TDES, 16, 8, 0},
	FormTrack:      {cardcrypto.LayoutTrack, TDES, 16, 8, 16},
	FormSM4:        {cardcrypto.LayoutSM4, SM4, 16, 16, 16},
	FormDoubleX919: {cardcrypto.LayoutDouble, TDES, 16, 16, 0},
	FormX919:       {cardcrypto.LayoutTrack, TDES, 16, 16, 16},
}

// WorkingKeys makes a set of working keys for the terminal with this master key. It returns them wrapped
// and, for the terminal, as the bytes of F62 of a sign-in answer in the given form. A form of another cipher
// than the master key's gives [ErrFormCipher].
func (m *Module) WorkingKeys(master []byte, formNumber int) (terminal.Keys, []byte, error) {
	f, ok := forms[formNumber]
	if !ok {
		return terminal.Keys{}, nil, ErrForm
	}
	tmk, err := m.open(UseMaster, master)
	if err != nil {
		return terminal.Keys{}, nil, err
	}
	if tmk.Algorithm() != f.cipher.algorithm() {
		return terminal.Keys{}, nil, ErrFormCipher
	}
	keys := terminal.Keys{Master: master, Algorithm: f.cipher.String()}
	var working cardcrypto.WorkingKeys
	if keys.PIN, working.PIN, err = m.issue(UsePIN, tmk, f.cipher, f.pin); err != nil {
		return terminal.Keys{}, nil, err
	}
	if keys.MAC, working.MAC, err = m.issue(UseMAC, tmk, f.cipher, f.mac); err != nil {
		return terminal.Keys{}, nil, err
	}
	if f.track > 0 {
		if keys.Track, working.Track, err = m.issue(UseTrack, tmk, f.cipher, f.track); err != nil {
			return terminal.Keys{}, nil, err
		}
	}
	f62, err := f.layout.Format(working)
	return keys, f62, err
}

// issue makes a key of size bytes and returns it twice: wrapped for us and enciphered under the master
// key for the terminal.
func (m *Module) issue(u Use, tmk Key, c Cipher, size int) ([]byte, cardcrypto.Wrapped, error) {
	value, err := c.generate(size)
	if err != nil {
		return nil, cardcrypto.Wrapped{}, err
	}
	defer clear(value)
	check, err := c.checkValue(value)
	if err != nil {
		return nil, cardcrypto.Wrapped{}, err
	}
	cryptogram, err := tmk.EncryptECB(value)
	if err != nil {
		return nil, cardcrypto.Wrapped{}, err
	}
	wrapped, err := m.wrap(label{u, c, Exportable}, value)
	return wrapped, cardcrypto.Wrapped{Cryptogram: cryptogram, CheckValue: check}, err
}

// MAC computes F64 of a message under a terminal's MAC key.
func (m *Module) MAC(key []byte, method cardcrypto.Method, data []byte) ([8]byte, error) {
	return m.mac(UseMAC, key, method, data)
}

// VerifyMAC returns [ErrMAC] unless mac is that of data under a terminal's MAC key.
func (m *Module) VerifyMAC(key []byte, method cardcrypto.Method, data, mac []byte) error {
	return m.verifyMAC(UseMAC, key, method, data, mac)
}

func (m *Module) mac(u Use, key []byte, method cardcrypto.Method, data []byte) ([8]byte, error) {
	k, err := m.open(u, key)
	if err != nil {
		return [8]byte{}, err
	}
	return k.MAC(method, data)
}

// verifyMAC compares in constant time. A key that does not suit the method verifies nothing.
func (m *Module) verifyMAC(u Use, key []byte, method cardcrypto.Method, data, mac []byte) error {
	want, err := m.mac(u, key, method, data)
	if err == ErrMethod || err == nil && subtle.ConstantTimeCompare(want[:], mac) != 1 {
		return ErrMAC
	}
	return err
}

// TranslatePIN takes a PIN block from under a terminal's PIN key, of triple DES or SM4, to under a
// network's, where it is ISO 9564 format 0 with the card number. A block that is not of that format, which
// is also what a terminal with stale keys sends, gives [ErrPINBlock].
func (m *Module) TranslatePIN(b card.PINBlock, pan card.PAN, to []byte) ([]byte, error) {
	from, err := m.open(UsePIN, b.Key)
	if err != nil {
		return nil, err
	}
	network, err := m.open(UseNetworkPIN, to)
	if err != nil {
		return nil, err
	}
	if pan.IsZero() {
		return nil, ErrPINBlock
	}
	bound := ""
	if b.WithPAN {
		bound = pan.Reveal()
	}
	block, err := decryptPIN(from, b.Block)
	if err != nil {
		return nil, err
	}
	pin, err := cardcrypto.DecodePIN(block, bound)
	if err != nil {
		return nil, ErrPINBlock
	}
	if !b.WithPAN {
		if block, err = cardcrypto.EncodePIN(pin, pan.Reveal()); err != nil {
			return nil, ErrPINBlock
		}
	}
	out := make([]byte, blockSize(network))
	copy(out, block[:])
	return network.EncryptECB(out)
}

// decryptPIN returns the clear block; under SM4 what fills it to 16 bytes must be zeros.
func decryptPIN(key Key, enciphered []byte) (cardcrypto.PINBlock, error) {
	if len(enciphered) != blockSize(key) {
		return cardcrypto.PINBlock{}, ErrPINBlock
	}
	plain, err := key.DecryptECB(enciphered)
	if err != nil {
		return cardcrypto.PINBlock{}, err
	}
	var rest byte
	for _, b := range plain[8:] {
		rest |= b
	}
	if rest != 0 {
		return cardcrypto.PINBlock{}, ErrPINBlock
	}
	return cardcrypto.PINBlock(plain[:8]), nil
}

func blockSize(key Key) int {
	if key.Algorithm() == cardcrypto.SM4 {
		return 16
	}
	return 8
}

// DecryptTrack returns the track that a terminal enciphered under its track key (53.3 = 1) in the common
// variant. It lives in memory only, as any track.
func (m *Module) DecryptTrack(key []byte, track string) (string, error) {
	return m.DecryptTrackVariant(key, cardcrypto.TrackInPlace, track)
}

// DecryptTrackVariant is DecryptTrack for a terminal whose profile names the variant.
func (m *Module) DecryptTrackVariant(key []byte, variant cardcrypto.TrackVariant, track string) (string, error) {
	k, err := m.open(UseTrack, key)
	if err != nil {
		return "", err
	}
	return k.DecryptTrack(variant, track)
}

// SerialCipher computes what proves a terminal's serial number, the inner tag 04 of F59 A2, under its MAC
// key: the MAC over serial number and random factor, of which eight hexadecimal characters count
// ([cardcrypto.SerialCipher]).
func (m *Module) SerialCipher(key []byte, method cardcrypto.Method, serial, random string) (string, error) {
	for _, s := range []string{serial, random} {
		if s == "" || strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r > '~' }) {
			return "", ErrSerial
		}
	}
	mac, err := m.mac(UseMAC, key, method, []byte(serial+random))
	if err != nil {
		return "", err
	}
	if method == cardcrypto.ECB {
		return string(mac[:]), nil
	}
	return strings.ToUpper(hex.EncodeToString(mac[:4])), nil
}

// VerifySerialCipher returns [ErrSerial] unless text is the serial cipher, compared in constant time.
func (m *Module) VerifySerialCipher(key []byte, method cardcrypto.Method, serial, random, text string) error {
	want, err := m.SerialCipher(key, method, serial, random)
	if err == ErrMethod || err == nil && subtle.ConstantTimeCompare([]byte(want), []byte(text)) != 1 {
		return ErrSerial
	}
	return err
}

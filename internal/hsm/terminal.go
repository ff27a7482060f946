package hsm

import (
	"github.com/yifen-pay/yifen/internal/domain/card"
	"github.com/yifen-pay/yifen/internal/domain/terminal"
	"github.com/yifen-pay/yifen/internal/wire/cardcrypto"
)

// Forms of working keys, named by the length of F62 that carries them. They are plain numbers so that a
// caller can name its form without this package.
const (
	FormSingle = 24 // PIK and MAK of single length
	FormDouble = 40 // PIK of double length, MAK of single length in 16 bytes
	FormTrack  = 60 // the same and a TDK of double length
)

// triple is the name of the algorithm in [terminal.Keys].
const triple = "3des"

// WorkingKeys makes a set of working keys for the terminal with this master key. It returns them wrapped
// and, for the terminal, as the bytes of F62 of a sign-in answer in the given form.
func (m *Module) WorkingKeys(master []byte, form int) (terminal.Keys, []byte, error) {
	size, ok := map[int]int{FormSingle: 8, FormDouble: 16, FormTrack: 16}[form]
	if !ok {
		return terminal.Keys{}, nil, ErrForm
	}
	tmk, err := m.open(useMaster, master)
	if err != nil {
		return terminal.Keys{}, nil, err
	}
	keys := terminal.Keys{Master: master, Algorithm: triple}
	var working cardcrypto.WorkingKeys
	if keys.PIN, working.PIN, err = m.issue(usePIN, tmk, size); err != nil {
		return terminal.Keys{}, nil, err
	}
	if keys.MAC, working.MAC, err = m.issue(useMAC, tmk, 8); err != nil {
		return terminal.Keys{}, nil, err
	}
	if form == FormTrack {
		if keys.Track, working.Track, err = m.issue(useTrack, tmk, size); err != nil {
			return terminal.Keys{}, nil, err
		}
	}
	f62, err := working.Format()
	return keys, f62, err
}

// issue makes a key of size bytes and returns it twice: wrapped for us and enciphered under the master
// key for the terminal.
func (m *Module) issue(u use, tmk *cardcrypto.Key, size int) ([]byte, cardcrypto.Wrapped, error) {
	key, err := generate(size)
	if err != nil {
		return nil, cardcrypto.Wrapped{}, err
	}
	w, err := cardcrypto.Wrap(tmk, key)
	return m.seal(u, key), w, err
}

// MAC computes F64 of a message under a terminal's MAC key.
func (m *Module) MAC(key []byte, method cardcrypto.Method, data []byte) ([8]byte, error) {
	return m.mac(useMAC, key, method, data)
}

// VerifyMAC returns [ErrMAC] unless mac is that of data under a terminal's MAC key.
func (m *Module) VerifyMAC(key []byte, method cardcrypto.Method, data, mac []byte) error {
	return m.verifyMAC(useMAC, key, method, data, mac)
}

func (m *Module) mac(u use, key []byte, method cardcrypto.Method, data []byte) ([8]byte, error) {
	k, err := m.open(u, key)
	if err != nil {
		return [8]byte{}, err
	}
	mac, err := cardcrypto.MAC(method, k, data)
	if err != nil {
		return [8]byte{}, ErrMethod
	}
	return mac, nil
}

func (m *Module) verifyMAC(u use, key []byte, method cardcrypto.Method, data, mac []byte) error {
	k, err := m.open(u, key)
	if err != nil {
		return err
	}
	if !cardcrypto.VerifyMAC(method, k, data, mac) {
		return ErrMAC
	}
	return nil
}

// TranslatePIN takes a PIN block from under a terminal's PIN key to under a network's, where it is ISO
// 9564 format 0 with the card number. A block that is not of that format, which is also what a terminal
// with stale keys sends, gives [ErrPINBlock].
func (m *Module) TranslatePIN(b card.PINBlock, pan card.PAN, to []byte) ([]byte, error) {
	from, err := m.open(usePIN, b.Key)
	if err != nil {
		return nil, err
	}
	network, err := m.open(useNetworkPIN, to)
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
	out, err := cardcrypto.TranslatePIN(from, bound, b.Block, network, pan.Reveal())
	if err != nil {
		return nil, ErrPINBlock
	}
	return out, nil
}

// DecryptTrack returns the track that a terminal enciphered under its track key (53.3 = 1). It lives in
// memory only, as any track.
func (m *Module) DecryptTrack(key []byte, track string) (string, error) {
	k, err := m.open(useTrack, key)
	if err != nil {
		return "", err
	}
	plain, err := cardcrypto.DecryptTrack(k, track)
	if err != nil {
		return "", ErrTrack
	}
	return plain, nil
}

package hsmtest

import (
	"testing"

	"github.com/yifen-pay/yifen/internal/domain/card"
	"github.com/yifen-pay/yifen/internal/hsm"
	"github.com/yifen-pay/yifen/internal/wire/cardcrypto"
)

// messageSize is about that of a chip sale on either leg, in bytes.
const messageSize = 240

// Translator translates one PIN again and again.
type Translator struct {
	module *hsm.Module
	in     card.PINBlock
	pan    card.PAN
	to     []byte
}

// NewTranslator signs a terminal in, with keys of this cipher, and takes in a network's keys.
func NewTranslator(t testing.TB, m *hsm.Module, c hsm.Cipher) *Translator {
	t.Helper()
	tmk, form, layout := doubleTMK, hsm.FormDouble, cardcrypto.LayoutDouble
	if c == hsm.SM4 {
		tmk, form, layout = sm4TMK, hsm.FormSM4, cardcrypto.LayoutSM4
	}
	at := signIn(t, m, c, tmk, form, layout)
	to, _ := networkKeys(t, m)
	block, err := cardcrypto.EncodePIN(demoPIN, demoCard)
	must(t, err)
	in := card.PINBlock{Block: cardcrypto.EncryptPIN(at.pin, block), Key: at.keys.PIN, WithPAN: true}
	return &Translator{m, in, number(t), to}
}

// Translate translates the PIN.
func (tr *Translator) Translate(t testing.TB) {
	if _, err := tr.module.TranslatePIN(tr.in, tr.pan, tr.to); err != nil {
		t.Fatal(err)
	}
}

// Checker verifies the MAC of one message again and again.
type Checker struct {
	module    *hsm.Module
	key       []byte
	data, mac []byte
}

// NewChecker signs a terminal in and computes a MAC as it does.
func NewChecker(t testing.TB, m *hsm.Module) *Checker {
	t.Helper()
	at := signIn(t, m, hsm.TDES, doubleTMK, hsm.FormDouble, cardcrypto.LayoutDouble)
	data := make([]byte, messageSize)
	mac, err := cardcrypto.MAC(cardcrypto.ECB, at.mac, data)
	must(t, err)
	return &Checker{m, at.keys.MAC, data, mac[:]}
}

// Check verifies the MAC.
func (c *Checker) Check(t testing.TB) {
	if err := c.module.VerifyMAC(c.key, cardcrypto.ECB, c.data, c.mac); err != nil {
		t.Fatal(err)
	}
}

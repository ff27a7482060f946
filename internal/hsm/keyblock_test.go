package hsm_test

import (
	"bytes"
	"crypto/rand"
	"errors"
	"testing"

	"github.com/yifen-pay/yifen/internal/hsm"
	"github.com/yifen-pay/yifen/internal/wire/keyblock"
)

// The protection key and the block of the example in ASC X9 TR-31:2018, A.7.2.2, a PIN key of double length.
const (
	publishedKBPK  = "DD7515F2BFC17F85CE48F3CA25CB21F6"
	publishedBlock = "B0080P0TE00E000094B420079CC80BA3461F86FE26EFC4A3B8E4FA4C5F5341176EED7B727B8A248E"
	publishedInner = "3F419E1CB7079442AA37474C2EFBF8B8"
)

// exchange is a module that holds a protection key, and that key in clear as the other party has it.
type exchange struct {
	module *hsm.Module
	clear  []byte
	kbpk   []byte
}

func newExchange(t *testing.T, c hsm.Cipher, clear []byte) exchange {
	t.Helper()
	m := newModule(t, 3)
	wrapped, _, err := m.Load(hsm.UseBlockProtection, c, clear)
	if err != nil {
		t.Fatal(err)
	}
	return exchange{m, clear, wrapped}
}

// block returns a key block as the other party writes it.
func (e exchange) block(t *testing.T, h keyblock.Header, key []byte) string {
	t.Helper()
	b, err := keyblock.Wrap(e.clear, h, key, 0, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return b.Text()
}

func TestImportKey_published(t *testing.T) {
	e := newExchange(t, hsm.TDES, unhex(t, publishedKBPK))
	wrapped, kcv, err := e.module.ImportKey(e.kbpk, publishedBlock, hsm.UseNetworkPIN)
	if err != nil || !bytes.Equal(kcv, desKey(t, unhex(t, publishedInner)).CheckValue()) {
		t.Fatalf("check value %X, %v", kcv, err)
	}
	out, err := e.module.ExportKey(e.kbpk, wrapped, hsm.Export{})
	if err != nil {
		t.Fatal(err)
	}
	b, err := keyblock.Parse(out)
	if err != nil {
		t.Fatal(err)
	}
	if key, err := b.Unwrap(e.clear); err != nil || !bytes.Equal(key, unhex(t, publishedInner)) || b.Header.Version != keyblock.VersionB {
		t.Errorf("another key, or a block of version %v (%v)", b.Header.Version, err)
	}
	// The block allows enciphering only, and a terminal's PIN key deciphers.
	if _, _, err := e.module.ImportKey(e.kbpk, publishedBlock, hsm.UsePIN); !errors.Is(err, hsm.ErrBlockUse) {
		t.Errorf("as a key that deciphers: %v", err)
	}
}

func TestImportKey_refuses(t *testing.T) {
	e := newExchange(t, hsm.AES, bytes.Repeat([]byte{5, 9}, 16))
	key := unhex(t, publishedInner)
	good := keyblock.Header{Version: keyblock.VersionD, Usage: "K0", Algorithm: 'T', Mode: 'B', KeyVersion: "00", Exportability: 'E'}
	with := func(change func(*keyblock.Header)) string {
		h := good
		change(&h)
		return e.block(t, h, key)
	}
	text := e.block(t, good, key)
	last := byte('0')
	if text[len(text)-1] == last {
		last = '1'
	}
	single := good
	single.Algorithm = 'D'
	sixteen := good
	sixteen.Algorithm = 'A'
	for name, test := range map[string]struct {
		text string
		want error
	}{
		"nothing":            {"", hsm.ErrBlock},
		"damaged":            {text[:len(text)-1] + string(last), hsm.ErrBlock},
		"another usage":      {with(func(h *keyblock.Header) { h.Usage = "P0" }), hsm.ErrBlockUse},
		"another mode":       {with(func(h *keyblock.Header) { h.Mode = 'D' }), hsm.ErrBlockUse},
		"single length":      {e.block(t, single, key[:8]), hsm.ErrKeyValue},
		"AES":                {e.block(t, sixteen, key), hsm.ErrBlockCipher},
		"an exportability":   {with(func(h *keyblock.Header) { h.Exportability = 'X' }), hsm.ErrBlock},
		"under another KBPK": {newExchange(t, hsm.AES, make([]byte, 32)).block(t, good, key), hsm.ErrBlock},
	} {
		if _, _, err := e.module.ImportKey(e.kbpk, test.text, hsm.UseMaster); !errors.Is(err, test.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	master, _, err := e.module.ImportKey(e.kbpk, text, hsm.UseMaster)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := e.module.ImportKey(master, text, hsm.UseMaster); !errors.Is(err, hsm.ErrKey) {
		t.Errorf("a master key as protection key: %v", err)
	}
	if _, _, err := e.module.ImportKey(e.kbpk, text, hsm.UseHostKey); !errors.Is(err, hsm.ErrUse) {
		t.Errorf("for a use that no block has: %v", err)
	}
}

// TestExportKey_honorsExportability imports a key of each exportability and exports it in each way.
func TestExportKey_honorsExportability(t *testing.T) {
	e := newExchange(t, hsm.AES, bytes.Repeat([]byte{5, 9}, 16))
	for came, allowed := range map[hsm.Exportability]string{hsm.Exportable: "EN", hsm.Sensitive: "SN", hsm.NotExportable: ""} {
		h := keyblock.Header{Version: keyblock.VersionD, Usage: "M3", Algorithm: 'T', Mode: 'C', KeyVersion: "07", Exportability: byte(came)}
		wrapped, _, err := e.module.ImportKey(e.kbpk, e.block(t, h, unhex(t, publishedInner)), hsm.UseMAC)
		if err != nil {
			t.Fatal(err)
		}
		if _, _, kept, err := e.module.Use(wrapped); err != nil || kept != came {
			t.Errorf("came as %c, is kept as %c (%v)", came, kept, err)
		}
		for _, asked := range []hsm.Exportability{hsm.Exportable, hsm.Sensitive, hsm.NotExportable} {
			text, err := e.module.ExportKey(e.kbpk, wrapped, hsm.Export{Exportability: asked, KeyVersion: "07"})
			if !bytes.ContainsRune([]byte(allowed), rune(asked)) {
				if !errors.Is(err, hsm.ErrNotExportable) {
					t.Errorf("came as %c, exported as %c: %v", came, asked, err)
				}
				continue
			}
			if b, parsed := keyblock.Parse(text); err != nil || parsed != nil || b.Header.Exportability != byte(asked) ||
				b.Header.Usage != "M3" || b.Header.KeyVersion != "07" {
				t.Errorf("came as %c, exported as %c: %v", came, asked, err)
			}
		}
		// A label that says otherwise does not open.
		relabeled := bytes.Clone(wrapped)
		relabeled[3] = byte(hsm.Exportable)
		if _, err := e.module.ExportKey(e.kbpk, relabeled, hsm.Export{}); came != hsm.Exportable && !errors.Is(err, hsm.ErrKey) {
			t.Errorf("came as %c and was relabeled: %v", came, err)
		}
	}
}

func TestExportKey_refuses(t *testing.T) {
	e := newExchange(t, hsm.TDES, unhex(t, publishedKBPK))
	m := e.module
	sm4, _, err := m.Load(hsm.UseMaster, hsm.SM4, unhex(t, publishedTMK))
	if err != nil {
		t.Fatal(err)
	}
	triple, _, err := m.Load(hsm.UseMaster, hsm.TDES, unhex(t, publishedTMK+"0123456789ABCDEF"))
	if err != nil {
		t.Fatal(err)
	}
	aes, _, err := m.Load(hsm.UseBlockProtection, hsm.AES, make([]byte, 16))
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		key  []byte
		e    hsm.Export
		want error
	}{
		"SM4":                          {sm4, hsm.Export{}, hsm.ErrBlockCipher},
		"triple length under double":   {triple, hsm.Export{}, hsm.ErrProtection},
		"AES under triple DES":         {aes, hsm.Export{}, hsm.ErrProtection},
		"a usage that is not its own":  {e.kbpk, hsm.Export{Usage: "K0"}, hsm.ErrBlockUse},
		"a version that is too long":   {e.kbpk, hsm.Export{KeyVersion: "123"}, hsm.ErrBlock},
		"nothing":                      {nil, hsm.Export{}, hsm.ErrKey},
		"what is no key":               {[]byte("not a wrapped key at all, of whatever length"), hsm.Export{}, hsm.ErrKey},
		"more exportable than the key": {e.kbpk, hsm.Export{Exportability: hsm.Sensitive}, hsm.ErrNotExportable},
	} {
		if _, err := m.ExportKey(e.kbpk, test.key, test.e); !errors.Is(err, test.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if out, err := m.ExportKey(e.kbpk, e.kbpk, hsm.Export{}); err != nil || out[5:7] != "K1" {
		t.Errorf("a protection key under one as strong: %v", err)
	}
}

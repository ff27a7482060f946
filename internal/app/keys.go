package app

import (
	"context"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/yifen-pay/yifen/internal/domain/terminal"
	"github.com/yifen-pay/yifen/internal/hsm"
	"github.com/yifen-pay/yifen/internal/wire/keydelivery"
)

// keyRoom is the security module with what a delivery of master keys takes beside it. It is terminal.Vault.
type keyRoom struct {
	*hsm.Module
	roots *x509.CertPool // authorities of terminals; nil where nothing is delivered
	host  []byte         // our RSA key, wrapped
	now   func() time.Time
}

// newKeyRoom reads what the settings terminal-ca-file and host-key-file name, if anything.
func newKeyRoom(c Config, m *hsm.Module, now func() time.Time) (keyRoom, error) {
	k := keyRoom{Module: m, now: now}
	if c.Get("terminal-ca-file") == "" {
		return k, nil
	}
	roots, err := readAuthorities(c.Get("terminal-ca-file"))
	if err != nil {
		return k, fmt.Errorf("terminal-ca-file: %w", err)
	}
	pkcs8, err := readHostKey(c.Get("host-key-file"))
	if err != nil {
		return k, fmt.Errorf("host-key-file: %w", err)
	}
	defer clear(pkcs8)
	k.roots = roots
	k.host, err = m.LoadHostKey(pkcs8)
	return k, err
}

// DeliversKeys implements terminal.Vault.
func (k keyRoom) DeliversKeys() bool { return k.roots != nil }

// DeliverKey implements terminal.Vault.
func (k keyRoom) DeliverKey(o terminal.KeyOrder) (terminal.KeyOffer, error) {
	cipher, err := hsm.ParseCipher(o.Algorithm)
	if err != nil {
		return terminal.KeyOffer{}, err
	}
	order := hsm.Order{
		Serial: o.Serial, Certificate: o.Certificate, Roots: k.roots, HostKey: k.host, Cipher: cipher, Now: k.now(),
	}
	copy(order.Challenge[:], o.Challenge)
	d, err := k.DeliverMaster(order)
	if err == nil && len(d.Message) > keydelivery.FieldMax {
		err = hsm.ErrCertificateKey.With("the terminal's RSA key and the host's are too long together for one message: use a host key of 3072 bits or less")
	}
	return terminal.KeyOffer{Wrapped: d.Master, CheckValue: d.CheckValue, Message: d.Message}, err
}

// SealComponent implements terminal.Vault.
func (k keyRoom) SealComponent(algorithm string, c terminal.Component, record string) ([]byte, error) {
	cipher, err := hsm.ParseCipher(algorithm)
	if err != nil {
		return nil, err
	}
	if err := hsm.Component(c).Check(cipher); err != nil {
		return nil, err
	}
	return k.SealData(c.Value, record), nil
}

// CombineComponents implements terminal.Vault. A component that was entered well may still not go with the others.
func (k keyRoom) CombineComponents(algorithm string, parts []terminal.SealedComponent) (wrapped, checkValue []byte, err error) {
	cipher, err := hsm.ParseCipher(algorithm)
	if err != nil {
		return nil, nil, err
	}
	var components []hsm.Component
	defer func() {
		for _, c := range components {
			clear(c.Value)
		}
	}()
	for _, p := range parts {
		value, err := k.OpenData(p.Sealed, p.Record)
		if err != nil {
			return nil, nil, err
		}
		check, err := hex.DecodeString(p.CheckValue)
		if err != nil {
			return nil, nil, err
		}
		components = append(components, hsm.Component{Value: value, CheckValue: check})
	}
	return k.CombineMaster(cipher, components)
}

// readAuthorities reads the certificates of terminal authorities, PEM. What lies there is trusted, whether it
// is a root or an authority below one.
func readAuthorities(path string) (*x509.CertPool, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	pool, found := x509.NewCertPool(), false
	for len(text) > 0 {
		var block *pem.Block
		if block, text = pem.Decode(text); block == nil {
			break
		}
		if block.Type != "CERTIFICATE" {
			continue
		}
		c, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, fmt.Errorf("a certificate in it cannot be read: %w", err)
		}
		if !c.IsCA {
			return nil, fmt.Errorf("%q in it is no authority: put the certificates of those in who sign terminals", c.Subject.CommonName)
		}
		pool.AddCert(c)
		found = true
	}
	if !found {
		return nil, errors.New("it holds no certificate in PEM form")
	}
	return pool, nil
}

// readHostKey reads an RSA private key as PKCS #8, PEM. The caller erases it.
func readHostKey(path string) ([]byte, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	defer clear(text)
	block, _ := pem.Decode(text)
	if block == nil || block.Type != "PRIVATE KEY" {
		return nil, errors.New("it must begin with a private key as PKCS #8 in PEM form: openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 makes one")
	}
	return block.Bytes, hsm.CheckHostKey(block.Bytes)
}

// LoadTerminalKey gives a terminal another master key, "3des" or "sm4". It comes whole or by its components, which
// different people hold, each with its check value. It returns the key's check value, to compare with what the
// terminal shows.
func (a *App) LoadTerminalKey(ctx context.Context, number, algorithm string, key []byte, components []hsm.Component, by string) (checkValue []byte, err error) {
	cipher, err := hsm.ParseCipher(algorithm)
	if err != nil {
		return nil, err
	}
	t, _, err := a.Terminals.Find(ctx, number)
	if err != nil {
		return nil, err
	}
	var wrapped []byte
	if len(components) > 0 {
		wrapped, checkValue, err = a.HSM.CombineMaster(cipher, components)
	} else {
		wrapped, checkValue, err = a.HSM.Load(hsm.UseMaster, cipher, key)
	}
	if err != nil {
		return nil, err
	}
	_, err = a.Terminals.SetMaster(ctx, t, wrapped, algorithm, checkValue, by)
	return checkValue, err
}

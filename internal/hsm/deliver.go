package hsm

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/subtle"
	"crypto/x509"
	"errors"
	"time"

	"github.com/yifen-pay/yifen/internal/wire/keydelivery"
)

// Order asks for a master key for a terminal that has a certificate.
type Order struct {
	Serial      string                          // of the hardware, as the host has it on record
	Certificate []byte                          // of the terminal, DER
	Between     [][]byte                        // certificates between the terminal's and a root, DER
	Roots       *x509.CertPool                  // the terminal authorities that the installation trusts
	Challenge   [keydelivery.ChallengeSize]byte // the terminal's
	HostKey     []byte                          // ours, wrapped by LoadHostKey
	Cipher      Cipher                          // TDES or SM4
	Size        int                             // bytes: 16, or 24 of triple DES; 0 stands for 16
	Now         time.Time
}

// Delivery is a master key, for us and for its terminal.
type Delivery struct {
	Master     []byte // wrapped
	CheckValue []byte
	Message    []byte // for the terminal, see package keydelivery
}

// DeliverMaster makes a random master key, wraps it and enciphers it for the terminal of a certificate. The
// terminal works with the old key until it has confirmed the new one; storing both is the caller's part.
func (m *Module) DeliverMaster(o Order) (Delivery, error) {
	if o.Size == 0 {
		o.Size = 16
	}
	mark := map[Cipher]byte{TDES: keydelivery.TDES, SM4: keydelivery.SM4}[o.Cipher]
	if mark == 0 {
		return Delivery{}, ErrCipher
	}
	if o.Size != 16 && (o.Cipher != TDES || o.Size != 24) {
		return Delivery{}, ErrKeyValue
	}
	public, err := terminalKey(o)
	if err != nil {
		return Delivery{}, err
	}
	host, err := m.hostKey(o.HostKey)
	if err != nil {
		return Delivery{}, err
	}
	value, err := o.Cipher.generate(o.Size)
	if err != nil {
		return Delivery{}, err
	}
	defer clear(value)
	var d Delivery
	if d.Master, d.CheckValue, err = m.Load(UseMaster, o.Cipher, value); err != nil {
		return Delivery{}, err
	}
	message := keydelivery.Message{Cipher: mark, Challenge: o.Challenge, Serial: o.Serial, CheckValue: d.CheckValue}
	if err := message.Seal(rand.Reader, value, public, host); err != nil {
		return Delivery{}, err
	}
	d.Message, err = message.Format()
	return d, err
}

// ProveMaster returns [ErrProof] unless the proof shows that who sent it holds a master key: it is that of the
// challenge under the key (see package keydelivery), compared in constant time.
func (m *Module) ProveMaster(wrapped, challenge, proof []byte) error {
	key, err := m.open(UseMaster, wrapped)
	if err != nil {
		return err
	}
	if len(challenge) != keydelivery.ChallengeSize {
		return ErrProof
	}
	enciphered, err := key.EncryptECB(challenge)
	if err != nil {
		return err
	}
	want := keydelivery.Prove(enciphered)
	if subtle.ConstantTimeCompare(want[:], proof) != 1 {
		return ErrProof
	}
	return nil
}

// terminalKey returns the public key of a terminal's certificate, or says what is wrong with that.
func terminalKey(o Order) (*rsa.PublicKey, error) {
	certificate, err := x509.ParseCertificate(o.Certificate)
	if err != nil {
		return nil, ErrCertificate
	}
	public, ok := certificate.PublicKey.(*rsa.PublicKey)
	switch {
	case !ok || public.N.BitLen() < keydelivery.BitsMin:
		return nil, ErrCertificateKey
	case certificate.IsCA || certificate.KeyUsage&x509.KeyUsageKeyEncipherment == 0:
		return nil, ErrCertificateUsage
	case o.Serial == "" || certificate.Subject.SerialNumber != o.Serial:
		return nil, ErrCertificateSerial
	case o.Roots == nil:
		return nil, ErrCertificateChain // not the machine's own list, which knows no terminal
	case o.Now.Before(certificate.NotBefore) || o.Now.After(certificate.NotAfter):
		return nil, ErrCertificateTime
	}
	between := x509.NewCertPool()
	for _, der := range o.Between {
		c, err := x509.ParseCertificate(der)
		if err != nil {
			return nil, ErrCertificate
		}
		between.AddCert(c)
	}
	_, err = certificate.Verify(x509.VerifyOptions{
		Roots: o.Roots, Intermediates: between, CurrentTime: o.Now, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny},
	})
	var invalid x509.CertificateInvalidError
	if errors.As(err, &invalid) && invalid.Reason == x509.Expired {
		return nil, ErrCertificateTime
	}
	if err != nil {
		return nil, ErrCertificateChain
	}
	return public, nil
}

// LoadHostKey takes in the RSA key by which terminals know us, as PKCS #8, and returns it wrapped.
func (m *Module) LoadHostKey(pkcs8 []byte) ([]byte, error) {
	if err := CheckHostKey(pkcs8); err != nil {
		return nil, err
	}
	sealed, err := m.safe.Seal(pkcs8, hostKeyLabel)
	if err != nil {
		return nil, err
	}
	return append([]byte(hostKeyLabel), sealed...), nil
}

// CheckHostKey returns [ErrHostKey] unless this is a key that [Module.LoadHostKey] takes in.
func CheckHostKey(pkcs8 []byte) error {
	_, err := parseHostKey(pkcs8)
	return err
}

// hostKeyLabel stands before the host's key and is authenticated with it. What the safe seals beside are
// card numbers, whose names are hexadecimal.
var hostKeyLabel = label{UseHostKey, RSA, NotExportable}.bytes()

func (m *Module) hostKey(wrapped []byte) (crypto.Signer, error) {
	l, size, err := readLabel(wrapped)
	if err != nil || l != (label{UseHostKey, RSA, NotExportable}) {
		return nil, ErrKey
	}
	pkcs8, err := m.safe.Unseal(wrapped[size:], hostKeyLabel)
	if errors.Is(err, ErrSealed) {
		return nil, ErrKey
	}
	if err != nil {
		return nil, err
	}
	defer clear(pkcs8)
	return parseHostKey(pkcs8)
}

func parseHostKey(pkcs8 []byte) (*rsa.PrivateKey, error) {
	key, err := x509.ParsePKCS8PrivateKey(pkcs8)
	if err != nil {
		return nil, ErrHostKey
	}
	private, ok := key.(*rsa.PrivateKey)
	if !ok || private.N.BitLen() < keydelivery.BitsMin {
		return nil, ErrHostKey
	}
	return private, nil
}

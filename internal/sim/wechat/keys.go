package wechat

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"strings"
	"time"

	"github.com/yifen-pay/yifen/internal/sim/kit"
)

// keyFile is what lies in the folder of the configuration: everything that is made at first start.
type keyFile struct {
	PublicKeyID string             `json:"public_key_id"`
	PublicKey   string             `json:"public_key"`  // private half, PKCS#8
	Certificate string             `json:"certificate"` // private key of the platform certificates, PKCS#8
	Issued      time.Time          `json:"issued"`
	Merchants   map[string]account `json:"merchants"`
}

// account is what was made for one merchant.
type account struct {
	Serial  string `json:"serial"`
	Private string `json:"private,omitempty"` // PKCS#8; "" where the merchant came with a key
	APIKey  string `json:"api_key"`
}

// signer is one of the platform's keys under the name that goes into Wechatpay-Serial.
type signer struct {
	serial string
	key    *rsa.PrivateKey
	cert   []byte // PEM, nil for the public key
	from   time.Time
	until  time.Time
}

// keys are the platform's and what was made for merchants.
type keys struct {
	path        string
	file        keyFile
	public      *signer // of public-key mode
	certificate *signer // of certificate mode
	expired     *signer // the certificate before, which nobody should trust any more
}

// openKeys reads the keys at path or makes them. With path "" they live in memory.
func openKeys(path string) (*keys, error) {
	k := &keys{path: path}
	known, err := kit.OpenSecret(path, &k.file)
	if err != nil {
		return nil, fmt.Errorf("wechat: keys: %w", err)
	}
	if known {
		return k, k.load()
	}
	if err := k.create(); err != nil {
		return nil, err
	}
	return k, errors.Join(k.load(), k.save())
}

// create makes the platform's keys.
func (k *keys) create() error {
	k.file = keyFile{Issued: time.Now().UTC().Truncate(time.Second), Merchants: map[string]account{}}
	id := make([]byte, 10)
	rand.Read(id) // never fails
	k.file.PublicKeyID = fmt.Sprintf("PUB_KEY_ID_0%031d", new(big.Int).SetBytes(id))
	var err error
	if k.file.PublicKey, _, err = kit.NewKey(); err == nil {
		k.file.Certificate, _, err = kit.NewKey()
	}
	if err != nil {
		return fmt.Errorf("wechat: %w", err)
	}
	return nil
}

// load makes signers of the file.
func (k *keys) load() error {
	public, err := kit.ParseKey(k.file.PublicKey)
	if err != nil {
		return fmt.Errorf("wechat: platform key: %w", err)
	}
	private, err := kit.ParseKey(k.file.Certificate)
	if err != nil {
		return fmt.Errorf("wechat: key of the platform certificate: %w", err)
	}
	if k.file.Merchants == nil {
		k.file.Merchants = map[string]account{}
	}
	k.public = &signer{serial: k.file.PublicKeyID, key: public}
	const year = 365 * 24 * time.Hour
	issued := k.file.Issued
	if k.certificate, err = certify(private, issued.Add(-24*time.Hour), issued.Add(5*year)); err != nil {
		return err
	}
	if k.expired, err = certify(private, issued.Add(-5*year), issued.Add(-48*time.Hour)); err != nil {
		return err
	}
	return nil
}

// certify issues a platform certificate. It is the same each time for the same key and times.
func certify(key *rsa.PrivateKey, from, until time.Time) (*signer, error) {
	sum := sha256.Sum256(fmt.Appendf(nil, "%x %d", key.N.Bytes()[:16], from.Unix()))
	serial := new(big.Int).SetBytes(append([]byte{0x5f}, sum[:19]...))
	template := &x509.Certificate{
		SerialNumber: serial, NotBefore: from, NotAfter: until,
		Subject:  pkix.Name{CommonName: "Tenpay.com sign (simulated)", Organization: []string{"Simulated wallet"}},
		KeyUsage: x509.KeyUsageDigitalSignature, SignatureAlgorithm: x509.SHA256WithRSA,
	}
	der, err := x509.CreateCertificate(nil, template, template, &key.PublicKey, key)
	if err != nil {
		return nil, fmt.Errorf("wechat: platform certificate: %w", err)
	}
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	name := strings.ToUpper(hex.EncodeToString(serial.Bytes()))
	return &signer{serial: name, key: key, cert: text, from: from, until: until}, nil
}

// account returns what a merchant lacks, and makes it at the first time.
func (k *keys) account(m Merchant) (account, error) {
	if a, ok := k.file.Merchants[m.Number]; ok && (m.PublicKey != "" || a.Private != "") {
		return a, nil
	}
	var a account
	raw := make([]byte, 36)
	rand.Read(raw)
	a.Serial = strings.ToUpper(hex.EncodeToString(append([]byte{0x3a}, raw[:19]...)))
	a.APIKey = hex.EncodeToString(raw[20:36])
	if m.PublicKey == "" {
		var err error
		if a.Private, _, err = kit.NewKey(); err != nil {
			return a, fmt.Errorf("wechat: %w", err)
		}
	}
	k.file.Merchants[m.Number] = a
	return a, k.save()
}

func (k *keys) save() error {
	if err := kit.SaveSecret(k.path, k.file); err != nil {
		return fmt.Errorf("wechat: write keys: %w", err)
	}
	return nil
}

// sealed is a text under a merchant's APIv3 key.
type sealed struct {
	Algorithm      string `json:"algorithm"`
	Ciphertext     string `json:"ciphertext"`
	AssociatedData string `json:"associated_data"`
	Nonce          string `json:"nonce"`
	OriginalType   string `json:"original_type,omitempty"`
}

// seal encrypts by AES-256-GCM with a nonce of 12 characters and the tag behind the text.
func seal(key, text, associated string) (sealed, error) {
	block, err := aes.NewCipher([]byte(key))
	if err != nil {
		return sealed{}, fmt.Errorf("wechat: APIv3 key: %w", err)
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		return sealed{}, err
	}
	nonce := kit.RandomText(aead.NonceSize())
	box := aead.Seal(nil, []byte(nonce), []byte(text), []byte(associated))
	return sealed{
		Algorithm: "AEAD_AES_256_GCM", Ciphertext: base64.StdEncoding.EncodeToString(box),
		AssociatedData: associated, Nonce: nonce,
	}, nil
}

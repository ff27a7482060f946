package unionpay

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"errors"
	"fmt"
	"math/big"
	"time"

	"software.sslmate.com/src/go-pkcs12"

	"github.com/yifen-pay/yifen/internal/sim/kit"
)

const certificateLife = 5 * 365 * 24 * time.Hour // of an institution's

// keyFile is what lies in the folder of the configuration: everything that is made at first start.
type keyFile struct {
	Salt         string             `json:"salt"`    // of numbers that nobody should guess
	Network      string             `json:"network"` // private key that signs answers, PKCS#8
	Stranger     string             `json:"stranger"`
	Issued       time.Time          `json:"issued"`
	Institutions map[string]account `json:"institutions"`
}

// account is what was made for one institution.
type account struct {
	Private  string `json:"private,omitempty"` // PKCS#8; "" where the institution came with a key
	Public   string `json:"public"`
	KeyStore string `json:"pkcs12,omitempty"` // base64
	Password string `json:"password,omitempty"`
}

// keys are the network's and what was made for institutions.
type keys struct {
	path     string
	file     keyFile
	network  *rsa.PrivateKey
	stranger *rsa.PrivateKey // forges signatures
}

// openKeys reads the keys at path or makes them. With path "" they live in memory.
func openKeys(path string) (*keys, error) {
	k := &keys{path: path}
	known, err := kit.OpenSecret(path, &k.file)
	if err != nil {
		return nil, fmt.Errorf("unionpay: keys: %w", err)
	}
	if known {
		return k, k.load()
	}
	k.file = keyFile{Salt: kit.RandomText(16), Issued: time.Now().UTC().Truncate(time.Second)}
	for _, text := range []*string{&k.file.Network, &k.file.Stranger} {
		if *text, _, err = kit.NewKey(); err != nil {
			return nil, fmt.Errorf("unionpay: %w", err)
		}
	}
	return k, errors.Join(k.load(), k.save())
}

// load parses the keys of the file.
func (k *keys) load() error {
	if k.file.Institutions == nil {
		k.file.Institutions = map[string]account{}
	}
	var wrong [2]error
	k.network, wrong[0] = kit.ParseKey(k.file.Network)
	k.stranger, wrong[1] = kit.ParseKey(k.file.Stranger)
	for _, err := range wrong {
		if err != nil {
			return fmt.Errorf("unionpay: a key in %s %w", k.path, err)
		}
	}
	return nil
}

// account returns what an institution lacks, and makes it at the first time or when it comes with another key.
func (k *keys) account(i Institution) (account, error) {
	a, known := k.file.Institutions[i.Code]
	if known && (i.PublicKey == a.Public || i.PublicKey == "" && a.Private != "") {
		return a, nil
	}
	a = account{Public: i.PublicKey}
	if i.PublicKey == "" {
		text, key, err := kit.NewKey()
		if err != nil {
			return a, fmt.Errorf("unionpay: %w", err)
		}
		a.Private, a.Public, a.Password = text, kit.PublicPEM(&key.PublicKey), kit.RandomText(12)
		if a.KeyStore, err = k.store(i.Code, key, a.Password); err != nil {
			return a, err
		}
	}
	k.file.Institutions[i.Code] = a
	return a, k.save()
}

// store packs the key of an institution with a certificate of its own as PKCS#12, in the form that old programs
// read too.
func (k *keys) store(code string, key *rsa.PrivateKey, password string) (string, error) {
	sum := sha256.Sum256(key.N.Bytes())
	template := &x509.Certificate{
		SerialNumber: new(big.Int).SetBytes(sum[:8]), NotBefore: k.file.Issued.Add(-24 * time.Hour), NotAfter: k.file.Issued.Add(certificateLife),
		Subject: pkix.Name{CommonName: "Institution " + code, Organization: []string{"Simulated network"}, Country: []string{"CN"}}, KeyUsage: x509.KeyUsageDigitalSignature,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return "", fmt.Errorf("unionpay: certificate of %s: %w", code, err)
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		return "", fmt.Errorf("unionpay: certificate of %s: %w", code, err)
	}
	packed, err := pkcs12.LegacyDES.Encode(key, certificate, nil, password)
	if err != nil {
		return "", fmt.Errorf("unionpay: key of %s as PKCS#12: %w", code, err)
	}
	return base64.StdEncoding.EncodeToString(packed), nil
}

func (k *keys) save() error {
	if err := kit.SaveSecret(k.path, k.file); err != nil {
		return fmt.Errorf("unionpay: write keys: %w", err)
	}
	return nil
}

// secret returns a number that only the network can make, of a name.
func (k *keys) secret(name string, number int64) []byte {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s %d %s", name, number, k.file.Salt))
	return sum[:]
}

package alipay

import (
	"crypto/md5" // the original's number of a certificate
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"time"

	"github.com/yifen-pay/yifen/internal/sim/kit"
)

const year = 365 * 24 * time.Hour

// keyFile is what lies in the folder of the configuration: everything that is made at first start.
type keyFile struct {
	Salt        string             `json:"salt"`        // of numbers that nobody should guess
	PublicKey   string             `json:"public_key"`  // private half of public-key mode, PKCS#8
	Certificate string             `json:"certificate"` // private key of the gateway's certificates, PKCS#8
	Root        string             `json:"root"`        // private key of their issuer, PKCS#8
	Issued      time.Time          `json:"issued"`
	Merchants   map[string]account `json:"merchants"`
}

// account is what was made for one merchant.
type account struct {
	Private     string `json:"private,omitempty"` // PKCS#8; "" where the merchant came with a key
	Public      string `json:"public,omitempty"`
	Certificate string `json:"certificate,omitempty"` // of its app
	Token       string `json:"token,omitempty"`       // app_auth_token
}

// signer is one of the gateway's keys.
type signer struct {
	sn   string // of the certificate, "" of public-key mode
	key  *rsa.PrivateKey
	cert []byte // PEM, nil for public-key mode
}

// keys are the gateway's and what was made for merchants.
type keys struct {
	path        string
	file        keyFile
	public      *signer // of public-key mode
	certificate *signer // of certificate mode
	expired     *signer // the certificate before, which nobody should trust any more
	root        *signer // that issued both
}

// certificateSN returns the number by which requests and answers name a certificate: the MD5 of issuer and
// serial number, "" where there is none.
func certificateSN(text string) string {
	block, _ := pem.Decode([]byte(text))
	if block == nil {
		return ""
	}
	c, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return ""
	}
	sum := md5.Sum([]byte(c.Issuer.String() + c.SerialNumber.String()))
	return hex.EncodeToString(sum[:])
}

// openKeys reads the keys at path or makes them. With path "" they live in memory.
func openKeys(path string) (*keys, error) {
	k := &keys{path: path}
	known, err := kit.OpenSecret(path, &k.file)
	if err != nil {
		return nil, fmt.Errorf("alipay: keys: %w", err)
	}
	if known {
		return k, k.load()
	}
	k.file = keyFile{Salt: kit.RandomText(16), Issued: time.Now().UTC().Truncate(time.Second)}
	for _, text := range []*string{&k.file.PublicKey, &k.file.Certificate, &k.file.Root} {
		if *text, _, err = kit.NewKey(); err != nil {
			return nil, fmt.Errorf("alipay: %w", err)
		}
	}
	return k, errors.Join(k.load(), k.save())
}

// load makes signers of the file.
func (k *keys) load() error {
	var parsed [3]*rsa.PrivateKey
	for i, text := range []string{k.file.PublicKey, k.file.Certificate, k.file.Root} {
		var err error
		if parsed[i], err = kit.ParseKey(text); err != nil {
			return fmt.Errorf("alipay: a key in %s %w", k.path, err)
		}
	}
	if k.file.Merchants == nil {
		k.file.Merchants = map[string]account{}
	}
	issued := k.file.Issued
	k.public = &signer{key: parsed[0]}
	k.root = &signer{key: parsed[2]}
	var err error
	if k.root.cert, err = k.certify("Simulated Wallet Root", &parsed[2].PublicKey, issued.Add(-10*year), issued.Add(20*year)); err != nil {
		return err
	}
	k.root.sn = certificateSN(string(k.root.cert))
	for _, c := range []struct {
		into        **signer
		from, until time.Time
	}{
		{&k.certificate, issued.Add(-24 * time.Hour), issued.Add(5 * year)},
		{&k.expired, issued.Add(-5 * year), issued.Add(-48 * time.Hour)},
	} {
		cert, err := k.certify("Simulated Wallet Gateway", &parsed[1].PublicKey, c.from, c.until)
		if err != nil {
			return err
		}
		*c.into = &signer{sn: certificateSN(string(cert)), key: parsed[1], cert: cert}
	}
	return nil
}

// certify issues a certificate in PEM. It is the same each time for the same name, key and times.
func (k *keys) certify(name string, key *rsa.PublicKey, from, until time.Time) ([]byte, error) {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s %x %d", name, key.N.Bytes()[:16], from.Unix()))
	issuer := pkix.Name{CommonName: "Simulated Wallet Root", Organization: []string{"Simulated wallet"}, Country: []string{"CN"}}
	subject := pkix.Name{CommonName: name, Organization: issuer.Organization, Country: issuer.Country}
	root := name == issuer.CommonName
	template := &x509.Certificate{
		SerialNumber: new(big.Int).SetBytes(append([]byte{0x20}, sum[:15]...)), NotBefore: from, NotAfter: until, Subject: subject,
		KeyUsage: x509.KeyUsageDigitalSignature, SignatureAlgorithm: x509.SHA256WithRSA,
		BasicConstraintsValid: true, IsCA: root,
	}
	if root {
		template.KeyUsage = x509.KeyUsageCertSign
	}
	parent := &x509.Certificate{Subject: issuer}
	if root {
		parent = template
	}
	der, err := x509.CreateCertificate(nil, template, parent, key, k.root.key)
	if err != nil {
		return nil, fmt.Errorf("alipay: certificate: %w", err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), nil
}

// account returns what a merchant lacks, and makes it at the first time or when it comes with another key.
func (k *keys) account(m Merchant) (account, error) {
	a, known := k.file.Merchants[m.Number]
	if known && (m.Partner != "" || m.PublicKey == a.Public || m.PublicKey == "" && a.Private != "") {
		return a, nil
	}
	a = account{Public: m.PublicKey}
	if m.Partner != "" {
		a.Token = "202601BB" + kit.RandomText(32)
	} else {
		var err error
		if m.PublicKey == "" {
			var made *rsa.PrivateKey
			if a.Private, made, err = kit.NewKey(); err != nil {
				return a, fmt.Errorf("alipay: %w", err)
			}
			a.Public = kit.PublicPEM(&made.PublicKey)
		}
		public, err := kit.ParsePublicKey(a.Public)
		if err != nil {
			return a, fmt.Errorf("alipay: key of merchant %s %w", m.Number, err)
		}
		cert, err := k.certify(m.Number+"-"+m.App, public, k.file.Issued, k.file.Issued.Add(5*year))
		if err != nil {
			return a, err
		}
		a.Certificate = string(cert)
	}
	k.file.Merchants[m.Number] = a
	return a, k.save()
}

// accountKey returns the key that a merchant's requests are verified with.
func accountKey(a account) (*rsa.PublicKey, error) { return kit.ParsePublicKey(a.Public) }

func (k *keys) save() error {
	if err := kit.SaveSecret(k.path, k.file); err != nil {
		return fmt.Errorf("alipay: write keys: %w", err)
	}
	return nil
}

// secret returns a number that only the wallet can make, of a name.
func (k *keys) secret(name string, number int64) []byte {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s %d %s", name, number, k.file.Salt))
	return sum[:]
}

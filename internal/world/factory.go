package world

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"time"

	"github.com/yifen-pay/yifen/internal/sim/pos"
	"github.com/yifen-pay/yifen/internal/wire/keydelivery"
)

// Factory plays who makes the demo's terminals and speakers: it signs the certificate of each piece of hardware, builds in by
// which key the operator is known, and signs the certificate of the door for speakers. Its keys lie in files and open nothing but the demo.
type Factory struct {
	dir       string
	authority *rsa.PrivateKey
	root      *x509.Certificate
	host      *rsa.PrivateKey
}

// The files of a factory.
const (
	factoryDir    = "factory"
	authorityKey  = "authority.key"
	authorityCert = "authority.pem"
	hostKeyFile   = "host.key"
	brokerKey     = "broker.key"
	brokerCert    = "broker.pem"
)

// certified is for how long a certificate of the factory is good.
const certified = 20 * 365 * 24 * time.Hour

// OpenFactory opens the factory in a demo's directory, and builds it the first time.
func OpenFactory(demo string) (*Factory, error) {
	f := &Factory{dir: filepath.Join(demo, factoryDir)}
	if err := os.MkdirAll(f.dir, 0o700); err != nil {
		return nil, err
	}
	var err error
	if f.authority, err = f.key(authorityKey); err != nil {
		return nil, err
	}
	if f.host, err = f.key(hostKeyFile); err != nil {
		return nil, err
	}
	der, err := f.file(authorityCert, "CERTIFICATE", func() ([]byte, error) {
		now := time.Now()
		template := &x509.Certificate{
			SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "yifen demo factory"}, IsCA: true, BasicConstraintsValid: true,
			NotBefore: now.Add(-time.Hour), NotAfter: now.Add(certified), KeyUsage: x509.KeyUsageCertSign,
		}
		return x509.CreateCertificate(rand.Reader, template, template, &f.authority.PublicKey, f.authority)
	})
	if err != nil {
		return nil, err
	}
	if f.root, err = x509.ParseCertificate(der); err != nil {
		return nil, err
	}
	return f, f.makeBroker()
}

// makeBroker makes the certificate under which speakers find the broker on this machine, once.
func (f *Factory) makeBroker() error {
	key, err := f.key(brokerKey)
	if err != nil {
		return err
	}
	_, err = f.file(brokerCert, "CERTIFICATE", func() ([]byte, error) {
		now := time.Now()
		template := &x509.Certificate{
			SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "yifen demo broker"}, NotBefore: now.Add(-time.Hour),
			NotAfter: now.Add(certified), KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
			DNSNames: []string{"localhost"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback},
		}
		return x509.CreateCertificate(rand.Reader, template, f.root, &key.PublicKey, f.authority)
	})
	return err
}

// settings are those by which the operator trusts the factory.
func (f *Factory) settings() map[string]string {
	return map[string]string{
		"terminal-ca-file": filepath.Join(f.dir, authorityCert), "host-key-file": filepath.Join(f.dir, hostKeyFile),
		"mqtt-tls-cert": filepath.Join(f.dir, brokerCert), "mqtt-tls-key": filepath.Join(f.dir, brokerKey),
	}
}

var serialForm = regexp.MustCompile(`^[A-Z0-9-]{4,38}$`)

// Make returns what the hardware with a serial number left the factory with; the same each time.
func (f *Factory) Make(serial string) (in pos.FetchInput, err error) {
	if !serialForm.MatchString(serial) {
		return in, fmt.Errorf("%q is no serial number: 4 to 38 characters of A-Z, 0-9 and -", serial)
	}
	if in.Key, err = f.key(serial + ".key"); err != nil {
		return in, err
	}
	in.Host = &f.host.PublicKey
	in.Certificate, err = f.file(serial+".pem", "CERTIFICATE", func() ([]byte, error) {
		number, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
		if err != nil {
			return nil, err
		}
		now := time.Now()
		template := &x509.Certificate{
			SerialNumber: number, Subject: pkix.Name{CommonName: "terminal", SerialNumber: serial},
			NotBefore: now.Add(-time.Hour), NotAfter: now.Add(certified), KeyUsage: x509.KeyUsageKeyEncipherment,
		}
		return x509.CreateCertificate(rand.Reader, template, f.root, &in.Key.PublicKey, f.authority)
	})
	return in, err
}

// key returns the RSA key in a file, made the first time.
func (f *Factory) key(name string) (*rsa.PrivateKey, error) {
	der, err := f.file(name, "PRIVATE KEY", func() ([]byte, error) {
		key, err := rsa.GenerateKey(rand.Reader, keydelivery.BitsMin)
		if err != nil {
			return nil, err
		}
		return x509.MarshalPKCS8PrivateKey(key)
	})
	if err != nil {
		return nil, err
	}
	parsed, err := x509.ParsePKCS8PrivateKey(der)
	key, ok := parsed.(*rsa.PrivateKey)
	if err != nil || !ok {
		return nil, errors.Join(err, fmt.Errorf("%s holds no RSA key", name))
	}
	return key, nil
}

// file returns what lies in a file in PEM form, or makes it.
func (f *Factory) file(name, kind string, create func() ([]byte, error)) ([]byte, error) {
	path := filepath.Join(f.dir, name)
	text, err := os.ReadFile(path)
	if err == nil {
		block, _ := pem.Decode(text)
		if block == nil || block.Type != kind {
			return nil, fmt.Errorf("%s does not begin with a %s in PEM form", path, kind)
		}
		return block.Bytes, nil
	}
	if !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	der, err := create()
	if err != nil {
		return nil, err
	}
	temporary := path + ".new"
	if err := os.WriteFile(temporary, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600); err != nil {
		return nil, err
	}
	return der, os.Rename(temporary, path)
}

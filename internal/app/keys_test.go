package app_test

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/yifen-pay/yifen/internal/app"
)

// The files that deliveries of master keys need are read when the configuration is: what is wrong with them shows
// before anything starts.
func TestLoad_keyDelivery(t *testing.T) {
	dir := t.TempDir()
	write := func(name, kind string, der []byte, err error) string {
		path := filepath.Join(dir, name)
		if err = errors.Join(err, os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600)); err != nil {
			t.Fatal(err)
		}
		return path
	}
	long, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	short, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	certify := func(name string, isCA bool) string {
		template := &x509.Certificate{
			SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, IsCA: isCA, BasicConstraintsValid: true,
			NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		}
		der, err := x509.CreateCertificate(rand.Reader, template, template, &long.PublicKey, long)
		return write(name, "CERTIFICATE", der, err)
	}
	pkcs8 := func(name string, key *rsa.PrivateKey) string {
		der, err := x509.MarshalPKCS8PrivateKey(key)
		return write(name, "PRIVATE KEY", der, err)
	}
	ca, host := certify("ca.pem", true), pkcs8("host.key", long)
	const authority, key = "terminal-ca-file", "host-key-file"
	for name, test := range map[string]struct{ ca, host, setting, says string }{
		"both":                 {ca, host, "", ""},
		"neither":              {"", "", "", ""},
		"the authority only":   {ca, "", authority, "together"},
		"the key only":         {"", host, authority, "together"},
		"no file":              {filepath.Join(dir, "none"), host, authority, "none"},
		"a key as authority":   {host, host, authority, "no certificate"},
		"no authority":         {certify("leaf.pem", false), host, authority, "no authority"},
		"a broken certificate": {write("broken.pem", "CERTIFICATE", []byte("no"), nil), host, authority, "cannot be read"},
		"a certificate as key": {ca, ca, key, "PKCS #8"},
		"no key file":          {ca, filepath.Join(dir, "none"), key, "none"},
		"a short key":          {ca, pkcs8("short.key", short), key, "2048"},
		"a broken key":         {ca, write("broken.key", "PRIVATE KEY", []byte("no"), nil), key, "RSA"},
	} {
		_, findings := app.Load(writeConfig(t, minimal), nil, map[string]string{authority: test.ca, key: test.host})
		if test.setting == "" {
			if len(findings) > 0 {
				t.Errorf("%s: %v", name, findings)
			}
			continue
		}
		if len(findings) != 1 || findings[0].Name != test.setting || !strings.Contains(findings[0].What, test.says) {
			t.Errorf("%s: %v, want one of %s that says %q", name, findings, test.setting, test.says)
		}
	}
}

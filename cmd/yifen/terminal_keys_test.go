package main

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
)

// writePEM writes a file of one block and returns its path.
func writePEM(t *testing.T, dir, name, kind string, der []byte, err error) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err = errors.Join(err, os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600)); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestTerminal_fetchesItsKey is a day of a terminal that left the factory with a certificate.
func TestTerminal_fetchesItsKey(t *testing.T) {
	const serial = "YF-2026-000042"
	dir := t.TempDir()
	var keys [3]*rsa.PrivateKey
	for i := range keys {
		var err error
		if keys[i], err = rsa.GenerateKey(rand.Reader, 2048); err != nil {
			t.Fatal(err)
		}
	}
	authority, terminal, host := keys[0], keys[1], keys[2]
	root := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "authority"}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), KeyUsage: x509.KeyUsageCertSign,
	}
	leaf := &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{SerialNumber: serial}, NotBefore: root.NotBefore, NotAfter: root.NotAfter,
		KeyUsage: x509.KeyUsageKeyEncipherment,
	}
	der, err := x509.CreateCertificate(rand.Reader, root, root, &authority.PublicKey, authority)
	rootFile := writePEM(t, dir, "ca.pem", "CERTIFICATE", der, err)
	der, err = x509.CreateCertificate(rand.Reader, leaf, root, &terminal.PublicKey, authority)
	certificate := writePEM(t, dir, "terminal.crt", "CERTIFICATE", der, err)
	der, err = x509.MarshalPKCS8PrivateKey(terminal)
	key := writePEM(t, dir, "terminal.key", "PRIVATE KEY", der, err)
	der, err = x509.MarshalPKCS8PrivateKey(host)
	hostKey := writePEM(t, dir, "host.key", "PRIVATE KEY", der, err)
	der, err = x509.MarshalPKIXPublicKey(&host.PublicKey)
	hostPublic := writePEM(t, dir, "host.pub", "PUBLIC KEY", der, err)

	d := startDemoWith(t, map[string]string{"terminal-ca-file": rootFile, "host-key-file": hostKey})
	fetch := []string{"keys", "fetch", "--key", key, "--certificate", certificate, "--host-key", hostPublic}
	terminalDoes := func(args ...string) (string, int) {
		out, err := run(t, "", append([]string{"terminal", "--dir", d.Options.Dir, "--serial", serial}, args...)...)
		return out, codeOf(err)
	}
	if out, code := terminalDoes(fetch...); code != 1 || !strings.Contains(out, "97") {
		t.Errorf("not registered: exit code %d, %s", code, out)
	}
	row, _, err := d.App.Terminals.Find(t.Context(), "29000001")
	if err == nil {
		_, err = d.App.Terminals.Register(t.Context(), row, serial, "test")
	}
	if err != nil {
		t.Fatal(err)
	}
	before := statusOf(t, d.Options.Dir).CheckValue
	out, code := terminalDoes(fetch...)
	after := statusOf(t, d.Options.Dir).CheckValue
	if code != 0 || !strings.Contains(out, "获取") || !strings.Contains(out, after) || after == before {
		t.Errorf("exit code %d, check value %s after %s: %s", code, after, before, out)
	}
	if out, code := terminalDoes("sale", "--amount", "1"); code != 0 { // the demo's credentials still name the old key
		t.Errorf("a sale: exit code %d, %s", code, out)
	}
	for name, test := range map[string]struct {
		args []string
		says string
	}{
		"no files":          {[]string{"keys", "fetch"}, "--host-key"},
		"no file":           {[]string{"keys", "fetch", "--key", dir + "/none", "--certificate", certificate, "--host-key", hostPublic}, "none"},
		"another's key":     {[]string{"keys", "fetch", "--key", hostKey, "--certificate", certificate, "--host-key", hostPublic}, "that key"},
		"a certificate":     {[]string{"keys", "fetch", "--key", certificate, "--certificate", certificate, "--host-key", hostPublic}, "PRIVATE KEY"},
		"a private key":     {[]string{"keys", "fetch", "--key", key, "--certificate", certificate, "--host-key", hostKey}, "PUBLIC KEY"},
		"no host's key":     {[]string{"keys", "fetch", "--key", key, "--certificate", certificate, "--host-key", writePEM(t, dir, "bad.pub", "PUBLIC KEY", []byte("no"), nil)}, "no RSA public key"},
		"no terminal's key": {[]string{"keys", "fetch", "--key", writePEM(t, dir, "bad.key", "PRIVATE KEY", []byte("no"), nil), "--certificate", certificate, "--host-key", hostPublic}, "no RSA private key"},
	} {
		if out, code := terminalDoes(test.args...); code != 2 || !strings.Contains(out, test.says) {
			t.Errorf("%s: exit code %d, %s", name, code, out)
		}
	}
	t.Setenv(envPassword, "00000000")
	if out, code := terminalDoes(fetch...); code != 2 {
		t.Errorf("another's password: exit code %d, %s", code, out)
	}
}

package alipay

import (
	"context"
	"crypto/md5"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"sync"
	"time"

	smart "github.com/smartwalle/alipay/v3"

	"github.com/yifen-pay/yifen/internal/domain/wallet"
	"github.com/yifen-pay/yifen/internal/rail/outbound"
)

const learnAgain = time.Minute // at the earliest, for a certificate that is not known

// platform is what is known of the platform's certificates in certificate mode.
type platform struct {
	roots *x509.CertPool

	learning sync.Mutex // held while one is fetched
	mu       sync.Mutex
	asked    time.Time // when one was fetched last, with success or not
	until    time.Time // of the newest
}

// newPlatform begins with the certificate and the roots that the account brought. Roots of other algorithms than RSA's, which the
// provider lists in the same file, are left out.
func newPlatform(certificate *x509.Certificate, roots string) (*platform, error) {
	p := &platform{roots: x509.NewCertPool(), until: certificate.NotAfter}
	if !p.roots.AppendCertsFromPEM([]byte(roots)) {
		return nil, wallet.ErrField.With("alipay_root_certificate is no certificate")
	}
	return p, nil
}

// expired tells that nothing can be verified any more.
func (p *platform) expired(now time.Time) bool {
	if p == nil {
		return false
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return now.After(p.until)
}

// turn tells whether a certificate may be fetched now.
func (p *platform) turn() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if time.Since(p.asked) < learnAgain {
		return false
	}
	p.asked = time.Now()
	return true
}

// certificateOf returns the number of the certificate that an answer names.
func certificateOf(body []byte) string {
	var outside struct {
		SN string `json:"alipay_cert_sn"`
	}
	if json.Unmarshal(body, &outside) != nil {
		return ""
	}
	return outside.SN
}

// numberOf returns the number of a certificate as the provider counts: MD5 over issuer and serial number.
func numberOf(c *x509.Certificate) string {
	sum := md5.Sum([]byte(c.Issuer.String() + c.SerialNumber.String()))
	return hex.EncodeToString(sum[:])
}

// learn fetches a certificate of the platform and loads it if one of the account's roots issued it. The answer that brings it
// cannot be verified before; the chain is what makes it the platform's.
func (c *client) learn(ctx context.Context, number string) bool {
	if c.platform == nil || number == "" || !c.platform.learning.TryLock() {
		return false
	}
	defer c.platform.learning.Unlock()
	if !c.platform.turn() {
		return false
	}
	ctx, _ = outbound.WatchLong(ctx, 0)
	p := smart.NewPayload("alipay.open.app.alipaycert.download").AddBizField("alipay_cert_sn", number)
	p.Verify = false
	var a struct {
		said
		Content string `json:"alipay_cert_content"`
	}
	if c.Request(ctx, p, &a) != nil || a.Code != codeDone {
		return false
	}
	text, err := base64.StdEncoding.DecodeString(a.Content)
	if err != nil {
		return false
	}
	leaf, others := chain(text, number)
	if leaf == nil {
		return false
	}
	_, err = leaf.Verify(x509.VerifyOptions{
		Roots: c.platform.roots, Intermediates: others, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny},
	})
	if err != nil || c.LoadAlipayCertPublicKey(string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: leaf.Raw}))) != nil {
		return false
	}
	c.platform.mu.Lock()
	defer c.platform.mu.Unlock()
	c.platform.until = leaf.NotAfter
	return true
}

// chain parts certificates in PEM into the one of a number and the others.
func chain(text []byte, number string) (leaf *x509.Certificate, others *x509.CertPool) {
	others = x509.NewCertPool()
	for block, rest := pem.Decode(text); block != nil; block, rest = pem.Decode(rest) {
		c, err := x509.ParseCertificate(block.Bytes)
		switch {
		case err != nil: // of an algorithm that is not known here
		case numberOf(c) == number:
			leaf = c
		default:
			others.AddCert(c)
		}
	}
	return leaf, others
}

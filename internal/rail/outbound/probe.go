package outbound

import (
	"context"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
	"time"

	"github.com/yifen-pay/yifen/internal/domain/wallet"
)

// clockMax is how far our clock may be off before a test says so. Wallets take five minutes.
const clockMax = time.Minute

// Findings collects what a test of an account finds.
type Findings []wallet.Finding

// Good notes what is in order.
func (f *Findings) Good(what, format string, args ...any) {
	*f = append(*f, wallet.Finding{What: what, OK: true, Detail: fmt.Sprintf(format, args...)})
}

// Bad notes what is not, which field is to be looked at, and why: as a word, which pages say in their language with the
// values, and as a sentence.
func (f *Findings) Bad(what, field, why, format string, args ...any) {
	finding := wallet.Finding{What: what, Field: field, Why: why, Detail: fmt.Sprintf(format, args...)}
	for _, a := range args {
		finding.Values = append(finding.Values, fmt.Sprint(a))
	}
	*f = append(*f, finding)
}

// Notify looks at the address at which a wallet is to tell of orders. Local allows addresses of this machine.
func (f *Findings) Notify(address string, local bool) {
	u, err := url.Parse(address)
	switch {
	case err != nil || u.Host == "":
		f.Bad("notify", "", "notify_none", "the notify address is none: give the public address of this installation")
	case u.RawQuery != "" || u.Fragment != "":
		f.Bad("notify", "", "notify_query", "the notify address must have no query")
	case u.Scheme == "http" && local && Loopback(u.Hostname()):
		f.Good("notify", "the simulator notifies this machine")
	case u.Scheme != "https":
		f.Bad("notify", "", "notify_https", "the notify address must begin with https://")
	case Loopback(u.Hostname()):
		f.Bad("notify", "", "notify_local", "the wallet cannot reach this machine under %s: give its public address", u.Hostname())
	default:
		f.Good("notify", "%s", u.Scheme+"://"+u.Host)
	}
}

// Certificate looks at a certificate in PEM as [Findings.Term] does. It tells whether it is in order.
func (f *Findings) Certificate(field, text string, key *rsa.PrivateKey, now time.Time) bool {
	c, err := Certificate(text)
	if err != nil {
		f.Bad("certificate", field, "certificate_unread", "%s %s", field, err)
		return false
	}
	return f.Term(field, c, key, now)
}

// Term looks at a certificate: that it is good now and, where key is given, that it is that key's. It tells whether it is.
func (f *Findings) Term(field string, c *x509.Certificate, key *rsa.PrivateKey, now time.Time) bool {
	public, ok := c.PublicKey.(*rsa.PublicKey)
	switch {
	case now.After(c.NotAfter):
		f.Bad("certificate", field, "certificate_over", "%s expired on %s", field, c.NotAfter.UTC().Format(time.DateOnly))
	case now.Before(c.NotBefore):
		f.Bad("certificate", field, "certificate_early", "%s is good only from %s", field, c.NotBefore.UTC().Format(time.DateOnly))
	case !ok:
		f.Bad("certificate", field, "certificate_not_rsa", "%s is not of an RSA key", field)
	case key != nil && !key.PublicKey.Equal(public):
		f.Bad("certificate", field, "certificate_other_key", "%s is of another key than the private key", field)
	default:
		f.Good("certificate", "%s is good until %s", field, c.NotAfter.UTC().Format(time.DateOnly))
		return true
	}
	return false
}

// Reach looks at whether something came back, and at our clock by it. It tells whether there is an answer to look at.
func (f *Findings) Reach(host string, seen *Seen, err error) bool {
	if seen.Status == 0 {
		why, sentence := cause(err)
		f.Bad("reach", "", why, "%s cannot be reached: %s", host, sentence)
		return false
	}
	f.Good("reach", "%s answers", host)
	off, ok := seen.ClockOff(time.Now())
	switch {
	case !ok:
	case off > clockMax:
		f.Bad("clock", "", "clock_ahead", "our clock is %d s ahead of the wallet's", int(off.Seconds()))
	case off < -clockMax:
		f.Bad("clock", "", "clock_behind", "our clock is %d s behind the wallet's", int(-off.Seconds()))
	default:
		f.Good("clock", "our clock and the wallet's agree")
	}
	return true
}

// cause says why a connection failed, as a word and as a sentence.
func cause(err error) (why, sentence string) {
	var name *net.DNSError
	var unknown x509.UnknownAuthorityError
	var host x509.HostnameError
	var verification *tls.CertificateVerificationError
	switch {
	case err == nil:
		return "reach_nothing", "nothing came back"
	case errors.As(err, &name):
		return "reach_name", "its name is not known"
	case errors.As(err, &unknown), errors.As(err, &host), errors.As(err, &verification):
		return "reach_tls", "its TLS certificate is not trusted: is there a proxy in between?"
	case errors.Is(err, context.DeadlineExceeded):
		return "reach_late", "it does not answer in time"
	case strings.Contains(err.Error(), "connection refused"):
		return "reach_refused", "the connection is refused"
	}
	return "reach_fails", "the connection fails"
}

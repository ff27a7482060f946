package courier

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/yifen-pay/yifen/internal/domain/webhook"
)

// webhookTimeout bounds one delivery, from the look-up of the name to the end of the answer.
const webhookTimeout = 10 * time.Second

const (
	answerMax  = 64 << 10 // bytes of an answer that are read
	headersMax = 16 << 10
	idleMax    = 256 // connections that are kept for the next delivery
	idleFor    = 30 * time.Second
)

// The headers of Standard Webhooks.
const (
	headerID        = "webhook-id"
	headerTimestamp = "webhook-timestamp"
	headerSignature = "webhook-signature"
)

// errForbidden is the end of a connection to where nothing is sent.
var errForbidden = errors.New("the address is none of the open Internet")

// WebhookConfig says how parcels are carried.
type WebhookConfig struct {
	// Wall tells the time of signatures, which is never a simulated one.
	Wall func() time.Time
	// Loopback lets parcels go to this machine: for demos and tests.
	Loopback bool
	Roots    *x509.CertPool // the system's when nil
	Timeout  time.Duration  // default 10 s
}

// Webhook carries parcels to the programs of merchants: one HTTP POST each, signed after Standard Webhooks (standardwebhooks.com,
// specification of 2023, symmetric signatures "v1"). It implements webhook.Courier.
//
// The address is somebody else's word, so it is not trusted: it is refused when it leads anywhere but to the open Internet, at the
// moment of dialing, so that a name which changes its mind is refused too. Redirections are not followed, no proxy is used, a request
// takes 10 s at most, and of an answer 64 KiB are read and none kept.
type Webhook struct {
	config WebhookConfig
	client *http.Client
}

// NewWebhook returns a courier of parcels.
func NewWebhook(c WebhookConfig) *Webhook {
	if c.Timeout == 0 {
		c.Timeout = webhookTimeout
	}
	dialer := &net.Dialer{Timeout: c.Timeout, Control: func(_, address string, _ syscall.RawConn) error { return allowed(address, c.Loopback) }}
	return &Webhook{config: c, client: &http.Client{
		Timeout: c.Timeout,
		Transport: &http.Transport{
			DialContext: dialer.DialContext, ForceAttemptHTTP2: true, TLSClientConfig: &tls.Config{RootCAs: c.Roots, MinVersion: tls.VersionTLS12},
			TLSHandshakeTimeout: c.Timeout, MaxResponseHeaderBytes: headersMax, MaxIdleConns: idleMax, MaxIdleConnsPerHost: 2,
			IdleConnTimeout: idleFor, DisableCompression: true,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// allowed refuses an address to which nothing is sent. It sees what a name led to.
func allowed(address string, loopback bool) error {
	to, err := netip.ParseAddrPort(address)
	if err != nil {
		return errForbidden
	}
	if a := to.Addr().Unmap(); webhook.Public(to.Addr()) || loopback && a.IsLoopback() {
		return nil
	}
	return errForbidden
}

// sign returns the value of the signature's header: a signature for each secret over id, time and body.
func sign(secrets [][]byte, id, at string, body []byte) string {
	var out []string
	for _, secret := range secrets {
		mac := hmac.New(sha256.New, secret)
		fmt.Fprintf(mac, "%s.%s.", id, at)
		mac.Write(body)
		out = append(out, "v1,"+base64.StdEncoding.EncodeToString(mac.Sum(nil)))
	}
	return strings.Join(out, " ")
}

// Carry sends a parcel once.
func (c *Webhook) Carry(ctx context.Context, p webhook.Parcel) (r webhook.Report) {
	began := time.Now()
	defer func() { r.Took = time.Since(began) }()
	q, err := http.NewRequestWithContext(ctx, http.MethodPost, p.URL, bytes.NewReader(p.Body))
	if err != nil {
		return webhook.Report{Failure: webhook.Broken, Detail: "the address makes no request"}
	}
	at := strconv.FormatInt(c.config.Wall().Unix(), 10)
	q.Header.Set("Content-Type", "application/json")
	q.Header.Set("User-Agent", "yifen-webhook/1")
	q.Header[headerID] = []string{p.ID} // as the standard spells them
	q.Header[headerTimestamp] = []string{at}
	q.Header[headerSignature] = []string{sign(p.Secrets, p.ID, at, p.Body)}
	answer, err := c.client.Do(q)
	if err != nil {
		return broken(err)
	}
	defer answer.Body.Close()
	io.CopyN(io.Discard, answer.Body, answerMax) // so that the connection serves again; what it says is nobody's business
	switch r = (webhook.Report{Status: answer.StatusCode}); {
	case answer.StatusCode/100 == 3:
		r.Failure, r.Detail = webhook.Redirected, fmt.Sprintf("the answer was %d, a redirection, which is not followed: name the final address", answer.StatusCode)
	case answer.StatusCode/100 != 2:
		r.Failure, r.Detail = webhook.Answered, fmt.Sprintf("the answer was %d %s", answer.StatusCode, http.StatusText(answer.StatusCode))
	}
	return r
}

// broken says why there is no answer. Errors of libraries tell names and addresses of our own network, so they are not passed on.
func broken(err error) webhook.Report {
	var name *net.DNSError
	var authority x509.UnknownAuthorityError
	var host x509.HostnameError
	var certificate x509.CertificateInvalidError
	var verification *tls.CertificateVerificationError
	var record tls.RecordHeaderError
	var alert tls.AlertError
	var slow net.Error
	switch {
	case errors.Is(err, errForbidden):
		return webhook.Report{Failure: webhook.Forbidden, Detail: "the name leads to an address that is none of the open Internet"}
	case errors.As(err, &name):
		return webhook.Report{Failure: webhook.Unresolved, Detail: "the name of the host leads to no address"}
	case errors.As(err, &slow) && slow.Timeout():
		return webhook.Report{Failure: webhook.TimedOut, Detail: "there was no answer in time"}
	case errors.As(err, &host):
		return webhook.Report{Failure: webhook.Untrusted, Detail: "the certificate is for another name"}
	case errors.As(err, &certificate):
		return webhook.Report{Failure: webhook.Untrusted, Detail: "the certificate is not valid, or has expired"}
	case errors.As(err, &authority), errors.As(err, &verification):
		return webhook.Report{Failure: webhook.Untrusted, Detail: "the certificate is signed by an authority that is not known"}
	case errors.As(err, &record), errors.As(err, &alert), errors.Is(err, http.ErrSchemeMismatch):
		return webhook.Report{Failure: webhook.Untrusted, Detail: "the host does not speak TLS 1.2 or newer"}
	case errors.Is(err, syscall.ECONNREFUSED):
		return webhook.Report{Failure: webhook.Unreachable, Detail: "the connection was refused"}
	}
	return webhook.Report{Failure: webhook.Unreachable, Detail: "there was no connection, or it broke before an answer came"}
}

package wechat

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"strings"
	"sync"
	"time"

	"github.com/wechatpay-apiv3/wechatpay-go/core"
	"github.com/wechatpay-apiv3/wechatpay-go/core/auth/verifiers"

	"github.com/yifen-pay/yifen/internal/domain/wallet"
	"github.com/yifen-pay/yifen/internal/rail/outbound"
)

const (
	renewAfter = 12 * time.Hour   // of certificates that were downloaded
	askAgain   = time.Minute      // at the earliest, for a serial number that is not known
	fetchMax   = 10 * time.Second // of a download that nobody's context bounds
)

var errCertificates = errors.New("the platform's certificates cannot be downloaded")

// verifier checks signatures of the platform under whatever key the account knows it by. It implements the library's
// Verifier, and its CertificateGetter for the certificates.
type verifier struct {
	keyID  string // "" in certificate mode
	public *verifiers.SHA256WithRSAPubkeyVerifier
	apiKey string
	base   string
	bare   *core.Client

	fetchMu sync.Mutex // one download at a time; held before mu
	mu      sync.Mutex
	known   map[string]*x509.Certificate
	newest  string
	fetched time.Time // when they were asked for last, with success or not
	good    time.Time // when that last succeeded
}

func newVerifier(fields map[string]string, base string, bare *core.Client) (*verifier, error) {
	v := &verifier{keyID: fields["platform_public_key_id"], apiKey: fields["api_v3_key"], base: base, bare: bare}
	if len(v.apiKey) != 32 {
		return nil, wallet.ErrField.With("api_v3_key has not 32 characters")
	}
	if v.keyID == "" {
		return v, nil
	}
	key, err := outbound.PublicKey(fields["platform_public_key"])
	if err != nil {
		return nil, wallet.ErrField.With("platform_public_key %s", err)
	}
	v.public = verifiers.NewSHA256WithRSAPubkeyVerifier(v.keyID, *key)
	return v, nil
}

// prepare makes sure that answers can be verified, before something is asked that moves money.
func (v *verifier) prepare(ctx context.Context) error {
	if v.keyID != "" || v.fresh() {
		return nil
	}
	v.fetchMu.Lock()
	defer v.fetchMu.Unlock()
	if v.fresh() {
		return nil
	}
	if err := v.fetch(ctx); err != nil && v.GetNewestSerial(ctx) == "" {
		return err
	}
	return nil // those that are known serve until the next time
}

// fresh tells that there are certificates and that it is not time to renew them.
func (v *verifier) fresh() bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.newest != "" && (time.Since(v.good) < renewAfter || time.Since(v.fetched) < askAgain)
}

// GetSerial names the key that answers are to be signed with.
func (v *verifier) GetSerial(context.Context) (string, error) {
	if v.keyID != "" {
		return v.keyID, nil
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.newest, nil
}

// Verify checks a signature under the key of a serial number.
func (v *verifier) Verify(ctx context.Context, serial, message, signature string) error {
	if v.keyID != "" && (serial == v.keyID || strings.HasPrefix(serial, "PUB_KEY_ID_")) {
		return v.public.Verify(ctx, serial, message, signature)
	}
	return verifiers.NewSHA256WithRSAVerifier(v).Verify(ctx, serial, message, signature)
}

// Get returns the certificate of a serial number. One that is not known fetches once.
func (v *verifier) Get(ctx context.Context, serial string) (*x509.Certificate, bool) {
	c, ask := v.look(serial)
	if c == nil && ask {
		v.fetchMu.Lock()
		defer v.fetchMu.Unlock()
		if c, ask = v.look(serial); c == nil && ask && v.fetch(ctx) == nil {
			c, _ = v.look(serial)
		}
	}
	return c, c != nil && valid(c, time.Now())
}

// look returns a certificate that is known, and whether one that is not may be asked for.
func (v *verifier) look(serial string) (*x509.Certificate, bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.known[serial], time.Since(v.fetched) >= askAgain
}

// GetAll returns the certificates that are known.
func (v *verifier) GetAll(context.Context) map[string]*x509.Certificate {
	v.mu.Lock()
	defer v.mu.Unlock()
	return maps.Clone(v.known)
}

// GetNewestSerial names the newest certificate.
func (v *verifier) GetNewestSerial(ctx context.Context) string {
	serial, _ := v.GetSerial(ctx)
	return serial
}

func valid(c *x509.Certificate, now time.Time) bool {
	return !now.Before(c.NotBefore) && now.Before(c.NotAfter)
}

// fetch downloads the certificates. They are sealed under the APIv3 key, which is what makes them the platform's. The caller
// holds fetchMu.
func (v *verifier) fetch(ctx context.Context) error {
	v.mu.Lock()
	v.fetched = time.Now()
	v.mu.Unlock()
	ctx, cancel := context.WithTimeout(ctx, fetchMax)
	defer cancel()
	result, err := v.bare.Get(ctx, v.base+"/v3/certificates")
	if err != nil {
		return errors.Join(errCertificates, hidden(err))
	}
	body, err := io.ReadAll(result.Response.Body)
	if err != nil {
		return errors.Join(errCertificates, err)
	}
	var list struct {
		Data []struct {
			Serial string `json:"serial_no"`
			Sealed sealed `json:"encrypt_certificate"`
		} `json:"data"`
	}
	if json.Unmarshal(body, &list) != nil {
		return errCertificates
	}
	now, known, newest := time.Now(), map[string]*x509.Certificate{}, ""
	for _, item := range list.Data {
		text, err := item.Sealed.open(v.apiKey)
		if err != nil {
			return errors.Join(errCertificates, errSealed)
		}
		c, err := outbound.Certificate(string(text))
		if err != nil {
			return errors.Join(errCertificates, err)
		}
		if _, ok := c.PublicKey.(*rsa.PublicKey); !ok || !valid(c, now) {
			continue
		}
		known[item.Serial] = c
		if newest == "" || c.NotBefore.After(known[newest].NotBefore) {
			newest = item.Serial
		}
	}
	if newest == "" {
		return errCertificates
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	v.known, v.newest, v.good = known, newest, now
	return nil
}

// hidden is an error of the library without the headers that it prints.
func hidden(err error) error {
	var said *core.APIError
	if errors.As(err, &said) {
		return refusal{said}
	}
	return err
}

// refusal prints a refusal of the wallet by its code and message.
type refusal struct{ said *core.APIError }

// Error returns code and message.
func (r refusal) Error() string {
	return outbound.Word(r.said.Code) + " " + outbound.Message(r.said.Message)
}

// Unwrap returns the library's error.
func (r refusal) Unwrap() error { return r.said }

var errSealed = errors.New("it cannot be opened with the APIv3 key")

// sealed is a text under the APIv3 key: AEAD_AES_256_GCM.
type sealed struct {
	Algorithm  string `json:"algorithm"`
	Ciphertext string `json:"ciphertext"`
	Associated string `json:"associated_data"`
	Nonce      string `json:"nonce"`
	Kind       string `json:"original_type"`
}

// open returns the text. The library's own opener panics on a nonce of another length.
func (s sealed) open(key string) ([]byte, error) {
	box, err := base64.StdEncoding.DecodeString(s.Ciphertext)
	if err != nil || s.Algorithm != "AEAD_AES_256_GCM" {
		return nil, errSealed
	}
	block, err := aes.NewCipher([]byte(key))
	if err != nil {
		return nil, errSealed
	}
	aead, err := cipher.NewGCM(block)
	if err != nil || len(s.Nonce) != aead.NonceSize() {
		return nil, errSealed
	}
	text, err := aead.Open(nil, []byte(s.Nonce), box, []byte(s.Associated))
	if err != nil {
		return nil, errSealed
	}
	return text, nil
}

package access

import (
	"crypto/hmac"
	"crypto/sha1"
	"crypto/subtle"
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"net/url"
	"time"

	"github.com/yifen-pay/yifen/internal/domain/calendar"
)

// One-time passwords by time (RFC 6238) over HMAC-SHA-1 (RFC 4226), as every authenticator knows them: six
// digits, steps of 30 seconds.
const (
	totpSecretSize = 20 // bytes (RFC 4226 §4 R6)
	totpDigits     = 6
	totpStep       = 30 * time.Second
	totpDrift      = 1 // steps that a clock may be off, either way (RFC 6238 §5.2)
)

var totpAlphabet = base32.StdEncoding.WithPadding(base32.NoPadding)

// hotp returns the password of a counter (RFC 4226 §5.3), modulo which it is cut.
func hotp(secret []byte, counter int64, modulo uint32) uint32 {
	h := hmac.New(sha1.New, secret)
	h.Write(binary.BigEndian.AppendUint64(nil, uint64(counter)))
	sum := h.Sum(nil)
	at := sum[len(sum)-1] & 0xf
	return binary.BigEndian.Uint32(sum[at:at+4]) & 0x7fffffff % modulo
}

// totpMatch returns the step of time whose password was typed. Steps up to last were used.
func totpMatch(secret []byte, typed string, now calendar.Instant, last int64) (at int64, ok bool) {
	typed = spacing.Replace(typed)
	present := now.Time().Unix() / int64(totpStep/time.Second)
	for step := present - totpDrift; step <= present+totpDrift; step++ {
		want := fmt.Sprintf("%0*d", totpDigits, hotp(secret, step, 1_000_000))
		if subtle.ConstantTimeCompare([]byte(want), []byte(typed)) == 1 && step > last {
			at, ok = step, true
		}
	}
	return at, ok
}

// totpURI is what an authenticator scans (the Key URI format that its makers agree on).
func totpURI(issuer, account string, secret []byte) string {
	q := url.Values{"secret": {totpAlphabet.EncodeToString(secret)}, "issuer": {issuer}}
	return "otpauth://totp/" + url.PathEscape(issuer+":"+account) + "?" + q.Encode()
}

// Package signature signs requests to providers that take HTTP with a shared secret: HMAC-SHA256 (RFC 2104) over time,
// nonce and the SHA-256 of the body in hexadecimal, each on a line of its own.
//
// A receiver takes a request within [Window] of its own clock, and each nonce once.
package signature

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"strconv"
	"strings"
	"time"
)

// The headers that carry a signature.
const (
	Time      = "X-Timestamp" // Unix seconds
	Nonce     = "X-Nonce"
	Signature = "X-Signature" // hexadecimal
)

// Window is how far the clocks of sender and receiver may be apart.
const Window = 5 * time.Minute

// Of returns the signature of a body sent at a time, as its header says it, with a nonce.
func Of(secret []byte, at, nonce string, body []byte) string {
	return hex.EncodeToString(sum(secret, at, nonce, body))
}

func sum(secret []byte, at, nonce string, body []byte) []byte {
	mac := hmac.New(sha256.New, secret)
	digest := sha256.Sum256(body)
	io.WriteString(mac, at+"\n"+nonce+"\n"+hex.EncodeToString(digest[:]))
	return mac.Sum(nil)
}

// What is wrong with a signature.
var (
	ErrWrong = errors.New("the signature is wrong")
	ErrTime  = errors.New("the time of the signature is off")
	ErrNonce = errors.New("the nonce is missing or malformed")
)

// Check tells whether a signature is that of a body and fresh. Whether the nonce was seen before, the receiver knows.
func Check(secret []byte, at, nonce, signature string, body []byte, now time.Time) error {
	given, err := hex.DecodeString(signature)
	if err != nil || !hmac.Equal(given, sum(secret, at, nonce, body)) {
		return ErrWrong
	}
	seconds, err := strconv.ParseInt(at, 10, 64)
	if off := now.Sub(time.Unix(seconds, 0)); err != nil || off > Window || off < -Window {
		return ErrTime
	}
	if nonce == "" || strings.ContainsAny(nonce, "\r\n") {
		return ErrNonce
	}
	return nil
}

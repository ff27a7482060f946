package courier

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"
)

// smsTimeout bounds one delivery.
const smsTimeout = 10 * time.Second

// SMS hands text messages to a provider: POST {to, text}, signed by HMAC-SHA256 over time, nonce and body.
type SMS struct {
	URL    string
	Secret []byte
	Sign   string // the signature that Chinese networks want in front: 【一分】
	Client *http.Client
	// Wall tells the time of signatures, which is never a simulated one.
	Wall func() time.Time
}

// Send hands over one text.
func (s *SMS) Send(ctx context.Context, to, text string) error {
	ctx, cancel := context.WithTimeout(ctx, smsTimeout)
	defer cancel()
	body, err := json.Marshal(map[string]string{"to": to, "text": s.Sign + text})
	if err != nil {
		return err
	}
	q, err := http.NewRequestWithContext(ctx, http.MethodPost, s.URL, bytes.NewReader(body))
	if err != nil {
		return err
	}
	var chance [12]byte
	rand.Read(chance[:])
	at, nonce := strconv.FormatInt(s.Wall().Unix(), 10), hex.EncodeToString(chance[:])
	q.Header.Set("Content-Type", "application/json")
	q.Header.Set("X-Timestamp", at)
	q.Header.Set("X-Nonce", nonce)
	q.Header.Set("X-Signature", signature(s.Secret, at, nonce, body))
	answer, err := s.Client.Do(q)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	io.Copy(io.Discard, io.LimitReader(answer.Body, 64<<10))
	if answer.StatusCode/100 != 2 {
		return fmt.Errorf("the provider of text messages answered %s", answer.Status)
	}
	return nil
}

func signature(secret []byte, at, nonce string, body []byte) string {
	mac := hmac.New(sha256.New, secret)
	io.WriteString(mac, at+"\n"+nonce+"\n")
	mac.Write(body)
	return hex.EncodeToString(mac.Sum(nil))
}

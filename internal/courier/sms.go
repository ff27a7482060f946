package courier

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/yifen-pay/yifen/internal/wire/signature"
)

// smsTimeout bounds one delivery.
const smsTimeout = 10 * time.Second

// SMS hands text messages to a provider: POST {to, text}, signed as package signature says.
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
	q.Header.Set(signature.Time, at)
	q.Header.Set(signature.Nonce, nonce)
	q.Header.Set(signature.Signature, signature.Of(s.Secret, at, nonce, body))
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

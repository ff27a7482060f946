package signature_test

import (
	"errors"
	"strconv"
	"testing"
	"time"

	"github.com/yifen-pay/yifen/internal/wire/signature"
)

func TestCheck(t *testing.T) {
	secret, body := []byte("secret"), []byte(`{"a":1}`)
	now := time.Unix(1_790_000_000, 0)
	at := strconv.FormatInt(now.Unix(), 10)
	good := signature.Of(secret, at, "n1", body)
	old := strconv.FormatInt(now.Add(-6*time.Minute).Unix(), 10)
	for name, c := range map[string]struct {
		secret, body         []byte
		at, nonce, signature string
		want                 error
	}{
		"as sent":          {secret, body, at, "n1", good, nil},
		"another secret":   {[]byte("x"), body, at, "n1", good, signature.ErrWrong},
		"another body":     {secret, []byte(`{"a":2}`), at, "n1", good, signature.ErrWrong},
		"another nonce":    {secret, body, at, "n2", good, signature.ErrWrong},
		"another time":     {secret, body, old, "n1", good, signature.ErrWrong},
		"no signature":     {secret, body, at, "n1", "", signature.ErrWrong},
		"not hexadecimal":  {secret, body, at, "n1", "zz", signature.ErrWrong},
		"signed long ago":  {secret, body, old, "n1", signature.Of(secret, old, "n1", body), signature.ErrTime},
		"without a time":   {secret, body, "", "n1", signature.Of(secret, "", "n1", body), signature.ErrTime},
		"without a nonce":  {secret, body, at, "", signature.Of(secret, at, "", body), signature.ErrNonce},
		"borders moved":    {secret, []byte("1\n" + string(body)), at, "n", signature.Of(secret, at, "n\n1", body), signature.ErrWrong},
		"a nonce of lines": {secret, body, at, "n\n1", signature.Of(secret, at, "n\n1", body), signature.ErrNonce},
	} {
		if err := signature.Check(c.secret, c.at, c.nonce, c.signature, c.body, now); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}

package unionpay

import (
	"encoding/hex"
	"encoding/json"
	"testing"
)

// TestDigest holds what is signed to a text that was put together by hand: sorted, empty values kept, null not.
func TestDigest(t *testing.T) {
	m, ok := readMessage([]byte(`{"b":"2","a":"","c":null,"signature":"x","n":10}`))
	if !ok || len(m) != 4 {
		t.Fatalf("read as %v", m)
	}
	// printf 'a=&b=2&n=10' | sha256sum, and of that text once more
	const want = "035a3c5ab56e39660bd237ffcab5beb800cd4da1b999d5e175c5fe69b78bdf0b"
	if got := hex.EncodeToString(m.digest()); got != want {
		t.Errorf("digest %s, want %s", got, want)
	}
}

// FuzzReadMessage holds that whatever is read can be written and read again as the same.
func FuzzReadMessage(f *testing.F) {
	for _, text := range []string{`{}`, `{"a":"1","b":2}`, `{"a":null}`, `{"a":[1]}`, `[]`, `{"a":"\u0000"}`, `{"a":1e9} x`, `{"a":-1}`} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		m, ok := readMessage(text)
		if !ok {
			return
		}
		again, ok := readMessage(m.text())
		if !ok || string(again.digest()) != string(m.digest()) || !json.Valid(m.text()) {
			t.Errorf("%q is read as %v and again as %v", text, m, again)
		}
		m.fen("a")
	})
}

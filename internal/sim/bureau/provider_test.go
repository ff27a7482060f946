package bureau_test

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/yifen-pay/yifen/internal/sim/bureau"
)

func start(t *testing.T, c bureau.Config) *bureau.Provider {
	t.Helper()
	p, err := bureau.Start(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Close() })
	return p
}

// ask sends a question with heads of its own choosing and returns the answer.
func ask(t *testing.T, p *bureau.Provider, body, client, key, nonce string, at time.Time) (int, string) {
	t.Helper()
	stamp := fmt.Sprint(at.Unix())
	h := hmac.New(sha256.New, []byte(key))
	fmt.Fprintf(h, "POST\n/v1/checks\n%s\n%s\n%x", stamp, nonce, sha256.Sum256([]byte(body)))
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+p.Addr().String()+"/v1/checks", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range map[string]string{
		"Client": client, "Timestamp": stamp, "Nonce": nonce, "Signature": hex.EncodeToString(h.Sum(nil)),
	} {
		r.Header.Set("Bureau-"+name, value)
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(text)
}

const question = `{"id":"q1","kind":"real_name","name":"张三","number":"440305198802023018"}`

func nonce(n int) string { return fmt.Sprintf("%032x", n) }

func TestProvider_refuses(t *testing.T) {
	p := start(t, bureau.Config{})
	for i, c := range []struct {
		name, body, client, key, nonce string
		at                             time.Time
		want                           int
	}{
		{"a good one", question, bureau.DemoClient, bureau.DemoKey, nonce(1), time.Now(), 200},
		{"its nonce again", question, bureau.DemoClient, bureau.DemoKey, nonce(1), time.Now(), 401},
		{"another under its number", strings.Replace(question, "张三", "李四", 1), bureau.DemoClient, bureau.DemoKey, nonce(2), time.Now(), 409},
		{"another key", question, bureau.DemoClient, "x", nonce(3), time.Now(), 401},
		{"another client", question, "somebody", bureau.DemoKey, nonce(4), time.Now(), 401},
		{"an old one", question, bureau.DemoClient, bureau.DemoKey, nonce(5), time.Now().Add(-6 * time.Minute), 401},
		{"one of tomorrow", question, bureau.DemoClient, bureau.DemoKey, nonce(6), time.Now().Add(6 * time.Minute), 401},
		{"a short nonce", question, bureau.DemoClient, bureau.DemoKey, "00", time.Now(), 401},
		{"no question", `{"id":""}`, bureau.DemoClient, bureau.DemoKey, nonce(7), time.Now(), 400},
		{"no text", `{`, bureau.DemoClient, bureau.DemoKey, nonce(8), time.Now(), 400},
		{"an unknown kind", strings.Replace(question, "q1", "q9", 1), bureau.DemoClient, bureau.DemoKey, nonce(9), time.Now(), 200},
	} {
		if got, text := ask(t, p, c.body, c.client, c.key, c.nonce, c.at); got != c.want {
			t.Errorf("%d, %s: %d %s, want %d", i, c.name, got, text, c.want)
		}
	}
	if s := p.Stats(); s.Signatures != 4 || s.Replays != 1 || s.Malformed != 3 || s.Answered != 2 {
		t.Errorf("%+v", s)
	}
}

// The books answer after a restart as before it, and hold no name and no number.
func TestProvider_keepsItsBooks(t *testing.T) {
	dir := t.TempDir()
	p := start(t, bureau.Config{Dir: dir})
	_, before := ask(t, p, question, bureau.DemoClient, bureau.DemoKey, nonce(1), time.Now())
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	p = start(t, bureau.Config{Dir: dir, People: []bureau.Person{{Name: "李四", Number: "440305198802023018"}}})
	if status, after := ask(t, p, question, bureau.DemoClient, bureau.DemoKey, nonce(2), time.Now()); status != 200 || after != before {
		t.Errorf("%q, then %d %q", before, status, after)
	}
	raw, err := os.ReadFile(filepath.Join(dir, "bureau.jsonl"))
	if err != nil || len(raw) == 0 || bytes.Contains(raw, []byte("张三")) || bytes.Contains(raw, []byte("440305198802023018")) {
		t.Errorf("the books: %s, %v", raw, err)
	}
}

func TestProvider_page(t *testing.T) {
	p := start(t, bureau.Config{})
	ask(t, p, question, bureau.DemoClient, bureau.DemoKey, nonce(1), time.Now())
	w := httptest.NewRecorder()
	p.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/", nil))
	if w.Code != 200 || !strings.Contains(w.Body.String(), "q1") || strings.Contains(w.Body.String(), "440305198802023018") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	w = httptest.NewRecorder()
	r := httptest.NewRequest(http.MethodPost, "/faults", strings.NewReader("kind=decline&rate=1"))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	p.Handler().ServeHTTP(w, r)
	if status, _ := ask(t, p, strings.Replace(question, "q1", "q2", 1), bureau.DemoClient, bureau.DemoKey, nonce(2), time.Now()); w.Code != http.StatusSeeOther || status != 429 {
		t.Errorf("%d, then %d", w.Code, status)
	}
}

func TestStart_refuses(t *testing.T) {
	for name, c := range map[string]bureau.Config{
		"an open door": {Addr: "0.0.0.0:0"},
		"a short key":  {Clients: map[string]string{"c": "short"}},
	} {
		if p, err := bureau.Start(c); err == nil {
			p.Close()
			t.Errorf("%s is taken", name)
		}
	}
}

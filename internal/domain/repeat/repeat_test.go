package repeat_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/yifen-pay/yifen/internal/domain/repeat"
	"github.com/yifen-pay/yifen/internal/store/storetest"
)

func TestService_aRequestCountsOnce(t *testing.T) {
	ctx := t.Context()
	now := time.Date(2026, 11, 20, 10, 0, 0, 0, time.UTC)
	s := repeat.NewService(storetest.Embedded(t), func() time.Time { return now })
	begin := func(key, body string) (repeat.Request, bool, error) {
		return s.Begin(ctx, "usr_1", "POST /v1/x", key, []byte(body))
	}
	want := func(what string, err, target error) {
		t.Helper()
		if !errors.Is(err, target) {
			t.Errorf("%s: %v, want %v", what, err, target)
		}
	}
	r, answered, err := begin("k", "body")
	if err != nil || answered {
		t.Fatalf("the first arrival: %t, %v", answered, err)
	}
	_, _, err = begin("k", "body")
	want("while it runs", err, repeat.ErrRunning)
	_, _, err = begin("k", "other")
	want("another body", err, repeat.ErrMismatch)
	if _, _, err := s.Begin(ctx, "usr_2", "POST /v1/x", "k", []byte("other")); err != nil {
		t.Errorf("another caller has keys of its own: %v", err)
	}
	if err := s.Release(ctx, r); err != nil {
		t.Fatal(err)
	}
	if r, answered, err = begin("k", "body"); err != nil || answered {
		t.Fatalf("after nothing happened: %t, %v", answered, err)
	}
	if err := s.Finish(ctx, r, 201, "application/json", []byte(`{"a":1}`), true); err != nil {
		t.Fatal(err)
	}
	if r, answered, err = begin("k", "body"); err != nil || !answered || r.Status != 201 || string(r.Answer) != `{"a":1}` {
		t.Errorf("after it was answered: %+v, %t, %v", r, answered, err)
	}

	// What shows a secret is not kept, and what is too long neither.
	for key, answer := range map[string]string{"secret": "s", "long": strings.Repeat("x", 64<<10+1)} {
		r, _, err := begin(key, "")
		if err == nil {
			err = s.Finish(ctx, r, 200, "text/plain", []byte(answer), key != "secret")
		}
		if err != nil {
			t.Fatal(err)
		}
		_, _, err = begin(key, "")
		want("repeated "+key, err, repeat.ErrAnswered)
	}

	// A crash leaves it running; nobody knows what it did.
	if _, _, err := begin("cut off", ""); err != nil {
		t.Fatal(err)
	}
	now = now.Add(2 * time.Minute)
	_, _, err = begin("cut off", "")
	want("after a crash", err, repeat.ErrUnknown)
	now = now.Add(25 * time.Hour)
	if _, answered, err := begin("k", "other"); err != nil || answered {
		t.Errorf("a day later the key is free: %t, %v", answered, err)
	}

	for key, target := range map[string]error{"": repeat.ErrMissing, strings.Repeat("k", 256): repeat.ErrKey, "a\nb": repeat.ErrKey, "钥": repeat.ErrKey} {
		_, _, err := begin(key, "")
		want("key "+key, err, target)
	}
}

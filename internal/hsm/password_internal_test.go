package hsm

import (
	"context"
	"encoding/hex"
	"errors"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/crypto/argon2"

	"github.com/yifen-pay/yifen/internal/domain/fault"
)

// light keeps the tests fast; the parser takes it like any other.
var light = PasswordCost{Memory: 64, Passes: 1, Threads: 1}

func TestPasswords(t *testing.T) {
	ctx := t.Context()
	p := NewPasswords(light)
	for _, word := range []string{"correct horse", "密码密码密码密码", "", strings.Repeat("x", 5000)} {
		hash, err := p.Hash(ctx, word)
		if err != nil || !strings.HasPrefix(hash, "$argon2id$v=19$m=64,t=1,p=1$") {
			t.Fatalf("the hash is %q, %v", hash, err)
		}
		if ok, outdated, err := p.Verify(ctx, hash, word); !ok || outdated || err != nil {
			t.Errorf("the password of its hash: %t, %t, %v", ok, outdated, err)
		}
		if ok, _, err := p.Verify(ctx, hash, "x"+word[:min(len(word), 900)]); ok || err != nil {
			t.Errorf("another password: %t, %v", ok, err)
		}
		again, err := p.Hash(ctx, word)
		if err != nil || again == hash {
			t.Errorf("two hashes of one password are alike: %v", err)
		}
	}
}

// The vector of the reference implementation of argon2 (its test.c: version 0x13, t = 2, m = 2^8, p = 1).
func TestPasswords_knowsTheReference(t *testing.T) {
	const hash = "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4"
	if ok, outdated, err := NewPasswords(DefaultPasswordCost).Verify(t.Context(), hash, "password"); !ok || !outdated || err != nil {
		t.Errorf("the reference's hash: %t, outdated %t, %v: %s", ok, outdated, err,
			hex.EncodeToString(argon2.IDKey([]byte("password"), []byte("somesalt"), 2, 256, 1, 32)))
	}
}

func TestPasswords_tellsWhatIsOutdated(t *testing.T) {
	ctx := t.Context()
	hash, err := NewPasswords(light).Hash(ctx, "word")
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		cost PasswordCost
		want bool
	}{
		"the same":    {light, false},
		"more memory": {PasswordCost{128, 1, 1}, true},
		"more passes": {PasswordCost{64, 2, 1}, true},
		"less":        {PasswordCost{32, 1, 1}, false},
	} {
		if ok, outdated, err := NewPasswords(test.cost).Verify(ctx, hash, "word"); !ok || err != nil || outdated != test.want {
			t.Errorf("%s: %t, outdated %t, %v", name, ok, outdated, err)
		}
	}
}

// A hash in the records that asks for gigabytes, for hours or for nothing fits no password and costs nothing.
func TestPasswords_hostileHashes(t *testing.T) {
	p := NewPasswords(light)
	const salt, sum = "c29tZXNhbHQ", "nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4"
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for _, hash := range []string{
		"", "$", "$$$$$", "plain", "$argon2id$v=19$m=64,t=1,p=1$$", "$argon2id$v=19$m=64,t=1,p=1$" + salt,
		"$argon2id$v=19$m=4294967295,t=1,p=1$" + salt + "$" + sum,
		"$argon2id$v=19$m=99999999999,t=1,p=1$" + salt + "$" + sum,
		"$argon2id$v=19$m=262145,t=1,p=1$" + salt + "$" + sum,
		"$argon2id$v=19$m=64,t=4294967295,p=1$" + salt + "$" + sum,
		"$argon2id$v=19$m=64,t=17,p=1$" + salt + "$" + sum,
		"$argon2id$v=19$m=64,t=1,p=255$" + salt + "$" + sum,
		"$argon2id$v=19$m=64,t=0,p=1$" + salt + "$" + sum,
		"$argon2id$v=19$m=0,t=1,p=1$" + salt + "$" + sum,
		"$argon2id$v=19$m=64,t=1,p=0$" + salt + "$" + sum,
		"$argon2id$v=19$m=7,t=1,p=1$" + salt + "$" + sum,
		"$argon2id$v=19$m=064,t=1,p=1$" + salt + "$" + sum,
		"$argon2id$v=19$m=+64,t=1,p=1$" + salt + "$" + sum,
		"$argon2id$v=19$m=-64,t=1,p=1$" + salt + "$" + sum,
		"$argon2id$v=19$t=1,m=64,p=1$" + salt + "$" + sum,
		"$argon2id$v=19$m=64,t=1,p=1,x=1$" + salt + "$" + sum,
		"$argon2id$v=16$m=64,t=1,p=1$" + salt + "$" + sum,
		"$argon2i$v=19$m=64,t=1,p=1$" + salt + "$" + sum,
		"$argon2id$v=19$m=64,t=1,p=1$c29t$" + sum,
		"$argon2id$v=19$m=64,t=1,p=1$" + salt + "$AAAA",
		"$argon2id$v=19$m=64,t=1,p=1$!!!!!!!!!!!$" + sum,
		"$argon2id$v=19$m=64,t=1,p=1$" + salt + "$" + strings.Repeat("A", 400),
	} {
		if ok, outdated, err := p.Verify(t.Context(), hash, "password"); ok || outdated || err != nil {
			t.Errorf("%q: %t, %t, %v", hash, ok, outdated, err)
		}
	}
	runtime.ReadMemStats(&after)
	if used := after.TotalAlloc - before.TotalAlloc; used > 1<<20 {
		t.Errorf("reading them took %d bytes", used)
	}
}

// Log-ins that find no worker are told so after a bounded wait, and a caller that gives up waits no longer.
func TestPasswords_workersAreBounded(t *testing.T) {
	p := NewPasswords(light)
	p.wait = time.Millisecond
	for range cap(p.workers) {
		p.workers <- struct{}{}
	}
	_, err := p.Hash(t.Context(), "word")
	if fault.KindOf(err) != fault.Unavailable {
		t.Errorf("with all workers busy: %v", err)
	}
	p.wait = time.Hour
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := p.Verify(gone, passwordHash{cost: light, salt: make([]byte, 16), sum: make([]byte, 32)}.String(), "word"); !errors.Is(err, context.Canceled) {
		t.Errorf("a caller that gave up: %v", err)
	}
	for range cap(p.workers) {
		<-p.workers
	}
	var wait sync.WaitGroup
	for range 50 {
		wait.Go(func() {
			if _, err := p.Hash(t.Context(), "word"); err != nil {
				t.Error(err)
			}
		})
	}
	wait.Wait()
	if len(p.workers) != 0 {
		t.Errorf("%d workers never came back", len(p.workers))
	}
}

func FuzzParsePasswordHash(f *testing.F) {
	f.Add("$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4")
	f.Add("$argon2id$v=19$m=4294967295,t=1,p=1$c29tZXNhbHQ$")
	f.Fuzz(func(t *testing.T, text string) {
		h, ok := parsePasswordHash(text)
		if !ok {
			return
		}
		if h.String() != text {
			t.Errorf("%q is written as %q", text, h)
		}
		if h.cost.Memory > passwordMemoryMax || h.cost.Passes > passwordPassesMax || h.cost.Threads > passwordThreadsMax {
			t.Errorf("%q asks for too much", text)
		}
	})
}

func BenchmarkPasswords(b *testing.B) {
	p := NewPasswords(DefaultPasswordCost)
	for b.Loop() {
		if _, err := p.Hash(b.Context(), "correct horse"); err != nil {
			b.Fatal(err)
		}
	}
}

package hsm

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"runtime"
	"strconv"
	"strings"
	"time"

	"golang.org/x/crypto/argon2"

	"github.com/yifen-pay/yifen/internal/domain/access"
	"github.com/yifen-pay/yifen/internal/domain/fault"
)

// PasswordCost is how much work argon2id (RFC 9106) puts into a hash: memory in KiB, passes over it, and lanes.
type PasswordCost struct {
	Memory  uint32
	Passes  uint32
	Threads uint8
}

// DefaultPasswordCost takes about 80 ms of one processor and 32 MiB. The floor that OWASP advises is 19 MiB and two
// passes.
var DefaultPasswordCost = PasswordCost{Memory: 32 << 10, Passes: 3, Threads: 1}

// What a stored hash may ask for: more than we ever write, and no more than a machine can give, since a hash that
// was tampered with must not take the memory from payments.
const (
	passwordMemoryMax  = 256 << 10 // KiB
	passwordPassesMax  = 16
	passwordThreadsMax = 4
	passwordTextMax    = 256 // characters of a hash
	passwordBytesMax   = 64  // of salt and of hash
	passwordBytesMin   = 8
	passwordSaltSize   = 16
	passwordHashSize   = 32
	passwordInputMax   = 1024 // bytes of a password
)

// passwordWait is how long a log-in waits for a worker before it is told to come back.
const passwordWait = 3 * time.Second

// ErrPasswordBusy is the refusal of a log-in when too many wait.
var ErrPasswordBusy = fault.New(fault.Unavailable, "log_in_busy", "too many people are logging in at this moment: try again in a few seconds")

// Passwords hashes passwords with argon2id. Half of the processors at most work on it, so that a storm of log-ins
// leaves the rest to payments; the memory is bounded with them.
type Passwords struct {
	cost    PasswordCost
	workers chan struct{}
	wait    time.Duration
}

var _ access.Hasher = (*Passwords)(nil)

// NewPasswords returns a hasher that writes hashes of a cost.
func NewPasswords(cost PasswordCost) *Passwords {
	return &Passwords{cost: cost, workers: make(chan struct{}, max(1, runtime.GOMAXPROCS(0)/2)), wait: passwordWait}
}

// Hash implements access.Hasher.
func (p *Passwords) Hash(ctx context.Context, password string) (string, error) {
	h := passwordHash{cost: p.cost, salt: make([]byte, passwordSaltSize)}
	rand.Read(h.salt)
	sum, err := p.work(ctx, h, password, passwordHashSize)
	h.sum = sum
	return h.String(), err
}

// Verify implements access.Hasher.
func (p *Passwords) Verify(ctx context.Context, hash, password string) (ok, outdated bool, err error) {
	h, readable := parsePasswordHash(hash)
	if !readable {
		return false, false, nil
	}
	sum, err := p.work(ctx, h, password, uint32(len(h.sum)))
	if err != nil {
		return false, false, err
	}
	weaker := h.cost.Memory < p.cost.Memory || h.cost.Passes < p.cost.Passes || len(h.sum) < passwordHashSize || len(h.salt) < passwordSaltSize
	return subtle.ConstantTimeCompare(sum, h.sum) == 1, weaker, nil
}

// work computes a hash when a worker is free.
func (p *Passwords) work(ctx context.Context, h passwordHash, password string, size uint32) ([]byte, error) {
	if len(password) > passwordInputMax {
		password = password[:passwordInputMax] // nobody's: what may be set is shorter
	}
	late := time.NewTimer(p.wait)
	defer late.Stop()
	select {
	case p.workers <- struct{}{}:
	case <-late.C:
		return nil, ErrPasswordBusy
	case <-ctx.Done():
		return nil, ErrPasswordBusy.Because(ctx.Err())
	}
	defer func() { <-p.workers }()
	return argon2.IDKey([]byte(password), h.salt, h.cost.Passes, h.cost.Memory, h.cost.Threads, size), nil
}

// passwordHash is a hash in parts. It is written as a PHC string: $argon2id$v=19$m=32768,t=3,p=1$salt$hash.
type passwordHash struct {
	cost      PasswordCost
	salt, sum []byte
}

// String writes the hash.
func (h passwordHash) String() string {
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, h.cost.Memory, h.cost.Passes, h.cost.Threads,
		base64.RawStdEncoding.EncodeToString(h.salt), base64.RawStdEncoding.EncodeToString(h.sum))
}

// parsePasswordHash reads a hash and refuses one that asks for more than is given.
func parsePasswordHash(text string) (h passwordHash, ok bool) {
	if len(text) > passwordTextMax {
		return h, false
	}
	parts := strings.Split(text, "$")
	if len(parts) != 6 || parts[0] != "" || parts[1] != "argon2id" ||
		parts[2] != "v="+strconv.Itoa(argon2.Version) {
		return h, false
	}
	cost := strings.Split(parts[3], ",")
	if len(cost) != 3 {
		return h, false
	}
	memory, okMemory := parsePasswordCost(cost[0], "m=", passwordMemoryMax)
	passes, okPasses := parsePasswordCost(cost[1], "t=", passwordPassesMax)
	threads, okThreads := parsePasswordCost(cost[2], "p=", passwordThreadsMax)
	if !okMemory || !okPasses || !okThreads || memory < 8*threads {
		return h, false
	}
	h.cost = PasswordCost{memory, passes, uint8(threads)}
	for i, into := range []*[]byte{&h.salt, &h.sum} {
		b, err := base64.RawStdEncoding.Strict().DecodeString(parts[4+i])
		if err != nil || len(b) < passwordBytesMin || len(b) > passwordBytesMax || strings.ContainsAny(parts[4+i], "\r\n") {
			return h, false
		}
		*into = b
	}
	return h, true
}

// parsePasswordCost reads one figure of a hash, from 1 to most, written in one way only.
func parsePasswordCost(text, name string, most uint32) (uint32, bool) {
	digits, named := strings.CutPrefix(text, name)
	n, err := strconv.ParseUint(digits, 10, 32)
	return uint32(n), named && err == nil && n >= 1 && uint32(n) <= most && strconv.FormatUint(n, 10) == digits
}

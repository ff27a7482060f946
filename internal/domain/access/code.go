package access

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"fmt"
	"io"
	"time"

	"github.com/yifen-pay/yifen/internal/domain/calendar"
	"github.com/yifen-pay/yifen/internal/domain/id"
	"github.com/yifen-pay/yifen/internal/domain/step"
)

// CodeTable is where verification codes lie.
const CodeTable step.Table = "verification_code"

const codePrefix = "cod_"

// Purpose says what a verification code is for.
type Purpose string

// The purposes.
const (
	ForRegister Purpose = "register"
	ForReset    Purpose = "reset"
	ForName     Purpose = "name" // another telephone number or e-mail address of an account
)

// Code is a verification code that was sent to a log-in name, hashed. Its id is given to who asked for it, and
// only there the code is worth something: a code that somebody else asked for does not help him.
type Code struct {
	ID        string
	Bucket    id.Bucket
	Purpose   Purpose
	Target    Name
	Account   string // whose code it is; empty when it was sent to nobody's name
	Salt      []byte
	Hash      []byte
	Tries     int64
	ExpiresAt calendar.Instant
	UsedAt    calendar.Instant
	CreatedAt calendar.Instant
}

// Key returns the row's key.
func (c Code) Key() step.Key { return CodeKey(c.ID) }

// CodeKey names a code.
func CodeKey(code string) step.Key {
	b, err := id.BucketOf(code)
	if err != nil {
		b = 0
	}
	return step.Key{Table: CodeTable, Bucket: b, ID: code}
}

const (
	codeLife     = 10 * time.Minute
	codeTriesMax = 5
)

// newCode makes a code and its six digits.
func (s *Service) newCode(p Purpose, target Name, account string, now calendar.Instant) (Code, string) {
	c := Code{
		ID: s.ids.NewRoot(codePrefix), Purpose: p, Target: target, Account: account, Salt: s.draw(16),
		ExpiresAt: now.Add(codeLife), CreatedAt: now,
	}
	c.Bucket = id.MustBucket(c.ID)
	digits := s.digits(6)
	c.Hash = c.digest(digits)
	return c, digits
}

func (c Code) digest(digits string) []byte {
	h := sha256.New()
	h.Write(c.Salt)
	io.WriteString(h, string(c.Purpose)+"\x00"+string(c.Target)+"\x00"+c.Account+"\x00"+digits)
	return h.Sum(nil)
}

// use takes one try. The row is to be put whatever the answer is.
func (c *Code) use(p Purpose, digits string, now calendar.Instant) bool {
	if c.Purpose != p || c.UsedAt != 0 || now >= c.ExpiresAt || c.Tries >= codeTriesMax {
		return false
	}
	c.Tries++
	if subtle.ConstantTimeCompare(c.digest(digits), c.Hash) != 1 || c.Account == "" {
		return false
	}
	c.UsedAt = now
	return true
}

// digits draws n decimal digits, each as likely as the others.
func (s *Service) digits(n int) string {
	out := make([]byte, 0, n)
	for len(out) < n {
		if b := s.draw(1)[0]; b < 250 {
			out = append(out, '0'+b%10)
		}
	}
	return string(out)
}

// draw returns random bytes. It panics when the source of chance fails: nothing may be made without it.
func (s *Service) draw(n int) []byte {
	b := make([]byte, n)
	if _, err := io.ReadFull(s.chance, b); err != nil {
		panic(fmt.Sprintf("access: no chance: %v", err))
	}
	return b
}

// Message is something to tell a person under a log-in name.
type Message struct {
	To   Name
	Kind string // "register_code", "reset_code", "name_code", "registered_already", "reset_unknown", "invitation", "agent_person", "password_changed"
	Lang string
	Code string            // what proves that the message was read, where the kind has one
	Args map[string]string // for the text: "merchant", "invitation", "agent", "login"
}

// Messenger hands messages to a courier.
type Messenger interface {
	// Send returns when the message is accepted for delivery; it does not wait for the delivery, whose time
	// would tell one name from another.
	Send(ctx context.Context, m Message) error
}

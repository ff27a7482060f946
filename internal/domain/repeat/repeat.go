// Package repeat makes a request that is sent twice count once.
//
// A program that got no answer sends its request again under the same key (draft-ietf-httpapi-idempotency-key-header).
// The first arrival writes a [Request] down before anything is done, and its answer afterwards:
//
//	          finish (an answer that stands)
//	running ─────────────────────────────────▶ done: the same request gets the same answer
//	   │  ▲
//	   │  └── the same request again: it runs anew
//	   └──────▶ free: nothing happened (busy, not available)
//
// A request that is still running after its lease was cut off by a crash: whether its effect was stored, nobody here knows, and that is
// what its sender is told.
//
// Invariants:
//   - one key of one caller stands for one request; another body under it is refused;
//   - an answer that must not be kept, such as one that shows a secret, is not: its repetition is told that it was answered.
package repeat

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"time"

	"github.com/yifen-pay/yifen/internal/domain/calendar"
	"github.com/yifen-pay/yifen/internal/domain/fault"
	"github.com/yifen-pay/yifen/internal/domain/id"
	"github.com/yifen-pay/yifen/internal/domain/step"
)

// Table is where requests lie.
const Table step.Table = "repeat"

const (
	lease   = time.Minute    // for how long a request may run
	life    = 24 * time.Hour // for how long an answer is kept at least
	bodyMax = 64 << 10       // bytes of an answer that are kept
)

// KeyMax is the most characters of a key.
const KeyMax = 255

// State is how far a request came.
type State string

// The states.
const (
	Running State = "running"
	Done    State = "done"
	Free    State = "free"
)

// Request is one request under its key.
type Request struct {
	ID     string // hash of caller, route and key
	Bucket id.Bucket
	Digest []byte // of the body
	State  State
	Status int
	Type   string // media type of the answer
	Answer []byte
	Kept   bool // Answer is the answer
	At     calendar.Instant
}

// Key returns the row's key.
func (r Request) Key() step.Key { return step.Key{Table: Table, Bucket: r.Bucket, ID: r.ID} }

// Refusals.
var (
	ErrMissing  = fault.New(fault.Invalid, "idempotency_key_missing", "send an Idempotency-Key header: a text of your choice, new for each intent, the same for each repetition")
	ErrKey      = fault.New(fault.Invalid, "idempotency_key_invalid", "the Idempotency-Key is 1 to 255 printable ASCII characters")
	ErrMismatch = fault.New(fault.Invalid, "idempotency_key_reused", "another request was sent under this Idempotency-Key")
	ErrRunning  = fault.New(fault.Conflict, "request_running", "this request is still being worked on: ask again in a moment")
	ErrAnswered = fault.New(fault.Conflict, "request_answered", "this request was answered before, and its answer is not kept: look what it left")
	ErrUnknown  = fault.New(fault.Unknown, "request_unknown", "this request was cut off: look whether its effect is there before you send it under another key")
)

// Service keeps requests.
type Service struct {
	gate step.Gate
	now  func() time.Time
}

// NewService returns a service.
func NewService(gate step.Gate, now func() time.Time) *Service { return &Service{gate, now} }

// Begin writes down that caller asks for route under key. When the request was answered before, it returns the
// answer and true.
func (s *Service) Begin(ctx context.Context, caller, route, key string, body []byte) (r Request, answered bool, err error) {
	if err := check(key); err != nil {
		return r, false, err
	}
	name := sha256.Sum256([]byte(caller + "\x00" + route + "\x00" + key))
	digest := sha256.Sum256(body)
	r = Request{ID: hex.EncodeToString(name[:]), Digest: digest[:], State: Running, At: calendar.At(s.now())}
	r.Bucket = id.Of(r.ID)
	fresh := r
	err = s.gate.Do(ctx, step.Step{
		Name: "repeat.begin", Class: step.Sale, Keys: []step.Key{fresh.Key()},
		Run: func(v step.View) error {
			r, answered = fresh, false
			old, found, err := step.Get[Request](v, fresh.Key())
			if err != nil {
				return err
			}
			if found && old.State != Free && fresh.At.Sub(old.At) < life {
				if !bytes.Equal(old.Digest, fresh.Digest) {
					return ErrMismatch
				}
				return s.again(old, fresh.At, &r, &answered)
			}
			v.Put(fresh)
			return nil
		},
	})
	return r, answered, err
}

// again says what becomes of a request that is known.
func (s *Service) again(old Request, now calendar.Instant, r *Request, answered *bool) error {
	switch {
	case old.State == Done && old.Kept:
		*r, *answered = old, true
		return nil
	case old.State == Done:
		return ErrAnswered
	case now.Sub(old.At) < lease:
		return ErrRunning
	}
	return ErrUnknown
}

func check(key string) error {
	if key == "" {
		return ErrMissing
	}
	if len(key) > KeyMax {
		return ErrKey
	}
	for i := range len(key) {
		if key[i] < ' ' || key[i] > '~' {
			return ErrKey
		}
	}
	return nil
}

// Finish writes the answer down; keep says whether it may be told again.
func (s *Service) Finish(ctx context.Context, r Request, status int, kind string, answer []byte, keep bool) error {
	r.State, r.Status, r.Type = Done, status, kind
	if keep && len(answer) <= bodyMax {
		r.Answer, r.Kept = answer, true
	}
	return s.put(ctx, "repeat.finish", r)
}

// Release says that nothing happened, so that the same request may run again.
func (s *Service) Release(ctx context.Context, r Request) error {
	r.State = Free
	return s.put(ctx, "repeat.release", r)
}

func (s *Service) put(ctx context.Context, name string, r Request) error {
	return s.gate.Do(ctx, step.Step{
		Name: name, Class: step.Outcome, Keys: []step.Key{r.Key()},
		Run: func(v step.View) error {
			if _, err := v.Get(r.Key()); err != nil {
				return err
			}
			v.Put(r)
			return nil
		},
	})
}

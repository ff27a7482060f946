package terminal

import (
	"context"
	"time"

	"github.com/yifen-pay/yifen/internal/domain/audit"
	"github.com/yifen-pay/yifen/internal/domain/calendar"
	"github.com/yifen-pay/yifen/internal/domain/id"
	"github.com/yifen-pay/yifen/internal/domain/listing"
	"github.com/yifen-pay/yifen/internal/domain/step"
)

// PresenceTable is where it is kept when terminals were last heard.
const PresenceTable step.Table = "terminal_presence"

// OnlineFor is how long after its last message a terminal counts as online: terminals send an echo every minute or two.
const OnlineFor = 5 * time.Minute

// The floors of the law: a terminal that sold nothing for so long is verified anew, and stopped.
const (
	VerifyAfter = 90 * 24 * time.Hour
	StopAfter   = 365 * 24 * time.Hour
)

// Presence is what is known of a terminal at work.
type Presence struct {
	Terminal string
	Bucket   id.Bucket
	Merchant string
	HeardAt  calendar.Instant // its last message
	TradedAt calendar.Instant // its last transaction that collected; at first, when it was activated
	Address  string           // network address of its last message
	Software string
	// VerifiedAt is when somebody last made sure that the terminal is where and whose it should be.
	VerifiedAt calendar.Instant
}

// Key returns the row's key.
func (p Presence) Key() step.Key { return PresenceKey(p.Terminal) }

// PresenceKey names the presence of a terminal.
func PresenceKey(terminal string) step.Key {
	return step.Key{Table: PresenceTable, Bucket: id.MustBucket(terminal), ID: terminal}
}

// Online tells whether the terminal was heard a moment ago.
func (p Presence) Online(now calendar.Instant) bool {
	return p.HeardAt != 0 && now.Sub(p.HeardAt) < OnlineFor
}

// Heard is a message of a terminal, as far as its presence is concerned.
type Heard struct {
	Address  string
	Software string // "" where the message does not say
	Traded   bool   // it collected
}

// Heard notes that a terminal was heard. Doors call it once a minute for a terminal at most.
func (s *Service) Heard(ctx context.Context, t Terminal, h Heard) error {
	now := calendar.At(s.now())
	return s.gate.Do(ctx, step.Step{
		Name: "terminal.heard", Class: step.Bulk, Keys: []step.Key{PresenceKey(t.ID)},
		Run: func(v step.View) error {
			p, found, err := step.Get[Presence](v, PresenceKey(t.ID))
			if err != nil {
				return err
			}
			if !found {
				p = Presence{Terminal: t.ID, Bucket: t.Bucket, TradedAt: now, VerifiedAt: now}
			}
			p.Merchant, p.HeardAt, p.Address = t.Merchant, now, h.Address
			if h.Software != "" {
				p.Software = h.Software
			}
			if h.Traded {
				p.TradedAt = now
			}
			v.Put(p)
			return nil
		},
	})
}

// Verify records that somebody made sure that a terminal is where and whose it should be. One that was suspended because nobody
// had works again.
func (s *Service) Verify(ctx context.Context, t Terminal, note, by string) (Terminal, error) {
	now, trail := calendar.At(s.now()), s.ids.New("aud_", t.Bucket)
	var changed Terminal
	err := s.gate.Do(ctx, step.Step{
		Name: "terminal.verify", Class: step.Staff, Keys: []step.Key{t.Key(), PresenceKey(t.ID)},
		Run: func(v step.View) error {
			row, err := step.Must[Terminal](v, t.Key(), ErrNotFound)
			if err != nil {
				return err
			}
			p, _, err := step.Get[Presence](v, PresenceKey(t.ID))
			if err != nil {
				return err
			}
			p.Terminal, p.Bucket, p.Merchant, p.VerifiedAt = row.ID, row.Bucket, row.Merchant, now
			v.Put(p)
			if row.State == Suspended && row.Reason == Unverified {
				if row.State, err = row.State.After(Resume); err != nil {
					return err
				}
				row.Reason = ""
				v.Put(row)
			}
			v.Put(audit.Record{
				ID: trail, Bucket: row.Bucket, Merchant: row.Merchant, At: now, Actor: by, Action: "terminal.verified", Subject: row.ID, Detail: note,
			})
			changed = row
			return nil
		},
	})
	return changed, err
}

// IdlePolicy says after how long without a transaction a terminal is suspended until it is verified, and stopped.
type IdlePolicy struct{ VerifyAfter, StopAfter time.Duration }

// Strict returns the policy within the floors of the law.
func (p IdlePolicy) Strict() IdlePolicy {
	bound := func(d, floor time.Duration) time.Duration {
		if d <= 0 || d > floor {
			return floor
		}
		return d
	}
	return IdlePolicy{bound(p.VerifyAfter, VerifyAfter), bound(p.StopAfter, StopAfter)}
}

// sweepSlice is how many idle terminals are looked at before others have their turn.
const sweepSlice = 100

// Sweep suspends terminals that have been idle for too long, and returns how many it did.
func (s *Service) Sweep(ctx context.Context, policy IdlePolicy) (suspended int, err error) {
	policy = policy.Strict()
	now := calendar.At(s.now())
	before := now.Add(-min(policy.VerifyAfter, policy.StopAfter))
	var after listing.Cursor
	for {
		list, err := s.store.IdleTerminals(ctx, before, after, sweepSlice)
		if err != nil || len(list) == 0 {
			return suspended, err
		}
		for _, p := range list {
			after = listing.Cursor{At: p.TradedAt, ID: p.Terminal}
			why := Reason("")
			switch idle := now.Sub(p.TradedAt); {
			case idle >= policy.StopAfter:
				why = Idle
			case idle >= policy.VerifyAfter && now.Sub(p.VerifiedAt) >= policy.VerifyAfter:
				why = Unverified
			}
			if why == "" {
				continue
			}
			t, found, err := step.Read[Terminal](ctx, s.store, Key(p.Terminal))
			if err != nil {
				return suspended, err
			}
			if !found || t.State != Active {
				continue
			}
			if _, err := s.Suspend(ctx, t, why, "no transaction since "+p.TradedAt.String(), "system"); err != nil {
				return suspended, err
			}
			suspended++
		}
	}
}

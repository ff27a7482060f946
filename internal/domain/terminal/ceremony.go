package terminal

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/yifen-pay/yifen/internal/domain/audit"
	"github.com/yifen-pay/yifen/internal/domain/calendar"
	"github.com/yifen-pay/yifen/internal/domain/fault"
	"github.com/yifen-pay/yifen/internal/domain/id"
	"github.com/yifen-pay/yifen/internal/domain/step"
)

// CeremonyTable is where master keys are put together from their components.
const CeremonyTable step.Table = "key_ceremony"

// CeremonyLife is how long the holders of components have to come: what they entered is erased then.
const CeremonyLife = 24 * time.Hour

// CeremonyState says how far a ceremony is.
type CeremonyState string

// The states: an open ceremony waits for components, a loaded one gave its terminal a key, a void one came to nothing.
const (
	CeremonyOpen   CeremonyState = "open"
	CeremonyLoaded CeremonyState = "loaded"
	CeremonyVoid   CeremonyState = "void"
)

// Entry is one component that its holder entered.
type Entry struct {
	By         string           `json:"by"` // as the trail writes it
	Name       string           `json:"name"`
	CheckValue string           `json:"check_value"` // of the component, in hexadecimal
	Sealed     []byte           `json:"sealed,omitempty"`
	At         calendar.Instant `json:"at"`
}

// Ceremony puts a terminal's master key together from two or three components, each of which another person holds and
// enters. A component lies sealed until the last one is there, and nowhere afterwards; nobody is shown one.
type Ceremony struct {
	Terminal   string
	Bucket     id.Bucket
	Algorithm  string // "3des" or "sm4"
	Parts      int64
	State      CeremonyState
	Entries    []Entry
	CheckValue string // of the key, once it is loaded
	By         string // who opened it
	At         calendar.Instant
	Until      calendar.Instant
}

// Key returns the row's key.
func (c Ceremony) Key() step.Key { return CeremonyKey(c.Terminal) }

// CeremonyKey names the ceremony of a terminal: it has one at a time.
func CeremonyKey(terminal string) step.Key {
	return step.Key{Table: CeremonyTable, Bucket: id.MustBucket(terminal), ID: terminal}
}

// StateAt returns the state at a moment: one whose time is over is void, whether or not somebody wrote it down.
func (c Ceremony) StateAt(now calendar.Instant) CeremonyState {
	if c.overdue(now) {
		return CeremonyVoid
	}
	return c.State
}

// overdue tells whether an open ceremony's time is over.
func (c Ceremony) overdue(now calendar.Instant) bool {
	return c.State == CeremonyOpen && now >= c.Until
}

// record is what a component is sealed for.
func (c Ceremony) record(by string) string {
	return fmt.Sprintf("%s/%s/%d/%s", CeremonyTable, c.Terminal, c.At, by)
}

// end ends the ceremony and forgets what was entered.
func (c *Ceremony) end(state CeremonyState) {
	c.State = state
	c.Entries = slices.Clone(c.Entries)
	for i := range c.Entries {
		c.Entries[i].Sealed = nil
	}
}

// Component is what one holder knows of a key.
type Component struct {
	Value, CheckValue []byte
}

// String says what it is and nothing of what it holds.
func (Component) String() string { return "key component" }

// GoString returns what String returns.
func (c Component) GoString() string { return c.String() }

// SealedComponent is a component at rest.
type SealedComponent struct {
	Sealed     []byte
	CheckValue string // in hexadecimal
	Record     string // that it is sealed for
}

// Refusals of ceremonies. A component that is not the one of its check value is refused by the [Vault].
var (
	ErrCeremony     = fault.New(fault.NotFound, "key_ceremony_not_found", "nobody has begun to load a key into this terminal, or the time for it is over: begin anew")
	ErrCeremonyOpen = fault.New(fault.Conflict, "key_ceremony_open", "a key is being loaded into this terminal: finish or cancel that first")
	ErrHolder       = fault.New(fault.Forbidden, "component_same_person", "you have entered a component of this key: another person enters the next")
	ErrParts        = fault.New(fault.Invalid, "key_parts", "a key has two or three components, and is of 3des or sm4")
)

// OpenCeremony begins to load a master key into a terminal.
func (s *Service) OpenCeremony(ctx context.Context, t Terminal, algorithm string, parts int64, by string) (Ceremony, error) {
	if parts < 2 || parts > 3 || algorithm != "3des" && algorithm != "sm4" {
		return Ceremony{}, ErrParts
	}
	now, trail := calendar.At(s.now()), s.ids.New("aud_", t.Bucket)
	c := Ceremony{
		Terminal: t.ID, Bucket: t.Bucket, Algorithm: algorithm, Parts: parts, State: CeremonyOpen, By: by, At: now, Until: now.Add(CeremonyLife),
	}
	return c, s.gate.Do(ctx, step.Step{
		Name: "key_ceremony.open", Class: step.Staff, Keys: []step.Key{t.Key(), c.Key()},
		Run: func(v step.View) error {
			row, err := step.Must[Terminal](v, t.Key(), ErrNotFound)
			if err != nil {
				return err
			}
			if err := row.takesKeys(); err != nil {
				return err
			}
			before, found, err := step.Get[Ceremony](v, c.Key())
			if err != nil {
				return err
			}
			if found && before.StateAt(now) == CeremonyOpen {
				return ErrCeremonyOpen
			}
			v.Put(c)
			v.Put(audit.Record{
				ID: trail, Bucket: row.Bucket, Merchant: row.Merchant, At: now, Actor: by, Action: "key_ceremony.opened", Subject: row.ID,
				Detail: fmt.Sprintf("%s, %d components", algorithm, parts),
			})
			return nil
		},
	})
}

// takesKeys refuses a terminal that will never work again.
func (t Terminal) takesKeys() error {
	if t.State == Retired {
		return ErrState.With("a terminal that is retired takes no key")
	}
	return nil
}

// EnterComponent takes a component from its holder. The last one makes the key, which the terminal works with from then
// on; it signs in anew.
func (s *Service) EnterComponent(ctx context.Context, t Terminal, part Component, by, name string) (Ceremony, error) {
	seen, found, err := step.Read[Ceremony](ctx, s.store, CeremonyKey(t.ID))
	now := calendar.At(s.now())
	switch {
	case err != nil:
		return Ceremony{}, err
	case !found || seen.StateAt(now) != CeremonyOpen:
		return Ceremony{}, ErrCeremony
	case slices.ContainsFunc(seen.Entries, func(e Entry) bool { return e.By == by }):
		return Ceremony{}, ErrHolder
	}
	sealed, err := s.vault.SealComponent(seen.Algorithm, part, seen.record(by))
	if err != nil {
		return Ceremony{}, err
	}
	next := seen
	next.Entries = append(slices.Clone(seen.Entries), Entry{By: by, Name: name, CheckValue: fmt.Sprintf("%X", part.CheckValue), Sealed: sealed, At: now})
	var wrapped []byte
	if last := int64(len(next.Entries)) == next.Parts; last {
		var all []SealedComponent
		for _, e := range next.Entries {
			all = append(all, SealedComponent{e.Sealed, e.CheckValue, next.record(e.By)})
		}
		var check []byte
		if wrapped, check, err = s.vault.CombineComponents(next.Algorithm, all); err != nil {
			return Ceremony{}, err
		}
		next.CheckValue = fmt.Sprintf("%X", check)
		next.end(CeremonyLoaded)
	}
	return next, s.advance(ctx, t, seen, next, wrapped)
}

// advance writes a component down, and with the last one the key.
func (s *Service) advance(ctx context.Context, t Terminal, seen, next Ceremony, wrapped []byte) error {
	now, trail, loaded := calendar.At(s.now()), s.ids.New("aud_", t.Bucket), s.ids.New("aud_", t.Bucket)
	entered := next.Entries[len(next.Entries)-1]
	return s.gate.Do(ctx, step.Step{
		Name: "key_ceremony.enter", Class: step.Staff, Keys: []step.Key{t.Key(), seen.Key(), KeyDeliveryKey(t.ID)},
		Run: func(v step.View) error {
			row, err := step.Must[Terminal](v, t.Key(), ErrNotFound)
			if err != nil {
				return err
			}
			before, err := step.Must[Ceremony](v, seen.Key(), ErrCeremony)
			switch {
			case err != nil:
				return err
			case before.At != seen.At || before.StateAt(now) != CeremonyOpen:
				return ErrCeremony
			case len(before.Entries) != len(seen.Entries):
				return ErrStale.With("another component was entered in the same moment: enter yours again")
			}
			if err := row.takesKeys(); err != nil {
				return err
			}
			v.Put(next)
			v.Put(audit.Record{
				ID: trail, Bucket: row.Bucket, Merchant: row.Merchant, At: now, Actor: entered.By, Action: "key_ceremony.entered", Subject: row.ID,
				Detail: fmt.Sprintf("component %d of %d, check value %s", len(next.Entries), next.Parts, entered.CheckValue),
			})
			if next.State != CeremonyLoaded {
				return nil
			}
			delivery, found, err := step.Get[KeyDelivery](v, KeyDeliveryKey(t.ID))
			if err != nil {
				return err
			}
			if found {
				delivery.void(v)
			}
			row.takeMaster(wrapped, next.Algorithm)
			v.Put(row)
			v.Put(audit.Record{
				ID: loaded, Bucket: row.Bucket, Merchant: row.Merchant, At: now, Actor: entered.By, Action: "terminal.key_loaded", Subject: row.ID,
				Detail: fmt.Sprintf("%s of components of %s, check value %s", next.Algorithm, strings.Join(holders(next.Entries), " "), next.CheckValue),
			})
			return nil
		},
	})
}

func holders(entries []Entry) (list []string) {
	for _, e := range entries {
		list = append(list, e.By)
	}
	return list
}

// Ceremony returns the last ceremony of a terminal.
func (s *Service) Ceremony(ctx context.Context, t Terminal) (Ceremony, error) {
	c, found, err := step.Read[Ceremony](ctx, s.store, CeremonyKey(t.ID))
	if err == nil && !found {
		err = ErrCeremony
	}
	c.State = c.StateAt(calendar.At(s.now()))
	return c, err
}

// CancelCeremony ends a ceremony and erases what was entered.
func (s *Service) CancelCeremony(ctx context.Context, t Terminal, note, by string) (Ceremony, error) {
	return s.cancel(ctx, t, note, by, func(c Ceremony, _ calendar.Instant) bool { return c.State == CeremonyOpen })
}

// cancel ends a ceremony of which holds is true.
func (s *Service) cancel(ctx context.Context, t Terminal, note, by string, holds func(Ceremony, calendar.Instant) bool) (Ceremony, error) {
	now, trail := calendar.At(s.now()), s.ids.New("aud_", t.Bucket)
	var ended Ceremony
	err := s.gate.Do(ctx, step.Step{
		Name: "key_ceremony.cancel", Class: step.Staff, Keys: []step.Key{t.Key(), CeremonyKey(t.ID)},
		Run: func(v step.View) error {
			row, err := step.Must[Terminal](v, t.Key(), ErrNotFound)
			if err != nil {
				return err
			}
			c, err := step.Must[Ceremony](v, CeremonyKey(t.ID), ErrCeremony)
			if err != nil {
				return err
			}
			if !holds(c, now) {
				return ErrCeremony
			}
			c.end(CeremonyVoid)
			v.Put(c)
			v.Put(audit.Record{
				ID: trail, Bucket: row.Bucket, Merchant: row.Merchant, At: now, Actor: by, Action: "key_ceremony.cancelled", Subject: row.ID, Detail: note,
			})
			ended = c
			return nil
		},
	})
	return ended, err
}

// ExpireCeremonies erases what was entered in ceremonies whose time is over, and returns how many it ended.
func (s *Service) ExpireCeremonies(ctx context.Context) (n int, err error) {
	list, err := s.store.OverdueCeremonies(ctx, calendar.At(s.now()), sweepSlice)
	if err != nil {
		return 0, err
	}
	for _, c := range list {
		t, found, err := step.Read[Terminal](ctx, s.store, Key(c.Terminal))
		if err != nil || !found {
			return n, cmpError(err, ErrNotFound)
		}
		// It may have ended, or begun anew, since it was listed.
		switch _, err := s.cancel(ctx, t, "not all components came within a day", "system", Ceremony.overdue); {
		case err == nil:
			n++
		case !errors.Is(err, ErrCeremony):
			return n, err
		}
	}
	return n, nil
}

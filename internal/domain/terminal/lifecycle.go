package terminal

import (
	"context"
	"fmt"

	"github.com/yifen-pay/yifen/internal/domain/audit"
	"github.com/yifen-pay/yifen/internal/domain/calendar"
	"github.com/yifen-pay/yifen/internal/domain/directory"
	"github.com/yifen-pay/yifen/internal/domain/event"
	"github.com/yifen-pay/yifen/internal/domain/step"
)

// Suspend stops a terminal for a reason.
func (s *Service) Suspend(ctx context.Context, t Terminal, why Reason, note, by string) (Terminal, error) {
	return s.act(ctx, t, Suspend, why, note, by)
}

// Resume lets a terminal work again.
func (s *Service) Resume(ctx context.Context, t Terminal, note, by string) (Terminal, error) {
	return s.act(ctx, t, Resume, "", note, by)
}

// Lose stops a terminal whose hardware is lost or stolen. Its keys are gone with the hardware: the terminal has none until
// it gets others.
func (s *Service) Lose(ctx context.Context, t Terminal, note, by string) (Terminal, error) {
	return s.act(ctx, t, Lose, "", note, by)
}

// Recover takes note that lost hardware turned up. The terminal stays suspended until somebody has looked at it.
func (s *Service) Recover(ctx context.Context, t Terminal, note, by string) (Terminal, error) {
	return s.act(ctx, t, Recover, Found, note, by)
}

// Replace takes a terminal's hardware away and promises it another unit, which must be activated. The terminal keeps its
// number and its batch.
func (s *Service) Replace(ctx context.Context, t Terminal, unit, note, by string) (Terminal, error) {
	return s.transform(ctx, t, Replace, "", note, by, func(row *Terminal) { row.Unit = unit })
}

// Retire takes a terminal out of use for good.
func (s *Service) Retire(ctx context.Context, t Terminal, note, by string) (Terminal, error) {
	return s.act(ctx, t, Retire, "", note, by)
}

func (s *Service) act(ctx context.Context, t Terminal, a Act, why Reason, note, by string) (Terminal, error) {
	return s.transform(ctx, t, a, why, note, by, func(*Terminal) {})
}

// transform takes a terminal through an act. What ends the use of its hardware ends its keys and its binding too.
func (s *Service) transform(ctx context.Context, t Terminal, a Act, why Reason, note, by string, change func(*Terminal)) (Terminal, error) {
	now, trail, told := calendar.At(s.now()), s.ids.New("aud_", t.Bucket), s.ids.New("evt_", t.Bucket)
	var changed Terminal
	err := s.gate.Do(ctx, step.Step{
		Name: "terminal." + string(a), Class: step.Staff, Keys: []step.Key{t.Key(), KeyDeliveryKey(t.ID)},
		Run: func(v step.View) error {
			row, err := step.Must[Terminal](v, t.Key(), ErrNotFound)
			if err != nil {
				return err
			}
			if row.State, err = row.State.After(a); err != nil {
				return err
			}
			row.Reason = why
			change(&row)
			if a == Lose || a == Replace || a == Retire {
				if err := row.disarm(v, now); err != nil {
					return err
				}
			}
			v.Put(row)
			v.Put(audit.Record{
				ID: trail, Bucket: row.Bucket, Merchant: row.Merchant, At: now, Actor: by, Action: "terminal." + string(a), Subject: row.ID, Detail: note,
			})
			v.Put(event.Event{
				ID: told, Bucket: row.Bucket, At: now, Merchant: row.Merchant, Kind: "terminal." + string(row.State), Subject: row.ID,
				Body: fmt.Sprintf(`{"terminal":%q,"number":%q,"state":%q,"reason":%q}`, row.ID, row.Number, row.State, row.Reason),
			})
			changed = row
			return nil
		},
	})
	return changed, err
}

// disarm takes from a terminal what its hardware knew. Its binding ends, its serial number is free.
func (t *Terminal) disarm(v step.View, now calendar.Instant) error {
	delivery, found, err := step.Get[KeyDelivery](v, KeyDeliveryKey(t.ID))
	if err != nil {
		return err
	}
	if found {
		delivery.void(v)
	}
	t.Keys = Keys{Algorithm: t.Keys.Algorithm}
	t.SignedIn, t.Serial, t.Holds = false, "", Versions{}
	t.KeyVersion++
	return t.unbind(v, now)
}

// Lookup returns the terminal with a number, or that which a serial number is bound to.
func (s *Service) Lookup(ctx context.Context, number, serial string) (Terminal, error) {
	key := directory.Key(directory.TerminalNumber, number)
	if number == "" {
		key = directory.Key(SerialNumber, serial)
	}
	entry, found, err := step.Read[directory.Entry](ctx, s.store, key)
	if err != nil || !found {
		return Terminal{}, cmpError(err, ErrNotFound)
	}
	t, found, err := step.Read[Terminal](ctx, s.store, Key(entry.Target))
	if err == nil && (!found || number == "" && t.Serial != serial) {
		err = ErrNotFound
	}
	return t, err
}

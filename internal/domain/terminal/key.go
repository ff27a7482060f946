package terminal

import (
	"bytes"
	"context"
	"fmt"
	"time"

	"github.com/yifen-pay/yifen/internal/domain/audit"
	"github.com/yifen-pay/yifen/internal/domain/calendar"
	"github.com/yifen-pay/yifen/internal/domain/fault"
	"github.com/yifen-pay/yifen/internal/domain/id"
	"github.com/yifen-pay/yifen/internal/domain/step"
)

// KeyDeliveryTable is where master keys wait for their terminal's confirmation.
const KeyDeliveryTable step.Table = "key_delivery"

const (
	// deliveryPause is the least time between two deliveries to one terminal: each costs an RSA signature, and
	// a terminal's certificate, which is all that it takes to ask, is public.
	deliveryPause = 10 * time.Second
	// deliveryLife is for how long a delivery may be confirmed: one that somebody held back does not take a
	// terminal by surprise long afterwards.
	deliveryLife = 10 * time.Minute
)

// KeyDelivery is the last master key that was delivered to a terminal from afar.
type KeyDelivery struct {
	Terminal   string
	Bucket     id.Bucket
	Wrapped    []byte // the key; empty once it was taken into use, or another was loaded
	Algorithm  string // "3des" or "sm4"
	CheckValue string // of the key, in hexadecimal
	Challenge  []byte // of the request
	At         calendar.Instant
}

// Key returns the row's key.
func (d KeyDelivery) Key() step.Key { return KeyDeliveryKey(d.Terminal) }

// KeyDeliveryKey names the delivery to a terminal.
func KeyDeliveryKey(terminal string) step.Key {
	return step.Key{Table: KeyDeliveryTable, Bucket: id.MustBucket(terminal), ID: terminal}
}

// void lets nobody confirm the delivery any more.
func (d KeyDelivery) void(v step.View) {
	d.Wrapped = nil
	v.Put(d)
}

// KeyOrder is what a master key is made by.
type KeyOrder struct {
	Serial      string // of the hardware, as registered
	Algorithm   string // "3des" or "sm4"
	Certificate []byte // of the terminal, DER
	Challenge   []byte // of the terminal, 16 bytes
}

// KeyOffer is a master key that was made.
type KeyOffer struct {
	Wrapped    []byte
	CheckValue []byte
	Message    []byte // for the terminal, as ISO 8583 DE 62 carries it
}

// Refusals of deliveries. A certificate that will not do and a proof that does not fit are refused by the
// [Vault].
var (
	ErrNoDelivery   = fault.New(fault.Invalid, "key_delivery_off", "this installation delivers no master keys: bring the key by its components")
	ErrUnregistered = fault.New(fault.Forbidden, "terminal_unregistered", "the terminal is not registered with the serial number of its hardware: register it first")
	ErrKeyTooSoon   = fault.New(fault.Unavailable, "key_delivery_too_soon", "a master key was delivered to this terminal a moment ago: ask again in ten seconds")
	ErrNoKeyWaits   = fault.New(fault.Forbidden, "key_delivery_gone", "no delivered key waits for this confirmation: fetch the key again")
)

// Algorithm returns the cipher of the keys that the group's terminals work with: "3des" or "sm4".
func (g Group) Algorithm() string {
	if g.Profile == ProfileSM4 {
		return "sm4"
	}
	return "3des"
}

// OfferKey makes a master key for a terminal that asks with the certificate of its hardware, and returns the
// message for it. Nothing changes for the terminal before [Service.ConfirmKey]; a key that was offered before
// and not confirmed is replaced.
func (s *Service) OfferKey(ctx context.Context, t Terminal, challenge, certificate []byte) (message []byte, err error) {
	if !s.vault.DeliversKeys() {
		return nil, ErrNoDelivery
	}
	seen, found, err := step.Read[Terminal](ctx, s.store, t.Key())
	if err != nil || !found {
		return nil, cmpError(err, ErrNotFound)
	}
	last, _, err := step.Read[KeyDelivery](ctx, s.store, KeyDeliveryKey(t.ID))
	if err != nil {
		return nil, err
	}
	now := s.now()
	since := now.Sub(last.At.Time())
	switch {
	case seen.State != Active:
		return nil, ErrSuspended
	case seen.Serial == "":
		return nil, ErrUnregistered
	case since >= 0 && since < deliveryPause:
		return nil, ErrKeyTooSoon
	}
	group, err := s.Group(ctx, seen)
	if err != nil {
		return nil, err
	}
	order := KeyOrder{Serial: seen.Serial, Algorithm: group.Algorithm(), Certificate: certificate, Challenge: challenge}
	offer, err := s.vault.DeliverKey(order)
	if err != nil {
		return nil, err
	}
	delivery := KeyDelivery{
		Terminal: t.ID, Bucket: t.Bucket, Wrapped: offer.Wrapped, Algorithm: order.Algorithm,
		CheckValue: fmt.Sprintf("%X", offer.CheckValue), Challenge: challenge, At: calendar.At(now),
	}
	trail := s.ids.New("aud_", t.Bucket)
	err = s.gate.Do(ctx, step.Step{
		Name: "terminal.key_offer", Class: step.Staff, Keys: []step.Key{t.Key(), delivery.Key()},
		Run: func(v step.View) error {
			row, err := step.Must[Terminal](v, t.Key(), ErrNotFound)
			if err != nil {
				return err
			}
			before, _, err := step.Get[KeyDelivery](v, delivery.Key())
			switch {
			case err != nil:
				return err
			case row.State != Active:
				return ErrSuspended
			case row.Serial != seen.Serial:
				return ErrStale
			case before.At != last.At:
				return ErrKeyTooSoon // another node was faster
			}
			v.Put(delivery)
			v.Put(audit.Record{
				ID: trail, Bucket: row.Bucket, Merchant: row.Merchant, At: delivery.At, Actor: "terminal:" + row.Number, Action: "terminal.key_offered",
				Subject: row.ID, Detail: delivery.Algorithm + ", check value " + delivery.CheckValue,
			})
			return nil
		},
	})
	if err != nil {
		return nil, err
	}
	return offer.Message, nil
}

// ConfirmKey takes the master key that was offered last into use, when the proof shows that the terminal holds
// it. From then on the old key is worth nothing and the terminal signs in anew. A confirmation that comes again,
// because its answer was lost, changes nothing.
func (s *Service) ConfirmKey(ctx context.Context, t Terminal, proof []byte) (Terminal, error) {
	seen, found, err := step.Read[KeyDelivery](ctx, s.store, KeyDeliveryKey(t.ID))
	if err != nil || !found {
		return t, cmpError(err, ErrNoKeyWaits)
	}
	if len(seen.Wrapped) == 0 {
		return s.confirmedBefore(ctx, t, seen, proof)
	}
	now, trail := s.now(), s.ids.New("aud_", t.Bucket)
	if now.Sub(seen.At.Time()) > deliveryLife {
		return t, ErrNoKeyWaits
	}
	if err := s.vault.ProveMaster(seen.Wrapped, seen.Challenge, proof); err != nil {
		return t, err
	}
	var changed Terminal
	err = s.gate.Do(ctx, step.Step{
		Name: "terminal.key_confirm", Class: step.Staff, Keys: []step.Key{t.Key(), seen.Key()},
		Run: func(v step.View) error {
			row, err := step.Must[Terminal](v, t.Key(), ErrNotFound)
			if err != nil {
				return err
			}
			delivery, err := step.Must[KeyDelivery](v, seen.Key(), ErrNoKeyWaits)
			switch {
			case err != nil:
				return err
			case row.State != Active:
				return ErrSuspended
			case !bytes.Equal(delivery.Wrapped, seen.Wrapped):
				return ErrNoKeyWaits // replaced or voided since it was proved
			}
			row.takeMaster(delivery.Wrapped, delivery.Algorithm)
			delivery.void(v)
			v.Put(row)
			v.Put(audit.Record{
				ID: trail, Bucket: row.Bucket, Merchant: row.Merchant, At: calendar.At(now), Actor: "terminal:" + row.Number, Action: "terminal.key_loaded",
				Subject: row.ID, Detail: delivery.Algorithm + " delivered from afar, check value " + delivery.CheckValue,
			})
			changed = row
			return nil
		},
	})
	if err != nil {
		return t, err
	}
	return changed, nil
}

// confirmedBefore answers a confirmation of a delivery that waits no longer: it is good where the key that the
// terminal works with is the one that it proves.
func (s *Service) confirmedBefore(ctx context.Context, t Terminal, d KeyDelivery, proof []byte) (Terminal, error) {
	row, found, err := step.Read[Terminal](ctx, s.store, t.Key())
	if err != nil || !found {
		return t, cmpError(err, ErrNotFound)
	}
	return row, s.vault.ProveMaster(row.Keys.Master, d.Challenge, proof)
}

// SetMaster gives a terminal another master key, wrapped by the hsm, of "3des" or "sm4". Its working keys are
// void: it signs in anew; so is a key that was offered to it. The check value goes into the trail, the key
// nowhere.
func (s *Service) SetMaster(ctx context.Context, t Terminal, wrapped []byte, algorithm string, checkValue []byte, by string) (Terminal, error) {
	now, trail := calendar.At(s.now()), s.ids.New("aud_", t.Bucket)
	var changed Terminal
	err := s.gate.Do(ctx, step.Step{
		Name: "terminal.key_load", Class: step.Staff, Keys: []step.Key{t.Key(), KeyDeliveryKey(t.ID)},
		Run: func(v step.View) error {
			row, err := step.Must[Terminal](v, t.Key(), ErrNotFound)
			if err != nil {
				return err
			}
			delivery, found, err := step.Get[KeyDelivery](v, KeyDeliveryKey(t.ID))
			if err != nil {
				return err
			}
			if found {
				delivery.void(v)
			}
			row.takeMaster(wrapped, algorithm)
			v.Put(row)
			v.Put(audit.Record{
				ID: trail, Bucket: row.Bucket, Merchant: row.Merchant, At: now, Actor: by, Action: "terminal.key_loaded", Subject: row.ID,
				Detail: fmt.Sprintf("%s, check value %X", algorithm, checkValue),
			})
			changed = row
			return nil
		},
	})
	return changed, err
}

// takeMaster gives the terminal a master key, under which it has no working keys yet.
func (t *Terminal) takeMaster(wrapped []byte, algorithm string) {
	t.Keys = Keys{Master: wrapped, Algorithm: algorithm}
	t.KeyVersion++
	t.SignedIn = false
}

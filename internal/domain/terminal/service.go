package terminal

import (
	"context"
	"fmt"
	"time"

	"github.com/yifen-pay/yifen/internal/domain/audit"
	"github.com/yifen-pay/yifen/internal/domain/calendar"
	"github.com/yifen-pay/yifen/internal/domain/directory"
	"github.com/yifen-pay/yifen/internal/domain/event"
	"github.com/yifen-pay/yifen/internal/domain/id"
	"github.com/yifen-pay/yifen/internal/domain/listing"
	"github.com/yifen-pay/yifen/internal/domain/merchant"
	"github.com/yifen-pay/yifen/internal/domain/step"
)

// Store is what the service reads outside steps.
type Store interface {
	step.Reader
	// OpenBatches returns open batches after a key, in the order of bucket and id.
	OpenBatches(ctx context.Context, after step.Key, limit int) ([]Batch, error)
	// LatestParameters returns the newest version of a kind, 0 when there is none.
	LatestParameters(ctx context.Context, k Kind) (version int64, err error)
	// IdleTerminals returns the presence of terminals whose last transaction was before an instant, behind a place, the
	// longest idle first.
	IdleTerminals(ctx context.Context, before calendar.Instant, after listing.Cursor, limit int) ([]Presence, error)
	// OverdueCeremonies returns open ceremonies whose time is over.
	OverdueCeremonies(ctx context.Context, now calendar.Instant, limit int) ([]Ceremony, error)
}

// Vault makes keys. It is the hsm.
type Vault interface {
	// WorkingKeys makes a set of working keys under a wrapped master key: wrapped, and as ISO 8583 DE 62
	// of the sign-in's answer in one of the forms.
	WorkingKeys(master []byte, form int) (Keys, []byte, error)
	// DeliversKeys tells whether the installation trusts authorities of terminals at all.
	DeliversKeys() bool
	// DeliverKey makes a master key and enciphers it for the terminal of a certificate, which it holds against
	// those authorities and the serial number.
	DeliverKey(o KeyOrder) (KeyOffer, error)
	// ProveMaster tells whether a proof is that of a challenge under a wrapped master key.
	ProveMaster(wrapped, challenge, proof []byte) error
	// SealComponent seals a component of a master key for a record, when it is the one of its check value.
	SealComponent(algorithm string, c Component, record string) (sealed []byte, err error)
	// CombineComponents makes a master key of sealed components: wrapped, with its check value.
	CombineComponents(algorithm string, parts []SealedComponent) (wrapped, checkValue []byte, err error)
}

// Forms of working keys: the length of ISO 8583 DE 62 that carries them, 1000 more where the MAC key is of double
// length in the layout of that length.
const (
	FormSingle     = 24
	FormDouble     = 40
	FormTrack      = 60
	FormSM4        = 72
	FormDoubleX919 = 1040
	FormX919       = 1060
)

// Service signs terminals in and out and closes their batches.
type Service struct {
	gate  step.Gate
	store Store
	vault Vault
	ids   *id.Maker
	now   func() time.Time
}

// NewService returns a service.
func NewService(gate step.Gate, store Store, vault Vault, ids *id.Maker, now func() time.Time) *Service {
	return &Service{gate, store, vault, ids, now}
}

// Find returns the terminal with a number, and its merchant, as last committed.
func (s *Service) Find(ctx context.Context, number string) (Terminal, merchant.Merchant, error) {
	entry, found, err := step.Read[directory.Entry](ctx, s.store, directory.Key(directory.TerminalNumber, number))
	if err == nil && !found {
		err = ErrNotFound
	}
	if err != nil {
		return Terminal{}, merchant.Merchant{}, err
	}
	t, found, err := step.Read[Terminal](ctx, s.store, Key(entry.Target))
	if err == nil && !found {
		err = ErrNotFound
	}
	if err != nil {
		return t, merchant.Merchant{}, err
	}
	m, found, err := step.Read[merchant.Merchant](ctx, s.store, merchant.Key(t.Merchant))
	if err == nil && !found {
		err = merchant.ErrNotFound
	}
	return t, m, err
}

// SignIn gives a terminal a fresh set of working keys and, the first time, its first batch. It returns
// the terminal as it is now and the keys as they travel.
func (s *Service) SignIn(ctx context.Context, t Terminal, operator string, form int) (Terminal, []byte, error) {
	keys, field, err := s.vault.WorkingKeys(t.Keys.Master, form)
	if err != nil {
		return t, nil, err
	}
	now, trail := calendar.At(s.now()), s.ids.New("aud_", t.Bucket)
	var signedIn Terminal
	err = s.gate.Do(ctx, step.Step{
		Name: "terminal.sign_in", Class: step.Staff, Keys: []step.Key{t.Key()},
		Run: func(v step.View) error {
			row, err := step.Must[Terminal](v, Key(t.ID), ErrNotFound)
			if err != nil {
				return err
			}
			if row.State != Active {
				return ErrSuspended
			}
			row.Keys = keys
			row.KeyVersion++
			row.SignedIn, row.SignedInAt, row.Operator = true, now, operator
			if row.BatchSequence == 0 {
				row.openBatch(v, now)
			}
			v.Put(row)
			v.Put(audit.Record{
				ID: trail, Bucket: row.Bucket, Merchant: row.Merchant, At: now, Actor: "terminal:" + row.Number, Action: "terminal.signed_in",
				Subject: row.ID, Detail: fmt.Sprintf("operator %s, key version %d", operator, row.KeyVersion),
			})
			signedIn = row
			return nil
		},
	})
	if err != nil {
		return t, nil, err
	}
	return signedIn, field, nil
}

// openBatch opens the batch that follows. The caller puts the terminal.
func (t *Terminal) openBatch(v step.View, now calendar.Instant) {
	t.BatchSequence++
	t.BatchNumber = NextNumber(t.BatchNumber)
	v.Put(Batch{
		Terminal: t.ID, Bucket: t.Bucket, Merchant: t.Merchant, Sequence: t.BatchSequence, Number: t.BatchNumber,
		State: Open, OpenedAt: now,
	})
}

// SignOff ends a terminal's session; its keys remain good for a reversal only.
func (s *Service) SignOff(ctx context.Context, t Terminal) error {
	_, err := s.change(ctx, t, "terminal.signed_off", "terminal:"+t.Number, func(row *Terminal) (string, error) {
		row.SignedIn = false
		return "", nil
	})
	return err
}

// Claim is what a terminal says of its batch at the close.
type Claim struct {
	Terminal    Terminal // as the door saw it
	BatchNumber int
	Domestic    Totals
	Foreign     Totals
}

// Close closes a terminal's open batch, compares what the terminal counted with the books, and opens the
// next. A batch that the host closed at cut-off takes the claim afterwards; a repeated close gets the
// same answer.
func (s *Service) Close(ctx context.Context, c Claim, day calendar.Date) (Batch, error) {
	var closed Batch
	now, trail, told := calendar.At(s.now()), s.ids.New("aud_", c.Terminal.Bucket), s.ids.New("evt_", c.Terminal.Bucket)
	sequence := c.Terminal.BatchSequence
	if c.BatchNumber != c.Terminal.BatchNumber {
		sequence--
	}
	key := BatchKey(c.Terminal.ID, sequence)
	err := s.gate.Do(ctx, step.Step{
		Name: "batch.close", Class: step.Staff, Keys: []step.Key{c.Terminal.Key(), key},
		Run: func(v step.View) error {
			t, err := step.Must[Terminal](v, Key(c.Terminal.ID), ErrNotFound)
			if err != nil {
				return err
			}
			b, found, err := step.Get[Batch](v, key)
			switch {
			case err != nil:
				return err
			case t.BatchSequence != c.Terminal.BatchSequence:
				return ErrStale
			case !found || b.Number != c.BatchNumber:
				return ErrBatch
			}
			closed = b
			if b.Claimed {
				return nil
			}
			b.Claimed, b.ClaimedDomestic, b.ClaimedForeign = true, c.Domestic, c.Foreign
			b.Balanced = c.Domestic == b.Domestic && c.Foreign == b.Foreign
			what := "batch.claimed" // the host closed it at cut-off
			if b.State == Open {
				what = "batch.closed"
				b.end(v, &t, "terminal", now, day)
				v.Put(t)
			}
			v.Put(b)
			b.tell(v, what, trail, told, now)
			closed = b
			return nil
		},
	})
	if err != nil {
		return Batch{}, err
	}
	return closed, nil
}

func (b *Batch) end(v step.View, t *Terminal, by string, now calendar.Instant, day calendar.Date) {
	b.State, b.ClosedAt, b.ClosedBy, b.BusinessDate = BatchEnd, now, by, day
	t.openBatch(v, now)
}

func (b Batch) tell(v step.View, what, trail, told string, now calendar.Instant) {
	detail := fmt.Sprintf("batch %06d closed by %s: debit %d/%d fen, credit %d/%d fen", b.Number, b.ClosedBy,
		b.Domestic.DebitCount, b.Domestic.DebitFen, b.Domestic.CreditCount, b.Domestic.CreditFen)
	if b.Claimed && !b.Balanced {
		detail += fmt.Sprintf("; the terminal says debit %d/%d fen, credit %d/%d fen", b.ClaimedDomestic.DebitCount,
			b.ClaimedDomestic.DebitFen, b.ClaimedDomestic.CreditCount, b.ClaimedDomestic.CreditFen)
	}
	v.Put(audit.Record{
		ID: trail, Bucket: b.Bucket, Merchant: b.Merchant, At: now, Actor: b.ClosedBy, Action: what, Subject: b.Key().ID, Detail: detail,
	})
	v.Put(event.Event{
		ID: told, Bucket: b.Bucket, At: now, Merchant: b.Merchant, Kind: what, Subject: b.Key().ID,
		Body: fmt.Sprintf(`{"terminal":%q,"number":%d,"claimed":%t,"balanced":%t}`, b.Terminal, b.Number, b.Claimed, b.Balanced),
	})
}

// cutOffSlice is how many batches one page of the cut-off takes.
const cutOffSlice = 200

// CutOff closes every batch that collected something and was left open, so that settlement waits for no
// terminal. It returns how many it closed.
func (s *Service) CutOff(ctx context.Context, day calendar.Date) (int, error) {
	closed := 0
	var after step.Key
	for {
		page, err := s.store.OpenBatches(ctx, after, cutOffSlice)
		if err != nil || len(page) == 0 {
			return closed, err
		}
		for _, b := range page {
			after = b.Key()
			if b.Domestic == (Totals{}) && b.Foreign == (Totals{}) {
				continue
			}
			ended, err := s.cutOff(ctx, b, day)
			if err != nil {
				return closed, err
			}
			if ended {
				closed++
			}
		}
	}
}

func (s *Service) cutOff(ctx context.Context, seen Batch, day calendar.Date) (ended bool, err error) {
	now, trail, told := calendar.At(s.now()), s.ids.New("aud_", seen.Bucket), s.ids.New("evt_", seen.Bucket)
	err = s.gate.Do(ctx, step.Step{
		Name: "batch.cut_off", Class: step.Bulk, Keys: []step.Key{Key(seen.Terminal), seen.Key()},
		Run: func(v step.View) error {
			t, err := step.Must[Terminal](v, Key(seen.Terminal), ErrNotFound)
			if err != nil {
				return err
			}
			b, err := step.Must[Batch](v, seen.Key(), ErrBatch)
			if err != nil {
				return err
			}
			if ended = b.State == Open; !ended {
				return nil
			}
			b.end(v, &t, "cut-off", now, day)
			v.Put(t)
			v.Put(b)
			b.tell(v, "batch.closed", trail, told, now)
			return nil
		},
	})
	return err == nil && ended, err
}

package speaker

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base32"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/yifen-pay/yifen/internal/domain/access"
	"github.com/yifen-pay/yifen/internal/domain/audit"
	"github.com/yifen-pay/yifen/internal/domain/calendar"
	"github.com/yifen-pay/yifen/internal/domain/event"
	"github.com/yifen-pay/yifen/internal/domain/id"
	"github.com/yifen-pay/yifen/internal/domain/merchant"
	"github.com/yifen-pay/yifen/internal/domain/step"
)

const (
	nameMax       = 60 // characters
	speakersMax   = 200
	passwordBytes = 20
	seenEvery     = 5 * time.Minute // how often it is noted that a speaker is there
)

// Config is what the service is made of.
type Config struct {
	Gate   step.Gate
	Store  step.Reader
	IDs    *id.Maker
	Now    func() time.Time
	Chance io.Reader // passwords are drawn from it
}

// Service keeps speakers.
type Service struct{ Config }

// NewService returns a service.
func NewService(c Config) *Service { return &Service{c} }

// Order is what somebody asks of a speaker.
type Order struct {
	Store string // "" for all of the merchant's
	Name  string
	Lang  Lang
}

func (o *Order) check() error {
	o.Name = strings.TrimSpace(o.Name)
	if n := utf8.RuneCountInString(o.Name); n == 0 || n > nameMax || !utf8.ValidString(o.Name) || strings.ContainsFunc(o.Name, func(r rune) bool { return r < ' ' }) {
		return ErrForm
	}
	if o.Lang != Chinese && o.Lang != English {
		return ErrForm
	}
	return nil
}

// may tells whether somebody may manage the speakers of a merchant: its own people who may change it, and staff who manage terminals.
func may(who access.Actor, merchantID string) error {
	switch {
	case !who.Scope().Covers(merchantID):
		return access.ErrScope
	case who.May(access.MerchantEdit), who.Realm == access.Platform && who.May(access.TerminalManage):
		return nil
	}
	return access.ErrForbidden
}

// marks are the ids of what a change leaves behind.
type marks struct{ trail, event string }

func (s *Service) marks(b id.Bucket) marks { return marks{s.IDs.New("aud_", b), s.IDs.New("evt_", b)} }

// tell writes the trail and the event of what was done to a speaker.
func (m marks) tell(v step.View, row Speaker, did, by, detail string, now calendar.Instant) {
	v.Put(audit.Record{
		ID: m.trail, Bucket: row.Bucket, Merchant: row.Merchant, At: now, Actor: by, Action: "speaker." + did, Subject: row.ID, Detail: detail,
	})
	v.Put(event.Event{
		ID: m.event, Bucket: row.Bucket, At: now, Merchant: row.Merchant, Kind: "speaker." + did, Subject: row.ID,
		Body: fmt.Sprintf(`{"speaker":%q,"state":%q}`, row.ID, row.State),
	})
}

// secret draws a password and returns it with its hash.
func (s *Service) secret() (password, hash string, err error) {
	raw := make([]byte, passwordBytes)
	if _, err := io.ReadFull(s.Chance, raw); err != nil {
		return "", "", fmt.Errorf("draw a password: %w", err)
	}
	password = strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(raw))
	return password, hashOf(password), nil
}

func hashOf(password string) string {
	sum := sha256.Sum256([]byte(password))
	return hex.EncodeToString(sum[:])
}

// standsIn checks that a store is there and open, where one is named.
func standsIn(v step.View, store string, b id.Bucket, merchantID string) error {
	if store == "" {
		return nil
	}
	shop, found, err := step.Get[merchant.Store](v, step.Key{Table: merchant.StoreTable, Bucket: b, ID: store})
	switch {
	case err != nil:
		return err
	case !found || shop.Merchant != merchantID:
		return merchant.ErrStore
	case shop.Closed:
		return merchant.ErrStoreGone
	}
	return nil
}

// Make makes a speaker of a merchant. Its password is told once.
func (s *Service) Make(ctx context.Context, who access.Actor, merchantID string, o Order) (made Speaker, password string, err error) {
	if err := may(who, merchantID); err != nil {
		return made, "", err
	}
	if err := o.check(); err != nil {
		return made, "", err
	}
	b, err := id.BucketOf(merchantID)
	if err != nil {
		return made, "", merchant.ErrNotFound
	}
	password, hash, err := s.secret()
	if err != nil {
		return made, "", err
	}
	now, mark := calendar.At(s.Now()), s.marks(b)
	made = Speaker{
		ID: s.IDs.New(Prefix, b), Bucket: b, Merchant: merchantID, Store: o.Store, Name: o.Name, Lang: o.Lang, State: On, Hash: hash,
		CreatedBy: who.Trail(), CreatedAt: now, UpdatedAt: now,
	}
	count := Count{Merchant: merchantID, Bucket: b}
	err = s.Gate.Do(ctx, step.Step{
		Name: "speaker.make", Class: step.Staff, Keys: []step.Key{merchant.Key(merchantID), count.Key(), made.Key()},
		Run: func(v step.View) error {
			if _, err := step.Must[merchant.Merchant](v, merchant.Key(merchantID), merchant.ErrNotFound); err != nil {
				return err
			}
			n, _, err := step.Get[Count](v, count.Key())
			if err != nil {
				return err
			}
			if n.Speakers >= speakersMax {
				return ErrMany
			}
			if err := standsIn(v, o.Store, b, merchantID); err != nil {
				return err
			}
			v.Put(Count{Merchant: merchantID, Bucket: b, Speakers: n.Speakers + 1})
			v.Put(made)
			mark.tell(v, made, "made", who.Trail(), made.Name, now)
			return nil
		},
	})
	return made, password, err
}

// Change gives a speaker another name, place or language.
func (s *Service) Change(ctx context.Context, who access.Actor, speaker string, o Order) (Speaker, error) {
	if err := o.check(); err != nil {
		return Speaker{}, err
	}
	return s.change(ctx, who, speaker, "changed", func(v step.View, row *Speaker) error {
		row.Name, row.Lang, row.Store = o.Name, o.Lang, o.Store
		return standsIn(v, o.Store, row.Bucket, row.Merchant)
	})
}

// Reset gives a speaker another password, which is told once. The old one ends, and whoever came in by it is sent away.
func (s *Service) Reset(ctx context.Context, who access.Actor, speaker string) (row Speaker, password string, err error) {
	password, hash, err := s.secret()
	if err != nil {
		return row, "", err
	}
	row, err = s.change(ctx, who, speaker, "reset", func(_ step.View, row *Speaker) error {
		row.Hash = hash
		return nil
	})
	return row, password, err
}

// Switch lets a speaker in or keeps it out. One that is connected is sent away.
func (s *Service) Switch(ctx context.Context, who access.Actor, speaker string, to State) (Speaker, error) {
	return s.change(ctx, who, speaker, string(to), func(_ step.View, row *Speaker) error {
		if row.State == to {
			return ErrState
		}
		row.State = to
		return nil
	})
}

func (s *Service) change(ctx context.Context, who access.Actor, speaker, did string, change func(step.View, *Speaker) error) (changed Speaker, err error) {
	key, err := keyOf(speaker)
	if err != nil {
		return changed, err
	}
	now, mark := calendar.At(s.Now()), s.marks(key.Bucket)
	err = s.Gate.Do(ctx, step.Step{
		Name: "speaker." + did, Class: step.Staff, Keys: []step.Key{key},
		Run: func(v step.View) error {
			row, err := step.Must[Speaker](v, key, ErrNotFound)
			if err != nil {
				return err
			}
			if err := may(who, row.Merchant); err != nil {
				return err
			}
			if err := change(v, &row); err != nil {
				return err
			}
			row.UpdatedAt = now
			v.Put(row)
			mark.tell(v, row, did, who.Trail(), row.Name, now)
			changed = row
			return nil
		},
	})
	return changed, err
}

func keyOf(speaker string) (step.Key, error) {
	b, err := id.BucketOf(speaker)
	if err != nil || !strings.HasPrefix(speaker, Prefix) {
		return step.Key{}, ErrNotFound
	}
	return step.Key{Table: Table, Bucket: b, ID: speaker}, nil
}

// Look returns a speaker as last committed.
func (s *Service) Look(ctx context.Context, speaker string) (Speaker, error) {
	key, err := keyOf(speaker)
	if err != nil {
		return Speaker{}, err
	}
	row, found, err := step.Read[Speaker](ctx, s.Store, key)
	if err == nil && !found {
		err = ErrNotFound
	}
	return row, err
}

// Enter returns the speaker that a user name and a password let in, or [ErrRefused]: which of the two is wrong is not told.
func (s *Service) Enter(ctx context.Context, user, password string) (Speaker, error) {
	row, err := s.Look(ctx, user)
	if err != nil && !errors.Is(err, ErrNotFound) {
		return Speaker{}, err
	}
	same := subtle.ConstantTimeCompare([]byte(row.Hash), []byte(hashOf(password))) == 1
	if !same || row.State != On {
		return Speaker{}, ErrRefused
	}
	return row, nil
}

// Seen notes that a speaker is there, once in five minutes at most.
func (s *Service) Seen(ctx context.Context, speaker string) error {
	row, err := s.Look(ctx, speaker)
	now := calendar.At(s.Now())
	if err != nil || now.Sub(row.SeenAt) < seenEvery {
		return err
	}
	return s.Gate.Do(ctx, step.Step{
		Name: "speaker.seen", Class: step.Bulk, Keys: []step.Key{row.Key()},
		Run: func(v step.View) error {
			row, err := step.Must[Speaker](v, row.Key(), ErrNotFound)
			if err != nil {
				return err
			}
			row.SeenAt = max(row.SeenAt, now)
			v.Put(row)
			return nil
		},
	})
}

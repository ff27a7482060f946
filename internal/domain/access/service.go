package access

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"time"

	"github.com/yifen-pay/yifen/internal/domain/audit"
	"github.com/yifen-pay/yifen/internal/domain/calendar"
	"github.com/yifen-pay/yifen/internal/domain/directory"
	"github.com/yifen-pay/yifen/internal/domain/event"
	"github.com/yifen-pay/yifen/internal/domain/id"
	"github.com/yifen-pay/yifen/internal/domain/step"
)

// Store reads outside steps: rows by key, and the few lists that a decision begins with.
type Store interface {
	step.Reader
	// Passkeys returns the passkeys of an account, the removed ones too, the oldest first.
	Passkeys(ctx context.Context, account string) ([]Passkey, error)
	// Memberships returns with which merchants an account works today, the oldest first.
	Memberships(ctx context.Context, account string, limit int) ([]Member, error)
	// Sessions returns the sessions of an account that began after a moment, the newest first.
	Sessions(ctx context.Context, account string, since calendar.Instant, limit int) ([]Session, error)
	// OverdueProposals returns open proposals whose time ended before a moment.
	OverdueProposals(ctx context.Context, before calendar.Instant, limit int) ([]Proposal, error)
}

// Vault encrypts what must be read again, bound to the record it belongs to.
type Vault interface {
	SealData(data []byte, record string) []byte
	OpenData(sealed []byte, record string) ([]byte, error)
}

// Policy is what an operator decides.
type Policy struct {
	// Demo lets staff in without a second factor, and however long they were away. It is for the demo and for tests.
	Demo bool
	// Issuer is the name under which one-time passwords are listed on a telephone. Default "yifen".
	Issuer string
}

// Config is what a service is made of.
type Config struct {
	Gate      step.Gate
	Store     Store
	Hasher    Hasher
	Vault     Vault
	Messenger Messenger
	IDs       *id.Maker
	Now       func() time.Time
	Chance    io.Reader // for tokens, codes and keys: crypto/rand
	Policy    Policy
	// Agents says how an agent stands, for every request of its people: one read by key. Nil where there are no agents.
	Agents func(ctx context.Context, agent string) (Standing, error)
}

// Service is what may be done with accounts. It is safe for concurrent use once its actions are registered.
type Service struct {
	gate      step.Gate
	store     Store
	hasher    Hasher
	vault     Vault
	messenger Messenger
	ids       *id.Maker
	now       func() time.Time
	chance    io.Reader
	policy    Policy
	agents    func(context.Context, string) (Standing, error)

	nobody  string // a hash that no password fits, so that a name that nobody has takes as long as another
	actions map[string]Action
}

// NewService returns a service. It computes one hash.
func NewService(ctx context.Context, c Config) (*Service, error) {
	s := &Service{
		gate: c.Gate, store: c.Store, hasher: c.Hasher, vault: c.Vault, messenger: c.Messenger, ids: c.IDs, now: c.Now,
		chance: c.Chance, policy: c.Policy, agents: c.Agents, actions: map[string]Action{},
	}
	if s.policy.Issuer == "" {
		s.policy.Issuer = "yifen"
	}
	var err error
	if s.nobody, err = s.hasher.Hash(ctx, s.newToken()); err != nil {
		return nil, fmt.Errorf("compute a password hash: %w", err)
	}
	s.registerStaffActions()
	return s, nil
}

func (s *Service) instant() calendar.Instant { return calendar.At(s.now()) }

// orElse returns err, or otherwise when there is none.
func orElse(err, otherwise error) error {
	if err != nil {
		return err
	}
	return otherwise
}

// note begins a record of the trail. It is made before the step, which has neither clock nor ids.
func (s *Service) note(b id.Bucket, by, action, subject string) audit.Record {
	return audit.Record{ID: s.ids.New("aud_", b), Bucket: b, At: s.instant(), Actor: by, Action: action, Subject: subject}
}

// trailOf is how the trail writes a person who is known by the account only.
func (s *Service) trailOf(account string) string { return "account:" + account }

// tell begins an event about a merchant's people or keys.
func (s *Service) tell(merchant, kind, subject string, body any) event.Event {
	b, err := id.BucketOf(merchant)
	if err != nil {
		b = 0
	}
	raw, err := json.Marshal(body)
	if err != nil {
		panic("access: event: " + err.Error())
	}
	return event.Event{ID: s.ids.New("evt_", b), Bucket: b, At: s.instant(), Merchant: merchant, Kind: kind, Subject: subject, Body: string(raw)}
}

// account returns the account that a log-in name leads to, and whether it carries the name today. It reads as
// many rows whether there is one or not.
func (s *Service) account(ctx context.Context, n Name) (User, bool, error) {
	entry, found, err := step.Read[directory.Entry](ctx, s.store, directory.Key(LoginName, string(n)))
	if err != nil {
		return User{}, false, err
	}
	if !found {
		entry.Target = UserPrefix
	}
	u, _, err := step.Read[User](ctx, s.store, UserKey(entry.Target))
	return u, u.Carries(n), err
}

// Named returns the account of a merchant's person by a log-in name. It is for staff who are told the name by that person.
func (s *Service) Named(ctx context.Context, a Actor, login string) (User, error) {
	if a.Realm != Platform || !a.May(MerchantControl) {
		return User{}, ErrForbidden
	}
	n, err := ParseName(login)
	if err != nil {
		return User{}, err
	}
	u, carries, err := s.account(ctx, n)
	if err == nil && (!carries || u.Realm != Merchant) {
		err = ErrUser
	}
	return u, err
}

// User returns an account as last committed.
func (s *Service) User(ctx context.Context, account string) (User, error) {
	u, found, err := step.Read[User](ctx, s.store, UserKey(account))
	if err == nil && !found {
		err = ErrUser
	}
	return u, err
}

// fresh refuses acts of an actor who did not prove who he is lately, and those of programs.
func (s *Service) fresh(a Actor, needs Permission) error {
	switch {
	case a.Session == "":
		return ErrPersonNeeded
	case needs != 0 && !a.May(needs):
		return ErrForbidden
	case s.instant().Sub(a.FreshAt) > FreshFor:
		return ErrNotFresh
	}
	return nil
}

// reserve takes a log-in name for an account in the step. A name from the account's own past is taken back.
func reserve(v step.View, n Name, account string) error {
	return directory.Reserve(v, n.entry(account))
}

package access

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"time"
	"unicode/utf8"

	"github.com/yifen-pay/yifen/internal/domain/calendar"
	"github.com/yifen-pay/yifen/internal/domain/id"
	"github.com/yifen-pay/yifen/internal/domain/step"
)

// Where passkeys and the exchanges with them lie.
const (
	PasskeyTable  step.Table = "passkey"
	CeremonyTable step.Table = "passkey_ceremony"
)

const passkeysMax = 10

// Passkey is a credential of Web Authentication (WebAuthn Level 2) that an account enrolled. The exchange of
// messages and its signatures are the door's affair; what counts afterwards is kept here.
type Passkey struct {
	ID         string // of the credential, in base64url
	Bucket     id.Bucket
	Account    string
	Name       string // as its owner calls it
	PublicKey  []byte // COSE
	AAGUID     []byte // the make of the authenticator
	Transports string // words, spaces between
	SignCount  int64
	Synced     bool // may be copied to other devices (BE)
	BackedUp   bool // is copied (BS)
	CreatedAt  calendar.Instant
	LastUsedAt calendar.Instant
	RemovedAt  calendar.Instant
}

// Key returns the row's key.
func (p Passkey) Key() step.Key {
	return step.Key{Table: PasskeyTable, Bucket: p.Bucket, ID: p.Account + "/" + p.ID}
}

// PasskeyKey names a passkey of an account by the id of its credential.
func PasskeyKey(account string, credential []byte) step.Key {
	return step.Key{Table: PasskeyTable, Bucket: UserKey(account).Bucket, ID: account + "/" + credentialID(credential)}
}

func credentialID(credential []byte) string { return base64.RawURLEncoding.EncodeToString(credential) }

// Passkeys returns the passkeys of an account that are not removed.
func (s *Service) Passkeys(ctx context.Context, account string) ([]Passkey, error) {
	all, err := s.store.Passkeys(ctx, account)
	var live []Passkey
	for _, p := range all {
		if p.RemovedAt == 0 {
			live = append(live, p)
		}
	}
	return live, err
}

// Ceremony is an exchange with a passkey that was begun: what the door remembers of it between two requests.
type Ceremony struct {
	ID        string // SHA-256 of what the browser keeps, in hexadecimal
	Bucket    id.Bucket
	Kind      string
	Data      []byte
	ExpiresAt calendar.Instant
	UsedAt    calendar.Instant
}

// Key returns the row's key.
func (c Ceremony) Key() step.Key { return ceremonyKey(c.ID) }

func ceremonyKey(ceremony string) step.Key {
	return step.Key{Table: CeremonyTable, Bucket: id.Of(ceremony), ID: ceremony}
}

const ceremonyLife = 5 * time.Minute

// BeginCeremony keeps what the door must remember of an exchange, and returns the name under which it is taken
// once.
func (s *Service) BeginCeremony(ctx context.Context, kind string, data []byte, at Place) (name string, err error) {
	name = s.newToken()
	now, address := s.instant(), throttleKey("ceremony/ip/"+at.IP)
	c := Ceremony{ID: ceremonyID(name), Kind: kind, Data: data, ExpiresAt: now.Add(ceremonyLife)}
	c.Bucket = id.Of(c.ID)
	return name, s.gate.Do(ctx, step.Step{
		Name: "ceremony.begin", Class: step.Staff, Keys: []step.Key{address},
		Run: func(v step.View) error {
			from, err := throttle(v, address)
			if err != nil {
				return err
			}
			if from.full(ceremoniesFrom, now) {
				return ErrThrottled
			}
			from.took(ceremoniesFrom, now)
			v.Put(from)
			v.Put(c)
			return nil
		},
	})
}

func ceremonyID(name string) string {
	sum := sha256.Sum256([]byte(name))
	return hex.EncodeToString(sum[:])
}

// TakeCeremony returns what was kept of an exchange, once.
func (s *Service) TakeCeremony(ctx context.Context, kind, name string) (data []byte, err error) {
	key, now := ceremonyKey(ceremonyID(name)), s.instant()
	err = s.gate.Do(ctx, step.Step{
		Name: "ceremony.take", Class: step.Staff, Keys: []step.Key{key},
		Run: func(v step.View) error {
			c, err := step.Must[Ceremony](v, key, ErrCeremony)
			if err != nil {
				return err
			}
			if c.Kind != kind || c.UsedAt != 0 || now >= c.ExpiresAt {
				return ErrCeremony
			}
			data = c.Data
			c.UsedAt, c.Data = now, nil
			v.Put(c)
			return nil
		},
	})
	return data, err
}

// EnrollPasskey adds a passkey, whose making the door has verified, to the actor's account.
func (s *Service) EnrollPasskey(ctx context.Context, a Actor, credential []byte, p Passkey) (Passkey, error) {
	if n := utf8.RuneCountInString(p.Name); n > personNameMax || checkPersonName(p.Name) != nil {
		return Passkey{}, ErrPersonName
	}
	p.ID, p.Account, p.Bucket, p.CreatedAt = credentialID(credential), a.ID, UserKey(a.ID).Bucket, s.instant()
	err := s.changeFactors(ctx, a, "passkey.enrolled", func(v step.View, u *User) error {
		if _, found, err := step.Get[Passkey](v, p.Key()); err != nil || found {
			return orElse(err, ErrPasskeyIs)
		}
		if u.Passkeys >= passkeysMax {
			return ErrPasskeyMax
		}
		u.Passkeys++
		v.Put(p)
		return nil
	})
	return p, err
}

// RemovePasskey takes a passkey of the actor's away.
func (s *Service) RemovePasskey(ctx context.Context, a Actor, passkey string) error {
	key := step.Key{Table: PasskeyTable, Bucket: UserKey(a.ID).Bucket, ID: a.ID + "/" + passkey}
	now := s.instant()
	return s.changeFactors(ctx, a, "passkey.removed", func(v step.View, u *User) error {
		p, found, err := step.Get[Passkey](v, key)
		if err != nil || !found || p.RemovedAt != 0 {
			return orElse(err, ErrPasskey)
		}
		p.RemovedAt = now
		u.Passkeys--
		v.Put(p)
		return s.keepsFactor(*u)
	})
}

// Assertion is what the door read from a passkey's signature, which it has verified.
type Assertion struct {
	Account    string
	Credential []byte
	SignCount  int64
	BackedUp   bool
	Verified   bool // the authenticator knew its person (UV), so that it stands for two factors
}

// use notes in the step that a passkey signed. A count that does not rise tells of a copy (WebAuthn §6.1.1).
func (x Assertion) use(v step.View, now calendar.Instant) (bool, error) {
	p, found, err := step.Get[Passkey](v, PasskeyKey(x.Account, x.Credential))
	if err != nil || !found || p.RemovedAt != 0 || p.Account != x.Account {
		return false, err
	}
	if x.SignCount <= p.SignCount && (x.SignCount != 0 || p.SignCount != 0) {
		return false, nil
	}
	p.SignCount, p.BackedUp, p.LastUsedAt = x.SignCount, x.BackedUp, now
	v.Put(p)
	return true, nil
}

// LogInByPasskey opens a session for whoever signed with a passkey. One that does not know its person is not
// enough without a password.
func (s *Service) LogInByPasskey(ctx context.Context, x Assertion, at Place) (Grant, error) {
	u, found, err := step.Read[User](ctx, s.store, UserKey(x.Account))
	if err != nil || !found || !x.Verified {
		return Grant{}, orElse(err, ErrSecondFactor)
	}
	merchant, err := s.firstMerchant(ctx, u)
	if err != nil {
		return Grant{}, err
	}
	out, err := s.shutOut(ctx, u)
	if err != nil {
		return Grant{}, err
	}
	now := s.instant()
	subject, address := throttleKey("passkey/"+u.ID), throttleKey("login/ip/"+at.IP)
	session, token := s.newSession(u, at, now)
	session.Method, session.Merchant, session.Strong = "passkey", merchant, true
	record := s.record(u, true, u.Contact(), "passkey", at)
	note := s.note(u.Bucket, s.trailOf(u.ID), "login.passkey", u.ID)
	locked := s.idleNote(u)
	var refusal error
	var grant Grant
	err = s.gate.Do(ctx, step.Step{
		Name: "login.passkey", Class: step.Staff, Keys: []step.Key{subject, address, u.Key(), PasskeyKey(u.ID, x.Credential)},
		Run: func(v step.View) error {
			grant, refusal = Grant{}, nil
			row, err := step.Must[User](v, u.Key(), ErrSecondFactor)
			if err != nil {
				return err
			}
			good, err := x.use(v, now)
			if err != nil {
				return err
			}
			record, note := record, note
			switch {
			case out || row.State != UserActive:
				record.Result = AccountOff
			case good && s.idle(row, now):
				record.Result = AccountOff
				lock(v, row, locked, now)
			case good:
				record.Result = LoggedIn
			default:
				record.Result = PasskeyRefused
			}
			if refusal, err = s.count(v, subject, address, &record, now); err != nil {
				return err
			}
			if refusal == nil {
				session.Epoch = row.Epoch
				row.LastLoginAt = now
				v.Put(row)
				v.Put(session)
				grant = Grant{Token: token, Session: session, User: row}
			} else {
				note.Action = "login.passkey_failed"
			}
			note.Detail = string(record.Result)
			v.Put(record)
			v.Put(note)
			return nil
		},
	})
	return grant, orElse(err, refusal)
}

// SecondFactorByPasskey opens the session that a partial one led to, for whoever signed with a passkey of the
// same account.
func (s *Service) SecondFactorByPasskey(ctx context.Context, token string, x Assertion, at Place) (Grant, error) {
	partial, u, err := s.liveSession(ctx, token)
	if err != nil || partial.Stage != SessionPartial {
		return Grant{}, orElse(err, ErrSession)
	}
	now := s.instant()
	return s.openPartial(ctx, partial, u, "passkey", at, func(v step.View, row *User) (bool, error) {
		if x.Account != row.ID {
			return false, nil
		}
		return x.use(v, now)
	})
}

// RefreshByPasskey proves once more who holds a session.
func (s *Service) RefreshByPasskey(ctx context.Context, a Actor, x Assertion, at Place) error {
	u, err := s.User(ctx, a.ID)
	if err != nil {
		return err
	}
	now := s.instant()
	return s.refresh(ctx, a, u, "passkey", at, func(v step.View, row *User) (bool, error) {
		if x.Account != row.ID {
			return false, nil
		}
		return x.use(v, now)
	})
}

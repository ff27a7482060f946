package access

import (
	"context"
	"crypto/sha256"
	"encoding/base32"
	"encoding/hex"
	"slices"
	"strings"

	"github.com/yifen-pay/yifen/internal/domain/calendar"
	"github.com/yifen-pay/yifen/internal/domain/step"
)

// FactorMethod is a kind of second factor that is typed.
type FactorMethod string

// The methods.
const (
	ByTOTP     FactorMethod = "totp"
	ByRecovery FactorMethod = "recovery"
)

const recoveryCount = 10

// TOTPEnrollment is what a person needs to enroll a one-time password. It is told once.
type TOTPEnrollment struct {
	Secret string // base 32, to type
	URI    string // otpauth, to scan
}

// BeginTOTP makes a secret for the actor's account. It counts only after [Service.ConfirmTOTP].
func (s *Service) BeginTOTP(ctx context.Context, a Actor) (TOTPEnrollment, error) {
	if err := s.fresh(a, 0); err != nil {
		return TOTPEnrollment{}, err
	}
	secret := s.draw(totpSecretSize)
	key, now := UserKey(a.ID), s.instant()
	sealed := s.vault.SealData(secret, totpRecord(a.ID))
	var contact Name
	err := s.gate.Do(ctx, step.Step{
		Name: "totp.begin", Class: step.Staff, Keys: []step.Key{key},
		Run: func(v step.View) error {
			u, err := step.Must[User](v, key, ErrUser)
			if err != nil {
				return err
			}
			u.TOTPNext, u.UpdatedAt = sealed, now
			contact = u.Contact()
			v.Put(u)
			return nil
		},
	})
	return TOTPEnrollment{totpAlphabet.EncodeToString(secret), totpURI(s.policy.Issuer, string(contact), secret)}, err
}

func totpRecord(account string) string { return account + "/totp" }

// ConfirmTOTP enrolls the secret that was made last, for whoever shows a password of it, and returns recovery
// codes, which are told once. The present session is worth both factors from here on; the others end.
func (s *Service) ConfirmTOTP(ctx context.Context, a Actor, code string) (recovery []string, err error) {
	if err := s.fresh(a, 0); err != nil {
		return nil, err
	}
	u, err := s.User(ctx, a.ID)
	if err != nil {
		return nil, err
	}
	if len(u.TOTPNext) == 0 {
		return nil, ErrTOTP
	}
	secret, err := s.vault.OpenData(u.TOTPNext, totpRecord(u.ID))
	if err != nil {
		return nil, err
	}
	now := s.instant()
	at, ok := totpMatch(secret, code, now, 0)
	if !ok {
		return nil, ErrSecondFactor
	}
	recovery, hashes := s.newRecovery(u.ID)
	err = s.changeFactors(ctx, a, "totp.enrolled", func(v step.View, row *User) error {
		if !slices.Equal(row.TOTPNext, u.TOTPNext) {
			return ErrTOTP
		}
		row.TOTP, row.TOTPNext, row.TOTPStep, row.Recovery = row.TOTPNext, nil, at, hashes
		return nil
	})
	return recovery, err
}

// RemoveTOTP takes the one-time password and the recovery codes away.
func (s *Service) RemoveTOTP(ctx context.Context, a Actor) error {
	return s.changeFactors(ctx, a, "totp.removed", func(_ step.View, row *User) error {
		if len(row.TOTP) == 0 {
			return ErrTOTP
		}
		row.TOTP, row.TOTPNext, row.Recovery = nil, nil, nil
		return s.keepsFactor(*row)
	})
}

// keepsFactor refuses to leave an account of the platform without a second factor.
func (s *Service) keepsFactor(u User) error {
	if u.Realm == Platform && !u.HasFactor() && !s.policy.Demo {
		return ErrLastFactor
	}
	return nil
}

// NewRecovery makes new recovery codes in place of those that are left.
func (s *Service) NewRecovery(ctx context.Context, a Actor) ([]string, error) {
	codes, hashes := s.newRecovery(a.ID)
	err := s.changeFactors(ctx, a, "recovery.renewed", func(_ step.View, row *User) error {
		if len(row.TOTP) == 0 {
			return ErrTOTP
		}
		row.Recovery = hashes
		return nil
	})
	return codes, err
}

// changeFactors changes what proves the actor, and ends the account's other sessions.
func (s *Service) changeFactors(ctx context.Context, a Actor, action string, change func(step.View, *User) error) error {
	if err := s.fresh(a, 0); err != nil {
		return err
	}
	user, session, now := UserKey(a.ID), SessionKey(a.Session), s.instant()
	note := s.note(user.Bucket, a.Trail(), action, a.ID)
	return s.gate.Do(ctx, step.Step{
		Name: action, Class: step.Staff, Keys: []step.Key{user, session},
		Run: func(v step.View) error {
			u, err := step.Must[User](v, user, ErrUser)
			if err != nil {
				return err
			}
			had := u.HasFactor()
			own, err := step.Must[Session](v, session, ErrSession)
			if err != nil {
				return err
			}
			if had && !own.Strong {
				return ErrFactorNeeded // enrolled from another session meanwhile
			}
			if err := change(v, &u); err != nil {
				return err
			}
			u.Epoch++
			u.UpdatedAt = now
			own.Epoch, own.Strong = u.Epoch, own.Strong || u.HasFactor()
			v.Put(u)
			v.Put(own)
			v.Put(note)
			return nil
		},
	})
}

// recoveryAlphabet leaves out what is mistaken for something else.
var recoveryAlphabet = base32.NewEncoding("abcdefghjkmnpqrstuvwxyz234567890").WithPadding(base32.NoPadding)

// newRecovery makes recovery codes of 80 bits, as people read them and as records keep them.
func (s *Service) newRecovery(account string) (codes, hashes []string) {
	for range recoveryCount {
		text := recoveryAlphabet.EncodeToString(s.draw(10))
		codes = append(codes, text[:4]+"-"+text[4:8]+"-"+text[8:12]+"-"+text[12:])
		hashes = append(hashes, recoveryHash(account, text))
	}
	return codes, hashes
}

func recoveryHash(account, code string) string {
	code = strings.ToLower(spacing.Replace(code))
	sum := sha256.Sum256([]byte(account + "\x00" + code))
	return hex.EncodeToString(sum[:])
}

// factorProof is a second factor as it was looked at outside the step that uses it.
type factorProof struct {
	method  FactorMethod
	against []byte // the sealed secret
	step    int64
	hash    string
	ok      bool
}

// look looks at a second factor that somebody typed for an account.
func (s *Service) look(u User, method FactorMethod, code string, now calendar.Instant) (p factorProof, err error) {
	p.method = method
	switch {
	case method == ByTOTP && len(u.TOTP) > 0:
		secret, err := s.vault.OpenData(u.TOTP, totpRecord(u.ID))
		if err != nil {
			return p, err
		}
		p.against = u.TOTP
		p.step, p.ok = totpMatch(secret, code, now, u.TOTPStep)
	case method == ByRecovery:
		p.hash = recoveryHash(u.ID, code)
		p.ok = slices.Contains(u.Recovery, p.hash)
	}
	return p, nil
}

// spend uses the factor up in the step: a step of time or a recovery code counts once.
func (p factorProof) spend(u *User) bool {
	switch {
	case !p.ok:
		return false
	case p.method == ByTOTP:
		if !slices.Equal(u.TOTP, p.against) || p.step <= u.TOTPStep {
			return false
		}
		u.TOTPStep = p.step
		return true
	}
	left := slices.DeleteFunc(slices.Clone(u.Recovery), func(h string) bool { return h == p.hash })
	if len(left) == len(u.Recovery) {
		return false
	}
	u.Recovery = left
	return true
}

// SecondFactor opens the session that a partial one led to, under a new token; the partial one is over.
func (s *Service) SecondFactor(ctx context.Context, token string, method FactorMethod, code string, at Place) (Grant, error) {
	partial, u, err := s.liveSession(ctx, token)
	if err != nil || partial.Stage != SessionPartial {
		return Grant{}, orElse(err, ErrSession)
	}
	now := s.instant()
	proof, err := s.look(u, method, code, now)
	if err != nil {
		return Grant{}, err
	}
	return s.openPartial(ctx, partial, u, string(method), at, func(_ step.View, row *User) (bool, error) {
		return proof.spend(row), nil
	})
}

// openPartial opens a session in place of a partial one when prove says so in the step.
func (s *Service) openPartial(ctx context.Context, partial Session, u User, method string, at Place, prove func(step.View, *User) (bool, error)) (Grant, error) {
	now := s.instant()
	subject, address := throttleKey("login/"+u.ID), throttleKey("login/ip/"+at.IP)
	session, token := s.newSession(u, at, now)
	session.Method, session.Merchant, session.Strong = method, partial.Merchant, true
	record := s.record(u, true, u.Contact(), method, at)
	note := s.note(u.Bucket, s.trailOf(u.ID), "login.factor", u.ID)
	var refusal error
	var grant Grant
	err := s.gate.Do(ctx, step.Step{
		Name: "login.factor", Class: step.Staff, Keys: []step.Key{subject, address, u.Key(), partial.Key()},
		Run: func(v step.View) error {
			grant, refusal = Grant{}, nil
			row, err := step.Must[User](v, u.Key(), ErrSession)
			if err != nil {
				return err
			}
			old, err := step.Must[Session](v, partial.Key(), ErrSession)
			if err != nil {
				return err
			}
			if old.Stage != SessionPartial || !old.Live(row, now) {
				return ErrSession
			}
			record, note := record, note
			record.Result = WrongFactor
			good, err := prove(v, &row)
			if err != nil {
				return err
			}
			if good {
				record.Result = LoggedIn
			}
			if refusal, err = s.count(v, subject, address, &record, now); err != nil {
				return err
			}
			if refusal == nil {
				old.Stage, old.EndedAt, old.EndedBy = SessionEnded, now, "factor"
				session.Epoch = row.Epoch
				v.Put(row)
				v.Put(old)
				v.Put(session)
				grant = Grant{Token: token, Session: session, User: row}
			} else {
				note.Action = "login.factor_failed"
			}
			note.Detail = method + ": " + string(record.Result)
			v.Put(record)
			v.Put(note)
			return nil
		},
	})
	return grant, orElse(err, refusal)
}

// Refresh proves once more who holds a session: by the password, or by a second factor.
func (s *Service) Refresh(ctx context.Context, a Actor, password string, method FactorMethod, code string, at Place) error {
	if a.Session == "" {
		return ErrPersonNeeded
	}
	u, err := s.User(ctx, a.ID)
	if err != nil {
		return err
	}
	subject, address := throttleKey("login/"+u.ID), throttleKey("login/ip/"+at.IP)
	if err := s.admitted(ctx, subject, address); err != nil {
		return err
	}
	now := s.instant()
	var proof factorProof
	right, how := false, string(method)
	if method == "" {
		how = "password"
		right, _, err = s.proves(ctx, u, true, password)
	} else {
		proof, err = s.look(u, method, code, now)
	}
	if err != nil {
		return err
	}
	return s.refresh(ctx, a, u, how, at, func(_ step.View, row *User) (bool, error) {
		return right && row.Hash == u.Hash || proof.spend(row), nil
	})
}

// refresh makes the actor's session fresh when prove says so in the step.
func (s *Service) refresh(ctx context.Context, a Actor, u User, how string, at Place, prove func(step.View, *User) (bool, error)) error {
	now := s.instant()
	subject, address, session := throttleKey("login/"+u.ID), throttleKey("login/ip/"+at.IP), SessionKey(a.Session)
	record := s.record(u, true, u.Contact(), how, at)
	note := s.note(u.Bucket, a.Trail(), "session.refreshed", u.ID)
	var refusal error
	err := s.gate.Do(ctx, step.Step{
		Name: "session.refresh", Class: step.Staff, Keys: []step.Key{subject, address, u.Key(), session},
		Run: func(v step.View) error {
			refusal = nil
			row, err := step.Must[User](v, u.Key(), ErrSession)
			if err != nil {
				return err
			}
			own, err := step.Must[Session](v, session, ErrSession)
			if err != nil {
				return err
			}
			if !own.Live(row, now) {
				return ErrSession
			}
			record, note := record, note
			record.Result = WrongFactor
			if how == "password" {
				record.Result = WrongPassword
			}
			good, err := prove(v, &row)
			if err != nil {
				return err
			}
			if good {
				record.Result = LoggedIn
			}
			if refusal, err = s.count(v, subject, address, &record, now); err != nil {
				return err
			}
			if refusal == nil {
				own.FreshAt = now
				v.Put(own)
				v.Put(row)
			} else {
				note.Action = "session.refresh_failed"
				v.Put(record)
			}
			note.Detail = how
			v.Put(note)
			return nil
		},
	})
	return orElse(err, refusal)
}

package access

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"time"

	"github.com/yifen-pay/yifen/internal/domain/audit"
	"github.com/yifen-pay/yifen/internal/domain/calendar"
	"github.com/yifen-pay/yifen/internal/domain/id"
	"github.com/yifen-pay/yifen/internal/domain/step"
)

// RecordTable is where the history of log-ins lies.
const RecordTable step.Table = "login_record"

// Record is one line of the history of log-ins.
type Record struct {
	ID      string
	Bucket  id.Bucket
	Account string // empty for a name that nobody has
	Name    string // masked
	Realm   Realm
	Method  string // "password", "totp", "recovery", "passkey"
	Result  Result
	Device  string
	IP      string
	At      calendar.Instant
}

// Key returns the record's key.
func (r Record) Key() step.Key { return step.Key{Table: RecordTable, Bucket: r.Bucket, ID: r.ID} }

// Result is how a try to log in ended.
type Result string

// The results. Only the first two let anybody in.
const (
	LoggedIn       Result = "logged_in"
	FactorMissing  Result = "factor_missing" // the password was right, the second factor is to come
	WrongPassword  Result = "wrong_password"
	UnknownName    Result = "unknown_name"
	WrongFactor    Result = "wrong_factor"
	AccountOff     Result = "account_off" // pending, locked or closed, or of an agent that ended
	TriedTooOften  Result = "tried_too_often"
	PasskeyRefused Result = "passkey_refused"
)

// LogIn opens a session for whoever knows the name and the password. Where the account has a second factor, the
// session is partial until [Service.SecondFactor]. Whatever is wrong, the answer and the work are the same.
func (s *Service) LogIn(ctx context.Context, name, password string, at Place) (Grant, error) {
	n, err := ParseName(name)
	if err != nil {
		n = "" // nobody's; it is counted and answered like any other
	}
	u, known, err := s.account(ctx, n)
	if err != nil {
		return Grant{}, err
	}
	address := throttleKey("login/ip/" + at.IP)
	subject := s.subject(u, known, name)
	if err := s.admitted(ctx, subject, address); err != nil {
		return Grant{}, err
	}
	right, hash, err := s.proves(ctx, u, known, password)
	if err != nil {
		return Grant{}, err
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
	session, token := s.newSession(u, at, now)
	session.Method, session.Merchant = "password", merchant
	record := s.record(u, known, n, "password", at)
	note := s.note(record.Bucket, "anonymous", "login.failed", record.Account)
	locked := s.idleNote(u)
	var grant Grant
	var refusal error
	err = s.gate.Do(ctx, step.Step{
		Name: "login.password", Class: step.Staff, Keys: []step.Key{subject, address, UserKey(u.ID)},
		Run: func(v step.View) error {
			grant, refusal = Grant{}, nil
			row, _, err := step.Get[User](v, UserKey(u.ID))
			if err != nil {
				return err
			}
			record, note, session := record, note, session
			// The password was looked at outside the step: what it was held against must still stand.
			switch fits := right && row.Hash == u.Hash && row.Carries(n); {
			case fits && s.idle(row, now):
				record.Result = AccountOff
				lock(v, row, locked, now)
			case fits && (out || row.State != UserActive):
				record.Result = AccountOff
			case fits && row.HasFactor():
				record.Result = FactorMissing
			case fits:
				record.Result = LoggedIn
			case known:
				record.Result = WrongPassword
			default:
				record.Result = UnknownName
			}
			if refusal, err = s.count(v, subject, address, &record, now); err != nil {
				return err
			}
			if refusal == nil {
				row.LastLoginAt = now
				if hash != "" {
					row.Hash = hash
				}
				session.Epoch = row.Epoch
				s.stage(&session, row)
				v.Put(row)
				v.Put(session)
				grant = Grant{Token: token, Session: session, User: row}
				note.Actor, note.Action = s.trailOf(row.ID), "login.password"
			}
			note.Detail = string(record.Result)
			v.Put(record)
			v.Put(note)
			return nil
		},
	})
	return grant, orElse(err, refusal)
}

// StaffIdle is how long an account of staff stays open that nobody uses (PCI DSS 8.2.6).
const StaffIdle = 90 * 24 * time.Hour

// idle tells whether an active account of staff was not used for too long: it is locked when somebody tries to, and two people
// open it again, which counts as use.
func (s *Service) idle(u User, now calendar.Instant) bool {
	used := max(u.LastLoginAt, u.UpdatedAt, u.CreatedAt)
	return u.Realm == Platform && u.State == UserActive && !s.policy.Demo && now.Sub(used) > StaffIdle
}

func (s *Service) idleNote(u User) audit.Record {
	note := s.note(u.Bucket, "system", "account.locked", u.ID)
	note.Detail = "not used for 90 days"
	return note
}

// lock locks an account that was idle, and ends its sessions.
func lock(v step.View, u User, note audit.Record, now calendar.Instant) {
	u.State, u.UpdatedAt = UserLocked, now
	u.Epoch++
	v.Put(u)
	v.Put(note)
}

// stage says how much a session that began with a password is worth.
func (s *Service) stage(session *Session, u User) {
	session.Stage, session.Strong = SessionOpen, false
	switch {
	case u.HasFactor():
		session.Stage, session.ExpiresAt = SessionPartial, session.CreatedAt.Add(partialLife)
	case u.Realm != Platform || s.policy.Demo:
		session.Strong = true
	}
}

// subject names the count of failures of an account, or of what was written where no account has it.
func (s *Service) subject(u User, known bool, written string) step.Key {
	if known {
		return throttleKey("login/" + u.ID)
	}
	sum := sha256.Sum256([]byte(written))
	return throttleKey("login/name/" + hex.EncodeToString(sum[:16]))
}

// admitted refuses a try, before a hash is computed for it, whose subject or address is to wait. What is decided
// here the step decides again.
func (s *Service) admitted(ctx context.Context, subject, address step.Key) error {
	now := s.instant()
	for _, key := range []step.Key{subject, address} {
		t, _, err := step.Read[Throttle](ctx, s.store, key)
		if err != nil {
			return err
		}
		if now < t.Until || key == address && t.full(failuresFromAddress, now) {
			return ErrThrottled
		}
	}
	return nil
}

// proves tells whether a password is that of an account, and returns the hash to keep from now on, "" for the
// old one. It takes as long for a name that nobody has.
func (s *Service) proves(ctx context.Context, u User, known bool, password string) (right bool, hash string, err error) {
	against := s.nobody
	if known && u.Hash != "" {
		against = u.Hash
	}
	right, outdated, err := s.hasher.Verify(ctx, against, password)
	if err != nil {
		return false, "", err
	}
	right = right && known && u.Hash != ""
	if right && outdated {
		hash, err = s.hasher.Hash(ctx, password)
	}
	return right, hash, err
}

// count decides in the step whether a try counts at all, and keeps the counts of failures.
func (s *Service) count(v step.View, subject, address step.Key, r *Record, now calendar.Instant) (refusal, err error) {
	own, err := throttle(v, subject)
	if err != nil {
		return nil, err
	}
	from, err := throttle(v, address)
	if err != nil {
		return nil, err
	}
	if now < own.Until || from.full(failuresFromAddress, now) {
		r.Result = TriedTooOften
		return ErrThrottled, nil
	}
	switch r.Result {
	case LoggedIn:
		own.Count, own.Until = 0, 0
		v.Put(own)
		return nil, nil
	case FactorMissing: // nothing is forgotten yet: a known password must not open the way to guess the factor
		return nil, nil
	}
	own.failed(now)
	from.took(failuresFromAddress, now)
	v.Put(own)
	v.Put(from)
	if r.Method == "password" {
		return ErrCredentials, nil
	}
	return ErrSecondFactor, nil
}

// record begins a line of the history of log-ins.
func (s *Service) record(u User, known bool, n Name, method string, at Place) Record {
	r := Record{Name: n.Masked(), Method: method, Device: DeviceOf(at.Device), IP: at.IP, At: s.instant()}
	if known {
		r.Account, r.Bucket, r.Realm = u.ID, u.Bucket, u.Realm
	}
	r.ID = s.ids.New("log_", r.Bucket)
	return r
}

// firstMerchant returns for whom a person acts who did not choose: the merchant that is known for the longest.
func (s *Service) firstMerchant(ctx context.Context, u User) (string, error) {
	if u.Realm != Merchant {
		return "", nil
	}
	list, err := s.store.Memberships(ctx, u.ID, 1)
	if err != nil || len(list) == 0 {
		return "", err
	}
	return list[0].Merchant, nil
}

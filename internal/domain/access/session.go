package access

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/yifen-pay/yifen/internal/domain/calendar"
	"github.com/yifen-pay/yifen/internal/domain/id"
	"github.com/yifen-pay/yifen/internal/domain/step"
)

// SessionTable is where sessions lie.
const SessionTable step.Table = "login_session"

// Stage is how far a session has come.
type Stage string

// The stages of a session.
const (
	SessionPartial Stage = "partial" // the password was right, the second factor is missing: good for nothing else
	SessionOpen    Stage = "open"
	SessionEnded   Stage = "ended"
)

// Session is a log-in that lasts. It is known by a token, of which the records hold the hash only.
type Session struct {
	ID        string // SHA-256 of the token, in hexadecimal
	Bucket    id.Bucket
	Account   string
	Stage     Stage
	Epoch     int64  // of the account when it began
	Merchant  string // for whom the person acts
	Strong    bool   // all factors that the account asks for were given
	Method    string // "password", "totp", "recovery", "passkey"
	FreshAt   calendar.Instant
	Device    string // in words, from what the browser says of itself: "Chrome, Windows"
	IP        string // from which it began
	CreatedAt calendar.Instant
	SeenAt    calendar.Instant // within a minute
	ExpiresAt calendar.Instant // whatever happens
	EndedAt   calendar.Instant
	EndedBy   string // "log_out", "person", "password", "factor", "staff"
}

// Key returns the row's key.
func (s Session) Key() step.Key { return SessionKey(s.ID) }

// SessionKey names a session.
func SessionKey(session string) step.Key {
	return step.Key{Table: SessionTable, Bucket: id.Of(session), ID: session}
}

// Times of a session (NIST SP 800-63B §4.2.3, PCI DSS 8.2.8).
const (
	SessionIdle = 15 * time.Minute
	SessionLife = 12 * time.Hour
	FreshFor    = 5 * time.Minute
	partialLife = 5 * time.Minute
	touchEvery  = time.Minute
)

const tokenSize = 32 // bytes of chance in a token

func (s *Service) newToken() string { return base64.RawURLEncoding.EncodeToString(s.draw(tokenSize)) }

// sessionOf returns under which id a token's session lies. What cannot be a token leads nowhere.
func sessionOf(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}

// Live tells whether the session lets anybody in at a moment: it neither ended nor fell silent, and the account
// is open and did not end its sessions since.
func (s Session) Live(u User, now calendar.Instant) bool {
	return s.Stage != SessionEnded && s.EndedAt == 0 && now < s.ExpiresAt && now.Sub(s.SeenAt) < SessionIdle &&
		u.State == UserActive && s.Epoch == u.Epoch && s.Account == u.ID
}

// Place is from where a request comes.
type Place struct {
	IP     string
	Device string // the browser's own words (User-Agent)
}

// Grant is a session with its token, which is told once. Stage says whether the second factor is missing.
type Grant struct {
	Token   string
	Session Session
	User    User
}

// newSession makes a session of an account and its token.
func (s *Service) newSession(u User, at Place, now calendar.Instant) (Session, string) {
	token := s.newToken()
	n := Session{
		ID: sessionOf(token), Account: u.ID, Stage: SessionOpen, Epoch: u.Epoch, Device: DeviceOf(at.Device), IP: at.IP,
		FreshAt: now, CreatedAt: now, SeenAt: now, ExpiresAt: now.Add(SessionLife),
	}
	n.Bucket = id.Of(n.ID)
	return n, token
}

// Authenticate returns who holds the token of a session, and counts as use of it. A session whose second factor is
// missing lets nobody in.
func (s *Service) Authenticate(ctx context.Context, token, ip string) (Actor, error) {
	actor, session, err := s.holder(ctx, token)
	if now := s.instant(); err == nil && now.Sub(session.SeenAt) >= touchEvery {
		s.touch(ctx, session.ID, now)
	}
	return actor, err
}

// Look returns who holds the token of a session and does not count as use: for what goes on without its person.
func (s *Service) Look(ctx context.Context, token string) (Actor, error) {
	actor, _, err := s.holder(ctx, token)
	return actor, err
}

// holder reads three rows by key. An agent that ends thereby ends the sessions of its people.
func (s *Service) holder(ctx context.Context, token string) (Actor, Session, error) {
	session, u, err := s.liveSession(ctx, token)
	if err != nil {
		return Actor{}, session, err
	}
	if session.Stage == SessionPartial {
		return Actor{}, session, ErrFactorNeeded
	}
	actor := Actor{
		ID: u.ID, Name: u.Name, Realm: u.Realm, Session: session.ID, Live: true, Strong: session.Strong, FreshAt: session.FreshAt,
	}
	switch u.Realm {
	case Merchant:
		if session.Merchant == "" {
			break
		}
		m, found, err := step.Read[Member](ctx, s.store, MemberKey(session.Merchant, u.ID))
		if err != nil {
			return Actor{}, session, err
		}
		if found && m.State == MemberActive {
			actor.Merchant, actor.Can = m.Merchant, Granted(Merchant, m.Roles...)
		}
	case Platform:
		if session.Strong {
			actor.Can = Granted(Platform, u.Roles...)
		}
	case Agent:
		stands, err := s.standing(ctx, u.Agent)
		if err != nil || stands == StandingNone {
			return Actor{}, session, orElse(err, ErrSession)
		}
		actor.Agent, actor.Can = u.Agent, stands.permits(Granted(Agent, u.Roles...))
	}
	return actor, session, nil
}

// liveSession returns the session of a token, and its account.
func (s *Service) liveSession(ctx context.Context, token string) (Session, User, error) {
	if len(token) != base64.RawURLEncoding.EncodedLen(tokenSize) {
		return Session{}, User{}, ErrSession
	}
	session, found, err := step.Read[Session](ctx, s.store, SessionKey(sessionOf(token)))
	if err != nil || !found {
		return session, User{}, orElse(err, ErrSession)
	}
	u, found, err := step.Read[User](ctx, s.store, UserKey(session.Account))
	if err != nil || !found || !session.Live(u, s.instant()) {
		return session, u, orElse(err, ErrSession)
	}
	return session, u, nil
}

// PartialAccount returns whose second factor the session of a token waits for, "" when it is no such session.
func (s *Service) PartialAccount(ctx context.Context, token string) (account string, err error) {
	session, u, err := s.liveSession(ctx, token)
	switch {
	case errors.Is(err, ErrSession):
		return "", nil
	case err != nil || session.Stage != SessionPartial:
		return "", err
	}
	return u.ID, nil
}

// touch notes that a session was used. It is no reason to refuse a request when the note cannot be written; the
// session then falls silent earlier.
func (s *Service) touch(ctx context.Context, session string, now calendar.Instant) {
	key := SessionKey(session)
	_ = s.gate.Do(ctx, step.Step{
		Name: "session.touch", Class: step.Staff, Keys: []step.Key{key},
		Run: func(v step.View) error {
			row, found, err := step.Get[Session](v, key)
			if err == nil && found && row.EndedAt == 0 && row.SeenAt < now {
				row.SeenAt = now
				v.Put(row)
			}
			return err
		},
	})
}

// LogOut ends the session of a token. A token of no session is nothing to complain of.
func (s *Service) LogOut(ctx context.Context, token string) error {
	session, found, err := step.Read[Session](ctx, s.store, SessionKey(sessionOf(token)))
	if err != nil || !found {
		return err
	}
	return s.endSession(ctx, session.ID, session.Account, "log_out", "session.logged_out")
}

const sessionsMax = 100 // that a person is shown

// Sessions returns the sessions of an account that let somebody in at this moment, the newest first.
func (s *Service) Sessions(ctx context.Context, account string) ([]Session, error) {
	u, err := s.User(ctx, account)
	if err != nil {
		return nil, err
	}
	now := s.instant()
	all, err := s.store.Sessions(ctx, account, now.Add(-SessionLife), sessionsMax)
	return slices.DeleteFunc(all, func(n Session) bool { return n.Stage != SessionOpen || !n.Live(u, now) }), err
}

// EndSession ends a session of the actor's own.
func (s *Service) EndSession(ctx context.Context, a Actor, session string) error {
	return s.endSession(ctx, session, a.ID, "person", "session.ended")
}

func (s *Service) endSession(ctx context.Context, session, account, why, action string) error {
	key, now := SessionKey(session), s.instant()
	note := s.note(UserKey(account).Bucket, s.trailOf(account), action, account)
	return s.gate.Do(ctx, step.Step{
		Name: action, Class: step.Staff, Keys: []step.Key{key},
		Run: func(v step.View) error {
			row, found, err := step.Get[Session](v, key)
			if err != nil || !found || row.Account != account {
				return orElse(err, ErrSessionGone)
			}
			if row.EndedAt != 0 {
				return nil
			}
			row.Stage, row.EndedAt, row.EndedBy = SessionEnded, now, why
			v.Put(row)
			note.Detail = row.Device
			v.Put(note)
			return nil
		},
	})
}

// EndOtherSessions ends every session of the actor's account but the present one.
func (s *Service) EndOtherSessions(ctx context.Context, a Actor) error {
	user, session := UserKey(a.ID), SessionKey(a.Session)
	now := s.instant()
	note := s.note(user.Bucket, a.Trail(), "session.others_ended", a.ID)
	return s.gate.Do(ctx, step.Step{
		Name: "session.end_others", Class: step.Staff, Keys: []step.Key{user, session},
		Run: func(v step.View) error {
			if err := endOthers(v, user, session, now); err != nil {
				return err
			}
			v.Put(note)
			return nil
		},
	})
}

// endOthers begins a new epoch of an account and takes one session along.
func endOthers(v step.View, user, session step.Key, now calendar.Instant) error {
	u, err := step.Must[User](v, user, ErrUser)
	if err != nil {
		return err
	}
	own, err := step.Must[Session](v, session, ErrSession)
	if err != nil {
		return err
	}
	u.Epoch++
	u.UpdatedAt = now
	own.Epoch = u.Epoch
	v.Put(u)
	v.Put(own)
	return nil
}

// SwitchMerchant lets the session act for another merchant of the person.
func (s *Service) SwitchMerchant(ctx context.Context, a Actor, merchant string) error {
	if a.Session == "" {
		return ErrPersonNeeded
	}
	session, member := SessionKey(a.Session), MemberKey(merchant, a.ID)
	return s.gate.Do(ctx, step.Step{
		Name: "session.switch", Class: step.Staff, Keys: []step.Key{session, member},
		Run: func(v step.View) error {
			m, found, err := step.Get[Member](v, member)
			if err != nil || !found || m.State != MemberActive {
				return orElse(err, ErrScope)
			}
			row, err := step.Must[Session](v, session, ErrSession)
			if err != nil {
				return err
			}
			row.Merchant = merchant
			v.Put(row)
			return nil
		},
	})
}

// browsers and systems in the words of User-Agent headers, the more exact before those that they contain.
var (
	browsers = []struct{ mark, name string }{
		{"MicroMessenger/", "WeChat"}, {"AlipayClient/", "Alipay"}, {"Edg/", "Edge"}, {"EdgA/", "Edge"}, {"OPR/", "Opera"},
		{"Firefox/", "Firefox"}, {"FxiOS/", "Firefox"}, {"CriOS/", "Chrome"}, {"Chrome/", "Chrome"}, {"Safari/", "Safari"},
		{"curl/", "curl"},
	}
	systems = []struct{ mark, name string }{
		{"HarmonyOS", "HarmonyOS"}, {"OpenHarmony", "HarmonyOS"}, {"Android", "Android"}, {"iPhone", "iPhone"}, {"iPad", "iPad"},
		{"Windows", "Windows"}, {"Mac OS X", "macOS"}, {"CrOS", "ChromeOS"}, {"Linux", "Linux"},
	}
)

// DeviceOf says in a few words what a User-Agent header tells: "Chrome, Windows". What it does not know it calls
// a program, so that nothing that a stranger wrote is shown to anybody.
func DeviceOf(agent string) string {
	var words []string
	for _, b := range browsers {
		if strings.Contains(agent, b.mark) {
			words = append(words, b.name)
			break
		}
	}
	for _, o := range systems {
		if strings.Contains(agent, o.mark) {
			words = append(words, o.name)
			break
		}
	}
	if len(words) == 0 {
		return "program"
	}
	return strings.Join(words, ", ")
}

package access

import (
	"context"

	"github.com/yifen-pay/yifen/internal/domain/audit"
	"github.com/yifen-pay/yifen/internal/domain/directory"
	"github.com/yifen-pay/yifen/internal/domain/id"
	"github.com/yifen-pay/yifen/internal/domain/step"
)

// Registration is what a person says who wants an account on the merchants' side.
type Registration struct {
	Login    string // telephone number or e-mail address
	Name     string
	Password string
	Lang     string
}

// Register begins an account and sends a code to its log-in name. What it returns goes with the code to
// [Service.Verify]. Where the name has an account already, its owner is told so, and whoever asked is not: the
// answer and the work are the same.
func (s *Service) Register(ctx context.Context, r Registration, at Place) (code string, err error) {
	n, err := ParseName(r.Login)
	if err != nil {
		return "", err
	}
	u := User{
		ID: s.ids.NewRoot(UserPrefix), Realm: Merchant, State: UserPending, Name: r.Name, Lang: r.Lang, CreatedAt: s.instant(),
	}.withName(n)
	u.Bucket, u.UpdatedAt = id.MustBucket(u.ID), u.CreatedAt
	for _, err := range []error{checkPersonName(r.Name), checkLang(r.Lang), checkPassword(Merchant, r.Password, u)} {
		if err != nil {
			return "", err
		}
	}
	if err := s.roomForCode(ctx, n, at); err != nil {
		return "", err
	}
	if u.Hash, err = s.hasher.Hash(ctx, r.Password); err != nil {
		return "", err
	}
	_, taken, err := s.account(ctx, n)
	if err != nil {
		return "", err
	}
	m := Message{To: n, Kind: "register_code", Lang: r.Lang}
	account := u.ID
	if taken {
		m.Kind, account = "registered_already", ""
	}
	note := s.note(u.Bucket, "anonymous", "account.registered", u.ID)
	c, digits := s.newCode(ForRegister, n, account, u.CreatedAt)
	if !taken {
		m.Code = digits
	}
	return c.ID, s.sendCode(ctx, c, m, at, func(v step.View) {
		v.Put(u)
		v.Put(note)
	})
}

// roomForCode refuses early what sendCode will refuse in its step, before a hash is computed.
func (s *Service) roomForCode(ctx context.Context, n Name, at Place) error {
	now := s.instant()
	for _, rule := range []struct {
		key step.Key
		window
	}{{codeSubject(n), codesToName}, {codeAddress(at), codesFromAddress}} {
		t, _, err := step.Read[Throttle](ctx, s.store, rule.key)
		if err != nil {
			return err
		}
		if t.full(rule.window, now) {
			return ErrCodePause
		}
	}
	return nil
}

func codeSubject(n Name) step.Key { return throttleKey("code/" + string(n)) }

// inviteSubject counts invitations apart: who gets one registers within the minute.
func inviteSubject(n Name) step.Key { return throttleKey("invite/" + string(n)) }

func codeAddress(p Place) step.Key { return throttleKey("code/ip/" + p.IP) }

// sendCode writes a code down together with what belongs to it, and then sends the message.
func (s *Service) sendCode(ctx context.Context, c Code, m Message, at Place, with func(step.View)) error {
	name, address := codeSubject(c.Target), codeAddress(at)
	err := s.gate.Do(ctx, step.Step{
		Name: "code.send", Class: step.Staff, Keys: []step.Key{name, address},
		Run: func(v step.View) error {
			to, err := throttle(v, name)
			if err != nil {
				return err
			}
			from, err := throttle(v, address)
			if err != nil {
				return err
			}
			if to.full(codesToName, c.CreatedAt) || from.full(codesFromAddress, c.CreatedAt) {
				return ErrCodePause
			}
			to.took(codesToName, c.CreatedAt)
			from.took(codesFromAddress, c.CreatedAt)
			v.Put(to)
			v.Put(from)
			v.Put(c)
			with(v)
			return nil
		},
	})
	if err != nil {
		return err
	}
	return s.messenger.Send(ctx, m)
}

// Verify takes the code of a registration: the name is the account's from here on, and the person is logged in.
func (s *Service) Verify(ctx context.Context, code, digits string, at Place) (Grant, error) {
	now := s.instant()
	c, found, err := step.Read[Code](ctx, s.store, CodeKey(code))
	if err != nil || !found {
		return Grant{}, orElse(err, ErrCode)
	}
	entry := c.Target.entry(c.Account)
	session, token := s.newSession(User{ID: c.Account}, at, now)
	session.Method, session.Strong = "password", true
	record := Record{Account: c.Account, Name: c.Target.Masked(), Realm: Merchant, Method: "password", Result: LoggedIn,
		Device: session.Device, IP: at.IP, At: now, Bucket: UserKey(c.Account).Bucket}
	record.ID = s.ids.New("log_", record.Bucket)
	note := s.note(record.Bucket, s.trailOf(c.Account), "account.verified", c.Account)
	var grant Grant
	err = s.takeCode(ctx, c.Key(), ForRegister, digits, []step.Key{UserKey(c.Account), entry.Key()}, func(v step.View, c Code) error {
		u, err := step.Must[User](v, UserKey(c.Account), ErrCode)
		if err != nil {
			return err
		}
		next, ok := UserTransitions.Next(u.State, Prove)
		if !ok {
			return ErrCode
		}
		if err := directory.Reserve(v, entry); err != nil {
			return err
		}
		u.State, u.UpdatedAt, u.PasswordChangedAt, u.LastLoginAt = next, now, now, now
		v.Put(u)
		v.Put(session)
		v.Put(record)
		v.Put(note)
		grant = Grant{Token: token, Session: session, User: u}
		return nil
	})
	return grant, err
}

// takeCode uses a code in a step with what it opens. A wrong one is counted.
func (s *Service) takeCode(ctx context.Context, key step.Key, p Purpose, digits string, keys []step.Key, then func(step.View, Code) error) error {
	now := s.instant()
	var refusal error
	err := s.gate.Do(ctx, step.Step{
		Name: "code.take", Class: step.Staff, Keys: append([]step.Key{key}, keys...),
		Run: func(v step.View) error {
			refusal = nil
			c, err := step.Must[Code](v, key, ErrCode)
			if err != nil {
				return err
			}
			good := c.use(p, digits, now)
			v.Put(c)
			if !good {
				refusal = ErrCode
				return nil
			}
			return then(v, c)
		},
	})
	return orElse(err, refusal)
}

// Forgot sends a code by which the password of a log-in name may be set anew. It goes with what is returned to
// [Service.Reset]. Where nobody has the name, its owner is told so, and whoever asked is not.
func (s *Service) Forgot(ctx context.Context, login, lang string, at Place) (code string, err error) {
	n, err := ParseName(login)
	if err != nil {
		return "", err
	}
	if err := checkLang(lang); err != nil {
		return "", err
	}
	u, known, err := s.account(ctx, n)
	if err != nil {
		return "", err
	}
	m, account := Message{To: n, Kind: "reset_unknown", Lang: lang}, ""
	if known && u.State == UserActive {
		m.Kind, m.Lang, account = "reset_code", u.Lang, u.ID
	}
	c, digits := s.newCode(ForReset, n, account, s.instant())
	if account != "" {
		m.Code = digits
	}
	note := s.note(c.Bucket, "anonymous", "password.forgotten", account)
	return c.ID, s.sendCode(ctx, c, m, at, func(v step.View) { v.Put(note) })
}

// Reset sets a password for whoever has the code that [Service.Forgot] sent. All sessions end, failed log-ins are
// forgotten, and second factors stay what they are.
func (s *Service) Reset(ctx context.Context, code, digits, password string) error {
	c, found, err := step.Read[Code](ctx, s.store, CodeKey(code))
	if err != nil || !found {
		return orElse(err, ErrCode)
	}
	u, _, err := step.Read[User](ctx, s.store, UserKey(c.Account))
	if err != nil {
		return err
	}
	realm := u.Realm
	if realm == "" {
		realm = Merchant // a code that was sent to nobody is wrong, and its password is judged all the same
	}
	if err := checkPassword(realm, password, u); err != nil {
		return err
	}
	hash, err := s.hasher.Hash(ctx, password)
	if err != nil {
		return err
	}
	now, user, subject := s.instant(), UserKey(c.Account), throttleKey("login/"+c.Account)
	note := s.note(user.Bucket, s.trailOf(c.Account), "password.reset", c.Account)
	err = s.takeCode(ctx, c.Key(), ForReset, digits, []step.Key{user, subject}, func(v step.View, c Code) error {
		u, err := step.Must[User](v, user, ErrCode)
		if err != nil {
			return err
		}
		if u.State != UserActive || !u.Carries(c.Target) || s.idle(u, now) { // a new password is no second person
			return ErrCode
		}
		tries, err := throttle(v, subject)
		if err != nil {
			return err
		}
		tries.Count, tries.Until = 0, 0
		u.Hash, u.PasswordChangedAt, u.UpdatedAt = hash, now, now
		u.Epoch++
		v.Put(u)
		v.Put(tries)
		v.Put(note)
		return nil
	})
	if err != nil {
		return err
	}
	return s.messenger.Send(ctx, Message{To: u.Contact(), Kind: "password_changed", Lang: u.Lang})
}

// ChangePassword sets another password for the actor, who gives the present one. All other sessions end.
func (s *Service) ChangePassword(ctx context.Context, a Actor, present, next string, at Place) error {
	if err := s.Refresh(ctx, a, present, "", "", at); err != nil {
		return err
	}
	u, err := s.User(ctx, a.ID)
	if err != nil {
		return err
	}
	if err := checkPassword(u.Realm, next, u); err != nil {
		return err
	}
	hash, err := s.hasher.Hash(ctx, next)
	if err != nil {
		return err
	}
	a.FreshAt = s.instant()
	err = s.changeFactors(ctx, a, "password.changed", func(_ step.View, row *User) error {
		row.Hash, row.PasswordChangedAt = hash, a.FreshAt
		return nil
	})
	if err != nil {
		return err
	}
	return s.messenger.Send(ctx, Message{To: u.Contact(), Kind: "password_changed", Lang: u.Lang})
}

// BeginName sends a code to another log-in name that the actor wants.
func (s *Service) BeginName(ctx context.Context, a Actor, login string, at Place) (code string, err error) {
	if err := s.fresh(a, 0); err != nil {
		return "", err
	}
	n, err := ParseName(login)
	if err != nil {
		return "", err
	}
	u, err := s.User(ctx, a.ID)
	if err != nil {
		return "", err
	}
	holder, taken, err := s.account(ctx, n)
	if err != nil {
		return "", err
	}
	m, account := Message{To: n, Kind: "name_code", Lang: u.Lang}, u.ID
	if taken && holder.ID != u.ID {
		m.Kind, account = "registered_already", ""
	}
	c, digits := s.newCode(ForName, n, account, s.instant())
	if account != "" {
		m.Code = digits
	}
	note := s.note(u.Bucket, a.Trail(), "account.name_asked", u.ID)
	return c.ID, s.sendCode(ctx, c, m, at, func(v step.View) { v.Put(note) })
}

// ConfirmName gives the actor's account the log-in name whose code was given, in place of the one of its kind.
func (s *Service) ConfirmName(ctx context.Context, a Actor, code, digits string) error {
	c, found, err := step.Read[Code](ctx, s.store, CodeKey(code))
	if err != nil || !found || c.Account != "" && c.Account != a.ID {
		return orElse(err, ErrCode)
	}
	now := s.instant()
	note := s.note(UserKey(a.ID).Bucket, a.Trail(), "account.name_changed", a.ID)
	return s.takeCode(ctx, c.Key(), ForName, digits, []step.Key{UserKey(a.ID), c.Target.entry(a.ID).Key()}, func(v step.View, c Code) error {
		u, err := step.Must[User](v, UserKey(a.ID), ErrUser)
		if err != nil {
			return err
		}
		if err := reserve(v, c.Target, u.ID); err != nil {
			return err
		}
		u = u.withName(c.Target)
		u.UpdatedAt = now
		v.Put(u)
		v.Put(note)
		return nil
	})
}

// ChangeProfile changes what the actor is called and in which language the product speaks to him.
func (s *Service) ChangeProfile(ctx context.Context, a Actor, name, lang string) (User, error) {
	if err := orElse(checkPersonName(name), checkLang(lang)); err != nil {
		return User{}, err
	}
	return s.changeUser(ctx, a.ID, s.note(UserKey(a.ID).Bucket, a.Trail(), "account.changed", a.ID), func(u *User) error {
		u.Name, u.Lang = name, lang
		return nil
	})
}

// changeUser changes an account and says so in the trail.
func (s *Service) changeUser(ctx context.Context, account string, note audit.Record, change func(*User) error) (User, error) {
	key, now := UserKey(account), s.instant()
	var changed User
	err := s.gate.Do(ctx, step.Step{
		Name: note.Action, Class: step.Staff, Keys: []step.Key{key},
		Run: func(v step.View) error {
			u, err := step.Must[User](v, key, ErrUser)
			if err != nil {
				return err
			}
			if err := change(&u); err != nil {
				return err
			}
			u.UpdatedAt = now
			v.Put(u)
			v.Put(note)
			changed = u
			return nil
		},
	})
	return changed, err
}

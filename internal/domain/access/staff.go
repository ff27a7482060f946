package access

import (
	"context"
	"errors"
	"strconv"

	"github.com/yifen-pay/yifen/internal/domain/directory"
	"github.com/yifen-pay/yifen/internal/domain/id"
	"github.com/yifen-pay/yifen/internal/domain/step"
)

// The kinds of proposal about accounts of staff.
const (
	StaffCreate  = "staff.create"
	StaffRoles   = "staff.roles"
	StaffUnlock  = "staff.unlock"
	StaffClose   = "staff.close"
	StaffFactors = "staff.factors" // second factors are taken away from who lost them
)

// StaffOrder says which account of the platform is to be, or what of it is to change.
type StaffOrder struct {
	Email    Name     `json:"email,omitempty"`
	Phone    Name     `json:"phone,omitempty"`
	Name     string   `json:"name,omitempty"`
	Lang     string   `json:"lang,omitempty"`
	Roles    []Role   `json:"roles,omitempty"`
	Passkeys []string `json:"passkeys,omitempty"` // ids of credentials that are taken away
}

// registerStaffActions registers what takes two people about accounts of staff.
func (s *Service) registerStaffActions() {
	subject := func(p Proposal) []step.Key { return []step.Key{UserKey(p.Subject)} }
	s.RegisterAction(Action{
		Kind: StaffCreate, Ask: StaffManage, Decide: StaffManage,
		Keys: func(p Proposal) []step.Key {
			var o StaffOrder
			if p.After(&o) != nil {
				return nil
			}
			return []step.Key{UserKey(p.Subject), o.Email.entry("").Key(), o.Phone.entry("").Key()}
		},
		Apply: s.createStaff,
	})
	for kind, change := range map[string]func(step.View, *User, StaffOrder, Proposal) error{
		StaffRoles: func(_ step.View, u *User, o StaffOrder, _ Proposal) error {
			u.Roles = o.Roles
			return nil
		},
		StaffUnlock: func(v step.View, u *User, _ StaffOrder, _ Proposal) error {
			tries, err := throttle(v, throttleKey("login/"+u.ID))
			if err != nil {
				return err
			}
			tries.Count, tries.Until = 0, 0
			v.Put(tries)
			return u.move(Unlock)
		},
		StaffClose:   func(_ step.View, u *User, _ StaffOrder, _ Proposal) error { return u.move(Close) },
		StaffFactors: takeFactors,
	} {
		s.RegisterAction(Action{
			Kind: kind, Ask: StaffManage, Decide: StaffManage, Keys: subject,
			Base: func(v step.View, p Proposal) (string, error) {
				u, err := step.Must[User](v, UserKey(p.Subject), ErrUser)
				if err != nil || u.Realm != Platform {
					return "", orElse(err, ErrUser)
				}
				// What people do with their own accounts does not stand in the way.
				return string(u.State) + " " + JoinRoles(u.Roles) + " " + strconv.FormatBool(len(u.TOTP) > 0), nil
			},
			Apply: func(v step.View, p Proposal, _ Actor) error {
				var o StaffOrder
				if err := p.After(&o); err != nil {
					return err
				}
				u, err := step.Must[User](v, UserKey(p.Subject), ErrUser)
				if err != nil {
					return err
				}
				if err := change(v, &u, o, p); err != nil {
					return err
				}
				u.Epoch++
				u.UpdatedAt = p.DecidedAt
				v.Put(u)
				return nil
			},
		})
	}
}

// move moves the account on by its state table.
func (u *User) move(verb Verb) error {
	next, ok := UserTransitions.Next(u.State, verb)
	if !ok {
		return ErrUserState
	}
	u.State = next
	return nil
}

// takeFactors takes the second factors away that an account had when it was proposed.
func takeFactors(v step.View, u *User, o StaffOrder, p Proposal) error {
	u.TOTP, u.TOTPNext, u.Recovery = nil, nil, nil
	for _, credential := range o.Passkeys {
		key := step.Key{Table: PasskeyTable, Bucket: u.Bucket, ID: u.ID + "/" + credential}
		row, found, err := step.Get[Passkey](v, key)
		if err != nil {
			return err
		}
		if found && row.RemovedAt == 0 {
			row.RemovedAt = p.DecidedAt
			u.Passkeys--
			v.Put(row)
		}
	}
	return nil
}

// createStaff makes the account. Its person sets a password by [Service.Forgot].
func (s *Service) createStaff(v step.View, p Proposal, _ Actor) error {
	var o StaffOrder
	if err := p.After(&o); err != nil {
		return err
	}
	u := User{
		ID: p.Subject, Bucket: bucketOf(p.Subject), Realm: Platform, State: UserActive, Name: o.Name, Email: o.Email, Phone: o.Phone,
		Lang: o.Lang, Roles: o.Roles, CreatedAt: p.DecidedAt, UpdatedAt: p.DecidedAt,
	}
	for _, n := range []Name{o.Email, o.Phone} {
		if n != "" {
			if err := reserve(v, n, u.ID); err != nil {
				return err
			}
		}
	}
	v.Put(u)
	return nil
}

// ProposeStaff asks for an account of the platform.
func (s *Service) ProposeStaff(ctx context.Context, a Actor, o StaffOrder, reason string) (Proposal, error) {
	var err error
	if o.Email, err = ParseName(string(o.Email)); err != nil || !o.Email.IsEmail() {
		return Proposal{}, ErrName.With("staff have an e-mail address")
	}
	if o.Phone != "" {
		if o.Phone, err = ParseName(string(o.Phone)); err != nil || o.Phone.IsEmail() {
			return Proposal{}, ErrName
		}
	}
	if err := orElse(checkPersonName(o.Name), checkLang(o.Lang)); err != nil {
		return Proposal{}, err
	}
	if o.Roles, err = CheckRoles(Platform, o.Roles); err != nil {
		return Proposal{}, err
	}
	o.Passkeys = nil
	return s.Propose(ctx, a, Draft{Kind: StaffCreate, Subject: s.ids.NewRoot(UserPrefix), After: o, Reason: reason})
}

// ProposeStaffChange asks for a change of an account of the platform: other roles, or to unlock it, close it or
// take its second factors away.
func (s *Service) ProposeStaffChange(ctx context.Context, a Actor, kind, account string, roles []Role, reason string) (Proposal, error) {
	u, err := s.User(ctx, account)
	if err != nil || u.Realm != Platform {
		return Proposal{}, orElse(err, ErrUser)
	}
	before, after := StaffOrder{Name: u.Name, Roles: u.Roles}, StaffOrder{Name: u.Name, Roles: u.Roles}
	switch kind {
	case StaffRoles:
		if after.Roles, err = CheckRoles(Platform, roles); err != nil {
			return Proposal{}, err
		}
	case StaffFactors:
		keys, err := s.Passkeys(ctx, account)
		if err != nil {
			return Proposal{}, err
		}
		for _, k := range keys {
			before.Passkeys = append(before.Passkeys, k.ID)
		}
		after.Passkeys = before.Passkeys
	case StaffUnlock, StaffClose:
	default:
		return Proposal{}, ErrProposalKind
	}
	return s.Propose(ctx, a, Draft{Kind: kind, Subject: account, Before: before, After: after, Reason: reason})
}

// LockUser locks an account at once, and ends its sessions. What stops a thief waits for nobody: one person is
// enough, and unlocking an account of staff takes two.
func (s *Service) LockUser(ctx context.Context, a Actor, account, reason string) (User, error) {
	return s.moveUser(ctx, a, account, reason, "account.locked", Lock)
}

// UnlockUser opens a locked account of a merchant's or an agent's person again.
func (s *Service) UnlockUser(ctx context.Context, a Actor, account, reason string) (User, error) {
	u, err := s.User(ctx, account)
	if err != nil || u.Realm == Platform {
		return u, orElse(err, ErrForbidden.With("an account of staff is unlocked by a proposal"))
	}
	return s.moveUser(ctx, a, account, reason, "account.unlocked", Unlock)
}

func (s *Service) moveUser(ctx context.Context, a Actor, account, reason, action string, verb Verb) (User, error) {
	if a.Realm != Platform || account == a.ID {
		return User{}, ErrForbidden
	}
	u, err := s.User(ctx, account)
	if err != nil {
		return User{}, err
	}
	needs := StaffManage
	if u.Realm == Agent && a.May(AgentManage) { // whoever adds an agent's people locks them too
		needs = AgentManage
	}
	if err := orElse(s.fresh(a, needs), checkReason(reason, true)); err != nil {
		return User{}, err
	}
	note := s.note(UserKey(account).Bucket, a.Trail(), action, account)
	note.Detail = reason
	return s.changeUser(ctx, account, note, func(u *User) error {
		u.Epoch++
		return u.move(verb)
	})
}

// NewUser is an account that is made without a code: by the command line, whose user holds the machine, and by the
// demo.
type NewUser struct {
	Realm    Realm
	Email    string
	Phone    string
	Name     string
	Lang     string
	Password string
	Roles    []Role // of the platform or of an agent
	Agent    string
}

// firstAdmin is reserved in the directory by who made the installation's first administrator.
var firstAdmin = directory.Entry{Kind: "installation", Name: "first_admin"}

// FirstAdmin makes the first account of the platform. There is one such account in the life of an installation:
// all others come by proposals.
func (s *Service) FirstAdmin(ctx context.Context, n NewUser) (User, error) {
	n.Realm, n.Roles = Platform, []Role{Admin}
	return s.furnish(ctx, n, true)
}

// FurnishUser makes an account, or returns the one that has its e-mail address. It is for the demo and for tests.
func (s *Service) FurnishUser(ctx context.Context, n NewUser) (User, error) {
	return s.furnish(ctx, n, false)
}

func (s *Service) furnish(ctx context.Context, n NewUser, first bool) (User, error) {
	now := s.instant()
	u := User{
		ID: s.ids.NewRoot(UserPrefix), Realm: n.Realm, State: UserActive, Name: n.Name, Lang: n.Lang, Agent: n.Agent, Roles: n.Roles,
		PasswordChangedAt: now, CreatedAt: now, UpdatedAt: now,
	}
	u.Bucket = id.MustBucket(u.ID)
	keys := []step.Key{firstAdmin.Key()}
	var names []Name
	for _, text := range []string{n.Email, n.Phone} {
		if text == "" {
			continue
		}
		name, err := ParseName(text)
		if err != nil {
			return u, err
		}
		if holder, taken, err := s.account(ctx, name); err != nil || taken && !first {
			return holder, err
		}
		u = u.withName(name)
		names, keys = append(names, name), append(keys, name.entry("").Key())
	}
	if len(names) == 0 {
		return u, ErrName
	}
	for _, err := range []error{checkPersonName(n.Name), checkLang(n.Lang), checkPassword(n.Realm, n.Password, u)} {
		if err != nil {
			return u, err
		}
	}
	if n.Realm != Merchant {
		if _, err := CheckRoles(n.Realm, n.Roles); err != nil {
			return u, err
		}
	}
	var err error
	if u.Hash, err = s.hasher.Hash(ctx, n.Password); err != nil {
		return u, err
	}
	note := s.note(u.Bucket, "system", "account.furnished", u.ID)
	note.Detail = string(u.Realm) + " " + JoinRoles(u.Roles)
	mark := firstAdmin
	mark.Target = u.ID
	return u, s.gate.Do(ctx, step.Step{
		Name: "account.furnish", Class: step.Staff, Keys: keys,
		Run: func(v step.View) error {
			if first {
				if err := directory.Reserve(v, mark); err != nil {
					if errors.Is(err, directory.ErrTaken) {
						return ErrFirstAdmin
					}
					return err
				}
			}
			for _, name := range names {
				if err := reserve(v, name, u.ID); err != nil {
					return err
				}
			}
			v.Put(u)
			v.Put(note)
			return nil
		},
	})
}

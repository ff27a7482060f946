package access

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"slices"
	"time"

	"github.com/yifen-pay/yifen/internal/domain/calendar"
	"github.com/yifen-pay/yifen/internal/domain/id"
	"github.com/yifen-pay/yifen/internal/domain/step"
)

// Where people of merchants and invitations lie.
const (
	MemberTable     step.Table = "member"
	RosterTable     step.Table = "roster"
	InvitationTable step.Table = "invitation"
)

// MemberState says whether a person works with a merchant.
type MemberState string

// The states: active ⇄ removed.
const (
	MemberActive  MemberState = "active"
	MemberRemoved MemberState = "removed"
)

// Member is a person's place with a merchant. It lies in the merchant's bucket.
type Member struct {
	Merchant  string
	Account   string
	Roles     []Role
	State     MemberState
	AddedBy   string
	CreatedAt calendar.Instant
	UpdatedAt calendar.Instant
}

// Key returns the row's key.
func (m Member) Key() step.Key { return MemberKey(m.Merchant, m.Account) }

// MemberKey names a person's place with a merchant.
func MemberKey(merchant, account string) step.Key {
	return step.Key{Table: MemberTable, Bucket: bucketOf(merchant), ID: merchant + "/" + account}
}

// bucketOf returns the bucket that an id carries. One that is none names what is not there, in bucket 0.
func bucketOf(text string) id.Bucket {
	b, err := id.BucketOf(text)
	if err != nil {
		return 0
	}
	return b
}

// Roster counts a merchant's people, so that the last owner is known without a look at all of them.
type Roster struct {
	Merchant string
	Owners   int64
	Members  int64
}

// Key returns the row's key.
func (r Roster) Key() step.Key { return rosterKey(r.Merchant) }

func rosterKey(merchant string) step.Key {
	return step.Key{Table: RosterTable, Bucket: bucketOf(merchant), ID: merchant}
}

// EnrollKeys lists the rows that [Enroll] looks at.
func EnrollKeys(merchant, account string) []step.Key {
	return []step.Key{MemberKey(merchant, account), rosterKey(merchant)}
}

// Enroll writes in a step that a person works with a merchant, with these roles from now on. It keeps the roster
// and refuses to take the last owner's role. Whoever makes a merchant enrolls its first owner with it.
func Enroll(v step.View, m Member) error {
	old, found, err := step.Get[Member](v, m.Key())
	if err != nil {
		return err
	}
	roster, _, err := step.Get[Roster](v, rosterKey(m.Merchant))
	if err != nil {
		return err
	}
	roster.Merchant = m.Merchant
	if found {
		m.CreatedAt, m.AddedBy = old.CreatedAt, old.AddedBy
		roster.count(old, -1)
	}
	roster.count(m, 1)
	if roster.Owners == 0 && found && slices.Contains(old.Roles, Owner) {
		return ErrLastOwner
	}
	v.Put(m)
	v.Put(roster)
	return nil
}

func (r *Roster) count(m Member, n int64) {
	if m.State != MemberActive {
		return
	}
	r.Members += n
	if slices.Contains(m.Roles, Owner) {
		r.Owners += n
	}
}

// Member returns a person's place with a merchant within the actor's scope.
func (s *Service) Member(ctx context.Context, a Actor, merchant, account string) (Member, error) {
	if !a.Scope().Covers(merchant) || !a.May(MemberView) {
		return Member{}, ErrScope
	}
	m, found, err := step.Read[Member](ctx, s.store, MemberKey(merchant, account))
	if err == nil && !found {
		err = ErrMember
	}
	return m, err
}

// ChangeMember gives a person other roles with the actor's merchant. Owners are made and unmade by owners.
func (s *Service) ChangeMember(ctx context.Context, a Actor, account string, roles []Role) (Member, error) {
	roles, err := CheckRoles(Merchant, roles)
	if err != nil {
		return Member{}, err
	}
	return s.changeMember(ctx, a, account, "member.changed", func(m *Member) { m.Roles = roles })
}

// RemoveMember takes a person out of the actor's merchant. The person's sessions go on without the merchant.
func (s *Service) RemoveMember(ctx context.Context, a Actor, account string) error {
	_, err := s.changeMember(ctx, a, account, "member.removed", func(m *Member) { m.State = MemberRemoved })
	return err
}

func (s *Service) changeMember(ctx context.Context, a Actor, account, action string, change func(*Member)) (Member, error) {
	if err := s.manages(a); err != nil {
		return Member{}, err
	}
	key, own, now := MemberKey(a.Merchant, account), MemberKey(a.Merchant, a.ID), s.instant()
	note := s.note(key.Bucket, a.Trail(), action, account)
	note.Merchant = a.Merchant
	told := s.tell(a.Merchant, action, account, map[string]string{"member": account})
	var changed Member
	err := s.gate.Do(ctx, step.Step{
		Name: action, Class: step.Staff, Keys: append(EnrollKeys(a.Merchant, account), own),
		Run: func(v step.View) error {
			actor, found, err := step.Get[Member](v, own)
			if err != nil || !found || actor.State != MemberActive || !Granted(Merchant, actor.Roles...).Has(MemberManage) {
				return orElse(err, ErrForbidden)
			}
			m, found, err := step.Get[Member](v, key)
			if err != nil || !found || m.State != MemberActive {
				return orElse(err, ErrMember)
			}
			was := slices.Contains(m.Roles, Owner)
			change(&m)
			if (was || slices.Contains(m.Roles, Owner)) && !slices.Contains(actor.Roles, Owner) {
				return ErrOwnerOnly
			}
			m.UpdatedAt = now
			if err := Enroll(v, m); err != nil {
				return err
			}
			note.Detail = JoinRoles(m.Roles)
			v.Put(note)
			v.Put(told)
			changed = m
			return nil
		},
	})
	return changed, err
}

// manages refuses whoever may not change the people of the merchant for which he acts.
func (s *Service) manages(a Actor) error {
	if a.Realm != Merchant || a.Merchant == "" {
		return ErrForbidden
	}
	return s.fresh(a, MemberManage)
}

// InvitationState is the state of an invitation.
type InvitationState string

// The states: open → accepted or withdrawn. One whose time is over stays open in the records and opens nothing.
const (
	InvitationOpen      InvitationState = "open"
	InvitationAccepted  InvitationState = "accepted"
	InvitationWithdrawn InvitationState = "withdrawn"
)

const invitationPrefix = "inv_"

const invitationLife = 7 * 24 * time.Hour

// Invitation asks whoever reads messages under a name to work with a merchant.
type Invitation struct {
	ID        string
	Bucket    id.Bucket
	Merchant  string
	Target    Name
	Roles     []Role
	State     InvitationState
	Hash      []byte // of the token in the message
	By        string
	Account   string // who accepted
	ExpiresAt calendar.Instant
	CreatedAt calendar.Instant
	UpdatedAt calendar.Instant
}

// Key returns the row's key.
func (i Invitation) Key() step.Key { return InvitationKey(i.ID) }

// InvitationKey names an invitation.
func InvitationKey(invitation string) step.Key {
	return step.Key{Table: InvitationTable, Bucket: bucketOf(invitation), ID: invitation}
}

// Open tells whether the invitation may be accepted at a moment.
func (i Invitation) Open(now calendar.Instant) bool {
	return i.State == InvitationOpen && now < i.ExpiresAt
}

// Invite asks a person to work with the actor's merchant. merchant is its name, for the message.
func (s *Service) Invite(ctx context.Context, a Actor, login string, roles []Role, merchant, lang string) (Invitation, error) {
	if err := s.manages(a); err != nil {
		return Invitation{}, err
	}
	n, err := ParseName(login)
	if err != nil {
		return Invitation{}, err
	}
	if err := checkLang(lang); err != nil {
		return Invitation{}, err
	}
	if roles, err = CheckRoles(Merchant, roles); err != nil {
		return Invitation{}, err
	}
	now, token := s.instant(), s.newToken()
	hash := sha256.Sum256([]byte(token))
	i := Invitation{
		ID: s.ids.New(invitationPrefix, bucketOf(a.Merchant)), Bucket: bucketOf(a.Merchant), Merchant: a.Merchant, Target: n,
		Roles: roles, State: InvitationOpen, Hash: hash[:], By: a.ID, ExpiresAt: now.Add(invitationLife), CreatedAt: now, UpdatedAt: now,
	}
	own, room := MemberKey(a.Merchant, a.ID), inviteSubject(n)
	note := s.note(i.Bucket, a.Trail(), "member.invited", i.ID)
	note.Merchant, note.Detail = a.Merchant, JoinRoles(roles)
	err = s.gate.Do(ctx, step.Step{
		Name: "member.invite", Class: step.Staff, Keys: []step.Key{own, room},
		Run: func(v step.View) error {
			if err := mayGrant(v, own, roles); err != nil {
				return err
			}
			if err := takeRoom(v, room, now); err != nil {
				return err
			}
			v.Put(i)
			v.Put(note)
			return nil
		},
	})
	if err != nil {
		return Invitation{}, err
	}
	return i, s.sendInvitation(ctx, i, token, merchant, lang)
}

// mayGrant refuses a member who does not manage the others any more, or who would make an owner without being one.
func mayGrant(v step.View, own step.Key, roles []Role) error {
	actor, found, err := step.Get[Member](v, own)
	if err != nil || !found || actor.State != MemberActive || !Granted(Merchant, actor.Roles...).Has(MemberManage) {
		return orElse(err, ErrForbidden)
	}
	if slices.Contains(roles, Owner) && !slices.Contains(actor.Roles, Owner) {
		return ErrOwnerOnly
	}
	return nil
}

// takeRoom counts an invitation to a name, or refuses one too many.
func takeRoom(v step.View, room step.Key, now calendar.Instant) error {
	to, err := throttle(v, room)
	if err != nil {
		return err
	}
	if to.full(codesToName, now) {
		return ErrCodePause
	}
	to.took(codesToName, now)
	v.Put(to)
	return nil
}

func (s *Service) sendInvitation(ctx context.Context, i Invitation, token, merchant, lang string) error {
	return s.messenger.Send(ctx, Message{To: i.Target, Kind: "invitation", Lang: lang, Code: token,
		Args: map[string]string{"merchant": merchant, "invitation": i.ID}})
}

// ResendInvitation sends an invitation of the actor's merchant that nobody took yet once more, with a new link, and lets it
// hold from now on. The link before is void.
func (s *Service) ResendInvitation(ctx context.Context, a Actor, invitation, merchant, lang string) (i Invitation, err error) {
	if err := s.manages(a); err != nil {
		return i, err
	}
	if err := checkLang(lang); err != nil {
		return i, err
	}
	key := InvitationKey(invitation)
	old, found, err := step.Read[Invitation](ctx, s.store, key)
	if err != nil || !found || old.Merchant != a.Merchant {
		return i, orElse(err, ErrInvitation)
	}
	now, token, own, room := s.instant(), s.newToken(), MemberKey(a.Merchant, a.ID), inviteSubject(old.Target)
	hash := sha256.Sum256([]byte(token))
	note := s.note(key.Bucket, a.Trail(), "member.invited_again", invitation)
	note.Merchant = a.Merchant
	err = s.gate.Do(ctx, step.Step{
		Name: "member.reinvite", Class: step.Staff, Keys: []step.Key{key, own, room},
		Run: func(v step.View) error {
			if i, found, err = step.Get[Invitation](v, key); err != nil || !found || i.State != InvitationOpen {
				return orElse(err, ErrInvitation)
			}
			if err := mayGrant(v, own, i.Roles); err != nil {
				return err
			}
			if err := takeRoom(v, room, now); err != nil {
				return err
			}
			i.Hash, i.ExpiresAt, i.UpdatedAt = hash[:], now.Add(invitationLife), now
			v.Put(i)
			v.Put(note)
			return nil
		},
	})
	if err != nil {
		return Invitation{}, err
	}
	return i, s.sendInvitation(ctx, i, token, merchant, lang)
}

// WithdrawInvitation takes an invitation of the actor's merchant back.
func (s *Service) WithdrawInvitation(ctx context.Context, a Actor, invitation string) error {
	if err := s.manages(a); err != nil {
		return err
	}
	key, now := InvitationKey(invitation), s.instant()
	note := s.note(key.Bucket, a.Trail(), "member.invitation_withdrawn", invitation)
	note.Merchant = a.Merchant
	return s.gate.Do(ctx, step.Step{
		Name: "member.uninvite", Class: step.Staff, Keys: []step.Key{key},
		Run: func(v step.View) error {
			i, found, err := step.Get[Invitation](v, key)
			if err != nil || !found || i.Merchant != a.Merchant || i.State != InvitationOpen {
				return orElse(err, ErrInvitation)
			}
			i.State, i.UpdatedAt = InvitationWithdrawn, now
			v.Put(i)
			v.Put(note)
			return nil
		},
	})
}

// AcceptInvitation makes the actor, who has the token of the message, one of the merchant's people. The session
// acts for the merchant from here on.
func (s *Service) AcceptInvitation(ctx context.Context, a Actor, invitation, token string) (Member, error) {
	if a.Session == "" {
		return Member{}, ErrPersonNeeded
	}
	if a.Realm != Merchant {
		return Member{}, ErrForbidden
	}
	key, session, now := InvitationKey(invitation), SessionKey(a.Session), s.instant()
	hash := sha256.Sum256([]byte(token))
	i, found, err := step.Read[Invitation](ctx, s.store, key)
	if err != nil || !found || subtle.ConstantTimeCompare(i.Hash, hash[:]) != 1 {
		return Member{}, orElse(err, ErrInvitation)
	}
	m := Member{Merchant: i.Merchant, Account: a.ID, Roles: i.Roles, State: MemberActive, AddedBy: i.By, CreatedAt: now, UpdatedAt: now}
	note := s.note(key.Bucket, a.Trail(), "member.joined", a.ID)
	note.Merchant, note.Detail = i.Merchant, JoinRoles(i.Roles)
	told := s.tell(i.Merchant, "member.joined", a.ID, map[string]string{"member": a.ID})
	inviter := MemberKey(i.Merchant, i.By)
	err = s.gate.Do(ctx, step.Step{
		Name: "member.join", Class: step.Staff, Keys: append(EnrollKeys(i.Merchant, a.ID), key, session, inviter),
		Run: func(v step.View) error {
			row, found, err := step.Get[Invitation](v, key)
			if err != nil || !found || !row.Open(now) {
				return orElse(err, ErrInvitation)
			}
			// What its writer may not do any more, the invitation does not do either.
			by, found, err := step.Get[Member](v, inviter)
			if err != nil || !found || by.State != MemberActive || !Granted(Merchant, by.Roles...).Has(MemberManage) ||
				slices.Contains(row.Roles, Owner) && !slices.Contains(by.Roles, Owner) {
				return orElse(err, ErrInvitation)
			}
			if old, found, err := step.Get[Member](v, m.Key()); err != nil || found && old.State == MemberActive {
				return orElse(err, ErrMemberIs)
			}
			own, err := step.Must[Session](v, session, ErrSession)
			if err != nil {
				return err
			}
			if err := Enroll(v, m); err != nil {
				return err
			}
			row.State, row.Account, row.UpdatedAt, own.Merchant = InvitationAccepted, a.ID, now, i.Merchant
			v.Put(row)
			v.Put(own)
			v.Put(note)
			v.Put(told)
			return nil
		},
	})
	return m, err
}

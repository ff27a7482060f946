package access

import (
	"context"

	"github.com/yifen-pay/yifen/internal/domain/step"
)

// Standing is what an agent lets its people do while it is in its state. The agent's own package knows the states.
type Standing uint8

// The standings.
const (
	StandingNone   Standing = iota // the agent ended, or never was: its people are not let in
	StandingReads                  // its people read, and bring no merchants
	StandingBrings                 // its people do what their roles permit
)

// permits returns what of a person's permissions a standing leaves.
func (n Standing) permits(p Permissions) Permissions {
	switch n {
	case StandingBrings:
		return p
	case StandingReads:
		return p &^ Permissions(0).Allow(ApplicationEdit)
	}
	return 0
}

// standing returns how an agent stands, by one read. Where nobody says it, no agent is there.
func (s *Service) standing(ctx context.Context, agent string) (Standing, error) {
	if s.agents == nil || agent == "" {
		return StandingNone, nil
	}
	return s.agents(ctx, agent)
}

// shutOut tells whether an account is of an agent that lets nobody in.
func (s *Service) shutOut(ctx context.Context, u User) (bool, error) {
	if u.Realm != Agent {
		return false, nil
	}
	n, err := s.standing(ctx, u.Agent)
	return n == StandingNone, err
}

// PersonOrder says who is to be one of an agent's people.
type PersonOrder struct {
	Login string // e-mail address or telephone number
	Name  string
	Lang  string // in which the person is written to
	Roles []Role
}

// AddAgentPerson makes an account for a person of an agent and writes to that person, who sets a password by
// [Service.Forgot]: until then none fits. firm is the agent's name, for the message. An agent that ends meanwhile lets
// the person in no more than the others.
func (s *Service) AddAgentPerson(ctx context.Context, a Actor, agent, firm string, o PersonOrder) (User, error) {
	if a.Realm != Platform {
		return User{}, ErrForbidden
	}
	if err := s.fresh(a, AgentManage); err != nil {
		return User{}, err
	}
	n, err := ParseName(o.Login)
	if err != nil {
		return User{}, err
	}
	if err := orElse(checkPersonName(o.Name), checkLang(o.Lang)); err != nil {
		return User{}, err
	}
	roles, err := CheckRoles(Agent, o.Roles)
	if err != nil {
		return User{}, err
	}
	if stands, err := s.standing(ctx, agent); err != nil || stands == StandingNone {
		return User{}, orElse(err, ErrAgentEnded)
	}
	now := s.instant()
	u := User{
		ID: s.ids.NewRoot(UserPrefix), Realm: Agent, State: UserActive, Name: o.Name, Lang: o.Lang, Agent: agent, Roles: roles,
		CreatedAt: now, UpdatedAt: now,
	}.withName(n)
	u.Bucket = bucketOf(u.ID)
	note := s.note(u.Bucket, a.Trail(), "agent.person_added", u.ID)
	note.Detail = agent + " " + JoinRoles(roles)
	told := s.tell("", note.Action, agent, map[string]string{"agent": agent, "person": u.ID})
	err = s.gate.Do(ctx, step.Step{
		Name: note.Action, Class: step.Staff, Keys: []step.Key{u.Key(), n.entry("").Key()},
		Run: func(v step.View) error {
			if err := reserve(v, n, u.ID); err != nil {
				return err
			}
			v.Put(u)
			v.Put(note)
			v.Put(told)
			return nil
		},
	})
	if err != nil {
		return User{}, err
	}
	return u, s.messenger.Send(ctx, Message{To: n, Kind: "agent_person", Lang: u.Lang, Args: map[string]string{"agent": firm, "login": string(n)}})
}

// AgentPerson returns the account of one of an agent's people.
func (s *Service) AgentPerson(ctx context.Context, agent, account string) (User, error) {
	u, err := s.User(ctx, account)
	if err == nil && (u.Realm != Agent || u.Agent != agent) {
		err = ErrUser
	}
	if err != nil {
		return User{}, err
	}
	return u, nil
}

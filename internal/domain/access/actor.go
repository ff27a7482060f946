package access

import (
	"github.com/yifen-pay/yifen/internal/domain/calendar"
	"github.com/yifen-pay/yifen/internal/domain/fault"
)

// Realm is the side of the house on which an account lives. An account lives on one side for life, so that
// nobody reviews an application of their own.
type Realm string

// The realms.
const (
	Platform Realm = "platform" // staff of the operator, in the console
	Merchant Realm = "merchant" // people of merchants, in the portal
	Agent    Realm = "agent"    // people of agents, in the portal
)

// Actor is who asks: a person in a session, or a program with an API key. It is made by this package from
// what was proved, and stands for nothing longer than one request.
type Actor struct {
	ID       string // usr_… or key_…
	Name     string // for people to read
	Realm    Realm
	Merchant string // for whom the actor acts; empty for staff
	Agent    string // for which agent
	Session  string // key of the session's row; empty for an API key
	Can      Permissions
	Live     bool             // false for a test key
	Strong   bool             // a second factor was given in this session
	FreshAt  calendar.Instant // of the last proof of identity in this session
}

// May tells whether the actor holds a permission.
func (a Actor) May(p Permission) bool { return a.Can.Has(p) }

// Trail returns the actor as the audit trail writes it: "platform:usr_…", "merchant:usr_…", "key:key_…".
func (a Actor) Trail() string {
	if a.Session == "" {
		return "key:" + a.ID
	}
	return string(a.Realm) + ":" + a.ID
}

// Scope returns whose records the actor may see.
func (a Actor) Scope() Scope {
	switch {
	case a.Realm == Platform && a.ID != "":
		return Scope{all: true}
	case a.Merchant != "":
		return Scope{merchant: a.Merchant}
	}
	return Scope{agent: a.Agent}
}

// Scope says whose records may be seen. Its zero value sees nothing; only an [Actor] makes another one, and
// [Everything] for jobs, so that a list which asks for a scope cannot be read without an answer to who asks.
type Scope struct {
	all             bool
	merchant, agent string
}

// ErrScope is the refusal of what lies outside of the caller's scope: it is told as a thing that does not exist.
var ErrScope = fault.New(fault.NotFound, "not_found", "there is no such record")

// All tells that the scope has no bounds.
func (s Scope) All() bool { return s.all }

// Merchant returns the one merchant that the scope covers, "" when it is wider or empty.
func (s Scope) Merchant() string { return s.merchant }

// Agent returns the agent whose merchants the scope covers, "" when there is none.
func (s Scope) Agent() string { return s.agent }

// Covers tells whether a record of this merchant may be seen.
func (s Scope) Covers(merchant string) bool {
	return s.all || merchant != "" && s.merchant == merchant
}

// Within narrows the scope to one merchant. It refuses one that the scope does not cover.
func (s Scope) Within(merchant string) (Scope, error) {
	if !s.Covers(merchant) {
		return Scope{}, ErrScope
	}
	return Scope{merchant: merchant}, nil
}

// Everything is the scope of jobs, which act for no person.
func Everything() Scope { return Scope{all: true} }

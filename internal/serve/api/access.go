package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/yifen-pay/yifen/internal/domain/access"
	"github.com/yifen-pay/yifen/internal/domain/audit"
	"github.com/yifen-pay/yifen/internal/domain/listing"
	"github.com/yifen-pay/yifen/internal/domain/step"
)

// AccessLists reads lists about people. Each takes whose records the caller may see.
type AccessLists interface {
	step.Reader
	Users(context.Context, access.Scope, access.UserFilter, listing.Page) (listing.Slice[access.User], error)
	Members(ctx context.Context, scope access.Scope, merchant string, p listing.Page) (listing.Slice[access.Member], error)
	Invitations(ctx context.Context, scope access.Scope, merchant string, p listing.Page) (listing.Slice[access.Invitation], error)
	APIKeys(ctx context.Context, scope access.Scope, merchant string, p listing.Page) (listing.Slice[access.APIKey], error)
	Logins(ctx context.Context, scope access.Scope, account string, p listing.Page) (listing.Slice[access.Record], error)
	Proposals(context.Context, access.Scope, access.ProposalFilter, listing.Page) (listing.Slice[access.Proposal], error)
	Trail(context.Context, access.Scope, access.TrailFilter, listing.Page) (listing.Slice[audit.Record], error)
	Memberships(ctx context.Context, account string, limit int) ([]access.Member, error)
	VerifyTrail(ctx context.Context, scope access.Scope, limit int64) (access.TrailVerdict, error)
}

// registerAccess registers what is about people: who comes in, and who may do what.
func (a *API) registerAccess() {
	a.registerLogin()
	a.registerMe()
	a.registerPasskeys()
	a.registerMembers()
	a.registerKeys()
	a.registerStaff()
	a.registerProposals()
	a.registerTrail()
}

// Empty is the answer 204.
type Empty struct{}

// place is from where a request comes.
func place(ctx context.Context) access.Place {
	r := requestOf(ctx)
	return access.Place{IP: r.client.String(), Device: r.agent}
}

// heldKey finds in a context what a cookie of the door's own held.
type heldKey struct{ what string }

// holding lets an operation read a cookie of the door's own, which goes from one request of an exchange to the next.
func (a *API) holding(op huma.Operation, what string) huma.Operation {
	op.Middlewares = append(op.Middlewares, func(ctx huma.Context, next func(huma.Context)) {
		if c, err := huma.ReadCookie(ctx, a.cookieName()+"-"+what); err == nil {
			ctx = huma.WithValue(ctx, heldKey{what}, c.Value)
		}
		next(ctx)
	})
	return op
}

func held(ctx context.Context, what string) string {
	value, _ := ctx.Value(heldKey{what}).(string)
	return value
}

// hold returns the cookie that [API.holding] reads; an empty value takes it away.
func (a *API) hold(what, value string, life time.Duration) http.Cookie {
	c := a.cookie(value, life)
	c.Name += "-" + what
	return c
}

// Names of what the door's own cookies hold.
const (
	heldCode     = "code"     // the id of a verification code
	heldCeremony = "ceremony" // of an exchange with a passkey
)

// withStatus gives an operation the status of its success.
func withStatus(op huma.Operation, status int) huma.Operation {
	op.DefaultStatus = status
	return op
}

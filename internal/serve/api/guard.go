package api

import (
	"context"
	"crypto/rand"
	"encoding/base32"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/yifen-pay/yifen/internal/domain/access"
	"github.com/yifen-pay/yifen/internal/domain/calendar"
	"github.com/yifen-pay/yifen/internal/domain/fault"
	"github.com/yifen-pay/yifen/internal/domain/step"
)

// Rule says who may call an operation. The zero rule lets in whoever is logged in with all that the account asks for.
type Rule struct {
	Public bool              // nobody needs to be known
	Weak   bool              // a second factor that is still missing does not matter
	Needs  access.Permission // of the actor
	Realm  access.Realm      // on which side of the house; empty for any
	Key    bool              // programs may call it with an API key that has the permission
	Fresh  bool              // the proof of identity must not be older than five minutes
	Secret bool              // the answer shows a secret and is never kept
	Bare   bool              // the body holds a password: nothing of it is kept, so that a repetition is not known
}

// freshFor is how long a proof of identity counts as fresh.
const freshFor = 5 * time.Minute

// Refusals of the guard.
var (
	ErrUnauthenticated = fault.New(fault.Forbidden, "unauthenticated", "log in first, or send an API key as a bearer token")
	ErrSecondFactor    = fault.New(fault.Forbidden, "second_factor_required", "give the second factor first")
	ErrForbidden       = fault.New(fault.Forbidden, "forbidden", "you may not do this: ask for the permission")
	ErrFresh           = fault.New(fault.Forbidden, "fresh_required", "prove once more who you are: this changes access or money")
	ErrCrossSite       = fault.New(fault.Forbidden, "cross_site", "the request was sent by another site")
	ErrHost            = fault.New(fault.Forbidden, "host_unknown", "this name is not one of ours: use the address that the operator gave you")
)

// request is what the door knows of a request.
type request struct {
	id     string
	route  string
	client netip.Addr
	agent  string
	token  string // of the session, "" where there is none
	key    string // the API key, "" where there is none
	actor  access.Actor
	known  bool
}

type requestKey struct{}

func requestOf(ctx context.Context) *request {
	r, _ := ctx.Value(requestKey{}).(*request)
	if r == nil {
		r = &request{}
	}
	return r
}

// actorOf returns who asks. It is the zero actor in operations that are public.
func actorOf(ctx context.Context) access.Actor { return requestOf(ctx).actor }

// realmWords says for whom an operation of a realm is.
var realmWords = map[access.Realm]string{
	access.Merchant: "a merchant's people and programs", access.Platform: "the operator's staff", access.Agent: "agents",
}

// lacks is the refusal of who has not a permission. It names it, so that one knows what to ask for.
func lacks(p access.Permission) error {
	return ErrForbidden.With("this takes the permission %s, which you do not have: ask for it", p)
}

// allow tells whether a rule lets an actor in.
func (r Rule) allow(a access.Actor, now calendar.Instant) error {
	switch {
	case a.Session == "" && !r.Key:
		return ErrForbidden.With("programs may not do this: a person does it in the portal")
	case r.Realm != "" && a.Realm != r.Realm:
		return ErrForbidden.With("this is for %s only", realmWords[r.Realm])
	case a.Session != "" && !a.Strong && !r.Weak && a.Realm == access.Platform:
		return ErrSecondFactor
	case r.Needs != 0 && !a.May(r.Needs):
		return lacks(r.Needs)
	case r.Fresh && a.Session != "" && now.Sub(a.FreshAt) > freshFor:
		return ErrFresh
	}
	return nil
}

// guard lets in whom the rule lets in.
func (a *API) guard(rule Rule) func(huma.Context, func(huma.Context)) {
	return func(ctx huma.Context, next func(huma.Context)) {
		r := requestOf(ctx.Context())
		r.route = ctx.Operation().Method + " " + ctx.Operation().Path
		if err := a.identify(ctx, r); err != nil && !rule.Public {
			a.refuse(ctx, err)
			return
		}
		if !rule.Public {
			if !r.known {
				a.refuse(ctx, ErrUnauthenticated)
				return
			}
			if err := rule.allow(r.actor, calendar.At(a.config.Now())); err != nil {
				a.refuse(ctx, err)
				return
			}
		}
		next(ctx)
	}
}

// identify finds out who asks.
func (a *API) identify(ctx huma.Context, r *request) (err error) {
	if bearer, ok := strings.CutPrefix(ctx.Header("Authorization"), "Bearer "); ok {
		r.key = strings.TrimSpace(bearer)
		r.actor, err = a.config.Gatekeeper.AuthenticateKey(ctx.Context(), r.key, r.client.String())
	} else if cookie, cookieErr := huma.ReadCookie(ctx, a.cookieName()); cookieErr == nil && cookie.Value != "" {
		r.token = cookie.Value
		r.actor, err = a.config.Gatekeeper.Authenticate(ctx.Context(), cookie.Value, r.client.String())
	} else {
		return ErrUnauthenticated
	}
	r.known = err == nil
	return err
}

// cookieName is bound to the host by the browser where there is TLS.
func (a *API) cookieName() string {
	if a.config.Secure {
		return "__Host-yifen"
	}
	return "yifen"
}

// cookie returns the cookie that holds a session's token; an empty token takes it away.
func (a *API) cookie(token string, life time.Duration) http.Cookie {
	c := http.Cookie{
		Name: a.cookieName(), Value: token, Path: "/", HttpOnly: true, Secure: a.config.Secure, SameSite: http.SameSiteStrictMode,
		MaxAge: int(life / time.Second),
	}
	if token == "" {
		c.MaxAge = -1
	}
	return c
}

// enter is around everything: it names the request, finds the client's address and turns away what no operation needs to see.
func (a *API) enter(next http.Handler) http.Handler {
	cross := http.NewCrossOriginProtection()
	return http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		r := &request{id: newRequestID(), client: a.clientOf(q), agent: q.UserAgent()}
		w.Header().Set("X-Request-Id", r.id)
		w.Header().Set("Cache-Control", "no-store")
		w.Header().Set("X-Content-Type-Options", "nosniff")
		q = q.WithContext(context.WithValue(q.Context(), requestKey{}, r))
		switch {
		case !a.ours(q.Host):
			a.turnAway(w, q, ErrHost)
		case q.Header.Get("Authorization") == "" && cross.Check(q) != nil:
			a.turnAway(w, q, ErrCrossSite)
		default:
			next.ServeHTTP(w, q)
		}
	})
}

// turnAway answers before any operation is found.
func (a *API) turnAway(w http.ResponseWriter, q *http.Request, err error) {
	a.refuse(humago.NewContext(&huma.Operation{}, q, w), err)
}

// ours tells whether a Host header names this installation.
func (a *API) ours(host string) bool {
	name, _, err := net.SplitHostPort(host)
	if err != nil {
		name = host
	}
	return slices.Contains(a.config.Hosts, strings.ToLower(strings.Trim(name, "[]")))
}

// clientOf returns the address of the client: the peer's, or, where the peer is one of our proxies, the last that the proxies
// report and is none of them.
func (a *API) clientOf(q *http.Request) netip.Addr {
	peer, err := netip.ParseAddrPort(q.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	client := peer.Addr().Unmap()
	hops := strings.Split(strings.Join(q.Header.Values("X-Forwarded-For"), ","), ",")
	for i := len(hops) - 1; i >= 0 && a.trusted(client); i-- {
		hop, err := netip.ParseAddr(strings.TrimSpace(hops[i]))
		if err != nil {
			break
		}
		client = hop.Unmap()
	}
	return client
}

func (a *API) trusted(address netip.Addr) bool {
	return slices.ContainsFunc(a.config.Proxies, func(p netip.Prefix) bool { return p.Contains(address) })
}

var requestAlphabet = base32.NewEncoding("0123456789abcdefghjkmnpqrstvwxyz").WithPadding(base32.NoPadding)

func newRequestID() string {
	var chance [10]byte
	rand.Read(chance[:])
	return "req_" + requestAlphabet.EncodeToString(chance[:])
}

// covered reads a row by the id that a caller gave, and refuses with none what is no such id, not there, or of a merchant
// outside of the caller's scope: they look alike.
func covered[T step.Row](ctx context.Context, r step.Reader, given, prefix string, key func(string) step.Key, merchant func(T) string, none error) (T, error) {
	var nothing T
	if !named(given, prefix) {
		return nothing, none
	}
	row, found, err := step.Read[T](ctx, r, key(given))
	if err == nil && (!found || !actorOf(ctx).Scope().Covers(merchant(row))) {
		err = none
	}
	if err != nil {
		return nothing, err
	}
	return row, nil
}

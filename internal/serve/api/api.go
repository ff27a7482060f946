package api

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"runtime/debug"
	"slices"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/yifen-pay/yifen/internal/domain/access"
	"github.com/yifen-pay/yifen/internal/domain/agent"
	"github.com/yifen-pay/yifen/internal/domain/merchant"
	"github.com/yifen-pay/yifen/internal/domain/payment"
	"github.com/yifen-pay/yifen/internal/domain/product"
	"github.com/yifen-pay/yifen/internal/domain/repeat"
	"github.com/yifen-pay/yifen/internal/domain/speaker"
	"github.com/yifen-pay/yifen/internal/domain/supply"
	"github.com/yifen-pay/yifen/internal/domain/terminal"
	"github.com/yifen-pay/yifen/internal/domain/ticket"
	"github.com/yifen-pay/yifen/internal/domain/webhook"
)

// Version is that of the API's description.
const Version = "1.0.0"

// Gatekeeper finds out who asks. Its refusals say why nobody is let in.
type Gatekeeper interface {
	// Authenticate returns who holds the token of a session.
	Authenticate(ctx context.Context, token, client string) (access.Actor, error)
	// Look returns who holds the token of a session and does not count as use of it.
	Look(ctx context.Context, token string) (access.Actor, error)
	// AuthenticateKey returns who holds an API key.
	AuthenticateKey(ctx context.Context, key, client string) (access.Actor, error)
}

// Config says what the door leads to.
type Config struct {
	Gatekeeper   Gatekeeper
	Repeats      *repeat.Service
	Terminals    Terminals
	TerminalDesk *terminal.Service
	Stock        Stock
	Supply       *supply.Service
	Access       *access.Service
	People       AccessLists
	Days         Days
	Day          func(context.Context) (payment.Day, error) // the open business date
	Origins      []string                                   // from which pages come, for passkeys: https://pay.example
	Products     Products
	ProductDesk  *product.Desk
	Payments     Payments
	Receipt      Receipt
	Codes        Codes
	Links        Links
	Notices      Notices
	Accounts     *product.Accounts
	StaticMaxFen int64  // of a printed code
	PublicURL    string // under which payers reach us: https://pay.example
	Tickets      Tickets
	TicketDesk   *ticket.Service
	Shops        Shops
	Merchants    *merchant.Service
	Outbox       Outbox
	Pace         Pace
	// MerchantLists reads merchants and applications.
	MerchantLists MerchantLists
	Agents        *agent.Service
	AgentLists    AgentLists
	Speakers      *speaker.Service
	SpeakerLists  SpeakerLists
	Broker        string // where speakers connect, host:port; "" for nowhere
	Webhooks      *webhook.Service
	WebhookLists  WebhookLists
	Operator      string // name of the institution, as agreements say it

	Hosts   []string       // names under which we are reached, in lower case and without a port
	Proxies []netip.Prefix // whose X-Forwarded-For is believed
	Secure  bool           // callers come by TLS
	Now     func() time.Time
	Logger  *slog.Logger
}

// API is the door. It is an http.Handler for /v1, /openapi.json and /docs.
type API struct {
	config  Config
	api     huma.API
	handler http.Handler
	rules   []Entry
	streams *streams
	glance  glance
	crowd   crowd
}

// Entry is an operation and who may call it.
type Entry struct {
	Method, Path, ID string
	Rule             Rule
}

// New builds the door.
func New(c Config) *API {
	a := &API{config: c, streams: newStreams(c.Outbox, c.Pace, c.Logger)}
	mux := http.NewServeMux()
	a.api = humago.New(mux, a.describeSelf())
	a.api.UseMiddleware(a.observe)
	a.registerAll()
	describe(a.api)
	a.serveDocs(mux)
	mux.HandleFunc("POST /notify/{wallet}/{account}", a.notice)
	mux.HandleFunc("/", func(w http.ResponseWriter, q *http.Request) { a.turnAway(w, q, access.ErrScope) })
	a.handler = a.enter(mux)
	return a
}

// registerAll registers every operation, a file per noun.
func (a *API) registerAll() {
	a.registerTerminals()
	a.registerSupply()
	a.registerAccess()
	a.registerProducts()
	a.registerPayments()
	a.registerCodes()
	a.registerPayers()
	a.registerWallets()
	a.registerTickets()
	a.registerShops()
	a.registerDashboard()
	a.registerNames()
	a.registerEvents()
	a.registerMerchants()
	a.registerApplications()
	a.registerIdentity()
	a.registerAgents()
	a.registerSpeakers()
	a.registerWebhooks()
}

func (a *API) describeSelf() huma.Config {
	c := huma.DefaultConfig("yifen", Version)
	c.Info.Description = "Merchant acquiring and payments: merchants, people, services, terminals, payments. Amounts are integer fen; times are RFC 3339 in UTC."
	c.Info.License = &huma.License{Name: "Apache-2.0", Identifier: "Apache-2.0"}
	c.CreateHooks = nil // no "$schema" in answers
	c.SchemasPath, c.DocsPath = "", ""
	c.Transformers = []huma.Transformer{a.present}
	c.RejectUnknownQueryParameters = true
	c.Components.SecuritySchemes = map[string]*huma.SecurityScheme{
		"session": {Type: "apiKey", In: "cookie", Name: a.cookieName(), Description: "The session of a person, set by logging in."},
		"key":     {Type: "http", Scheme: "bearer", Description: "An API key of a merchant: yf_live_… or yf_test_…"},
	}
	return c
}

// ServeHTTP implements http.Handler.
func (a *API) ServeHTTP(w http.ResponseWriter, q *http.Request) { a.handler.ServeHTTP(w, q) }

// Close ends the streams of events; other requests are the server's to end.
func (a *API) Close() { a.streams.close() }

// Rules lists every operation and who may call it, in the order of paths.
func (a *API) Rules() []Entry { return slices.Clone(a.rules) }

// Description returns the API's description, OpenAPI 3.1 as JSON.
func (a *API) Description() ([]byte, error) {
	raw, err := a.api.OpenAPI().MarshalJSON()
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	err = json.Indent(&b, raw, "", " ")
	return b.Bytes(), err
}

// operation begins the description of an operation: id is in kebab case, "list-terminals"; tag is the noun.
func operation(method, path, id, tag, summary string) huma.Operation {
	return huma.Operation{Method: method, Path: "/v1" + path, OperationID: id, Tags: []string{tag}, Summary: summary}
}

// register adds an operation with its rule.
func register[I, O any](a *API, op huma.Operation, rule Rule, handle func(context.Context, *I) (*O, error)) {
	a.admit(&op, rule)
	huma.Register(a.api, op, func(ctx context.Context, in *I) (out *O, err error) {
		defer func() {
			// One broken operation is told like any other fault of ours, with its id in the log.
			if broken := recover(); broken != nil {
				out, err = nil, problemOf(fmt.Errorf("panic: %v\n%s", broken, debug.Stack()))
			}
		}()
		out, err = handle(ctx, in)
		if err != nil {
			return nil, problemOf(err)
		}
		return out, nil
	})
}

// admit notes a rule and puts the guard before its operation.
func (a *API) admit(op *huma.Operation, rule Rule) {
	if slices.ContainsFunc(a.rules, func(e Entry) bool { return e.ID == op.OperationID }) {
		panic(fmt.Sprintf("api: operation %q is registered twice", op.OperationID))
	}
	a.rules = append(a.rules, Entry{op.Method, op.Path, op.OperationID, rule})
	op.Middlewares = append(op.Middlewares, a.guard(rule))
	op.Security = []map[string][]string{}
	if !rule.Public {
		op.Security = append(op.Security, map[string][]string{"session": {}})
	}
	if rule.Key {
		op.Security = append(op.Security, map[string][]string{"key": {}})
	}
	if rule.Needs != 0 {
		op.Extensions = map[string]any{"x-permission": rule.Needs.String()}
		op.Description += fmt.Sprintf("\n\nNeeds the permission `%s`.", rule.Needs)
	}
	if op.Method == http.MethodPost && !rule.Public && !rule.Bare {
		op.Middlewares = append(op.Middlewares, a.once(rule))
		op.Parameters = append(op.Parameters, &huma.Param{
			Name: "Idempotency-Key", In: "header", Required: true, Schema: &huma.Schema{Type: "string"},
			Description: "A text of your choice, new for each intent and the same for each repetition of it.",
		})
	}
}

// observe logs each request once.
func (a *API) observe(ctx huma.Context, next func(huma.Context)) {
	began := a.config.Now()
	next(ctx)
	r := requestOf(ctx.Context())
	a.config.Logger.LogAttrs(ctx.Context(), slog.LevelDebug, "request", slog.String("request", r.id), slog.String("route", r.route),
		slog.Int("status", ctx.Status()), slog.String("actor", r.actor.ID), slog.Duration("took", a.config.Now().Sub(began)))
}

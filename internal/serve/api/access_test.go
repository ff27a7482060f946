package api_test

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha1"
	"encoding/base32"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/yifen-pay/yifen/internal/domain/access"
	"github.com/yifen-pay/yifen/internal/domain/agent"
	"github.com/yifen-pay/yifen/internal/domain/calendar"
	"github.com/yifen-pay/yifen/internal/domain/id"
	"github.com/yifen-pay/yifen/internal/domain/merchant"
	"github.com/yifen-pay/yifen/internal/domain/payment"
	"github.com/yifen-pay/yifen/internal/domain/product"
	"github.com/yifen-pay/yifen/internal/domain/repeat"
	"github.com/yifen-pay/yifen/internal/domain/speaker"
	"github.com/yifen-pay/yifen/internal/domain/step"
	"github.com/yifen-pay/yifen/internal/domain/supply"
	"github.com/yifen-pay/yifen/internal/domain/terminal"
	"github.com/yifen-pay/yifen/internal/domain/ticket"
	"github.com/yifen-pay/yifen/internal/domain/webhook"
	"github.com/yifen-pay/yifen/internal/serve/api"
	"github.com/yifen-pay/yifen/internal/store"
	"github.com/yifen-pay/yifen/internal/store/storetest"
)

// door is the REST door over real records and a real socket, with a clock in the test's hand.
type door struct {
	t      *testing.T
	store  *store.Store
	access *access.Service
	api    *api.API

	merchants *merchant.Service
	bureau    *bureau
	unsettled []merchant.Unsettled // what of every merchant is still open

	web    *httptest.Server
	ids    *id.Maker
	agents *agent.Service
	inbox  *inbox
	glass  *glassHasher
	log    *logBook

	dayFails error // what reading the business date ends with

	mu  sync.Mutex
	now time.Time
}

const password = "correct horse 42"

func newDoor(t *testing.T) *door {
	t.Helper()
	d := &door{t: t, inbox: &inbox{}, glass: &glassHasher{}, log: &logBook{}, now: time.Date(2026, 11, 20, 10, 0, 0, 0, time.UTC)}
	d.store = storetest.Embedded(t)
	d.ids = id.NewMaker(d.clock, rand.Reader)
	var err error
	d.access, err = access.NewService(t.Context(), access.Config{
		Gate: d.store, Store: d.store, Hasher: d.glass, Vault: glassVault{}, Messenger: d.inbox, IDs: d.ids, Now: d.clock, Chance: rand.Reader,
		Agents: agent.Standing(d.store),
	})
	d.must(err)
	d.bureau = &bureau{}
	d.merchants = merchant.NewService(merchant.Config{
		Gate: d.store, Records: d.store, Vault: glassVault{}, Bureau: d.bureau, Clean: clean, IDs: d.ids, Now: d.clock,
		Unsettled: func(context.Context, string) ([]merchant.Unsettled, error) { return d.unsettled, nil },
	})
	for _, action := range d.merchants.Actions() {
		d.access.RegisterAction(action)
	}
	d.agents = agent.NewService(agent.Config{
		Gate: d.store, Store: d.store, Vault: glassVault{}, IDs: d.ids, Now: d.clock,
		Today: agent.Today{Key: payment.DayKey, Date: func(r step.Row) calendar.Date { return r.(payment.Day).Date }},
	})
	for _, action := range d.agents.Actions() {
		d.access.RegisterAction(action)
	}
	d.web = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		defer func() {
			if p := recover(); p != nil { // the server would swallow it, and the client ask again
				t.Errorf("%s %s panics: %v\n%s", q.Method, q.URL.Path, p, debug.Stack())
				panic(http.ErrAbortHandler)
			}
		}()
		d.api.ServeHTTP(w, q)
	}))
	t.Cleanup(func() { d.api.Close(); d.web.Close() })
	d.api = api.New(d.config())
	return d
}

// config says what the door of a test leads to: every service, over the same records.
func (d *door) config() api.Config {
	terminals := terminal.NewService(d.store, d.store, glassRoom{}, d.ids, d.clock)
	return api.Config{
		Gatekeeper: d.access, Repeats: repeat.NewService(d.store, d.clock), Access: d.access, People: d.store, Hosts: []string{"127.0.0.1"},
		Origins:   []string{strings.Replace(d.web.URL, "127.0.0.1", "localhost", 1)},
		Terminals: d.store, TerminalDesk: terminals, Stock: d.store, Products: d.store, Payments: d.store, Receipt: d.receipts(), Tickets: d.store, Shops: d.store, Outbox: d.store,
		Pace: api.Pace{Poll: 50 * time.Millisecond, Heartbeat: 100 * time.Millisecond, Recheck: 100 * time.Millisecond},
		Supply: supply.NewService(supply.Config{
			Gate: d.store, Store: d.store, Vault: glassVault{}, Terminals: terminals, IDs: d.ids, Now: d.clock,
			Chance: func() (uint64, error) { return 20_261_120, nil }, Acquirer: "48020000", Prefix: "29",
		}),
		ProductDesk: product.NewDesk(d.store, d.store, d.ids, d.clock, nil), TicketDesk: ticket.NewService(d.store, d.ids, d.clock),
		Merchants: d.merchants, MerchantLists: d.store, Operator: "一分支付", Agents: d.agents, AgentLists: d.store,
		Codes: payment.NewService(payment.Config{Gate: d.store, Store: d.store, IDs: d.ids, Now: d.clock}), Links: d.store,
		Accounts: product.NewAccounts(product.AccountsConfig{
			Gate: d.store, Store: d.store, Vault: glassVault{}, NotifyURL: "https://pay.example/notify", IDs: d.ids, Now: d.clock,
		}),
		StaticMaxFen: payment.StaticMaxFen, PublicURL: "https://pay.example",
		Speakers:     speaker.NewService(speaker.Config{Gate: d.store, Store: d.store, IDs: d.ids, Now: d.clock, Chance: rand.Reader}),
		SpeakerLists: d.store,
		Webhooks: webhook.NewService(webhook.Config{
			Gate: d.store, Store: d.store, Vault: glassVault{}, Courier: doorstep{}, IDs: d.ids, Now: d.clock, Chance: rand.Reader, Loopback: true,
		}),
		WebhookLists: d.store,
		Days:         d.store, Day: d.openedDay,
		Now:    d.clock,
		Logger: slog.New(slog.NewTextHandler(d.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	}
}

func (d *door) clock() time.Time {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.now
}

func (d *door) advance(by time.Duration) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.now = d.now.Add(by)
}

func (d *door) must(err error) {
	d.t.Helper()
	if err != nil {
		d.t.Fatal(err)
	}
}

// caller is a browser, or a program with a key.
type caller struct {
	*door
	web  *http.Client
	key  string
	head http.Header
	n    int
}

func (d *door) browser() *caller {
	jar, err := cookiejar.New(nil)
	d.must(err)
	return &caller{door: d, web: &http.Client{Jar: jar}, head: http.Header{}}
}

// answer is what came back.
type answer struct {
	t      *testing.T
	what   string
	status int
	code   string // of a problem
	raw    []byte
	head   http.Header
}

// call sends a request.
func (c *caller) call(method, path string, body any) answer {
	c.t.Helper()
	raw, err := json.Marshal(body)
	c.must(err)
	if body == nil {
		raw = nil
	}
	q, err := http.NewRequestWithContext(c.t.Context(), method, c.door.web.URL+"/v1"+path, bytes.NewReader(raw))
	c.must(err)
	q.Header.Set("User-Agent", "Mozilla/5.0 (Windows NT 10.0) Chrome/140.0")
	if raw != nil {
		q.Header.Set("Content-Type", "application/json")
	}
	if c.n++; method == http.MethodPost {
		q.Header.Set("Idempotency-Key", fmt.Sprintf("%p-%d", c, c.n))
	}
	if c.key != "" {
		q.Header.Set("Authorization", "Bearer "+c.key)
	}
	for name, values := range c.head {
		q.Header[name] = values
	}
	response, err := c.web.Do(q)
	c.must(err)
	defer response.Body.Close()
	a := answer{t: c.t, what: method + " " + path, status: response.StatusCode, head: response.Header}
	if response.Header.Get("Content-Type") == "text/event-stream" {
		return a // it does not end
	}
	a.raw, err = io.ReadAll(response.Body)
	c.must(err)
	if strings.HasPrefix(response.Header.Get("Content-Type"), "application/problem+json") {
		var p api.Problem
		c.must(json.Unmarshal(a.raw, &p))
		a.code = p.Code
	}
	return a
}

// is demands a status and, of a problem, its code; it returns the answer.
func (a answer) is(status int, code string) answer {
	a.t.Helper()
	if a.status != status || a.code != code {
		a.t.Fatalf("%s: %d %q, want %d %q: %s", a.what, a.status, a.code, status, code, a.raw)
	}
	return a
}

// into reads the answer.
func into[T any](a answer) (v T) {
	a.t.Helper()
	if err := json.Unmarshal(a.raw, &v); err != nil {
		a.t.Fatalf("%s: %v: %s", a.what, err, a.raw)
	}
	return v
}

type object = map[string]any

// login logs in a browser that has no second factor.
func (c *caller) login(name string) *caller {
	c.t.Helper()
	c.call("POST", "/auth/login", object{"login": name, "password": password}).is(200, "")
	return c
}

// owner makes a merchant and its owner, and logs the owner in.
func (d *door) owner(email string) (*caller, string) {
	d.t.Helper()
	u, err := d.access.FurnishUser(d.t.Context(), access.NewUser{Realm: access.Merchant, Email: email, Name: "Owner", Lang: "en", Password: password})
	d.must(err)
	m := merchant.Merchant{ID: d.ids.NewRoot(merchant.Prefix), Number: "898290054110001", Name: "Shop of " + email, Owner: u.ID, State: merchant.Active}
	m.Bucket = id.MustBucket(m.ID)
	d.must(storetest.Do(d.t, d.store, func(v step.View) error {
		v.Put(m)
		return access.Enroll(v, access.Member{Merchant: m.ID, Account: u.ID, Roles: []access.Role{access.Owner}, State: access.MemberActive, CreatedAt: 1})
	}, access.EnrollKeys(m.ID, u.ID)...))
	return d.browser().login(email), m.ID
}

// staff makes an account of the platform, logs it in and enrolls a second factor.
func (d *door) staff(email string, roles ...access.Role) (*caller, string) {
	d.t.Helper()
	_, err := d.access.FurnishUser(d.t.Context(), access.NewUser{
		Realm: access.Platform, Email: email, Name: "Staff", Lang: "en", Password: password, Roles: roles,
	})
	d.must(err)
	c := d.browser()
	if got := into[api.LoginState](c.call("POST", "/auth/login", object{"login": email, "password": password}).is(200, "")); got.State != "enroll" {
		d.t.Fatalf("staff without a second factor are %+v", got)
	}
	return c, c.enroll()
}

// enroll gives the caller's account a one-time password and returns its secret.
func (c *caller) enroll() string {
	c.t.Helper()
	secret := into[api.TOTPSecret](c.call("POST", "/me/totp/begin", nil).is(200, "")).Secret
	codes := into[api.RecoveryCodes](c.call("POST", "/me/totp/confirm", object{"code": c.totp(secret)}).is(200, "")).RecoveryCodes
	if len(codes) != 10 {
		c.t.Fatalf("recovery codes: %v", codes)
	}
	return secret
}

// totp computes a one-time password as an authenticator does.
func (d *door) totp(secret string) string {
	key, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(secret)
	d.must(err)
	mac := hmac.New(sha1.New, key)
	mac.Write(binary.BigEndian.AppendUint64(nil, uint64(d.clock().Unix()/30)))
	sum := mac.Sum(nil)
	o := sum[19] & 15
	return fmt.Sprintf("%06d", (binary.BigEndian.Uint32(sum[o:])&0x7fffffff)%1_000_000)
}

// inbox keeps messages.
type inbox struct {
	mu       sync.Mutex
	messages []access.Message
}

// Send implements access.Messenger.
func (i *inbox) Send(_ context.Context, m access.Message) error {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.messages = append(i.messages, m)
	return nil
}

func (i *inbox) last() access.Message {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.messages[len(i.messages)-1]
}

// logBook keeps what is logged.
type logBook struct {
	mu   sync.Mutex
	text bytes.Buffer
}

// Write implements io.Writer.
func (l *logBook) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *logBook) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// glassHasher shows what it hashes and counts its work.
type glassHasher struct{ worked atomic.Int64 }

// Hash implements access.Hasher.
func (g *glassHasher) Hash(_ context.Context, password string) (string, error) {
	g.worked.Add(1)
	return "glass:" + password, nil
}

// Verify implements access.Hasher.
func (g *glassHasher) Verify(_ context.Context, hash, password string) (ok, outdated bool, err error) {
	g.worked.Add(1)
	return hash == "glass:"+password, false, nil
}

// glassVault shows what it seals.
type glassVault struct{}

// SealData implements access.Vault.
func (glassVault) SealData(data []byte, record string) []byte {
	return append([]byte(record+"\x00"), data...)
}

// OpenData implements access.Vault.
func (glassVault) OpenData(sealed []byte, record string) ([]byte, error) {
	data, ok := bytes.CutPrefix(sealed, []byte(record+"\x00"))
	if !ok {
		return nil, errors.New("sealed for another record")
	}
	return data, nil
}

// IndexData implements supply.Vault and merchant.Vault.
func (glassVault) IndexData(space, text string) (string, error) { return space + "/" + text, nil }

func TestAccess_aPersonRegistersAndWorks(t *testing.T) {
	d := newDoor(t)
	c := d.browser()
	c.call("GET", "/me", nil).is(401, "unauthenticated")
	c.call("POST", "/auth/register", object{"login": "new@shop.example", "name": "小王", "password": password, "lang": "zh", "realm": "merchant"}).is(204, "")
	code := d.inbox.last().Code
	d.browser().call("POST", "/auth/verify", object{"login": "new@shop.example", "code": code}).is(422, "code_wrong") // from another browser
	if got := into[api.LoginState](c.call("POST", "/auth/verify", object{"login": "new@shop.example", "code": code}).is(200, "")); got.State != "done" {
		t.Fatalf("the log-in is %+v", got)
	}
	me := into[api.Me](c.call("GET", "/me", nil).is(200, ""))
	if me.User.Name != "小王" || me.User.Realm != "merchant" || len(me.Permissions) != 0 || len(me.Merchants) != 0 || me.Enroll {
		t.Errorf("the person is %+v", me)
	}
	me = into[api.Me](c.call("PATCH", "/me", object{"lang": "en"}).is(200, ""))
	if me.User.Lang != "en" || me.User.Name != "小王" {
		t.Errorf("the person is %+v", me.User)
	}
	logins := into[api.ListBody[api.Login]](c.call("GET", "/me/logins", nil).is(200, ""))
	if len(logins.Data) != 1 || logins.Data[0].Outcome != "logged_in" || logins.Data[0].Device != "Chrome, Windows" {
		t.Errorf("the history is %+v", logins)
	}
	c.call("POST", "/auth/logout", nil).is(204, "")
	c.call("GET", "/me", nil).is(401, "unauthenticated")

	c.call("POST", "/auth/password/forgot", object{"login": "new@shop.example"}).is(429, "code_too_soon")
	d.advance(time.Minute)
	c.call("POST", "/auth/password/forgot", object{"login": "new@shop.example"}).is(204, "")
	c.call("POST", "/auth/password/reset", object{"login": "new@shop.example", "code": d.inbox.last().Code, "password": "another password 1"}).is(204, "")
	c.call("POST", "/auth/login", object{"login": "new@shop.example", "password": password}).is(403, "log_in_refused")
	c.call("POST", "/auth/login", object{"login": "new@shop.example", "password": "another password 1"}).is(200, "")
	for _, secret := range []string{password, "another password 1", code, "new@shop.example"} {
		if strings.Contains(d.log.String(), secret) {
			t.Errorf("the log shows %q", secret)
		}
	}
}

// A name that is known gives the same answers as one that is not, byte by byte but for the request's id.
func TestAccess_enumeration(t *testing.T) {
	d := newDoor(t)
	d.owner("known@shop.example")
	for _, try := range []struct {
		path string
		body func(login string) object
	}{
		{"/auth/login", func(l string) object { return object{"login": l, "password": "some wrong password"} }},
		{"/auth/password/forgot", func(l string) object { return object{"login": l} }},
		{"/auth/register", func(l string) object {
			return object{"login": l, "name": "X", "password": password}
		}},
	} {
		d.advance(2 * time.Minute)
		type seen struct {
			status  int
			body    string
			cookies int
			hashes  int64
		}
		look := func(login string) seen {
			c, hashes := d.browser(), d.glass.worked.Load()
			a := c.call("POST", try.path, try.body(login))
			var p api.Problem
			json.Unmarshal(a.raw, &p)
			return seen{a.status, strings.ReplaceAll(string(a.raw), p.RequestID, ""), len(a.head.Values("Set-Cookie")), d.glass.worked.Load() - hashes}
		}
		if known, unknown := look("known@shop.example"), look("unknown@shop.example"); known != unknown {
			t.Errorf("%s: a known name gives %+v, another %+v", try.path, known, unknown)
		}
	}
}

func TestAccess_bruteForce(t *testing.T) {
	d := newDoor(t)
	d.owner("owner@shop.example")
	c := d.browser()
	guesses := 0
	for range 60 {
		switch a := c.call("POST", "/auth/login", object{"login": "owner@shop.example", "password": "a wrong guess"}); a.status {
		case 403:
			guesses++
		case 429:
			d.advance(20 * time.Second)
		default:
			t.Fatalf("a guess is answered %d", a.status)
		}
	}
	if guesses > 10 {
		t.Errorf("%d guesses in twenty minutes", guesses)
	}
	c.call("POST", "/auth/login", object{"login": "owner@shop.example", "password": password}).is(429, "too_many_tries")
	d.advance(31 * time.Minute)
	c.login("owner@shop.example")
}

// token takes the session's cookie out of a browser, as a thief does.
func (c *caller) token() *http.Cookie {
	at, err := url.Parse(c.door.web.URL)
	c.must(err)
	for _, cookie := range c.web.Jar.Cookies(at) {
		if cookie.Name == "yifen" {
			return cookie
		}
	}
	c.t.Fatal("the browser holds no session")
	return nil
}

func (d *door) thief(token *http.Cookie) *caller {
	c := d.browser()
	at, err := url.Parse(d.web.URL)
	d.must(err)
	c.web.Jar.SetCookies(at, []*http.Cookie{token})
	return c
}

func TestAccess_stolenSession(t *testing.T) {
	d := newDoor(t)
	victim, _ := d.owner("owner@shop.example")
	other := d.browser().login("owner@shop.example")
	thief := d.thief(other.token())
	thief.call("GET", "/me", nil).is(200, "")

	sessions := into[api.ListBody[api.Session]](victim.call("GET", "/me/sessions", nil).is(200, ""))
	if len(sessions.Data) != 2 {
		t.Fatalf("the sessions are %+v", sessions.Data)
	}
	for _, s := range sessions.Data {
		if s.ID == other.token().Value {
			t.Error("the list shows a token")
		}
	}
	victim.call("POST", "/auth/password/change", object{"old": "wrong", "new": "another password 1"}).is(403, "log_in_refused")
	victim.call("POST", "/auth/password/change", object{"old": password, "new": "another password 1"}).is(204, "")
	thief.call("GET", "/me", nil).is(401, "session_ended")
	victim.call("GET", "/me", nil).is(200, "")

	// A token is replayed after its person logged out.
	thief = d.thief(victim.token())
	thief.call("GET", "/me", nil).is(200, "")
	victim.call("POST", "/auth/logout", nil).is(204, "")
	thief.call("GET", "/me", nil).is(401, "session_ended")

	// The cookie is out of reach of scripts and other sites.
	a := d.browser().call("POST", "/auth/login", object{"login": "owner@shop.example", "password": "another password 1"}).is(200, "")
	if cookie := a.head.Get("Set-Cookie"); !strings.Contains(cookie, "HttpOnly") || !strings.Contains(cookie, "SameSite=Strict") {
		t.Errorf("the cookie is %q", cookie)
	}
}

func TestAccess_secondFactor(t *testing.T) {
	d := newDoor(t)
	_, secret := d.staff("admin@demo.example", access.Admin)
	d.advance(time.Minute)
	c := d.browser()
	got := into[api.LoginState](c.call("POST", "/auth/login", object{"login": "admin@demo.example", "password": password}).is(200, ""))
	if got.State != "second_factor" || !slices.Equal(got.Factors, []string{"totp", "recovery"}) {
		t.Fatalf("the log-in is %+v", got)
	}
	for _, path := range []string{"/me", "/staff", "/me/sessions", "/audit"} {
		c.call("GET", path, nil).is(403, "second_factor_required")
	}
	c.call("POST", "/auth/password/change", object{"old": password, "new": "another password 1"}).is(403, "second_factor_required")
	code := d.totp(secret)
	c.call("POST", "/auth/second-factor", object{"kind": "totp", "code": "000000"}).is(403, "second_factor_refused")
	partial := c.token()
	if got = into[api.LoginState](c.call("POST", "/auth/second-factor", object{"kind": "totp", "code": code}).is(200, "")); got.State != "done" {
		t.Fatalf("the log-in is %+v", got)
	}
	c.call("GET", "/staff", nil).is(200, "")
	d.thief(partial).call("POST", "/auth/second-factor", object{"kind": "totp", "code": code}).is(401, "session_ended")

	// The one-time password was seen on the way: it does not count again.
	again := d.browser()
	again.call("POST", "/auth/login", object{"login": "admin@demo.example", "password": password}).is(200, "")
	again.call("POST", "/auth/second-factor", object{"kind": "totp", "code": code}).is(403, "second_factor_refused")
}

func TestAccess_crossSite(t *testing.T) {
	d := newDoor(t)
	c, _ := d.owner("owner@shop.example")
	for name, head := range map[string]http.Header{
		"by its site":   {"Sec-Fetch-Site": {"cross-site"}},
		"by its origin": {"Origin": {"https://evil.example"}},
		"of a sibling":  {"Sec-Fetch-Site": {"same-site"}},
	} {
		c.head = head
		if a := c.call("POST", "/auth/logout", nil); a.status != 403 || a.code != "cross_site" {
			t.Errorf("a request of another site, known %s: %d %s", name, a.status, a.code)
		}
	}
	c.head = http.Header{"Sec-Fetch-Site": {"same-origin"}}
	c.call("POST", "/auth/logout", nil).is(204, "")
}

func TestAccess_freshProof(t *testing.T) {
	d := newDoor(t)
	c, _ := d.owner("owner@shop.example")
	d.advance(6 * time.Minute)
	order := object{"name": "till", "mode": "test", "scopes": []string{"payment.view"}}
	c.call("POST", "/api-keys", order).is(403, "fresh_required")
	c.call("POST", "/auth/fresh", object{"password": "wrong"}).is(403, "log_in_refused")
	c.call("POST", "/auth/fresh", object{"password": password}).is(204, "")
	made := into[api.APIKeySecret](c.call("POST", "/api-keys", order).is(201, ""))
	if !strings.HasPrefix(made.Secret, "yf_test_") || strings.Contains(made.Key.Prefix, made.Secret[8:20]) {
		t.Errorf("the key is %+v", made)
	}
	program := d.browser()
	program.key = made.Secret
	program.call("GET", "/members", nil).is(403, "forbidden")
	program.call("GET", "/me", nil).is(403, "forbidden")
	program.call("POST", "/api-keys", order).is(403, "forbidden")
	rotated := into[api.APIKeySecret](c.call("POST", "/api-keys/"+made.Key.ID+"/rotate", object{"overlap_hours": 1}).is(200, ""))
	if rotated.Secret == made.Secret || rotated.Key.OldUntil == nil {
		t.Errorf("the key is %+v", rotated.Key)
	}
	c.call("DELETE", "/api-keys/"+made.Key.ID, nil).is(204, "")
	program.call("GET", "/me", nil).is(401, "api_key_refused")
	list := into[api.ListBody[api.APIKey]](c.call("GET", "/api-keys", nil).is(200, ""))
	if len(list.Data) != 1 || list.Data[0].State != "revoked" {
		t.Errorf("the keys are %+v", list.Data)
	}
	if strings.Contains(d.log.String(), made.Secret) {
		t.Error("the log shows a key")
	}
}

// What belongs to another merchant does not exist.
func TestAccess_otherMerchants(t *testing.T) {
	d := newDoor(t)
	mine, shop := d.owner("owner@shop.example")
	thief, _ := d.owner("thief@else.example")
	me := into[api.Me](mine.call("GET", "/me", nil).is(200, ""))
	if me.Merchant != shop || len(me.Merchants) != 1 || me.Merchants[0].Name != "Shop of owner@shop.example" || !slices.Contains(me.Permissions, "member.manage") {
		t.Fatalf("the owner is %+v", me)
	}
	key := into[api.APIKeySecret](mine.call("POST", "/api-keys", object{"name": "till", "mode": "test", "scopes": []string{"payment.view"}}).is(201, "")).Key
	invited := into[api.Member](mine.call("POST", "/invitations", object{"login": "new@shop.example", "roles": []string{"cashier"}}).is(200, ""))
	if invited.State != "invited" || invited.Login != "n***@shop.example" {
		t.Errorf("the invitation is %+v", invited)
	}
	for _, try := range []struct {
		method, path string
		body         any
	}{
		{"GET", "/members?merchant=" + shop, nil},
		{"GET", "/invitations?merchant=" + shop, nil},
		{"GET", "/audit?merchant=" + shop, nil},
		{"GET", "/proposals?merchant=" + shop, nil},
		{"GET", "/proposals/prp_0701KAMXYZ0000000000000000AB", nil},
		{"PATCH", "/members/" + me.User.ID, object{"roles": []string{"cashier"}}},
		{"DELETE", "/members/" + me.User.ID, nil},
		{"DELETE", "/invitations/" + invited.ID, nil},
		{"DELETE", "/api-keys/" + key.ID, nil},
		{"PATCH", "/api-keys/" + key.ID, object{"name": "x", "scopes": []string{"payment.view"}}},
		{"POST", "/api-keys/" + key.ID + "/rotate", object{"overlap_hours": 0}},
		{"POST", "/me/merchant", object{"merchant": shop}},
		{"POST", "/invitations/" + invited.ID + "/accept", object{"token": "guess"}},
		{"DELETE", "/me/sessions/" + strings.Repeat("0", 64), nil},
	} {
		if a := thief.call(try.method, try.path, try.body); a.status != 404 {
			t.Errorf("%s: %d %s", a.what, a.status, a.raw)
		}
	}
	firm := d.firm("91460100MA5T8K3W2W", "Firm").ID
	ids := "/names?ids=" + shop + "," + me.User.ID + "," + shop + ",mch_nothing," + firm + ",agt_nothing"
	clerk, _ := d.staff("clerk@platform.example", access.Auditor)
	for c, want := range map[*caller]string{
		mine:  `[{"id":"` + shop + `","name":"Shop of owner@shop.example"}]`,
		thief: `[]`,
		clerk: `[{"id":"` + shop + `","name":"Shop of owner@shop.example"},{"id":"` + me.User.ID + `","name":"Owner"},{"id":"` + firm + `","name":"Firm"}]`,
	} {
		if said := string(c.call("GET", ids, nil).is(200, "").raw); !strings.Contains(said, `"data":`+want) {
			t.Errorf("the names that are told: %s, want %s", said, want)
		}
	}
	thief.call("GET", "/staff", nil).is(403, "forbidden")
	thief.call("GET", "/audit/logins", nil).is(403, "forbidden")
	mine.call("DELETE", "/members/"+me.User.ID, nil).is(409, "last_owner")
}

func TestAccess_aPersonIsInvited(t *testing.T) {
	d := newDoor(t)
	owner, shop := d.owner("owner@shop.example")
	i := into[api.Member](owner.call("POST", "/invitations", object{"login": "cashier@shop.example", "roles": []string{"cashier"}}).is(200, ""))
	token := d.inbox.last().Code
	_, err := d.access.FurnishUser(t.Context(), access.NewUser{Realm: access.Merchant, Email: "cashier@shop.example", Name: "Cashier", Lang: "en", Password: password})
	d.must(err)
	c := d.browser().login("cashier@shop.example")
	c.call("GET", "/members", nil).is(403, "forbidden")
	c.call("POST", "/invitations/"+i.ID+"/accept", object{"token": token}).is(200, "")
	me := into[api.Me](c.call("GET", "/me", nil).is(200, ""))
	if me.Merchant != shop || !slices.Equal(me.User.Roles, []string{"cashier"}) {
		t.Errorf("the cashier is %+v", me)
	}
	members := into[api.ListBody[api.Member]](owner.call("GET", "/members", nil).is(200, ""))
	if len(members.Data) != 2 || members.Data[0].Name != "Cashier" || members.Data[0].Login != "c***@shop.example" {
		t.Errorf("the members are %+v", members.Data)
	}
	owner.call("PATCH", "/members/"+me.User.ID, object{"roles": []string{"manager"}}).is(200, "")
	owner.call("DELETE", "/members/"+me.User.ID, nil).is(204, "")
	if me = into[api.Me](c.call("GET", "/me", nil).is(200, "")); me.Merchant != "" || len(me.Permissions) != 0 {
		t.Errorf("who was removed is %+v", me)
	}
	trail := into[api.ListBody[api.AuditRecord]](owner.call("GET", "/audit?action=member", nil).is(200, ""))
	if len(trail.Data) != 4 || trail.Data[0].Action != "member.removed" || trail.Data[0].ActorName != "Owner" {
		t.Errorf("the merchant's trail is %+v", trail.Data)
	}
}

func TestAccess_staffTakeTwoPeople(t *testing.T) {
	d := newDoor(t)
	asks, _ := d.staff("a@demo.example", access.Admin)
	decides, _ := d.staff("b@demo.example", access.Admin)
	d.advance(time.Second) // later than both: it comes first in the list
	p := into[api.Proposal](asks.call("POST", "/staff", object{
		"login": "new@demo.example", "name": "New", "roles": []string{"reviewer", "risk"}, "reason": "joins",
	}).is(202, ""))
	if !p.Mine || p.State != "open" || !strings.Contains(string(p.After), `"email":"new@demo.example"`) {
		t.Errorf("the proposal is %+v", p)
	}
	asks.call("POST", "/proposals/"+p.ID+"/approve", object{}).is(403, "second_person_needed")
	list := into[api.ListBody[api.Proposal]](decides.call("GET", "/proposals?state=open", nil).is(200, ""))
	if len(list.Data) != 1 || list.Data[0].Mine {
		t.Errorf("the proposals are %+v", list.Data)
	}
	decides.call("POST", "/proposals/"+p.ID+"/approve", object{"reason": "welcome"}).is(200, "")
	decides.call("POST", "/proposals/"+p.ID+"/approve", object{}).is(409, "proposal_decided")
	staff := into[api.ListBody[api.Staff]](asks.call("GET", "/staff?state=active", nil).is(200, ""))
	if len(staff.Data) != 3 || staff.Data[0].Login != "new@demo.example" || staff.Data[0].Factor {
		t.Errorf("the staff are %+v", staff.Data)
	}
	account := staff.Data[0].ID
	asks.call("POST", "/staff/"+account+"/lock", object{"reason": "not yet"}).is(200, "")
	change := into[api.Proposal](asks.call("POST", "/staff/"+account+"/changes", object{"kind": "staff.unlock", "reason": "now"}).is(202, ""))
	decides.call("POST", "/proposals/"+change.ID+"/reject", object{}).is(422, "reason_needed")
	asks.call("POST", "/proposals/"+change.ID+"/withdraw", object{}).is(200, "")

	auditor, _ := d.staff("auditor@demo.example", access.Auditor)
	trail := into[api.ListBody[api.AuditRecord]](auditor.call("GET", "/audit?subject="+p.ID, nil).is(200, ""))
	if len(trail.Data) != 2 || trail.Data[0].Action != "proposal.approved" {
		t.Errorf("the trail is %+v", trail.Data)
	}
	verdict := into[api.AuditVerdict](auditor.call("POST", "/audit/verify", nil).is(200, ""))
	if !verdict.OK || !verdict.Whole || verdict.Records < 10 || verdict.Chains != 1 {
		t.Errorf("the verdict is %+v", verdict)
	}
	if file := auditor.call("GET", "/audit/export?format=csv&lang=en", nil).is(200, ""); !strings.Contains(string(file.raw), "proposal.approved") {
		t.Errorf("the export is %.200s", file.raw)
	}
	auditor.call("POST", "/staff", object{"login": "x@demo.example", "name": "X", "roles": []string{"admin"}, "reason": "x"}).is(403, "forbidden")
}

func TestLog_toldOfCallersThatLeft(t *testing.T) {
	d := newDoor(t)
	c, _ := d.staff("clerk@platform.example", access.Auditor)
	address, err := url.Parse(d.web.URL)
	d.must(err)
	gone, leave := context.WithCancel(t.Context())
	leave()
	q := httptest.NewRequestWithContext(gone, http.MethodGet, d.web.URL+"/v1/audit", nil)
	for _, cookie := range c.web.Jar.Cookies(address) {
		q.AddCookie(cookie)
	}
	d.web.Config.Handler.ServeHTTP(httptest.NewRecorder(), q)
	if told := d.log.String(); strings.Contains(told, "level=ERROR") || !strings.Contains(told, "request left by its caller") {
		t.Errorf("the log says %s", told)
	}
}

package api_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/yifen-pay/yifen/internal/domain/access"
	"github.com/yifen-pay/yifen/internal/domain/merchant"
	"github.com/yifen-pay/yifen/internal/domain/step"
	"github.com/yifen-pay/yifen/internal/serve/api"
	"github.com/yifen-pay/yifen/internal/store/storetest"
)

// open are the operations that nobody needs to be known for. Another one is a decision: add it here.
var open = []string{
	"register", "verify-registration", "log-in", "give-second-factor", "log-out", "forget-password", "reset-password",
	"begin-passkey", "finish-passkey", "activate-terminal", "get-upload", "upload", "see-link", "visit-link", "pay-link", "see-payment",
}

// holders says who holds each permission. A role that is given another permission, or loses one, shows here.
var holders = map[string]string{
	"merchant.view":      "staff owner manager m.finance agent_owner",
	"merchant.edit":      "operations owner manager",
	"application.edit":   "owner agent_owner",
	"application.review": "reviewer",
	"merchant.control":   "operations risk",
	"document.view":      "reviewer owner",
	"member.view":        "operations admin auditor owner manager",
	"member.manage":      "owner manager",
	"key.manage":         "owner",
	"service.view":       "staff owner manager m.finance",
	"service.request":    "owner",
	"service.review":     "reviewer",
	"terminal.view":      "staff owner manager cashier",
	"terminal.order":     "owner manager",
	"terminal.manage":    "operations",
	"terminal.key":       "operations risk admin",
	"stock.manage":       "operations",
	"payment.view":       "staff owner manager m.finance cashier",
	"payment.take":       "owner manager cashier",
	"payment.refund":     "owner manager",
	"settlement.view":    "p.finance auditor owner m.finance agent_owner",
	"ticket.open":        "operations owner manager m.finance agent_owner",
	"ticket.answer":      "operations",
	"agent.manage":       "operations",
	"staff.manage":       "admin",
	"audit.view":         "admin auditor owner",
	"approval.decide":    "reviewer operations p.finance risk admin owner",
	"risk.manage":        "risk",
	"setting.manage":     "admin",
	"dashboard.view":     "staff owner manager m.finance",
}

// keyed is what an API key with every scope may.
const keyed = "dashboard.view merchant.view service.view terminal.view payment.view payment.take payment.refund settlement.view"

// visitor is one who walks through every door.
type visitor struct {
	name   string
	realm  access.Realm
	role   string // as holders calls it; empty for one who has none
	key    bool   // comes with an API key
	caller *caller
}

// may tells whether the table above lets a visitor through a rule.
func (v visitor) may(r api.Rule) bool {
	if v.key {
		scoped := v.role == "key" && (r.Needs == 0 || slices.Contains(strings.Fields(keyed), r.Needs.String()))
		return r.Key && scoped && (r.Realm == "" || r.Realm == access.Merchant)
	}
	if r.Realm != "" && r.Realm != v.realm {
		return false
	}
	if r.Needs == 0 {
		return true
	}
	roles := strings.Fields(holders[r.Needs.String()])
	return slices.Contains(roles, v.role) || v.realm == access.Platform && slices.Contains(roles, "staff")
}

// walkers returns a door with one visitor of each kind before it, and the merchant for which most of them work.
func walkers(t *testing.T) (d *door, shop string, list []visitor) {
	d = newDoor(t)
	for _, role := range access.Roles(access.Platform) {
		c, _ := d.staff(string(role)+"@demo.example", role)
		name := string(role)
		if role == access.Finance {
			name = "p.finance"
		}
		list = append(list, visitor{name: name, realm: access.Platform, role: name, caller: c})
	}
	owner, shop := d.owner("owner@shop.example")
	list = append(list, visitor{name: "owner", realm: access.Merchant, role: "owner", caller: owner})
	for _, role := range access.Roles(access.Merchant)[1:] {
		name := string(role)
		if role == access.Finance {
			name = "m.finance"
		}
		list = append(list, visitor{name: name, realm: access.Merchant, role: name, caller: d.person(name+"@shop.example", shop, role)})
	}
	other, _ := d.owner("owner@other.example")
	list = append(list,
		visitor{name: "owner of another merchant", realm: access.Merchant, role: "owner", caller: other},
		visitor{name: "stranger", realm: access.Merchant, caller: d.person("stranger@nowhere.example", "")},
	)
	_, err := d.access.FurnishUser(t.Context(), access.NewUser{
		Realm: access.Agent, Email: "agent@agent.example", Name: "Agent", Lang: "en", Password: password, Agent: d.firm("91460100MA5T8K3W2W", "北方代理").ID, Roles: []access.Role{access.AgentOwner},
	})
	d.must(err)
	list = append(list, visitor{name: "agent", realm: access.Agent, role: "agent_owner", caller: d.browser().login("agent@agent.example")})
	for _, role := range []string{"key", ""} {
		c := d.browser()
		c.key = "yf_test_walk_" + role
		k, err := d.access.FurnishKey(t.Context(), shop, c.key, access.KeyOrder{Name: "walk", Mode: access.Test, Scopes: access.KeyScopes.Words()})
		d.must(err)
		if role == "" {
			k.Scopes = 0
			d.must(storetest.Do(t, d.store, func(v step.View) error { v.Put(k); return nil }, k.Key()))
		}
		list = append(list, visitor{name: "program " + role, realm: access.Merchant, role: role, key: true, caller: c})
	}
	return d, shop, list
}

// person makes a person with roles at a merchant, or one who has none, and logs in.
func (d *door) person(email, shop string, roles ...access.Role) *caller {
	d.t.Helper()
	u, err := d.access.FurnishUser(d.t.Context(), access.NewUser{Realm: access.Merchant, Email: email, Name: "Person", Lang: "en", Password: password})
	d.must(err)
	if shop != "" {
		d.must(storetest.Do(d.t, d.store, func(v step.View) error {
			return access.Enroll(v, access.Member{Merchant: shop, Account: u.ID, Roles: roles, State: access.MemberActive, CreatedAt: 1})
		}, access.EnrollKeys(shop, u.ID)...))
	}
	return d.browser().login(email)
}

// schema is what the walk reads of the door's description.
type schema struct {
	Ref        string            `json:"$ref"`
	Type       any               `json:"type"`
	Enum       []any             `json:"enum"`
	Format     string            `json:"format"`
	Pattern    string            `json:"pattern"`
	MinLength  int               `json:"minLength"`
	Minimum    float64           `json:"minimum"`
	MinItems   int               `json:"minItems"`
	Items      *schema           `json:"items"`
	Required   []string          `json:"required"`
	Properties map[string]schema `json:"properties"`
}

type parameter struct {
	Name     string `json:"name"`
	In       string `json:"in"`
	Required bool   `json:"required"`
	Schema   schema `json:"schema"`
}

type described struct {
	Parameters  []parameter `json:"parameters"`
	RequestBody *struct {
		Content map[string]struct {
			Schema schema `json:"schema"`
		} `json:"content"`
	} `json:"requestBody"`
}

// chart is the door's description of itself.
type chart struct {
	Paths      map[string]map[string]described `json:"paths"`
	Components struct {
		Schemas map[string]schema `json:"schemas"`
	} `json:"components"`
}

func (d *door) chart() (c chart) {
	raw, err := d.api.Description()
	d.must(err)
	d.must(json.Unmarshal(raw, &c))
	return c
}

// least returns the smallest value that a schema takes.
func (c chart) least(s schema) any {
	if name, ok := strings.CutPrefix(s.Ref, "#/components/schemas/"); ok {
		s = c.Components.Schemas[name]
	}
	if len(s.Enum) > 0 {
		return s.Enum[0]
	}
	switch kind := fmt.Sprint(s.Type); {
	case strings.Contains(kind, "object"):
		o := object{}
		for _, name := range s.Required {
			o[name] = c.least(s.Properties[name])
		}
		return o
	case strings.Contains(kind, "array"):
		return slices.Repeat([]any{c.least(*s.Items)}, s.MinItems)
	case strings.Contains(kind, "integer"), strings.Contains(kind, "number"):
		return s.Minimum
	case strings.Contains(kind, "boolean"):
		return false
	case s.Format == "date-time":
		return "2026-12-01T00:00:00Z"
	}
	return strings.Repeat("x", max(s.MinLength, 1))
}

// trip is a request that is well formed and asks for nothing that is there.
func (c chart) trip(e api.Entry) (path string, body any) {
	op := c.Paths[e.Path][strings.ToLower(e.Method)]
	path = strings.TrimPrefix(e.Path, "/v1")
	query := "?"
	for _, p := range op.Parameters {
		value := "nothing"
		if p.In == "path" && len(p.Schema.Enum) > 0 {
			value = fmt.Sprint(p.Schema.Enum[0])
		}
		if p.In == "path" {
			path = strings.ReplaceAll(path, "{"+p.Name+"}", value)
		} else if p.In == "query" && p.Required {
			query += p.Name + "=" + fmt.Sprint(c.least(p.Schema)) + "&"
		}
	}
	if op.RequestBody != nil {
		body = c.least(op.RequestBody.Content["application/json"].Schema)
		if body == "x" { // a body of another form, such as a picture
			body = object{}
		}
	}
	return path + strings.TrimRight(query, "?&"), body
}

// filters returns queries with one optional parameter each.
func (c chart) filters(e api.Entry) (list []string) {
	if e.Method != http.MethodGet || strings.HasSuffix(e.Path, "/export") {
		return nil
	}
	for _, p := range c.Paths[e.Path]["get"].Parameters {
		if p.In == "query" && !p.Required {
			list = append(list, "?"+p.Name+"="+fmt.Sprint(c.least(p.Schema)))
		}
	}
	return list
}

// destructive are visited last: they change what the visitor may.
var destructive = []string{"start-application", "remove-totp", "change-password", "end-my-other-sessions"}

// entries returns the operations in the order in which they are visited.
func entries(d *door) []api.Entry {
	list := d.api.Rules()
	slices.SortStableFunc(list, func(a, b api.Entry) int {
		return slices.Index(destructive, a.ID) - slices.Index(destructive, b.ID)
	})
	return list
}

// guarded tells whether an answer is the guard's refusal: a domain may refuse with 403 for reasons of its own, such as a password
// that is wrong, under words of its own.
func guarded(a answer) bool {
	return a.status == http.StatusUnauthorized || a.status == http.StatusForbidden &&
		slices.Contains([]string{"forbidden", "fresh_required", "second_factor_required", "cross_site", "host_unknown"}, a.code)
}

// own are operations that refuse some whom the guard lets in: what it takes depends on more than a permission.
var own = []string{"accept-invitation", "start-application", "start-change", "leave-merchant", "stay-merchant"}

// Every operation lets in whom its rule names and nobody else, and whatever it is sent, it does not break.
func TestWalk_everyRouteEveryRole(t *testing.T) {
	d, _, list := walkers(t)
	c := d.chart()
	for p := access.Permission(1); p.String() != "none"; p++ {
		for _, v := range list {
			role := access.Role(v.role[strings.Index(v.role, ".")+1:])
			if got, want := access.Granted(v.realm, role).Has(p), v.may(api.Rule{Needs: p}); !v.key && got != want {
				t.Errorf("%s holds %s: %v, and the table says %v", v.name, p, got, want)
			}
		}
	}
	public := []string{}
	for _, e := range entries(d) {
		path, body := c.trip(e)
		nobody := d.browser().call(e.Method, path, body)
		if e.Rule.Public {
			public = append(public, e.ID)
			if nobody.code == "unauthenticated" || nobody.code == "forbidden" || nobody.status >= 500 && nobody.status != 503 {
				t.Errorf("%s is for everybody, and nobody is answered %d %s", e.ID, nobody.status, nobody.raw)
			}
			continue
		}
		for _, query := range c.filters(e) { // whatever is asked for, nothing breaks
			for _, v := range list {
				if a := v.caller.call(e.Method, path+query, nil); v.may(e.Rule) && (guarded(a) || a.status >= http.StatusInternalServerError) {
					t.Errorf("%s%s breaks for %s: %d %s", e.ID, query, v.name, a.status, a.raw)
				}
			}
		}
		if nobody.status != http.StatusUnauthorized || nobody.code != "unauthenticated" {
			t.Errorf("%s answers nobody with %d %s", e.ID, nobody.status, nobody.code)
		}
		for _, v := range list {
			a := v.caller.call(e.Method, path, body)
			switch let := v.may(e.Rule); {
			case a.status >= http.StatusInternalServerError && a.status != http.StatusServiceUnavailable:
				t.Errorf("%s breaks for %s: %d %s, sent %v", e.ID, v.name, a.status, a.raw, body)
			case !let && (a.status != http.StatusForbidden || a.code != "forbidden"):
				t.Errorf("%s answers %s, who may not, with %d %s", e.ID, v.name, a.status, a.raw)
			case let && guarded(a) && !slices.Contains(own, e.ID):
				t.Errorf("%s answers %s, who may, with %d %s", e.ID, v.name, a.status, a.raw)
			}
		}
	}
	slices.Sort(public)
	want := slices.Sorted(slices.Values(open))
	if !slices.Equal(public, want) {
		t.Errorf("operations for everybody: %v, expected %v", public, want)
	}
}

// Nobody finds another merchant's name in any answer to a request without filters.
func TestWalk_nothingOfOthers(t *testing.T) {
	d, shop, list := walkers(t)
	m, _, err := step.Read[merchant.Merchant](t.Context(), d.store, merchant.Key(shop))
	d.must(err)
	c := d.chart()
	seen := 0
	for _, e := range entries(d) {
		if e.Method != http.MethodGet {
			continue
		}
		path, _ := c.trip(e)
		for _, v := range list {
			if v.realm == access.Platform || v.key {
				continue
			}
			a := v.caller.call(e.Method, path, nil)
			tells := bytes.Contains(a.raw, []byte(shop)) || bytes.Contains(a.raw, []byte(m.Name)) || bytes.Contains(a.raw, []byte("@shop.example"))
			switch v.name {
			case "owner of another merchant", "stranger", "agent":
				if tells {
					t.Errorf("%s tells %s of a merchant that is not theirs: %s", e.ID, v.name, a.raw)
				}
			default:
				if tells {
					seen++
				}
			}
		}
	}
	if seen < 5 {
		t.Errorf("the merchant's own people saw it %d times: the walk looks at nothing", seen)
	}
}

// A request that is sent twice counts once, on every route that changes something by POST.
func TestWalk_sentTwice(t *testing.T) {
	d, _, list := walkers(t)
	c := d.chart()
	for _, e := range entries(d) {
		if e.Method != http.MethodPost || e.Rule.Public || e.Rule.Bare {
			continue
		}
		at := slices.IndexFunc(list, func(v visitor) bool { return v.may(e.Rule) })
		if at < 0 {
			t.Errorf("nobody may call %s", e.ID)
			continue
		}
		caller := list[at].caller
		path, body := c.trip(e)
		caller.head = http.Header{"Idempotency-Key": nil}
		if a := caller.call(e.Method, path, body); a.status != http.StatusBadRequest || a.code != "idempotency_key_missing" {
			t.Errorf("%s without a key: %d %s", e.ID, a.status, a.raw)
		}
		caller.head = http.Header{"Idempotency-Key": {"walk-" + e.ID}}
		first := caller.call(e.Method, path, body)
		second := caller.call(e.Method, path, body)
		again := second.head.Get("Idempotent-Replayed") == "true"
		switch done := first.status < 300; {
		case done && !e.Rule.Secret && (!again || second.status != first.status || !bytes.Equal(first.raw, second.raw)):
			t.Errorf("%s sent twice: %d %s, then %d %s", e.ID, first.status, first.raw, second.status, second.raw)
		case done && e.Rule.Secret && (second.status != http.StatusConflict || second.code != "request_answered"):
			t.Errorf("%s, which shows a secret, sent twice: %d %s", e.ID, second.status, second.raw)
		case !done && (second.status != first.status || again):
			t.Errorf("%s, of which nothing happened, sent twice: %d %s, then %d %s", e.ID, first.status, first.raw, second.status, second.raw)
		case done:
			if a := caller.call(e.Method, path, object{"something": "else"}); a.status != http.StatusUnprocessableEntity || a.code != "idempotency_key_reused" {
				t.Errorf("%s, another request under the same key: %d %s", e.ID, a.status, a.raw)
			}
		}
		caller.head = http.Header{}
	}
}

// No route believes a request that another site sent, or one that was sent to another name.
func TestWalk_otherSitesAndNames(t *testing.T) {
	d := newDoor(t)
	c := d.chart()
	owner, _ := d.owner("owner@shop.example")
	for _, e := range d.api.Rules() {
		path, body := c.trip(e)
		if e.Method != http.MethodGet {
			owner.head = http.Header{"Origin": {"https://evil.example"}}
			if a := owner.call(e.Method, path, body); a.status != http.StatusForbidden || a.code != "cross_site" {
				t.Errorf("%s from another site: %d %s", e.ID, a.status, a.raw)
			}
		}
		q := httptest.NewRequest(e.Method, "/v1"+path, nil)
		q.Host = "evil.example"
		w := httptest.NewRecorder()
		d.api.ServeHTTP(w, q)
		if w.Code != http.StatusForbidden || !strings.Contains(w.Body.String(), "host_unknown") {
			t.Errorf("%s under another name: %d %s", e.ID, w.Code, w.Body)
		}
	}
}

// whole are lists that are answered whole: what they hold is bounded by what the operator sets up, by one person, or by the question.
var whole = []string{"list-my-passkeys", "list-my-sessions", "list-service-plans", "list-terminal-models", "list-terminal-groups", "list-areas", "list-categories", "list-names", "list-wallet-accounts"}

// Every list holds to its bounds and can be had as a file.
func TestWalk_lists(t *testing.T) {
	d, _, list := walkers(t)
	c := d.chart()
	for _, e := range d.api.Rules() {
		if !strings.HasPrefix(e.ID, "list-") || slices.Contains(whole, e.ID) {
			continue
		}
		at := slices.IndexFunc(list, func(v visitor) bool { return v.may(e.Rule) })
		if at < 0 {
			t.Errorf("nobody may call %s", e.ID)
			continue
		}
		caller := list[at].caller
		path, _ := c.trip(e)
		with := func(path, query string) string {
			if strings.Contains(path, "?") {
				return path + "&" + query
			}
			return path + "?" + query
		}
		for _, query := range []string{"limit=0", "limit=101", "limit=x", "cursor=nonsense", "unknown=1"} {
			if a := caller.call("GET", with(path, query), nil); a.status != http.StatusUnprocessableEntity {
				t.Errorf("%s with %s: %d %s", e.ID, query, a.status, a.raw)
			}
		}
		page := caller.call("GET", with(path, "limit=1"), nil)
		if page.status == http.StatusNotFound { // a list within a record that is not there
			continue
		}
		if body := into[api.ListBody[json.RawMessage]](page.is(200, "")); body.Data == nil || len(body.Data) > 1 || body.HasMore != (body.NextCursor != "") {
			t.Errorf("%s: %s", e.ID, page.raw)
		}
		plain, query, _ := strings.Cut(path, "?")
		for format, begins := range map[string]string{"csv": "\uFEFF", "xlsx": "PK\x03\x04"} {
			file := caller.call("GET", with(strings.TrimSuffix(plain+"/export?"+query, "?"), "format="+format), nil).is(200, "")
			if !bytes.HasPrefix(file.raw, []byte(begins)) || !strings.Contains(file.head.Get("Content-Disposition"), "."+format) {
				t.Errorf("%s as %s: %v %.80q", e.ID, format, file.head, file.raw)
			}
		}
	}
}

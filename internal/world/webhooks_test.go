package world_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/yifen-pay/yifen/internal/domain/access"
	"github.com/yifen-pay/yifen/internal/domain/calendar"
	"github.com/yifen-pay/yifen/internal/domain/directory"
	"github.com/yifen-pay/yifen/internal/domain/event"
	"github.com/yifen-pay/yifen/internal/domain/listing"
	"github.com/yifen-pay/yifen/internal/domain/step"
	"github.com/yifen-pay/yifen/internal/domain/webhook"
	"github.com/yifen-pay/yifen/internal/world"
)

// receiver is an integrator's program. It believes only what verifies by the rules of Standard Webhooks: the id, the time within five
// minutes and the body under one of the signatures.
type receiver struct {
	t      *testing.T
	site   *httptest.Server
	secret []byte

	mu     sync.Mutex
	answer int  // 0 takes what comes
	once   bool // it knows ids that it has taken, as an integrator's program should
	ids    []string
	events []event.Message
}

func newReceiver(t *testing.T) *receiver {
	r := &receiver{t: t, once: true}
	r.site = httptest.NewServer(r)
	t.Cleanup(r.site.Close)
	return r
}

// subscribe makes an endpoint that leads to the receiver.
func (r *receiver) subscribe(d *world.Demo, who access.Actor, events ...string) webhook.Endpoint {
	r.t.Helper()
	e, secret, err := d.App.Webhooks.Make(r.t.Context(), who, who.Merchant, webhook.Order{URL: r.site.URL + "/hook", Events: events})
	if err != nil {
		r.t.Fatal(err)
	}
	if r.secret, err = base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_")); err != nil {
		r.t.Fatal(err)
	}
	return e
}

// ServeHTTP implements http.Handler.
func (r *receiver) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	body, err := io.ReadAll(q.Body)
	if err != nil {
		r.t.Error(err)
	}
	id, at := q.Header.Get("webhook-id"), q.Header.Get("webhook-timestamp")
	mac := hmac.New(sha256.New, r.secret)
	fmt.Fprintf(mac, "%s.%s.%s", id, at, body)
	want := "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
	if !slices.Contains(strings.Fields(q.Header.Get("webhook-signature")), want) {
		r.t.Errorf("%s is not signed: %q", id, q.Header.Get("webhook-signature"))
	}
	if seconds, err := strconv.ParseInt(at, 10, 64); err != nil || math.Abs(time.Since(time.Unix(seconds, 0)).Minutes()) > 5 {
		r.t.Errorf("%s was signed at %q", id, at)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.answer != 0 {
		w.WriteHeader(r.answer)
		return
	}
	if r.once && slices.Contains(r.ids, id) {
		return // it was taken, and our word of it was lost: the clock ran past the claim
	}
	var m event.Message
	if err := json.Unmarshal(body, &m); err != nil || m.ID != id {
		r.t.Errorf("%s holds %s: %v", id, body, err)
	}
	r.ids, r.events = append(r.ids, id), append(r.events, m)
}

func (r *receiver) answers(status int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.answer = status
}

// of returns what came about a subject: kind and amount of each event.
func (r *receiver) of(subject string) (list []string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, m := range r.events {
		var told struct {
			Amount int64 `json:"amount"`
		}
		if err := json.Unmarshal(m.Body, &told); err != nil {
			r.t.Errorf("%s: %s: %v", m.ID, m.Body, err)
		}
		if m.Subject == subject {
			list = append(list, fmt.Sprintf("%s %d", m.Kind, told.Amount))
		}
	}
	return list
}

// TestWebhooks_tellOfMoney has a payment by code with its refund and a sale by card reach an integrator's program with the amounts that are
// in the books, while it is down for half a day of the demo's clock and while another program beside it keeps hearing.
func TestWebhooks_tellOfMoney(t *testing.T) {
	d := startDemo(t, world.DemoOptions{})
	owner := shopOwner(t, d)
	owner.Can = access.Granted(access.Merchant, access.Owner)
	name, found, err := step.Read[directory.Entry](t.Context(), d.App.Store, directory.Key(access.LoginName, "owner@demo.yifen"))
	if err != nil || !found {
		t.Fatal(found, err)
	}
	owner.ID = name.Target
	shop, beside := newReceiver(t), newReceiver(t)
	e := shop.subscribe(d, owner, "sale.approved", "refund.approved")
	beside.subscribe(d, owner, "*")
	if r, err := d.App.Webhooks.Test(t.Context(), owner, e.ID); err != nil || r.Status != http.StatusOK || len(shop.ids) != 1 {
		t.Fatalf("tested: %+v, %v", r, err)
	}
	shop.answers(http.StatusBadGateway)

	api := &caller{T: t, base: "http://" + d.App.HTTP.Addr().String()}
	bench := &caller{T: t, base: "http://" + d.Options.Bench}
	var code struct {
		Code string `json:"code"`
	}
	bench.do("POST", "/phone/code", map[string]any{"wallet": "wechat", "state": "ok"}, http.StatusOK, &code)
	var paid codePayment
	api.do("POST", "/v1/codes", map[string]any{"amount_fen": 1234, "code": code.Code}, http.StatusCreated, &paid)
	api.do("POST", "/v1/payments/"+paid.ID+"/refund", map[string]any{"amount_fen": 200}, http.StatusOK, nil)
	must(t)(sell(t, openTerminal(t, d, "29000001", nil), 5678, "debit"))
	var byCard string
	eventually(t, 20*time.Second, "the program beside it hears of all", func() bool {
		beside.mu.Lock()
		for _, m := range beside.events {
			if m.Kind == "sale.approved" && m.Subject != paid.ID {
				byCard = m.Subject
			}
		}
		beside.mu.Unlock()
		return byCard != "" && slices.Contains(beside.of(paid.ID), "refund.approved 200")
	})
	waiting := func() int {
		page, err := d.App.Store.WebhookDeliveries(t.Context(), owner.Scope(), webhook.DeliveryFilter{Merchant: owner.Merchant, Endpoint: e.ID, State: webhook.Waiting}, listing.Page{})
		if err != nil {
			t.Fatal(err)
		}
		return len(page.Rows)
	}
	for range 12 {
		bench.do("POST", "/clock", map[string]any{"advance": "1h"}, http.StatusOK, nil)
	}
	if n := waiting(); n != 3 {
		t.Errorf("%d deliveries wait, expected 3", n)
	}
	shop.answers(0)
	eventually(t, 30*time.Second, "the program hears of all", func() bool {
		bench.do("POST", "/clock", map[string]any{"advance": "1h"}, http.StatusOK, nil)
		return waiting() == 0
	})
	if got := shop.of(paid.ID); !slices.Equal(got, []string{"sale.approved 1234", "refund.approved 200"}) {
		t.Errorf("of the payment by code: %q", got)
	}
	if got := shop.of(byCard); !slices.Equal(got, []string{"sale.approved 5678"}) {
		t.Errorf("of the sale by card: %q", got)
	}
	shop.mu.Lock()
	ids := slices.Clone(shop.ids)
	shop.once = false // what is sent again by hand counts
	shop.mu.Unlock()
	if slices.Sort(ids); len(slices.Compact(ids)) != 4 {
		t.Errorf("%d events came, expected 4: %q", len(ids), ids)
	}
	many, _, _, err := d.App.Webhooks.ReplayRange(t.Context(), owner, e.ID, webhook.Range{Until: calendar.At(d.Clock.Now()) + 1, Delivered: true})
	if err != nil || many != 3 {
		t.Errorf("sent again: %d, %v", many, err)
	}
	eventually(t, 20*time.Second, "all comes again", func() bool { return len(shop.of(paid.ID)) >= 4 && len(shop.of(byCard)) >= 2 })
	shop.answers(http.StatusGone)
	api.do("POST", "/v1/payments/"+paid.ID+"/refund", map[string]any{"amount_fen": 300}, http.StatusOK, nil)
	told(t, d, "owner@demo.yifen", shop.site.URL)
	if e, err := d.App.Webhooks.Look(t.Context(), owner, e.ID); err != nil || e.State != webhook.Off || e.Why != webhook.Gone {
		t.Errorf("after 410: %+v, %v", e, err)
	}
	proveBooks(t, d)
}

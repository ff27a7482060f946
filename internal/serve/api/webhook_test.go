package api_test

import (
	"bytes"
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/yifen-pay/yifen/internal/domain/access"
	"github.com/yifen-pay/yifen/internal/domain/event"
	"github.com/yifen-pay/yifen/internal/domain/id"
	"github.com/yifen-pay/yifen/internal/domain/step"
	"github.com/yifen-pay/yifen/internal/domain/webhook"
	"github.com/yifen-pay/yifen/internal/serve/api"
	"github.com/yifen-pay/yifen/internal/store/storetest"
)

// doorstep leaves parcels without a signature, which is the courier's own affair.
type doorstep struct{}

// Carry implements webhook.Courier.
func (doorstep) Carry(ctx context.Context, p webhook.Parcel) webhook.Report {
	q, err := http.NewRequestWithContext(ctx, http.MethodPost, p.URL, bytes.NewReader(p.Body))
	if err != nil {
		return webhook.Report{Failure: webhook.Broken, Detail: err.Error()}
	}
	a, err := http.DefaultClient.Do(q)
	if err != nil {
		return webhook.Report{Failure: webhook.Unreachable, Detail: "nobody is there"}
	}
	a.Body.Close()
	if a.StatusCode != http.StatusOK {
		return webhook.Report{Status: a.StatusCode, Failure: webhook.Answered, Detail: a.Status}
	}
	return webhook.Report{Status: a.StatusCode}
}

// An owner makes, tests, changes and replays; nobody else's people see any of it.
func TestWebhooks_story(t *testing.T) {
	d := newDoor(t)
	owner, shop := d.owner("owner@shop.example")
	other, _ := d.owner("owner@other.example")
	status := http.StatusOK
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) }))
	defer site.Close()
	for _, wrong := range []struct {
		code string
		body object
	}{
		{"webhook_url", object{"url": "http://shop.example/hook", "events": []string{"*"}}},
		{"webhook_url", object{"url": "https://10.0.0.1/hook", "events": []string{"*"}}},
		{"webhook_url", object{"url": "https://user@shop.example/hook", "events": []string{"*"}}},
		{"webhook_events", object{"url": "https://shop.example/hook", "events": []string{"sale"}}},
		{"webhook_events", object{"url": "https://shop.example/hook", "events": []string{"staff.made"}}},
		{"webhook_note", object{"url": "https://shop.example/hook", "events": []string{"*"}, "note": "a\nb"}},
	} {
		owner.call("POST", "/webhooks", wrong.body).is(422, wrong.code)
	}
	made := into[api.WebhookSecret](owner.call("POST", "/webhooks", object{"url": site.URL, "events": []string{"sale.*", "refund.approved"}, "note": "shop system"}).is(201, ""))
	if !strings.HasPrefix(made.Secret, "whsec_") || made.Webhook.State != "on" || len(made.Webhook.Events) != 2 {
		t.Errorf("made %+v", made)
	}
	at := "/webhooks/" + made.Webhook.ID
	for _, path := range []string{"", "/deliveries"} {
		other.call("GET", at+path, nil).is(404, "webhook_not_found")
	}
	for _, path := range []string{"/off", "/rotate", "/test", "/deliveries/whd_x/replay"} {
		other.call("POST", at+path, nil).is(404, "webhook_not_found")
	}
	if r := into[api.WebhookReport](owner.call("POST", at+"/test", nil).is(200, "")); !r.OK || r.Status != 200 {
		t.Errorf("tested: %+v", r)
	}
	status = http.StatusTeapot
	if r := into[api.WebhookReport](owner.call("POST", at+"/test", nil).is(200, "")); r.OK || r.Status != 418 || r.Failure != "status" || r.Detail == "" {
		t.Errorf("tested: %+v", r)
	}
	again := into[api.WebhookSecret](owner.call("POST", at+"/rotate", nil).is(200, ""))
	if again.Secret == made.Secret || again.Webhook.OldUntil == nil {
		t.Errorf("rotated: %+v", again)
	}
	b := id.MustBucket(shop)
	lost := webhook.Delivery{ID: d.ids.New(webhook.DeliveryPrefix, b), Bucket: b, Merchant: shop, Endpoint: made.Webhook.ID, Event: "evt_1", Kind: "sale.approved",
		Subject: "pay_1", State: webhook.GivenUp, Tries: 12, DueAt: webhook.Never, Failure: webhook.TimedOut, DoneAt: 2, CreatedAt: 1}
	d.must(storetest.Do(t, d.store, func(v step.View) error { v.Put(lost); v.Put(event.Event{ID: "evt_1", Bucket: b}); return nil }))
	if list := into[api.ListBody[api.DeliveryView]](owner.call("GET", at+"/deliveries?state=given_up&kind=sale.approved", nil).is(200, "")); len(list.Data) != 1 || list.Data[0].Failure != "timeout" {
		t.Errorf("given up: %+v", list.Data)
	}
	owner.call("POST", at+"/off", nil).is(200, "")
	owner.call("POST", at+"/off", nil).is(409, "webhook_state")
	owner.call("POST", at+"/deliveries/"+lost.ID+"/replay", nil).is(409, "webhook_off")
	owner.call("POST", at+"/on", nil).is(200, "")
	owner.call("POST", at+"/replay", object{"from": "1970-01-02T00:00:00Z", "to": "1970-01-01T00:00:00Z"}).is(422, "webhook_range")
	if r := into[api.ReplayResult](owner.call("POST", at+"/replay", object{"from": "1970-01-01T00:00:00Z", "to": "1970-01-02T00:00:00Z"}).is(200, "")); r.Replayed != 1 || r.More {
		t.Errorf("replayed: %+v", r)
	}
	owner.call("POST", at+"/deliveries/"+lost.ID+"/replay", nil).is(409, "delivery_waiting")
	owner.call("POST", at+"/deliveries/whd_x/replay", nil).is(404, "delivery_not_found")
	owner.call("PUT", at, object{"url": "https://shop.example/hook", "events": []string{"*", "sale.approved"}}).is(200, "")
	if list := into[api.ListBody[api.WebhookView]](owner.call("GET", "/webhooks?state=on", nil).is(200, "")); len(list.Data) != 1 || list.Data[0].Events[0] != "*" {
		t.Errorf("the owner sees %+v", list.Data)
	}
	if none := into[api.ListBody[api.WebhookView]](other.call("GET", "/webhooks", nil).is(200, "")); len(none.Data) != 0 {
		t.Errorf("another merchant sees %+v", none.Data)
	}
	cashier := d.person("cashier@shop.example", shop, access.Cashier)
	cashier.call("GET", "/webhooks", nil).is(403, "forbidden")
	for range 19 {
		owner.call("POST", "/webhooks", object{"url": "https://shop.example/hook", "events": []string{"*"}}).is(201, "")
	}
	owner.call("POST", "/webhooks", object{"url": "https://shop.example/hook", "events": []string{"*"}}).is(429, "too_many_webhooks")
}

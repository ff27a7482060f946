package api

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/yifen-pay/yifen/internal/domain/access"
	"github.com/yifen-pay/yifen/internal/domain/calendar"
	"github.com/yifen-pay/yifen/internal/domain/listing"
	"github.com/yifen-pay/yifen/internal/domain/webhook"
)

// WebhookLists is what the door reads of webhooks.
type WebhookLists interface {
	Webhooks(context.Context, access.Scope, webhook.State, listing.Page) (listing.Slice[webhook.Endpoint], error)
	WebhookDeliveries(context.Context, access.Scope, webhook.DeliveryFilter, listing.Page) (listing.Slice[webhook.Delivery], error)
}

// WebhookView is an address to which events are brought.
type WebhookView struct {
	ID           string     `json:"id" zh:"编号" en:"ID"`
	URL          string     `json:"url" zh:"地址" en:"URL"`
	Events       []string   `json:"events" nullable:"false" doc:"Names of events, noun.* for all of a noun, or *." zh:"事件" en:"Events"`
	Note         string     `json:"note" zh:"备注" en:"Note"`
	State        string     `json:"state" enum:"on,off" zh:"状态" en:"State"`
	Why          string     `json:"why" enum:",hand,failing,gone" doc:"Why it is off: somebody switched it off, nothing was taken for five days, or it answered 410." zh:"停用原因" en:"Why off"`
	FailingSince *time.Time `json:"failing_since,omitempty" doc:"Since when it has taken nothing." zh:"失败始于" en:"Failing since"`
	OldUntil     *time.Time `json:"old_until,omitempty" doc:"Until then the secret before the last rotation signs too."`
	CreatedAt    time.Time  `json:"created_at" zh:"添加时间" en:"Added"`
	UpdatedAt    time.Time  `json:"updated_at" zh:"更新时间" en:"Changed"`
}

func (a *API) webhookView(e webhook.Endpoint) WebhookView {
	old := e.OldUntil
	if calendar.At(a.config.Now()) >= old {
		old = 0
	}
	return WebhookView{
		e.ID, e.URL, strings.Fields(e.Events), e.Note, string(e.State), string(e.Why), when(e.FailingSince), when(old), e.CreatedAt.Time(),
		e.UpdatedAt.Time(),
	}
}

// DeliveryView is an event on its way to a webhook.
type DeliveryView struct {
	ID        string     `json:"id" zh:"编号" en:"ID"`
	Webhook   string     `json:"webhook" zh:"事件推送" en:"Webhook"`
	Event     string     `json:"event" doc:"The id of the event, sent as webhook-id with every try." zh:"事件编号" en:"Event"`
	Kind      string     `json:"kind" zh:"事件" en:"Kind"`
	Subject   string     `json:"subject" doc:"The record that the event is about." zh:"对象" en:"Subject"`
	State     string     `json:"state" enum:"waiting,delivered,given_up" zh:"状态" en:"State"`
	Tries     int64      `json:"tries" doc:"Since it was made, or last replayed." zh:"次数" en:"Tries"`
	NextAt    *time.Time `json:"next_at,omitempty" doc:"When it is tried next; absent while it stands behind an earlier event about the same subject." zh:"下次" en:"Next"`
	Status    int64      `json:"status" doc:"HTTP status of the last answer; 0 where none came." zh:"应答" en:"Status"`
	Failure   string     `json:"failure" enum:",status,redirect,timeout,dns,connection,tls,forbidden,off,internal" doc:"Why the last try failed." zh:"失败" en:"Failure"`
	Detail    string     `json:"detail" doc:"The failure in words."`
	TriedAt   *time.Time `json:"tried_at,omitempty" zh:"最近一次" en:"Last try"`
	DoneAt    *time.Time `json:"done_at,omitempty" zh:"完成" en:"Done"`
	CreatedAt time.Time  `json:"created_at" zh:"时间" en:"Created"`
}

func deliveryView(d webhook.Delivery) DeliveryView {
	due, done := d.DueAt, d.DoneAt
	if due == webhook.Never {
		due = 0
	}
	if done == webhook.Never {
		done = 0
	}
	return DeliveryView{
		d.ID, d.Endpoint, d.Event, d.Kind, d.Subject, string(d.State), d.Tries, when(due), d.Status, string(d.Failure), d.Detail, when(d.TriedAt),
		when(done), d.CreatedAt.Time(),
	}
}

// WebhookBody is a webhook as it is made or changed.
type WebhookBody struct {
	URL    string   `json:"url" minLength:"1" maxLength:"500" doc:"https, to a host of the open Internet."`
	Events []string `json:"events" minItems:"1" maxItems:"50" doc:"Names of events (sale.approved), noun.* for all of a noun (refund.*), or * for all."`
	Note   string   `json:"note,omitempty" maxLength:"200"`
}

func (b WebhookBody) order() webhook.Order { return webhook.Order(b) }

// WebhookSecret is a webhook with its secret, which is shown once.
type WebhookSecret struct {
	Webhook WebhookView `json:"webhook"`
	Secret  string      `json:"secret" doc:"Signs every message (HMAC-SHA256): whsec_ and base64, as libraries of Standard Webhooks take it."`
}

// WebhookReport is what became of a test.
type WebhookReport struct {
	OK      bool   `json:"ok" doc:"The answer was a success."`
	Status  int    `json:"status" doc:"HTTP status of the answer; 0 where none came."`
	TookMS  int64  `json:"took_ms" doc:"Milliseconds until the answer was there, or did not come."`
	Failure string `json:"failure" enum:",status,redirect,timeout,dns,connection,tls,forbidden,internal"`
	Detail  string `json:"detail" doc:"The failure in words."`
}

// ReplayBody says which deliveries are sent again.
type ReplayBody struct {
	From      time.Time `json:"from" doc:"Deliveries that were made then or later,"`
	To        time.Time `json:"to" doc:"and before that."`
	Delivered bool      `json:"delivered,omitempty" doc:"Those too that were delivered; else those that were given up or wait for their next try."`
}

// ReplayResult is how much is sent again.
type ReplayResult struct {
	Replayed int        `json:"replayed"`
	More     bool       `json:"more" doc:"There are more than 1000: go on from next."`
	Next     *time.Time `json:"next,omitempty" doc:"From where to go on."`
}

type (
	webhookOutput       struct{ Body WebhookView }
	webhookSecretOutput struct{ Body WebhookSecret }
	deliveryOutput      struct{ Body DeliveryView }
	webhookReportOutput struct{ Body WebhookReport }
	replayOutput        struct{ Body ReplayResult }
)

// WebhooksInput narrows the list of webhooks.
type WebhooksInput struct {
	PageInput
	State string `query:"state" enum:"on,off"`
}

// DeliveriesInput narrows the list of a webhook's deliveries.
type DeliveriesInput struct {
	IDInput
	PageInput
	State string    `query:"state" enum:"waiting,delivered,given_up"`
	Kind  string    `query:"kind" maxLength:"64" doc:"Of the event: sale.approved."`
	From  time.Time `query:"from"`
	To    time.Time `query:"to" doc:"Left out itself."`
}

// DeliveryInput names a delivery of a webhook.
type DeliveryInput struct {
	IDInput
	Delivery string `path:"delivery" maxLength:"64"`
}

func (a *API) registerWebhooks() {
	const tag = "Webhooks"
	look := Rule{Needs: access.KeyManage, Realm: access.Merchant}
	manage := Rule{Needs: access.KeyManage, Realm: access.Merchant, Fresh: true}
	secret := manage
	secret.Secret = true
	registerList(a, operation(http.MethodGet, "/webhooks", "list-webhooks", tag, "Webhooks of the merchant"), look, a.webhooks)
	register(a, operation(http.MethodGet, "/webhooks/{id}", "get-webhook", tag, "A webhook"), look, func(ctx context.Context, in *IDInput) (*webhookOutput, error) {
		e, err := a.config.Webhooks.Look(ctx, actorOf(ctx), in.ID)
		return &webhookOutput{a.webhookView(e)}, err
	})
	type makeInput struct{ Body WebhookBody }
	made := withStatus(operation(http.MethodPost, "/webhooks", "make-webhook", tag, "Make a webhook"), http.StatusCreated)
	made.Description = "From now on events are sent there by POST, as the stream of events shows them, signed after Standard Webhooks. The secret is " +
		"shown once. A message is taken when the answer is a 2xx within 10 seconds; else it comes again, 12 times over more than two days. " +
		"The same event comes with the same `webhook-id`, and may come twice. Events about one subject come in order."
	register(a, made, secret, func(ctx context.Context, in *makeInput) (*webhookSecretOutput, error) {
		who := actorOf(ctx)
		e, shown, err := a.config.Webhooks.Make(ctx, who, who.Merchant, in.Body.order())
		return &webhookSecretOutput{WebhookSecret{a.webhookView(e), shown}}, err
	})
	type changeInput struct {
		IDInput
		Body WebhookBody
	}
	register(a, operation(http.MethodPut, "/webhooks/{id}", "change-webhook", tag, "Change address, events and note of a webhook"), manage,
		func(ctx context.Context, in *changeInput) (*webhookOutput, error) {
			e, err := a.config.Webhooks.Change(ctx, actorOf(ctx), in.ID, in.Body.order())
			return &webhookOutput{a.webhookView(e)}, err
		})
	rotate := operation(http.MethodPost, "/webhooks/{id}/rotate", "rotate-webhook", tag, "Give a webhook another secret")
	rotate.Description = "The secret is shown once. For 24 hours the old one signs too: each message has both signatures."
	register(a, rotate, secret, func(ctx context.Context, in *IDInput) (*webhookSecretOutput, error) {
		e, shown, err := a.config.Webhooks.Rotate(ctx, actorOf(ctx), in.ID)
		return &webhookSecretOutput{WebhookSecret{a.webhookView(e), shown}}, err
	})
	for _, to := range []webhook.State{webhook.On, webhook.Off} {
		word := string(to)
		register(a, operation(http.MethodPost, "/webhooks/{id}/"+word, "switch-webhook-"+word, tag, "Switch a webhook "+word), look,
			func(ctx context.Context, in *IDInput) (*webhookOutput, error) {
				e, err := a.config.Webhooks.Switch(ctx, actorOf(ctx), in.ID, to)
				return &webhookOutput{a.webhookView(e)}, err
			})
	}
	test := operation(http.MethodPost, "/webhooks/{id}/test", "test-webhook", tag, "Send a test event to a webhook")
	test.Description = "Sends an event of the kind `webhook.test` once, and answers with what happened."
	register(a, test, look, func(ctx context.Context, in *IDInput) (*webhookReportOutput, error) {
		r, err := a.config.Webhooks.Test(ctx, actorOf(ctx), in.ID)
		return &webhookReportOutput{WebhookReport{err == nil && r.Failure == webhook.None, r.Status, r.Took.Milliseconds(), string(r.Failure), r.Detail}}, err
	})
	registerList(a, operation(http.MethodGet, "/webhooks/{id}/deliveries", "list-webhook-deliveries", tag, "What was sent to a webhook, and what waits"), look, a.deliveries)
	register(a, operation(http.MethodPost, "/webhooks/{id}/deliveries/{delivery}/replay", "replay-webhook-delivery", tag, "Send a delivery again, or now"), look,
		func(ctx context.Context, in *DeliveryInput) (*deliveryOutput, error) {
			d, err := a.config.Webhooks.Replay(ctx, actorOf(ctx), in.ID, in.Delivery)
			return &deliveryOutput{deliveryView(d)}, err
		})
	type replayInput struct {
		IDInput
		Body ReplayBody
	}
	replay := operation(http.MethodPost, "/webhooks/{id}/replay", "replay-webhook", tag, "Send the deliveries of a time again")
	replay.Description = "The oldest first, 1000 at most with one call. Deliveries are kept for 30 days after they were done."
	register(a, replay, look, func(ctx context.Context, in *replayInput) (*replayOutput, error) {
		many, next, more, err := a.config.Webhooks.ReplayRange(ctx, actorOf(ctx), in.ID, webhook.Range{
			From: calendar.At(in.Body.From), Until: calendar.At(in.Body.To), Delivered: in.Body.Delivered,
		})
		return &replayOutput{ReplayResult{many, more, when(next)}}, err
	})
}

func (a *API) webhooks(ctx context.Context, in *WebhooksInput, p listing.Page) (listing.Slice[WebhookView], error) {
	found, err := a.config.WebhookLists.Webhooks(ctx, actorOf(ctx).Scope(), webhook.State(in.State), p)
	return through(found, a.webhookView), err
}

func (a *API) deliveries(ctx context.Context, in *DeliveriesInput, p listing.Page) (listing.Slice[DeliveryView], error) {
	who := actorOf(ctx)
	e, err := a.config.Webhooks.Look(ctx, who, in.ID)
	if err != nil {
		return listing.Slice[DeliveryView]{}, err
	}
	f := webhook.DeliveryFilter{Merchant: e.Merchant, Endpoint: e.ID, State: webhook.DeliveryState(in.State), Kind: in.Kind}
	if !in.From.IsZero() {
		f.From = calendar.At(in.From)
	}
	if !in.To.IsZero() {
		f.Until = calendar.At(in.To)
	}
	found, err := a.config.WebhookLists.WebhookDeliveries(ctx, who.Scope(), f, p)
	return through(found, deliveryView), err
}

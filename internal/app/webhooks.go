package app

import (
	"context"
	"crypto/rand"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/yifen-pay/yifen/internal/courier"
	"github.com/yifen-pay/yifen/internal/domain/webhook"
	"github.com/yifen-pay/yifen/internal/job"
)

// startWebhooks opens the desk of webhooks and notes where the outbox ends, if nobody did.
func (a *App) startWebhooks(ctx context.Context, c Config) error {
	loopback := c.Get("webhook-loopback") == "true"
	seconds := prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name: "yifen_webhook_seconds", Help: "Time from a request to a merchant's webhook to its answer, by kind of failure and class of status.",
		Buckets: []float64{.01, .05, .1, .25, .5, 1, 2.5, 5, 10},
	}, []string{"failure", "status"})
	a.Metrics.MustRegister(seconds)
	a.Webhooks = webhook.NewService(webhook.Config{
		Gate: a.Store, Store: a.Store, Vault: a.HSM, Courier: courier.NewWebhook(courier.WebhookConfig{Wall: time.Now, Loopback: loopback}),
		IDs: a.IDs, Now: a.options.Now, Chance: rand.Reader, Loopback: loopback,
		Failed: func(err error) {
			a.options.Logger.Error("a webhook was not delivered, it will be tried again", "error", err)
		},
		Observe: func(r webhook.Report) {
			class := "none"
			if r.Status != 0 {
				class = strconv.Itoa(r.Status/100) + "xx"
			}
			seconds.WithLabelValues(string(r.Failure), class).Observe(r.Took.Seconds())
		},
	})
	a.onStop(func(context.Context) { a.Webhooks.Wait() }) // behind the jobs: what was claimed is recorded
	return a.Webhooks.Begin(ctx)
}

// webhookTasks bring events to merchants' programs.
func (a *App) webhookTasks() []job.Task {
	return []job.Task{
		{Name: "spread of events", Every: eventPoll, Run: a.Webhooks.Spread},
		{Name: "webhooks", Every: time.Second, Wake: a.Webhooks.Woken(), Run: a.Webhooks.Send},
	}
}

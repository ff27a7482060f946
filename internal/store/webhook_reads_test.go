package store

// webhookReads are the statements of webhook.go that run outside steps, for the plan tests.
var webhookReads = []Statement{
	{"an event", eventSQL, []any{int64(1), "e"}},
	{"cursors of webhooks", webhookCursorsSQL, []any{int64(256)}},
	{"webhooks of a merchant", webhooksOfSQL, []any{int64(1), "m"}},
	{"first webhook that waits", waitingWebhookSQL, []any{"e"}},
	{"due deliveries", dueDeliveriesSQL, []any{"e", int64(1), int64(4)}},
	{"deliveries by the time at which they were made", deliveriesMadeSQL, []any{int64(1), "e", "given_up", int64(1), int64(2), int64(10)}},
	pageRead("page of the webhooks of a merchant", webhookTable, "bucket", "merchant"),
	pageRead("deliveries of a webhook", webhookDeliveryTable, "bucket", "endpoint"),
	pageRead("deliveries of a webhook by state", webhookDeliveryTable, "bucket", "endpoint", "state"),
	pageRead("deliveries of a webhook by kind", webhookDeliveryTable, "bucket", "endpoint", "kind"),
}

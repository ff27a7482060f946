package webhook

import "github.com/yifen-pay/yifen/internal/domain/fault"

// Refusals of webhooks.
var (
	ErrNotFound = fault.New(fault.NotFound, "webhook_not_found", "there is no such webhook")
	ErrDelivery = fault.New(fault.NotFound, "delivery_not_found", "there is no such delivery: they are kept for 30 days")
	ErrAddress  = fault.New(fault.Invalid, "webhook_url", "a webhook has an address that begins https:// and names a host that is reachable from everywhere, without a log-in or a fragment")
	ErrEvents   = fault.New(fault.Invalid, "webhook_events", "name the events that are wanted: \"*\", or names such as \"sale.approved\" and \"refund.*\", 50 at most")
	ErrNote     = fault.New(fault.Invalid, "webhook_note", "a note has 200 characters at most and no line breaks")
	ErrState    = fault.New(fault.Conflict, "webhook_state", "the webhook is so already")
	ErrOff      = fault.New(fault.Conflict, "webhook_off", "the webhook is switched off: switch it on first")
	ErrMany     = fault.New(fault.Limited, "too_many_webhooks", "a merchant has 20 webhooks at most: change one that is there")
	ErrWaiting  = fault.New(fault.Conflict, "delivery_waiting", "the delivery is still on its way")
	ErrRange    = fault.New(fault.Invalid, "webhook_range", "give a time from which and one until which to send again, the first before the second")
	ErrTests    = fault.New(fault.Limited, "webhook_tested", "the webhook is being tested: wait for the answer")
)

package app

import (
	"context"
	"encoding/json"
	"strings"

	"github.com/yifen-pay/yifen/internal/domain/access"
	"github.com/yifen-pay/yifen/internal/domain/event"
	"github.com/yifen-pay/yifen/internal/domain/merchant"
	"github.com/yifen-pay/yifen/internal/domain/notify"
	"github.com/yifen-pay/yifen/internal/domain/product"
	"github.com/yifen-pay/yifen/internal/domain/step"
	"github.com/yifen-pay/yifen/internal/domain/ticket"
	"github.com/yifen-pay/yifen/internal/domain/webhook"
	"github.com/yifen-pay/yifen/internal/store"
)

// noticesWaiting is how many events may wait to be told. The pages show all of it, so what is over is only logged.
const noticesWaiting = 1000

// noticed are the events that the owner of a merchant is told of.
var noticed = map[string]notify.Kind{
	"application.returned":   notify.Returned,
	"application.approved":   notify.Approved,
	"application.rejected":   notify.Rejected,
	"service.open":           notify.ServiceOpened, // the first time, not after a suspension
	"terminal_order.shipped": notify.Shipped,
	"ticket.answered":        notify.Answered,
	"webhook.ended":          notify.WebhookEnded,
}

// serviceNames are the payment services in words, Chinese and English.
var serviceNames = map[product.Kind][2]string{
	product.Card:     {"银行卡收款", "Card payment"},
	product.WeChat:   {"微信支付", "WeChat Pay"},
	product.Alipay:   {"支付宝", "Alipay"},
	product.UnionPay: {"云闪付二维码", "UnionPay QR"},
}

// observe hears of the commits of this node: each event is told by the node that wrote it, once, after it is true. What
// waits when the program dies is not told again.
func (a *App) observe(meter *storeMeter) func(store.Batch) {
	return func(b store.Batch) {
		meter.observe(b)
		for _, e := range b.Events {
			if noticed[e.Kind] == "" {
				continue
			}
			select {
			case a.happened <- e:
			default:
				a.options.Logger.Warn("too much happens at once to tell people of it", "kind", e.Kind, "subject", e.Subject)
			}
		}
	}
}

// tellPeople writes to people about what happened to their merchants, until ctx ends.
func (a *App) tellPeople(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case e := <-a.happened:
			if err := a.tellOwner(ctx, e); err != nil && ctx.Err() == nil {
				a.options.Logger.Error("an owner could not be told", "kind", e.Kind, "subject", e.Subject, "error", err)
			}
		}
	}
}

// tellOwner writes to the owner of a merchant about one event. A merchant that the operator furnished or took over has
// none, nor has one that an agent brings: whoever handed it in sees on the pages what became of it. Of a webhook then hears who
// made it.
func (a *App) tellOwner(ctx context.Context, e event.Event) error {
	if resumed(e) {
		return nil
	}
	m, found, err := step.Read[merchant.Merchant](ctx, a.Store, merchant.Key(e.Merchant))
	if err != nil || !found {
		return err
	}
	person := m.Owner
	if person == "" && noticed[e.Kind] == notify.WebhookEnded {
		w, _, err := step.Read[webhook.Endpoint](ctx, a.Store, step.Key{Table: webhook.Table, Bucket: e.Bucket, ID: e.Subject})
		if err != nil {
			return err
		}
		_, person, _ = strings.Cut(w.CreatedBy, ":")
	}
	if person == "" {
		return nil
	}
	owner, found, err := step.Read[access.User](ctx, a.Store, access.UserKey(person))
	if err != nil || !found || owner.Contact() == "" {
		return err
	}
	args, err := a.noticeArgs(ctx, e, owner.Lang)
	if err != nil {
		return err
	}
	args["merchant"] = m.Name
	return a.mail.post(notify.Message{To: string(owner.Contact()), Kind: noticed[e.Kind], Lang: owner.Lang, Args: args})
}

// resumed tells whether an event says that a service works again which worked before.
func resumed(e event.Event) bool {
	var told struct {
		Was product.State `json:"was"`
	}
	return noticed[e.Kind] == notify.ServiceOpened && json.Unmarshal([]byte(e.Body), &told) == nil && told.Was != product.Requested
}

// noticeArgs returns what the words about an event need beside the merchant's name.
func (a *App) noticeArgs(ctx context.Context, e event.Event, lang string) (map[string]string, error) {
	switch noticed[e.Kind] {
	case notify.Shipped:
		o, err := a.Supply.Order(ctx, e.Subject)
		return map[string]string{"carrier": o.Carrier, "tracking": o.Tracking}, err
	case notify.WebhookEnded:
		w, _, err := step.Read[webhook.Endpoint](ctx, a.Store, step.Key{Table: webhook.Table, Bucket: e.Bucket, ID: e.Subject})
		return map[string]string{"address": w.URL}, err
	case notify.Answered:
		t, _, err := step.Read[ticket.Ticket](ctx, a.Store, step.Key{Table: ticket.Table, Bucket: e.Bucket, ID: e.Subject})
		return map[string]string{"title": t.Title}, err
	case notify.ServiceOpened:
		_, kind, _ := strings.Cut(e.Subject, "/")
		name := serviceNames[product.Kind(kind)]
		if lang == "zh" {
			return map[string]string{"service": name[0]}, nil
		}
		return map[string]string{"service": name[1]}, nil
	}
	return map[string]string{}, nil
}

package store_test

import (
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/yifen-pay/yifen/internal/domain/step"
	"github.com/yifen-pay/yifen/internal/domain/webhook"
	"github.com/yifen-pay/yifen/internal/store"
	"github.com/yifen-pay/yifen/internal/store/storetest"
)

const (
	firstDelivery = "whd_0701KAMXYZ000000000000000001"
	nextDelivery  = "whd_0701KAMXYZ000000000000000002"
	doneDelivery  = "whd_0701KAMXYZ000000000000000003"
)

// hook puts two deliveries that wait in a line, and one that is done, into fresh records at target.
func hook(t testing.TB, target string) {
	t.Helper()
	s := storetest.Open(t, target, store.Options{})
	delivery := func(id, event string, state webhook.DeliveryState) webhook.Delivery {
		return webhook.Delivery{ID: id, Bucket: 7, Merchant: someShop, Endpoint: "whk_1", Event: event, Subject: "pay_1", State: state, DoneAt: webhook.Never}
	}
	first, next, done := delivery(firstDelivery, "evt_1", webhook.Waiting), delivery(nextDelivery, "evt_2", webhook.Waiting), delivery(doneDelivery, "evt_3", webhook.Delivered)
	first.DueAt, next.DueAt, done.DueAt, done.DoneAt = 1, webhook.Never, webhook.Never, 2
	line := webhook.Line{Endpoint: "whk_1", Subject: "pay_1", Bucket: 7, Queue: []string{firstDelivery, nextDelivery}, EmptyAt: webhook.Never}
	empty := webhook.Line{Endpoint: "whk_1", Subject: "pay_2", Bucket: 7, Queue: []string{}, EmptyAt: 1}
	if err := storetest.Do(t, s, func(v step.View) error {
		for _, r := range []step.Row{first, next, done, line, empty, webhook.Cursor{Lane: 1}} {
			v.Put(r)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

// What nobody may change of what waits for programs, and the row that the verifier names.
var hookCorruptions = []struct{ sql, row string }{
	{"UPDATE webhook_line SET queue = '[\"" + firstDelivery + "\"]' WHERE subject = 'pay_1'", "delivery " + nextDelivery + " waits and stands in no line"},
	{"UPDATE webhook_delivery SET state = 'waiting' WHERE id = '" + doneDelivery + "'", "delivery " + doneDelivery + " waits and stands in no line"},
	{"UPDATE webhook_delivery SET state = 'given_up' WHERE id = '" + nextDelivery + "'", "delivery " + nextDelivery + " is given_up and stands in a line"},
	{"UPDATE webhook_delivery SET due_at_us = 9223372036854775807", "line whk_1/pay_1 begins with nothing that will be sent"},
	{"UPDATE webhook_delivery SET event = 'evt_1' WHERE id = '" + doneDelivery + "'", "event evt_1 makes 2 deliveries for whk_1"},
	{"UPDATE webhook_cursor SET position = 99", "lane 1 was read beyond its end"},
	{"DELETE FROM webhook_delivery WHERE id = '" + firstDelivery + "'", "line whk_1/pay_1 begins with nothing that will be sent"},
}

func TestVerify_noticesWhatIsWrongWithWebhooks(t *testing.T) {
	good := t.TempDir()
	hook(t, good)
	storetest.WantClean(t, good)
	for _, c := range hookCorruptions {
		t.Run(c.sql, func(t *testing.T) {
			target := t.TempDir()
			if err := os.CopyFS(target, os.DirFS(good)); err != nil {
				t.Fatal(err)
			}
			change(t, database(t, target), c.sql)
			if found := storetest.Verify(t, target, time.Now()); !slices.ContainsFunc(found, func(f string) bool { return strings.Contains(f, c.row) }) {
				t.Errorf("found %q, want %q", found, c.row)
			}
		})
	}
}

func TestVerify_noticesWhatIsWrongWithWebhooksOnTheServer(t *testing.T) {
	dsn := storetest.Server(t)
	hook(t, dsn)
	storetest.WantClean(t, dsn)
	for _, i := range []int{2, 1, 3, 4, 5} { // one on top of the other, each of which leaves the next its rows
		c := hookCorruptions[i]
		change(t, database(t, dsn), c.sql)
		if found := storetest.Verify(t, dsn, time.Now()); !slices.ContainsFunc(found, func(f string) bool { return strings.Contains(f, c.row) }) {
			t.Errorf("%s: found %q, want %q", c.sql, found, c.row)
		}
	}
}

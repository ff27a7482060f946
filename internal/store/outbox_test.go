package store_test

import (
	"fmt"
	"testing"

	"github.com/yifen-pay/yifen/internal/domain/calendar"
	"github.com/yifen-pay/yifen/internal/domain/event"
	"github.com/yifen-pay/yifen/internal/domain/id"
	"github.com/yifen-pay/yifen/internal/domain/step"
	"github.com/yifen-pay/yifen/internal/store"
	"github.com/yifen-pay/yifen/internal/store/storetest"
)

func TestOutbox(t *testing.T) {
	for name, target := range map[string]func(testing.TB) string{
		"embedded": func(t testing.TB) string { return t.TempDir() }, "server": func(t testing.TB) string { return storetest.Server(t) },
	} {
		t.Run(name, func(t *testing.T) {
			s := storetest.Open(t, target(t), store.Options{})
			before, err := s.OutboxHeads(t.Context())
			if err != nil || len(before) == 0 {
				t.Fatalf("the heads are %v, %v", before, err)
			}
			const many = 25
			for i := range many {
				storetest.Do(t, s, func(v step.View) error {
					v.Put(event.Event{ID: fmt.Sprintf("evt_%d", i), Bucket: id.Bucket(i % 64), At: calendar.Instant(i), Kind: "sale.captured", Body: "{}"})
					return nil
				})
			}
			after, err := s.OutboxHeads(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			seen := map[string]bool{}
			for lane, head := range after {
				if _, known := before[lane]; !known {
					t.Errorf("lane %d came from nowhere", lane)
				}
				for at := before[lane]; at < head; {
					part, err := s.Outbox(t.Context(), lane, at, 7)
					if err != nil || len(part) == 0 || len(part) > 7 {
						t.Fatalf("behind %d of %d: %d events, %v", at, head, len(part), err)
					}
					for _, e := range part {
						if at++; e.Lane != lane || e.Position != at || seen[e.ID] {
							t.Errorf("at %d of lane %d lies %+v", at, lane, e)
						}
						seen[e.ID] = true
					}
				}
			}
			if len(seen) != many {
				t.Errorf("%d events of %d", len(seen), many)
			}
		})
	}
}

package store_test

import (
	"testing"
	"time"

	"github.com/yifen-pay/yifen/internal/domain/access"
	"github.com/yifen-pay/yifen/internal/domain/calendar"
	"github.com/yifen-pay/yifen/internal/domain/id"
	"github.com/yifen-pay/yifen/internal/domain/listing"
	"github.com/yifen-pay/yifen/internal/domain/repeat"
	"github.com/yifen-pay/yifen/internal/domain/step"
	"github.com/yifen-pay/yifen/internal/domain/supply"
	"github.com/yifen-pay/yifen/internal/domain/webhook"
	"github.com/yifen-pay/yifen/internal/store"
	"github.com/yifen-pay/yifen/internal/store/storetest"
)

// What nothing needs any more goes, slice by slice; what is a moment younger stays, and so does everything else.
func TestRetention(t *testing.T) {
	const day = 24 * time.Hour
	now := calendar.At(time.Date(2026, 11, 20, 10, 0, 0, 0, time.UTC))
	rows := func(name string, month, two calendar.Instant) []step.Row {
		terminal := "trm_00000000000000000000000000" + name
		return []step.Row{
			repeat.Request{ID: name, State: repeat.Done, At: two},
			access.Code{ID: "cod_" + name, ExpiresAt: month},
			access.Ceremony{ID: "cer_" + name, Bucket: id.Of("cer_" + name), ExpiresAt: month},
			access.Throttle{ID: "login/" + name, Bucket: id.Of("login/" + name), LastAt: month},
			access.Session{ID: name, Bucket: id.Of(name), ExpiresAt: month, Stage: access.SessionEnded},
			supply.ActivationCode{Terminal: terminal, At: month},
			webhook.Delivery{ID: "whd_" + name, DoneAt: month}, webhook.Line{Endpoint: name, EmptyAt: month},
		}
	}
	for name, target := range map[string]func(testing.TB) string{
		"embedded": func(t testing.TB) string { return t.TempDir() }, "server": func(t testing.TB) string { return storetest.Server(t) },
	} {
		t.Run(name, func(t *testing.T) {
			at := target(t)
			s := storetest.Open(t, at, store.Options{})
			old := append(rows("oa", now.Add(-30*day-1000), now.Add(-2*day-1000)), rows("ob", now.Add(-90*day), now.Add(-90*day))...)
			young := rows("ya", now.Add(-30*day), now.Add(-2*day))
			young = append(young, access.Proposal{ID: "prp_1", State: access.ProposalExpired}, webhook.Delivery{ID: "whd_w", CreatedAt: 1, DoneAt: webhook.Never})
			past := access.Record{ID: "log_1", At: now.Add(-900 * day)} // a history is not removed
			if err := storetest.Do(t, s, func(v step.View) error { v.Put(past); return nil }); err != nil {
				t.Fatal(err)
			}
			for _, r := range append(old, young...) {
				if err := storetest.Do(t, s, func(v step.View) error {
					_, err := v.Get(r.Key())
					v.Put(r)
					return err
				}, r.Key()); err != nil {
					t.Fatal(err)
				}
			}
			for round, want := range []int{8, 8, 0} {
				if got, err := s.RemoveAged(t.Context(), now, 1); err != nil || got != want {
					t.Fatalf("round %d removed %d, want %d: %v", round, got, want, err)
				}
			}
			there := func(r step.Row) bool {
				found, err := s.Read(t.Context(), r.Key())
				if err != nil {
					t.Fatal(err)
				}
				return found != nil
			}
			for _, r := range old {
				if there(r) {
					t.Errorf("%v is still there", r.Key())
				}
			}
			for _, r := range young {
				if !there(r) {
					t.Errorf("%v is gone", r.Key())
				}
			}
			if all, err := s.Logins(t.Context(), access.Everything(), "", listing.Page{}); err != nil || len(all.Rows) != 1 {
				t.Errorf("the history of log-ins holds %d records, %v", len(all.Rows), err)
			}
		})
	}
}

package store_test

import (
	"errors"
	"testing"

	"github.com/yifen-pay/yifen/internal/domain/access"
	"github.com/yifen-pay/yifen/internal/store"
	"github.com/yifen-pay/yifen/internal/store/storetest"
)

// The page sees what the command sees of the records that it looks at, and says how far it looked.
func TestVerifyTrail(t *testing.T) {
	target := t.TempDir()
	storetest.Tell(t, target)
	s, db, ctx := storetest.Open(t, target, store.Options{}), database(t, target), t.Context()
	all := int64(len(trail(t, db)))
	look := func(limit int64) access.TrailVerdict {
		t.Helper()
		v, err := s.VerifyTrail(ctx, access.Everything(), limit)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	if v := look(1000); v != (access.TrailVerdict{Records: all, Chains: 1, Whole: true}) {
		t.Errorf("the whole trail of %d records: %+v", all, v)
	}
	if v := look(all - 5); v != (access.TrailVerdict{Records: all - 5, Chains: 1}) {
		t.Errorf("all but five of the records: %+v", v)
	}
	if _, err := s.VerifyTrail(ctx, access.Scope{}, 10); !errors.Is(err, access.ErrScope) {
		t.Errorf("for nobody: %v", err)
	}
	change(t, db, "UPDATE audit SET detail = detail || '!' WHERE position = 3")
	if v := look(1000); v.Fault == "" {
		t.Error("an edit was not seen")
	}
	if v := look(all - 5); v.Fault != "" {
		t.Errorf("an edit before what was looked at: %s", v.Fault)
	}
	change(t, db, "DELETE FROM audit WHERE position = (SELECT max(position) FROM audit)")
	if v := look(all - 5); v.Fault == "" {
		t.Error("a record taken from the end was not missed")
	}
}

package directory_test

import (
	"errors"
	"testing"

	"github.com/yifen-pay/yifen/internal/domain/directory"
	"github.com/yifen-pay/yifen/internal/domain/step"
	"github.com/yifen-pay/yifen/internal/store/storetest"
)

func TestReserve(t *testing.T) {
	s := storetest.Embedded(t)
	for _, c := range []struct {
		kind, name, target string
		want               error
	}{
		{directory.TerminalNumber, "29000001", "trm_a", nil},
		{directory.TerminalNumber, "29000001", "trm_a", nil}, // once more changes nothing
		{directory.TerminalNumber, "29000001", "trm_b", directory.ErrTaken},
		{directory.MerchantNumber, "29000001", "mch_a", nil}, // another kind is another list
		{directory.TerminalNumber, "29000002", "trm_b", nil},
	} {
		e := directory.Entry{Kind: c.kind, Name: c.name, Target: c.target}
		err := storetest.Do(t, s, func(v step.View) error { return directory.Reserve(v, e) }, e.Key())
		if !errors.Is(err, c.want) {
			t.Errorf("%s %s for %s: %v, want %v", c.kind, c.name, c.target, err, c.want)
		}
	}
	got, found, err := step.Read[directory.Entry](t.Context(), s, directory.Key(directory.TerminalNumber, "29000001"))
	if err != nil || !found || got.Target != "trm_a" {
		t.Errorf("the number leads to %+v, %v", got, err)
	}
}

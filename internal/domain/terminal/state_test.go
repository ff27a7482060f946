package terminal_test

import (
	"errors"
	"testing"

	"github.com/yifen-pay/yifen/internal/domain/terminal"
)

// Every state meets every act: where it leads, "" where it is refused.
func TestState_everyStateAndAct(t *testing.T) {
	const no = terminal.State("")
	want := map[terminal.State][]terminal.State{ // in the order of terminal.Acts: activate suspend resume lose recover replace retire
		terminal.Prepared:  {terminal.Active, no, no, terminal.Lost, no, terminal.Prepared, terminal.Retired},
		terminal.Active:    {no, terminal.Suspended, no, terminal.Lost, no, terminal.Prepared, terminal.Retired},
		terminal.Suspended: {no, no, terminal.Active, terminal.Lost, no, terminal.Prepared, terminal.Retired},
		terminal.Lost:      {no, no, no, no, terminal.Suspended, terminal.Prepared, terminal.Retired},
		terminal.Retired:   {no, no, no, no, no, no, no},
	}
	for _, from := range terminal.States {
		for i, act := range terminal.Acts {
			got, err := from.After(act)
			if to := want[from][i]; to == no && (!errors.Is(err, terminal.ErrState) || got != from) || to != no && (err != nil || got != to) {
				t.Errorf("%s, %s: %s, %v; want %q", from, act, got, err, to)
			}
		}
	}
}

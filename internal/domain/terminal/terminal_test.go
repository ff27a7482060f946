package terminal_test

import (
	"testing"

	"github.com/yifen-pay/yifen/internal/domain/terminal"
)

func TestNextNumber_wraps(t *testing.T) {
	for n, want := range map[int]int{0: 1, 1: 2, 999_998: 999_999, 999_999: 1, 1_000_000: 1} {
		if got := terminal.NextNumber(n); got != want {
			t.Errorf("%d is followed by %d, want %d", n, got, want)
		}
	}
}

func TestKeys_orderAsTheirNumbers(t *testing.T) {
	const id = "trm_07" + "01KAMXYZ0000000000000000AB"
	last := ""
	for _, sequence := range []int64{1, 9, 10, 999_999, 1_000_000} {
		for _, trace := range []int{1, 99, 999_999} {
			k := terminal.ExchangeKey(id, sequence, trace, terminal.Financial).ID
			if k <= last {
				t.Errorf("%q follows %q", k, last)
			}
			last = k
		}
	}
	if terminal.ExchangeKey(id, 1, 1, terminal.Financial) == terminal.ExchangeKey(id, 1, 1, terminal.Reversal) {
		t.Error("a request and its reversal share a key")
	}
}

package cardnet

import (
	"slices"
	"strings"
	"testing"

	"github.com/yifen-pay/yifen/internal/domain/payment"
)

// networkCodes are the codes that a network sends: those of the trade's table but for the ones about a
// terminal's own batch and parameters (77 78 79 95).
const networkCodes = "00 01 03 04 05 10 11 12 13 14 15 21 22 25 30 34 38 40 41 43 45 51 54 55 57 58 59 61 62 64 65 " +
	"66 67 68 75 90 91 92 94 96 97 98 99 A0 A1 A2 A3 A4 A5 A6 A7"

func TestOutcome(t *testing.T) {
	yes := strings.Fields("00 10 11 A2 A4 A5 A6")
	for _, code := range strings.Fields(networkCodes) {
		got, why := outcome(code)
		switch {
		case slices.Contains(yes, code):
			if got != payment.Yes || why != "" {
				t.Errorf("%s is an approval and gives %d %q", code, got, why)
			}
		case code == "98":
			if got != payment.Silent {
				t.Errorf("98, nobody answered, gives %d", got)
			}
		case got != payment.No || why == payment.Other || !slices.Contains(payment.Declines, why):
			t.Errorf("%s gives %d %q", code, got, why)
		}
		if (why == payment.OriginalNotFound) != (code == "25") || (why == payment.InvalidTransaction) != (code == "12") {
			t.Errorf("%s gives %q, which would end a reversal as done", code, why)
		}
	}
	if n := len(approvals) + len(declines); n != len(strings.Fields(networkCodes)) {
		t.Errorf("the tables have %d codes", n)
	}
	for _, code := range []string{"", "77", "ZZ", "000"} {
		if got, why := outcome(code); got != payment.No || why != payment.Other {
			t.Errorf("%q gives %d %q", code, got, why)
		}
	}
}

func TestReason(t *testing.T) {
	for why, want := range map[string]string{
		"terminal:98": "98", "terminal:A0": "A0", "terminal:": "06", "terminal:1234": "06",
		"silence": "98", "late": "98", "crash": "96", "": "06",
	} {
		if got := reason(why); got != want {
			t.Errorf("reason %q is %s, want %s", why, got, want)
		}
	}
}

package money_test

import (
	"math/big"
	"testing"

	"pgregory.net/rapid"

	"github.com/yifen-pay/yifen/internal/domain/money"
)

func TestWithin_roundsDown(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := rapid.Int64Range(0, money.AmountMax).Draw(t, "fen")
		whole := rapid.Int64Range(1, money.AmountMax).Draw(t, "whole")
		part := rapid.Int64Range(0, whole).Draw(t, "part")
		want := new(big.Int).Mul(big.NewInt(a), big.NewInt(part))
		want.Quo(want, big.NewInt(whole))
		if got := money.Within(money.Yuan(a), part, whole); got != money.Yuan(want.Int64()) {
			t.Fatalf("%d × %d / %d = %v, want %d fen", a, part, whole, got, want)
		}
	})
}

func TestWithin_refusesWhatIsNoPart(t *testing.T) {
	for _, c := range [][3]int64{{1, 2, 1}, {1, -1, 1}, {1, 0, 0}, {-1, 1, 2}} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%v was taken", c)
				}
			}()
			money.Within(money.Yuan(c[0]), c[1], c[2])
		}()
	}
}

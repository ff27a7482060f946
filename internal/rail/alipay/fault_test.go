package alipay_test

import (
	"slices"
	"testing"

	"github.com/yifen-pay/yifen/internal/domain/money"
	"github.com/yifen-pay/yifen/internal/domain/wallet"
	"github.com/yifen-pay/yifen/internal/rail/outbound"
	"github.com/yifen-pay/yifen/internal/rail/railtest"
	simalipay "github.com/yifen-pay/yifen/internal/sim/alipay"
)

func TestFaults(t *testing.T) {
	strikes := append(railtest.Common("ACQ.SYSTEM_ERROR", "ACQ.NEVER_HEARD_OF"), []railtest.Strike{
		{Flaw: string(simalipay.ForgedSignature), Doubt: outbound.Unsigned},
		{Flaw: string(simalipay.OtherOrder), Doubt: outbound.Another},
		{Flaw: string(simalipay.UnknownOutcome)},
		{Flaw: string(simalipay.ServerError)},
		{Flaw: string(simalipay.TooMany)},
	}...)
	for _, m := range modes {
		t.Run(m.name, func(t *testing.T) {
			strikes := slices.Clone(strikes)
			if m.certificate {
				strikes = append(strikes, railtest.Strike{Flaw: string(simalipay.ExpiredCertificate), Doubt: outbound.Unsigned})
			}
			open := func(t testing.TB) *railtest.Rig { return newRig(t, m, simalipay.Config{}).Rig }
			railtest.Faults(t, open, railtest.Well(wallet.Returned), strikes)
		})
	}
}

func TestChance(t *testing.T) {
	open := func(t testing.TB, seed int) *railtest.Rig {
		return newRig(t, modes[seed%len(modes)], simalipay.Config{}).Rig
	}
	railtest.Chance(t, open, railtest.Names(
		simalipay.ForgedSignature, simalipay.OtherOrder, simalipay.UnknownOutcome,
		simalipay.ServerError, simalipay.TooMany, simalipay.PendingRefund,
		simalipay.FailedRefund, simalipay.RetryCancel,
	)...)
}

func TestUnsent(t *testing.T) {
	for _, m := range modes {
		t.Run(m.name, func(t *testing.T) { railtest.Unsent(t, newRig(t, m, simalipay.Config{}).Rig) })
	}
}

func TestCrowded(t *testing.T) { railtest.Crowded(t, newRig(t, modes[0], simalipay.Config{}).Rig) }

func TestTest_clockAndReach(t *testing.T) {
	railtest.ClockAndReach(t, newRig(t, modes[0], simalipay.Config{}).Rig)
}

// TestShow_another holds that an order number stands for one order.
func TestShow_another(t *testing.T) {
	r := newRig(t, modes[0], simalipay.Config{})
	r.Shown(railtest.Number(1))
	q := r.Request(wallet.Show, railtest.Number(1))
	q.Amount = money.Yuan(2000)
	if a := r.Want("another order", r.Ask(q), wallet.Silent); a.Content != "" {
		t.Errorf("it is shown: %+v", a)
	}
}

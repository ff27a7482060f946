package unionpay_test

import (
	"testing"

	"github.com/yifen-pay/yifen/internal/domain/money"
	"github.com/yifen-pay/yifen/internal/domain/wallet"
	"github.com/yifen-pay/yifen/internal/rail/outbound"
	"github.com/yifen-pay/yifen/internal/rail/railtest"
	simunionpay "github.com/yifen-pay/yifen/internal/sim/unionpay"
)

func TestFaults(t *testing.T) {
	strikes := append(railtest.Common("99", "77"), []railtest.Strike{
		{Flaw: string(simunionpay.ForgedSignature), Doubt: outbound.Unsigned},
		{Flaw: string(simunionpay.ClockOff), Doubt: outbound.Unsigned},
		{Flaw: string(simunionpay.WrongMerchant), Doubt: outbound.Stranger},
		{Flaw: string(simunionpay.OtherOrder), Doubt: outbound.Another},
		{Flaw: string(simunionpay.UnknownOutcome)},
		{Flaw: string(simunionpay.ServerError)},
		{Flaw: string(simunionpay.TooMany)},
	}...)
	for _, m := range modes {
		t.Run(m.name, func(t *testing.T) {
			open := func(t testing.TB) *railtest.Rig { return newRig(t, m, simunionpay.Config{}).Rig }
			railtest.Faults(t, open, railtest.Well(wallet.Returned), strikes)
		})
	}
}

func TestChance(t *testing.T) {
	open := func(t testing.TB, seed int) *railtest.Rig {
		return newRig(t, modes[seed%len(modes)], simunionpay.Config{}).Rig
	}
	railtest.Chance(t, open, railtest.Names(
		simunionpay.ForgedSignature, simunionpay.ClockOff, simunionpay.WrongMerchant,
		simunionpay.OtherOrder, simunionpay.UnknownOutcome, simunionpay.ServerError,
		simunionpay.TooMany, simunionpay.PendingRefund, simunionpay.FailedRefund,
		simunionpay.PaidAfterClose,
	)...)
}

func TestUnsent(t *testing.T) {
	for _, m := range modes {
		t.Run(m.name, func(t *testing.T) { railtest.Unsent(t, newRig(t, m, simunionpay.Config{}).Rig) })
	}
}

func TestCrowded(t *testing.T) { railtest.Crowded(t, newRig(t, modes[0], simunionpay.Config{}).Rig) }

func TestTest_clockAndReach(t *testing.T) {
	railtest.ClockAndReach(t, newRig(t, modes[0], simunionpay.Config{}).Rig)
}

// TestShow_another holds that an order number stands for one order.
func TestShow_another(t *testing.T) {
	r := newRig(t, modes[0], simunionpay.Config{})
	r.Shown(railtest.Number(1))
	q := r.Request(wallet.Show, railtest.Number(1))
	q.Amount = money.Yuan(2000)
	if a := r.Want("another order", r.Ask(q), wallet.Waiting); a.RequestedFen != 1000 || a.Content != "" {
		t.Errorf("it is shown: %+v", a)
	}
}

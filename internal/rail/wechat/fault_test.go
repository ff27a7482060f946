package wechat_test

import (
	"slices"
	"testing"

	"github.com/yifen-pay/yifen/internal/domain/money"
	"github.com/yifen-pay/yifen/internal/domain/wallet"
	"github.com/yifen-pay/yifen/internal/rail/outbound"
	"github.com/yifen-pay/yifen/internal/rail/railtest"
	"github.com/yifen-pay/yifen/internal/sim/kit"
	simwechat "github.com/yifen-pay/yifen/internal/sim/wechat"
)

func TestFaults(t *testing.T) {
	strikes := append(railtest.Common("SYSTEM_ERROR", "NEVER_HEARD_OF"), []railtest.Strike{
		{Flaw: string(simwechat.ForgedSignature), Doubt: outbound.Unsigned},
		{Flaw: string(simwechat.ExpiredCertificate), Doubt: outbound.Unsigned},
		{Flaw: string(simwechat.ClockOff), Doubt: outbound.Unsigned},
		{Flaw: string(simwechat.WrongMerchant), Heard: []wallet.Ask{wallet.Show, wallet.Refund}, Doubt: outbound.Stranger},
		{Flaw: string(simwechat.OtherOrder), Heard: []wallet.Ask{wallet.Show}, Doubt: outbound.Another},
		{Flaw: string(simwechat.ServerError)},
		{Flaw: string(simwechat.TooMany)},
	}...)
	for _, m := range modes {
		t.Run(m.name, func(t *testing.T) {
			strikes := strikes
			if m.certificate { // such a rail cannot even download them
				strikes = slices.DeleteFunc(slices.Clone(strikes), func(s railtest.Strike) bool {
					return slices.Contains([]kit.Kind{kit.Lost, kit.Drop, kit.Late}, s.Kind)
				})
			}
			open := func(t testing.TB) *railtest.Rig { return newRig(t, m, simwechat.Config{}).Rig }
			railtest.Faults(t, open, railtest.Well(wallet.Accepted), strikes)
		})
	}
}

func TestChance(t *testing.T) {
	open := func(t testing.TB, seed int) *railtest.Rig {
		return newRig(t, modes[seed%len(modes)], simwechat.Config{}).Rig
	}
	railtest.Chance(t, open, railtest.Names(
		simwechat.ForgedSignature, simwechat.WrongMerchant, simwechat.OtherOrder,
		simwechat.ServerError, simwechat.TooMany, simwechat.ClockOff,
		simwechat.PaidAfterClose, simwechat.AbnormalRefund, simwechat.ClosedRefund,
	)...)
}

func TestUnsent(t *testing.T) {
	for _, m := range modes {
		t.Run(m.name, func(t *testing.T) { railtest.Unsent(t, newRig(t, m, simwechat.Config{}).Rig) })
	}
}

func TestCrowded(t *testing.T) { railtest.Crowded(t, newRig(t, modes[0], simwechat.Config{}).Rig) }

func TestTest_clockAndReach(t *testing.T) {
	railtest.ClockAndReach(t, newRig(t, modes[0], simwechat.Config{}).Rig)
}

// TestShow_another holds that an order number stands for one order.
func TestShow_another(t *testing.T) {
	r := newRig(t, modes[0], simwechat.Config{})
	r.Shown(railtest.Number(1))
	q := r.Request(wallet.Show, railtest.Number(1))
	q.Amount = money.Yuan(2000)
	if a := r.Want("another order", r.Ask(q), wallet.Waiting); a.RequestedFen != 1000 || a.Content != "" {
		t.Errorf("it is shown: %+v", a)
	}
}

package storetest

import (
	"context"

	"github.com/yifen-pay/yifen/internal/domain/agent"
	"github.com/yifen-pay/yifen/internal/domain/fee"
	"github.com/yifen-pay/yifen/internal/domain/payment"
	"github.com/yifen-pay/yifen/internal/store"
)

// The agents that [Shop.Hold] furnishes. The upper one has with the lower one what a fee is above 0.40 % and no less
// than 3 fen; the lower one has 20 % of the fee.
const (
	LowerAgent = "agt_00000000000000000000000LOWER"
	UpperAgent = "agt_00000000000000000000000UPPER"
)

// Terms returns the terms of the shop's agents.
func Terms() (lower, upper agent.Terms) {
	lower = agent.Terms{Agent: LowerAgent, State: agent.Active, Upper: UpperAgent, Versions: []agent.Version{
		{From: 20260101, Terms: []agent.Term{{Service: "card", Part: 200_000}}},
	}}
	upper = agent.Terms{Agent: UpperAgent, State: agent.Active, Versions: []agent.Version{
		{From: 20260101, Terms: []agent.Term{{Service: "card", Prices: []fee.Rule{{Instrument: "card", Kind: "*", Rate: 4000, Floor: 3}}}}},
	}}
	return lower, upper
}

// Yes is a network that approves everything.
func Yes() payment.Rail {
	return Loopback{Answer: payment.Answer{Outcome: payment.Yes, RailCode: "00", AuthCode: "123456", ClearingDate: Day}}
}

// Hold puts merchant i into the hands of an agent that stands under another.
func (s *Shop) Hold(ctx context.Context, records *store.Store, i int) error {
	lower, upper := Terms()
	if err := put(ctx, records, lower, upper); err != nil {
		return err
	}
	s.Merchants[i].Agent = LowerAgent
	return replace(ctx, records, s.Merchants[i])
}

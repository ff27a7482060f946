package world

import (
	"context"
	"encoding/hex"
	"fmt"

	"github.com/yifen-pay/yifen/internal/domain/directory"
	"github.com/yifen-pay/yifen/internal/domain/payment"
	"github.com/yifen-pay/yifen/internal/domain/step"
	"github.com/yifen-pay/yifen/internal/sim/pos"
	"github.com/yifen-pay/yifen/internal/world/handheld"
)

// newStand puts the bench's card terminals on a page.
func (d *Demo) newStand() (*handheld.Stand, error) {
	c := handheld.Config{
		Address: d.App.Host.Addr().String(), Dir: d.Options.Dir, Now: d.Clock.Now, Operation: d.operationOf,
	}
	for _, t := range benchTerminals() {
		tmk, err := hex.DecodeString(t.tmk)
		if err != nil {
			return nil, err
		}
		lies := handheld.Terminal{Number: t.number, Merchant: t.merchant, TMK: tmk}
		for _, m := range demoMerchants {
			if m.number == t.merchant {
				lies.Name, lies.NameEN = m.name, m.nameEN
			}
		}
		c.Terminals = append(c.Terminals, lies)
	}
	return handheld.New(c), nil
}

// recentOperations is how many operations of a merchant are searched for that of a slip: the papers of the page are
// fresh.
const recentOperations = 200

// operationOf returns the operation that a terminal's slip is about, "" when the books know none that has a receipt.
func (d *Demo) operationOf(ctx context.Context, slip pos.Slip) (string, error) {
	merchant, found, err := step.Read[directory.Entry](ctx, d.App.Store, directory.Key(directory.MerchantNumber, slip.Merchant))
	if err != nil || !found {
		return "", err
	}
	terminal, found, err := step.Read[directory.Entry](ctx, d.App.Store, directory.Key(directory.TerminalNumber, slip.Terminal))
	if err != nil || !found {
		return "", err
	}
	operations, err := d.App.Store.RecentOperations(ctx, merchant.Target, "", recentOperations)
	if err != nil {
		return "", err
	}
	for _, op := range operations {
		same := op.Terminal == terminal.Target && slip.Batch == fmt.Sprintf("%06d", op.BatchNumber) && slip.Trace == fmt.Sprintf("%06d", op.Trace)
		if same && op.Kind != payment.ReversalOp && op.ApprovedFen > 0 {
			return op.ID, nil
		}
	}
	return "", nil
}

package world

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/yifen-pay/yifen/internal/domain/directory"
	"github.com/yifen-pay/yifen/internal/domain/payment"
	"github.com/yifen-pay/yifen/internal/domain/step"
	"github.com/yifen-pay/yifen/internal/sim/pos"
	"github.com/yifen-pay/yifen/internal/wire/jbig"
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
	activated, err := d.activated()
	if err != nil {
		return nil, err
	}
	for _, t := range activated {
		c.Terminals = append(c.Terminals, handheld.Terminal{Number: t.Terminal, Merchant: t.Merchant, Name: t.MerchantName, NameEN: t.MerchantName, Serial: t.Serial})
	}
	c.Activate = d.activate
	return handheld.New(c), nil
}

// activatedFile lists the terminals that were activated on the bench.
const activatedFile = "activated.json"

// activation is a terminal that was activated on the bench, and its hardware.
type activation struct {
	pos.Connection
	Serial string `json:"serial"`
}

func (d *Demo) activated() (list []activation, err error) {
	raw, err := os.ReadFile(filepath.Join(d.Options.Dir, activatedFile))
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err == nil {
		err = json.Unmarshal(raw, &list)
	}
	return list, err
}

// activate activates hardware of the factory with the code of a merchant: it tells the operator's REST door, opens the
// terminal and fetches its master key.
func (d *Demo) activate(ctx context.Context, serial, code string) (lies handheld.Terminal, err error) {
	serial = strings.ToUpper(strings.TrimSpace(serial))
	built, err := d.factory.Make(serial)
	if err != nil {
		return lies, err
	}
	c, err := pos.Activate(ctx, http.DefaultClient, "http://"+d.App.HTTP.Addr().String(), code, serial)
	if err != nil {
		return lies, err
	}
	lies = handheld.Terminal{Number: c.Terminal, Merchant: c.Merchant, Name: c.MerchantName, NameEN: c.MerchantName, Serial: serial}
	t, err := pos.Open(pos.Config{
		Terminal: c.Terminal, Merchant: c.Merchant, MerchantName: c.MerchantName, Serial: serial, Address: d.App.Host.Addr().String(), TPDU: c.TPDU,
		Profile: c.Profile, Flash: handheld.Flash(d.Options.Dir, c.Terminal), Now: d.Clock.Now, Operators: true, Encode: jbig.Encode, Keyless: true,
	})
	if err != nil {
		return lies, err
	}
	defer t.Close()
	outcome, err := t.FetchTMK(ctx, built)
	if err == nil && !outcome.Approved {
		err = fmt.Errorf("the host answered %s to the request for the master key", outcome.Code)
	}
	if err != nil {
		return lies, err
	}
	list, err := d.activated()
	if err != nil {
		return lies, err
	}
	if !slices.ContainsFunc(list, func(old activation) bool { return old.Terminal == c.Terminal }) {
		list = append(list, activation{c, serial})
	}
	raw, err := json.MarshalIndent(list, "", " ")
	if err != nil {
		return lies, err
	}
	return lies, os.WriteFile(filepath.Join(d.Options.Dir, activatedFile), raw, 0o600)
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

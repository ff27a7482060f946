package app

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"net/http"
	"strings"
	"time"

	"github.com/yifen-pay/yifen/internal/domain/supply"
	"github.com/yifen-pay/yifen/internal/domain/terminal"
	"github.com/yifen-pay/yifen/internal/job"
	"github.com/yifen-pay/yifen/internal/rail/registry"
)

// day is how long terminals and papers may wait to be looked at.
const day = 24 * time.Hour

// startSupply opens the way of terminals to merchants.
func (a *App) startSupply(c Config) {
	address := c.Get("terminal-address")
	if address == "" {
		address, _, _ = strings.Cut(c.Get("iso-address"), ",")
	}
	a.Supply = supply.NewService(supply.Config{
		Gate: a.Store, Store: a.Store, Vault: a.HSM, Terminals: a.Terminals, Registrar: registrar{a}, IDs: a.IDs, Now: a.options.Now,
		Registry: &registry.Registry{
			URL: c.Get("register-url"), Acquirer: c.Get("cardnet-acquirer"), Secret: []byte(c.Get("register-secret")),
			Client: http.DefaultClient, Wall: time.Now,
		},
		Chance:   chance,
		Acquirer: c.Get("cardnet-acquirer"), Prefix: c.Get("terminal-prefix"),
		Network: supply.Network{Address: strings.TrimSpace(address), TLS: c.Get("iso-tls-cert") != "", TPDU: c.Get("terminal-tpdu")},
	})
}

// chance returns a random number.
func chance() (uint64, error) {
	var b [8]byte
	_, err := rand.Read(b[:])
	return binary.BigEndian.Uint64(b[:]), err
}

// chores are what is to be done now and then for merchants, terminals and accounts.
func (a *App) chores() []job.Task {
	policy := terminal.IdlePolicy{
		VerifyAfter: time.Duration(a.Config.Int("idle-verify-days")) * day, StopAfter: time.Duration(a.Config.Int("idle-stop-days")) * day,
	}
	list := []job.Task{
		{Name: "proposals", Every: time.Minute, Run: a.Access.ExpireProposals},
		{Name: "idle terminals", Every: time.Hour, Run: func(ctx context.Context) (int, error) { return a.Terminals.Sweep(ctx, policy) }},
	}
	if a.Config.Get("register-url") != "" {
		list = append(list, job.Task{Name: "terminal reports", Every: 5 * time.Second, Run: a.Supply.Report})
	}
	return list
}

// registrar knows the facts of a binding from the merchant's records.
type registrar struct{ app *App }

// Facts implements supply.Registrar.
func (r registrar) Facts(ctx context.Context, merchantID, store string) (terminal.Facts, error) {
	return terminal.Facts{}, terminal.ErrNotOpen
}

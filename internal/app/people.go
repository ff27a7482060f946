package app

import (
	"context"
	"crypto/rand"
	"net"
	"net/url"
	"strings"

	"github.com/yifen-pay/yifen/internal/domain/access"
	"github.com/yifen-pay/yifen/internal/domain/repeat"
	"github.com/yifen-pay/yifen/internal/hsm"
	"github.com/yifen-pay/yifen/internal/serve/api"
)

// startPeople opens accounts, and the mailroom that writes to people.
func (a *App) startPeople(ctx context.Context, c Config) (err error) {
	mail := newMailroom(c, a.options.Now, a.options.Logger)
	a.background(mail.run)
	a.mail = mail
	cost := a.options.PasswordCost
	if cost == (hsm.PasswordCost{}) {
		cost = hsm.DefaultPasswordCost
	}
	a.Access, err = access.NewService(ctx, access.Config{
		Gate: a.Store, Store: a.Store, Hasher: hsm.NewPasswords(cost), Vault: a.HSM, Messenger: mail, IDs: a.IDs,
		Now: a.options.Now, Chance: rand.Reader, Policy: access.Policy{StaffFactorOptional: a.options.StaffFactorOptional},
	})
	return err
}

// startAPI builds the REST door.
func (a *App) startAPI(c Config) error {
	proxies, err := parseNetworks(c.Get("trusted-proxies"))
	if err != nil {
		return err
	}
	public := c.Get("public-url")
	a.API = api.New(api.Config{
		Gatekeeper: a.Access, Repeats: repeat.NewService(a.Store, a.options.Now),
		Terminals: a.Store, TerminalDesk: a.Terminals, Stock: a.Store, Supply: a.Supply,
		Access: a.Access, People: a.Store, Origins: origins(public, c.Get("http-address")),
		Products: a.Store, ProductDesk: a.Products, Tickets: a.Store, TicketDesk: a.Tickets, Shops: a.Store, Merchants: a.Merchants,
		Hosts: hosts(public), Proxies: proxies, Secure: strings.HasPrefix(public, "https://"),
		Now: a.options.Now, Logger: a.options.Logger,
	})
	return nil
}

// origins returns from where pages come, for passkeys. Browsers tie them to a name, and localhost is one where no other is set.
func origins(public, address string) []string {
	if public != "" {
		return []string{strings.TrimSuffix(public, "/")}
	}
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil
	}
	return []string{"http://localhost:" + port}
}

// hosts returns the names under which people reach us.
func hosts(public string) []string {
	if u, err := url.Parse(public); err == nil && u.Host != "" {
		name := u.Host
		if host, _, err := net.SplitHostPort(name); err == nil {
			name = host
		}
		return []string{strings.ToLower(name)}
	}
	return []string{"127.0.0.1", "localhost", "::1"}
}

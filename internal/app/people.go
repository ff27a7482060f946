package app

import (
	"context"
	"crypto/rand"
	"net"
	"net/url"
	"strings"
	"time"

	"github.com/yifen-pay/yifen/internal/domain/access"
	"github.com/yifen-pay/yifen/internal/domain/agent"
	"github.com/yifen-pay/yifen/internal/domain/id"
	"github.com/yifen-pay/yifen/internal/domain/repeat"
	"github.com/yifen-pay/yifen/internal/hsm"
	"github.com/yifen-pay/yifen/internal/serve/api"
	"github.com/yifen-pay/yifen/internal/store"
)

// startPeople opens accounts, and the mailroom that writes to people.
func (a *App) startPeople(ctx context.Context, c Config) (err error) {
	mail := newMailroom(c, a.options.Now, a.options.Logger)
	a.background(mail.run)
	a.mail = mail
	cost := hsm.DefaultPasswordCost
	if a.options.WeakPasswords {
		cost = hsm.PasswordCost{Memory: 64, Passes: 1, Threads: 1}
	}
	a.Access, err = access.NewService(ctx, access.Config{
		Gate: a.Store, Store: a.Store, Hasher: hsm.NewPasswords(cost), Vault: a.HSM, Messenger: mail, IDs: a.IDs,
		Now: a.options.Now, Chance: rand.Reader, Policy: access.Policy{Demo: a.options.Demo}, Agents: agent.Standing(a.Store),
	})
	return err
}

// eventPoll is how often the outbox is read for whoever listens: a till hears of a payment within a second.
const eventPoll = 300 * time.Millisecond

// operator is the name of the institution on agreements.
const operator = "一分支付 yifen"

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
		Access: a.Access, People: a.Store, Days: a.Store, Day: a.openDay, Origins: origins(public, c.Get("http-address")),
		Products: a.Store, ProductDesk: a.Products, Payments: a.Store, Receipt: a.Receipt, Codes: a.Payments, Links: a.Store, Notices: a, Accounts: a.Accounts,
		StaticMaxFen: int64(c.Int("static-code-limit")), PublicURL: a.publicURL(), Pace: api.Pace{Poll: eventPoll}, Tickets: a.Store, TicketDesk: a.Tickets, Shops: a.Store, Merchants: a.Merchants, Outbox: a.Store,
		MerchantLists: a.Store, Operator: operator, Agents: a.Agents, AgentLists: a.Store, Speakers: a.Speakers, SpeakerLists: a.Store, Broker: a.brokerAddress(),
		Webhooks: a.Webhooks, WebhookLists: a.Store,
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

// FirstAdmin makes the first account of an installation's staff, which makes the others by proposals. It may be called while the
// installation runs, and once in its life.
func FirstAdmin(ctx context.Context, c Config, email, name, password string) error {
	a := &App{Config: c, options: Options{Now: time.Now, Logger: NewLogger(c)}}
	defer a.Stop()
	if err := a.openModule(c); err != nil {
		return err
	}
	records, err := store.Open(ctx, c.Get("database"), store.Options{})
	if err != nil {
		return err
	}
	defer records.Close()
	people, err := access.NewService(ctx, access.Config{
		Gate: records, Store: records, Hasher: hsm.NewPasswords(hsm.DefaultPasswordCost), Vault: a.HSM, Messenger: newMailroom(c, time.Now, a.options.Logger),
		IDs: id.NewMaker(time.Now, rand.Reader), Now: time.Now, Chance: rand.Reader,
	})
	if err != nil {
		return err
	}
	_, err = people.FirstAdmin(ctx, access.NewUser{Realm: access.Platform, Email: email, Name: name, Lang: "zh", Password: password})
	return err
}

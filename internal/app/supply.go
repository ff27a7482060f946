package app

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/yifen-pay/yifen/internal/bureau"
	"github.com/yifen-pay/yifen/internal/domain/access"
	"github.com/yifen-pay/yifen/internal/domain/agent"
	"github.com/yifen-pay/yifen/internal/domain/calendar"
	"github.com/yifen-pay/yifen/internal/domain/merchant"
	"github.com/yifen-pay/yifen/internal/domain/payment"
	"github.com/yifen-pay/yifen/internal/domain/product"
	"github.com/yifen-pay/yifen/internal/domain/step"
	"github.com/yifen-pay/yifen/internal/domain/supply"
	"github.com/yifen-pay/yifen/internal/domain/terminal"
	"github.com/yifen-pay/yifen/internal/domain/ticket"
	"github.com/yifen-pay/yifen/internal/job"
	"github.com/yifen-pay/yifen/internal/rail/registry"
	"github.com/yifen-pay/yifen/internal/wire/picture"
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
		{Name: "key ceremonies", Every: time.Minute, Run: a.Terminals.ExpireCeremonies},
		{Name: "idle terminals", Every: time.Hour, Run: func(ctx context.Context) (int, error) { return a.Terminals.Sweep(ctx, policy) }},
	}
	list = append(list,
		job.Task{Name: "merchant checks", Every: 2 * time.Second, Run: a.Merchants.Resume},
		job.Task{Name: "reminders", Every: time.Hour, Run: func(ctx context.Context) (int, error) { return a.Merchants.Remind(ctx, access.Everything()) }},
		job.Task{Name: "retention", Every: time.Hour, Run: func(ctx context.Context) (int, error) {
			return a.Store.RemoveAged(ctx, calendar.At(a.options.Now()), agedSlice)
		}},
		job.Task{Name: "tickets", Every: time.Minute, Run: a.expireTickets},
		job.Task{Name: "agents", Every: 10 * time.Second, Run: a.Agents.Turn},
	)
	if a.Config.Get("register-url") != "" {
		list = append(list, job.Task{Name: "terminal reports", Every: 5 * time.Second, Run: a.Supply.Report})
	}
	return list
}

// registrar knows the facts of a binding from the merchant's records.
type registrar struct{ app *App }

// Facts implements supply.Registrar.
func (r registrar) Facts(ctx context.Context, merchantID, shopID string) (f terminal.Facts, err error) {
	m, found, err := step.Read[merchant.Merchant](ctx, r.app.Store, merchant.Key(merchantID))
	if err != nil || !found {
		return f, cmp.Or(err, error(merchant.ErrNotFound))
	}
	i, err := r.app.Merchants.Identity(ctx, m)
	if err != nil {
		return f, err
	}
	f = terminal.Facts{
		MerchantNumber: m.Number, MerchantName: m.Name, Category: m.Category,
		RegistrationIndex: i.RegistrationIndex, RegistrationMasked: i.RegistrationMasked,
		AccountIndex: i.AccountIndex, AccountMasked: i.AccountMasked,
		Place: terminal.Place{Area: cmp.Or(i.Area, m.Area), Address: i.Address},
	}
	shop, found, err := step.Read[merchant.Store](ctx, r.app.Store, step.Key{Table: merchant.StoreTable, Bucket: m.Bucket, ID: shopID})
	if err == nil && found && shop.Address != "" {
		f.Place.Address = shop.Address
	}
	return f, err
}

// startMerchants opens applications, services and tickets.
func (a *App) startMerchants(c Config) error {
	asked, err := askedBureau(c)
	if err != nil {
		return err
	}
	a.Merchants = merchant.NewService(merchant.Config{
		Gate: a.Store, Records: a.Store, Vault: a.HSM, Bureau: asked, Clean: cleanPaper, IDs: a.IDs, Now: a.options.Now,
		Unsettled: a.unsettled,
	})
	for _, action := range a.Merchants.Actions() {
		a.Access.RegisterAction(action)
	}
	a.Agents = agent.NewService(agent.Config{
		Gate: a.Store, Store: a.Store, Vault: a.HSM, IDs: a.IDs, Now: a.options.Now,
		Today: agent.Today{Key: payment.DayKey, Date: func(r step.Row) calendar.Date { return r.(payment.Day).Date }},
	})
	for _, action := range a.Agents.Actions() {
		a.Access.RegisterAction(action)
	}
	a.Products = product.NewDesk(a.Store, a.Store, a.IDs, a.options.Now, strings.Fields(c.Get("merchant-institutions")))
	a.Tickets = ticket.NewService(a.Store, a.IDs, a.options.Now)
	return nil
}

// askedBureau returns who is asked about people, companies and accounts.
func askedBureau(c Config) (merchant.Bureau, error) {
	if c.Get("bureau-url") == "" {
		return noBureau{}, nil
	}
	return bureau.New(bureau.Config{
		URL: c.Get("bureau-url"), Client: c.Get("bureau-client"), Key: []byte(c.Get("bureau-secret")), Now: time.Now,
	})
}

// noBureau is that of an installation which names none: nothing is ever known, and a second person decides.
type noBureau struct{}

// Ask implements merchant.Bureau.
func (noBureau) Ask(context.Context, merchant.Question) (merchant.Answer, error) {
	return merchant.Answer{}, merchant.ErrBureauDown
}

// papers says what is wrong with a document in the words of who takes it in.
var papers = map[error]error{
	picture.ErrType: merchant.ErrPaperType, picture.ErrSize: merchant.ErrPaperSize, picture.ErrPixels: merchant.ErrPaperSize,
	picture.ErrDamaged: merchant.ErrPaperDamaged, picture.ErrUnsafe: merchant.ErrPaperUnsafe,
}

// cleanPaper implements merchant.Cleaner.
func cleanPaper(content []byte) (merchant.Cleaned, error) {
	f, err := picture.Clean(content)
	for wrong, said := range papers {
		if errors.Is(err, wrong) {
			return merchant.Cleaned{}, said
		}
	}
	return merchant.Cleaned(f), err
}

// agedSlice is how many old rows of a table are removed at a time.
const agedSlice = 200

// ticketSlice is how many tickets are looked at before others have their turn.
const ticketSlice = 100

// expireTickets marks late tickets and closes those that were resolved two weeks ago.
func (a *App) expireTickets(ctx context.Context) (int, error) {
	now := calendar.At(a.options.Now())
	late, err := a.Store.DueTickets(ctx, now, ticketSlice)
	if err != nil {
		return 0, err
	}
	over, err := a.Store.ResolvedTickets(ctx, now.Add(-14*day), ticketSlice)
	if err != nil {
		return 0, err
	}
	return a.Tickets.Expire(ctx, append(late, over...))
}

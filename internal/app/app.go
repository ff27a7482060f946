// Package app plugs the product together: configuration in, a running installation out. It decides
// nothing about money; it says which cable goes where, starts everything in order and stops it in the
// opposite one.
package app

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"github.com/yifen-pay/yifen/internal/domain/access"
	"github.com/yifen-pay/yifen/internal/domain/agent"
	"github.com/yifen-pay/yifen/internal/domain/calendar"
	"github.com/yifen-pay/yifen/internal/domain/card"
	"github.com/yifen-pay/yifen/internal/domain/event"
	"github.com/yifen-pay/yifen/internal/domain/id"
	"github.com/yifen-pay/yifen/internal/domain/merchant"
	"github.com/yifen-pay/yifen/internal/domain/payment"
	"github.com/yifen-pay/yifen/internal/domain/product"
	"github.com/yifen-pay/yifen/internal/domain/receipt"
	"github.com/yifen-pay/yifen/internal/domain/speaker"
	"github.com/yifen-pay/yifen/internal/domain/step"
	"github.com/yifen-pay/yifen/internal/domain/supply"
	"github.com/yifen-pay/yifen/internal/domain/terminal"
	"github.com/yifen-pay/yifen/internal/domain/ticket"
	"github.com/yifen-pay/yifen/internal/domain/wallet"
	"github.com/yifen-pay/yifen/internal/domain/webhook"
	"github.com/yifen-pay/yifen/internal/hsm"
	"github.com/yifen-pay/yifen/internal/hsm/pkcs11"
	"github.com/yifen-pay/yifen/internal/job"
	"github.com/yifen-pay/yifen/internal/rail/cardnet"
	"github.com/yifen-pay/yifen/internal/serve/api"
	"github.com/yifen-pay/yifen/internal/serve/isohost"
	"github.com/yifen-pay/yifen/internal/serve/mqtt"
	"github.com/yifen-pay/yifen/internal/store"
	"github.com/yifen-pay/yifen/internal/wire/emv"
)

// Options are what a program, rather than an operator, decides.
type Options struct {
	Now    func() time.Time
	Logger *slog.Logger
	// Point is called at named points of requests and commits, for crash tests.
	Point func(name string)
	// Admit, when set, may refuse the opened records before anybody is let in.
	Admit func(context.Context, *App) error
	// WeakPasswords hashes passwords with next to no work, for tests.
	WeakPasswords bool
	// Demo lets staff in without a second factor, and however long they were away.
	Demo bool
	// Wallet, when set, stands before each wallet, and Noticed hears how long a notification took: measurements do that.
	Wallet  func(payment.Wallet) payment.Wallet
	Noticed func(time.Duration)
	// RecoverEvery is how often the worker looks for lost requests without being woken. Default 2 s.
	RecoverEvery time.Duration
}

// App is a running installation.
type App struct {
	Config    Config
	Store     *store.Store
	HSM       *hsm.Module
	IDs       *id.Maker
	Payments  *payment.Service
	Terminals *terminal.Service
	Receipts  *receipt.Service
	Access    *access.Service
	Merchants *merchant.Service
	Products  *product.Desk
	Supply    *supply.Service
	Tickets   *ticket.Service
	Agents    *agent.Service
	Accounts  *product.Accounts // with wallets
	Speakers  *speaker.Service
	Broker    *mqtt.Broker // of speakers; nil where none is configured
	Webhooks  *webhook.Service
	API       *api.API
	Host      *isohost.Host
	Rail      *cardnet.Rail
	Metrics   *prometheus.Registry
	HTTP      net.Listener

	options Options
	zone    *time.Location
	bins    binDirectory
	mail    *mailroom
	wallets map[wallet.Name]walletRail
	web     *http.Server

	happened chan event.Event        // of the kinds that people are told of
	stop     []func(context.Context) // in the order of stopping
	once     sync.Once
}

// Start opens the database, dials the card network and begins to answer terminals. The installation runs
// until Stop.
func Start(ctx context.Context, c Config, o Options) (a *App, err error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.RecoverEvery == 0 {
		o.RecoverEvery = 2 * time.Second
	}
	if o.Logger == nil {
		o.Logger = NewLogger(c)
	}
	a = &App{Config: c, options: o, zone: c.Location(), Metrics: prometheus.NewRegistry(), happened: make(chan event.Event, noticesWaiting)}
	defer func() {
		if err != nil {
			a.Stop()
		}
	}()
	a.Metrics.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	if err := a.openModule(c); err != nil {
		return a, err
	}
	meter := newStoreMeter(a.Metrics)
	if a.Store, err = store.Open(ctx, c.Get("database"), store.Options{Observe: a.observe(meter), Point: o.Point}); err != nil {
		return a, err
	}
	meter.watch(a.Metrics, a.Store, o.Now)
	a.onStop(func(context.Context) { a.Store.Close() })
	if o.Admit != nil {
		if err := o.Admit(ctx, a); err != nil {
			return a, err
		}
	}
	a.IDs = id.NewMaker(o.Now, rand.Reader)
	if a.HTTP, err = net.Listen("tcp", c.Get("http-address")); err != nil {
		return a, fmt.Errorf("serve the web: %w", err)
	}
	a.onStop(func(context.Context) { a.HTTP.Close() })
	if err := a.startWallets(c); err != nil {
		return a, err
	}
	if err := a.startRail(ctx, c); err != nil {
		return a, err
	}
	a.Payments = payment.NewService(payment.Config{
		Gate: a.Store, Store: a.Store, Vault: a.HSM, Rails: map[string]payment.Rail{payment.CardNet: a.Rail}, Wallets: a.purses(), Greeters: a.greeters(),
		IDs: a.IDs, Now: o.Now, Point: o.Point,
		Settings: payment.Settings{
			RecoverAfter: c.Duration("recover-after"), Zone: a.zone, AuthorizedFor: time.Duration(c.Int("preauth-days")) * 24 * time.Hour,
			CompletionPercent: int64(c.Int("preauth-completion-percent")), PreauthCategories: strings.Fields(c.Get("preauth-categories")),
			TipPercent: int64(c.Int("tip-percent")), NoPINFen: int64(c.Int("no-pin-limit")),
			KeepLate: c.Get("late-success") == "accept", CodeLife: c.Duration("code-life"), StaticMaxFen: int64(c.Int("static-code-limit")),
			NotifyURL: a.notifyURL(),
		},
	})
	room, err := newKeyRoom(c, a.HSM, o.Now)
	if err != nil {
		return a, err
	}
	a.Terminals = terminal.NewService(a.Store, a.Store, room, a.IDs, o.Now)
	a.Receipts = receipt.NewService(a.Store, a.Store, a.HSM, a.IDs, chipLines, c.Get("cardnet-acquirer"), a.zone, o.Now)
	if err := a.startPeople(ctx, c); err != nil {
		return a, err
	}
	if err := a.startMerchants(c); err != nil {
		return a, err
	}
	a.startSupply(c)
	a.background(a.tellPeople)
	if err := a.startSpeakers(ctx, c); err != nil {
		return a, err
	}
	if err := a.startWebhooks(ctx, c); err != nil {
		return a, err
	}
	if err := a.RollDay(ctx); err != nil {
		return a, err
	}
	if err := a.bins.load(ctx, a.Store); err != nil {
		return a, err
	}
	a.startJobs()
	if err := a.startHost(c); err != nil {
		return a, err
	}
	if err := a.startAPI(c); err != nil {
		return a, err
	}
	return a, a.startWeb()
}

// openModule opens the security module: in this process under the key-encryption key, or in a token.
func (a *App) openModule(c Config) error {
	if library := c.Get("pkcs11-library"); library != "" {
		module, leave, err := pkcs11.Open(pkcs11.Config{
			Library: library, Token: c.Get("pkcs11-token"), Prefix: c.Get("pkcs11-prefix"), PIN: c.Get("pkcs11-pin"),
		})
		if err != nil {
			return err
		}
		a.HSM = module
		a.onStop(func(context.Context) {
			if err := leave(); err != nil {
				a.options.Logger.Error("leave the token", "error", err)
			}
		})
		return nil
	}
	kek, err := c.KEK()
	if err != nil {
		return err
	}
	a.HSM, err = hsm.New(kek)
	return err
}

func (a *App) onStop(f func(context.Context)) { a.stop = append([]func(context.Context){f}, a.stop...) }

// stopMax bounds a graceful stop: a request may still wait for the network's whole time-out.
const stopMax = 60 * time.Second

// Stop closes the doors, lets what is under way finish, and closes the database last.
func (a *App) Stop() {
	a.once.Do(func() {
		ctx, cancel := context.WithTimeout(context.Background(), stopMax)
		defer cancel()
		for _, f := range a.stop {
			f(ctx)
		}
	})
}

// background runs f until the installation stops, and waits for it then.
func (a *App) background(f func(context.Context)) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		f(ctx)
	}()
	a.onStop(func(context.Context) {
		cancel()
		<-done
	})
}

func (a *App) startRail(ctx context.Context, c Config) error {
	zmk, err := a.memberKey(c)
	if err != nil {
		return err
	}
	forwarder := c.Get("cardnet-forwarder")
	if forwarder == "" {
		forwarder = c.Get("cardnet-acquirer")
	}
	a.Rail, err = cardnet.New(cardnet.Config{
		Address: c.Get("cardnet-address"), Acquirer: c.Get("cardnet-acquirer"), Forwarder: forwarder,
		Timeout: c.Duration("cardnet-timeout"), MasterKey: zmk, Keys: a.HSM, Sessions: sessions{a.Store},
		Late: func(ctx context.Context, attempt string, answer payment.Answer) {
			if err := a.Payments.Late(ctx, attempt, answer); err != nil {
				a.options.Logger.Error("late answer", "attempt", attempt, "error", err)
			}
		},
		Now: a.options.Now, Logger: a.options.Logger, Observe: newRailMeter(a.Metrics).observe(a.options.Point),
	})
	if err != nil {
		return err
	}
	a.background(func(ctx context.Context) {
		if err := a.Rail.Run(ctx); err != nil && ctx.Err() == nil {
			a.options.Logger.Error("card network", "error", err)
		}
	})
	return nil
}

func (a *App) startJobs() {
	runner := job.NewRunner(a.options.Logger, newJobMeter(a.Metrics).report)
	a.background(func(ctx context.Context) {
		runner.Start(ctx, job.Task{
			Name: "resume", Every: a.options.RecoverEvery, Wake: a.Payments.Woken(),
			Run: func(ctx context.Context) (int, error) { return a.Payments.Resume(ctx) },
		})
		runner.Start(ctx, job.Task{
			Name: "lapse", Every: time.Minute,
			Run: func(ctx context.Context) (int, error) { return a.Payments.Lapse(ctx) },
		})
		runner.Start(ctx, job.Task{
			Name: "cut-off", Every: 10 * time.Second,
			Run: func(ctx context.Context) (int, error) { return 0, a.RollDay(ctx) },
		})
		for _, t := range slices.Concat(a.chores(), a.codeTasks(), a.webhookTasks()) {
			runner.Start(ctx, t)
		}
		<-ctx.Done()
		runner.Wait()
	})
}

func (a *App) startHost(c Config) (err error) {
	config := isohost.Config{
		Address: c.Get("iso-address"), Payments: a.Payments, Terminals: a.Terminals, Receipts: a.Receipts, Keys: a.HSM,
		BIN: a.bins.find, Acquirer: c.Get("cardnet-acquirer"), Zone: a.zone, Now: a.options.Now, Day: a.Day,
		Limits: isohost.Limits{
			Connections: c.Int("iso-connections"), ReadTimeout: c.Duration("iso-read-timeout"),
			IdleTimeout: c.Duration("iso-idle-timeout"),
		},
		SignInGrace: c.Duration("sign-in-grace"), CodePatience: c.Duration("iso-code-patience"),
		Logger: a.options.Logger, Meter: isohost.NewMeter(a.Metrics),
	}
	if cert := c.Get("iso-tls-cert"); cert != "" {
		pair, err := tls.LoadX509KeyPair(cert, c.Get("iso-tls-key"))
		if err != nil {
			return fmt.Errorf("certificate for terminals: %w", err)
		}
		config.TLS = &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12}
	}
	if a.Host, err = isohost.New(config); err != nil {
		return err
	}
	a.background(func(ctx context.Context) {
		if err := a.Host.Serve(ctx); err != nil {
			a.options.Logger.Error("terminal host", "error", err)
		}
	})
	return nil
}

// Day returns the open business date.
func (a *App) Day(ctx context.Context) (calendar.Date, error) {
	day, err := a.openDay(ctx)
	return day.Date, err
}

// openDay returns the open business date, with the moment at which it was opened.
func (a *App) openDay(ctx context.Context) (payment.Day, error) {
	day, found, err := step.Read[payment.Day](ctx, a.Store, payment.DayKey)
	if err == nil && !found {
		err = payment.ErrDay
	}
	return day, err
}

// RollDay opens the business date that belongs to this moment, when it is not open yet, and then closes
// the day before: batches that were left open, and the chains' daily root. Any node may do it, and doing
// it again changes nothing.
func (a *App) RollDay(ctx context.Context) error {
	cutOff := a.Config.CutOff()
	now := a.options.Now().In(a.zone)
	today := calendar.DateOf(now)
	if cutOff > 0 && !now.Before(today.Midnight(a.zone).Add(cutOff)) {
		today = today.Next() // after the cut-off, what comes belongs to tomorrow
	}
	open, err := a.Day(ctx)
	if err != nil && !errors.Is(err, payment.ErrDay) {
		return err
	}
	if open >= today {
		return nil
	}
	if err := a.Payments.OpenDay(ctx, today); err != nil {
		return err
	}
	if open == 0 {
		return nil
	}
	closed, err := a.Terminals.CutOff(ctx, open)
	if err != nil {
		return err
	}
	a.options.Logger.Info("business date opened", "date", today.String(), "closed", open.String(), "batches_closed", closed)
	return a.Store.WriteRoot(ctx, open, calendar.At(a.options.Now()))
}

// chipLines reads what a receipt shows of a chip.
func chipLines(data []byte) *receipt.EMV {
	list, err := emv.Parse(data)
	if err != nil || len(list) == 0 {
		return nil
	}
	r := list.Receipt()
	return &receipt.EMV{
		Label: r.Label, AID: r.AID, Cryptogram: r.Cryptogram, TVR: r.TVR, TSI: r.TSI, ATC: r.ATC,
		Unpredicted: r.Unpredictable, AIP: r.AIP, CVMR: r.CVMR, IAD: r.IAD, Capabilities: r.Capabilities,
		CardSequence: r.CSN,
	}
}

// binDirectory is the issuer table as last read.
type binDirectory struct {
	mu  sync.RWMutex
	dir *card.Directory
}

func (b *binDirectory) load(ctx context.Context, s *store.Store) error {
	rows, err := s.BINs(ctx)
	if err != nil {
		return err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.dir = card.NewDirectory(rows)
	return nil
}

func (b *binDirectory) find(p card.PAN) card.BIN {
	b.mu.RLock()
	defer b.mu.RUnlock()
	found, _ := b.dir.Find(p)
	return found
}

// ReloadBINs reads the issuer table again.
func (a *App) ReloadBINs(ctx context.Context) error { return a.bins.load(ctx, a.Store) }

// sessions keeps the state of rail sessions in the store.
type sessions struct{ store *store.Store }

// Load implements cardnet.Sessions.
func (s sessions) Load(ctx context.Context) (payment.RailSession, error) {
	row, found, err := step.Read[payment.RailSession](ctx, s.store, payment.RailSessionKey(payment.CardNet))
	if !found {
		row.Rail = payment.CardNet
	}
	return row, err
}

// Save implements cardnet.Sessions.
func (s sessions) Save(ctx context.Context, row payment.RailSession) error {
	return s.store.Do(ctx, step.Step{
		Name: "rail.session", Class: step.Outcome, Keys: []step.Key{row.Key()},
		Run: func(v step.View) error {
			if _, err := v.Get(row.Key()); err != nil {
				return err
			}
			v.Put(row)
			return nil
		},
	})
}

// Now returns the installation's time.
func (a *App) Now() time.Time { return a.options.Now() }

package app

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/yifen-pay/yifen/internal/domain/calendar"
	"github.com/yifen-pay/yifen/internal/domain/payment"
	"github.com/yifen-pay/yifen/internal/domain/product"
	"github.com/yifen-pay/yifen/internal/domain/wallet"
	"github.com/yifen-pay/yifen/internal/job"
	"github.com/yifen-pay/yifen/internal/rail/alipay"
	"github.com/yifen-pay/yifen/internal/rail/outbound"
	"github.com/yifen-pay/yifen/internal/rail/unionpay"
	"github.com/yifen-pay/yifen/internal/rail/wechat"
)

// walletRail is a rail to a wallet, as the product uses it.
type walletRail interface {
	payment.Wallet
	product.Tester
	Notice(ctx context.Context, account string, d wallet.Delivery) (wallet.Notice, error)
	Reply(err error) (status int, mediaType string, body []byte)
	Bill(ctx context.Context, account string, day calendar.Date, kind wallet.BillKind) (wallet.Bill, error)
}

// startWallets connects the wallets that the configuration names, and opens the desk of the accounts with them.
func (a *App) startWallets(c Config) error {
	a.Accounts = product.NewAccounts(product.AccountsConfig{
		Gate: a.Store, Store: a.Store, Vault: a.HSM, Testers: map[wallet.Name]product.Tester{}, NotifyURL: a.notifyURL(), IDs: a.IDs, Now: a.options.Now,
	})
	a.wallets = map[wallet.Name]walletRail{}
	meter := newWalletMeter(a.Metrics)
	for _, name := range wallet.Names {
		base := c.Get(string(name) + "-address")
		if base == "" {
			continue
		}
		rail, err := a.walletRail(name, base, meter, c)
		if err != nil {
			return err
		}
		a.wallets[name], a.Accounts.Testers[name] = rail, rail
	}
	return nil
}

func (a *App) walletRail(name wallet.Name, base string, m *walletMeter, c Config) (walletRail, error) {
	observe, doubted := m.of(name)
	timeout, flight, now, logger := c.Duration("wallet-timeout"), c.Int("wallet-requests"), a.options.Now, a.options.Logger
	switch name {
	case wallet.WeChat:
		return wechat.New(wechat.Config{Base: base, Accounts: a.Accounts, Timeout: timeout, InFlight: flight, Now: now, Logger: logger, Observe: observe, Doubted: doubted})
	case wallet.Alipay:
		return alipay.New(alipay.Config{Base: base, Accounts: a.Accounts, Timeout: timeout, InFlight: flight, Now: now, Logger: logger, Observe: observe, Doubted: doubted})
	case wallet.UnionPay:
		return unionpay.New(unionpay.Config{Base: base, Accounts: a.Accounts, Timeout: timeout, InFlight: flight, Now: now, Logger: logger, Observe: observe, Doubted: doubted})
	}
	return nil, wallet.ErrName
}

// purses are the wallets as payments use them.
func (a *App) purses() map[wallet.Name]payment.Wallet {
	out := map[wallet.Name]payment.Wallet{}
	for name, rail := range a.wallets {
		out[name] = rail
		if a.options.Wallet != nil {
			out[name] = a.options.Wallet(rail)
		}
	}
	return out
}

// greeters are the wallets that tell who visits a page.
func (a *App) greeters() map[wallet.Name]payment.Greeter {
	out := map[wallet.Name]payment.Greeter{}
	for name, rail := range a.wallets {
		if g, ok := rail.(payment.Greeter); ok {
			out[name] = g
		}
	}
	return out
}

// notifyURL is where wallets tell of payments.
func (a *App) notifyURL() string { return a.publicURL() + "/notify" }

// publicURL is under which people and wallets reach us.
func (a *App) publicURL() string {
	if public := a.Config.Get("public-url"); public != "" {
		return strings.TrimSuffix(public, "/")
	}
	return "http://" + a.HTTP.Addr().String()
}

// Receive takes a notification of a wallet, and returns what the wallet is answered.
func (a *App) Receive(ctx context.Context, name wallet.Name, account string, d wallet.Delivery) (status int, mediaType string, body []byte) {
	rail := a.wallets[name]
	if rail == nil {
		return http.StatusNotFound, "text/plain; charset=utf-8", []byte("no such wallet")
	}
	began := time.Now()
	if a.options.Noticed != nil {
		defer func() { a.options.Noticed(time.Since(began)) }()
	}
	notice, err := rail.Notice(ctx, account, d)
	if err != nil { // the rail has logged what it does not believe
		return rail.Reply(err)
	}
	if err = a.Payments.Noticed(ctx, account, notice); err != nil {
		level := slog.LevelWarn
		if !errors.Is(err, wallet.ErrNotice) && !errors.Is(err, payment.ErrNotFound) {
			level = slog.LevelError
		}
		a.options.Logger.Log(ctx, level, "a notification was not taken", "wallet", name, "account", account, "error", err)
	}
	return rail.Reply(err)
}

// codeTasks work on the payments by code, each wallet's apart from the others', so that one that is slow holds up none.
func (a *App) codeTasks() []job.Task {
	var list []job.Task
	for name := range a.wallets {
		list = append(list, job.Task{
			Name: "codes of " + string(name), Every: a.options.RecoverEvery, Wake: a.Payments.WokenCodes(name),
			Run: func(ctx context.Context) (int, error) { return a.Payments.ResumeCodes(ctx, name) },
		})
	}
	return list
}

// walletMeter measures the wallets.
type walletMeter struct {
	answers *prometheus.HistogramVec
	doubts  *prometheus.CounterVec
}

func newWalletMeter(r prometheus.Registerer) *walletMeter {
	m := &walletMeter{
		answers: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "yifen_wallet_seconds", Help: "Time from a request to a wallet to its answer.",
			Buckets: []float64{.005, .01, .02, .05, .1, .2, .5, 1, 2, 5, 10},
		}, []string{"wallet", "ask", "state"}),
		doubts: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "yifen_wallet_doubts_total", Help: "Answers and notifications of wallets that were not believed.",
		}, []string{"wallet", "why"}),
	}
	r.MustRegister(m.answers, m.doubts)
	return m
}

func (m *walletMeter) of(name wallet.Name) (observe func(wallet.Ask, wallet.State, time.Duration), doubted func(outbound.Doubt)) {
	return func(ask wallet.Ask, state wallet.State, took time.Duration) {
			m.answers.WithLabelValues(string(name), string(ask), string(state)).Observe(took.Seconds())
		}, func(why outbound.Doubt) {
			m.doubts.WithLabelValues(string(name), string(why)).Inc()
		}
}

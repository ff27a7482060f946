package world

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/yifen-pay/yifen/internal/app"
	"github.com/yifen-pay/yifen/internal/domain/payment"
	"github.com/yifen-pay/yifen/internal/sim/bureau"
	"github.com/yifen-pay/yifen/internal/sim/cardnet"
	"github.com/yifen-pay/yifen/internal/sim/kit"
)

// DemoOptions say how the demo runs. Zero values take the contract's.
type DemoOptions struct {
	Dir     string // holds everything; default ./yifen-demo
	HTTP    string // default 127.0.0.1:8080
	ISO     string // default 127.0.0.1:8583
	Bench   string // default 127.0.0.1:8090
	Printer string // default 127.0.0.1:9100
	Network string // where the card network simulator listens; default 127.0.0.1:8095
	WeChat  string // where the simulated WeChat Pay listens; default 127.0.0.1:8091
	Alipay  string // where the simulated Alipay listens; default 127.0.0.1:8092
	// UnionPay is where the simulated UnionPay QR listens; default 127.0.0.1:8093.
	UnionPay string
	// MQTT is where speakers connect; default 127.0.0.1:8883. A quick demo has no such door.
	MQTT string
	// Database is a PostgreSQL address; the embedded database in Dir when empty.
	Database string
	// External leaves the card network to another process that listens at Network already.
	External bool
	// Terminals is how many terminals are furnished beside those of the contract, for load.
	Terminals int
	// LoadDaySum is the day limit of each merchant for load, in fen. Default CNY 50,000,000.00.
	LoadDaySum int64
	// Timeout and RecoverAfter shorten the network's time-out and the recovery, for tests.
	Timeout, RecoverAfter time.Duration
	// RecoverEvery is how often lost requests are looked for. Default 1 s.
	RecoverEvery time.Duration
	// LateAfter is how long the simulators' late card takes. Default 40 s.
	LateAfter time.Duration
	Logger    *slog.Logger `json:"-"`
	Clock     *kit.Clock   `json:"-"`
	// Wallet, when set, stands before each wallet, and Noticed hears how long a notification took: measurements do that.
	Wallet  func(payment.Wallet) payment.Wallet `json:"-"`
	Noticed func(time.Duration)                 `json:"-"`
	Point   func(string)                        `json:"-"`
	// Sockets is how many terminals may be connected; 0 is the setting's default.
	Sockets int
	// Settings are more settings of the product, or other values.
	Settings map[string]string
	// WeakPasswords hashes passwords with next to no work, for tests.
	WeakPasswords bool
	// Quick leaves out the bench, the printer and the wallets: tests that do not look at them start faster.
	Quick bool
	// WithWallets starts the wallets in a quick demo too.
	WithWallets bool
}

// Demo is a running demo.
type Demo struct {
	App     *app.App
	Network *cardnet.Network // nil when it is another process
	Wallets *Wallets         // nil in a quick demo without them
	Clock   *kit.Clock
	Options DemoOptions

	outside outside
	factory *Factory // nil in a quick demo
	stop    []func()
}

// The files of a demo's directory.
const (
	kekFile         = "kek"
	networkDir      = "cardnet"
	credentialsFile = "credentials.json"
	lockFile        = "lock"
	clockFile       = "clock" // how far the demo's clock was moved
)

// StartDemo starts the product and its simulators in this process.
func StartDemo(ctx context.Context, o DemoOptions) (d *Demo, err error) {
	o = o.withDefaults()
	for _, address := range []string{o.HTTP, o.ISO, o.Bench, o.Printer, o.Network, o.WeChat, o.Alipay, o.UnionPay, o.MQTT} {
		if err := loopback(address); err != nil {
			return nil, err
		}
	}
	d = &Demo{Clock: o.Clock, Options: o}
	defer func() {
		if err != nil {
			d.Stop()
		}
	}()
	if err := os.MkdirAll(o.Dir, 0o700); err != nil {
		return d, err
	}
	if err := ensureKEK(filepath.Join(o.Dir, kekFile)); err != nil {
		return d, err
	}
	if err := d.restoreClock(); err != nil {
		return d, err
	}
	if !o.External {
		if err := d.startNetwork(); err != nil {
			return d, busy(err)
		}
	}
	if !o.Quick || o.WithWallets {
		if err := d.startWallets(); err != nil {
			return d, busy(err)
		}
	}
	if err := d.startOutside(); err != nil {
		return d, err
	}
	if !o.Quick {
		if d.factory, err = OpenFactory(o.Dir); err != nil {
			return d, err
		}
		maps.Copy(d.outside.settings, d.factory.settings())
		d.outside.settings["mqtt-address"] = o.MQTT
	}
	config, findings := app.Load("", nil, d.settings())
	config = config.With(map[string]string{"cardnet-zmk": cardnet.DemoZMK, "sms-secret": demoSecret, "register-secret": demoSecret, "bureau-secret": bureau.DemoKey})
	for _, f := range findings {
		if f.Name != "cardnet-zmk" {
			return d, errors.New(f.String())
		}
	}
	if d.App, err = app.Start(ctx, config, app.Options{
		Now: o.Clock.Now, Logger: o.Logger, Point: o.Point, RecoverEvery: o.RecoverEvery, Wallet: o.Wallet, Noticed: o.Noticed,
		WeakPasswords: o.WeakPasswords, Demo: true, // so that the log-ins of the contract need nothing but their password
	}); err != nil {
		return d, busy(err)
	}
	d.stop = append([]func(){d.App.Stop}, d.stop...)
	if err := furnish(ctx, d.App, o); err != nil {
		return d, fmt.Errorf("furnish the demo: %w", err)
	}
	if err := d.furnishCodes(ctx); err != nil {
		return d, fmt.Errorf("furnish the demo: %w", err)
	}
	if err := d.writeCredentials(); err != nil {
		return d, err
	}
	if !o.Quick {
		if err := d.startBench(); err != nil {
			return d, busy(err)
		}
	}
	return d, nil
}

func (o DemoOptions) withDefaults() DemoOptions {
	for v, def := range map[*string]string{
		&o.Dir: "./yifen-demo", &o.HTTP: "127.0.0.1:8080", &o.ISO: "127.0.0.1:8583", &o.Bench: "127.0.0.1:8090",
		&o.Printer: "127.0.0.1:9100", &o.Network: "127.0.0.1:8095",
		&o.WeChat: "127.0.0.1:8091", &o.Alipay: "127.0.0.1:8092", &o.UnionPay: "127.0.0.1:8093",
		&o.MQTT: "127.0.0.1:8883",
	} {
		if *v == "" {
			*v = def
		}
	}
	if o.Timeout == 0 {
		o.Timeout = 25 * time.Second
	}
	if o.RecoverAfter == 0 {
		o.RecoverAfter = o.Timeout + 5*time.Second
	}
	if o.RecoverEvery == 0 {
		o.RecoverEvery = time.Second
	}
	if o.Clock == nil {
		o.Clock = kit.NewClock()
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
	}
	return o
}

// loopback refuses an address that others could reach: the demo's keys are public.
func loopback(address string) error {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return fmt.Errorf("%s: write it as 127.0.0.1:port", address)
	}
	if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return fmt.Errorf("%s: the demo listens on loopback only, since its keys and passwords are public", address)
	}
	return nil
}

// busy says what to do about an address that is taken.
func busy(err error) error {
	if errors.Is(err, syscall.EADDRINUSE) {
		return fmt.Errorf("%w: another demo may be running; stop it, or give this one addresses of its own "+
			"(--http --iso --bench --printer --network --wechat --alipay --unionpay --mqtt) and a --dir of its own", err)
	}
	return err
}

// ensureKEK makes the demo's key-encryption key the first time.
func ensureKEK(path string) error {
	if _, err := os.Stat(path); err == nil {
		return nil
	}
	var key [32]byte
	rand.Read(key[:])
	return os.WriteFile(path, []byte(hex.EncodeToString(key[:])+"\n"), 0o600)
}

func (d *Demo) settings() map[string]string {
	o := d.Options
	database := o.Dir
	if o.Database != "" {
		database = o.Database
	}
	settings := map[string]string{
		"database": database, "kek-file": filepath.Join(o.Dir, kekFile), "http-address": o.HTTP, "iso-address": o.ISO,
		"cardnet-address": o.Network, "cardnet-acquirer": cardnet.DemoAcquirer, "cardnet-forwarder": cardnet.DemoForwarder,
		"cardnet-timeout": o.Timeout.String(), "recover-after": o.RecoverAfter.String(), "log-format": "text", "log-level": "warn", "webhook-loopback": "true",
		// A supermarket may not pre-authorize; the first merchant of the demo may, so that its terminals can show it.
		"preauth-categories": strings.Join(append([]string{demoMerchants[0].category}, payment.PreauthCategories...), " "),
	}
	if o.Sockets > 0 {
		settings["iso-connections"] = strconv.Itoa(o.Sockets)
	}
	maps.Copy(settings, d.walletSettings())
	maps.Copy(settings, d.outside.settings)
	maps.Copy(settings, o.Settings)
	return settings
}

// lock keeps a second demo out of the directory: they would share books that are one's.
func (d *Demo) lock(path string) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		f.Close()
		return fmt.Errorf("another demo runs in %s: stop it, or give another --dir", d.Options.Dir)
	}
	d.stop = append(d.stop, func() { f.Close() })
	return nil
}

// restoreClock moves the clock as far as it was moved before a restart.
func (d *Demo) restoreClock() error {
	raw, err := os.ReadFile(filepath.Join(d.Options.Dir, clockFile))
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	by, err := time.ParseDuration(strings.TrimSpace(string(raw)))
	if err != nil {
		return fmt.Errorf("%s: %w", clockFile, err)
	}
	d.Clock.SetOffset(by)
	return nil
}

func (d *Demo) startNetwork() error {
	books := filepath.Join(d.Options.Dir, networkDir)
	if err := os.MkdirAll(books, 0o700); err != nil {
		return err
	}
	if err := d.lock(filepath.Join(d.Options.Dir, lockFile)); err != nil {
		return err
	}
	network, err := cardnet.New(cardnet.Config{
		Addr: d.Options.Network, Dir: books, Clock: d.Clock, Logger: d.Options.Logger,
		LateAfter: d.Options.LateAfter, StrictChip: true,
	})
	if err != nil {
		return err
	}
	d.Network = network
	d.Options.Network = network.Addr().String()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := network.Serve(ctx); err != nil && ctx.Err() == nil {
			d.Options.Logger.Error("card network simulator", "error", err)
		}
	}()
	d.stop = append([]func(){func() {
		cancel()
		<-done
		network.Close()
	}}, d.stop...)
	return nil
}

// Stop ends the demo: the product first, then what it spoke to.
func (d *Demo) Stop() {
	for _, f := range d.stop {
		f()
	}
	d.stop = nil
}

// writeCredentials writes what a third-party client needs to speak to the demo, readable by its owner only.
func (d *Demo) writeCredentials() error {
	type terminal struct {
		TID string `json:"tid"`
		MID string `json:"mid"`
		TMK string `json:"tmk"`
	}
	type api struct {
		BaseURL string `json:"base_url"`
		Key     string `json:"key"`
	}
	content := struct {
		ISO       string         `json:"iso_address"`
		TPDU      string         `json:"tpdu"`
		Terminals []terminal     `json:"terminals"`
		Network   map[string]any `json:"cardnet"`
		API       *api           `json:"api,omitempty"`
		WeChat    any            `json:"wechat,omitempty"`
		Alipay    any            `json:"alipay,omitempty"`
		UnionPay  any            `json:"unionpay,omitempty"`
	}{ISO: d.App.Host.Addr().String(), TPDU: DemoTPDU, Network: map[string]any{
		"address": d.Options.Network, "acquirer": cardnet.DemoAcquirer, "forwarder": cardnet.DemoForwarder, "zmk": cardnet.DemoZMK,
		"issuer_master_key": cardnet.DemoIssuerMasterKey,
	}}
	for _, t := range append(demoTerminals(d.Options.Terminals), benchTerminals()...) {
		content.Terminals = append(content.Terminals, terminal{t.number, t.merchant, strings.ToUpper(t.tmk)})
	}
	if !d.Options.Quick {
		content.API = &api{"http://" + d.App.HTTP.Addr().String(), DemoKey}
	}
	if d.Wallets != nil {
		parties, err := d.Wallets.credentials()
		if err != nil {
			return err
		}
		content.WeChat, content.Alipay, content.UnionPay = parties["wechat"], parties["alipay"], parties["unionpay"]
	}
	raw, err := json.MarshalIndent(content, "", "  ")
	if err != nil {
		return err
	}
	path := filepath.Join(d.Options.Dir, credentialsFile)
	if err := os.WriteFile(path+".new", append(raw, '\n'), 0o600); err != nil {
		return err
	}
	return os.Rename(path+".new", path)
}

// Records says where the demo's records lie: its directory, or a PostgreSQL address.
func (d *Demo) Records() string {
	if d.Options.Database != "" {
		return d.Options.Database
	}
	return d.Options.Dir
}

package app

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strings"

	"github.com/yifen-pay/yifen/internal/domain/calendar"
	"github.com/yifen-pay/yifen/internal/domain/event"
	"github.com/yifen-pay/yifen/internal/domain/id"
	"github.com/yifen-pay/yifen/internal/domain/payment"
	"github.com/yifen-pay/yifen/internal/domain/speaker"
	"github.com/yifen-pay/yifen/internal/domain/step"
	"github.com/yifen-pay/yifen/internal/domain/wallet"
	"github.com/yifen-pay/yifen/internal/serve/mqtt"
)

// startSpeakers opens the desk of speakers and, where an address is set, the broker that they connect to.
func (a *App) startSpeakers(ctx context.Context, c Config) error {
	a.Speakers = speaker.NewService(speaker.Config{Gate: a.Store, Store: a.Store, IDs: a.IDs, Now: a.options.Now, Chance: rand.Reader})
	if c.Get("mqtt-address") == "" {
		return nil
	}
	config := mqtt.Config{
		Address: c.Get("mqtt-address"), Connections: c.Int("mqtt-connections"), Speakers: a.Speakers, Now: a.options.Now,
		Logger: a.options.Logger, Meter: mqtt.NewMeter(a.Metrics),
	}
	if cert := c.Get("mqtt-tls-cert"); cert != "" {
		pair, err := tls.LoadX509KeyPair(cert, c.Get("mqtt-tls-key"))
		if err != nil {
			return fmt.Errorf("certificate for speakers: %w", err)
		}
		config.TLS = &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12}
	}
	follow, err := newFollower(ctx, a.Store)
	if err != nil {
		return err
	}
	if a.Broker, err = mqtt.New(config); err != nil {
		return err
	}
	a.onStop(func(context.Context) { a.Broker.Close() })
	a.background(func(ctx context.Context) {
		follow.run(ctx, eventPoll, a.sound, func(err error) {
			a.options.Logger.Error("speakers could not be told what was paid, it will be tried again", "error", err)
		})
	})
	return nil
}

// brokerAddress is where speakers connect: at the host under which people reach us where the broker listens on every address.
func (a *App) brokerAddress() string {
	host, port, err := net.SplitHostPort(a.Config.Get("mqtt-address"))
	if err != nil {
		return ""
	}
	if at, err := netip.ParseAddr(host); host == "" || err == nil && at.IsUnspecified() {
		if public, err := url.Parse(a.publicURL()); err == nil {
			host = public.Hostname()
		}
	}
	return net.JoinHostPort(host, port)
}

// sound tells speakers of an event: what was paid by code, and what became of a speaker itself.
func (a *App) sound(ctx context.Context, e event.Event) error {
	if strings.HasPrefix(e.Kind, "speaker.") {
		return a.Broker.Refresh(ctx, e.Subject)
	}
	if e.Kind != "sale.approved" || !a.Broker.Hears(e.Merchant) || calendar.At(a.options.Now()).Sub(e.At) > speaker.Fresh {
		return nil
	}
	said, worth, err := a.announcement(ctx, e)
	if err == nil && worth {
		a.Broker.Say(said)
	}
	return err
}

// announcement returns what is said of an approved sale, and whether it is worth saying: the money came by code, and stays. A
// payment that was late and goes back, or has gone back already, is no reason to hand over goods.
func (a *App) announcement(ctx context.Context, e event.Event) (speaker.Announcement, bool, error) {
	if _, err := id.BucketOf(e.Subject); err != nil {
		return speaker.Announcement{}, false, nil
	}
	p, found, err := step.Read[payment.Payment](ctx, a.Store, payment.Key(e.Subject))
	if err != nil || !found || !p.ByCode() || p.State != payment.Captured || p.RefundedFen+p.RefundingFen > 0 {
		return speaker.Announcement{}, false, err
	}
	code, _, err := step.Read[payment.Code](ctx, a.Store, payment.CodeKey(p.ID))
	if err != nil || code.Late && a.Config.Get("late-success") != "accept" {
		return speaker.Announcement{}, false, err
	}
	return speaker.Announcement{
		Event: e.ID, Merchant: e.Merchant, Store: p.Store, Wallet: wallet.Name(p.Instrument), Payment: p.ID, Fen: p.CapturedFen, At: e.At,
	}, true, nil
}

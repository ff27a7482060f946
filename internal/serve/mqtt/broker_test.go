package mqtt_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math/big"
	"net"
	"os"
	"sync"
	"testing"
	"time"

	paho "github.com/eclipse/paho.mqtt.golang"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/yifen-pay/yifen/internal/domain/access"
	"github.com/yifen-pay/yifen/internal/domain/calendar"
	"github.com/yifen-pay/yifen/internal/domain/id"
	"github.com/yifen-pay/yifen/internal/domain/merchant"
	"github.com/yifen-pay/yifen/internal/domain/speaker"
	"github.com/yifen-pay/yifen/internal/domain/step"
	"github.com/yifen-pay/yifen/internal/domain/wallet"
	"github.com/yifen-pay/yifen/internal/serve/mqtt"
	"github.com/yifen-pay/yifen/internal/store"
	"github.com/yifen-pay/yifen/internal/store/storetest"
)

// counter is a merchant with two stores, and the broker that its speakers connect to.
type counter struct {
	*testing.T
	store    *store.Store
	desk     *speaker.Service
	broker   *mqtt.Broker
	roots    *x509.CertPool
	owner    access.Actor
	merchant string
	stores   [2]string
	n        int

	mu  sync.Mutex
	now time.Time
}

func (c *counter) clock() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *counter) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

func newCounter(t *testing.T, connections int) *counter {
	t.Helper()
	c := &counter{T: t, now: time.Date(2026, 11, 20, 10, 0, 0, 0, time.UTC), store: storetest.Embedded(t)}
	ids := id.NewMaker(c.clock, rand.Reader)
	m := merchant.Merchant{ID: ids.New(merchant.Prefix, 7), Bucket: 7, Name: "Tea", State: merchant.Active}
	c.merchant = m.ID
	rows := []step.Row{m}
	for i := range c.stores {
		c.stores[i] = ids.New(merchant.StorePrefix, 7)
		rows = append(rows, merchant.Store{ID: c.stores[i], Bucket: 7, Merchant: m.ID, Name: fmt.Sprint("Store ", i)})
	}
	c.must(storetest.Do(t, c.store, func(v step.View) error {
		for _, r := range rows {
			v.Put(r)
		}
		return nil
	}))
	c.owner = access.Actor{ID: "usr_1", Realm: access.Merchant, Merchant: m.ID, Can: access.Permissions(0).Allow(access.MerchantEdit)}
	c.desk = speaker.NewService(speaker.Config{Gate: c.store, Store: c.store, IDs: ids, Now: c.clock, Chance: rand.Reader})
	var certificate tls.Certificate
	certificate, c.roots = certify(t)
	var err error
	c.broker, err = mqtt.New(mqtt.Config{
		Address: "127.0.0.1:0", TLS: &tls.Config{Certificates: []tls.Certificate{certificate}}, Connections: connections, Speakers: c.desk,
		Now: c.clock, Logger: slog.New(slog.DiscardHandler), Meter: mqtt.NewMeter(prometheus.NewRegistry()),
	})
	c.must(err)
	t.Cleanup(c.broker.Close)
	return c
}

func (c *counter) must(err error) {
	c.Helper()
	if err != nil {
		c.Fatal(err)
	}
}

// certify returns a certificate for this machine, and who signed it.
func certify(t *testing.T) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "broker"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}, IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	roots.AddCert(leaf)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, roots
}

// make makes a speaker in a store.
func (c *counter) make(store string, lang speaker.Lang) (speaker.Speaker, string) {
	c.Helper()
	s, password, err := c.desk.Make(c.Context(), c.owner, c.merchant, speaker.Order{Store: store, Name: "Counter", Lang: lang})
	c.must(err)
	return s, password
}

// heard is what a device was told.
type heard struct {
	V       int       `json:"v"`
	ID      string    `json:"id"`
	Text    string    `json:"text"`
	Fen     int64     `json:"amount_fen"`
	Wallet  string    `json:"wallet"`
	Payment string    `json:"payment"`
	At      time.Time `json:"at"`
}

// device is a speaker as its maker builds it.
type device struct {
	*counter
	client paho.Client
	says   chan heard
	lost   chan error
}

// options are how a device connects, without coming again by itself.
func (c *counter) options(user, password string) (*paho.ClientOptions, *device) {
	d := &device{counter: c, says: make(chan heard, 200), lost: make(chan error, 1)}
	o := paho.NewClientOptions().AddBroker("ssl://" + c.broker.Address()).SetClientID("any").SetUsername(user).SetPassword(password).
		SetTLSConfig(&tls.Config{RootCAs: c.roots}).SetAutoReconnect(false).SetConnectRetry(false).SetProtocolVersion(4).
		SetConnectionLostHandler(func(_ paho.Client, err error) { d.lost <- err })
	return o, d
}

func (c *counter) dial(user, password string) (*device, error) {
	o, d := c.options(user, password)
	d.client = paho.NewClient(o)
	token := d.client.Connect()
	if !token.WaitTimeout(10 * time.Second) {
		c.Fatal("the broker does not answer")
	}
	c.Cleanup(func() { d.client.Disconnect(0) })
	return d, token.Error()
}

// connect connects a device and reads its topic.
func (c *counter) connect(s speaker.Speaker, password string) *device {
	c.Helper()
	d, err := c.dial(s.ID, password)
	c.must(err)
	token := d.client.Subscribe(speaker.Topic(s.ID), 1, func(_ paho.Client, m paho.Message) {
		var h heard
		if err := json.Unmarshal(m.Payload(), &h); err != nil {
			d.Error(err)
		}
		d.says <- h
	})
	if !token.WaitTimeout(10*time.Second) || token.Error() != nil {
		c.Fatal("the topic is refused", token.Error())
	}
	return d
}

// pay lets the broker say a payment, and returns its event.
func (c *counter) pay(store string, fen int64) string {
	c.n++
	a := speaker.Announcement{
		Event: fmt.Sprintf("evt_%d", c.n), Merchant: c.merchant, Store: store, Wallet: wallet.WeChat, Payment: fmt.Sprintf("pay_%d", c.n), Fen: fen, At: calendar.At(c.clock()),
	}
	c.broker.Say(a)
	return a.Event
}

// hears waits for the next message, which must be of an event.
func (d *device) hears(event string) heard {
	d.Helper()
	ctx, cancel := context.WithTimeout(d.Context(), 5*time.Second)
	defer cancel()
	select {
	case h := <-d.says:
		if h.ID != event {
			d.Fatalf("heard %+v, expected %s", h, event)
		}
		return h
	case <-ctx.Done():
		d.Fatalf("%s was not heard", event)
	}
	return heard{}
}

// ended waits until the broker has sent the device away.
func (d *device) ended() {
	d.Helper()
	ctx, cancel := context.WithTimeout(d.Context(), 5*time.Second)
	defer cancel()
	select {
	case <-d.lost:
	case <-ctx.Done():
		d.Fatal("the connection stands")
	}
}

func TestBroker_saysWhatWasPaid(t *testing.T) {
	c := newCounter(t, 10)
	first, one := c.make(c.stores[0], speaker.Chinese)
	second, two := c.make(c.stores[1], speaker.English)
	all, three := c.make("", speaker.English)
	d1, d2, d3 := c.connect(first, one), c.connect(second, two), c.connect(all, three)
	inFirst := c.pay(c.stores[0], 1234)
	if h := d1.hears(inFirst); h.V != 1 || h.Text != "微信收款 12.34 元" || h.Fen != 1234 || h.Wallet != "wechat" || h.Payment != "pay_1" || !h.At.Equal(c.clock()) {
		t.Errorf("heard %+v", h)
	}
	inSecond := c.pay(c.stores[1], 1)
	if h := d2.hears(inSecond); h.Text != "WeChat Pay, 0.01 yuan received" {
		t.Errorf("heard %+v", h)
	}
	d3.hears(inFirst)
	d3.hears(inSecond)
	nowhere := c.pay("", 100)
	for _, d := range []*device{d1, d2, d3} { // the next that each hears: nothing of the other's store came between
		d.hears(nowhere)
	}
	if c.broker.Hears("mer_other") || !c.broker.Hears(c.merchant) {
		t.Error("the broker does not know whose speakers are here")
	}
	for deadline := time.Now().Add(5 * time.Second); ; {
		kept, err := c.desk.Look(t.Context(), first.ID)
		c.must(err)
		if kept.SeenAt != 0 {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("nobody noted that the speaker is there")
		}
	}
}

func TestBroker_letsInWhoIsKnown(t *testing.T) {
	c := newCounter(t, 10)
	s, password := c.make("", speaker.Chinese)
	other, otherPassword := c.make("", speaker.Chinese)
	for what, try := range map[string][2]string{
		"a wrong password": {s.ID, "wrong"}, "another's password": {s.ID, otherPassword}, "nobody": {"spk_nobody", password}, "nothing": {"", ""},
	} {
		if _, err := c.dial(try[0], try[1]); err == nil {
			t.Errorf("%s is let in", what)
		}
	}
	d := c.connect(s, password)
	for _, topic := range []string{speaker.Topic(other.ID), "#", "speaker/+/say", "$SYS/#"} {
		token := d.client.Subscribe(topic, 1, nil).(*paho.SubscribeToken)
		if !token.WaitTimeout(5*time.Second) || token.Result()[topic] != 0x80 {
			t.Errorf("%s may be read: %v", topic, token.Result())
		}
	}
	d.client.Publish(speaker.Topic(s.ID), 0, false, "forged").WaitTimeout(5 * time.Second)
	d.hears(c.pay("", 100)) // and not what it wrote itself
	d.client.Publish(speaker.Topic(other.ID), 1, false, "forged")
	d.ended()
	for range 20 {
		c.dial(s.ID, "wrong")
	}
	if _, err := c.dial(s.ID, password); err == nil {
		t.Error("an address that guesses is not slowed down")
	}
	if _, err := c.dial(other.ID, otherPassword); err != nil {
		t.Errorf("another speaker of the shop is locked out: %v", err)
	}
}

func TestBroker_comesBack(t *testing.T) {
	c := newCounter(t, 10)
	s, password := c.make("", speaker.Chinese)
	d := c.connect(s, password)
	d.hears(c.pay("", 100))
	d.client.Disconnect(100)
	old := c.pay("", 200)
	c.advance(speaker.Fresh + time.Second)
	fresh := c.pay("", 300)
	c.advance(time.Minute)
	last := c.pay("", 400)
	d = c.connect(s, password) // what it has heard is not said again, and old is too old
	d.hears(fresh)
	d.hears(last)
	c.broker.Say(speaker.Announcement{Event: last, Merchant: c.merchant, Wallet: wallet.WeChat, Fen: 400, At: calendar.At(c.clock())})
	d.hears(c.pay("", 500)) // last is not said twice
	if old == fresh {
		t.Fatal("two events have one id")
	}

	again := c.connect(s, password) // one speaker, one connection
	d.ended()
	again.hears(c.pay("", 600))
	again.client.Disconnect(100)
	for deadline := time.Now().Add(5 * time.Second); c.broker.Hears(c.merchant); {
		c.advance(time.Hour + time.Second)
		c.pay("", 700)
		if time.Now().After(deadline) {
			t.Fatal("a speaker that left long ago is remembered")
		}
	}
}

func TestBroker_sendsAway(t *testing.T) {
	c := newCounter(t, 10)
	s, password := c.make("", speaker.Chinese)
	d := c.connect(s, password)
	_, err := c.desk.Switch(t.Context(), c.owner, s.ID, speaker.Off)
	c.must(err)
	c.must(c.broker.Refresh(t.Context(), s.ID))
	d.ended()
	if _, err := c.dial(s.ID, password); err == nil {
		t.Error("a speaker that is off is let in")
	}
	_, err = c.desk.Switch(t.Context(), c.owner, s.ID, speaker.On)
	c.must(err)
	d = c.connect(s, password)
	_, fresh, err := c.desk.Reset(t.Context(), c.owner, s.ID)
	c.must(err)
	c.must(c.broker.Refresh(t.Context(), s.ID))
	d.ended()
	if _, err := c.dial(s.ID, password); err == nil {
		t.Error("the old password works")
	}
	d = c.connect(s, fresh)
	_, err = c.desk.Change(t.Context(), c.owner, s.ID, speaker.Order{Name: "Door", Lang: speaker.English, Store: c.stores[1]})
	c.must(err)
	c.must(c.broker.Refresh(t.Context(), s.ID))
	c.pay(c.stores[0], 100)
	if h := d.hears(c.pay(c.stores[1], 200)); h.Text != "WeChat Pay, 2.00 yuan received" {
		t.Errorf("heard %+v", h)
	}
}

func TestBroker_bounded(t *testing.T) {
	c := newCounter(t, 2)
	s, password := c.make("", speaker.Chinese)
	var silent []net.Conn
	for range 2 { // two that never say who they are
		conn, err := net.Dial("tcp", c.broker.Address())
		c.must(err)
		silent = append(silent, conn)
	}
	third, err := net.Dial("tcp", c.broker.Address())
	c.must(err)
	c.must(third.SetReadDeadline(time.Now().Add(5 * time.Second)))
	if _, err := third.Read(make([]byte, 1)); err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("a third connection stands: %v", err)
	}
	for _, conn := range silent {
		conn.Close()
	}
	for deadline := time.Now().Add(5 * time.Second); ; {
		if d, err := c.dial(s.ID, password); err == nil {
			d.client.Disconnect(0)
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("the places of those who left are not free")
		}
	}
	for what, change := range map[string]func(*paho.ClientOptions){
		"no keep-alive": func(o *paho.ClientOptions) { o.SetKeepAlive(0) },
		"a will":        func(o *paho.ClientOptions) { o.SetWill(speaker.Topic(s.ID), "forged", 0, false) },
	} {
		o, _ := c.options(s.ID, password)
		change(o)
		if token := paho.NewClient(o).Connect(); !token.WaitTimeout(10*time.Second) || token.Error() == nil {
			t.Errorf("%s is let in", what)
		}
	}
}

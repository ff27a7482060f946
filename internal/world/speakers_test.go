package world_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	paho "github.com/eclipse/paho.mqtt.golang"

	"github.com/yifen-pay/yifen/internal/domain/access"
	"github.com/yifen-pay/yifen/internal/domain/calendar"
	"github.com/yifen-pay/yifen/internal/domain/directory"
	"github.com/yifen-pay/yifen/internal/domain/event"
	"github.com/yifen-pay/yifen/internal/domain/id"
	"github.com/yifen-pay/yifen/internal/domain/merchant"
	"github.com/yifen-pay/yifen/internal/domain/money"
	"github.com/yifen-pay/yifen/internal/domain/payment"
	"github.com/yifen-pay/yifen/internal/domain/speaker"
	"github.com/yifen-pay/yifen/internal/domain/step"
	"github.com/yifen-pay/yifen/internal/world"
)

// heard is what a speaker was told.
type heard struct {
	ID      string `json:"id"`
	Text    string `json:"text"`
	Payment string `json:"payment"`
	at      time.Time
}

// listen connects a speaker to the demo's broker by TLS; lost tells that it was sent away.
func listen(t *testing.T, d *world.Demo, user, password string) (says chan heard, lost chan error) {
	t.Helper()
	authority, err := os.ReadFile(filepath.Join(d.Options.Dir, "factory", "authority.pem"))
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(authority)
	says, lost = make(chan heard, 10), make(chan error, 1)
	device := paho.NewClient(paho.NewClientOptions().AddBroker("ssl://" + d.App.Broker.Address()).SetUsername(user).SetPassword(password).
		SetTLSConfig(&tls.Config{RootCAs: roots}).SetAutoReconnect(false).SetConnectionLostHandler(func(_ paho.Client, err error) { lost <- err }))
	if token := device.Connect(); !token.WaitTimeout(10*time.Second) || token.Error() != nil {
		t.Fatal(token.Error())
	}
	t.Cleanup(func() { device.Disconnect(0) })
	if token := device.Subscribe(speaker.Topic(user), 1, func(_ paho.Client, m paho.Message) {
		h := heard{at: time.Now()}
		if err := json.Unmarshal(m.Payload(), &h); err != nil {
			t.Error(err)
		}
		says <- h
	}); !token.WaitTimeout(10*time.Second) || token.Error() != nil {
		t.Fatal(token.Error())
	}
	return says, lost
}

// shopOwner is the owner of the demo's first merchant.
func shopOwner(t *testing.T, d *world.Demo) access.Actor {
	t.Helper()
	entry, found, err := step.Read[directory.Entry](t.Context(), d.App.Store, directory.Key(directory.MerchantNumber, "898290054110001"))
	if err != nil || !found {
		t.Fatal(found, err)
	}
	return access.Actor{ID: "usr_test", Realm: access.Merchant, Merchant: entry.Target, Can: access.Permissions(0).Allow(access.MerchantEdit)}
}

// TestSpeakers_sayNoMoreThanTheyShould has sales of every sort approved: only what came by code, stays, is fresh and belongs to the
// speaker's store is said, in the order in which it happened.
func TestSpeakers_sayNoMoreThanTheyShould(t *testing.T) {
	d := startDemo(t, world.DemoOptions{})
	owner := shopOwner(t, d)
	b := id.MustBucket(owner.Merchant)
	here, there := d.App.IDs.New(merchant.StorePrefix, b), d.App.IDs.New(merchant.StorePrefix, b)
	now := calendar.At(d.Clock.Now())
	put := func(rows ...step.Row) {
		t.Helper()
		if err := d.App.Store.Do(t.Context(), step.Step{Name: "test", Class: step.Staff, Run: func(v step.View) error {
			for _, r := range rows {
				v.Put(r)
			}
			return nil
		}}); err != nil {
			t.Fatal(err)
		}
	}
	for _, store := range []string{here, there} {
		put(merchant.Store{ID: store, Bucket: b, Merchant: owner.Merchant, Name: store})
	}
	s, password, err := d.App.Speakers.Make(t.Context(), owner, owner.Merchant, speaker.Order{Name: "Counter", Lang: speaker.English, Store: here})
	if err != nil {
		t.Fatal(err)
	}
	says, _ := listen(t, d, s.ID, password)
	approve := func(change func(*payment.Payment, *payment.Code, *event.Event)) string {
		p := payment.Payment{
			ID: d.App.IDs.New("pay_", b), Bucket: b, Merchant: owner.Merchant, Store: here, Instrument: payment.Alipay, Rail: "alipay",
			State: payment.Captured, Currency: money.CNY, RequestedFen: 500, ApprovedFen: 500, CapturedFen: 500, CreatedAt: now,
		}
		c := payment.Code{Payment: p.ID, Bucket: b, Merchant: p.Merchant}
		e := event.Event{ID: d.App.IDs.New("evt_", b), Bucket: b, At: now, Merchant: p.Merchant, Kind: "sale.approved", Subject: p.ID, Body: "{}"}
		change(&p, &c, &e)
		put(p, c, e)
		return e.ID
	}
	var want []string
	for _, try := range []struct {
		said   bool
		change func(*payment.Payment, *payment.Code, *event.Event)
	}{
		{true, func(*payment.Payment, *payment.Code, *event.Event) {}},
		{false, func(p *payment.Payment, _ *payment.Code, _ *event.Event) { p.Instrument = payment.Card }},
		{false, func(p *payment.Payment, _ *payment.Code, _ *event.Event) { p.Store = there }},
		{false, func(p *payment.Payment, _ *payment.Code, _ *event.Event) { p.RefundingFen = 500 }},
		{false, func(p *payment.Payment, _ *payment.Code, _ *event.Event) { p.State = payment.Voided }},
		{false, func(_ *payment.Payment, c *payment.Code, _ *event.Event) { c.Late = true }},
		{false, func(_ *payment.Payment, _ *payment.Code, e *event.Event) {
			e.At = now.Add(-speaker.Fresh - time.Minute)
		}},
		{false, func(_ *payment.Payment, _ *payment.Code, e *event.Event) { e.Kind = "refund.approved" }},
		{true, func(p *payment.Payment, _ *payment.Code, _ *event.Event) { p.Store = "" }},
	} {
		if e := approve(try.change); try.said {
			want = append(want, e)
		}
	}
	soon, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	for _, e := range want {
		select {
		case h := <-says:
			if h.ID != e || h.Text != "Alipay, 5.00 yuan received" {
				t.Errorf("heard %+v, expected %s of %v", h, e, want)
			}
		case <-soon.Done():
			t.Fatalf("%s was not heard", e)
		}
	}
}

// TestSpeakers_hearWhatWasPaid has a speaker by TLS hear a payment by code within a second of its capture, and be cut off when it
// is switched off.
func TestSpeakers_hearWhatWasPaid(t *testing.T) {
	d := startDemo(t, world.DemoOptions{})
	owner := shopOwner(t, d)
	s, password, err := d.App.Speakers.Make(t.Context(), owner, owner.Merchant, speaker.Order{Name: "Counter", Lang: speaker.Chinese})
	if err != nil {
		t.Fatal(err)
	}
	says, lost := listen(t, d, s.ID, password)
	api := &caller{T: t, base: "http://" + d.App.HTTP.Addr().String()}
	bench := &caller{T: t, base: "http://" + d.Options.Bench}
	var code struct {
		Code string `json:"code"`
	}
	bench.do("POST", "/phone/code", map[string]any{"wallet": "wechat", "state": "ok"}, http.StatusOK, &code)
	var paid codePayment
	api.do("POST", "/v1/codes", map[string]any{"amount_fen": 1234, "code": code.Code}, http.StatusCreated, &paid)
	captured := time.Now()
	soon, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	select {
	case h := <-says:
		if h.Text != "微信收款 12.34 元" || h.Payment != paid.ID {
			t.Errorf("heard %+v of %s", h, paid.ID)
		}
		if late := h.at.Sub(captured); late > time.Second {
			t.Errorf("heard %s after the capture", late)
		}
	case <-soon.Done():
		t.Fatal("nothing was heard")
	}
	if _, err := d.App.Speakers.Switch(t.Context(), owner, s.ID, speaker.Off); err != nil {
		t.Fatal(err)
	}
	select {
	case <-lost:
	case <-soon.Done():
		t.Fatal("a speaker that was switched off stays connected")
	}
	if len(says) > 0 {
		t.Errorf("more was said: %+v", <-says)
	}
}

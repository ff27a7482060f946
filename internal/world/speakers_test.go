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
	"github.com/yifen-pay/yifen/internal/domain/directory"
	"github.com/yifen-pay/yifen/internal/domain/speaker"
	"github.com/yifen-pay/yifen/internal/domain/step"
	"github.com/yifen-pay/yifen/internal/world"
)

// TestSpeakers_hearWhatWasPaid has a speaker by TLS hear a payment by code within a second of its capture, and be cut off when it
// is switched off.
func TestSpeakers_hearWhatWasPaid(t *testing.T) {
	d := startDemo(t, world.DemoOptions{})
	entry, found, err := step.Read[directory.Entry](t.Context(), d.App.Store, directory.Key(directory.MerchantNumber, "898290054110001"))
	if err != nil || !found {
		t.Fatal(found, err)
	}
	owner := access.Actor{ID: "usr_test", Realm: access.Merchant, Merchant: entry.Target, Can: access.Permissions(0).Allow(access.MerchantEdit)}
	s, password, err := d.App.Speakers.Make(t.Context(), owner, entry.Target, speaker.Order{Name: "Counter", Lang: speaker.Chinese})
	if err != nil {
		t.Fatal(err)
	}
	authority, err := os.ReadFile(filepath.Join(d.Options.Dir, "factory", "authority.pem"))
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(authority)
	type heard struct {
		Text    string `json:"text"`
		Payment string `json:"payment"`
		at      time.Time
	}
	says, lost := make(chan heard, 10), make(chan error, 1)
	device := paho.NewClient(paho.NewClientOptions().AddBroker("ssl://" + d.App.Broker.Address()).SetUsername(s.ID).SetPassword(password).
		SetTLSConfig(&tls.Config{RootCAs: roots}).SetAutoReconnect(false).SetConnectionLostHandler(func(_ paho.Client, err error) { lost <- err }))
	if token := device.Connect(); !token.WaitTimeout(10*time.Second) || token.Error() != nil {
		t.Fatal(token.Error())
	}
	defer device.Disconnect(0)
	if token := device.Subscribe(speaker.Topic(s.ID), 1, func(_ paho.Client, m paho.Message) {
		h := heard{at: time.Now()}
		if err := json.Unmarshal(m.Payload(), &h); err != nil {
			t.Error(err)
		}
		says <- h
	}); !token.WaitTimeout(10*time.Second) || token.Error() != nil {
		t.Fatal(token.Error())
	}

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

package courier_test

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/yifen-pay/yifen/internal/courier"
	"github.com/yifen-pay/yifen/internal/domain/notify"
	"github.com/yifen-pay/yifen/internal/sim/inbox"
	"github.com/yifen-pay/yifen/internal/sim/kit"
)

var secret = []byte("the provider's secret")

// open starts an inbox and a courier that brings everything there.
func open(t *testing.T) (*inbox.Inbox, courier.Courier, string) {
	t.Helper()
	box, err := inbox.New(inbox.Config{Dir: t.TempDir(), Secret: secret, Clock: kit.NewClock(), Wall: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		box.ServeMail(ctx, listener)
	}()
	server := httptest.NewServer(box.Handler())
	t.Cleanup(func() {
		cancel()
		<-done
		server.Close()
		box.Close()
	})
	return box, courier.Courier{
		Mail: &courier.Mail{Address: listener.Addr().String(), From: "no-reply@yifen.example", Plain: true, Now: time.Now},
		SMS:  &courier.SMS{URL: server.URL + "/sms", Secret: secret, Sign: "【一分】", Client: http.DefaultClient, Wall: time.Now},
	}, listener.Addr().String()
}

func TestCourier_brings(t *testing.T) {
	box, c, _ := open(t)
	for _, to := range []string{"owner@shop.example", "13800138000"} {
		m := notify.Message{To: to, Kind: notify.CodeRegister, Lang: "zh", Args: map[string]string{"code": "482913"}}
		if err := c.Send(t.Context(), m); err != nil {
			t.Fatalf("to %s: %v", to, err)
		}
		got, err := box.Wait(t.Context(), to, 0)
		if err != nil || got.Code() != "482913" || !strings.Contains(got.Text, "验证码") {
			t.Errorf("to %s: %+v, %v", to, got, err)
		}
	}
	if got := box.Messages("owner@shop.example"); len(got) != 1 || !strings.Contains(got[0].Subject, "注册验证码") || got[0].From != "no-reply@yifen.example" {
		t.Errorf("the mail arrived as %+v", got)
	}
	if got := box.Messages("13800138000"); len(got) != 1 || !strings.HasPrefix(got[0].Text, "【一分】") {
		t.Errorf("the text arrived as %+v", got)
	}
}

func TestCourier_refuses(t *testing.T) {
	box, c, address := open(t)
	m := notify.Message{To: "13800138000", Kind: notify.Password, Lang: "en"}
	want := func(what string, c courier.Courier, m notify.Message, target error) {
		t.Helper()
		if err := c.Send(t.Context(), m); !errors.Is(err, target) {
			t.Errorf("%s: %v, want %v", what, err, target)
		}
	}
	want("without a way", courier.Courier{}, m, courier.ErrNoWay)
	forged, late := *c.SMS, *c.SMS
	forged.Secret = []byte("another")
	want("with another secret", courier.Courier{SMS: &forged}, m, courier.ErrUnreachable)
	late.Wall = func() time.Time { return time.Now().Add(-10 * time.Minute) }
	want("with an old signature", courier.Courier{SMS: &late}, m, courier.ErrUnreachable)
	m.To = "a@b.example"
	want("without TLS", courier.Courier{Mail: &courier.Mail{Address: address, From: "a@b.example", Now: time.Now}}, m, courier.ErrUnreachable)
	m.To = "a@b.example\r\nRCPT TO:<c@d.example>"
	want("with a second recipient smuggled in", c, m, courier.ErrUnreachable)
	if got := box.Messages(""); len(got) != 0 {
		t.Errorf("what was refused arrived: %+v", got)
	}
}

func TestInbox_remembers(t *testing.T) {
	dir := t.TempDir()
	config := inbox.Config{Dir: dir, Secret: secret, Clock: kit.NewClock(), Wall: time.Now}
	for n := 1; n <= 2; n++ {
		box, err := inbox.New(config)
		if err != nil {
			t.Fatal(err)
		}
		server := httptest.NewServer(box.Handler())
		c := courier.SMS{URL: server.URL + "/sms", Secret: secret, Client: http.DefaultClient, Wall: time.Now}
		if err := c.Send(t.Context(), "13800138000", "hello"); err != nil {
			t.Fatal(err)
		}
		if got := box.Messages(""); len(got) != n || got[0].Number != n {
			t.Errorf("after start %d: %+v", n, got)
		}
		server.Close()
		if err := box.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

package app

import (
	"cmp"
	"context"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/yifen-pay/yifen/internal/courier"
	"github.com/yifen-pay/yifen/internal/domain/access"
	"github.com/yifen-pay/yifen/internal/domain/notify"
)

const (
	mailWaiting = 1000 // messages that may wait
	mailTries   = 4
	mailPause   = 2 * time.Second // before the second try, doubled before each that follows
)

// mailroom hands messages to couriers beside the requests that cause them: how long a delivery takes must tell nobody
// whether a name has an account. What is waiting at a stop is tried once more and then given up; a person asks again.
type mailroom struct {
	courier courier.Courier
	pages   string // address of the merchants' pages
	waiting chan notify.Message
	logger  *slog.Logger
}

func newMailroom(c Config, now func() time.Time, logger *slog.Logger) *mailroom {
	pages := cmp.Or(strings.TrimSuffix(c.Get("public-url"), "/"), "http://"+c.Get("http-address")) + "/portal/"
	m := &mailroom{pages: pages, waiting: make(chan notify.Message, mailWaiting), logger: logger}
	if address := c.Get("mail-address"); address != "" {
		m.courier.Mail = &courier.Mail{
			Address: address, From: c.Get("mail-from"), User: c.Get("mail-user"), Password: c.Get("mail-password"),
			Plain: c.Get("mail-plain") == "true", Now: now,
		}
	}
	if url := c.Get("sms-url"); url != "" {
		m.courier.SMS = &courier.SMS{
			URL: url, Secret: []byte(c.Get("sms-secret")), Sign: c.Get("sms-sign"), Client: http.DefaultClient, Wall: time.Now,
		}
	}
	return m
}

// Send implements access.Messenger.
func (m *mailroom) Send(_ context.Context, in access.Message) error {
	out := notify.Message{To: string(in.To), Kind: notify.Kind(in.Kind), Lang: in.Lang, Args: map[string]string{"code": in.Code}}
	for name, value := range in.Args {
		out.Args[name] = value
	}
	switch out.Kind {
	case notify.Invitation:
		// What stands behind # stays in the browser: no log on the way learns the code.
		out.Args["link"] = m.pages + "invitation/" + in.Args["invitation"] + "#" + in.Code
	case notify.AgentPerson:
		out.Args["link"] = m.pages + "forgot"
	}
	return m.post(out)
}

// post puts a message into the queue.
func (m *mailroom) post(message notify.Message) error {
	if _, err := notify.Compose(message); err != nil {
		return err
	}
	select {
	case m.waiting <- message:
		return nil
	default:
		return courier.ErrUnreachable
	}
}

// run delivers until ctx ends, and then what still waits.
func (m *mailroom) run(ctx context.Context) {
	for {
		select {
		case message := <-m.waiting:
			m.deliver(ctx, message)
		case <-ctx.Done():
			for len(m.waiting) > 0 {
				m.deliver(ctx, <-m.waiting)
			}
			return
		}
	}
}

// deliver tries to hand a message over. What it says stays out of the log.
func (m *mailroom) deliver(ctx context.Context, message notify.Message) {
	pause := mailPause
	for try := 1; ; try++ {
		err := m.courier.Send(context.WithoutCancel(ctx), message)
		if err == nil {
			return
		}
		m.logger.Warn("a message could not be delivered", "kind", message.Kind, "try", try, "error", err)
		if try == mailTries || ctx.Err() != nil {
			return
		}
		select {
		case <-time.After(pause):
			pause *= 2
		case <-ctx.Done():
		}
	}
}

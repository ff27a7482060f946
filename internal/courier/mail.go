package courier

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/tls"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"mime"
	"net"
	"net/mail"
	"net/smtp"
	"strings"
	"time"

	"github.com/yifen-pay/yifen/internal/domain/notify"
)

// mailTimeout bounds one delivery.
const mailTimeout = 15 * time.Second

// Mail hands mail to a server.
type Mail struct {
	Address  string // host:port of the server
	From     string // our address
	User     string // "" where the server wants none
	Password string
	// Plain lets mail go without TLS. It is for a server on the same machine.
	Plain bool
	Now   func() time.Time
}

// errNoTLS tells that the server takes no TLS: codes do not travel in the open.
var errNoTLS = errors.New("the mail server offers no TLS")

// Send hands over one message.
func (m *Mail) Send(ctx context.Context, to string, text notify.Text) error {
	address, err := mail.ParseAddress(to)
	if err != nil {
		return fmt.Errorf("recipient: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, mailTimeout)
	defer cancel()
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", m.Address)
	if err != nil {
		return err
	}
	deadline, _ := ctx.Deadline()
	conn.SetDeadline(deadline)
	host, _, _ := net.SplitHostPort(m.Address)
	client, err := smtp.NewClient(conn, host)
	if err != nil {
		conn.Close()
		return err
	}
	defer client.Close()
	if secure, _ := client.Extension("STARTTLS"); secure {
		err = client.StartTLS(&tls.Config{ServerName: host, MinVersion: tls.VersionTLS12})
	} else if !m.Plain {
		err = errNoTLS
	}
	if err == nil && m.User != "" {
		err = client.Auth(smtp.PlainAuth("", m.User, m.Password, host))
	}
	if err == nil {
		err = client.Mail(m.From)
	}
	if err == nil {
		err = client.Rcpt(address.Address)
	}
	if err != nil {
		return err
	}
	w, err := client.Data()
	if err != nil {
		return err
	}
	if _, err := w.Write(m.write(address.Address, text)); err != nil {
		return err
	}
	if err := w.Close(); err != nil { // the server's word that it has the message
		return err
	}
	client.Quit()
	return nil
}

// write returns a message as it travels (RFC 5322, RFC 2045).
func (m *Mail) write(to string, text notify.Text) []byte {
	var chance [12]byte
	rand.Read(chance[:])
	_, domain, _ := strings.Cut(m.From, "@")
	var b bytes.Buffer
	for _, h := range [][2]string{
		{"From", m.From}, {"To", to}, {"Subject", mime.BEncoding.Encode("utf-8", text.Subject)},
		{"Date", m.Now().UTC().Format(time.RFC1123Z)}, {"Message-ID", "<" + hex.EncodeToString(chance[:]) + "@" + domain + ">"},
		{"MIME-Version", "1.0"}, {"Content-Type", "text/plain; charset=utf-8"}, {"Content-Transfer-Encoding", "base64"},
		{"Auto-Submitted", "auto-generated"},
	} {
		fmt.Fprintf(&b, "%s: %s\r\n", h[0], h[1])
	}
	b.WriteString("\r\n")
	encoded := base64.StdEncoding.EncodeToString([]byte(text.Body))
	for len(encoded) > 0 {
		n := min(76, len(encoded))
		b.WriteString(encoded[:n] + "\r\n")
		encoded = encoded[n:]
	}
	return b.Bytes()
}

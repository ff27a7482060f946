package inbox

import (
	"bufio"
	"context"
	_ "embed"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html/template"
	"io"
	"mime"
	"net"
	"net/http"
	"net/mail"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/yifen-pay/yifen/internal/sim/kit"
	"github.com/yifen-pay/yifen/internal/wire/signature"
)

// Message is what somebody got.
type Message struct {
	Number  int       `json:"number"` // from 1, in the order of arrival
	Way     string    `json:"way"`    // "mail" or "sms"
	To      string    `json:"to"`
	From    string    `json:"from,omitempty"`
	Subject string    `json:"subject,omitempty"`
	Text    string    `json:"text"`
	At      time.Time `json:"at"`
	Nonce   string    `json:"nonce,omitempty"`
}

var digits = regexp.MustCompile(`\b\d{6,8}\b`)

// Code returns the verification code that a message holds, "" when there is none.
func (m Message) Code() string {
	if m.Link() != "" {
		return ""
	}
	return digits.FindString(m.Text)
}

var link = regexp.MustCompile(`https?://[!-~]+`)

// Link returns the address that a message holds, "" when there is none.
func (m Message) Link() string { return link.FindString(m.Text) }

// keep is how many messages are remembered.
const keep = 1000

// Config says where the inbox keeps its books and what it trusts.
type Config struct {
	Dir    string // "" keeps them in memory
	Secret []byte // of the provider of text messages
	Clock  *kit.Clock
	Wall   func() time.Time // of signatures
}

// Inbox is everybody's.
type Inbox struct {
	config  Config
	journal *kit.Journal[Message]

	mu       sync.Mutex
	messages []Message
	nonces   map[string]time.Time
	arrived  chan struct{} // closed and replaced when a message arrives
}

// New opens an inbox with what it got before.
func New(c Config) (*Inbox, error) {
	b := &Inbox{config: c, nonces: map[string]time.Time{}, arrived: make(chan struct{})}
	path := ""
	if c.Dir != "" {
		path = filepath.Join(c.Dir, "inbox.jsonl")
	}
	var err error
	b.journal, err = kit.OpenJournal(path, func(m Message) error {
		b.take(m)
		return nil
	})
	return b, err
}

// Close keeps the books.
func (b *Inbox) Close() error { return b.journal.Close() }

func (b *Inbox) take(m Message) {
	if b.messages = append(b.messages, m); len(b.messages) > keep {
		b.messages = slices.Clone(b.messages[len(b.messages)-keep:])
	}
}

// add writes a message down.
func (b *Inbox) add(m Message) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	m.Number = 1
	if n := len(b.messages); n > 0 {
		m.Number = b.messages[n-1].Number + 1
	}
	m.At = b.config.Clock.Now().UTC()
	if err := b.journal.Append(m); err != nil {
		return err
	}
	b.take(m)
	close(b.arrived)
	b.arrived = make(chan struct{})
	return nil
}

// Messages returns what was got, the newest first; to narrows it to one address or number.
func (b *Inbox) Messages(to string) []Message {
	b.mu.Lock()
	defer b.mu.Unlock()
	list := []Message{}
	for _, m := range slices.Backward(b.messages) {
		if to == "" || strings.EqualFold(m.To, to) {
			list = append(list, m)
		}
	}
	return list
}

// Wait returns the newest message to somebody with a number above after, as soon as there is one.
func (b *Inbox) Wait(ctx context.Context, to string, after int) (Message, error) {
	for {
		b.mu.Lock()
		arrived := b.arrived
		b.mu.Unlock()
		if list := b.Messages(to); len(list) > 0 && list[0].Number > after {
			return list[0], nil
		}
		select {
		case <-arrived:
		case <-ctx.Done():
			return Message{}, fmt.Errorf("no message to %s: %w", to, ctx.Err())
		}
	}
}

//go:embed page.html
var pageHTML string

var page = template.Must(template.New("page").Parse(pageHTML))

// Handler serves the provider of text messages (POST /sms) and the page: GET /inbox and GET /inbox.json, both with ?to=.
func (b *Inbox) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /sms", b.takeSMS)
	mux.HandleFunc("GET /inbox.json", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		json.NewEncoder(w).Encode(b.Messages(r.FormValue("to")))
	})
	mux.HandleFunc("GET /inbox", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		page.Execute(w, map[string]any{"Messages": b.Messages(r.FormValue("to")), "To": r.FormValue("to")})
	})
	return mux
}

func (b *Inbox) takeSMS(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 16<<10))
	if err != nil {
		http.Error(w, "the body is too large", http.StatusRequestEntityTooLarge)
		return
	}
	at, nonce := r.Header.Get(signature.Time), r.Header.Get(signature.Nonce)
	if reason := b.distrust(at, nonce, r.Header.Get(signature.Signature), body); reason != "" {
		http.Error(w, reason, http.StatusUnauthorized)
		return
	}
	var ask struct{ To, Text string }
	if err := json.Unmarshal(body, &ask); err != nil || strings.Trim(ask.To, "+0123456789") != "" || len(ask.To) < 5 || ask.Text == "" {
		http.Error(w, `send {"to": "telephone number", "text": "…"}`, http.StatusBadRequest)
		return
	}
	if err := b.add(Message{Way: "sms", To: ask.To, Text: ask.Text, Nonce: nonce}); err != nil {
		http.Error(w, "the books cannot be written", http.StatusInternalServerError)
		return
	}
	w.WriteHeader(http.StatusAccepted)
}

// distrust says what is wrong with a signature, "" when nothing is.
func (b *Inbox) distrust(at, nonce, sign string, body []byte) string {
	now := b.config.Wall()
	if err := signature.Check(b.config.Secret, at, nonce, sign, body, now); err != nil {
		return err.Error()
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	for old, seen := range b.nonces {
		if now.Sub(seen) > 2*signature.Window {
			delete(b.nonces, old)
		}
	}
	if _, seen := b.nonces[nonce]; seen {
		return "the nonce was used before"
	}
	b.nonces[nonce] = now
	return ""
}

// smtpIdle is how long a sender may be silent, smtpMax the largest message in bytes.
const (
	smtpIdle = 30 * time.Second
	smtpMax  = 1 << 20
)

// ServeMail takes mail on a listener until ctx ends.
func (b *Inbox) ServeMail(ctx context.Context, listener net.Listener) error {
	stop := context.AfterFunc(ctx, func() { listener.Close() })
	defer stop()
	var senders sync.WaitGroup
	defer senders.Wait()
	for {
		conn, err := listener.Accept()
		if err != nil {
			if ctx.Err() != nil {
				return nil
			}
			return err
		}
		senders.Add(1)
		go func() {
			defer senders.Done()
			end := context.AfterFunc(ctx, func() { conn.Close() })
			defer end()
			defer conn.Close()
			b.takeMail(conn)
		}()
	}
}

// takeMail holds one conversation.
func (b *Inbox) takeMail(conn net.Conn) {
	in := bufio.NewReader(conn)
	say := func(line string) bool {
		conn.SetDeadline(time.Now().Add(smtpIdle))
		_, err := io.WriteString(conn, line+"\r\n")
		return err == nil
	}
	if !say("220 inbox ready") {
		return
	}
	from, to := "", []string(nil)
	for {
		conn.SetDeadline(time.Now().Add(smtpIdle))
		line, err := in.ReadString('\n')
		if err != nil || len(line) > 1000 {
			return
		}
		line = strings.TrimRight(line, "\r\n")
		verb, rest, _ := strings.Cut(line, " ")
		ok := true
		switch strings.ToUpper(verb) {
		case "EHLO", "HELO":
			ok = say("250 inbox")
		case "MAIL":
			from, to = address(rest), nil
			ok = say("250 ok")
		case "RCPT":
			if a := address(rest); a != "" && from != "" {
				to = append(to, a)
				ok = say("250 ok")
			} else {
				ok = say("550 no such address")
			}
		case "DATA":
			if len(to) == 0 {
				ok = say("503 RCPT first")
				break
			}
			if !say("354 go on") {
				return
			}
			raw, err := readData(in)
			if err == nil {
				err = b.addMail(from, to, raw)
			}
			if err != nil {
				say("554 " + strings.ReplaceAll(err.Error(), "\n", " "))
				return
			}
			from, to = "", nil
			ok = say("250 taken")
		case "RSET":
			from, to = "", nil
			ok = say("250 ok")
		case "NOOP":
			ok = say("250 ok")
		case "QUIT":
			say("221 bye")
			return
		default:
			ok = say("502 not spoken here")
		}
		if !ok {
			return
		}
	}
}

func address(argument string) string {
	_, rest, found := strings.Cut(argument, ":")
	if !found {
		return ""
	}
	rest, _, _ = strings.Cut(strings.TrimSpace(rest), " ")
	return strings.Trim(rest, "<>")
}

func readData(in *bufio.Reader) ([]byte, error) {
	var raw []byte
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return nil, err
		}
		if line == ".\r\n" || line == ".\n" {
			return raw, nil
		}
		line = strings.TrimPrefix(line, ".")
		if raw = append(raw, line...); len(raw) > smtpMax {
			return nil, fmt.Errorf("the message is larger than %d bytes", smtpMax)
		}
	}
}

func (b *Inbox) addMail(from string, to []string, raw []byte) error {
	m, err := mail.ReadMessage(strings.NewReader(string(raw)))
	if err != nil {
		return err
	}
	var body io.Reader = m.Body
	if strings.EqualFold(m.Header.Get("Content-Transfer-Encoding"), "base64") {
		body = base64.NewDecoder(base64.StdEncoding, m.Body)
	}
	text, err := io.ReadAll(body)
	if err != nil {
		return err
	}
	subject, err := new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject"))
	if err != nil {
		return err
	}
	for _, a := range to {
		if err := b.add(Message{Way: "mail", To: a, From: from, Subject: subject, Text: string(text)}); err != nil {
			return err
		}
	}
	return nil
}

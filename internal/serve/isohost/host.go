package isohost

import (
	"bufio"
	"cmp"
	"context"
	"crypto/tls"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"strings"
	"sync"
	"time"

	"github.com/yifen-pay/yifen/internal/domain/calendar"
	"github.com/yifen-pay/yifen/internal/domain/card"
	"github.com/yifen-pay/yifen/internal/domain/payment"
	"github.com/yifen-pay/yifen/internal/domain/receipt"
	"github.com/yifen-pay/yifen/internal/domain/terminal"
	"github.com/yifen-pay/yifen/internal/wire/cardcrypto"
)

// Keys is what the host needs of the hsm.
type Keys interface {
	MAC(key []byte, method cardcrypto.Method, data []byte) ([8]byte, error)
	VerifyMAC(key []byte, method cardcrypto.Method, data, mac []byte) error
	DecryptTrack(key []byte, track string) (string, error)
	Open(card.Sealed) (card.PAN, error)
	VerifySerialCipher(key []byte, method cardcrypto.Method, serial, random, text string) error
}

// Limits bound what strangers can cost. Zero values take the defaults.
type Limits struct {
	Connections  int           // at a time; default 4096
	Message      int           // bytes of one message; default 4096
	PerSocket    int           // messages worked on at a time for one socket; default 16
	ReadTimeout  time.Duration // from the first byte of a message to its last; default 10 s
	IdleTimeout  time.Duration // between messages; default 5 min
	WriteTimeout time.Duration // default 10 s
}

// Config is what a host is made of.
type Config struct {
	// Address is where terminals connect: one address or several with commas between.
	Address   string
	TLS       *tls.Config // nil for plain TCP
	Payments  *payment.Service
	Terminals *terminal.Service
	Receipts  *receipt.Service
	Keys      Keys
	// BIN finds the issuer of a card number.
	BIN func(card.PAN) card.BIN
	// Acquirer is our institution number, ISO 8583 DE 32.
	Acquirer string
	Zone     *time.Location
	Now      func() time.Time
	// Day returns the open business date.
	Day func(context.Context) (calendar.Date, error)
	// SignInGrace is for how long after the end of its day a sign-in is still good for a sale.
	SignInGrace time.Duration
	// CodePatience is how long after its arrival a request waits for a payer who enters a password: less than terminals wait for
	// an answer, which is 60 s. Default 50 s.
	CodePatience time.Duration
	Limits       Limits
	Logger       *slog.Logger
	Meter        *Meter
}

// Host answers terminals.
type Host struct {
	Config
	listeners []net.Listener
	seen      sync.Map // terminal number → session
	serving   sync.Map // serving → version
	offering  sync.Map // terminal id → true, while a master key is made for it
	presence  *presence
	talks     sync.WaitGroup
	mu        sync.Mutex
	sockets   map[*socket]struct{}
	stopping  bool
	closing   chan struct{} // closed when the host stops
}

// socket is one terminal's connection and what decides who leaves when the door is crowded.
type socket struct {
	net.Conn
	// The fields below are guarded by the host's mutex.
	working int       // messages being worked on
	spoke   time.Time // when it last sent a whole message; until then, when it came
	known   bool      // it has sent a whole message
}

// New returns a host that listens but does not yet answer: call Serve.
func New(c Config) (*Host, error) {
	setDefault(&c.Limits.Connections, 4096)
	setDefault(&c.Limits.Message, 4096)
	setDefault(&c.Limits.PerSocket, 16)
	setDefault(&c.Limits.ReadTimeout, 10*time.Second)
	setDefault(&c.Limits.IdleTimeout, 5*time.Minute)
	setDefault(&c.Limits.WriteTimeout, 10*time.Second)
	if c.Zone == nil {
		c.Zone = calendar.Shanghai
	}
	if c.SignInGrace == 0 {
		c.SignInGrace = 24 * time.Hour
	}
	if c.Meter == nil {
		c.Meter = NewMeter(nil)
	}
	if c.CodePatience == 0 {
		c.CodePatience = 50 * time.Second
	}
	h := &Host{Config: c, sockets: map[*socket]struct{}{}, presence: newPresence(), closing: make(chan struct{})}
	for address := range strings.SplitSeq(c.Address, ",") {
		listener, err := net.Listen("tcp", strings.TrimSpace(address))
		if err != nil {
			for _, l := range h.listeners {
				l.Close()
			}
			return nil, fmt.Errorf("listen for terminals: %w", err)
		}
		if c.TLS != nil {
			listener = tls.NewListener(listener, c.TLS)
		}
		h.listeners = append(h.listeners, listener)
	}
	return h, nil
}

func setDefault[T int | time.Duration](v *T, d T) {
	if *v == 0 {
		*v = d
	}
}

// Addr returns the first address that the host listens on.
func (h *Host) Addr() net.Addr { return h.listeners[0].Addr() }

// Sockets returns how many terminals are connected.
func (h *Host) Sockets() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.sockets)
}

// Serve answers until ctx ends, then lets requests under way finish and returns.
func (h *Host) Serve(ctx context.Context) error {
	stop := context.AfterFunc(ctx, h.stop)
	defer stop()
	errs := make([]error, len(h.listeners))
	notes, end := context.WithCancel(context.WithoutCancel(ctx))
	var noting sync.WaitGroup
	noting.Go(func() { h.presence.write(notes, h) })
	defer noting.Wait()
	defer end()
	var accepting sync.WaitGroup
	for i, l := range h.listeners {
		accepting.Go(func() { errs[i] = h.accept(ctx, l) })
	}
	accepting.Wait()
	if ctx.Err() != nil {
		h.talks.Wait()
	}
	return errors.Join(errs...)
}

// accept takes in who comes to one of the ports until it closes.
func (h *Host) accept(ctx context.Context, l net.Listener) error {
	for {
		conn, err := l.Accept()
		if err != nil {
			if ctx.Err() != nil {
				return nil
			}
			if errors.Is(err, net.ErrClosed) {
				return err
			}
			h.Logger.Warn("accept a terminal", "error", err)
			continue
		}
		s := &socket{Conn: conn, spoke: time.Now()}
		if !h.admit(s) {
			conn.Close()
			continue
		}
		go func() {
			defer h.talks.Done()
			defer h.forget(s)
			h.converse(ctx, s)
		}()
	}
}

// admit takes a socket in. When the door is full, one that nobody is worked for makes room (see idlest).
func (h *Host) admit(s *socket) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.stopping {
		return false
	}
	if len(h.sockets) >= h.Limits.Connections {
		h.Meter.Refused.WithLabelValues("crowded").Inc()
		leaves := h.idlest()
		if leaves == nil {
			return false
		}
		h.remove(leaves)
	}
	h.sockets[s] = struct{}{}
	h.talks.Add(1) // under the mutex that stop takes, so never after Serve began to wait
	h.Meter.Connections.Inc()
	return true
}

// strangerGrace is how long a new socket may take to its first message before it is taken for one that is
// only held open.
const strangerGrace = time.Second

// idlest returns the socket that makes room, nil when all are being worked for: a stranger, who was given
// time and never sent a whole message, before a terminal that rests, before one that has just come, and
// of equals the one that has been silent longest. So those who hold sockets open push out each other.
func (h *Host) idlest() *socket {
	now := time.Now()
	rank := func(s *socket) int {
		switch {
		case s.known:
			return 1
		case now.Sub(s.spoke) > strangerGrace:
			return 0
		}
		return 2
	}
	var leaves *socket
	for s := range h.sockets {
		if s.working == 0 && (leaves == nil || cmp.Or(cmp.Compare(rank(s), rank(leaves)), s.spoke.Compare(leaves.spoke)) < 0) {
			leaves = s
		}
	}
	return leaves
}

func (h *Host) forget(s *socket) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if _, ok := h.sockets[s]; ok {
		h.remove(s)
	}
}

func (h *Host) remove(s *socket) {
	s.Close()
	delete(h.sockets, s)
	h.Meter.Connections.Dec()
}

// begin notes that a message of a socket is being worked on. It returns false when the socket has been
// pushed out meanwhile: what it sent is not worked on, as if it had come too late.
func (h *Host) begin(s *socket) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if _, ok := h.sockets[s]; !ok {
		return false
	}
	s.working++
	s.known, s.spoke = true, time.Now()
	return true
}

func (h *Host) end(s *socket) {
	h.mu.Lock()
	defer h.mu.Unlock()
	s.working--
}

// stop closes the door: nobody new comes in, and sockets read no further; answers still go out.
func (h *Host) stop() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.stopping = true
	close(h.closing)
	for _, l := range h.listeners {
		l.Close()
	}
	for s := range h.sockets {
		s.SetReadDeadline(past)
	}
}

// past is a deadline that ends a read at once.
var past = time.Unix(1, 0)

// converse reads the messages of one socket and has each worked on; it returns when the socket ends and
// the last answer is written.
func (h *Host) converse(ctx context.Context, conn *socket) {
	var (
		pending sync.WaitGroup
		writing sync.Mutex
		busy    = make(chan struct{}, h.Limits.PerSocket)
		source  = &io.LimitedReader{R: conn, N: unlimited}
		reader  = bufio.NewReaderSize(source, 512) // a request is smaller; many sockets send none
	)
	err := h.handshake(ctx, conn)
	if err == nil {
		err = h.awaitFirst(ctx, conn, reader)
	}
	if err == nil && isWrapped(reader) {
		err = h.converseWrapped(ctx, conn, reader, source)
		if err == nil {
			return
		}
	}
	for err == nil {
		var frame []byte
		if frame, err = h.read(ctx, conn, reader); err != nil || !h.begin(conn) {
			break
		}
		busy <- struct{}{}
		pending.Go(func() {
			defer func() {
				<-busy
				h.end(conn)
			}()
			answer := h.answer(context.WithoutCancel(ctx), frame, conn.RemoteAddr())
			if answer == nil {
				return
			}
			writing.Lock()
			defer writing.Unlock()
			conn.SetWriteDeadline(time.Now().Add(h.Limits.WriteTimeout))
			if _, err := conn.Write(answer); err != nil {
				h.Meter.Unsent.Inc()
				conn.Close() // part of an answer may be out: nothing that follows could be told from it
			}
		})
	}
	if reason := closeReason(err); reason != "" {
		h.Meter.Refused.WithLabelValues(reason).Inc()
	}
	pending.Wait()
}

// handshake brings TLS up within the read time-out: until then nobody has said anything.
func (h *Host) handshake(ctx context.Context, conn *socket) error {
	secure, ok := conn.Conn.(*tls.Conn)
	if !ok {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, h.Limits.ReadTimeout)
	defer cancel()
	if err := secure.HandshakeContext(ctx); err != nil {
		return fmt.Errorf("%w: %w", errHandshake, err)
	}
	return nil
}

var (
	errHandshake = errors.New("TLS did not come up")

	errShort = errors.New("message shorter than its envelope")
	errLong  = errors.New("message longer than allowed")
)

// frameMin is the least that a message can be: TPDU, header, message type and bitmap.
const frameMin = 5 + 6 + 2 + 8

// awaitFirst waits for the first byte of a message: between messages a socket may be silent for the idle
// time-out, but a message must then come whole within the read time-out.
func (h *Host) awaitFirst(ctx context.Context, conn net.Conn, r *bufio.Reader) error {
	if err := h.deadline(ctx, conn, h.Limits.IdleTimeout); err != nil {
		return err
	}
	if _, err := r.Peek(1); err != nil {
		return err
	}
	return h.deadline(ctx, conn, h.Limits.ReadTimeout)
}

// read reads one message without its length.
func (h *Host) read(ctx context.Context, conn net.Conn, r *bufio.Reader) ([]byte, error) {
	if err := h.awaitFirst(ctx, conn, r); err != nil {
		return nil, err
	}
	var length [2]byte
	if _, err := io.ReadFull(r, length[:]); err != nil {
		return nil, err
	}
	n := int(binary.BigEndian.Uint16(length[:]))
	switch {
	case n < frameMin:
		return nil, errShort
	case n > h.Limits.Message:
		return nil, errLong
	}
	frame := make([]byte, n)
	_, err := io.ReadFull(r, frame)
	return frame, err
}

// deadline sets the next read's limit, unless the host is stopping: then reading ends at once. It looks
// after it set: a stop that comes later sets a deadline of its own.
func (h *Host) deadline(ctx context.Context, conn net.Conn, d time.Duration) error {
	err := conn.SetReadDeadline(time.Now().Add(d))
	if ctx.Err() != nil {
		return io.EOF
	}
	return err
}

// closeReason names why a socket was closed, for the metric; "" for an ordinary end.
func closeReason(err error) string {
	var timeout net.Error
	switch {
	case err == nil, errors.Is(err, io.EOF), errors.Is(err, net.ErrClosed):
		return ""
	case errors.Is(err, errHandshake):
		return "handshake"
	case errors.Is(err, errWrapper):
		return "wrapper"
	case errors.Is(err, errUnheard):
		return ""
	case errors.Is(err, errShort):
		return "short"
	case errors.Is(err, errLong):
		return "long"
	case errors.Is(err, io.ErrUnexpectedEOF):
		return "truncated"
	case errors.As(err, &timeout) && timeout.Timeout():
		return "timeout"
	}
	return "broken"
}

package mqtt

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"slices"
	"sync"
	"time"

	mochi "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/listeners"
	"github.com/mochi-mqtt/server/v2/packets"

	"github.com/yifen-pay/yifen/internal/domain/calendar"
	"github.com/yifen-pay/yifen/internal/domain/speaker"
)

// Speakers lets speakers in.
type Speakers interface {
	// Enter returns the speaker that a user name and a password let in, or speaker.ErrRefused.
	Enter(ctx context.Context, user, password string) (speaker.Speaker, error)
	// Look returns a speaker as it stands.
	Look(ctx context.Context, speaker string) (speaker.Speaker, error)
	// Seen notes that a speaker is there, at a pace of its own.
	Seen(ctx context.Context, speaker string) error
}

// Config says how the broker is reached and whom it asks.
type Config struct {
	Address     string
	TLS         *tls.Config // nil for none, on loopback
	Connections int         // sockets at a time
	Speakers    Speakers
	Now         func() time.Time
	Logger      *slog.Logger
	Meter       *Meter
}

const (
	waitingMax  = 100 // announcements that wait for one speaker; more come too fast to be said
	packetMax   = 4096
	nameMax     = 64               // bytes
	awayMax     = time.Hour        // a speaker that left is remembered
	writesMax   = 16               // answers of the broker that wait for one connection
	keepAlive   = 20 * 60          // seconds, the longest that a speaker may ask for
	lookWithin  = 5 * time.Second  // the records answer, or the speaker comes again
	greetWithin = 10 * time.Second // a connection says who it is
	seenEvery   = time.Minute      // connected speakers are gone through
)

// Broker is the door. It answers from New on, until Close.
type Broker struct {
	config  Config
	server  *mochi.Server
	listen  *listener
	tries   tries
	ctx     context.Context
	cancel  context.CancelFunc
	running sync.WaitGroup

	mu        sync.Mutex
	lines     map[string]*line            // by speaker, of those that are connected or were a moment ago
	merchants map[string]map[string]*line // the same by merchant
	told      map[string]calendar.Instant // events of the last minutes
	swept     calendar.Instant            // when lines and events were last looked through
}

// line is what the broker knows of one speaker.
type line struct {
	speaker speaker.Speaker
	conn    *connection // nil while it is away
	left    calendar.Instant
	waiting []*saying // not acknowledged yet, the oldest first
}

// connection is one connection of a speaker.
type connection struct {
	client     *mochi.Client
	wake       chan struct{}
	done       chan struct{}
	subscribed bool
	qos        byte
}

// saying is one announcement on its way to one speaker.
type saying struct {
	speaker.Announcement
	on     *connection // on which it was sent last; nil before
	packet uint16
}

// New begins to listen.
func New(c Config) (*Broker, error) {
	raw, err := net.Listen("tcp", c.Address)
	if err != nil {
		return nil, fmt.Errorf("listen for speakers: %w", err)
	}
	b := &Broker{
		config: c, lines: map[string]*line{}, merchants: map[string]map[string]*line{}, told: map[string]calendar.Instant{},
		tries: tries{now: time.Now, from: map[string]*window{}},
	}
	b.ctx, b.cancel = context.WithCancel(context.Background())
	b.listen = &listener{Listener: raw, free: make(chan struct{}, c.Connections), open: map[net.Conn]bool{}}
	var through net.Listener = b.listen
	if c.TLS != nil {
		through = tls.NewListener(through, c.TLS)
	}
	can := mochi.NewDefaultServerCapabilities()
	can.MaximumClients, can.MaximumPacketSize, can.MaximumClientWritesPending = int64(c.Connections), packetMax, writesMax
	can.MaximumQos, can.RetainAvailable, can.WildcardSubAvailable, can.SharedSubAvailable = 1, 0, 0, 0
	can.MaximumInflight, can.MaximumMessageExpiryInterval = waitingMax, int64(speaker.Fresh/time.Second)
	b.server = mochi.New(&mochi.Options{Capabilities: can, Logger: slog.New(slog.DiscardHandler), ClientNetReadBufferSize: 1024, ClientNetWriteBufferSize: 1024})
	if err := errors.Join(b.server.AddHook(&hook{broker: b}, nil), b.server.AddListener(listeners.NewNet("speakers", through)), b.server.Serve()); err != nil {
		raw.Close()
		return nil, fmt.Errorf("serve speakers: %w", err)
	}
	b.running.Go(b.note)
	return b, nil
}

// Address is where the broker listens.
func (b *Broker) Address() string { return b.listen.Addr().String() }

// Close sends every speaker away.
func (b *Broker) Close() {
	b.cancel()
	b.listen.shut()
	if err := b.server.Close(); err != nil {
		b.config.Logger.Error("the door for speakers did not close", "error", err)
	}
	b.running.Wait()
}

func (b *Broker) now() calendar.Instant { return calendar.At(b.config.Now()) }

// Hears tells whether a speaker of a merchant is here or was a moment ago.
func (b *Broker) Hears(merchant string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.merchants[merchant]) > 0
}

// Say tells the merchant's speakers of a payment, each event once.
func (b *Broker) Say(a speaker.Announcement) {
	now := b.now()
	b.mu.Lock()
	defer b.mu.Unlock()
	b.sweep(now)
	if _, told := b.told[a.Event]; told || a.Lapsed(now) {
		return
	}
	b.told[a.Event] = a.At
	for _, l := range b.merchants[a.Merchant] {
		if !a.For(l.speaker) {
			continue
		}
		if len(l.waiting) == waitingMax {
			l.waiting = slices.Delete(l.waiting, 0, 1)
			b.config.Meter.dropped.Inc()
		}
		l.waiting = append(l.waiting, &saying{Announcement: a})
		l.nudge()
	}
}

// sweep forgets what is too old to matter. The caller holds the lock.
func (b *Broker) sweep(now calendar.Instant) {
	if age := now.Sub(b.swept); age >= 0 && age < 10*time.Second {
		return
	}
	b.swept = now
	for e, at := range b.told {
		if now.Sub(at) > 2*speaker.Fresh {
			delete(b.told, e)
		}
	}
	for _, l := range b.lines {
		l.waiting = slices.DeleteFunc(l.waiting, func(s *saying) bool { return s.Lapsed(now) })
		if l.conn == nil && now.Sub(l.left) > awayMax {
			b.drop(l)
		}
	}
}

// drop forgets a speaker. The caller holds the lock.
func (b *Broker) drop(l *line) {
	b.hangUp(l)
	delete(b.lines, l.speaker.ID)
	of := b.merchants[l.speaker.Merchant]
	if delete(of, l.speaker.ID); len(of) == 0 {
		delete(b.merchants, l.speaker.Merchant)
	}
}

// nudge lets the line's connection look what waits.
func (l *line) nudge() {
	if l.conn == nil {
		return
	}
	select {
	case l.conn.wake <- struct{}{}:
	default: // it will look anyway
	}
}

// Refresh reads a speaker that this node knows anew, and sends it away where it may not be here any more.
func (b *Broker) Refresh(ctx context.Context, id string) error {
	b.mu.Lock()
	known := b.lines[id] != nil
	b.mu.Unlock()
	if !known {
		return nil
	}
	row, err := b.config.Speakers.Look(ctx, id)
	if err != nil {
		return err
	}
	b.mu.Lock()
	l := b.lines[id]
	if l == nil {
		b.mu.Unlock()
		return nil
	}
	stays := row.State == speaker.On && row.Hash == l.speaker.Hash
	conn := l.conn
	l.speaker = row
	l.waiting = slices.DeleteFunc(l.waiting, func(s *saying) bool { return !s.For(row) })
	if !stays {
		b.drop(l)
	}
	b.mu.Unlock()
	if !stays && conn != nil {
		b.end(conn.client)
	}
	return nil
}

// end closes a connection without waiting for the other side, which TLS would tell of it.
func (b *Broker) end(cl *mochi.Client) { go cl.Stop(packets.ErrNotAuthorized) }

// hangUp takes a line's connection away. The caller holds the lock.
func (b *Broker) hangUp(l *line) {
	if l.conn == nil {
		return
	}
	close(l.conn.done)
	l.conn, l.left = nil, b.now()
	b.config.Meter.connected.Dec()
}

// enter takes a connection in whose speaker was let in.
func (b *Broker) enter(cl *mochi.Client, row speaker.Speaker) {
	c := &connection{client: cl, wake: make(chan struct{}, 1), done: make(chan struct{})}
	b.mu.Lock()
	defer b.mu.Unlock()
	l := b.lines[row.ID]
	if l == nil {
		l = &line{}
		b.lines[row.ID] = l
		if b.merchants[row.Merchant] == nil {
			b.merchants[row.Merchant] = map[string]*line{}
		}
		b.merchants[row.Merchant][row.ID] = l
	}
	b.hangUp(l)
	b.config.Meter.connected.Inc()
	l.speaker, l.conn = row, c
	b.running.Go(func() { b.deliver(l, c) })
}

// leave notes that a connection ended.
func (b *Broker) leave(cl *mochi.Client) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if l := b.lines[cl.ID]; l != nil && l.conn != nil && l.conn.client == cl {
		b.hangUp(l)
	}
}

// deliver writes what waits for a speaker to its connection, until that ends.
func (b *Broker) deliver(l *line, c *connection) {
	for {
		select {
		case <-c.done:
			return
		case <-b.ctx.Done():
			return
		case <-c.wake:
		}
		for b.deliverOne(l, c) {
		}
	}
}

// deliverOne writes the oldest announcement that this connection has not carried, and tells whether there was one.
func (b *Broker) deliverOne(l *line, c *connection) bool {
	number, err := c.client.NextPacketID()
	if err != nil {
		b.end(c.client)
		return false
	}
	s, lang, again := b.next(l, c, uint16(number))
	if s == nil {
		return false
	}
	out := packets.Packet{
		FixedHeader: packets.FixedHeader{Type: packets.Publish, Qos: c.qos, Dup: again && c.qos > 0},
		TopicName:   speaker.Topic(c.client.ID), Payload: s.Message(lang), PacketID: uint16(number), Created: time.Now().Unix(),
	}
	if c.qos > 0 {
		c.client.State.Inflight.Set(out)
	}
	if err := c.client.WritePacket(out); err != nil {
		b.end(c.client)
		return false
	}
	b.config.Meter.said.Inc()
	return true
}

// next takes the oldest fresh announcement that a connection has not carried.
func (b *Broker) next(l *line, c *connection, packet uint16) (s *saying, lang speaker.Lang, again bool) {
	now := b.now()
	b.mu.Lock()
	defer b.mu.Unlock()
	if l.conn != c || !c.subscribed {
		return nil, "", false
	}
	l.waiting = slices.DeleteFunc(l.waiting, func(s *saying) bool { return s.Lapsed(now) })
	at := slices.IndexFunc(l.waiting, func(s *saying) bool { return s.on != c })
	if at < 0 {
		return nil, "", false
	}
	s = l.waiting[at]
	again = s.on != nil
	s.on, s.packet = c, packet
	if c.qos == 0 {
		l.waiting = slices.Delete(l.waiting, at, at+1)
	}
	return s, l.speaker.Lang, again
}

// acknowledged forgets what a speaker has.
func (b *Broker) acknowledged(cl *mochi.Client, packet uint16) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if l := b.lines[cl.ID]; l != nil {
		l.waiting = slices.DeleteFunc(l.waiting, func(s *saying) bool { return s.on != nil && s.on.client == cl && s.packet == packet })
	}
}

// listens notes that a connection reads its topic, and begins to write what waits.
func (b *Broker) listens(cl *mochi.Client, qos byte) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if l := b.lines[cl.ID]; l != nil && l.conn != nil && l.conn.client == cl {
		if !l.conn.subscribed {
			l.conn.subscribed, l.conn.qos = true, min(qos, 1)
		}
		l.nudge()
	}
}

// note tells the records which speakers are here.
func (b *Broker) note() {
	tick := time.NewTicker(seenEvery)
	defer tick.Stop()
	for {
		select {
		case <-b.ctx.Done():
			return
		case <-tick.C:
		}
		b.mu.Lock()
		var here []string
		for id, l := range b.lines {
			if l.conn != nil {
				here = append(here, id)
			}
		}
		b.mu.Unlock()
		for _, id := range here {
			b.seen(id)
		}
	}
}

func (b *Broker) seen(id string) {
	ctx, cancel := context.WithTimeout(b.ctx, lookWithin)
	defer cancel()
	if err := b.config.Speakers.Seen(ctx, id); err != nil && b.ctx.Err() == nil {
		b.config.Logger.Warn("it could not be noted that a speaker is there", "speaker", id, "error", err)
	}
}

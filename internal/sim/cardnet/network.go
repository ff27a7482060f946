package cardnet

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"net"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/yifen-pay/yifen/internal/sim/kit"
	"github.com/yifen-pay/yifen/internal/wire/cardcrypto"
)

// china is the time of F7 and of clearing dates; it has no summer time.
var china = time.FixedZone("CST", 8*60*60)

const dateForm = "20060102"

// dayOf returns the date of a moment in China, YYYYMMDD.
func dayOf(t time.Time) string { return t.In(china).Format(dateForm) }

// Network is a simulated card network. It is safe for concurrent use.
type Network struct {
	config    Config
	zmk       *cardcrypto.Key
	issuerKey *cardcrypto.Key
	clock     *kit.Clock
	log       *slog.Logger
	faults    *kit.Faults
	flaws     *flaws
	listener  net.Listener
	stats     counters
	trace     atomic.Uint32 // F11 of the network's own messages

	mu     sync.Mutex // guards the books
	books  *books
	paused bool // between 201 and 202
	closed bool

	turning sync.Mutex // held while the clearing date turns

	link    sync.RWMutex // guards members, their keys and the connections
	members map[string]*member
	conns   map[*conn]struct{}
	over    bool // no connection is taken any more
	serving sync.WaitGroup
}

// New opens the books and the port. The network answers once Serve runs; whoever calls New calls Close.
func New(c Config) (*Network, error) {
	c, err := c.withDefaults()
	if err != nil {
		return nil, err
	}
	n := &Network{
		config: c, clock: c.Clock, log: c.Logger, books: newBooks(c),
		faults:  kit.NewFaults(kit.Party{Name: "cardnet", Delay: defaultDelay, Late: c.LateAfter, Code: codeAuthenticity}),
		flaws:   newFlaws(),
		members: map[string]*member{}, conns: map[*conn]struct{}{},
	}
	if n.zmk, err = tripleKey("member key", c.ZMK); err != nil {
		return nil, err
	}
	if n.issuerKey, err = tripleKey("issuer master key", c.IssuerKey); err != nil {
		return nil, err
	}
	for _, m := range c.Members {
		n.members[m.Forwarder] = &member{Member: m}
	}
	if err := n.openBooks(); err != nil {
		return nil, err
	}
	if n.listener, err = listen(c.Addr); err != nil {
		return nil, errors.Join(err, n.books.journal.Close())
	}
	n.resume()
	return n, nil
}

func listen(addr string) (net.Listener, error) {
	ln, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("card network: %w", err)
	}
	if a, ok := ln.Addr().(*net.TCPAddr); !ok || !a.IP.IsLoopback() {
		ln.Close()
		return nil, fmt.Errorf("card network on %s: a simulator listens on a loopback address only", addr)
	}
	return ln, nil
}

func (n *Network) openBooks() error {
	for _, card := range n.config.Cards {
		key, err := cardcrypto.DeriveCardKey(n.issuerKey, card.PAN, DemoSequence)
		if err != nil {
			return err
		}
		if n.books.accounts[card.PAN] != nil {
			return fmt.Errorf("cardnet: card %s is configured twice", card)
		}
		a := &account{Card: card, id: cardID(card.PAN), key: key}
		n.books.accounts[card.PAN], n.books.byID[a.id] = a, a
	}
	path := ""
	if n.config.Dir != "" {
		path = filepath.Join(n.config.Dir, "cardnet.jsonl")
	}
	if err := n.books.open(path, n.dateAt(n.clock.Now())); err != nil {
		return fmt.Errorf("card network: %w", err)
	}
	return nil
}

// resume sets going again what waited when the books were last closed.
func (n *Network) resume() {
	now := n.clock.Now()
	for _, e := range n.books.entries {
		if e.State == Pending {
			n.clock.AfterFunc(time.UnixMilli(e.Due).Sub(now), func() { n.settle(e) })
		}
	}
	n.awaitCutOver()
}

// Addr returns the address that the network listens on.
func (n *Network) Addr() net.Addr { return n.listener.Addr() }

// Faults returns the plan of faults: what strikes financial messages.
func (n *Network) Faults() *kit.Faults { return n.faults }

// Serve takes connections until ctx ends or Close is called, and returns nil then.
func (n *Network) Serve(ctx context.Context) error {
	defer context.AfterFunc(ctx, n.hangUp)()
	for {
		socket, err := n.listener.Accept()
		if errors.Is(err, net.ErrClosed) {
			n.serving.Wait()
			return nil
		}
		if err != nil {
			n.hangUp()
			return fmt.Errorf("card network: %w", err)
		}
		c := newConn(n, socket)
		if !n.admit(c) {
			socket.Close()
			continue
		}
		go func() {
			defer n.serving.Done()
			c.serve()
		}()
	}
}

// admit counts a connection in, unless the network is closing or has too many.
func (n *Network) admit(c *conn) bool {
	n.link.Lock()
	defer n.link.Unlock()
	if n.over || len(n.conns) >= connsMax {
		return false
	}
	n.conns[c] = struct{}{}
	n.serving.Add(1)
	return true
}

// hangUp closes the port and all connections.
func (n *Network) hangUp() {
	n.link.Lock()
	defer n.link.Unlock()
	n.over = true
	n.listener.Close()
	for c := range n.conns {
		c.socket.Close()
	}
}

// Close ends all connections and closes the books. It may be called again.
func (n *Network) Close() error {
	n.hangUp()
	n.serving.Wait()
	n.mu.Lock()
	defer n.mu.Unlock()
	n.closed = true
	return n.books.journal.Close()
}

// Check recomputes the invariants of the books and returns what does not hold.
func (n *Network) Check() error {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.books.check()
}

// Lookup returns the transaction with a key.
func (n *Network) Lookup(f7, f11, f32, f33 string) (Transaction, bool) {
	k, ok := newKey(f7, f11, f32, f33)
	n.mu.Lock()
	defer n.mu.Unlock()
	if e := n.books.byKey[k]; ok && e != nil {
		return e.transaction(), true
	}
	return Transaction{}, false
}

// Transactions yields all transactions in the order in which they came, without holding up the network.
func (n *Network) Transactions() iter.Seq[Transaction] {
	const slice = 256
	return func(yield func(Transaction) bool) {
		for from := 0; ; from += slice {
			n.mu.Lock()
			list := n.books.transactions(from, slice)
			n.mu.Unlock()
			for _, t := range list {
				if !yield(t) {
					return
				}
			}
			if len(list) < slice {
				return
			}
		}
	}
}

// Balance returns what a card can spend, in fen, and whether the network knows the card.
func (n *Network) Balance(pan string) (int64, bool) {
	a := n.books.accounts[pan]
	if a == nil {
		return 0, false
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	return a.available(), true
}

// ResetPIN takes back the wrong PINs of a card and reports whether the network knows the card.
func (n *Network) ResetPIN(pan string) bool {
	a := n.books.accounts[pan]
	if a == nil {
		return false
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	a.tries = 0
	n.noteJournal(n.books.journal.Append(record{Tries: &tries{Card: a.id}}))
	return true
}

// noteJournal reports a failure to write the books; the network goes on with what is in memory.
func (n *Network) noteJournal(err error) {
	if err != nil && n.stats.journalErrors.Add(1) == 1 {
		n.log.Error("card network cannot write its books", "error", err)
	}
}

package bureau

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"sync"
	"time"

	"github.com/yifen-pay/yifen/internal/sim/kit"
)

// Stats counts what came in.
type Stats struct {
	Answered   int // questions that were answered for the first time
	Repeated   int // answered from the books
	Busy       int
	Signatures int // refused: client, signature or time
	Replays    int // refused: nonce seen before
	Malformed  int
}

// entry is an answer as the books keep it.
type entry struct {
	ID        string    `json:"id"`
	Digest    string    `json:"digest"` // SHA-256 of the question
	Kind      string    `json:"kind"`
	Outcome   string    `json:"outcome"`
	Differs   []string  `json:"differs,omitempty"`
	Reference string    `json:"reference"`
	At        time.Time `json:"at"`
}

// Provider is a running provider. It is safe for concurrent use.
type Provider struct {
	config  Config
	faults  *kit.Faults
	server  *http.Server
	socket  net.Listener
	journal *kit.Journal[entry]
	done    chan struct{}

	mu      sync.Mutex
	answers map[string]entry // by the number of the question
	order   []string
	waited  map[string]bool      // questions that were told once to wait
	nonces  map[string]time.Time // when each was seen
	stats   Stats
}

// Start opens the books and listens.
func Start(c Config) (*Provider, error) {
	c, err := c.withDefaults()
	if err != nil {
		return nil, err
	}
	p := &Provider{
		config: c, done: make(chan struct{}), answers: map[string]entry{}, waited: map[string]bool{}, nonces: map[string]time.Time{},
		faults: kit.NewFaults(kit.Party{Name: "bureau", Delay: defaultDelay, Late: defaultLate, Code: "busy"}),
	}
	books := ""
	if c.Dir != "" {
		books = filepath.Join(c.Dir, "bureau.jsonl")
	}
	p.journal, err = kit.OpenJournal(books, func(e entry) error {
		p.keep(e)
		return nil
	})
	if err != nil {
		return nil, err
	}
	if p.socket, err = net.Listen("tcp", c.Addr); err != nil {
		return nil, errors.Join(fmt.Errorf("bureau: listen: %w", err), p.journal.Close())
	}
	if ip := p.socket.Addr().(*net.TCPAddr).IP; !ip.IsLoopback() {
		return nil, errors.Join(errors.New("bureau: listen on loopback only"), p.socket.Close(), p.journal.Close())
	}
	mux := http.NewServeMux()
	mux.HandleFunc("POST "+checksPath, p.check)
	p.server = &http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second, ErrorLog: slog.NewLogLogger(c.Logger.Handler(), slog.LevelDebug)}
	go func() {
		defer close(p.done)
		p.server.Serve(p.socket) // ends with Close
	}()
	return p, nil
}

// Addr returns where the provider listens.
func (p *Provider) Addr() net.Addr { return p.socket.Addr() }

// Faults returns the plan of faults.
func (p *Provider) Faults() *kit.Faults { return p.faults }

// Stats returns what came in so far.
func (p *Provider) Stats() Stats {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.stats
}

// Close ends the provider and closes its books.
func (p *Provider) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	if p.server.Shutdown(ctx) != nil {
		p.server.Close() // questions that a fault keeps waiting
	}
	<-p.done
	return p.journal.Close()
}

// keep makes an answer part of the books. The caller holds the lock, or is alone.
func (p *Provider) keep(e entry) {
	if _, known := p.answers[e.ID]; !known {
		p.order = append(p.order, e.ID)
	}
	p.answers[e.ID] = e
}

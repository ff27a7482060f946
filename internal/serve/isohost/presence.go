package isohost

import (
	"context"
	"net"
	"sync"
	"time"

	"github.com/yifen-pay/yifen/internal/domain/terminal"
)

const (
	presenceEvery = time.Minute // a terminal's presence is written down once in so long
	presenceQueue = 1024        // notes that may wait; more are left out, the next message tells the same
)

// note is a message of a terminal, as far as its presence is concerned.
type note struct {
	terminal terminal.Terminal
	heard    terminal.Heard
}

// presence writes down when terminals were heard, beside the requests and never in their way.
type presence struct {
	waiting chan note

	mu    sync.Mutex
	heard map[string]time.Time // terminal id → last note
	sold  map[string]time.Time // terminal id → last note of a transaction
}

func newPresence() *presence {
	return &presence{waiting: make(chan note, presenceQueue), heard: map[string]time.Time{}, sold: map[string]time.Time{}}
}

// collecting are the message types that collect.
var collecting = map[string]bool{"0200": true, "0220": true, "0100": true}

// notice takes a message in, when the last of its terminal is long enough ago.
func (p *presence) notice(x *exchange, from net.Addr, now time.Time) {
	t := x.session.terminal
	if t.ID == "" {
		return
	}
	traded := x.signed && collecting[x.in.MTI()] && x.out.Get(39) == codeApproved
	p.mu.Lock()
	due := now.Sub(p.heard[t.ID]) >= presenceEvery || traded && now.Sub(p.sold[t.ID]) >= presenceEvery
	if due {
		p.heard[t.ID] = now
		if traded {
			p.sold[t.ID] = now
		}
	}
	p.mu.Unlock()
	if !due {
		return
	}
	n := note{terminal: t, heard: terminal.Heard{Traded: traded}}
	if host, _, err := net.SplitHostPort(from.String()); err == nil {
		n.heard.Address = host
	}
	select {
	case p.waiting <- n:
	default:
	}
}

// write writes notes down until ctx ends.
func (p *presence) write(ctx context.Context, h *Host) {
	for {
		select {
		case n := <-p.waiting:
			if err := h.Terminals.Heard(ctx, n.terminal, n.heard); err != nil && ctx.Err() == nil {
				h.Logger.Info("presence of a terminal was not noted", "terminal", n.terminal.Number, "error", err)
			}
		case <-ctx.Done():
			return
		}
	}
}

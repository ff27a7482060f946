package isohost

import (
	"errors"
	"io"
	"net"
	"os"
	"testing"
	"time"
)

func TestHost_idlest(t *testing.T) {
	now := time.Now()
	ago := func(d time.Duration) time.Time { return now.Add(-d) }
	working := &socket{working: 1, known: true, spoke: ago(time.Hour)}
	held := &socket{spoke: ago(5 * time.Second)}
	heldLonger := &socket{spoke: ago(6 * time.Second)}
	resting := &socket{known: true, spoke: ago(time.Minute)}
	active := &socket{known: true, spoke: ago(time.Second)}
	fresh := &socket{spoke: ago(10 * time.Millisecond)}
	fresher := &socket{spoke: now}

	h := &Host{sockets: map[*socket]struct{}{}}
	order := []*socket{heldLonger, held, resting, active, fresh, fresher}
	for _, s := range append(order, working) {
		h.sockets[s] = struct{}{}
	}
	for i, want := range order {
		if got := h.idlest(); got != want {
			t.Errorf("leaving %d is %+v, want %+v", i, got, want)
		}
		delete(h.sockets, want)
	}
	if got := h.idlest(); got != nil {
		t.Errorf("a socket that is worked for leaves: %+v", got)
	}
}

func TestCloseReason(t *testing.T) {
	for want, err := range map[string]error{
		"": io.EOF, "short": errShort, "long": errLong, "truncated": io.ErrUnexpectedEOF,
		"handshake": errors.Join(errHandshake, os.ErrDeadlineExceeded), "timeout": os.ErrDeadlineExceeded, "broken": io.ErrClosedPipe,
	} {
		if got := closeReason(err); got != want {
			t.Errorf("%v is counted as %q, want %q", err, got, want)
		}
	}
	if got := closeReason(net.ErrClosed); got != "" {
		t.Errorf("a socket that we closed is counted as %q", got)
	}
}

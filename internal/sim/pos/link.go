package pos

import (
	"context"
	"crypto/tls"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"time"
)

// ErrNotSent says that nothing reached the host: no connection could be made. What was to be sent has
// no effect, and nothing needs to be reversed.
var ErrNotSent = errors.New("no connection to the host, nothing was sent: check the address and that the host runs")

// idleProbe is how long a kept connection may rest before it is probed: the host may have closed it, and a
// request written to a closed connection is one whose outcome nobody knows.
const idleProbe = 2 * time.Second

// link is the way to the host. It keeps a connection between messages when keep is set.
type link struct {
	address string
	tls     *tls.Config
	keep    bool
	connect time.Duration
	answer  time.Duration

	conn net.Conn
	used time.Time
	head [2]byte
}

// send writes one frame. An error that is [ErrNotSent] means that no byte of it left.
func (l *link) send(ctx context.Context, frame []byte) error {
	if err := l.open(ctx); err != nil {
		return fmt.Errorf("%w: %w", ErrNotSent, err)
	}
	stop := l.watch(ctx)
	defer stop()
	if _, err := l.conn.Write(frame); err != nil {
		l.close()
		return fmt.Errorf("send to the host: %w", err)
	}
	return nil
}

// receive reads one frame, its two length bytes included, and appends it to dst.
func (l *link) receive(ctx context.Context, dst []byte) ([]byte, error) {
	stop := l.watch(ctx)
	defer stop()
	frame, err := l.read(dst)
	if err != nil {
		l.close()
		if cause := ctx.Err(); cause != nil {
			err = cause
		}
		return nil, fmt.Errorf("no answer from the host: %w", err)
	}
	l.used = time.Now()
	if !l.keep {
		l.close()
	}
	return frame, nil
}

func (l *link) read(dst []byte) ([]byte, error) {
	if _, err := io.ReadFull(l.conn, l.head[:]); err != nil {
		return nil, err
	}
	n := int(binary.BigEndian.Uint16(l.head[:]))
	start := len(dst)
	dst = append(dst, l.head[:]...)
	if need := start + 2 + n; cap(dst) < need {
		dst = append(make([]byte, 0, need), dst...)
	}
	dst = dst[:start+2+n]
	if _, err := io.ReadFull(l.conn, dst[start+2:]); err != nil {
		return nil, err
	}
	return dst, nil
}

// watch bounds what happens on the connection by the answer time and by ctx.
func (l *link) watch(ctx context.Context) (stop func() bool) {
	conn := l.conn
	// The connection's own errors show at the next read or write.
	conn.SetDeadline(time.Now().Add(l.answer))
	if ctx.Done() == nil {
		return func() bool { return true }
	}
	return context.AfterFunc(ctx, func() { conn.SetDeadline(time.Unix(1, 0)) })
}

func (l *link) open(ctx context.Context) error {
	if l.conn != nil && l.alive() {
		return nil
	}
	l.close()
	if l.address == "" {
		return errors.New("the address of the host is missing, give host:port")
	}
	dialer := net.Dialer{Timeout: l.connect}
	var err error
	if l.tls == nil {
		l.conn, err = dialer.DialContext(ctx, "tcp", l.address)
	} else {
		ctx, cancel := context.WithTimeout(ctx, l.connect)
		defer cancel()
		l.conn, err = (&tls.Dialer{NetDialer: &dialer, Config: l.tls}).DialContext(ctx, "tcp", l.address)
	}
	if err != nil {
		l.conn = nil
	}
	return err
}

// alive reports whether a kept connection can still be written to. A host that speaks unasked has
// sent a late answer to something already given up; the connection is dropped with it.
func (l *link) alive() bool {
	if time.Since(l.used) < idleProbe {
		return true
	}
	if l.conn.SetReadDeadline(time.Now().Add(time.Millisecond)) != nil {
		return false
	}
	var one [1]byte
	_, err := l.conn.Read(one[:])
	return isTimeout(err)
}

func isTimeout(err error) bool {
	var timeout net.Error
	return errors.As(err, &timeout) && timeout.Timeout()
}

func (l *link) close() {
	if l.conn != nil {
		l.conn.Close()
		l.conn = nil
	}
}

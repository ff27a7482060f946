package cardnet

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/yifen-pay/yifen/internal/wire/iso8583"
)

const (
	queueMax   = 1 << 20 // bytes that wait to be written: what is beyond is refused
	readBuffer = 1 << 16
	writeLimit = 10 * time.Second // how long the network may leave our bytes lying
)

var (
	errFrame  = errors.New("the network sent a length that is none")
	errEcho   = errors.New("the network does not answer echoes")
	errFailed = errors.New("the connection is closed")
)

// link is one connection.
type link struct {
	conn  net.Conn
	wake  chan struct{}
	done  chan struct{} // closed when the connection is lost
	keyed chan struct{} // signaled when keys that came over this connection are in use
	heard atomic.Uint64 // messages

	mu     sync.Mutex
	queue  []byte // what waits to be written
	queued uint64 // messages that were ever put into the queue
	taken  uint64 // of them, those handed to the socket
	err    error  // set when the connection is lost
}

func newLink(conn net.Conn) *link {
	return &link{
		conn: conn, wake: make(chan struct{}, 1), done: make(chan struct{}), keyed: make(chan struct{}, 1),
	}
}

// put queues a frame, which it copies. It returns false when nothing of it will leave.
func (l *link) put(frame []byte, c *call) bool {
	l.mu.Lock()
	if l.err != nil || len(l.queue)+len(frame) > queueMax {
		l.mu.Unlock()
		return false
	}
	l.queue = append(l.queue, frame...)
	l.queued++
	if c != nil {
		c.place = l.queued
	}
	l.mu.Unlock()
	select {
	case l.wake <- struct{}{}:
	default: // the writer was woken already
	}
	return true
}

// fail marks the connection lost and returns the place up to which messages may have left. First tells
// whether it was not lost before.
func (l *link) fail(err error) (taken uint64, first bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.err != nil {
		return l.taken, false
	}
	l.err = err
	close(l.done)
	_ = l.conn.Close() // it is lost whatever closing says
	return l.taken, true
}

// write carries the queue to the socket, whatever has gathered in one go, until the connection is lost.
func (l *link) write() error {
	var batch []byte
	for {
		select {
		case <-l.wake:
		case <-l.done:
			return errFailed
		}
		l.mu.Lock()
		l.queue, batch = batch[:0], l.queue
		l.taken = l.queued
		l.mu.Unlock()
		if len(batch) == 0 {
			continue
		}
		if err := l.conn.SetWriteDeadline(time.Now().Add(writeLimit)); err != nil {
			return err
		}
		if _, err := l.conn.Write(batch); err != nil {
			return err
		}
		clear(batch) // it held card data
	}
}

// taker takes one message. Body and m are valid during the call.
type taker func(ctx context.Context, l *link, body []byte, m *iso8583.Message)

// read hands every message to take until the connection is lost.
func (l *link) read(ctx context.Context, take taker) error {
	in := bufio.NewReaderSize(l.conn, readBuffer)
	var header [iso8583.NetworkHeader]byte
	var body []byte
	var m iso8583.Message
	for {
		if _, err := io.ReadFull(in, header[:]); err != nil {
			return err
		}
		n, err := iso8583.NetworkLength(header)
		if err != nil {
			return errFrame
		}
		body = slices.Grow(body[:0], n)[:n]
		if _, err := io.ReadFull(in, body); err != nil {
			return err
		}
		l.heard.Add(1)
		take(ctx, l, body, &m)
		clear(body)
	}
}

// beat asks for an echo whenever nothing was heard for a while, until one is not answered.
func (l *link) beat(every time.Duration, echo func() error) error {
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	var before uint64
	for {
		select {
		case <-l.done:
			return errFailed
		case <-ticker.C:
		}
		now := l.heard.Load()
		if now == before {
			if err := echo(); err != nil {
				return fmt.Errorf("%w: %w", errEcho, err)
			}
			now = l.heard.Load()
		}
		before = now
	}
}

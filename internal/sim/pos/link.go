package pos

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"
)

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
	tries   int                 // of a connection, at least one
	backup  string              // another address of the host, "" for none
	gateway string              // path of a wireless gateway, "" for bare frames
	ani     []byte              // between TPDU and header, nil for none
	dry     func([]byte) []byte // a host inside the terminal, in training

	conn net.Conn
	used time.Time
	head [2]byte
	held []byte // the dry host's answer
}

// send writes one frame. An error that is [ErrNotSent] means that no byte of it left.
func (l *link) send(ctx context.Context, frame []byte) error {
	if l.dry != nil {
		l.held = l.dry(frame)
		return nil
	}
	if l.ani != nil {
		frame = wrapANI(frame, l.ani)
	}
	if err := l.open(ctx); err != nil {
		return fmt.Errorf("%w: %w", ErrNotSent, err)
	}
	stop := l.watch(ctx)
	defer stop()
	if err := l.write(frame); err != nil {
		l.close()
		return fmt.Errorf("send to the host: %w", err)
	}
	return nil
}

// receive reads one frame, its two length bytes included, and appends it to dst.
func (l *link) receive(ctx context.Context, dst []byte) ([]byte, error) {
	if l.dry != nil {
		if l.held == nil {
			return nil, errors.New("no answer from the host")
		}
		return append(dst, l.held...), nil
	}
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
	if l.ani != nil {
		return unwrapANI(frame)
	}
	return frame, nil
}

// write sends a frame bare or as the body of a POST.
func (l *link) write(frame []byte) error {
	if l.gateway == "" {
		_, err := l.conn.Write(frame)
		return err
	}
	r, err := http.NewRequest(http.MethodPost, "http://"+l.address+l.gateway, bytes.NewReader(frame))
	if err != nil {
		return err
	}
	r.Header.Set("User-Agent", "Donjin Http 0.1")
	r.Header.Set("Content-Type", "x-ISO-TPDU/x-auth")
	return r.Write(l.conn)
}

// answerMax is the longest body of a gateway that is read: a frame with its length.
const answerMax = 2 + 0xFFFF

// readGateway reads the frame in a gateway's answer.
func (l *link) readGateway(dst []byte) ([]byte, error) {
	answer, err := http.ReadResponse(bufio.NewReader(l.conn), nil)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("the gateway answers %s", answer.Status)
	}
	frame, err := io.ReadAll(io.LimitReader(answer.Body, answerMax))
	if err != nil {
		return nil, err
	}
	if len(frame) < 2 || int(binary.BigEndian.Uint16(frame)) != len(frame)-2 {
		return nil, errors.New("the gateway's answer is no whole frame")
	}
	return append(dst, frame...), nil
}

func (l *link) read(dst []byte) ([]byte, error) {
	if l.gateway != "" {
		return l.readGateway(dst)
	}
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
	addresses := []string{l.address}
	if l.backup != "" {
		addresses = append(addresses, l.backup)
	}
	var err error
	for range max(1, l.tries) {
		for _, address := range addresses {
			if l.conn, err = l.dial(ctx, address); err == nil {
				return nil
			}
		}
		if ctx.Err() != nil {
			break
		}
	}
	l.conn = nil
	return err
}

// dial makes one connection, by TLS where the terminal uses it.
func (l *link) dial(ctx context.Context, address string) (net.Conn, error) {
	dialer := net.Dialer{Timeout: l.connect}
	if l.tls == nil {
		return dialer.DialContext(ctx, "tcp", address)
	}
	ctx, cancel := context.WithTimeout(ctx, l.connect)
	defer cancel()
	return (&tls.Dialer{NetDialer: &dialer, Config: l.tls}).DialContext(ctx, "tcp", address)
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

package isohost

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"
)

// Terminals behind some wireless gateways wrap a frame in HTTP: one POST, one frame with its length, one
// answer (docs/terminal-leg.md). The host tells them by their first bytes, "POST", which as a length would be
// far above any message, and answers them on the same ports.

const (
	wrapperPath  = "/mjc/webtrans/VPB_lb"
	wrapperType  = "x-ISO-TPDU/x-auth"
	wrapperStart = "POST"
	// headerMax bounds the head of a wrapped request, in bytes.
	headerMax = 4096
)

var (
	errWrapper = errors.New("not a wrapped message")
	errUnheard = errors.New("a wrapped message without an answer")
)

// isWrapped tells whether what comes next is a wrapped message. It waits for no more bytes than it takes to
// tell.
func isWrapped(r *bufio.Reader) bool {
	for n := 1; n <= len(wrapperStart); n++ {
		head, err := r.Peek(n)
		if err != nil || string(head) != wrapperStart[:n] {
			return false
		}
	}
	return true
}

// unwrap reads the frame of one wrapped message, without its length. The conversation of a wrapped socket is
// one message after the other, so that answers need no matching.
func (h *Host) unwrap(r *bufio.Reader, source *io.LimitedReader) (frame []byte, err error) {
	source.N = int64(headerMax + h.Limits.Message)
	defer func() { source.N = unlimited }()
	q, err := http.ReadRequest(r)
	if err != nil {
		return nil, err
	}
	defer q.Body.Close()
	switch {
	case q.Method != http.MethodPost || q.URL.Path != wrapperPath || q.Header.Get("Content-Type") != wrapperType:
		return nil, errWrapper
	case q.ContentLength < 2+frameMin:
		return nil, errShort
	case q.ContentLength > int64(2+h.Limits.Message):
		return nil, errLong
	}
	body := make([]byte, q.ContentLength)
	if _, err := io.ReadFull(q.Body, body); err != nil {
		return nil, err
	}
	if int(binary.BigEndian.Uint16(body)) != len(body)-2 {
		return nil, errShort
	}
	return body[2:], nil
}

// unlimited is the limit of a source that is not being read as HTTP.
const unlimited = 1<<63 - 1

// wrap writes an answer, or says why there is none.
func wrap(w io.Writer, answer []byte, err error) error {
	if err != nil {
		status := http.StatusBadRequest
		if errors.Is(err, errUnheard) {
			status = http.StatusServiceUnavailable
		}
		_, _ = fmt.Fprintf(w, "HTTP/1.1 %d %s\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", status, http.StatusText(status))
		return err
	}
	head := fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n", wrapperType, len(answer))
	_, err = w.Write(append([]byte(head), answer...))
	return err
}

// converseWrapped answers the wrapped messages of one socket until it ends.
func (h *Host) converseWrapped(ctx context.Context, conn *socket, r *bufio.Reader, source *io.LimitedReader) error {
	for {
		frame, err := h.unwrap(r, source)
		if err != nil {
			conn.SetWriteDeadline(time.Now().Add(h.Limits.WriteTimeout))
			if errors.Is(err, io.EOF) {
				return err
			}
			return wrap(conn, nil, err)
		}
		if !h.begin(conn) {
			return nil
		}
		answer := h.answer(context.WithoutCancel(ctx), frame, conn.RemoteAddr())
		if answer == nil {
			err = errUnheard
		}
		conn.SetWriteDeadline(time.Now().Add(h.Limits.WriteTimeout))
		err = wrap(conn, answer, err)
		h.end(conn)
		if err != nil {
			return err
		}
		if err := h.awaitFirst(ctx, conn, r); err != nil {
			return err
		}
	}
}

package outbound

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strings"
	"sync/atomic"
	"time"
)

const (
	defaultTimeout  = 10 * time.Second
	defaultInFlight = 64
	queueMax        = time.Second // that a request waits for its turn
	bodyMax         = 1 << 20     // bytes of an answer
)

// Errors of the transport.
var (
	// ErrUnsent tells that a request certainly never left.
	ErrUnsent = errors.New("outbound: the request never left")
	// ErrTooLong tells of an answer above the bound.
	ErrTooLong = errors.New("outbound: the answer is too long to be read")
	errBusy    = errors.New("too many requests are under way")
)

// Left tells whether a request that ended with an error may have left.
func Left(err error) bool { return !errors.Is(err, ErrUnsent) }

// Transport sends requests. It is safe for concurrent use.
type Transport struct {
	timeout time.Duration
	turns   chan struct{}
	wire    *http.Transport
}

// NewTransport returns a transport that gives each request so much time, 0 meaning 10 s, and has so many fly at once, 0 meaning 64.
func NewTransport(timeout time.Duration, inFlight int) *Transport {
	inFlight = cmp.Or(inFlight, defaultInFlight)
	return &Transport{
		timeout: cmp.Or(timeout, defaultTimeout), turns: make(chan struct{}, inFlight),
		wire: &http.Transport{
			Proxy:                 http.ProxyFromEnvironment,
			DialContext:           (&net.Dialer{Timeout: 5 * time.Second, KeepAlive: 30 * time.Second}).DialContext,
			ForceAttemptHTTP2:     true,
			MaxIdleConns:          inFlight,
			MaxIdleConnsPerHost:   inFlight,
			IdleConnTimeout:       30 * time.Second, // below what servers keep: a request on a connection that was closed is silence
			TLSHandshakeTimeout:   5 * time.Second,
			ExpectContinueTimeout: time.Second,
		},
	}
}

// ParseBase reads the address of a wallet: https, or http on this machine; scheme and host alone, since paths are signed.
func ParseBase(text string) (*url.URL, error) {
	u, err := url.Parse(strings.TrimSuffix(text, "/"))
	switch {
	case err != nil || u.Host == "" || u.Path != "" || u.RawQuery != "" || u.User != nil:
		return nil, fmt.Errorf("the address of a wallet is scheme and host alone, such as https://api.example.com")
	case u.Scheme != "https" && (u.Scheme != "http" || !Loopback(u.Hostname())):
		return nil, fmt.Errorf("the address of a wallet must begin with https://")
	}
	return u, nil
}

// Loopback tells whether a host is this machine.
func Loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// Client returns a client that sends through the transport.
func (t *Transport) Client() *http.Client {
	return &http.Client{
		Transport:     t,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// RoundTrip implements [http.RoundTripper].
func (t *Transport) RoundTrip(r *http.Request) (*http.Response, error) {
	seen, limit := &Seen{}, int64(bodyMax)
	if w, ok := r.Context().Value(watchKey{}).(*watch); ok {
		seen, limit = w.seen, cmp.Or(w.limit, limit)
	}
	*seen = Seen{}
	if err := t.turn(r.Context()); err != nil {
		closeBody(r)
		return nil, fmt.Errorf("%w: %w", ErrUnsent, err)
	}
	defer func() { <-t.turns }()
	ctx, cancel := context.WithTimeout(r.Context(), t.timeout)
	defer cancel()
	var connected atomic.Bool
	sent := r.Clone(httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GotConn: func(httptrace.GotConnInfo) { connected.Store(true) },
	}))
	answer, err := t.wire.RoundTrip(sent)
	if err != nil {
		if !connected.Load() {
			return nil, fmt.Errorf("%w: %w", ErrUnsent, err)
		}
		return nil, err
	}
	defer answer.Body.Close()
	seen.Status, seen.Header = answer.StatusCode, answer.Header
	body, err := io.ReadAll(io.LimitReader(answer.Body, limit+1))
	if err != nil {
		return nil, err
	}
	if int64(len(body)) > limit {
		return nil, ErrTooLong
	}
	seen.Body = body
	answer.Body = io.NopCloser(bytes.NewReader(body))
	return answer, nil
}

// turn waits for the right to send.
func (t *Transport) turn(ctx context.Context) error {
	select {
	case t.turns <- struct{}{}:
		return nil
	default:
	}
	timer := time.NewTimer(queueMax)
	defer timer.Stop()
	select {
	case t.turns <- struct{}{}:
		return nil
	case <-timer.C:
		return errBusy
	case <-ctx.Done():
		return ctx.Err()
	}
}

func closeBody(r *http.Request) {
	if r.Body != nil {
		r.Body.Close()
	}
}

// Seen is what the transport saw of an answer, whatever a library made of it.
type Seen struct {
	Status int // 0 when nothing came
	Header http.Header
	Body   []byte
}

// ClockOff returns how far our clock is ahead of the wallet's, by the header Date, which has whole seconds.
func (s *Seen) ClockOff(now time.Time) (time.Duration, bool) {
	at, err := http.ParseTime(s.Header.Get("Date"))
	if err != nil {
		return 0, false
	}
	return now.Sub(at).Truncate(time.Second), true
}

type watchKey struct{}

type watch struct {
	seen  *Seen
	limit int64
}

// Watch returns a context whose requests leave what was seen of them; of several, the last. Who watches already sees it too.
func Watch(ctx context.Context) (context.Context, *Seen) {
	if w, ok := ctx.Value(watchKey{}).(*watch); ok {
		return ctx, w.seen
	}
	return WatchLong(ctx, 0)
}

// WatchLong is Watch for answers of up to so many bytes; 0 means the usual bound.
func WatchLong(ctx context.Context, limit int64) (context.Context, *Seen) {
	seen := &Seen{}
	return context.WithValue(ctx, watchKey{}, &watch{seen, limit}), seen
}

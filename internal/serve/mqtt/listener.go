package mqtt

import (
	"net"
	"sync"
	"time"
)

// listener bounds how many connections there are, whether they have said who they are or not.
type listener struct {
	net.Listener
	free chan struct{}

	mu   sync.Mutex
	open map[net.Conn]bool
	over bool
}

// Accept returns the next connection that there is room for. One too many is closed at once.
func (l *listener) Accept() (net.Conn, error) {
	for {
		c, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		select {
		case l.free <- struct{}{}:
		default:
			c.Close()
			continue
		}
		if err := c.SetDeadline(time.Now().Add(greetWithin)); err != nil {
			c.Close()
			<-l.free
			continue
		}
		held := &socket{Conn: c, listener: l}
		l.mu.Lock()
		l.open[held] = true
		over := l.over
		l.mu.Unlock()
		if over {
			held.Close()
			continue
		}
		return held, nil
	}
}

// shut closes the listener and every connection.
func (l *listener) shut() {
	l.Listener.Close()
	l.mu.Lock()
	l.over = true
	var open []net.Conn
	for c := range l.open {
		open = append(open, c)
	}
	l.mu.Unlock()
	for _, c := range open {
		c.Close()
	}
}

// socket gives its place back when it is closed.
type socket struct {
	net.Conn
	listener *listener
	once     sync.Once
}

// Close closes the connection.
func (s *socket) Close() error {
	s.once.Do(func() {
		s.listener.mu.Lock()
		delete(s.listener.open, s)
		s.listener.mu.Unlock()
		<-s.listener.free
	})
	return s.Conn.Close()
}

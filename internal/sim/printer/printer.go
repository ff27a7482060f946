package printer

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"

	"golang.org/x/image/font/opentype"

	"github.com/yifen-pay/yifen/internal/wire/escpos"
)

// Bounds of what a printer keeps.
const (
	jobsMax        = 200
	connectionsMax = 16
)

// Config says what printer it is.
type Config struct {
	Font []byte           // TrueType with the characters to print
	Now  func() time.Time // the clock that receipts are stamped by
	Dots int              // 384 for 58 mm paper (also 0), 576 for 80 mm
}

// State is what the device is going through. The zero value is a printer at ease.
type State struct {
	PaperNearEnd bool
	PaperOut     bool
	CoverOpen    bool
	Offline      bool
	Overheated   bool
	CutterJam    bool
	DrawerOpen   bool // set when a pulse arrives
	Silent       bool // prints, but answers no status request
}

// status is what DLE EOT says in this state.
func (s State) status() escpos.Status {
	return escpos.Status{
		Drawer:       s.DrawerOpen,
		Offline:      s.Offline || s.CoverOpen || s.PaperOut || s.Overheated || s.CutterJam,
		CoverOpen:    s.CoverOpen,
		PaperStop:    s.PaperOut,
		Error:        s.Overheated || s.CutterJam,
		CutterError:  s.CutterJam,
		Recovering:   s.Overheated,
		PaperNearEnd: s.PaperNearEnd || s.PaperOut,
		PaperEnd:     s.PaperOut,
	}
}

// Job is one receipt.
type Job struct {
	N       int // from 1, in the order of arrival
	At      time.Time
	Text    string // what stands on the paper, one line each
	PNG     []byte
	Printed bool // false while the printer's state keeps it waiting
	Drawer  bool // it opened the drawer
	Cut     bool // it ended with a cut
	Bytes   int  // received for it
}

// Printer is a simulated printer. It is safe for concurrent use.
type Printer struct {
	now  func() time.Time
	dots int
	font *opentype.Font

	mu    sync.Mutex
	state State
	jobs  []Job // oldest first
	count int
}

// New returns a printer that has printed nothing.
func New(c Config) (*Printer, error) {
	if c.Dots == 0 {
		c.Dots = 384
	}
	if c.Dots != 384 && c.Dots != 576 {
		return nil, fmt.Errorf("printer of %d dots, use 384 or 576", c.Dots)
	}
	if c.Now == nil {
		return nil, errors.New("printer needs a clock")
	}
	f, err := opentype.Parse(c.Font)
	if err != nil {
		return nil, fmt.Errorf("read the printer's font: %w", err)
	}
	return &Printer{now: c.Now, dots: c.Dots, font: f}, nil
}

// State returns the printer's state.
func (p *Printer) State() State {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.state
}

// SetState changes the printer's state. If it can print again, what was waiting is printed.
func (p *Printer) SetState(s State) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.state = s
	if s.status().Printable() {
		for i := range p.jobs {
			p.jobs[i].Printed = true
		}
	}
}

// Jobs returns the receipts, newest first.
func (p *Printer) Jobs() []Job {
	p.mu.Lock()
	defer p.mu.Unlock()
	out := make([]Job, 0, len(p.jobs))
	for i := len(p.jobs) - 1; i >= 0; i-- {
		out = append(out, p.jobs[i])
	}
	return out
}

// Job returns receipt n, and false if it never was or is no longer kept.
func (p *Printer) Job(n int) (Job, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, j := range p.jobs {
		if j.N == n {
			return j, true
		}
	}
	return Job{}, false
}

func (p *Printer) keep(j Job) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.count++
	j.N, j.Printed = p.count, p.state.status().Printable()
	if len(p.jobs) == jobsMax {
		p.jobs = append(p.jobs[:0], p.jobs[1:]...)
	}
	p.jobs = append(p.jobs, j)
}

func (p *Printer) openDrawer() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.state.DrawerOpen = true
}

// Serve takes connections from ln until ctx ends, then closes them and returns nil once all are
// done. It closes ln in any case and refuses one that is open to other machines.
func (p *Printer) Serve(ctx context.Context, ln net.Listener) error {
	defer ln.Close()
	if a, ok := ln.Addr().(*net.TCPAddr); !ok || !a.IP.IsLoopback() {
		return fmt.Errorf("simulated printer on %s, listen on a loopback address", ln.Addr())
	}
	ctx, stop := context.WithCancel(ctx)
	var connections sync.WaitGroup
	defer connections.Wait()
	defer stop()
	defer context.AfterFunc(ctx, func() { ln.Close() })()

	slots := make(chan struct{}, connectionsMax)
	for {
		select {
		case slots <- struct{}{}:
		case <-ctx.Done():
			return nil
		}
		conn, err := ln.Accept()
		if err != nil {
			if ctx.Err() != nil {
				return nil
			}
			return fmt.Errorf("accept printer connection: %w", err)
		}
		connections.Go(func() {
			defer func() { <-slots }()
			defer conn.Close()
			defer context.AfterFunc(ctx, func() { conn.Close() })()
			p.attend(conn)
		})
	}
}

// attend prints what conn sends until it ends.
func (p *Printer) attend(conn net.Conn) {
	var d escpos.Decoder
	s := newSheet(p.font, p.dots)
	buf := make([]byte, 8192)
	for {
		n, err := conn.Read(buf)
		s.bytes += n
		for _, e := range d.Feed(buf[:n]) {
			if request, ok := e.(escpos.StatusRequest); ok {
				if answer, ok := p.answer(request.N); ok {
					if _, err := conn.Write([]byte{answer}); err != nil {
						return
					}
				}
				continue
			}
			if _, ok := e.(escpos.Drawer); ok {
				p.openDrawer()
			}
			if s.obey(e) {
				p.keep(s.tear(p.now()))
			}
		}
		if err != nil {
			if !s.blank() {
				p.keep(s.tear(p.now()))
			}
			return
		}
	}
}

func (p *Printer) answer(n byte) (byte, bool) {
	state := p.State()
	if state.Silent {
		return 0, false
	}
	return state.status().Byte(n)
}

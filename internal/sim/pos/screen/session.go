package screen

import (
	"context"
	"sync"
	"time"
)

// State is what a page that plays the device has to draw.
type State struct {
	Version int      `json:"version"` // counts changes
	Display []string `json:"display"` // lines of forty columns: status bar, title, ten lines, soft keys
	Lang    string   `json:"lang"`
	Busy    bool     `json:"busy"` // a job is under way, keys are swallowed
	Off     bool     `json:"off"`
	Asks    bool     `json:"asks"`  // for a card
	Paper   bool     `json:"paper"` // hangs out of the printer; the key "enter" tears it off
}

// Session runs a device for many callers at a time, such as the requests of a web page.
type Session struct {
	ctx     context.Context
	mu      sync.Mutex
	device  *Device
	version int
	changed chan struct{} // closed at the next change
	jobs    sync.WaitGroup
}

// NewSession switches a device on. It runs until ctx ends; [Session.Close] then waits for what is under way.
func NewSession(ctx context.Context, c Config) *Session {
	s := &Session{ctx: ctx, device: New(c), changed: make(chan struct{})}
	s.do(func(d *Device) Job { return d.Start() })
	s.jobs.Go(s.tick)
	return s
}

func (s *Session) tick() {
	seconds := time.NewTicker(time.Second)
	defer seconds.Stop()
	for {
		select {
		case <-s.ctx.Done():
			return
		case <-seconds.C:
			s.do((*Device).Tick)
		}
	}
}

// do changes the device, tells those who wait, and runs the job that comes of it.
func (s *Session) do(change func(*Device) Job) {
	s.mu.Lock()
	defer s.mu.Unlock()
	job := change(s.device)
	s.version++
	close(s.changed)
	s.changed = make(chan struct{})
	if job != nil {
		s.jobs.Go(func() {
			finish := job(s.ctx)
			s.do(func(d *Device) Job { return d.Finish(finish) })
		})
	}
}

// Press is a key, as [Device.Press] names them.
func (s *Session) Press(key string) { s.do(func(d *Device) Job { return d.Press(key) }) }

// State returns what there is to draw now.
func (s *Session) State() State {
	state, _ := s.look()
	return state
}

func (s *Session) look() (State, <-chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	d := s.device
	return State{
		Version: s.version, Display: d.Display(), Lang: d.Lang(), Busy: d.Busy(), Off: d.Quit(),
		Asks: d.AsksCard(), Paper: d.PaperOut(),
	}, s.changed
}

// Wait returns the state as soon as it is another than the version that the caller has, or as it is when ctx ends.
func (s *Session) Wait(ctx context.Context, version int) State {
	for {
		state, changed := s.look()
		if state.Version != version {
			return state
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return state
		case <-s.ctx.Done():
			return state
		}
	}
}

// Close waits until everything that is under way has ended. The context of the session must have ended.
func (s *Session) Close() { s.jobs.Wait() }

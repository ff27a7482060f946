package handheld

import (
	"context"
	"errors"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/yifen-pay/yifen/internal/sim/pos"
	"github.com/yifen-pay/yifen/internal/sim/pos/screen"
	"github.com/yifen-pay/yifen/internal/wire/jbig"
)

// Terminal is a terminal that lies on the stand.
type Terminal struct {
	Number, Merchant string
	Name, NameEN     string // of the merchant
	TMK              []byte
	Serial           string // of the hardware, where the host knows it
}

// Config says what lies on the stand.
type Config struct {
	Terminals []Terminal
	Address   string           // host and port of the acquirer
	Dir       string           // of the flash files
	Now       func() time.Time // clock of the terminals
	// Operation finds what the acquirer knows as the transaction of a slip, "" when it knows none.
	Operation func(ctx context.Context, slip pos.Slip) (string, error)
	// Activate makes a terminal of the hardware with a serial number, by the code that its merchant got.
	Activate func(ctx context.Context, serial, code string) (Terminal, error)
}

// Flash is the file in which a terminal of the stand keeps what must survive it.
func Flash(dir, number string) string { return filepath.Join(dir, "terminal-"+number+".flash") }

// Errors of a stand.
var (
	errNoTerminal = &pos.Refusal{Text: pos.Text{ZH: "这里没有这台终端", EN: "no such terminal lies here"}}
	errStopped    = &pos.Refusal{Text: pos.Text{ZH: "演示已停止", EN: "the demo has stopped"}}
)

// Stand holds terminals. Each is switched on at its first use.
type Stand struct {
	config Config

	mu      sync.Mutex
	lying   []Terminal // in the order in which they came
	devices map[string]*device
	stopped bool
}

// New returns a stand on which nothing is switched on yet.
func New(c Config) *Stand {
	s := &Stand{config: c, devices: map[string]*device{}}
	for _, t := range c.Terminals {
		s.put(t)
	}
	return s
}

// put lays a terminal on the stand, unless it lies there already.
func (s *Stand) put(t Terminal) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.devices[t.Number] != nil || s.stopped {
		return
	}
	s.devices[t.Number] = &device{spec: t, stand: s, power: make(chan struct{})}
	s.lying = append(s.lying, t)
}

// device returns the terminal with a number, nil when none lies here.
func (s *Stand) device(number string) *device {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.devices[number]
}

// terminals lists what lies on the stand.
func (s *Stand) terminals() []Terminal {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.lying)
}

// Stop switches everything off, waits for what is under way, and lets nothing be switched on again.
func (s *Stand) Stop() {
	s.mu.Lock()
	s.stopped = true
	s.mu.Unlock()
	for _, d := range s.devices {
		d.mu.Lock()
		d.off, d.stopped = true, true
		d.end()
		d.mu.Unlock()
	}
}

// device is one terminal of the stand.
type device struct {
	spec  Terminal
	stand *Stand

	mu       sync.Mutex
	session  *screen.Session // nil: not switched on
	terminal *pos.Terminal
	cancel   context.CancelFunc
	lang     string        // in which it is switched on again
	off      bool          // somebody switched it off
	stopped  bool          // for good
	power    chan struct{} // closed when it goes on or off

	paper roll
}

// on returns the session of a terminal, nil when somebody has switched it off, and a channel that is closed when that
// changes. A terminal that nobody has used yet is switched on.
func (d *device) on() (*screen.Session, <-chan struct{}, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	switch {
	case d.stopped:
		return nil, d.power, errStopped
	case d.off || d.session != nil:
		return d.session, d.power, nil
	}
	return d.session, d.power, d.begin()
}

// begin switches the terminal on. The caller has the lock.
func (d *device) begin() error {
	c := d.stand.config
	terminal, err := pos.Open(pos.Config{
		Terminal: d.spec.Number, Merchant: d.spec.Merchant, MerchantName: d.spec.Name, TMK: d.spec.TMK, Serial: d.spec.Serial, Address: c.Address,
		Flash: Flash(c.Dir, d.spec.Number), Now: c.Now, Operators: true, Encode: jbig.Encode,
	})
	if errors.Is(err, pos.ErrFlashInUse) {
		return &pos.Refusal{Text: pos.Text{
			ZH: "终端 " + d.spec.Number + " 正被 yifen terminal 使用：请先退出那个程序，此页面会自动继续；或换用另一台终端",
			EN: "terminal " + d.spec.Number + " is in the hands of yifen terminal: end that program and this page goes on by itself, or take the other terminal",
		}}
	}
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(context.Background())
	d.off, d.terminal, d.cancel = false, terminal, cancel
	d.session = screen.NewSession(ctx, screen.Config{Terminal: terminal, Lang: d.lang, Demo: true, Printer: d.paper.print})
	d.turned()
	return nil
}

// end switches the terminal off, once what is under way is through. The caller has the lock.
func (d *device) end() {
	if d.session != nil {
		d.lang = d.session.State().Lang
		d.cancel()
		d.session.Close()
		d.terminal.Close()
		d.session, d.terminal = nil, nil
	}
	d.turned()
}

func (d *device) turned() {
	close(d.power)
	d.power = make(chan struct{})
}

// powerKey is the key that switches a terminal on. Off is a choice of its menu.
const powerKey = "power"

// press is a key.
func (d *device) press(key string) error {
	return d.act(func(s *screen.Session) error {
		s.Press(key)
		return nil
	}, key == powerKey)
}

// present holds a card against the reader.
func (d *device) present(card pos.Card, entry pos.Entry) error {
	return d.act(func(s *screen.Session) error { return s.Present(card, entry) }, false)
}

// act does something with a terminal that is on, or switches it on, and takes the power away when the menu has
// switched it off.
func (d *device) act(do func(*screen.Session) error, power bool) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	switch {
	case d.stopped:
		return errStopped
	case d.session == nil && d.off && !power:
		return screen.ErrOff
	case d.session == nil:
		if err := d.begin(); err != nil {
			return err
		}
	}
	if power {
		return nil
	}
	err := do(d.session)
	if d.session.State().Off {
		d.off = true
		d.end()
	}
	return err
}

// scene is what a page has to draw.
type scene struct {
	screen.State
	Papers int `json:"papers"` // how many came out
}

// scene returns what there is to draw as soon as it is another than the version that the caller has, or as it is when
// ctx ends. A terminal that is switched off has version 0.
func (d *device) scene(ctx context.Context, version int) (scene, error) {
	for {
		session, power, err := d.on()
		if err != nil {
			return scene{}, err
		}
		if session != nil {
			state := session.Wait(ctx, version)
			if !state.Off {
				return scene{State: state, Papers: d.paper.count()}, nil
			}
			select { // its power goes next
			case <-power:
				continue
			case <-ctx.Done():
			}
		}
		off := scene{State: screen.State{Lang: d.language(), Off: true}, Papers: d.paper.count()}
		if version != 0 {
			return off, nil
		}
		select {
		case <-power:
		case <-ctx.Done():
			return off, nil
		}
	}
}

// language is in which the terminal is switched on again.
func (d *device) language() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.lang == "" {
		return screen.Chinese
	}
	return d.lang
}

package screen

import (
	"context"
	"strings"

	"github.com/yifen-pay/yifen/internal/sim/pos"
)

// The languages.
const (
	Chinese = "zh"
	English = "en"
)

// Config says whose face it is.
type Config struct {
	Terminal *pos.Terminal
	Lang     string // [Chinese], the default, or [English]
	// Demo shows the first passwords and lets the menu play the hardware.
	Demo bool
	// Printer, where it is set, is handed each paper as it comes out of the printer.
	Printer func(Sheet)
}

// Job is work that takes time, a call of the terminal. It is run once, on any goroutine; what it returns goes to
// [Device.Finish].
type Job func(context.Context) Finish

// Finish is the end of a job on the device. It may lead to another.
type Finish func(*Device) Job

// Device is the terminal as a cashier sees it. It is used by one goroutine at a time; only jobs run beside it.
type Device struct {
	config Config
	t      *pos.Terminal
	lang   string
	pages  []page
	status pos.Status // as of the last moment without a job
	limit  int        // seconds that a host has to answer
	left   int        // of them, while a job runs
	guest  bool       // nobody has signed on
	busy   bool
	calm   int // ticks without a key
	news   pos.Text
	quit   bool
}

// page is what the display shows and what keys do meanwhile.
type page interface {
	title(*Device) pos.Text
	body(*Device) []string // at most [bodyLines] lines
	soft(*Device) (left, right pos.Text)
	press(*Device, string) Job
}

// calmTicks is after how many seconds without a key the device does what waits for a quiet moment.
const calmTicks = 3

// New returns a device at the operator's sign-on.
func New(c Config) *Device {
	d := &Device{config: c, t: c.Terminal, lang: Chinese}
	if c.Lang == English {
		d.lang = English
	}
	d.refresh()
	d.lock()
	return d
}

// lock goes back to the operator's sign-on.
func (d *Device) lock() {
	d.guest = true
	d.pages = []page{signOnPage(d)}
}

// Start is the job of a terminal that was just switched on: it examines itself, and says so when something
// forbids sales.
func (d *Device) Start() Job {
	return d.work(tr("开机自检", "SELF-TEST"), func(ctx context.Context) Finish {
		found := d.t.Diagnose(ctx, 1)
		return func(d *Device) Job {
			var bad []pos.Finding
			for _, f := range found.Findings {
				// That there are no keys before the first sign-in is no fault.
				if f.State == pos.Blocks && !(f.Part == pos.PartKeys && f.Word == "none") {
					bad = append(bad, f)
				}
			}
			if len(bad) > 0 {
				d.push(findingsPage(tr("自检发现问题", "SELF-TEST FOUND"), bad))
			}
			return nil
		}
	})
}

// Press is a key: a character, or "enter", "esc", "backspace", "up", "down", "left", "right", "pgup", "pgdown",
// "f1", "f2". It returns a job to run, or nil.
func (d *Device) Press(key string) Job {
	d.calm = 0
	d.news = pos.Text{}
	switch {
	case d.busy:
		return nil
	case key == "f2", strings.EqualFold(key, "l") && !d.types():
		d.lang = map[string]string{Chinese: English, English: Chinese}[d.lang]
		return nil
	}
	job := d.top().press(d, key)
	d.refresh()
	return job
}

// types reports whether the page takes letters.
func (d *Device) types() bool {
	e, is := d.top().(*entry)
	return is && e.form != numeric
}

// Tick is a second that passed. It returns a job where one waits for a quiet moment.
func (d *Device) Tick() Job {
	if d.busy {
		d.left = max(0, d.left-1)
		return nil
	}
	d.refresh()
	_, home := d.top().(*menu)
	if d.calm++; d.calm < calmTicks || !home || len(d.pages) != 1 || len(d.status.Due)+d.status.Errands == 0 {
		return nil
	}
	d.calm = 0
	return d.work(tr("更新", "UPDATING"), func(ctx context.Context) Finish {
		outcomes, err := d.t.Idle(ctx)
		return func(d *Device) Job {
			if len(outcomes) > 0 {
				d.news = tr("已按主机要求更新", "updated as the host asked")
			}
			if err != nil {
				d.news = tr("更新未完成，稍后再试", "not updated, tries again later")
			}
			return nil
		}
	})
}

// Finish ends the job that is under way. It may return another.
func (d *Device) Finish(f Finish) Job {
	d.busy = false
	d.pop()
	d.refresh()
	job := f(d)
	if !d.busy {
		d.refresh()
	}
	return job
}

// Quit reports whether the cashier has switched the device off.
func (d *Device) Quit() bool { return d.quit }

// Busy reports whether a job is under way.
func (d *Device) Busy() bool { return d.busy }

// Lang returns the language in which the device speaks now.
func (d *Device) Lang() string { return d.lang }

func (d *Device) top() page { return d.pages[len(d.pages)-1] }

func (d *Device) push(p page) { d.pages = append(d.pages, p) }

// pop goes back one page; the first one stays.
func (d *Device) pop() {
	if len(d.pages) > 1 {
		d.pages = d.pages[:len(d.pages)-1]
	}
}

// home goes back to the main menu.
func (d *Device) home() { d.pages = []page{mainMenu(d)} }

// refresh reads what the status bar shows.
func (d *Device) refresh() {
	if d.busy {
		return
	}
	d.status = d.t.Status()
	d.limit = 60
	if n := d.t.Parameters().Timeout; n > 0 {
		d.limit = n
	}
}

// alert is a warning over as many lines as it takes.
func (d *Device) alert(t pos.Text) []string {
	if d.lang == English {
		return pos.Wrap("! "+t.EN, displayColumns)
	}
	return pos.Wrap("！"+t.ZH, displayColumns)
}

// work shows that something is under way and returns it.
func (d *Device) work(name pos.Text, job Job) Job {
	d.refresh()
	d.busy, d.left = true, d.limit
	d.push(&waiting{name: name, hint: tr("请勿拔卡、断电", "do not remove the card or the power")})
	return job
}

// say returns a text in the device's language.
func (d *Device) say(t pos.Text) string {
	if d.lang == English {
		return t.EN
	}
	return t.ZH
}

func tr(zh, en string) pos.Text { return pos.Text{ZH: zh, EN: en} }

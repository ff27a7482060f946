package screen

import (
	"fmt"
	"slices"
	"strings"

	"github.com/yifen-pay/yifen/internal/sim/pos"
)

// What soft keys say.
var (
	back    = tr("返回", "back")
	confirm = tr("确认", "ok")
	nothing = pos.Text{}
)

// item is a line of a menu or a way on from a notice.
type item struct {
	key   string
	label pos.Text
	do    func(*Device) Job
}

// pressed runs the item of a key.
func pressed(d *Device, items []item, key string) (Job, bool) {
	i := slices.IndexFunc(items, func(it item) bool { return strings.EqualFold(it.key, key) })
	if i < 0 {
		return nil, false
	}
	return items[i].do(d), true
}

// menu is a choice by digits.
type menu struct {
	name  pos.Text
	items []item
	lines func(*Device) []string // above the items
	leave func(*Device) Job      // nil: back one page

	leaves pos.Text // what esc does, if not going back
}

func (m *menu) title(*Device) pos.Text { return m.name }

func (m *menu) soft(*Device) (pos.Text, pos.Text) {
	if m.leaves != nothing {
		return m.leaves, nothing
	}
	return back, nothing
}

// body writes the items in two columns, the first half on the left, or in one where they need it.
func (m *menu) body(d *Device) []string {
	var lines []string
	if m.lines != nil {
		lines = m.lines(d)
	}
	rows := (len(m.items) + 1) / 2
	for _, it := range m.items {
		if pos.Columns(d.say(it.label)) > displayColumns/2-3 && len(lines)+len(m.items) <= bodyLines {
			rows = len(m.items)
		}
	}
	for i := range rows {
		line := m.items[i].key + " " + d.say(m.items[i].label)
		if rows < len(m.items) {
			line = fit(line, displayColumns/2)
		}
		if j := rows + i; j < len(m.items) {
			line += m.items[j].key + " " + d.say(m.items[j].label)
		}
		lines = append(lines, line)
	}
	if d.news != nothing {
		lines = append(append(lines, ""), pos.Wrap("* "+d.say(d.news), displayColumns)...)
	}
	return lines
}

func (m *menu) press(d *Device, key string) Job {
	if job, done := pressed(d, m.items, key); done {
		return job
	}
	if key != "esc" {
		return nil
	}
	if m.leave != nil {
		return m.leave(d)
	}
	d.pop()
	return nil
}

// form is what an entry takes.
type form uint8

const (
	numeric form = iota
	alphanumeric
	hexadecimal
)

// entry is a field to fill in.
type entry struct {
	name   pos.Text
	prompt pos.Text
	lines  func(*Device) []string // above the prompt
	form   form
	min    int
	max    int
	secret bool
	first  bool // the first page: esc does not leave it
	help   pos.Text
	extra  []item
	done   func(*Device, string) Job

	value string
	fault pos.Text
}

func (e *entry) title(*Device) pos.Text { return e.name }

func (e *entry) soft(*Device) (pos.Text, pos.Text) {
	if e.first {
		return nothing, confirm
	}
	return back, confirm
}

func (e *entry) body(d *Device) []string {
	var lines []string
	if e.lines != nil {
		lines = append(e.lines(d), "")
	}
	shown := e.value
	if e.secret {
		shown = strings.Repeat("*", len(e.value))
	}
	lines = append(lines, d.say(e.prompt), right("["+fit(shown+"_", max(e.max, 8)+1)+"]", displayColumns))
	if e.help != nothing {
		lines = append(lines, pos.Wrap(d.say(e.help), displayColumns)...)
	}
	if e.fault != nothing {
		lines = append(lines, "")
		lines = append(lines, d.alert(e.fault)...)
	}
	return lines
}

// takes reports whether a key is a character of the field.
func (e *entry) takes(key string) bool {
	if len(key) != 1 {
		return false
	}
	c := strings.ToUpper(key)[0]
	switch {
	case c >= '0' && c <= '9':
		return true
	case e.form == hexadecimal:
		return c >= 'A' && c <= 'F'
	}
	return e.form == alphanumeric && c >= 'A' && c <= 'Z'
}

func (e *entry) press(d *Device, key string) Job {
	switch {
	case e.takes(key):
		if e.fault = nothing; len(e.value) < e.max {
			e.value += strings.ToUpper(key)
		}
	case key == "backspace":
		e.value = e.value[:max(0, len(e.value)-1)]
	case key == "esc" && !e.first:
		e.forget()
		d.pop()
	case key == "enter" && len(e.value) < e.min:
		e.fault = tr(fmt.Sprintf("至少 %d 位", e.min), fmt.Sprintf("at least %d characters", e.min))
	case key == "enter":
		value := e.value
		e.forget()
		return e.done(d, value)
	default:
		job, _ := pressed(d, e.extra, key)
		return job
	}
	return nil
}

// forget drops a secret with the page that asked for it.
func (e *entry) forget() {
	if e.secret {
		e.value = ""
	}
}

// refused shows why what was entered does not do.
func (e *entry) refused(err error) Job {
	e.fault = pos.Words(err)
	return nil
}

// sum is an amount of money, whose digits come in from the right.
type sum struct {
	name   pos.Text
	prompt pos.Text
	lines  func(*Device) []string
	done   func(*Device, int64) Job

	value int64 // fen
	fault pos.Text
}

func (s *sum) title(*Device) pos.Text { return s.name }

func (s *sum) soft(*Device) (pos.Text, pos.Text) { return back, confirm }

func (s *sum) body(d *Device) []string {
	var lines []string
	if s.lines != nil {
		lines = s.lines(d)
	}
	lines = append(lines, "", d.say(s.prompt), "", right("RMB "+pos.FormatAmount(s.value), displayColumns-2))
	if s.fault != nothing {
		lines = append(append(lines, ""), d.alert(s.fault)...)
	}
	return lines
}

func (s *sum) press(d *Device, key string) Job {
	switch {
	case len(key) == 1 && key[0] >= '0' && key[0] <= '9':
		s.fault = nothing
		if next := s.value*10 + int64(key[0]-'0'); next <= pos.AmountMax {
			s.value = next
		}
	case key == "backspace":
		s.value /= 10
	case key == "esc":
		d.pop()
	case key == "enter" && s.value == 0:
		s.fault = tr("请输入金额", "enter an amount")
	case key == "enter":
		return s.done(d, s.value)
	}
	return nil
}

// notice is something to read, with ways on.
type notice struct {
	name  pos.Text
	text  func(*Device) []string
	items []item
	enter func(*Device) Job // nil: back to the main menu
	leave func(*Device) Job // of esc; nil: as enter
	label pos.Text          // of enter
	stay  bool              // only an item leads on
}

func (n *notice) title(*Device) pos.Text { return n.name }

func (n *notice) soft(*Device) (pos.Text, pos.Text) {
	label := n.label
	switch {
	case n.stay:
		return nothing, nothing
	case label == nothing:
		label = confirm
	}
	if n.leave != nil {
		return back, label
	}
	return nothing, label
}

func (n *notice) body(d *Device) []string {
	var lines []string
	for _, line := range n.text(d) {
		lines = append(lines, pos.Wrap(line, displayColumns)...)
	}
	// The ways on are the last lines, whatever there is to read.
	room := bodyLines - len(n.items)
	lines = lines[:min(len(lines), room)]
	for range room - len(lines) {
		lines = append(lines, "")
	}
	for _, it := range n.items {
		lines = append(lines, it.key+" "+d.say(it.label))
	}
	return lines
}

func (n *notice) press(d *Device, key string) Job {
	if job, done := pressed(d, n.items, key); done {
		return job
	}
	switch {
	case key == "esc" && n.leave != nil:
		return n.leave(d)
	case key != "enter" && key != "esc", n.stay:
		return nil
	case n.enter != nil:
		return n.enter(d)
	}
	d.home()
	return nil
}

// scroll is a text that is longer than the display.
type scroll struct {
	name  pos.Text
	text  func(*Device) []string
	items []item
	enter func(*Device) Job // nil: back one page
	label pos.Text          // of enter

	top int
}

func (s *scroll) title(*Device) pos.Text { return s.name }

func (s *scroll) soft(*Device) (pos.Text, pos.Text) {
	if s.label != nothing {
		return nothing, s.label
	}
	return back, nothing
}

// window is the part of the lines that the display shows: all but one line, which says where it is.
const window = bodyLines - 1

func (s *scroll) body(d *Device) []string {
	lines := s.text(d)
	s.top = max(0, min(s.top, len(lines)-window))
	shown := slices.Clone(lines[s.top:min(len(lines), s.top+window)])
	for range window - len(shown) {
		shown = append(shown, "")
	}
	var keys []string
	for _, it := range s.items {
		keys = append(keys, it.key+" "+d.say(it.label))
	}
	place := ""
	if len(lines) > window {
		place = fmt.Sprintf("^v %d-%d/%d", s.top+1, min(len(lines), s.top+window), len(lines))
	}
	return append(shown, ends(strings.Join(keys, "  "), place, displayColumns))
}

func (s *scroll) press(d *Device, key string) Job {
	if job, done := pressed(d, s.items, key); done {
		return job
	}
	switch key {
	case "up":
		s.top--
	case "down":
		s.top++
	case "pgup", "left":
		s.top -= window
	case "pgdown", "right":
		s.top += window
	case "enter", "esc":
		if s.enter != nil {
			return s.enter(d)
		}
		d.pop()
	}
	s.top = max(0, s.top)
	return nil
}

// waiting is a job under way.
type waiting struct {
	name pos.Text
	hint pos.Text // what nobody must do meanwhile, or somebody should
}

func (w *waiting) title(*Device) pos.Text { return w.name }

func (w *waiting) soft(*Device) (pos.Text, pos.Text) { return nothing, nothing }

func (w *waiting) body(d *Device) []string {
	return []string{
		"", "", middle(d.say(tr("正在与主机通讯", "Talking to the host")), displayColumns), "",
		middle(fmt.Sprintf(d.say(tr("请稍候 ... %d 秒", "please wait ... %d s")), d.left), displayColumns), "",
		middle(d.say(w.hint), displayColumns),
	}
}

func (w *waiting) press(*Device, string) Job { return nil }

package screen

import (
	"strings"

	"charm.land/lipgloss/v2"

	"github.com/yifen-pay/yifen/internal/sim/pos"
)

// The size of the display and of the device, in columns and lines. A Chinese character takes two columns.
const (
	displayColumns = 40
	bodyLines      = 10
	Columns        = displayColumns + 8
	Lines          = 1 + 1 + 1 + (2 + bodyLines + 1) + 1 + 4 + 1
)

// fit cuts or fills a line to a width.
func fit(line string, width int) string {
	var b strings.Builder
	n := 0
	for _, r := range line {
		w := pos.Columns(string(r))
		if n+w > width {
			break
		}
		b.WriteRune(r)
		n += w
	}
	return b.String() + strings.Repeat(" ", width-n)
}

// ends puts two texts at the two ends of a line.
func ends(left, right string, width int) string {
	gap := width - pos.Columns(left) - pos.Columns(right)
	if gap < 1 {
		return fit(left+" "+right, width)
	}
	return left + strings.Repeat(" ", gap) + right
}

// middle centers a text.
func middle(text string, width int) string {
	return fit(strings.Repeat(" ", max(0, width-pos.Columns(text))/2)+text, width)
}

// right puts a text at the end of a line.
func right(text string, width int) string { return ends("", text, width) }

// Display returns what the display shows: the status bar, the title, ten lines, and what the two soft keys do.
// Every line has forty columns.
func (d *Device) Display() []string {
	p := d.top()
	lines := []string{
		d.bar(),
		middle(d.say(p.title(d)), displayColumns),
	}
	body := p.body(d)
	for i := range bodyLines {
		line := ""
		if i < len(body) {
			line = body[i]
		}
		lines = append(lines, fit(line, displayColumns))
	}
	left, right := p.soft(d)
	return append(lines, ends(softKey("Esc", d.say(left)), softKey("Enter", d.say(right)), displayColumns))
}

func softKey(key, does string) string {
	if does == "" {
		return ""
	}
	return "[" + key + " " + does + "]"
}

// bar is the status line: operator, batch, what is wrong or waiting, the clock.
func (d *Device) bar() string {
	s := d.status
	operator := s.Operator
	if d.guest {
		operator = "--"
	}
	left := d.say(tr("操作员", "OP")) + operator + " " + d.say(tr("批次", "BATCH ")) + s.Batch
	var marks []string
	if s.Training {
		marks = append(marks, d.say(tr("训练", "TRAINING")))
	}
	switch {
	case s.Pending != nil:
		marks = append(marks, d.say(tr("待冲正", "PENDING")))
	case s.Settling:
		marks = append(marks, d.say(tr("结批中", "CLOSING")))
	case !s.SignedIn:
		marks = append(marks, d.say(tr("未签到", "OFFLINE")))
	}
	return ends(left, strings.Join(append(marks, s.Clock.Format("15:04")), " "), displayColumns)
}

// View returns the whole device, [Lines] lines of [Columns] columns.
func (d *Device) View() string {
	inside := Columns - 4
	edge := func(content string) string { return "│ " + fit(content, inside) + " │" }
	lines := []string{
		"┌" + strings.Repeat("─", Columns-2) + "┐",
		edge(middle("yifen 一分 POS  ["+strings.Repeat("=", 14)+"]", inside)),
		edge("┌" + strings.Repeat("─", inside-2) + "┐"),
	}
	for _, line := range d.Display() {
		lines = append(lines, edge("│ "+line+" │"))
	}
	lines = append(lines, edge("└"+strings.Repeat("─", inside-2)+"┘"))
	for _, row := range d.keypad() {
		lines = append(lines, edge(row))
	}
	return strings.Join(append(lines, "└"+strings.Repeat("─", Columns-2)+"┘"), "\n")
}

// keypad is the lower half of the device: digits, function keys and the slots for cards.
func (d *Device) keypad() []string {
	rows := [][3]pos.Text{
		{{ZH: "Esc 取消", EN: "Esc cancel"}, {ZH: "S 刷卡", EN: "S swipe"}, {ZH: "I 插卡", EN: "I insert"}},
		{{ZH: "<-  清除", EN: "<-  clear"}, {ZH: "T 挥卡", EN: "T tap"}, {ZH: "P 手机", EN: "P phone"}},
		{{ZH: "L   中/EN", EN: "L   中/EN"}, {ZH: "N 手输", EN: "N type"}, {ZH: "C 扫码", EN: "C code"}},
		{{ZH: "Enter 确认", EN: "Enter ok"}, {ZH: "^v 翻页", EN: "^v move"}, {ZH: "Q 关机", EN: "Q off"}},
	}
	digits := [...]string{"[1] [2] [3]", "[4] [5] [6]", "[7] [8] [9]", "[*] [0] [#]"}
	out := make([]string, len(rows))
	for i, row := range rows {
		out[i] = "  " + digits[i] + "  " + fit(d.say(row[0]), 11) + " " + fit(d.say(row[1]), 9) + fit(d.say(row[2]), 8)
	}
	return out
}

// Window returns the device in the middle of a window, or what to do about one that is too small.
func (d *Device) Window(columns, lines int) string {
	if columns < Columns || lines < Lines {
		return d.say(tr("窗口太小：至少 48 列 22 行", "The window is too small: 48 columns by 22 lines at least."))
	}
	return lipgloss.Place(columns, lines, lipgloss.Center, lipgloss.Center, d.View())
}

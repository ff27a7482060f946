package receipt

import "strconv"

// timeForm is how slips write date and time.
const timeForm = "2006/01/02 15:04:05"

// builder collects the lines that slips of one template family share.
type builder struct {
	lang  Lang
	lines []Line
}

func (b *builder) add(l Line) { b.lines = append(b.lines, l) }

// rule draws a line, never two in a row.
func (b *builder) rule() {
	if n := len(b.lines); n > 0 && b.lines[n-1] != Line(Rule{}) {
		b.add(Rule{})
	}
}

func (b *builder) small(text string) { b.add(Text{Text: text, Style: Style{Size: Small}}) }

// pair prints a label and its value, nothing if there is no value.
func (b *builder) pair(l label, value string) { b.labeled(l, value, Style{}) }

// strong is a pair with a bold value.
func (b *builder) strong(l label, value string) { b.labeled(l, value, Style{Bold: true}) }

func (b *builder) labeled(l label, value string, s Style) {
	if value == "" {
		return
	}
	b.add(Columns{Cells: []Cell{
		{Text: l.in(b.lang), Share: 1, Style: Style{Size: Small}},
		{Text: value, Align: Right, Style: s},
	}})
}

func (b *builder) title(name, sub label) {
	b.add(Text{Text: name.in(b.lang), Align: Center, Style: Style{Size: Large, Bold: true}})
	b.add(Text{Text: sub.in(b.lang), Align: Center})
}

// marks prints what must strike the eye: that this is not the first print, or not real.
func (b *builder) marks(reprint int, training bool) {
	if reprint > 0 {
		mark := label{"重打印", "REPRINT"}.with("/", b.lang) + " " + strconv.Itoa(reprint)
		b.add(Text{Text: "*** " + mark + " ***", Align: Center, Style: Style{Bold: true}})
	}
	if training {
		mark := label{"培训演示 非真实交易", "TRAINING, NOT A REAL TRANSACTION"}.with("\n", b.lang)
		b.add(Text{Text: mark, Align: Center, Style: Style{Bold: true}})
	}
}

func (b *builder) merchant(name, number, terminal, operator string) {
	b.small(label{"商户名称", "MERCHANT NAME"}.in(b.lang))
	b.add(Text{Text: name, Style: Style{Bold: true}})
	b.pair(label{"商户号", "MERCHANT NO."}, number)
	b.pair(label{"终端号", "TERMINAL NO."}, terminal)
	b.pair(label{"操作员", "OPERATOR"}, operator)
}

func (b *builder) foot(template string) {
	b.add(Text{Text: template, Align: Right, Style: Style{Size: Small}})
	b.add(Cut{Partial: true})
}

package receipt

import (
	"strings"
	"unicode"
)

// Measure returns how wide text is in a style, in the unit of the page width it is used with:
// columns, dots or any other. It must be additive: no kerning.
type Measure func(text string, style Style) int

// noBreakSpace keeps words on one line; it is shown as a space.
const noBreakSpace = "\u00a0"

// Run is a piece of text at its place in a row.
type Run struct {
	Text  string
	X     int // from the left edge, in the unit of Measure
	Style Style
}

// Row is one line of output. A row of a Text or Columns line has runs, though a blank one has none;
// a row of any other line has none and is drawn from Source.
type Row struct {
	Source Line
	Runs   []Run
}

// Rows breaks d into rows of at most width, measured by measure. Nothing is cut off: what does not fit is
// wrapped, at a space or between Chinese characters if it can be.
func (d Document) Rows(width int, measure Measure) []Row {
	m := func(text string, s Style) int { return measure(strings.ReplaceAll(text, noBreakSpace, " "), s) }
	var rows []Row
	for _, l := range d.Lines {
		switch l := l.(type) {
		case Text:
			for _, text := range wrapAll(l.Text, l.Style, width, m) {
				rows = append(rows, Row{l, appendRun(nil, text, l.Style, l.Align, 0, width, m)})
			}
		case Columns:
			for _, runs := range layoutCells(l.Cells, width, m) {
				rows = append(rows, Row{l, runs})
			}
		default:
			rows = append(rows, Row{Source: l})
		}
	}
	return rows
}

// ColumnWidth is the width of text on a printer in Chinese mode: one column for ASCII and two for
// everything else, because GBK gives everything else two bytes and a full-width cell.
func ColumnWidth(text string) int {
	n := 0
	for _, r := range text {
		n++
		if r > unicode.MaxASCII {
			n++
		}
	}
	return n
}

// Text returns d as monospaced text of the given number of columns: 32 for 58 mm paper, 48 for
// 80 mm. Lines end with a newline and carry no trailing spaces.
func (d Document) Text(columns int) string {
	columns = max(columns, 2) // narrower than one Chinese character nothing can be set
	m := func(text string, _ Style) int { return ColumnWidth(text) }
	var b strings.Builder
	for _, row := range d.Rows(columns, m) {
		switch l := row.Source.(type) {
		case Text, Columns:
			writeRuns(&b, row.Runs)
		case Rule:
			b.WriteString(strings.Repeat("-", columns) + "\n")
		case QR:
			writeWrapped(&b, "[QR] "+l.Content, Left, columns, m)
			if l.Caption != "" {
				writeWrapped(&b, l.Caption, Center, columns, m)
			}
		case Barcode:
			writeWrapped(&b, "*"+l.Content+"*", Center, columns, m)
		case Image:
			writeWrapped(&b, "["+l.Alt+"]", Center, columns, m)
		case Signature:
			writeWrapped(&b, l.Label, Left, columns, m)
			if l.Alt != "" {
				writeWrapped(&b, l.Alt, Center, columns, m)
			} else {
				b.WriteString("\n\n")
			}
			b.WriteString(strings.Repeat("_", columns) + "\n")
		}
	}
	return b.String()
}

func writeWrapped(b *strings.Builder, text string, align Align, columns int, m Measure) {
	for _, t := range wrapAll(text, Style{}, columns, m) {
		writeRuns(b, appendRun(nil, t, Style{}, align, 0, columns, m))
	}
}

func writeRuns(b *strings.Builder, runs []Run) {
	at := 0
	for _, r := range runs {
		b.WriteString(strings.Repeat(" ", max(0, r.X-at)) + r.Text)
		at = r.X + ColumnWidth(r.Text)
	}
	b.WriteByte('\n')
}

// layoutCells places the cells side by side. Where they do not fit, the first cell is wrapped in
// its column if that stays readable; otherwise the other cells move below it.
func layoutCells(cells []Cell, width int, m Measure) [][]Run {
	cells = append([]Cell(nil), cells...)
	for i := range cells {
		cells[i].Text = strings.ReplaceAll(clean(cells[i].Text), "\n", " ")
	}
	gap := m(" ", Style{})
	widths, ok := cellWidths(cells, width, gap, m)
	if !ok {
		rows, rest := wrapCell(cells[0], width, m), cells[1:]
		if len(rest) == 1 {
			return append(rows, wrapCell(rest[0], width, m)...)
		}
		// The last cell keeps to the right edge; the others share what it leaves.
		rest[0].Share, rest[0].Align = 1, Left
		return append(rows, layoutCells(rest, width, m)...)
	}

	texts := make([][]string, len(cells))
	height := 1
	for i, c := range cells {
		texts[i] = wrap(c.Text, c.Style, widths[i], m)
		height = max(height, len(texts[i]))
	}
	rows := make([][]Run, height)
	for y := range rows {
		x := 0
		for i, c := range cells {
			if y < len(texts[i]) {
				rows[y] = appendRun(rows[y], texts[i][y], c.Style, c.Align, x, widths[i], m)
			}
			x += widths[i] + gap
		}
	}
	return rows
}

// cellWidths hands out the width: every cell but the first gets at least its natural width, so
// that a number is never broken; ok is false if the first is then left with too little.
func cellWidths(cells []Cell, width, gap int, m Measure) (widths []int, ok bool) {
	widths = make([]int, len(cells))
	natural := make([]int, len(cells))
	rest, shares := width-gap*(len(cells)-1), 0
	for i, c := range cells {
		natural[i] = m(c.Text, c.Style)
		if c.Share == 0 {
			widths[i] = natural[i]
			rest -= natural[i]
		}
		shares += c.Share
	}
	given := 0
	for i, c := range cells {
		if i > 0 && c.Share > 0 {
			widths[i] = max(rest*c.Share/shares, natural[i])
			given += widths[i]
		}
	}
	if len(cells) == 1 {
		return []int{width}, true
	}
	if cells[0].Share > 0 {
		widths[0] = rest - given
	} else if given > rest {
		return nil, false
	}
	if rest < 0 || widths[0] < 0 {
		return nil, false
	}
	// A label is not wrapped beside its value; the name of an article is, beside count and amount.
	if fits := natural[0] <= widths[0]; !fits && (len(cells) == 2 || widths[0] < width/4) {
		return nil, false
	}
	return widths, true
}

func wrapCell(c Cell, width int, m Measure) [][]Run {
	var rows [][]Run
	for _, text := range wrap(c.Text, c.Style, width, m) {
		rows = append(rows, appendRun(nil, text, c.Style, c.Align, 0, width, m))
	}
	return rows
}

func appendRun(runs []Run, text string, s Style, a Align, x, width int, m Measure) []Run {
	if text == "" {
		return runs
	}
	switch a {
	case Center:
		x += max(0, width-m(text, s)) / 2
	case Right:
		x += max(0, width-m(text, s))
	}
	return append(runs, Run{strings.ReplaceAll(text, noBreakSpace, " "), x, s})
}

// wrapAll wraps every line of a text that has newlines.
func wrapAll(text string, s Style, width int, m Measure) []string {
	var lines []string
	for part := range strings.SplitSeq(clean(text), "\n") {
		lines = append(lines, wrap(part, s, width, m)...)
	}
	return lines
}

// wrap breaks text into lines no wider than width and returns at least one. An atom wider than a
// whole line is broken between characters; a single character wider than that stands alone.
func wrap(text string, s Style, width int, m Measure) []string {
	if m(text, s) <= width {
		return []string{text}
	}
	var lines []string
	var line strings.Builder
	used := 0
	flush := func() {
		lines = append(lines, strings.TrimRight(line.String(), " "))
		line.Reset()
		used = 0
	}
	put := func(piece string, w int) {
		if piece == " " && used == 0 && len(lines) > 0 {
			return // a space at which the line was broken
		}
		line.WriteString(piece)
		used += w
	}
	for _, atom := range atoms(text) {
		w := m(atom, s)
		if used+w > width && used > 0 && atom != " " {
			flush()
		}
		if w <= width {
			put(atom, w)
			continue
		}
		for _, r := range atom {
			w := m(string(r), s)
			if used+w > width && used > 0 {
				flush()
			}
			put(string(r), w)
		}
	}
	if line.Len() > 0 || len(lines) == 0 {
		flush()
	}
	return lines
}

// atoms splits text where a line may be broken: at single spaces and around Chinese characters,
// but not before punctuation that closes nor after punctuation that opens.
func atoms(text string) []string {
	const (
		closing = "，。、；：？！）】》」』”’％…·,.;:?!)]}%"
		opening = "（【《「『“‘￥¥([{"
	)
	var out []string
	var last rune
	for _, r := range text {
		join := last != 0 && last != ' ' && r != ' ' &&
			(!ideographic(r) && !ideographic(last) || strings.ContainsRune(closing, r) || strings.ContainsRune(opening, last))
		if join {
			out[len(out)-1] += string(r)
		} else {
			out = append(out, string(r))
		}
		last = r
	}
	return out
}

// ideographic reports whether a line may be broken before and after r.
func ideographic(r rune) bool { return r >= 0x2e80 }

// clean removes what must not reach a device: control characters, which a printer would obey, and
// invisible format characters, which would make paper and record differ.
func clean(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n':
			return r
		case r == '\t':
			return ' '
		case unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp):
			return -1
		}
		return r
	}, text)
}

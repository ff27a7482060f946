package printer

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"strings"
	"time"

	"github.com/boombuler/barcode/code128"
	"github.com/boombuler/barcode/qr"
	"golang.org/x/image/font/opentype"

	"github.com/yifen-pay/yifen/internal/wire/escpos"
)

// The grid that text is set on, in dots.
const (
	cellWide = 12 // of an ASCII character; all others take two
	cellHigh = 24
	leading  = 6
	pageMax  = 8000 // 1 m of paper
)

// sheet is the paper in the printer: what was printed since it was last torn off.
type sheet struct {
	dots int
	font *typeface

	align         escpos.Alignment
	width, height int // magnification
	bold          bool

	line  []character // the line buffer
	ink   []byte      // finished rows, one byte a dot, 1 for black
	text  strings.Builder
	bytes int
	drawn bool // something was asked of it: print, feed or open the drawer
	kick  bool
	cut   bool
}

// character is one character in the line buffer.
type character struct {
	r             rune
	width, height int
	bold          bool
}

func (c character) dots() int { return cell(c.r) * c.width }

// cell is the unmagnified width of r.
func cell(r rune) int {
	if r < 0x80 {
		return cellWide
	}
	return 2 * cellWide
}

func newSheet(f *opentype.Font, dots int) *sheet {
	return &sheet{dots: dots, font: &typeface{font: f}, width: 1, height: 1}
}

// blank reports whether nothing was printed since the sheet was torn off.
func (s *sheet) blank() bool { return !s.drawn && len(s.line) == 0 }

// obey carries e out and reports whether the receipt is finished.
func (s *sheet) obey(e escpos.Event) bool {
	switch e := e.(type) {
	case escpos.Reset:
		s.align, s.width, s.height, s.bold, s.line = escpos.Left, 1, 1, false, nil
	case escpos.Align:
		s.align = e.To
	case escpos.Size:
		s.width, s.height = e.Width, e.Height
	case escpos.Bold:
		s.bold = e.On
	case escpos.Text:
		for _, r := range e.Text {
			s.set(r)
		}
	case escpos.Feed:
		s.endLine()
		for range e.Lines - 1 {
			s.endLine()
		}
	case escpos.FeedDots:
		if len(s.line) > 0 {
			s.endLine()
		}
		s.advance(e.Dots)
	case escpos.QR:
		s.qr(e)
	case escpos.Barcode:
		s.barcode(e)
	case escpos.Raster:
		s.raster(e)
	case escpos.Drawer:
		s.kick, s.drawn = true, true
	case escpos.Cut:
		if len(s.line) > 0 {
			s.endLine()
		}
		s.cut = !s.blank() // cutting white paper makes no receipt
		return s.cut
	}
	return len(s.ink) >= pageMax*s.dots
}

// tear takes the receipt out and leaves an empty sheet with the settings as they are.
func (s *sheet) tear(at time.Time) Job {
	if len(s.line) > 0 {
		s.endLine()
	}
	j := Job{At: at, Text: strings.TrimRight(s.text.String(), "\n") + "\n", PNG: s.picture(), Drawer: s.kick, Cut: s.cut, Bytes: s.bytes}
	s.ink, s.bytes, s.drawn, s.kick, s.cut = nil, 0, false, false, false
	s.text.Reset()
	return j
}

// margin surrounds the picture, because paper is wider than the print head.
const margin = 24

func (s *sheet) picture() []byte {
	rows := len(s.ink) / s.dots
	img := image.NewPaletted(image.Rect(0, 0, s.dots+2*margin, rows+2*margin), color.Palette{color.White, color.Black})
	for y := range rows {
		copy(img.Pix[(y+margin)*img.Stride+margin:], s.ink[y*s.dots:(y+1)*s.dots])
	}
	var out bytes.Buffer
	if err := png.Encode(&out, img); err != nil {
		panic("printer: encode picture: " + err.Error()) // a buffer takes every write
	}
	return out.Bytes()
}

// set puts r into the line buffer, starting a new line where it does not fit.
func (s *sheet) set(r rune) {
	c := character{r, s.width, s.height, s.bold}
	used := 0
	for _, c := range s.line {
		used += c.dots()
	}
	if used+c.dots() > s.dots && used > 0 {
		s.endLine()
	}
	s.line = append(s.line, c)
}

// endLine prints the line buffer and moves to the next line.
func (s *sheet) endLine() {
	tallest, wide := 1, 0
	var text strings.Builder
	for _, c := range s.line {
		tallest = max(tallest, c.height)
		wide += c.dots()
		text.WriteRune(c.r)
	}
	x := s.left(wide)
	high := tallest * cellHigh
	top := s.advance(high + leading)
	for _, c := range s.line {
		s.strike(c, x, top+high-c.height*cellHigh)
		x += c.dots()
	}
	indent := strings.Repeat(" ", s.left(wide)/cellWide)
	s.write(strings.TrimRight(indent+text.String(), " "))
	s.line = s.line[:0]
}

func (s *sheet) write(line string) {
	s.text.WriteString(line + "\n")
	s.drawn = true
}

// left is where something wide dots wide begins under the current alignment.
func (s *sheet) left(wide int) int {
	switch s.align {
	case escpos.Center:
		return max(0, s.dots-wide) / 2
	case escpos.Right:
		return max(0, s.dots-wide)
	default:
		return 0
	}
}

// advance feeds rows of white paper and returns the first one's index. Past the end of a page
// nothing more is fed; obey has the page torn off.
func (s *sheet) advance(rows int) int {
	top := len(s.ink) / s.dots
	s.drawn = true
	if top < pageMax+cellHigh {
		s.ink = append(s.ink, make([]byte, rows*s.dots)...)
	}
	return top
}

func (s *sheet) dot(x, y int) {
	if i := y*s.dots + x; x >= 0 && x < s.dots && i < len(s.ink) {
		s.ink[i] = 1
	}
}

func (s *sheet) block(x, y, w, h int) {
	for dy := range h {
		for dx := range w {
			s.dot(x+dx, y+dy)
		}
	}
}

// strike prints one character, magnified dot by dot as print heads do.
func (s *sheet) strike(c character, x, y int) {
	if c.r == ' ' {
		return
	}
	wide := cell(c.r)
	for i, black := range s.font.glyph(c.r) {
		if black {
			gx, gy := i%wide, i/wide
			w := c.width
			if c.bold {
				w++
			}
			s.block(x+gx*c.width, y+gy*c.height, w, c.height)
		}
	}
}

func (s *sheet) qr(e escpos.QR) {
	if len(s.line) > 0 {
		s.endLine()
	}
	levels := map[escpos.Level]qr.ErrorCorrectionLevel{
		escpos.LevelL: qr.L, escpos.LevelM: qr.M, escpos.LevelQ: qr.Q, escpos.LevelH: qr.H,
	}
	code, err := qr.Encode(e.Content, levels[e.Level], qr.Auto)
	if err != nil || code.Bounds().Dx()*e.Module > s.dots {
		s.write("[QR does not fit]")
		return
	}
	s.modules(code, e.Module, e.Module, code.Bounds().Dy())
	s.write("[QR] " + e.Content)
}

func (s *sheet) barcode(e escpos.Barcode) {
	if len(s.line) > 0 {
		s.endLine()
	}
	code, err := code128.Encode(e.Content)
	if e.System != 73 || err != nil || code.Bounds().Dx()*e.Module > s.dots {
		s.write("[barcode cannot be printed]")
		return
	}
	s.modules(code, e.Module, e.Height, 1)
	if !e.Clear {
		s.write("[" + e.Content + "]")
		return
	}
	width, height, bold := s.width, s.height, s.bold
	s.width, s.height, s.bold = 1, 1, false
	for _, r := range e.Content {
		s.set(r)
	}
	s.endLine()
	s.width, s.height, s.bold = width, height, bold
}

// modules prints rows of code, each module w by h dots.
func (s *sheet) modules(code image.Image, w, h, rows int) {
	columns := code.Bounds().Dx()
	x0, y0 := s.left(columns*w), s.advance(rows*h)
	for y := range rows {
		for x := range columns {
			if r, _, _, _ := code.At(x, y).RGBA(); r == 0 {
				s.block(x0+x*w, y0+y*h, w, h)
			}
		}
	}
}

func (s *sheet) raster(e escpos.Raster) {
	rows := min(len(e.Bits)/e.Stride, pageMax)
	s.write(fmt.Sprintf("[picture %d x %d]", e.Stride*8, rows))
	x0, y0 := s.left(e.Stride*8*e.ScaleX), s.advance(rows*e.ScaleY)
	for y := range rows {
		for x := range min(e.Stride*8, s.dots) {
			if e.Bits[y*e.Stride+x/8]&(0x80>>(x%8)) != 0 {
				s.block(x0+x*e.ScaleX, y0+y*e.ScaleY, e.ScaleX, e.ScaleY)
			}
		}
	}
}

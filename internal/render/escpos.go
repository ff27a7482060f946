package render

import (
	"fmt"
	"image"
	"strings"

	"github.com/yifen-pay/yifen/internal/domain/receipt"
	"github.com/yifen-pay/yifen/internal/wire/escpos"
)

// feedBeforeCut moves the last line past the cutter, which sits above the print head.
const feedBeforeCut = 4

// bandRows is the height of one raster command: small enough for printers with little memory.
const bandRows = 128

// ESCPOS returns the commands that print doc as text in Chinese mode, with QR codes and barcodes
// drawn by the printer. It is crisp and short, and needs a printer with a Chinese font.
func (r Renderer) ESCPOS(doc receipt.Document) ([]byte, error) {
	if err := doc.Validate(); err != nil {
		return nil, fmt.Errorf("print receipt: %w", err)
	}
	w := writer{paper: paperOf(doc), images: r.Images}
	w.e.Init()
	for i, line := range doc.Lines {
		if err := w.line(line); err != nil {
			return nil, fmt.Errorf("print receipt: line %d: %w", i+1, err)
		}
	}
	w.e.Chinese(false)
	return w.e.Bytes(), nil
}

// Raster returns the commands that print doc as a picture: larger and slower than ESCPOS, but right
// on any printer.
func (r Renderer) Raster(doc receipt.Document) ([]byte, error) {
	bitmap, err := r.bitmap(doc, paperOf(doc).dots)
	if err != nil {
		return nil, err
	}
	w := writer{paper: paperOf(doc)}
	w.e.Init()
	if err := w.raster(bitmap.Rect, func(x, y int) bool { return bitmap.Pix[y*bitmap.Stride+x] == 1 }); err != nil {
		return nil, fmt.Errorf("print receipt: %w", err)
	}
	for _, line := range doc.Lines {
		switch line.(type) {
		case receipt.Cut, receipt.Drawer:
			if err := w.line(line); err != nil {
				return nil, fmt.Errorf("print receipt: %w", err)
			}
		}
	}
	return w.e.Bytes(), nil
}

// writer prints the lines of one document.
type writer struct {
	e      escpos.Encoder
	paper  paper
	images func(ref string) (image.Image, error)
	face   face // as set on the printer
}

// face is how the printer draws text: magnified beyond 1 or not, bold or not.
type face struct{ wide, high, bold bool }

func (w *writer) line(line receipt.Line) error {
	switch l := line.(type) {
	case receipt.Text:
		w.text(l)
	case receipt.Columns:
		w.columns(l)
	case receipt.Rule:
		w.text(receipt.Text{Text: strings.Repeat("-", w.paper.columns)})
	case receipt.QR:
		return w.qr(l)
	case receipt.Barcode:
		w.e.Align(escpos.Center)
		if err := w.e.Code128(l.Content); err != nil {
			return err
		}
		w.e.Feed(1)
		w.e.Align(escpos.Left)
	case receipt.Image:
		return w.image(l)
	case receipt.Signature:
		return w.signature(l)
	case receipt.Cut:
		w.e.Feed(feedBeforeCut)
		w.e.Cut(l.Partial)
	case receipt.Drawer:
		w.e.Drawer(l.Pin)
	}
	return nil
}

// text leaves alignment to the printer, which knows its own width.
func (w *writer) text(t receipt.Text) {
	alignments := map[receipt.Align]escpos.Alignment{
		receipt.Left: escpos.Left, receipt.Center: escpos.Center, receipt.Right: escpos.Right,
	}
	rows, wide := w.rows(receipt.Text{Text: t.Text, Style: t.Style})
	w.e.Align(alignments[t.Align])
	w.style(t.Style, wide)
	for _, row := range rows {
		for _, run := range row.Runs {
			w.e.Text(run.Text)
		}
		w.e.Feed(1)
	}
	w.style(receipt.Style{}, false)
	w.e.Align(escpos.Left)
}

// columns are set with spaces, because not every printer has tab stops.
func (w *writer) columns(c receipt.Columns) {
	rows, wide := w.rows(c)
	for _, row := range rows {
		at := 0
		for _, run := range row.Runs {
			w.e.Text(strings.Repeat(" ", max(0, run.X-at)))
			w.style(run.Style, wide)
			w.e.Text(run.Text)
			w.style(receipt.Style{}, false)
			at = run.X + columnsOf(wide)(run.Text, run.Style)
		}
		w.e.Feed(1)
	}
}

// rows breaks one line. Large text is twice as wide where that needs no more rows, so that an
// amount is not broken for the sake of its size; otherwise it is only twice as high.
func (w *writer) rows(line receipt.Line) (rows []receipt.Row, wide bool) {
	doc := receipt.Document{Lines: []receipt.Line{line}}
	double := doc.Rows(w.paper.columns, columnsOf(true))
	single := doc.Rows(w.paper.columns, columnsOf(false))
	if len(double) > len(single) {
		return single, false
	}
	return double, true
}

// columnsOf measures text in columns, with large text two columns a character or one.
func columnsOf(wide bool) receipt.Measure {
	return func(text string, s receipt.Style) int {
		n := receipt.ColumnWidth(text)
		if wide && s.Size == receipt.Large {
			n *= 2
		}
		return n
	}
}

// style sets what differs from what the printer has.
func (w *writer) style(s receipt.Style, wide bool) {
	large := s.Size == receipt.Large
	want := face{wide: large && wide, high: large, bold: s.Bold}
	if want.wide != w.face.wide || want.high != w.face.high {
		w.e.Size(magnification(want.wide), magnification(want.high))
	}
	if want.bold != w.face.bold {
		w.e.Bold(want.bold)
	}
	w.face = want
}

func magnification(double bool) int {
	if double {
		return 2
	}
	return 1
}

func (w *writer) qr(q receipt.QR) error {
	modules, err := qrModules(q.Content)
	if err != nil {
		return err
	}
	n := modules.Bounds().Dx()
	w.e.Feed(1) // printers leave no quiet zone of their own
	w.e.Align(escpos.Center)
	if err := w.e.QR(q.Content, max(1, min(max(200/n, 4), w.paper.dots/(n+8))), escpos.LevelM); err != nil {
		return err
	}
	w.e.Feed(1)
	w.e.Align(escpos.Left)
	if q.Caption != "" {
		w.text(receipt.Text{Text: q.Caption, Align: receipt.Center})
	}
	return nil
}

func (w *writer) image(i receipt.Image) error {
	p, err := picture(w.images, i.Ref, w.paper.dots, w.paper.dots)
	if err != nil {
		return err
	}
	if p == nil {
		w.text(receipt.Text{Text: "[" + i.Alt + "]", Align: receipt.Center})
		return nil
	}
	return w.picture(p)
}

func (w *writer) picture(p *image.Gray) error {
	w.e.Align(escpos.Center)
	err := w.raster(p.Rect, func(x, y int) bool { return p.Pix[y*p.Stride+x] == 0 })
	w.e.Align(escpos.Left)
	return err
}

func (w *writer) signature(s receipt.Signature) error {
	w.text(receipt.Text{Text: s.Label})
	p, err := strokes(w.images, s.Ref, w.paper.dots, signatureRows)
	if err != nil {
		return err
	}
	if p == nil {
		w.e.Feed(3)
	} else if err := w.picture(p); err != nil {
		return err
	}
	w.text(receipt.Text{Text: strings.Repeat("_", w.paper.columns)})
	return nil
}

// raster sends a picture in bands.
func (w *writer) raster(size image.Rectangle, black func(x, y int) bool) error {
	stride := (size.Dx() + 7) / 8
	for top := 0; top < size.Dy(); top += bandRows {
		rows := min(bandRows, size.Dy()-top)
		bits := make([]byte, stride*rows)
		for y := range rows {
			for x := range size.Dx() {
				if black(x, top+y) {
					bits[y*stride+x/8] |= 0x80 >> (x % 8)
				}
			}
		}
		if err := w.e.Raster(stride, bits); err != nil {
			return err
		}
	}
	return nil
}

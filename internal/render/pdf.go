package render

import (
	"bytes"
	"fmt"
	"image/png"
	"strconv"
	"time"

	"codeberg.org/go-pdf/fpdf"

	"github.com/yifen-pay/yifen/internal/domain/receipt"
)

const (
	millimetersPerDot = 0.125 // 203 dpi
	pointsPerDot      = millimetersPerDot * 72 / 25.4
	pdfFont           = "receipt"
)

// pdfDate stands in every file, because a document has no clock: the same document gives the same
// bytes.
var pdfDate = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

// pdfSlots bounds how many PDFs are made at once: each reads the whole font, some 20 MB of memory
// until it is done.
var pdfSlots = make(chan struct{}, 2)

// PDF returns doc as one PDF page, as wide as its paper and as long as it needs. Text stays text,
// in an embedded font cut down to the characters used.
func (r Renderer) PDF(doc receipt.Document) ([]byte, error) {
	paper := paperOf(doc)
	pg, err := r.page(doc, paper.dots)
	if err != nil {
		return nil, err
	}
	pdfSlots <- struct{}{}
	defer func() { <-pdfSlots }()
	size := fpdf.SizeType{Wd: float64(paper.millimeters), Ht: float64(pg.height) * millimetersPerDot}
	f := fpdf.NewCustom(&fpdf.InitType{UnitStr: "mm", Size: size})
	f.SetCatalogSort(true)
	f.SetCreationDate(pdfDate)
	f.SetModificationDate(pdfDate)
	f.SetTitle(doc.Title, true)
	f.SetMargins(0, 0, 0)
	f.SetAutoPageBreak(false, 0)
	f.AddUTF8FontFromBytes(pdfFont, "", fontTTF)
	f.AddPage()

	// The print head is narrower than the paper; the page is centered on it as on a printer.
	left := (size.Wd - float64(pg.width)*millimetersPerDot) / 2
	drawBoxes(f, pg, left)
	if err := drawPictures(f, pg, left); err != nil {
		return nil, err
	}
	drawTexts(f, pg, left)

	var out bytes.Buffer
	if err := f.Output(&out); err != nil {
		return nil, fmt.Errorf("write receipt PDF: %w", err)
	}
	return out.Bytes(), nil
}

func drawBoxes(f *fpdf.Fpdf, pg page, left float64) {
	f.SetFillColor(0, 0, 0)
	for _, b := range pg.boxes {
		f.Rect(left+mm(b.Min.X), mm(b.Min.Y), mm(b.Dx()), mm(b.Dy()), "F")
	}
}

func drawPictures(f *fpdf.Fpdf, pg page, left float64) error {
	options := fpdf.ImageOptions{ImageType: "PNG"}
	for i, m := range pg.pictures {
		var data bytes.Buffer
		if err := png.Encode(&data, m.pixels); err != nil {
			return fmt.Errorf("encode receipt image: %w", err)
		}
		name := strconv.Itoa(i)
		f.RegisterImageOptionsReader(name, options, &data)
		size := m.pixels.Bounds().Size()
		f.ImageOptions(name, left+mm(m.at.X), mm(m.at.Y), mm(size.X), mm(size.Y), false, options, 0, "")
	}
	return nil
}

func drawTexts(f *fpdf.Fpdf, pg page, left float64) {
	p := pens.Get().(*pen)
	defer pens.Put(p)
	f.SetTextColor(0, 0, 0)
	f.SetDrawColor(0, 0, 0)
	for _, t := range pg.texts {
		f.SetFont(pdfFont, "", float64(em(t.style.Size))*pointsPerDot)
		if t.style.Bold { // the font has one weight: an outline around it makes the second
			f.SetLineWidth(mm(em(t.style.Size)) / 28)
			f.SetTextRenderingMode(2)
		}
		f.Text(left+float64(t.x)/64*millimetersPerDot, mm(t.baseline), p.shown(t.text))
		if t.style.Bold {
			f.SetTextRenderingMode(0)
		}
	}
}

func mm(dots int) float64 { return float64(dots) * millimetersPerDot }

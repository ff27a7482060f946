package render

import (
	"bytes"
	"fmt"
	"math"

	"codeberg.org/go-pdf/fpdf"

	"github.com/yifen-pay/yifen/internal/domain/calendar"
	"github.com/yifen-pay/yifen/internal/domain/merchant"
)

// Signing is who signed terms, when, and from where.
type Signing struct {
	Operator string // whose stamp is on the paper
	Name     string // as typed by who signed
	Address  string // network address
	At       calendar.Instant
}

// Measures of a paper, in millimeters; sizes of letters in points.
const (
	paperMargin = 20.0
	lineHeight  = 5.2
	stampRadius = 19.0
)

// noFiles is the empty list of attachments that the library writes: it goes, for a paper that names files within is refused
// wherever papers are taken in. Spaces keep the places of what stands behind.
const noFiles = "/EmbeddedFiles << /Names [\n  \n] >>"

// Agreement returns signed terms as a PDF of A4 pages: title, parties, clauses in both languages, fees, and the lines of
// both signatures, the operator's with its stamp.
func Agreement(t merchant.Terms, s Signing) ([]byte, error) {
	pdfSlots <- struct{}{}
	defer func() { <-pdfSlots }()
	p := pens.Get().(*pen)
	defer pens.Put(p)
	f := fpdf.New("P", "mm", "A4", "")
	f.SetCatalogSort(true)
	f.SetCreationDate(s.At.Time())
	f.SetModificationDate(s.At.Time())
	f.SetTitle(t.Title.ZH, true)
	f.SetMargins(paperMargin, paperMargin, paperMargin)
	f.SetAutoPageBreak(true, paperMargin)
	f.AddUTF8FontFromBytes(pdfFont, "", fontTTF)
	f.SetFooterFunc(func() {
		f.SetY(-14)
		f.SetFont(pdfFont, "", 7)
		f.SetTextColor(110, 110, 110)
		f.CellFormat(0, 4, fmt.Sprintf("%s  ·  SHA-256 %s  ·  %d", t.Version, t.Digest(), f.PageNo()), "", 0, "C", false, 0, "")
	})
	f.AddPage()
	write := func(size float64, gray int, align, text string) {
		f.SetFont(pdfFont, "", size)
		f.SetTextColor(gray, gray, gray)
		f.MultiCell(0, lineHeight*size/10, p.shown(text), "", align, false)
	}
	both := func(c merchant.Clause, gap float64) {
		write(10, 0, "L", c.ZH)
		write(8.5, 90, "L", c.EN)
		f.Ln(gap)
	}
	write(18, 0, "C", t.Title.ZH)
	write(11, 90, "C", t.Title.EN)
	f.Ln(5)
	for _, c := range t.Parties {
		both(c, 1)
	}
	f.Ln(3)
	for _, c := range t.Clauses {
		both(c, 2)
	}
	if len(t.Schedule) > 0 {
		f.Ln(2)
		write(11, 0, "L", "附表：费用  Schedule: fees")
		f.Ln(1)
		for _, c := range t.Schedule {
			both(c, 0.5)
		}
	}
	signatures(f, p, t, s)
	var out bytes.Buffer
	if err := f.Output(&out); err != nil {
		return nil, fmt.Errorf("write an agreement: %w", err)
	}
	return bytes.Replace(out.Bytes(), []byte(noFiles), bytes.Repeat([]byte(" "), len(noFiles)), 1), nil
}

// signatures writes both signatures side by side, on one page.
func signatures(f *fpdf.Fpdf, p *pen, t merchant.Terms, s Signing) {
	const room, half, row, gap = 96.0, 85.0, 6.0, 2.0 // room for names of the longest
	if _, height := f.GetPageSize(); f.GetY()+room > height-paperMargin {
		f.AddPage()
	}
	top := f.GetY() + 8
	at := s.At.Time().In(calendar.Shanghai).Format("2006-01-02 15:04:05 -0700")
	column := func(left float64, lines ...string) (bottom float64) {
		f.SetFont(pdfFont, "", 9)
		f.SetTextColor(0, 0, 0)
		f.SetY(top)
		for _, line := range lines {
			f.SetX(left)
			f.MultiCell(half-5, row, p.shown(line), "", "L", false)
		}
		return f.GetY()
	}
	ours := column(paperMargin, "甲方 Party A", s.Operator, "日期 Date: "+at)
	theirs := column(paperMargin+half, "乙方签署 Signed for Party B", "姓名 Name: "+s.Name, "时间 Time: "+at, "地址 Address: "+s.Address, "摘要 SHA-256: "+t.Digest()[:32], t.Digest()[32:])
	f.SetDrawColor(150, 150, 150)
	f.Line(paperMargin+half, theirs+gap, paperMargin+2*half-5, theirs+gap)
	seal(f, p, s.Operator, paperMargin+48, ours+gap+stampRadius) // below all that is written, for a stamp hides what it lies on
}

// seal draws the operator's round stamp around a point: its name along the ring, a star within.
func seal(f *fpdf.Fpdf, p *pen, name string, x, y float64) {
	f.SetDrawColor(204, 24, 30)
	f.SetFillColor(204, 24, 30)
	f.SetTextColor(204, 24, 30)
	f.SetLineWidth(0.9)
	f.Circle(x, y, stampRadius, "D")
	star := make([]fpdf.PointType, 10)
	for i := range star {
		r := 5.4
		if i%2 == 1 {
			r = 2.1
		}
		sin, cos := math.Sincos(float64(i) * math.Pi / 5)
		star[i] = fpdf.PointType{X: x + r*sin, Y: y - r*cos}
	}
	f.Polygon(star, "F")
	letters := []rune(p.shown(name))
	step := math.Min(26, 250/math.Max(1, float64(len(letters)))) // degrees between letters
	const ring, pointsPerMM = stampRadius - 5.6, 72 / 25.4
	f.SetFont(pdfFont, "", math.Min(11, 0.95*step*math.Pi/180*ring*pointsPerMM)) // as wide as their place on the ring
	for i, letter := range letters {
		angle := (float64(i) - float64(len(letters)-1)/2) * step
		sin, cos := math.Sincos(angle * math.Pi / 180)
		text := string(letter)
		f.TransformBegin()
		lx, ly := x+ring*sin, y-ring*cos
		f.TransformRotate(-angle, lx, ly)
		f.Text(lx-f.GetStringWidth(text)/2, ly+1.2, text)
		f.TransformEnd()
	}
	f.SetFont(pdfFont, "", 7)
	foot := "电子合同专用章"
	f.Text(x-f.GetStringWidth(foot)/2, y+12, foot)
	f.SetLineWidth(0.2)
}

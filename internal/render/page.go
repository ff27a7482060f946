package render

import (
	"errors"
	"fmt"
	"image"

	"golang.org/x/image/draw"

	"github.com/yifen-pay/yifen/internal/domain/receipt"
)

// heightMax bounds a page, in dots: 4 m of paper, and less than the 200 inches of a PDF page.
const heightMax = 32000

// signatureRows is the room for a signature: 11 mm.
const signatureRows = 88

// pixelsMax bounds an image before it is scaled to the paper.
const pixelsMax = 16 << 20

// ErrTooLong says that a document would not fit a page.
var ErrTooLong = errors.New("receipt is too long to draw")

// page is a document laid out in dots: everything on it is text, a black box or a picture.
type page struct {
	width, height int
	texts         []textMark
	boxes         []image.Rectangle
	pictures      []pictureMark
}

type textMark struct {
	x, baseline int // x in 26.6 fixed-point dots
	text        string
	style       receipt.Style
}

type pictureMark struct {
	at     image.Point
	pixels *image.Gray // 0 is black, anything else white
}

// layout is the page while it is being filled.
type layout struct {
	page
	pen    *pen
	images func(ref string) (image.Image, error)
	margin int
	y      int
}

// lay places doc on a page of the given width in dots.
func lay(doc receipt.Document, dots int, p *pen, images func(string) (image.Image, error)) (page, error) {
	if err := doc.Validate(); err != nil {
		return page{}, err
	}
	l := layout{page: page{width: dots}, pen: p, images: images, margin: 8}
	l.y = l.margin
	for _, row := range doc.Rows(l.inner()<<6, p.measure) {
		if err := l.row(row); err != nil {
			return page{}, err
		}
		if l.y > heightMax {
			return page{}, fmt.Errorf("%w: more than %d dots", ErrTooLong, heightMax)
		}
	}
	l.height = l.y + l.margin
	return l.page, nil
}

// inner is the width between the margins.
func (l *layout) inner() int { return l.width - 2*l.margin }

func (l *layout) row(row receipt.Row) error {
	switch line := row.Source.(type) {
	case receipt.Text, receipt.Columns:
		l.runs(row)
	case receipt.Rule:
		l.rule()
	case receipt.QR:
		return l.qr(line)
	case receipt.Barcode:
		return l.barcode(line)
	case receipt.Image:
		return l.image(line)
	case receipt.Signature:
		return l.signature(line)
	}
	return nil // cut and drawer leave no mark
}

func (l *layout) runs(row receipt.Row) {
	tallest := 0
	for _, r := range row.Runs {
		tallest = max(tallest, em(r.Style.Size))
	}
	if tallest == 0 {
		l.y += normalEm * 2 / 3 // a blank line
		return
	}
	// The font's ideographs rise 0.86 em above the baseline and fall 0.14 below it.
	baseline := l.y + tallest*9/10
	for _, r := range row.Runs {
		l.texts = append(l.texts, textMark{l.margin<<6 + r.X, baseline, r.Text, r.Style})
	}
	l.y += tallest * 5 / 4
}

// text places extra lines, such as a caption, by the rules of a document's text.
func (l *layout) text(t receipt.Text) {
	for _, row := range (receipt.Document{Lines: []receipt.Line{t}}).Rows(l.inner()<<6, l.pen.measure) {
		l.runs(row)
	}
}

func (l *layout) rule() {
	const dash, gap = 6, 4
	l.y += 6
	for x := l.margin; x < l.width-l.margin; x += dash + gap {
		l.box(x, l.y, min(dash, l.width-l.margin-x), 2)
	}
	l.y += 8
}

func (l *layout) box(x, y, w, h int) {
	l.boxes = append(l.boxes, image.Rect(x, y, x+w, y+h))
}

func (l *layout) qr(q receipt.QR) error {
	code, err := qrModules(q.Content)
	if err != nil {
		return err
	}
	n := code.Bounds().Dx()
	// About 25 mm, which a phone reads at arm's length, unless the paper is narrower.
	const quiet = 4
	module := max(1, min(max(200/n, 4), l.inner()/(n+2*quiet)))
	left := (l.width - n*module) / 2
	l.y += quiet * module
	for y := range n {
		for x := 0; x < n; {
			if !dark(code, x, y) {
				x++
				continue
			}
			start := x
			for x < n && dark(code, x, y) {
				x++
			}
			l.box(left+start*module, l.y+y*module, (x-start)*module, module)
		}
	}
	l.y += (n + quiet) * module
	if q.Caption != "" {
		l.text(receipt.Text{Text: q.Caption, Align: receipt.Center, Style: receipt.Style{Size: receipt.Small}})
	}
	return nil
}

func (l *layout) barcode(b receipt.Barcode) error {
	code, err := bars(b.Content)
	if err != nil {
		return err
	}
	n := code.Bounds().Dx()
	const quiet, height = 10, 64
	module := min(3, l.inner()/(n+2*quiet))
	if module < 1 {
		l.text(receipt.Text{Text: b.Content, Align: receipt.Center}) // too long to be read as bars
		return nil
	}
	left := (l.width - n*module) / 2
	l.y += 6
	for x := range n {
		if dark(code, x, 0) {
			l.box(left+x*module, l.y, module, height)
		}
	}
	l.y += height + 4
	l.text(receipt.Text{Text: b.Content, Align: receipt.Center})
	return nil
}

func (l *layout) image(i receipt.Image) error {
	picture, err := picture(l.images, i.Ref, l.inner(), l.width)
	if err != nil {
		return err
	}
	if picture == nil {
		l.text(receipt.Text{Text: "[" + i.Alt + "]", Align: receipt.Center})
		return nil
	}
	size := picture.Bounds()
	l.pictures = append(l.pictures, pictureMark{image.Pt((l.width-size.Dx())/2, l.y), picture})
	l.y += size.Dy() + 6
	return nil
}

// signature leaves room to sign in above a line, or shows there what was signed on a screen.
func (l *layout) signature(s receipt.Signature) error {
	l.y += 6
	l.text(receipt.Text{Text: s.Label, Style: receipt.Style{Size: receipt.Small}})
	picture, err := strokes(l.images, s.Ref, l.inner(), signatureRows)
	if err != nil {
		return err
	}
	if picture != nil {
		l.pictures = append(l.pictures, pictureMark{
			image.Pt((l.width-picture.Bounds().Dx())/2, l.y+signatureRows-picture.Bounds().Dy()), picture,
		})
	}
	l.y += signatureRows
	l.box(l.margin, l.y, l.inner(), 2)
	l.y += 8
	return nil
}

// picture looks ref up and returns it in black and white, scaled down to fit, or nil if there is
// none.
func picture(images func(string) (image.Image, error), ref string, width, height int) (*image.Gray, error) {
	img, size, err := find(images, ref, width, height)
	if img == nil || err != nil {
		return nil, err
	}
	out := blank(size)
	draw.ApproxBiLinear.Scale(out, out.Rect, img, img.Bounds(), draw.Over, nil)
	for i, v := range out.Pix {
		out.Pix[i] = 0xff
		if v < 0x80 {
			out.Pix[i] = 0
		}
	}
	return out, nil
}

// strokes is [picture] for what was drawn with a pen: every dark pixel leaves its dot, so that a thin
// stroke stays whole however far it is scaled down.
func strokes(images func(string) (image.Image, error), ref string, width, height int) (*image.Gray, error) {
	img, size, err := find(images, ref, width, height)
	if img == nil || err != nil {
		return nil, err
	}
	flat := blank(img.Bounds().Size())
	draw.Draw(flat, flat.Rect, img, img.Bounds().Min, draw.Over)
	out := blank(size)
	for i, v := range flat.Pix {
		if v < 0x80 {
			x, y := i%flat.Stride, i/flat.Stride
			out.Pix[y*size.Y/flat.Rect.Max.Y*out.Stride+x*size.X/flat.Rect.Max.X] = 0
		}
	}
	return out, nil
}

// find looks ref up and returns what it names, nil if there is nothing, and the size at which it fits.
func find(images func(string) (image.Image, error), ref string, width, height int) (image.Image, image.Point, error) {
	if ref == "" || images == nil {
		return nil, image.Point{}, nil
	}
	img, err := images(ref)
	if err != nil {
		return nil, image.Point{}, fmt.Errorf("receipt image: %w", err)
	}
	if img == nil || img.Bounds().Empty() {
		return nil, image.Point{}, nil
	}
	size := img.Bounds().Size()
	if size.X > pixelsMax/size.Y {
		return nil, image.Point{}, fmt.Errorf("receipt image of %d by %d pixels is too large, use at most %d pixels",
			size.X, size.Y, pixelsMax)
	}
	w, h := size.X, size.Y
	if w > width {
		w, h = width, h*width/w
	}
	if h > height {
		w, h = w*height/h, height
	}
	return img, image.Pt(max(w, 1), max(h, 1)), nil
}

// blank returns a white picture.
func blank(size image.Point) *image.Gray {
	out := image.NewGray(image.Rectangle{Max: size})
	draw.Draw(out, out.Rect, image.White, image.Point{}, draw.Src)
	return out
}

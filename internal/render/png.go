package render

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"

	"golang.org/x/image/math/fixed"

	"github.com/yifen-pay/yifen/internal/domain/receipt"
)

// Bounds of a picture's width in dots.
const (
	dotsMin = 200
	dotsMax = 1200
)

// ink is the coverage of a dot, of 255, from which it is printed. Below one half, so that thin
// strokes stay whole.
const ink = 0x60

// PNG returns doc as a picture in black and white, dots wide: 384 for 58 mm paper, 576 for 80 mm.
func (r Renderer) PNG(doc receipt.Document, dots int) ([]byte, error) {
	bitmap, err := r.bitmap(doc, dots)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	enc := png.Encoder{CompressionLevel: png.DefaultCompression, BufferPool: &pngBuffers}
	if err := enc.Encode(&out, bitmap); err != nil {
		return nil, fmt.Errorf("encode receipt picture: %w", err)
	}
	return out.Bytes(), nil
}

// bitmap draws doc; color 1 is black.
func (r Renderer) bitmap(doc receipt.Document, dots int) (*image.Paletted, error) {
	if dots < dotsMin || dots > dotsMax {
		return nil, fmt.Errorf("receipt picture of %d dots, use %d to %d", dots, dotsMin, dotsMax)
	}
	pg, err := r.page(doc, dots)
	if err != nil {
		return nil, err
	}
	dst := image.NewPaletted(image.Rect(0, 0, pg.width, pg.height), color.Palette{color.White, color.Black})
	for _, b := range pg.boxes {
		fill(dst, b)
	}
	for _, m := range pg.pictures {
		stamp(dst, m)
	}
	p := pens.Get().(*pen)
	defer pens.Put(p)
	for _, t := range pg.texts {
		p.draw(dst, t)
	}
	return dst, nil
}

func fill(dst *image.Paletted, r image.Rectangle) {
	r = r.Intersect(dst.Rect)
	for y := r.Min.Y; y < r.Max.Y; y++ {
		row := dst.Pix[dst.PixOffset(r.Min.X, y):][:r.Dx()]
		for x := range row {
			row[x] = 1
		}
	}
}

func stamp(dst *image.Paletted, m pictureMark) {
	size := m.pixels.Bounds().Size()
	for y := range size.Y {
		for x := range size.X {
			if m.pixels.Pix[y*m.pixels.Stride+x] == 0 {
				dst.SetColorIndex(m.at.X+x, m.at.Y+y, 1)
			}
		}
	}
}

// draw sets text glyph by glyph on whole dots, so that a character looks the same everywhere. Bold
// is every glyph struck twice, one dot apart, as thermal printers do it.
func (p *pen) draw(dst *image.Paletted, t textMark) {
	face := p.face(t.style.Size)
	at := fixed.Int26_6(t.x)
	for _, r := range t.text {
		dot := fixed.P(at.Round(), t.baseline)
		area, mask, maskAt, advance, ok := face.Glyph(dot, r)
		if !ok {
			area, mask, maskAt, advance, _ = face.Glyph(dot, missing)
		}
		if alpha, ok := mask.(*image.Alpha); ok {
			strike(dst, area, alpha, maskAt, t.style.Bold)
		}
		at += advance
	}
}

func strike(dst *image.Paletted, area image.Rectangle, mask *image.Alpha, maskAt image.Point, bold bool) {
	clip := dst.Rect
	if bold {
		clip.Max.X-- // room for the second strike
	}
	shown := area.Intersect(clip)
	for y := shown.Min.Y; y < shown.Max.Y; y++ {
		from := mask.Pix[mask.PixOffset(maskAt.X+shown.Min.X-area.Min.X, maskAt.Y+y-area.Min.Y):]
		to := dst.Pix[dst.PixOffset(shown.Min.X, y):]
		for x := range shown.Dx() {
			if from[x] >= ink {
				to[x] = 1
				if bold {
					to[x+1] = 1
				}
			}
		}
	}
}

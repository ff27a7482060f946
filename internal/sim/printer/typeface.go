package printer

import (
	"image"

	"golang.org/x/image/font"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/math/fixed"
)

// The type that fills the grid, in dots.
const (
	em       = 22
	baseline = 19
	ink      = 0x60 // coverage of a dot, of 255, from which it is black
)

// missing is printed for a character that the font lacks.
const missing = '〓'

// typeface makes the dot patterns of a printer's character generator out of a TrueType font. It
// serves one goroutine.
type typeface struct {
	font *opentype.Font
	face font.Face
}

// glyph returns the pattern of r, cell(r) by cellHigh dots, row by row. A letter wider than its
// cell is squeezed into it.
func (t *typeface) glyph(r rune) []bool {
	if t.face == nil {
		f, err := opentype.NewFace(t.font, &opentype.FaceOptions{Size: em, DPI: 72, Hinting: font.HintingNone})
		if err != nil {
			panic("printer: font: " + err.Error()) // only options can be refused, and these are constant
		}
		t.face = f
	}
	wide := cell(r)
	out := make([]bool, wide*cellHigh)
	area, mask, at, advance, ok := t.face.Glyph(fixed.P(0, baseline), r)
	if !ok {
		area, mask, at, advance, ok = t.face.Glyph(fixed.P(0, baseline), missing)
	}
	alpha, isAlpha := mask.(*image.Alpha)
	if !ok || !isAlpha {
		return out
	}
	natural := max(advance.Ceil(), area.Max.X)
	shift := max(0, wide-natural) / 2
	for y := max(0, area.Min.Y); y < min(cellHigh, area.Max.Y); y++ {
		for x := area.Min.X; x < area.Max.X; x++ {
			if alpha.AlphaAt(at.X+x-area.Min.X, at.Y+y-area.Min.Y).A < ink {
				continue
			}
			to := x + shift
			if natural > wide {
				to = x * wide / natural
			}
			if to >= 0 && to < wide {
				out[y*wide+to] = true
			}
		}
	}
	return out
}

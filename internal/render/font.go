package render

import (
	_ "embed"
	"strings"
	"sync"

	"golang.org/x/image/font"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/math/fixed"

	"github.com/yifen-pay/yifen/internal/domain/receipt"
)

//go:embed font/wqy-microhei-gbk.ttf
var fontTTF []byte

// FontTTF returns the TrueType font that receipts are drawn with. It must not be modified.
func FontTTF() []byte { return fontTTF }

// parsedFont reads the font's tables when the first receipt is drawn; glyphs stay in the file.
var parsedFont = sync.OnceValue(func() *opentype.Font {
	f, err := opentype.Parse(fontTTF)
	if err != nil {
		panic("render: embedded font: " + err.Error())
	}
	return f
})

// The sizes of text, in dots per em.
const (
	smallEm  = 18
	normalEm = 21
	largeEm  = 34
)

func em(s receipt.Size) int {
	switch s {
	case receipt.Small:
		return smallEm
	case receipt.Large:
		return largeEm
	default:
		return normalEm
	}
}

// missing stands for a character that the font lacks.
const missing = '〓'

// pen measures and draws text. Faces keep buffers, so that a pen serves one goroutine at a time.
type pen struct{ small, normal, large font.Face }

var pens = sync.Pool{New: func() any {
	face := func(em float64) font.Face {
		f, err := opentype.NewFace(parsedFont(), &opentype.FaceOptions{Size: em, DPI: 72, Hinting: font.HintingNone})
		if err != nil {
			panic("render: embedded font: " + err.Error())
		}
		return f
	}
	return &pen{face(smallEm), face(normalEm), face(largeEm)}
}}

func (p *pen) face(s receipt.Size) font.Face {
	switch s {
	case receipt.Small:
		return p.small
	case receipt.Large:
		return p.large
	default:
		return p.normal
	}
}

// measure is a receipt.Measure in 26.6 fixed-point dots, so that rounding does not add up.
func (p *pen) measure(text string, s receipt.Style) int {
	face := p.face(s.Size)
	var width fixed.Int26_6
	for _, r := range text {
		width += advance(face, r)
	}
	return int(width)
}

func advance(face font.Face, r rune) fixed.Int26_6 {
	a, ok := face.GlyphAdvance(r)
	if !ok {
		a, _ = face.GlyphAdvance(missing)
	}
	return a
}

// shown replaces what the font lacks, for devices that look glyphs up themselves.
func (p *pen) shown(text string) string {
	return strings.Map(func(r rune) rune {
		if _, ok := p.normal.GlyphAdvance(r); !ok {
			return missing
		}
		return r
	}, text)
}

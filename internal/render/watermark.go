package render

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	_ "image/png" // papers are kept as either
	"math"

	"golang.org/x/image/draw"
	"golang.org/x/image/font"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/math/f64"
	"golang.org/x/image/math/fixed"
)

const (
	shownSide   = 3000 // pixels of the longer side, as shown: print at A4 has 3508
	markQuality = 85
	markAngle   = -math.Pi / 6 // rising to the right
	markParts   = 28           // of the longer side: height of the text
)

// markSlots bounds how many pictures are marked at once: each takes some 100 MB until it is done.
var markSlots = make(chan struct{}, 2)

// Watermark draws a text over a picture (JPEG or PNG), again and again and slanted, so that no part of it can be passed
// on without. It returns a JPEG, scaled down where the picture is larger than a page shows.
func Watermark(picture []byte, mark string) ([]byte, error) {
	markSlots <- struct{}{}
	defer func() { <-markSlots }()
	from, _, err := image.Decode(bytes.NewReader(picture))
	if err != nil {
		return nil, fmt.Errorf("read a picture to be marked: %w", err)
	}
	size := from.Bounds().Size()
	if longer := max(size.X, size.Y); longer > shownSide {
		size = image.Pt(max(1, size.X*shownSide/longer), max(1, size.Y*shownSide/longer))
	}
	out := image.NewRGBA(image.Rectangle{Max: size})
	draw.Draw(out, out.Rect, image.White, image.Point{}, draw.Src)
	draw.ApproxBiLinear.Scale(out, out.Rect, from, from.Bounds(), draw.Over, nil)
	tile, err := markTile(mark, max(12, max(size.X, size.Y)/markParts))
	if err != nil {
		return nil, err
	}
	spread(out, tile)
	var b bytes.Buffer
	if err := jpeg.Encode(&b, out, &jpeg.Options{Quality: markQuality}); err != nil {
		return nil, fmt.Errorf("write a marked picture: %w", err)
	}
	return b.Bytes(), nil
}

// markTile draws the text once, dark with a light edge, so that it shows on any ground.
func markTile(mark string, em int) (*image.RGBA, error) {
	face, err := opentype.NewFace(parsedFont(), &opentype.FaceOptions{Size: float64(em), DPI: 72, Hinting: font.HintingNone})
	if err != nil {
		return nil, fmt.Errorf("open the font of marks: %w", err)
	}
	defer face.Close()
	width := font.MeasureString(face, mark).Ceil()
	tile := image.NewRGBA(image.Rect(0, 0, width+em, em*3/2))
	for _, layer := range []struct {
		shift int
		ink   color.NRGBA
	}{{max(1, em/24), color.NRGBA{255, 255, 255, 90}}, {0, color.NRGBA{70, 70, 70, 90}}} {
		d := font.Drawer{Dst: tile, Src: image.NewUniform(layer.ink), Face: face, Dot: fixed.P(em/2+layer.shift, em+layer.shift)}
		d.DrawString(mark)
	}
	return tile, nil
}

// spread lays a tile over a picture in slanted rows, every other one moved by half a tile.
func spread(out *image.RGBA, tile *image.RGBA) {
	w, h := float64(tile.Rect.Dx()), float64(tile.Rect.Dy())
	sin, cos := math.Sincos(markAngle)
	reach := math.Hypot(float64(out.Rect.Dx()), float64(out.Rect.Dy()))
	for row, y := 0, -reach; y < reach; row, y = row+1, y+3*h {
		for x := -reach + float64(row%2)*w/2; x < reach; x += w * 5 / 4 {
			at := f64.Aff3{cos, -sin, cos*x - sin*y, sin, cos, sin*x + cos*y}
			if area := reached(at, w, h); area.Overlaps(out.Rect) {
				draw.BiLinear.Transform(out, at, tile, tile.Rect, draw.Over, nil)
			}
		}
	}
}

// reached returns what a tile covers where a transformation puts it.
func reached(at f64.Aff3, w, h float64) image.Rectangle {
	var area image.Rectangle
	for i, corner := range [4][2]float64{{0, 0}, {w, 0}, {0, h}, {w, h}} {
		p := image.Pt(int(at[0]*corner[0]+at[1]*corner[1]+at[2]), int(at[3]*corner[0]+at[4]*corner[1]+at[5]))
		dot := image.Rectangle{p, p.Add(image.Pt(1, 1))}
		if i == 0 {
			area = dot
			continue
		}
		area = area.Union(dot)
	}
	return area.Inset(-1)
}

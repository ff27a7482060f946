package jbig

import (
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"image/draw"
	"slices"
)

// ErrPicture says that a picture cannot be written.
var ErrPicture = errors.New("jbig: picture cannot be written")

// stripeRowsDefault is what every reader of the fax profile T.85 takes.
const stripeRowsDefault = 128

// Encoder writes pictures as one maker of terminals or another does. The zero value writes what is read
// everywhere: the fax profile T.85, the template of three rows, typical prediction.
type Encoder struct {
	StripeRows    int    // rows of a stripe; 0 is 128
	TwoRows       bool   // the template of two rows
	Unpredicted   bool   // rows that repeat the one above are not marked
	Independent   bool   // a stripe can be read without those before it
	AdaptiveMoves []Move // in the order of their rows
}

// Move puts the adaptive pixel of the template X pixels to the left of the next one and Y above it, from a
// row of the picture on: 1 to 127 in its own row, -127 to 127 in the up to 255 rows above. 0, 0 is its own
// place. Where stripes are independent each starts with the adaptive pixel in its own place.
type Move struct{ Row, X, Y int }

// Encode writes img as the zero [Encoder] does.
func Encode(img image.Image) ([]byte, error) { return Encoder{}.Encode(img) }

// Encode writes img as an image entity of one plane and one layer. Every pixel that is darker than half is
// black; what is transparent lies on white. Errors wrap [ErrPicture].
func (e Encoder) Encode(img image.Image) ([]byte, error) {
	size := img.Bounds().Size()
	if size.X <= 0 || size.Y <= 0 || size.X > pixelsMax/size.Y {
		return nil, fmt.Errorf("%w: %d by %d pixels, use 1 to %d", ErrPicture, size.X, size.Y, pixelsMax)
	}
	h, err := e.header(size)
	if err != nil {
		return nil, err
	}
	pic := newPicture(size.X, size.Y, h.options)
	binarize(pic.pixels, img)
	out := h.append(nil)
	var w writer
	for y := 0; y < size.Y; y += int(h.stripeRows) {
		end := min(y+int(h.stripeRows), size.Y)
		out = e.moves(out, y, end)
		w.begin()
		for i := y; i < end; i++ {
			for _, m := range e.AdaptiveMoves {
				if m.Row == i {
					pic.moveX, pic.moveY = m.X, m.Y
				}
			}
			pic.code(&w, i)
		}
		for _, b := range w.end() {
			out = append(out, b)
			if b == marker {
				out = append(out, stuff)
			}
		}
		if !e.Independent {
			out = append(out, marker, sdNorm)
			continue
		}
		out = append(out, marker, sdReset)
		w.learned = statistics{}
		pic.forget(end)
	}
	return out, nil
}

func (e Encoder) header(size image.Point) (header, error) {
	h := header{width: uint32(size.X), height: uint32(size.Y), stripeRows: stripeRowsDefault}
	if e.StripeRows < 0 || e.StripeRows > pixelsMax {
		return h, fmt.Errorf("%w: stripes of %d rows", ErrPicture, e.StripeRows)
	}
	if e.StripeRows > 0 {
		h.stripeRows = uint32(e.StripeRows)
	}
	if !e.Unpredicted {
		h.options |= optionTPBON
	}
	if e.TwoRows {
		h.options |= optionLRLTWO
	}
	inOrder := slices.IsSortedFunc(e.AdaptiveMoves, func(a, b Move) int { return a.Row - b.Row })
	for _, m := range e.AdaptiveMoves {
		if !inOrder || m.Row < 0 || m.Row >= size.Y || m.X < -127 || m.X > 127 || m.Y < 0 || m.Y > 255 || m.Y == 0 && m.X < 0 {
			return h, fmt.Errorf("%w: the adaptive pixel cannot move to %d, %d at row %d", ErrPicture, m.X, m.Y, m.Row)
		}
		h.maxX, h.maxY = max(h.maxX, uint8(max(m.X, -m.X))), max(h.maxY, uint8(m.Y))
	}
	return h, nil
}

// moves announces the moves in the rows from y to end, of one stripe.
func (e Encoder) moves(out []byte, y, end int) []byte {
	for _, m := range e.AdaptiveMoves {
		if m.Row >= y && m.Row < end {
			out = append(out, marker, atMove)
			out = binary.BigEndian.AppendUint32(out, uint32(m.Row-y))
			out = append(out, byte(m.X), byte(m.Y))
		}
	}
	return out
}

// binarize fills pixels with the bits of img.
func binarize(pixels []byte, img image.Image) {
	size := img.Bounds().Size()
	gray := image.Gray{Pix: pixels, Stride: size.X, Rect: image.Rectangle{Max: size}}
	draw.Draw(&gray, gray.Rect, image.White, image.Point{}, draw.Src)
	draw.Draw(&gray, gray.Rect, img, img.Bounds().Min, draw.Over)
	for i, v := range pixels {
		pixels[i] = flag(v < 0x80)
	}
}

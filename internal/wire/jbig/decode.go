package jbig

import (
	"image"
	"math"
)

// Decode returns the picture in an image entity, black (0) on white (255). Errors are of type [Error].
// Bytes after the last stripe are not looked at.
func Decode(data []byte) (*image.Gray, error) {
	p := parser{in: data}
	if err := p.parseHeader(); err != nil {
		return nil, err
	}
	stripes, err := p.stripes()
	if err != nil {
		return nil, err
	}
	if uint64(p.width)*uint64(p.height) > pixelsMax {
		return nil, &Error{8, reasonLarge}
	}
	pic := newPicture(int(p.width), int(p.height), p.options)
	var r reader
	y := 0
	for _, s := range stripes {
		r.begin(s.data)
		moves := s.moves
		for i := uint32(0); i < p.stripeRows && y < int(p.height); i++ {
			for len(moves) > 0 && moves[0].row == i {
				pic.moveX, pic.moveY = moves[0].x, moves[0].y
				moves = moves[1:]
			}
			pic.code(&r, y)
			y++
		}
		if s.reset {
			r.learned = statistics{}
			pic.forget(y)
		}
	}
	for i, black := range pic.pixels {
		pic.pixels[i] = math.MaxUint8 * (1 - black)
	}
	return &image.Gray{Pix: pic.pixels, Stride: pic.width, Rect: image.Rect(0, 0, pic.width, int(p.height))}, nil
}

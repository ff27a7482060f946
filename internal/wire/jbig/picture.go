package jbig

import "bytes"

// template is which ten pixels around the next one are its context, in the order of
// reading, the first as the highest bit. Its last pixel in the row above is the adaptive one.
type template struct {
	above2, above, own int // masks: how many pixels of the row two above, the row above and the own row
	shift              int // of the row above, the own row filling what is below
	typical            int // the context that the mark of a repeated row is coded under
}

var (
	threeRows = template{above2: 7, above: 31, own: 3, shift: 2, typical: 0x0e5}
	twoRows   = template{above2: 0, above: 63, own: 15, shift: 4, typical: 0x195}
)

// picture is what is being coded, row by row, one byte for every pixel, 1 being black.
type picture struct {
	template
	width   int
	pixels  []byte
	blank   []byte // the row above the first
	top     int    // the first row that coding may look at; rows above it count as white
	predict bool   // a row may be marked as repeating the one above
	changed bool   // the row coded last did not repeat the one above
	moveX   int    // how far left of the next pixel the adaptive one lies, and
	moveY   int    // how far above; 0, 0 is its place in the template
}

func newPicture(width, height int, options byte) *picture {
	p := &picture{
		template: threeRows, width: width, pixels: make([]byte, width*height), blank: make([]byte, width),
		predict: options&optionTPBON != 0,
	}
	if options&optionLRLTWO != 0 {
		p.template = twoRows
	}
	p.forget(0)
	return p
}

// forget lets coding start afresh at row y, as at the top of the picture.
func (p *picture) forget(y int) {
	p.top, p.changed = y, true
	p.moveX, p.moveY = 0, 0
}

func (p *picture) row(y int) []byte {
	if y < p.top {
		return p.blank
	}
	return p.pixels[y*p.width:][:p.width]
}

// code codes row y.
func (p *picture) code(c coder, y int) {
	row, above := p.row(y), p.row(y-1)
	if p.predict {
		// The mark says whether this row and the last one were alike in repeating or not.
		changed := !bytes.Equal(row, above)
		alike := c.code(p.typical, flag(changed == p.changed)) == 1
		p.changed = p.changed == alike
		if !p.changed {
			copy(row, above)
			return
		}
	}
	above2 := p.row(y - 2)
	moved := p.moveX != 0 || p.moveY != 0
	adaptive := 1 << p.shift
	// Each window holds the pixels of its row up to one short of what the template sees of it.
	bits2, bits1, bits0 := pixel(above2, 0), pixel(above, 0)<<1|pixel(above, 1), 0
	for x := range p.width {
		bits2 = (bits2<<1 | pixel(above2, x+1)) & p.above2
		bits1 = (bits1<<1 | pixel(above, x+2)) & p.above
		context := bits2<<7 | bits1<<p.shift | bits0
		if moved {
			context = context&^adaptive | p.adaptivePixel(x, y)<<p.shift
		}
		row[x] = c.code(context, row[x])
		bits0 = (bits0<<1 | int(row[x])) & p.own
	}
}

// adaptivePixel returns the moved pixel of the template at x, y.
func (p *picture) adaptivePixel(x, y int) int {
	x, y = x-p.moveX, y-p.moveY
	if x < 0 || x >= p.width || y < p.top {
		return 0
	}
	return int(p.pixels[y*p.width+x])
}

// pixel returns the pixel at x, which is white right of the row.
func pixel(row []byte, x int) int {
	if x < len(row) {
		return int(row[x])
	}
	return 0
}

func flag(b bool) byte {
	if b {
		return 1
	}
	return 0
}

package jbig

// coder codes one pixel after another under a context of its neighbors, in either direction: a writer
// takes the bit and returns it, a reader ignores it and returns the one that was written. A picture is
// modeled once for both, so that they cannot disagree.
type coder interface {
	code(context int, bit byte) byte
}

// contexts is how many neighborhoods a template of ten pixels tells apart.
const contexts = 1 << 10

// statistics is what was learned of each context: the row of the table of estimates, doubled, and in the
// lowest bit the symbol that is more probable.
type statistics [contexts]uint8

// estimate is a row of T.82 table 24.
type estimate struct {
	lsz  uint32 // the part of the interval that the less probable symbol takes, 0x10000 being 1.5
	nlps uint8  // the row after a less probable symbol
	nmps uint8  // the row after a more probable symbol that renormalized the interval
	swap uint8  // 1 where a less probable symbol becomes the more probable one
}

// estimates is T.82 table 24.
var estimates = [113]estimate{
	{0x5a1d, 1, 1, 1}, {0x2586, 14, 2, 0}, {0x1114, 16, 3, 0}, {0x080b, 18, 4, 0},
	{0x03d8, 20, 5, 0}, {0x01da, 23, 6, 0}, {0x00e5, 25, 7, 0}, {0x006f, 28, 8, 0},
	{0x0036, 30, 9, 0}, {0x001a, 33, 10, 0}, {0x000d, 35, 11, 0}, {0x0006, 9, 12, 0},
	{0x0003, 10, 13, 0}, {0x0001, 12, 13, 0}, {0x5a7f, 15, 15, 1}, {0x3f25, 36, 16, 0},
	{0x2cf2, 38, 17, 0}, {0x207c, 39, 18, 0}, {0x17b9, 40, 19, 0}, {0x1182, 42, 20, 0},
	{0x0cef, 43, 21, 0}, {0x09a1, 45, 22, 0}, {0x072f, 46, 23, 0}, {0x055c, 48, 24, 0},
	{0x0406, 49, 25, 0}, {0x0303, 51, 26, 0}, {0x0240, 52, 27, 0}, {0x01b1, 54, 28, 0},
	{0x0144, 56, 29, 0}, {0x00f5, 57, 30, 0}, {0x00b7, 59, 31, 0}, {0x008a, 60, 32, 0},
	{0x0068, 62, 33, 0}, {0x004e, 63, 34, 0}, {0x003b, 32, 35, 0}, {0x002c, 33, 9, 0},
	{0x5ae1, 37, 37, 1}, {0x484c, 64, 38, 0}, {0x3a0d, 65, 39, 0}, {0x2ef1, 67, 40, 0},
	{0x261f, 68, 41, 0}, {0x1f33, 69, 42, 0}, {0x19a8, 70, 43, 0}, {0x1518, 72, 44, 0},
	{0x1177, 73, 45, 0}, {0x0e74, 74, 46, 0}, {0x0bfb, 75, 47, 0}, {0x09f8, 77, 48, 0},
	{0x0861, 78, 49, 0}, {0x0706, 79, 50, 0}, {0x05cd, 48, 51, 0}, {0x04de, 50, 52, 0},
	{0x040f, 50, 53, 0}, {0x0363, 51, 54, 0}, {0x02d4, 52, 55, 0}, {0x025c, 53, 56, 0},
	{0x01f8, 54, 57, 0}, {0x01a4, 55, 58, 0}, {0x0160, 56, 59, 0}, {0x0125, 57, 60, 0},
	{0x00f6, 58, 61, 0}, {0x00cb, 59, 62, 0}, {0x00ab, 61, 63, 0}, {0x008f, 61, 32, 0},
	{0x5b12, 65, 65, 1}, {0x4d04, 80, 66, 0}, {0x412c, 81, 67, 0}, {0x37d8, 82, 68, 0},
	{0x2fe8, 83, 69, 0}, {0x293c, 84, 70, 0}, {0x2379, 86, 71, 0}, {0x1edf, 87, 72, 0},
	{0x1aa9, 87, 73, 0}, {0x174e, 72, 74, 0}, {0x1424, 72, 75, 0}, {0x119c, 74, 76, 0},
	{0x0f6b, 74, 77, 0}, {0x0d51, 75, 78, 0}, {0x0bb6, 77, 79, 0}, {0x0a40, 77, 48, 0},
	{0x5832, 80, 81, 1}, {0x4d1c, 88, 82, 0}, {0x438e, 89, 83, 0}, {0x3bdd, 90, 84, 0},
	{0x34ee, 91, 85, 0}, {0x2eae, 92, 86, 0}, {0x299a, 93, 87, 0}, {0x2516, 86, 71, 0},
	{0x5570, 88, 89, 1}, {0x4ca9, 95, 90, 0}, {0x44d9, 96, 91, 0}, {0x3e22, 97, 92, 0},
	{0x3824, 99, 93, 0}, {0x32b4, 99, 94, 0}, {0x2e17, 93, 86, 0}, {0x56a8, 95, 96, 1},
	{0x4f46, 101, 97, 0}, {0x47e5, 102, 98, 0}, {0x41cf, 103, 99, 0}, {0x3c3d, 104, 100, 0},
	{0x375e, 99, 93, 0}, {0x5231, 105, 102, 0}, {0x4c0f, 106, 103, 0}, {0x4639, 107, 104, 0},
	{0x415e, 103, 99, 0}, {0x5627, 105, 106, 1}, {0x50e7, 108, 107, 0}, {0x4b85, 109, 103, 0},
	{0x5597, 110, 109, 0}, {0x504f, 111, 107, 0}, {0x5a10, 110, 111, 1}, {0x5522, 112, 109, 0},
	{0x59eb, 112, 111, 1},
}

// afterMPS and afterLPS move a context on.
func (s *statistics) afterMPS(context int) {
	s[context] = estimates[s[context]>>1].nmps<<1 | s[context]&1
}

func (s *statistics) afterLPS(context int) {
	row := &estimates[s[context]>>1]
	s[context] = row.nlps<<1 | s[context]&1 ^ row.swap
}

// half is the interval below which it is doubled.
const half = 0x8000

// writer is the arithmetic encoder of T.82. The interval starts at c and is a long; the less
// probable symbol has its upper end. A byte leaves c when eight bits above its 19th are complete, and
// waits in last until no carry can change it any more; bytes of 0xff wait with it, for a carry would run
// through them.
type writer struct {
	learned statistics
	a, c    uint32
	shifts  int // until a byte is complete
	last    int // -1 before the first byte
	full    int // bytes of 0xff after last
	out     []byte
}

// begin starts the data of a stripe; what was learned stays.
func (w *writer) begin() {
	w.a, w.c, w.shifts, w.last, w.full = 0x10000, 0, 11, -1, 0
	w.out = w.out[:0]
}

func (w *writer) code(context int, bit byte) byte {
	state := w.learned[context]
	lsz := estimates[state>>1].lsz
	w.a -= lsz
	if bit == state&1 {
		if w.a >= half {
			return bit
		}
		if w.a < lsz { // the more probable symbol always takes the larger part
			w.c += w.a
			w.a = lsz
		}
		w.learned.afterMPS(context)
	} else {
		if w.a >= lsz {
			w.c += w.a
			w.a = lsz
		}
		w.learned.afterLPS(context)
	}
	for w.a < half {
		w.a <<= 1
		w.c <<= 1
		if w.shifts--; w.shifts == 0 {
			w.byteOut(w.c >> 19)
			w.c &= 1<<19 - 1
			w.shifts = 8
		}
	}
	return bit
}

// byteOut takes the next byte, with a carry in its ninth bit.
func (w *writer) byteOut(b uint32) {
	switch {
	case b == 0xff:
		w.full++
		return
	case b > 0xff:
		w.release(1)
	default:
		w.release(0)
	}
	w.last = int(b & 0xff)
}

// release lets the waiting bytes go, with a carry or without.
func (w *writer) release(carry int) {
	if w.last >= 0 {
		w.out = append(w.out, byte(w.last+carry))
	}
	for ; w.full > 0; w.full-- {
		w.out = append(w.out, byte(0xff+carry))
	}
}

// end returns the data of the stripe: the value within the last interval with the most trailing zeros,
// which are left out because a reader supplies them.
func (w *writer) end() []byte {
	top := (w.c + w.a - 1) &^ 0xffff
	if top < w.c {
		top += half
	}
	w.c = top << w.shifts
	w.byteOut(w.c >> 19)
	w.byteOut(w.c >> 11 & 0xff)
	w.release(0)
	for len(w.out) > 0 && w.out[len(w.out)-1] == 0 {
		w.out = w.out[:len(w.out)-1]
	}
	return w.out
}

// reader is the arithmetic decoder of T.82. The upper half of c is what lies above the start
// of the interval.
type reader struct {
	learned statistics
	a, c    uint32
	bits    int // of the byte that lies below the upper half of c
	in      []byte
}

// begin starts the data of a stripe, in which 0x00 follows every 0xff; what was learned stays.
func (r *reader) begin(in []byte) {
	r.in = in
	r.a = 0x10000
	r.c = r.next()<<24 | r.next()<<16 | r.next()<<8
	r.bits = 8
}

// next returns the next byte, zeros after the last.
func (r *reader) next() uint32 {
	if len(r.in) == 0 {
		return 0
	}
	b := r.in[0]
	r.in = r.in[1:]
	if b == marker && len(r.in) > 0 {
		r.in = r.in[1:]
	}
	return uint32(b)
}

func (r *reader) code(context int, _ byte) byte {
	state := r.learned[context]
	lsz := estimates[state>>1].lsz
	bit := state & 1
	r.a -= lsz
	if r.c>>16 < r.a {
		if r.a >= half {
			return bit
		}
		if r.a < lsz {
			bit ^= 1
			r.learned.afterLPS(context)
		} else {
			r.learned.afterMPS(context)
		}
	} else {
		r.c -= r.a << 16
		if r.a < lsz {
			r.learned.afterMPS(context)
		} else {
			bit ^= 1
			r.learned.afterLPS(context)
		}
		r.a = lsz
	}
	for r.a < half {
		if r.bits == 0 {
			r.c |= r.next() << 8
			r.bits = 8
		}
		r.a <<= 1
		r.c <<= 1
		r.bits--
	}
	return bit
}

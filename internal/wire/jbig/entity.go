package jbig

import (
	"encoding/binary"
	"fmt"
)

// pixelsMax bounds a picture, so that a few bytes cannot ask for all memory.
const pixelsMax = 4 << 20

// Error says where an image entity cannot be read.
type Error struct {
	Offset int
	Reason string
}

// Error returns the place and the reason, e.g. "jbig: offset 1: more than one resolution layer".
func (e *Error) Error() string { return fmt.Sprintf("jbig: offset %d: %s", e.Offset, e.Reason) }

const (
	reasonShort    = "header ends early"
	reasonLayers   = "more than one resolution layer"
	reasonPlanes   = "more than one plane"
	reasonReserved = "reserved bits are set"
	reasonEmpty    = "picture without pixels"
	reasonStripe   = "stripes without rows"
	reasonLarge    = "picture has more than 4 Mi pixels"
	reasonData     = "data ends before the last stripe"
	reasonSegment  = "marker segment ends early"
	reasonMarker   = "marker does not belong here"
	reasonAborted  = "encoder gave up"
	reasonHeight   = "new height is not announced or larger than the old one"
	reasonMove     = "adaptive pixel moves to where it cannot be"
)

// marker is ESC, the byte that opens a marker; the others follow it.
const (
	marker  = 0xff
	stuff   = 0x00
	sdNorm  = 0x02
	sdReset = 0x03
	abort   = 0x04
	newLen  = 0x05
	atMove  = 0x06
	comment = 0x07
)

// The options that matter to a picture of one plane and one layer. The table of
// deterministic prediction would only serve further layers, but it takes its room in the data.
const (
	optionLRLTWO  = 0x40 // two rows in the template, not three
	optionVLENGTH = 0x20 // a NEWLEN may come
	optionTPBON   = 0x08 // typical prediction
	optionTable   = 0x06 // DPON and DPPRIV: a table follows, unless
	optionLast    = 0x01 // DPLAST: it is the last one again

	reservedOrder   = 0xf0
	reservedOptions = 0x80
)

const (
	headerSize = 20
	tableSize  = 1728
)

// header is the bi-level image header.
type header struct {
	width, height uint32
	stripeRows    uint32
	maxX, maxY    uint8 // how far the adaptive pixel may move
	options       byte
}

func (h header) append(out []byte) []byte {
	out = append(out, 0, 0, 1, 0)
	out = binary.BigEndian.AppendUint32(out, h.width)
	out = binary.BigEndian.AppendUint32(out, h.height)
	out = binary.BigEndian.AppendUint32(out, h.stripeRows)
	return append(out, h.maxX, h.maxY, 0, h.options)
}

// stripe is a stripe of a picture before it is decoded.
type stripe struct {
	moves []move
	data  []byte // with its stuffing
	reset bool   // nothing is kept for the next one
}

// move puts the adaptive pixel elsewhere from a row of its stripe on.
type move struct {
	row  uint32
	x, y int // left and up
}

// parser reads an image entity from its start.
type parser struct {
	header
	in []byte
	at int
}

func (p *parser) fail(reason string) error { return &Error{p.at, reason} }

func (p *parser) parseHeader() error {
	if len(p.in) < headerSize {
		p.at = len(p.in)
		return p.fail(reasonShort)
	}
	b := p.in
	p.header = header{
		width: binary.BigEndian.Uint32(b[4:]), height: binary.BigEndian.Uint32(b[8:]),
		stripeRows: binary.BigEndian.Uint32(b[12:]), maxX: b[16], maxY: b[17], options: b[19],
	}
	for _, check := range []struct {
		at     int
		bad    bool
		reason string
	}{
		{0, b[0] != 0, reasonLayers},
		{1, b[1] != 0, reasonLayers},
		{2, b[2] != 1, reasonPlanes},
		{4, p.width == 0, reasonEmpty},
		{4, p.width > pixelsMax, reasonLarge},
		{8, p.height == 0, reasonEmpty},
		{12, p.stripeRows == 0, reasonStripe},
		{18, b[18]&reservedOrder != 0, reasonReserved},
		{19, b[19]&reservedOptions != 0, reasonReserved},
	} {
		if check.bad {
			p.at = check.at
			return p.fail(check.reason)
		}
	}
	p.at = headerSize
	if p.options&(optionTable|optionLast) == optionTable {
		if len(p.in) < headerSize+tableSize {
			p.at = len(p.in)
			return p.fail(reasonShort)
		}
		p.at += tableSize
	}
	return nil
}

// stripes reads the data up to the last stripe, and the height where it comes late; it may come after the
// stripe that it shortens. What follows belongs to others.
func (p *parser) stripes() ([]stripe, error) {
	var all []stripe
	for rows := uint64(0); ; rows += uint64(p.stripeRows) {
		if rows >= uint64(p.height) && p.options&optionVLENGTH == 0 {
			return all, nil
		}
		moves, err := p.floating()
		if rows >= uint64(p.height) {
			return all, nil
		}
		if err != nil {
			return nil, err
		}
		s, err := p.stripe()
		if err != nil {
			return nil, err
		}
		s.moves = moves
		all = append(all, s)
	}
}

// floating reads the marker segments before a stripe.
func (p *parser) floating() (moves []move, err error) {
	for len(p.in) >= p.at+2 && p.in[p.at] == marker {
		rest := p.in[p.at+2:]
		size := 4
		switch p.in[p.at+1] {
		case newLen, comment:
		case atMove:
			size = 6
		default:
			return moves, nil
		}
		if len(rest) < size {
			return nil, p.fail(reasonSegment)
		}
		number := binary.BigEndian.Uint32(rest)
		switch p.in[p.at+1] {
		case newLen:
			if p.options&optionVLENGTH == 0 || number > p.height || number == 0 {
				return nil, p.fail(reasonHeight)
			}
			p.height = number
			p.options &^= optionVLENGTH
		case comment:
			if uint64(len(rest)-size) < uint64(number) {
				return nil, p.fail(reasonSegment)
			}
			size += int(number)
		case atMove:
			m := move{number, int(int8(rest[4])), int(rest[5])}
			if !p.allows(m) || len(moves) > 0 && m.row < moves[len(moves)-1].row {
				return nil, p.fail(reasonMove)
			}
			moves = append(moves, m)
		}
		p.at += 2 + size
	}
	return moves, nil
}

// allows reports whether the adaptive pixel may move there: among the pixels that are known already, and
// no further than was announced.
func (h header) allows(m move) bool {
	known := m.y > 0 || m.x > 0 || m.x == 0 && m.y == 0
	return known && m.row < h.stripeRows && max(m.x, -m.x) <= int(h.maxX) && m.y <= int(h.maxY)
}

// stripe reads the data of a stripe up to and with its end marker.
func (p *parser) stripe() (stripe, error) {
	start := p.at
	for ; p.at+1 < len(p.in); p.at++ {
		if p.in[p.at] != marker {
			continue
		}
		switch p.in[p.at+1] {
		case stuff:
			p.at++
		case sdNorm, sdReset:
			s := stripe{data: p.in[start:p.at], reset: p.in[p.at+1] == sdReset}
			p.at += 2
			return s, nil
		case abort:
			return stripe{}, p.fail(reasonAborted)
		default:
			return stripe{}, p.fail(reasonMarker)
		}
	}
	p.at = len(p.in)
	return stripe{}, p.fail(reasonData)
}

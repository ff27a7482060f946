package iso8583

import (
	"strconv"
)

// Error says where a message does not follow its spec. It never carries what a field holds.
type Error struct {
	Field  int    // 0 the message type, 1 the bitmap, -1 the frame or the message as a whole
	Offset int    // bytes from the start of what was read or, when packing, written
	Reason string // a constant of this package
}

// Error returns the place and the reason, e.g. "iso8583: field 22 at offset 31: pad nibble is not zero".
func (e *Error) Error() string {
	place := "field " + strconv.Itoa(e.Field)
	switch e.Field {
	case -1:
		place = "message"
	case 0:
		place = "message type"
	case 1:
		place = "bitmap"
	}
	return "iso8583: " + place + " at offset " + strconv.Itoa(e.Offset) + ": " + e.Reason
}

// Reasons of errors. They are constants, so that no content of a message can slip into one.
const (
	reasonShort      = "message ends here"
	reasonTrailing   = "bytes left over after the last field"
	reasonMTI        = "message type is not four digits"
	reasonBit1Set    = "bit 1 is set where only 64 bits exist"
	reasonBit1Clear  = "bit 1 is clear where 128 bits are due"
	reasonUnknown    = "field is not in the table"
	reasonPrefix     = "length prefix is not digits"
	reasonTooLong    = "length is over the field's limit"
	reasonTooShort   = "length is under the field's least"
	reasonLength     = "length is not the field's fixed length"
	reasonDigit      = "not a digit"
	reasonTrack      = "neither a digit nor the separator"
	reasonPad        = "pad nibble is not zero"
	reasonFrameShort = "frame is shorter than its TPDU and header"
	reasonNetLength  = "length is not four digits"
	reasonPosition   = "length matches no known layout"
)

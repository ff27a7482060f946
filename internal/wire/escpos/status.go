package escpos

import (
	"errors"
	"fmt"
)

// ErrNotStatus says that a byte received is no answer to DLE EOT: its fixed bits are wrong.
var ErrNotStatus = errors.New("byte is not a printer status")

// Bits 1 and 4 of every status byte are 1, bits 0 and 7 are 0.
const (
	fixedMask = 0x93
	fixedBits = 0x12
)

// Status is what the four status bytes of DLE EOT say together. The zero value is a printer at
// ease: every byte is 0x12.
type Status struct {
	Drawer  bool // n=1 bit 2: the level on the drawer connector's pin 3
	Offline bool // n=1 bit 3

	CoverOpen  bool // n=2 bit 2
	FeedButton bool // n=2 bit 3: paper is being fed by hand
	PaperStop  bool // n=2 bit 5: printing stopped because paper ended
	Error      bool // n=2 bit 6

	CutterError   bool // n=3 bit 3
	Unrecoverable bool // n=3 bit 5
	Recovering    bool // n=3 bit 6: ends by itself, as when the head has cooled

	PaperNearEnd bool // n=4 bits 2 and 3
	PaperEnd     bool // n=4 bits 5 and 6
}

// Byte returns the answer to DLE EOT n, and false if n is not 1 to 4.
func (s Status) Byte(n byte) (byte, bool) {
	b := byte(fixedBits)
	switch n {
	case 1:
		b |= bit(s.Drawer, 2) | bit(s.Offline, 3)
	case 2:
		b |= bit(s.CoverOpen, 2) | bit(s.FeedButton, 3) | bit(s.PaperStop, 5) | bit(s.Error, 6)
	case 3:
		b |= bit(s.CutterError, 3) | bit(s.Unrecoverable, 5) | bit(s.Recovering, 6)
	case 4:
		b |= bit(s.PaperNearEnd, 2) | bit(s.PaperNearEnd, 3) | bit(s.PaperEnd, 5) | bit(s.PaperEnd, 6)
	default:
		return 0, false
	}
	return b, true
}

// Apply sets the fields that answer b to DLE EOT n decides. A byte that fails the fixed-bit test
// changes nothing and returns ErrNotStatus.
func (s *Status) Apply(n, b byte) error {
	if b&fixedMask != fixedBits {
		return fmt.Errorf("%w: fixed bits are %#02x, want %#02x", ErrNotStatus, b&fixedMask, fixedBits)
	}
	set := func(bits byte) bool { return b&bits != 0 }
	switch n {
	case 1:
		s.Drawer, s.Offline = set(0x04), set(0x08)
	case 2:
		s.CoverOpen, s.FeedButton, s.PaperStop, s.Error = set(0x04), set(0x08), set(0x20), set(0x40)
	case 3:
		s.CutterError, s.Unrecoverable, s.Recovering = set(0x08), set(0x20), set(0x40)
	case 4:
		s.PaperNearEnd, s.PaperEnd = set(0x0c), set(0x60)
	default:
		return fmt.Errorf("%w: there is no status %d, ask for 1 to 4", ErrNotStatus, n)
	}
	return nil
}

// Printable reports whether a printer in this state prints what it receives.
func (s Status) Printable() bool {
	return !(s.Offline || s.CoverOpen || s.PaperStop || s.PaperEnd || s.Error ||
		s.CutterError || s.Unrecoverable || s.Recovering)
}

package escpos

// Event is one thing that a printer was told, as the decoder understood it.
type Event interface{ event() }

// Reset is ESC @: the printer returns to its power-on settings.
type Reset struct{}

// ChineseMode is FS & or FS .
type ChineseMode struct{ On bool }

// Align is ESC a.
type Align struct{ To Alignment }

// Size is GS !: the magnification of text, 1 to 8.
type Size struct{ Width, Height int }

// Bold is ESC E.
type Bold struct{ On bool }

// Text is a run of characters. A byte that means nothing in the current mode is 〓 (U+3013).
type Text struct{ Text string }

// Feed prints the line buffer and advances by Lines.
type Feed struct{ Lines int }

// FeedDots prints the line buffer and advances by Dots (ESC J).
type FeedDots struct{ Dots int }

// Cut is GS V.
type Cut struct{ Partial bool }

// Drawer is ESC p: a pulse on pin 2 or 5.
type Drawer struct{ Pin int }

// QR is a code that was stored and printed with GS ( k.
type QR struct {
	Content string
	Module  int // dots
	Level   Level
}

// Barcode is GS k. System is the m of the command, 73 for CODE128, whose code-set escapes are
// removed from Content.
type Barcode struct {
	System  byte
	Content string
	Height  int  // dots
	Module  int  // dots of the narrowest bar
	Clear   bool // the content is printed below or above
}

// Raster is GS v 0. Scale is 1 or 2 in each direction.
type Raster struct {
	Stride         int // bytes in a row
	Bits           []byte
	ScaleX, ScaleY int
}

// StatusRequest is DLE EOT n, which a printer answers at once, whatever its state.
type StatusRequest struct{ N byte }

// Unknown is a command outside the subset. Its parameters are skipped where their length is known.
type Unknown struct{ Command []byte } // the command's first bytes

// Oversize is a command whose data exceed what this package keeps. The data are skipped.
type Oversize struct {
	Command []byte
	Length  int
}

func (Reset) event()         {}
func (ChineseMode) event()   {}
func (Align) event()         {}
func (Size) event()          {}
func (Bold) event()          {}
func (Text) event()          {}
func (Feed) event()          {}
func (FeedDots) event()      {}
func (Cut) event()           {}
func (Drawer) event()        {}
func (QR) event()            {}
func (Barcode) event()       {}
func (Raster) event()        {}
func (StatusRequest) event() {}
func (Unknown) event()       {}
func (Oversize) event()      {}

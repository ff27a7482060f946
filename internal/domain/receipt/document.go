package receipt

import (
	"errors"
	"fmt"
	"unicode/utf8"
)

// Bounds of a document. They are far above any real receipt and keep a forged one from exhausting
// memory in a renderer.
const (
	linesMax   = 2000
	cellsMax   = 8
	textMax    = 4000 // characters in one text, cell, label or alternative text
	qrMax      = 1000 // bytes; version 40 at level M holds 2331, but nobody scans that from paper
	barcodeMax = 48   // characters of CODE128; more does not fit 80 mm paper
	refMax     = 200
)

// ErrInvalid says that a document or a slip breaks a rule of this package. Errors wrap it with the
// line or field that has to change, never with the field's content.
var ErrInvalid = errors.New("receipt is invalid")

// Document is one receipt as it was or will be shown.
type Document struct {
	Title    string // names the document in lists, files and PDF properties; it is not printed
	Template string // name and version of the template that built it, such as "card_slip/1"
	Width    int    // paper width in millimeters, 58 or 80; 0 leaves it to the device
	Lines    []Line
}

// Line is one line of a document: Text, Columns, Rule, QR, Barcode, Image, Signature, Cut or Drawer.
type Line interface{ line() }

// Align places text within its line or cell.
type Align string

// The alignments. Left is the zero value.
const (
	Left   Align = ""
	Center Align = "center"
	Right  Align = "right"
)

// Size is how large text is drawn.
type Size string

// The sizes. Normal is the zero value. Small is drawn as Normal where a device has one font only.
const (
	Normal Size = ""
	Small  Size = "small"
	Large  Size = "large"
)

// Style is how text is drawn.
type Style struct {
	Size Size
	Bold bool
}

// Text is a paragraph. A newline starts a new line; an empty text is a blank line.
type Text struct {
	Text  string
	Align Align
	Style
}

// Columns are cells side by side, such as a label and its value.
type Columns struct{ Cells []Cell }

// Cell is one column of a line.
type Cell struct {
	Text  string
	Share int // parts of the width that the natural widths of the other cells leave; 0 takes its own width
	Align Align
	Style
}

// Rule is a line across the paper.
type Rule struct{}

// QR is a two-dimensional code, centered, with an optional caption below.
type QR struct {
	Content string // UTF-8
	Caption string
}

// Barcode is a CODE128 barcode with its content in clear below.
type Barcode struct{ Content string } // printable ASCII

// Image is a picture that the renderer looks up by reference, such as a logo. Where it has none it
// shows Alt.
type Image struct {
	Ref string
	Alt string
}

// Signature is room for a signature under a label. If Ref is not empty it refers to the signature
// that was captured on a screen, which takes the room's place; text shows Alt there.
type Signature struct {
	Label string
	Ref   string
	Alt   string
}

// Cut cuts the paper, leaving a bridge if Partial.
type Cut struct{ Partial bool }

// Drawer opens the cash drawer on the given pin of the printer's connector, 2 (also 0) or 5.
type Drawer struct{ Pin int }

func (Text) line()      {}
func (Columns) line()   {}
func (Rule) line()      {}
func (QR) line()        {}
func (Barcode) line()   {}
func (Image) line()     {}
func (Signature) line() {}
func (Cut) line()       {}
func (Drawer) line()    {}

// Validate reports the first thing in d that this package does not allow, wrapping ErrInvalid.
func (d Document) Validate() error {
	if d.Width != 0 && d.Width != 58 && d.Width != 80 {
		return fmt.Errorf("%w: width %d mm, use 58, 80 or 0", ErrInvalid, d.Width)
	}
	if err := checkText(textMax, d.Title, d.Template); err != nil {
		return err
	}
	if len(d.Lines) > linesMax {
		return fmt.Errorf("%w: %d lines, at most %d", ErrInvalid, len(d.Lines), linesMax)
	}
	for i, l := range d.Lines {
		if err := validateLine(l); err != nil {
			return fmt.Errorf("line %d: %w", i+1, err)
		}
	}
	return nil
}

func validateLine(l Line) error {
	switch l := l.(type) {
	case Text:
		return errors.Join(checkStyle(l.Align, l.Style), checkText(textMax, l.Text))
	case Columns:
		return l.validate()
	case QR:
		if l.Content == "" || len(l.Content) > qrMax {
			return fmt.Errorf("%w: QR content of %d bytes, use 1 to %d", ErrInvalid, len(l.Content), qrMax)
		}
		return checkText(textMax, l.Content, l.Caption)
	case Barcode:
		return l.validate()
	case Image:
		return errors.Join(checkText(refMax, l.Ref), checkText(textMax, l.Alt))
	case Signature:
		return errors.Join(checkText(refMax, l.Ref), checkText(textMax, l.Label, l.Alt))
	case Drawer:
		if l.Pin != 0 && l.Pin != 2 && l.Pin != 5 {
			return fmt.Errorf("%w: drawer pin %d, use 2 or 5", ErrInvalid, l.Pin)
		}
		return nil
	case Rule, Cut:
		return nil
	default:
		return fmt.Errorf("%w: line of unknown type %T", ErrInvalid, l)
	}
}

func (c Columns) validate() error {
	if len(c.Cells) == 0 || len(c.Cells) > cellsMax {
		return fmt.Errorf("%w: %d cells, use 1 to %d", ErrInvalid, len(c.Cells), cellsMax)
	}
	for _, cell := range c.Cells {
		if cell.Share < 0 || cell.Share > 100 {
			return fmt.Errorf("%w: cell share %d, use 0 to 100", ErrInvalid, cell.Share)
		}
		if err := errors.Join(checkStyle(cell.Align, cell.Style), checkText(textMax, cell.Text)); err != nil {
			return err
		}
	}
	return nil
}

func (b Barcode) validate() error {
	if b.Content == "" || len(b.Content) > barcodeMax {
		return fmt.Errorf("%w: barcode of %d characters, use 1 to %d", ErrInvalid, len(b.Content), barcodeMax)
	}
	for i := range len(b.Content) {
		if b.Content[i] < 0x20 || b.Content[i] > 0x7e {
			return fmt.Errorf("%w: barcode holds printable ASCII only", ErrInvalid)
		}
	}
	return nil
}

func checkStyle(a Align, s Style) error {
	if a != Left && a != Center && a != Right {
		return fmt.Errorf("%w: unknown alignment", ErrInvalid)
	}
	if s.Size != Normal && s.Size != Small && s.Size != Large {
		return fmt.Errorf("%w: unknown size", ErrInvalid)
	}
	return nil
}

func checkText(runesMax int, texts ...string) error {
	for _, t := range texts {
		if !utf8.ValidString(t) {
			return fmt.Errorf("%w: text is not UTF-8", ErrInvalid)
		}
		if n := utf8.RuneCountInString(t); n > runesMax {
			return fmt.Errorf("%w: text of %d characters, at most %d", ErrInvalid, n, runesMax)
		}
	}
	return nil
}

package receipt

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
)

// encodingVersion leads every stored document. A change that would alter the meaning of a stored
// one raises it, and the decoder keeps reading all earlier versions.
const encodingVersion = 1

type encodedDocument struct {
	Version  int           `json:"v"`
	Template string        `json:"template,omitempty"`
	Title    string        `json:"title"`
	Width    int           `json:"width,omitempty"`
	Lines    []encodedLine `json:"lines"`
}

// encodedLine is the union of all lines; Kind says which fields count. Field order is the order of
// the stored bytes: append only.
type encodedLine struct {
	Kind    string        `json:"kind"`
	Text    string        `json:"text,omitempty"`
	Align   Align         `json:"align,omitempty"`
	Size    Size          `json:"size,omitempty"`
	Bold    bool          `json:"bold,omitempty"`
	Cells   []encodedCell `json:"cells,omitempty"`
	Content string        `json:"content,omitempty"`
	Caption string        `json:"caption,omitempty"`
	Ref     string        `json:"ref,omitempty"`
	Alt     string        `json:"alt,omitempty"`
	Label   string        `json:"label,omitempty"`
	Partial bool          `json:"partial,omitempty"`
	Pin     int           `json:"pin,omitempty"`
}

type encodedCell struct {
	Text  string `json:"text"`
	Share int    `json:"share,omitempty"`
	Align Align  `json:"align,omitempty"`
	Size  Size   `json:"size,omitempty"`
	Bold  bool   `json:"bold,omitempty"`
}

// MarshalJSON returns the stored form of d, the same bytes for the same document in every release.
// An invalid document is an error.
func (d Document) MarshalJSON() ([]byte, error) {
	if err := d.Validate(); err != nil {
		return nil, err
	}
	e := encodedDocument{encodingVersion, d.Template, d.Title, d.Width, make([]encodedLine, len(d.Lines))}
	for i, l := range d.Lines {
		e.Lines[i] = encodeLine(l)
	}
	return json.Marshal(e)
}

// UnmarshalJSON reads a stored form. It refuses what it does not know, because a receipt shown
// with a line missing is not the receipt that was handed out.
func (d *Document) UnmarshalJSON(data []byte) error {
	var e encodedDocument
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&e); err != nil {
		return fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	if e.Version != encodingVersion {
		return fmt.Errorf("%w: encoding version %d, this release reads %d", ErrInvalid, e.Version, encodingVersion)
	}
	out := Document{Title: e.Title, Template: e.Template, Width: e.Width}
	for i, el := range e.Lines {
		l, err := decodeLine(el)
		if err != nil {
			return fmt.Errorf("line %d: %w", i+1, err)
		}
		out.Lines = append(out.Lines, l)
	}
	if err := out.Validate(); err != nil {
		return err
	}
	*d = out
	return nil
}

func encodeLine(l Line) encodedLine {
	switch l := l.(type) {
	case Text:
		return encodedLine{Kind: "text", Text: l.Text, Align: l.Align, Size: l.Size, Bold: l.Bold}
	case Columns:
		e := encodedLine{Kind: "columns"}
		for _, c := range l.Cells {
			e.Cells = append(e.Cells, encodedCell{c.Text, c.Share, c.Align, c.Size, c.Bold})
		}
		return e
	case Rule:
		return encodedLine{Kind: "rule"}
	case QR:
		return encodedLine{Kind: "qr", Content: l.Content, Caption: l.Caption}
	case Barcode:
		return encodedLine{Kind: "barcode", Content: l.Content}
	case Image:
		return encodedLine{Kind: "image", Ref: l.Ref, Alt: l.Alt}
	case Signature:
		return encodedLine{Kind: "signature", Label: l.Label, Ref: l.Ref, Alt: l.Alt}
	case Cut:
		return encodedLine{Kind: "cut", Partial: l.Partial}
	case Drawer:
		return encodedLine{Kind: "drawer", Pin: l.Pin}
	default: // Validate has refused every other type
		panic(fmt.Sprintf("receipt: encode line of type %T", l))
	}
}

func decodeLine(e encodedLine) (Line, error) {
	var l Line
	switch e.Kind {
	case "text":
		l = Text{e.Text, e.Align, Style{e.Size, e.Bold}}
	case "columns":
		c := Columns{}
		for _, cell := range e.Cells {
			c.Cells = append(c.Cells, Cell{cell.Text, cell.Share, cell.Align, Style{cell.Size, cell.Bold}})
		}
		l = c
	case "rule":
		l = Rule{}
	case "qr":
		l = QR{e.Content, e.Caption}
	case "barcode":
		l = Barcode{e.Content}
	case "image":
		l = Image{e.Ref, e.Alt}
	case "signature":
		l = Signature{e.Label, e.Ref, e.Alt}
	case "cut":
		l = Cut{e.Partial}
	case "drawer":
		l = Drawer{e.Pin}
	default:
		return nil, fmt.Errorf("%w: line of an unknown kind", ErrInvalid)
	}
	if !reflect.DeepEqual(encodeLine(l), e) {
		return nil, fmt.Errorf("%w: %s line carries fields of another kind", ErrInvalid, e.Kind)
	}
	return l, nil
}

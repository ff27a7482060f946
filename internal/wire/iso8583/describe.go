package iso8583

import (
	"encoding/hex"
	"math/bits"
	"strconv"
	"strings"

	"golang.org/x/text/encoding/simplifiedchinese"
)

// Description is a frame laid out for people. It is safe to print and to keep: card numbers show their
// first six and last four digits, and expiry, tracks, PIN blocks and keys are stars, in raw bytes as well
// as in values.
type Description struct {
	Spec     string    `json:"spec"`
	Rows     []Row     `json:"rows"`
	Findings []Finding `json:"findings"`
}

// Row is one part of a frame, in the order of the wire.
type Row struct {
	Field   int    `json:"field"`          // -1 frame, 0 message type, 1 bitmap
	Part    string `json:"part,omitempty"` // "TPDU", "60.2", "9F26": what of the field the row is about
	Name    string `json:"name"`
	Format  string `json:"format,omitempty"` // e.g. "LLVAR n..19"
	Offset  int    `json:"offset"`           // bytes from the start of the frame
	Raw     string `json:"raw"`              // hexadecimal without the length prefix, masked
	Value   string `json:"value"`            // masked
	Finding string `json:"finding,omitempty"`
}

// Finding is something wrong or odd about a frame. It never carries what a field holds.
type Finding struct {
	Field  int    `json:"field"` // as in Row
	Offset int    `json:"offset"`
	Text   string `json:"text"`
}

// Describe lays out a frame: on the terminal leg length, TPDU, header and message, the length being
// optional; on a leg with a 128-bit bitmap an optional four-digit length and the message. It goes on
// after a fault wherever the length of the field is still known, and names every finding.
func Describe(spec *Spec, frame []byte) Description {
	d := describer{
		spec: spec, b: frame, hidden: make([]bool, 2*len(frame)), values: map[int]string{},
		faultAt: len(frame), found: []Finding{},
	}
	at := d.head()
	if at >= 0 {
		d.body(at)
		d.judge()
	}
	d.protect()
	return d.render()
}

// describer walks over a frame. Nothing is rendered before the whole frame is known, because a card
// number found in one place is masked wherever else it lies.
type describer struct {
	spec    *Spec
	b       []byte
	hidden  []bool // one per nibble of b
	pieces  []piece
	faultAt int  // offset of the first fault of structure
	broken  bool // there is such a fault
	mti     string
	values  map[int]string // of the fields that could be read, in clear: for judging, never for showing
	found   []Finding
}

// piece is a row before it is rendered.
type piece struct {
	row      Row
	from, to int // nibbles of its value
	form     form
	finding  string
}

// form is how the value of a piece is rendered.
type form uint8

const (
	formNone   form = iota // the row has a value of its own
	formNibble             // one digit per nibble
	formText               // one character per byte, GBK where it is Chinese
	formHex                // bytes
)

// note adds a finding to the list and to the latest row of its field.
func (d *describer) note(field, offset int, text string) {
	d.found = append(d.found, Finding{Field: field, Offset: offset, Text: text})
	for i := len(d.pieces) - 1; i >= 0; i-- {
		p := &d.pieces[i]
		if p.row.Field == field && (field >= 0 && p.row.Part == "" || field < 0 && p.row.Offset == offset) {
			if p.finding != "" {
				p.finding += "; "
			}
			p.finding += text
			return
		}
	}
	row := Row{Field: field, Name: "frame", Offset: offset}
	if f, known := d.spec.Field(field); known {
		row.Name, row.Format = f.Name, f.describe()
	} else if field >= 0 {
		row.Name = [...]string{"message type", "bitmap", "unknown"}[min(field, 2)]
	}
	d.pieces = append(d.pieces, piece{row: row, finding: text})
}

// fault notes a finding after which the structure can no longer be relied on.
func (d *describer) fault(field, offset int, text string) {
	d.broken, d.faultAt = true, min(d.faultAt, offset)
	d.note(field, offset, text)
}

func (d *describer) add(row Row, from, to int, form form) {
	d.pieces = append(d.pieces, piece{row: row, from: from, to: to, form: form})
}

// head reads what stands before the message and returns the offset of the message, or -1.
func (d *describer) head() int {
	if d.spec.bitmap == Bitmap128 {
		return d.networkHead()
	}
	b, at := d.b, 0
	declared := -1
	if len(b) >= 2 {
		declared = int(b[0])<<8 | int(b[1])
	}
	if declared == len(b)-2 || len(b) > 0 && b[0] != 0x60 {
		if declared < 0 {
			d.fault(-1, 0, reasonFrameShort)
			return -1
		}
		d.add(Row{Field: -1, Part: "length", Name: "length", Format: "binary 2", Value: strconv.Itoa(declared)}, 0, 4, formNone)
		if declared != len(b)-2 {
			d.note(-1, 0, "length says "+strconv.Itoa(declared)+" bytes, "+strconv.Itoa(len(b)-2)+" follow")
		}
		at = 2
	}
	if len(b)-at < frameHead {
		d.fault(-1, len(b), reasonFrameShort)
		return -1
	}
	d.add(Row{Field: -1, Part: "TPDU", Name: "TPDU", Format: "n 10", Offset: at}, 2*at, 2*at+10, formNibble)
	if b[at] != 0x60 {
		d.note(-1, at, "TPDU does not start with 60")
	}
	at += 5
	d.add(Row{Field: -1, Part: "header", Name: "header", Format: "n 12", Offset: at}, 2*at, 2*at+12, formNibble)
	for _, c := range b[at : at+6] {
		if classes[c] != classDigits {
			d.note(-1, at, "header is not digits")
			break
		}
	}
	if b[at] < 0x60 || b[at] > 0x63 {
		d.note(-1, at, "application type is not 60 to 63")
	}
	return at + 6
}

func (d *describer) networkHead() int {
	if len(d.b) < NetworkHeader+1 {
		d.fault(-1, len(d.b), reasonFrameShort)
		return -1
	}
	if d.b[NetworkHeader]&0x80 != 0 { // a bitmap: the message starts at once
		return 0
	}
	row := Row{Field: -1, Part: "length", Name: "length", Format: "n 4"}
	d.add(row, 0, 2*NetworkHeader, formText)
	n, err := NetworkLength([NetworkHeader]byte(d.b))
	if err != nil {
		d.note(-1, 0, reasonNetLength)
	} else if rest := len(d.b) - NetworkHeader; n != rest {
		d.note(-1, 0, "length says "+strconv.Itoa(n)+" bytes, "+strconv.Itoa(rest)+" follow")
	}
	return NetworkHeader
}

// body reads the message at offset at.
func (d *describer) body(at int) {
	size := d.spec.mtiLen()
	if len(d.b)-at < size+int(d.spec.bitmap) {
		d.fault(0, at, reasonShort)
		d.rest(at)
		return
	}
	mtiForm := formText
	if d.spec.packing == BCD {
		mtiForm = formNibble
	}
	d.add(Row{Field: 0, Name: "message type", Format: "n 4", Offset: at}, 2*at, 2*(at+size), mtiForm)
	var m Message
	_, present, err := d.spec.unpackHead(d.b[at:], &m)
	d.mti = m.MTI()
	d.add(Row{Field: 1, Name: "bitmap", Format: "b " + strconv.Itoa(int(d.spec.bitmap)*8), Offset: at + size},
		2*(at+size), 2*(at+size+int(d.spec.bitmap)), formHex)
	if fault, ok := err.(*Error); ok {
		d.fault(fault.Field, at+fault.Offset, fault.Reason)
		present = readBitmap(d.b[at+size:][:d.spec.bitmap])
	}
	at += size + int(d.spec.bitmap)
	for half := range present {
		for rest := present[half]; rest != 0; {
			zeros := bits.LeadingZeros64(rest)
			rest &^= 1 << 63 >> zeros
			next, ok := d.field(half*64+zeros+1, at)
			if !ok {
				d.rest(next)
				return
			}
			at = next
		}
	}
	if at < len(d.b) {
		d.rest(at)
		d.fault(-1, at, reasonTrailing)
	}
}

// readBitmap reads the bits of a bitmap that unpackHead has refused, without bit 1.
func readBitmap(b []byte) (present [2]uint64) {
	for i, c := range b {
		present[i/8] |= uint64(c) << (56 - 8*(i%8))
	}
	present[0] &^= 1 << 63
	return present
}

// rest adds what nobody could read. Since anything may lie there, only its length shows.
func (d *describer) rest(at int) {
	if at >= len(d.b) {
		return
	}
	d.hide(2*at, 2*len(d.b))
	d.add(Row{Field: -1, Part: "rest", Name: "not read", Offset: at, Value: strconv.Itoa(len(d.b)-at) + " bytes"},
		2*at, 2*len(d.b), formNone)
}

// field reads one field at offset at and returns the offset after it, and false when its length cannot
// be known, so that nothing after it can be read.
func (d *describer) field(number, at int) (next int, ok bool) {
	f := &d.spec.fields[number]
	if f.Format == 0 {
		d.fault(number, at, reasonUnknown)
		return at, false
	}
	row := Row{Field: number, Name: f.Name, Format: f.describe(), Offset: at}
	n, start := f.Max, at
	if f.Length != Fixed {
		var reason string
		if n, at, reason = d.spec.unpackPrefix(d.b, at, f); reason != "" {
			d.add(row, 2*start, 2*start, formNibble)
			d.fault(number, start, reason)
			return start, false
		}
	}
	size := f.wireLen(n, d.spec.packing)
	end := min(at+size, len(d.b))
	from, to, form := 2*at, 2*end, formHex
	packed := d.spec.packing == BCD && f.Format <= Z
	switch {
	case packed:
		form = formNibble
		if n%2 == 1 && f.Align == Right {
			from++
		}
		to = min(to, from+n)
	case f.Format != B:
		form = formText
	}
	from = min(from, to)
	d.add(row, from, to, form)
	d.values[number] = d.clear(from, to, form)
	switch {
	case end-at < size:
		d.fault(number, start, reasonShort)
		d.hide(2*at, 2*end)
		return end, false
	case n > f.Max:
		d.fault(number, start, reasonTooLong)
	case n < f.Min:
		d.fault(number, start, reasonTooShort)
	}
	d.checkContent(number, at, end, n, f)
	d.parts(number, from, to)
	return end, true
}

// checkContent notes what is wrong with the bytes of a field that is complete.
func (d *describer) checkContent(number, at, end, n int, f *Field) {
	if f.Format > Z {
		return
	}
	raw := d.b[at:end]
	if d.spec.packing == ASCII {
		if i := asciiFault(raw, f.Format); i >= 0 {
			d.fault(number, at+i, digitReason(f.Format))
		}
		return
	}
	if f.Format == N {
		if i := nibbleFault(raw); i >= 0 {
			d.fault(number, at+i, reasonDigit)
		}
	}
	pad := 2*end - 1
	if f.Align == Right {
		pad = 2 * at
	}
	if n%2 == 1 && d.nibble(pad) != 0 {
		d.fault(number, pad/2, reasonPad)
	}
}

// parts adds the rows below a field: positions of F60 and F61, elements of F55, items of F59.
func (d *describer) parts(number, from, to int) {
	switch {
	case number == 55:
		d.elements(number, from/2, to/2, 0)
	case d.spec.packing == ASCII:
		return
	case number == 60:
		d.positions(number, from, to, f60Names[:])
	case number == 61:
		d.positions(number, from, to, f61Names[:])
	}
}

type position struct {
	name  string
	width int
}

var f60Names = [...]position{
	{"type", 2}, {"batch", 6}, {"network management code", 3}, {"terminal capability", 1},
	{"chip condition", 1}, {"partial approval and balance", 1}, {"account type", 3},
}

var f61Names = [...]position{
	{"original batch", 6}, {"original trace", 6}, {"original date", 4},
	{"original authorization way", 2}, {"original authorizer", 11},
}

func (d *describer) positions(number, from, to int, names []position) {
	for i, p := range names {
		if from >= to {
			return
		}
		end := min(from+p.width, to)
		d.add(Row{
			Field: number, Part: strconv.Itoa(number) + "." + strconv.Itoa(i+1), Name: p.name,
			Format: "n " + strconv.Itoa(p.width), Offset: from / 2,
		}, from, end, formNibble)
		from = end
	}
}

// elements adds a row for each BER-TLV element of chip data in b[from:to]. The names of tags belong to
// whoever knows the dictionary.
func (d *describer) elements(number, from, to, depth int) {
	for at := from; at < to; {
		if d.b[at] == 0 {
			at++
			continue
		}
		start := at
		tagEnd, value, end := element(d.b[:to], at)
		if end < 0 || depth > 4 {
			d.fault(number, start, "chip data is not a list of elements")
			d.hide(2*start, 2*to)
			return
		}
		tag := strings.ToUpper(hex.EncodeToString(d.b[start:tagEnd]))
		d.add(Row{
			Field: number, Part: tag, Name: "chip data element", Format: "b " + strconv.Itoa(end-value), Offset: start,
		}, 2*value, 2*end, formHex)
		switch {
		case tag == "5A":
			d.maskPAN(2*value, digitRun(d, 2*value, 2*end), 1)
		case tag == "57":
			d.maskTrack(2*value, 2*end, 1)
		case secretTags[tag]:
			d.hide(2*value, 2*end)
		case d.b[start]&0x20 != 0 && d.b[start] != 0xFF:
			d.elements(number, value, end, depth+1)
		}
		at = end
	}
}

// secretTags are the elements besides 57 and 5A that carry card data: expiry and what tracks hold.
var secretTags = map[string]bool{
	"56": true, "5F24": true, "9F1F": true, "9F20": true, "9F6B": true, "FF05": true,
}

// element finds the borders of the BER-TLV element at offset at; end is -1 when it does not fit b or its
// tag has more than three bytes.
func element(b []byte, at int) (tagEnd, value, end int) {
	start, long := at, b[at]&0x1F == 0x1F
	at++
	for long {
		if at == len(b) {
			return 0, 0, -1
		}
		long = b[at]&0x80 != 0
		if at++; long && at-start == 3 {
			return 0, 0, -1
		}
	}
	tagEnd = at
	if at == len(b) {
		return 0, 0, -1
	}
	n := int(b[at])
	at++
	if n >= 0x80 {
		size := n & 0x7F
		if size == 0 || size > 2 || len(b)-at < size {
			return 0, 0, -1
		}
		n = 0
		for _, c := range b[at : at+size] {
			n = n<<8 | int(c)
		}
		at += size
	}
	if len(b)-at < n {
		return 0, 0, -1
	}
	return tagEnd, at, at + n
}

func (d *describer) nibble(i int) byte {
	if i%2 == 0 {
		return d.b[i/2] >> 4
	}
	return d.b[i/2] & 0xF
}

// clear returns the value between two nibbles without any mask.
func (d *describer) clear(from, to int, form form) string {
	if form != formNibble {
		return string(d.b[from/2 : to/2])
	}
	var b strings.Builder
	for i := from; i < to; i++ {
		b.WriteByte(hexDigits[d.nibble(i)])
	}
	return b.String()
}

const hexDigits = "0123456789ABCDEF"

func (d *describer) render() Description {
	out := Description{Spec: d.spec.name, Rows: make([]Row, 0, len(d.pieces)), Findings: d.found}
	for _, p := range d.pieces {
		row := p.row
		row.Finding = p.finding
		row.Raw = d.raw(p.from/2*2, (p.to+1)/2*2)
		switch p.form {
		case formNibble:
			row.Value = d.raw(p.from, p.to)
		case formText:
			row.Value = d.text(p.from/2, p.to/2)
		case formHex:
			row.Value = row.Raw
		}
		out.Rows = append(out.Rows, row)
	}
	return out
}

// raw returns nibbles in hexadecimal, hidden ones as stars.
func (d *describer) raw(from, to int) string {
	out := make([]byte, 0, to-from)
	for i := from; i < to; i++ {
		if d.hidden[i] {
			out = append(out, '*')
		} else {
			out = append(out, hexDigits[d.nibble(i)])
		}
	}
	return string(out)
}

// text returns bytes as text: hidden ones as stars, GBK decoded, everything a screen cannot show escaped.
func (d *describer) text(from, to int) string {
	var out strings.Builder
	for at := from; at < to; {
		if d.hidden[2*at] || d.hidden[2*at+1] {
			out.WriteByte('*')
			at++
			continue
		}
		size := 1
		if d.b[at] > 0x80 && at+1 < to && !d.hidden[2*at+2] {
			size = 2
		}
		out.WriteString(printable(d.b[at : at+size]))
		at += size
	}
	return out.String()
}

// printable returns one character of one or two bytes, or the escapes of its bytes.
func printable(raw []byte) string {
	decoded, err := simplifiedchinese.GBK.NewDecoder().Bytes(raw)
	if err == nil && raw[0] != '\\' {
		if r := []rune(string(decoded)); len(r) == 1 && r[0] != '\uFFFD' && strconv.IsPrint(r[0]) {
			return string(decoded)
		}
	}
	var out strings.Builder
	for _, c := range raw {
		if c > 0x20 && c < 0x7F && c != '\\' {
			out.WriteByte(c)
			continue
		}
		out.WriteString(`\x` + strings.ToLower(hex.EncodeToString([]byte{c})))
	}
	return out.String()
}

package escpos

import (
	"strings"

	"golang.org/x/text/encoding/simplifiedchinese"
)

// The control bytes that open a command or act alone.
const (
	eot = 0x04
	ht  = 0x09
	lf  = 0x0a
	cr  = 0x0d
	dle = 0x10
	esc = 0x1b
	fs  = 0x1c
	gs  = 0x1d
)

// textRunMax bounds a Text event, in bytes of the stream.
const textRunMax = 4096

// Decoder reads a stream of commands, in pieces of any size. The zero value is a printer that was
// just switched on, outside Chinese mode.
type Decoder struct {
	pending []byte // an incomplete command or character, bounded by the longest one that is kept
	skip    int    // bytes of an oversize command still to come
	chinese bool

	qr      QR // what GS ( k has set; printed by function 181
	barcode Barcode
}

// Feed reads data and returns the events that it completed. Text is returned as far as it came;
// an incomplete command waits for the next call.
func (d *Decoder) Feed(data []byte) []Event {
	var events []Event
	for len(data) > 0 || len(d.pending) > 0 {
		if d.skip > 0 {
			n := min(d.skip, len(data))
			d.skip -= n
			data = data[n:]
			if len(data) == 0 {
				return events
			}
			continue
		}
		in := data
		if len(d.pending) > 0 { // grows in place, so that a picture sent byte by byte stays linear
			in = append(d.pending, data...)
		}
		n, e := d.next(in)
		if n == 0 { // more is needed
			if len(d.pending) == 0 {
				in = append([]byte(nil), in...)
			}
			d.pending = in
			return events
		}
		d.pending, data = nil, in[n:]
		if e != nil {
			events = append(events, e)
		}
	}
	return events
}

// next reads one command or run of text from the head of in and returns its length, 0 if it is not
// complete, and its event, nil if it has none.
func (d *Decoder) next(in []byte) (int, Event) {
	switch c := in[0]; {
	case c == esc:
		return d.escape(in)
	case c == gs:
		return d.group(in)
	case c == fs:
		return d.field(in)
	case c == dle:
		return realTime(in)
	case c == lf:
		return 1, Feed{1}
	case c == cr || c == 0x00: // ignored by printers on a network
		return 1, nil
	case c < 0x20 && c != ht || c == 0x7f:
		return 1, Unknown{[]byte{c}}
	default:
		return d.text(in)
	}
}

// realTime reads DLE EOT n. Other DLE commands (ENQ, DC4) act on the hardware and carry no text.
func realTime(in []byte) (int, Event) {
	switch {
	case len(in) < 2:
		return 0, nil
	case in[1] != eot:
		return 2, unknown(in, 2)
	case len(in) < 3:
		return 0, nil
	default:
		return 3, StatusRequest{in[2]}
	}
}

// escParameters counts the parameter bytes of ESC commands outside the subset that drivers send.
var escParameters = map[byte]int{
	' ': 1, '!': 1, '$': 2, '-': 1, '2': 0, '3': 1, '=': 1, 'G': 1, 'M': 1, 'R': 1, 'S': 0, 'T': 1,
	'V': 1, '\\': 2, 'c': 2, 'r': 1, 't': 1, '{': 1, 'L': 0, '<': 0, 'i': 0, 'm': 0,
}

func (d *Decoder) escape(in []byte) (int, Event) {
	if len(in) < 2 {
		return 0, nil
	}
	switch in[1] {
	case '@':
		*d = Decoder{}
		return 2, Reset{}
	case 'a':
		return parameter(in, func(n byte) Event { return Align{Alignment(n & 3 % 3)} })
	case 'E':
		return parameter(in, func(n byte) Event { return Bold{n&1 == 1} })
	case 'd':
		return parameter(in, func(n byte) Event { return Feed{int(n)} })
	case 'J':
		return parameter(in, func(n byte) Event { return FeedDots{int(n)} })
	case 'p':
		if len(in) < 5 {
			return 0, nil
		}
		return 5, Drawer{2 + 3*int(in[2]&1)}
	}
	return skipKnown(in, escParameters)
}

// gsParameters counts the parameter bytes of GS commands outside the subset.
var gsParameters = map[byte]int{
	'B': 1, 'L': 2, 'W': 2, 'a': 1, 'b': 1, 'f': 1, 'r': 1, '$': 2, 'P': 2, '\\': 2, 'I': 1, '/': 1, ':': 0,
}

func (d *Decoder) group(in []byte) (int, Event) {
	if len(in) < 2 {
		return 0, nil
	}
	switch in[1] {
	case '!':
		return parameter(in, func(n byte) Event { return Size{int(n>>4&7) + 1, int(n&7) + 1} })
	case 'V':
		return cut(in)
	case 'H':
		return parameter(in, func(n byte) Event { d.barcode.Clear = n&3 != 0; return nil })
	case 'h':
		return parameter(in, func(n byte) Event { d.barcode.Height = int(n); return nil })
	case 'w':
		return parameter(in, func(n byte) Event { d.barcode.Module = int(n); return nil })
	case '(':
		return d.symbol(in)
	case 'k':
		return d.bars(in)
	case 'v':
		return d.raster(in)
	}
	return skipKnown(in, gsParameters)
}

func cut(in []byte) (int, Event) {
	if len(in) < 3 {
		return 0, nil
	}
	switch m := in[2]; m {
	case 0, 1, '0', '1':
		return 3, Cut{m&1 == 1}
	case 'A', 'B':
		if len(in) < 4 {
			return 0, nil
		}
		return 4, Cut{m == 'B'}
	default:
		return 3, unknown(in, 3)
	}
}

// symbol reads GS ( x pL pH …, of which only k with cn 49 (QR) is in the subset.
func (d *Decoder) symbol(in []byte) (int, Event) {
	if len(in) < 5 {
		return 0, nil
	}
	n := int(in[3]) | int(in[4])<<8
	if n > qrContentMax+3 {
		return d.oversize(in, 5, n)
	}
	if len(in) < 5+n {
		return 0, nil
	}
	p := in[5 : 5+n]
	if in[2] != 'k' || n < 3 || p[0] != '1' {
		return 5 + n, unknown(in, 3)
	}
	switch p[1] {
	case 'A': // model; every printer draws model 2
	case 'C':
		d.qr.Module = int(p[2])
	case 'E':
		d.qr.Level = Level(p[2])
	case 'P':
		d.qr.Content = strings.ToValidUTF8(string(p[3:]), string(replacement))
	case 'Q':
		return 5 + n, d.printed()
	default:
		return 5 + n, unknown(in, 3)
	}
	return 5 + n, nil
}

// printed returns the stored QR code with the values that printers assume where none was set.
func (d *Decoder) printed() Event {
	if d.qr.Content == "" {
		return nil // nothing stored, nothing printed
	}
	q := d.qr
	if q.Module < 1 || q.Module > 16 {
		q.Module = 3
	}
	if q.Level < LevelL || q.Level > LevelH {
		q.Level = LevelL
	}
	return q
}

// bars reads GS k in function A (data up to a zero byte) and function B (length first).
func (d *Decoder) bars(in []byte) (int, Event) {
	if len(in) < 4 {
		return 0, nil
	}
	b := d.barcode
	b.System = in[2]
	if b.Height == 0 {
		b.Height = 162
	}
	if b.Module < 1 || b.Module > 6 {
		b.Module = 3
	}
	if b.System >= 'A' {
		n := int(in[3])
		if len(in) < 4+n {
			return 0, nil
		}
		b.Content = printable(in[4 : 4+n])
		if b.System == 73 {
			b.Content = withoutCodeSets(b.Content)
		}
		return 4 + n, b
	}
	for i, c := range in[3:] {
		if c == 0 {
			b.Content = printable(in[3 : 3+i])
			return 3 + i + 1, b
		}
		if i >= barcodeMax+2 {
			return 3, unknown(in, 3)
		}
	}
	return 0, nil
}

// withoutCodeSets removes the escapes {A, {B, {C, {S, {1 … of CODE128 data, {{ being a brace.
func withoutCodeSets(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '{' && i+1 < len(s) {
			i++
			if s[i] != '{' {
				continue
			}
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

func printable(p []byte) string {
	return strings.Map(func(r rune) rune {
		if r < 0x20 || r > 0x7e {
			return -1
		}
		return r
	}, string(p))
}

func (d *Decoder) raster(in []byte) (int, Event) {
	if len(in) < 8 {
		return 0, nil
	}
	if in[2] != '0' {
		return 3, unknown(in, 3)
	}
	stride, rows := int(in[4])|int(in[5])<<8, int(in[6])|int(in[7])<<8
	n := stride * rows
	if n > rasterBytesMax {
		return d.oversize(in, 8, n)
	}
	if len(in) < 8+n {
		return 0, nil
	}
	if n == 0 {
		return 8, nil
	}
	m := in[3] & 3
	return 8 + n, Raster{stride, append([]byte(nil), in[8:8+n]...), 1 + int(m&1), 1 + int(m>>1)}
}

// fsParameters counts the parameter bytes of FS commands outside the subset.
var fsParameters = map[byte]int{'!': 1, '-': 1, 'S': 2, 'W': 1, 'C': 1, 'p': 2, '2': 74}

func (d *Decoder) field(in []byte) (int, Event) {
	if len(in) < 2 {
		return 0, nil
	}
	switch in[1] {
	case '&':
		d.chinese = true
		return 2, ChineseMode{true}
	case '.':
		d.chinese = false
		return 2, ChineseMode{false}
	}
	return skipKnown(in, fsParameters)
}

// text reads characters up to the next control byte. A lead byte at the end of in waits for its
// second half.
func (d *Decoder) text(in []byte) (int, Event) {
	var b strings.Builder
	i := 0
	for i < len(in) && i < textRunMax {
		c := in[i]
		if c == ht {
			c = ' '
		}
		if c < 0x20 || c == 0x7f {
			break
		}
		if c < 0x80 {
			b.WriteByte(c)
			i++
			continue
		}
		if !d.chinese || c < 0x81 || c == 0xff {
			b.WriteRune(replacement)
			i++
			continue
		}
		if i+1 == len(in) {
			break
		}
		r, n := pair(c, in[i+1])
		b.WriteRune(r)
		i += n
	}
	if i == 0 {
		return 0, nil
	}
	return i, Text{b.String()}
}

// pair decodes a two-byte character and returns how many bytes it took: a second byte that cannot
// be one is left to be read on its own.
func pair(lead, trail byte) (rune, int) {
	if trail < 0x40 || trail == 0x7f || trail == 0xff {
		return replacement, 1
	}
	if [2]byte{lead, trail} == euro {
		return '€', 2
	}
	out, err := simplifiedchinese.GBK.NewDecoder().Bytes([]byte{lead, trail})
	runes := []rune(string(out))
	if err != nil || len(runes) != 1 || runes[0] == '\ufffd' {
		return replacement, 2
	}
	return runes[0], 2
}

// parameter reads a command of two bytes and one parameter.
func parameter(in []byte, event func(n byte) Event) (int, Event) {
	if len(in) < 3 {
		return 0, nil
	}
	return 3, event(in[2])
}

// skipKnown reads a command outside the subset with the number of parameters that table has for it.
func skipKnown(in []byte, table map[byte]int) (int, Event) {
	n := 2 + table[in[1]]
	if len(in) < n {
		return 0, nil
	}
	return n, unknown(in, 2)
}

func (d *Decoder) oversize(in []byte, head, n int) (int, Event) {
	d.skip = n
	return head, Oversize{append([]byte(nil), in[:head]...), n}
}

func unknown(in []byte, n int) Event { return Unknown{append([]byte(nil), in[:n]...)} }

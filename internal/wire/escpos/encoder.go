package escpos

import (
	"errors"
	"fmt"

	"golang.org/x/text/encoding/simplifiedchinese"
)

// Alignment is the n of ESC a n.
type Alignment byte

// The alignments.
const (
	Left Alignment = iota
	Center
	Right
)

// Level is the error correction of a QR code, the n of GS ( k function 169.
type Level byte

// The levels, which restore 7, 15, 25 and 30 percent.
const (
	LevelL Level = '0' + iota
	LevelM
	LevelQ
	LevelH
)

// Bounds of what the encoder sends and the decoder keeps.
const (
	qrContentMax   = 2331    // bytes in a version 40 symbol at level M
	barcodeMax     = 253     // bytes after the two that choose the code set, n being one byte
	rasterBytesMax = 1 << 20 // 576 dots by 116 cm of paper
)

// ErrTooLong says that a code or picture exceeds what a command can carry.
var ErrTooLong = errors.New("does not fit the printer command")

// replacement stands for a character that GBK lacks.
const replacement = '〓'

// euro is U+20AC in GB18030's two-byte form. Code page 936 has a single byte 0x80 instead, which
// makes printers take the digit that follows for the second half of a character.
var euro = [2]byte{0xa2, 0xe3}

// Encoder appends commands to a job. The zero value is ready for use; start a job with Init.
type Encoder struct{ buf []byte }

// Bytes returns the job so far. It is valid until the next call.
func (e *Encoder) Bytes() []byte { return e.buf }

// Init resets the printer (ESC @) and switches Chinese mode on (FS &).
func (e *Encoder) Init() { e.put(esc, '@', fs, '&') }

// Chinese switches two-byte mode on or off (FS &, FS .).
func (e *Encoder) Chinese(on bool) {
	if on {
		e.put(fs, '&')
	} else {
		e.put(fs, '.')
	}
}

// Align sets the alignment of the lines that follow (ESC a).
func (e *Encoder) Align(a Alignment) { e.put(esc, 'a', byte(a)) }

// Size sets the magnification of text, 1 to 8 in each direction (GS !).
func (e *Encoder) Size(width, height int) {
	w, h := min(max(width, 1), 8)-1, min(max(height, 1), 8)-1
	e.put(gs, '!', byte(w<<4|h))
}

// Bold switches emphasis (ESC E).
func (e *Encoder) Bold(on bool) { e.put(esc, 'E', bit(on, 0)) }

// Text sends characters in GBK. Control characters are dropped; use Feed for a new line.
func (e *Encoder) Text(s string) { e.buf = AppendGBK(e.buf, s) }

// Feed prints what is in the line buffer and advances n lines, 1 to 255 (LF, ESC d).
func (e *Encoder) Feed(n int) {
	if n <= 1 {
		e.put(lf)
		return
	}
	e.put(esc, 'd', byte(min(n, 255)))
}

// Cut feeds to the cutter and cuts (GS V 65 or 66).
func (e *Encoder) Cut(partial bool) { e.put(gs, 'V', 'A'+bit(partial, 0), 0) }

// Drawer sends the pulse that opens the cash drawer on connector pin 2 or 5 (ESC p), on for 100 ms
// and then off for 200 ms.
func (e *Encoder) Drawer(pin int) { e.put(esc, 'p', bit(pin == 5, 0), 50, 100) }

// QR prints a QR code, model 2, with modules of the given number of dots, 1 to 16 (GS ( k).
func (e *Encoder) QR(content string, module int, level Level) error {
	if content == "" || len(content) > qrContentMax {
		return fmt.Errorf("QR code of %d bytes %w, use 1 to %d", len(content), ErrTooLong, qrContentMax)
	}
	e.symbol('A', '2', 0)
	e.symbol('C', byte(min(max(module, 1), 16)))
	e.symbol('E', byte(level))
	e.symbol('P', append([]byte{'0'}, content...)...)
	e.symbol('Q', '0')
	return nil
}

// symbol sends GS ( k pL pH cn fn parameters, with cn 49 for QR.
func (e *Encoder) symbol(fn byte, parameters ...byte) {
	n := len(parameters) + 2
	e.put(gs, '(', 'k', byte(n), byte(n>>8), '1', fn)
	e.put(parameters...)
}

// Code128 prints printable ASCII as CODE128 in code set B, 2 dots a bar and 64 high, with its
// content below (GS H, GS h, GS w, GS k 73).
func (e *Encoder) Code128(content string) error {
	var data []byte
	for i := range len(content) {
		c := content[i]
		if c < 0x20 || c > 0x7e {
			return errors.New("barcode holds printable ASCII only")
		}
		if c == '{' { // the escape character of the data itself
			data = append(data, '{')
		}
		data = append(data, c)
	}
	if len(data) == 0 || len(data) > barcodeMax {
		return fmt.Errorf("barcode of %d bytes %w, use 1 to %d", len(data), ErrTooLong, barcodeMax)
	}
	e.put(gs, 'H', 2, gs, 'h', 64, gs, 'w', 2)
	e.put(gs, 'k', 73, byte(len(data)+2), '{', 'B')
	e.put(data...)
	return nil
}

// Raster prints a picture of rows of stride bytes each, most significant bit leftmost, 1 for black
// (GS v 0, normal density).
func (e *Encoder) Raster(stride int, bits []byte) error {
	if stride < 1 || stride > 0xffff || len(bits) == 0 || len(bits)%stride != 0 {
		return errors.New("raster needs whole rows of 1 to 65535 bytes")
	}
	rows := len(bits) / stride
	if len(bits) > rasterBytesMax || rows > 0xffff {
		return fmt.Errorf("raster of %d bytes %w, send it in bands", len(bits), ErrTooLong)
	}
	e.put(gs, 'v', '0', 0, byte(stride), byte(stride>>8), byte(rows), byte(rows>>8))
	e.put(bits...)
	return nil
}

// StatusRequest asks for status byte n, 1 to 4, in real time (DLE EOT n).
func (e *Encoder) StatusRequest(n byte) { e.put(dle, eot, n) }

func (e *Encoder) put(b ...byte) { e.buf = append(e.buf, b...) }

// AppendGBK appends s as a printer in Chinese mode takes it: ASCII as one byte and everything else
// as two. See the package's invariants.
func AppendGBK(dst []byte, s string) []byte {
	enc := simplifiedchinese.GBK.NewEncoder()
	for _, r := range s {
		switch {
		case r < 0x20 || r == 0x7f || r >= 0x80 && r < 0xa0:
			continue
		case r < 0x80:
			dst = append(dst, byte(r))
			continue
		case r == '€':
			dst = append(dst, euro[:]...)
			continue
		case r == '¥':
			r = '￥'
		}
		b, err := enc.Bytes([]byte(string(r)))
		if err != nil || len(b) != 2 {
			b, _ = enc.Bytes([]byte(string(replacement))) // in GBK, so it cannot fail
		}
		dst = append(dst, b...)
	}
	return dst
}

func bit(on bool, n uint) byte {
	if on {
		return 1 << n
	}
	return 0
}

package iso8583

import "fmt"

// Format is the representation of a field's value, in the words of ISO 8583:1987.
type Format uint8

// Formats of fields.
const (
	// N is numeric: digits, packed two to a byte under [BCD].
	N Format = iota + 1
	// Z is track data: digits and the separator, 'D' in values. Under [BCD] the separator is nibble D;
	// under [ASCII] it is '='. A track whose end is enciphered (third digit of F53 is 1) may hold any
	// hexadecimal digit under BCD.
	Z
	// AN is alphanumeric text, one byte to a character, passed as it is.
	AN
	// ANS is text with special characters, passed as it is; lengths count bytes.
	ANS
	// B is binary, passed as it is.
	B
)

// String returns the short name the standard uses.
func (f Format) String() string {
	switch f {
	case N:
		return "n"
	case Z:
		return "z"
	case AN:
		return "an"
	case ANS:
		return "ans"
	case B:
		return "b"
	}
	return fmt.Sprintf("Format(%d)", uint8(f))
}

// Length is the kind of a field's length.
type Length uint8

// Kinds of length. A prefix counts digits for N and Z fields and bytes for all others.
const (
	Fixed  Length = iota // always Max
	LLVar                // two digits of prefix
	LLLVar               // three digits of prefix; two bytes under BCD, the first nibble zero
)

// Align is the side on which an odd number of digits lies in its bytes. It matters under [BCD] only.
type Align uint8

// Alignments of digits. The free nibble is zero.
const (
	Left  Align = iota // "032" is 03 20
	Right              // "001" is 00 01
)

// Field is one row of a field table.
type Field struct {
	Name   string // in English, for people
	Format Format
	Length Length
	Min    int // least length of a variable field, in the unit of Max
	Max    int // greatest length: digits for N and Z, bytes otherwise
	Align  Align
}

// wireLen returns how many bytes a value of n digits or bytes takes.
func (f *Field) wireLen(n int, p Packing) int {
	if p == BCD && (f.Format == N || f.Format == Z) {
		return (n + 1) / 2
	}
	return n
}

// describe renders the format column for people, e.g. "LLVAR n..19" or "n 6".
func (f *Field) describe() string {
	switch f.Length {
	case LLVar:
		return fmt.Sprintf("LLVAR %s..%d", f.Format, f.Max)
	case LLLVar:
		return fmt.Sprintf("LLLVAR %s..%d", f.Format, f.Max)
	}
	return fmt.Sprintf("%s %d", f.Format, f.Max)
}

// Bitmap is the size of a message's bitmap, in bytes.
type Bitmap int

// Sizes of bitmaps.
const (
	Bitmap64  Bitmap = 8  // fields 2 to 64; bit 1 is never set
	Bitmap128 Bitmap = 16 // fields 2 to 128; always sixteen bytes, bit 1 always set
)

// Packing is how digits lie on the wire: the MTI, N and Z fields, and length prefixes.
type Packing uint8

// Packings of digits.
const (
	BCD   Packing = iota // two digits to a byte
	ASCII                // one digit to a byte
)

// Table maps field numbers to their rows.
type Table map[int]Field

// Spec is the description of one dialect. It is immutable and safe for concurrent use.
type Spec struct {
	name    string
	bitmap  Bitmap
	packing Packing
	fields  [129]Field // Format 0: not in the table
	known   [2]uint64  // one bit per known field, most significant first
}

// NewSpec builds a spec from its table. It panics on a table that no message can follow, which is a
// programmer's error: a field outside the bitmap, a missing format, a limit beyond its prefix.
func NewSpec(name string, bitmap Bitmap, packing Packing, table Table) *Spec {
	s := &Spec{name: name, bitmap: bitmap, packing: packing}
	for number, f := range table {
		limit := map[Length]int{Fixed: 999, LLVar: 99, LLLVar: 999}[f.Length]
		switch {
		case number < 2 || number > int(bitmap)*8:
			panic(fmt.Sprintf("iso8583: spec %s: field %d is outside the bitmap", name, number))
		case f.Format < N || f.Format > B:
			panic(fmt.Sprintf("iso8583: spec %s: field %d has no format", name, number))
		case f.Max < 1 || f.Max > limit || f.Min < 0 || f.Min > f.Max:
			panic(fmt.Sprintf("iso8583: spec %s: field %d has impossible limits", name, number))
		}
		if f.Length == Fixed {
			f.Min = f.Max
		}
		s.fields[number] = f
		half, bit := bitOf(number)
		s.known[half] |= bit
	}
	return s
}

// With derives a spec under another name in which the rows of changes replace or join those of s.
func (s *Spec) With(name string, changes Table) *Spec {
	table := make(Table, len(changes)+64)
	for number := range s.fields {
		if s.fields[number].Format != 0 {
			table[number] = s.fields[number]
		}
	}
	for number, f := range changes {
		table[number] = f
	}
	return NewSpec(name, s.bitmap, s.packing, table)
}

// Name returns the name given to the spec.
func (s *Spec) Name() string { return s.name }

// Bitmap returns the size of the bitmap.
func (s *Spec) Bitmap() Bitmap { return s.bitmap }

// Packing returns how digits are packed.
func (s *Spec) Packing() Packing { return s.packing }

// Field returns the row of a field and whether the table has it.
func (s *Spec) Field(number int) (Field, bool) {
	if number < 2 || number >= len(s.fields) || s.fields[number].Format == 0 {
		return Field{}, false
	}
	return s.fields[number], true
}

// MACField returns the number of the field that closes a message with its MAC: the last the bitmap
// can hold, 64 or 128.
func (s *Spec) MACField() int { return int(s.bitmap) * 8 }

// mtiLen returns the bytes that the message type takes.
func (s *Spec) mtiLen() int {
	if s.packing == BCD {
		return 2
	}
	return 4
}

// bitOf returns the word and the mask of a field's bit, most significant bit first.
func bitOf(number int) (half int, bit uint64) {
	return (number - 1) >> 6, 1 << 63 >> uint((number-1)&63)
}

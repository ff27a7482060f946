package iso8583

import (
	"encoding/binary"
	"math/bits"
	"slices"
)

// pairs holds for each byte its two hexadecimal digits in upper case, the high nibble's first.
var pairs = func() (t [256][2]byte) {
	const hex = "0123456789ABCDEF"
	for i := range t {
		t[i] = [2]byte{hex[i>>4], hex[i&15]}
	}
	return t
}()

// class of a byte read as two nibbles.
const (
	classDigits uint8 = iota // both nibbles are 0 to 9
	classTrack               // both are 0 to 9 or D
	classHex                 // anything else
)

var classes = func() (t [256]uint8) {
	for i := range t {
		t[i] = max(nibbleClass(i>>4), nibbleClass(i&15))
	}
	return t
}()

func nibbleClass(n int) uint8 {
	switch {
	case n <= 9:
		return classDigits
	case n == 0xD:
		return classTrack
	}
	return classHex
}

// nibbles holds for each character its value as a hexadecimal digit, or 255.
var nibbles = func() (t [256]uint8) {
	for i := range t {
		t[i] = 255
	}
	for c := '0'; c <= '9'; c++ {
		t[c] = uint8(c - '0')
	}
	for c := 'A'; c <= 'F'; c++ {
		t[c] = uint8(c-'A') + 10
	}
	return t
}()

// Unpack reads one message, which must fill the whole of b, into m, which it resets first. A *Error
// names the first field that does not follow the spec; m then holds what could be read before it, so
// that a host can still answer. Nothing in m refers to b.
func (s *Spec) Unpack(b []byte, m *Message) error {
	m.Reset()
	m.arena = slices.Grow(m.arena, 2*len(b))
	off, present, err := s.unpackHead(b, m)
	if err != nil {
		return err
	}
	var enciphered Error // the first track that holds more than digits and separators
	for half := range present {
		for rest := present[half]; rest != 0; {
			zeros := bits.LeadingZeros64(rest)
			rest &^= 1 << 63 >> zeros
			number := half*64 + zeros + 1
			next, odd, reason := s.unpackField(b, off, number, m)
			if reason != "" {
				return &Error{Field: number, Offset: next, Reason: reason}
			}
			if odd && enciphered.Field == 0 {
				enciphered = Error{Field: number, Offset: off, Reason: reasonTrack}
			}
			off = next
		}
	}
	if enciphered.Field != 0 && !tracksEnciphered(m) {
		m.Unset(enciphered.Field)
		fault := enciphered // a copy, so that only the failing message pays for an allocation
		return &fault
	}
	if off != len(b) {
		return &Error{Field: -1, Offset: off, Reason: reasonTrailing}
	}
	return nil
}

// tracksEnciphered reports whether F53 says that the tracks are enciphered (53.3).
func tracksEnciphered(m *Message) bool {
	control := m.Bytes(53)
	return len(control) > 2 && control[2] == '1'
}

// unpackHead reads the message type and the bitmap and returns the offset after them and the fields
// that the bitmap announces, without bit 1.
func (s *Spec) unpackHead(b []byte, m *Message) (off int, present [2]uint64, err error) {
	off = s.mtiLen()
	if len(b) < off {
		return 0, present, &Error{Field: 0, Offset: len(b), Reason: reasonShort}
	}
	if s.packing == BCD {
		high, low := pairs[b[0]], pairs[b[1]]
		m.mti = [4]byte{high[0], high[1], low[0], low[1]}
	} else {
		copy(m.mti[:], b)
	}
	for _, c := range m.mti {
		if c < '0' || c > '9' {
			return 0, present, &Error{Field: 0, Offset: 0, Reason: reasonMTI}
		}
	}
	m.mtiLen = 4
	if len(b) < off+int(s.bitmap) {
		return 0, present, &Error{Field: 1, Offset: len(b), Reason: reasonShort}
	}
	present[0] = binary.BigEndian.Uint64(b[off:])
	if s.bitmap == Bitmap128 {
		present[1] = binary.BigEndian.Uint64(b[off+8:])
	}
	const bit1 = 1 << 63
	switch {
	case s.bitmap == Bitmap64 && present[0]&bit1 != 0:
		return 0, present, &Error{Field: 1, Offset: off, Reason: reasonBit1Set}
	case s.bitmap == Bitmap128 && present[0]&bit1 == 0:
		return 0, present, &Error{Field: 1, Offset: off, Reason: reasonBit1Clear}
	}
	present[0] &^= bit1
	return off + int(s.bitmap), present, nil
}

// unpackField reads one field at off and returns the offset after it. On failure it returns the
// offset and the reason of the failure, and m does not hold the field. Odd reports a track with
// nibbles that only an enciphered track may have.
func (s *Spec) unpackField(b []byte, off, number int, m *Message) (next int, odd bool, reason string) {
	f := &s.fields[number]
	if f.Format == 0 {
		return off, false, reasonUnknown
	}
	start := off
	n := f.Max
	if f.Length != Fixed {
		if n, off, reason = s.unpackPrefix(b, off, f); reason != "" {
			return off, false, reason
		}
		if n > f.Max {
			return start, false, reasonTooLong
		}
		if n < f.Min {
			return start, false, reasonTooShort
		}
	}
	size := f.wireLen(n, s.packing)
	if len(b)-off < size {
		return len(b), false, reasonShort
	}
	raw := b[off : off+size]
	var class uint8
	var at int
	switch {
	case f.Format > Z:
		m.spans[number] = m.push(raw)
	case s.packing == ASCII:
		if at = asciiFault(raw, f.Format); at >= 0 {
			return off + at, false, digitReason(f.Format)
		}
		sp := m.push(raw)
		unifySeparator(m.arena[sp.from:sp.to])
		m.spans[number] = sp
	default:
		from := len(m.arena)
		for _, c := range raw {
			class = max(class, classes[c])
			p := &pairs[c]
			m.arena = append(m.arena, p[0], p[1])
		}
		if class > classDigits && f.Format == N {
			m.arena = m.arena[:from]
			return off + nibbleFault(raw), false, reasonDigit
		}
		sp := span{uint32(from), uint32(from + n)}
		if n&1 == 1 {
			pad := from + n
			if f.Align == Right {
				pad = from
				sp = span{uint32(from + 1), uint32(from + n + 1)}
			}
			if m.arena[pad] != '0' {
				m.arena = m.arena[:from]
				return off, false, reasonPad
			}
		}
		m.spans[number] = sp
	}
	half, bit := bitOf(number)
	m.present[half] |= bit
	return off + size, class == classHex, ""
}

// unpackPrefix reads a length prefix at off and returns the length and the offset after the prefix.
func (s *Spec) unpackPrefix(b []byte, off int, f *Field) (n, next int, reason string) {
	digits := 1 + int(f.Length)
	if s.packing == ASCII {
		if len(b)-off < digits {
			return 0, len(b), reasonShort
		}
		for _, c := range b[off : off+digits] {
			if c < '0' || c > '9' {
				return 0, off, reasonPrefix
			}
			n = n*10 + int(c-'0')
		}
		return n, off + digits, ""
	}
	size := (digits + 1) / 2
	if len(b)-off < size {
		return 0, len(b), reasonShort
	}
	for _, c := range b[off : off+size] {
		if classes[c] != classDigits {
			return 0, off, reasonPrefix
		}
		n = n*100 + int(c>>4)*10 + int(c&15)
	}
	return n, off + size, ""
}

// push appends raw to the arena and returns where it lies.
func (m *Message) push(raw []byte) span {
	from := len(m.arena)
	m.arena = append(m.arena, raw...)
	return span{uint32(from), uint32(len(m.arena))}
}

// nibbleFault returns the index of the first byte that is not two digits.
func nibbleFault(raw []byte) int {
	return slices.IndexFunc(raw, func(c byte) bool { return classes[c] != classDigits })
}

// asciiFault returns the index of the first character that a numeric field may not hold on the wire,
// or -1.
func asciiFault(raw []byte, format Format) int {
	for i, c := range raw {
		if (c < '0' || c > '9') && (format == N || c != '=') {
			return i
		}
	}
	return -1
}

func digitReason(format Format) string {
	if format == Z {
		return reasonTrack
	}
	return reasonDigit
}

// Append packs m and appends the bytes to dst. A *Error names the first field that does not follow the
// spec, with the offset that it would have had; dst is then returned as it came.
func (s *Spec) Append(dst []byte, m *Message) ([]byte, error) {
	start := len(dst)
	fail := func(out []byte, field int, reason string) ([]byte, error) {
		return out[:start], &Error{Field: field, Offset: len(out) - start, Reason: reason}
	}
	if m.mtiLen != 4 || nonDigit(m.mti[:]) {
		return fail(dst, 0, reasonMTI)
	}
	out := slices.Grow(dst, len(m.arena)+64)
	if s.packing == BCD {
		out = appendBCD(out, m.mti[:], Left)
	} else {
		out = append(out, m.mti[:]...)
	}
	if s.bitmap == Bitmap64 {
		out = binary.BigEndian.AppendUint64(out, m.present[0])
	} else {
		out = binary.BigEndian.AppendUint64(out, m.present[0]|1<<63)
		out = binary.BigEndian.AppendUint64(out, m.present[1])
	}
	for half := range m.present {
		for rest := m.present[half]; rest != 0; {
			zeros := bits.LeadingZeros64(rest)
			rest &^= 1 << 63 >> zeros
			number := half*64 + zeros + 1
			value := m.Bytes(number)
			f := &s.fields[number]
			if reason := s.check(f, value, m); reason != "" {
				return fail(out, number, reason)
			}
			out = s.appendField(out, f, value)
		}
	}
	return out, nil
}

// check returns why a value does not fit its field, or "".
func (s *Spec) check(f *Field, value []byte, m *Message) string {
	switch {
	case f.Format == 0:
		return reasonUnknown
	case f.Length == Fixed && len(value) != f.Max:
		return reasonLength
	case len(value) > f.Max:
		return reasonTooLong
	case len(value) < f.Min:
		return reasonTooShort
	case f.Format == N && nonDigit(value):
		return reasonDigit
	case f.Format == Z:
		hex := s.packing == BCD && tracksEnciphered(m)
		for _, c := range value {
			if (c < '0' || c > '9') && c != 'D' && !(hex && nibbles[c] < 16) {
				return reasonTrack
			}
		}
	}
	return ""
}

// appendField packs a value that check has passed.
func (s *Spec) appendField(out []byte, f *Field, value []byte) []byte {
	n := len(value)
	if f.Length != Fixed {
		if f.Length == LLLVar {
			if s.packing == BCD {
				out = append(out, byte(n/100))
			} else {
				out = append(out, '0'+byte(n/100))
			}
		}
		tens, ones := byte(n/10%10), byte(n%10)
		if s.packing == BCD {
			out = append(out, tens<<4|ones)
		} else {
			out = append(out, '0'+tens, '0'+ones)
		}
	}
	switch {
	case f.Format > Z || s.packing == ASCII && f.Format == N:
		return append(out, value...)
	case s.packing == ASCII:
		for _, c := range value {
			if c == 'D' {
				c = '='
			}
			out = append(out, c)
		}
		return out
	}
	return appendBCD(out, value, f.Align)
}

// appendBCD packs hexadecimal digits two to a byte; the nibble that an odd count leaves free is zero.
func appendBCD(out, digits []byte, align Align) []byte {
	if len(digits)&1 == 1 && align == Right {
		out = append(out, nibbles[digits[0]])
		digits = digits[1:]
	}
	i := 0
	for ; i+1 < len(digits); i += 2 {
		out = append(out, nibbles[digits[i]]<<4|nibbles[digits[i+1]])
	}
	if i < len(digits) {
		out = append(out, nibbles[digits[i]]<<4)
	}
	return out
}

func nonDigit(value []byte) bool {
	for _, c := range value {
		if c < '0' || c > '9' {
			return true
		}
	}
	return false
}

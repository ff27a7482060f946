package qr

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// Identifiers of the fields of a merchant's code.
const (
	FormatIndicator  = "00" // "01"
	InitiationMethod = "01" // "11" when the code serves many payments, "12" when it serves one
	CategoryCode     = "52" // ISO 18245, four digits
	Currency         = "53" // ISO 4217, three digits
	Amount           = "54" // with a point, e.g. "23.72"
	TipIndicator     = "55" // "01" asks the payer, "02" and "03" say how much or what part
	TipFixed         = "56"
	TipPercentage    = "57"
	Country          = "58" // ISO 3166-1, two letters
	MerchantName     = "59"
	MerchantCity     = "60"
	PostalCode       = "61"
	AdditionalData   = "62" // a template
	Checksum         = "63" // of all before it, the last field
	LanguageTemplate = "64" // a template: name and city in another language
)

// Unit is what the lengths of fields count.
type Unit uint8

// Units.
const (
	Characters Unit = iota + 1
	Bytes           // of UTF-8
)

// Field is one field. A template's value is its fields.
type Field struct {
	ID     string
	Value  string // empty in a template
	Fields Fields // of a template
}

// Fields are fields in the order of the code.
type Fields []Field

// Get returns the value of a field, and whether there is one.
func (f Fields) Get(id string) (value string, ok bool) {
	i := slices.IndexFunc(f, func(x Field) bool { return x.ID == id })
	if i < 0 {
		return "", false
	}
	return f[i].Value, true
}

// Template returns the fields of a template, none when there is no such template.
func (f Fields) Template(id string) Fields {
	for _, x := range f {
		if x.ID == id {
			return x.Fields
		}
	}
	return nil
}

// Merchant is the code that a merchant shows, without its checksum.
type Merchant struct {
	Fields
}

// Dynamic reports whether the code serves one payment only.
func (m Merchant) Dynamic() bool {
	method, _ := m.Get(InitiationMethod)
	return method == "12"
}

// Accounts returns the fields of merchant account information, 02 to 51.
func (m Merchant) Accounts() Fields {
	var accounts Fields
	for _, f := range m.Fields {
		if f.ID >= "02" && f.ID <= "51" {
			accounts = append(accounts, f)
		}
	}
	return accounts
}

// Error says where a code cannot be read or written. It carries no value.
type Error struct {
	ID     string // of the field, with its template's before it, e.g. "62.05"; empty when it cannot be read
	Offset int    // in characters of a merchant's code, in bytes of what a payer's holds; -1 when written
	Reason string
}

// Error returns the place and the reason, e.g. "qr: field 54 at offset 41: ends early".
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString("qr:")
	if e.ID != "" {
		b.WriteString(" field " + e.ID)
	}
	if e.Offset >= 0 {
		if e.ID != "" {
			b.WriteString(" at")
		}
		fmt.Fprintf(&b, " offset %d", e.Offset)
	}
	return b.String() + ": " + e.Reason
}

// ErrChecksum is wrapped by what reports that a code's checksum is wrong.
var ErrChecksum = errors.New("checksum does not match what stands before it: the code was changed or misread")

// Unwrap returns [ErrChecksum] when that is the reason.
func (e *Error) Unwrap() error {
	if e.Reason == ErrChecksum.Error() {
		return ErrChecksum
	}
	return nil
}

const (
	headLength     = 4 // of a field: identifier and length
	checksumLength = 4
	checksumHead   = Checksum + "04"
	merchantMax    = 512 // characters, EMVCo merchant-presented mode, section 3.1
)

// CRC returns the checksum of a text, CRC-16/CCITT-FALSE of its bytes (polynomial 1021, start FFFF), in
// four upper-case hexadecimal digits. The text of a merchant's code goes up to and including "6304".
func CRC(text string) string {
	crc := uint16(0xFFFF)
	for i := range len(text) {
		crc ^= uint16(text[i]) << 8
		for range 8 {
			carry := crc >> 15
			crc = crc<<1 ^ 0x1021&-carry
		}
	}
	return fmt.Sprintf("%04X", crc)
}

// ParseMerchant reads the code that a merchant shows: fields that fill it exactly, none twice, the format
// indicator first and a right checksum last. What the values must be is [Merchant.Check]'s to say.
func ParseMerchant(text string, unit Unit) (Merchant, error) {
	var m Merchant
	switch {
	case !utf8.ValidString(text):
		return m, &Error{Reason: "text is not UTF-8"}
	case utf8.RuneCountInString(text) > merchantMax:
		return m, &Error{Offset: merchantMax, Reason: fmt.Sprintf("code is longer than %d characters", merchantMax)}
	case !strings.HasPrefix(text, FormatIndicator+"0201"):
		return m, &Error{ID: FormatIndicator, Reason: "code does not begin with the format indicator 000201"}
	}
	s := scanner{text: text, end: len(text), unit: unit, checksum: -1}
	fields, err := s.fields("")
	switch at := s.checksum; {
	case err != nil:
		return m, err
	case at < 0:
		return m, s.fail(Checksum, len(text), "checksum is missing")
	case at != len(text)-headLength-checksumLength || !strings.HasPrefix(text[at:], checksumHead):
		return m, s.fail(Checksum, at, "checksum is not the last field, of four characters")
	case CRC(text[:at+headLength]) != text[at+headLength:]:
		return m, s.fail(Checksum, at, ErrChecksum.Error())
	}
	last := len(fields) - 1
	m.Fields = fields[:last:last]
	return m, nil
}

// scanner reads the fields of a text up to end.
type scanner struct {
	text     string
	at, end  int // in bytes
	unit     Unit
	checksum int // where that field stands, -1 before it is met
}

func (s *scanner) fail(path string, at int, reason string) *Error {
	return &Error{path, utf8.RuneCountInString(s.text[:at]), reason}
}

// fields reads what is left, the fields of the template parent or of the code itself.
func (s *scanner) fields(parent string) (Fields, error) {
	var fields Fields
	for s.at < s.end {
		start := s.at
		rest := s.text[start:s.end]
		if len(rest) < headLength || !digits(rest[:headLength]) {
			return nil, s.fail(parent, start, "identifier and length of a field are not four digits")
		}
		f := Field{ID: rest[:2]}
		path := pathOf(parent, f.ID)
		if _, twice := fields.Get(f.ID); twice {
			return nil, s.fail(path, start, "stands twice")
		}
		length := int(rest[2]-'0')*10 + int(rest[3]-'0')
		size, ok := s.unit.take(rest[headLength:], length)
		switch {
		case length == 0:
			return nil, s.fail(path, start, "is empty")
		case !ok:
			return nil, s.fail(path, start, "ends early, or its length counts characters where bytes are expected or the other way round")
		}
		if path == Checksum {
			s.checksum = start
		}
		s.at += headLength
		if template(parent, f.ID) {
			inner := scanner{text: s.text, at: s.at, end: s.at + size, unit: s.unit}
			var err error
			if f.Fields, err = inner.fields(f.ID); err != nil {
				return nil, err
			}
		} else {
			f.Value = rest[headLength : headLength+size]
		}
		s.at += size
		fields = append(fields, f)
	}
	return fields, nil
}

// take returns how many bytes so many units take at the start of the text, and whether there are so many.
func (u Unit) take(text string, n int) (size int, ok bool) {
	if u == Bytes {
		// A length that cuts a character in two counts something else.
		return n, n <= len(text) && utf8.ValidString(text[:n])
	}
	for range n {
		_, width := utf8.DecodeRuneInString(text[size:])
		if width == 0 {
			return 0, false
		}
		size += width
	}
	return size, true
}

// count returns the length of a text in units.
func (u Unit) count(text string) int {
	if u == Bytes {
		return len(text)
	}
	return utf8.RuneCountInString(text)
}

// template reports whether a field holds fields.
func template(parent, id string) bool {
	return parent == "" && (id >= "26" && id <= "51" || id == AdditionalData || id == LanguageTemplate || id >= "80")
}

func pathOf(parent, id string) string {
	if parent == "" {
		return id
	}
	return parent + "." + id
}

func digits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}

// Text returns the code with its checksum. It refuses what [Merchant.Check] finds wrong, and values that are
// too long.
func (m Merchant) Text(unit Unit) (string, error) {
	if err := m.Check(); err != nil {
		return "", err
	}
	text, err := m.Fields.text("", unit)
	if err != nil {
		return "", err
	}
	text += checksumHead
	if utf8.RuneCountInString(text)+checksumLength > merchantMax {
		return "", &Error{Offset: -1, Reason: fmt.Sprintf("code would be longer than %d characters", merchantMax)}
	}
	return text + CRC(text), nil
}

func (f Fields) text(parent string, unit Unit) (string, error) {
	var b strings.Builder
	for i, x := range f {
		path := pathOf(parent, x.ID)
		value := x.Value
		if template(parent, x.ID) {
			var err error
			if value, err = x.Fields.text(x.ID, unit); err != nil {
				return "", err
			}
		}
		n := unit.count(value)
		switch {
		case len(x.ID) != 2 || !digits(x.ID) || parent == "" && x.ID == Checksum:
			return "", &Error{path, -1, "identifier is not two digits other than those of the checksum"}
		case slices.ContainsFunc(f[:i], func(y Field) bool { return y.ID == x.ID }):
			return "", &Error{path, -1, "stands twice"}
		case n == 0 || n > 99 || !utf8.ValidString(value):
			return "", &Error{path, -1, "value does not have 1 to 99 characters of UTF-8"}
		case template(parent, x.ID) && x.Value != "" || !template(parent, x.ID) && len(x.Fields) > 0:
			return "", &Error{path, -1, "a template has fields, any other field a value"}
		}
		fmt.Fprintf(&b, "%s%02d%s", x.ID, n, value)
	}
	return b.String(), nil
}

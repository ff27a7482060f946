package emv

import (
	"fmt"
	"strings"
)

// Element is one data element. Printing it shows the tag and the length.
type Element struct {
	Tag   Tag
	Value []byte // shares the memory it was parsed from
}

// String returns the tag and the length of the value.
func (e Element) String() string { return fmt.Sprintf("%v(%d)", e.Tag, len(e.Value)) }

// Format writes what String returns, whatever the verb.
func (e Element) Format(s fmt.State, _ rune) { fmt.Fprint(s, e.String()) }

// MarshalJSON returns what String returns, as a JSON string.
func (e Element) MarshalJSON() ([]byte, error) { return []byte(`"` + e.String() + `"`), nil }

// List is a sequence of elements in the order of the wire.
type List []Element

// Error says where chip data cannot be read. It never carries a value.
type Error struct {
	Tag    Tag // 0 when the tag itself cannot be read
	Offset int // of the element in what was parsed
	Reason string
}

// Error returns the place and the reason, e.g. "emv: tag 9F10 at offset 21: value ends early".
func (e *Error) Error() string {
	if e.Tag == 0 {
		return fmt.Sprintf("emv: offset %d: %s", e.Offset, e.Reason)
	}
	return fmt.Sprintf("emv: tag %v at offset %d: %s", e.Tag, e.Offset, e.Reason)
}

const (
	reasonTagShort   = "tag ends early"
	reasonTagLong    = "tag is longer than three bytes"
	reasonTagPadded  = "tag starts with an empty byte"
	reasonLenShort   = "length ends early"
	reasonLenForm    = "length is of indefinite form or longer than two bytes"
	reasonValueShort = "value ends early"
)

// Parse reads a sequence of elements. Zero bytes between elements are skipped, as ISO 7816-4 allows. On
// failure it returns the elements before the fault and an *Error. Templates are not opened: parse their
// value.
func Parse(b []byte) (List, error) {
	list := make(List, 0, min(len(b)/3, 32))
	for at := 0; at < len(b); {
		if b[at] == 0 {
			at++
			continue
		}
		e, size, err := next(b[at:])
		if err != nil {
			err.Offset = at
			return list, err
		}
		list = append(list, e)
		at += size
	}
	return list, nil
}

// next reads the element at the start of b, which is not empty, and returns how many bytes it takes.
func next(b []byte) (Element, int, *Error) {
	tag, at, reason := readTag(b)
	if reason != "" {
		return Element{}, 0, &Error{Reason: reason}
	}
	if at == len(b) {
		return Element{}, 0, &Error{Tag: tag, Reason: reasonLenShort}
	}
	n := int(b[at])
	at++
	if n >= 0x80 {
		size := n & 0x7F
		if size == 0 || size > 2 {
			return Element{}, 0, &Error{Tag: tag, Reason: reasonLenForm}
		}
		if len(b)-at < size {
			return Element{}, 0, &Error{Tag: tag, Reason: reasonLenShort}
		}
		n = 0
		for _, c := range b[at : at+size] {
			n = n<<8 | int(c)
		}
		at += size
	}
	if len(b)-at < n {
		return Element{}, 0, &Error{Tag: tag, Reason: reasonValueShort}
	}
	return Element{Tag: tag, Value: b[at : at+n : at+n]}, at + n, nil
}

// readTag reads the tag at the start of b and returns how many bytes it takes.
func readTag(b []byte) (tag Tag, size int, reason string) {
	tag = Tag(b[0])
	if b[0]&0x1F != 0x1F {
		return tag, 1, ""
	}
	for i := 1; i < len(b); i++ {
		if i == 3 {
			return 0, 0, reasonTagLong
		}
		// The tags of a signature upload start at FF00 and those of contactless parameters at FF8000,
		// although ISO 8825-1 wants no empty byte here.
		if i == 1 && b[1] == 0x80 && b[0] != 0xFF {
			return 0, 0, reasonTagPadded
		}
		tag = tag<<8 | Tag(b[i])
		if b[i]&0x80 == 0 {
			return tag, i + 1, ""
		}
	}
	return 0, 0, reasonTagShort
}

// Append appends one element. It panics on a tag that cannot be read back and on a value over 65535
// bytes, which are programmer's errors.
func Append(dst []byte, tag Tag, value []byte) []byte {
	if !tag.valid() || len(value) > 0xFFFF {
		panic(fmt.Sprintf("emv: tag %v with %d bytes cannot be written", tag, len(value)))
	}
	dst = appendTag(dst, tag)
	switch n := len(value); {
	case n < 0x80:
		dst = append(dst, byte(n))
	case n <= 0xFF:
		dst = append(dst, 0x81, byte(n))
	default:
		dst = append(dst, 0x82, byte(n>>8), byte(n))
	}
	return append(dst, value...)
}

func appendTag(dst []byte, tag Tag) []byte {
	if tag > 0xFFFF {
		dst = append(dst, byte(tag>>16))
	}
	if tag > 0xFF {
		dst = append(dst, byte(tag>>8))
	}
	return append(dst, byte(tag))
}

// Append appends all elements of the list.
func (l List) Append(dst []byte) []byte {
	for _, e := range l {
		dst = Append(dst, e.Tag, e.Value)
	}
	return dst
}

// Get returns the value of the first element with the tag, or nil when there is none. An element with an
// empty value gives an empty slice that is not nil.
func (l List) Get(tag Tag) []byte {
	for _, e := range l {
		if e.Tag == tag {
			return e.Value
		}
	}
	return nil
}

// Has reports whether an element with the tag is present.
func (l List) Has(tag Tag) bool { return l.Get(tag) != nil }

// Copy copies the value of a tag to dst when it has exactly the length of dst and reports whether it
// has. It fills arrays such as those of a cryptogram's input.
func (l List) Copy(dst []byte, tag Tag) bool {
	value := l.Get(tag)
	return value != nil && len(value) == len(dst) && copy(dst, value) == len(dst)
}

// String returns tags and lengths, e.g. "9F26(8) 9F27(1)".
func (l List) String() string {
	var b strings.Builder
	for i, e := range l {
		if i > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(e.String())
	}
	return b.String()
}

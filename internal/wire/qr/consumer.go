package qr

import (
	"encoding/base64"
	"fmt"
	"strings"
)

// Tags of a payer's code (EMVCo consumer-presented mode, section 4). Card data elements have EMV's own tags.
const (
	TagFormatIndicator     = 0x85 // "CPV01"
	TagApplication         = 0x61 // a template for each application, at most two
	TagCommonData          = 0x62 // a template for what the applications share
	TagApplicationData     = 0x63 // chip data of an application, within 61
	TagCommonTransparent   = 0x64 // chip data that the applications share, within 62
	TagApplicationID       = 0x4F
	TagApplicationLabel    = 0x50
	TagTrack2              = 0x57
	TagPAN                 = 0x5A
	TagCryptogram          = 0x9F26
	TagTransactionCounter  = 0x9F36
	TagUnpredictableNumber = 0x9F37
	TagIssuerData          = 0x9F10
)

// tagNames holds the names of the elements that payers' codes have and field 55 has not.
var tagNames = map[uint32]string{
	TagFormatIndicator: "payload format indicator", TagApplication: "application template", TagCommonData: "common data template",
	TagApplicationData: "application specific transparent template", TagCommonTransparent: "common data transparent template",
	0x5F2D: "language preference", 0x5F50: "issuer URL", 0x9F08: "application version number", 0x9F19: "token requestor identifier",
	0x9F24: "payment account reference", 0x9F25: "last four digits of the PAN", 0x9F74: "issuer QR data",
}

// TagName returns the English name of an element that the specification of payers' codes defines, "" for
// EMV's own.
func TagName(tag uint32) string { return tagNames[tag] }

// ConsumerPrefix is how every payer's code begins: the format indicator in base64.
const ConsumerPrefix = "hQVDUFYwM"

// consumerMax is the longest code in characters; a QR code of letters and digits holds no more.
const consumerMax = 4296

// Element is one data element of a payer's code. Printing it shows the tag and the length.
type Element struct {
	Tag      uint32
	Value    []byte    // as it stands, of a template too
	Elements []Element // of a template
}

// String returns the tag and the length of the value, e.g. "4F(7)".
func (e Element) String() string { return fmt.Sprintf("%X(%d)", e.Tag, len(e.Value)) }

// Format writes what String returns, whatever the verb.
func (e Element) Format(s fmt.State, _ rune) { fmt.Fprint(s, e.String()) }

// MarshalJSON returns what String returns, as a JSON string.
func (e Element) MarshalJSON() ([]byte, error) { return []byte(`"` + e.String() + `"`), nil }

// Consumer is the code that a payer's phone shows. It may hold a card number and track data.
type Consumer struct {
	Elements []Element
}

// Application is one application that a payer offers to pay with.
type Application struct {
	template Element
	common   []Element // of the template of common data
}

// String returns the tags and the lengths of what the application holds.
func (a Application) String() string { return fmt.Sprint(a.template.Elements) }

// Format writes what String returns, whatever the verb.
func (a Application) Format(s fmt.State, _ rune) { fmt.Fprint(s, a.String()) }

// Applications returns the applications, the one that the payer prefers first.
func (c Consumer) Applications() []Application {
	var common []Element
	for _, e := range c.Elements {
		if e.Tag == TagCommonData {
			common = e.Elements
		}
	}
	var all []Application
	for _, e := range c.Elements {
		if e.Tag == TagApplication {
			all = append(all, Application{e, common})
		}
	}
	return all
}

// Get returns the value of a data element of the application: of its template, of the chip data in it, or of
// what the applications share. It is nil when there is none.
func (a Application) Get(tag uint32) []byte {
	for _, elements := range [][]Element{a.template.Elements, a.common} {
		for _, e := range elements {
			if e.Tag == tag {
				return e.Value
			}
			for _, inner := range e.Elements {
				if inner.Tag == tag {
					return inner.Value
				}
			}
		}
	}
	return nil
}

// UnionPay reports whether the application is UnionPay's.
func (a Application) UnionPay() bool {
	return strings.HasPrefix(string(a.Get(TagApplicationID)), "\xA0\x00\x00\x03\x33")
}

// ParseConsumer reads the code that a payer's phone shows.
func ParseConsumer(text string) (Consumer, error) {
	var c Consumer
	if len(text) > consumerMax {
		return c, &Error{Offset: consumerMax, Reason: fmt.Sprintf("code is longer than %d characters", consumerMax)}
	}
	raw, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(text, "="))
	if err != nil {
		return c, &Error{Offset: len(text), Reason: "code is not base64"}
	}
	elements, fault := readElements(raw, 0, 0)
	if fault != nil {
		return c, fault
	}
	if len(elements) == 0 || elements[0].Tag != TagFormatIndicator || !strings.HasPrefix(string(elements[0].Value), "CPV") {
		return c, &Error{ID: "85", Reason: "code does not begin with the format indicator CPV01"}
	}
	c.Elements = elements
	if len(c.Applications()) == 0 {
		return c, &Error{ID: "61", Offset: len(raw), Reason: "application template is missing"}
	}
	return c, nil
}

// Text returns the code in base64.
func (c Consumer) Text() string {
	var raw []byte
	for _, e := range c.Elements {
		raw = e.append(raw)
	}
	return base64.StdEncoding.EncodeToString(raw)
}

func (e Element) append(dst []byte) []byte {
	if e.Tag > 0xFF {
		dst = append(dst, byte(e.Tag>>8))
	}
	dst = append(dst, byte(e.Tag&0xFF))
	switch n := len(e.Value); {
	case n < 0x80:
		dst = append(dst, byte(n))
	case n <= 0xFF:
		dst = append(dst, 0x81, byte(n))
	default:
		dst = append(dst, 0x82, byte(n>>8), byte(n&0xFF))
	}
	return append(dst, e.Value...)
}

// depthMax is how deep templates lie in templates: 63 in 61, 64 in 62.
const depthMax = 2

// readElements reads a sequence of BER-TLV elements that stands at an offset.
func readElements(b []byte, base, depth int) ([]Element, *Error) {
	var elements []Element
	for at := 0; at < len(b); {
		e, size, reason := readElement(b[at:])
		if reason != "" {
			id := ""
			if e.Tag != 0 {
				id = fmt.Sprintf("%X", e.Tag)
			}
			return nil, &Error{id, base + at, reason}
		}
		constructed := e.Tag <= 0xFF && e.Tag&0x20 != 0
		if constructed && depth < depthMax {
			var fault *Error
			if e.Elements, fault = readElements(e.Value, base+at+size-len(e.Value), depth+1); fault != nil {
				return nil, fault
			}
		}
		elements = append(elements, e)
		at += size
	}
	return elements, nil
}

// readElement reads the element at the start of b and returns how many bytes it takes.
func readElement(b []byte) (e Element, size int, reason string) {
	e.Tag = uint32(b[0])
	at := 1
	if b[0]&0x1F == 0x1F {
		if len(b) < 2 {
			return Element{}, 0, "tag ends early"
		}
		e.Tag = e.Tag<<8 | uint32(b[1])
		if at = 2; b[1]&0x80 != 0 {
			return Element{}, 0, "tag is longer than two bytes"
		}
	}
	if at == len(b) {
		return e, 0, "length ends early"
	}
	n := int(b[at])
	at++
	switch {
	case n == 0x80 || n > 0x82:
		return e, 0, "length is of indefinite form or longer than two bytes"
	case n > 0x80:
		bytes := n - 0x80
		if len(b)-at < bytes {
			return e, 0, "length ends early"
		}
		n = 0
		for _, c := range b[at : at+bytes] {
			n = n<<8 | int(c)
		}
		at += bytes
	}
	if len(b)-at < n {
		return e, 0, "value ends early"
	}
	e.Value = b[at : at+n : at+n]
	return e, at + n, ""
}

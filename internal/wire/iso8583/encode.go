package iso8583

import (
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/text/encoding/simplifiedchinese"
)

// Plain is a frame written by hand: what [Describe] lays out, before it is packed.
type Plain struct {
	TPDU   string         `json:"tpdu,omitempty"`   // 10 digits; terminal leg only
	Header string         `json:"header,omitempty"` // 12 digits; terminal leg only
	MTI    string         `json:"mti"`
	Fields map[int]string `json:"fields"`
}

// hexMark introduces a text value that is given as hexadecimal.
const hexMark = "hex:"

// Encode packs a frame with its length. Digits and text are given as they are, Chinese in UTF-8;
// binary fields in hexadecimal, or, when their length is fixed, as that many characters, which is how
// an ECB MAC reads; any text as "hex:" and hexadecimal. The error names the field and not its value.
func Encode(spec *Spec, plain Plain) ([]byte, error) {
	var m Message
	m.SetMTI(plain.MTI)
	for number, value := range plain.Fields {
		f, known := spec.Field(number)
		if !known {
			return nil, &Error{Field: number, Reason: reasonUnknown}
		}
		raw, err := encodeValue(&f, value)
		if err != nil {
			return nil, fmt.Errorf("iso8583: field %d: %w", number, err)
		}
		m.SetBytes(number, raw)
	}
	body, err := spec.Append(nil, &m)
	if err != nil {
		return nil, err
	}
	if spec.bitmap == Bitmap128 {
		if plain.TPDU != "" || plain.Header != "" {
			return nil, errors.New("iso8583: the network leg has neither TPDU nor header; leave them out")
		}
		return AppendNetworkFrame(nil, body), nil
	}
	tpdu, err := encodeDigits(plain.TPDU, 5)
	if err != nil {
		return nil, fmt.Errorf("iso8583: TPDU: %w", err)
	}
	header, err := encodeDigits(plain.Header, 6)
	if err != nil {
		return nil, fmt.Errorf("iso8583: header: %w", err)
	}
	return AppendFrame(nil, Frame{TPDU: [5]byte(tpdu), Header: [6]byte(header), Body: body}), nil
}

var (
	errHex  = errors.New("value is not hexadecimal")
	errText = errors.New("value has a character that GBK does not know; give it as hex:…")
)

func encodeValue(f *Field, value string) ([]byte, error) {
	switch {
	case f.Format == B:
		if f.Length == Fixed && len(value) == f.Max {
			return []byte(value), nil
		}
		raw, err := hex.DecodeString(strings.TrimPrefix(value, hexMark))
		if err != nil {
			return nil, errHex
		}
		return raw, nil
	case f.Format <= Z:
		return []byte(value), nil
	case strings.HasPrefix(value, hexMark):
		raw, err := hex.DecodeString(value[len(hexMark):])
		if err != nil {
			return nil, errHex
		}
		return raw, nil
	}
	raw, err := simplifiedchinese.GBK.NewEncoder().String(value)
	if err != nil {
		return nil, errText
	}
	return []byte(raw), nil
}

func encodeDigits(text string, size int) ([]byte, error) {
	raw, err := hex.DecodeString(text)
	if err != nil || len(raw) != size || slices.ContainsFunc(raw, func(c byte) bool { return classes[c] != classDigits }) {
		return nil, fmt.Errorf("give %d digits", 2*size)
	}
	return raw, nil
}

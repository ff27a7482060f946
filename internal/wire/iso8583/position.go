package iso8583

import (
	"strconv"
	"strings"
)

// part is one position of a field that is cut by position: its width and where its text goes.
type part struct {
	width int
	text  *string
}

// cut spreads value over parts from left to right. The last part that gets text may get less than
// its width.
func cut(value string, parts ...part) {
	for _, p := range parts {
		n := min(p.width, len(value))
		*p.text, value = value[:n], value[n:]
	}
}

// join is the inverse of cut. Parts after the last one that has text are left out; an empty part
// before it is filled with zeros.
func join(parts ...part) string {
	last := len(parts)
	for last > 0 && *parts[last-1].text == "" {
		last--
	}
	var b strings.Builder
	for i, p := range parts[:last] {
		b.WriteString(*p.text)
		if i < last-1 {
			for n := len(*p.text); n < p.width; n++ {
				b.WriteByte('0')
			}
		}
	}
	return b.String()
}

// checkDigits returns an error naming field when value holds anything but digits.
func checkDigits(field int, value string) error {
	for i := range len(value) {
		if value[i] < '0' || value[i] > '9' {
			return &Error{Field: field, Offset: i, Reason: reasonDigit}
		}
	}
	return nil
}

// appendNumber appends n with leading zeros to width digits; it fails when n is negative or longer.
func appendNumber(dst []byte, n int64, width int) ([]byte, bool) {
	if n < 0 {
		return dst, false
	}
	text := strconv.FormatInt(n, 10)
	if len(text) > width {
		return dst, false
	}
	for range width - len(text) {
		dst = append(dst, '0')
	}
	return append(dst, text...), true
}

// number reads digits that checkDigits has passed and that are few enough for 63 bits.
func number(digits string) (n int64) {
	for i := range len(digits) {
		n = n*10 + int64(digits[i]-'0')
	}
	return n
}

// padRight fills text with spaces to width; a longer text is cut at a whole character, where a byte
// from 0x81 on starts a character of two bytes (GBK).
func padRight(text string, width int) string {
	end := 0
	for end < len(text) {
		size := 1
		if text[end] > 0x80 {
			size = 2
		}
		if end+size > width || end+size > len(text) {
			break
		}
		end += size
	}
	return text[:end] + strings.Repeat(" ", width-end)
}

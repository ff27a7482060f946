package iso8583

import "strings"

// MaskPAN returns the first six and the last four digits of a PAN with stars between them. Of fewer
// than thirteen digits it shows at most the last four, and of fewer than nine none.
func MaskPAN(pan string) string {
	n := len(pan)
	switch {
	case n < 9:
		return strings.Repeat("*", n)
	case n < 13:
		return strings.Repeat("*", n-4) + pan[n-4:]
	}
	return pan[:6] + strings.Repeat("*", n-10) + pan[n-4:]
}

package iso8583

import (
	"fmt"
	"strings"
)

// Sum is an amount in fen and how many transactions make it.
type Sum struct {
	Amount int64
	Count  int
}

// Half is one half of the totals of a batch close.
type Half struct {
	Debit  Sum  // sales and completions, offline ones included
	Credit Sum  // voids, completion voids and refunds
	Result byte // '0' in a request; in an answer '1' equal, '2' unequal, '3' error
}

// Totals is field 48 of 0500 and 0510.
type Totals struct {
	Domestic Half
	Foreign  Half
	Single   bool // the terminal sends the domestic half only
}

const (
	amountDigits = 12
	halfDigits   = 2*(amountDigits+3) + 1
)

// ParseTotals reads field 48 of a batch close: 62 digits, or 31 from terminals that send the domestic
// half only.
func ParseTotals(value string) (Totals, error) {
	var t Totals
	if len(value) != halfDigits && len(value) != 2*halfDigits {
		return t, &Error{Field: 48, Offset: len(value), Reason: reasonPosition}
	}
	if err := checkDigits(48, value); err != nil {
		return t, err
	}
	t.Domestic = parseHalf(value[:halfDigits])
	if t.Single = len(value) == halfDigits; !t.Single {
		t.Foreign = parseHalf(value[halfDigits:])
	}
	return t, nil
}

func parseHalf(v string) Half {
	return Half{
		Debit:  Sum{Amount: number(v[:12]), Count: int(number(v[12:15]))},
		Credit: Sum{Amount: number(v[15:27]), Count: int(number(v[27:30]))},
		Result: v[30],
	}
}

// Format returns the value of field 48. It fails when an amount needs more than 12 digits or a count
// more than 3. A result left at its zero value is written '0'.
func (t Totals) Format() (string, error) {
	halves := []Half{t.Domestic, t.Foreign}
	if t.Single {
		halves = halves[:1]
	}
	b := make([]byte, 0, 2*halfDigits)
	for _, h := range halves {
		for _, s := range [...]Sum{h.Debit, h.Credit} {
			var fits, counts bool
			b, fits = appendNumber(b, s.Amount, amountDigits)
			if b, counts = appendNumber(b, int64(s.Count), 3); !fits || !counts {
				return "", &Error{Field: 48, Offset: len(b), Reason: reasonTooLong}
			}
		}
		if h.Result == 0 {
			h.Result = '0'
		}
		b = append(b, h.Result)
	}
	return string(b), nil
}

// Detail is one line of a magstripe batch upload (0320 with 60.3 = 201). Printing it masks the PAN.
type Detail struct {
	CardClass string // 2 digits
	Trace     string // 6 digits
	PAN       string
	Amount    int64 // fen
}

// String returns the line with its PAN masked.
func (d Detail) String() string { return d.CardClass + " " + d.Trace + " " + MaskPAN(d.PAN) }

// Format writes what String returns, whatever the verb.
func (d Detail) Format(s fmt.State, _ rune) { fmt.Fprint(s, d.String()) }

const (
	detailDigits = 2 + 6 + 20 + amountDigits
	detailsMax   = 8
)

// ParseDetails reads field 48 of a magstripe batch upload: a count of two digits and up to eight
// lines. The PAN lies in twenty digits with zeros before it.
func ParseDetails(value string) ([]Detail, error) {
	if err := checkDigits(48, value); err != nil {
		return nil, err
	}
	if len(value) < 2 || number(value[:2]) > detailsMax ||
		len(value) != 2+detailDigits*int(number(value[:2])) {
		return nil, &Error{Field: 48, Offset: len(value), Reason: reasonPosition}
	}
	lines := make([]Detail, 0, detailsMax)
	for rest := value[2:]; rest != ""; rest = rest[detailDigits:] {
		lines = append(lines, Detail{
			CardClass: rest[:2], Trace: rest[2:8], PAN: strings.TrimLeft(rest[8:28], "0"),
			Amount: number(rest[28:40]),
		})
	}
	return lines, nil
}

// FormatDetails is the inverse of [ParseDetails].
func FormatDetails(lines []Detail) (string, error) {
	if len(lines) > detailsMax {
		return "", &Error{Field: 48, Reason: reasonTooLong}
	}
	b := make([]byte, 0, 2+len(lines)*detailDigits)
	b = append(b, '0', '0'+byte(len(lines)))
	for _, d := range lines {
		if len(d.CardClass) != 2 || len(d.Trace) != 6 || len(d.PAN) > 20 {
			return "", &Error{Field: 48, Offset: len(b), Reason: reasonPosition}
		}
		b = append(b, d.CardClass...)
		b = append(b, d.Trace...)
		for range 20 - len(d.PAN) {
			b = append(b, '0')
		}
		b = append(b, d.PAN...)
		var fits bool
		if b, fits = appendNumber(b, d.Amount, amountDigits); !fits {
			return "", &Error{Field: 48, Offset: len(b), Reason: reasonTooLong}
		}
	}
	if err := checkDigits(48, string(b)); err != nil {
		return "", err
	}
	return string(b), nil
}

// Upload is field 62 of an EMV batch upload (0320 with 60.3 = 203 to 206).
type Upload struct {
	Usage      string // "61", or "71" with the cryptogram's type and the result of the ARPC
	CardClass  string // 2 characters
	Response   string // F39 of the transaction
	Amount     int64  // fen
	Currency   string // 3 digits
	ACType     byte   // usage 71 only
	ARPCResult byte   // usage 71 only
}

const uploadLen = 2 + 2 + 2 + amountDigits + 3

// ParseUpload reads field 62 of an EMV batch upload.
func ParseUpload(value string) (Upload, error) {
	var u Upload
	switch {
	case len(value) == uploadLen && value[:2] == "61":
	case len(value) == uploadLen+2 && value[:2] == "71":
		u.ACType, u.ARPCResult = value[uploadLen], value[uploadLen+1]
	default:
		return u, &Error{Field: 62, Offset: len(value), Reason: reasonPosition}
	}
	amount := value[6 : 6+amountDigits]
	if err := checkDigits(62, amount); err != nil {
		return Upload{}, err
	}
	u.Usage, u.CardClass, u.Response = value[:2], value[2:4], value[4:6]
	u.Amount, u.Currency = number(amount), value[6+amountDigits:uploadLen]
	return u, nil
}

// Format is the inverse of [ParseUpload].
func (u Upload) Format() (string, error) {
	if u.Usage != "61" && u.Usage != "71" ||
		len(u.CardClass) != 2 || len(u.Response) != 2 || len(u.Currency) != 3 {
		return "", &Error{Field: 62, Reason: reasonPosition}
	}
	b := make([]byte, 0, uploadLen+2)
	b = append(b, u.Usage+u.CardClass+u.Response...)
	b, fits := appendNumber(b, u.Amount, amountDigits)
	if !fits {
		return "", &Error{Field: 62, Offset: len(b), Reason: reasonTooLong}
	}
	b = append(b, u.Currency...)
	if u.Usage == "71" {
		b = append(b, u.ACType, u.ARPCResult)
	}
	return string(b), nil
}

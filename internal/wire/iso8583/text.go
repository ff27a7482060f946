package iso8583

import (
	"fmt"
	"strings"

	"golang.org/x/text/encoding/simplifiedchinese"
)

// SequenceNo is field 62 of a sign-in request: who the terminal is by its maker.
type SequenceNo struct {
	License string // network license, 4 characters
	Serial  string
}

const sequenceTitle = "Sequence No"

// ParseSequenceNo reads field 62 of a sign-in: the words "Sequence No", two digits of length, license
// and serial number.
func ParseSequenceNo(value string) (SequenceNo, error) {
	rest, found := strings.CutPrefix(value, sequenceTitle)
	if !found || len(rest) < 2+4 {
		return SequenceNo{}, &Error{Field: 62, Offset: 0, Reason: reasonPosition}
	}
	if err := checkDigits(62, rest[:2]); err != nil {
		return SequenceNo{}, err
	}
	if int(number(rest[:2])) != len(rest)-2 {
		return SequenceNo{}, &Error{Field: 62, Offset: len(sequenceTitle), Reason: reasonPosition}
	}
	return SequenceNo{License: rest[2:6], Serial: rest[6:]}, nil
}

// String returns the value of field 62.
func (s SequenceNo) String() string {
	n := len(s.License) + len(s.Serial)
	return sequenceTitle + string([]byte{'0' + byte(n/10%10), '0' + byte(n%10)}) + s.License + s.Serial
}

// Parties is field 44 of an answer: who issued the card and who acquired the transaction.
type Parties struct {
	Issuer   string // up to 11 characters
	Acquirer string // up to 11 characters
}

// ParseParties reads field 44. A missing second half is left empty.
func ParseParties(value string) Parties {
	var p Parties
	cut(value, part{11, &p.Issuer}, part{11, &p.Acquirer})
	return Parties{Issuer: strings.TrimRight(p.Issuer, " "), Acquirer: strings.TrimRight(p.Acquirer, " ")}
}

// String returns the 22 characters of field 44.
func (p Parties) String() string { return padRight(p.Issuer, 11) + padRight(p.Acquirer, 11) }

// Texts is field 63 of an answer: the card organization and three lines for the receipt, in GBK.
type Texts struct {
	Organization string // 63.1, 3 characters, e.g. "CUP"
	Issuer       string // 63.2.1, up to 20 bytes
	Network      string // 63.2.2, up to 20 bytes
	Acquirer     string // 63.2.3, up to 20 bytes
}

// ParseTexts reads field 63 of an answer. Parts that the message does not reach are "".
func ParseTexts(value string) Texts {
	var t Texts
	parts := []part{{3, &t.Organization}, {20, &t.Issuer}, {20, &t.Network}, {20, &t.Acquirer}}
	cut(value, parts...)
	for _, p := range parts {
		*p.text = strings.TrimRight(*p.text, " ")
	}
	return t
}

// String returns the 63 bytes of the field; a line that is too long is cut at a whole character.
func (t Texts) String() string {
	return padRight(t.Organization, 3) + padRight(t.Issuer, 20) + padRight(t.Network, 20) +
		padRight(t.Acquirer, 20)
}

// Balance is one entry of field 54.
type Balance struct {
	AccountType string // 2 characters
	AmountType  string // 2 characters: 01 ledger, 02 available
	Currency    string // 3 digits
	Amount      int64  // minor units; negative for a debit balance
}

const balanceLen = 2 + 2 + 3 + 1 + amountDigits

// ParseBalances reads field 54, entries of 20 characters.
func ParseBalances(value string) ([]Balance, error) {
	if value == "" || len(value)%balanceLen != 0 {
		return nil, &Error{Field: 54, Offset: len(value), Reason: reasonPosition}
	}
	var list []Balance
	for at := 0; at < len(value); at += balanceLen {
		v := value[at : at+balanceLen]
		if err := checkDigits(54, v[8:]); err != nil || v[7] != 'C' && v[7] != 'D' {
			return nil, &Error{Field: 54, Offset: at, Reason: reasonPosition}
		}
		b := Balance{AccountType: v[:2], AmountType: v[2:4], Currency: v[4:7], Amount: number(v[8:])}
		if v[7] == 'D' {
			b.Amount = -b.Amount
		}
		list = append(list, b)
	}
	return list, nil
}

// Format returns the 20 characters of one entry of field 54.
func (b Balance) Format() (string, error) {
	if len(b.AccountType) != 2 || len(b.AmountType) != 2 || len(b.Currency) != 3 {
		return "", &Error{Field: 54, Reason: reasonPosition}
	}
	sign, amount := "C", b.Amount
	if amount < 0 {
		sign, amount = "D", -amount
	}
	out, fits := appendNumber([]byte(b.AccountType+b.AmountType+b.Currency+sign), amount, amountDigits)
	if !fits {
		return "", &Error{Field: 54, Offset: len(out), Reason: reasonTooLong}
	}
	return string(out), nil
}

// Tag is one item of a field that is a list of tag, length and value in text. Printing it shows the length
// of the value: the value may be a payment code.
type Tag struct {
	ID    string // 2 characters
	Value string
}

// Format writes the tag and the length of its value, whatever the verb.
func (t Tag) Format(s fmt.State, _ rune) { fmt.Fprintf(s, "%s(%d)", t.ID, len(t.Value)) }

// ParseTags reads field 59: per item a tag of two characters, a length of three digits and the value.
func ParseTags(value string) ([]Tag, error) { return parseTags(value, 3) }

func parseTags(value string, width int) ([]Tag, error) {
	var list []Tag
	for at := 0; at < len(value); {
		head := at + 2 + width
		if head > len(value) {
			return nil, &Error{Field: 59, Offset: at, Reason: reasonShort}
		}
		if checkDigits(59, value[at+2:head]) != nil {
			return nil, &Error{Field: 59, Offset: at + 2, Reason: reasonPrefix}
		}
		end := head + int(number(value[at+2:head]))
		if end > len(value) {
			return nil, &Error{Field: 59, Offset: head, Reason: reasonShort}
		}
		list = append(list, Tag{ID: value[at : at+2], Value: value[head:end]})
		at = end
	}
	return list, nil
}

// FormatTags is the inverse of [ParseTags].
func FormatTags(list []Tag) (string, error) { return formatTags(list, 3) }

func formatTags(list []Tag, width int) (string, error) {
	var b []byte
	for _, tag := range list {
		if len(tag.ID) != 2 {
			return "", &Error{Field: 59, Offset: len(b), Reason: reasonPosition}
		}
		b = append(b, tag.ID...)
		var fits bool
		if b, fits = appendNumber(b, int64(len(tag.Value)), width); !fits {
			return "", &Error{Field: 59, Offset: len(b), Reason: reasonTooLong}
		}
		b = append(b, tag.Value...)
	}
	return string(b), nil
}

// Device is tag A2 of field 59: the machine that a transaction comes from.
type Device struct {
	Type    string // 01: 01 ATM, 02 POS, 03 mPOS, 04 smart POS, 10 and 11 barcode terminals
	Serial  string // 02: serial number of the hardware (TUSN)
	Random  string // 03: last six digits of the card or code
	Cipher  string // 04: enciphered serial number, 8 characters
	Version string // 05: application version, 8 characters
}

// ParseDevice reads the value of tag A2. Captures show inner lengths of two and of three digits; the
// reading under which the whole value is made of the five known items, the type of two characters, is
// taken.
func ParseDevice(value string) (Device, error) {
	for _, width := range [...]int{3, 2} {
		if d, ok := readDevice(value, width); ok {
			return d, nil
		}
	}
	return Device{}, &Error{Field: 59, Reason: reasonPosition}
}

func readDevice(value string, width int) (d Device, ok bool) {
	list, err := parseTags(value, width)
	if err != nil || len(list) == 0 {
		return Device{}, false
	}
	parts := d.parts()
	for _, tag := range list {
		text, known := parts[tag.ID]
		if !known {
			return Device{}, false
		}
		*text = tag.Value
	}
	return d, d.Type == "" || len(d.Type) == 2
}

func (d *Device) parts() map[string]*string {
	return map[string]*string{
		"01": &d.Type, "02": &d.Serial, "03": &d.Random, "04": &d.Cipher, "05": &d.Version,
	}
}

// Format returns the value of tag A2 with inner lengths of width digits, 2 or 3; empty items are left
// out.
func (d Device) Format(width int) (string, error) {
	parts := d.parts()
	var list []Tag
	for _, id := range [...]string{"01", "02", "03", "04", "05"} {
		if text := *parts[id]; text != "" {
			list = append(list, Tag{ID: id, Value: text})
		}
	}
	return formatTags(list, width)
}

// Name returns text in GBK as a fixed field of size bytes holds it: cut between characters when it is
// too long, padded with spaces when it is short. What GBK does not know becomes a question mark.
func Name(text string, size int) []byte {
	encoder := simplifiedchinese.GBK.NewEncoder()
	out := make([]byte, 0, size)
	for _, r := range text {
		raw, err := encoder.Bytes([]byte(string(r)))
		if err != nil {
			raw = []byte{'?'}
		}
		if len(out)+len(raw) > size {
			break
		}
		out = append(out, raw...)
	}
	for len(out) < size {
		out = append(out, ' ')
	}
	return out
}

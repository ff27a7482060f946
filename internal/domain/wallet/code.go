package wallet

import (
	_ "embed" // the table of prefixes
	"encoding/csv"
	"log/slog"
	"strconv"
	"strings"
)

// Code is the code that a payer shows. It is good for one payment within about a minute; it is stored nowhere and
// prints masked.
type Code struct {
	digits string
	wallet Name
}

// Digits returns the code itself, for the wallet alone.
func (c Code) Digits() string { return c.digits }

// Wallet returns whose code it is.
func (c Code) Wallet() Name { return c.wallet }

// IsZero tells that there is no code.
func (c Code) IsZero() bool { return c.digits == "" }

// String hides all but the prefix.
func (c Code) String() string {
	if c.digits == "" {
		return ""
	}
	return c.digits[:2] + strings.Repeat("*", len(c.digits)-2)
}

// GoString hides the code.
func (c Code) GoString() string { return c.String() }

// LogValue hides the code.
func (c Code) LogValue() slog.Value { return slog.StringValue(c.String()) }

// prefix is one row of the table.
type prefix struct {
	from, to    int // the first two digits
	short, long int // digits of the code
	wallet      Name
}

//go:embed data/prefixes.csv
var prefixesCSV string

var prefixes = mustPrefixes(prefixesCSV)

func mustPrefixes(text string) (table []prefix) {
	r := csv.NewReader(strings.NewReader(text))
	r.Comment, r.FieldsPerRecord = '#', 5
	rows, err := r.ReadAll()
	if err != nil {
		panic("wallet: prefixes.csv: " + err.Error())
	}
	for _, row := range rows {
		var n [4]int
		for i := range n {
			if n[i], err = strconv.Atoi(row[i]); err != nil {
				panic("wallet: prefixes.csv: " + err.Error())
			}
		}
		w := Name(row[4])
		if !w.Known() || n[0] < 10 || n[0] > n[1] || n[1] > 99 || n[2] < 2 || n[2] > n[3] {
			panic("wallet: prefixes.csv: bad row " + strings.Join(row, ","))
		}
		table = append(table, prefix{from: n[0], to: n[1], short: n[2], long: n[3], wallet: w})
	}
	return table
}

// Parse reads what was scanned, or typed where a code was asked for, and finds its wallet. Spaces between the digits,
// as wallets print them, do not count. It fails with [ErrCode].
func Parse(text string) (Code, error) {
	digits := strings.ReplaceAll(strings.TrimSpace(text), " ", "")
	if len(digits) < 2 || strings.Trim(digits, "0123456789") != "" {
		return Code{}, ErrCode
	}
	first := int(digits[0]-'0')*10 + int(digits[1]-'0')
	for _, p := range prefixes {
		if p.from <= first && first <= p.to && p.short <= len(digits) && len(digits) <= p.long {
			return Code{digits: digits, wallet: p.wallet}, nil
		}
	}
	return Code{}, ErrCode
}

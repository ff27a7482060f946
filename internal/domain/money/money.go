// Package money holds amounts and rates, and the one place where yifen rounds.
//
// An [Amount] is an integer number of fen (the minor unit, ISO 4217) in a currency. A [Rate] is an
// integer number of parts per million. Multiplying the two rounds half up, once, in [Rate.Of]; a share
// of an amount rounds in [Share], and what must stay within such a share rounds down in [Within]. Nothing else in the
// house rounds, and nothing uses floating point.
package money

import (
	"errors"
	"fmt"
	"math/big"
	"math/bits"
	"strconv"
	"strings"
)

// Currency is a numeric ISO 4217 code.
type Currency uint16

// CNY is the renminbi. It is the currency of every payment that the terminal dialect can carry.
const CNY Currency = 156

// String returns the three digits of ISO 8583 DE 49.
func (c Currency) String() string { return fmt.Sprintf("%03d", uint16(c)) }

// Code returns the letters of ISO 4217, the digits where we do not know them.
func (c Currency) Code() string {
	if c == CNY {
		return "CNY"
	}
	return c.String()
}

// AmountMax is the largest amount that a door accepts, in fen: the 12 digits of ISO 8583 DE 4.
const AmountMax = 999_999_999_999

// Amount is a sum of money in fen. The zero value is no money in no currency and adds to any amount.
type Amount struct {
	Fen      int64
	Currency Currency
}

// Yuan returns an amount of renminbi in fen.
func Yuan(fen int64) Amount { return Amount{Fen: fen, Currency: CNY} }

var errForm = errors.New("an amount is written as yuan with at most two decimals, such as 100.00")

// Parse reads an amount of renminbi in yuan: "100", "100.5", "100.00". Signs, separators, exponents and
// more than two decimals are refused.
func Parse(s string) (Amount, error) {
	whole, frac, dotted := strings.Cut(s, ".")
	if whole == "" || (dotted && frac == "") || len(frac) > 2 || len(whole) > 10 {
		return Amount{}, errForm
	}
	for len(frac) < 2 {
		frac += "0"
	}
	digits := whole + frac
	for _, r := range digits {
		if r < '0' || r > '9' {
			return Amount{}, errForm
		}
	}
	fen, err := strconv.ParseInt(digits, 10, 64)
	if err != nil {
		return Amount{}, errForm
	}
	return Yuan(fen), nil
}

// ParseDE4 reads the 12 digits of ISO 8583 DE 4, in fen.
func ParseDE4(s string) (Amount, error) {
	if len(s) != 12 {
		return Amount{}, errors.New("DE 4 holds 12 digits")
	}
	var fen int64
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return Amount{}, errors.New("DE 4 holds digits only")
		}
		fen = fen*10 + int64(s[i]-'0')
	}
	return Yuan(fen), nil
}

// DE4 returns the 12 digits of ISO 8583 DE 4. It panics when the amount does not fit: doors bound amounts
// to AmountMax, so that is a defect.
func (a Amount) DE4() string {
	if a.Fen < 0 || a.Fen > AmountMax {
		panic("money: amount does not fit DE 4")
	}
	var b [12]byte
	n := a.Fen
	for i := 11; i >= 0; i-- {
		b[i] = byte('0' + n%10)
		n /= 10
	}
	return string(b[:])
}

// String returns the amount in major units with two decimals and no currency sign: "-1234.05".
func (a Amount) String() string {
	sign, n := "", uint64(a.Fen)
	if a.Fen < 0 {
		sign, n = "-", uint64(-(a.Fen+1))+1
	}
	return fmt.Sprintf("%s%d.%02d", sign, n/100, n%100)
}

// IsZero tells whether the amount is nothing.
func (a Amount) IsZero() bool { return a.Fen == 0 }

// Add returns a + b. It panics on overflow and on a mix of currencies: both are defects, since doors
// bound what comes in and a payment has one currency.
func (a Amount) Add(b Amount) Amount {
	c := a.common(b)
	sum := a.Fen + b.Fen
	if (sum > a.Fen) != (b.Fen > 0) && b.Fen != 0 {
		panic("money: sum overflows")
	}
	return Amount{Fen: sum, Currency: c}
}

// Sub returns a - b under the rules of Add.
func (a Amount) Sub(b Amount) Amount { return a.Add(b.Neg()) }

// Neg returns -a.
func (a Amount) Neg() Amount {
	if a.Fen == -1<<63 {
		panic("money: negation overflows")
	}
	return Amount{Fen: -a.Fen, Currency: a.Currency}
}

// Cmp compares two amounts of one currency: -1, 0 or +1.
func (a Amount) Cmp(b Amount) int {
	a.common(b)
	switch {
	case a.Fen < b.Fen:
		return -1
	case a.Fen > b.Fen:
		return 1
	}
	return 0
}

// Min returns the smaller of two amounts of one currency.
func Min(a, b Amount) Amount {
	if a.Cmp(b) <= 0 {
		return a
	}
	return b
}

func (a Amount) common(b Amount) Currency {
	switch {
	case a.Currency == b.Currency || b.Currency == 0:
		return a.Currency
	case a.Currency == 0:
		return b.Currency
	}
	panic(fmt.Sprintf("money: %s and %s are different currencies", a.Currency, b.Currency))
}

// Rate is a share in parts per million: 5500 is 0.55 %.
type Rate int64

// PerMillion is a rate of one whole.
const PerMillion Rate = 1_000_000

// ParseRate reads a rate in per cent with at most four decimals: "0.55", "0.55%".
func ParseRate(s string) (Rate, error) {
	whole, frac, dotted := strings.Cut(strings.TrimSuffix(strings.TrimSpace(s), "%"), ".")
	if whole == "" || len(whole) > 3 || len(frac) > 4 || (dotted && frac == "") {
		return 0, fmt.Errorf("rate %q: write per cent with at most four decimals, such as 0.55", s)
	}
	n, err := strconv.ParseUint(whole+frac+"0000"[len(frac):], 10, 32)
	if err != nil {
		return 0, fmt.Errorf("rate %q: write per cent with at most four decimals, such as 0.55", s)
	}
	return Rate(n), nil
}

// String returns the rate in per cent: "0.55%".
func (r Rate) String() string {
	s := fmt.Sprintf("%d.%04d", r/10000, r%10000)
	s = strings.TrimRight(s, "0")
	return strings.TrimSuffix(s, ".") + "%"
}

// Of returns the rate's share of a, rounded half up to the fen (a negative amount rounds as its mirror).
// This is the rounding place of fees, costs and taxes.
func (r Rate) Of(a Amount) Amount { return Share(a, int64(r), int64(PerMillion)) }

// Share returns a × part / whole, rounded half up to the fen. It is the rounding place of what is
// divided: the part of a fee that a partial refund gives back, cumulatively. It panics unless whole > 0.
func Share(a Amount, part, whole int64) Amount {
	if whole <= 0 {
		panic("money: share of a whole that is not positive")
	}
	neg := (a.Fen < 0) != (part < 0)
	x, y := abs(a.Fen), abs(part)
	hi, lo := bits.Mul64(x, y)
	if hi == 0 && lo <= 1<<63-1-uint64(whole)/2 {
		q := (lo + uint64(whole)/2) / uint64(whole)
		return Amount{Fen: signed(q, neg), Currency: a.Currency}
	}
	n := new(big.Int).Mul(new(big.Int).SetUint64(x), new(big.Int).SetUint64(y))
	n.Lsh(n, 1).Add(n, big.NewInt(whole))
	n.Div(n, new(big.Int).Lsh(big.NewInt(whole), 1))
	if !n.IsInt64() {
		panic("money: share overflows")
	}
	return Amount{Fen: signed(n.Uint64(), neg), Currency: a.Currency}
}

// Within returns a × part / whole, rounded down to the fen. It is the rounding place of what must stay within a part of
// another amount that is rounded by itself: an agent's share of what is left of a fee. It panics unless
// 0 ≤ part ≤ whole, whole > 0 and a ≥ 0.
func Within(a Amount, part, whole int64) Amount {
	if whole <= 0 || part < 0 || part > whole || a.Fen < 0 {
		panic("money: within a part that is none")
	}
	hi, lo := bits.Mul64(uint64(a.Fen), uint64(part))
	q, _ := bits.Div64(hi, lo, uint64(whole)) // part ≤ whole, so that the quotient is no more than a
	return Amount{Fen: int64(q), Currency: a.Currency}
}

func abs(n int64) uint64 {
	if n < 0 {
		return uint64(-(n + 1)) + 1
	}
	return uint64(n)
}

func signed(n uint64, neg bool) int64 {
	if neg {
		return -int64(n)
	}
	return int64(n)
}

package pos

import (
	"fmt"
	"strconv"
	"strings"
)

// AmountMax is the largest amount a message can carry, in fen: F4 has twelve digits.
const AmountMax = 999_999_999_999

// ParseAmount reads an amount of yuan, "100", "100.5" or "100.50", and returns fen.
func ParseAmount(text string) (int64, error) {
	yuan, fen, _ := strings.Cut(strings.TrimSpace(text), ".")
	if len(fen) > 2 || yuan == "" || strings.Trim(yuan+fen, "0123456789") != "" || strings.HasSuffix(text, ".") {
		return 0, errAmount
	}
	amount, err := strconv.ParseInt(yuan+(fen + "00")[:2], 10, 64)
	if err != nil || amount < 1 || amount > AmountMax {
		return 0, errAmount
	}
	return amount, nil
}

// FormatAmount returns fen as yuan with two decimals and no separators, "1234.50".
func FormatAmount(fen int64) string {
	sign := ""
	if fen < 0 {
		sign, fen = "-", -fen
	}
	return fmt.Sprintf("%s%d.%02d", sign, fen/100, fen%100)
}

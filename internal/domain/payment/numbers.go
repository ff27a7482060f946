package payment

import (
	"fmt"

	"github.com/yifen-pay/yifen/internal/domain/calendar"
)

// traceOf returns the six digits of ISO 8583 DE 11 for a number; 000000 is never used.
func traceOf(n int64) int { return int((n-1)%999_999) + 1 }

// rrnOf returns the twelve characters of ISO 8583 DE 37: the last digit of the year, the day of the year
// and eight digits of number.
func rrnOf(day calendar.Date, n int64) string {
	return fmt.Sprintf("%d%03d%08d", int(day)/10000%10, day.YearDay(), n%100_000_000)
}

package merchant

import (
	"time"

	"github.com/yifen-pay/yifen/internal/domain/calendar"
)

// dayOf returns the day of a moment in China, where papers expire.
func dayOf(at calendar.Instant) calendar.Date {
	return calendar.DateOf(at.Time().In(calendar.Shanghai))
}

// after returns the day so many days later.
func after(d calendar.Date, days int) calendar.Date {
	return calendar.DateOf(d.Midnight(time.UTC).AddDate(0, 0, days))
}

// months returns the day so many months later; the 31st of a month that has none runs into the next.
func months(d calendar.Date, n int) calendar.Date {
	return calendar.DateOf(d.Midnight(time.UTC).AddDate(0, n, 0))
}

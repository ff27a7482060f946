package calendar

import (
	_ "embed"
	"strings"
	"time"
)

// days tells holidays ("off") and days of weekends that are worked ("work"); see data/NOTICE for its source.
//
//go:embed data/days.txt
var days string

// exceptions are the days that differ from the week.
var exceptions = func() map[Date]bool {
	working := map[Date]bool{}
	for line := range strings.Lines(days) {
		day, what, _ := strings.Cut(strings.TrimSpace(line), " ")
		d, err := ParseDate(day)
		if err != nil {
			panic("calendar: data/days.txt: " + err.Error())
		}
		working[d] = what == "work"
	}
	return working
}()

// Business hours, in Shanghai.
const (
	OpensAt  = 9 * time.Hour
	ClosesAt = 18 * time.Hour
)

// Working tells whether a day is worked in mainland China. Of years that the State Council has not announced yet, or that
// lie before the list, the week alone decides.
func (d Date) Working() bool {
	if working, known := exceptions[d]; known {
		return working
	}
	w := d.Midnight(time.UTC).Weekday()
	return w != time.Saturday && w != time.Sunday
}

// NextWorking returns the next day that is worked, after d.
func (d Date) NextWorking() Date {
	for d = d.Next(); !d.Working(); {
		d = d.Next()
	}
	return d
}

// AfterHours returns the moment when so many business hours have passed since at.
func AfterHours(at Instant, hours time.Duration) Instant {
	now := at.Time().In(Shanghai)
	day := DateOf(now)
	if !day.Working() {
		day = day.NextWorking()
		now = day.Midnight(Shanghai)
	}
	for {
		open, end := day.Midnight(Shanghai).Add(OpensAt), day.Midnight(Shanghai).Add(ClosesAt)
		if now.Before(open) {
			now = open
		}
		if left := end.Sub(now); left >= hours {
			return At(now.Add(hours))
		} else if left > 0 {
			hours -= left
		}
		day = day.NextWorking()
		now = day.Midnight(Shanghai)
	}
}

// AfterDays returns the end of business of the n-th working day after the day of at, n from 1.
func AfterDays(at Instant, n int) Instant {
	day := DateOf(at.Time().In(Shanghai))
	for range n {
		day = day.NextWorking()
	}
	return At(day.Midnight(Shanghai).Add(ClosesAt))
}

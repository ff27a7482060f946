// Package calendar holds the two measures of time that records carry: an [Instant], microseconds UTC,
// and a [Date], a day of the business calendar. Neither knows the present: the time is handed in.
package calendar

import (
	"fmt"
	"time"
)

// Instant is a moment in microseconds since the Unix epoch, UTC. Zero means "not yet".
type Instant int64

// At converts a time to an Instant; what is finer than a microsecond is cut off.
func At(t time.Time) Instant { return Instant(t.UnixMicro()) }

// Time returns the moment in UTC.
func (i Instant) Time() time.Time { return time.UnixMicro(int64(i)).UTC() }

// Add returns the moment d later.
func (i Instant) Add(d time.Duration) Instant { return i + Instant(d/time.Microsecond) }

// Sub returns the time from o to i.
func (i Instant) Sub(o Instant) time.Duration { return time.Duration(i-o) * time.Microsecond }

// String returns the moment in RFC 3339 with microseconds, empty for zero.
func (i Instant) String() string {
	if i == 0 {
		return ""
	}
	return i.Time().Format("2006-01-02T15:04:05.000000Z")
}

// Date is a calendar day as the number yyyymmdd: 20260131. Zero means "none".
type Date int32

// DateOf returns the day of t in the zone that t carries.
func DateOf(t time.Time) Date {
	y, m, d := t.Date()
	return Date(y*10000 + int(m)*100 + d)
}

// ParseDate reads "2026-01-31" or "20260131".
func ParseDate(s string) (Date, error) {
	layout := "2006-01-02"
	if len(s) == 8 {
		layout = "20060102"
	}
	t, err := time.Parse(layout, s)
	if err != nil {
		return 0, fmt.Errorf("date %q is not a day: write it as 2026-01-31", s)
	}
	return DateOf(t), nil
}

// Midnight returns the start of the day in loc.
func (d Date) Midnight(loc *time.Location) time.Time {
	return time.Date(int(d)/10000, time.Month(int(d)/100%100), int(d)%100, 0, 0, 0, 0, loc)
}

// Next returns the following day.
func (d Date) Next() Date { return DateOf(d.Midnight(time.UTC).AddDate(0, 0, 1)) }

// MonthDay returns MMDD, the form of ISO 8583 DE 13 and DE 15.
func (d Date) MonthDay() string { return fmt.Sprintf("%04d", int(d)%10000) }

// String returns the day as 2026-01-31, empty for zero.
func (d Date) String() string {
	if d == 0 {
		return ""
	}
	return fmt.Sprintf("%04d-%02d-%02d", int(d)/10000, int(d)/100%100, int(d)%100)
}

// Nearest returns the full date of a MMDD that a network or a terminal sent, as the day nearest to
// around: a 1231 received on January 1st belongs to the year before.
func Nearest(monthDay string, around Date) (Date, error) {
	t, err := time.Parse("20060102", "2024"+monthDay) // a leap year, so that 0229 parses
	if err != nil {
		return 0, fmt.Errorf("month and day %q do not name a day", monthDay)
	}
	var best Date
	var bestGap time.Duration = 1 << 62
	ref := around.Midnight(time.UTC)
	for year := int(around)/10000 - 1; year <= int(around)/10000+1; year++ {
		c := time.Date(year, t.Month(), t.Day(), 0, 0, 0, 0, time.UTC)
		if c.Month() != t.Month() {
			continue // February 29th in a year that has none
		}
		if gap := c.Sub(ref).Abs(); gap < bestGap {
			best, bestGap = DateOf(c), gap
		}
	}
	if best == 0 {
		return 0, fmt.Errorf("month and day %q name no day near %s", monthDay, around)
	}
	return best, nil
}

// YearDay returns the day of the year, 1 to 366.
func (d Date) YearDay() int { return d.Midnight(time.UTC).YearDay() }

// Shanghai is China Standard Time, the zone of the calendar unless a setting says otherwise. China has had
// one zone without summer time since 1991.
var Shanghai = time.FixedZone("CST", 8*60*60)

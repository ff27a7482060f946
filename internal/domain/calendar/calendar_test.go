package calendar_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/yifen-pay/yifen/internal/domain/calendar"
)

func TestNearest(t *testing.T) {
	for _, c := range []struct {
		monthDay string
		around   calendar.Date
		want     calendar.Date // zero: refused
	}{
		{"1231", 20260101, 20251231}, {"0101", 20251231, 20260101}, {"0615", 20260616, 20260615}, {"0615", 20260615, 20260615},
		{"0701", 20260101, 20260701}, {"0703", 20260101, 20250703}, // nearer half of the year
		{"0229", 20240301, 20240229}, {"0229", 20241231, 20240229}, {"0229", 20231231, 20240229}, {"0229", 20250228, 20240229},
		{"0229", 20260601, 0}, // none within a year on either side
		{"0230", 20260101, 0}, {"1301", 20260101, 0}, {"0000", 20260101, 0}, {"", 20260101, 0}, {"1", 20260101, 0}, {"123", 20260101, 0},
		{"abcd", 20260101, 0},
	} {
		got, err := calendar.Nearest(c.monthDay, c.around)
		if got != c.want || (err == nil) != (c.want != 0) {
			t.Errorf("Nearest(%q, %s) = %s, %v; want %s", c.monthDay, c.around, got, err, c.want)
		}
	}
}

func TestNearest_isWithinHalfAYear(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		day := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, rapid.IntRange(-10000, 10000).Draw(t, "day"))
		gap := rapid.IntRange(-182, 182).Draw(t, "gap")
		sent := calendar.DateOf(day.AddDate(0, 0, gap))
		got, err := calendar.Nearest(sent.MonthDay(), calendar.DateOf(day))
		if err != nil || got != sent {
			t.Fatalf("Nearest(%q, %s) = %s, %v; want %s", sent.MonthDay(), calendar.DateOf(day), got, err, sent)
		}
	})
}

func TestDate(t *testing.T) {
	for _, c := range []struct {
		date, next calendar.Date
		text       string
		yearDay    int
	}{
		{20260131, 20260201, "2026-01-31", 31}, {20261231, 20270101, "2026-12-31", 365},
		{20240228, 20240229, "2024-02-28", 59}, {20241231, 20250101, "2024-12-31", 366}, {20250228, 20250301, "2025-02-28", 59},
	} {
		if c.date.String() != c.text || c.date.Next() != c.next || c.date.YearDay() != c.yearDay {
			t.Errorf("%d: %q, next %d, day %d of the year", c.date, c.date, c.date.Next(), c.date.YearDay())
		}
		for _, text := range []string{c.text, c.text[:4] + c.text[5:7] + c.text[8:]} {
			if got, err := calendar.ParseDate(text); err != nil || got != c.date {
				t.Errorf("ParseDate(%q) = %d, %v", text, got, err)
			}
		}
	}
	for _, text := range []string{"", "2026-1-31", "2026-02-29", "20260229", "31-01-2026", "2026013"} {
		if got, err := calendar.ParseDate(text); err == nil {
			t.Errorf("ParseDate(%q) = %s, want a refusal", text, got)
		}
	}
	if got := calendar.Date(0).String(); got != "" {
		t.Errorf("no date is written %q", got)
	}
}

func TestDateOf_takesTheZone(t *testing.T) {
	late := time.Date(2026, 1, 31, 16, 0, 0, 0, time.UTC)
	if got := calendar.DateOf(late.In(calendar.Shanghai)); got != 20260201 {
		t.Errorf("16:00 UTC is %s in Shanghai", got)
	}
	if got := calendar.Date(20260201).Midnight(calendar.Shanghai); !got.Equal(late) {
		t.Errorf("the day begins at %s", got.UTC())
	}
}

func TestInstant(t *testing.T) {
	at := calendar.At(time.Date(2026, 11, 22, 8, 0, 0, 123456789, calendar.Shanghai))
	if got := at.String(); got != "2026-11-22T00:00:00.123456Z" {
		t.Errorf("written %q", got)
	}
	if got := at.Add(time.Second).Sub(at); got != time.Second {
		t.Errorf("a second later is %s later", got)
	}
	if got := calendar.Instant(0).String(); got != "" {
		t.Errorf("not yet is written %q", got)
	}
}

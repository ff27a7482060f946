package calendar_test

import (
	"testing"
	"time"

	"github.com/yifen-pay/yifen/internal/domain/calendar"
)

func TestDate_Working(t *testing.T) {
	for day, want := range map[calendar.Date]bool{
		20260101: false, 20260104: true, // New Year's Day, and the Sunday worked for it
		20260214: true, 20260217: false, 20260224: true, // around Spring Festival
		20261001: false, 20261120: true, 20261121: false,
		20351005: true, 20351006: false, // not announced: the week decides
	} {
		if got := day.Working(); got != want {
			t.Errorf("%s is worked: %v, want %v", day, got, want)
		}
	}
	if got := calendar.Date(20260930).NextWorking(); got != 20261008 {
		t.Errorf("after the eve of National Day: %s", got)
	}
}

func TestAfterHours_countsBusinessTime(t *testing.T) {
	at := func(text string) calendar.Instant {
		when, err := time.ParseInLocation("2006-01-02 15:04", text, calendar.Shanghai)
		if err != nil {
			t.Fatal(err)
		}
		return calendar.At(when)
	}
	for _, c := range []struct {
		from  string
		hours time.Duration
		want  string
	}{
		{"2026-11-20 10:00", 4 * time.Hour, "2026-11-20 14:00"},
		{"2026-11-20 14:00", 4 * time.Hour, "2026-11-20 18:00"},
		{"2026-11-20 16:30", 4 * time.Hour, "2026-11-23 11:30"}, // Friday: goes on on Monday
		{"2026-11-20 07:00", 4 * time.Hour, "2026-11-20 13:00"},
		{"2026-11-20 20:00", 4 * time.Hour, "2026-11-23 13:00"},
		{"2026-11-21 12:00", 8 * time.Hour, "2026-11-23 17:00"}, // Saturday
		{"2026-09-30 17:00", 8 * time.Hour, "2026-10-08 16:00"}, // over National Day
		{"2026-11-19 09:00", 20 * time.Hour, "2026-11-23 11:00"},
	} {
		if got := calendar.AfterHours(at(c.from), c.hours); got != at(c.want) {
			t.Errorf("%s and %s: %s, want %s", c.from, c.hours, got, at(c.want))
		}
	}
	for from, want := range map[string]string{
		"2026-11-20 10:00": "2026-11-24 18:00", "2026-11-21 23:00": "2026-11-24 18:00", "2026-09-30 08:00": "2026-10-09 18:00",
	} {
		if got := calendar.AfterDays(at(from), 2); got != at(want) {
			t.Errorf("two working days after %s: %s, want %s", from, got, at(want))
		}
	}
}

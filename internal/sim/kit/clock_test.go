package kit_test

import (
	"slices"
	"testing"
	"time"

	"github.com/yifen-pay/yifen/internal/sim/kit"
)

var noon = time.Date(2026, 3, 5, 4, 0, 0, 0, time.UTC)

func TestClock_standing(t *testing.T) {
	c := kit.NewStandingClock(noon)
	var rang []string
	note := func(name string) func() { return func() { rang = append(rang, name) } }
	c.AfterFunc(2*time.Second, note("two"))
	c.AfterFunc(time.Second, note("one"))
	c.AfterFunc(time.Second, func() {
		rang = append(rang, "one again")
		c.AfterFunc(0, note("at once"))
	})
	stop := c.AfterFunc(time.Second, note("stopped"))
	if !stop() || stop() {
		t.Error("an alarm is not called off exactly once")
	}
	late := c.AfterFunc(time.Hour, note("late"))
	c.Advance(time.Second - 1)
	if len(rang) != 0 {
		t.Errorf("%v rang too early", rang)
	}
	c.Advance(time.Minute)
	if want := []string{"one", "one again", "two", "at once"}; !slices.Equal(rang, want) {
		t.Errorf("rang %v, want %v", rang, want)
	}
	if want := noon.Add(61*time.Second - 1); !c.Now().Equal(want) {
		t.Errorf("now is %v, want %v", c.Now(), want)
	}
	c.SetOffset(0)
	if !c.Now().Equal(noon) || c.Offset() != 0 {
		t.Errorf("after setting the clock back it shows %v", c.Now())
	}
	if !late() {
		t.Error("an alarm rang that the clock has not reached")
	}
}

func TestClock_running(t *testing.T) {
	c := kit.NewClock()
	c.SetOffset(-24 * time.Hour)
	if away := time.Since(c.Now()) - 24*time.Hour; away.Abs() > time.Minute {
		t.Errorf("the clock is %v off", away)
	}
	rang := make(chan string, 3)
	c.AfterFunc(time.Hour, func() { rang <- "an hour" })
	c.AfterFunc(time.Millisecond, func() { rang <- "a millisecond" })
	if got := <-rang; got != "a millisecond" {
		t.Errorf("first rang %s", got)
	}
	c.AfterFunc(24*time.Hour, func() { rang <- "a day" })
	c.Advance(25 * time.Hour)
	if first, second := <-rang, <-rang; first != "an hour" || second != "a day" {
		t.Errorf("then rang %s and %s", first, second)
	}
}

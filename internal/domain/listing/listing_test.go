package listing_test

import (
	"errors"
	"testing"

	"github.com/yifen-pay/yifen/internal/domain/calendar"
	"github.com/yifen-pay/yifen/internal/domain/listing"
)

func TestCursor_travels(t *testing.T) {
	for _, c := range []listing.Cursor{{}, {At: 1, ID: "a"}, {At: 1 << 52, ID: "mch_07" + "01KAMXYZ0000000000000000AB"}, {At: 5, ID: "a.b/c"}} {
		got, err := listing.ParseCursor(c.String())
		if err != nil || got != c {
			t.Errorf("%+v came back as %+v, %v", c, got, err)
		}
	}
	for _, s := range []string{"%", "YQ", "LjEx", "LTEuYQ", "MS4"} {
		if _, err := listing.ParseCursor(s); !errors.Is(err, listing.ErrCursor) {
			t.Errorf("%q: %v", s, err)
		}
	}
}

func TestPage_Size(t *testing.T) {
	for limit, want := range map[int]int{-1: listing.DefaultLimit, 0: listing.DefaultLimit, 1: 1, 100: 100, 1000: listing.MaxLimit} {
		if got := (listing.Page{Limit: limit}).Size(); got != want {
			t.Errorf("%d: %d, want %d", limit, got, want)
		}
	}
}

func TestCut(t *testing.T) {
	at := func(n int) listing.Cursor { return listing.Cursor{At: calendar.Instant(n), ID: "x"} }
	for _, c := range []struct {
		rows []int
		want int
		more bool
		next calendar.Instant
	}{{nil, 0, false, 0}, {[]int{9}, 1, false, 0}, {[]int{9, 8}, 2, false, 0}, {[]int{9, 8, 7}, 2, true, 8}} {
		got := listing.Cut(c.rows, 2, at)
		if got.Rows == nil || len(got.Rows) != c.want || got.More != c.more || got.Next.At != c.next {
			t.Errorf("%v: %+v", c.rows, got)
		}
	}
}

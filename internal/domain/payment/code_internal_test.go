package payment

import (
	"testing"
	"time"

	"github.com/yifen-pay/yifen/internal/domain/calendar"
	"github.com/yifen-pay/yifen/internal/domain/id"
	"github.com/yifen-pay/yifen/internal/domain/wallet"
)

// asked lists when a wallet is asked about an order that nobody pays, counted from its beginning.
func asked(c Code, began calendar.Instant) (at []time.Duration) {
	for now := began; now < c.ends(began); {
		now = c.next(began, now)
		at = append(at, time.Duration(now-began)*time.Microsecond)
	}
	return at
}

func TestNext_schedules(t *testing.T) {
	began := calendar.At(time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC))
	scanned := Code{Payment: "pay_x", Presented: wallet.Scanned}
	at := asked(scanned, began)
	if len(at) != 15 || at[0] != 5*time.Second || at[1] != 8*time.Second || at[len(at)-1] != 45*time.Second {
		t.Errorf("a charge is asked about %v", at)
	}
	for _, life := range []time.Duration{CodeLifeMin, CodeLife, CodeLifeMax} {
		c := Code{Payment: "pay_x", Presented: wallet.Shown, ExpiresAt: began.Add(life)}
		at := asked(c, began)
		if at[0] < 5*time.Second || at[0] > 8*time.Second || at[len(at)-1] != life || len(at) > 13 {
			t.Errorf("a code of %s is asked about %v", life, at)
		}
	}
}

// Ten thousand codes that are made in one moment are asked about in a trickle.
func TestNext_spreads(t *testing.T) {
	began := calendar.At(time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC))
	ids := id.NewMaker(func() time.Time { return began.Time() }, zeros{})
	fullest, seconds := 0, map[time.Duration]int{}
	for range 10_000 {
		c := Code{Payment: ids.New(Prefix, 7), Presented: wallet.Shown, ExpiresAt: began.Add(CodeLife)}
		for _, at := range asked(c, began) {
			if at < CodeLife {
				s := at.Truncate(time.Second)
				seconds[s]++
				fullest = max(fullest, seconds[s])
			}
		}
	}
	if fullest > 5_000 {
		t.Errorf("%d are asked about in one second", fullest)
	}
	if late := seconds[70*time.Second]; late > 500 {
		t.Errorf("a minute after, %d are asked about in one second", late)
	}
}

// zeros is no chance at all.
type zeros struct{}

// Read implements io.Reader.
func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

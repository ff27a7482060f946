package access

import (
	"testing"
	"time"

	"github.com/yifen-pay/yifen/internal/domain/calendar"
)

// The vectors of RFC 6238 appendix B, the mode of SHA-1 with eight digits.
func TestHOTP_vectors(t *testing.T) {
	secret := []byte("12345678901234567890")
	for unix, want := range map[int64]uint32{
		59: 94287082, 1111111109: 7081804, 1111111111: 14050471, 1234567890: 89005924, 2000000000: 69279037, 20000000000: 65353130,
	} {
		if got := hotp(secret, unix/30, 100_000_000); got != want {
			t.Errorf("at %d the password is %08d, want %08d", unix, got, want)
		}
	}
	// RFC 4226 appendix D, counters 0 to 9.
	for counter, want := range []uint32{755224, 287082, 359152, 969429, 338314, 254676, 287922, 162583, 399871, 520489} {
		if got := hotp(secret, int64(counter), 1_000_000); got != want {
			t.Errorf("the password of counter %d is %06d, want %06d", counter, got, want)
		}
	}
}

func TestTOTP_driftAndReplay(t *testing.T) {
	secret := []byte("12345678901234567890")
	at := func(counter int64) calendar.Instant { return calendar.At(time.Unix(counter*30, 0)) }
	for name, test := range map[string]struct {
		typed   string
		counter int64
		last    int64
		ok      bool
	}{
		"now":                 {"338314", 4, 0, true},
		"one step late":       {"338314", 5, 0, true},
		"one step early":      {"338314", 3, 0, true},
		"two steps late":      {"338314", 6, 0, false},
		"two steps early":     {"338314", 2, 0, false},
		"used":                {"338314", 4, 4, false},
		"a later one used":    {"338314", 4, 5, false},
		"an earlier one used": {"338314", 4, 3, true},
		"with a space":        {"338 314", 4, 0, true},
		"nothing":             {"", 4, 0, false},
		"too long":            {"0338314", 4, 0, false},
	} {
		if got, ok := totpMatch(secret, test.typed, at(test.counter), test.last); ok != test.ok || ok && got != 4 {
			t.Errorf("%s: step %d, %t", name, got, ok)
		}
	}
}

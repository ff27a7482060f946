package terminal_test

import (
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/yifen-pay/yifen/internal/domain/terminal"
	"github.com/yifen-pay/yifen/internal/store/storetest"
)

// Of those who edited the same version one publishes, and nobody's version takes the place of another's that they had not seen.
func TestPublishOver_oneOfMany(t *testing.T) {
	s := storetest.Embedded(t)
	shop, err := storetest.NewShop(t.Context(), s, 1, storetest.Yes())
	if err != nil {
		t.Fatal(err)
	}
	const many, rounds = 8, 10
	for base := range int64(rounds) {
		var all sync.WaitGroup
		errs := make([]error, many)
		for i := range many {
			all.Go(func() {
				content := fmt.Appendf(nil, `{"version": "%d.%d.0", "address": "tms.example:9000"}`, base, i)
				_, errs[i] = shop.Terminal.PublishOver(t.Context(), terminal.Notice, base, content, "platform:usr_a")
			})
		}
		all.Wait()
		done := 0
		for _, err := range errs {
			switch {
			case err == nil:
				done++
			case !errors.Is(err, terminal.ErrBase):
				t.Errorf("refused as %v", err)
			}
		}
		if done != 1 {
			t.Fatalf("%d versions were published over version %d", done, base)
		}
	}
}

package cardnet_test

import (
	"context"
	"sync"
	"testing"

	"github.com/yifen-pay/yifen/internal/domain/payment"
	"github.com/yifen-pay/yifen/internal/rail/cardnet"
)

// BenchmarkSend carries sales with PIN and track to the simulated network and back, both in one process and
// over one connection, with many in flight.
func BenchmarkSend(b *testing.B) {
	r := newRig(b, options{rail: func(c *cardnet.Config) {
		c.Observe = cardnet.Observe{Connected: c.Observe.Connected}
	}})
	const flying = 256
	template := r.sale(debitCard, 1)
	b.ReportAllocs()
	b.ResetTimer()
	next := make(chan int, flying)
	var group sync.WaitGroup
	for range flying {
		group.Go(func() {
			for n := range next {
				q := template
				q.Attempt.Number = n%999_999 + 1
				if n > 999_998 {
					q.Attempt.Stamp = "0305120001"
				}
				if a := r.rail.Send(context.Background(), q); a.Outcome != payment.Yes {
					b.Errorf("answer %+v", a)
				}
			}
		})
	}
	for n := range b.N {
		next <- n
	}
	close(next)
	group.Wait()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "msg/s")
}

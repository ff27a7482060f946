package store_test

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/yifen-pay/yifen/internal/domain/payment"
	"github.com/yifen-pay/yifen/internal/store"
	"github.com/yifen-pay/yifen/internal/store/storetest"
)

// engines runs a test on the embedded engine and on the server engine.
func engines[T interface {
	testing.TB
	Run(string, func(T)) bool
}](t T, run func(t T, target string)) {
	t.Run("sqlite", func(t T) { run(t, t.TempDir()) })
	t.Run("postgres", func(t T) { run(t, storetest.Server(t)) })
}

// BenchmarkSale measures a whole sale, two steps, with a rail that costs nothing.
func BenchmarkSale(b *testing.B) {
	engines(b, func(b *testing.B, target string) {
		for _, callers := range []int{1, 64} {
			name := map[int]string{1: "1-caller", 64: "64-callers"}[callers]
			b.Run(name, func(b *testing.B) {
				s := storetest.Open(b, target, store.Options{})
				ctx := context.Background()
				shop, err := storetest.NewShop(ctx, s, 64, storetest.Loopback{Answer: payment.Answer{
					Outcome: payment.Yes, RailCode: "00", AuthCode: "123456", ClearingDate: storetest.Day,
				}})
				if err != nil {
					b.Fatal(err)
				}
				var next atomic.Int64
				var wg sync.WaitGroup
				b.ResetTimer()
				for c := range callers {
					wg.Go(func() {
						for next.Add(1) <= int64(b.N) {
							if _, err := shop.Sale(ctx, c%4, 10000); err != nil {
								b.Error(err)
								return
							}
						}
					})
				}
				wg.Wait()
				b.ReportMetric(float64(2*b.N)/b.Elapsed().Seconds(), "steps/s")
			})
		}
	})
}

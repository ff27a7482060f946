package payment

import (
	"context"
	"fmt"
	"sync"

	"github.com/yifen-pay/yifen/internal/domain/calendar"
	"github.com/yifen-pay/yifen/internal/domain/step"
)

// NumberBlocks is where the leased blocks of numbers are counted.
const NumberBlocks step.Table = "number_block"

// blockSize is how many numbers one lease takes: seconds of full load, so that leases cost nothing and a
// restart wastes little.
const blockSize = 10_000

// NumberBlock counts the numbers leased under a name. Next is the first that no one has.
type NumberBlock struct {
	Name string
	Next int64
}

// Key returns the row's key. It is small and the same everywhere: bucket 0.
func (b NumberBlock) Key() step.Key { return step.Key{Table: NumberBlocks, ID: b.Name} }

// Numbers hands out rising numbers, each once over all nodes, from blocks leased by a step.
type Numbers struct {
	gate step.Gate
	name string

	mu        sync.Mutex
	next, end int64
}

// NewNumbers returns the numbers under a name.
func NewNumbers(gate step.Gate, name string) *Numbers { return &Numbers{gate: gate, name: name} }

// Next returns the next number.
func (n *Numbers) Next(ctx context.Context) (int64, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.next == n.end {
		var first int64
		key := NumberBlock{Name: n.name}.Key()
		err := n.gate.Do(ctx, step.Step{
			Name: "numbers.lease", Class: step.Outcome, Keys: []step.Key{key},
			Run: func(v step.View) error {
				b, found, err := step.Get[NumberBlock](v, key)
				if err != nil {
					return err
				}
				if !found {
					b = NumberBlock{Name: n.name, Next: 1}
				}
				first = b.Next
				b.Next += blockSize
				v.Put(b)
				return nil
			},
		})
		if err != nil {
			return 0, err
		}
		n.next, n.end = first, first+blockSize
	}
	n.next++
	return n.next - 1, nil
}

// traceOf returns the six digits of ISO 8583 DE 11 for a number; 000000 is never used.
func traceOf(n int64) int { return int((n-1)%999_999) + 1 }

// rrnOf returns the twelve characters of ISO 8583 DE 37: the last digit of the year, the day of the year
// and eight digits of number.
func rrnOf(day calendar.Date, n int64) string {
	return fmt.Sprintf("%d%03d%08d", int(day)/10000%10, day.YearDay(), n%100_000_000)
}

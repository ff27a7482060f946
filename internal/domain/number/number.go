// Package number hands out rising numbers, each once over all nodes. A [Block] counts what was handed out under a name;
// a [Series] leases many at a time, for what is numbered all day long.
package number

import (
	"context"
	"sync"

	"github.com/yifen-pay/yifen/internal/domain/step"
)

// Table is where blocks lie.
const Table step.Table = "number_block"

// leased is how many numbers one lease takes: seconds of full load, so that leases cost nothing and a restart wastes
// little.
const leased = 10_000

// Block counts the numbers handed out under a name. Next is the first that no one has.
type Block struct {
	Name string
	Next int64
}

// Key returns the row's key. It is small and the same everywhere: bucket 0.
func (b Block) Key() step.Key { return step.Key{Table: Table, ID: b.Name} }

// Take hands out n numbers under a name and returns the first.
func Take(ctx context.Context, gate step.Gate, name string, n int64) (first int64, err error) {
	key := Block{Name: name}.Key()
	err = gate.Do(ctx, step.Step{
		Name: "number.take", Class: step.Outcome, Keys: []step.Key{key},
		Run: func(v step.View) error {
			b, found, err := step.Get[Block](v, key)
			if err != nil {
				return err
			}
			if !found {
				b = Block{Name: name, Next: 1}
			}
			first = b.Next
			b.Next += n
			v.Put(b)
			return nil
		},
	})
	return first, err
}

// Series hands out numbers from blocks that it leases.
type Series struct {
	gate step.Gate
	name string

	mu        sync.Mutex
	next, end int64
}

// NewSeries returns the numbers under a name.
func NewSeries(gate step.Gate, name string) *Series { return &Series{gate: gate, name: name} }

// Next returns the next number.
func (s *Series) Next(ctx context.Context) (int64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.next == s.end {
		first, err := Take(ctx, s.gate, s.name, leased)
		if err != nil {
			return 0, err
		}
		s.next, s.end = first, first+leased
	}
	s.next++
	return s.next - 1, nil
}

package store

import (
	"fmt"

	"github.com/yifen-pay/yifen/internal/domain/ledger"
	"github.com/yifen-pay/yifen/internal/domain/step"
)

// cell is one row of a batch: as loaded, and as the steps of the batch left it.
type cell struct {
	table  *table
	row    step.Row // nil: there is none
	known  bool     // it was loaded
	stored bool     // it was there when loaded
	held   bool     // it is locked until the commit
	dirty  bool
	add    [4]int64 // of a tally: what the batch adds to what is stored
}

// batchView is what the steps of one batch see and change.
type batchView struct {
	cells   map[step.Key]*cell
	appends []step.Row
}

// stepView is what one step sees: the batch, and its own changes, which are kept apart until it succeeds.
type stepView struct {
	batch   *batchView
	writes  []step.Row
	adds    []step.Tally
	appends []step.Row
	needs   []step.Key // rows it asked for that are not loaded
	holds   []step.Key // rows it changed that are not held
}

// Get implements step.View.
func (v *stepView) Get(key step.Key) (step.Row, error) {
	for i := len(v.writes) - 1; i >= 0; i-- {
		if v.writes[i].Key() == key {
			return v.writes[i], nil
		}
	}
	c := v.batch.cells[key]
	if c == nil || !c.known && !c.dirty || c.table.mode == tallied && !c.known {
		v.needs = append(v.needs, key)
		return nil, step.ErrNeed
	}
	if c.table.mode != tallied {
		return c.row, nil
	}
	t := step.Tally{At: key}
	if c.row != nil {
		t = c.row.(step.Tally)
	}
	for i := range t.Sums {
		t.Sums[i] += c.add[i]
	}
	for _, a := range v.adds {
		if a.At == key {
			for i := range t.Sums {
				t.Sums[i] += a.Sums[i]
			}
		}
	}
	return t, nil
}

// Put implements step.View.
func (v *stepView) Put(row step.Row) {
	key := row.Key()
	t := tables[key.Table]
	switch {
	case t == nil || t.mode == tallied:
		panic(fmt.Sprintf("store: a row of table %q cannot be put", key.Table))
	case t.mode == appended:
		v.appends = append(v.appends, row)
		return
	}
	if c := v.batch.cells[key]; c != nil && c.stored && !c.held {
		v.holds = append(v.holds, key)
	}
	v.writes = append(v.writes, row)
}

// Add implements step.View.
func (v *stepView) Add(t step.Tally) {
	if spec := tables[t.At.Table]; spec == nil || spec.mode != tallied {
		panic(fmt.Sprintf("store: %q holds no tallies", t.At.Table))
	}
	v.adds = append(v.adds, t)
}

// check is the second look at what a step wants to write: an entry that is not balanced never reaches the
// database, whatever the ledger let pass.
func (v *stepView) check() error {
	for _, r := range v.appends {
		if e, ok := r.(ledger.Entry); ok {
			if err := e.Check(); err != nil {
				return err
			}
		}
	}
	return nil
}

// merge makes a successful step's changes part of the batch.
func (b *batchView) merge(v *stepView) {
	for _, r := range v.writes {
		key := r.Key()
		c := b.cells[key]
		if c == nil {
			c = &cell{table: tables[key.Table]}
			b.cells[key] = c
		}
		c.row, c.dirty = r, true
	}
	for _, t := range v.adds {
		c := b.cells[t.At]
		if c == nil {
			c = &cell{table: tables[t.At.Table]}
			b.cells[t.At] = c
		}
		c.dirty = true
		for i, n := range t.Sums {
			c.add[i] += n
		}
	}
	b.appends = append(b.appends, v.appends...)
}

// Package step is the one gate for writes: every change of yifen's records goes through a [Step], and a
// step commits whole or not at all: payment, counters, journal entry, audit record and outgoing event
// together.
//
// The store runs steps that wait at the same moment as one batch with one commit. It loads and locks the
// keys of the whole batch in one round trip, in sorted order, runs each step against them and against
// what earlier steps of the batch wrote, and commits the batch. The answer to a caller leaves only after
// the commit; there is no artificial wait, the batch is what waits.
//
// Invariants:
//   - Run is pure: no clock, no chance, no I/O. It may run more than once.
//   - A step reads rows by key only; what a decision needs is a row. Lists and reports read outside.
//   - A step that returns an error leaves no trace, and no other step of its batch notices.
//   - No step is held across a call to the outside.
package step

import (
	"context"
	"errors"

	"github.com/yifen-pay/yifen/internal/domain/fault"
	"github.com/yifen-pay/yifen/internal/domain/id"
)

// Class orders steps when the queue is long, and says how much of the queue a class may fill.
type Class uint8

// The classes, the most urgent first: what gives money back or settles a doubt goes before new sales.
const (
	Reversal Class = iota
	Outcome
	Sale
	Staff
	Bulk
	ClassCount = int(Bulk) + 1
)

var classNames = [...]string{"reversal", "outcome", "sale", "staff", "bulk"}

// String returns the class as a word, for metrics.
func (c Class) String() string { return classNames[c] }

// Table names a kind of row. Each noun declares its own; the store knows how to keep it.
type Table string

// Key names one row. ID is unique within its table and bucket.
type Key struct {
	Table  Table
	Bucket id.Bucket
	ID     string
}

// Row is one record. Rows are values: a step gets a copy and puts a copy.
type Row interface {
	Key() Key
}

// Tally is a row of four running sums that is changed by adding, such as the balance of an account or
// the use of a limit. Adding needs no loading and no lock before the flush, so that an account which
// every sale touches is written once a batch and never read. What the sums mean, its noun says.
type Tally struct {
	At   Key
	Sums [4]int64
}

// Key returns the tally's key.
func (t Tally) Key() Key { return t.At }

// View is what a step sees and changes.
type View interface {
	// Get returns the row under key as it stands, nil when there is none, and [ErrNeed] when the step did
	// not name the key: the step returns that error as it is and runs again with the row loaded.
	Get(Key) (Row, error)
	// Put writes a row, in place of what is there. A row under a key that was not loaded is taken to be
	// new; if it is not, it is loaded and the step runs again.
	Put(Row)
	// Add adds to a tally, which comes into being when it is not there.
	Add(Tally)
}

// ErrNeed is returned by View.Get for a key that was not loaded. The gate loads it and runs the step again.
var ErrNeed = errors.New("step: row not loaded yet")

// Step is one all-or-nothing change.
type Step struct {
	// Name is a short word for metrics and crash points: "sale.begin".
	Name  string
	Class Class
	// Keys are the rows that Run will Get.
	Keys []Key
	Run  func(View) error
}

// Gate runs steps.
type Gate interface {
	// Do returns after the step's commit (nil), or with the step's own error, when nothing was written.
	// A full queue is refused at once with [ErrBusy]. When ctx ends after the step was queued, the result
	// is [ErrDoubt]: the step may still commit.
	Do(ctx context.Context, s Step) error
}

// ErrBusy is the refusal of a full queue: nothing happened, try again.
var ErrBusy = fault.New(fault.Unavailable, "busy", "too many changes are waiting, try again in a moment")

// ErrDoubt is the answer to a caller that gave up waiting for a commit.
var ErrDoubt = fault.New(fault.Unknown, "commit_in_doubt", "the change may or may not have been stored")

// Get returns the row under key as a T and whether it is there.
func Get[T Row](v View, key Key) (row T, found bool, err error) {
	r, err := v.Get(key)
	if err != nil || r == nil {
		return row, false, err
	}
	return r.(T), true, nil
}

// Must returns the row under key as a T, or missing when there is none.
func Must[T Row](v View, key Key, missing error) (T, error) {
	row, found, err := Get[T](v, key)
	if err == nil && !found {
		err = missing
	}
	return row, err
}

// Reader reads single rows outside steps, for what decides nothing.
type Reader interface {
	// Read returns the row under key as last committed, nil when there is none.
	Read(ctx context.Context, key Key) (Row, error)
}

// Read returns the row under key as a T and whether it is there.
func Read[T Row](ctx context.Context, r Reader, key Key) (row T, found bool, err error) {
	got, err := r.Read(ctx, key)
	if err != nil || got == nil {
		return row, false, err
	}
	return got.(T), true, nil
}

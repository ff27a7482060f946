package store

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/yifen-pay/yifen/internal/domain/fault"
	"github.com/yifen-pay/yifen/internal/domain/step"
)

// waiter is one step in the queue and the caller that waits for it.
type waiter struct {
	step step.Step
	done chan error // buffered: the lane never waits for a caller
}

// queue holds the steps that wait for one lane, a list per class.
type queue struct {
	mu      sync.Mutex
	ready   *sync.Cond
	waiting [step.ClassCount][]*waiter
	length  int
	max     int
	closed  bool
}

// roomOf is how much of the queue each class may find filled and still enter, in percent: the last fifth
// is kept for what gives money back or settles a doubt.
var roomOf = [step.ClassCount]int{step.Reversal: 100, step.Outcome: 100, step.Sale: 80, step.Staff: 60, step.Bulk: 40}

func newQueue(max int) *queue {
	q := &queue{max: max}
	q.ready = sync.NewCond(&q.mu)
	return q
}

func (q *queue) push(w *waiter) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed || q.length >= q.max*roomOf[w.step.Class]/100 {
		return step.ErrBusy
	}
	q.waiting[w.step.Class] = append(q.waiting[w.step.Class], w)
	q.length++
	q.ready.Signal()
	return nil
}

// take waits for steps and returns up to max of them, the urgent classes first; nil when the queue is
// closed and empty.
func (q *queue) take(max int) []*waiter {
	q.mu.Lock()
	defer q.mu.Unlock()
	for q.length == 0 {
		if q.closed {
			return nil
		}
		q.ready.Wait()
	}
	out := make([]*waiter, 0, min(q.length, max))
	for class := range q.waiting {
		n := min(max-len(out), len(q.waiting[class]))
		out = append(out, q.waiting[class][:n]...)
		q.waiting[class] = slices.Delete(q.waiting[class], 0, n)
	}
	q.length -= len(out)
	return out
}

func (q *queue) empty() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.length == 0
}

func (q *queue) close() {
	q.mu.Lock()
	q.closed = true
	q.mu.Unlock()
	q.ready.Broadcast()
}

// Do implements step.Gate.
func (s *Store) Do(ctx context.Context, st step.Step) error {
	if err := ctx.Err(); err != nil {
		return fault.New(fault.Unavailable, "given_up", "the caller gave up before the change was queued").Because(err)
	}
	w := &waiter{step: st, done: make(chan error, 1)}
	if err := s.laneOf(st).queue.push(w); err != nil {
		return err
	}
	select {
	case err := <-w.done:
		return err
	case <-ctx.Done():
		return step.ErrDoubt.Because(ctx.Err())
	}
}

// laneOf spreads buckets over lanes, so that two lanes of one node rarely want the same row. That is a
// matter of speed only: the rows decide, whoever writes them.
func (s *Store) laneOf(st step.Step) *lane {
	if len(st.Keys) == 0 {
		return s.lanes[0]
	}
	b := st.Keys[0].Bucket
	return s.lanes[int(b)%len(s.lanes)]
}

// lane runs batches one after the other on a connection of its own.
type lane struct {
	store *Store
	index int
	queue *queue
	conn  writer
	chain chainState
}

// writer is one engine's connection for writing.
type writer interface {
	// begin starts a transaction.
	begin(ctx context.Context) error
	// load reads rows into the batch and holds them as their tables say, all of them when hold is set.
	load(ctx context.Context, b *batchView, keys []step.Key, hold bool) error
	// commit writes what the batch changed together with its number, and commits.
	commit(ctx context.Context, c *changes) error
	// rollback gives the transaction up.
	rollback(ctx context.Context)
	// landed settles a commit in doubt by writing the batch's number again: true when it was there.
	landed(ctx context.Context, number chainState) (bool, error)
	// repair makes the connection usable again after an error.
	repair(ctx context.Context) error
	// idle does the housekeeping that waits for a quiet moment.
	idle(ctx context.Context)
	// classify says what an error means for the batch.
	classify(error) trouble
	close()
}

// trouble says what an error of the engine means.
type trouble uint8

const (
	// broken: something in the batch is not acceptable; find it.
	broken trouble = iota
	// again: another writer is in the way; run the batch once more.
	again
	// taken: a row that was not there, or not looked at, is there; load it and run the batch once more.
	taken
	// lost: the connection is gone before the commit; nothing was written.
	lost
	// doubt: the commit may or may not have happened.
	doubt
	// full: there is no room on disk.
	full
)

const (
	batchMax     = 256
	retriesMax   = 20
	takenMax     = 3 // tries of a batch; a row of it that cannot be loaded is in the way of the others
	takenAlone   = 8 // tries of a step that stands alone
	roundsMax    = 256
	troublePause = 5 * time.Millisecond
)

func (l *lane) run() {
	defer l.store.running.Done()
	for {
		batch := l.queue.take(batchMax)
		if batch == nil {
			return
		}
		l.runBatch(batch)
		if l.queue.empty() {
			l.conn.idle(context.Background())
		}
	}
}

// runBatch runs waiting steps with one commit, and again or in halves as the engine's answer demands,
// until each caller has its answer.
func (l *lane) runBatch(batch []*waiter) {
	ctx := context.Background()
	if l.chain.lane == 0 {
		number, err := l.store.register(ctx, l)
		if err != nil {
			refuse(batch, unavailable.Because(err))
			return
		}
		l.chain.lane = number
	}
	var unseen []step.Key
	for try, conflicts := 0, 0; ; try++ {
		started := time.Now()
		results, c, err := l.attempt(ctx, batch, unseen)
		if err == nil {
			l.chain = c.next
			l.store.observe(Batch{Steps: len(batch), Rows: c.rows, Took: time.Since(started), Events: c.events})
			answer(batch, results)
			return
		}
		what := l.conn.classify(err)
		if what != doubt {
			l.conn.rollback(ctx)
		}
		if what == doubt {
			landed, doubtErr := l.settleDoubt(ctx)
			switch {
			case doubtErr != nil:
				// Whether the number is spent stays open, so the lane goes on as another.
				l.chain = chainState{}
				refuse(batch, step.ErrDoubt.Because(err))
				return
			case landed:
				l.chain = c.next
				l.store.observe(Batch{Steps: len(batch), Rows: c.rows, Took: time.Since(started), Events: c.events})
				answer(batch, results)
				return
			}
			l.chain.sequence++ // the number is spent on the empty batch that settled the doubt
			what = lost
		}
		if what == lost {
			if repairErr := l.conn.repair(ctx); repairErr != nil {
				refuse(batch, unavailable.Because(errors.Join(err, repairErr)))
				return
			}
		}
		switch {
		case what == full:
			refuse(batch, noRoom.Because(err))
			return
		case what == taken && (conflicts < takenMax || len(batch) == 1 && conflicts < takenAlone):
			unseen = c.inserted()
			if conflicts++; len(batch) == 1 {
				pause(conflicts)
			}
			continue
		case (what == again || what == lost) && try < retriesMax:
			pause(try)
			continue
		case len(batch) > 1: // one of them is the cause: halve until it stands alone
			half := len(batch) / 2
			l.runBatch(batch[:half])
			l.runBatch(batch[half:])
			return
		default:
			refuse(batch, fault.New(fault.Internal, "store", "the change could not be stored").Because(err))
			return
		}
	}
}

var (
	unavailable = fault.New(fault.Unavailable, "store_unavailable", "the database cannot be reached, nothing was stored")
	noRoom      = fault.New(fault.Unavailable, "store_full", "the disk is full, nothing was stored: make room")
)

// settleDoubt asks whether a commit landed, for as long as a caller may reasonably wait. The number that it
// writes when the commit did not land carries the heads as they were before.
func (l *lane) settleDoubt(ctx context.Context) (landed bool, err error) {
	number := l.chain
	number.sequence++
	deadline := time.Now().Add(l.store.options.SettleFor)
	for try := 0; ; try++ {
		if err = l.conn.repair(ctx); err == nil {
			if landed, err = l.conn.landed(ctx, number); err == nil {
				return landed, nil
			}
		}
		if time.Now().After(deadline) {
			return false, err
		}
		pause(try)
	}
}

func pause(try int) {
	time.Sleep(min(troublePause<<min(try, 8), time.Second))
}

func answer(batch []*waiter, results []error) {
	for i, w := range batch {
		w.done <- results[i]
	}
}

func refuse(batch []*waiter, err error) {
	for _, w := range batch {
		w.done <- err
	}
}

// attempt loads, runs and commits a batch once. Rows that an earlier attempt wrote without having seen them
// are loaded too. The results are those of the steps themselves and hold only when err is nil.
func (l *lane) attempt(ctx context.Context, batch []*waiter, unseen []step.Key) ([]error, *changes, error) {
	b := &batchView{cells: make(map[step.Key]*cell, len(batch)*8)}
	if err := l.conn.begin(ctx); err != nil {
		return nil, nil, err
	}
	keys := unseen
	for _, w := range batch {
		keys = append(keys, w.step.Keys...)
	}
	if err := l.conn.load(ctx, b, sortKeys(keys), false); err != nil {
		return nil, nil, err
	}
	results := make([]error, len(batch))
	pending := make([]int, len(batch))
	for i := range batch {
		pending[i] = i
	}
	for round := 0; len(pending) > 0; round++ {
		var unready []int
		var needs, holds []step.Key
		for _, i := range pending {
			v := &stepView{batch: b}
			err := runStep(batch[i].step, v)
			if len(v.needs) > 0 || err == nil && len(v.holds) > 0 { // whatever it made of a row that was not loaded
				if round == roundsMax {
					results[i] = fault.New(fault.Internal, "step_needs", "step "+batch[i].step.Name+" keeps asking for rows")
					continue
				}
				needs, holds, unready = append(needs, v.needs...), append(holds, v.holds...), append(unready, i)
				continue
			}
			if err == nil {
				err = v.check()
			}
			if results[i] = err; err == nil {
				b.merge(v)
			}
		}
		if len(needs) > 0 {
			if err := l.conn.load(ctx, b, sortKeys(needs), false); err != nil {
				return nil, nil, err
			}
		}
		if len(holds) > 0 {
			if err := l.conn.load(ctx, b, sortKeys(holds), true); err != nil {
				return nil, nil, err
			}
		}
		pending = unready
	}
	c := l.collect(b)
	if c.rows == 0 { // every step refused, or only looked
		l.conn.rollback(ctx)
		c.next = l.chain
		return results, c, nil
	}
	l.store.point("store.before_commit")
	if err := l.conn.commit(ctx, c); err != nil {
		return results, c, err
	}
	l.store.point("store.after_commit")
	return results, c, nil
}

// runStep runs one step; a panic of it is its own failure and nobody else's.
func runStep(s step.Step, v *stepView) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fault.New(fault.Internal, "step_panic", fmt.Sprintf("step %s: %v", s.Name, p)).
				Because(errors.New(string(debug.Stack())))
		}
	}()
	return s.Run(v)
}

// sortKeys orders keys as batches load and lock them, and drops repetitions.
func sortKeys(keys []step.Key) []step.Key {
	keys = slices.Clone(keys)
	slices.SortFunc(keys, compareKeys)
	return slices.Compact(keys)
}

func compareKeys(a, b step.Key) int {
	if a.Table != b.Table {
		return tables[a.Table].order - tables[b.Table].order
	}
	if a.Bucket != b.Bucket {
		return int(a.Bucket) - int(b.Bucket)
	}
	return strings.Compare(a.ID, b.ID)
}

package storetest

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync/atomic"
	"testing"

	"pgregory.net/rapid"

	"github.com/yifen-pay/yifen/internal/domain/id"
	"github.com/yifen-pay/yifen/internal/domain/merchant"
	"github.com/yifen-pay/yifen/internal/domain/number"
	"github.com/yifen-pay/yifen/internal/domain/receipt"
	"github.com/yifen-pay/yifen/internal/domain/step"
	"github.com/yifen-pay/yifen/internal/store"
)

// model is the reference: what a store is, in a few lines of memory.
type model map[step.Key]step.Row

// modelView is one step's view of a model. It needs nothing named.
type modelView struct{ model }

func (v modelView) Get(key step.Key) (step.Row, error) {
	if isTally(key) {
		return v.tally(key), nil
	}
	return v.model[key], nil
}

func (v modelView) tally(key step.Key) step.Tally {
	if row, ok := v.model[key]; ok {
		return row.(step.Tally)
	}
	return step.Tally{At: key}
}

func (v modelView) Put(row step.Row) { v.model[row.Key()] = row }

func (v modelView) Add(t step.Tally) {
	sum := v.tally(t.At)
	for i, n := range t.Sums {
		sum.Sums[i] += n
	}
	v.model[t.At] = sum
}

// do runs a step on the model: whole or not at all.
func (m model) do(run func(step.View) error) (err error) {
	after := maps.Clone(m)
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%v", p)
		}
	}()
	if err := run(modelView{after}); err != nil {
		return err
	}
	clear(m)
	maps.Copy(m, after)
	return nil
}

func isTally(key step.Key) bool { return key.Table == counter("", 0).At.Table }

// universe is the keys that commands work on: rows that are held, rows that are free, tallies, in the
// shared bucket and in buckets of their own. The suffix keeps runs on one database apart.
func universe(suffix string) (keys []step.Key) {
	for i, b := range []id.Bucket{0, 5, 63} {
		own := fmt.Sprintf("%s%020d%s", b, i, suffix)
		keys = append(keys,
			blockKey(fmt.Sprintf("model%d%s", i, suffix)),
			merchant.Key("mch_"+own), receipt.IssuedKey("op_"+own),
			step.Key{Table: counter("", 0).At.Table, Bucket: b, ID: fmt.Sprintf("model%d%s", i, suffix)})
	}
	return keys
}

// rowOf is a plain row under key that holds a number.
func rowOf(key step.Key, n int64) step.Row {
	switch key.Table {
	case number.Table:
		return block(key.ID, n)
	case merchant.Table:
		return merchant.Merchant{ID: key.ID, Bucket: key.Bucket, Name: fmt.Sprint("店", n), State: merchant.Active, SingleMax: n}
	}
	return receipt.Issued{Operation: key.ID, Bucket: key.Bucket, Prints: n, Slip: fmt.Sprint("{", n, "}")}
}

// numberOf is what a row holds, -1 when there is none.
func numberOf(row step.Row) int64 {
	switch r := row.(type) {
	case number.Block:
		return r.Next
	case merchant.Merchant:
		return r.SingleMax
	case receipt.Issued:
		return r.Prints
	case step.Tally:
		return r.Sums[0] - r.Sums[3]
	}
	return -1
}

// act is one thing that a step of the machine does.
type act struct {
	what string // "get", "put", "add", "carry", "fail", "panic"
	key  step.Key
	from step.Key
	n    int64
}

// command is one step of the machine.
type command struct {
	named []step.Key
	acts  []act
}

var errCommand = errors.New("the command fails")

// replay is what came of a command on a store: when it ran for the last time, and what it then saw.
type replay struct {
	turn int64
	seen []string
	ok   bool
}

// run is the step's Run; what it saw is noted, and flows into what it writes.
func (c command) run(turns *atomic.Int64, r *replay) func(step.View) error {
	return func(v step.View) error {
		r.turn, r.seen = turns.Add(1), nil
		for _, a := range c.acts {
			switch a.what {
			case "put":
				v.Put(rowOf(a.key, a.n))
			case "add":
				v.Add(step.Tally{At: a.key, Sums: [4]int64{a.n, 1, 0, -a.n}})
			case "fail":
				return errCommand
			case "panic":
				panic(errCommand)
			default:
				row, err := v.Get(a.from)
				if err != nil {
					return err
				}
				r.seen = append(r.seen, fmt.Sprint(a.from.Table, " ", a.from.ID, " ", numberOf(row)))
				if a.what == "carry" {
					v.Put(rowOf(a.key, numberOf(row)+a.n))
				}
			}
		}
		return nil
	}
}

func drawCommand(keys []step.Key) *rapid.Generator[command] {
	var plain, tallied []step.Key
	for _, k := range keys {
		if isTally(k) {
			tallied = append(tallied, k)
		} else {
			plain = append(plain, k)
		}
	}
	return rapid.Custom(func(t *rapid.T) command {
		c := command{named: rapid.SliceOfN(rapid.SampledFrom(keys), 0, 3).Draw(t, "named")}
		for range rapid.IntRange(1, 5).Draw(t, "acts") {
			a := act{n: rapid.Int64Range(-9, 9).Draw(t, "n")}
			a.what = rapid.SampledFrom([]string{"get", "get", "put", "put", "add", "add", "carry", "carry", "carry", "fail", "panic"}).Draw(t, "what")
			a.key, a.from = rapid.SampledFrom(plain).Draw(t, "key"), rapid.SampledFrom(keys).Draw(t, "from")
			if a.what == "add" {
				a.key = rapid.SampledFrom(tallied).Draw(t, "tally")
			}
			c.acts = append(c.acts, a)
		}
		return c
	})
}

// Compare gives one stream of commands to the records at each target and to a model in memory, and
// demands after each the same answers and in the end the same rows. Commands come as batches of at most
// batchMax, which may run in any order: the model takes them in the order in which the store ran them, so
// that with a batchMax of one the targets also agree with each other. In between, the records are closed
// and opened again.
func Compare(t *testing.T, batchMax int, targets ...string) {
	stores := make([]*store.Store, len(targets))
	open := func(i int) { stores[i] = Open(t, targets[i], one(store.Options{})) }
	for i := range targets {
		open(i)
	}
	runs := 0
	rapid.Check(t, func(rt *rapid.T) {
		runs++
		keys := universe(fmt.Sprintf("%06d", runs))
		models := make([]model, len(stores))
		for i := range models {
			models[i] = model{}
		}
		for range rapid.IntRange(1, 12).Draw(rt, "length") {
			if rapid.IntRange(0, 39).Draw(rt, "reopen") == 0 {
				for i, s := range stores {
					s.Close()
					open(i)
				}
			}
			batch := rapid.SliceOfN(drawCommand(keys), 1, batchMax).Draw(rt, "batch")
			for i, s := range stores {
				for _, at := range inTurn(together(t, s, batch)) {
					var wanted replay
					wanted.ok = models[i].do(batch[at.index].run(new(atomic.Int64), &wanted)) == nil
					if at.ok != wanted.ok || !slices.Equal(at.seen, wanted.seen) {
						rt.Fatalf("%s: %+v\nanswered %t and saw %q,\nthe model %t and %q", s.Engine(), batch[at.index], at.ok, at.seen, wanted.ok, wanted.seen)
					}
				}
			}
		}
		for i, s := range stores {
			for _, k := range keys {
				row, err := s.Read(context.Background(), k)
				if err != nil {
					rt.Fatal(err)
				}
				if got, want := fmt.Sprintf("%+v", row), fmt.Sprintf("%+v", models[i][k]); got != want {
					rt.Fatalf("%s holds %s, the model %s", s.Engine(), got, want)
				}
			}
		}
	})
}

// placed is the replay of a command and its place in the stream.
type placed struct {
	replay
	index int
}

// inTurn returns replays in the order in which they ran.
func inTurn(replays []replay) []placed {
	out := make([]placed, len(replays))
	for i, r := range replays {
		out[i] = placed{r, i}
	}
	slices.SortFunc(out, func(a, b placed) int { return int(a.turn - b.turn) })
	return out
}

// together runs commands as one batch.
func together(t *testing.T, s *store.Store, batch []command) []replay {
	t.Helper()
	var turns atomic.Int64
	replays, release := make([]replay, len(batch)), func() {}
	if len(batch) > 1 {
		release = Hold(t, s)
	}
	results := make([]<-chan error, len(batch))
	for i, c := range batch {
		st := step.Step{Name: "command", Class: step.Sale, Keys: c.named, Run: c.run(&turns, &replays[i])}
		if len(batch) > 1 {
			results[i] = Queue(t, context.Background(), s, st)
			continue
		}
		done := make(chan error, 1)
		done <- s.Do(context.Background(), st)
		results[i] = done
	}
	release()
	for i, r := range results {
		replays[i].ok = <-r == nil
	}
	return replays
}

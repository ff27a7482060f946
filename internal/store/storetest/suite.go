package storetest

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/yifen-pay/yifen/internal/domain/audit"
	"github.com/yifen-pay/yifen/internal/domain/event"
	"github.com/yifen-pay/yifen/internal/domain/fault"
	"github.com/yifen-pay/yifen/internal/domain/id"
	"github.com/yifen-pay/yifen/internal/domain/ledger"
	"github.com/yifen-pay/yifen/internal/domain/merchant"
	"github.com/yifen-pay/yifen/internal/domain/money"
	"github.com/yifen-pay/yifen/internal/domain/number"
	"github.com/yifen-pay/yifen/internal/domain/risk"
	"github.com/yifen-pay/yifen/internal/domain/step"
	"github.com/yifen-pay/yifen/internal/store"
)

// Run holds an engine to everything that the gate promises. target returns a fresh directory or DSN.
func Run(t *testing.T, target func(testing.TB) string) {
	for _, c := range []struct {
		name string
		test func(*testing.T, string)
	}{
		{"a step commits whole or not at all", wholeOrNotAtAll},
		{"later steps of a batch see earlier ones", laterSeesEarlier},
		{"a row asked for is loaded and the step runs again", needs},
		{"a row put unseen replaces what is there", putUnseen},
		{"a row appended twice harms nobody else", appendedTwice},
		{"steps on one row are serializable", func(t *testing.T, target string) { OneRow(t, Open(t, target, store.Options{})) }},
		{"rows in any order make no deadlock", func(t *testing.T, target string) { Transfers(t, Open(t, target, store.Options{})) }},
		{"tallies add up", tallies},
		{"a limit is never passed", func(t *testing.T, target string) { NeverPass(t, Open(t, target, store.Options{})) }},
		{"urgent classes go first and always enter", classes},
		{"a caller that gives up is in doubt and the change whole", givesUp},
		{"an entry out of balance is refused", unbalanced},
		{"closing lets waiting steps finish", closing},
		{"chains are whole under load", func(t *testing.T, target string) {
			Load(t, 16, 25, Open(t, target, store.Options{}))
			WantClean(t, target)
		}},
		{"what is furnished can be read back", readBack},
	} {
		t.Run(c.name, func(t *testing.T) { c.test(t, target(t)) })
	}
}

// block is a plain row that holds a number.
func block(name string, n int64) number.Block { return number.Block{Name: name, Next: n} }

func blockKey(name string) step.Key { return block(name, 0).Key() }

// counter is a tally that no books stand behind.
func counter(name string, n int64) step.Tally {
	return step.Tally{At: step.Key{Table: risk.CounterTable, ID: name}, Sums: [4]int64{n}}
}

// read returns the number of a block, or the first sum of a tally, as committed; zero when there is none.
func read(t testing.TB, s step.Reader, key step.Key) int64 {
	t.Helper()
	row, err := s.Read(context.Background(), key)
	if err != nil {
		t.Fatal(err)
	}
	switch r := row.(type) {
	case number.Block:
		return r.Next
	case step.Tally:
		return r.Sums[0]
	}
	return 0
}

func want(t testing.TB, s step.Reader, key step.Key, n int64) {
	t.Helper()
	if got := read(t, s, key); got != n {
		t.Errorf("%s %s holds %d, want %d", key.Table, key.ID, got, n)
	}
}

// one is options with one lane, so that what is queued together runs as one batch.
func one(o store.Options) store.Options {
	o.Lanes = 1
	return o
}

// count adds one to a block's number.
func count(name string) func(step.View) error {
	return func(v step.View) error {
		b, _, err := step.Get[number.Block](v, blockKey(name))
		if err != nil {
			return err
		}
		v.Put(block(name, b.Next+1))
		return nil
	}
}

// traces writes one of everything that is appended, under ids that end in suffix.
func traces(v step.View, suffix string) error {
	v.Put(audit.Record{ID: "aud_" + suffix, Actor: "system", Action: "test.done", Subject: suffix})
	v.Put(event.Event{ID: "evt_" + suffix, Kind: "test.done", Subject: suffix, Body: "{}"})
	return ledger.Post(v, ledger.Entry{ID: "ent_" + suffix, Kind: "test", Lines: []ledger.Line{
		ledger.Debit("bank:own", money.Yuan(1)), ledger.Credit("fee:acquiring", money.Yuan(1)),
	}})
}

func wholeOrNotAtAll(t *testing.T, target string) {
	var batches []int
	s := Open(t, target, one(store.Options{Observe: func(b store.Batch) { batches = append(batches, b.Steps) }}))
	errMine := errors.New("mine")
	run := func(suffix string, end func() error) step.Step {
		return step.Step{Name: suffix, Class: step.Sale, Keys: []step.Key{blockKey("shared")}, Run: func(v step.View) error {
			v.Put(block(suffix, 1))
			return errors.Join(count("shared")(v), traces(v, suffix), end())
		}}
	}
	release := Hold(t, s)
	good := func() error { return nil }
	results := []<-chan error{
		Queue(t, t.Context(), s, run("first", good)),
		Queue(t, t.Context(), s, run("fails", func() error { return errMine })),
		Queue(t, t.Context(), s, run("panics", func() error { panic("on purpose") })),
		Queue(t, t.Context(), s, run("last", good)),
	}
	release()
	var got []error
	for _, r := range results {
		got = append(got, <-r)
	}
	if got[0] != nil || got[3] != nil {
		t.Errorf("the good steps answered %v and %v", got[0], got[3])
	}
	if !errors.Is(got[1], errMine) {
		t.Errorf("a step that fails answered %v", got[1])
	}
	if fault.KindOf(got[2]) != fault.Internal || fault.CodeOf(got[2]) != "step_panic" {
		t.Errorf("a step that panics answered %v", got[2])
	}
	want(t, s, blockKey("shared"), 2)
	want(t, s, ledger.BalanceKey(0, "bank:own"), 2)
	for name, n := range map[string]int64{"first": 1, "fails": 0, "panics": 0, "last": 1} {
		want(t, s, blockKey(name), n)
	}
	s.Close()
	if !slices.Equal(batches, []int{1, 4}) {
		t.Errorf("the steps ran in batches of %v", batches)
	}
	WantClean(t, target)
}

func laterSeesEarlier(t *testing.T, target string) {
	s := Open(t, target, one(store.Options{}))
	release := Hold(t, s)
	var results []<-chan error
	for range 5 {
		results = append(results, Queue(t, t.Context(), s, step.Step{Class: step.Sale, Keys: []step.Key{blockKey("n")}, Run: count("n")}))
	}
	// Another did not name the row: a row that an earlier step of the batch wrote is there all the same.
	seen := int64(0)
	results = append(results, Queue(t, t.Context(), s, step.Step{Class: step.Sale, Run: func(v step.View) error {
		b, _, err := step.Get[number.Block](v, blockKey("n"))
		seen = b.Next
		return err
	}}))
	release()
	for _, r := range results {
		if err := <-r; err != nil {
			t.Error(err)
		}
	}
	if seen != 5 {
		t.Errorf("the last step of the batch saw %d, want 5", seen)
	}
	want(t, s, blockKey("n"), 5)
}

// needs follows a list of rows, each of which names the next, and names none of them beforehand. The view
// has nothing to say to a step that swallows the request: it runs again all the same.
func needs(t *testing.T, target string) {
	s := Open(t, target, store.Options{})
	const length = 40
	if err := Do(t, s, func(v step.View) error {
		for i := range length {
			v.Put(block(fmt.Sprint("chain", i), int64(i)+1))
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	runs := 0
	if err := Do(t, s, func(v step.View) error {
		runs++
		at := int64(0)
		for at < length {
			b, found, err := step.Get[number.Block](v, blockKey(fmt.Sprint("chain", at)))
			if err != nil || !found {
				return fmt.Errorf("at %d: found %t, %w", at, found, err)
			}
			at = b.Next
		}
		v.Put(block("end", at))
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	want(t, s, blockKey("end"), length)
	if runs != length+1 {
		t.Errorf("the step ran %d times over %d rows", runs, length)
	}
	if err := Do(t, s, func(v step.View) error {
		b, _, _ := step.Get[number.Block](v, blockKey("end"))
		v.Put(block("swallowed", b.Next))
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	want(t, s, blockKey("swallowed"), length)
}

func putUnseen(t *testing.T, target string) {
	s := Open(t, target, one(store.Options{}))
	set := func(n int64) step.Step {
		return step.Step{Class: step.Sale, Run: func(v step.View) error { v.Put(block("there", n)); return nil }}
	}
	for n := range int64(3) {
		if err := s.Do(t.Context(), set(n)); err != nil {
			t.Fatal(err)
		}
	}
	want(t, s, blockKey("there"), 2)
	release := Hold(t, s)
	results := []<-chan error{
		Queue(t, t.Context(), s, step.Step{Class: step.Sale, Keys: []step.Key{blockKey("beside")}, Run: count("beside")}),
		Queue(t, t.Context(), s, set(7)),
		Queue(t, t.Context(), s, set(8)),
		Queue(t, t.Context(), s, step.Step{Class: step.Sale, Run: count("there")}),
	}
	release()
	for _, r := range results {
		if err := <-r; err != nil {
			t.Error(err)
		}
	}
	want(t, s, blockKey("beside"), 1)
	want(t, s, blockKey("there"), 9)
}

func appendedTwice(t *testing.T, target string) {
	s := Open(t, target, one(store.Options{}))
	record := step.Step{Class: step.Sale, Run: func(v step.View) error { return traces(v, "same") }}
	if err := s.Do(t.Context(), record); err != nil {
		t.Fatal(err)
	}
	release := Hold(t, s)
	var good []<-chan error
	for range 20 {
		good = append(good, Queue(t, t.Context(), s, step.Step{Class: step.Sale, Keys: []step.Key{blockKey("n")}, Run: count("n")}))
	}
	again := Queue(t, t.Context(), s, record)
	release()
	for _, r := range good {
		if err := <-r; err != nil {
			t.Error(err)
		}
	}
	if err := <-again; fault.KindOf(err) != fault.Internal {
		t.Errorf("a record under an id that is there: %v", err)
	}
	want(t, s, blockKey("n"), 20)
	WantClean(t, target)
}

// callers runs do from n callers at once, each times times, spread over the stores.
func callers(n, times int, do func(caller, i int)) {
	var wg sync.WaitGroup
	for c := range n {
		wg.Go(func() {
			for i := range times {
				do(c, i)
			}
		})
	}
	wg.Wait()
}

// OneRow counts on one row from 64 callers over all stores.
func OneRow(t *testing.T, stores ...*store.Store) {
	const n, times = 64, 15
	callers(n, times, func(c, _ int) {
		if err := stores[c%len(stores)].Do(context.Background(), step.Step{Class: step.Sale, Keys: []step.Key{blockKey("hot")}, Run: count("hot")}); err != nil {
			t.Error(err)
		}
	})
	want(t, stores[0], blockKey("hot"), n*times)
}

// Transfers moves amounts between rows in random order from 64 callers, over all stores: nothing is lost,
// and no deadlock or conflict reaches a caller.
func Transfers(t *testing.T, stores ...*store.Store) {
	const accounts, n, times = 8, 64, 12
	// The rows lie in buckets of their own, so that different lanes write them.
	row := func(i int, fen int64) merchant.Merchant {
		return merchant.Merchant{ID: fmt.Sprintf("mch_%02d%026d", i, i), Bucket: id.Bucket(i), SingleMax: fen, State: merchant.Active}
	}
	for i := range accounts {
		if err := Do(t, stores[0], func(v step.View) error { v.Put(row(i, 1000)); return nil }); err != nil {
			t.Fatal(err)
		}
	}
	callers(n, times, func(c, _ int) {
		from, to, fen := rand.IntN(accounts), rand.IntN(accounts), rand.Int64N(10)
		keys := []step.Key{row(from, 0).Key(), row(to, 0).Key()}
		err := stores[c%len(stores)].Do(context.Background(), step.Step{Class: step.Sale, Keys: keys, Run: func(v step.View) error {
			a, err := step.Must[merchant.Merchant](v, keys[0], merchant.ErrNotFound)
			if err != nil {
				return err
			}
			v.Put(row(from, a.SingleMax-fen))
			b, err := step.Must[merchant.Merchant](v, keys[1], merchant.ErrNotFound)
			if err != nil {
				return err
			}
			v.Put(row(to, b.SingleMax+fen))
			v.Add(counter(fmt.Sprint(to), fen))
			v.Add(counter(fmt.Sprint(from), -fen))
			return nil
		}})
		if err != nil {
			t.Error(err)
		}
	})
	sum, tallied := int64(0), int64(0)
	for i := range accounts {
		m, _, err := step.Read[merchant.Merchant](context.Background(), stores[0], row(i, 0).Key())
		if err != nil {
			t.Fatal(err)
		}
		sum += m.SingleMax
		fen := read(t, stores[0], counter(fmt.Sprint(i), 0).At)
		tallied += fen
		if m.SingleMax != 1000+fen {
			t.Errorf("row %d holds %d, its tally says %d", i, m.SingleMax, fen)
		}
	}
	if sum != accounts*1000 || tallied != 0 {
		t.Errorf("the rows hold %d and %d in all, want %d and 0", sum, tallied, accounts*1000)
	}
}

func tallies(t *testing.T, target string) {
	s := Open(t, target, one(store.Options{}))
	key := counter("sum", 0).At
	get := func(v step.View) (int64, error) {
		tally, _, err := step.Get[step.Tally](v, key)
		return tally.Sums[0], err
	}
	for _, c := range []struct {
		name   string
		keys   []step.Key
		before []int64 // added before it is read
		seen   int64
		after  int64
	}{
		{"absent and named", []step.Key{key}, nil, 0, 5},
		{"unnamed", nil, nil, 5, 10},
		{"with additions of its own", []step.Key{key}, []int64{1, 2}, 18, 0},
		{"with an addition before it is loaded", nil, []int64{-3}, 15, 0},
	} {
		seen := int64(0)
		if err := Do(t, s, func(v step.View) (err error) {
			for _, n := range c.before {
				v.Add(counter("sum", n))
			}
			if seen, err = get(v); err != nil {
				return err
			}
			v.Add(counter("sum", c.after))
			return nil
		}, c.keys...); err != nil {
			t.Fatal(err)
		}
		if seen != c.seen {
			t.Errorf("%s: it stands at %d, want %d", c.name, seen, c.seen)
		}
	}
	want(t, s, key, 15)

	// In one batch: added without being loaded, then read by one who loads it.
	release := Hold(t, s)
	seen := int64(0)
	results := []<-chan error{
		Queue(t, t.Context(), s, step.Step{Class: step.Sale, Run: func(v step.View) error { v.Add(counter("sum", 100)); return nil }}),
		Queue(t, t.Context(), s, step.Step{Class: step.Sale, Run: func(v step.View) (err error) { seen, err = get(v); return err }}),
	}
	release()
	for _, r := range results {
		if err := <-r; err != nil {
			t.Error(err)
		}
	}
	if seen != 115 {
		t.Errorf("behind an addition it stands at %d, want 115", seen)
	}
	want(t, s, key, 115)
}

// NeverPass reserves out of limits, each of which begins as a row that is not there, from 64 callers over
// all stores: exactly as many succeed as fit.
func NeverPass(t *testing.T, stores ...*store.Store) {
	const limits, limit, n, times = 12, 5, 64, 8
	errLimit := fault.New(fault.Limited, "limit", "the limit would be passed")
	var passed, refused atomic.Int64
	callers(n, times, func(c, i int) {
		key := counter(fmt.Sprint("limit", (c+i)%limits), 0).At
		err := stores[c%len(stores)].Do(context.Background(), step.Step{Class: step.Sale, Keys: []step.Key{key}, Run: func(v step.View) error {
			tally, _, err := step.Get[step.Tally](v, key)
			if err != nil {
				return err
			}
			if tally.Sums[0] >= limit {
				return errLimit
			}
			v.Add(step.Tally{At: key, Sums: [4]int64{1}})
			return nil
		}})
		switch {
		case err == nil:
			passed.Add(1)
		case errors.Is(err, errLimit):
			refused.Add(1)
		default:
			t.Error(err)
		}
	})
	if passed.Load() != limits*limit || passed.Load()+refused.Load() != n*times {
		t.Errorf("%d passed and %d were refused of %d, want %d to pass", passed.Load(), refused.Load(), n*times, limits*limit)
	}
	for i := range limits {
		want(t, stores[0], counter(fmt.Sprint("limit", i), 0).At, limit)
	}
}

func classes(t *testing.T, target string) {
	s := Open(t, target, one(store.Options{QueueMax: 10}))
	release := Hold(t, s)
	var order []string
	var results []<-chan error
	fill := func(class step.Class, room int) {
		t.Helper()
		for range room {
			results = append(results, Queue(t, t.Context(), s, step.Step{Class: class, Run: func(step.View) error {
				order = append(order, class.String())
				return nil
			}}))
		}
	}
	refused := func(classes ...step.Class) {
		t.Helper()
		for _, class := range classes {
			err := s.Do(t.Context(), step.Step{Class: class, Run: func(step.View) error { return nil }})
			if !errors.Is(err, step.ErrBusy) || fault.KindOf(err) != fault.Unavailable {
				t.Errorf("%d wait and a step of class %s answers %v", s.Waiting(), class, err)
			}
		}
	}
	fill(step.Bulk, 4)
	refused(step.Bulk)
	fill(step.Staff, 2)
	refused(step.Bulk, step.Staff)
	fill(step.Sale, 2)
	refused(step.Bulk, step.Staff, step.Sale)
	fill(step.Outcome, 1)
	fill(step.Reversal, 1)
	refused(step.Bulk, step.Staff, step.Sale, step.Outcome, step.Reversal)
	release()
	for _, r := range results {
		if err := <-r; err != nil {
			t.Error(err)
		}
	}
	if got, want := strings.Join(order, " "), "reversal outcome sale sale staff staff bulk bulk bulk bulk"; got != want {
		t.Errorf("they ran as %s", got)
	}
}

func givesUp(t *testing.T, target string) {
	s := Open(t, target, one(store.Options{}))
	release := Hold(t, s)
	ctx, cancel := context.WithCancel(t.Context())
	change := step.Step{Class: step.Sale, Keys: []step.Key{blockKey("n")}, Run: func(v step.View) error {
		v.Add(counter("n", 1))
		return errors.Join(count("n")(v), traces(v, "given_up"))
	}}
	result := Queue(t, ctx, s, change)
	cancel()
	err := <-result
	if !errors.Is(err, step.ErrDoubt) || fault.KindOf(err) != fault.Unknown || !errors.Is(err, context.Canceled) {
		t.Errorf("a caller that gave up is told %v", err)
	}
	if err := s.Do(ctx, change); fault.KindOf(err) != fault.Unavailable {
		t.Errorf("a caller that gave up before is told %v", err)
	}
	release()
	s.Close()
	s = Open(t, target, store.Options{})
	want(t, s, blockKey("n"), 1)
	want(t, s, counter("n", 0).At, 1)
	want(t, s, ledger.BalanceKey(0, "bank:own"), 1)
	s.Close()
	if err := Do(t, s, count("n"), blockKey("n")); !errors.Is(err, step.ErrBusy) {
		t.Errorf("a closed store answers %v", err)
	}
}

func unbalanced(t *testing.T, target string) {
	s := Open(t, target, store.Options{})
	err := Do(t, s, func(v step.View) error {
		v.Put(ledger.Entry{ID: "ent_out", Kind: "test", Lines: []ledger.Line{
			ledger.Debit("bank:own", money.Yuan(2)), ledger.Credit("fee:acquiring", money.Yuan(1)),
		}})
		v.Put(block("beside", 1))
		return nil
	})
	if !errors.Is(err, ledger.ErrUnbalanced) {
		t.Errorf("an entry that was put past the ledger: %v", err)
	}
	want(t, s, blockKey("beside"), 0)
	WantClean(t, target)
}

func closing(t *testing.T, target string) {
	s := Open(t, target, one(store.Options{}))
	release := Hold(t, s)
	var results []<-chan error
	for range 10 {
		results = append(results, Queue(t, t.Context(), s, step.Step{Class: step.Bulk, Keys: []step.Key{blockKey("n")}, Run: count("n")}))
	}
	closed := make(chan error, 1)
	go func() { closed <- s.Close() }()
	release()
	for _, r := range results {
		if err := <-r; err != nil {
			t.Error(err)
		}
	}
	if err := <-closed; err != nil {
		t.Error(err)
	}
	want(t, Open(t, target, store.Options{}), blockKey("n"), 10)
}

// Load writes audit records, events and entries from n callers over all stores, each times times, with
// steps among them that fail.
func Load(t *testing.T, n, times int, stores ...*store.Store) {
	errMine := errors.New("mine")
	callers(n, times, func(c, i int) {
		suffix := fmt.Sprintf("%02d_%06d", c, i)
		err := stores[c%len(stores)].Do(context.Background(), step.Step{
			Class: step.Sale, Keys: []step.Key{{Table: merchant.Table, Bucket: id.Bucket(c % id.BucketCount), ID: "nobody"}},
			Run: func(v step.View) error {
				if err := traces(v, suffix); err != nil || i%7 != 3 {
					return err
				}
				return errMine
			},
		})
		if wrong := (i%7 == 3) != errors.Is(err, errMine); wrong || err != nil && !errors.Is(err, errMine) {
			t.Errorf("step %s answered %v", suffix, err)
		}
	})
}

func readBack(t *testing.T, target string) {
	s := Open(t, target, store.Options{})
	for _, row := range Rows() {
		if err := Do(t, s, func(v step.View) error { v.Put(row); return nil }); err != nil {
			t.Fatalf("put a %T: %v", row, err)
		}
		for how, get := range map[string]func() (step.Row, error){
			"read": func() (step.Row, error) { return s.Read(context.Background(), row.Key()) },
			"got in a step": func() (got step.Row, err error) {
				err = Do(t, s, func(v step.View) (err error) { got, err = v.Get(row.Key()); return err }, row.Key())
				return got, err
			},
		} {
			if got, err := get(); err != nil || fmt.Sprintf("%+v", got) != fmt.Sprintf("%+v", row) {
				t.Errorf("%T %s:\n got %+v, %v\nwant %+v", row, how, got, err, row)
			}
		}
	}
}

package store_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/yifen-pay/yifen/internal/domain/audit"
	"github.com/yifen-pay/yifen/internal/domain/directory"
	"github.com/yifen-pay/yifen/internal/domain/fault"
	"github.com/yifen-pay/yifen/internal/domain/ledger"
	"github.com/yifen-pay/yifen/internal/domain/money"
	"github.com/yifen-pay/yifen/internal/domain/step"
	"github.com/yifen-pay/yifen/internal/store"
	"github.com/yifen-pay/yifen/internal/store/pgtest"
	"github.com/yifen-pay/yifen/internal/store/storetest"
)

// Two nodes on one PostgreSQL: what decides are the rows, whoever writes them.
func TestPostgres_twoNodes(t *testing.T) {
	for name, test := range map[string]func(t *testing.T, a, b *store.Store){
		"a limit is never passed":             func(t *testing.T, a, b *store.Store) { storetest.NeverPass(t, a, b) },
		"rows in any order make no deadlock":  func(t *testing.T, a, b *store.Store) { storetest.Transfers(t, a, b) },
		"chains are whole under load":         func(t *testing.T, a, b *store.Store) { storetest.Load(t, 16, 30, a, b) },
		"one row is counted by both":          func(t *testing.T, a, b *store.Store) { storetest.OneRow(t, a, b) },
		"a name is reserved once":             reservedOnce,
		"lanes are registered under one each": lanesDiffer,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dsn := storetest.Server(t)
			test(t, storetest.Open(t, dsn, store.Options{}), storetest.Open(t, dsn, store.Options{}))
			if name == "chains are whole under load" {
				storetest.WantClean(t, dsn)
			}
		})
	}
}

// reservedOnce has both nodes reserve the same names for different targets at the same moment.
func reservedOnce(t *testing.T, a, b *store.Store) {
	const names = 40
	var taken, reserved atomic.Int64
	var wg sync.WaitGroup
	for node, s := range []*store.Store{a, b} {
		for i := range names {
			wg.Go(func() {
				e := directory.Entry{Kind: directory.TerminalNumber, Name: fmt.Sprintf("%08d", i), Target: fmt.Sprint("node", node)}
				err := storetest.Do(t, s, func(v step.View) error { return directory.Reserve(v, e) }, e.Key())
				switch {
				case err == nil:
					reserved.Add(1)
				case errors.Is(err, directory.ErrTaken):
					taken.Add(1)
				default:
					t.Error(err)
				}
			})
		}
	}
	wg.Wait()
	if reserved.Load() != names || taken.Load() != names {
		t.Errorf("%d names were reserved and %d taken, want %d of each", reserved.Load(), taken.Load(), names)
	}
}

func lanesDiffer(t *testing.T, a, b *store.Store) {
	storetest.Load(t, 8, 5, a, b)
	for _, s := range []*store.Store{a, b} {
		if err := s.WriteRoot(t.Context(), storetest.Day, 1); err != nil {
			t.Fatal(err)
		}
	}
	root, found, err := step.Read[audit.Root](t.Context(), a, audit.Root{Date: storetest.Day}.Key())
	if err != nil || !found || root.Lanes < 2 {
		t.Errorf("the root ties %d lanes, %v", root.Lanes, err)
	}
}

// ownServer starts a PostgreSQL server that the test may kill.
func ownServer(t *testing.T) (*pgtest.Server, string) {
	t.Helper()
	server, err := pgtest.Start("")
	if errors.Is(err, pgtest.ErrNotInstalled) && os.Getenv(pgtest.NoSkip) != "1" {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Stop(); err != nil {
			t.Error(err)
		}
	})
	dsn, err := server.Create(t.Context(), "crash")
	if err != nil {
		t.Fatal(err)
	}
	return server, dsn
}

// crashLoad is callers that each write a name of their own, add to a count and post an entry, and note
// what they were told.
type crashLoad struct {
	store *store.Store
	acked atomic.Int64
	next  atomic.Int64

	mu   sync.Mutex
	told map[int64]error
}

const crashAccount ledger.Account = "bank:own"

func crashName(i int64) directory.Entry {
	return directory.Entry{Kind: "crash", Name: fmt.Sprint(i), Target: "here"}
}

// run works until stop is closed.
func (l *crashLoad) run(callers int, stop <-chan struct{}) *sync.WaitGroup {
	var wg sync.WaitGroup
	for range callers {
		wg.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
					l.one()
				}
			}
		})
	}
	return &wg
}

func (l *crashLoad) one() {
	i := l.next.Add(1)
	e := crashName(i)
	err := l.store.Do(context.Background(), step.Step{Name: "crash", Class: step.Sale, Keys: []step.Key{e.Key()}, Run: func(v step.View) error {
		v.Put(e)
		v.Put(audit.Record{ID: fmt.Sprintf("aud_%09d", i), Actor: "system", Action: "test.done"})
		return ledger.Post(v, ledger.Entry{ID: fmt.Sprintf("ent_%09d", i), Kind: "test", Lines: []ledger.Line{
			ledger.Debit(crashAccount, money.Yuan(1)), ledger.Credit(ledger.FeeAcquiring, money.Yuan(1)),
		}})
	}})
	l.mu.Lock()
	l.told[i] = err
	l.mu.Unlock()
	if err == nil {
		l.acked.Add(1)
	}
}

// await waits until n more steps are acknowledged.
func (l *crashLoad) await(t *testing.T, n int64) {
	t.Helper()
	from := l.acked.Load()
	storetest.Eventually(t, fmt.Sprintf("%d more steps are acknowledged", n), func() bool { return l.acked.Load() >= from+n })
}

// settle holds what the callers were told against the records, and returns how many were left in doubt.
func (l *crashLoad) settle(t *testing.T, dsn string) (doubts int) {
	t.Helper()
	s := storetest.Open(t, dsn, store.Options{})
	there := int64(0)
	for i, err := range l.told {
		_, found, readErr := step.Read[directory.Entry](t.Context(), s, crashName(i).Key())
		switch {
		case readErr != nil:
			t.Fatal(readErr)
		case err == nil && !found:
			t.Errorf("step %d was acknowledged and is lost", i)
		case err != nil && fault.KindOf(err) == fault.Unknown:
			doubts++
		case err != nil && fault.KindOf(err) != fault.Unavailable:
			t.Errorf("step %d was told %v", i, err)
		case err != nil && found:
			t.Errorf("step %d was refused and is stored: %v", i, err)
		}
		if found {
			there++
		}
	}
	b, _, err := step.Read[step.Tally](t.Context(), s, ledger.BalanceKey(0, crashAccount))
	if err != nil {
		t.Fatal(err)
	}
	if got := ledger.FromTally(crashAccount, b).Debit; got != there {
		t.Errorf("%d steps are stored and the count says %d", there, got)
	}
	storetest.WantClean(t, dsn)
	return doubts
}

// The server is killed in the middle of load, three times: what was acknowledged is there once, what was
// refused is not, and a commit in doubt is settled without its callers noticing.
func TestPostgres_killedUnderLoad(t *testing.T) {
	t.Parallel()
	server, dsn := ownServer(t)
	l := &crashLoad{store: storetest.Open(t, dsn, store.Options{}), told: map[int64]error{}}
	stop := make(chan struct{})
	wg := l.run(32, stop)
	for range 3 {
		l.await(t, 200)
		if err := server.Kill(); err != nil {
			t.Fatal(err)
		}
		if err := server.Restart(); err != nil {
			t.Fatal(err)
		}
	}
	l.await(t, 200)
	close(stop)
	wg.Wait()
	if doubts := l.settle(t, dsn); doubts > 0 {
		t.Errorf("%d steps were left in doubt although the server came back", doubts)
	}
}

// The server stays away for longer than a doubt is asked after: callers are told so, and the store works
// again once the server is back, whatever became of the commit.
func TestPostgres_goneForLong(t *testing.T) {
	t.Parallel()
	server, dsn := ownServer(t)
	var armed atomic.Bool
	var once sync.Once
	options := store.Options{Lanes: 1, SettleFor: time.Nanosecond, Point: func(name string) {
		if name == "store.before_commit" && armed.Load() {
			once.Do(func() {
				if err := server.Kill(); err != nil {
					t.Error(err)
				}
			})
		}
	}}
	l := &crashLoad{store: storetest.Open(t, dsn, options), told: map[int64]error{}}
	l.one()
	armed.Store(true)
	l.one() // killed before its commit was sent
	if err := l.told[2]; fault.KindOf(err) != fault.Unknown || !errors.Is(err, step.ErrDoubt) {
		t.Errorf("a commit without an answer is told as %v", err)
	}
	l.one() // nothing answers
	if err := l.told[3]; fault.KindOf(err) != fault.Unavailable {
		t.Errorf("without a server a step is told %v", err)
	}
	if err := server.Restart(); err != nil {
		t.Fatal(err)
	}
	for range 5 {
		l.one()
	}
	if l.acked.Load() < 5 {
		t.Errorf("the store did not come back: %v", l.told)
	}
	if doubts := l.settle(t, dsn); doubts != 1 {
		t.Errorf("%d steps were left in doubt, want 1", doubts)
	}
}
